"""`recpol-check`: it holds what holds, and refuses proofs, documents and manifests that were tampered with."""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

import recpol_check as referee
from oracle import explore
from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.certificate import STATED, certificate, walk, written_state
from recpol.cli.main import run
from recpol.compilation import compile_program, json_bytes
from recpol.prove.verdict import ASSUMPTIONS
from recpol.targets.catalogue import targets_named

ROOT = Path(__file__).parents[1]
CHECKER = ROOT / "compiler" / "recpol_check.py"
FUZZ = int(os.environ.get("RECPOL_FUZZ", "500"))
FIRST = int(os.environ.get("RECPOL_FUZZ_FROM", "0"))

Json = dict[str, Any]
Files = dict[str, bytes]

POLICY = """\
policy desk
locale en-GB
voice Amy
store calls { url "s3://acme-recordings/desk/" credentials env SINCH_S3_CREDENTIALS }
on ice {
  answer
  notice: say "Parts of this call are recorded."
  menu { prompt "Press 1 for sales, 2 to pay." barge no key 1 -> sales key 2 -> payment }
}
on pie sales { offer: say "Our offers." talk: connect pstn +442079460101 { phase card @card } }
on pie payment { pin: menu { prompt "Your card number." digits 16 -> paid } }
on pie paid { hangup }
on pie otherwise { hangup }
on recording failure hangup
record offer, talk except card
never record @card, pin
always record talk except card
announce notice before recording
keep recordings in "s3://acme-recordings/**"
"""

TARGETS = ("classic", "svaml1", "svaml2")


def proven(target: str) -> tuple[Files, Json]:
    """The compiled files of the policy above, and its proof."""
    compilation = compile_program(program(Source("desk.recpol", POLICY), targets=targets_named((target,))))
    assert compilation.outputs, compilation.findings
    (output,) = compilation.outputs
    return dict(output.files), certificate(compilation, output)


@pytest.fixture(scope="module", params=TARGETS)
def compiled(request: pytest.FixtureRequest) -> tuple[Files, Json]:
    """The policy in one target, with its proof."""
    files, proof = proven(request.param)
    return files, proof


def said(files: Mapping[str, bytes], proof: Any) -> list[str] | str:
    """What the referee says of a proof: of each guarantee, or why it refuses."""
    try:
        return referee.check(referee.Folder("build/desk", files), proof)
    except referee.Refused as problem:
        return str(problem)
    except referee.MISSHAPEN:
        return "misshapen"


def resealed(files: Mapping[str, bytes], proof: Json) -> Json:
    """The proof as somebody forges it who has changed the documents: with their new digests."""
    return {**proof, "documents": {file: hashlib.sha256(data).hexdigest() for file, data in files.items()}}


# ── what it is ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_one_short_file_that_stands_alone() -> None:
    text = CHECKER.read_text("utf-8")
    assert text.count("\n") < 900
    for node in ast.walk(ast.parse(text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert {name.partition(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_every_assumption_of_a_proof_is_explained(compiled: tuple[Files, Json]) -> None:
    _, proof = compiled
    named = {name for entry in proof["guarantees"] for name in entry.get("assumes", ())}
    assert named <= set(referee.ASSUMPTIONS)
    assert "phases-are-told" in named


def test_the_pages_name_every_assumption() -> None:
    for page in ("assurance.md", "language.md"):
        text = (ROOT / "docs" / page).read_text("utf-8")
        assert [name for name in {**ASSUMPTIONS, **referee.ASSUMPTIONS} if f"`{name}`" not in text] == [], page
    beyond = {"callee-hears", "files-speak-their-locale", "room-is-left", "stores-keep-promises"}
    assert set(ASSUMPTIONS) - set(referee.ASSUMPTIONS) == beyond


# ── what holds ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_proofs_of_all_guarantees_hold(compiled: tuple[Files, Json]) -> None:
    files, proof = compiled
    found = said(files, proof)
    assert isinstance(found, list)
    assert [line.partition(":")[0] for line in found] == ["holds"] * 4


BEYOND_THE_REFEREE = {"press-9-to-stop"}
"""The policies with documents that the referee refuses: a request that is sent in a room."""


def test_the_example_policies_are_proven_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    out, proof = str(tmp_path / "build"), str(tmp_path / "proof.json")
    assert run(["compile", "policies", "-o", out]) == 0
    assert run(["prove", "policies", "-o", proof]) == 1
    policies = json.loads(Path(proof).read_text("utf-8"))["policies"]
    entries = [(one["policy"], entry) for one in policies for entry in one["guarantees"] if "certificate" not in entry]
    beyond = {policy for policy, entry in entries if "which this checker does not" in entry["reason"]}
    assert beyond == BEYOND_THE_REFEREE
    left = [entry for policy, entry in entries if policy not in beyond]
    unclaimed = [entry["text"] for entry in left if entry["reason"] != STATED]
    assert unclaimed == ["announce @notice before recording in every locale"], "the referee looks at no locales"
    lines, code = referee.run(out, proof, frozenset())
    assert sum(line.startswith("  holds: ") for line in lines) > 25
    assert code == 0, lines


def test_a_guarantee_that_the_facts_do_not_bear_out_is_not_certified() -> None:
    text = (
        'policy p\nlocale en-GB\nstore a { url "s3://acme-a/x/" credentials env KEY_A }\n'
        "on ice { answer d: connect pstn +442079460101 }\non ace { record { t: continue } }\nnever record d\n"
    )
    compilation = compile_program(program(Source("p.recpol", text), targets=targets_named(("svaml1",))))
    (entry,) = certificate(compilation, compilation.outputs[0])["guarantees"]
    assert entry["certificate"] == 0
    lost = text.replace("never record d", "announce d in recording")
    assert not compile_program(program(Source("p.recpol", lost), targets=targets_named(("svaml1",)))).outputs


ONCE_REFUSED = {
    "a handler that no menu leads to": """
        on ice { answer menu { prompt "Press 1." key 1 -> a } }
        on pie a { record { connect pstn +442079460101 } }
        on pie b { card: say "Card." connect pstn +442079460102 }
        on pie otherwise { hangup }
        never record card
    """,
    "rooms that begin differently": """
        on ice { answer menu { prompt "Press 1 or 2." key 1 -> a key 2 -> b } }
        on pie a { record call { connect conference "x{{ call.cli }}" } }
        on pie b { quiet: connect conference "y" }
        on pie otherwise { hangup }
        never record quiet
    """,
    "rooms that end differently": """
        on ice { answer menu { prompt "Press 1 or 2." key 1 -> a key 2 -> b } }
        on pie a { record call { connect conference "a{{ env.X }}b" } }
        on pie b { quiet: connect conference "A{{ env.Y }}c" }
        on pie otherwise { hangup }
        never record quiet
    """,
    "a notice that is a file in SSML": """
        on ice {
          answer
          notice: say ssml "<speak><audio src='https://acme.example/notice.mp3'/></speak>"
          record { connect pstn +442079460101 }
        }
        announce notice before recording
    """,
}


@pytest.mark.parametrize("why", ONCE_REFUSED)
def test_what_lint_calls_proven_has_a_proof_that_is_accepted(why: str) -> None:
    head = 'policy p\nlocale en-GB\nstore a { url "s3://acme-a/x/" credentials env KEY_A }\n'
    text = head + ONCE_REFUSED[why]
    for target in ("classic", "svaml1"):
        compilation = compile_program(program(Source("p.recpol", text), targets=targets_named((target,))))
        (output,) = compilation.outputs
        (found,) = referee.check(referee.Folder("p", output.files), certificate(compilation, output))
        assert found.startswith("holds"), found


def test_a_url_with_a_value_known_later_rests_on_that_value() -> None:
    text = (
        'policy p\nlocale en-GB\nstore a { url "s3://acme-a/x/URL/" credentials env KEY_A }\n'
        'on ice { answer record { connect pstn +442079460101 } }\nkeep recordings in "s3://acme-a/**"\n'
    )
    for part, assumes in {"{{ env.X }}": ["values-keep-the-folder"], "y": [], "%2{{ env.X }}": None}.items():
        made = compile_program(
            program(Source("p.recpol", text.replace("URL", part)), targets=targets_named(("svaml1",)))
        )
        (entry,) = certificate(made, made.outputs[0])["guarantees"]
        assert entry.get("assumes") == assumes


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("board", "Board", True),
        ("board", " board ", True),
        ("board", "boards", False),
        ("x{{ call.cli }}", "y", False),
        ("x{{ call.cli }}", "x1", True),
        ("{{ call.cli }}x", "Ax", True),
        ("a{{ env.X }}b", "A{{ env.Y }}c", False),
        ("a{{ env.X }}b", "A{{ env.Y }}{{ env.Z }}B", True),
        ("{{ env.X }}", "{{ call.callid }}", False),
        ("{{ env.X }}", "anything", True),
    ],
)
def test_which_callers_may_meet(one: str, other: str, *, may: bool) -> None:
    assert referee.may_be_one_room(one, other) == referee.may_be_one_room(other, one) == may


# ── proofs that were tampered with ───────────────────────────────────────────────────────────────────────────────


def test_a_state_that_is_left_out_is_missed(compiled: tuple[Files, Json]) -> None:
    files, proof = compiled
    for number, listed in enumerate(proof["certificates"]):
        for n in range(len(listed)):
            forged = copy.deepcopy(proof)
            del forged["certificates"][number][n]
            found = said(files, forged)
            assert isinstance(found, str), listed[n]
            assert "leaves out" in found


def test_a_state_that_is_changed_is_refused(compiled: tuple[Files, Json]) -> None:
    files, proof = compiled
    for number, listed in enumerate(proof["certificates"]):
        for n, state in enumerate(listed):
            for name in state:
                forged = copy.deepcopy(proof)
                del forged["certificates"][number][n][name]
                assert isinstance(said(files, forged), str), (state, name)


CHANGES: list[Json] = [{"answered": True}, {"heard": True}, {"call": "s3://acme-recordings/desk/"}, {"phase": "card"}]


def test_a_state_too_many_is_held_to_the_guarantees(compiled: tuple[Files, Json]) -> None:
    """A state that no call comes to does no harm where it keeps the guarantees; where it does not, it is refused."""
    files, proof = compiled
    held = refused = 0
    for number, listed in enumerate(proof["certificates"]):
        for state in listed:
            for change in (
                {"answered": True},
                {"heard": True},
                {"call": "s3://acme-recordings/desk/"},
                {"phase": "card"},
            ):
                forged = copy.deepcopy(proof)
                if change.keys() <= set(referee.machine_of(referee.Folder("x", files), {}, frozenset()).State._fields):
                    forged["certificates"][number].append({**state, **change})
                    found = said(files, forged)
                    held += isinstance(found, list)
                    refused += isinstance(found, str)
    assert refused > 10
    assert held > 0


FORGERIES: dict[str, Any] = {
    "another guarantee's certificate": lambda p: p["guarantees"][0].update(certificate=len(p["certificates"]) - 1),
    "no such certificate": lambda p: p["guarantees"][0].update(certificate=99),
    "an assumption is kept quiet": lambda p: p["guarantees"][0].update(assumes=[]),
    "a guarantee that nobody can read": lambda p: p["guarantees"][0].update(text="never record"),
    "a place is left out": lambda p: p["places"].popitem(),
    "a place that is not there": lambda p: p["places"].update({"ice.json#/instructions/99": ["1"]}),
    "a place without a segment": lambda p: p["places"].update({next(iter(p["places"])): []}),
    "a segment that is nowhere": lambda p: p["segments"].update({"99": {"names": ["x"], "line": 1}}),
    "a phase in no conversation": lambda p: p["phases"].update(card=[]),
    "a phase that is not told of": lambda p: p["phases"].clear(),
    "a phase in a place that connects nobody": lambda p: p["phases"].update(card=[next(iter(p["places"]))]),
    "other documents": lambda p: p["documents"].popitem(),
    "more documents": lambda p: p["documents"].update({"x.json": "0"}),
    "no certificates": lambda p: p["certificates"].clear(),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_proof_is_refused(compiled: tuple[Files, Json], forgery: str) -> None:
    files, proof = compiled
    forged = copy.deepcopy(proof)
    FORGERIES[forgery](forged)
    assert isinstance(said(files, forged), str)


UNREAD = {
    "a request in a room": (
        "classic svaml1",
        'on ice { answer board: connect conference "b" } on manage go in board { record { again: continue } }',
    ),
    "a key in a room": (
        "svaml1",
        (
            'on ice { answer board: connect conference "b" { key 9 -> go } }'
            " on manage go in board { record { again: continue } }"
        ),
    ),
    "a request in a talk of Voice API v2": (
        "svaml2",
        "on ice { answer board: connect pstn +46850020000 } on manage go in board { record { again: continue } }",
    ),
    "a phase that says something": (
        "classic svaml1",
        'on ice { answer board: connect pstn +46850020000 { phase go { begin { told: say "Now." } } } }',
    ),
    "a phase that says something and is recorded": (
        "svaml1",
        (
            "on ice { answer board: connect pstn +46850020000 { phase go { begin { told: say "
            '"Now." } end { over: say "Over." } } } } record go, told'
        ),
    ),
    "a phase in a room that says something": (
        "classic svaml1",
        'on ice { answer board: connect conference "b" { phase go { end { told: say "Over." } } } }',
    ),
}
"""What the referee does not read: it must refuse whatever is claimed about documents with it."""

CLAIMS = ("never record all", "never transcribe all", "opt-out go", "announce board before recording")


def without_requests(files: Files, proof: Json) -> tuple[Files, Json]:
    """The documents as if nothing were ever sent, and their proof."""
    manifest = json.loads(files["manifest.json"])
    sent = {one["file"] for one in manifest["replies"] if one["answers"][0]["event"] in ("request", "manage")}
    manifest["replies"] = [one for one in manifest["replies"] if one["file"] not in sent]
    left = {file: data for file, data in files.items() if file not in sent} | {"manifest.json": json_bytes(manifest)}
    places = {place: keys for place, keys in proof["places"].items() if place.partition("#")[0] not in sent}
    segments = {key: proof["segments"][key] for keys in places.values() for key in keys}
    return left, resealed(left, {**proof, "places": places, "segments": segments})


def claiming(folder: referee.Folder, proof: Json, text: str) -> Json:
    """A proof with one guarantee, proven of the documents of a folder."""
    goal = referee.guarantee(text)
    chosen = goal.chosen(referee.read_places(proof["segments"], proof["places"]))
    phases = {name: frozenset(within) for name, within in proof["phases"].items()}
    looks = [chosen if goal.kind in (kind, "in") else frozenset[str]() for kind in ("before", "opt-out")]
    machine = referee.machine_of(folder, phases, *looks)
    states = list(walk(machine))
    claim = {"text": text, "certificate": 0, "assumes": sorted(goal.assumes(machine, states))}
    return {**proof, "guarantees": [claim], "certificates": [[written_state(state) for state in states]]}


@pytest.mark.parametrize("shape", UNREAD)
def test_what_the_referee_does_not_read_is_never_proven(shape: str) -> None:
    """recpol claims nothing there, and who claims what would hold if nothing were sent is refused."""
    targets, text = UNREAD[shape]
    head = 'policy p\nlocale en-GB\nvoice Amy\nstore a { url "s3://acme-a/x/" credentials env KEY_A }\n'
    guarded = head + text + '\nkeep recordings in "s3://acme-a/**"\nalways record again\n' * ("again" in text)
    for target in targets.split():
        made = compile_program(program(Source("p.recpol", guarded), targets=targets_named((target,))))
        assert made.outputs, made.findings
        files, proof = dict(made.outputs[0].files), certificate(made, made.outputs[0])
        found = said(files, proof)
        assert isinstance(found, list)
        assert not any(line.startswith("holds: always") for line in found)
        plain, plainly = without_requests(files, proof)
        for goal in CLAIMS:
            forged = claiming(referee.Folder("build/desk", plain), plainly, goal)
            held = said(plain, forged)
            assert isinstance(held, list), held
            assert held[0].startswith(f"holds: {goal}"), held
            listed = {name: forged[name] for name in ("guarantees", "certificates")}
            refused = said(files, {**proof, **listed})
            assert isinstance(refused, str)
            assert re.search("this checker does not|is not known in a request", refused), refused


def test_what_a_proof_calls_a_segment_cannot_be_known_from_documents(compiled: tuple[Files, Json]) -> None:
    """Out of sight: which words of the policy a place is. The proof says it in plain text, place by place."""
    files, proof = compiled
    forged = copy.deepcopy(proof)
    for segment in forged["segments"].values():
        segment["names"] = [name for name in segment["names"] if name != "pin"]
    assert forged != proof
    assert said(files, forged) == said(files, proof)


# ── documents and manifests that were tampered with, the proof's digests with them ───────────────────────────────


def places_in(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values in a document."""
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from places_in(part, (*at, key))


def changed(document: Json, path: tuple[Any, ...], random: Random) -> Any:
    """A document with one change: something left out, doubled, moved, exchanged, turned round or renamed."""
    found = copy.deepcopy(document)
    holder: Any = found
    for key in path[:-1]:
        holder = holder[key]
    value = holder[path[-1]]
    if isinstance(holder, list) and random.random() < 0.5:
        other = random.randrange(len(holder))
        holder[path[-1]], holder[other] = holder[other], value
    elif isinstance(value, bool):
        holder[path[-1]] = not value
    elif random.random() < 0.4:
        del holder[path[-1]]
    elif isinstance(value, str):
        words = ["startRecording", "stopRecording", "hangup", "continue", "answer", "main", "pie", "ice", "begin", ""]
        holder[path[-1]] = random.choice(words)
    elif isinstance(holder, list):
        holder.insert(path[-1], copy.deepcopy(value))
    else:
        holder[path[-1]] = random.choice([None, 0, [], {}])
    return found


def bad_calls(files: Files, proof: Json) -> list[str]:
    """The guarantees that the oracle finds broken in these documents."""
    world = explore(referee.Folder("build/desk", files), proof)
    texts = [entry["text"] for entry in proof["guarantees"]]
    return [text for text in texts if world.verdict(text).status == "broken"]


def test_documents_that_were_changed_are_refused_or_still_keep_the_guarantees(compiled: tuple[Files, Json]) -> None:
    """Whatever is changed: where all proofs still hold, the oracle finds no call that breaks a guarantee."""
    files, proof = compiled
    random = Random(FIRST + 7)
    seen: Counter[str] = Counter()
    documents = {file: json.loads(data) for file, data in files.items()}
    while sum(seen.values()) < FUZZ // 2:
        file = random.choice(sorted(documents))
        path = random.choice([path for path in places_in(documents[file]) if path])
        forged = changed(documents[file], path, random)
        if forged == documents[file]:
            continue
        others = {**files, file: json_bytes(forged)}
        found = said(others, resealed(others, proof))
        if isinstance(found, str):
            seen["refused"] += 1
            continue
        assert bad_calls(others, proof) == [], (file, path)
        assert all(line.startswith("holds") for line in found)
        seen["harmless"] += 1
    assert seen["refused"] > FUZZ // 8
    assert seen["harmless"] > 0


def test_without_new_digests_any_change_is_refused(compiled: tuple[Files, Json]) -> None:
    files, proof = compiled
    for file, data in files.items():
        found = said({**files, file: data.replace(b"\n", b" \n", 1)}, proof)
        assert found == f"the proof is about other documents: {file} differs"


def exchanged(manifest: Json, one: int, other: int) -> Json:
    """A manifest in which two replies answer what the other did."""
    found = copy.deepcopy(manifest)
    first, second = found["replies"][one], found["replies"][other]
    first["answers"], second["answers"] = second["answers"], first["answers"]
    return found


@pytest.mark.parametrize("target", ["classic", "svaml1"])
def test_replies_that_were_exchanged_are_refused_or_harmless(target: str) -> None:
    files, proof = proven(target)
    manifest = json.loads(files["manifest.json"])
    count = len(manifest["replies"])
    seen: Counter[bool] = Counter()
    for one in range(count):
        for other in range(one + 1, count):
            others = {**files, "manifest.json": json_bytes(exchanged(manifest, one, other))}
            found = said(others, resealed(others, proof))
            seen[isinstance(found, str)] += 1
            if isinstance(found, list):
                assert bad_calls(others, proof) == []
    assert seen[True] > seen[False]


def ignored_failures(part: Any) -> None:
    """No recording of a document does anything where it fails."""
    if isinstance(part, dict) and part.get("command") == "startRecording":
        part["events"]["onFailure"].clear()
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        ignored_failures(inner)


def in_options(part: Any, key: str) -> None:
    """All options of recordings have one key more."""
    if isinstance(part, dict) and "destinationUrl" in part:
        part[key] = "s3://elsewhere/"
    for inner in list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else ():
        in_options(inner, key)


LESSONS = [
    ("svaml1", "ice.json", lambda d: d["instructions"].pop(0), "`answer` is left out"),
    ("svaml1", "ice.json", lambda d: d["instructions"].pop(1), "the notice is left out"),
    ("svaml1", "ice.json", lambda d: d["action"].update(barge=True), "a key cuts the menu short"),
    ("classic", "manage.card.begin.json", lambda d: d["action"].update(name="Continue"), "a phase stops nothing"),
    ("svaml1", "manage.card.begin.json", lambda d: d["instructions"].clear(), "a phase stops nothing"),
    ("svaml1", "manage.card.end.json", lambda d: d["instructions"].clear(), "after the phase nothing records"),
    ("svaml1", "manage.card.end.json", lambda d: d["action"].update(record=True), "a flag where none is documented"),
    ("svaml1", "manage.card.end.json", lambda d: d["action"].update(name="stopRecording"), "an action of classic"),
    (
        "svaml1",
        "pie.sales.json",
        lambda d: d["instructions"][0].update(recordingOptions=d["instructions"][0].pop("options")),
        "options under a wrong name",
    ),
    *(
        ("svaml1", "pie.sales.json", partial(in_options, key=key), f"`{key}` in the options of a recording")
        for key in ("destination", "url", "locale", "recordingType", "name", "isEnabled")
    ),
    ("classic", "manage.card.end.json", partial(in_options, key="destination"), "another destination"),
    ("svaml2", "incoming.json", partial(in_options, key="notificationEvents"), "a key of the older interface"),
    ("svaml1", "ice.json", lambda d: d["instructions"][1].update(ids=["#tts[Hi]"]), "files in `say`"),
    ("svaml1", "ice.json", lambda d: d["action"].update(command="hangup"), "a key of svaml2"),
    ("svaml2", "incoming.json", lambda d: d["commands"][0].update(action={}), "a key of svaml1"),
    ("svaml2", "manifest.json", lambda d: [r["answers"][0].pop("waitFor", 0) for r in d["replies"]], "nobody waits"),
    (
        "svaml2",
        "manifest.json",
        lambda d: d["replies"][0]["answers"].append({"event": "call.menu"}),
        "an unknown event",
    ),
    ("svaml2", "incoming.json", lambda d: d["commands"].pop(0), "`answer` is left out"),
    ("svaml2", "incoming.json", ignored_failures, "a failed recording ends nothing"),
]


@pytest.mark.parametrize(("target", "file", "change", "why"), LESSONS, ids=[f"{t}: {why}" for t, _, _, why in LESSONS])
def test_what_matters_is_noticed(target: str, file: str, change: Any, why: str) -> None:
    files, proof = proven(target)
    forged = json.loads(files[file])
    change(forged)
    others = {**files, file: json_bytes(forged)}
    found = said(others, resealed(others, proof))
    harmless = why == "a key cuts the menu short"  # what announces stands before the menu
    assert isinstance(found, list if harmless else str), found


# ── hostile input and the command line ───────────────────────────────────────────────────────────────────────────


def written_to(folder: Path, files: Files, proof: Any) -> tuple[str, str]:
    """The files of a policy and a proof file on disk."""
    for file, data in files.items():
        (folder / "build" / "desk").mkdir(parents=True, exist_ok=True)
        (folder / "build" / "desk" / file).write_bytes(data)
    (folder / "proof.json").write_text(json.dumps({"proofVersion": 1, "policies": [proof]}), "utf-8")
    return str(folder / "build"), str(folder / "proof.json")


def test_no_proof_file_brings_a_stack_trace(compiled: tuple[Files, Json], capsys: pytest.CaptureFixture[str]) -> None:
    files, proof = compiled
    folder = referee.Folder("build/desk", files)
    random = Random(FIRST + 11)
    for _ in range(FUZZ // 2):
        forged: Any = proof
        for _ in range(random.randint(1, 3)):
            paths = [path for path in places_in(forged) if path]
            forged = changed(forged, random.choice(paths), random) if paths else forged
        try:
            referee.check(folder, forged)
        except (referee.Refused, *referee.MISSHAPEN):
            continue


BROKEN = [
    b"",
    b"[]",
    b"{",
    b"\xff",
    b'{"a":1,"a":2}',
    b'{"a":NaN}',
    b"[" * 100_000,
    b'{"proofVersion":1,"policies":[3]}',
]


@pytest.mark.parametrize("data", BROKEN, ids=[str(data[:20]) for data in BROKEN])
def test_files_that_are_no_proofs_are_refused(data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build, path = written_to(tmp_path, *proven("svaml1"))
    Path(path).write_bytes(data)
    assert referee.main([build, path]) == 1
    Path(build, "desk", "ice.json").write_bytes(data)
    assert referee.main([build, path]) == 1
    assert "Traceback" not in "".join(capsys.readouterr())


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files, proof = proven("svaml1")
    build, path = written_to(tmp_path, files, proof)
    assert referee.main([build, path]) == 0
    assert "holds: never record @card, pin (rests on phases-are-told, stop-works)" in capsys.readouterr().out
    assert referee.main([build, path, "--without", "stop-works"]) == 1
    assert "REFUSED: `never record @card, pin` is not proven: it rests on stop-works" in capsys.readouterr().out
    assert referee.main([str(tmp_path / "nothing"), path]) == 2
    assert referee.main([build, str(tmp_path / "nothing")]) == 2
    (tmp_path / "link.json").symlink_to(path)
    assert referee.main([build, str(tmp_path / "link.json")]) == 2
    Path(path).write_text(json.dumps({"proofVersion": 1, "policies": []}), "utf-8")
    assert referee.main([build, path]) == 1
    Path(path).write_text(json.dumps({"proofVersion": 1, "policies": [proof, {**proof, "policy": "x"}]}), "utf-8")
    assert referee.main([build, path]) == 1
    capsys.readouterr()


def test_nothing_that_a_file_says_steers_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files, proof = proven("svaml1")
    forged = copy.deepcopy(proof)
    del forged["guarantees"][0]["certificate"]
    forged["guarantees"][0]["reason"] = "\x1b[2J\u202e\nREFUSED"
    build, path = written_to(tmp_path, files, forged)
    assert referee.main([build, path]) == 0
    out = capsys.readouterr().out
    assert "not claimed: never record @card, pin: ?[2J??REFUSED" in out


def test_it_runs_without_recpol(tmp_path: Path) -> None:
    build, path = written_to(tmp_path, *proven("svaml2"))
    command = [sys.executable, "-I", "-S", str(CHECKER), build, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
