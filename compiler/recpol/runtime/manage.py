"""Manage Call: the request of a phase or of a running talk, sent, repeated where that is safe, and confirmed.

Invariant: one request of a call at a time; credentials go to hosts of the platform alone; where a stop is not
confirmed, refused or not delivered, the ledger says so, and nobody is told that it happened.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from recpol.base.record import replace
from recpol.rendering import RenderError
from recpol.runtime.build import packed
from recpol.runtime.confirmation import StopConfirmation, entries_of
from recpol.runtime.core import Runtime, ServedCall
from recpol.runtime.entries import ACCEPTED, KeptEntry, LedgerEntry
from recpol.runtime.expectations import RecordingAct, act_of
from recpol.runtime.recorder import record_of
from recpol.runtime.routes import RoutedDocument
from recpol.runtime.sending import (
    FIRST_INTERFACE,
    SECOND_INTERFACE,
    ManageCredentials,
    ManageOptions,
    ManageProblem,
    PlatformClient,
    is_platform,
)

if TYPE_CHECKING:
    import httpx

PhaseMoment = Literal["begin", "end"]


class PhaseNotConfirmed(Exception):
    """The platform did not confirm in time that the recording stopped: the phase has not begun."""


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
        self._locks: dict[str, asyncio.Lock] = {}

    async def phase(self, call: str, phase: str, moment: PhaseMoment) -> None:
        """Begin or end a phase. A begin returns when the platform has confirmed that the recording stopped.

        Raises `ManageProblem` where the request is refused or there is none, `PhaseNotConfirmed` where no confirmation
        came in time.
        """
        await self._send(call, (phase, moment))

    async def send(self, call: str, name: str, within: str | None = None) -> None:
        """Send the request that a policy calls `on manage NAME`; raises what `phase` raises.

        With `within` it is sent only where that is still the document that the call got last: who presses a key twice
        asks for one thing.
        """
        await self._send(call, (name,), within)

    async def _send(self, call: str, name: tuple[str, ...], within: str | None = None) -> None:
        lock = self._locks.setdefault(call, asyncio.Lock())
        try:
            async with lock:
                await self._sent(call, name, within)
        finally:
            if not lock.locked():
                self._locks.pop(call, None)

    async def _sent(self, call: str, name: tuple[str, ...], within: str | None) -> None:
        state = await asyncio.to_thread(self._runtime.site_of, call)
        if within is not None and (state is None or state.last != within):
            return  # the call is over, or goes on with something else
        if state is None:
            raise ManageProblem("this server knows no such call", "give the id of a call that runs", 404)
        answer = state.site.routes.asked_for(name, state.last)
        if answer is None and len(name) == 2 and state.site.routes.knows(name[0]):
            return  # nothing is said and nothing changes when this phase begins, or when it ends
        if answer is None:
            raise ManageProblem(
                f"`{state.site.path}` has no request `{' '.join(name)}` for what the call is in", "name another", 404
            )
        try:
            data, said = state.site.documents[answer.file].filled({"callid": call}, state.start)
        except RenderError as problem:
            raise ManageProblem(f"the request cannot be filled: {problem}", problem.help, 500) from None
        kept = await entries_of(self._runtime, call)
        acts = [act_of(one) for one in said]
        wait = self._awaited(state, answer, acts, kept)
        event = _confirming(state, answer)
        confirmation = StopConfirmation(self._runtime, call, kept, event)
        try:
            starts = any(act.kind == "start" for act in acts)
            url = self._url(state, call, kept or (), answer.leg)
            try:
                status = (await self.platform.send(state.site.interface, "PATCH", url, data, repeat=not starts)).status
            except ManageProblem as problem:
                if wait:
                    words = f"{problem}{await self._unconfirmed(state, call, name, url)}"
                    raise ManageProblem(words, problem.help, problem.status) from None
                raise
            await self._note(call, "requested", {
                "site": state.site.path, "build": state.site.digest, "file": answer.file, "name": list(name),
                "status": status, "acts": said,
                **({"waits": event or True} if wait else {}),
            })  # fmt: skip
            if status not in ACCEPTED:
                words, help_ = _REFUSED.get(status, _OTHER)
                if wait and status != GONE:
                    words += await self._unconfirmed(state, call, name, url)
                raise ManageProblem(words, help_, status)
            if len(name) == 1:  # a phase is within its talk; any other request is what the call goes on with
                self._runtime.remember(call, replace(state, last=answer.file))
            if wait:
                await self._confirmed(state, call, name, url, confirmation)
        finally:
            confirmation.close()

    def _awaited(
        self, state: ServedCall, answer: RoutedDocument, acts: Sequence[RecordingAct], kept: Sequence[KeptEntry] | None
    ) -> bool:
        """Whether what a request stops has to be confirmed: where nothing records, there is nothing to wait for."""
        if state.site.interface == "v2":
            return answer.wait is not None
        if not any(act.kind == "stop" for act in acts):
            return False
        return kept is None or any(one.stopped is None for one in record_of("", kept).recordings)

    async def _confirmed(
        self, state: ServedCall, call: str, name: tuple[str, ...], url: str, confirmation: StopConfirmation
    ) -> None:
        if await confirmation.wait(self._options.confirm):
            await self._note(call, "confirmed", {"phase": name[0]})
            return
        ended = await self._unconfirmed(state, call, name, url)
        words = f"the platform did not confirm within {self._options.confirm:g} s that the recording stopped"
        raise PhaseNotConfirmed(words + ended)

    async def _unconfirmed(self, state: ServedCall, call: str, name: tuple[str, ...], url: str) -> str:
        """Note that nobody knows that a recording stopped, and end the call where that is chosen; what came of it, in
        words."""
        await self._note(call, "unconfirmed", {"phase": name[0]})
        chosen = self._options.unconfirmed
        if chosen == "hangup" or (chosen is None and state.site.hangs_up):
            return await self._ended(state, call, url)
        return ""

    async def _ended(self, state: ServedCall, call: str, url: str) -> str:
        """End a call; in words, whether the platform took that."""
        try:
            body = packed(state.site.refused)
            status = (await self.platform.send(state.site.interface, "PATCH", url, body, repeat=True)).status
        except ManageProblem as problem:
            status = problem.status
        data = {"site": state.site.path, "name": ["hangup"], "status": status, "acts": []}
        await self._note(call, "requested", data)
        return "; the call is ended" if status in ACCEPTED else "; and the call could not be ended"

    async def _note(self, call: str, kind: Any, data: Mapping[str, Any]) -> None:
        (future,) = self._runtime.ledger.append([LedgerEntry(self._now().timestamp(), call, kind, data)])
        await asyncio.wait_for(asyncio.wrap_future(future), 5.0)

    def _url(self, state: ServedCall, call: str, kept: Sequence[KeptEntry], leg: str | None) -> str:
        """Where a request goes. In Voice API v2 another leg than the caller's is found by its name in the session; the
        manifest has the name (`callName` of the `dial`)."""
        base, resource = self._options.base, _told_first(kept, "resource")
        if state.site.interface == "v2":
            project = f"{base or SECOND_INTERFACE}/v2/projects/{quote(resource, safe='')}"
            session = _told_first(kept, "session")
            if leg in (None, "caller") and session != call:
                return f"{project}/calls/{quote(call, safe='')}"
            if not session:
                raise ManageProblem("no event of this call told its session, in which the other leg is", "send it", 501)
            return f"{project}/sessions/{quote(session, safe='')}/calls/{quote(leg or 'caller', safe='')}"
        end = "" if leg is None else f"/leg/{quote(leg, safe='')}"
        if base is None and is_platform(resource):
            return f"{resource.rstrip('/')}{end}"
        return f"{base or FIRST_INTERFACE}/calling/v1/calls/id/{quote(call, safe='')}{end}"


GONE = 404
"""The status that says that a call is over: nothing of it is recorded any more."""

_REFUSED: Mapping[int, tuple[str, str]] = {
    GONE: ("the platform knows no such call: it is over, or not connected yet", "there is nothing to stop"),
    401: ("the platform refused the credentials", "look at the key and the secret, and at the clock"),
    403: ("the platform refused the credentials", "look at the rights of the key"),
    429: ("the platform asks for fewer requests", "try again later"),
}
_OTHER = ("the platform refused the request", "`recpol lint` the document; look at the platform's log")


def _confirming(state: ServedCall, answer: RoutedDocument) -> str:
    """The event that confirms a stop, where it names the recording; else empty, and every end of one may be meant."""
    event = str((answer.wait or {}).get("event", ""))
    return event if state.site.interface == "v2" and event.startswith("call.webhook.") else ""


def _told_first(kept: Sequence[KeptEntry], name: str) -> str:
    """What the first event of a call told: its address or, in Voice API v2, its project (`resource`), its `session`."""
    return next((str(one.entry.data[name]) for one in kept if name in one.entry.data), "")
