"""Rules about what is lost where a connect suppresses callbacks."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.dialled import suppressed
from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.platform.sources import CALLBACK_PAGE
from recpol.rules.notation import Notation
from recpol.rules.rule import shared_rule
from recpol.syntax import tree


@shared_rule("warning", covers=("C22",))
def cookie_not_read(program: Program, say: Notation) -> Iterator[Finding]:
    """A cookie in a reply after which no callback comes that could bring it back.

    Cookies come back with later events of the call. A connect with `suppress-callbacks` gets neither ACE nor DiCE
    (Callback API page), so nobody ever reads what was set before it. A cookie `X-…` before a SIP connect becomes a
    header of that call (SIP trunking page), and is fine.

    Wrong:
    ```recpol
    policy desk
    on ice { cookie "level" = "gold" connect pstn +46850020000 suppress-callbacks }
    ```

    Right:
    ```recpol
    policy desk
    on ice { cookie "level" = "gold" connect pstn +46850020000 }
    ```
    """
    for handler in program.handlers:
        action = handler.action
        option = suppressed(action) if action is not None else None
        if option is None or action is None:
            continue
        for step in handler.segments:
            if isinstance(step.body, tree.Cookie):
                header = action.connects == "sip" and step.body.key.value.startswith("X-")
                if not header:
                    yield Finding(
                        "nobody reads this cookie: no callback comes after this reply",
                        step.body.key.span,
                        notes=(Note(option.name.span, "turns ACE and DiCE off"),),
                        why=f"cookies come back with later events, and none is sent ({CALLBACK_PAGE})",
                        help="delete the cookie, or let the callbacks come",
                    )
