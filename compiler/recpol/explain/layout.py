"""What text and Markdown have in common: headings, marks, and sentences made of several fields.

Invariant: what is said here comes from the fields of the explanation alone, so the JSON document says it too.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.explain.model import (
    ExplainedClause,
    ExplainedGuarantee,
    ExplainedNotice,
    ExplainedPack,
    ExplainedPhase,
    ExplainedRecorder,
    ExplainedRow,
    ExplainedStore,
    ExplainedTarget,
    Follow,
    Remark,
    RowMark,
    Stage,
)
from recpol.explain.words import capital, code, listed, stages_named

SHORTLY = "In short"
CALL = "How a call runs"
UNREACHED = "What no call comes to"
STORES = "Where recordings are kept"
PEOPLE = "Who is on tape, and who is told"
GUARANTEES = "Guarantees"
PACKS = "Clauses, and what is not covered of them"
TARGETS = "Targets"
REST = "What this rests on"
FOUND = "What the checks remark"
ALLOWED = "Findings that were allowed"
WORDS = "Words"

REASON = "Reason given"
ASSUMED = (
    "Where the platform's documents are silent or disagree, all of the above takes this to be so. "
    "Somebody who knows the platform can check it."
)

MARKS: dict[RowMark, str] = {"recorded": "●", "not-recorded": "○", "silent": "·"}


LEGEND = (
    f"{MARKS['recorded']} recorded",
    f"{MARKS['not-recorded']} not recorded",
    f"{MARKS['silent']} nothing to hear",
)
BRACKETS = "In square brackets stand names, @tags, lines and files, for those who work on the policy."


def where(stage: Stage) -> str:
    """Where a stage stands in the policy, which file replies, and which stages lead to it."""
    said = f"{stage.on}, line {stage.line}, {stage.file}"
    if not stage.after:
        return said
    return f"{said}; after {stages_named(stage.after)}"


def recorder(one: ExplainedRecorder) -> str:
    """`to `calls`: this caller's call; a new file begins`."""
    to = f"to {code(one.store)}" if one.store else "to a place that the policy does not name"
    return f"{to}: {one.who}" + (f"; {one.file}" if one.file else "")


def recorded(row: ExplainedRow) -> Iterator[str]:
    """What records a row, and what has stopped before it."""
    if row.stopped:
        yield row.stopped
    for one in row.recorders:
        yield f"Recorded {recorder(one)}."


def follow(way: Follow) -> str:
    """`Key 1 → stage 2`."""
    return f"{way.when} → " + (f"stage {way.stage}" if way.stage is not None else way.then)


def phase_lines(phase: ExplainedPhase) -> Iterator[str]:
    """What records a phase, and what its two requests do."""
    for one in phase.recorders:
        yield f"Recorded {recorder(one)}."
    if phase.begin_file:
        yield f"It begins when the backend sends {phase.begin_file}: {phase.begins}."
    if phase.end_file:
        yield f"It ends when the backend sends {phase.end_file}: {phase.ends}."


def reason(guarantee: ExplainedGuarantee) -> str:
    """Why there is a guarantee, as its author says; empty where the author says nothing."""
    return f"{REASON}: {guarantee.reason.removesuffix('.')}." if guarantee.reason else ""


def facts(store: ExplainedStore) -> Iterator[tuple[str, str]]:
    """What there is to say of a store, each with a word that names it."""
    yield "Place", f"{store.storage}, {store.url}" if store.url else "The policy names none."
    if store.used is False:
        yield "Use", "No call is recorded to it."
    yield "File name", store.file_name
    yield "Beginning", store.begins
    yield "End", store.ends
    yield "Second file", store.again
    yield "Overwriting", store.overwriting
    yield "Messages", store.messages
    yield "Credentials", store.credentials
    yield "Promises", store.promises
    if store.also:
        yield "Besides", store.also


def target_lines(one: ExplainedTarget) -> Iterator[str]:
    """Whether a policy compiles to a target, and what that rests on; what stops it stands below."""
    if not one.compiles:
        yield "The policy does not compile to it:"
        return
    yield "The policy compiles to it."
    if one.rests:
        yield f"It rests on {listed([code(name) for name in one.rests])}: see below."
    if one.differences:
        yield "What is its own:"


def place(one: Remark | ExplainedGuarantee) -> str:
    """`policies/desk.recpol, line 3`."""
    return f"{one.file}, line {one.line}"


def finding(one: Remark) -> str:
    """`Error: … (policies/desk.recpol, line 3)`."""
    return f"{capital(one.severity)}: {one.words} ({place(one)})"


def allowed(one: Remark) -> str:
    """A finding that was allowed, with the author's reason."""
    until = f", until {one.until}" if one.until else ""
    return f"{capital(one.words)} ({place(one)}). Allowed{until}: {one.allowed}"


def clause_lines(clause: ExplainedClause) -> Iterator[str]:
    """What there is to say of a clause below its citation."""
    yield f"{clause.says}."
    yield f"{clause.checked}; reviewed {clause.reviewed or 'never'}."
    yield f"Here: {listed([code(one) for one in clause.written])}." if clause.written else "No guarantee stands for it."
    for one in clause.not_covered:
        yield f"Not covered: {one[0].lower()}{one[1:]}."


def pack_title(pack: ExplainedPack) -> str:
    """`mifid2: MiFID II: calls about orders (version 1)`."""
    return f"{pack.name}: {pack.title} (version {pack.version})"


def notice_lines(notice: ExplainedNotice) -> Iterator[str]:
    """Whether somebody is told, and where."""
    rests = f" This rests on {listed([code(name) for name in notice.provided])}: see below." if notice.provided else ""
    yield f"{notice.written}: {notice.verdict}{rests}"
    yield notice.where
