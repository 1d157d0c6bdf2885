"""A word that is not known, to the known word its author most likely meant.

Invariant: the answer depends on the words alone, not on their order, and a far word gets none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

CLOSE = 0.65
"""How alike two words must be, from 0 to 1: one slip in a word of three letters is, two in a word of four are not."""

CROWD = 200
"""Among more candidates than this only those that begin alike are compared; where those are too many as well, only a
difference in spelling style is looked for: comparing is slow."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate closest to `word`, or none; letter case and `_` for `-` do not count as differences."""
    plain = _plain(word)
    several: AbstractSet[str] | Mapping[str, object] = (
        candidates if isinstance(candidates, AbstractSet | Mapping) else set(candidates)
    )
    known = several if len(several) <= CROWD else [one for one in several if _plain(one)[:1] == plain[:1]]
    if len(known) > CROWD:
        return plain if plain in several else None
    known = sorted(known)
    for candidate in known:
        if _plain(candidate) == plain:
            return candidate
    if not plain:
        return None
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, b=plain, autojunk=False)
    best, most = None, CLOSE
    for candidate in known:
        matcher.set_seq1(_plain(candidate))
        if matcher.real_quick_ratio() > most and matcher.quick_ratio() > most and (ratio := matcher.ratio()) > most:
            best, most = candidate, ratio
    return best


def letters_apart(first: str, second: str) -> int:
    """How many letters to write, leave out, exchange or swap with their neighbour to get the other word."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, ours in enumerate(first, 1):
        before, last = row, before
        row = [i]
        for j, theirs in enumerate(second, 1):
            least = min(before[j] + 1, row[-1] + 1, before[j - 1] + (ours != theirs))
            if i > 1 and j > 1 and ours == second[j - 2] and first[i - 2] == theirs:
                least = min(least, last[j - 2] + 1)
            row.append(least)
    return row[-1]


def _plain(word: str) -> str:
    return word.casefold().replace("_", "-")
