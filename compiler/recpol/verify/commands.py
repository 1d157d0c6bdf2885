"""What hearing cannot tell apart in a document of Voice API v2: names, the order within a list, and idle commands.

The names are those that recpol promises (docs/targets.md): the legs `caller` and `callee`, their bridge `talk`, and a
recording by its store and a number.

Invariant: every command of every document is looked at once, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from recpol.analysis.program import Program
from recpol.base.typing import Any
from recpol.interpreters.v2.documents import recording_options
from recpol.platform.v2.commands import INCOMING, MESSAGES, NAME
from recpol.verify.session_words import options_of

CALLER, CALLEE, BRIDGE = "caller", "callee", "talk"
END_CALL = [{"command": "hangup", "callName": CALLER}]
"""The commands that end the call."""

_HANGS_UP = {"onHangup": [{"command": "hangup", "callName": CALLEE}]}

_ENDS = {"onBusy": "busy", "onReject": "busy", "onTimeout": "noanswer", "onHangup": "", "onFailure": "failed"}
"""What a call that was dialled can come to but for an answer, and the handlers of a policy that say how it goes on."""

_NUMBERED = re.compile(r"(.+)-[1-9]\d*")
_UNCUT = NAME.value - 12
"""A name that is shorter than this has not been cut, whatever number follows it."""

_Said = Iterator[tuple[str, str]]
"""What differs, as the policy would have it and as it is."""


def faults(program: Program, document: object, begins: str = "") -> _Said:
    """What is wrong with the commands of a document; `begins` is the event of the manifest with which a call begins, if
    it holds a whole call."""
    held: Any = document if isinstance(document, dict) else {}
    named, commands, hangs_up = CALLER if begins == INCOMING else None, held.get("commands"), held.get("events")
    if held.get("callName") != named:
        yield f"the call's leg is `{named or CALLER}`", f"it is `{held.get('callName')}`"
    if begins == "callout":
        person = _person(commands)
        yield from _called(held, person)
        commands = person.pop("onAnswer", None)
        hangs_up = {"onHangup": person["onHangup"]} if person.get("onHangup") else None
    dials = False
    for some, where in _lists(commands):
        dials |= any(one.get("command") == "dial" for one in some)
        yield from _order([one.get("command") for one in some], bridged=where == "unanswered")
        for one in some:
            yield from _command(program, one, CALLER if where or not begins else None)
    if hangs_up != (_HANGS_UP if begins and dials else None):
        yield "when the caller hangs up, the leg of a callee ends", "something else happens"


def _command(program: Program, one: dict[str, Any], ends: str | None) -> _Said:
    """What is wrong with a command by itself; `ends` is the leg that a `hangup` names in its place."""
    match one.get("command"):
        case "hangup":
            if one.get("callName") != ends:
                yield "`hangup` ends the caller's leg", "it ends another"
        case "bridgeCall":
            if one.get("bridgeName") != BRIDGE:
                yield f"the bridge is `{BRIDGE}`", f"it is `{one.get('bridgeName')}`"
        case "dial":
            yield from _dial(program, one)
        case "startRecording":
            yield from _recording(program, one)
        case "messages":
            yield from _split(one)
        case "menu":
            yield from _keys(one.get("menus"))
        case "answer" | "stopRecording" | "gotoMenu" | "amd" | "webhook":
            pass  # the interpreter tells whether one of these is out of place
        case other:
            yield "only such commands are there as recpol writes", f"there is `{other}`"


def _person(commands: object) -> dict[str, Any]:
    """The events of the `dial` that begins a call."""
    first = commands[0] if isinstance(commands, list) and commands else None
    events = first.get("events") if isinstance(first, dict) else None
    return dict(events) if isinstance(events, dict) else {}


def _called(held: dict[str, Any], person: dict[str, Any]) -> _Said:
    """What is wrong with the request that begins a call, but for what is done when the person called answers."""
    commands = held.get("commands")
    first = commands[0] if isinstance(commands, list) and len(commands) == 1 else None
    if not isinstance(first, dict) or (first.get("command"), first.get("callName")) != ("dial", CALLER):
        yield f"the request dials one person, whose leg is `{CALLER}`", "it does something else"
    if "events" in held:
        yield "the request that begins a call has commands alone", "it has `events` beside them"
    for event in _ENDS:
        if (event not in person) if event == "onHangup" else person.get(event) != []:
            yield f"nothing is done after `{event}` of the person called", "something is, or it is left to the webhook"


def _lists(commands: object) -> Iterator[tuple[list[dict[str, Any]], str]]:
    """All lists of commands, in events and menus too, and where each runs: on the callee's leg (`answered`), for the
    caller after a call that nobody took (`unanswered`), else for the caller.

    What ends a call, and what becomes of a recording that fails, is left out: `_dial` and `_recording` know what that
    must be.
    """
    todo: list[tuple[object, str]] = [(commands, "")]
    while todo:
        value, where = todo.pop()
        if isinstance(value, dict):
            events = value.get("events")
            todo += [(one, where) for key, one in value.items() if key != "events" and not isinstance(one, str)]
            for key, inner in events.items() if isinstance(events, dict) else ():
                if key not in _ENDS or (value.get("command") == "dial" and inner != END_CALL):
                    after = "answered" if key == "onAnswer" else "unanswered" if key in _ENDS else where
                    todo.append((inner, after))
        elif isinstance(value, list):
            found = [one for one in value if isinstance(one, dict)]
            if any("command" in one for one in found):
                yield found, where
            todo.extend((one, where) for one in found)


def _order(kinds: list[object], *, bridged: bool) -> _Said:
    for one, other in pairwise(kinds):
        if one == "hangup":
            yield "nothing comes after `hangup`", f"`{other}` comes after it"
        if (one, other) == ("startRecording", "stopRecording"):
            yield "one recording stops before the next starts", "it stops afterwards"
    if kinds.count("bridgeCall") > (not bridged):
        yield "a leg joins the bridge once", "it joins it twice"
    if "dial" in kinds and not bridged and ("bridgeCall", "dial") not in pairwise(kinds):
        yield "the caller joins the bridge and dials", "something else comes before `dial`"


def _split(command: dict[str, Any]) -> _Said:
    """Messages that could have been one command with those after them: between two commands there may be silence."""
    after = command.get("events", {}).get("onFinish") if isinstance(command.get("events"), dict) else None
    if (
        isinstance(after, list)
        and len(after) == 1
        and isinstance(after[0], dict)
        and after[0].get("command") == "messages"
    ):
        both = [one.get("messages") for one in (command, after[0])]
        if sum(len(messages) for messages in both if isinstance(messages, list)) <= MESSAGES.value:
            yield "texts that follow each other stand in one `messages`", "they stand in two"


_PLAIN = re.compile(r"([0-9#]|\\\*|\[[0-9*#]{2,}\])(#\?)?|\[0-9\]\{1,[0-9]+\}#\?")


def _keys(menus: object) -> _Said:
    for item in menus.values() if isinstance(menus, dict) else ():
        matches = item.get("matches") if isinstance(item, dict) else None
        for key in matches if isinstance(matches, dict) else ():
            if _PLAIN.fullmatch(key) is None:
                yield "`matches` names a key, some keys, or a number of digits", f"it has `{key}`"


def _dial(program: Program, command: dict[str, Any]) -> _Said:
    if command.get("callName") != CALLEE:
        yield f"the leg that is dialled is `{CALLEE}`", f"it is `{command.get('callName')}`"
    events = command.get("events")
    answered = {handler.kind for handler in program.handlers}
    for event, kind in _ENDS.items():
        ends = isinstance(events, dict) and (events.get(event) == END_CALL or (kind in answered and event in events))
        if not ends:
            yield f"`{event}` of a dialled call ends the call", "it does not, or does more"


def _recording(program: Program, command: dict[str, Any]) -> _Said:
    name, options = command.get("recordingName"), recording_options(command.get("recordingOptions"), "", [])
    stores = [store for store in program.names.stores if options_of(program, store) == options]
    if not is_called_after(name, stores):
        said = " or ".join(f"`{store}`" for store in stores) or "no store"
        yield f"a recording is called after its store, {said}, with a number", f"it is called `{name}`"
    events = command.get("events")
    if not isinstance(events, dict):
        return
    if events.get("onFailure", END_CALL) not in (END_CALL, _webhook(name, "failed")):
        yield (
            "a recording that fails to start ends the call, or is reported, or nothing happens",
            "another thing happens",
        )
    finished = events.get("onFinish")
    hooks = [one for one in finished if isinstance(one, dict)] if isinstance(finished, list) else []
    if any(one.get("command") == "webhook" for one in hooks) and finished != _webhook(name, "finished"):
        yield "the end of a recording is reported by a webhook of its name", "another webhook is told, or more is done"


def is_called_after(recording: object, stores: Iterable[str]) -> bool:
    """Whether a recording has the name of one of some stores, or its beginning where it is long, and a number."""
    found = _NUMBERED.fullmatch(recording) if isinstance(recording, str) else None
    begins = found[1] if found is not None else ""
    return any(store == begins or (store.startswith(begins) and len(begins) > _UNCUT) for store in stores)


def _webhook(name: object, happened: str) -> list[dict[str, str]]:
    """The commands that report what became of a recording, at the callback URL of the policy."""
    url = "{{ env.SINCH_WEBHOOK_URL }}"
    return [{"command": "webhook", "webhookName": f"{name}.{happened}", "url": url, "fallbackUrl": url}]
