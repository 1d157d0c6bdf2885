"""Rules about connects that cross the network without encryption, or that ask for it and for its opposite."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.platform.sources import VOICE_V2
from recpol.rules.policy.known import connects
from recpol.rules.rule import rule
from recpol.syntax import tree


@rule("info", targets=lambda target: target.streams)
def unencrypted_stream(program: Program) -> Iterator[Finding]:
    """A stream to an address that begins with `ws://`: what is said goes over the network as it is.

    Both kinds of address are allowed (Voice API v2, Python SDK 2.3). Only `wss://` is encrypted.

    Wrong:
    ```recpol
    policy desk
    on ice { connect stream "ws://media.example/calls" }  # allow doubtful-in-svaml1: the beta is open to us
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect stream "wss://media.example/calls" }  # allow doubtful-in-svaml1: the beta is open to us
    ```
    """
    for _, connect in connects(program):
        target = connect.target
        if connect.kind.text == "stream" and isinstance(target, tree.Text) and program.fill(target).startswith("ws://"):
            yield Finding("the stream is not encrypted", target.span, help="write `wss://` in place of `ws://`")


@rule("warning")
def sips_over_udp(program: Program) -> Iterator[Finding]:
    """A SIP address that begins with `sips:`, which asks for encryption, beside `transport UDP`, which has none.

    Of `sips:` the transport is TLS where none is named (Voice API v2, Python SDK 2.3). The endpoint of a classic or
    svaml1 reply has no scheme, so there `sips:` is written as `transport TLS`, and a transport that is named wins.

    Wrong:
    ```recpol
    policy desk
    on ice { connect sip "sips:desk@pbx.example" transport UDP }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect sip "sips:desk@pbx.example" transport TLS }
    ```
    """
    for _, connect in connects(program):
        target = connect.target
        if connect.kind.text != "sip" or not isinstance(target, tree.Text):
            continue
        if not program.fill(target).lower().startswith("sips:"):
            continue
        for option in connect.options:
            value = option.value
            named = program.constant(value) if isinstance(value, tree.Text) else value.span.text if value else None
            if option.name.text == "transport" and value is not None and named is not None and named.upper() == "UDP":
                yield Finding(
                    "`sips:` cannot go over UDP",
                    value.span,
                    notes=(Note(target.span, "asks for encryption"),),
                    why=f"the transport of `sips:` is TLS ({VOICE_V2})",
                    help="write `transport TLS`, or `sip:` in place of `sips:`",
                )
