"""Proofs about calls that the backend begins: what they rest on, and what `recpol-check` refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

import recpol_check as referee
from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.certificate import certificate
from recpol.compilation import Output, compile_program
from recpol.prove import prove
from recpol.targets.catalogue import targets_named

HEAD = 'policy p\nlocale en-GB\nstore a { url "s3://acme-a/x/" credentials env KEY_A }\n'

ASKED = """\
on callout customer { call pstn "{{ start.number }}" cli +442079460100 }
on ace customer {
  notice: say "This call is recorded."
  record call { talk: connect conference "c-{{ call.callid }}" }
}
announce notice before recording
"""

ROOM = """\
on ice { answer say "This call is recorded." @notice record conference { connect conference "r" } }
on callout friend { call app "{{ start.user }}" say "This call is recorded." @notice connect conference "r" }
announce @notice before recording
"""

READ_OUT = """\
on ice { answer say "Hello." @notice record { connect pstn +442079460101 } }
on callout reminder { call pstn "{{ start.number }}" words: say "Tomorrow at nine." play "bye.wav" hangup }
never record words
"""


def compiled(text: str, target: str) -> Output:
    """The documents of a policy."""
    made = compile_program(program(Source("p.recpol", HEAD + text), targets=targets_named((target,))))
    assert made.outputs, made.findings
    return made.outputs[0]


@pytest.mark.parametrize("target", ["classic", "svaml1"])
@pytest.mark.parametrize(
    ("text", "rests"), [(ASKED, {"callout-answered"}), (ROOM, {"greeting-is-heard"}), (READ_OUT, set[str]())]
)
def test_proofs_list_what_no_document_says_of_the_person_called(text: str, rests: set[str], target: str) -> None:
    unit = program(Source("p.recpol", HEAD + text), targets=targets_named((target,)))
    made = compile_program(unit)
    proof = certificate(made, made.outputs[0])
    (entry,), (verdict,) = proof["guarantees"], prove(unit)
    about_callouts = {"callout-answered", "greeting-is-heard"}
    assert set(entry["assumes"]) & about_callouts == rests
    assert set(verdict.assumptions) & about_callouts == rests
    folder = referee.Folder("p", made.outputs[0].files)
    (line,) = referee.check(folder, proof)
    assert line.startswith("holds")
    for name in rests:
        with pytest.raises(referee.Refused, match="which is not granted"):
            referee.check(folder, proof, frozenset({name}))


def changed(output: Output, file: str, change: dict[str, Any]) -> dict[str, bytes]:
    """The documents with one request changed."""
    document = json.loads(output.files[file])
    document[document["method"]] |= change
    return {**output.files, file: json.dumps(document).encode()}


@pytest.mark.parametrize(
    ("text", "file", "change", "why"),
    [
        (ASKED, "callout.customer.json", {"record": True}, "does not know in a request that begins a call"),
        (ASKED, "callout.customer.json", {"ice": "no reply"}, "is not JSON"),
        (ASKED, "callout.customer.json", {"ice": '{"action": {"name": "park"}}'}, "is no ConnectPstn"),
        (
            ASKED,
            "callout.customer.json",
            {"ice": '{"action": {"name": "connectPstn", "number": "+442079460101", "record": true}}'},
            "is no ConnectPstn",
        ),
        (ROOM, "callout.friend.json", {"enableAce": True}, "asks for ACE too"),
        (ROOM, "callout.friend.json", {"recordingOptions": {}}, "does not know in a request that begins a call"),
    ],
)
def test_requests_that_do_something_else_are_refused(text: str, file: str, change: dict[str, Any], why: str) -> None:
    files = changed(compiled(text, "svaml1"), file, change)
    with pytest.raises(referee.Refused, match=why):
        referee.Folder("p", files)


def test_a_greeting_that_is_gone_is_missed() -> None:
    made = compile_program(program(Source("p.recpol", HEAD + ROOM), targets=targets_named(("svaml1",))))
    proof = certificate(made, made.outputs[0])
    document = json.loads(made.outputs[0].files["callout.friend.json"])
    del document["conferenceCallout"]["greeting"]
    files = {**made.outputs[0].files, "callout.friend.json": json.dumps(document).encode()}
    folder = referee.Folder("p", files)
    places = referee.read_places(proof["segments"], proof["places"])
    chosen = referee.guarantee("announce @notice before recording").chosen(places)
    machine = referee.machine_of(folder, {}, chosen)
    states = [state for _, state in machine.begin()]
    assert any(state.now == "room" and not state.heard for state in states)


def test_what_begins_calls_answers_nothing_else() -> None:
    files = dict(compiled(ASKED, "svaml1").files)
    manifest = json.loads(files["manifest.json"])
    (begins,) = (reply for reply in manifest["replies"] if reply["file"] == "callout.customer.json")
    begins["answers"].append({"event": "ice"})
    with pytest.raises(referee.Refused, match="begin calls and answer something"):
        referee.Folder("p", {**files, "manifest.json": json.dumps(manifest).encode()})


@pytest.mark.parametrize("target", ["classic", "svaml1"])
@pytest.mark.parametrize(
    ("file", "rests"), [("{{ start.id }}.mp3", True), ("{{ call.callid }}.mp3", False), ("", False)]
)
def test_a_proof_rests_on_the_value_that_gives_each_call_a_file_of_its_own(
    file: str, target: str, *, rests: bool
) -> None:
    text = HEAD.replace("acme-a/x/", f"acme-a/x/{file}") + 'unique "{{ start.id }}"\n'
    text += ASKED.replace("announce notice before recording", "always record talk")
    made = compile_program(program(Source("p.recpol", text), targets=targets_named((target,))))
    proof = certificate(made, made.outputs[0])
    (entry,), (verdict,) = proof["guarantees"], prove(made.program)
    assert verdict.status == "proven", verdict
    assert ("starts-are-unique" in verdict.assumptions, "starts-are-unique" in entry["assumes"]) == (rests, rests)
