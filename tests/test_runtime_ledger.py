"""What `recpol ledger` finds: a call for each check, and near-misses that accuse nobody."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recpol.cli.main import run as main
from recpol.runtime.checks import CHECKS, LedgerProblem, calls, looked_at, problems
from recpol.runtime.entries import KeptEntry, LedgerEntry
from recpol.runtime.expectations import act_data
from recpol.runtime.ledger import Ledger
from recpol.runtime.sqlite import LedgerFile

STORE = "s3://acme/calls/"
START = {"name": "startRecording", "options": {"destinationUrl": STORE}}
SILENT = {"name": "startRecording", "options": {"destinationUrl": STORE, "notificationEvents": False}}
NOTICE = {"name": "say", "text": "This call is recorded."}
CONNECT = {"name": "connectPstn", "number": "+46850020000"}


def reply(*instructions: object, action: object = CONNECT) -> dict[str, Any]:
    return {"instructions": list(instructions), "action": action}


def sent(event: str, document: dict[str, Any], kind: Any = "sent", **more: object) -> Callable[[float], LedgerEntry]:
    acts = list(act_data(document))
    return lambda at: LedgerEntry(
        at, "c1", kind, {"site": "desk", "event": event, "file": f"{event}.json", "acts": acts, **more}
    )


def told(kind: Any, **data: object) -> Callable[[float], LedgerEntry]:
    return lambda at: LedgerEntry(at, "c1", kind, {"site": "desk", **data})


ICE, ACE = sent("ice", reply()), sent("ace", reply(START, action={"name": "continue"}))
NO_ACE = sent("ace", reply(action={"name": "continue"}))
LATE = sent("ace", reply(NOTICE, START, action={"name": "continue"}))
FLAGGED = sent("ice", reply(action={**CONNECT, "record": True, "recordingOptions": {"destinationUrl": STORE}}))
ENDED = told("ended", result="ANSWERED", duration=100.0)
FINISHED, AVAILABLE = told("finished"), told("available", destination=f"{STORE}one.mp3")
STOPPED = sent("manage", reply({"name": "stopRecording"}, action={"name": "continue"}), "requested", status=204)
STARTED = sent("manage", reply(START, action={"name": "continue"}), "requested", status=204)

CALLS: dict[str, tuple[list[Callable[[float], LedgerEntry]], list[str]]] = {
    "all came": ([ICE, ACE, ENDED, FINISHED, AVAILABLE], []),
    "in another order": ([ICE, ACE, AVAILABLE, FINISHED, ENDED], []),
    "nothing came": ([ICE, ACE, ENDED], ["overdue-finished", "overdue-available"]),
    "not delivered": ([ICE, ACE, ENDED, FINISHED], ["overdue-available"]),
    "not told of": ([ICE, sent("ace", reply(SILENT, action={"name": "continue"})), ENDED], []),
    "nobody answered": ([sent("ice", reply(START)), told("ended", result="NOANSWER", duration=0)], []),
    "hung up during the notice": (
        [ICE, LATE, told("ended", result="ANSWERED", duration=2.0)],
        [],
    ),
    "talked after the notice": (
        [ICE, LATE, ENDED],
        ["overdue-finished", "overdue-available"],
    ),
    "a flag, answered": (
        [FLAGGED, NO_ACE, ENDED],
        ["overdue-finished", "overdue-available"],
    ),
    "a flag, not answered": (
        [
            FLAGGED,
            told("ended", result="BUSY", duration=0),
        ],
        [],
    ),
    "nobody answered, and a recording finished that nobody delivered": (
        [sent("ice", reply(START)), told("ended", result="NOANSWER", duration=0), FINISHED], ["overdue-available"],
    ),
    "nobody answered, and a recording is there that nobody told to have finished": (
        [sent("ice", reply(START)), told("ended", result="NOANSWER", duration=0), AVAILABLE], ["overdue-finished"],
    ),
    "nobody answered, and nothing is known of a recording": (
        [sent("ice", reply(START)), told("ended", result="NOANSWER", duration=0)], [],
    ),
    "a phase": (
        [ICE, ACE, STOPPED, FINISHED, told("confirmed", phase="card"), STARTED, ENDED, FINISHED, AVAILABLE,
         told("available", destination=f"{STORE}two.mp3")],
        [],
    ),
    "a phase, the second recording is missing": (
        [ICE, ACE, STOPPED, FINISHED, STARTED, ENDED, AVAILABLE], ["overdue-finished", "overdue-available"],
    ),
    "a phase that nobody confirmed": (
        [ICE, ACE, STOPPED, told("unconfirmed", phase="card"), ENDED, FINISHED, AVAILABLE], ["unconfirmed-stop"],
    ),
    "a request that was refused": (
        [ICE, NO_ACE, sent("manage", reply(START), "requested", status=404), ENDED], [],
    ),
    "a start of which nobody knows whether it acted": (
        [ICE, NO_ACE, sent("manage", reply(START, action={"name": "continue"}), "requested", status=504), ENDED], [],
    ),
    "a start of which nobody knows, and it did": (
        [ICE, NO_ACE, sent("manage", reply(START, action={"name": "continue"}), "requested", status=500), ENDED,
         FINISHED, AVAILABLE], [],
    ),
    "a start of which nobody knows, and it did, and its file is missing": (
        [ICE, NO_ACE, sent("manage", reply(START, action={"name": "continue"}), "requested", status=504), ENDED,
         FINISHED], ["overdue-available"],
    ),
    "a start of which nobody knows, and another one": (
        [ICE, NO_ACE, sent("manage", reply(START, action={"name": "continue"}), "requested", status=504), STARTED,
         ENDED], ["overdue-finished", "overdue-available"],
    ),
    "a stop of which nobody knows": (
        [ICE, ACE, sent("manage", reply({"name": "stopRecording"}, action={"name": "continue"}), "requested",
                        status=504), ENDED, FINISHED, AVAILABLE], [],
    ),
    "another bucket": (
        [ICE, ACE, ENDED, FINISHED, told("available", destination="s3://other/one.mp3")], ["outside-store"],
    ),
    "a bucket with a longer name": (
        [ICE, ACE, ENDED, FINISHED, told("available", destination="s3://acme/calls-2/one.mp3")], ["outside-store"],
    ),
    "another form of address": (
        [ICE, ACE, ENDED, FINISHED, told("available", destination="https://acme.s3.amazonaws.com/calls/one.mp3")], [],
    ),
    "one place twice": (
        [ICE, ACE, STOPPED, FINISHED, STARTED, ENDED, FINISHED, AVAILABLE, AVAILABLE], ["overwritten", "overwritten"],
    ),
    "a recording that nobody asked for": ([ICE, NO_ACE, ENDED, FINISHED], ["unexpected"]),
    "a failure": ([ICE, ACE, told("failed"), ENDED, FINISHED, AVAILABLE], ["failed"]),
    "ACE that did not come": ([ICE, ENDED], ["never-asked"]),
    "ACE that was not asked for": (
        [sent("ice", reply(action={**CONNECT, "suppressCallbacks": True})), ENDED], [],
    ),
}  # fmt: skip


def found(entries: list[LedgerEntry], now: float = 1e9) -> list[LedgerProblem]:
    kept = [KeptEntry(number, entry, "") for number, entry in enumerate(entries, 1)]
    return list(problems(kept, now, 600.0))


@pytest.mark.parametrize("name", CALLS)
def test_calls(name: str) -> None:
    made, expected = CALLS[name]
    entries = [make(float(n)) for n, make in enumerate(made)]
    assert [one.check for one in found(entries)] == expected
    assert all(one.check in CHECKS for one in found(entries))


def test_nothing_is_missing_before_its_time() -> None:
    entries = [make(float(n)) for n, make in enumerate([ICE, ACE, ENDED])]
    assert found(entries, now=2.0 + 599.0) == []
    assert len(found(entries, now=2.0 + 601.0)) == 2
    assert found(entries[:2], now=86_000.0) == [], "a call that goes on"
    assert [one.check for one in found(entries[:2], now=88_000.0)] == ["never-ended"]
    assert found([sent("ice", reply(action={**CONNECT, "suppressCallbacks": True}))(0.0)], now=88_000.0) == []


def test_what_is_not_counted_is_said() -> None:
    def of(number: int, *made: Callable[[float], LedgerEntry]) -> list[KeptEntry]:
        return [KeptEntry(n, replace(one(float(n)), call=f"c{number}"), "") for n, one in enumerate(made)]

    second = sent("call.incoming", {"commands": []})
    silent = sent("ace", reply(SILENT, action={"name": "continue"}))
    kept = [*of(1, ICE, ACE, ENDED), *of(2, ICE, ACE), *of(3, second, told("ended")), *of(4, ICE, silent, ENDED)]
    kept += of(5, ICE, told("trouble", event="ace", why="no-answer"), ENDED)
    kept += of(6, ICE, told("trouble", notify="new"), ENDED)
    assert looked_at(calls(kept), 5000.0, 600.0) == (
        "in 4 calls whose recordings are counted; 1 call not ended, or not long enough ago; 1 call of Voice API v2, "
        "where no event tells what is due; 1 call with a reply for trouble in place of one of the policy; "
        "1 recording of which the platform tells nothing"
    )


def test_a_talk_recorded_to_what_is_no_address_is_a_recording() -> None:
    flag = {**CONNECT, "record": True, "recordingOptions": {"destinationUrl": "calls"}}
    made = [sent("ice", reply(action=flag)), NO_ACE, ENDED, FINISHED, AVAILABLE]
    assert found([one(float(n)) for n, one in enumerate(made)]) == []


def test_a_recording_that_ends_long_before_its_call() -> None:
    entries = [ICE(0.0), ACE(1.0), FINISHED(2.0), AVAILABLE(3.0), ENDED(100.0)]
    assert [one.check for one in found(entries)] == ["ended-early"]
    assert found([*entries[:-1], ENDED(20.0)]) == []


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    path = str(tmp_path / "ledger.db")
    store = LedgerFile(path)
    store.write([LedgerEntry(0.0, "", "started", {}), *(make(float(n)) for n, make in enumerate([ICE, ACE, ENDED]))])
    store.close()
    return path


def test_check(ledger: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "check", ledger]) == 1
    out = capsys.readouterr()
    assert out.out.splitlines() == [
        "overdue-finished: desk c1: 0 of 1 recordings that are due were reported as finished",
        "overdue-available: desk c1: 0 of 1 recordings that are due were delivered",
    ]
    assert out.err == "2 problems in 1 call whose recordings are counted\n"
    Path(f"{ledger}.spool").touch()
    assert main(["ledger", "check", ledger]) == 1
    assert f"note: `{ledger}.spool` holds entries that the ledger did not take" in capsys.readouterr().err


def test_list_and_export(ledger: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "list", ledger, "--format", "json"]) == 0
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["call"], row["due"], row["finished"]) == ("c1", 1, 0)
    assert main(["ledger", "export", ledger]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["kind"] for row in rows] == ["started", "sent", "sent", "ended"]
    assert main(["ledger", "export", ledger, "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "number,at,call,kind,data,hash"


def test_prune(ledger: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "prune", ledger]) == 2
    assert "--days" in capsys.readouterr().err
    assert main(["ledger", "prune", ledger, "--days", "1"]) == 0
    assert "4 entries" in capsys.readouterr().out
    assert main(["ledger", "check", ledger]) == 0


def test_a_head_shows_that_the_end_was_cut_off(ledger: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever has the file can write a chain that holds in itself; only what is kept elsewhere shows it."""

    def changed(entries: int, of: str, head: str) -> list[str]:
        place = Path(ledger).with_name("changed.db")
        place.unlink(missing_ok=True)
        store = LedgerFile(str(place))
        store.write([LedgerEntry(float(n), "", "stopped", {"server": of}) for n in range(entries)])
        store.close()
        assert main(["ledger", "check", str(place)]) == 0
        capsys.readouterr()
        main(["ledger", "check", str(place), "--head", head])
        return capsys.readouterr().out.splitlines()

    assert main(["ledger", "head", ledger]) == 0
    head = capsys.readouterr().out.strip()
    assert head.startswith("4:")
    main(["ledger", "check", ledger, "--head", head])
    assert "changed" not in capsys.readouterr().out
    assert "ends at entry 3, and once had 4: its end was cut off" in changed(3, "one", head)[0]
    assert "entry 4 is not the one that once stood there" in changed(9, "one", head)[0]
    assert main(["ledger", "prune", ledger, "--days", "1"]) == 0
    assert main(["ledger", "check", ledger, "--head", head]) == 0
    assert "note: entries up to 4 were taken out on " in capsys.readouterr().err
    assert main(["ledger", "check", ledger, "--head", f"3:{'0' * 64}"]) == 1
    assert "the head 3 was taken out since" in capsys.readouterr().out
    assert main(["ledger", "check", ledger, "--head", "4:abc"]) == 2
    assert "NUMBER:HASH" in capsys.readouterr().err


def test_writing_takes_as_long_in_a_large_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[sqlite3.Connection] = []

    def connect(*words: Any, _made: Callable[..., sqlite3.Connection] = sqlite3.connect, **more: Any) -> Any:
        opened.append(_made(*words, **more))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", connect)
    store = LedgerFile(str(tmp_path / "ledger.db"))

    def steps(first: int) -> int:
        """How many steps SQLite's machine takes for 50 entries, of which one is there already."""
        taken = 0

        def step() -> int:
            nonlocal taken
            taken += 1
            return 0

        store.write([LedgerEntry(1.0, "c", "finished", {}, f"{first:06}")])
        opened[-1].set_progress_handler(step, 1)
        store.write([LedgerEntry(1.0, f"c{n}", "finished", {}, f"{first + n:06}") for n in range(50)])
        opened[-1].set_progress_handler(None, 1)
        return taken

    small = steps(0)
    store.write([LedgerEntry(1.0, f"c{n}", "finished", {}, f"{n:06}") for n in range(100, 5100)])
    assert steps(9000) < 1.5 * small
    store.close()


def _in_file(path: Path) -> int | None:
    """How many entries a ledger's file has without the log beside it; None while a checkpoint writes to it."""
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as file:
        try:
            count: int = file.execute("SELECT count(*) FROM entries").fetchone()[0]
        except sqlite3.DatabaseError:
            return None
        return count


def test_the_log_beside_a_ledger_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own checkpoints are off, for they would hold up the answers that wait for a transaction."""
    monkeypatch.setattr("recpol.runtime.sqlite.CHECKPOINT_ENTRIES", 10)
    path = tmp_path / "ledger.db"
    alarms: list[str] = []
    ledger = Ledger(lambda: LedgerFile(str(path)), f"{path}.spool", lambda name, _: alarms.append(name))
    sizes = []
    for n in range(300):
        assert ledger.append([LedgerEntry(float(n), f"c{n}", "finished", {})]).result(5)
        sizes.append(Path(f"{path}-wal").stat().st_size)
    assert max(sizes) < 1.5 * max(sizes[:50])
    deadline = time.monotonic() + 30
    while (entries := _in_file(path)) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert entries is not None
    assert entries > 250
    ledger.close()
    assert alarms == []


def test_a_ledger_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nothing, empty, text = tmp_path / "nothing.db", tmp_path / "empty.db", tmp_path / "desk.recpol"
    empty.touch()
    text.write_text("policy desk, which is no database at all, however long the text of it may be\n")
    for place, said in (
        (nothing, "does not exist"),
        (tmp_path, "is a folder"),
        (empty, "is no ledger"),
        (text, "is no ledger"),
    ):
        for what in ("check", "list", "export"):
            assert main(["ledger", what, str(place)]) == 2
            message = capsys.readouterr().err
            assert said in message
            assert "Error" not in message
    assert not nothing.exists()
    assert empty.read_bytes() == b""


def test_a_cell_is_no_formula(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "ledger.db")
    store = LedgerFile(path)
    store.write([LedgerEntry(1.0, "=1+1", "finished", {})])
    store.close()
    assert main(["ledger", "export", path, "--format", "csv"]) == 0
    assert "'=1+1" in capsys.readouterr().out
