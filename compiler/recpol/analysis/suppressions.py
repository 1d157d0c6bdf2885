"""Suppressions: the comments `# allow RULE-NAME [by NAME] [until DATE]: reason` of a policy, as data.

A suppression stands on the line of the finding or alone on the line above. It is read from comments only: the same
words inside a string mean nothing. Whether there is such a rule is not known here: `rules.check` looks the names up.

Invariant: an expired or malformed suppression suppresses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from recpol.base.pattern import pattern
from recpol.base.record import Record, replace
from recpol.base.source import Span
from recpol.base.typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

_FORM = pattern(r"#\s*allow\b[ \t]*(?P<rule>[^\s:]*)(?P<rest>[^:]*)(?P<colon>:?)[ \t]*(?P<reason>.*)")
_NAME = pattern(r"[a-z][a-z0-9-]*\Z")


class Suppression(Record):
    """One `# allow` comment: the rule, the line it speaks for, its reason and end, what is wrong with it, and who is
    said to have allowed it."""

    rule: str
    line: int
    reason: str
    until: datetime.date | None
    span: Span
    problem: str = ""
    help: str = ""
    expired: bool = False
    by: str = ""

    @property
    def valid(self) -> bool:
        """Whether it suppresses anything."""
        return not self.problem and not self.expired

    def with_problem(self, problem: str, help_: str) -> Suppression:
        """This suppression with something wrong with it, which takes the place of what was wrong before."""
        return replace(self, problem=problem, help=help_)


def read_suppressions(comments: Iterable[Span], today: int | None) -> tuple[Suppression, ...]:
    """The suppressions among comments; one whose date is before `today` has expired (without a date none has)."""
    found = (_read(comment, today) for comment in comments if "allow" in comment.text)
    return tuple(suppression for suppression in found if suppression is not None)


def _read(comment: Span, today: int | None) -> Suppression | None:
    found = _FORM.match(comment.text.rstrip())
    if found is None or not _is_directive(found):
        return None
    name, reason, rest = found["rule"], found["reason"].strip(), found["rest"]
    line, column = comment.begin
    alone = not comment.source.line(line)[: column - 1].strip()
    problem, help_, until, by = "", "", None, ""
    words = rest.split()
    if words[-2:-1] == ["until"]:
        from datetime import date

        try:
            until = date.fromisoformat(words[-1])
        except ValueError:
            problem, help_ = f"`{words[-1]}` is not a date", "write the date as `2027-06-30`"
        words = words[:-2]
    if words[:1] == ["by"] and len(words) > 1:
        by, words = " ".join(words[1:]), []
    if words and not problem:
        problem, help_ = f"`{rest.strip()}` is not understood", f"write `# allow {name}: reason`"
    if not reason and not problem:
        problem, help_ = f"`allow {name}` gives no reason", f"write why: `# allow {name}: …`"
    expired = until is not None and today is not None and until.toordinal() < today
    return Suppression(name, line + 1 if alone else line, reason, until, comment, problem, help_, expired, by)


def _is_directive(found: re.Match[str]) -> bool:
    """Whether a comment that begins with `allow` means to be a suppression, and is not a sentence."""
    return bool(found["colon"]) or (bool(_NAME.match(found["rule"])) and "-" in found["rule"])
