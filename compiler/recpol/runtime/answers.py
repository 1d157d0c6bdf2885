"""An event of a call to what is answered, and to what the ledger is told.

Invariant: pure: the same event of the same call, after the same document, gives the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.record import Record, field, replace
from recpol.base.secrets import masked
from recpol.base.typing import Any
from recpol.rendering import RenderError
from recpol.runtime.build import Build, ReadyDocument, ServedPolicy, packed
from recpol.runtime.entries import EntryKind
from recpol.runtime.wire import Interface, JsonObject, PlatformEvent

NOTHING: Mapping[Interface, bytes] = {"v1": b"{}", "v2": b'{"commands":[]}'}
"""What is answered to events that want nothing."""

BEGINS = frozenset(("ice", "call.incoming"))
"""The events with which a call begins."""

REPORTS: Mapping[str, EntryKind] = {
    "call.recording.finished": "finished",
    "call.recording.failed": "failed",
    "call.hangup": "ended",
}
"""Events of Voice API v2 that the ledger keeps."""

KNOWN = BEGINS | {"ace", "pie", "dice", "notify"} | REPORTS.keys()
"""The events that are counted by name."""

NOTICES: Mapping[str, EntryKind] = {"recording_finished": "finished", "recording_available": "available"}
"""Notifications about recordings (Recording page)."""


class Reaction(Record):
    """What an event leads to: the body of the answer, an entry of the ledger, the document sent, an alarm if any, and
    the name of the request that is to be sent to the call then, if any."""

    body: bytes = field(repr=False)
    kind: EntryKind | None = None
    data: JsonObject = field(default_factory=dict)
    file: str | None = None
    alarm: tuple[str, str] | None = None
    request: str | None = None


def react(
    callback: PlatformEvent, site: ServedPolicy, last: str | None, start: Mapping[str, Any] | None = None
) -> Reaction:
    """What an event of a call leads to; `last` is the document that the call got last, None where nobody knows.

    `start` holds what the backend gave when it began the call.
    """
    if callback.interface == "v2":
        return _second(callback, site, last)
    match callback.event:
        case "ice" | "ace" | "pie":
            return _reply(callback, site, last, start or {})
        case "dice":
            said = callback.payload
            ended = {"result": _word(said.get("result")), "reason": _word(said.get("reason"))}
            return Reaction(NOTHING["v1"], "ended", {**ended, "duration": _seconds(said.get("duration"))})
        case "notify":
            return _notice(callback)
        case _:
            return Reaction(NOTHING["v1"], alarm=_UNKNOWN)


_UNKNOWN = ("unknown-event", "an event came that recpol does not know; it was answered with nothing")


def _reply(callback: PlatformEvent, site: ServedPolicy, last: str | None, start: Mapping[str, Any]) -> Reaction:
    """ICE, ACE or PIE, each of which waits for a reply.

    Where nobody knows the document before, and it matters, an answer is given where only one can be meant, and else
    that of `on pie otherwise` or of trouble; either way somebody is told.
    """
    forgotten = callback.event != "ice" and last is None and site.remembers
    if callback.event == "pie" and last is not None and _in_talk(site, last):
        _, type_, key = menu_result(callback.payload)  # keys in a room, which want no document
        return Reaction(NOTHING["v1"], request=site.routes.keys.get((key, last)) if type_ == "sequence" else None)
    if callback.event == "pie":
        found = site.routes.pie(*menu_result(callback.payload), last)
    else:
        found = site.routes.event(callback.event, last)
    if found is not None:
        reaction = _document(callback, site, site.documents[found.file], start)
        return replace(reaction, alarm=_no_memory(site)) if forgotten and reaction.alarm is None else reaction
    if forgotten:
        return _trouble(callback, site, *_no_memory(site))
    if callback.event == "ace" and (last is not None or ("ace",) not in site.routes.answers):
        data = {"event": "ace", "build": site.digest, "file": last or "", "acts": []}
        return Reaction(packed(site.unchanged), "sent", data)
    return _trouble(callback, site, "no-answer", f"`{site.path}` has no document for {callback.event.upper()}")


def _in_talk(site: ServedPolicy, last: str) -> bool:
    """Whether a call that got this document last can be in a conference, and is in no menu."""
    if site.routes.sent_in_talks(last):
        return True
    document = site.documents.get(last)
    if document is not None and document.body.get("method") == "conferenceCallout":
        return True
    action = None if document is None else document.body.get("action")
    return isinstance(action, Mapping) and str(action.get("name")).lower() == "connectconf"


def _notice(callback: PlatformEvent) -> Reaction:
    type_ = _word(callback.payload.get("type")).lower()
    kind = NOTICES.get(type_, "trouble")
    data = {"destination": _place(callback.payload)} if kind == "available" else {}
    return Reaction(NOTHING["v1"], kind, data if kind != "trouble" else {"notify": type_})


def _second(callback: PlatformEvent, site: ServedPolicy, last: str | None) -> Reaction:
    """An event of Voice API v2: the call, or a report of what became of a command."""
    found = site.routes.event(callback.event, last)
    if callback.event == "call.incoming":
        if found is None:
            return _trouble(callback, site, "no-answer", f"`{site.path}` has no document for an incoming call")
        return _document(callback, site, site.documents[found.file], {})
    try:
        body = NOTHING["v2"] if found is None else site.documents[found.file].filled(callback.payload)[0]
    except RenderError as problem:
        return _trouble(callback, site, "not-filled", f"`{site.path}` could not be filled: {problem}")
    kind = report_kind(callback.event)
    return Reaction(body, kind, {"event": callback.event} if kind is not None else {})


def report_kind(event: str) -> EntryKind | None:
    """What an event of Voice API v2 tells the ledger; the names of webhooks end in what happened."""
    if event.startswith("call.webhook."):
        return "finished" if event.endswith(".finished") else "failed" if event.endswith(".failed") else None
    return REPORTS.get(event)


def _document(
    callback: PlatformEvent, site: ServedPolicy, document: ReadyDocument, start: Mapping[str, Any]
) -> Reaction:
    try:
        body, acts = document.filled(callback.payload, start)
    except RenderError as problem:
        return _trouble(callback, site, "not-filled", f"`{site.path}/{document.file}` could not be filled: {problem}")
    data: dict[str, Any] = {"build": site.digest, "event": callback.event, "file": document.file, "acts": acts}
    if document.recordings:
        data["stores"] = list(document.recordings)
    return Reaction(body, "sent", data, document.file)


def _trouble(callback: PlatformEvent, site: ServedPolicy, name: str, sentence: str) -> Reaction:
    """Where the right reply cannot be given: the one that the compiler made for it."""
    waits = callback.event in BEGINS or callback.event == "pie"
    body = packed(site.refused if waits else site.answered)
    return Reaction(body, "trouble", {"event": callback.event, "why": name}, alarm=(name, sentence))


def unrouted(callback: PlatformEvent, build: Build) -> bytes | None:
    """What is answered to an event of a call that no policy is known for; None where none is of its Voice API.

    A call that begins is refused. One that was answered ends where any policy ends it in trouble.
    """
    sites = [site for site in build.sites.values() if site.interface == callback.interface]
    if not sites:
        return None
    if callback.event in BEGINS or callback.event == "pie":
        return packed(sites[0].refused)
    if callback.event == "ace":
        ending = [site.answered for site in sites if site.answered != site.unchanged]
        return packed(ending[0] if ending else sites[0].unchanged)
    return NOTHING[callback.interface]


def _no_memory(site: ServedPolicy) -> tuple[str, str]:
    return "no-memory", f"an answer of `{site.path}` depends on the document before, and nobody knows which that was"


def field_of(callback: PlatformEvent, name: str) -> object:
    """A field of the call that an event is about."""
    inner = callback.payload.get("call")
    return (inner if isinstance(inner, Mapping) else callback.payload).get(name)


def is_whole(callback: PlatformEvent) -> bool:
    """Whether the leg that an event is about is the one with which the call ends."""
    return callback.call in (callback.leg, callback.session if field_of(callback, "callName") == "caller" else None)


def called(callback: PlatformEvent) -> str | None:
    """The number that was called, as the event has it."""
    to: Any = field_of(callback, "to")
    for _ in range(4):
        if not isinstance(to, Mapping):
            break
        to = to.get("endpoint", to.get("number", to.get("phone")))
    return to if isinstance(to, str) else None


def menu_result(payload: Mapping[str, Any]) -> tuple[str, str, str]:
    """Menu, type and value of a PIE; the type in lower case, as its letter case differs between pages."""
    result = payload.get("menuResult")
    found = result if isinstance(result, Mapping) else {}
    return _word(found.get("menuId")), _word(found.get("type")).lower(), _word(found.get("value"))


def _word(value: object) -> str:
    return value[:200] if isinstance(value, str) and value.isprintable() else ""


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None


def _place(payload: Mapping[str, Any]) -> str:
    """Where a recording is, without what a URL may hold of secrets."""
    destination = payload.get("destination")
    return masked(destination.partition("?")[0])[:1000] if isinstance(destination, str) else ""
