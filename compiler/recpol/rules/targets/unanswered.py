"""Rules about calls that nobody answers, in targets that tell a call nothing of it."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.steps import UNANSWERED
from recpol.base.finding import Finding
from recpol.platform.sources import CALLBACK_PAGE
from recpol.rules.rule import rule


@rule("error", binding=True, targets=lambda target: not target.tells_of_no_answer)
def no_answer_not_reported(program: Program) -> Iterator[Finding]:
    """A reply to a call that nobody answers, in a target that has no such event.

    Voice API v2 says that a call was not answered in time, that the callee was busy or rejected it, and that it failed.
    In classic SVAML and in the current API such a call ends: DiCE comes when it is over, and no reply to it changes
    anything. There the caller can wait instead: `park` the call, let the backend ring whoever is meant, and send
    what is to be said with `on manage NAME` when nobody has answered.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer connect pstn +46850020000 }
    on noanswer { say "Nobody is here." hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer park { hold play "https://acme.example/ringing.mp3" } }
    on manage nobody { say "Nobody is here." hangup }
    ```
    """
    for handler in program.handlers:
        if handler.kind not in UNANSWERED:
            continue
        mute = [target.name for target in program.targets if not target.tells_of_no_answer]
        yield Finding(
            f"nothing tells a call of {' or '.join(mute)} that nobody answered",
            handler.node.event.span,
            why=f"a call that is not answered ends, and DiCE comes when it is over ({CALLBACK_PAGE})",
            help="compile to svaml2, or `park` the call, let the backend ring, and say it with `on manage NAME`",
        )
        return
