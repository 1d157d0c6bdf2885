"""`recpol import` of replies to ACE that are for one connect: which connect, a manifest says, and nobody guesses it.

`RECPOL_POLICIES=6000 pytest tests/test_import_answers.py` tries the laws on more policies; without it on a sample.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from random_policies import random_policy, with_answers, with_phase_prompts, with_room_keys
from recpol.analysis.program import Program, program
from recpol.audit.packed import marked, verdicts_of_packs, with_packs
from recpol.base.source import Source
from recpol.cli.main import run
from recpol.compilation import Compilation
from recpol.diff.compare import compare
from recpol.diff.model import RECORDING
from recpol.importer import Imported, import_documents
from recpol.svaml.read import read_document
from recpol.syntax import tree
from test_import import POLICIES_TRIED, TARGETS, answers_of, back, compiled, documents_of, imported, manifest_of, told

HEAD = """policy desk
locale en-GB
store calls { url "s3://acme/calls/" credentials env STORE }
store notes { url "s3://acme/notes/" credentials env STORE }
on pie otherwise { hangup }
"""
MENU = """menu { prompt "One or two?" key 1 -> one key 2 -> two }"""
TWO = f"""{HEAD}
on ice {{ answer {MENU} }}
on pie one {{ agent: connect pstn +46850020000 }}
on pie two {{ desk: connect sip "a@example.com" }}
on ace agent {{ record to calls {{ continue }} }}
on ace desk {{ say "Recorded." record to notes {{ continue }} }}
"""
ONE = f"""{HEAD}
on ice {{ answer agent: connect pstn +46850020000 }}
"""


def same_again(first: Compilation, target: str) -> Imported:
    """What documents were imported to: a policy that gives the same documents and the same answers."""
    result = back(first)
    assert (told(result), result.differences) == ([], ())
    again = compiled(result.text, target=target)
    assert documents_of(again) == documents_of(first), result.text
    assert answers_of(manifest_of(again)) == answers_of(manifest_of(first)), result.text
    assert manifest_of(again)["remembers"] == manifest_of(first)["remembers"]
    return result


# What comes back

COME_BACK: dict[str, tuple[str, tuple[str, ...]]] = {
    "two connects": (TWO, ("agent: connect pstn", 'desk: connect sip "a@', "on ace agent {", "on ace desk {")),
    "beside an answer to all others": (
        TWO.replace("key 2 -> two", "key 2 -> two key 3 -> three")
        + "on pie three { connect pstn +46850020003 }\non ace { hangup }\n",
        ("on ace {", "on ace agent {"),
    ),
    "phases of both": (
        f"""{HEAD}
        on ice {{ answer {MENU} }}
        on pie one {{ agent: connect pstn +46850020000 {{ phase card }} }}
        on pie two {{ desk: connect pstn +46850020001 {{ phase trade }} }}
        on ace agent {{ continue }}
        on ace desk {{ say "Recorded." continue }}
        record call agent except card to calls
        record call trade to notes
        """,
        ("agent: connect pstn +46850020000 { phase card }", "desk: connect pstn +46850020001 { phase trade }"),
    ),
    "a menu between the answer and the talks": (
        f"""{ONE.replace("0000", "0000 { phase card }")}
        on ace agent {{ {MENU} }}
        on pie one {{ continue }}
        on pie two {{ say "No." continue }}
        record call agent except card to calls
        """,
        ("agent: connect pstn +46850020000 { phase card }",),
    ),
    "a request in one of two talks of a connect": (
        f"""{ONE}
        on ace agent {{ {MENU} }}
        on pie one {{ one: continue }}
        on pie two {{ two: continue }}
        on manage stop in one {{ off: continue }}
        record call one, two to calls
        """,
        ("  agent: connect", "    talk: continue", "on manage stop in talk {"),
    ),
    "a connect that is sent to a parked call": (
        f"""{HEAD}
        on ice {{ answer park {{ hold "Wait." }} }}
        on manage back {{ continue }}
        on manage other {{ desk: connect pstn +46850020002 {{ phase card }} }}
        on ace desk {{ say "Recorded." away: continue }}
        record call away except card to notes
        """,
        ("desk: connect pstn +46850020002 { phase card }", "on ace desk {"),
    ),
    "a talk that is parked, and goes on as another": (
        f"""{ONE}
        on ace agent {{ talk: continue }}
        on manage hold in talk {{ park {{ hold "Wait." }} }}
        on manage back {{ later: continue }}
        on manage end in later {{ hangup }}
        """,
        ("agent: connect", "on manage end in"),
    ),
    "a talk after parking in which more is sent than in the one before": (
        f"""{HEAD}
        on ice {{ answer {MENU} }}
        on pie one {{ far: connect pstn +46850020000 }}
        on pie two {{ desk: connect pstn +46850020001 }}
        on ace desk {{ continue }}
        on manage hold in far {{ park {{ hold "Wait." }} }}
        on manage back {{ later: continue }}
        on manage end in later {{ hangup }}
        """,
        ("talk: connect", "talk-1: continue", "desk: connect", "on manage end in talk-1 {"),
    ),
    "a second talk after parking, with a phase and a request of its own": (
        f"""{ONE}
        on ace agent {{ record to calls {{ talk: continue }} }}
        on manage stop in talk {{ off: continue }}
        on manage hold in off {{ park {{ hold "Wait." }} }}
        on manage other {{ desk: connect pstn +46850020001 {{ phase card }} }}
        on ace desk {{ {MENU} }}
        on pie one {{ far: continue }}
        on pie two {{ hangup }}
        on manage end in far {{ hangup }}
        record call far except card to notes
        """,
        ("desk: connect pstn +46850020001 { phase card }", "on ace desk {"),
    ),
    "a call that is recorded while it is parked": (
        f"""{ONE}
        on ace agent {{ record to calls {{ talk: continue }} }}
        on manage hold in talk {{ record to calls {{ park {{ hold "Wait." }} }} }}
        on manage other {{ say "Hello." record to notes {{ desk: connect pstn +46850020001 }} }}
        on ace desk {{ record to notes {{ continue }} }}
        """,
        ("desk: connect", "on ace desk {"),
    ),
    "a request that ends talks which are recorded differently": (
        f"""{ONE}
        on ace agent {{ {MENU} }}
        on pie one {{ record to calls {{ continue }} }}
        on pie two {{ continue }}
        on manage end in agent {{ hangup }}
        """,
        ("agent: connect", "on manage end in talk, talk-1 {"),
    ),
    "a callout, and a connect of the one who is called": (
        f"""{ONE}
        on ace agent {{ record to calls {{ continue }} }}
        on callout ask {{ call pstn "{{{{ start.number }}}}" }}
        on ace ask {{ {MENU} }}
        on pie one {{ desk: connect pstn +46850020004 {{ phase card }} }}
        on pie two {{ hangup }}
        on ace desk {{ say "Go." continue }}
        record call desk except card to notes
        """,
        ("on ace ask {", "on ace desk {", "desk: connect pstn +46850020004 { phase card }"),
    ),
    "a room after the answer": (
        f"""{ONE}
        on ace agent {{ record conference to calls {{ connect conference "room" }} }}
        """,
        ("agent: connect",),
    ),
    "labels that an import gives elsewhere": (
        f"""{HEAD}
        on ice {{ answer {MENU} }}
        on pie one {{ stop-on: connect pstn +46850020000 {{ phase card }} }}
        on pie two {{ talk: connect pstn +46850020001 }}
        on ace stop-on {{ first: continue }}
        on ace talk {{ second: continue }}
        on manage stop in second {{ off: continue }}
        record call first except card to calls
        record call second to calls
        """,
        ("stop-on: connect", "talk: connect", "stop-on-1: continue", "talk-1: continue"),
    ),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", COME_BACK)
def test_a_connect_with_an_answer_of_its_own_comes_back(name: str, target: str) -> None:
    text, parts = COME_BACK[name]
    first = compiled(text, target=target)
    assert first.files, [f.message for f in first.checked.errors]
    result = same_again(first, target)
    assert [part for part in parts if part not in result.text] == []


SENT = {
    "the talk after a request is another, and is recorded alike": """
        on ace agent { talk: continue }
        on manage tell in talk { say "Hello." told: continue }
        on manage more in talk, told { say "More." }
        on manage once in told { say "Once." }
        record call talk, told to calls
    """,
    "requests that are sent in the talks after each other": """
        on ace agent { talk: continue }
        on manage left in talk, righter { say "Left." lefter: continue }
        on manage right in talk, lefter { say "Right." righter: continue }
        record call talk, lefter, righter to calls
    """,
    "a request that is sent again in the talk after it": """
        on ace agent { talk: continue }
        on manage tell in talk, told { say "Hello." told: continue }
        on manage once in talk { say "Once." }
        record call talk, told to calls
    """,
    "a request that leads back": """
        on ace agent { talk: continue }
        on manage stop in talk, again { off: continue }
        on manage resume in off { again: continue }
        record call talk, again to calls
    """,
    "a key in a room, after which the talk is another": """
        on ace agent { room: connect conference "room" { key 7 -> stop } }
        on manage stop in room { say "Hm." away: continue }
    """,
}


@pytest.mark.parametrize("name", SENT)
def test_the_manifest_tells_which_talk_goes_on_after_a_request(name: str) -> None:
    first = compiled(ONE + SENT[name], target="svaml1")
    assert any(file.startswith("manage.") for file in first.files), [f.message for f in first.checked.errors]
    same_again(first, "svaml1")


SET_UP = f"""{HEAD}
on ice {{ answer {MENU} }}
on pie one {{ say "Go." continue }}
on pie two {{ desk: connect pstn +46850020001 }}
on ace desk {{ menu {{ prompt "Once more?" key 1 -> one }} }}
on ace {{ say "Hello." called: continue }}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_a_talk_in_whose_place_the_platform_may_set_the_call_up_is_told_apart_or_refused(target: str) -> None:
    """The manifest names `pie.one.json` for the talk after `on ace` too, since that reply can get lost."""
    first = compiled(SET_UP + 'on manage tell in called { say "More." told: continue }', target=target)
    sent = answers_of(manifest_of(first))["manage.tell.json"]
    assert any('"in": ["ace.json", "pie.one.json"]' in one for one in sent)
    assert "on manage tell in talk {" in same_again(first, target).text
    first = compiled(SET_UP + "on manage end in called { hangup }", target=target)
    assert told(back(first)) == ["manage.end.json: in which talk this request is sent: no talk is known to be meant"]


PROMPTED = {
    "where nobody talks, because the answer ends the call": """
        on ace agent { say "Bye." hangup }
    """,
    "where two talks are recorded alike": f"""
        on ace agent {{ {MENU} }}
        on pie one {{ continue }}
        on pie two {{ say "No." continue }}
        record call agent to calls
    """,
    "recorded, in a phase and a talk that are not": """
        on ace agent { continue }
        record call spoken to calls
    """,
}


@pytest.mark.parametrize("name", PROMPTED)
def test_a_phase_that_says_something_comes_back(name: str) -> None:
    phase = '{ phase card { begin { spoken: say "Go." to everyone } } }'
    first = compiled(ONE.replace("0000", f"0000 {phase}") + PROMPTED[name], target="svaml1")
    assert "manage.card.begin.json" in first.files, [f.message for f in first.checked.errors]
    same_again(first, "svaml1")


def test_a_prompt_of_a_phase_gets_a_label_that_is_free() -> None:
    text = f"""{HEAD}
    on ice {{ answer card-said-1: connect pstn +46850020000 {{ phase card {{ begin {{ spoken: say "Go." }} }} }} }}
    on ace card-said-1 {{ continue }}
    record call spoken to calls
    """
    result = same_again(compiled(text, target="svaml1"), "svaml1")
    assert "card-said-2: say" in result.text


@pytest.mark.parametrize("target", TARGETS)
def test_an_answer_to_silence_that_a_manifest_names_is_written_out(target: str) -> None:
    """Else the manifest of the imported policy says otherwise whether an answer depends on the reply before."""
    text = f"""{HEAD}
    on ice {{ answer menu {{ prompt "One?" key 1 -> one timeout -> otherwise }} }}
    on pie one {{ menu {{ prompt "Two?" key 1 -> one }} }}
    """
    first = compiled(text, target=target)
    assert manifest_of(first)["remembers"]
    assert same_again(first, target).text.count("timeout -> otherwise") == 1


# What nobody can tell


def from_manifest(first: Compilation, manifest: object) -> Imported:
    documents = [read_document(Source(file, data.decode())) for file, data in documents_of(first).items()]
    return import_documents("back", documents, manifest)


def answer_to(manifest: dict[str, Any], label: str) -> dict[str, Any]:
    """What the manifest says of the reply to ACE of one connect."""
    found: dict[str, Any] = next(one for one in manifest["replies"] if one["file"] == f"ace.{label}.json")
    return found


def after(*files: object) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        answer_to(manifest, "agent")["answers"] = [{"event": "ace", "after": list(files)}]

    return change


def further(manifest: dict[str, Any]) -> None:
    """Another connect for the label, said by a second entry of the same file."""
    more = copy.deepcopy(answer_to(manifest, "agent"))
    more["answers"][0]["after"] = ["pie.two.json"]
    manifest["replies"].append(more)


UNTOLD: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "two candidates": (after("pie.one.json", "pie.three.json"), "names the connects of 2 replies for `agent`"),
    "two entries of one file": (further, "names the connects of 2 replies for `agent`"),
    "one connect for two": (after("pie.two.json"), "`pie.two.json`, and of another label too"),
    "a document that is not there": (after("pie.four.json"), "`pie.four.json`, which is not among these documents"),
    "what is no text": (after({"file": "pie.one.json"}), "which is not among these documents"),
    "a menu": (after("ice.json"), "`ice.json`, and no ACE comes after that"),
    "the reply itself": (after("ace.agent.json"), "`ace.agent.json`, and no ACE comes after that"),
    "a room, which nobody answers": (after("pie.room.json"), "`pie.room.json`, and no ACE comes after that"),
    "callbacks that are suppressed": (after("pie.still.json"), "`pie.still.json`, and no ACE comes after that"),
    "a request that begins a call": (after("callout.ask.json"), "which is not among these documents"),
    "no reply": (after(), "the manifest does not say which connect `agent` is"),
    "a text in the place of a list": (
        lambda m: answer_to(m, "agent")["answers"][0].update(after="pie.one.json"), "does not say which connect `agent`"
    ),
    "nothing about the reply before": (
        lambda m: answer_to(m, "agent")["answers"][0].pop("after"), "does not say which connect `agent` is"
    ),
    "no answer": (lambda m: answer_to(m, "agent").update(answers=[]), "does not say which connect `agent` is"),
    "another callback": (
        lambda m: answer_to(m, "agent")["answers"][0].update(event="pie"), "does not say which connect `agent` is"
    ),
    "no entry": (lambda m: m["replies"].remove(answer_to(m, "agent")), "does not say which connect `agent` is"),
    "one reply twice": (after("pie.one.json", "pie.one.json"), "the manifest says that this answers"),
    "more than the ACE of one connect": (
        lambda m: answer_to(m, "agent")["answers"].append({"event": "ace"}), "none of these documents asks for that"
    ),
    "what answers all others": (
        lambda m: next(r for r in m["replies"] if r["file"] == "ace.json").update(
            answers=[{"event": "ace", "after": ["pie.three.json"]}]
        ),
        "the manifest says that this answers",
    ),
    "no memory of the reply before": (lambda m: m.update(remembers=False), "says wrongly whether an answer depends"),
    "a manifest of other things": (lambda m: m.update(replies={}), "does not say which connect `agent` is"),
}  # fmt: skip
MANY = f"""{HEAD}
on ice {{
  answer
  menu {{ prompt "Which?" key 1 -> one key 2 -> two key 3 -> three key 4 -> room key 5 -> still }}
}}
on pie one {{ agent: connect pstn +46850020000 }}
on pie two {{ desk: connect pstn +46850020001 }}
on pie three {{ connect pstn +46850020003 }}
on pie room {{ connect conference "room" }}
on pie still {{ connect pstn +46850020004 suppress-callbacks }}
on callout ask {{ call pstn +46850020005 }}
on ace agent {{ record to calls {{ continue }} }}
on ace desk {{ record to notes {{ continue }} }}
on ace {{ hangup }}
"""


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", UNTOLD)
def test_a_manifest_that_does_not_name_the_one_connect_is_refused(name: str, target: str) -> None:
    change, message = UNTOLD[name]
    first = compiled(MANY, target=target)
    same_again(first, target)
    manifest = manifest_of(first)
    change(manifest)
    result = from_manifest(first, manifest)
    assert any(message in one for one in told(result)), told(result)
    assert not any("ace.json` if it answers all" in one.help for one in result.refused)


def test_labels_that_a_manifest_exchanges_are_exchanged() -> None:
    """No document shows which of two connects has which label: the manifest is all that there is, for a backend too."""
    first = compiled(TWO)
    manifest = manifest_of(first)
    one, other = answer_to(manifest, "agent"), answer_to(manifest, "desk")
    one["answers"], other["answers"] = other["answers"], one["answers"]
    result = from_manifest(first, manifest)
    assert told(result) == []
    assert 'agent: connect sip "a@example.com"' in result.text
    assert answers_of(manifest_of(compiled(result.text))) == answers_of(manifest)


def test_without_a_manifest_nobody_knows_which_connect_is_meant() -> None:
    hangup = {"action": {"name": "Hangup"}}
    dial = {"action": {"name": "ConnectPstn", "number": "+46850020000"}}
    result = imported({"ice.json": dial, "ace.agent.json": hangup, "ace.desk.json": hangup})
    assert told(result) == [
        f"ace.{label}.json: no reply says which connect `{label}` is" for label in ("agent", "desk")
    ]
    assert all("call the file `ace.json` if it answers all" in one.help for one in result.refused)


UNREACHED = f"""{HEAD}
on ice {{ answer hangup }}
on pie one {{ desk: connect pstn +46850020001 }}
on pie two {{ agent: connect pstn +46850020000 }}
on ace agent {{ talk: continue }}
on manage end in talk {{ hangup }}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_what_no_call_comes_to_is_named_nowhere_and_refused(target: str) -> None:
    first = compiled(UNREACHED, target=target)
    assert {file for file, answers in answers_of(manifest_of(first)).items() if not answers} >= {
        "ace.agent.json", "manage.end.json",
    }  # fmt: skip
    assert told(back(first)) == ["ace.agent.json: the manifest does not say which connect `agent` is"]
    first = compiled(UNREACHED.replace("on ace agent", "on ace"), target=target)
    assert told(back(first)) == ["manage.end.json: in which talk this request is sent: no talk is known to be meant"]


# Laws


def random_ones(target: str, tried: int) -> Iterator[tuple[int, Compilation]]:
    """Random policies of which some connect has an answer of its own, as many as are tried, by their seeds."""
    for seed in range(tried):
        text = with_answers(random_policy(Random(seed)))
        if "on ace l" in text or "on ace d" in text:
            first = compiled(with_phase_prompts(with_room_keys(text)) if target == "svaml1" else text, target=target)
            if any(file.startswith("ace.") and file not in ("ace.json", "ace.ask.json") for file in first.files):
                yield seed, first


@pytest.mark.parametrize("target", TARGETS)
def test_random_policies_come_back_and_record_and_promise_the_same(target: str) -> None:
    seen: Counter[str] = Counter()
    for seed, first in random_ones(target, POLICIES_TRIED):
        answers = answers_of(manifest_of(first))
        result = back(first)
        errors = {one.rule for one in result.findings if one.level == "error"}
        if result.refused or errors:  # of what no call comes to
            assert all(not answers[one.span.source.path] for one in result.refused), (seed, told(result))
            assert errors <= {"recording-unreachable"}, (seed, errors)
            seen["unreached"] += 1
            continue
        again = same_again(first, target)
        policy = program(Source("again.recpol", again.text), targets=again.targets)
        found = compare(first.program, policy)
        assert not found.has(RECORDING), (seed, found.differences)
        seen["same"] += 1
        if all(f"manage.{phase.name.text}.begin.json" in first.files for phase in _phases(first.program)):
            verdicts = _verdicts(policy)  # a phase for which nothing is sent stands in no document
            assert verdicts == _verdicts(first.program), seed
            seen.update(verdicts.values())
    assert seen["same"] > 10 * seen["unreached"]
    assert min(seen["same"] // 5, seen["proven"], seen["broken"]) >= POLICIES_TRIED // 60, seen


def _phases(one: Program) -> list[tree.Phase]:
    return [step.body for step in one.steps if isinstance(step.body, tree.Phase)]


def _verdicts(one: Program) -> dict[str, str]:
    """What `recpol verify` says of a policy: its notices, and its connects and talks, are tagged for two packs."""
    header = next(statement for statement in one.own_statements if isinstance(statement, tree.Header))
    talks = (step for step in one.steps if isinstance(step.body, tree.Connect | tree.Continue))
    tags = [(step.node.span.end, "trade") for step in talks if "con" in step.node.span.text]  # some are not written
    tags += [(at, "notice") for at in marked(one, "Recorded.")]
    text = with_packs(one.source.text, ("mifid2", "us-all-party"), tags, header.span.end)
    whole = program(Source(one.source.path, text), targets=one.targets)
    return {v.guarantee.span.text: v.status for clause in verdicts_of_packs(whole) for v in clause.verdicts}


def _edited(first: Compilation, random: Random) -> dict[str, Any]:
    """A manifest in which somebody changed by hand which connects are meant."""
    changed = manifest_of(first)
    entries = [one for one in changed["replies"] if one["file"].startswith("ace.") and one["answers"]]
    dials = [file for file, data in documents_of(first).items() if b"onnectPstn" in data or b"onnectSip" in data]
    for entry in random.sample(entries, min(len(entries), random.randint(1, 2))):
        answer = random.choice(entry["answers"])
        match random.randrange(7):
            case 0 | 1:
                answer["after"] = [random.choice(dials)]
            case 2:
                answer["after"] = [*(answer.get("after") or ()), random.choice(dials)]
            case 3:
                answer.pop("after", None)
            case 4:
                other = random.choice(entries)
                entry["answers"], other["answers"] = other["answers"], entry["answers"]
            case 5:
                answer["after"] = random.choice(["ice.json", None, [None], [["ice.json"]], {}, [], ["x.json"]])
            case _:
                entry["file"] = random.choice(changed["replies"])["file"]
    return changed


@pytest.mark.parametrize("target", TARGETS)
def test_an_edited_manifest_is_refused_or_says_what_the_imported_policy_says(target: str) -> None:
    seen: Counter[str] = Counter()
    given = [(text, compiled(text, target=target)) for text in (TWO, MANY)]
    for name, first in (*given * 20, *random_ones(target, POLICIES_TRIED // 4)):
        for number in range(6):
            manifest = _edited(first, Random(f"{name} {number} {seen.total()}"))
            result = from_manifest(first, manifest)
            if result.refused or any(one.level == "error" for one in result.findings):
                seen["refused"] += 1
                continue
            again = compiled(result.text, target=target)
            assert documents_of(again) == documents_of(first), (name, number)
            assert answers_of(manifest_of(again)) == answers_of(manifest), (name, number)
            seen["other" if answers_of(manifest) != answers_of(manifest_of(first)) else "same"] += 1
    assert min(seen["refused"], seen["other"]) >= POLICIES_TRIED // 60, seen


# The commands

REPRODUCED = """policy desk
locale en-GB
store calls { url "s3://acme/calls/" credentials env STORE }
on ice { answer agent: connect pstn +46850020000 }
on ace agent { record { continue } }
"""


@pytest.mark.parametrize("target", ["classic", "svaml1", "svaml2"])
def test_the_commands_read_back_what_was_compiled(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = REPRODUCED.replace("on ice", f"target {target}\nvoice Amy\non ice")
    (tmp_path / "desk.recpol").write_text(text, "utf-8")
    assert run(["compile", "desk.recpol", "-o", "build"]) == 0
    assert run(["import", "build/desk", "-o", "back.recpol", "--name", "back"]) == 0
    assert run(["compile", "back.recpol", "-o", "build", "--target", target]) == 0
    built, again = tmp_path / "build" / "desk", tmp_path / "build" / "back"
    for file in built.iterdir():
        assert file.name == "manifest.json" or (again / file.name).read_bytes() == file.read_bytes()
    capsys.readouterr()
    assert run(["diff", "desk.recpol", "build/desk"]) == 0, capsys.readouterr()
    assert run(["verify", "build/desk", "--pack", "us-all-party"]) == 1
    said = capsys.readouterr()
    assert "announce @notice before recording: broken" in said.out
    assert "the conversation" in said.out
    assert run(["verify", "build/desk", "--pack", "pci-dss-4"]) == 1
    assert "never record @card: about nothing here" in capsys.readouterr().out


def test_the_commands_refuse_a_manifest_that_leaves_the_connect_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.recpol").write_text(REPRODUCED, "utf-8")
    assert run(["compile", "desk.recpol", "-o", "build"]) == 0
    place = tmp_path / "build" / "desk" / "manifest.json"
    manifest = json.loads(place.read_text("utf-8"))
    answer_to(manifest, "agent")["answers"][0].pop("after")
    place.write_text(json.dumps(manifest), "utf-8")
    for words, status in (
        (["import", "build/desk"], 1),
        (["verify", "build/desk", "--pack", "gdpr"], 2),
        (["diff", "desk.recpol", "build/desk"], 2),
    ):
        capsys.readouterr()
        assert run(words) == status
        said = capsys.readouterr()
        assert "the manifest does not say which connect `agent` is" in said.err
        assert "compile again, or write `on ace LABEL` by hand" in said.err
        assert said.out == ""
