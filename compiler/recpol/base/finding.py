"""A finding: one thing that is wrong, where, why and what to do about it.

Rules make findings, frontends show them. CONTRIBUTING.md has the grammar of messages, under "A message has a grammar":
what is wrong in lower case without a full stop and with the author's words in backquotes; `why` is the platform's fact
with its source; `help` starts with a verb.

Invariant: a finding is plain data; it never holds a secret, only spans that a frontend may choose not to print.
"""

from __future__ import annotations

from recpol.base.record import Record, field
from recpol.base.source import Span
from recpol.base.typing import Literal

Severity = Literal["error", "warning", "info"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From worst to mildest."""


class Note(Record):
    """Another place that explains the finding, and what is there."""

    span: Span
    text: str


class CallStep(Record):
    """One line of a call that shows the finding: what happens or is heard, and what records it.

    `recorded` is None for what is not heard (somebody answers, presses a key), empty where nothing records it.
    """

    text: str
    recorded: str | None = None
    span: Span | None = None


class Edit(Record):
    """A change of a text: the characters of `span` give way to `text`; an empty span is a place to insert at.

    A line break in `text` is written as the file's own.
    """

    span: Span
    text: str


class Fix(Record):
    """A fix: a title that starts with a verb, and its edits, all in one file.

    `safe` is what the rule says: that the fix can only be right, and changes nothing of what is recorded. Whether the
    latter is true is proven before a fix is carried out as a safe one. One that is `only_tried` is suggested only where
    it was tried, and held.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False
    only_tried: bool = False


class Finding(Record):
    """One problem at one place.

    `span` is the smallest wrong piece of text; `label` says what the underlined text is, if the message does not.
    `rule` and `severity` are set by the checker from the rule that spoke (a rule may pass a milder `severity`).
    `call` is a call on which the finding can be seen. `secret` is true where the source line must not be printed
    because it holds a credential. `fixes` can be carried out; several are choices, which only the author
    can make. `about` are the words of what the finding is about where these may stand on another line, such as the
    guarantee that a step breaks: they tell it from another finding of its rule on the same line. `omitted` is how many
    findings of its rule this one stands for in a report; of all others it is 0. `told_by` is the rule whose finding
    says the same thing: the checker leaves this one out where that rule speaks, and who allows the other gets this one.
    """

    message: str
    span: Span
    label: str = ""
    notes: tuple[Note, ...] = ()
    why: str = ""
    help: str = ""
    rule: str = ""
    severity: Severity | None = None
    secret: bool = False
    call: tuple[CallStep, ...] = field(default=(), hash=False)  # as long as a policy, and one for many guarantees
    fixes: tuple[Fix, ...] = ()
    about: str = ""
    omitted: int = 0
    told_by: str = ""

    @property
    def count(self) -> int:
        """How many findings it is: itself, or those that it stands for."""
        return self.omitted or 1

    @property
    def level(self) -> Severity:
        """The severity; an error unless it says otherwise."""
        return self.severity or "error"


def order(finding: Finding) -> tuple[str, int, int, str]:
    """Sort key: file, place, rule."""
    return (finding.span.source.path, finding.span.start, finding.span.end, finding.rule)
