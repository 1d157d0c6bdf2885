"""Documents lifted into the tree of a policy: the same as that of the policy that a person would write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from random import Random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import recpol.svaml.lifted
import recpol.svaml.read
from documented import Documented, documented
from random_policies import random_policy
from recpol.analysis.program import program, program_of
from recpol.base.source import Source, Span
from recpol.compilation import compile_program
from recpol.platform.targets import CLASSIC
from recpol.rules.check import check
from recpol.svaml.document import Document
from recpol.svaml.lifted import Lifted
from recpol.svaml.read import read_document
from recpol.svaml.v1.lift import lift_alone
from recpol.svaml.v1.prompts import parts_of
from recpol.svaml.v1.together import lift_all
from recpol.syntax import tree
from recpol.syntax.builders import read
from recpol.targets.v1 import classic

OPTIONS = {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.KEY }}"}
STORE = 'store acme-calls { url "s3://acme-calls/" credentials "{{ env.KEY }}" } '
START = {"name": "StartRecording", "options": OPTIONS}
STOP = {"name": "StopRecording"}
SAY = {"name": "Say", "text": "Hello.", "locale": "en-GB"}
TALK = {"name": "Continue"}
ROOM = {"name": "ConnectConf", "conferenceId": "board"}
FLAG = {"record": True, "recordingOptions": OPTIONS}


def document(value: object, event: str = "ace", path: str = "reply.json") -> Document:
    return read_document(Source(path, json.dumps(value)), event)


def alone(value: object, event: str = "ace") -> Lifted:
    found = document(value, event)
    return lift_alone(found.source, found.replies[0])


def reply(*instructions: object, action: object) -> dict[str, object]:
    return {"instructions": list(instructions), "action": action}


CASES = [
    (reply(SAY, action=TALK), 'on ace { say "Hello." in en-GB continue }'),
    (
        reply(START, SAY, STOP, action=TALK),
        STORE + 'on ace { record to acme-calls { say "Hello." in en-GB } continue }',
    ),
    (reply(SAY, START, action=TALK), STORE + 'on ace { say "Hello." in en-GB record to acme-calls { continue } }'),
    ({"action": {**TALK, **FLAG}}, STORE + "on ace { record to acme-calls { continue } }"),
    (
        {"action": {"name": "continue", "recording": True, "recordingOptions": OPTIONS}},
        STORE + "on ace { record to acme-calls { continue } }",
    ),
    ({"action": {**TALK, "record": False}}, "on ace { continue }"),
    ({"action": {**ROOM, **FLAG}}, STORE + 'on ace { record conference to acme-calls { connect conference "board" } }'),
    (reply(START, action=ROOM), STORE + 'on ace { record call to acme-calls { connect conference "board" } }'),
    (
        reply(START, action={**ROOM, **FLAG}),
        STORE
        + 'on ace { record call to acme-calls { record conference to acme-calls { connect conference "board" } } }',
    ),
    (
        reply(START, {"name": "Answer"}, SAY, action={"name": "Hangup"}),
        STORE + 'on ace { answer record to acme-calls { say "Hello." in en-GB } hangup }',
    ),
    (reply(START, action={"name": "Hangup"}), STORE + "on ace { record to acme-calls { hangup } }"),
    (
        reply(
            {"name": "PlayFiles", "ids": ["a", "#href[https://x.example/b]", "#ssml[<p/>]", "#tts[Hi];c"]}, action=TALK
        ),
        'on ace { play "a", "https://x.example/b" say ssml "<p/>" say "Hi" play "c" continue }',
    ),
    (
        {
            "action": {
                "name": "connectSip",
                "destination": {"type": "Sip", "endpoint": "a@b"},
                "cli": "+46850020000",
                "maxDuration": 60,
                "suppressCallbacks": True,
            }
        },
        'on ace { connect sip "a@b" max-duration 60s cli "+46850020000" suppress-callbacks yes }',
    ),
    (
        {
            "action": {
                "name": "RunMenu",
                "barge": False,
                "locale": "sv-SE",
                "menus": [
                    {"id": "more", "mainPrompt": "#tts[Two]", "maxDigits": 4},
                    {
                        "id": "main",
                        "mainPrompt": "#tts[One];#href[https://x.example/b]",
                        "repeatPrompt": "again",
                        "repeats": 2,
                        "timeoutMills": 3000,
                        "options": [{"dtmf": 1, "action": "return(sales)"}, {"dtmf": "#", "action": "menu(more)"}],
                    },
                ],
            }
        },
        (
            'locale sv-SE on ace { menu in sv-SE { barge no prompt "One", play "https://x.example/b" '
            'repeat play "again" 2 times wait 3000ms key 1 -> sales key "#" -> menu more '
            'menu more { prompt "Two" digits 4 -> otherwise } } }'
        ),
    ),
    (
        {"action": {"name": "Park", "introPrompt": "#tts[One]", "holdPrompt": "music", "maxDuration": 60}},
        'on ace { park { intro "One" hold play "music" max-duration 60s } }',
    ),
]


def same(node: Any) -> Any:
    """A tree in which a text and a word that say the same are the same."""
    if isinstance(node, tree.Text | tree.Word | tree.Phone | tree.Number):
        return node.value if isinstance(node, tree.Text) else node.text
    if isinstance(node, tuple) and not isinstance(node, Span):
        return tuple(same(item) for item in node)
    if is_dataclass(node):
        return type(node).__name__, *(same(getattr(node, f.name)) for f in fields(node) if f.compare)
    return node


@pytest.mark.parametrize(("value", "policy"), CASES, ids=range(len(CASES)))
def test_a_reply_is_the_policy_that_a_person_would_write(value: object, policy: str) -> None:
    lifted = alone(value)
    assert lifted.lost == ()
    written, parsed = read(Source("x.recpol", policy))
    assert not parsed.problems
    assert same(lifted.file.statements) == same(written.statements)


def test_a_start_while_one_runs_and_a_stop_while_none_does_are_told() -> None:
    twice = alone(reply(START, SAY, START, action=TALK))
    assert [(again.same, again.earlier is not None) for again in twice.again] == [(True, True)]
    other = {**START, "options": {**OPTIONS, "destinationUrl": "s3://other/"}}
    assert [again.same for again in alone(reply(START, SAY, other, action=TALK)).again] == [False]
    assert len(alone(reply(STOP, action={"name": "Park"}), "ice").idle) == 1
    assert alone(reply(STOP, action=TALK), "ace").idle == (), "an earlier reply may have begun it"
    assert len(alone(reply(STOP, STOP, action=TALK), "ace").idle) == 1


def test_what_the_tree_does_not_hold_is_lost_with_its_place() -> None:
    lifted = alone({"action": {"name": "Park", "locale": "en-GB", "maxDuration": "60", "x": 1}})
    assert [(lost.span.text, lost.odd) for lost in lifted.lost] == [('"60"', True), ("locale", False), ("x", False)]


def test_the_replies_of_an_application_know_what_came_before() -> None:
    ice = document(reply(START, SAY, action={"name": "ConnectPstn", "number": "+46850020000"}), "ice")
    ace = document(reply(SAY, action=TALK), "ace")
    lifted = lift_all(ice.source, [ice.replies[0], ace.replies[0]])
    handlers = [s for s in lifted.file.statements if isinstance(s, tree.OnBlock)]
    assert isinstance(handlers[1].segments[0], tree.Block), "the recording that ICE began goes on"
    assert (lifted.again, lifted.idle, lifted.uncertain) == ((), (), ())
    stopped = document(reply(STOP, SAY, action=TALK), "ace")
    lifted = lift_all(ice.source, [ice.replies[0], stopped.replies[0]])
    handlers = [s for s in lifted.file.statements if isinstance(s, tree.OnBlock)]
    assert all(isinstance(item, tree.Segment) for item in handlers[1].segments)
    assert lifted.idle == ()


def test_prompts_have_parts_and_places() -> None:
    found = document({"action": {"name": "Park", "holdPrompt": "#TTS[a; b];x.mp3; #ssml[<p>]"}})
    action = found.replies[0].action
    assert action is not None
    assert action.object is not None
    value = action.object.text("holdPrompt")
    assert value is not None
    parts = list(parts_of(value))
    assert [(p.kind, p.text.value, p.closed) for p in parts] == [
        ("tts", "a; b", True),
        ("file", "x.mp3", True),
        ("ssml", "<p>", True),
    ]
    assert [p.text.part(0, 1).text for p in parts] == ["a", "x", "<"]


def spans(node: Any) -> Iterator[Span]:
    if isinstance(node, Span):
        yield node
    elif isinstance(node, tuple):
        for item in node:
            yield from spans(item)
    elif is_dataclass(node) and not isinstance(node, Source):
        for field in fields(node):
            yield from spans(getattr(node, field.name))


@pytest.mark.parametrize("given_", documented(), ids=lambda given_: given_.file)
def test_a_documented_shape_is_lifted_with_places_in_it(given_: Documented) -> None:
    found = read_document(Source(given_.file, given_.text))
    for one in found.replies:
        for span in spans(lift_alone(found.source, one).file.statements):
            assert 0 <= span.start <= span.end <= len(given_.text)


WORDS = ["name", "Say", "text", "ids", "#tts[x]", "RunMenu", "menus", "id", "main", "options", "dtmf", "action", "1"]
WORDS += ["return(x)", "destination", "endpoint", "ConnectSip", "PlayFiles", "callHeaders", "key", "value", "amd"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(VALUES, max_size=3), VALUES)
def test_any_reply_is_lifted(instructions: list[object], action: object) -> None:
    found = document({"instructions": instructions, "action": action})
    for one in found.replies:
        program_of(lift_alone(found.source, one).file, (CLASSIC,), alone=True)


def test_what_a_policy_compiles_to_means_the_same_when_it_is_lifted() -> None:
    """The recorder of a lifted application does at every step what the policy's does: its replies are lowered again."""
    tried = 0
    for seed in range(400):
        result = compile_program(program(Source("random.recpol", random_policy(Random(seed))), targets=(CLASSIC,)))
        replies = [r for r in result.replies if not r.file.startswith("manage.l") and r.file == "ice.json"]
        for one in replies:
            found = read_document(Source(one.file, json.dumps(one.document)))
            lifted = lift_all(found.source, found.replies)
            assert lifted.lost == ()
            again = classic.lower(program_of(lifted.file, (CLASSIC,)))
            assert again[0].document == one.document, seed
            tried += 1
    assert tried > 80


# Once

REPLY = {"instructions": [{"name": "StopRecording"}], "action": {"name": "ConnectPstn", "number": "46850020000"}}
CALLOUT = {"method": "customCallout", "customCallout": {"ice": json.dumps(REPLY)}}
COMMANDS = {"commands": [{"command": "answer"}, {"command": "hangup"}]}


@pytest.mark.parametrize("path", ["ice.json", "callout.json", "incoming.json"])
def test_a_lint_lifts_each_reply_once(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    texts = {"ice.json": REPLY, "callout.json": CALLOUT, "incoming.json": COMMANDS}

    def count(name: str, module: ModuleType) -> None:
        whole = getattr(module, name)

        def counted(*given_: object, **named: object) -> object:
            made.append(name)
            return whole(*given_, **named)

        monkeypatch.setattr(module, name, counted)

    for name in ("lift_alone", "lift_commands"):
        count(name, recpol.svaml.read)
    count("program_of", recpol.svaml.lifted)
    found = read_document(Source(path, json.dumps(texts[path])))
    check(found)
    check(found)
    assert made.count("lift_alone") + made.count("lift_commands") == len(found.lifted) > 0
    assert made.count("program_of") == len(found.lifted) + (found.request is not None)
