"""What stores promise: the manifest, the explanation, the settings of storages; and what no certificate is made of."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

import recpol_check as referee
from oracle.compiled import files_of
from recpol.analysis.program import Program, program
from recpol.analysis.retention import fewest_days, most_days, reaches
from recpol.base.source import Source
from recpol.certificate import certificate, source_map, walk, written_state
from recpol.compilation import compile_program
from recpol.explain import explain
from recpol.explain.lifecycle import lifecycle
from recpol.prove import prove
from recpol.syntax import tree
from recpol.targets.catalogue import target_names, targets_named
from shells import shell_in

STORE = 'store %s { url "%s" credentials env KEY %s }\n'
TALK = "on ice { record to calls { connect pstn +442079460104 } }\n"


def unit(*lines: str, target: str = "svaml1") -> Program:
    return program(Source("x.recpol", "policy desk\n" + "\n".join(lines)), targets=targets_named([target]))


def stored(keep: str, url: str = "s3://acme-recordings/calls/") -> Program:
    return unit(STORE % ("calls", url, keep), TALK)


@pytest.mark.parametrize("target", target_names())
def test_nothing_of_a_promise_is_told_to_the_platform(target: str) -> None:
    promises = 'keep 5y to 7y readers "compliance" encrypted yes region eu-north-1'
    bare, stating = (unit(STORE % ("calls", "s3://acme/x/", text), TALK, target=target) for text in ("", promises))
    (plain,), (told,) = compile_program(bare).outputs, compile_program(stating).outputs
    documents = {name: data for name, data in told.files.items() if name != "manifest.json"}
    assert documents
    assert documents == {name: data for name, data in plain.files.items() if name != "manifest.json"}
    assert "stores" not in json.loads(plain.files["manifest.json"])
    (store,) = json.loads(told.files["manifest.json"])["stores"]
    assert store["keep"] == {"atLeast": "5y", "atMost": "7y"}
    assert store["encrypted"] is True


def test_what_is_not_stated_is_said_to_be_so() -> None:
    (store,) = explain(compile_program(stored("keep up to 3y encrypted no"))).stores
    assert store.promises == (
        "The policy states, and nobody has checked, that recordings are kept for 3 years at most and they are not "
        "encrypted. It does not state who can read them or in which region they are."
    )


@pytest.mark.parametrize(
    ("guarantee", "store", "status"),
    [
        ("keep recordings 5y", "keep 5y", "proven"),
        ("keep recordings 5y", "keep 4y", "broken"),
        ("keep recordings 5y", "", "unknown"),
        ("keep recordings 5y", "keep up to 7y", "unknown"),
        ("keep recordings 5y", "keep up to 3y", "broken"),
        ("keep recordings 5y to 7y", "keep 5y to 7y", "proven"),
        ("keep recordings 5y to 7y", "keep 6y", "unknown"),
        ("keep recordings 5y to 7y", "keep 8y", "broken"),
        ("keep recordings 5y to 7y", "keep 5y to 8y", "broken"),
        ("keep recordings up to 3y", "keep up to 90d", "proven"),
        ("keep recordings up to 3y", "keep 90d to 3y", "proven"),
        ("keep recordings 1y", "keep 366d", "proven"),
        ("keep recordings 1y", "keep 365d", "broken"),
        ("keep recordings up to 1y", "keep up to 365d", "proven"),
        ("keep recordings encrypted", "", "unknown"),
        ("keep recordings encrypted", "encrypted yes", "proven"),
        ("keep recordings in region eu, EU-WEST-1", "region eu-west-1", "proven"),
        ("keep recordings in region eu", "region us", "broken"),
        ("keep recordings in region eu", "encrypted yes", "unknown"),
    ],
)
def test_a_guarantee_holds_of_what_is_stated_alone(guarantee: str, store: str, status: str) -> None:
    (verdict,) = prove(unit(STORE % ("calls", "s3://acme/x/", store), TALK, guarantee))
    assert verdict.status == status
    assert verdict.assumptions == (("stores-keep-promises",) if status == "proven" else ())


def test_a_year_is_as_short_or_as_long_as_it_can_be() -> None:
    kept = stored("keep 5y to 1461d").names.stores["calls"].promise("keep")
    assert kept is not None
    assert isinstance(kept.value, tree.Retention)
    least, most = kept.value.least, kept.value.most
    assert least is not None
    assert most is not None
    assert (fewest_days(least), most_days(least), most_days(most)) == (1826, 1827, 1461)
    assert reaches(least, most)
    assert not reaches(most, least)


@pytest.mark.parametrize("target", target_names())
def test_all_but_what_stores_state_has_a_certificate(target: str) -> None:
    text = STORE % ("calls", "s3://acme/x/", "keep 5y") + TALK
    lines = ("keep recordings 5y", "never transcribe @talk", "never record @rooms", "record only inbound @rooms")
    made = compile_program(unit(text, *lines, target=target))
    (output,) = made.outputs
    proof = certificate(made, output)
    said = referee.check(referee.Folder("desk", output.files), proof)
    assert [line.partition(":")[0] for line in said] == ["not claimed", "holds", "holds", "holds"]
    assert "what its stores state" in said[0]


# ── lifecycle ────────────────────────────────────────────────────────────────────────────────────────────────────


def settings(keep: str, url: str) -> Any:
    return lifecycle([stored(keep, url)], url.partition(":")[0]).settings


def test_the_settings_delete_after_the_longest_time_and_never_before_the_shortest() -> None:
    found = settings("keep 5y to 7y", "s3://acme/calls/in/")["acme"]
    (rule,) = found["lifecycle"]["Rules"]
    assert rule["Filter"] == {"Prefix": "calls/in/"}
    assert rule["Expiration"] == {"Days": 1827}
    assert found["retention"]["Rule"]["DefaultRetention"]["Days"] == 1827


def test_the_settings_of_the_other_storages() -> None:
    found = settings("keep up to 3y", "azure://acct/calls/in/?sig=secret")
    (rule,) = found["acct/calls"]["lifecycle"]["rules"]
    assert rule["definition"]["filters"]["prefixMatch"] == ["calls/in/"]
    assert rule["definition"]["actions"]["baseBlob"]["delete"] == {"daysAfterCreationGreaterThan": 1093}
    assert "retention" not in found["acct/calls"]
    assert "secret" not in json.dumps(found)
    found = settings("keep 90d", "gs://acme/calls/")
    assert found == {"acme": {"retention": {"retentionPolicy": {"retentionPeriod": "7776000"}}}}


def test_a_rule_is_never_about_more_than_its_store() -> None:
    one = lifecycle([stored("keep up to 3y", "s3://acme/{{ env.DESK }}/")], "s3")
    assert one.settings == {}
    assert "known only later" in one.notes[0]
    whole = lifecycle([stored("keep up to 3y", "s3://acme")], "s3")
    assert whole.settings["acme"]["lifecycle"]["Rules"][0]["Filter"] == {"Prefix": ""}
    assert "the whole of `acme`" in whole.notes[0]


def test_the_command_prints_json_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = shell_in(tmp_path, monkeypatch, capsys)
    text = "policy desk\n" + STORE % ("calls", "s3://acme/calls/", "keep up to 90d") + TALK
    done = shell("explain", "--lifecycle", "s3", "x.recpol", files={"x.recpol": text})
    assert done.status == 0
    assert json.loads(done.out)["acme"]["lifecycle"]["Rules"][0]["Expiration"] == {"Days": 88}
    done = shell("explain", "--lifecycle", "gs", "x.recpol")
    assert done.status == 2
    assert "no store with a URL `gs://` states how long" in done.err


# ── what a false proof comes to ──────────────────────────────────────────────────────────────────────────────────

BACK = """locale en-GB
voice Amy
store calls { url "s3://acme/calls/" credentials env KEY transcribe en-GB }
on ice { answer menu { prompt "Press 1 or 9." key 1 -> sales key 9 -> stop timeout -> gone invalid -> gone } }
on pie sales { record { talk: connect pstn +442079460104 } }
on pie stop { menu { prompt "Press 1." key 1 -> more timeout -> gone invalid -> gone } }
on pie more { record { again: connect pstn +442079460104 } }
on pie gone { hangup }
on pie otherwise { hangup }
on recording failure hangup
"""


@pytest.mark.parametrize("target", ["svaml1", "svaml2"])
@pytest.mark.parametrize("goal", ["opt-out stop", "never transcribe talk", "record only inbound again"])
def test_no_list_of_states_proves_what_is_broken(goal: str, target: str) -> None:
    policy = unit(BACK, goal, target=target)
    (verdict,) = prove(policy)
    assert verdict.status == "broken"
    files = files_of(policy, target)
    folder, found = referee.Folder("desk", files), source_map(policy, policy.targets[0])
    meant = referee.guarantee(goal)
    chosen = meant.chosen(referee.read_places(found["segments"], found["places"]))
    left = chosen if meant.kind == "opt-out" else frozenset[str]()
    machine = referee.machine_of(folder, {}, frozenset(), left)
    states = list(walk(machine))
    proof = {
        **found,
        "documents": {file: hashlib.sha256(data).hexdigest() for file, data in files.items()},
        "guarantees": [{"text": goal, "certificate": 0, "assumes": sorted(meant.assumes(machine, states))}],
        "certificates": [[written_state(state) for state in states]],
    }
    with pytest.raises(referee.Refused, match="can be heard while a recorder runs"):
        referee.check(folder, proof)
    if goal.startswith("opt-out"):  # nor one that forgets who has opted out
        forgetful = [{name: v for name, v in one.items() if name != "heard"} for one in proof["certificates"][0]]
        with pytest.raises(referee.Refused, match="it leaves out"):
            referee.check(folder, {**proof, "certificates": [forgetful]})


@pytest.mark.parametrize("text", ["opt-out a, b", "opt-out @stop", "announce a", "never record a before recording"])
def test_the_referee_reads_only_what_policies_can_say(text: str) -> None:
    with pytest.raises(referee.Refused):
        referee.guarantee(text)
