"""What a callback tells the backend: the fields of each event's payload, nested ones with dots.

A reply may hold `{{ call.FIELD }}` only for a field that comes with the event it answers. `callid` is what the classic
pages and the SDKs say, `callId` what the current callbacks page says: both are understood.

Invariant: a nested field's parent is a field too.
"""

from __future__ import annotations

from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.platform.sources import (
    CALLBACK_PAGE,
    CALLBACKS_PAGE,
    JAVA_SDK,
    LEGACY_SDK,
    NODE_SDK,
    RECORDING_PAGE,
    SKILL,
    cite,
)

Callback = Literal["ice", "ace", "pie", "dice", "notify"]

CALLBACKS: tuple[Callback, ...] = ("ice", "ace", "pie", "dice", "notify")


class Field(Record):
    """One field, the callbacks that bring it (some only now and then), and who says so."""

    name: str
    callbacks: tuple[Callback, ...]
    source: str


PAYLOAD = (
    Field("event", CALLBACKS, CALLBACK_PAGE),
    Field("callid", CALLBACKS, cite(CALLBACK_PAGE, NODE_SDK)),
    Field("callId", CALLBACKS, cite(CALLBACKS_PAGE, SKILL)),
    Field("version", CALLBACKS, CALLBACK_PAGE),
    Field("timestamp", ("ice", "ace", "pie", "dice"), CALLBACK_PAGE),
    Field("custom", CALLBACKS, cite(CALLBACK_PAGE, NODE_SDK)),
    Field("conferenceId", CALLBACKS, JAVA_SDK),
    Field("applicationKey", CALLBACKS, cite(CALLBACK_PAGE, NODE_SDK, SKILL)),
    Field("cookies", CALLBACKS, LEGACY_SDK),
    Field("user", ("ice", "ace", "dice", "notify"), CALLBACK_PAGE),
    Field("callResourceUrl", ("ice", "ace"), cite(NODE_SDK, SKILL)),
    # Who calls whom.
    Field("cli", ("ice",), CALLBACK_PAGE),
    Field("rdnis", ("ice",), NODE_SDK),
    Field("domain", ("ice",), CALLBACK_PAGE),
    Field("originationType", ("ice",), CALLBACK_PAGE),
    Field("to", ("ice", "dice"), CALLBACK_PAGE),
    Field("to.type", ("ice", "dice"), CALLBACK_PAGE),
    Field("to.endpoint", ("ice", "dice"), CALLBACK_PAGE),
    Field("userRate", ("ice", "dice"), CALLBACK_PAGE),
    Field("userRate.currencyId", ("ice", "dice"), CALLBACK_PAGE),
    Field("userRate.amount", ("ice", "dice"), CALLBACK_PAGE),
    Field("callHeaders", ("ice", "dice"), CALLBACK_PAGE),
    Field("duration", ("ice", "dice"), CALLBACK_PAGE),
    # How the call ended.
    Field("from", ("dice",), CALLBACK_PAGE),
    Field("reason", ("dice",), CALLBACK_PAGE),
    Field("result", ("dice",), CALLBACK_PAGE),
    Field("debit", ("dice",), CALLBACK_PAGE),
    Field("debit.currencyId", ("dice",), CALLBACK_PAGE),
    Field("debit.amount", ("dice",), CALLBACK_PAGE),
    # Who answered: a person or a machine.
    Field("amd", ("ace", "notify"), NODE_SDK),
    Field("amd.status", ("ace", "notify"), NODE_SDK),
    Field("amd.reason", ("ace", "notify"), NODE_SDK),
    Field("amd.duration", ("ace", "notify"), NODE_SDK),
    # What the caller chose in a menu.
    Field("menuResult", ("pie",), CALLBACK_PAGE),
    Field("menuResult.menuId", ("pie",), CALLBACK_PAGE),
    Field("menuResult.type", ("pie",), CALLBACK_PAGE),
    Field("menuResult.value", ("pie",), CALLBACK_PAGE),
    Field("menuResult.inputMethod", ("pie",), CALLBACK_PAGE),
    Field("menuResult.addToContext", ("pie",), LEGACY_SDK),
    # What is reported.
    Field("type", ("notify",), CALLBACK_PAGE),
    Field("destination", ("notify",), RECORDING_PAGE),
    Field("errorCode", ("notify",), CALLBACK_PAGE),
    Field("errorMsg", ("notify",), CALLBACK_PAGE),
)

FIELDS: dict[str, frozenset[str]] = {
    callback: frozenset(field.name for field in PAYLOAD if callback in field.callbacks) for callback in CALLBACKS
}
"""The fields of each callback. Manage Call answers no callback: its bodies can hold whatever the backend remembers."""

IN_V2 = {
    "cli": "from.phone.number",
    "to.endpoint": "to.phone.number",
    "callid": "callId",
    "callId": "callId",
    "originationType": "originationType",
    "callResourceUrl": "callResourceUrl",
}
"""What fields of ICE are called in the `call` of a `call.incoming` event (Voice API v2, Python SDK 2.3); the others are
not in it."""

ALL_FIELDS = frozenset(field.name for field in PAYLOAD)
"""Every field of every callback."""


_PER_CALL = frozenset({"callid", "callId", "sessionId", "timestamp", "custom", "cookies"})


def is_per_call(field: str) -> bool:
    """Whether a callback field tells one call from the next, or may have been filled by the backend so that it does."""
    return field.partition(".")[0] in _PER_CALL


def callbacks_with(name: str) -> tuple[Callback, ...]:
    """The callbacks that bring a field, in the order of a call; empty where none does."""
    return next((field.callbacks for field in PAYLOAD if field.name == name), ())
