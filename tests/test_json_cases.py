"""JSON cases: documents, each beside exactly what `recpol lint` prints about it.

Below `tests/cases/json`, `NAME.json` is a document and `NAME.out` the whole output of `recpol lint NAME.json`: every
finding with its place, its notes, its reason and its help, and the count. A folder below `together` is one case too:
the replies of an application, linted in one run, with `FOLDER.out` beside the folder. What a document answers is told
by its file's name where that matters: `ice.json`, `desk.ice.json`, `incoming.json`.

`v1` holds replies and callouts of the older interface, `v2` documents of Voice API v2. Nothing is found in what lies in
a folder `right`. `documented` holds the shapes that Sinch documents; `tests/documented.py` says what is in them.

`RECPOL_REWRITE=1` before `pytest tests/test_json_cases.py` writes the `.out` files anew and deletes those of cases that
are gone. Read every line that changes before you commit it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from documented import documented
from recpol.cli.main import run
from recpol.rules.every import DOCUMENT_RULES

CASES = Path(__file__).parent / "cases" / "json"
REWRITE = bool(os.environ.get("RECPOL_REWRITE"))


def cases() -> dict[str, list[Path]]:
    """The documents of each case, by the name of the case: its path without `.json`."""
    found: dict[str, list[Path]] = {}
    for path in sorted(CASES.rglob("*.json")):
        folder = path.parent
        case = folder if folder.parent.name == "together" else path.with_suffix("")
        found.setdefault(case.relative_to(CASES).as_posix(), []).append(path)
    return found


NAMES = tuple(cases())


def expected(name: str) -> str:
    """What is written about a case."""
    return (CASES / f"{name}.out").read_text("utf-8")


def blocks(output: str) -> Iterator[tuple[str, str]]:
    """The rule of each finding in an output, and its own words: without the lines of the document that it shows."""
    for block in output.split("\n\n")[:-1]:
        own = [line for line in block.splitlines() if not re.match(r" *(?:\d+ \||-->|:::)", line)]
        yield own[-1].removeprefix(" rule: "), "\n".join(own)


Lint = Callable[[list[Path]], str]


@pytest.fixture
def lint(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lint:
    """Runs `recpol lint` in the folder of some documents and returns what it prints."""
    for name in ("NO_COLOR", "FORCE_COLOR", "RECPOL_DEBUG", "TERM"):
        monkeypatch.delenv(name, raising=False)

    def go(documents: list[Path]) -> str:
        monkeypatch.chdir(documents[0].parent)
        status = run(["lint", *(path.name for path in documents)])
        said = capsys.readouterr()
        assert said.err == ""
        assert status == int("error: " in said.out)
        return said.out

    return go


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str, lint: Lint) -> None:
    said = lint(cases()[name])
    beside = CASES / f"{name}.out"
    if REWRITE:
        beside.write_text(said, "utf-8")
    assert beside.is_file(), f"write {name}.out with RECPOL_REWRITE=1"
    assert said == beside.read_text("utf-8")


def test_every_output_belongs_to_a_case() -> None:
    gone = {path for path in CASES.rglob("*.out") if path.relative_to(CASES).as_posix()[: -len(".out")] not in NAMES}
    for path in gone if REWRITE else ():
        path.unlink()
    assert REWRITE or not gone


def test_every_documented_shape_is_listed() -> None:
    listed = {f"documented/{one.file.removesuffix('.json')}" for one in documented()}
    assert listed == {name for name in NAMES if name.startswith("documented/")}


def test_nothing_is_found_in_what_is_right() -> None:
    assert {expected(name) for name in NAMES if "/right/" in name} == {"no findings in 1 file\n"}


def test_every_rule_of_documents_has_a_case() -> None:
    rules = {rule.name for rule in DOCUMENT_RULES}
    shown = {rule for name in NAMES for rule, _ in blocks(expected(name))}
    assert rules <= shown, f"no case: {sorted(rules - shown)}"


# Words

V2 = ("v2/", "documented/v2/")
WORDS_OF_POLICIES = re.compile(
    r"`(?:record|connect|say|menu|play|park|store|locale|key|digits|answer)\b[^`(]* |env NAME|`on |->"
)
NAMING_V1 = {"destination-contradicts-url", "mixed-dialects", "transcription-switch", "unknown-command"}
"""The rules of v2 that are about what comes from the older interface, or beside it."""
WORDS_OF_V1 = ("sdrive", "ConnectPstn", "StartRecording", "Recording page", "`connect", "policy", "the store")


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(V2)])
def test_a_finding_about_a_reply_has_no_words_of_policies(name: str) -> None:
    for _, said in blocks(expected(name)):
        assert not WORDS_OF_POLICIES.search(said), said


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(V2)])
def test_a_finding_about_v2_has_no_words_of_the_older_interface(name: str) -> None:
    for rule, said in blocks(expected(name)):
        assert rule in NAMING_V1 or not any(word in said for word in WORDS_OF_V1), said


def test_a_secret_is_never_repeated() -> None:
    secret = "wJalrXUtnFEMI"
    written = {name for name, paths in cases().items() if any(secret in path.read_text("utf-8") for path in paths)}
    assert len([name for name in written if "/secrets/" in name]) == 8
    for name in NAMES:
        assert secret[:5] not in expected(name)
