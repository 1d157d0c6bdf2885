"""A build that is read anew, a server that was not there, and alarms that go to an address."""

from __future__ import annotations

import base64
import hmac
import json
import queue
from collections.abc import Mapping
from pathlib import Path

import pytest

from desks import ICE, POLICY, Desk, build_of
from recpol.runtime import memory
from recpol.runtime.alarms import TRIES, AlarmWebhook
from recpol.runtime.checks import problems
from recpol.runtime.entries import KeptEntry, LedgerEntry
from recpol.runtime.presence import Presence

OTHER = POLICY.replace("s3://acme/calls/", "s3://acme/new/")


def store_of(body: bytes) -> str:
    found: str = json.loads(body)["instructions"][0]["options"]["destinationUrl"]
    return found


@pytest.fixture
def build(tmp_path: Path) -> Path:
    return build_of(tmp_path)


def test_a_call_keeps_the_build_it_began_with(build: Path, tmp_path: Path) -> None:
    desk = Desk(build, tmp_path / "ledger.db")
    desk.post(ICE)
    build_of(tmp_path, OTHER)
    assert desk.made.reload()
    desk.post({**ICE, "callid": "c2"})
    assert store_of(desk.post({"event": "ace", "callid": "c1"}).body) == "s3://acme/calls/"
    assert store_of(desk.post({"event": "ace", "callid": "c2"}).body) == "s3://acme/new/"
    assert desk.alarms == []
    desk.made.close()


def test_a_call_that_only_the_ledger_knows_keeps_its_build_after_a_reload(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(build, tmp_path / "ledger.db")
    desk.post(ICE)
    build_of(tmp_path, OTHER)
    desk.made.reload()
    monkeypatch.setattr(memory, "MOST_CALLS", 1)
    desk.post({**ICE, "callid": "c2"})
    assert store_of(desk.post({"event": "ace", "callid": "c1"}).body) == "s3://acme/calls/"
    desk.made.close()


def test_a_call_goes_on_with_the_build_that_is_there_after_a_restart(build: Path, tmp_path: Path) -> None:
    before = Desk(build, tmp_path / "ledger.db")
    before.post(ICE)
    before.made.close()
    build_of(tmp_path, OTHER)
    after = Desk(build, tmp_path / "ledger.db")
    assert store_of(after.post({"event": "ace", "callid": "c1"}).body) == "s3://acme/new/"
    assert after.alarms == ["build-changed"]
    after.made.close()


@pytest.mark.parametrize("broken", ["[", '{"manifestVersion": 1, "replies": []}'])
def test_a_build_that_cannot_be_read_changes_nothing(build: Path, tmp_path: Path, broken: str) -> None:
    desk = Desk(build, tmp_path / "ledger.db")
    (build / "desk" / "manifest.json").write_text(broken)
    assert not desk.made.reload()
    assert desk.post(ICE).status == 200
    assert desk.alarms == ["reload-failed"]
    desk.made.close()


def started(at: float, server: str, *, before: float | None, alone: bool | None = True, **more: object) -> LedgerEntry:
    return LedgerEntry(at, "", "started", {"server": server, "before": before, "alone": alone, **more})


def stopped(at: float, server: str) -> LedgerEntry:
    return LedgerEntry(at, "", "stopped", {"server": server})


@pytest.mark.parametrize(
    ("entries", "gaps"),
    [
        ([started(0, "a", before=None)], 0),
        ([started(0, "a", before=None), stopped(10, "a"), started(12, "b", before=10)], 0),
        ([started(0, "a", before=None), stopped(10, "a"), started(99, "b", before=10)], 1),
        ([started(0, "a", before=None), started(11, "b", before=10)], 1),
        ([started(0, "a", before=None), started(11, "b", before=10, alone=False)], 0),
        ([started(0, "a", before=None), started(11, "b", before=10, alone=None)], 0),
        ([started(0, "a", before=None), started(99, "a", before=10, reload=True)], 0),
    ],
)
def test_a_time_without_a_server_is_a_gap(entries: list[LedgerEntry], gaps: int) -> None:
    kept = [KeptEntry(number, entry, "") for number, entry in enumerate(entries, 1)]
    assert [one.check for one in problems(kept, 1e9, 600.0)] == ["gap"] * gaps


def test_a_server_knows_whether_it_is_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "running")
    first = Presence(path)
    second = Presence(path)
    assert (first.alone, second.alone) == (True, False)
    first.close()
    third = Presence(path)
    assert third.alone is False, "the second is there still"
    second.close()
    third.close()
    last = Presence(path)
    assert last.alone is True
    last.close()
    assert Presence(str(tmp_path / "nowhere" / "running")).alone is None


def test_a_crash_is_a_gap_and_a_stop_in_order_is_none(build: Path, tmp_path: Path) -> None:
    def gaps(desk: Desk) -> int:
        desk.made.ledger.append([LedgerEntry(0.0, "", "started", {"reload": True})]).result(5)
        return len(list(problems(desk.made.ledger.all(by_call=True), 1e12, 600.0)))

    first = Desk(build, tmp_path / "ledger.db")
    first.made.close()
    second = Desk(build, tmp_path / "ledger.db")
    assert gaps(second) == 0
    (tmp_path / "ledger.db.running").unlink()  # a killed process holds no lock
    third = Desk(build, tmp_path / "ledger.db")
    assert gaps(third) == 1
    second.made.ledger.close()
    third.made.close()


class Address:
    """Where alarms go: fails as often as it is told to."""

    def __init__(self, failures: int) -> None:
        self.failures, self.tries = failures, 0
        self.got: queue.Queue[tuple[bytes, Mapping[str, str]]] = queue.Queue()

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        self.tries += 1
        if self.tries <= self.failures:
            if self.tries % 2:
                raise OSError("nobody there")
            return 503
        self.got.put((body, headers))
        return 204


@pytest.mark.parametrize("failures", [0, TRIES - 1])
def test_an_alarm_is_signed_and_sent_until_it_is_taken(failures: int, capsys: pytest.CaptureFixture[str]) -> None:
    address = Address(failures)
    AlarmWebhook(address, b"a-secret", pause=0.0)("no-policy", "a callback came")
    body, headers = address.got.get(timeout=5)
    assert json.loads(body)["alarm"] == "no-policy"
    signed = hmac.digest(b"a-secret", headers["x-recpol-timestamp"].encode() + b"\n" + body, "sha256")
    assert base64.b64decode(headers["x-recpol-signature"]) == signed
    assert '"alarm": "no-policy"' in capsys.readouterr().err


def test_an_address_that_takes_nothing_is_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    address = Address(TRIES)
    raised = AlarmWebhook(address, b"a-secret", pause=0.0)
    raised("one", "first")
    raised("two", "second")
    assert json.loads(address.got.get(timeout=5)[0])["alarm"] == "two"
    assert address.tries == TRIES + 1
    assert "alarm-not-sent" in capsys.readouterr().err
