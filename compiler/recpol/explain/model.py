"""The explanation of a policy as data: sentences in plain words, in the order in which they are read.

`recpol.explain.text`, `.markdown` and `.document` only lay it out, so that all three say the same. Its fields, by their
names, are the JSON document; a field is never renamed or removed without a new `VERSION`.

Invariant: only records, tuples, strings, numbers, truth values and None; no string holds a secret or a
character that could steer a terminal.
"""

from __future__ import annotations

from recpol.base.record import Record
from recpol.base.typing import Literal

VERSION = 1
"""Raised when a reader of the JSON document would have to change."""

RowMark = Literal["recorded", "not-recorded", "silent"]
"""`silent`: nothing is heard, so there is nothing to record."""

ClaimStatus = Literal["proven", "broken", "unknown", "empty", "unclaimed"]
"""`empty`: there is nothing to prove. `unclaimed`: nothing is claimed, because the policy does not compile, or because
it is no policy but a file of rules."""


class ExplainedRecorder(Record):
    """One recorder that runs: where to, of which kind (`call` or `conference`), and in words who is recorded."""

    store: str
    kind: Literal["call", "conference"]
    who: str
    file: str
    """What becomes of the file here: it begins, or goes on."""


class Follow(Record):
    """One way on: what happens, and what comes then: the stage of that number, or `then` in words."""

    when: str
    stage: int | None = None
    then: str = ""


class ExplainedPhase(Record):
    """A part of a conversation that the backend begins and ends, with what its two requests do.

    `begin_file` and `end_file` are the documents that the backend sends; empty where nothing needs to be sent.
    """

    name: str
    tags: tuple[str, ...]
    mark: RowMark
    recorders: tuple[ExplainedRecorder, ...]
    words: str
    begin_file: str
    begins: str
    end_file: str
    ends: str


class ExplainedRow(Record):
    """One thing that happens in a stage; `stopped` says what became of a recording that ends before it."""

    mark: RowMark
    words: str
    details: tuple[str, ...]
    name: str
    tags: tuple[str, ...]
    recorders: tuple[ExplainedRecorder, ...]
    stopped: str
    follows: tuple[Follow, ...]
    phases: tuple[ExplainedPhase, ...]
    line: int


class Stage(Record):
    """What happens from one event to the next. `on` is how the policy names the event, `file` the compiled reply.

    `after` are the stages that lead here, by number; `reached` is false where no call comes here.
    """

    number: int
    heading: str
    on: str
    file: str
    line: int
    reached: bool
    after: tuple[int, ...]
    rows: tuple[ExplainedRow, ...]


class ExplainedStore(Record):
    """A place for recordings. `used` is false where no call records to it, None where that is not known (in rules
    files).
    """

    name: str
    storage: str
    url: str
    used: bool | None
    file_name: str
    begins: str
    ends: str
    again: str
    overwriting: str
    messages: str
    credentials: str
    also: str
    promises: str


class CallLine(Record):
    """One line of a call: what happens or is heard; `mark` is `silent` for what only happens."""

    words: str
    mark: RowMark
    to: str

    @property
    def stores(self) -> str:
        """Where it is recorded to, as the end of a line; empty where it is not."""
        return f" (to {' and '.join(f'`{store}`' for store in self.to.split(' and '))})" if self.to else ""


class ExplainedGuarantee(Record):
    """A guarantee: as it is written, in a sentence, what it means in this policy, and what the proof came to.

    `provided` are the names of the assumptions that a proof rests on, each with its clause; `call` is the shortest call
    that breaks it.
    """

    written: str
    sentence: str
    means: str
    reason: str
    file: str
    line: int
    status: ClaimStatus
    verdict: str
    provided: tuple[tuple[str, str], ...]
    call: tuple[CallLine, ...]


class ExplainedNotice(Record):
    """An announcement for one person: as the policy selects it, where that person hears it, and whether always before a
    recording. `provided` and `call` are those of the proof."""

    written: str
    where: str
    status: ClaimStatus
    verdict: str
    provided: tuple[str, ...]
    call: tuple[CallLine, ...]


class ExplainedPerson(Record):
    """Somebody in a call: whether and where they are on tape, and whether and where they are told. `notices` is empty
    where the policy does not say what an announcement is; then `untold` says so."""

    name: str
    on_tape: bool
    taped: str
    notices: tuple[ExplainedNotice, ...]
    untold: str


class Term(Record):
    """A name with what it means."""

    name: str
    meaning: str


class Remark(Record):
    """Something that the checks found. `stops` is true where it keeps the policy from compiling; `allowed` is the
    author's reason for letting it pass, `until` its last day."""

    severity: str
    rule: str
    words: str
    file: str
    line: int
    stops: bool
    allowed: str = ""
    until: str = ""


class ExplainedTarget(Record):
    """A dialect that the policy is compiled to: whether it compiles, and if not, what stops it.

    `rests` are the names of what the platform is assumed to do there; `differences` are what is this target's own,
    although all targets record the same segments.
    """

    name: str
    title: str
    compiles: bool
    stopped: tuple[Remark, ...]
    rests: tuple[str, ...]
    differences: tuple[Term, ...]


class ExplainedClause(Record):
    """A clause of a pack: what it says, how and when that was checked, the guarantees that stand for it, and what none
    of them covers."""

    citation: str
    says: str
    checked: str
    reviewed: str
    written: tuple[str, ...]
    not_covered: tuple[str, ...]


class ExplainedPack(Record):
    """A clause pack that a policy uses; `reviewed` is the oldest review of its clauses, empty where one has none."""

    name: str
    title: str
    version: str
    reviewed: str
    clauses: tuple[ExplainedClause, ...]


class Explanation(Record):
    """A whole policy, explained. `alert` is empty where the policy compiles.

    `targets` is empty where there is nothing to tell them apart by: for rules, and for the default target alone;
    `packs` where none is used; `people` where nothing is recorded, and for rules.
    """

    name: str
    title: str
    file: str
    compiles: bool
    alert: str
    remarks: tuple[Remark, ...]
    allowed: tuple[Remark, ...]
    summary: tuple[str, ...]
    stages: tuple[Stage, ...]
    stores: tuple[ExplainedStore, ...]
    guarantees: tuple[ExplainedGuarantee, ...]
    assumptions: tuple[Term, ...]
    words: tuple[Term, ...]
    targets: tuple[ExplainedTarget, ...] = ()
    packs: tuple[ExplainedPack, ...] = ()
    people: tuple[ExplainedPerson, ...] = ()
