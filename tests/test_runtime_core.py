"""Answers of a server, without HTTP: what is answered, what the ledger keeps, and what happens when it cannot."""

from __future__ import annotations

import datetime
import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from desks import ICE, NOW, Desk, build_of, managed
from recpol.runtime.entries import LedgerEntry, broken
from recpol.runtime.ledger import Ledger
from recpol.runtime.sending import ManageProblem, is_platform
from recpol.runtime.serving import ServeProblem, served
from recpol.runtime.sqlite import LedgerFile
from recpol.runtime.wire import signed_headers
from serving import environment, signer


@pytest.fixture
def build(tmp_path: Path) -> Path:
    return build_of(tmp_path)


@pytest.fixture
def desk(build: Path, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(build, tmp_path / "ledger.db")
    yield made
    made.made.ledger.close()


def test_a_call_is_answered_and_kept(desk: Desk) -> None:
    ice, ace = desk.post(ICE), desk.post({"event": "ace", "callid": "c1"})
    end = desk.post({"event": "dice", "callid": "c1", "result": "ANSWERED", "duration": 60})
    assert (ice.status, ace.status, end.status, end.body) == (200, 200, 200, b"{}")
    assert "Hello, +4612345." in json.loads(ice.body)["instructions"][1]["text"]
    assert json.loads(ace.body)["instructions"][0]["name"] == "startRecording"
    kept = desk.made.ledger.of_call("c1")
    assert [one.entry.kind for one in kept] == ["sent", "sent", "ended"]
    assert "4612345" not in "".join(str(one.entry.data) for one in kept), "numbers are left out"
    assert "STORE_CREDENTIALS" not in "".join(str(one.entry.data) for one in kept), "and so are secrets"
    assert desk.alarms == []


def test_a_delivery_that_comes_again_is_answered_again_and_kept_once(desk: Desk) -> None:
    first = desk.post(ICE)
    assert desk.post(ICE, again=True) == first
    assert len(desk.made.ledger.of_call("c1")) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/desk", 200), ("/", 200), ("/desk/", 200), ("/other", 404), ("/../desk", 404), ("/de%73k", 404),
        ("//desk", 200), ("/desk%2f..", 404), ("/desk/../desk", 404),
    ],
)  # fmt: skip
def test_paths(desk: Desk, path: str, status: int) -> None:
    assert desk.post(ICE, path).status == status


@pytest.mark.parametrize(
    ("method", "headers", "body", "status"),
    [
        ("GET", {}, b"", 405), ("POST", {}, b"{}", 401), ("POST", {}, b"x" * 70_000, 413),
        ("POST", {"authorization": "application x:y"}, b"{}", 401),
    ],
)  # fmt: skip
def test_strangers_are_not_let_in(desk: Desk, method: str, headers: dict[str, str], body: bytes, status: int) -> None:
    assert desk.runtime.handle(method, "/desk", headers, body, NOW).status == status
    assert desk.made.ledger.of_call("c1") == []


def test_a_request_recorded_by_somebody_is_of_no_use_later(desk: Desk) -> None:
    data = json.dumps(ICE).encode()
    headers = signed_headers(signer(), "POST", "/desk", data, NOW)
    assert desk.runtime.handle("POST", "/desk", headers, data, NOW + datetime.timedelta(seconds=301)).status == 401
    assert desk.runtime.handle("POST", "/desk", headers, data, NOW - datetime.timedelta(seconds=301)).status == 401


def test_a_value_that_is_missing_does_not_fail_the_call_silently(desk: Desk) -> None:
    answer = desk.post({"event": "ice", "callid": "c2"})
    assert answer.status == 200
    assert json.loads(answer.body)["action"]["name"] == "hangup"
    assert desk.alarms == ["not-filled"]
    assert [one.entry.kind for one in desk.made.ledger.of_call("c2")] == ["trouble"]


def test_a_defect_is_an_alarm_and_an_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_(*_: object) -> None:
        raise KeyError("a secret")

    monkeypatch.setattr("recpol.runtime.core.react", broken_)
    for event, said in (("ice", "hangup"), ("ace", "continue")):
        answer = desk.post({**ICE, "event": event})
        assert (answer.status, json.loads(answer.body)["action"]["name"]) == (200, said)
    assert desk.post({"event": "notify", "callid": "c1"}).body == b"{}"
    assert desk.alarms == ["defect"] * 3


def test_unknown_events_are_answered_with_nothing(desk: Desk) -> None:
    assert desk.post({"event": "dance", "callid": "c1"}).body == b"{}"
    assert desk.alarms == ["unknown-event"]


def test_a_call_goes_on_after_a_restart(build: Path, tmp_path: Path) -> None:
    before = Desk(build, tmp_path / "ledger.db")
    before.post(ICE)
    before.made.ledger.close()
    after = Desk(build, tmp_path / "ledger.db")
    assert (
        json.loads(after.post({"event": "ace", "callid": "c1"}, "/").body)["instructions"][0]["name"]
        == "startRecording"
    )
    after.made.ledger.close()


def test_a_locked_ledger_delays_an_answer_a_second_and_nothing_is_lost(desk: Desk, tmp_path: Path) -> None:
    desk.post(ICE)
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = desk.post({"event": "ace", "callid": "c1"})
    assert json.loads(answer.body)["instructions"][0]["name"] == "startRecording"
    assert "ledger-late" in desk.alarms
    other.execute("ROLLBACK")
    other.close()
    desk.made.ledger.close()
    store = LedgerFile(str(tmp_path / "ledger.db"), read_only=True)
    assert [one.entry.kind for one in store.of_call("c1")] == ["sent", "sent"]
    assert list(broken(store.all())) == []
    store.close()


class Failing:
    """A store that can be made to fail."""

    def __init__(self, path: str) -> None:
        self.path, self.fails = path, False

    def __call__(self) -> LedgerFile:
        if self.fails:
            raise sqlite3.OperationalError("database or disk is full")
        failing = self

        class Store(LedgerFile):
            def write(self, entries: object) -> None:
                if failing.fails:
                    raise sqlite3.OperationalError("database or disk is full")
                super().write(entries)  # type: ignore[arg-type]  # any entries will do

        return Store(self.path)


def test_what_cannot_be_written_is_spooled_and_comes_in_later(tmp_path: Path) -> None:
    alarms: list[str] = []
    opener = Failing(str(tmp_path / "ledger.db"))
    ledger = Ledger(opener, str(tmp_path / "spool"), lambda name, _: alarms.append(name))
    entries = [LedgerEntry(float(n), f"c{n % 7}", "finished", {"n": n}) for n in range(100)]
    written = [ledger.append([entry]).result(5) for entry in entries[:20]]
    opener.fails = True
    written += [ledger.append([entry]).result(5) for entry in entries[20:60]]
    assert (tmp_path / "spool").exists()
    opener.fails = False
    written += [ledger.append([entry]).result(5) for entry in entries[60:]]
    ledger.close()
    assert (written[0], written[20], written[99]) == (True, False, True)
    assert alarms == ["ledger-failing", "ledger-back"]
    assert not (tmp_path / "spool").exists()
    store = LedgerFile(str(tmp_path / "ledger.db"))
    assert sorted(one.entry.data["n"] for one in store.all()) == list(range(100))
    assert list(broken(store.all())) == []
    store.close()


def test_what_no_disk_takes_waits_in_memory_before_all_that_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recpol.runtime.ledger.RETRY_SECONDS", 0.01)
    opener, spool = Failing(str(tmp_path / "ledger.db")), tmp_path / "spool"
    spool.mkdir()
    opener.fails = True
    told = threading.Event()
    alarms: list[str] = []

    def alarm(name: str, _: str) -> None:
        alarms.append(name)
        if name == "spool-failing":
            told.set()

    ledger = Ledger(opener, str(spool), alarm)
    first = ledger.append([LedgerEntry(1.0, "c", "finished", {})])
    assert told.wait(5)
    second = ledger.append([LedgerEntry(2.0, "c", "available", {})])
    assert not first.done()
    opener.fails = False
    spool.rmdir()
    assert (second.result(5), first.done(), first.result()) == (True, True, True)
    assert [one.entry.at for one in ledger.of_call("c")] == [1.0, 2.0]
    ledger.close()
    assert "entries-lost" not in alarms


def test_a_server_that_ends_tells_of_what_no_disk_took(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recpol.runtime.ledger.RETRY_SECONDS", 0.01)
    opener, spool = Failing(str(tmp_path / "ledger.db")), tmp_path / "spool"
    spool.mkdir()
    opener.fails = True
    alarms: list[tuple[str, str]] = []
    ledger = Ledger(opener, str(spool), lambda *said: alarms.append(said))
    futures = [ledger.append([LedgerEntry(float(n), "c", "finished", {})]) for n in range(3)]
    ledger.close()
    assert all(future.cancelled() for future in futures)
    assert alarms[-1] == ("entries-lost", "the server ended, and 3 entries could be written nowhere")


def test_two_servers_on_one_file_write_one_chain(tmp_path: Path) -> None:
    ledgers = [
        Ledger(lambda: LedgerFile(str(tmp_path / "ledger.db")), str(tmp_path / "spool"), lambda *_: None)
        for _ in range(2)
    ]

    def write(ledger: Ledger, begin: int) -> None:
        for future in [
            ledger.append([LedgerEntry(float(n), "c", "finished", {"n": n})]) for n in range(begin, begin + 200)
        ]:
            assert future.result(20)

    threads = [threading.Thread(target=write, args=(ledger, n * 200)) for n, ledger in enumerate(ledgers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ledger in ledgers:
        ledger.close()
    store = LedgerFile(str(tmp_path / "ledger.db"), read_only=True)
    assert sorted(one.entry.data["n"] for one in store.all()) == list(range(400))
    assert list(broken(store.all())) == []
    store.close()


@pytest.mark.parametrize("change", ["data", "delete", "at"])
def test_a_changed_ledger_is_found(tmp_path: Path, change: str) -> None:
    store = LedgerFile(str(tmp_path / "ledger.db"))
    store.write([LedgerEntry(float(n), "c", "finished", {"n": n}) for n in range(10)])
    store.close()
    database = sqlite3.connect(tmp_path / "ledger.db")
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        database.execute("DELETE FROM entries WHERE number = 5")
    database.execute("DROP TRIGGER entries_stay")
    database.execute("DROP TRIGGER entries_remain")
    database.execute(
        {
            "data": "UPDATE entries SET data = '{\"n\":9}' WHERE number = 5",
            "delete": "DELETE FROM entries WHERE number = 5",
            "at": "UPDATE entries SET at = 99 WHERE number = 5",
        }[change]
    )
    database.commit()
    database.close()
    store = LedgerFile(str(tmp_path / "ledger.db"))
    assert list(broken(store.all())) != []
    store.close()


def test_old_entries_are_taken_out_with_a_mark(tmp_path: Path) -> None:
    store = LedgerFile(str(tmp_path / "ledger.db"))
    store.write([LedgerEntry(float(n), "c", "finished", {"n": n}) for n in range(10)])
    assert store.prune(4.0, 100.0) == 4
    store.write([LedgerEntry(10.0, "c", "finished", {"n": 10})])
    kept = list(store.all())
    assert [one.entry.kind for one in kept] == ["pruned", *["finished"] * 7]
    assert list(broken(kept)) == []
    assert list(broken(kept[:3] + kept[4:])) != []
    store.close()


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, "no key is set"),
        ({"SINCH_APPLICATION_KEY": "k"}, "SINCH_APPLICATION_SECRET"),
        ({"SINCH_APPLICATION_KEY": "k", "SINCH_APPLICATION_SECRET": "no base64"}, "not Base64"),
        ({"SINCH_SERVICE_ID": "k", "SINCH_SERVICE_SECRET": "aaaa", "STORE_CREDENTIALS": "x"}, "no key can sign"),
        ({"SINCH_APPLICATION_KEY": "k", "SINCH_APPLICATION_SECRET": "aaaa"}, "STORE_CREDENTIALS"),
    ],
)
def test_what_is_missing_stops_the_start(build: Path, tmp_path: Path, env: dict[str, str], said: str) -> None:
    with pytest.raises(ServeProblem, match=said) as problem:
        served(str(build), env=env, ledger=str(tmp_path / "ledger.db"))
    assert problem.value.help


def test_a_ledger_that_cannot_be_opened_stops_the_start(build: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"this is no database, but a text that is long enough to be looked at")
    for place in (tmp_path / "broken.db", tmp_path / "nowhere" / "ledger.db", tmp_path):
        with pytest.raises(ServeProblem, match="ledger"):
            served(str(build), env=environment(build), ledger=str(place))


TALK = """policy line
locale en-GB
store calls { url "s3://acme/calls/" credentials env STORE_CREDENTIALS }
on ice { answer say "This call is recorded." @notice agent: connect pstn +442079460102 }
on manage stop in agent { say "Nothing is recorded now." to everyone unrecorded: continue }
record agent
never record unrecorded
announce @notice before recording
"""


def test_a_request_within_a_talk_goes_to_its_leg(tmp_path: Path) -> None:
    line = Desk(build_of(tmp_path, TALK), tmp_path / "ledger.db")
    asked: list[httpx.Request] = []

    def platform(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        line.post({"event": "notify", "type": "recording_finished", "callid": "c1"}, "/line")
        return httpx.Response(200)

    def stop() -> None:
        managed(line.runtime, platform, lambda manager: manager.send("c1", "stop"))

    with pytest.raises(ManageProblem, match="knows no such call"):
        stop()
    line.post({**ICE, "callResourceUrl": "https://calling-euc1.api.sinch.com/calling/v1/calls/id/c1"}, "/line")
    line.post({"event": "ace", "callid": "c1"}, "/line")
    stop()
    (request,) = asked
    assert str(request.url) == "https://calling-euc1.api.sinch.com/calling/v1/calls/id/c1/leg/both"
    assert "confirmed" in [one.entry.kind for one in line.made.ledger.of_call("c1")]
    line.made.ledger.close()


ROOM = """policy line
locale en-GB
store calls { url "s3://acme/calls/" credentials env STORE_CREDENTIALS }
on ice { answer say "This call is recorded." menu { prompt "9 to object." key 9 -> objection } }
on pie objection { connect conference "{{ call.callid }}" dtmf-mode detect }
on pie otherwise { record { say "We record this." } hangup }
opt-out objection
"""


def test_keys_in_a_room_are_answered_with_nothing(tmp_path: Path) -> None:
    """They come as a PIE whose menu is the room, which `on pie otherwise` does not mean."""
    line = Desk(build_of(tmp_path, ROOM), tmp_path / "ledger.db")
    line.post(ICE, "/line")
    pie = {"event": "pie", "callid": "c1"}
    objects = line.post({**pie, "menuResult": {"menuId": "main", "type": "return", "value": "objection"}}, "/line")
    assert b"connectConf" in objects.body
    keyed = line.post({**pie, "menuResult": {"menuId": "c1", "type": "sequence", "value": "5"}}, "/line")
    assert (keyed.status, b"startRecording" in keyed.body) == (200, False)
    assert line.alarms == []
    line.made.ledger.close()


@pytest.mark.parametrize(
    "address",
    ["http://calling.api.sinch.com/c1", "https://api.sinch.com.evil.example/c1", "https://u@calling.api.sinch.com/c1",
     "https://calling.api.sinch.com:8443/c1", "https://evil.example/.api.sinch.com", "//calling.api.sinch.com/c1",
     "https://calling.api.sinch.com:port/c1", "https://calling.api.sinch.com:99999/c1", "https://@calling.api.sinch.com",
     " https://calling.api.sinch.com", "https://[", "https://[.api.sinch.com", "https://calling.api.sinch.com/\x01", "https://evil.example\\.api.sinch.com",
     ""],
)  # fmt: skip
def test_credentials_go_to_the_platform_alone(address: str) -> None:
    assert not is_platform(address)
