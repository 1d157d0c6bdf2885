"""What a document that was sent makes due: its sounds, and where it starts and stops a recording, in order.

Invariant: total on any JSON; nothing but the address of a store is taken out of a document, never its credentials.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.record import Record
from recpol.base.secrets import masked
from recpol.base.typing import Any, Literal
from recpol.runtime.wire import JsonObject

ActKind = Literal["sound", "start", "stop", "connect", "menu", "hangup"]
"""`connect` has a store where its talk is recorded; a `menu` is followed by PIE."""

SOMEWHERE = "?"
"""The store of a talk that is recorded to what is no address."""

SECONDS_OF_A_FILE = 300.0
"""How long a sound file is taken to last at most, in seconds; nobody tells."""

_SECONDS_OF_A_CHARACTER = 0.4
_STARTS, _STOPS = frozenset({"startrecording"}), frozenset({"stoprecording"})
_CONNECTS = frozenset({"connectpstn", "connectmxp", "connectsip", "connectconf"})
_SOUNDS = frozenset({"say", "playfiles"})


class RecordingAct(Record):
    """One thing that a document does.

    `seconds` is the longest that a sound can take; `store` the address that a recording goes to; `notifies` whether
    the platform tells of its end; `told` whether an ACE comes where the connect is answered.
    """

    kind: ActKind
    seconds: float = 0.0
    store: str = ""
    notifies: bool = True
    told: bool = True

    def data(self) -> list[Any]:
        """The act as the ledger keeps it."""
        return [self.kind, self.seconds, self.store, self.notifies, self.told]


def act_of(data: list[Any]) -> RecordingAct:
    """An act from what the ledger keeps."""
    kind, seconds, store, notifies, told = data
    return RecordingAct(kind, float(seconds), str(store), bool(notifies), bool(told))


ActData = tuple[list[Any], ...]
"""Acts as the ledger keeps them."""


def act_data(document: JsonObject) -> ActData:
    """The acts of a document as the ledger keeps them; of one of Voice API v2 there are none."""
    return tuple(act.data() for act in _acts(document))


def starts_recording(document: JsonObject) -> bool:
    """Whether a request begins a recording: by an act of it, or by a command of Voice API v2, anywhere in it."""
    if any(act.kind == "start" for act in _acts(document)):
        return True
    todo: list[object] = [document.get("commands")]
    while todo:
        match todo.pop():
            case {"command": "startRecording"}:
                return True
            case dict() as held:
                todo.extend(held.values())
            case list() as items:
                todo.extend(items)
            case _:  # a word or a number
                pass
    return False


def _acts(document: JsonObject) -> Iterator[RecordingAct]:
    instructions = document.get("instructions")
    for instruction in instructions if isinstance(instructions, list) else ():
        name = str(instruction.get("name", "")).lower()
        if name in _SOUNDS:
            yield RecordingAct("sound", _longest(instruction))
        elif name in _STARTS:
            yield _start("start", instruction.get("options", instruction.get("recordingOptions")))
        elif name in _STOPS:
            yield RecordingAct("stop")
    action = document.get("action")
    if not isinstance(action, dict):
        return
    name = str(action.get("name", "")).lower()
    if name in _STARTS:
        yield _start("start", action.get("recordingOptions", action.get("options")))
    elif name in _STOPS:
        yield RecordingAct("stop")
    elif name in _CONNECTS:
        told = not action.get("suppressCallbacks") and name != "connectconf"
        if action.get("record") or action.get("recording"):
            started = _start("connect", action.get("recordingOptions"))
            yield RecordingAct("connect", 0.0, started.store or SOMEWHERE, started.notifies, told)
        else:
            yield RecordingAct("connect", told=told)
    elif name == "runmenu":
        yield RecordingAct("menu")
    elif name == "hangup":
        yield RecordingAct("hangup")


def _start(kind: ActKind, options: object) -> RecordingAct:
    found = options if isinstance(options, dict) else {}
    return RecordingAct(kind, store=store_of(found), notifies=found.get("notificationEvents") is not False)


def store_of(options: JsonObject) -> str:
    """The address of a store without anything secret; of a sentence that is no address, nothing."""
    url = options.get("destinationUrl")
    return masked(url.partition("?")[0]) if isinstance(url, str) and "://" in url else ""


def _longest(instruction: JsonObject) -> float:
    """The longest that a prompt can take: too long makes a missing recording doubtful, too short a false alarm."""
    text = instruction.get("text")
    if isinstance(text, str):
        return 5.0 + len(text) * _SECONDS_OF_A_CHARACTER
    ids = instruction.get("ids")
    prompts = ids if isinstance(ids, list) else [ids]
    return sum(
        5.0 + len(prompt) * _SECONDS_OF_A_CHARACTER
        if isinstance(prompt, str) and prompt.startswith(("#tts[", "#ssml["))
        else SECONDS_OF_A_FILE
        for prompt in prompts
    )
