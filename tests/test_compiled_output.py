"""What `compile` writes, `lint` has nothing against.

Tried are the example policies, all cases and right examples of rule pages that compile, and random policies, for each
target. Beside its manifest the output gives nothing that the lint of the policy does not. Of a document alone, where
nobody says for what it is meant, no error and no warning calls it wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

import pytest

from random_policies import random_policy
from recpol.analysis.program import Program, program
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.cli.main import run
from recpol.compilation import Compilation, compile_program
from recpol.platform.targets import Target
from recpol.rules.check import check
from recpol.svaml.application import applications
from recpol.svaml.read import read_document
from recpol.targets.catalogue import all_targets
from recpol.targets.filenames import MANIFEST
from shells import Shell
from test_cases import FILES, VARIABLES, sibling, source_of
from test_policies import POLICIES, config, reader
from test_policies import source as policy_source
from test_rule_pages import EXAMPLES, TODAY

RANDOM = 60

ASKED_OF_DOCUMENTS = {
    "conference-not-stopped": "it may be the call recording that is stopped",
    "drive-in-doubt": "documents of 2018 and of today disagree",
    "form-not-allowed": "documents disagree on the place",
    "one-participant": "the room may be meant",
    "one-side-recorded": "both sides may be meant",
    "recording-flag-name": "documents of 2018 and of 2020 disagree: see `flag-of-2018`",
}
"""Warnings about a document alone that doubt it without calling it wrong: why a policy needs none of them."""

SAID_OF_GUARANTEES = {"stop-does-not-wait": "what must not be recorded stands under `never`: see `stop-not-awaited`"}
"""What is told of a document, and of a policy only where a guarantee is at stake."""


def programs(target: Target) -> Iterator[tuple[str, Program]]:
    """Everything there is to compile, understood for a target."""
    aim = (target,)
    values = config().values()
    for path in POLICIES:
        yield path.stem, program(policy_source(path), reader=reader, variables=values, targets=aim)
    for path in FILES:
        yield path.stem, program(source_of(path), reader=sibling, variables=VARIABLES, targets=aim)
    for one in EXAMPLES:
        if one.right and one.rule.about_policies:
            yield one.name, program(Source(f"{one.name}.recpol", one.text), today=TODAY, targets=aim)
    for seed in range(RANDOM):
        yield f"random {seed}", program(Source("random.recpol", random_policy(Random(seed))), targets=aim)


@cache
def compiled(target: Target) -> tuple[tuple[str, Compilation], ...]:
    """Those of them that compile."""
    made = ((name, compile_program(unit)) for name, unit in programs(target))
    return tuple((name, compilation) for name, compilation in made if compilation.files)


def linted(compilation: Compilation, target: Target | None) -> Iterator[Finding]:
    """What lint finds in all documents of a compilation, each by itself and all together."""
    files = [(name, data) for name, data in compilation.files.items() if name != MANIFEST]
    documents = [read_document(Source(name, data.decode("utf-8")), target=target) for name, data in files]
    for document in documents:
        yield from check(document).findings
    for application in applications(documents):
        yield from check(application).findings


DOUBTED = {
    "classic": {
        "conference-not-stopped",
        "drive-in-doubt",
        "form-not-allowed",
        "one-participant",
        "recording-flag-name",
    },
    "svaml1": {"conference-not-stopped", "form-not-allowed", "one-participant"},
    "svaml2": {"one-side-recorded"},
}
"""Which of these warnings the documents of each target bring."""


def told(compilation: Compilation) -> set[str]:
    """The rules that speak of the policy, allowed or not."""
    return {found.rule for found in (*compilation.findings, *(one for one, _ in compilation.checked.suppressed))}


@pytest.mark.parametrize("target", all_targets(), ids=lambda target: target.name)
def test_lint_has_nothing_against_what_compile_writes(target: Target) -> None:
    tried, doubts = 0, set[str]()
    for name, compilation in compiled(target):
        tried += 1
        known = told(compilation)
        beside = [f for f in linted(compilation, target) if f.rule not in known and f.rule not in SAID_OF_GUARANTEES]
        assert [(name, f.span.source.path, f.rule, f.message) for f in beside] == []
        alone = [f for f in linted(compilation, None) if f.level != "info" and f.rule not in known]
        wrong = [f for f in alone if f.level == "error" or f.rule not in ASKED_OF_DOCUMENTS]
        assert [(name, f.span.source.path, f.rule, f.message) for f in wrong] == []
        doubts |= {f.rule for f in alone if f.level == "warning"}
    assert tried > 100
    assert doubts == DOUBTED[target.name]


def test_every_doubt_is_met() -> None:
    assert {rule for rules in DOUBTED.values() for rule in rules} == set(ASKED_OF_DOCUMENTS)


def test_a_policy_for_classic_is_told_of_the_flag_where_its_output_has_it() -> None:
    (classic,) = (target for target in all_targets() if target.name == "classic")
    flagged = 0
    for name, compilation in compiled(classic):
        has = any(b'"recording": true' in data for data in compilation.files.values())
        flagged += has
        speaks = [found.rule for found in compilation.findings].count("flag-of-2018")
        assert speaks == has or "flag-of-2018" in told(compilation), name
    assert flagged > 50


# On disk


TALK = """\
policy talk
store calls { url "s3://acme-calls/" credentials env KEY }
on ice { connect pstn +46850020000 }
on ace { record { continue } }
"""


@pytest.mark.parametrize("target", all_targets(), ids=lambda target: target.name)
def test_the_command_finds_nothing_in_the_output_of_a_policy(shell: Shell, tmp_path: Path, target: Target) -> None:
    shell("compile", "talk.recpol", "--target", target.name, files={"talk.recpol": TALK})
    written = sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "build" / "talk").iterdir())
    documents = [path for path in written if not path.endswith(MANIFEST)]
    assert shell("lint", *documents).out.startswith("no findings in ")


def test_what_the_manifest_says_counts_for_the_documents_that_it_lists(shell: Shell, tmp_path: Path) -> None:
    shell("compile", "talk.recpol", "--target", "classic", files={"talk.recpol": TALK})
    build = tmp_path / "build" / "talk"

    def found(name: str) -> list[str]:
        printed = shell("lint", f"build/talk/{name}", "--output-format", "json").out
        return [one["rule"] for one in json.loads(printed)["findings"]]

    assert found("ace.json") == []
    (build / "support.ace.json").write_bytes((build / "ace.json").read_bytes())
    assert found("support.ace.json") == ["recording-flag-name"], "it is not listed"
    manifest = build / "manifest.json"
    text = manifest.read_text("utf-8")
    for other in (text.replace('"classic"', '"svaml1"'), text.replace('"classic"', '"none"'), "[", '{"replies": 7}'):
        manifest.write_text(other, "utf-8")
        assert found("ace.json") == ["recording-flag-name"], other
    manifest.write_text(text, "utf-8")
    (build / "ace.json").write_text('{"action": {"name": "Continue", "recording": true}}', "utf-8")
    assert found("ace.json") == ["recording-without-options"], "a slip is one"


def test_fixes_know_the_manifest_too(shell: Shell, tmp_path: Path) -> None:
    shell("compile", "talk.recpol", "--target", "classic", files={"talk.recpol": TALK})
    before = (tmp_path / "build" / "talk" / "ace.json").read_bytes()
    assert run(["lint", "--fix", "--unsafe-fixes", "build/talk/ace.json"]) == 0
    assert (tmp_path / "build" / "talk" / "ace.json").read_bytes() == before
