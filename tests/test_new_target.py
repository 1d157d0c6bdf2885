"""A target that recpol does not have, made here: what a new one needs, and that nothing else has to know it.

What stands here would be a file in `platform/`, `targets/`, `interpreters/` and `schemas/`, and one entry in the
catalogue. Everything that asks about targets is then asked about this one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import recpol
from recpol.analysis.program import Program, program
from recpol.base import resources, validate
from recpol.base.source import Source
from recpol.base.validate import validate_document
from recpol.compilation import CompilerBug, compile_program
from recpol.explain import explain
from recpol.explain.text import text
from recpol.interpreters.judge import ReplyJudge
from recpol.interpreters.v1 import dialects
from recpol.platform.targets import CLASSIC, SVAML2, Target
from recpol.prove import prove
from recpol.rules.check import check
from recpol.support_matrix import judge, table
from recpol.targets import catalogue
from recpol.targets.backend import Backend, TargetDifference
from recpol.targets.catalogue import TargetEntry, all_targets, backend_of
from recpol.targets.reply import Place, Reply
from recpol.targets.v1 import replies
from recpol.targets.v1.classic import DIALECT, SPARE
from recpol.targets.v1.forms import recording_options
from shells import shell_in

# ── platform/: what it can do ────────────────────────────────────────────────────────────────────────────────────────

WAX = replace(
    CLASSIC,
    name="wax",
    title="SVAML on wax cylinders",
    schema="svaml-wax",
    flags=frozenset(("continue",)),
    one_change=False,
    mixes_requests=True,
    tells_of_failure=True,
)

# ── targets/: how it is written, and what is its own ─────────────────────────────────────────────────────────────────


def request(changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"instructions": changes, "action": {"name": "Continue"}}


WAX_DIALECT = replace(DIALECT, flag="engrave", flagged=WAX.flags, request=request)


def lower(unit: Program) -> tuple[Reply, ...]:
    return replies.lower(unit, WAX_DIALECT)


def places(unit: Program) -> Iterator[Place]:
    return replies.places(unit, WAX_DIALECT)


OWN = ((TargetDifference("two-minutes", "A cylinder holds two minutes (label of the cylinder)."), lambda unit: True),)

# ── interpreters/: what may stand in its documents ───────────────────────────────────────────────────────────────────

WAX_FACTS = replace(dialects.CLASSIC, flags=("engrave",), flagged={})

# ── targets/catalogue.py: the entry ──────────────────────────────────────────────────────────────────────────────────

ENTRY = TargetEntry(WAX, lambda: Backend(lower, places, ReplyJudge(WAX_FACTS), SPARE, recording_options, OWN))

# ── schemas/: its schema, and its name in the schemas of the manifest and of recpol.yaml ─────────────────────────────

SCHEMAS = Path(__file__).parents[1] / "schemas"


def schema_text(name: str) -> str:
    found = (SCHEMAS / f"{'svaml-classic' if name == WAX.schema else name}.schema.json").read_text("utf-8")
    if name == WAX.schema:
        return found.replace('"recording"', '"engrave"')
    return found.replace('"svaml1",', '"svaml1", "wax",')


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The target in the catalogue, its schema among the installed ones."""
    monkeypatch.setattr(catalogue, "CATALOGUE", (*catalogue.CATALOGUE, ENTRY))
    monkeypatch.setattr(validate, "schema_text", schema_text)
    kept = [value for value in vars(validate).values() if hasattr(value, "cache_clear")]
    assert len(kept) > 3
    for cached in kept:
        cached.cache_clear()
    yield
    for cached in kept:
        cached.cache_clear()


POLICY = """\
policy shellac
locale en-GB
store calls { url "s3://acme-recordings/shellac/" credentials env S3_CREDENTIALS }
store cards { url "s3://acme-recordings/cards/" credentials env S3_CREDENTIALS }
on ice {
  answer
  notice: say "Parts of this call are recorded."
  menu { prompt "Press 1 to talk." key 1 -> talk }
}
on pie talk { line: connect pstn +46850020000 { phase card } }
on ace { agent: continue }
on pie otherwise { hangup }
record agent except card to calls
record card to cards
never record notice
always record agent
announce notice before recording
"""

KEPT = POLICY.replace("always record agent\n", "")
"""Without the guarantee that a late reply to ACE breaks."""


def aimed(policy: str = POLICY, *targets: Target) -> Program:
    return program(Source("shellac.recpol", policy), targets=targets or (WAX,))


def test_it_is_listed_once_and_found() -> None:
    assert all_targets()[-1] == WAX
    assert backend_of(WAX).judge == ReplyJudge(WAX_FACTS)
    with pytest.raises(KeyError):
        backend_of(replace(WAX, name="shellac"))


def test_a_policy_is_compiled_validated_and_verified() -> None:
    (output,) = compile_program(aimed(KEPT)).outputs
    assert (output.target, output.verified.differences) == ("wax", ())
    assert output.verified.pairs > 5
    documents = {reply.file: reply.document for reply in output.replies}
    assert documents["ace.json"]["action"] | {"recordingOptions": ...} == {
        "name": "Continue",
        "engrave": True,
        "recordingOptions": ...,
    }
    assert [one["name"] for one in documents["manage.card.begin.json"]["instructions"]] == [
        "StopRecording",
        "StartRecording",
    ]
    assert json.loads(output.files["manifest.json"])["target"] == "wax"
    assert validate_document(WAX.schema, documents["ace.json"]) == ()
    assert validate_document(CLASSIC.schema, documents["ace.json"]) != ()


def test_its_own_schema_and_its_own_judge_refuse_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = replace(ENTRY, load=lambda: Backend(mute, places, ReplyJudge(WAX_FACTS), SPARE, recording_options, OWN))
    monkeypatch.setattr(catalogue, "CATALOGUE", (*catalogue.CATALOGUE[:-1], silent))
    with pytest.raises(CompilerBug, match=r"\(wax\) would not do what the policy says"):
        compile_program(aimed(KEPT))
    judge = ReplyJudge(WAX_FACTS)
    foreign = replace(ENTRY, load=lambda: Backend(classic_lower, places, judge, SPARE, recording_options, OWN))
    monkeypatch.setattr(catalogue, "CATALOGUE", (*catalogue.CATALOGUE[:-1], foreign))
    with pytest.raises(CompilerBug, match=r"invalid `ace.json` for `shellac` \(wax\)"):
        compile_program(aimed(KEPT))


def mute(unit: Program) -> tuple[Reply, ...]:
    """The documents without the flag of any action."""

    def without(document: dict[str, Any]) -> dict[str, Any]:
        action = {key: value for key, value in document["action"].items() if key not in ("engrave", "recordingOptions")}
        return document | {"action": action}

    return tuple(replace(reply, document=without(reply.document)) for reply in lower(unit))


def classic_lower(unit: Program) -> tuple[Reply, ...]:
    return replies.lower(unit, DIALECT)


def test_rules_ask_what_it_can_do() -> None:
    rules = {finding.rule for finding in check(aimed()).findings}
    classic = {finding.rule for finding in check(aimed(POLICY, CLASSIC)).findings}
    assert (classic - rules, rules - classic) == ({"phase-store-change"}, set())
    failing = POLICY + "on recording failure hangup\n"
    assert "failure-not-reported" not in {finding.rule for finding in check(aimed(failing)).findings}
    (told,) = [f for f in check(aimed(failing, WAX, CLASSIC)).findings if f.rule == "failure-not-reported"]
    assert told.message.startswith("nothing tells a call of classic that")


def test_guarantees_are_proven_of_it_and_of_all_targets_together() -> None:
    alone, classic = prove(aimed()), prove(aimed(POLICY, CLASSIC))
    assert [verdict.status for verdict in alone] == ["proven", "broken", "proven"]
    assert [one.status for one in alone] == [one.status for one in classic]
    assert "reply to ACE" in classic[1].reason
    assert "cannot start" in alone[1].reason, "it tells of a recording that cannot start, which is found first"
    whole = replace(WAX, name="disc", whole_call=True, awaits_stops=True)
    assert [verdict.status for verdict in prove(aimed(POLICY, whole))] == ["proven", "unknown", "proven"]
    ending = POLICY + "on recording failure hangup\n"
    assert [verdict.status for verdict in prove(aimed(ending, whole))] == ["proven", "proven", "proven"]
    both = prove(aimed(POLICY, whole, WAX))
    assert [verdict.status for verdict in both] == ["proven", "broken", "proven"]
    assert "cannot start" in both[1].reason
    assert "stop-works" not in prove(aimed(POLICY, whole))[0].assumptions
    assert "stop-works" in both[0].assumptions


def test_it_is_explained_with_what_is_its_own() -> None:
    told = explain(compile_program(aimed(KEPT)))
    (explained,) = told.targets
    assert (explained.name, explained.title, explained.compiles) == ("wax", WAX.title, True)
    assert WAX.title in text(told)
    assert "A cylinder holds two minutes" in text(told)
    several = explain(compile_program(aimed(KEPT.replace("locale en-GB", "locale en-GB\nvoice Amy"), WAX, SVAML2)))
    assert [one.name for one in several.targets] == ["wax", "svaml2"]


def test_the_table_of_what_targets_can_say_has_it() -> None:
    rows = {row.construct.name: row.cells["wax"].says for row in table(all_targets())}
    assert rows["`connect pstn`"] == "yes"
    assert rows["`connect stream`"] == "no"
    assert rows["`on recording failure hangup`"] == "yes"
    assert judge(aimed(KEPT), WAX).says == "yes"


def test_the_command_line_settings_and_api_know_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = shell_in(tmp_path, monkeypatch, capsys)
    done = shell("compile", "shellac.recpol", "--target", "wax", files={"shellac.recpol": KEPT})
    assert (done.status, done.err.count(" rule: ")) == (0, 1)
    assert done.err.startswith("info: in wax the flag `recording` alone starts this recording\n")
    assert (tmp_path / "build" / "shellac" / "manage.card.end.json").exists()
    settings = {"recpol.yaml": "targets: [wax, svaml1]\n"}
    assert shell("compile", files=settings).status == 0
    assert (tmp_path / "build" / "wax" / "shellac" / "ace.json").exists()
    assert shell("lint").status == 0
    assert "write one of `classic`, `svaml1`, `svaml2`, `wax`" in shell("lint", "--target", "x1").err
    assert shell("targets").out.splitlines()[0].split()[-2:] == ["svaml2", "wax"]
    assert "`wax`" in shell("rule", "menu-wait").out
    assert recpol.compile(KEPT, targets=["wax"]).ok
    assert resources.schema_text("config").count("wax") == 0, "the schema for editors is a file"
