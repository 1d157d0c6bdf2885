"""What the manifest says beside the answers: trouble, memory, recordings, what to wait for, what is answered."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from recpol import compile as compiled
from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.base.validate import validate_document
from recpol.calls.trace import Recorder
from recpol.interpreters.v1 import dialects
from recpol.interpreters.v1.replies import reply
from recpol.interpreters.v2.session import incoming
from recpol.targets.catalogue import all_targets, backend_of, targets_named
from recpol.verify import verify

HEAD = """policy desk
locale en-GB
voice Amy
store calls { url "s3://acme/calls/" credentials env STORE_CREDENTIALS }
"""
TALK = """on ice { answer say "This call is recorded." @notice connect pstn +46850020000 { phase card @card } }
on ace { talk: continue }
record talk except @card
"""


def manifest(text: str, target: str = "svaml1") -> dict[str, Any]:
    result = compiled(text, targets=[target])
    assert result.files, result.findings
    found: dict[str, Any] = json.loads(result.files["manifest.json"])
    return found


@pytest.mark.parametrize("target", [target.name for target in all_targets()])
def test_spare_replies_are_valid_and_do_what_they_say(target: str) -> None:
    chosen = next(one for one in all_targets() if one.name == target)
    spare = backend_of(chosen).spare
    for document in (spare.refused, spare.ended, spare.unchanged):
        assert validate_document(chosen.schema, document) == ()
    if chosen.whole_call:
        assert incoming(spare.refused).state.mode == "ended"
        return
    dialect = {"classic": dialects.CLASSIC, "svaml1": dialects.SVAML1}[target]
    assert reply(spare.ended, Recorder(), dialect).heard == ()
    assert reply(spare.unchanged, Recorder(), dialect).recorder == Recorder()
    assert spare.refused["action"]["name"].lower() == spare.ended["action"]["name"].lower() == "hangup"
    assert spare.unchanged["action"]["name"].lower() == "continue"


@pytest.mark.parametrize(
    ("guarantee", "target", "expected"),
    [
        ("", "svaml1", {"action": {"name": "continue"}}), ("", "svaml2", {"commands": []}),
        ("never record @card", "svaml1", {"action": {"name": "hangup"}}),
        ("always record talk except @card", "svaml2", {"commands": [{"command": "hangup", "callName": "caller"}]}),
        ("announce @notice before recording", "svaml1", {"action": {"name": "continue"}}),
        ("never record @card\non recording failure hangup", "svaml2",
         {"commands": [{"command": "hangup", "callName": "caller"}]}),
    ],
)  # fmt: skip
def test_trouble_ends_a_call_whose_recordings_are_guaranteed(guarantee: str, target: str, expected: object) -> None:
    found = manifest(f"{HEAD}{TALK}{guarantee}\n", target)
    assert found["trouble"]["answered"] == expected
    assert found["trouble"]["refused"] != found["unchanged"]


def test_a_stop_says_what_to_wait_for() -> None:
    found = {reply["file"]: reply for reply in manifest(HEAD + TALK)["replies"]}
    (begin,), (end,) = found["manage.card.begin.json"]["answers"], found["manage.card.end.json"]["answers"]
    assert begin["waitFor"] == {"event": "recording_finished"}
    assert "waitFor" not in end
    assert [found[file].get("recordings") for file in ("ice.json", "ace.json", "manage.card.end.json")] == [
        None, ["calls"], ["calls"],
    ]  # fmt: skip
    silent = manifest(HEAD.replace("credentials", "notify no credentials") + TALK)
    assert "waitFor" not in json.dumps(silent), "nothing tells of the end"


def test_a_phase_says_in_which_talks_it_begins() -> None:
    later = HEAD + TALK + 'on manage back in talk { say "Still recorded." }\n'
    for text, target, expected in (
        (HEAD + TALK, "svaml1", ["ice.json", "ace.json"]),
        (HEAD + TALK, "classic", ["ice.json", "ace.json"]),
        (HEAD + TALK, "svaml2", ["incoming.json"]),
        (later, "svaml1", ["ice.json", "ace.json", "manage.back.json"]),
    ):
        found = {reply["file"]: reply["answers"] for reply in manifest(text, target)["replies"]}
        for file in ("manage.card.begin.json", "manage.card.end.json"):
            assert found[file][0]["in"] == expected


@pytest.mark.parametrize("target", ["svaml1", "svaml2"])
def test_a_manifest_that_says_otherwise_where_a_phase_begins_is_seen(target: str) -> None:
    unit, (chosen,) = (
        program(Source("desk.recpol", HEAD + TALK), targets=targets_named([target])),
        targets_named([target]),
    )
    replies = backend_of(chosen).lower(unit)
    for within in (["ace.json"], ["ice.json", "ace.json", "incoming.json", "manage.card.end.json"]):
        changed = tuple(
            replace(reply, answers=({**reply.answers[0], "in": within},)) if "card" in reply.file else reply
            for reply in replies
        )
        assert "manifest.json" in {one.file for one in verify(unit, changed, chosen).differences}


MENUS = """on ice { answer menu { prompt "One." key 1 -> one timeout -> %s } }
on pie one { menu { prompt "Three." key 3 -> two timeout -> two } }
on pie two { hangup }
on pie otherwise { hangup }
"""


@pytest.mark.parametrize(
    ("text", "remembers"),
    [(TALK, False), (MENUS % "two", True), (MENUS % "one", True)],
)
def test_memory_is_needed_where_an_answer_depends_on_the_reply_before(text: str, remembers: bool) -> None:
    assert manifest(HEAD + text)["remembers"] is remembers


def test_what_is_answered() -> None:
    found = manifest("policy desk\nanswers +46850020001, +46850020002\non ice { connect pstn +46850020000 }\n")
    assert found["numbers"] == ["+46850020001", "+46850020002"]
    assert "applications" not in found
