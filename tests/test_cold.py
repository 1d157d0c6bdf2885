"""A light start: what a lint of one policy loads. Counted, not timed, so that it is the same on every machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from edited import readable
from random_policies import random_policy, random_policy_for_v2
from recpol.analysis.program import Program, program
from recpol.base.record import replace
from recpol.base.source import Source
from recpol.cli.arguments import Arguments
from recpol.cli.commands import COMMANDS, Subcommand
from recpol.cli.parsing import Parser
from recpol.rules.catalogue import CATALOGUE
from recpol.rules.families import FAMILIES, rules_asked, rules_of
from recpol.rules.notation import POLICY
from recpol.rules.rule import Rule
from recpol.semantics.audio import spelt
from recpol.targets.catalogue import all_targets
from recpol.workspace.cannotrun import CannotRun
from test_cases import CASES, case_of
from test_rule_pages import examples

ROOT = Path(__file__).parents[1]

WORDS: list[list[str]] = [[], ["a.recpol"], ["-"], ["a", "b c", ""], ["x", "-", "y"]]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_is_read_without_argparse_is_what_argparse_makes_of_it(command: Subcommand) -> None:
    """Files and switches, in any order; whatever else there is goes to `argparse`, which may refuse it."""
    arguments = command.load().arguments()
    switches = [name for one in arguments.declared if one.switch for name in one.names]
    for words in [*WORDS, *([switch, "a"] for switch in switches), [*switches, "a"], ["a", *switches[:1], "b"]]:
        assert came_to(arguments, words) == came_to(arguments.parser(), words), words


def came_to(reader: Arguments | Parser, words: list[str]) -> dict[str, object] | str:
    """The options, or why they are refused."""
    try:
        return vars(reader.read(words))
    except CannotRun as refused:
        return refused.message


# Rules by need


def test_the_families_hold_the_rules_of_the_catalogue() -> None:
    held = [rule for family in FAMILIES for rule in rules_of(family)]
    assert sorted(rule.name for rule in held) == sorted(rule.name for rule in CATALOGUE)


def everywhere(understood: Program) -> Iterator[Program]:
    """A policy for each target alone, and for all of them together."""
    for target in all_targets():
        yield understood.alone(target)
    yield replace(understood, targets=all_targets())


def found_by_rules_not_asked(understood: Program) -> list[str]:
    """The rules that are not asked about a policy, and would find something."""
    asked = {rule.name for rule, _ in rules_asked(understood)}
    left = [rule for rule in CATALOGUE if rule.name not in asked and rule.speaks(understood.targets)]
    return [rule.name for rule in left if rule.program is not None and any(rule.program(understood, POLICY))]


@pytest.mark.parametrize(
    "folder", sorted({path.parent for path in CASES.rglob("*.recpol")}), ids=lambda path: path.name
)
def test_rules_that_are_not_asked_about_a_case_find_nothing(folder: Path) -> None:
    for path in sorted(folder.glob("*.recpol")):
        for understood in everywhere(case_of(path)):
            assert found_by_rules_not_asked(understood) == [], f"{path.name} for {understood.targets}"


@pytest.mark.parametrize("rule", [rule for rule in CATALOGUE if rule.about_policies], ids=lambda rule: rule.name)
def test_rules_that_are_not_asked_about_an_example_find_nothing(rule: Rule) -> None:
    for example in examples(rule):
        for understood in everywhere(program(Source(example.name, example.text))):
            assert found_by_rules_not_asked(understood) == [], f"{example.name} for {understood.targets}"


@pytest.mark.parametrize("seed", range(12))
def test_rules_that_are_not_asked_about_a_random_policy_find_nothing(seed: int) -> None:
    for text in (random_policy(Random(seed)), random_policy_for_v2(Random(seed), everywhere=True)):
        for understood in everywhere(program(Source("random", text))):
            assert found_by_rules_not_asked(understood) == [], text


@pytest.mark.parametrize("first", range(0, 40_000 if os.environ.get("RECPOL_FUZZ") else 200, 100))
def test_rules_that_are_not_asked_about_an_edited_policy_find_nothing(first: int) -> None:
    for policy in readable(range(first, first + 100)):
        for understood in everywhere(policy):
            assert found_by_rules_not_asked(understood) == [], policy.file.source.text


MISTAKEN = [
    'policy desk\nstore a { url "s3://acme/a/" credentials env EU-WEST-1 }\non ice { record { connect app "x" } }\n',
    "policy desk\non recording ends hangup\non ice { hangup }\n",
    "policy desk\non ice { record to a { record to b { connect pstn +46850020000 } } }\n",
    "policy desk\non ice { connect pstn +46850020000 { phase card { start { } } } }\n",
    "rules shared\nrules more\n",
    "policy desk\npolicy more\non ice { hangup }\n",
    'policy desk\ntarget svaml9\nanswers "46850020000"\non ice { hangup }\n',
    "policy desk\non callouts x { call pstn +46850020000 hangup }\non ice { hangup }\n",
]
"""Mistakes that the grammar takes for the construct that was meant, without its word."""


@pytest.mark.parametrize("text", MISTAKEN)
def test_rules_that_are_not_asked_about_a_mistake_find_nothing(text: str) -> None:
    for understood in everywhere(program(Source("desk.recpol", text))):
        assert found_by_rules_not_asked(understood) == []


# What is loaded


@pytest.mark.parametrize(
    "value", [True, False, "", "s3://a/b c", 'a"b', "a\\b", "\x7f", "\n", "ä", {"b": 1, "a": "x"}, None]
)
def test_a_value_is_spelt_as_json_spells_it(value: object) -> None:
    assert spelt(value) == json.dumps(value, sort_keys=True)


RUN = """
import json, sys
from recpol.cli.main import run
run(sys.argv[1:])
print(json.dumps(sorted(sys.modules)))
"""

PLAIN = """
policy desk
locale en-GB
store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
on ice { answer say "Welcome." record { connect pstn +46850020000 } }
"""


def loaded(folder: Path, text: str, *options: str, command: str = "lint") -> set[str]:
    """The modules that a command on one policy loads, beyond those that Python has."""
    (folder / "desk.recpol").write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RUN, command, *options, "desk.recpol"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "compiler")},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1])) - set(sys.builtin_module_names)


HEAVY = {
    "argparse",
    "ast",
    "contextlib",
    "dataclasses",
    "html",
    "inspect",
    "jinja2",
    "jsonschema",
    "lark",
    "shutil",
    "typing",
    "yaml",
}
"""What a lint never needs, or only where there is a `recpol.yaml`, an option, or SSML."""

MOST_MODULES = 128
"""So many modules of recpol a lint of a plain policy loads; it was 193 once. Each costs a quarter of a millisecond."""


def test_a_lint_of_a_plain_policy_loads_little(tmp_path: Path) -> None:
    names = loaded(tmp_path, PLAIN)
    assert names & HEAVY == set()
    ours = {name for name in names if name.partition(".")[0] == "recpol"}
    assert "recpol.rules.policy.stores" in ours
    assert not {name for name in ours if name.startswith(("recpol.prove", "recpol.rules.policy.callouts"))}
    assert len(ours) <= MOST_MODULES, f"{len(ours)} modules: import what is new where it is used"


def test_without_the_cache_no_module_of_it_is_loaded(tmp_path: Path) -> None:
    assert "recpol.cache.keep" in loaded(tmp_path, PLAIN)
    assert not {name for name in loaded(tmp_path, PLAIN, "--no-cache") if name.startswith("recpol.cache.")}


def test_settings_that_name_no_rule_load_no_catalogue_of_them(tmp_path: Path) -> None:
    (tmp_path / "recpol.yaml").write_text("strict: true\n")
    assert "recpol.rules.catalogue" not in loaded(tmp_path, PLAIN)
    (tmp_path / "recpol.yaml").write_text("rules: {unreachable-handler: error}\n")
    assert "recpol.rules.catalogue" in loaded(tmp_path, PLAIN)


@pytest.mark.parametrize(
    ("before", "ended"), [("", True), ("import atexit", False), ("sys.setprofile(lambda *_: None)", False)]
)
def test_the_process_ends_at_once_unless_something_waits_for_its_end(tmp_path: Path, before: str, ended: bool) -> None:
    (tmp_path / "desk.recpol").write_text(PLAIN, "utf-8")
    code = f"import sys\nfrom recpol.cli.main import run\n{before}\nstatus = run()\nsys.setprofile(None)\nprint('on')"
    command = [sys.executable, "-S", "-c", code, "lint", "desk.recpol"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "compiler")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert "no findings in 1 file\n" in done.stdout
    assert done.stdout.endswith("on\n") is not ended
