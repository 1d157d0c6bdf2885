"""A word that is not known, to the known word its author most likely meant.

Invariant: the answer depends on the words alone, not on their order, and a far word gets none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

CLOSE = 0.65
"""How alike two words must be, from 0 to 1: one slip in a word of three letters is, two in a word of four are not."""

CROWD = 200
"""Among more candidates than this only those that begin alike are compared; where those are too many as well, only a
difference in spelling style is looked for: comparing is slow."""


KEPT = 100
"""So many sets of candidates are kept with what comparisons need of them: many words are looked for in the same."""

KEPT_WORDS = 20_000
"""So many answers are kept with each set of candidates: a text is looked at again with each trial of its fixes."""


def nearest(word: str, candidates: Iterable[str] | KnownWords) -> str | None:
    """The candidate closest to `word`, or none; letter case and `_` for `-` do not count as differences."""
    return (candidates if isinstance(candidates, KnownWords) else _known(frozenset(candidates))).nearest(word)


class KnownWords:
    """Candidates that many words are compared with: what all comparisons need is made once."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words: Collection[str] = words if isinstance(words, dict | set | frozenset) else set(words)
        self._alike: dict[str, list[tuple[str, str, int]]] | None = None
        self._bits: dict[tuple[str, int], int] = {}
        self._lengths: frozenset[int] | None = None
        self._found: dict[str, str | None] = {}

    def __contains__(self, word: str) -> bool:
        return word in self.words

    def nearest(self, word: str) -> str | None:
        """The candidate closest to a word, or none."""
        if word in self._found:
            return self._found[word]
        if len(self._found) < KEPT_WORDS:
            self._found[word] = found = self._nearest(word)
            return found
        return self._nearest(word)

    def _nearest(self, word: str) -> str | None:
        plain = _plain(word)
        self._alike = self._alike or self._by_letter()
        known = self._alike.get(plain[:1] if len(self.words) > CROWD else "", [])
        if len(known) > CROWD:
            return plain if plain in self.words else None
        for candidate, spelt, _ in known:
            if spelt == plain:
                return candidate
        if not plain or not known:
            return None
        matcher = None
        best, most = None, CLOSE
        letters = sum(self._bits.get(letter, 0) for letter in _letters(plain))
        for candidate, spelt, held in known:
            # No two words are more alike than the letters that both have, in whatever order, would make them.
            if 2.0 * (letters & held).bit_count() / (len(plain) + len(spelt)) > most:
                if matcher is None:
                    from difflib import SequenceMatcher

                    matcher = SequenceMatcher(None, b=plain, autojunk=False)
                matcher.set_seq1(spelt)
                if (ratio := matcher.ratio()) > most:
                    best, most = candidate, ratio
        return best

    def joined(self, word: str) -> tuple[str, str] | None:
        """Two different candidates that a word is, written as one; those of which the first stands before others."""
        self._lengths = self._lengths or frozenset(map(len, self.words))
        found = {
            word[:at]: word[at:]
            for at in self._lengths
            if len(word) - at in self._lengths and word[:at] in self.words and word[at:] in self.words
        }
        pairs = ((first, found[first]) for first in self.words if first in found) if found else iter(())
        return next(((first, rest) for first, rest in pairs if first != rest), None)

    def _by_letter(self) -> dict[str, list[tuple[str, str, int]]]:
        """The candidates with their plain spelling and the letters of it, a bit for each; by the first letter if they
        are a crowd."""
        found: dict[str, list[tuple[str, str]]] = {}
        for one in self.words:
            plain = _plain(one)
            found.setdefault(plain[:1] if len(self.words) > CROWD else "", []).append((one, plain))
        bits = self._bits
        ready: dict[str, list[tuple[str, str, int]]] = {}
        for begin, several in found.items():
            if len(several) > CROWD:
                ready[begin] = [(one, plain, 0) for one, plain in several]
                continue
            ready[begin] = [
                (one, plain, sum(bits.setdefault(letter, 1 << len(bits)) for letter in _letters(plain)))
                for one, plain in sorted(several)
            ]
        return ready


def _letters(word: str) -> Iterator[tuple[str, int]]:
    """The letters of a word, the first `a` and the second one apart."""
    counts: dict[str, int] = {}
    for letter in word:
        counts[letter] = number = counts.get(letter, 0) + 1
        yield letter, number


@lru_cache(maxsize=KEPT)
def _known(words: frozenset[str]) -> KnownWords:
    return KnownWords(words)


def letters_apart(first: str, second: str) -> int:
    """How many letters to write, leave out, exchange or swap with their neighbour to get the other word."""
    first, second = _differing(first, second)
    if not first or not second:
        return len(first) + len(second)
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


def _differing(first: str, second: str) -> tuple[str, str]:
    """Two words without the letters with which both begin and end: in those nothing has to be changed."""
    most = min(len(first), len(second))
    start = 0
    while start < most and first[start] == second[start]:
        start += 1
    end = 0
    while end < most - start and first[-1 - end] == second[-1 - end]:
        end += 1
    return first[start : len(first) - end], second[start : len(second) - end]


def _plain(word: str) -> str:
    return word.casefold().replace("_", "-")
