"""The example policies: each one parses, has no findings at all, and gives exactly golden files.

In classic it is said of most that their recordings rest on the flag. The golden files are in `tests/golden-svaml1/`,
`tests/golden/` (classic) and `tests/golden-svaml2/`. In svaml2 some policies have a finding, listed below, and those
with an error have no files.

`RECPOL_REWRITE=1` before `pytest tests/test_policies.py` writes the golden files anew and deletes those that no policy
gives any more. Read every line that changes before you commit it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source, Unreadable
from recpol.compilation import Compilation, compile_program
from recpol.rules.catalogue import BY_NAME
from recpol.rules.check import check
from recpol.settings.config import DEFAULT_TARGET, Config
from recpol.settings.configfile import read_config
from recpol.targets.catalogue import target_names, targets_named

ROOT = Path(__file__).parents[1]
GOLDEN = {
    "classic": ROOT / "tests" / "golden",
    "svaml1": ROOT / "tests" / "golden-svaml1",
    "svaml2": ROOT / "tests" / "golden-svaml2",
}
POLICIES = sorted((ROOT / "policies").glob("*.recpol"))
RULES = sorted((ROOT / "policies" / "shared").glob("*.recpol"))
REWRITE = bool(os.environ.get("RECPOL_REWRITE"))
FOUND_IN_SVAML2 = {
    "app-call": "not-in-svaml2",
    "app-to-app": "not-in-svaml2",
    "appointment-reminder": "silent-recording-failure",
    "board-room": "not-in-svaml2",
    "branch-office": "not-in-svaml2",
    "claims-line": "stop-not-awaited",
    "click-to-call": "not-in-svaml2",
    "consent": "one-way-of-failing",
    "contact-centre": "not-in-svaml2",
    "press-9-to-stop": "not-in-svaml2",
    "switchboard": "not-in-svaml2",
    "transfer": "not-in-svaml2",
    "voicemail": "not-in-svaml2",
    "webinar": "not-in-svaml2",
    "webinar-host": "not-in-svaml2",
}
"""The one thing that is said of a policy in svaml2, beside `no-voice`: what cannot be said at all needs no voice."""
ONE_TARGET = {"doctors-voicemail": "svaml2", "press-9-to-stop": "svaml1", "two-copies": "svaml2"}
"""The policies that say themselves what they are compiled to, because no other target can say them."""
REFUSED_ELSEWHERE = {
    "doctors-voicemail": {"classic": "no-answer-not-reported", "svaml1": "no-answer-not-reported"},
    "press-9-to-stop": {"classic": "not-in-classic", "svaml2": "not-in-svaml2"},
    "two-copies": {"classic": "two-stores", "svaml1": "two-stores"},
}
"""The error of such a policy in each other target, which says what to write instead."""
HEADINGS = ("# For: ", "# Records: ", "# Change first: ")


def by_name(path: Path) -> str:
    return path.stem


def source(path: Path) -> Source:
    return Source(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))


def reader(written: str, using: str) -> Source | Unreadable:
    path = (ROOT / using).parent / written
    return source(path) if path.is_file() else Unreadable("there is no such file")


def config() -> Config:
    found, problems = read_config(source(ROOT / "recpol.yaml"), BY_NAME, target_names())
    assert not problems
    return found


def compiled(path: Path, environment: str | None = None, target: str = DEFAULT_TARGET) -> Compilation:
    values = config().values(environment)
    return compile_program(program(source(path), reader=reader, variables=values, targets=targets_named([target])))


def said(compilation: Compilation) -> list[str]:
    return [f"{f.span.begin}: {f.rule}: {f.message}" for f in compilation.findings]


def test_there_is_a_choice() -> None:
    assert len(POLICIES) >= 10


@pytest.mark.parametrize("environment", [None, *config().environments])
@pytest.mark.parametrize("path", POLICIES, ids=by_name)
def test_a_policy_has_no_findings(path: Path, environment: str | None) -> None:
    compilation = compiled(path, environment, ONE_TARGET.get(path.stem, DEFAULT_TARGET))
    assert said(compilation) == []
    assert compilation.name == path.stem
    assert "{{ var." not in b"".join(compilation.files.values()).decode("utf-8")


@pytest.mark.parametrize("path", [path for path in POLICIES if path.stem in ONE_TARGET], ids=by_name)
def test_a_policy_for_one_target_is_refused_in_the_others_by_one_error(path: Path) -> None:
    aim = ONE_TARGET[path.stem]
    assert f"\ntarget {aim}\n" in path.read_text("utf-8")
    assert REFUSED_ELSEWHERE[path.stem].keys() == set(target_names()) - {aim}
    for target, rule in REFUSED_ELSEWHERE[path.stem].items():
        compilation = compiled(path, target=target)
        errors = [f.rule for f in compilation.findings if f.level == "error"]
        assert errors == [rule]
        assert not compilation.files


@pytest.mark.parametrize("path", [path for path in POLICIES if path.stem not in ONE_TARGET], ids=by_name)
def test_in_classic_it_is_told_once_that_a_policy_rests_on_the_flag_and_nothing_else(path: Path) -> None:
    compilation = compiled(path, target="classic")
    flagged = any(b'"recording": true' in data for data in compilation.files.values())
    assert [(f.rule, f.level) for f in compilation.findings] == [("flag-of-2018", "info")] * flagged


@pytest.mark.parametrize("path", POLICIES, ids=by_name)
def test_a_policy_has_at_most_one_finding_in_svaml2(path: Path) -> None:
    found = [f.rule for f in compiled(path, target="svaml2").findings if f.rule not in ("no-voice", "number-of-sip")]
    assert set(found) == ({FOUND_IN_SVAML2[path.stem]} if path.stem in FOUND_IN_SVAML2 else set())


TABLE = re.findall(
    r"\| \[([a-z0-9-]+)\]\(\.\./policies/\1\.recpol\) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|",
    (ROOT / "docs" / "targets.md").read_text("utf-8"),
)


def test_the_page_lists_what_people_record() -> None:
    assert len(TABLE) > 12


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row[0]))
def test_the_page_says_where_a_policy_compiles(row: tuple[str, ...]) -> None:
    name, *cells = row
    for target, cell in zip(("classic", "svaml1", "svaml2"), cells, strict=True):
        made = compiled(ROOT / "policies" / f"{name}.recpol", target=target)
        errors = {finding.rule for finding in made.findings if finding.level == "error"} - {"no-voice"}
        assert cell == ("yes" if made.files else f"no: {', '.join(f'`{rule}`' for rule in sorted(errors))}"), target


@pytest.mark.parametrize("target", GOLDEN)
@pytest.mark.parametrize("path", POLICIES, ids=by_name)
def test_a_policy_gives_its_golden_files(path: Path, target: str) -> None:
    files = compiled(path, target=target).files
    folder = GOLDEN[target] / path.stem
    if REWRITE and files:
        folder.mkdir(parents=True, exist_ok=True)
        for orphan in {file.name for file in folder.iterdir()} - set(files):
            (folder / orphan).unlink()
        for name, data in files.items():
            (folder / name).write_bytes(data)
    golden = {file.name: file.read_bytes().decode("utf-8") for file in folder.iterdir()} if folder.is_dir() else {}
    assert golden == {name: data.decode("utf-8") for name, data in files.items()}


@pytest.mark.parametrize("target", GOLDEN)
def test_every_golden_folder_belongs_to_a_policy(target: str) -> None:
    written = {path.stem for path in POLICIES if compiled(path, target=target).files}
    orphans = sorted({folder.name for folder in GOLDEN[target].iterdir()} - written)
    if REWRITE:
        for orphan in orphans:
            for file in (GOLDEN[target] / orphan).iterdir():
                file.unlink()
            (GOLDEN[target] / orphan).rmdir()
        orphans = []
    assert orphans == []


@pytest.mark.parametrize("path", [*POLICIES, *RULES], ids=by_name)
def test_a_file_begins_by_saying_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    header = text[: text.index("\n\n")].splitlines()
    assert all(line.startswith("#") for line in header)
    assert header[0].endswith(".")
    wanted = HEADINGS if path in POLICIES else (HEADINGS[0], HEADINGS[2])
    for heading in wanted:
        assert any(line.startswith(heading) for line in header), f"no line `{heading}…`"


@pytest.mark.parametrize("path", RULES, ids=by_name)
def test_a_rules_file_has_no_findings_and_several_users(path: Path) -> None:
    assert check(program(source(path), reader=reader)).findings == ()
    users = [p for p in POLICIES if f'use "shared/{path.name}"' in p.read_text("utf-8")]
    assert len(users) >= 3
