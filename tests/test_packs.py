"""The clause packs: what each of them says of itself, the command that lists them, and where they end."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest

from recpol.analysis.packs import CHECKED, Pack, pack
from recpol.analysis.program import program
from recpol.base.finding import Finding
from recpol.base.resources import pack_names
from recpol.base.source import Source
from recpol.compilation import compile_program
from recpol.explain import explain
from recpol.explain.markdown import markdown
from recpol.explain.text import text
from recpol.formatter import format_source
from recpol.rules.check import check
from recpol.syntax import tree
from shells import shell_in

ROOT = Path(__file__).parents[1]
HEAD = 'policy desk\nlocale en-GB\nuse pack "%s"\n'
STORE = 'store calls { url "s3://acme-recordings/calls/" credentials env KEY }\n'


def found(name: str) -> Pack:
    one = pack(name)
    assert one is not None
    return one


def findings(policy: str, today: datetime.date | None = None) -> list[Finding]:
    day = None if today is None else today.toordinal()
    return list(check(program(Source("desk.recpol", policy), today=day)).findings)


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_says_of_each_clause_what_it_rests_on(name: str) -> None:
    one = found(name)
    assert one.title
    assert re.fullmatch(r"[1-9][0-9]*", one.version)
    assert one.clauses
    for clause in one.clauses:
        assert clause.citation
        assert clause.says
        assert clause.checked in CHECKED
        assert clause.reviewed is not None
        assert clause.not_covered, "no clause is covered in full"
        assert (clause.source == "none") == (clause.checked == "not verified")
        for guarantee in clause.guarantees:
            assert guarantee.because is not None
            said = "(not verified)" in guarantee.because.reason.value
            assert said == (clause.checked == "not verified"), "each finding has to say it"


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_is_a_rules_file_of_guarantees_alone(name: str) -> None:
    source = Source(f"packs/{name}.recpol", (ROOT / "packs" / f"{name}.recpol").read_text("utf-8"))
    unit = program(source)
    assert unit.is_rules
    assert check(unit).findings == ()
    header, *rest = unit.file.statements
    assert isinstance(header, tree.Header)
    assert header.name.text == name
    assert all(isinstance(statement, tree.Guarantee) for statement in rest)
    clauses = found(name).clauses
    assert len(rest) == sum(len(clause.guarantees) for clause in clauses), "each stands under a clause"


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_is_written_in_the_one_style(name: str) -> None:
    written = (ROOT / "packs" / f"{name}.recpol").read_text("utf-8")
    assert format_source(Source("x", written)) == written


@pytest.mark.parametrize("name", pack_names())
def test_what_is_not_covered_is_printed(name: str) -> None:
    policy = HEAD % name + STORE + "on ice { connect pstn +442079460104 }\n"
    explained = explain(compile_program(program(Source("desk.recpol", policy))))
    for printed in (text(explained), markdown(explained)):
        flat = re.sub(r"[\s\\]+", "", printed.replace("`", "")).lower()
        for clause in found(name).clauses:
            for sentence in (clause.citation, clause.says, *clause.not_covered):
                assert re.sub(r"\s+", "", sentence.replace("`", "")).lower() in flat, sentence


def test_a_policy_without_packs_says_nothing_of_them() -> None:
    explained = explain(compile_program(program(Source("desk.recpol", "policy desk\non ice { hangup }\n"))))
    assert explained.packs == ()
    assert "not covered" not in text(explained)


def test_a_review_of_more_than_a_year_ago_is_found() -> None:
    policy = HEAD % "hipaa" + "on ice { connect pstn +442079460104 }\n"
    reviewed = found("hipaa").reviewed
    assert reviewed is not None
    late = reviewed + datetime.timedelta(days=367)
    assert [finding.rule for finding in findings(policy, reviewed + datetime.timedelta(days=366))] == []
    (stale,) = findings(policy, late)
    assert stale.rule == "stale-pack"
    assert stale.message == f"the pack `hipaa` was reviewed on {reviewed} for the last time"
    assert stale.span.text == '"hipaa"'


def test_a_broken_guarantee_of_a_pack_names_the_clause_and_stands_in_the_policy() -> None:
    talk = "on ice { answer record { connect pstn +442079460104 @card } }\n"
    broken = [f for f in findings(HEAD % "pci-dss-4" + STORE + talk) if f.rule == "broken-guarantee"]
    assert {finding.span.source.path for finding in broken} == {"desk.recpol"}
    assert "PCI DSS v4.0.1, requirement 3.3.1.2 (pack:pci-dss-4:" in broken[0].why


def test_a_promise_that_a_pack_asks_for_is_told_where_the_pack_is_used() -> None:
    stores = STORE.replace("KEY", "KEY keep 1y")
    (broken,) = findings(HEAD % "reg-f" + stores + "on ice { record { connect pstn +442079460104 } }\n")
    assert broken.rule == "broken-guarantee"
    assert broken.span.text == '"reg-f"'
    assert "12 CFR 1006.100(b)" in broken.why


def test_a_pack_may_come_by_way_of_a_rules_file() -> None:
    shared = Source("shared.recpol", 'rules company\nuse pack "reg-f"\n')
    policy = 'policy desk\nuse "shared.recpol"\n' + STORE + "on ice { record { connect pstn +442079460104 } }\n"
    unit = program(Source("desk.recpol", policy), reader=lambda path, origin: shared)
    assert [finding.rule for finding in check(unit).findings] == ["not-stated"]
    assert [one.name for one in explain(compile_program(unit)).packs] == ["reg-f"]


def test_an_opt_out_that_nobody_can_reach_is_found() -> None:
    talk = 'on ice { answer say "Recorded." @notice record { connect pstn +442079460104 { phase b @bank } } }\n'
    (found_,) = [f for f in findings(HEAD % "gdpr" + STORE + talk) if f.rule == "pack-without-tag"]
    assert found_.message == "the pack `gdpr` speaks of `objection`, and no key and no request is called so"


def test_a_pack_that_there_is_not_is_refused_with_the_nearest() -> None:
    (bad,) = findings(HEAD % "pci-dss-3" + "on ice { connect pstn +442079460104 }\n")
    assert (bad.rule, bad.help) == ("bad-use", "did you mean `pci-dss-4`?")
    for name in ("../pyproject", "pci-dss-4.recpol", "", "PCI-DSS-4", "x" * 5000):
        (bad,) = findings(HEAD % name + "on ice { connect pstn +442079460104 }\n")
        assert bad.rule == "bad-use"


def test_the_command_lists_packs_and_says_what_is_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = shell_in(tmp_path, monkeypatch, capsys)
    listed = shell("packs")
    assert listed.status == 0
    assert [line.split()[0] for line in listed.out.splitlines()] == list(pack_names())
    one = shell("packs", "us-all-party")
    assert "Washington, RCW 9.73.030" in one.out
    assert "Not covered: where a caller is" in one.out
    assert "Not verified; reviewed" in one.out
    data = json.loads(shell("packs", "mifid2", "--output-format", "json").out)
    assert data["clauses"][0]["written"] == ["always record @trade"]
    every = json.loads(shell("packs", "--output-format", "json").out)
    assert [one["name"] for one in every["packs"]] == list(pack_names())
    bad = shell("packs", "mifid")
    assert (bad.status, bad.out) == (2, "")
    assert "did you mean `mifid2`?" in bad.err


def test_the_page_lists_every_pack_with_its_tags() -> None:
    page = (ROOT / "docs" / "packs.md").read_text("utf-8")
    for name in pack_names():
        (row,) = re.findall(rf"^\| `{name}` \|.*\|.*\|$", page, re.MULTILINE)
        assert re.findall(r"`@([a-z]+)`", row) == list(found(name).tags)
