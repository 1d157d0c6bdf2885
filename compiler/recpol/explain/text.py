"""An explanation as plain text, for a terminal or a printer.

Invariant: no line is wider than `WIDTH` columns unless a single word or address is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.explain.layout import (
    ALLOWED,
    ASSUMED,
    BRACKETS,
    CALL,
    FOUND,
    GUARANTEES,
    LEGEND,
    MARKS,
    PACKS,
    PEOPLE,
    REST,
    SHORTLY,
    STORES,
    TARGETS,
    UNREACHED,
    WORDS,
    allowed,
    clause_lines,
    facts,
    finding,
    follow,
    notice_lines,
    pack_title,
    phase_lines,
    place,
    reason,
    recorded,
    target_lines,
    where,
)
from recpol.explain.model import (
    ExplainedGuarantee,
    ExplainedPerson,
    ExplainedRow,
    ExplainedTarget,
    Explanation,
    Stage,
    Term,
)
from recpol.report.hidden import shown
from recpol.report.paint import paint

WIDTH = 80


_MARK = re.compile(f"^( *)([{MARKS['recorded']}{MARKS['not-recorded']}])(?= )")


def text(explanation: Explanation, *, color: bool = False) -> str:
    """An explanation as text with a final line break; in colours its headings and marks stand out."""
    lines = _lines(explanation)
    return "".join(f"{line}\n" for line in (_in_colors([*lines]) if color else lines))


def _in_colors(lines: list[str]) -> Iterator[str]:
    """Headings are known by the line below them, marks by where they stand: at the beginning."""
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line and below and below[0] in "=-" and not below.strip(below[0]):
            yield paint("heading", line)
        else:
            yield _MARK.sub(lambda found: found[1] + _painted(found[2]), line)


def _painted(mark: str) -> str:
    return paint("recorded" if mark == MARKS["recorded"] else "not recorded", mark)


def _lines(explanation: Explanation) -> Iterator[str]:
    yield from _wrapped(explanation.title)
    yield "=" * min(cells(explanation.title), WIDTH)
    yield from _wrapped(explanation.file)
    if explanation.alert:
        yield ""
        yield from _wrapped(explanation.alert, "!! ", "!! ")
        yield ""
    for one in explanation.remarks:
        if one.stops:
            yield from _wrapped(finding(one), "  - ", "    ")
    if explanation.summary:
        yield from _head(SHORTLY)
        for number, sentence in enumerate(explanation.summary):
            if number:
                yield ""
            yield from _wrapped(sentence)
    reached = [stage for stage in explanation.stages if stage.reached]
    if reached:
        yield from _head(CALL)
        yield "   ".join(LEGEND)
        yield from _wrapped(BRACKETS)
        for stage in reached:
            yield from _stage(stage)
    others = [stage for stage in explanation.stages if not stage.reached]
    if others:
        yield from _head(UNREACHED)
        for stage in others:
            yield from _stage(stage)
    yield from _below(explanation)


def _below(explanation: Explanation) -> Iterator[str]:
    if explanation.stores:
        yield from _head(STORES)
    for number, store in enumerate(explanation.stores):
        if number:
            yield ""
        yield f"{store.name}"
        for name, said in facts(store):
            yield from _wrapped(said, f"  {name:<14}", " " * 16)
    if explanation.people:
        yield from _head(PEOPLE)
    for number, person in enumerate(explanation.people):
        if number:
            yield ""
        yield from _person(person)
    if explanation.guarantees:
        yield from _head(GUARANTEES)
    for number, guarantee in enumerate(explanation.guarantees, 1):
        if number > 1:
            yield ""
        yield from _guarantee(number, guarantee)
    if explanation.packs:
        yield from _head(PACKS)
    for place_, pack in enumerate(explanation.packs):
        if place_:
            yield ""
        yield from _wrapped(pack_title(pack))
        for clause in pack.clauses:
            yield from _wrapped(clause.citation, "- ", "  ")
            for line in clause_lines(clause):
                yield from _wrapped(line, "  ")
    if explanation.targets:
        yield from _head(TARGETS)
    for place_, target in enumerate(explanation.targets):
        if place_:
            yield ""
        yield from _target(target)
    if explanation.assumptions:
        yield from _head(REST)
        yield from _wrapped(ASSUMED)
        yield from _terms(explanation.assumptions)
    others = [remark for remark in explanation.remarks if not remark.stops]
    if others:
        yield from _head(FOUND)
        for one in others:
            yield from _wrapped(finding(one), "- ", "  ")
    if explanation.allowed:
        yield from _head(ALLOWED)
        for one in explanation.allowed:
            yield from _wrapped(allowed(one), "- ", "  ")
    if explanation.words:
        yield from _head(WORDS)
        yield from _terms(explanation.words)


def _head(title: str) -> Iterator[str]:
    yield ""
    yield ""
    yield title
    yield "-" * cells(title)


def _stage(stage: Stage) -> Iterator[str]:
    yield ""
    yield from _wrapped(stage.heading, f"Stage {stage.number}: ", "  ")
    yield from _wrapped(f"[{where(stage)}]", "  ")
    for row in stage.rows:
        yield from _row(row)


def _row(row: ExplainedRow) -> Iterator[str]:
    names = " ".join([*([row.name] if row.name else []), *row.tags])
    yield from _wrapped(row.words + (f" [{names}]" if names else ""), f"  {MARKS[row.mark]} ", "    ")
    for line in (*row.details, *recorded(row)):
        yield from _wrapped(line, "    ")
    for way in row.follows:
        yield from _wrapped(follow(way), "      ", "        ")
    for phase in row.phases:
        tags = f" [{' '.join(phase.tags)}]" if phase.tags else ""
        yield from _wrapped(phase.words + tags, f"    {MARKS[phase.mark]} ", "      ")
        for line in phase_lines(phase):
            yield from _wrapped(line, "      ")


def _person(person: ExplainedPerson) -> Iterator[str]:
    yield person.name
    yield from _wrapped(person.taped, f"  {'On tape':<14}", " " * 16)
    if person.untold:
        yield from _wrapped(person.untold, f"  {'Told':<14}", " " * 16)
    for notice in person.notices:
        said, where_ = notice_lines(notice)
        yield from _wrapped(said, f"  {'Told':<14}", " " * 16)
        for act in notice.call:
            yield from _wrapped(act.words + act.stores, f"{' ' * 16}{MARKS[act.mark]} ", " " * 18)
        yield from _wrapped(where_, " " * 16)


def _guarantee(number: int, guarantee: ExplainedGuarantee) -> Iterator[str]:
    yield from _wrapped(guarantee.sentence, f"{number}. ", "   ")
    for line in (guarantee.means, reason(guarantee)):
        if line:
            yield from _wrapped(line, "   ")
    yield from _wrapped(guarantee.verdict, "   → ", "     ")
    for name, clause in guarantee.provided:
        yield from _wrapped(f"{clause} ({name})", "     - ", "       ")
    for act in guarantee.call:
        yield from _wrapped(act.words + act.stores, f"     {MARKS[act.mark]} ", "       ")
    yield from _wrapped(f"[{guarantee.written}; {place(guarantee)}]", "   ")


def _target(target: ExplainedTarget) -> Iterator[str]:
    yield from _wrapped(f"{target.name}: {target.title}")
    for line in target_lines(target):
        yield from _wrapped(line, "  ")
    for one in target.stopped:
        yield from _wrapped(finding(one), "  - ", "    ")
    yield from _terms(target.differences, "  ")


def _terms(terms: tuple[Term, ...], indent: str = "") -> Iterator[str]:
    for term in terms:
        yield from _wrapped(f"{term.name}: {term.meaning}", f"{indent}- ", f"{indent}  ")


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────────


def cells(text: str) -> int:
    """How many columns of a terminal a text fills."""
    return len(text) if text.isascii() else sum(shown(char)[1] for char in text)


def _wrapped(text: str, first: str = "", rest: str | None = None) -> Iterator[str]:
    """A text in lines of `WIDTH` columns; the first one begins with `first`, the others with `rest`."""
    indent = " " * len(first) if rest is None else rest
    line, filled = first, cells(first)
    empty = True
    for word in text.split(" "):
        for piece in _pieces(word, WIDTH - len(indent)):
            width = cells(piece)
            if not empty and filled + 1 + width > WIDTH:
                yield line.rstrip()
                line, filled, empty = indent, cells(indent), True
            line += piece if empty else f" {piece}"
            filled += width + (not empty)
            empty = False
    yield line.rstrip()


def _pieces(word: str, width: int) -> Iterator[str]:
    """A word that is wider than a line in pieces that are not; an address stays whole, so that it can be copied."""
    if cells(word) <= width or "://" in word:
        yield word
        return
    piece, filled = "", 0
    for char in word:
        more = cells(char)
        if filled + more > width:
            yield piece
            piece, filled = "", 0
        piece += char
        filled += more
    yield piece
