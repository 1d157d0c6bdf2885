"""Calls that the backend begins: refused before anybody is called, sent once, and followed to their end."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from desks import NOW, build_of, managed
from recpol.runtime.callouts import CalloutSender
from recpol.runtime.checks import problems
from recpol.runtime.core import ServeOptions
from recpol.runtime.manage import Manager
from recpol.runtime.sending import ManageOptions, ManageProblem
from recpol.runtime.serving import Served, served
from recpol.runtime.wire import WireRequest, key_of, signed_headers, verified
from serving import ENVIRONMENT, KEY, SERVICE, SERVICE_SECRET, TOKEN, server, signer

POLICY = """policy outbound
locale en-GB
store calls { url "s3://acme/calls/" credentials env STORE_CREDENTIALS }
on callout customer { call pstn "{{ start.number | e164 }}" cli +442079460100 }
on ace customer {
  menu { prompt "Hello {{ start.name }}. May we record this call? For yes press 1." barge no key 1 -> agreed }
}
on pie agreed { say "Thank you, {{ start.name }}." record { connect pstn +442079460103 } }
on pie otherwise { hangup }
on callout reminder { call pstn "{{ start.number | e164 }}" cli +442079460100 say "Your table is free." hangup }
"""


SECOND = {"SINCH_SERVICE_ID": SERVICE, "SINCH_SERVICE_SECRET": SERVICE_SECRET}


class Outbound:
    """A server of one policy with callouts, and a platform that takes its requests."""

    def __init__(self, folder: Path, options: ServeOptions | None = None, env: Mapping[str, str] | None = None) -> None:
        self.alarms: list[str] = []
        self.project = (env or {}).get("SINCH_PROJECT_ID", "")
        self.requests: list[httpx.Request] = []
        self.answers: Callable[[int], httpx.Response] = lambda n: httpx.Response(200, json={"callId": f"c{n}"})
        self.made: Served = served(
            str(folder / "build"), env={**ENVIRONMENT, **SECOND, "STORE_CREDENTIALS": "none", **(env or {})},
            ledger=str(folder / "ledger.db"), options=options, alarm=lambda name, _: self.alarms.append(name),
        )  # fmt: skip

    def begin(self, name: str, values: Mapping[str, object], policy: str | None = None) -> str:
        async def sent(manager: Manager) -> str:
            return (await CalloutSender(self.made.runtime, manager.platform).begin(name, values, policy)).call

        call: str = self._asked(sent)
        return call

    def send(self, call: str, name: str) -> None:
        self._asked(lambda manager: manager.send(call, name))

    def _asked(self, act: Callable[[Manager], Awaitable[Any]]) -> Any:
        def platform(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return self.answers(len(self.requests))

        return managed(self.made.runtime, platform, act, ManageOptions(confirm=0.5), self.project)

    def event(self, event: str, leg: str, name: str) -> dict[str, Any]:
        """Deliver an event of a leg of Voice API v2."""
        call = {"callId": leg, "sessionId": "S1", "projectId": "p 1", "serviceId": SERVICE, "callName": name}
        data = json.dumps({"event": event, "call": call}).encode()
        headers = signed_headers(key_of("v2", SERVICE, SERVICE_SECRET), "POST", "/", data, NOW)
        answer = self.made.runtime.handle("POST", "/", headers, data, NOW)
        assert answer.status == 200
        said: dict[str, Any] = json.loads(answer.body)
        return said

    def post(self, event: Mapping[str, Any]) -> dict[str, Any]:
        data = json.dumps(event).encode()
        headers = signed_headers(signer(), "POST", "/", data, NOW)
        answer = self.made.runtime.handle("POST", "/", headers, data, NOW)
        assert answer.status == 200
        said: dict[str, Any] = json.loads(answer.body)
        return said


@pytest.fixture
def outbound(tmp_path: Path) -> Iterator[Outbound]:
    build_of(tmp_path, POLICY)
    made = Outbound(tmp_path)
    yield made
    made.made.ledger.close()


def test_a_call_that_the_backend_begins_is_followed_to_its_end(outbound: Outbound) -> None:
    assert outbound.begin("customer", {"number": "442079460123", "name": "Ann"}) == "c1"
    (request,) = outbound.requests
    assert (request.method, str(request.url)) == ("POST", "https://calling.api.sinch.com/calling/v1/callouts")
    sent = json.loads(request.content)
    assert json.loads(sent["customCallout"]["ice"])["action"]["number"] == "+442079460123"
    assert sent["customCallout"]["enableDice"] is True, "the ledger wants to know the end"
    signed = WireRequest("POST", request.url.path, dict(request.headers), request.content)
    assert verified(signed, {("v1", KEY): signer()}, request.url.path) == signer()
    assert "Hello Ann." in str(outbound.post({"event": "ace", "callid": "c1"}))
    pressed = {"menuId": "main", "type": "return", "value": "agreed"}
    assert "Thank you, Ann." in str(outbound.post({"event": "pie", "callid": "c1", "menuResult": pressed}))
    assert outbound.post({"event": "ace", "callid": "c1", "n": 2}) == {"action": {"name": "continue"}}
    outbound.post({"event": "dice", "callid": "c1", "result": "ANSWERED", "duration": 60})
    assert [one.entry.kind for one in outbound.made.ledger.of_call("c1")] == ["begun", *["sent"] * 3, "ended"]
    found = {one.check for one in problems(outbound.made.ledger.all(by_call=True), NOW.timestamp() + 1e6, 600.0)}
    assert found == {"overdue-finished", "overdue-available"}
    assert outbound.alarms == []


def test_an_answer_that_was_never_asked_for_is_found(outbound: Outbound) -> None:
    outbound.begin("customer", {"number": "+442079460123", "name": "Ann"})
    outbound.post({"event": "dice", "callid": "c1", "result": "ANSWERED", "duration": 60})
    found = [one.check for one in problems(outbound.made.ledger.all(by_call=True), NOW.timestamp() + 1e6, 600.0)]
    assert found == ["never-asked"]


@pytest.mark.parametrize(
    ("name", "values", "status", "said"),
    [
        ("customer", {"number": "+44207"}, 422, "later in the call.*start.name.*no such value"),
        ("customer", {"name": "Ann"}, 422, "start.number.*no such value"),
        ("customer", {"number": "+44207", "nmae": "Ann"}, 422, "wants no `start.nmae`"),
        ("customer", {"number": "tomorrow", "name": "Ann"}, 422, "not a telephone number"),
        ("customer", {"number": "+44207", "name": None}, 422, "neither a text nor a number"),
        ("customer", {"number": "+44207", "name": True}, 422, "neither a text nor a number"),
        ("customer", {"number": "+44207", "name": {"a": 1}}, 422, "neither a text nor a number"),
        ("customer", {"number": "+44207", "name": "x" * 2001}, 422, "longer than"),
        ("custmer", {}, 404, "no policy has a callout"),
    ],
)  # fmt: skip
def test_nobody_is_called_whose_replies_could_not_be_given(
    outbound: Outbound, name: str, values: dict[str, object], status: int, said: str
) -> None:
    with pytest.raises(ManageProblem, match=said) as refused:
        outbound.begin(name, values)
    assert refused.value.status == status
    assert refused.value.help
    assert outbound.requests == []
    assert "tomorrow" not in str(refused.value), "no message holds a value"


@pytest.mark.parametrize(
    ("answers", "tries", "status", "said"),
    [
        ([httpx.Response(400)], 1, 502, "nobody is called"),
        ([httpx.Response(401)], 1, 502, "refused the credentials: nobody"),
        ([httpx.Response(429)] * 3, 3, 429, "fewer requests.*nobody"),
        ([httpx.Response(500)], 1, 504, "is not known"),
        ([httpx.Response(200, json={})], 1, 504, "did not say which call"),
        ([httpx.Response(200, json={"callId": "x" * 300})], 1, 504, "did not say which call"),
        ([httpx.Response(200, text="<html>")], 1, 504, "did not say which call"),
        ([httpx.ReadTimeout("")], 1, 504, "did not answer"),
        ([httpx.ConnectError("")] * 4, 3, 502, "could not be reached: nothing was sent"),
        ([httpx.ConnectTimeout("")] * 4, 3, 502, "could not be reached: nothing was sent"),
        ([httpx.ConnectError(""), httpx.ReadTimeout("")], 2, 504, "did not answer: .* not known"),
        ([httpx.DecodingError("")], 1, 504, "did not answer: .* not known"),
        ([httpx.Response(307, headers={"location": "https://evil.example/"})], 1, 502, r"refused the request \(307\)"),
    ],
)  # fmt: skip
def test_a_request_that_may_have_arrived_is_not_sent_again(
    outbound: Outbound, answers: list[httpx.Response | Exception], tries: int, status: int, said: str
) -> None:
    def answer(n: int) -> httpx.Response:
        one = answers[n - 1]
        if isinstance(one, Exception):
            raise one
        return one

    outbound.answers = answer
    with pytest.raises(ManageProblem, match=said) as refused:
        outbound.begin("customer", {"number": "+442079460123", "name": "Ann"})
    assert refused.value.status == status
    assert len(outbound.requests) == tries


def test_the_platform_sends_on_to_another_of_its_hosts(outbound: Outbound) -> None:
    place = "https://calling-euc1.api.sinch.com/calling/v1/callouts"
    moved = httpx.Response(307, headers={"location": place})
    outbound.answers = lambda n: moved if n == 1 else httpx.Response(200, json={"callId": "c1"})
    assert outbound.begin("reminder", {"number": "+442079460123"}) == "c1"
    assert str(outbound.requests[1].url) == place
    assert outbound.requests[1].content == outbound.requests[0].content


@pytest.mark.parametrize(("numbers", "kept"), [("omit", {"name": "Ann"}), ("keep", {"name": "Ann"})])
def test_a_call_that_the_backend_began_goes_on_after_a_restart(tmp_path: Path, numbers: Any, kept: object) -> None:
    build_of(tmp_path, POLICY)
    before = Outbound(tmp_path, ServeOptions(numbers=numbers))
    before.begin("customer", {"number": "+442079460123", "name": "Ann"})
    before.made.close()
    after = Outbound(tmp_path)
    (begun,) = after.made.ledger.of_call("c1")
    assert begun.entry.data["start"] == kept, "the number is of no use later"
    assert "Hello Ann." in str(after.post({"event": "ace", "callid": "c1"}))
    after.made.close()


def test_a_number_that_a_later_reply_wants_is_kept_where_the_settings_say_so(tmp_path: Path) -> None:
    build_of(tmp_path, POLICY.replace("{{ start.name }}", "{{ start.number }}"))
    for numbers, kept in (("omit", {}), ("keep", {"number": "442079460123"})):
        made = Outbound(tmp_path, ServeOptions(numbers=numbers))  # type: ignore[arg-type]  # the two are among them
        said = httpx.Response(200, json={"callId": numbers})
        made.answers = lambda _, said=said: said  # type: ignore[misc]  # the default binds this round's
        made.begin("customer", {"number": "442079460123"})
        (begun,) = made.made.ledger.of_call(numbers)
        assert begun.entry.data["start"] == kept
        assert "442079460123" in str(made.post({"event": "ace", "callid": numbers})), "this process knows it"
        made.made.close()


def test_a_number_is_known_by_where_it_is_dialled(tmp_path: Path) -> None:
    text = POLICY.replace(" | e164", "").replace("connect pstn +442079460103", 'connect pstn "{{ start.agent }}"')
    build_of(tmp_path, text)
    made = Outbound(tmp_path)
    made.begin("customer", {"number": "442079460123", "agent": "442079460103", "name": "Ann"})
    (begun,) = made.made.ledger.of_call("c1")
    assert begun.entry.data["start"] == {"name": "Ann"}
    made.made.close()


def test_one_name_in_two_policies_wants_the_policy(tmp_path: Path) -> None:
    build_of(tmp_path, POLICY)
    build_of(tmp_path, POLICY.replace("policy outbound", "policy other"))
    made = Outbound(tmp_path)
    with pytest.raises(ManageProblem, match="several policies have a callout `customer`: `other`, `outbound`"):
        made.begin("customer", {"number": "+44207", "name": "Ann"})
    assert made.begin("customer", {"number": "+44207", "name": "Ann"}, "other") == "c1"
    assert made.made.runtime.site_of("c1").site.path == "other"  # type: ignore[union-attr]  # it is known
    with pytest.raises(ManageProblem, match="no such policy"):
        made.begin("customer", {}, "othr")
    made.made.close()


POLICY_2 = POLICY.replace("locale en-GB", "locale en-GB\nvoice Amy\non recording failure continue")
POLICY_2 += 'on manage thanks in talk { record { say "Thank you." to caller again: continue } }\n'
POLICY_2 = POLICY_2.replace("connect pstn +442079460103 }", "talk: connect pstn +442079460103 }")
PROJECT = {
    "SINCH_SERVICE_ID": SERVICE, "SINCH_SERVICE_SECRET": SERVICE_SECRET, "SINCH_PROJECT_ID": "p 1",
    "SINCH_ACCESS_KEY": "access", "SINCH_ACCESS_SECRET": "secret",
}  # fmt: skip


def test_a_call_of_voice_api_v2_goes_by_its_session(tmp_path: Path) -> None:
    """What begins it tells the session alone, and events are of legs; so they are known after a restart too."""
    build_of(tmp_path, POLICY_2, "svaml2")
    made = Outbound(tmp_path, env=PROJECT)
    made.answers = lambda _: httpx.Response(201, json={"projectId": "p 1", "serviceId": SERVICE, "sessionId": "S1"})
    assert made.begin("customer", {"number": "+442079460123", "name": "Ann"}) == "S1"
    (request,) = made.requests
    assert str(request.url) == f"https://voice.api.sinch.com/v2/projects/p%201/calls?serviceId={SERVICE}"
    assert json.loads(request.content)["commands"][0]["to"]["phone"]["number"] == "+442079460123"
    made.event("call.recording.finished", "leg-2", "callee")
    made.made.close()
    again = Outbound(tmp_path, env=PROJECT)
    assert again.event("call.recording.finished", "leg-1", "caller") == {"commands": []}
    again.send("S1", "thanks")
    assert str(again.requests[0].url) == "https://voice.api.sinch.com/v2/projects/p%201/sessions/S1/calls/caller"
    again.event("call.hangup", "leg-2", "callee")
    again.event("call.hangup", "leg-1", "caller")
    kinds = [one.entry.kind for one in again.made.ledger.of_call("S1")]
    assert kinds == ["begun", "finished", "finished", "requested", "ended"]
    assert list(problems(again.made.ledger.all(by_call=True), 1e12, 600.0)) == []
    assert again.alarms == []
    again.made.close()


def test_a_call_of_voice_api_v2_is_begun_again_under_the_same_key(tmp_path: Path) -> None:
    build_of(tmp_path, POLICY_2, "svaml2")
    made = Outbound(tmp_path, env=PROJECT)

    def answer(n: int) -> httpx.Response:
        if n == 1:
            raise httpx.ReadTimeout("")
        return httpx.Response(201, json={"sessionId": "S1"})

    made.answers = answer
    assert made.begin("customer", {"number": "+442079460123", "name": "Ann"}) == "S1"
    assert len({request.headers["idempotency-key"] for request in made.requests}) == 1
    assert len(made.requests) == 2
    made.made.close()


def test_a_call_of_voice_api_v2_wants_a_project(tmp_path: Path) -> None:
    build_of(tmp_path, POLICY_2, "svaml2")
    made = Outbound(tmp_path, env={**PROJECT, "SINCH_PROJECT_ID": ""})
    with pytest.raises(ManageProblem, match="the project is not known") as told:
        made.begin("customer", {"number": "+442079460123", "name": "Ann"})
    assert (told.value.help, made.requests) == ("set SINCH_PROJECT_ID", [])
    made.made.close()


def test_callouts_over_http_want_the_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from recpol.cli.main import run

    build_of(tmp_path, POLICY)
    with server(tmp_path / "build", tmp_path / "ledger.db", manage=ManageOptions(base="http://127.0.0.1:9")) as running:
        url = f"{running.url}/callouts/customer"
        token = {"authorization": f"Bearer {TOKEN}"}
        with httpx.Client() as client:
            assert client.post(url, json={}).status_code == 401
            assert client.post(url, content=b"[]", headers=token).status_code == 400
            assert client.post(url, content=b"{" * 50_000, headers=token).status_code == 400
            assert client.post(url, content=b"x" * 70_000, headers=token).status_code == 400
            assert client.get(url, headers=token).status_code == 405
            refused = client.post(f"{running.url}/callouts/outbound/customer", headers=token)
            assert (refused.status_code, "start.number" in refused.text) == (422, True)
        monkeypatch.setenv("RECPOL_SERVE_TOKEN", TOKEN)
        assert run(["callout", "customer", "number=+44207", "--server", running.url]) == 1
        assert "give `name` too" in capsys.readouterr().err
        assert run(["manage", "c9", "card", "begin", "--server", running.url]) == 1
        assert "knows no such call" in capsys.readouterr().err
        monkeypatch.setenv("RECPOL_SERVE_TOKEN", "wrong")
        assert run(["callout", "customer", "--server", running.url]) == 1
        assert "wrong" in capsys.readouterr().err
    for words in (
        ["callout", "customer", "number", "--server", "http://127.0.0.1:9"],
        ["callout", "customer", "a=1", "a=2"],
        ["callout", "customer", "--server", "ftp://x"],
        ["callout", "customer", "--server", "http://127.0.0.1:9"],
        ["manage", "c1", "card", "middle"],
    ):
        assert run(words) == 2
        assert "error: " in capsys.readouterr().err
