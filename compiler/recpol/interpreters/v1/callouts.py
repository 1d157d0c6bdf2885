"""The interpreter of callouts: a request that begins a call, to whom it calls, what it turns on, and what is heard.

What the person called hears is run as a reply would be: the text or the prompts of a ttsCallout and then the end of the
call, the greeting of a conferenceCallout and then the room (Calling API page). A customCallout says it in its replies.

Invariant: total. What has no documented meaning is a problem.
"""

from __future__ import annotations

import json

from recpol.base.record import Record
from recpol.base.typing import Any
from recpol.calls.deeds import Manner
from recpol.calls.trace import Recorder, Sound
from recpol.interpreters.v1 import manner
from recpol.interpreters.v1.dialects import CLASSIC, DialectFacts
from recpol.interpreters.v1.forms import FormBody, unknown
from recpol.interpreters.v1.replies import ReplyOutcome, reply

_COMMON = frozenset(("cli", "destination", "domain", "dtmf", "custom", "enableAce", "enablePie", "enableDice"))
_METHODS = {
    "customCallout": frozenset(("ice", "custom", "enableAce", "enablePie", "enableDice")),
    "ttsCallout": _COMMON | {"locale", "text", "prompts"},
    "conferenceCallout": _COMMON
    | {"locale", "greeting", "conferenceId", "conferenceDtmfOptions", "maxDuration", "mohClass"},
}
"""The methods with the properties whose meaning is known here. A custom callout with an inline `ice` has neither `cli`
nor `destination` (Node SDK)."""

_KINDS = {"number": "pstn", "username": "app", "sip": "sip"}
_SWITCHES = {"enableAce": "ace", "enablePie": "pie", "enableDice": "dice"}


class CalloutOutcome(Record):
    """What a callout does: whom it calls and how, which callbacks it turns on, what is heard when somebody answers.

    `answered` is None where a reply to ACE says what is heard. `problems`: what in the request has no documented
    meaning.
    """

    whom: Sound
    manner: Manner
    asks: frozenset[str]
    answered: ReplyOutcome | None
    problems: tuple[str, ...] = ()


def callout(document: object, dialect: DialectFacts = CLASSIC) -> CalloutOutcome:
    """Run the body of a callout request."""
    held: FormBody = document if isinstance(document, dict) else {}
    method = held.get("method")
    body = held.get(method) if isinstance(method, str) else None
    if method not in _METHODS or not isinstance(body, dict) or set(held) != {"method", method}:
        return CalloutOutcome(Sound("connect"), (), frozenset(), None, ("the request is no callout that is known",))
    problems = unknown(body, _METHODS[method], f"the {method}")
    asks = frozenset(event for switch, event in _SWITCHES.items() if body.get(switch) is True)
    if method == "customCallout":
        return _custom(body, asks, problems, dialect)
    whom, how = _destination(body, method, problems)
    how |= {
        word: str(body[key]) for key, word in (("cli", "cli"), ("dtmf", "dtmf"), ("custom", "custom")) if key in body
    }
    if method == "conferenceCallout" and "maxDuration" in body:
        how |= dict(manner.of_action({"maxDuration": body["maxDuration"]}, ()))
    answered = reply(_spoken(body) if method == "ttsCallout" else _greeted(body), Recorder(), dialect)
    return CalloutOutcome(whom, tuple(sorted(how.items())), asks, answered, (*problems, *answered.problems))


def _custom(body: FormBody, asks: frozenset[str], problems: list[str], dialect: DialectFacts) -> CalloutOutcome:
    inner: Any = None
    if isinstance(body.get("ice"), str):
        try:
            inner = json.loads(body["ice"])
        except (ValueError, RecursionError):
            problems.append("`ice` of the customCallout is no reply")
    outcome = reply(inner, Recorder(), dialect)
    problems += outcome.problems
    only = (
        len(outcome.heard) == 1 and outcome.waits == "answer" and outcome.heard[0].sound.content[0].startswith("pstn")
    )
    if not only or len(outcome.deeds) != 1:
        problems.append("the `ice` of a customCallout does something else than ConnectPstn")
        return CalloutOutcome(Sound("connect"), (), asks, None, tuple(problems))
    how = dict(outcome.deeds[0].manner) | ({"custom": str(body["custom"])} if "custom" in body else {})
    return CalloutOutcome(outcome.heard[0].sound, tuple(sorted(how.items())), asks, None, tuple(problems))


def _destination(body: FormBody, method: str, problems: list[str]) -> tuple[Sound, dict[str, str]]:
    destination = body.get("destination")
    held: FormBody = destination if isinstance(destination, dict) else {}
    kind = _KINDS.get(str(held.get("type")))
    if kind is None or not isinstance(held.get("endpoint"), str) or set(held) != {"type", "endpoint"}:
        problems.append(f"the destination of the {method} is not one that is known")
        return Sound("connect"), {}
    domain = body.get("domain")
    if domain != {"pstn": "pstn", "app": "mxp"}.get(kind):
        problems.append(f"the domain of the {method} is not that of its destination")
    return Sound("connect", (f"{kind} {held['endpoint']}",)), {}


def _spoken(body: FormBody) -> object:
    if ("text" in body) == ("prompts" in body):
        return None  # which of the two is played is not documented
    prompts = body.get("prompts", f"#tts[{body.get('text')}]")
    items = prompts.split(";") if isinstance(prompts, str) and "text" not in body else [prompts]
    return {"instructions": [_played(item, body) for item in items], "action": {"name": "hangup"}}


def _played(item: object, body: FormBody) -> object:
    spoken = isinstance(item, str) and item.startswith(("#tts", "#ssml"))
    return {"name": "playFiles", "ids": [item], **_located(body, spoken=spoken)}


def _located(body: FormBody, *, spoken: bool) -> dict[str, object]:
    return {"locale": body["locale"]} if spoken and "locale" in body else {}


def _greeted(body: FormBody) -> object:
    action = {"name": "connectConf", "conferenceId": body.get("conferenceId")}
    if "conferenceDtmfOptions" in body:
        action["conferenceDtmfOptions"] = body["conferenceDtmfOptions"]
    if "mohClass" in body:
        action["moh"] = body["mohClass"]
    if "greeting" not in body:
        return {"action": action}
    greeting = {"name": "say", "text": body["greeting"], **_located(body, spoken=True)}
    return {"instructions": [greeting], "action": action}
