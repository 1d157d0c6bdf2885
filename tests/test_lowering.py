"""Decisions to SVAML: what each rule of the lowering writes, in a short notation.

A reply is written as its instructions and its action: `Start(calls)`, `Stop` and the plain names of the others; an
action that carries the flag has `+calls`. Whole documents are compared in the golden files and in the tests of the
founding page.
"""

from __future__ import annotations

from typing import Any

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.compilation import compile_program
from recpol.platform.targets import CLASSIC
from recpol.rules.check import check
from recpol.settings.levels import Level

STORES = """
store calls { url "s3://acme-calls/in/" credentials env KEY }
store other { url "s3://acme-other/in/" credentials env KEY }
"""


def _store(options: dict[str, Any]) -> str:
    url: str = options["destinationUrl"]
    return {"s3://acme-calls/in/": "calls", "s3://acme-other/in/": "other"}[url]


def _word(form: dict[str, Any]) -> str:
    name: str = form["name"]
    if name == "StartRecording":
        return f"Start({_store(form.get('options') or form['recordingOptions'])})"
    if name == "StopRecording":
        return "Stop"
    return name + (f"+{_store(form['recordingOptions'])}" if form.get("recording") else "")


def replies(text: str) -> dict[str, str]:
    """The replies of a policy in the short notation."""
    unit = program(Source("x.recpol", "policy desk\nlocale en-GB\n" + STORES + text), targets=(CLASSIC,))
    levels: dict[str, Level] = dict.fromkeys(("unused-store", "app-call-recording", "unreachable-handler"), "off")
    checked = check(unit, levels)
    assert [f.message for f in checked.errors] == []
    result = compile_program(unit, levels)
    return {
        reply.file.removesuffix(".json"): " ".join(
            _word(form) for form in (*reply.document.get("instructions", ()), reply.document["action"])
        )
        for reply in result.replies
    }


CASES = {
    "start before the first recorded prompt": (
        'on ice { answer say "a" record to calls { say "b" connect pstn +46850020000 } }',
        {"ice": "Answer Say Start(calls) Say ConnectPstn"},
    ),
    "stop before the first unrecorded segment": (
        'on ice { answer record to calls { say "b" } say "c" connect pstn +46850020000 }',
        {"ice": "Answer Start(calls) Say Stop Say ConnectPstn"},
    ),
    "stop before an unrecorded action": (
        'on ice { answer record to calls { say "b" } connect pstn +46850020000 }',
        {"ice": "Answer Start(calls) Say Stop ConnectPstn"},
    ),
    "nothing before a hang-up": (
        'on ice { answer record to calls { say "b" } hangup }',
        {"ice": "Answer Start(calls) Say Hangup"},
    ),
    "the flag where the recording begins at the action": (
        'on ice { record to calls { connect sip "sip:a@example.com" } }',
        {"ice": "ConnectSip+calls"},
    ),
    "a change of store between prompts": (
        'on ice { answer record to calls { say "a" } record to other { say "b" } hangup }',
        {"ice": "Answer Start(calls) Say Stop Start(other) Say Hangup"},
    ),
    "a change of store at an action that carries the flag": (
        'on ice { answer record to calls { say "a" } record to other { connect pstn +46850020000 } }',
        {"ice": "Answer Start(calls) Say Stop ConnectPstn+other"},
    ),
    "the recorder goes on across replies": (
        "on ice { record to calls { connect pstn +46850020000 } } on ace { record to calls { continue } }",
        {"ice": "ConnectPstn+calls", "ace": "Continue"},
    ),
    "the recorder stops in a later reply": (
        'on ice { record to calls { connect pstn +46850020000 } } on ace { say "a" continue }',
        {"ice": "ConnectPstn+calls", "ace": "Stop Say Continue"},
    ),
    "a menu needs the instruction": (
        (
            'on ice { answer record to calls { menu { prompt "Press 1." key 1 -> on } } }'
            " on pie on { connect pstn +46850020000 } on pie otherwise { hangup }"
        ),
        {"ice": "Answer Start(calls) RunMenu", "pie.on": "Stop ConnectPstn", "pie.otherwise": "Hangup"},
    ),
    "parking needs the instruction": (
        'on ice { answer record to calls { park { hold "Wait." } } } on manage pick { connect pstn +46850020000 }',
        {"ice": "Answer Start(calls) Park", "manage.pick": "Stop ConnectPstn"},
    ),
    "a participant of a conference": (
        'on ice { record call to calls { connect conference "x" } }',
        {"ice": "Start(calls) ConnectConf"},
    ),
    "the room of a conference": (
        'on ice { record conference to calls { connect conference "x" } }',
        {"ice": "ConnectConf+calls"},
    ),
    "participant and room": (
        'on ice { record call to calls { record conference to other { connect conference "x" } } }',
        {"ice": "Start(calls) ConnectConf+other"},
    ),
    "a participant whose recording runs already": (
        'on ice { answer record call to calls { say "a" record conference to other { connect conference "x" } } }',
        {"ice": "Answer Start(calls) Say ConnectConf+other"},
    ),
    "a recorded caller enters an unrecorded conference": (
        'on ice { answer record to calls { say "a" } connect conference "x" }',
        {"ice": "Answer Start(calls) Say Stop ConnectConf"},
    ),
    "an app call knows only the flag": (
        'on ice { answer say "a" record to calls { connect app "anna" } }',
        {"ice": "Answer Say ConnectMxp+calls"},
    ),
    "a rule reaches the conversation behind the connect": (
        "on ice { agent: connect pstn +46850020000 } on ace { continue } record agent to calls",
        {"ice": "ConnectPstn+calls", "ace": "Continue"},
    ),
    "a conversation with a label of its own does not inherit": (
        "on ice { agent: connect pstn +46850020000 } on ace { talk: continue } record talk to calls",
        {"ice": "ConnectPstn", "ace": "Continue+calls"},
    ),
    "tags are inherited too": (
        (
            'on ice { answer menu { prompt "Press." key 1 -> a key 2 -> b } }'
            " on pie a { connect pstn +46850020001 @taped } on pie b { connect pstn +46850020002 @taped }"
            " on pie otherwise { hangup } on ace { continue } record @taped to calls"
        ),
        {
            "ice": "Answer RunMenu",
            "pie.a": "ConnectPstn+calls",
            "pie.b": "ConnectPstn+calls",
            "pie.otherwise": "Hangup",
            "ace": "Continue",
        },
    ),
    "everything but the prompts": (
        'on ice { answer hello: say "a" tones "1#" connect pstn +46850020000 } record all except hello to calls',
        {"ice": "Answer Say Start(calls) SendDtmf ConnectPstn"},
    ),
    "a phase out of the recording": (
        "on ice { agent: connect pstn +46850020000 { phase card } } record agent except card to calls",
        {"ice": "ConnectPstn+calls", "manage.card.begin": "Stop", "manage.card.end": "Start(calls)"},
    ),
    "a phase into the recording": (
        "on ice { agent: connect pstn +46850020000 { phase trade } } record trade to calls",
        {"ice": "ConnectPstn", "manage.trade.begin": "Start(calls)", "manage.trade.end": "Stop"},
    ),
    "a phase like its conversation needs no request": (
        "on ice { agent: connect pstn +46850020000 { phase talk } } record agent to calls",
        {"ice": "ConnectPstn+calls"},
    ),
    "a phase behind an answer": (
        (
            "on ice { agent: connect pstn +46850020000 { phase card @card } } on ace { continue }"
            " record agent except @card to calls"
        ),
        {"ice": "ConnectPstn+calls", "ace": "Continue", "manage.card.begin": "Stop", "manage.card.end": "Start(calls)"},
    ),
    "a phase of a participant in a conference": (
        'on ice { room: connect conference "x" { phase vote } } record call room except vote to calls',
        {"ice": "Start(calls) ConnectConf", "manage.vote.begin": "Stop", "manage.vote.end": "Start(calls)"},
    ),
    "a phase recorded by a block and left out by no one": (
        "on ice { record to calls { connect pstn +46850020000 { phase card } } }",
        {"ice": "ConnectPstn+calls"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_lowering(name: str) -> None:
    text, wanted = CASES[name]
    assert replies(text) == wanted


def test_the_same_bytes_for_the_same_policy() -> None:
    text = "policy p\n" + STORES + "on ice { record to calls { connect pstn +46850020000 } }"
    one = compile_program(program(Source("p.recpol", text), targets=(CLASSIC,)), {"unused-store": "off"})
    two = compile_program(program(Source("p.recpol", text), targets=(CLASSIC,)), {"unused-store": "off"})
    assert dict(one.files) == dict(two.files)
    assert list(one.files) == ["ice.json", "manifest.json"]
