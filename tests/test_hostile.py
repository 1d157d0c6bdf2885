r"""Whatever stands in a file, nothing that is printed steers a terminal, a build's log, or what reads a report.

A law, tried with hostile texts in every place of policies, settings, tests and documents, under every command and
format: no control character, no bidirectional one, no line that is a command to a build service; JSON and XML are
well-formed. And small faults of the machine around recpol, each with its message.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import recpol
from recpol.report import quiet
from shells import MISUSED, Shell

STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
COMMAND = re.compile(r"(?m)^[^\S\n]*::[A-Za-z]|##\[|##vso\[")

ESCAPES = "\x1b[2J\x1b]0;owned\x07 \x9b31m \u202eevil\u2066 \x85 \u2028"
LINES = "a\n::error::b\n  ::set-output name=x::y\n##[error]c ##vso[task.setvariable variable=x]y"
WORDS = f"{'word ' * 22}::error::tail ##[error]x"
MARKUP = "<script>alert(1)</script> ]]> & \" ' | `x` [a](javascript:b) <!-- "
HOSTILE = {"escapes": ESCAPES, "lines": LINES, "words": WORDS, "markup": MARKUP}


def string(text: str) -> str:
    """A text as a string of the language, raw but for what would end it."""
    written = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\u{d}")
    return f'"{written}"'


def escaped(text: str) -> str:
    """A text as a string of the language, all but letters as escapes."""
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\u{{{ord(c):x}}}" for c in text) + '"'


def policies(text: str) -> dict[str, str]:
    """Policies that hold a text, each in places of its own."""
    line = re.sub(r"[\n\r]", " ", text)
    head = 'policy desk\nlocale en-GB\nstore calls { url "s3://acme/x/" credentials env KEY }\n'
    found: dict[str, str] = {}
    for how, write in (("raw", string), ("escaped", escaped)):
        said = write(text)
        found |= {
            f"said-{how}": f"{head}on ice {{ answer notice: say {said} record {{ t: connect pstn +46850020000 }} }}\n"
            f"never record t because {said}\nannounce notice before recording because {said}\n",
            f"played-{how}": f"{head}on ice {{ answer play {said} tones {said} cookie {said} = {said} "
            f"say ssml {said} record {{ connect conference {said} }} }}\n",
            f"menu-{how}": f"{head}on ice {{ answer menu {{ prompt {said} repeat {said} key {said} -> a }} }}\n"
            "on pie a { park { intro " + said + " hold " + said + " } }\non pie otherwise { hangup }\n",
            f"store-{how}": f"policy desk\nlocale en-GB\nuse {said}\nvoice {said}\nstore calls {{ url {said} "
            f"credentials {said} transcribe {said} }}\n"
            f"on ice {{ record {{ connect sip {said} header {said} = {said} }} }}\nkeep recordings in {said}\n",
        }
    found["comment"] = (
        f"{head}# {line}\non ice {{ hangup }}  # allow {line}: {line}\n# allow unused-store until {line}: x\n"
    )
    found["loose"] = f"{head}on ice {{ {line} }}\n{text}\n"
    found["open"] = f'{head}on ice {{ say "{line}\n'
    found["names"] = f"policy {line}\non {line} {{ hangup }}\nstore {line} {{ {line} }}\nrecord {line}\n"
    return found


def documents(text: str) -> dict[str, str]:
    """Documents that hold a text, by the name of their file."""
    said: list[dict[str, Any]] = [
        {"instructions": [{"name": text, text: text}], "action": {"name": text}},
        {
            "instructions": [{"name": "Say", "text": text, "locale": text}, {"name": "PlayFiles", "ids": [text]}],
            "action": {
                "name": "ConnectPstn",
                "number": text,
                "cli": text,
                "recordingOptions": {"destinationUrl": text, "credentials": text, text: 1},
            },
        },
        {
            "action": {
                "name": "RunMenu",
                "menus": [{"id": text, "options": [{"dtmf": text, "action": f"return({text})"}]}],
            }
        },
    ]
    commands = {
        "commands": [
            {"command": text},
            {"command": "menu", "startMenu": text, "menus": {text: {"matches": {text: []}}}},
        ]
    }
    found = {f"d{n}.ice.json": json.dumps(one, ensure_ascii=False) for n, one in enumerate(said)}
    found["e.svaml.json"] = json.dumps(commands)
    found["f.ice.json"] = '{"action": ' + text
    return found


def check(out: str, words: str) -> None:
    found = STEERS.search(out) or COMMAND.search(out)
    assert found is None, f"{words}: {out[max(found.start() - 60, 0) : found.end() + 60]!r}"


def tried(shell: Shell, words: str, files: dict[str, str]) -> str:
    """Run a command line; what it prints steers nothing."""
    done = shell(*words.split(), files=files)
    assert not MISUSED.match(done.err), words
    check(done.err, words)
    if "--output-format github" in words:
        commands = done.out.splitlines()
        assert all(re.match(r"::(?:error|warning|notice) [^:]*::", line) for line in commands), words
        assert STEERS.search(done.out) is None, words
    else:
        check(done.out, words)
    return done.out


FORMATS = ("full", "concise", "json", "github", "gitlab", "junit", "sarif")
COMMANDS = (
    *(f"lint desk.recpol --output-format {name}" for name in FORMATS),
    "lint desk.recpol --fix --diff",
    "lint desk.recpol --unsafe-fixes --diff",
    "compile desk.recpol",
    "compile desk.recpol --stdout --target svaml2",
    "explain desk.recpol",
    "explain desk.recpol --format markdown",
    "prove desk.recpol",
    "targets desk.recpol",
    "targets desk.recpol --output-format markdown",
    "targets desk.recpol --output-format json",
    "simulate desk.recpol answer",
    "simulate desk.recpol answer --trace",
    "simulate desk.recpol answer --output-format json",
    "fmt --check desk.recpol",
    "fmt --diff desk.recpol",
)


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_policy_steers_what_reads_the_output(shell: Shell, kind: str) -> None:
    for place, text in policies(HOSTILE[kind]).items():
        for words in COMMANDS:
            out = tried(shell, words, {"desk.recpol": text})
            if re.search(r"format (?:json|gitlab|sarif)", words) and out:
                assert json.loads(out) is not None, (place, words)
            if "format junit" in words:
                assert ElementTree.fromstring(out) is not None, (place, words)


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_document_steers_what_reads_the_output(shell: Shell, kind: str) -> None:
    for name, text in documents(HOSTILE[kind]).items():
        for form in FORMATS:
            out = tried(shell, f"lint {name} --output-format {form}", {name: text})
            if form in ("json", "gitlab", "sarif"):
                assert json.loads(out) is not None, (name, form)
            if form == "junit":
                assert ElementTree.fromstring(out) is not None, (name, form)
        tried(shell, f"import {name}", {})
        tried(shell, f"lint {name} --unsafe-fixes --diff", {})
        tried(shell, f"render {name}", {})


DESK = 'policy desk\nlocale en-GB\non ice { answer say "Hello {{ var.x }}." connect pstn +46850020000 }\n'


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_settings_and_no_tests_steer_what_reads_the_output(shell: Shell, kind: str) -> None:
    text = HOSTILE[kind]
    said = json.dumps(text)  # JSON is YAML
    for settings in (
        f"vars: {{x: {said}}}",
        f"include: [{said}]",
        f"out: {said}",
        f"{said}: {said}",
        f"environments: {{{said}: {{vars: {{{said}: {said}}}}}}}",
        f"rules: {{{said}: {said}}}",
        f"paths: {{{said}: {{rules: {{{said}: off}}}}}}",
        f"targets: [{said}]",
        f"vars: {text}",
    ):
        for words in (
            "lint",
            "lint --env x",
            "compile desk.recpol",
            "explain desk.recpol",
            "test",
            "simulate desk.recpol x",
        ):
            tried(shell, words, {"recpol.yaml": settings, "desk.recpol": DESK})
    for tests in (
        f"tests: [{{name: {said}, call: answer, skip: true, reason: {said}}}]",
        f"tests: [{{name: {said}, call: answer, recorded: {said}, heard: [{said}], files: 7}}]",
        f"tests: [{{name: {said}, call: {said}}}]",
        f"vars: {{x: {said}}}\ntests: [{{name: x, call: no answer, recorded: [{said}], into: {{{said}: {said}}}}}]",
        f"{said}: {said}\npolicy: {said}",
        text,
    ):
        tried(shell, "test --coverage", {"recpol.yaml": "vars: {x: y}\n", "desk.recpol": DESK, "desk.test.yaml": tests})


@pytest.mark.parametrize("kind", ["escapes", "lines"])
def test_no_argument_steers_what_reads_the_output(shell: Shell, kind: str) -> None:
    text = HOSTILE[kind]
    for words in (
        (text,),
        ("lint", text),
        ("lint", "--output-format", text),
        ("compile", "desk.recpol", "--var", f"x={text}"),
        ("explain", "desk.recpol", "--var", f"x={text}"),
        ("explain", "desk.recpol", "--var", f"{text}={text}"),
        ("simulate", "desk.recpol", text),
        ("rule", text),
        ("render", text),
        ("import", text),
    ):
        done = shell(*words, files={"desk.recpol": DESK})
        check(done.out + done.err, str(words))


def test_no_name_of_a_file_steers_what_reads_the_output(shell: Shell, tmp_path: Path) -> None:
    name = "a\x1b[2J\n::error::b\u202e.recpol"
    for words in ("lint .", "lint . --output-format json", "compile .", "explain .", "fmt --diff .", "test ."):
        tried(shell, words, {name: "policy a\non ice {  connect pstn 1 }\n"})


def test_what_is_printed_says_the_same() -> None:
    r"""JSON and XML say what they said; a text shows each character as `\u{…}`, and keeps colours on request."""
    for text in HOSTILE.values():
        document = json.dumps({"a": text}, ensure_ascii=False)
        assert json.loads(quiet.json_text(document)) == {"a": text}
        printable = text.replace("\x1b", "").replace("\x07", "")
        tree = ElementTree.Element("a")
        tree.text = printable
        written = quiet.xml_text(ElementTree.tostring(tree, "unicode"))
        assert ElementTree.fromstring(written).text == printable
        check(quiet.lines(text) + quiet.json_text(document) + written, text)
    assert quiet.lines("\x1b[31mred\x1b[0m\x1b[2J", colored=True) == "\x1b[31mred\x1b[0m\\u{1b}[2J"
    assert quiet.lines("one\r\ntwo\rthree") == "one\r\ntwo\\u{d}three"
    assert quiet.lines("a\n  ::error::b\n ::: desk.recpol") == "a\n  :\\u{3a}error::b\n ::: desk.recpol"


# ── small faults around recpol ───────────────────────────────────────────────────────────────────────────────────


def machine(folder: Path, *words: str | bytes, **environment: str) -> tuple[int, str, str]:
    """Run recpol as a process."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    command = [sys.executable, "-m", "recpol", *words]
    done = subprocess.run(command, capture_output=True, cwd=folder, env=environment, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_terminal_without_letters_gets_escapes(tmp_path: Path) -> None:
    status, out, err = machine(tmp_path, "--help", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert status == 0
    assert not err
    assert "recpol compile [PATH \\u2026]" in out


def test_python_without_docstrings_has_no_pages(tmp_path: Path) -> None:
    status, out, err = machine(tmp_path, "rule", "bad-use", PYTHONOPTIMIZE="2")
    assert (status, out) == (2, "")
    assert err.startswith("error: the pages of rules are docstrings, and Python leaves these out here\n")
    (tmp_path / "a.recpol").write_text('policy a\nlocale en-GB\non ice { answer say "Hi." hangup }\n', "utf-8")
    assert machine(tmp_path, "lint", "a.recpol", PYTHONOPTIMIZE="2")[0] == 0


def test_a_folder_whose_name_is_not_utf_8(tmp_path: Path) -> None:
    folder = tmp_path / "repo" / os.fsdecode(b"\xff")
    folder.mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    (folder / "a.recpol").write_text("policy a\n", "utf-8")
    for form in FORMATS:
        status, out, err = machine(folder, "lint", ".", "--output-format", form)
        assert (status, err) == (1, ""), form
        check(out if form != "github" else "", form)
        if form == "sarif":
            assert '"uri": "%FF/a.recpol"' in out
        if form == "gitlab":
            assert json.loads(out)[0]["location"]["path"] == "\\u{dcff}/a.recpol"


def test_a_variable_with_a_stray_byte(tmp_path: Path) -> None:
    (tmp_path / "a.recpol").write_text(DESK, "utf-8")
    status, _, err = machine(tmp_path, "compile", "a.recpol", "--var", b"x=\xff")
    assert (status, err.splitlines()[0]) == (2, "error: the value of `--var x` is not UTF-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": Infinity}', "holds `Infinity`, which is not JSON (RFC 8259)"),
        ('{"a": NaN}', "holds `NaN`, which is not JSON (RFC 8259)"),
        ('{"a": 1e400}', "holds a number that is too large: it ends in `1e400`"),
    ],
)
def test_numbers_that_are_none_are_not_rendered(shell: Shell, text: str, said: str) -> None:
    done = shell("render", "a.json", files={"a.json": text})
    assert (done.status, done.out) == (2, "")
    assert f"error: `a.json` {said}\n" in done.err
    with pytest.raises(TypeError, match="which is not inf"):
        recpol.render({"a": [float("inf")]})


def test_the_programming_interface_says_what_is_wrong() -> None:
    found = recpol.compile('policy a\nlocale en-GB\non ice { answer say "\ud800" hangup }').findings
    assert [(one.rule, one.message) for one in found] == [
        ("not-utf8", "half a character (a surrogate), which is not Unicode")
    ]
    wrong: Any = {"x": 1}
    with pytest.raises(TypeError, match="the variable `x` and its value are to be texts"):
        recpol.lint(DESK, variables=wrong)
    with pytest.raises(ValueError, match="the value of the variable `x` is not Unicode"):
        recpol.lint(DESK, variables={"x": "\udcff"})
    level: Any = {"unused-store": "loud"}
    with pytest.raises(ValueError, match="`loud` is no level of `unused-store`"):
        recpol.lint(DESK, levels=level)
    with pytest.raises(TypeError, match=r"`targets` is a list of names: write `\['classic'\]`"):
        recpol.lint(DESK, targets="classic")


@pytest.mark.parametrize("name", ["con", "nul", "aux", "prn", "com1", "lpt9"])
def test_a_policy_is_not_called_as_a_device(name: str) -> None:
    done = recpol.compile(f'policy {name}\nlocale en-GB\non ice {{ answer say "Hi." hangup }}')
    assert [(found.rule, found.message) for found in done.findings] == [
        ("reserved-name", f"`{name}` is a device on Windows")
    ]
