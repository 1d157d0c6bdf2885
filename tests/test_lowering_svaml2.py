"""The target svaml2, construct by construct: the documents written out by hand, which the schema and the SDK accept.

Whole policies stand in `tests/golden-svaml2/`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.base.validate import validate_document
from recpol.compilation import Compilation, compile_program
from recpol.platform.targets import SVAML2
from recpol.settings.levels import Level
from test_conformance_sinch import accepts

Json = dict[str, Any]

HEADER = """policy desk
locale en-GB
voice Amy
voice Astrid in sv-SE
store calls { url "s3://acme-calls/in/" credentials env KEY }
store other { url "gs://acme-other/in/" credentials env KEY format wav direction inbound transcribe sv-SE }
"""
QUIET: dict[str, Level] = dict.fromkeys(("unused-store", "unused-voice", "dials-after-hangup"), "off")


def compiled(text: str) -> Compilation:
    result = compile_program(program(Source("x.recpol", HEADER + text), targets=(SVAML2,)), QUIET)
    assert [f"{finding.rule}: {finding.message}" for finding in result.checked.errors] == []
    return result


def documents(text: str) -> dict[str, Json]:
    """The documents of a policy by file name, each valid by schema and SDK; without the acknowledgement."""
    made = {reply.file: reply.document for reply in compiled(text).replies}
    for document in made.values():
        assert list(validate_document("svaml2", document)) == []
        assert accepts(document) == []
    made.pop("acknowledge.json", None)
    return made


def incoming(text: str) -> Json:
    return documents(text)["incoming.json"]


# ── the words of the expected documents ──────────────────────────────────────────────────────────────────────────

ANSWER: Json = {"command": "answer"}
HANGUP: Json = {"command": "hangup"}
END: Json = {"command": "hangup", "callName": "caller"}
BRIDGE: Json = {"command": "bridgeCall", "bridgeName": "talk"}
CALLS = {"destination": "AWS", "destinationUrl": "s3://acme-calls/in/", "credentials": "{{ env.KEY }}"}
OTHER = {
    "destination": "GCP",
    "destinationUrl": "gs://acme-other/in/",
    "credentials": "{{ env.KEY }}",
    "format": "WAV",
    "recordingType": "INBOUND",
    "transcriptionOptions": {"isEnabled": True, "locale": "sv-SE"},
}


def call(*commands: Json, dials: bool = True) -> Json:
    document: Json = {"callName": "caller", "commands": [ANSWER, *commands]}
    return document | ({"events": {"onHangup": [{"command": "hangup", "callName": "callee"}]}} if dials else {})


def say(text: str, voice: str = "Amy") -> Json:
    return {"type": "SAY", "say": {"text": text, "voiceName": voice}}


def play(url: str) -> Json:
    return {"type": "PLAY", "play": {"url": url}}


def sound(*messages: Json | str, then: list[Json]) -> Json:
    listed = [say(message) if isinstance(message, str) else message for message in messages]
    return {"command": "messages", "messages": listed, "events": {"onFinish": then}}


def start(name: str, options: Json | None = None, **events: list[Json]) -> Json:
    form: Json = {"command": "startRecording", "recordingName": name, "recordingOptions": options or CALLS}
    return form | ({"events": events} if events else {})


def stop(name: str) -> Json:
    return {"command": "stopRecording", "recordingName": name}


def to_phone(number: str = "+46850020000") -> Json:
    return {"type": "PHONE", "phone": {"number": number}}


def dial(*answered: Json, to: Json | None = None, **more: Any) -> Json:
    ends = ("onBusy", "onReject", "onTimeout", "onHangup", "onFailure")
    events = {"onAnswer": list(answered or (BRIDGE,)), **{event: [END] for event in ends}}
    return {"command": "dial", "callName": "callee", "to": to or to_phone(), **more, "events": events}


def menu(**items: Json) -> Json:
    return {"command": "menu", "startMenu": "main", "menus": items}


def prompt(*texts: str) -> Json:
    return {"messages": [say(text) for text in texts]}


DESK = [BRIDGE, dial()]
"""What `connect pstn +46850020000` comes to."""

OTHERWISE = "on pie desk { connect pstn +46850020000 } on pie otherwise { hangup }"

# ── prompts ──────────────────────────────────────────────────────────────────────────────────────────────────────

PROMPTS: dict[str, tuple[str, Json]] = {
    "what comes after sounds stands in their onFinish, and sounds after each other are one command": (
        'on ice { answer say "a" say "b" in sv-SE play "https://a.example/1.wav" connect pstn +46850020000 }',
        call(sound("a", say("b", "Astrid"), play("https://a.example/1.wav"), then=DESK)),
    ),
    "SSML": (
        'on ice { answer say ssml "<p>a</p>" hangup }',
        call(
            sound({"type": "SAY", "say": {"text": "<p>a</p>", "voiceName": "Amy", "format": "SSML"}}, then=[HANGUP]),
            dials=False,
        ),
    ),
    "eleven sounds are two commands": (
        "on ice { answer " + " ".join(f'say "{n}"' for n in range(11)) + " hangup }",
        call(sound(*map(str, range(10)), then=[sound("10", then=[HANGUP])]), dials=False),
    ),
    "files count one by one": (
        "on ice { answer play " + ", ".join(f'"https://a.example/{n}"' for n in range(21)) + " hangup }",
        call(
            sound(
                *(play(f"https://a.example/{n}") for n in range(10)),
                then=[
                    sound(
                        *(play(f"https://a.example/{n}") for n in range(10, 20)),
                        then=[sound(play("https://a.example/20"), then=[HANGUP])],
                    )
                ],
            ),
            dials=False,
        ),
    ),
    "a call is answered before anything is heard, and not to be hung up only": (
        "on ice { hangup }",
        {"callName": "caller", "commands": [HANGUP]},
    ),
    "an answer that is not written": ("on ice { connect pstn +46850020000 }", call(*DESK)),
}

# ── recordings ───────────────────────────────────────────────────────────────────────────────────────────────────

RECORDINGS: dict[str, tuple[str, Json]] = {
    "a recording begins before the first sound that it records": (
        'on ice { answer say "a" record to calls { say "b" connect pstn +46850020000 } }',
        call(sound("a", then=[start("calls-1"), sound("b", then=DESK)])),
    ),
    "a stop does not wait where nothing secret follows": (
        'on ice { answer record to calls { say "a" } say "b" hangup }',
        call(start("calls-1"), sound("a", then=[stop("calls-1"), sound("b", then=[HANGUP])]), dials=False),
    ),
    "another store is another recording, and the second start of a store another name": (
        'on ice { answer record to calls { say "a" } record to other { say "b" } record to calls { say "c" } hangup }',
        call(
            start("calls-1"),
            sound(
                "a",
                then=[
                    stop("calls-1"),
                    start("other-1", OTHER),
                    sound("b", then=[stop("other-1"), start("calls-2"), sound("c", then=[HANGUP])]),
                ],
            ),
            dials=False,
        ),
    ),
    "what follows a stop stands in the recording's onFinish where a secret follows": (
        (
            "on recording failure hangup\nnever record secret\n"
            'on ice { answer record to calls { say "a" } secret: say "b"\n'
            "record to calls { connect pstn +46850020000 } }"
        ),
        call(
            start(
                "calls-1",
                onFinish=[sound("b", then=[start("calls-2", onFailure=[END]), *DESK])],
                onFailure=[END],
            ),
            sound("a", then=[stop("calls-1")]),
        ),
    ),
    "a secret further on is waited for where the recording ends": (
        (
            "on recording failure hangup\nnever record secret\n"
            'on ice { answer record to calls { say "a" } say "b" menu { prompt "c" key 1 -> pin } }\n'
            'on pie pin { secret: say "d" hangup } on pie otherwise { hangup }'
        ),
        call(
            start(
                "calls-1",
                onFinish=[
                    sound(
                        "b",
                        then=[
                            menu(
                                main={
                                    "prompt": prompt("c"),
                                    "matches": {"1": [sound("d", then=[HANGUP])]},
                                    "onFailure": [HANGUP],
                                }
                            )
                        ],
                    )
                ],
                onFailure=[END],
            ),
            sound("a", then=[stop("calls-1")]),
            dials=False,
        ),
    ),
    "two recordings end before a secret, each in its time": (
        (
            "on recording failure hangup\nnever record secret\n"
            'on ice { answer record to calls { say "a" } record to other { say "b" } secret: say "c" hangup }'
        ),
        call(
            start(
                "calls-1",
                onFinish=[
                    start("other-1", OTHER, onFinish=[sound("c", then=[HANGUP])], onFailure=[END]),
                    sound("b", then=[stop("other-1")]),
                ],
                onFailure=[END],
            ),
            sound("a", then=[stop("calls-1")]),
            dials=False,
        ),
    ),
    "a recording that fails ends the call": (
        "on recording failure hangup\non ice { answer record to calls { connect pstn +46850020000 } }",
        call(start("calls-1", onFailure=[END]), *DESK),
    ),
    "a recording that begins when the callee answers is on the callee's leg and ends the caller's": (
        (
            "on recording failure hangup\n"
            "on ice { answer connect pstn +46850020000 } on ace { record to calls { continue } }"
        ),
        call(BRIDGE, dial(start("calls-1", onFailure=[END]), BRIDGE)),
    ),
    "a recording that ends when the callee answers": (
        "on ice { answer record to calls { connect pstn +46850020000 } } on ace { continue }",
        call(start("calls-1"), BRIDGE, dial(stop("calls-1"), BRIDGE)),
    ),
    "a recording goes on through a menu, and each way stops it by its name": (
        (
            'on ice { answer record to calls { menu { prompt "a" key 1 -> one key 2 -> two } } }\n'
            'on pie one { record to calls { connect pstn +46850020000 } } on pie two { say "b" hangup }\n'
            "on pie otherwise { hangup }"
        ),
        call(
            start("calls-1"),
            menu(
                main={
                    "prompt": prompt("a"),
                    "matches": {"1": DESK, "2": [stop("calls-1"), sound("b", then=[HANGUP])]},
                    "onFailure": [HANGUP],
                }
            ),
        ),
    ),
}

# ── connects ─────────────────────────────────────────────────────────────────────────────────────────────────────

CONNECTS: dict[str, tuple[str, Json]] = {
    "a number, with what v2 knows of the options": (
        "on ice { answer connect pstn +46850020000 cli +46850021111 dial-timeout 20s max-duration 2h }",
        call(
            BRIDGE,
            dial(dialTimeoutDurationSeconds=20, maxCallDurationSeconds=7200)
            | {"from": {"type": "PHONE", "phone": {"number": "+46850021111"}}},
        ),
    ),
    "a number that is withheld is left out": ("on ice { connect pstn +46850020000 cli private }", call(*DESK)),
    "a SIP address gets its scheme": (
        'on ice { answer connect sip "a@pbx.example" transport tls header "X-Desk" = "north" }',
        call(
            BRIDGE,
            dial(
                to={
                    "type": "SIP",
                    "sip": {
                        "endpoint": "sip:a@pbx.example",
                        "transport": "TLS",
                        "callHeaders": [{"key": "X-Desk", "value": "north"}],
                    },
                }
            ),
        ),
    ),
    "a SIP address keeps its scheme, in small letters": (
        'on ice { answer connect sip "SIPS:a@pbx.example" }',
        call(BRIDGE, dial(to={"type": "SIP", "sip": {"endpoint": "sips:a@pbx.example"}})),
    ),
    "a stream": (
        'on ice { answer connect stream "wss://a.example/in" sample-rate 16000 }',
        call(
            BRIDGE,
            dial(
                to={
                    "type": "STREAM",
                    "stream": {"endpoint": "wss://a.example/in", "streamOptions": {"sampleRate": 16000}},
                }
            ),
        ),
    ),
    "ACE with continue": ("on ice { answer connect pstn +46850020000 } on ace { continue }", call(*DESK)),
    "ACE with hangup ends the caller's leg, and with it the callee's": (
        "on ice { answer connect pstn +46850020000 } on ace { hangup }",
        call(BRIDGE, dial(END)),
    ),
    "suppressed callbacks have no ACE": (
        'on ice { answer menu { prompt "a" key 1 -> quiet key 2 -> desk } }\n'
        "on pie quiet { connect pstn +46850021111 suppress-callbacks } on ace { record to calls { continue } }\n"
        + OTHERWISE,
        call(
            menu(
                main={
                    "prompt": prompt("a"),
                    "matches": {
                        "1": [BRIDGE, dial(to=to_phone("+46850021111"))],
                        "2": [BRIDGE, dial(start("calls-1"), BRIDGE)],
                    },
                    "onFailure": [HANGUP],
                }
            )
        ),
    ),
}

# ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────────

MENUS: dict[str, tuple[str, Json]] = {
    "keys, and what follows silence and wrong keys": (
        'on ice { answer menu { prompt "a", "b" repeat "c" 3 times wait 7s barge no key 1 -> desk key "*" -> bye } }\n'
        'on pie bye { say "d" hangup }\n' + OTHERWISE,
        call(
            menu(
                main={
                    "prompt": prompt("a", "b") | {"allowBargeIn": False},
                    "repeatPrompt": prompt("c") | {"allowBargeIn": False},
                    "inputTimeoutDurationSeconds": 7,
                    "repeatCount": 3,
                    "matches": {"1": DESK, r"\*": [sound("d", then=[HANGUP])]},
                    "onFailure": [HANGUP],
                }
            )
        ),
    ),
    "keys that lead to one reply are one expression": (
        'on ice { answer menu { prompt "a" key 1 -> desk key "*" -> desk key "#" -> desk } }\n' + OTHERWISE,
        call(menu(main={"prompt": prompt("a"), "matches": {"[1*#]": DESK}, "onFailure": [HANGUP]})),
    ),
    "digits end with the hash or with their number": (
        'on ice { answer menu { prompt "a" digits 4 -> desk } }\n' + OTHERWISE,
        call(
            menu(
                main={
                    "prompt": prompt("a"),
                    "maximumInputLength": 4,
                    "terminatingSequence": "#",
                    "matches": {"[0-9]{1,4}#?": DESK},
                    "onFailure": [HANGUP],
                }
            )
        ),
    ),
    "a key beside digits can be ended with the hash too, and comes first": (
        'on ice { answer menu { prompt "a" digits 4 -> desk key 0 -> bye key 9 -> bye key "*" -> menu more\n'
        '  menu more { prompt "b" key 1 -> desk } } }\n'
        'on pie bye { say "c" hangup }\n' + OTHERWISE,
        call(
            menu(
                main={
                    "prompt": prompt("a"),
                    "maximumInputLength": 4,
                    "terminatingSequence": "#",
                    "matches": {
                        r"\*#?": [{"command": "gotoMenu", "menuName": "more"}],
                        "[09]#?": [sound("c", then=[HANGUP])],
                        "[0-9]{1,4}#?": DESK,
                    },
                    "onFailure": [HANGUP],
                },
                more={"prompt": prompt("b"), "matches": {"1": DESK}, "onFailure": [HANGUP]},
            )
        ),
    ),
    "menus lead to each other, and long names are cut": (
        'on ice { answer menu { prompt "a" key 1 -> menu a-rather-long-name key 2 -> menu a-rather-long-name-too\n'
        '  menu a-rather-long-name { prompt "b" key 1 -> desk key 9 -> menu main }\n'
        '  menu a-rather-long-name-too { prompt "c" key 1 -> desk } } }\n' + OTHERWISE,
        call(
            menu(
                **{
                    "main": {
                        "prompt": prompt("a"),
                        "matches": {
                            "1": [{"command": "gotoMenu", "menuName": "a-rather-long--1"}],
                            "2": [{"command": "gotoMenu", "menuName": "a-rather-long--2"}],
                        },
                        "onFailure": [HANGUP],
                    },
                    "a-rather-long--1": {
                        "prompt": prompt("b"),
                        "matches": {"9": [{"command": "gotoMenu", "menuName": "main"}], "1": DESK},
                        "onFailure": [HANGUP],
                    },
                    "a-rather-long--2": {"prompt": prompt("c"), "matches": {"1": DESK}, "onFailure": [HANGUP]},
                }
            )
        ),
    ),
    "a reply that ways of several menus lead to is copied": (
        'on ice { answer menu { prompt "a" key 1 -> desk key 2 -> more } }\n'
        'on pie more { menu { prompt "b" key 1 -> desk } }\n' + OTHERWISE,
        call(
            menu(
                main={
                    "prompt": prompt("a"),
                    "matches": {
                        "1": DESK,
                        "2": [menu(main={"prompt": prompt("b"), "matches": {"1": DESK}, "onFailure": [HANGUP]})],
                    },
                    "onFailure": [HANGUP],
                }
            )
        ),
    ),
    "silence and wrong keys where the policy names one reply for both": (
        'on ice { answer menu { prompt "a" key 1 -> desk timeout -> bye invalid -> bye } }\n'
        'on pie bye { say "b" hangup }\n' + OTHERWISE,
        call(
            menu(
                main={"prompt": prompt("a"), "matches": {"1": DESK}, "onFailure": [sound("b", then=[HANGUP])]},
            )
        ),
    ),
}


@pytest.mark.parametrize("name", PROMPTS)
def test_prompts(name: str) -> None:
    text, expected = PROMPTS[name]
    assert incoming(text) == expected


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings(name: str) -> None:
    text, expected = RECORDINGS[name]
    assert incoming(text) == expected


@pytest.mark.parametrize("name", CONNECTS)
def test_connects(name: str) -> None:
    text, expected = CONNECTS[name]
    assert incoming(text) == expected


@pytest.mark.parametrize("name", MENUS)
def test_menus(name: str) -> None:
    text, expected = MENUS[name]
    made = incoming(text)
    assert made == expected
    for item, hoped in zip(menus(made), menus(expected), strict=True):
        assert list(item.get("matches", {})) == list(hoped.get("matches", {})), "the first that matches is taken"


def menus(document: Json) -> list[Json]:
    (command,) = (command for command in document["commands"] if command["command"] == "menu")
    return list(command["menus"].values())


# ── phases ───────────────────────────────────────────────────────────────────────────────────────────────────────


def answers(text: str) -> dict[str, list[Json]]:
    return {reply.file: list(reply.answers) for reply in compiled(text).replies}


def begin(phase: str, **more: Any) -> list[Json]:
    return [{"event": "manage", "phase": phase, "moment": "begin", "in": ["incoming.json"]} | more]


def end(phase: str, **more: Any) -> list[Json]:
    return [{"event": "manage", "phase": phase, "moment": "end", "in": ["incoming.json"]} | more]


def reported(name: str) -> Json:
    return {"event": f"call.webhook.{name}.finished", "recordingName": name}


def hook(name: str) -> Json:
    url = "{{ env.SINCH_WEBHOOK_URL }}"
    return {"command": "webhook", "webhookName": name, "url": url, "fallbackUrl": url}


def told(name: str, options: Json | None = None) -> Json:
    """A recording whose end a request waits for, so that it is reported by name."""
    return start(name, options, onFinish=[hook(f"{name}.finished")], onFailure=[hook(f"{name}.failed")])


CARD = "on ice { answer desk: connect pstn +46850020000 { phase card } }\nrecord desk except card to calls\n"
TRADE = "on ice { answer connect pstn +46850020000 { phase trade } }\non ace { continue }\nrecord trade to calls\n"


def test_a_phase_that_stops_a_recording() -> None:
    assert documents(CARD) == {
        "incoming.json": call(told("calls-1"), *DESK),
        "manage.card.begin.json": {"commands": [stop("calls-1")]},
        "manage.card.end.json": {"commands": [told("calls-1")]},
    }
    assert answers(CARD) == {
        "incoming.json": [{"event": "call.incoming"}],
        "acknowledge.json": [{"event": "call.webhook.calls-1.finished"}, {"event": "call.webhook.calls-1.failed"}],
        "manage.card.begin.json": begin("card", waitFor=reported("calls-1")),
        "manage.card.end.json": end("card"),
    }


@pytest.mark.parametrize(
    ("text", "events"),
    [
        (CARD, ["call.webhook.calls-1.finished", "call.webhook.calls-1.failed"]),
        (
            "on ice { answer record to calls { connect pstn +46850020000 } }\n",
            ["call.recording.finished", "call.recording.failed"],
        ),
        ("on recording failure hangup\n" + CARD, ["call.webhook.calls-1.finished"]),
        ("on recording failure hangup\non ice { answer record to calls { connect pstn +46850020000 } }\n", []),
        (
            "on ice { answer connect pstn +46850020000 amd on }\n",
            ["call.amd.human", "call.amd.machine", "call.amd.beep", "call.amd.unknown"],
        ),
    ],
)
def test_what_the_webhook_is_told_is_acknowledged(text: str, events: list[str]) -> None:
    """An event that nothing answers would end the call, so each has an answer, which does nothing."""
    replies = {reply.file: reply for reply in compiled(text).replies}
    if not events:
        assert "acknowledge.json" not in replies
        return
    reply = replies["acknowledge.json"]
    assert reply.document == {"commands": []}
    assert [answer["event"] for answer in reply.answers] == events
    assert list(validate_document("svaml2", reply.document)) == []


def test_a_phase_that_is_recorded() -> None:
    assert documents(TRADE) == {
        "incoming.json": call(*DESK),
        "manage.trade.begin.json": {"commands": [told("calls-1")]},
        "manage.trade.end.json": {"commands": [stop("calls-1")]},
    }
    assert answers(TRADE)["manage.trade.end.json"] == end("trade", waitFor=reported("calls-1"))


def test_a_phase_that_is_recorded_elsewhere() -> None:
    text = (
        "on ice { answer desk: connect pstn +46850020000 { phase trade } }\n"
        "record desk except trade to calls\nrecord trade to other\n"
    )
    assert documents(text) == {
        "incoming.json": call(told("calls-1"), *DESK),
        "manage.trade.begin.json": {"commands": [stop("calls-1"), told("other-1", OTHER)]},
        "manage.trade.end.json": {"commands": [stop("other-1"), told("calls-1")]},
    }
    assert answers(text)["manage.trade.begin.json"] == begin("trade", waitFor=reported("calls-1"))
    assert answers(text)["manage.trade.end.json"] == end("trade", waitFor=reported("other-1"))


def test_a_phase_that_changes_nothing_has_no_requests() -> None:
    text = "on ice { answer desk: connect pstn +46850020000 { phase card } }\nrecord desk to calls\n"
    assert documents(text) == {"incoming.json": call(start("calls-1"), *DESK)}


@pytest.mark.parametrize("text", [CARD, TRADE])
def test_a_recording_that_is_reported_ends_the_call_by_itself_where_it_fails(text: str) -> None:
    made = documents("on recording failure hangup\n" + text)
    before, after = json.dumps([hook("calls-1.failed")]), json.dumps([END])
    assert made == json.loads(json.dumps(documents(text)).replace(before, after))


def test_a_recording_that_is_not_reported_has_its_own_handler() -> None:
    made = documents(
        "on recording failure hangup\nnever record secret\n"
        'on ice { answer record to calls { say "a" } secret: say "b" desk: connect pstn +46850020000 { phase card } }\n'
        "record desk except card to calls\n"
    )
    second = start("calls-2", onFinish=[hook("calls-2.finished")], onFailure=[END])
    assert made["incoming.json"] == call(
        start("calls-1", onFinish=[sound("b", then=[second, *DESK])], onFailure=[END]),
        sound("a", then=[stop("calls-1")]),
    )
    assert made["manage.card.begin.json"] == {"commands": [stop("calls-2")]}


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_names_are_cut_and_stay_different() -> None:
    one, two = "a-store-with-a-name-that-is-long-one", "a-store-with-a-name-that-is-long-two"
    result = compile_program(
        program(
            Source(
                "x.recpol",
                f"""policy desk
voice Amy
store {one} {{ url "s3://acme-one/" credentials env KEY }}
store {two} {{ url "s3://acme-two/" credentials env KEY }}
on ice {{ answer record to {one} {{ say "a" }} record to {two} {{ connect pstn +46850020000 }} }}
""",
            ),
            targets=(SVAML2,),
        )
    )
    first, messages = result.replies[0].document["commands"][1:]
    stopped, second = messages["events"]["onFinish"][:2]
    assert stopped["recordingName"] == first["recordingName"] == "a-store-with-a-name-that-is-lo-1"
    assert second["recordingName"] == "a-store-with-a-name-that-is-lo-2"


def test_the_same_policy_gives_the_same_bytes() -> None:
    text = RECORDINGS["two recordings end before a secret, each in its time"][0]
    assert compiled(text).files == compiled(text).files
