"""Clause packs: rules files that come with recpol, whose comments say which clause each guarantee stands for.

A pack begins with `# pack:` (its title) and `# version:`; each clause with `# clause:` (its citation), followed by
`# says:`, `# source:`, `# checked:`, `# reviewed:` and `# not covered:`. An indented comment goes on with the one
before. The guarantees up to the next clause are what recpol can decide of it; there may be none.

Invariant: what a comment says is data for people; it changes no verdict.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator

from recpol.analysis.imports import PACK, Import
from recpol.base.record import Record
from recpol.base.resources import pack_text
from recpol.base.source import Source, Span
from recpol.syntax import tree
from recpol.syntax.builders import read

CHECKED = {
    "read": "read in the source that is named",
    "secondary": "read in a secondary source that quotes it",
    "not verified": "not verified",
}
"""How somebody made sure of what a clause says."""

MAX_AGE = 366
"""After how many days a review is too old."""

_LINE = re.compile(r"#(?: ([a-z][a-z ]*):)?(.*)")


class Clause(Record):
    """A clause of a law or standard: its citation, what it says in our words, where and how that was checked and when,
    what no compiler knows of it, and the guarantees that stand for the rest."""

    citation: str
    says: str
    source: str
    checked: str
    reviewed: datetime.date | None
    not_covered: tuple[str, ...]
    guarantees: tuple[tree.Guarantee, ...]


class Pack(Record):
    """A pack: its name, what it is called, its version, and its clauses."""

    name: str
    title: str
    version: str
    clauses: tuple[Clause, ...]

    @property
    def reviewed(self) -> datetime.date | None:
        """When the clause was reviewed that has waited for the longest; None where one has no date."""
        dates = [clause.reviewed for clause in self.clauses]
        return None if None in dates else min((date for date in dates if date is not None), default=None)

    @property
    def opt_outs(self) -> tuple[str, ...]:
        """The names of the keys or requests with which somebody opts out."""
        guarantees = (guarantee for clause in self.clauses for guarantee in clause.guarantees)
        return tuple(dict.fromkeys(one.name.text for one in guarantees if isinstance(one, tree.OptOut)))

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that it speaks of, in order, without those that are built in."""
        from recpol.analysis.builtins import BUILT_IN

        found: dict[str, None] = {}
        for guarantee in (guarantee for clause in self.clauses for guarantee in clause.guarantees):
            if isinstance(guarantee, tree.AboutSegments):
                for item in guarantee.selection.include.items:
                    if isinstance(item, tree.Tag) and item.name not in BUILT_IN:
                        found[item.name] = None
        return tuple(found)


def pack(name: str) -> Pack | None:
    """The pack of a name; None where there is none."""
    text = pack_text(name)
    if text is None:
        return None
    file, parsed = read(Source(f"{PACK}{name}", text))
    return _pack(file, parsed.comments)


def pack_of(brought: Import) -> Pack | None:
    """What was brought in as a pack; None where it is a file of rules."""
    return _pack(brought.file, brought.comments) if brought.file.source.path.startswith(PACK) else None


def _pack(file: tree.File, comments: Iterable[Span]) -> Pack:
    entries = list(_entries(comments))
    starts = [at for at, (_, key, _) in enumerate(entries) if key == "clause"]
    head = _fields(entries[: starts[0] if starts else None])
    guarantees = [statement for statement in file.statements if isinstance(statement, tree.Guarantee)]
    clauses: list[Clause] = []
    for first, after in zip(starts, [*starts[1:], len(entries)], strict=True):
        end = entries[after][0] if after < len(entries) else len(file.source.text)
        mine = tuple(g for g in guarantees if entries[first][0] < g.span.start < end)
        clauses.append(_clause(_fields(entries[first:after]), mine))
    name = file.source.path.removeprefix(PACK)
    return Pack(name, _first(head, "pack"), _first(head, "version"), tuple(clauses))


def _clause(fields: dict[str, list[str]], guarantees: tuple[tree.Guarantee, ...]) -> Clause:
    reviewed = _first(fields, "reviewed")
    return Clause(
        _first(fields, "clause"),
        _first(fields, "says"),
        _first(fields, "source"),
        _first(fields, "checked"),
        datetime.date.fromisoformat(reviewed) if re.fullmatch(r"\d{4}-\d\d-\d\d", reviewed) else None,
        tuple(fields.get("not covered", ())),
        guarantees,
    )


def _first(fields: dict[str, list[str]], key: str) -> str:
    return fields.get(key, [""])[0]


def _fields(entries: Iterable[tuple[int, str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for _, key, value in entries:
        found.setdefault(key, []).append(value)
    return found


def _entries(comments: Iterable[Span]) -> Iterator[tuple[int, str, str]]:
    """The `key: value` comments, each with where it begins; what goes on below it belongs to its value."""
    start, key, value = 0, "", ""
    for comment in comments:
        line = _LINE.fullmatch(comment.text.rstrip())
        if line is None:
            continue
        if line[1]:
            if key:
                yield start, key, value
            start, key, value = comment.start, line[1], line[2].strip()
        elif key:
            value = f"{value} {line[2].strip()}".strip()
    if key:
        yield start, key, value
