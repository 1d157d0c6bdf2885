"""Connects with an answer of their own, and calls that nobody answers: the manifest, and what a backend makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oracle.compiled import explored
from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.calls.scenario import read_scenario, spell
from recpol.compilation import Compilation, compile_program
from recpol.interpreters.v1.routes import index
from recpol.runtime.routes import routes_of
from recpol.semantics.simulate import simulate
from recpol.targets.catalogue import targets_named

TWO_DESKS = """
policy two-desks
locale en-GB
voice Amy
store sales { url "s3://acme-recordings/sales/" credentials env S3_CREDENTIALS }
store claims { url "s3://acme-recordings/claims/" credentials env S3_CREDENTIALS }
on ice { answer menu { prompt "Press 1, 2 or 3." key 1 -> sales key 2 -> claims key 3 -> other } }
on pie sales { agent: connect pstn +442079460101 }
on pie claims { handler: connect pstn +442079460102 }
on pie other { connect pstn +442079460103 }
on pie otherwise { hangup }
on ace agent { record to sales { continue } }
on ace handler { record to claims { continue } }
"""


def compiled(text: str, target: str = "svaml1") -> Compilation:
    return compile_program(program(Source("case.recpol", text), targets=targets_named([target])))


def manifest(compilation: Compilation) -> list[dict[str, Any]]:
    replies: list[dict[str, Any]] = json.loads(compilation.files["manifest.json"])["replies"]
    return replies


@pytest.mark.parametrize("target", ["classic", "svaml1"])
def test_the_manifest_says_after_which_reply_an_answer_comes(target: str) -> None:
    answers = {
        reply["file"]: reply["answers"] for reply in manifest(compiled(TWO_DESKS + "on ace { hangup }\n", target))
    }
    assert answers["ace.agent.json"] == [{"event": "ace", "after": ["pie.sales.json"]}]
    assert answers["ace.handler.json"] == [{"event": "ace", "after": ["pie.claims.json"]}]
    assert answers["ace.json"] == [{"event": "ace"}]


def test_the_answer_of_one_connect_goes_before_that_of_all_others() -> None:
    replies = manifest(compiled(TWO_DESKS + "on ace { hangup }\n"))
    for find in (index(replies).ace, lambda after: _file(routes_of(replies).event("ace", after))):
        assert [find(f"pie.{name}.json") for name in ("sales", "claims", "other")] == [
            "ace.agent.json",
            "ace.handler.json",
            "ace.json",
        ]


def _file(found: Any) -> str | None:
    return None if found is None else found.file


def test_whoever_does_not_know_the_last_reply_gets_no_guess() -> None:
    replies = manifest(compiled(TWO_DESKS + "on ace { hangup }\n"))
    assert routes_of(replies).event("ace", None) is None


def test_a_connect_without_an_answer_goes_on_by_itself() -> None:
    unit = compiled(TWO_DESKS).program
    events = (t.Presses("3"), t.Answers())
    ended = simulate(unit, events)
    assert [handler.key for handler in ended.handlers] == ["ice", "pie other"]
    assert ended.moment is not None
    assert ended.moment.mode == "talk"
    world = explored(unit, "svaml1")
    assert world.verdict("never record all").status == "broken"


@pytest.mark.parametrize(
    ("steps", "handlers"),
    [
        ("no answer", ["ice", "noanswer first"]),
        ("noanswer; busy", ["ice", "noanswer first", "busy"]),
        ("failed", ["ice"]),
        ("busy", ["ice", "busy"]),
    ],
)
def test_a_call_that_nobody_answers_goes_on_as_the_policy_says(steps: str, handlers: list[str]) -> None:
    text = """
policy hunt
locale en-GB
voice Amy
on ice { answer first: connect pstn +442079460101 }
on noanswer first { second: connect pstn +442079460102 }
on busy { say "All lines are busy." hangup }
"""
    compilation = compiled(text, "svaml2")
    assert compilation.files
    scenario = read_scenario(Source("scenario", steps))
    assert scenario.findings == ()
    ended = simulate(compilation.program, scenario.events)
    assert ended.impossible is None
    assert [handler.key for handler in ended.handlers] == handlers
    assert read_scenario(Source("again", spell(scenario.events))).events == scenario.events


def test_what_nobody_answers_leads_to_is_written_where_the_platform_looks_for_it() -> None:
    text = """
policy hunt
locale en-GB
voice Amy
on ice { answer first: connect pstn +442079460101 }
on noanswer first { second: connect pstn +442079460102 }
on busy first { say "Busy." hangup }
on failed { hangup }
"""
    document = json.loads(compiled(text, "svaml2").files["incoming.json"])
    events = document["commands"][-1]["events"]
    ends = [{"command": "hangup", "callName": "caller"}]
    assert events["onTimeout"][0]["to"]["phone"]["number"] == "+442079460102"
    assert events["onBusy"] == events["onReject"]
    assert events["onBusy"][0]["messages"][0]["say"]["text"] == "Busy."
    assert events["onFailure"] == events["onHangup"] == ends
    assert [command["command"] for command in events["onTimeout"]] == ["dial"], "the caller has joined the bridge"
