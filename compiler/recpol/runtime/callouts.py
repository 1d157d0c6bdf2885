"""Calls that the backend begins: the request of `on callout NAME` filled, sent, and the call that comes of it known.

Invariant: nobody is called before it is certain that every reply of the call can be filled with the values that the
backend gave; a request of Voice API v1 that may have arrived is not sent again, for it would call twice. One of Voice
API v2 is, under the same `Idempotency-Key`, with which the platform begins one call (Voice API v2 OpenAPI).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from recpol.base.nearest import nearest
from recpol.base.placeholder import Placeholder, split
from recpol.base.record import Record
from recpol.base.typing import Any
from recpol.rendering import RenderError, render
from recpol.runtime.build import ReadyDocument, ServedPolicy, packed
from recpol.runtime.commits import committed
from recpol.runtime.core import Runtime
from recpol.runtime.entries import LedgerEntry
from recpol.runtime.expectations import RecordingAct
from recpol.runtime.memory import ServedCall
from recpol.runtime.sending import FIRST_INTERFACE, SECOND_INTERFACE, UNKNOWN, ManageProblem, PlatformClient, refusal
from recpol.runtime.wire import LONGEST_ID, JsonObject

CALLOUTS = "/calling/v1/callouts"

BEGUN = frozenset((200, 201, 202))
"""The statuses of a request that begins a call."""

LONGEST_VALUE = 2000
"""The longest value that the backend may give, in characters."""

_SAMPLE = "46850020000"
"""What stands for a field of the call while replies are tried: a number, which every filter takes."""

_DIALLED = frozenset(("number", "endpoint", "cli"))
"""The fields of documents that hold whom to call, and whose number is shown."""


class BegunCall(Record):
    """A call that the platform took: its id, and the policy that it runs under."""

    call: str
    site: ServedPolicy


class CalloutSender:
    """Begins the calls of the policies that a `Runtime` answers."""

    def __init__(self, runtime: Runtime, platform: PlatformClient) -> None:
        self._runtime, self._platform = runtime, platform

    async def begin(self, name: str, values: Mapping[str, object], policy: str | None = None) -> BegunCall:
        """Begin a call: `values` are those of `{{ start.NAME }}`, texts or numbers; `policy` is the path of a policy.

        Raises `ManageProblem`; its `status` is 504 where it is not known whether somebody is called, and nobody is in
        all other cases.
        """
        site, document = self._found(name, policy)
        start = _as_texts(values)
        _refuse_unknown(site, start)
        body = _tried(site, document, start)
        acts = _acts(body) if site.interface == "v1" else []
        answer = await self._platform.send(site.interface, "POST", self._url(site), packed(body), repeat=False)
        if answer.status not in BEGUN:
            raise _refused(answer.status)
        call = _call_of(answer.said, "callId" if site.interface == "v1" else "sessionId")
        if call is None:
            raise ManageProblem(
                "the platform took the request, and did not say which call it is", "look at the platform's log", UNKNOWN
            )
        needed = {value for file in site.routes.following(document.file) for value in site.documents[file].values}
        kept = {one: text for one, text in start.items() if f"start.{one}" in needed}
        self._runtime.memory.remember(call, ServedCall(site, document.file, kept))
        joined = {}
        if site.interface == "v2":  # no event has told the id of a leg: the call goes by its session
            joined = {"session": self._runtime.memory.join(call, call), "resource": self._platform.credentials.project}
        data: dict[str, Any] = {
            "site": site.path, "build": site.digest, "file": document.file, "name": name, "acts": acts,
            "start": kept if self._runtime.options.numbers == "keep" else _without_numbers(site, kept),
            **joined,
        }  # fmt: skip
        entry = LedgerEntry(self._platform.now().timestamp(), call, "begun", data)
        await committed(self._runtime, self._runtime.ledger.append([entry]))
        return BegunCall(call, site)

    def _url(self, site: ServedPolicy) -> str:
        """Where calls are begun; raises `ManageProblem` where the project is not known."""
        base, its = self._platform.options.base, self._platform.credentials
        if site.interface == "v1":
            return f"{base or FIRST_INTERFACE}{CALLOUTS}"
        if not its.project:
            raise ManageProblem("the project is not known in which calls are begun", "set SINCH_PROJECT_ID", 500)
        project, service = quote(its.project, safe=""), quote(its.service, safe="")
        return f"{base or SECOND_INTERFACE}/v2/projects/{project}/calls?serviceId={service}"

    def _found(self, name: str, policy: str | None) -> tuple[ServedPolicy, ReadyDocument]:
        """The policy that begins calls under a name, and its request."""
        sites = self._runtime.build.sites
        if policy is not None and policy not in sites:
            near = nearest(policy, sites)
            raise ManageProblem(
                "there is no such policy here", f"did you mean `{near}`?" if near else "name another", 404
            )
        asked = [one for path, one in sorted(sites.items()) if policy in (None, path)]
        found = [one for one in asked if name in one.routes.callouts()]
        if not found:
            known = sorted({callout for one in asked for callout in one.routes.callouts()})
            near = nearest(name, known)
            listed = ", ".join(f"`{callout}`" for callout in known) or "none"
            help_ = f"did you mean `{near}`?" if near else f"there are these: {listed}"
            raise ManageProblem("no policy has a callout of this name", help_, 404)
        if len(found) > 1:
            listed = ", ".join(f"`{one.path}`" for one in found)
            raise ManageProblem(f"several policies have a callout `{name}`: {listed}", "name the policy too", 409)
        answer = found[0].routes.callout(name)
        if answer is None:
            raise ManageProblem(f"`{found[0].path}` has more than one request `{name}`", "compile again", 500)
        return found[0], found[0].documents[answer.file]


def _as_texts(values: Mapping[str, object]) -> dict[str, str]:
    found = {}
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ManageProblem(f"`start.{name[:60]}` is neither a text nor a number", "give one of them", 422)
        found[name] = str(value)
        if len(found[name]) > LONGEST_VALUE:
            raise ManageProblem(f"`start.{name[:60]}` is longer than {LONGEST_VALUE} characters", "shorten it", 422)
    return found


def _refuse_unknown(site: ServedPolicy, start: Mapping[str, str]) -> None:
    """A value that no document wants is a slip of the pen: the one that was meant has none then."""
    known = _wanted(site)
    for name in start:
        if name not in known:
            near = nearest(name, known)
            listed = ", ".join(f"`{one}`" for one in sorted(known)) or "none"
            raise ManageProblem(
                f"`{site.path}` wants no `start.{name[:60]}`",
                f"did you mean `{near}`?" if near else f"it wants these: {listed}",
                422,
            )


def _wanted(site: ServedPolicy) -> set[str]:
    values = {value for document in site.documents.values() for value in document.values}
    return {value.removeprefix("start.") for value in values if value.startswith("start.")}


def _tried(site: ServedPolicy, document: ReadyDocument, start: Mapping[str, str]) -> dict[str, Any]:
    """The request, filled; raises `ManageProblem` where it or a reply that follows in the call cannot be filled."""
    try:
        body = render(document.body, env=document.env, start=start)
    except RenderError as problem:
        raise _unfit(f"`{site.path}/{document.file}`", problem, start) from None
    for file in site.routes.following(document.file):
        reply = site.documents[file]
        try:
            reply.filled(_some_call(reply.values), start)
        except RenderError as problem:
            if "start." in problem.placeholder:  # a field of the call is known when it comes
                raise _unfit(f"`{site.path}/{file}`, later in the call", problem, start) from None
    if not isinstance(body, dict):
        raise ManageProblem(f"`{site.path}/{document.file}` is no request", "compile again", 500)
    inner = body.get(str(body.get("method")))
    return body if not isinstance(inner, dict) else {**body, str(body["method"]): {**inner, "enableDice": True}}


def _unfit(where: str, problem: RenderError, start: Mapping[str, str]) -> ManageProblem:
    names = [piece.name for piece in split(problem.placeholder) if isinstance(piece, Placeholder)]
    missing = [name for name in names if name not in start]
    help_ = f"give `{missing[0]}` too" if missing else f"give `{names[0]}` another value" if names else problem.help
    return ManageProblem(f"{where}: {problem}", help_, 422)


def _some_call(values: tuple[str, ...]) -> dict[str, Any]:
    call: dict[str, Any] = {}
    for value in values:
        scope, *names = value.split(".")
        if scope == "call":
            at = call
            for name in names[:-1]:
                at = at.setdefault(name, {})
            at[names[-1]] = _SAMPLE
    return call


def _acts(body: JsonObject) -> list[list[Any]]:
    """What a request makes due: no recording, which begins in replies alone; ACE, where it is asked for."""
    method = str(body.get("method"))
    inner = body.get(method)
    told = method == "customCallout" and isinstance(inner, Mapping) and inner.get("enableAce") is True
    return [RecordingAct("connect", told=told).data()]


def _call_of(said: object, name: str) -> str | None:
    """The id of the call that begins; Voice API v2 tells that of its session."""
    call = said.get(name) if isinstance(said, Mapping) else None
    return call if isinstance(call, str) and call.isprintable() and 0 < len(call) <= LONGEST_ID else None


def _without_numbers(site: ServedPolicy, start: Mapping[str, str]) -> dict[str, str]:
    """Values but those that are telephone numbers: by their `+`, or because a document of the policy takes them so.

    A number without `+` that documents only say is not known to be one.
    """
    numbers = set()
    for document in site.documents.values():
        if any(value.startswith("start.") for value in document.values):
            numbers.update(_numbers(document.body))
    return {name: text for name, text in start.items() if name not in numbers and not text.startswith("+")}


def _numbers(part: object) -> set[str]:
    """The names of start values that are dialled or go through `e164`, anywhere in a document."""
    found: set[str] = set()
    todo = [part]
    while todo:
        match todo.pop():
            case str() as text if "{{" in text:
                found.update(name for name, filters in _start_values(text) if "e164" in filters)
                todo.append(_within(text))
            case Mapping() as held:
                todo.extend(held.values())
                dialled = [value for key, value in held.items() if key in _DIALLED and isinstance(value, str)]
                found.update(name for text in dialled for name, _ in _start_values(text))
            case list() as items:
                todo.extend(items)
            case _:  # JSON has numbers and words too, in which there is no placeholder
                pass
    return found


def _within(text: str) -> object:
    """The reply that a text of a request holds (`customCallout.ice` is JSON in a string); else nothing."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _start_values(text: str) -> list[tuple[str, set[str]]]:
    """The names of the start values in a text, each with the filters that it goes through."""
    pieces = [piece for piece in split(text) if isinstance(piece, Placeholder) and piece.scope == "start"]
    return [(piece.name, {name for name, _ in piece.filters}) for piece in pieces]


def _refused(status: int) -> ManageProblem:
    """What an answer of the platform says that begins no call, or of which nobody knows whether one begins."""
    problem = refusal(status)
    told = "whether somebody is called is not known" if problem.status == UNKNOWN else "nobody is called"
    return ManageProblem(f"{problem}: {told}", problem.help, problem.status)
