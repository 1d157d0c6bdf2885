"""A lint is linear in the number of mistakes: four times as many cost hardly more than four times as many lines.

Each text here is full of one mistake, of which a rule once looked for something in all others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from growing import ANSWER, HEAD
from recpol.analysis.program import program
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.rules.check import check
from recpol.svaml.read import read_document
from test_growth import lines_of

TIMES = 4
MOST = 4.5
FEW = 60
MORE = 200
"""How many mistakes there are where fewer would not tell what is gone through for each of them."""


def numbered(one: str, count: int) -> str:
    """A text so many times, with `%d` as its number."""
    return "".join(one.replace("%d", str(number)) for number in range(count))


def found(files: tuple[str, str]) -> tuple[Finding, ...]:
    """What a lint finds in a policy or a document, whose name tells which of them it is."""
    source = Source(*files)
    return check(program(source) if source.path.endswith(".recpol") else read_document(source)).findings


# ── policies ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_SAID = "on ice { answer record {\n%s\nconnect pstn +46850020000 } }\n"
_TALKS = 'on pie m%d { menu { prompt "x" key 1 -> r%d key 2 -> m%d } }\non pie r%d { t%d: connect pstn +46850020000 }\n'
_MENU = 'on ice { answer menu { prompt "x" key 1 -> m0 } }\non pie otherwise { hangup }\n'
_STORE = 'store s%d { url "s3://acme/%d/" credentials env KEY keep 1y }\n'
_INTO = "on ice { answer\n%s\nhangup }\n"

POLICIES: dict[str, Callable[[int], str]] = {
    "guarantees that one call breaks": lambda n: (
        HEAD + _SAID.replace("%s", numbered('a%d: say "x"\n', n)) + numbered("never record a%d\n", n)
    ),
    "guarantees about places, and stores": lambda n: (
        HEAD
        + numbered(_STORE, n)
        + _INTO.replace("%s", numbered('record to s%d { say "x" }\n', n))
        + numbered('keep recordings in "s3://other/%d/**"\n', n)
    ),
    "guarantees about times, and stores": lambda n: (
        HEAD
        + numbered(_STORE, n)
        + _INTO.replace("%s", numbered('record to s%d { say "x" }\n', n))
        + numbered("keep recordings %dy\n", n)
    ),
    "requests in talks that are not there": lambda n: (
        HEAD + _MENU + numbered(_TALKS, n) + numbered("on manage q%d in x%d { record { continue } }\n", n)
    ),
}

# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────────

_FILE = "s3://acme/{{ call.x%d }}.mp3"
_OPTIONS = {"destination": "AWS", "credentials": "{{ env.KEY }}"}


def _start(number: int, url: str = "s3://acme/") -> Any:
    options = {**_OPTIONS, "destinationUrl": url}
    return {"command": "startRecording", "recordingName": f"r{number}", "recordingOptions": options}


def _dial(number: int, **events: Any) -> Any:
    to = {"type": "PHONE", "phone": {"number": "+46850020000"}}
    return {"command": "dial", "callName": f"c{number}", "to": to, "events": events}


def _stop(number: int) -> Any:
    return {"command": "stopRecording", "recordingName": f"r{number}"}


def _bridge(number: int) -> Any:
    return {"command": "bridgeCall", "bridgeName": f"b{number}"}


def _menu(count: int, name: str) -> Any:
    goto = [{"matches": {"1": [{"command": "gotoMenu", "menuName": f"{name}{n}"}]}} for n in range(count)]
    return {"command": "menu", "startMenu": "m0", "menus": {f"m{n}": one for n, one in enumerate(goto)}}


def _each(count: int, make: Callable[[int], Any]) -> Iterator[Any]:
    return (make(number) for number in range(count))


COMMANDS: dict[str, Callable[[int], Any]] = {
    "recordings in files": lambda n: {
        "commands": [ANSWER, *_each(n, lambda i: _start(i, _FILE.replace("%d", str(i))))]
    },
    "recordings that end at once": lambda n: {"commands": [ANSWER, *_each(n, _start), {"command": "hangup"}]},
    "stops of recordings that have ended": lambda n: {
        "commands": [ANSWER, *_each(n, _start)],
        "events": {"onHangup": [*_each(n, _stop)]},
    },
    "stops of recordings that are not there": lambda n: {
        "commands": [ANSWER, *_each(n, _start), *_each(n, lambda i: _stop(n + i))]
    },
    "goals of menus that are not there": lambda n: {"commands": [ANSWER, _menu(n, "q")]},
    "legs that nobody hangs up": lambda n: {
        "callName": "caller",
        "commands": [ANSWER, _bridge(0), *_each(n, lambda i: _dial(i, onAnswer=[_bridge(0)]))],
        "events": {"onHangup": [*_each(n, lambda i: {"command": "hangup", "callName": f"d{i}"})]},
    },
    "legs on bridges of which there are many": lambda n: {
        "commands": [ANSWER, *_each(n, _bridge), *_each(n, lambda i: _dial(i, onAnswer=[_bridge(i)]))]
    },
    "hangups of a leg that has ended": lambda n: {
        "callName": "caller",
        "commands": [ANSWER, *_each(n, _dial)],
        "events": {"onHangup": [*_each(n, lambda _: {"command": "hangup"})]},
    },
}

SUBTLE = ("goals of menus", "legs on bridges", "hangups of a leg")

TEXTS = [
    *(pytest.param("desk.recpol", make, FEW, id=name) for name, make in POLICIES.items()),
    *(
        pytest.param(
            "desk.svaml.json",
            lambda n, make=make: json.dumps(make(n)),
            MORE if name.startswith(SUBTLE) else FEW,
            id=name,
        )
        for name, make in COMMANDS.items()
    ),
]


@pytest.mark.parametrize(("name", "make", "few"), TEXTS)
def test_a_mistake_is_not_held_against_all_others(name: str, make: Callable[[int], str], few: int) -> None:
    found((name, make(1)))  # what is loaded once is loaded now
    small, large = (lines_of(found, (name, make(size))) for size in (few, few * TIMES))
    assert large <= MOST * small, (small, large)


class Walks:
    """Counts how often what replies consist of is put together."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from recpol.svaml.document import DocumentReply

        self.count, parts = 0, DocumentReply.parts

        def counted(reply: DocumentReply) -> Any:
            self.count += 1
            return parts.fget(reply)  # type: ignore[attr-defined]  # it is a property

        monkeypatch.setattr(DocumentReply, "parts", property(counted))


@pytest.mark.parametrize(
    "instruction",
    [
        pytest.param({"name": "Saay", "text": "x"}, id="an instruction that there is none of"),
        pytest.param({"name": "Say", "text": "x", "locale": "en-GB", "zzz": 1}, id="a property that there is none of"),
        pytest.param({"name": "Say", "text": "x", "locale": "en-GB", "record": True}, id="a flag where none can be"),
    ],
)
def test_a_reply_is_not_gone_through_for_each_mistake_in_it(instruction: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    walks = Walks(monkeypatch)
    counts: list[int] = []
    for size in (3, 30):
        walks.count = 0
        text = json.dumps({"instructions": [instruction] * size, "action": {"name": "Hangup"}})
        assert found(("desk.ice.json", text))
        counts.append(walks.count)
    assert counts[0] == counts[1]
