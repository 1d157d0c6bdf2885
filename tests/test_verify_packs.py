"""Clause packs about SVAML that nobody wrote in our language: verdicts with the call, and honest refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from random_policies import random_policy
from recpol.analysis.program import Program, program
from recpol.audit.packed import marked, verdicts_of_packs, with_packs
from recpol.base.source import Source
from recpol.cli.main import run
from recpol.compilation import compile_program
from recpol.importer import import_documents
from recpol.platform.targets import Target
from recpol.prove import prove
from recpol.svaml.read import read_document
from recpol.syntax import tree

ICE: dict[str, Any] = {
    "instructions": [
        {"name": "answer"},
        {"name": "say", "text": "This call is recorded.", "locale": "en-GB"},
        {
            "name": "startRecording",
            "options": {
                "destinationUrl": "s3://acme/calls/", "credentials": "{{ env.STORE }}", "format": "mp3",
                "notificationEvents": True,
            },
        },
        {"name": "say", "text": "Please say your card number.", "locale": "en-GB"},
    ],
    "action": {"name": "connectPstn", "number": "+46850020000", "cli": "+46850020009"},
}  # fmt: skip

Verify = Callable[..., tuple[int, str, str]]


@pytest.fixture
def verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Verify:
    """Runs `recpol verify` on a reply to ICE."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ice.json").write_text(json.dumps(ICE), "utf-8")

    def go(*words: str, document: Any = None) -> tuple[int, str, str]:
        if document is not None:
            (tmp_path / "ice.json").write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
        status = run(["verify", "ice.json", *words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return go


def test_a_clause_that_is_broken_is_told_with_the_call(verify: Verify) -> None:
    status, out, _ = verify("--pack", "pci-dss-4", "--tag", "card=say your card number")
    assert status == 1
    assert "never record @card: broken" in out
    assert '"Please say your card number."' in out
    assert "never transcribe @card: proven for every call" in out
    assert "not covered: deletion on authorisation" in out


def test_a_clause_that_holds_is_proven_and_says_what_that_rests_on(verify: Verify) -> None:
    status, out, _ = verify("--pack", "us-all-party", "--tag", "notice=This call is recorded")
    assert status == 1
    assert "announce @notice before recording: proven for every call" in out
    assert "rests on caller-hears" in out
    assert "announce @notice in recording: broken" in out


def test_a_document_that_records_no_card_is_proven(verify: Verify) -> None:
    quiet = {**ICE, "instructions": [ICE["instructions"][0], ICE["instructions"][3]]}
    status, out, _ = verify("--pack", "pci-dss-4", "--tag", "card=card number", document=quiet)
    assert "never record @card: proven for every call" in out
    assert status == 0


def test_what_one_target_alone_has_is_verified_whatever_the_names_begin_with(verify: Verify) -> None:
    capitals = [{**one, "name": one["name"][0].upper() + one["name"][1:]} for one in ICE["instructions"]]
    machine = {**ICE["action"], "name": "ConnectPstn", "amd": {"enabled": True}}
    document = {"instructions": capitals, "action": machine}
    words = ("--pack", "us-all-party", "--tag", "notice=This call is recorded")
    assert verify(*words, document=document) == verify(*words, document=ICE)


def test_what_no_policy_may_do_is_told_where_more_of_it_is_said(verify: Verify) -> None:
    unheard = {"instructions": [{"name": "startRecording", "options": ICE["instructions"][2]["options"]}]}
    status, _, err = verify("--pack", "pci-dss-4", document={**unheard, "action": {"name": "hangup"}})
    assert status == 2
    assert "the documents do what no policy may" in err
    assert "`recpol import` of them says more" in err


def test_what_no_tag_says_is_not_called_proven(verify: Verify) -> None:
    status, out, err = verify("--pack", "pci-dss-4")
    assert status == 1
    assert "never record @card: about nothing here" in out
    assert "nothing is tagged `@card`" in err


def test_verdicts_are_data_too(verify: Verify) -> None:
    status, out, _ = verify("--pack", "pci-dss-4", "--tag", "card=card number", "--format", "json")
    assert status == 1
    first = json.loads(out)["clauses"][0]
    assert first["pack"] == "pci-dss-4"
    assert first["guarantees"][0]["status"] == "broken"
    assert first["guarantees"][0]["call"]


@pytest.mark.parametrize(
    ("words", "document", "said"),
    [
        ((), None, "no pack is named"), (("--pack", "pci-dss-9"), None, "did you mean `pci-dss-4`?"),
        (("--pack", '"x'), None, "there is no pack"),
        (("--pack", "pci-dss-4", "--tag", "card"), None, "not understood"),
        (("--pack", "pci-dss-4", "--tag", "card=nobody says so"), None, "nothing in the documents"),
        (("--pack", "pci-dss-4"), "{", "error"), (("--pack", "pci-dss-4"), {"instructions": []}, "no action"),
        (("--pack", "pci-dss-4"), {**ICE, "more": 1}, "no property `more`"),
    ],
)  # fmt: skip
def test_what_cannot_be_verified_is_refused(words: tuple[str, ...], document: Any, said: str, verify: Verify) -> None:
    status, out, err = verify(*words, document=document)
    assert status == 2
    assert out == ""
    assert said in err


def _trading(one: Program, targets: tuple[Target, ...]) -> Program:
    """A policy under a pack, in which every call that is connected is a trade."""
    header = next(statement for statement in one.own_statements if isinstance(statement, tree.Header))
    trades = [(step.node.span.end, "trade") for step in one.steps if isinstance(step.body, tree.Connect)]
    text = with_packs(one.source.text, ("mifid2",), trades, header.span.end)
    return program(Source(one.source.path, text), targets=targets)


def test_verdicts_are_those_of_the_policy_that_the_documents_were_made_of() -> None:
    compared, seen = 0, set[str]()
    for seed in range(60):
        written = random_policy(Random(seed))
        policy = program(Source("made.recpol", written))
        compilation = compile_program(policy)
        if compilation.checked.errors:
            continue
        output = compilation.outputs[0]
        held = {name: data.decode() for name, data in output.files.items() if name != "manifest.json"}
        documents = [read_document(Source(name, text), "") for name, text in held.items()]
        result = import_documents("again", documents, json.loads(output.files["manifest.json"]))
        if result.refused or result.differences or any(one.level == "error" for one in result.findings):
            continue
        again = program(Source("again.recpol", result.text), targets=result.targets)
        whole, direct = (_trading(one, result.targets) for one in (again, policy))
        found = {
            verdict.guarantee.span.text: verdict.status
            for one in verdicts_of_packs(whole)
            for verdict in one.verdicts
            if "@notice" not in verdict.guarantee.span.text
        }
        expected = {verdict.guarantee.span.text: verdict.status for verdict in prove(direct)}
        assert found == {text: expected[text] for text in found}
        seen |= set(found.values())
        compared += 1
    assert {"proven", "broken"} <= seen
    assert compared >= 5


def test_a_tag_goes_to_all_that_has_the_words() -> None:
    desk = program(Source("a.recpol", 'policy a\non ice { say "One card." t: say "A card, too." hangup }\n'))
    text = with_packs(
        desk.source.text, ("gdpr", "gdpr"), [(at, "card") for at in marked(desk, "card")], len("policy a")
    )
    assert text == ('policy a\nuse pack "gdpr"\non ice { say "One card." @card t: say "A card, too." @card hangup }\n')
    assert marked(desk, "t") != ()
    assert marked(desk, "nothing") == ()
