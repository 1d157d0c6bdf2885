"""Suppressions: comments `# allow RULE-NAME [until DATE]: reason`, and the rules about them.

A suppression stands on the line of the finding or alone on the line above. It is read from comments only: the same
words inside a string mean nothing.

Invariant: an expired, unknown or reasonless suppression suppresses nothing.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.nearest import nearest
from recpol.base.record import dataclass
from recpol.base.source import Span
from recpol.rules.policy.fixes import delete
from recpol.rules.rule import rule

_FORM = re.compile(r"#\s*allow\b[ \t]*(?P<rule>[^\s:]*)(?P<rest>[^:]*)(?P<colon>:?)[ \t]*(?P<reason>.*)\Z")
_UNTIL = re.compile(r"\s+until\s+(\S+)\s*\Z")
_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One `# allow` comment: the rule, the line it speaks for, its reason and end, and what is wrong with it."""

    rule: str
    line: int
    reason: str
    until: datetime.date | None
    span: Span
    problem: str = ""
    help: str = ""
    expired: bool = False

    @property
    def valid(self) -> bool:
        """Whether it suppresses anything."""
        return not self.problem and not self.expired

    def idle(self) -> Finding:
        """The finding for a suppression that suppressed nothing."""
        return Finding(
            f"nothing to allow: `{self.rule}` finds nothing on line {self.line}",
            self.span,
            help="delete the comment, so that it cannot hide a later mistake",
            fixes=delete(self.span, "delete the comment", safe=True),
        )


def suppressions(program: Program) -> tuple[Suppression, ...]:
    """The suppressions in the comments of a policy and of the rules files it uses."""
    found: list[Suppression] = []
    for comments in (program.parsed.comments, *(b.comments for b in program.brought)):
        for comment in comments:
            if "allow" in comment.text:
                read = _read(comment, program.today)
                if read is not None:
                    found.append(read)
    return tuple(found)


def _read(comment: Span, today: datetime.date | None) -> Suppression | None:
    from recpol.rules.catalogue import BY_NAME

    found = _FORM.match(comment.text.rstrip())
    if found is None or not _is_directive(found):
        return None
    name, reason = found["rule"], found["reason"].strip()
    line, column = comment.begin
    alone = not comment.source.line(line)[: column - 1].strip()
    problem, help_, until = "", "", None
    rest = found["rest"]
    dated = _UNTIL.match(rest)
    if dated is not None:
        try:
            until = datetime.date.fromisoformat(dated[1])
        except ValueError:
            problem, help_ = f"`{dated[1]}` is not a date", "write the date as `2027-06-30`"
    elif rest.strip():
        problem, help_ = f"`{rest.strip()}` is not understood", f"write `# allow {name}: reason`"
    known = BY_NAME.get(name)
    if known is None:
        close = nearest(name, BY_NAME)
        problem = f"there is no rule `{name}`" if name else "the comment names no rule"
        help_ = f"did you mean `{close}`?" if close else "`recpol rule` lists the rules"
    elif known.binding:
        problem = f"`{name}` cannot be allowed: without it the output would be wrong"
        help_ = "mend what the rule finds; `recpol rule " + name + "` says how"
    elif not reason and not problem:
        problem, help_ = f"`allow {name}` gives no reason", f"write why: `# allow {name}: …`"
    expired = until is not None and today is not None and until < today
    return Suppression(name, line + 1 if alone else line, reason, until, comment, problem, help_, expired)


def _is_directive(found: re.Match[str]) -> bool:
    """Whether a comment that begins with `allow` means to be a suppression, and is not a sentence."""
    return bool(found["colon"]) or (bool(_NAME.match(found["rule"])) and "-" in found["rule"])


@rule("error", binding=True)
def bad_suppression(program: Program) -> Iterator[Finding]:
    """A suppression that suppresses nothing because it is not well formed.

    A comment `# allow RULE-NAME: reason` silences one rule on its line, or on the line below when it stands alone. It
    needs the name of a rule that may be silenced, and a reason, so that a reader can judge it. `until 2027-06-30`
    before the colon gives it an end.

    Wrong:
    ```recpol
    policy desk
    store calls { url "sdrive://" }  # allow unused-shop: the night team starts next month
    on ice { record to calls { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "sdrive://" }
    store spare { url "sdrive://" }  # allow unused-store: the night team starts next month
    on ice { record to calls { connect pstn +46850020000 } }
    ```
    """
    for suppression in suppressions(program):
        if suppression.problem:
            yield Finding(suppression.problem, suppression.span, help=suppression.help)


@rule("warning")
def expired_suppression(program: Program) -> Iterator[Finding]:
    """A suppression whose date has passed.

    `# allow RULE-NAME until DATE: reason` works up to and including its date. After that the rule speaks again, and
    this rule says why.

    Wrong:
    ```recpol
    policy desk
    store calls { url "sdrive://" }
    on ice {
      # allow say-before-answer until 2020-01-31: the old trunk answered by itself
      answer
      record { connect pstn +46850020000 }
    }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "sdrive://" }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for suppression in suppressions(program):
        if suppression.expired and not suppression.problem:
            yield Finding(
                f"this permission ended on {suppression.until}",
                suppression.span,
                help=f"mend what `{suppression.rule}` finds, or decide on a new date",
                fixes=delete(suppression.span, "delete the comment", safe=True),
            )


@rule("warning")
def unused_suppression(program: Program) -> Iterator[Finding]:
    """A suppression on a line where the rule finds nothing.

    It would hide the next real mistake on that line.

    Wrong:
    ```recpol
    policy desk
    store calls { url "sdrive://" }  # allow unused-store: not used yet
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "sdrive://" }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    return iter(())  # the checker asks `Suppression.idle`, for it alone knows what the other rules found
