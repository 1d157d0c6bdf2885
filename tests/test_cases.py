"""Case files: policies with what recpol says about them written under the line it is about.

Every `*.recpol` file below `tests/cases` is checked, with no date and with the variables below. An expectation is a
comment under the line it is about:

      connect pstn 46850020000
    #              ^^^^^^^^^^^ bad-number: part of the message

The carets stand under exactly the characters of the finding's place (`^` alone for an empty place; a place that goes on
to further lines is marked to the end of its first). Several such comments may follow one line. What begins in the first
column of a line cannot be marked, so a case indents such a line. `# expect-file: rule: part of the message`, on any
line, is a finding at the very start of the file. A file without expectations must have no findings.

`# targets: classic, svaml1` on the first line says what a case is compiled to; without it that is the default target.

A case may `use` other case files. Its findings about them must be among the expectations written in those files, or be
named here: `# expect-in PATH: rule: part of the message` with the path as seen from the case.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from recpol.analysis.program import Program, program
from recpol.base.finding import Finding
from recpol.base.source import Source, Undecodable, Unreadable, decode
from recpol.platform.targets import DEFAULT
from recpol.rules.check import check
from recpol.syntax import tree
from recpol.targets.catalogue import targets_named

CASES = Path(__file__).parent / "cases"
VARIABLES = {"BUCKET": "acme-recordings", "DESK": "+46850020000"}

_UNDER = re.compile(r"[ \t]*#[ \t]*(\^+)[ \t]+([a-z][a-z0-9-]*)(?::[ \t]*(.*?))?[ \t]*\r?\Z")
_AT_START = re.compile(r"[ \t]*#[ \t]*expect-file:[ \t]*([a-z][a-z0-9-]*)(?::[ \t]*(.*?))?[ \t]*\r?\Z")
_TARGETS = re.compile(r"# targets: (.+?)\r?\Z")
_IN_USED = re.compile(r"[ \t]*#[ \t]*expect-in[ \t]+(\S+):[ \t]*([a-z][a-z0-9-]*)(?::[ \t]*(.*?))?[ \t]*\r?\Z")


class Place(NamedTuple):
    """Where something is said, and by which rule: line and columns from 1, `end` just after the last column."""

    line: int
    start: int
    end: int
    rule: str


Said = tuple[Place, str]
"""A place and what is, or must be, said there."""


def source_of(path: Path) -> Source:
    """A case file as a source, named as seen from `tests/cases`."""
    source = decode(path.relative_to(CASES).as_posix(), path.read_bytes())
    assert not isinstance(source, Undecodable), f"{path} is not UTF-8"
    return source


def sibling(written: str, using: str) -> Source | Unreadable:
    """The reader for `use`: case files only."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(using), written))
    if path.startswith("..") or not (CASES / path).is_file():
        return Unreadable("there is no such file")
    return source_of(CASES / path)


def expected(source: Source) -> list[Said]:
    """The expectations written in a file, in order of place."""
    found: list[Said] = []
    about = 0
    for number in range(1, len(source.text.splitlines()) + 1):
        text = source.line(number)
        if (under := _UNDER.match(text)) is not None:
            found.append((Place(about, under.start(1) + 1, under.end(1) + 1, under[2]), under[3] or ""))
        elif (at_start := _AT_START.match(text)) is not None:
            found.append((Place(1, 1, 2, at_start[1]), at_start[2] or ""))
        elif not _IN_USED.match(text):
            about = number
    return sorted(found)


def case_of(path: Path) -> Program:
    """A case, understood for its targets."""
    source = source_of(path)
    named = _TARGETS.match(source.line(1))
    targets = targets_named(named[1].split(", ")) if named is not None else DEFAULT
    return program(source, reader=sibling, variables=VARIABLES, targets=targets)


def expected_elsewhere(source: Source) -> list[tuple[str, str, str]]:
    """The path, rule and text of every expectation about a file that this one uses."""
    lines = (_IN_USED.match(source.line(number)) for number in range(1, len(source.text.splitlines()) + 1))
    return [
        (posixpath.normpath(posixpath.join(posixpath.dirname(source.path), m[1])), m[2], m[3] or "") for m in lines if m
    ]


def place_of(finding: Finding) -> Place:
    """Where a finding is, as an expectation can say it."""
    (line, start), finish = finding.span.begin, finding.span.finish
    end = finish.column if finish.line == line else len(finding.span.source.line(line)) + 1
    return Place(line, start, max(end, start + 1), finding.rule)


def said(findings: list[Finding]) -> list[Said]:
    """Findings as places and messages, in order of place."""
    return sorted((place_of(finding), finding.message) for finding in findings)


def differences(wanted: list[Said], got: list[Said]) -> list[str]:
    """What is missing, what was not expected, and what says something else, a line each."""
    left = list(got)
    problems: list[str] = []
    for place, text in wanted:
        found = next((one for one in left if one[0] == place and text in one[1]), None)
        if found is not None:
            left.remove(found)
        else:
            problems.append(f"line {place.line}, columns {place.start}-{place.end - 1}: no {place.rule}: {text}")
    for place, message in left:
        problems.append(f"line {place.line}, columns {place.start}-{place.end - 1}: unexpected {place.rule}: {message}")
    return problems


def secrets(checked: Program) -> Iterator[str]:
    """The credentials that a policy holds as text."""
    for file in checked.files:
        for statement in file.statements:
            for field in statement.fields if isinstance(statement, tree.Store) else ():
                if (
                    isinstance(field, tree.StoreField)
                    and field.key == "credentials"
                    and isinstance(field.value, tree.Text)
                ):
                    yield field.value.value


FILES = sorted(CASES.rglob("*.recpol"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(CASES).as_posix())
def test_case(path: Path) -> None:
    checked = case_of(path)
    source = checked.source
    findings = list(check(checked).findings)
    problems = differences(expected(source), said([f for f in findings if f.span.source is source]))
    theirs = [f for f in findings if f.span.source is not source]
    for used, rule, text in expected_elsewhere(source):
        met = next((f for f in theirs if (f.span.source.path, f.rule) == (used, rule) and text in f.message), None)
        if met is None:
            problems.append(f"{used}: no {rule}: {text}")
        else:
            theirs.remove(met)
    for place in {f.span.source.path: f.span.source for f in theirs}.values():
        extra = differences(expected(place), said([f for f in theirs if f.span.source is place]))
        problems.extend(f"{place.path}: {line}" for line in extra if "unexpected" in line)
    assert not problems, "\n".join([f"{path.relative_to(CASES)}:", *problems])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(CASES).as_posix())
def test_no_secret_is_told(path: Path) -> None:
    checked = case_of(path)
    hidden = [secret for secret in secrets(checked) if len(secret) >= 8 and "{{" not in secret]
    for finding in check(checked).findings:
        words = (finding.message, finding.label, finding.why, finding.help, *(note.text for note in finding.notes))
        for secret in hidden:
            assert not any(secret in text for text in words), f"{finding.rule} tells the secret"
            if secret in finding.span.text or (finding.span.text and finding.span.text in secret):
                assert finding.secret, f"{finding.rule} points at the secret without saying so: {finding.message}"


def test_there_are_cases() -> None:
    assert FILES


def test_every_expectation_names_a_rule() -> None:
    from recpol.rules.catalogue import BY_NAME

    named = {place.rule for path in FILES for place, _ in expected(source_of(path))}
    assert named <= set(BY_NAME), f"no such rules: {sorted(named - set(BY_NAME))}"


def test_a_mistaken_expectation_is_found() -> None:
    text = "policy desk\n on ice { connect pstn +46850020000 }\n# ^^ missing-ice: nothing\n#    ^^^\n"
    source = Source("made-up.recpol", text)
    assert expected(source) == [(Place(2, 3, 5, "missing-ice"), "nothing")]
    assert differences(expected(source), []) == ["line 2, columns 3-4: no missing-ice: nothing"]
    assert differences([], expected(source)) == ["line 2, columns 3-4: unexpected missing-ice: nothing"]
    other = [(Place(2, 3, 5, "missing-ice"), "something else")]
    assert len(differences(expected(source), other)) == 2
