"""Manage Call: the request of a phase or of a running talk, sent, repeated where that is safe, and confirmed.

Invariant: one request of a call at a time; where a stop is not confirmed, refused or not delivered, the ledger says so
(or it is told that the ledger is late), and nobody is told that it happened.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from recpol.base.record import Record, field, replace
from recpol.base.typing import TYPE_CHECKING, Any, Literal
from recpol.rendering import RenderError
from recpol.runtime.build import packed
from recpol.runtime.commits import committed
from recpol.runtime.confirmation import StopConfirmation, entries_of, is_recorded
from recpol.runtime.core import Runtime
from recpol.runtime.defaults import RequestEffect
from recpol.runtime.entries import ACCEPTED, EntryKind, KeptEntry, LedgerEntry
from recpol.runtime.expectations import RecordingAct, act_of, starts_recording
from recpol.runtime.memory import ServedCall
from recpol.runtime.phases import kept_back, phase_of
from recpol.runtime.routes import RoutedDocument
from recpol.runtime.sending import (
    FIRST_INTERFACE,
    SECOND_INTERFACE,
    UNKNOWN,
    ManageCredentials,
    ManageOptions,
    ManageProblem,
    PlatformClient,
    is_platform,
    refusal,
)

if TYPE_CHECKING:
    import httpx

PhaseMoment = Literal["begin", "end"]

GONE = 404
"""The status that says that a call is over."""

ENDED = "; the platform took the request to end the call"
"""What is said of a call that was ended because a stop was not confirmed: Voice API v2 answers before it does it."""


class PhaseNotConfirmed(Exception):
    """The platform did not confirm in time that the recording stopped: the phase has not begun. `help` helps."""

    def __init__(self, message: str, help: str) -> None:  # noqa: A002  as in findings
        super().__init__(message)
        self.help = help


class _Turn(Record, frozen=False):
    """The lock of a call, and how many requests hold it or wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Manager:
    """Sends the requests of the calls that a `Runtime` answers."""

    def __init__(
        self,
        runtime: Runtime,
        credentials: ManageCredentials,
        client: httpx.AsyncClient,
        now: Callable[[], datetime.datetime],
        options: ManageOptions | None = None,
    ) -> None:
        self._runtime, self._now = runtime, now
        self._options = options or ManageOptions()
        self.platform = PlatformClient(credentials, client, now, self._options)
        self._turns: dict[str, _Turn] = {}

    async def phase(self, call: str, phase: str, moment: PhaseMoment) -> RequestEffect:
        """Begin or end a phase; what came of it. Where that stops a recording, the platform has confirmed it.

        Raises `ManageProblem` where the request is refused or there is none, `PhaseNotConfirmed` where no confirmation
        came in time.
        """
        return await self._send(call, (phase, moment))

    async def send(self, call: str, name: str, within: str | None = None) -> RequestEffect:
        """Send the request that a policy calls `on manage NAME`; what came of it. Raises what `phase` raises.

        With `within` it is sent only where that is still the document that the call got last: who presses a key twice
        asks for one thing.
        """
        return await self._send(call, (name,), within)

    async def _send(self, call: str, name: tuple[str, ...], within: str | None = None) -> RequestEffect:
        turn = self._turns.setdefault(call, _Turn())
        turn.users += 1
        try:
            async with turn.lock:
                effect = await self._sent(call, name, within)
                if name[1:] == ("end",):
                    await self._send_kept_back(call)
                return effect
        finally:
            turn.users -= 1
            if not turn.users:  # a lock that is free may have been promised to somebody who waits
                del self._turns[call]

    async def _send_kept_back(self, call: str) -> None:
        """Send what a key asked for during a phase that has ended; what goes wrong is an alarm."""
        name = kept_back(await entries_of(self._runtime, call) or ())
        try:
            if name:
                await self._sent(call, (name,), None)
        except (ManageProblem, PhaseNotConfirmed) as problem:
            self._runtime.not_sent(name, str(problem))

    async def _sent(self, call: str, name: tuple[str, ...], within: str | None) -> RequestEffect:
        state = await asyncio.to_thread(self._runtime.site_of, call)
        if within is not None and (state is None or state.last != within):
            return "nothing"  # the call is over, or goes on with something else
        if state is None:
            raise ManageProblem("this server knows no such call", "give the id of a call that runs", 404)
        answer = state.site.routes.asked_for(name, state.last)
        routes = state.site.routes
        if answer is None and len(name) == 2 and routes.knows(name[0]) and routes.request(*name) is None:
            return "nothing"  # nothing is said and nothing changes when this phase begins, or when it ends
        if answer is None:
            raise ManageProblem(
                f"`{state.site.path}` has no request `{' '.join(name)}` for what the call is in", "name another", 404
            )
        try:
            data, said = state.site.documents[answer.file].filled({"callid": call}, state.start)
        except RenderError as problem:
            raise ManageProblem(f"the request cannot be filled: {problem}", problem.help, 500) from None
        is_whole = await committed(self._runtime, self._runtime.ledger.flushed())
        kept = await entries_of(self._runtime, call)
        known = kept if is_whole else None
        phase = phase_of(kept or (), routes)
        if phase and len(name) == 1 and within is not None:  # a key: nobody loses it
            await self._note(call, "pressed", {"site": state.site.path, "request": name[0], "phase": phase})
            return "nothing"
        if phase and len(name) == 1:
            raise ManageProblem(
                f"the phase `{phase}` goes on, and no request is sent meanwhile", "end the phase first", 409
            )
        acts = [act_of(one) for one in said]
        wait = self._awaited(state, answer, acts, known)
        events = _confirming(state, answer)
        confirmations = [StopConfirmation(self._runtime, call, known, event) for event in events]
        try:
            starts = starts_recording(state.site.documents[answer.file].body)
            noted = {
                "site": state.site.path, "build": state.site.digest, "file": answer.file, "name": list(name),
                "acts": said, **({"waits": _waits(events)} if wait else {}),
            }  # fmt: skip
            url = ""
            try:
                url = self._url(state, call, kept or (), answer.leg)
                status = (await self.platform.send(state.site.interface, "PATCH", url, data, repeat=not starts)).status
            except ManageProblem as problem:
                if problem.status == UNKNOWN:
                    await self._note(call, "requested", {**noted, "status": UNKNOWN})
                told = await self._unconfirmed(state, call, name, url) if wait else ""
                raise ManageProblem(f"{problem}{told}", problem.help, problem.status) from None
            await self._note(call, "requested", {**noted, "status": status})
            if status not in ACCEPTED:
                refused = _gone() if status == GONE else refusal(status)
                told = await self._unconfirmed(state, call, name, url) if wait and status != GONE else ""
                raise ManageProblem(f"{refused}{told}", refused.help, refused.status)
            if len(name) == 1:  # a phase is within its talk; any other request is what the call goes on with
                self._runtime.memory.remember(call, replace(state, last=answer.file))
            if wait:
                await self._confirmed(state, call, name, url, confirmations)
            return "started" if starts else "stopped" if wait else "sent"
        finally:
            for one in confirmations:
                one.close()

    def _awaited(
        self, state: ServedCall, answer: RoutedDocument, acts: Sequence[RecordingAct], kept: Sequence[KeptEntry] | None
    ) -> bool:
        """Whether what a request stops has to be confirmed: where nothing records, there is nothing to wait for; `kept`
        is None where nobody knows."""
        if state.site.interface == "v2":
            return bool(answer.waits)
        if not any(act.kind == "stop" for act in acts):
            return False
        return kept is None or is_recorded(kept) is not False

    async def _confirmed(
        self, state: ServedCall, call: str, name: tuple[str, ...], url: str, confirmations: Sequence[StopConfirmation]
    ) -> None:
        if all(await asyncio.gather(*(one.wait(self._options.confirm) for one in confirmations))):
            await self._note(call, "confirmed", _named(name))
            return
        words = f"the platform did not confirm within {self._options.confirm:g} s that the recording stopped"
        told = await self._unconfirmed(state, call, name, url)
        raise PhaseNotConfirmed(f"{words}{told}", "call again" if told == ENDED else _help(name))

    async def _unconfirmed(self, state: ServedCall, call: str, name: tuple[str, ...], url: str) -> str:
        """Note that nobody knows whether a recording stopped, and end the call where that is chosen; what came of it,
        in words."""
        await self._note(call, "unconfirmed", _named(name))
        chosen = self._options.unconfirmed
        if chosen == "hangup" or (chosen is None and state.site.hangs_up):
            return ENDED if await self._ended(state, call, url) else "; and the call could not be ended"
        return ""

    async def _ended(self, state: ServedCall, call: str, url: str) -> bool:
        """End a call; whether the platform took that. Where its address is not known, nothing is sent."""
        if not url:
            return False
        try:
            body = packed(state.site.refused)
            status = (await self.platform.send(state.site.interface, "PATCH", url, body, repeat=True)).status
        except ManageProblem as problem:
            status = problem.status
        data = {"site": state.site.path, "name": ["hangup"], "status": status, "acts": []}
        await self._note(call, "requested", data)
        return status in ACCEPTED

    async def _note(self, call: str, kind: EntryKind, data: Mapping[str, Any]) -> None:
        """Put an entry into the ledger; one that is slow is told of, and what has to follow follows all the same."""
        entry = LedgerEntry(self._now().timestamp(), call, kind, data)
        await committed(self._runtime, self._runtime.ledger.append([entry]))

    def _url(self, state: ServedCall, call: str, kept: Sequence[KeptEntry], leg: str | None) -> str:
        """Where a request goes. In Voice API v2 another leg than the caller's is found by its name in the session; the
        manifest has the name (`callName` of the `dial`)."""
        base, resource = self._options.base, _told_first(kept, "resource")
        if state.site.interface == "v2":
            own = resource or self.platform.credentials.project  # the ledger may be slow, or not be read
            if not own:
                raise ManageProblem("the project of this call is not known", "set SINCH_PROJECT_ID", 500)
            project = f"{base or SECOND_INTERFACE}/v2/projects/{quote(own, safe='')}"
            session = _told_first(kept, "session")
            if leg in (None, "caller") and session != call:
                return f"{project}/calls/{quote(call, safe='')}"
            if not session:
                raise ManageProblem(
                    "no event of this call told its session, in which the other leg is",
                    "send it to the leg's own id",
                    501,
                )
            return f"{project}/sessions/{quote(session, safe='')}/calls/{quote(leg or 'caller', safe='')}"
        end = "" if leg is None else f"/leg/{quote(leg, safe='')}"
        if base is None and is_platform(resource):
            return f"{resource.rstrip('/')}{end}"
        return f"{base or FIRST_INTERFACE}/calling/v1/calls/id/{quote(call, safe='')}{end}"


def _gone() -> ManageProblem:
    """What the platform's 404 says: nothing of the call is recorded any more, so that nothing is left to confirm."""
    return ManageProblem(
        "the platform knows no such call: it is over, or not connected yet", "there is nothing to stop", GONE
    )


def _named(name: tuple[str, ...]) -> dict[str, str]:
    """How the ledger names what was asked for: a phase, or a request of a name."""
    return {"phase" if len(name) == 2 else "request": name[0]}


def _help(name: tuple[str, ...]) -> str:
    """What helps where nobody knows whether a recording stopped."""
    if len(name) == 2:
        return f"do not begin `{name[0]}`, for it may be recorded; hang up, or try again"
    return "let nothing be said that must not be recorded; hang up, or try again"


def _confirming(state: ServedCall, answer: RoutedDocument) -> tuple[str, ...]:
    """The events that confirm what a request stops, each of them, where they name the recording; else one that is
    empty, and every end of one may be meant."""
    events = [str(one.get("event", "")) for one in answer.waits]
    named = tuple(event for event in events if state.site.interface == "v2" and event.startswith("call.webhook."))
    return named if named and len(named) == len(events) else ("",)


def _waits(events: tuple[str, ...]) -> object:
    """The events that are waited for as the ledger keeps them; true where any end of a recording may be meant."""
    return list(events) if len(events) > 1 else events[0] or True


def _told_first(kept: Sequence[KeptEntry], name: str) -> str:
    """What the first event of a call told: its address or, in Voice API v2, its project (`resource`), its `session`."""
    return next((str(one.entry.data[name]) for one in kept if name in one.entry.data), "")
