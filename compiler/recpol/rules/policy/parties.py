"""Rules about who hears a prompt: `to caller`, `to callee`, `to everyone`."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.parties import listener, wish
from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.calls.party import Party, party_of
from recpol.platform.sources import CALLBACK_PAGE, VOICE_V2_TUTORIALS, cite
from recpol.rules.policy.known import did_you_mean
from recpol.rules.rule import rule
from recpol.syntax import tree

_PARTIES = tuple(party.value for party in Party)


@rule("error", binding=True)
def unknown_party(program: Program) -> Iterator[Finding]:
    """A prompt to somebody who has no part in a call.

    A prompt is heard by the `caller`, by the `callee`, or by `everyone`.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "One moment." to client connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "One moment." to caller connect pstn +46850020000 }
    ```
    """
    words = [step.body.to for step in program.steps if isinstance(step.body, tree.Addressed)]
    words += [one.to for one in program.own_statements if isinstance(one, tree.Announce)]
    for word in words:
        if word is not None and party_of(word.text) is None:
            otherwise = "write `to caller`, `to callee` or `to everyone`"
            yield Finding(
                f"`{word.text}` is no party of a call", word.span, help=did_you_mean(word.text, _PARTIES, otherwise)
            )


@rule("error", binding=True)
def unheard_by_party(program: Program) -> Iterator[Finding]:
    """A prompt to somebody who cannot hear it where it stands.

    What a reply plays is heard by one side. In `classic` and `svaml1` that is the caller (Callback API page); in
    `svaml2` it is the leg that the commands run on: the caller, and in `on ace` the callee (tutorials of Voice API v2).
    No reply plays anything to both.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "This call is recorded." to everyone connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "This call is recorded." to caller connect pstn +46850020000 }
    ```
    """
    for handler in (one for one in program.handlers if not one.in_talk):
        for step in handler.segments:
            asked = wish(step)
            word = step.body.to if isinstance(step.body, tree.Addressed) else None
            heard_by = {target: listener(program.graph, handler, target) for target in program.targets}
            deaf = [target for target, heard in heard_by.items() if asked not in (None, heard)]
            if word is None or not deaf:
                continue
            heard = heard_by[deaf[0]]
            where = f" in {' and '.join(target.name for target in deaf)}" if len(deaf) < len(program.targets) else ""
            yield Finding(
                f"what `on {handler.key}` plays is heard by {heard.words} alone{where}",
                word.span,
                why=f"a reply plays on one side of the call ({cite(CALLBACK_PAGE, VOICE_V2_TUTORIALS)})",
                help=f"leave `to {word.text}` out, or write `to {heard.value}`; "
                "both sides can be told while they talk, by what the backend sends to the call",
            )
