"""An explanation as Markdown (GitHub's dialect), with a table for each stage of a call.

Invariant: a text of the policy cannot become markup: what has a meaning in Markdown is escaped, `|` in tables too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from recpol.explain.layout import (
    ALLOWED,
    ASSUMED,
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
    ExplainedNotice,
    ExplainedPerson,
    ExplainedPhase,
    ExplainedRow,
    Explanation,
    Stage,
    Term,
)
from recpol.report.hidden import DOTS

_CODE = re.compile(r"`([^`]+)`")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~@!&$])")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{0,30}://[^\s“”‹›;,()]+")
_COLUMNS = ("", "What happens", "Name, tags", "What is recorded", "What follows")


def markdown(explanation: Explanation) -> str:
    """An explanation as Markdown with a final line break."""
    return "\n\n".join(_blocks(explanation)) + "\n"


def _blocks(explanation: Explanation) -> Iterator[str]:
    yield f"# {prose(explanation.title)}"
    yield code(explanation.file)
    if explanation.alert:
        stopping = [finding(one) for one in explanation.remarks if one.stops]
        yield "\n".join(f"> {line}" for line in (f"**{prose(explanation.alert)}**", "", *_bullets(stopping)))
    if explanation.summary:
        yield f"## {SHORTLY}"
        yield from (prose(sentence) for sentence in explanation.summary)
    for title, reached in ((CALL, True), (UNREACHED, False)):
        stages = [stage for stage in explanation.stages if stage.reached is reached]
        if stages:
            yield f"## {title}"
            if reached:
                yield ", ".join(LEGEND)
            for stage in stages:
                yield from _stage(stage)
    yield from _below(explanation)


def _below(explanation: Explanation) -> Iterator[str]:
    if explanation.stores:
        yield f"## {STORES}"
    for store in explanation.stores:
        yield f"### {prose(store.name)}"
        yield _table(("", ""), [(f"**{name}**", cell(said)) for name, said in facts(store)])
    if explanation.people:
        yield f"## {PEOPLE}"
        yield _table(("Who", "On tape", "Told", "Where"), [_person(person) for person in explanation.people])
    if explanation.guarantees:
        yield f"## {GUARANTEES}"
    for number, guarantee in enumerate(explanation.guarantees, 1):
        yield from _guarantee(number, guarantee)
    if explanation.packs:
        yield f"## {PACKS}"
    for pack in explanation.packs:
        yield f"### {prose(pack_title(pack))}"
        for clause in pack.clauses:
            yield f"**{prose(clause.citation)}**"
            yield "\n".join(_bullets(clause_lines(clause)))
    if explanation.targets:
        yield f"## {TARGETS}"
    for target in explanation.targets:
        yield f"### {code(target.name)}: {prose(target.title)}"
        yield "\n".join(prose(line) for line in target_lines(target))
        if target.stopped:
            yield "\n".join(_bullets(finding(one) for one in target.stopped))
        if target.differences:
            yield _terms(target.differences)
    if explanation.assumptions:
        yield f"## {REST}"
        yield prose(ASSUMED)
        yield _terms(explanation.assumptions)
    others = [finding(one) for one in explanation.remarks if not one.stops]
    for title, lines in ((FOUND, others), (ALLOWED, [allowed(one) for one in explanation.allowed])):
        if lines:
            yield f"## {title}"
            yield "\n".join(_bullets(lines))
    if explanation.words:
        yield f"## {WORDS}"
        yield _terms(explanation.words)


def _stage(stage: Stage) -> Iterator[str]:
    yield f"### Stage {stage.number}: {prose(stage.heading)}"
    yield f"*{prose(where(stage))}*"
    rows: list[tuple[str, ...]] = []
    for row in stage.rows:
        rows.append(_row(row))
        rows.extend(_phase(phase) for phase in row.phases)
    if rows:
        yield _table(_COLUMNS, rows)


def _row(row: ExplainedRow) -> tuple[str, ...]:
    none = {"recorded": "", "not-recorded": "Not recorded.", "silent": ""}[row.mark]
    return (
        MARKS[row.mark],
        _lines([row.words, *row.details]),
        _names(row.name, row.tags),
        _lines([*([none] if none else []), *recorded(row)]),
        _lines([follow(way) for way in row.follows]),
    )


def _phase(phase: ExplainedPhase) -> tuple[str, ...]:
    recorders, requests = len(phase.recorders), list(phase_lines(phase))
    taped = requests[:recorders] or ["Not recorded."]
    return (
        MARKS[phase.mark],
        _lines([phase.words]),
        _names("", phase.tags),
        _lines(taped),
        _lines(requests[recorders:]),
    )


def _person(person: ExplainedPerson) -> tuple[str, ...]:
    told = [line for notice in person.notices for line in _notice(notice)]
    untold = [person.untold] if person.untold else []
    wheres = [notice.where for notice in person.notices]
    return f"**{cell(person.name)}**", _lines([person.taped]), _lines([*untold, *told]), _lines(wheres)


def _notice(notice: ExplainedNotice) -> Iterator[str]:
    yield next(notice_lines(notice))
    for act in notice.call:
        yield f"{MARKS[act.mark]} {act.words}{act.stores}"


def _guarantee(number: int, guarantee: ExplainedGuarantee) -> Iterator[str]:
    yield f"### {number}. {prose(guarantee.sentence)}"
    yield from (prose(line) for line in (guarantee.means, reason(guarantee)) if line)
    yield f"**{prose(guarantee.verdict)}**"
    if guarantee.provided:
        yield "\n".join(_bullets(f"{clause} ({name})" for name, clause in guarantee.provided))
    if guarantee.call:
        lines = (f"{MARKS[act.mark]} {act.words}{act.stores}" for act in guarantee.call)
        yield "\n".join(_bullets(lines))
    yield f"*{code(guarantee.written)}, {prose(place(guarantee))}*"


def _terms(terms: Iterable[Term]) -> str:
    return "\n".join(f"- **{prose(term.name)}**: {prose(term.meaning)}" for term in terms)


def _bullets(lines: Iterable[str]) -> Iterator[str]:
    return (f"- {prose(line)}" for line in lines)


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _names(name: str, tags: tuple[str, ...]) -> str:
    return " ".join(code(word, table=True) for word in ((name,) if name else ()) + tags)


def _lines(lines: list[str]) -> str:
    return "<br>".join(cell(line) for line in lines)


# ── escaping ─────────────────────────────────────────────────────────────────────────────────────────────────────


def prose(text: str) -> str:
    """A sentence as Markdown: names in backquotes and addresses as code, everything else as it is read."""
    return _marked(text, table=False)


def cell(text: str) -> str:
    """A sentence for a cell of a table."""
    return _marked(text, table=True)


def code(text: str, *, table: bool = False) -> str:
    """A text as code; in a table its `|` are escaped, as GitHub's Markdown wants it."""
    fence = "`"
    while fence in text:
        fence += "`"
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    inner = text.replace("|", "\\|") if table else text
    return f"{fence}{pad}{inner}{pad}{fence}" if text else ""


def _marked(text: str, *, table: bool) -> str:
    parts: list[str] = []
    at = 0
    for found in _CODE.finditer(text):
        parts.append(_addresses(text[at : found.start()], table=table))
        parts.append(code(found[1], table=table))
        at = found.end()
    parts.append(_addresses(text[at:], table=table))
    return "".join(parts)


def _addresses(text: str, *, table: bool) -> str:
    parts: list[str] = []
    at = 0
    for found in _ADDRESS.finditer(text):
        address = found[0] if found[0].endswith(DOTS) else found[0].rstrip(".:")
        parts.append(_escaped(text[at : found.start()]))
        parts.append(code(address, table=table))
        at = found.start() + len(address)
    parts.append(_escaped(text[at:]))
    return "".join(parts)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
