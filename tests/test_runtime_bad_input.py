"""Bad input, by name: what each answers, which alarm it is, that nobody is let in, and that nothing secret is told.

Slow and idle clients are in `test_runtime_clients`, full and deleted ledgers in `test_runtime_hostile`.
"""

from __future__ import annotations

import datetime
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from desks import ICE, NOW, build_of
from recpol.runtime.core import HttpAnswer, Runtime
from recpol.runtime.serving import ServeProblem, served
from recpol.runtime.wire import key_of, signature, signed_headers
from serving import KEY, SECRET, environment, signer

BODY = json.dumps(ICE).encode()
CALLER = ICE["cli"]
OLD, SOON = NOW - datetime.timedelta(seconds=301), NOW + datetime.timedelta(seconds=301)


@dataclass(frozen=True)
class Sent:
    """A request of a stranger, or of the platform; the rest is as it should be."""

    body: bytes = BODY
    path: str = "/desk"
    method: str = "POST"
    headers: dict[str, str] | None = None

    def to(self, runtime: Runtime) -> HttpAnswer:
        headers = signed_headers(signer(), self.method, self.path, self.body, NOW)
        return runtime.handle(self.method, self.path, headers if self.headers is None else self.headers, self.body, NOW)


def signed(body: bytes = BODY, **more: str) -> dict[str, str]:
    """The headers of a signed request, of which some are written otherwise after it was signed."""
    otherwise = {name.replace("_", "-"): value for name, value in more.items()}
    return {**signed_headers(signer(), "POST", "/desk", body, NOW), **otherwise}


def typed(content_type: str) -> dict[str, str]:
    """Signed with another content type."""
    stamp = "2026-11-28T12:00:00Z"
    made = signature(signer().secret, "POST", BODY, content_type, stamp, "/desk")
    return {"authorization": f"Application {KEY}:{made}", "x-timestamp": stamp, "content-type": content_type}


def event(**more: object) -> bytes:
    return json.dumps({**ICE, **more}).encode()


DEEP = b'{"event":"ice","callid":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
OTHER = key_of("v1", KEY, "AAAAAAAAAAAAAAAAAAAAAA==")
STRANGER = key_of("v1", "00000000-0000-0000-0000-000000000000", SECRET)
SERVICE = key_of("v2", KEY, SECRET)

ROWS: dict[str, tuple[Sent, int, list[str]]] = {
    "unsigned": (Sent(headers={}), 401, []),
    "half a signature": (Sent(headers={"authorization": f"Application {KEY}"}), 401, []),
    "Basic": (Sent(headers=signed(authorization="Basic QUJD")), 401, []),
    "signed with another secret": (Sent(headers=signed_headers(OTHER, "POST", "/desk", BODY, NOW)), 401, []),
    "of another application": (Sent(headers=signed_headers(STRANGER, "POST", "/desk", BODY, NOW)), 401, []),
    "of a service": (Sent(headers=signed_headers(SERVICE, "POST", "/desk", BODY, NOW)), 401, []),
    "a signature that is no ASCII": (Sent(headers=signed(authorization=f"Application {KEY}:é\udcff")), 401, []),
    "another body": (Sent(headers=signed(event(cli="+1"))), 401, []),
    "another path": (Sent(path="/desk/x", headers=signed()), 401, []),
    "another timestamp": (Sent(headers=signed(x_timestamp="2026-11-28T12:00:01Z")), 401, []),
    "another content type": (Sent(headers=signed(content_type="text/plain")), 401, []),
    "a content type that is signed": (Sent(headers=typed("application/json; charset=utf-8")), 200, []),
    "old": (Sent(headers=signed_headers(signer(), "POST", "/desk", BODY, OLD)), 401, []),
    "from the future": (Sent(headers=signed_headers(signer(), "POST", "/desk", BODY, SOON)), 401, []),
    "no POST": (Sent(method="PUT"), 405, []),
    "too large": (Sent(body=b" " * 65_537), 413, []),
    "no UTF-8": (Sent(body=b'{"event":"ice","callid":"\xff"}'), 400, []),
    "no JSON": (Sent(body=b"event=ice"), 400, []),
    "NaN": (Sent(body=b'{"event":"ice","callid":"c1","n":NaN}'), 400, []),
    "deep JSON": (Sent(body=DEEP), 400, []),
    "deep JSON that is too large": (Sent(body=b"[" * 100_000), 413, []),
    "no object": (Sent(body=b"[]"), 400, []),
    "nothing": (Sent(body=b""), 400, []),
    "no call": (Sent(body=b'{"event":"ice"}'), 400, []),
    "a call id of 10,000 characters": (Sent(body=event(callid="x" * 10_000)), 400, []),
    "a call id with a line break": (Sent(body=event(callid="c\r\nset-cookie: a=b")), 400, []),
    "a call id that is a number": (Sent(body=event(callid=7)), 400, []),
    "an unknown event": (Sent(body=event(event="dance")), 200, ["unknown-event"]),
    "the end of an unknown call": (Sent(body=event(event="dice")), 200, []),
    "a menu of nobody": (Sent(body=event(event="pie")), 200, ["no-answer"]),
    "a value that is a list": (Sent(body=event(cli=["+46"])), 200, ["not-filled"]),
    "a policy that is not there": (Sent(path="/nothing"), 404, ["no-policy"]),
    "a path with %2f": (Sent(path="/desk%2f"), 404, ["no-policy"]),
    "a path with ..": (Sent(path="/x/../desk"), 404, ["no-policy"]),
    "an encoded letter": (Sent(path="/%64esk"), 404, ["no-policy"]),
}  # fmt: skip


@pytest.fixture
def build(tmp_path: Path) -> Path:
    return build_of(tmp_path)


@pytest.fixture
def told() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def runtime(build: Path, tmp_path: Path, told: list[tuple[str, str]]) -> Iterator[Runtime]:
    made = served(
        str(build), env=environment(build), ledger=str(tmp_path / "ledger.db"), alarm=lambda *alarm: told.append(alarm)
    )
    yield made.runtime
    made.close()


@pytest.mark.parametrize("name", ROWS)
def test_bad_input(runtime: Runtime, told: list[tuple[str, str]], name: str) -> None:
    sent, status, alarms = ROWS[name]
    answer = sent.to(runtime)
    assert answer.status == status
    assert [alarm for alarm, _ in told] == alarms
    documents = [one.entry for one in runtime.ledger.all() if one.entry.kind == "sent"]
    assert bool(documents) == (name == "a content type that is signed"), "nobody is let in"
    said = answer.body.decode() + json.dumps(told) + str([one.entry for one in runtime.ledger.all()])
    if status != 200:
        assert set(json.loads(answer.body)) == {"error"}
        assert SECRET not in said
    for hidden in (SECRET, str(CALLER), "set-cookie", "Traceback"):
        assert hidden not in json.dumps(told)
        assert hidden not in str(documents)


def test_a_delivery_that_comes_again_is_kept_once(runtime: Runtime) -> None:
    first = Sent().to(runtime)
    assert Sent().to(runtime) == first
    assert [one.entry.kind for one in runtime.ledger.of_call("c1")] == ["sent"]


# ── ledgers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def locked(path: Path) -> Callable[[], None]:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other.close


def corrupt(path: Path) -> Callable[[], None]:
    whole = path.read_bytes()
    with path.open("r+b") as file:
        file.write(b"no database " * 2000)

    def undo() -> None:
        path.write_bytes(whole)

    return undo


@pytest.mark.parametrize("trouble", [locked, corrupt])
def test_a_ledger_that_cannot_be_written(
    trouble: Callable[[Path], Callable[[], None]], build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recpol.runtime.sqlite.WAIT_SECONDS", 0.05)
    monkeypatch.setattr("recpol.runtime.ledger.RETRY_SECONDS", 0.05)
    told: list[str] = []
    place = tmp_path / "ledger.db"
    made = served(str(build), env=environment(build), ledger=str(place), alarm=lambda name, _: told.append(name))
    while not made.ledger.all():
        pass
    undo = trouble(place)
    assert Sent().to(made.runtime).status == 200
    undo()
    made.close()
    again = served(str(build), env=environment(build), ledger=str(place), alarm=lambda name, _: told.append(name))
    Sent(body=event(callid="c2")).to(again.runtime)
    assert [one.entry.kind for one in again.ledger.of_call("c1")] == ["sent"], told
    again.close()


def test_a_ledger_that_is_corrupt_stops_the_start(build: Path, tmp_path: Path) -> None:
    place = tmp_path / "ledger.db"
    place.write_bytes(b"no database " * 2000)
    with pytest.raises(ServeProblem, match="the ledger cannot be opened"):
        served(str(build), env=environment(build), ledger=str(place), alarm=lambda *_: None)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere/ledger.db", "there is no folder"),
        ("", "is a folder"),
        ("text.db", "is no ledger"),
        ("postgresql://anna:hunter2@127.0.0.1:1/calls", "its database does not answer"),
        ("postgresql://anna:hunter2@[", "its database does not answer"),
    ],
)
def test_why_a_ledger_cannot_be_opened_is_said(place: str, said: str, build: Path, tmp_path: Path) -> None:
    """In words, not as what Python calls it."""
    (tmp_path / "text.db").write_bytes(b"no database " * 2000)
    ledger = place if "://" in place else str(tmp_path / place)
    with pytest.raises(ServeProblem, match=said) as problem:
        served(str(build), env=environment(build), ledger=ledger, alarm=lambda *_: None)
    assert "Error" not in str(problem.value)
    assert "hunter2" not in f"{problem.value}{problem.value.help}"


def test_a_build_that_is_not_there_is_said(build: Path, tmp_path: Path) -> None:
    (tmp_path / "desk.recpol").write_text("policy desk")
    for name, said in (("nope", "does not exist"), ("desk.recpol", "is a file, and no folder")):
        with pytest.raises(ServeProblem, match=said) as problem:
            served(str(tmp_path / name), env=environment(build), ledger=":memory:", alarm=lambda *_: None)
        assert problem.value.help == "name the folder that `recpol compile` wrote"
