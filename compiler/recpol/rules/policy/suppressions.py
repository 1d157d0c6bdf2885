"""The rules about suppressions, and the names of rules in them.

Invariant: a suppression of a rule that does not exist, or that always speaks, suppresses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recpol.analysis.program import Program
from recpol.analysis.suppressions import Suppression
from recpol.base.finding import Finding
from recpol.base.nearest import nearest
from recpol.rules.edits import delete
from recpol.rules.rule import Rule, rule


def resolve(suppression: Suppression, rules: Mapping[str, Rule]) -> Suppression:
    """A suppression whose rule has been looked up among `rules`: one that may not be suppressed is its problem."""
    name = suppression.rule
    known = rules.get(name)
    if known is None:
        close = nearest(name, rules)
        return suppression.with_problem(
            f"there is no rule `{name}`" if name else "the comment names no rule",
            f"did you mean `{close}`?" if close else "`recpol rule` lists the rules",
        )
    if known.binding:
        return suppression.with_problem(
            f"`{name}` cannot be allowed: without it the output would be wrong",
            f"fix what the rule finds; `recpol rule {name}` says how",
        )
    return suppression


def idle(suppression: Suppression) -> Finding:
    """The finding for a suppression that suppressed nothing."""
    return Finding(
        f"nothing to allow: `{suppression.rule}` finds nothing on line {suppression.line}",
        suppression.span,
        help="delete the comment, so that it cannot hide a later mistake",
        fixes=delete(suppression.span, "delete the comment", safe=True),
    )


@rule("error", binding=True)
def bad_suppression(program: Program) -> Iterator[Finding]:
    """A suppression that suppresses nothing because it is not well formed.

    A comment `# allow RULE-NAME: reason` silences one rule on its line, or on the line below when it stands alone. It
    needs the name of a rule that may be silenced, and a reason, so that a reader can judge it. `until 2027-06-30`
    before the colon gives it an end.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/" credentials env S3_CREDENTIALS }  # allow unused-shop: for the night team
    on ice { record to calls { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/" credentials env S3_CREDENTIALS }
    store spare { url "s3://acme-spare/" credentials env S3_CREDENTIALS }  # allow unused-store: for the night team
    on ice { record to calls { connect pstn +46850020000 } }
    ```
    """
    for suppression in program.suppressions:
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
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice {
      # allow say-before-answer until 2020-01-31: the old trunk answered by itself
      answer
      record { connect pstn +46850020000 }
    }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for suppression in program.suppressions:
        if suppression.expired and not suppression.problem:
            yield Finding(
                f"this permission ended on {suppression.until}",
                suppression.span,
                help=f"fix what `{suppression.rule}` finds, or decide on a new date",
                fixes=delete(suppression.span, "delete the comment", safe=True),
            )


@rule("warning")
def unused_suppression(program: Program) -> Iterator[Finding]:
    """A suppression on a line where the rule finds nothing.

    It would hide the next real mistake on that line. A permission that another target needs is none of these: the same
    policy may be compiled to that one, too.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }  # allow unused-store: not used yet
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    return iter(())  # the checker makes these with `idle`: it alone knows what the other rules found
