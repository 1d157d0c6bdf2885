"""Two programs to everything that differs between them.

Invariant: a side with errors is not compared in silence: what cannot be said is a difference of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.suppressions import Suppression
from recpol.base.finding import Finding
from recpol.base.source import Span
from recpol.diff.manner import statements
from recpol.diff.model import ORDER, Comparison, Difference, DifferenceKind
from recpol.diff.tapes import BUDGET, tapes
from recpol.prove import prove
from recpol.prove.verdict import Verdict

_RANK = {"proven": 2, "unknown": 1, "empty": 1, "broken": 0}
_SAID = {
    "proven": "proven for every call",
    "unknown": "not proven",
    "empty": "about nothing",
    "broken": "broken by some call",
}


def compare(
    old: Program,
    new: Program,
    old_errors: tuple[Finding, ...] = (),
    new_errors: tuple[Finding, ...] = (),
    budget: int = BUDGET,
) -> Comparison:
    """What differs between two versions of a policy; errors of a side say that its calls are not to be relied on."""
    name = next((header.name.text for program in (new, old) for header in program.names.headers), new.source.path)
    found: list[Difference] = []
    for program, errors, which in ((old, old_errors, "old"), (new, new_errors, "new")):
        if program.partial:
            found.append(Difference("not-compared", f"the {which} version cannot be read in full"))
        elif errors:
            count = f"{len(errors)} error" + ("" if len(errors) == 1 else "s")
            found.append(Difference("not-compared", f"the {which} version does not compile: {count}"))
    spent = False
    if not old.partial and not new.partial:
        walked = tapes(old, new, budget)
        found += walked.differences
        spent = walked.spent
        found += _guarantees(old, new)
        found += _failures(old, new)
        found += statements(old, new)
    found += _suppressions(old, new)
    rank = {kind: number for number, kind in enumerate(ORDER)}
    found.sort(key=lambda one: (rank[one.kind], len(one.call or ()), one.line, one.about))
    return Comparison(name, tuple(found), spent)


def _failures(old: Program, new: Program) -> Iterator[Difference]:
    """Whether a call goes on unrecorded when its recording cannot start, where the platform tells of that."""
    ends = [
        bool(program.names.hangs_up) if all(target.tells_of_failure for target in program.targets) else None
        for program in (old, new)
    ]
    if None not in ends and ends[0] != ends[1] and any(decision.store for decision in new.decisions.all):
        failure = (old if ends[0] else new).names.failure
        line = _line_of(new, failure.span) if failure is not None and ends[1] else 0
        was, is_ = ("the call ends" if one else "the call goes on unrecorded" for one in ends)
        kind: DifferenceKind = "less-recorded" if ends[0] else "more-recorded"
        yield Difference(kind, "a call whose recording cannot start", was, is_, None, line)


def _guarantees(old: Program, new: Program) -> Iterator[Difference]:
    """Guarantees that are new or gone, and those whose verdict is another."""
    before = {_text(verdict): verdict for verdict in prove(old)}
    after = {_text(verdict): verdict for verdict in prove(new)}
    for text, verdict in after.items():
        line = _line(new, verdict)
        if text not in before:
            yield Difference("guarantee-new", text, "", _SAID[verdict.status], verdict.call or None, line)
            continue
        was = before[text]
        if was.status != verdict.status:
            weaker = _RANK[verdict.status] < _RANK[was.status]
            kind: DifferenceKind = "guarantee-weaker" if weaker else "guarantee-stronger"
            call = verdict.call if verdict.status == "broken" else was.call
            yield Difference(kind, text, _SAID[was.status], _SAID[verdict.status], call or None, line)
        elif new_rests := sorted(set(verdict.assumptions) - set(was.assumptions)):
            yield Difference("guarantee-weaker", text, "proven", f"rests on {', '.join(new_rests)}, too", None, line)
        elif old_rests := sorted(set(was.assumptions) - set(verdict.assumptions)):
            yield Difference("guarantee-stronger", text, f"rests on {', '.join(old_rests)}, too", "proven", None, line)
    for text, verdict in before.items():
        if text not in after:
            yield Difference("guarantee-gone", text, _SAID[verdict.status], "", None, _line(old, verdict))


def _text(verdict: Verdict) -> str:
    """A guarantee as it is written, without its reason."""
    guarantee = verdict.guarantee
    written = " ".join(guarantee.span.text.split())
    because = guarantee.because
    return written if because is None else written.removesuffix(" ".join(because.span.text.split())).rstrip()


def _line(program: Program, verdict: Verdict) -> int:
    return _line_of(program, verdict.guarantee.span)


def _line_of(program: Program, span: Span) -> int:
    return span.begin.line if program.is_own(span) else 0


def _suppressions(old: Program, new: Program) -> Iterator[Difference]:
    """Findings that are allowed, and were not, and the other way round."""
    left = Counter(_allowed(one) for one in old.suppressions if one.valid)
    for one in new.suppressions:
        if one.valid:
            if left[_allowed(one)]:
                left[_allowed(one)] -= 1
            else:
                yield _suppression("suppression-new", one)
    for one in old.suppressions:
        if one.valid and left[_allowed(one)]:
            left[_allowed(one)] -= 1
            yield _suppression("suppression-gone", one)


def _allowed(one: Suppression) -> tuple[object, ...]:
    return one.rule, one.reason, one.by, one.until


def _suppression(kind: str, one: Suppression) -> Difference:
    until = "" if one.until is None else f", until {one.until.isoformat()}"
    by = f", by {one.by}" if one.by else ""
    said = f"{one.reason}{by}{until}"
    if kind == "suppression-new":
        return Difference("suppression-new", f"`{one.rule}` is allowed", "", said, line=one.line)
    return Difference("suppression-gone", f"`{one.rule}` is allowed", said, "", line=one.line)
