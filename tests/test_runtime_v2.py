"""Voice API v2 at work: events answered and kept, deliveries that come again, and requests that wait for a stop."""

from __future__ import annotations

import datetime
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from desks import NOW, build_of, managed
from recpol.runtime.build import Build, load
from recpol.runtime.checks import problems
from recpol.runtime.core import HttpAnswer
from recpol.runtime.manage import Manager, PhaseNotConfirmed
from recpol.runtime.sending import ManageOptions, ManageProblem, Unconfirmed
from recpol.runtime.serving import Served, served
from recpol.runtime.wire import key_of, signed_headers
from serving import SERVICE, SERVICE_SECRET

SOURCE = f"projects/p1/services/{SERVICE}"

POLICY = """policy orders
locale en-GB
voice Amy
store calls { url "s3://acme/calls/" credentials env STORE_CREDENTIALS }
on ice {
  answer
  say "Your order is recorded, your card details are not." @notice
  connect pstn +442079460102 { phase card @card }
}
on ace { talk: continue }
record talk except @card
"""


class Orders:
    """A server of one policy of Voice API v2, a platform that takes its requests, and what both say."""

    def __init__(self, folder: Path, confirm: float = 0.2) -> None:
        self.alarms: list[str] = []
        self.requests: list[httpx.Request] = []
        self.answers: Callable[[int], httpx.Response] = lambda _: httpx.Response(202)
        self.told: Callable[[], None] = lambda: None
        env = {
            "SINCH_SERVICE_ID": SERVICE, "SINCH_SERVICE_SECRET": SERVICE_SECRET, "STORE_CREDENTIALS": "the-credentials",
            "SINCH_WEBHOOK_URL": "https://acme.example/orders",
        }  # fmt: skip
        self.made: Served = served(
            str(folder / "build"), env=env, ledger=str(folder / "ledger.db"),
            alarm=lambda name, _: self.alarms.append(name),
        )  # fmt: skip
        self.confirm, self.project = confirm, ""
        self.count = 0

    def post(self, event: str, *, ce_id: str | None = None, call: str = "C1", **more: object) -> HttpAnswer:
        """Deliver an event; its `ce-id` is new unless given."""
        self.count += 1
        said = {"callId": call, "sessionId": "S1", "projectId": "p1", "serviceId": SERVICE, **more}
        body = json.dumps({"event": event, "call": said}).encode()
        now = NOW + datetime.timedelta(seconds=self.count)
        headers = signed_headers(key_of("v2", SERVICE, SERVICE_SECRET), "POST", "/orders", body, now)
        headers |= {"ce-id": ce_id or f"event-{self.count}", "ce-source": SOURCE, "ce-type": "whatever"}
        return self.made.runtime.handle("POST", "/orders", headers, body, now)

    def phase(self, moment: str, phase: str = "card", unconfirmed: Unconfirmed | None = None) -> None:
        """Begin or end a phase, as the backend asks for it."""
        self._asked(lambda manager: manager.phase("C1", phase, "begin" if moment == "begin" else "end"), unconfirmed)

    def request(self, name: str) -> None:
        """Send the request of a name, as the backend asks for it."""
        self._asked(lambda manager: manager.send("C1", name))

    def _asked(self, act: Callable[[Manager], Awaitable[object]], unconfirmed: Unconfirmed | None = None) -> None:
        def platform(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            answer = self.answers(len(self.requests))
            if answer.status_code == 202:
                self.told()
            return answer

        options = ManageOptions(confirm=self.confirm, unconfirmed=unconfirmed)
        managed(self.made.runtime, platform, act, options, self.project)

    @property
    def kept(self) -> list[str]:
        return [one.entry.kind for one in self.made.ledger.of_call("C1")]


@pytest.fixture
def orders(tmp_path: Path) -> Iterator[Orders]:
    build_of(tmp_path, POLICY, "svaml2")
    server = Orders(tmp_path)
    yield server
    server.made.ledger.close()


def test_a_call_is_answered_whole_and_reports_change_nothing(orders: Orders) -> None:
    answer = orders.post("call.incoming")
    assert answer.status == 200
    assert json.loads(answer.body)["commands"][0] == {"command": "answer"}
    assert b"the-credentials" in answer.body
    for event in ("call.recording.finished", "call.recording.failed", "call.hangup", "call.answered", "call.new.thing"):
        assert (orders.post(event).status, orders.post(event).body) == (200, b'{"commands":[]}')
    assert orders.kept == ["sent", *["finished"] * 2, *["failed"] * 2, "ended", "ended"]
    assert "the-credentials" not in "".join(str(one.entry.data) for one in orders.made.ledger.of_call("C1"))


def test_a_webhook_says_by_its_name_what_finished(orders: Orders) -> None:
    orders.post("call.incoming")
    for name in ("calls-1.finished", "calls-1.failed", "anything"):
        assert orders.post(f"call.webhook.{name}").body == b'{"commands":[]}'
    assert orders.kept == ["sent", "finished", "failed"]


def test_a_delivery_with_the_same_id_is_kept_once(orders: Orders) -> None:
    first = orders.post("call.incoming", ce_id="one")
    assert orders.post("call.incoming", ce_id="one") == first
    orders.post("call.recording.finished", ce_id="two")
    orders.post("call.recording.finished", ce_id="two")
    orders.post("call.recording.finished", ce_id="three")
    assert orders.kept == ["sent", "finished", "finished"]


def test_calls_of_a_batch_are_calls_of_their_own(orders: Orders) -> None:
    for call in ("C1", "C2"):
        assert orders.post("call.incoming", call=call, batchId="B1", sessionId=f"S-{call}").status == 200
        orders.post("call.recording.finished", call=call, batchId="B1", sessionId=f"S-{call}")
    assert orders.kept == [one.entry.kind for one in orders.made.ledger.of_call("C2")] == ["sent", "finished"]


def test_a_report_of_another_leg_is_one_of_the_call(orders: Orders) -> None:
    orders.post("call.incoming")
    orders.post("call.recording.finished", call="C1-callee")
    orders.post("call.hangup", call="C1-callee")
    assert orders.kept == ["sent", "finished"], "the callee's leg ends, the call goes on"


def test_an_event_without_a_call_is_refused(orders: Orders) -> None:
    assert orders.post("call.incoming", callId=7).status == 400
    assert orders.post("call.incoming", callId="x" * 10_000).status == 400
    assert orders.alarms == []


def test_a_phase_begins_when_the_stop_is_confirmed(orders: Orders) -> None:
    orders.post("call.incoming")
    orders.told = lambda: (orders.post("call.webhook.calls-1.finished", call="C1-callee"), None)[1]
    orders.phase("begin")
    (request,) = orders.requests
    assert (request.method, str(request.url)) == ("PATCH", "https://voice.api.sinch.com/v2/projects/p1/calls/C1")
    assert json.loads(request.content) == {"commands": [{"command": "stopRecording", "recordingName": "calls-1"}]}
    assert request.headers["authorization"].startswith("Basic ")
    assert 16 <= len(request.headers["idempotency-key"]) <= 128
    assert sorted(orders.kept) == sorted(["sent", "requested", "finished", "confirmed"])


def test_a_phase_that_nobody_confirms_has_not_begun(orders: Orders) -> None:
    orders.post("call.incoming")
    with pytest.raises(PhaseNotConfirmed):
        orders.phase("begin")
    assert orders.kept == ["sent", "requested", "unconfirmed"]
    found = problems(orders.made.ledger.all(by_call=True), 1e12, 600.0)
    assert [one.check for one in found] == ["unconfirmed-stop"]


@pytest.mark.parametrize(
    ("status", "said"),
    [(202, "; the platform took the request to end"), (404, "; and the call could not be ended")],
)
def test_a_call_whose_stop_is_not_confirmed_can_be_ended(orders: Orders, status: int, said: str) -> None:
    orders.post("call.incoming")
    orders.answers = lambda n: httpx.Response(202 if n == 1 else status)
    with pytest.raises(PhaseNotConfirmed, match=said):
        orders.phase("begin", unconfirmed="hangup")
    assert json.loads(orders.requests[1].content) == {"commands": [{"command": "hangup"}]}
    assert orders.kept == ["sent", "requested", "unconfirmed", "requested"]


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        (403, ["sent", "requested", "unconfirmed", "requested"]),
        (400, ["sent", "requested", "unconfirmed", "requested"]),
        (404, ["sent", "requested"]), (0, ["sent", "requested", "unconfirmed", "requested"]),
    ],
)  # fmt: skip
def test_a_stop_that_the_platform_does_not_take_is_not_confirmed(orders: Orders, status: int, kept: list[str]) -> None:
    def answer(count: int) -> httpx.Response:
        if b"hangup" in orders.requests[-1].content:
            return httpx.Response(202)
        if not status:
            raise httpx.ReadTimeout("nobody answers")
        return httpx.Response(status)

    orders.answers, orders.confirm = answer, 0.0
    orders.post("call.incoming")
    with pytest.raises(ManageProblem) as refused:
        orders.phase("begin", unconfirmed="hangup")
    assert orders.kept == kept
    assert ("; the platform took the request to end" in str(refused.value)) == (status != 404)
    assert refused.value.status == {0: 504, 404: 404}.get(status, 502)
    found = [one.check for one in problems(orders.made.ledger.all(by_call=True), 1e12, 600.0)]
    assert found == (["unconfirmed-stop"] if status != 404 else [])


def test_a_request_that_stops_nothing_has_nothing_to_confirm(orders: Orders) -> None:
    orders.answers = lambda _: httpx.Response(403)
    orders.post("call.incoming")
    with pytest.raises(ManageProblem):
        orders.phase("end")
    assert orders.kept == ["sent", "requested"]


def test_the_policy_says_that_a_call_whose_stop_is_not_confirmed_is_ended(orders: Orders) -> None:
    site = orders.made.runtime.build.sites["orders"]
    assert not site.hangs_up
    ending = replace(site, hangs_up=True)
    orders.made.runtime.build = Build({"orders": ending})
    orders.post("call.incoming")
    with pytest.raises(PhaseNotConfirmed, match="the platform took the request to end the call"):
        orders.phase("begin")
    with pytest.raises(PhaseNotConfirmed) as refused:
        orders.phase("begin", unconfirmed="refuse")
    assert "to end" not in str(refused.value)


def test_the_manifest_says_what_becomes_of_a_call_whose_stop_is_not_confirmed(tmp_path: Path) -> None:
    for said in ("hangup", "refuse"):
        folder = build_of(tmp_path / said, POLICY.replace("on ice", f"on phase failure {said}\non ice"), "svaml2")
        site = load(str(folder), {"STORE_CREDENTIALS": "x", "SINCH_WEBHOOK_URL": "x"}).sites["orders"]
        assert site.hangs_up == (said == "hangup")


def test_a_late_word_of_the_stop_before_confirms_no_later_stop(orders: Orders) -> None:
    orders.post("call.incoming")
    with pytest.raises(PhaseNotConfirmed):
        orders.phase("begin")
    orders.told = lambda: None
    orders.phase("end")
    orders.told = lambda: (orders.post("call.webhook.calls-1.finished"), None)[1]
    with pytest.raises(PhaseNotConfirmed):
        orders.phase("begin")


@pytest.mark.parametrize(
    "event",
    [
        "call.recording.failed",
        "call.webhook.calls-1.failed",
        "call.recording.finished",
        "call.webhook.calls-2.finished",
    ],
)
def test_what_tells_of_another_thing_confirms_nothing(orders: Orders, event: str) -> None:
    orders.post("call.incoming")
    orders.told = lambda: (orders.post(event), None)[1]
    with pytest.raises(PhaseNotConfirmed):
        orders.phase("begin")


def test_a_request_is_repeated_under_the_same_key(orders: Orders) -> None:
    orders.post("call.incoming")
    orders.told = lambda: (orders.post("call.webhook.calls-1.finished"), None)[1]
    orders.answers = lambda n: httpx.Response(503 if n < 3 else 202)
    orders.confirm = 1.0
    orders.phase("begin")
    assert len(orders.requests) == 3
    assert len({request.headers["idempotency-key"] for request in orders.requests}) == 1


@pytest.mark.parametrize(
    ("status", "tries", "ours", "said"),
    [
        (401, 1, 502, "refused the credentials"), (403, 1, 502, "refused the credentials"),
        (404, 1, 404, "no such call"),
        (400, 1, 502, r"refused the request \(400\)"), (429, 3, 429, "fewer requests"), (503, 3, 503, "fewer requests"),
        (500, 3, 504, "is not known"), (201, 1, 504, "is not known"),
    ],
)  # fmt: skip
def test_a_request_that_is_refused(orders: Orders, status: int, tries: int, ours: int, said: str) -> None:
    """The platform's 401 is none of ours: it would read as if the backend's token were wrong."""
    orders.post("call.incoming")
    orders.answers = lambda _: httpx.Response(status)
    orders.confirm = 0.5
    with pytest.raises(ManageProblem, match=said) as problem:
        orders.phase("begin")
    assert problem.value.status == ours
    assert problem.value.help
    assert len(orders.requests) == tries
    assert orders.kept == ["sent", "requested", *(() if status == 404 else ("unconfirmed",))]


def test_a_call_or_a_phase_that_is_not_there(orders: Orders) -> None:
    with pytest.raises(ManageProblem, match="knows no such call"):
        orders.phase("begin")
    orders.post("call.incoming")
    with pytest.raises(ManageProblem, match="has no request `tea begin`"):
        orders.phase("begin", "tea")
    assert orders.requests == []


@pytest.mark.parametrize("project", ["", "p9"])
def test_where_the_ledger_cannot_be_read_the_project_is_that_of_the_server(
    orders: Orders, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the platform knows no such project, and its 404 would read as if the call were over."""

    def unreadable(_: str) -> None:
        raise OSError("disk I/O error")

    orders.post("call.incoming")
    orders.project = project
    with monkeypatch.context() as while_unreadable:
        while_unreadable.setattr(orders.made.ledger, "of_call", unreadable)
        said = "did not confirm" if project else "project of this call is not known; and the call could not be ended"
        with pytest.raises((ManageProblem, PhaseNotConfirmed), match=said):
            orders.phase("begin", unconfirmed="hangup" if not project else "refuse")
    asked = [str(request.url) for request in orders.requests]
    assert asked == (["https://voice.api.sinch.com/v2/projects/p9/calls/C1"] if project else [])
    assert orders.kept == ["sent", *(["requested"] if project else []), "unconfirmed"]


def test_a_request_for_the_callee_goes_to_the_leg_of_that_name(tmp_path: Path) -> None:
    text = POLICY.replace("{ phase card @card }", "").replace("record talk except @card\n", "")
    text += 'on manage hint in talk { say "One minute left." to callee again: continue }\n'
    build_of(tmp_path, text, "svaml2")
    orders = Orders(tmp_path)
    orders.post("call.incoming")
    orders.request("hint")
    (request,) = orders.requests
    assert str(request.url) == "https://voice.api.sinch.com/v2/projects/p1/sessions/S1/calls/callee"
    assert json.loads(request.content)["commands"][0]["command"] == "messages"
    orders.made.ledger.close()


def test_a_request_that_follows_another_is_found(tmp_path: Path) -> None:
    """What a call goes on with after a request decides what can be sent next, after a restart of the server too."""
    text = POLICY.replace("{ phase card @card }", "").replace("record talk except @card\n", "")
    text += 'on manage first in talk { say "One." to caller again: continue }\n'
    text += 'on manage second in again { say "Two." to caller last: continue }\n'
    manifest = json.loads((build_of(tmp_path, text, "svaml2") / "orders" / "manifest.json").read_text())
    within = {
        answer["name"]: answer["in"]
        for reply in manifest["replies"] for answer in reply["answers"] if answer["event"] == "request"
    }  # fmt: skip
    assert within
    orders = Orders(tmp_path)
    orders.post("call.incoming")
    orders.request("first")
    assert "manage.first.json" in within["second"]
    orders.request("second")
    again = Orders(tmp_path)
    site = again.made.runtime.site_of("C1")
    assert site is not None
    assert site.last == "manage.second.json"


OTHER = 'store other { url "s3://acme/other/" credentials env STORE_CREDENTIALS }\n'
TWICE = POLICY.removesuffix("\n") + f" to calls\nrecord talk except @card to other\n{OTHER}"


@pytest.mark.parametrize("events", [("calls-1",), ("other-1",), ("calls-1", "calls-1"), ("calls-1", "other-1")])
def test_a_phase_begins_when_the_stop_of_each_of_two_recordings_is_confirmed(
    tmp_path: Path, events: tuple[str, ...]
) -> None:
    build_of(tmp_path, TWICE, "svaml2")
    orders = Orders(tmp_path)

    def tell(*names: str) -> None:
        for name in names:
            orders.post(f"call.webhook.{name}.finished")

    orders.post("call.incoming")
    orders.told = lambda: tell(*events)
    if set(events) == {"calls-1", "other-1"}:
        orders.phase("begin")
        assert orders.kept.count("confirmed") == 1
    else:
        with pytest.raises(PhaseNotConfirmed):
            orders.phase("begin")
    (requested,) = [one.entry.data for one in orders.made.ledger.of_call("C1") if one.entry.kind == "requested"]
    assert requested["waits"] == ["call.webhook.calls-1.finished", "call.webhook.other-1.finished"]
    orders.told = lambda: None
    orders.phase("end")
    orders.told = lambda: tell("calls-1", "other-1")
    if set(events) == {"calls-1", "other-1"}:
        orders.phase("begin")
    else:  # what comes now may be the late word about the stop before
        with pytest.raises(PhaseNotConfirmed):
            orders.phase("begin")
    orders.made.ledger.close()
