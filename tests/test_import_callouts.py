"""`recpol import` of callouts and of Manage Call bodies that nobody wrote as a policy."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.compilation import compile_program
from recpol.importer import import_documents
from recpol.svaml.read import read_document
from test_import import OPTIONS, imported, told

TO = {"type": "number", "endpoint": "+442079460104"}
START = {"name": "startRecording", "options": OPTIONS}


def tts(**more: Any) -> dict[str, Any]:
    body = {"cli": "+442079460100", "destination": TO, "domain": "pstn", "locale": "en-GB"}
    return {"method": "ttsCallout", "ttsCallout": {**body, **more}}


def custom(ice: object, **more: Any) -> dict[str, Any]:
    return {"method": "customCallout", "customCallout": {"ice": json.dumps(ice), **more}}


def reply(action: dict[str, Any], *instructions: dict[str, Any]) -> dict[str, Any]:
    return {"instructions": list(instructions), "action": action} if instructions else {"action": action}


PSTN = reply({"name": "connectPstn", "number": "+442079460104", "cli": "+442079460100", "maxDuration": 600})
SAY = {"name": "say", "text": "This call is recorded.", "locale": "en-GB"}
HANGUP = {"name": "hangup"}
TALK = {"name": "connectPstn", "number": "+442079460105"}


def statements(text: str, *names: str) -> list[str]:
    """The handlers of a policy on one line each, those that begin so."""
    blocks = [" ".join(block.split()) for block in text.split("\n\n")]
    return [block for block in blocks if block.startswith(names)]


@pytest.mark.parametrize(
    ("document", "handler"),
    [
        (
            tts(text="Your table is ready."),
            'on callout table { call pstn +442079460104 cli +442079460100 say "Your table is ready." hangup }',
        ),
        (
            tts(prompts="#tts[Hello.];#href[https://a.example/bye.wav]"),
            (
                'on callout table { call pstn +442079460104 cli +442079460100 say "Hello." '
                'play "https://a.example/bye.wav" hangup }'
            ),
        ),
        (
            {
                "method": "conferenceCallout",
                "conferenceCallout": {
                    "destination": {"type": "username", "endpoint": "anna"},
                    "domain": "mxp",
                    "custom": "order 7",
                    "conferenceId": "board",
                    "greeting": "Welcome.",
                    "locale": "en-GB",
                    "maxDuration": 3600,
                    "mohClass": "music1",
                },
            },
            (
                'on callout table { call app "anna" custom "order 7" max-duration 1h say "Welcome." '
                'connect conference "board" moh music1 }'
            ),
        ),
    ],
)
def test_a_callout_of_our_own_words_comes_back(document: dict[str, Any], handler: str) -> None:
    result = imported({"callout.table.json": document})
    assert statements(result.text, "on ") == [handler], told(result)
    assert (result.differences, [f.rule for f in result.findings]) == ((), [])


def test_replies_inside_a_custom_callout_become_handlers_of_its_own() -> None:
    menu = {
        "name": "runMenu",
        "locale": "en-GB",
        "menus": [{"id": "main", "mainPrompt": "#tts[Press 1.]", "maxDigits": 1}],
    }
    document = custom(
        PSTN,
        enableAce=True,
        enablePie=True,
        ace=json.dumps(reply(menu, SAY)),
        pie=json.dumps(reply(HANGUP, START, SAY)),
    )
    result = imported({"callout.survey.json": document})
    ask, ace, pie = statements(result.text, "on ")
    assert ask == "on callout survey { call pstn +442079460104 max-duration 10m cli +442079460100 }"
    assert ace.startswith('on ace survey { say "This call is recorded." menu {')
    assert pie == 'on pie otherwise { record { say "This call is recorded." } hangup }'
    assert result.differences == (
        "callout.survey.json: its `ace`, which is `ace.survey.json` then",
        "callout.survey.json: its `pie`, which is `pie.otherwise.json` then",
    )
    assert not [finding for finding in result.findings if finding.level == "error"]


def test_what_a_callout_asks_for_and_nobody_answers_is_told() -> None:
    result = imported({"callout.survey.json": custom(PSTN, enableAce=True, enablePie=True)})
    assert [finding.rule for finding in result.findings] == ["callout-unanswered"]
    both: dict[str, object] = {
        "callout.survey.json": custom(PSTN, enableDice=True),
        "ace.survey.json": reply(HANGUP, SAY),
    }
    assert imported(both).differences == (
        "callout.survey.json: customCallout.enableDice",
        "callout.survey.json: customCallout.enableAce",
    )


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        (
            {"callout.a.json": custom(reply(HANGUP))},
            "a custom callout without ConnectPstn, and that alone, in its `ice`",
        ),
        ({"callout.a.json": custom(reply(TALK, SAY))}, "a custom callout without ConnectPstn"),
        ({"callout.a.json": {"method": "customCallout", "customCallout": {}}}, "a custom callout without ConnectPstn"),
        (
            {"callout.a.json": custom(reply({**TALK, "record": True, "recordingOptions": OPTIONS}))},
            "a recording in the",
        ),
        ({"callout.a.json": custom(reply({**TALK, "indications": "se"}))}, "`indications` of a callout"),
        ({"callout.a.json": custom(PSTN, ace="https://a.example/ace")}, "that its ACE is answered from elsewhere"),
        ({"callout.a.json": {"customCallout": {"ice": "{"}}}, "is not closed"),
        ({"callout.a.json": tts(text="Hi.", prompts="#tts[Hi.]")}, "`text` and `prompts` at once"),
        ({"callout.a.json": tts(text="Hi.", record=True)}, "`record` of `ttsCallout`"),
        ({"callout.a.json": tts(text="Hi.", destination={"type": "did", "endpoint": "1"})}, "this destination"),
        ({"callout.a.json": tts(prompts="#tts[Hi")}, "a prompt that is not closed"),
        ({"callout.a.json": tts(text="Hi."), "b.callout.a.json": tts(text="Hi.")}, "a second callout `a`"),
        ({"callout.9.json": tts(text="Hi.")}, "cannot be the name of a callout"),
        (
            {"callout.a.json": custom(PSTN, pie=json.dumps(PSTN)), "pie.json": reply(HANGUP)},
            "a second reply to the same callback as `callout.a.json`",
        ),
        ({"callout.a.json": custom(PSTN), "ace.b.json": reply(HANGUP)}, "no reply says which connect `b` is"),
    ],
)
def test_what_no_callout_can_say_is_refused(documents: dict[str, object], message: str) -> None:
    result = imported(documents)
    assert result.text == ""
    assert any(message in one for one in told(result)), told(result)
    assert all(finding.span.end > finding.span.start for finding in result.refused)


# ── Manage Call bodies ───────────────────────────────────────────────────────────────────────────────────────────

ICE = reply(TALK, {"name": "answer"}, SAY)


@pytest.mark.parametrize(
    ("body", "handler"),
    [
        (
            reply({"name": "continue"}, START),
            "on manage press in talk { record { press-on: continue } }",
        ),
        (
            reply({"name": "continue"}, {"name": "say", "text": "Bye.", "locale": "en-GB"}),
            'on manage press in talk { say "Bye." continue }',
        ),
        (reply(HANGUP), "on manage press in talk { hangup }"),
        (
            reply({"name": "StartRecording", "recordingOptions": OPTIONS}),
            "on manage press in talk { record { press-on: continue } }",
        ),
    ],
)
def test_a_body_is_sent_in_the_talks_where_nothing_is_parked(body: dict[str, Any], handler: str) -> None:
    result = imported({"ice.json": ICE, "manage.press.json": body})
    assert statements(result.text, "on manage") == [handler], told(result)
    assert "  talk: connect pstn +442079460105" in result.text
    assert not [finding for finding in result.findings if finding.level == "error"]


def test_a_stop_is_sent_where_a_recording_runs_and_a_start_where_none_does() -> None:
    menu = {"id": "main", "mainPrompt": "#tts[Press 1 or 2.]", "options": [
        {"dtmf": "1", "action": "return(taped)"}, {"dtmf": "2", "action": "return(plain)"},
    ]}  # fmt: skip
    result = imported(
        {
            "ice.json": reply({"name": "runMenu", "locale": "en-GB", "menus": [menu]}, {"name": "answer"}),
            "pie.taped.json": reply(TALK, START),
            "pie.plain.json": reply(TALK),
            "manage.stop.json": reply({"name": "continue"}, {"name": "stopRecording"}),
            "manage.start.json": reply({"name": "continue"}, START),
        }
    )
    assert statements(result.text, "on manage", "on pie") == [
        "on pie taped { record { talk: connect pstn +442079460105 } }",
        "on pie plain { talk-1: connect pstn +442079460105 }",
        "on manage stop in talk { stop-on: continue }",
        "on manage start in talk-1 { record { start-on: continue } }",
    ]
    made = compile_program(program(Source("back.recpol", result.text), targets=result.targets))
    said = json.loads(made.files["manifest.json"])
    sent = {one["file"]: one["answers"][0]["in"] for one in said["replies"] if one["file"].startswith("manage.")}
    assert sent == {"manage.stop.json": ["pie.taped.json"], "manage.start.json": ["pie.plain.json"]}


def test_what_is_parked_is_answered_and_what_has_no_talk_is_refused() -> None:
    park = reply({"name": "park", "holdPrompt": "#tts[Wait.]", "locale": "en-GB"}, {"name": "answer"})
    parked = imported({"ice.json": park, "manage.press.json": reply(HANGUP)})
    assert statements(parked.text, "on manage") == ["on manage press { hangup }"]
    nobody = imported({"ice.json": reply(HANGUP), "manage.press.json": reply({"name": "continue"}, START)})
    assert told(nobody) == ["manage.press.json: in which talk this request is sent: no talk is known to be meant"]


# ── whatever comes ───────────────────────────────────────────────────────────────────────────────────────────────

GOLDEN = [
    (path, json.loads(path.read_text("utf-8")), json.loads((path.parent / "manifest.json").read_text("utf-8")))
    for path in sorted(Path(__file__).parent.glob("golden*/*/*.json"))
    if path.name.startswith(("callout.", "manage.", "incoming.", "ace.")) or path.parent.name == "transfer"
    if path.name != "manifest.json"
]
ODD: list[Any] = [None, 1, "x", [], {}, "", True, {"name": "hangup"}, ["a"], -5, "{", '{"action":{}}']


def damaged(value: Any, random: Random) -> Any:
    """A document in which some values are others, or are gone."""
    if random.random() < 0.02:
        return random.choice(ODD)
    if isinstance(value, dict):
        kept = {key: damaged(inner, random) for key, inner in value.items() if random.random() > 0.02}
        return kept | ({random.choice(["events", "ice", "ace", "keys"]): {}} if random.random() < 0.05 else {})
    if isinstance(value, list):
        return [damaged(inner, random) for inner in value if random.random() > 0.02]
    return value


def test_damaged_documents_are_imported_or_refused_and_never_break_off() -> None:
    seen = {True: 0, False: 0}
    for seed in range(240):
        random = Random(seed)
        second = seed % 2 == 0
        pool = [one for one in GOLDEN if ("commands" in one[1]) == second]
        chosen = random.sample(pool, random.randint(1, 3))
        documents = [
            read_document(Source(path.name, json.dumps(damaged(document, random)))) for path, document, _ in chosen
        ]
        result = import_documents("back", documents, damaged(chosen[0][2], random) if random.random() < 0.5 else None)
        assert bool(result.text) or result.refused, seed
        seen[bool(result.refused)] += 1
    assert min(seen.values()) > 10, seen
