"""What is known of a policy with one tenant's variables and used again for the next: as if nothing had been known."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from random_policies import random_policy, random_policy_for_v2
from recpol.analysis.program import Program, program
from recpol.base.record import replace
from recpol.base.source import Source
from recpol.compilation import Compilation, compile_program
from recpol.rules.memory import AGAIN, Memory
from recpol.targets.catalogue import targets_named

ROOT = Path(__file__).parents[1]
BRANCHES = ROOT / "projects" / "branches"
TEXT = re.compile(r'"([^"\\\n{}]+)"')

VALUES = {
    "branch": ("gb/leeds", "gb/york", "", "a b", "de/{{ call.callid }}", "x" * 700),
    "locale": ("en-GB", "de-DE", "nowhere", ""),
    "number": ("+442079460100", "+442079460101", "0207", "sip:a@example.org"),
    "desk": ("+442079460150", "+442079460151", "442079460151", "{{ start.desk }}"),
    "notice": ("Welcome. Your call is recorded.", "Willkommen.", "", " ", "#say[this];"),
    "menu": ("To talk to us, press 1.", "press 1", "", "#tts[press]"),
    "bucket": ("acme-branches-test", "acme-branches-prod", "others", "Not A Bucket"),
}


def _rows(chance: Random, values: dict[str, tuple[str, ...]], count: int) -> list[dict[str, str]]:
    """Variables of tenants: some differ in all, some in one, some follow each other alike, some lack a value."""
    rows, mine = [], {name: some[0] for name, some in values.items()}
    for number in range(count):
        for name in chance.sample(list(values), chance.choice([0, 1, 1, 2, len(values)])):
            plain = (*values[name][:2], f"{values[name][0][:-2]}{number:02}")
            mine[name] = chance.choice(plain if chance.random() < 0.9 else values[name])
        row = dict(mine)
        if chance.random() < 0.1:
            row.pop(chance.choice(list(row)))
        rows.append(row)
    return rows


def _same(shared: Compilation, alone: Compilation) -> None:
    assert shared.checked == alone.checked
    assert shared.name == alone.name
    assert [(one.target, one.files, one.verified) for one in shared.outputs] == [
        (one.target, one.files, one.verified) for one in alone.outputs
    ]


def _hold(of: Program, rows: list[dict[str, str]]) -> int:
    """Compile for all rows with what is known and without; how many had no error."""
    memory, good = Memory(), 0
    for row in rows:
        mine = replace(of, variables=row)
        alone = compile_program(replace(of, variables=dict(row)))
        _same(compile_program(mine, None, memory), alone)
        good += bool(alone.outputs)
    return good


def test_branches_come_to_what_each_comes_to_alone() -> None:
    text = (BRANCHES / "branch.recpol").read_text("utf-8").replace("\non ice", "\nvoice Amy\non ice", 1)
    rules = Source("company.recpol", (BRANCHES / "company.recpol").read_text("utf-8"))
    chance = Random("branches")
    for targets in (["svaml1"], ["classic", "svaml1"], ["svaml2"]):
        of = program(Source("branch.recpol", text), reader=lambda *_: rules, targets=targets_named(targets))
        assert _hold(of, _rows(chance, VALUES, AGAIN + 30)) > 10


@pytest.mark.parametrize("seed", range(12))
def test_random_policies_come_to_what_each_comes_to_alone(seed: int) -> None:
    chance = Random(seed)
    text = random_policy_for_v2(chance) if seed % 3 == 0 else random_policy(chance)
    values: dict[str, tuple[str, ...]] = {}

    def variable(found: re.Match[str]) -> str:
        if chance.random() < 0.5:
            return found.group()
        name = f"v{len(values)}"
        values[name] = (found.group(1), f"{found.group(1)}1", "", "x", "+46850020000", "s3://acme/calls/", "en-GB")
        return f'"{{{{ var.{name} }}}}"'

    text = TEXT.sub(variable, text)
    targets = ["svaml2"] if seed % 3 == 0 else ["svaml1"]
    of = program(Source("made.recpol", text), targets=targets_named(targets))
    _hold(of, _rows(chance, values or {"none": ("a", "b")}, 25))
