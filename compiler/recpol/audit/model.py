"""What the page says of a policy, as data.

Invariant: only records, tuples and texts; what is not known is `NOT_STATED`, never an empty text. Of a
policy with errors there are no rows, and its page says `NOTHING` in place of them.
"""

from __future__ import annotations

from recpol.base.record import Record, field
from recpol.diff.model import Comparison
from recpol.explain.model import Explanation

NOT_STATED = "not stated in the policy"

NOTHING = "Nothing is concluded: the policy does not compile"
"""What stands in place of every conclusion from a policy with errors."""


STATUS = {
    "proven": "proven for every call", "broken": "broken", "unknown": "not proven", "empty": "nothing to prove",
    "unclaimed": "not claimed",
}  # fmt: skip
"""What a guarantee comes to, in words."""


class PartyRow(Record):
    """A person of a call: which parts with them are on tape, and which are not."""

    who: str
    recorded: tuple[str, ...]
    not_recorded: tuple[str, ...]


class ToldRow(Record):
    """An announcement: to whom it is said, in which words and language, where, and whether it is itself on tape."""

    whom: str
    words: str
    locale: str
    stage: int
    recorded: bool


class StoreRow(Record):
    """A store that calls record to, and what its author states of it."""

    name: str
    url: str
    files: str
    keep: str
    readers: str
    encrypted: str
    region: str
    transcript: str


class AnsweredRow(Record):
    """What becomes of a call, or of a recording, in some case: the case and the answer."""

    case: str
    answer: str


class ExceptionRow(Record):
    """A finding that a comment allows: the rule, what was found and where, why, by whom, and until when."""

    rule: str
    found: str
    place: str
    reason: str
    by: str
    until: str


class TestFacts(Record):
    """What the tests of a policy come to, each in words."""

    ran: str
    failed: bool
    coverage: str
    mutations: str


class AuditedPolicy(Record):
    """A policy on the page. `flow` and `tape` are pictures as SVG; `changes` is None where nobody asked.

    `broken` are the first guarantees that are broken, each with the picture of the shortest call that breaks it.
    `looked` are the targets with the number of situations that the proofs look at; empty where nothing is proven.
    """

    explanation: Explanation
    digest: str
    flow: str = field(repr=False)
    tape: str = field(repr=False)
    parties: tuple[PartyRow, ...]
    told: tuple[ToldRow, ...]
    endings: tuple[AnsweredRow, ...]
    stores: tuple[StoreRow, ...]
    failures: tuple[AnsweredRow, ...]
    transcript: str
    exceptions: tuple[ExceptionRow, ...]
    broken: tuple[tuple[str, str], ...] = field(repr=False)
    looked: tuple[tuple[str, int], ...]
    tests: TestFacts
    changes: Comparison | None = None

    @property
    def proven(self) -> str:
        """How many guarantees are proven, in words."""
        found = self.explanation.guarantees
        if not self.explanation.compiles:
            return NOTHING
        return f"{sum(one.status == 'proven' for one in found)} of {len(found)}" if found else "none stated"


class TenantsOfPolicy(Record):
    """What the guarantees of a policy come to for so many tenants, for `wrong` of whom it does not compile.

    `same` are those that come to the same for all, with that; `columns` the others, and `rows` the tenants with what
    these come to. Tenants without a row are `others`, for all of whom they come to `most`.
    """

    policy: str
    count: int
    wrong: int
    same: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    others: int
    most: tuple[str, ...]

    @property
    def lines(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The rows, after one for all others."""
        return ((f"{self.others:,} others", self.most), *self.rows) if self.others else self.rows
