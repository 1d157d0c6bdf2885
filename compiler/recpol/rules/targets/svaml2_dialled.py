"""What Voice API v2 cannot say of somebody who is to be called: kinds of destinations, and options.

Invariant: a `connect` and the `call` of a callout are told the same, for both become `dial`.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.steps import Step
from recpol.base.finding import Finding
from recpol.base.source import Span
from recpol.platform.sources import VOICE_V2
from recpol.rules.policy.places import head
from recpol.syntax import tree

_CONNECTS = {
    "app": (
        "calls to apps",
        "`dial` knows telephone numbers, SIP addresses and streams",
        "connect by `pstn` or `sip`, or keep this policy on svaml1",
    ),
    "conference": (
        "conferences",
        "a bridge of v2 lives inside one session, where callers who dial in cannot meet; only a leg can be recorded",
        "keep this policy on svaml1; `connect pstn` or `connect sip` joins two legs",
    ),
}

_OPTIONS = {
    "custom": "the request that begins a call has no such property",
    "dtmf": "`dial` sends no tones",
    "indications": "`dial` knows no ringing tones of a country",
    "locale": "`dial` speaks to nobody",
    "moh": "`dial` plays no music on hold",
}


def no(what: str, span: Span, why: str, help_: str) -> Finding:
    """That svaml2 lacks something, at its place."""
    return Finding(f"svaml2 has no {what}", span, why=f"{why} ({VOICE_V2})", help=help_)


def lacking(step: Step, what: str, why: str, help_: str) -> Finding:
    """That svaml2 lacks what a step is."""
    return no(what, head(step), why, help_)


def cannot_dial(step: Step, body: tree.Dialled) -> Iterator[Finding]:
    """What `dial` cannot say of a `connect` or a `call`."""
    kind, word = body.kind.text, "call" if isinstance(body, tree.Call) else "connect"
    if kind in _CONNECTS:
        if word == "connect" or kind == "app":  # nobody is called by any other `call`, which is said elsewhere
            yield lacking(step, *_CONNECTS[kind])
        return
    if kind == "pstn" and body.target is None and word == "connect":
        why = "`to` of `dial` is required"
        yield lacking(step, "destination of its own for a call", why, "write the number to call")
    for option in body.options:
        name = option.name.text
        if name in _OPTIONS:
            yield no(f"`{name}` for `{word} {kind}`", option.span, _OPTIONS[name], "delete it")
