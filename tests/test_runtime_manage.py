"""Requests to calls that run: one at a time, confirmed or said not to be, however slow the ledger is."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from desks import ICE, Desk, build_of, managed
from recpol.runtime import commits
from recpol.runtime.app import application
from recpol.runtime.checks import problems
from recpol.runtime.commits import CommitWaiter, committed
from recpol.runtime.defaults import RequestEffect
from recpol.runtime.entries import LedgerEntry
from recpol.runtime.ledger import answered
from recpol.runtime.manage import Manager, PhaseNotConfirmed
from recpol.runtime.sending import ManageOptions, ManageProblem, Unconfirmed
from recpol.runtime.sqlite import LedgerFile
from serving import TOKEN

POLICY = """policy line
locale en-GB
store calls { url "s3://acme/calls/" credentials env STORE_CREDENTIALS }
on ice { answer say "This call is recorded." @notice agent: connect pstn +442079460102 { phase card @card } }
record agent except @card
announce @notice before recording
"""

OBJECTION = (
    POLICY.replace(" { phase card @card }", "").replace(" except @card", "")
    + """\
on manage stop in agent { say "Nothing is recorded now." to everyone unrecorded: continue }
never record unrecorded
"""
)

STOP, CARD = {"request": "stop"}, {"phase": "card", "moment": "begin"}


class Line:
    """A call that is recorded, and a platform that confirms nothing unless it is told to."""

    def __init__(self, folder: Path, text: str = POLICY) -> None:
        self.desk = Desk(build_of(folder, text), folder / "ledger.db")
        self.requests: list[httpx.Request] = []
        self.answers: Callable[[int], httpx.Response] = lambda _: httpx.Response(204)
        self.desk.post(ICE, "/line")
        self.desk.post({"event": "ace", "callid": "c1"}, "/line")

    def asked(self, act: Callable[[Manager], Awaitable[Any]], unconfirmed: Unconfirmed | None = None) -> Any:
        def platform(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return self.answers(len(self.requests))

        return managed(self.desk.runtime, platform, act, ManageOptions(confirm=0.0, unconfirmed=unconfirmed))

    def pressed(self, form: dict[str, str], unconfirmed: Unconfirmed | None = None) -> str:
        """What the agent's page says after a button was pressed; of the recorder, in `recorder`."""

        async def press(manager: Manager) -> str:
            app = application(replace(self.desk.made, manager=lambda: manager))
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as agent:
                page = await agent.post("/agent", data={"call": "c1", **form}, auth=("agent", TOKEN))
            self.recorder = page.text.partition('class="on">')[2].partition("<")[0]
            return page.text.partition('role="status">')[2].partition("</p>")[0]

        said: str = self.asked(press, unconfirmed)
        return said

    @property
    def kept(self) -> list[LedgerEntry]:
        """What the ledger says of the call since it was recorded, when all of it is written."""
        self.desk.made.ledger.append([LedgerEntry(0.0, "", "stopped", {})]).result(5)
        return [one.entry for one in self.desk.made.ledger.of_call("c1")[2:]]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path)
    yield made
    made.desk.made.close()


def slow(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the ledger tell of nothing in time that it has written."""
    ledger = line.desk.made.ledger
    append = ledger.append

    def appended(entries: Sequence[LedgerEntry]) -> Future[bool]:
        future = append(entries)
        return Future() if entries else future

    monkeypatch.setattr(ledger, "append", appended)
    monkeypatch.setattr(commits, "COMMIT_SECONDS", 0.01)


def test_a_slow_ledger_does_not_keep_a_call_from_being_ended(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as while_slow:
        slow(line, while_slow)
        with pytest.raises(PhaseNotConfirmed, match="took the request to end the call"):
            line.asked(lambda manager: manager.phase("c1", "card", "begin"), "hangup")
    assert [entry.kind for entry in line.kept] == ["requested", "unconfirmed", "requested"]
    assert line.desk.alarms == ["ledger-late"] * 3


TWO_TALKS = """policy line
locale en-GB
store calls { url "s3://acme/calls/" credentials env STORE_CREDENTIALS }
on ice { answer menu { prompt "One or two?" key 1 -> agent key 2 -> sales } }
on pie agent { agent: connect pstn +442079460102 { phase card @card } }
on pie sales { sales: connect pstn +442079460103 }
on pie otherwise { hangup }
record agent, sales except @card
"""


@pytest.mark.parametrize(
    ("talk", "sent", "refused", "said"),
    [
        ("agent", 1, PhaseNotConfirmed, "did not confirm within"),
        ("sales", 0, ManageProblem, "has no request `card begin` for what the call is in"),
    ],
)
def test_a_phase_begins_in_no_other_talk(
    tmp_path: Path, talk: str, sent: int, refused: type[Exception], said: str
) -> None:
    """The talk with sales is recorded from its beginning to its end."""
    line = Line(tmp_path, TWO_TALKS)
    menu = {"menuId": "main", "type": "return", "value": talk}
    line.desk.post({"event": "pie", "callid": "c1", "menuResult": menu}, "/line")

    with pytest.raises(refused, match=said):
        line.asked(lambda manager: manager.phase("c1", "card", "begin"))
    assert len(line.requests) == sent


@pytest.mark.parametrize(
    ("form", "answer", "unconfirmed", "said"),
    [
        (CARD, 204, None, ["did not confirm within", "do not begin `card`"]),
        (STOP, 204, None, ["did not confirm within", "let nothing be said that must not be recorded"]),
        (CARD, 204, "hangup", ["took the request to end the call", "What helps: call again"]),
        (STOP, 403, "hangup", ["refused the credentials", "the call could not be ended", "look at the keys"]),
        ({"request": "other"}, 204, None, ["has no request `other`", "What helps: name another"]),
    ],
)
def test_the_agent_reads_what_happened_and_what_helps(
    tmp_path: Path, form: dict[str, str], answer: int, unconfirmed: Unconfirmed | None, said: list[str]
) -> None:
    line = Line(tmp_path, OBJECTION if form == STOP else POLICY)
    line.answers = lambda _: httpx.Response(answer)
    words = line.pressed(form, unconfirmed)
    assert [one for one in said if one not in words] == [], words
    assert "begin ." not in words
    named = [entry.data for entry in line.kept if entry.kind == "unconfirmed"]
    if answer == 403 or "did not confirm" in words:
        what = {"request": "stop"} if form == STOP else {"phase": "card"}
        assert named == [what]
        ((kind, name),) = what.items()
        (found,) = problems(line.desk.made.ledger.all(by_call=True), 0.0, 600.0)
        assert found.words == f"the stop of {kind} `{name}` was not confirmed: it may have been recorded"
    line.desk.made.close()


PROMPTS = POLICY.replace("{ phase card @card }", '{ phase card @card phase hello { begin { say "Hello." } } }')


@pytest.mark.parametrize(("late", "said"), [(False, "not confirm"), (True, "sent; the request stopped no recording")])
def test_a_stop_that_was_not_confirmed_is_not_confirmed_by_another_one(line: Line, late: bool, said: str) -> None:
    """The second stop is taken too; what was recorded is known when the platform tells of it."""
    assert "not confirm" in line.pressed(CARD)
    assert line.recorder == "not known: a stop or a start was not confirmed"
    if late:
        line.desk.post({"event": "notify", "type": "recording_finished", "callid": "c1"}, "/line")
    assert said in line.pressed(CARD)
    assert line.recorder == ("off" if late else "not known: a stop or a start was not confirmed")


def test_a_stop_that_is_sent_again_is_confirmed_by_the_word_of_the_first(line: Line) -> None:
    assert "not confirm" in line.pressed(CARD)

    def stops(_: int) -> httpx.Response:
        line.desk.post({"event": "notify", "type": "recording_finished", "callid": "c1"}, "/line")
        return httpx.Response(204)

    line.answers = stops
    assert "the recording has stopped" in line.pressed(CARD)
    assert line.recorder == "off"


def test_what_came_of_a_request_is_said_and_nothing_more(tmp_path: Path) -> None:
    """A phase in which the recording goes on stops none."""
    line = Line(tmp_path, PROMPTS)

    def stops(_: int) -> httpx.Response:
        line.desk.post({"event": "notify", "type": "recording_finished", "callid": "c1"}, "/line")
        return httpx.Response(204)

    line.answers = stops
    said = [line.pressed({"phase": phase, "moment": moment}) for phase, moment in (
        ("hello", "begin"), ("hello", "end"), ("card", "begin"), ("card", "begin"), ("card", "end"),
    )]  # fmt: skip
    assert [words.rpartition(">")[2] for words in said] == [
        "hello begins: sent; the request stopped no recording.", "hello ends: nothing had to be sent.",
        "card begins: the recording has stopped.", "card begins: sent; the request stopped no recording.",
        "card ends: a recording was asked to begin.",
    ]  # fmt: skip
    line.desk.made.close()


def test_requests_of_a_call_are_sent_one_at_a_time(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for the lock has it before somebody who comes when it is handed on."""

    async def at_once_(ask: Callable[..., Any], *more: Any) -> Any:
        return ask(*more)

    monkeypatch.setattr(asyncio, "to_thread", at_once_)  # each request gets to the platform in a few rounds of the loop
    at_once: list[int] = [0]
    most: list[int] = []

    async def platform(asked: httpx.Request) -> httpx.Response:
        assert asked.method == "PATCH"
        at_once[0] += 1
        most.append(at_once[0])
        for _ in range(50):
            await asyncio.sleep(0)
        at_once[0] -= 1
        return httpx.Response(204)

    async def three(manager: Manager) -> None:
        def end() -> asyncio.Task[RequestEffect]:
            return asyncio.create_task(manager.phase("c1", "card", "end"))

        first, second = end(), end()
        await first
        await asyncio.gather(second, end())

    managed(line.desk.runtime, platform, three)
    assert most == [1, 1, 1]


def test_what_is_done_while_it_is_asked_for_is_not_waited_for(line: Line) -> None:
    """The ledger's thread may end between the look and the wait."""

    class Racing(Future[bool]):
        def done(self) -> bool:
            was = super().done()
            if not was:
                self.set_result(True)
                waiter._committed(self)  # noqa: SLF001  as the ledger's thread calls it
            return was

    waiter = CommitWaiter(line.desk.runtime)
    told = asyncio.Event()

    async def wait() -> None:
        waiter.then(Racing(), told.set)
        await asyncio.wait_for(told.wait(), 5)

    asyncio.run(wait())
    assert line.desk.alarms == []


def test_an_entry_that_was_let_go_of_is_told_of(line: Line) -> None:
    lost: Future[bool] = Future()
    lost.cancel()
    asyncio.run(committed(line.desk.runtime, lost))
    assert line.desk.alarms == ["ledger-late"]
    assert answered(lost, 0.0) is None


def test_a_ledger_that_cannot_be_read_is_no_call_that_is_over(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(_: str) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as while_unreadable:
        while_unreadable.setattr(line.desk.made.ledger, "of_call", unreadable)
        with pytest.raises(PhaseNotConfirmed):
            line.asked(lambda manager: manager.phase("c1", "card", "begin"))
    assert [entry.kind for entry in line.kept] == ["requested", "unconfirmed"]


def test_a_start_that_is_only_in_the_spool_is_no_call_that_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is recorded is read from the ledger, which may lack the reply that began it."""

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    line = Line(tmp_path)
    with monkeypatch.context() as while_full:
        while_full.setattr(LedgerFile, "write", full)
        line.desk.post({**ICE, "callid": "c2"}, "/line")
        line.desk.post({"event": "ace", "callid": "c2"}, "/line")
        with pytest.raises(PhaseNotConfirmed):
            line.asked(lambda manager: manager.phase("c2", "card", "begin"))
        line.pressed({"call": "c2", **CARD})
        assert line.recorder == "not known: the ledger lacks entries at the moment"
    line.desk.made.close()
    store = LedgerFile(str(tmp_path / "ledger.db"), read_only=True)
    assert [one.entry.kind for one in store.of_call("c2")] == ["sent", "sent", "requested", "unconfirmed"]
    store.close()


def test_a_ledger_that_was_deleted_is_no_call_that_is_not_recorded(line: Line, tmp_path: Path) -> None:
    line.desk.made.ledger.flushed().result(5)
    for more in ("", "-wal", "-shm"):
        (tmp_path / f"ledger.db{more}").unlink(missing_ok=True)
    for _ in range(3):
        assert "did not confirm" in line.pressed(CARD)
        assert line.recorder.startswith("not known")


def test_a_problem_of_a_request_is_no_traceback(line: Line) -> None:
    def undecodable(_: int) -> httpx.Response:
        raise httpx.DecodingError("not gzip")

    line.answers = undecodable
    with pytest.raises(ManageProblem, match="whether the request acted is not known") as told:
        line.asked(lambda manager: manager.phase("c1", "card", "begin"))
    assert told.value.status == 504
    assert [entry.kind for entry in line.kept] == ["requested", "unconfirmed"]
    assert line.kept[0].data["status"] == 504


@pytest.mark.parametrize(("status", "waits"), [(204, True), (500, True), (0, True), (400, False)])
def test_a_start_that_may_have_acted_has_to_be_confirmed_to_have_stopped(line: Line, status: int, waits: bool) -> None:
    def stops(_: int) -> httpx.Response:
        line.desk.post({"event": "notify", "type": "recording_finished", "callid": "c1"}, "/line")
        return httpx.Response(204)

    def starts(_: int) -> httpx.Response:
        if not status:
            raise httpx.ReadTimeout("")
        return httpx.Response(status)

    line.answers = stops
    line.asked(lambda manager: manager.phase("c1", "card", "begin"))
    line.answers = starts
    with contextlib.nullcontext() if status == 204 else pytest.raises(ManageProblem):
        line.asked(lambda manager: manager.phase("c1", "card", "end"))
    line.answers = lambda _: httpx.Response(204)
    with pytest.raises(PhaseNotConfirmed) if waits else contextlib.nullcontext():
        line.asked(lambda manager: manager.phase("c1", "card", "begin"))
