"""The cases of a test file as data, and what comes of them."""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.finding import CallStep, Finding
from recpol.base.record import Record, field
from recpol.base.source import Span
from recpol.base.typing import Any, Literal
from recpol.calls.scenario import Scenario
from recpol.semantics.replay import Replay


class NamedPiece(Record):
    """A piece of a call as a test names it: a label, a `@tag`, or words of a line of the trace, and where it does."""

    kind: Literal["label", "tag", "words"]
    text: str
    span: Span

    @property
    def shown(self) -> str:
        """How messages name it."""
        return {"label": f"`{self.text}`", "tag": f"`@{self.text}`", "words": f'"{self.text}"'}[self.kind]


class ExpectedReply(Record):
    """A document that a call must bring: the name of its file, the document that is expected, and where it is said.

    `places` are the spans of the parts of an expected document that is written out in the test, by their path.
    """

    file: str
    expected: Any = field(repr=False)
    span: Span
    places: Mapping[tuple[str | int, ...], Span] = field(default_factory=dict, repr=False)


class Case(Record):
    """One test: a call, and what must be heard and recorded of it.

    `into` are names of stores, or addresses; `files` is how many recording files the call makes. `skip` is the reason
    why it is not run. `problems` are what could not be read of it; then it fails.
    """

    name: str
    span: Span = field(repr=False)
    call: Scenario = field(repr=False)
    recorded: tuple[NamedPiece, ...] = ()
    not_recorded: tuple[NamedPiece, ...] = ()
    heard: tuple[NamedPiece, ...] = ()
    not_heard: tuple[NamedPiece, ...] = ()
    in_order: tuple[NamedPiece, ...] = ()
    whole_room: tuple[NamedPiece, ...] = ()
    not_whole_room: tuple[NamedPiece, ...] = ()
    into: tuple[tuple[NamedPiece, str, Span], ...] = ()
    files: tuple[int, Span] | None = None
    ends: tuple[bool, Span] | None = None
    replies: tuple[ExpectedReply, ...] = ()
    skip: str | None = None
    problems: tuple[Finding, ...] = field(default=(), repr=False)


class CaseFile(Record):
    """A test file: the policy that it names (as written, with its place), values of variables, its cases.

    `problems` are what is wrong with the file outside of its cases. `target` is what the policy is compiled to for it,
    `tenant` the only tenant that it is about; None where the settings decide, and where it is about all.
    """

    policy: tuple[str, Span] | None
    variables: Mapping[str, str]
    cases: tuple[Case, ...]
    problems: tuple[Finding, ...] = ()
    target: str | None = None
    tenant: tuple[str, Span] | None = None


class CaseResult(Record):
    """What came of one case: the differences between what was expected and what happened, and the call."""

    case: Case
    status: Literal["ok", "failed", "skipped"]
    findings: tuple[Finding, ...] = ()
    call: Replay | None = field(default=None, repr=False)


class ToldCase(Record):
    """What of a case is told: its name, where it stands, and the reason why it is not run."""

    name: str
    span: Span = field(repr=False)
    skip: str | None = None


class ToldResult(Record):
    """What of a result is told: the case, what came of it, and the call as lines, if there was one."""

    case: ToldCase
    status: Literal["ok", "failed", "skipped"]
    findings: tuple[Finding, ...] = ()
    acts: tuple[CallStep, ...] | None = field(default=None, repr=False)


def told_result(result: CaseResult, *, calls: bool) -> ToldResult:
    """What of a result is told; of a case that did not fail with its call where `calls` says so."""
    case = ToldCase(result.case.name, result.case.span, result.case.skip)
    acts = result.call.acts if result.call is not None and (calls or result.status == "failed") else None
    return ToldResult(case, result.status, result.findings, acts)
