"""The command line: what is printed where, what is written, and the exit status; never a stack trace."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

import recpol
from recpol.cli.commands import COMMAND_BY_NAME
from recpol.cli.init import FILES
from recpol.cli.main import run
from recpol.rules.every import EVERY
from recpol.rules.rule import Rule
from recpol.targets.catalogue import all_targets
from shells import Done, Shell

TALK = """\
policy talk
store bucket { url "s3://acme-recordings/talk/" credentials env S3_CREDENTIALS }
on ice { connect pstn +46850020000 }
on ace { record { continue } }
"""

BOARD = """\
policy board
store b { url "s3://acme-recordings/board/" credentials env S3_CREDENTIALS }
on ice { record { connect conference "board" } }
"""

WARNED = """\
policy warned
on ice { hangup }
on ace { hangup }
"""

COMPANY = 'rules company\nstore calls { url "s3://acme-calls/" credentials env KEY }\n'

USES = """\
policy NAME
use "company.recpol"
on ice { record { connect pstn +46850020000 } }
"""

GREEN = {"talk.recpol": TALK}


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rules(done: Done) -> list[str]:
    return re.findall(r"\[([a-z0-9-]+)\]$", done.out, re.MULTILINE)


# lint


def test_lint_says_that_nothing_is_wrong(shell: Shell) -> None:
    assert shell("lint", "talk.recpol", files=dict(GREEN)) == Done(0, "no findings in 1 file\n", "")
    assert shell("lint") == Done(2, "", shell("lint").err), "there is no project"
    assert shell("lint", ".") == Done(0, "no findings in 1 file\n", "")
    assert shell("lint", files={"recpol.yaml": ""}) == Done(0, "no findings in 1 file\n", "")


def test_lint_shows_the_place_and_the_cure(shell: Shell) -> None:
    done = shell("lint", "board.recpol", files={"board.recpol": BOARD})
    assert (done.status, done.err) == (1, "")
    assert done.out.startswith("error: ")
    assert "\n   --> board.recpol:3:10\n  3 | on ice { record { connect conference" in done.out
    assert "\n rule: conference-scope\n\n1 error in 1 file\n" in done.out


def test_lint_concise_is_a_line_each(shell: Shell) -> None:
    done = shell("lint", "--output-format", "concise", ".", files={"b.recpol": BOARD, "w.recpol": WARNED})
    assert done.status == 1
    assert re.sub(r": [^:]* \[", " [", done.out) == (
        "b.recpol:3:10: error [conference-scope]\nw.recpol:3:4: warning [unreachable-handler]\n"
    )


def test_lint_json_is_a_document_even_without_findings(shell: Shell) -> None:
    done = shell("lint", "--output-format=json", "board.recpol", files={"board.recpol": BOARD, **GREEN})
    assert (done.status, done.err) == (1, "")
    report = json.loads(done.out)
    assert (report["version"], [finding["rule"] for finding in report["findings"]]) == (1, ["conference-scope"])
    assert report["findings"][0]["start"] == {"line": 3, "column": 10}
    assert json.loads(shell("lint", "talk.recpol", "--output-format", "json").out) == {"version": 1, "findings": []}


def test_lint_reads_standard_input(shell: Shell) -> None:
    assert shell("lint", "-", stdin=TALK) == Done(0, "no findings in 1 file\n", "")
    done = shell("lint", "-", "--output-format", "concise", stdin=BOARD)
    assert done.status == 1
    assert done.out.startswith("<stdin>:3:10: error: ")
    said = shell("lint", "-", stdin='{"action": {"name": "hangup"}}').out
    assert "help: say what it answers, as in `recpol lint --event ice -`" in said
    assert shell("lint", "-", "talk.recpol", stdin=BOARD, files=dict(GREEN)).out.endswith("1 error in 2 files\n")


def test_warnings_fail_only_where_they_are_to(shell: Shell) -> None:
    files: dict[str, str | bytes] = {"warned.recpol": WARNED}
    assert shell("lint", "warned.recpol", files=files).status == 0
    assert shell("lint", "warned.recpol", "--strict").status == 1
    assert shell("lint", files={"recpol.yaml": "strict: true\n"}).status == 1
    assert shell("lint", files={"recpol.yaml": "rules: {unreachable-handler: error}\n"}).status == 1
    assert shell("lint", "--strict", files={"recpol.yaml": "rules: {unreachable-handler: off}\n"}).status == 0
    assert shell("lint", "--strict", files={"recpol.yaml": "rules: {unreachable-handler: info}\n"}).status == 0


def test_findings_are_sorted_by_file_and_place(shell: Shell) -> None:
    files: dict[str, str | bytes] = {f"{name}.recpol": BOARD + "on ace { hangup }\n" for name in "cab"}
    done = shell("lint", "c.recpol", "a.recpol", "b.recpol", "--output-format", "concise", files=files)
    places = [line.split(" ")[0] for line in done.out.splitlines()]
    assert places == sorted(places)
    assert {place[0] for place in places} == set("abc")


def test_a_finding_in_shared_rules_is_told_once(shell: Shell) -> None:
    broken = COMPANY + "record @talk\n"
    files: dict[str, str | bytes] = {f"{name}.recpol": USES.replace("NAME", name) for name in ("one", "two", "three")}
    done = shell("lint", ".", "--output-format", "concise", files={**files, "company.recpol": broken})
    assert done.status == 1
    lines = done.out.splitlines()
    assert len(lines) == len(set(lines))
    assert len([line for line in lines if line.startswith("company.recpol:3:") and "[not-in-rules]" in line]) == 1


def test_variables_come_from_options_settings_and_environments(shell: Shell) -> None:
    policy = TALK.replace("acme-recordings", "{{ var.BUCKET }}")
    settings = "vars: {BUCKET: from-vars}\nenvironments: {prod: {vars: {BUCKET: from-prod}}}\n"
    files: dict[str, str | bytes] = {"talk.recpol": policy}

    def url(*words: str) -> str:
        done = shell("compile", "--stdout", *words)
        assert done.status == 0, done.err
        found: str = json.loads(done.out)["ace.json"]["instructions"][0]["options"]["destinationUrl"]
        return found

    assert shell("compile", "talk.recpol", "--var", "BUCKET=given", "--stdout", files=files).status == 0
    assert shell("lint", files={"recpol.yaml": settings}).status == 0
    assert url() == "s3://from-vars/talk/"
    assert url("--env", "prod") == "s3://from-prod/talk/"
    assert url("--env", "prod", "--var", "BUCKET=a=b", "--var", "OTHER=") == "s3://a=b/talk/"
    assert url("--var", "BUCKET=first", "--var", "BUCKET=last") == "s3://last/talk/"


# compile


def test_compile_says_what_it_wrote(shell: Shell, tmp_path: Path) -> None:
    done = shell("compile", "talk.recpol", "-o", "out", files=dict(GREEN))
    assert done == Done(0, "talk: 3 files in out/talk\n", "")
    assert sorted(tree(tmp_path / "out")) == ["talk/ace.json", "talk/ice.json", "talk/manifest.json"]
    assert json.loads((tmp_path / "out" / "talk" / "ice.json").read_text("utf-8"))["action"]["name"] == "connectPstn"
    assert shell("compile", "talk.recpol", "-o", "out") == Done(0, "talk: 3 files in out/talk, nothing changed\n", "")
    changed = shell("compile", "talk.recpol", "-o", "out", files={"talk.recpol": TALK.replace("0000", "1111")})
    assert changed == Done(0, "talk: 3 files in out/talk, 2 changed\n", "")
    less = TALK.replace("on ace { record { continue } }", "record all").replace("0000", "1111")
    removed = shell("compile", "talk.recpol", "-o", "out", files={"talk.recpol": less})
    assert removed == Done(0, "talk: 2 files in out/talk, 1 removed\n", "")


def test_the_output_folder_comes_from_the_option_the_settings_or_is_build(shell: Shell, tmp_path: Path) -> None:
    shell("compile", "talk.recpol", files=dict(GREEN))
    assert (tmp_path / "build" / "talk" / "ice.json").exists()
    shell("compile", files={"recpol.yaml": "out: made/here\n"})
    assert (tmp_path / "made" / "here" / "talk" / "ice.json").exists()
    shell("compile", "-o", "mine")
    assert (tmp_path / "mine" / "talk" / "ice.json").exists()


def test_a_policy_with_an_error_writes_nothing_and_the_others_are_written(shell: Shell, tmp_path: Path) -> None:
    good = BOARD.replace("record {", "record call {")
    shell("compile", ".", files={"board.recpol": good, **GREEN})
    before = tree(tmp_path / "build" / "board")
    done = shell("compile", ".", files={"board.recpol": BOARD, "talk.recpol": TALK.replace("0000", "1111")})
    assert (done.status, done.out) == (1, "talk: 3 files in build/talk, 2 changed\n")
    assert "rule: conference-scope" in done.err
    assert done.err.endswith("\n1 error in 2 files\nboard: nothing is written, because of what is found above\n")
    assert tree(tmp_path / "build" / "board") == before != {}


def test_a_strict_compilation_does_not_write_a_policy_with_a_warning(shell: Shell, tmp_path: Path) -> None:
    done = shell("compile", ".", "--strict", files={"warned.recpol": WARNED, **GREEN})
    assert (done.status, done.out) == (1, "talk: 3 files in build/talk\n")
    assert "warned: nothing is written" in done.err
    assert sorted(path.name for path in (tmp_path / "build").iterdir()) == ["talk"]
    assert shell("compile", ".").status == 0
    assert (tmp_path / "build" / "warned").exists()


def test_two_policies_of_one_name_write_nothing(shell: Shell, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a/talk.recpol": TALK, "b/talk.recpol": TALK, "board.recpol": BOARD}
    for words in (["."], [".", "--stdout"]):
        done = shell("compile", *words, files=files)
        assert (done.status, done.out) == (1, "")
        assert "error: two policies are named `talk`\n   --> b/talk.recpol:1:8\n" in done.err
        assert "a/talk.recpol:1:8" in done.err
    assert not (tmp_path / "build").exists()
    assert shell("compile", "a/talk.recpol", "./a/talk.recpol").status == 0, "one file twice is one policy"


def test_rules_files_are_checked_and_not_compiled(shell: Shell, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"one.recpol": USES.replace("NAME", "one"), "company.recpol": COMPANY}
    done = shell("compile", ".", files=files)
    assert done == Done(0, "one: 2 files in build/one\n", "")
    alone = shell("compile", "company.recpol")
    assert (alone.status, alone.out) == (2, "")
    assert "nothing to compile: `company.recpol` holds rules only" in alone.err
    broken = shell("compile", ".", files={"company.recpol": COMPANY + "record @talk\n"})
    assert (broken.status, broken.out) == (1, "")
    assert "company.recpol:3:" in broken.err
    assert sorted(path.name for path in (tmp_path / "build").iterdir()) == ["one"]


def test_compile_to_standard_output(shell: Shell, tmp_path: Path) -> None:
    done = shell("compile", "talk.recpol", "--stdout", files=dict(GREEN))
    assert (done.status, done.err) == (0, "")
    documents = json.loads(done.out)
    assert list(documents) == ["ice.json", "ace.json", "manifest.json"]
    assert documents["ice.json"] == {"action": {"name": "connectPstn", "number": "+46850020000"}}
    assert not (tmp_path / "build").exists()
    several = shell("compile", ".", "--stdout", files={"warned.recpol": WARNED})
    assert {name: sorted(files) for name, files in json.loads(several.out).items()} == {
        "talk": ["ace.json", "ice.json", "manifest.json"],
        "warned": ["ace.json", "ice.json", "manifest.json"],
    }
    refused = shell("compile", "board.recpol", "--stdout", files={"board.recpol": BOARD})
    assert (refused.status, refused.out) == (1, "")


def test_check_fails_where_the_output_is_not_up_to_date(shell: Shell, tmp_path: Path) -> None:
    missing = shell("compile", "--check", "talk.recpol", files=dict(GREEN))
    assert missing.status == 1
    assert missing.out.splitlines() == [
        f"talk: build/talk/{name} is missing" for name in ("ice.json", "ace.json", "manifest.json")
    ]
    assert not (tmp_path / "build").exists()
    shell("compile", "talk.recpol")
    assert shell("compile", "--check", "talk.recpol") == Done(0, "talk is up to date in build\n", "")
    (tmp_path / "build" / "talk" / "ice.json").write_text("{}", "utf-8")
    changed = shell("compile", "--check", "talk.recpol")
    assert (changed.status, changed.out) == (1, "talk: build/talk/ice.json differs\n")
    shell("compile", "talk.recpol")
    less = TALK.replace("on ace { record { continue } }", "record all")
    stale = shell("compile", "--check", "talk.recpol", files={"talk.recpol": less})
    assert (stale.status, stale.out.count("ace.json is no longer part of the policy")) == (1, 1)
    refused = shell("compile", "--check", "board.recpol", files={"board.recpol": BOARD})
    assert (refused.status, refused.out) == (1, "")


def test_a_defect_of_the_compiler_writes_nothing_and_asks_for_a_report(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib

    compiler = importlib.import_module("recpol.compilation")

    def broken(*_: object) -> NoReturn:
        raise compiler.CompilerBug("the compiler wrote an invalid `ice.json` for `talk`")

    monkeypatch.setattr("recpol.cli.compiling.compile_program", broken)
    done = shell("compile", "talk.recpol", files=dict(GREEN))
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "error: the compiler wrote an invalid `ice.json` for `talk`\n"
        " help: nothing was written; please report this, RECPOL_DEBUG=1 shows where it happened\n"
    )
    assert not (tmp_path / "build").exists()


def test_any_other_defect_is_one_message_without_a_trace(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> NoReturn:
        raise KeyError("a secret")

    monkeypatch.setattr("recpol.workspace.session.program", broken)
    done = shell("lint", "talk.recpol", files=dict(GREEN))
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "error: recpol came upon a defect of its own\n"
        " help: please report this, RECPOL_DEBUG=1 shows where it happened\n"
    ), "what was written is not known"
    monkeypatch.setenv("RECPOL_DEBUG", "1")
    with pytest.raises(KeyError):
        shell("lint", "talk.recpol")


def test_an_interrupt_is_quiet(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("recpol.workspace.session.program", interrupt)
    assert shell("lint", "talk.recpol", files=dict(GREEN)) == Done(130, "", "")


# bad input, by name

BROKEN_HEAD = "policy broken\n"


@pytest.mark.parametrize(
    ("content", "rule", "place"),
    [
        pytest.param(b"", "one-header", "1:1", id="empty"),
        pytest.param(b"\n \n", "one-header", "1:1", id="blank"),
        pytest.param(b"# only a comment", "one-header", "1:1", id="only comments"),
        pytest.param(b"\xef\xbb\xbf", "one-header", "1:1", id="only a byte order mark"),
        pytest.param(b"policy x\non ice { say \"\xe5\" hangup }\n", "not-utf8", "2:15", id="Latin-1"),
        pytest.param("policy x\non ice { hangup }\n".encode("utf-16"), "not-utf8", "1:1", id="UTF-16"),
        pytest.param(b"\x00" * 100, "syntax-error", "1:1", id="NUL bytes"),
        pytest.param(b"policy x\n\x00on ice { hangup }\n", "syntax-error", "2:1", id="NUL"),
        pytest.param(b"\x7fELF\x02\x01\x01\x00\xff\xfe", "not-utf8", "1:9", id="a program"),
        pytest.param(b"policy a\non ice { hangup }\npolicy b\n", "one-header", "3:1", id="two policies"),
        pytest.param(b"policy a\non ice { say \"hello", "unclosed-string", "2:14", id="unclosed string at the end"),
        pytest.param(b"policy a\non ice { hangup", "unclosed-brace", "2:8", id="unclosed brace at the end"),
        pytest.param(b"policy a\non ice { hangup } }", "syntax-error", "2:19", id="a brace too many"),
        pytest.param(b"x" * (1024 * 1024 + 1), "file-too-large", "1:1", id="too large"),
        pytest.param(b"policy a\non ice {" + b" record {" * 99, "too-deep", "2:584", id="too deep"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["lint", "compile"])
def test_a_bad_file_is_a_finding(
    shell: Shell, tmp_path: Path, command: str, content: bytes, rule: str, place: str
) -> None:
    done = shell(command, "bad.recpol", files={"bad.recpol": content})
    assert done.status == 1
    report = done.out if command == "lint" else done.err
    assert f"bad.recpol:{place}\n" in report
    assert f" rule: {rule}\n" in report
    assert " help: " in report
    assert not (tmp_path / "build").exists()
    assert max(map(len, report.splitlines())) < 200, "no line is so long that nobody reads it"


def test_a_hundred_errors_are_a_hundred_findings(shell: Shell) -> None:
    text = "policy x\non ice {\n" + "  answer\n  wrong\n" * 100 + "  hangup\n}\n"
    done = shell("lint", "x.recpol", "--output-format", "concise", files={"x.recpol": text})
    assert done.status == 1
    assert [int(line.split(":")[1]) for line in done.out.splitlines()] == list(range(4, 204, 2))
    assert "100 errors in 1 file\n" in shell("lint", "x.recpol").out


@pytest.mark.parametrize(
    "content",
    [
        TALK.replace("\n", "\r\n"),
        "\ufeff" + TALK,
        TALK.replace(" ", "\t"),
        TALK.rstrip("\n"),
        TALK + "# the end, without a line break",
        "#" * 10_000 + "\n" + TALK,
        TALK.replace("on ice", "record talking\non ice")
        .replace("connect", "talking: connect")
        .replace("record {", "{"),
    ],
    ids=["CRLF", "byte order mark", "tabs", "no last line break", "comment at the end", "long comment", "label first"],
)
def test_unusual_files_compile(shell: Shell, tmp_path: Path, content: str) -> None:
    if "talking" in content:
        content = content.replace("{ { continue } }", "{ continue }").replace("{ continue } }", "{ continue }")
    done = shell("compile", "talk.recpol", files={"talk.recpol": content})
    assert (done.status, done.out) == (0, "talk: 3 files in build/talk\n"), done.err
    plain = recpol.compile(TALK)
    written = (tmp_path / "build" / "talk" / "ice.json").read_bytes()
    assert written == plain.files["ice.json"] or "talking" in content


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("talk.recpol", "`talk.recpol` uses itself"),
        ("missing.recpol", "cannot use `missing.recpol`: there is no such file"),
        ("../outside.recpol", "cannot use `../outside.recpol`: it is outside the project folder"),
        ("/etc/passwd", "cannot use `/etc/passwd`: the path is absolute"),
        ("other.recpol", "`other.recpol` is the policy `other`"),
        ("latin.recpol", "cannot use `latin.recpol`: a byte that is not UTF-8"),
        ("empty.recpol", "`empty.recpol` is no rules file"),
        ("folder.recpol", "cannot use `folder.recpol`: it is a folder"),
        ("", "cannot use ``: the path is empty"),
    ],
)
def test_a_bad_use_is_a_finding(shell: Shell, tmp_path: Path, path: str, said: str) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "folder.recpol").mkdir()
    files: dict[str, str | bytes] = {
        "project/talk.recpol": TALK.replace("store", f'use "{path}"\nstore', 1),
        "project/other.recpol": WARNED.replace("warned", "other"),
        "project/latin.recpol": b"rules \xe5",
        "project/empty.recpol": "",
        "outside.recpol": COMPANY,
    }
    done = shell("lint", "project/talk.recpol", files=files)
    assert done.status == 1
    # What the name of a rules file of its own is said to be is a matter of words; where it is, is not.
    assert "project/talk.recpol:2:5\n" in done.out
    assert said.replace("`talk.recpol` uses itself", "uses itself") in done.out
    assert " rule: bad-use\n" in done.out


def unreadable(*_: object) -> NoReturn:
    raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize("command", ["lint", "compile"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.recpol"], "`missing.recpol` does not exist"),
        (["tlak.recpol"], "did you mean `talk.recpol`?"),
        (["empty"], "no `.recpol` file in the folder `empty`"),
        (["empty", "talk.recpol"], "no `.recpol` file in the folder `empty`"),
        ([""], "an argument is empty"),
        (["a\0b"], "an argument is not the name of a file"),
        (["talk.recpol/x"], "a part of the path is a file"),
        ([], "nothing to do: no file or folder is named"),
        (["talk.recpol", "--env", "prod"], "unknown environment `prod`: there is no `recpol.yaml`"),
        (["talk.recpol", "--var", "BUCKET"], "a `--var` has no `=`"),
        (["talk.recpol", "--var", "9=x"], "`9` cannot be the name of a variable"),
        (["talk.recpol", "--var"], "`--var`: expected one argument"),
        (["talk.recpol", "--strit"], "did you mean `--strict`?"),
        (["talk.recpol", "--zzz=1"], "unknown option `--zzz`"),
        (["talk.recpol", "--color", "allways"], "did you mean `always`?"),
    ],
)  # fmt: skip
def test_what_cannot_run_says_why(shell: Shell, tmp_path: Path, command: str, words: list[str], said: str) -> None:
    (tmp_path / "empty").mkdir()
    done = shell(command, *words, files=dict(GREEN))
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert re.fullmatch(r"error: [^\n]*\n( help: [^\n]*\n)?", done.err)
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize("command", ["lint", "compile"])
def test_a_file_that_may_not_be_read(shell: Shell, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setattr("recpol.workspace.reading._bytes", unreadable)
    done = shell(command, "talk.recpol", files=dict(GREEN))
    assert done == Done(2, "", "error: cannot read `talk.recpol`: no permission\n")


def test_a_lint_tells_of_the_files_that_it_could_read(shell: Shell, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.recpol")
    done = shell("lint", "board.recpol", "pipe.recpol", files={"board.recpol": BOARD})
    assert done.status == 2
    assert done.out.endswith("1 error in 1 file\n")
    assert "`pipe.recpol` is not a regular file" in done.err


def test_values_that_may_be_secrets_are_not_repeated(shell: Shell) -> None:
    assert "AKIA" not in shell("lint", "talk.recpol", "--var", "AKIAIOSFODNN7EXAMPLE", files=dict(GREEN)).err


def test_settings_with_a_mistake_are_shown(shell: Shell) -> None:
    files: dict[str, str | bytes] = {"recpol.yaml": "out: build\ninclud: policies\nstrict: 7\n", **GREEN}
    for command in ("lint", "compile"):
        done = shell(command, files=files)
        assert (done.status, done.out) == (2, "")
        assert "error: unknown key `includ`\n   --> recpol.yaml:2:1\n  2 | includ: policies\n    | ^^^^^^\n" in done.err
        assert " help: did you mean `include`?\n" in done.err
        assert "recpol.yaml:3:9" in done.err
    assert shell("lint", "-", stdin=TALK).status == 2
    assert shell("lint", files={"recpol.yaml": b"\xff"}).status == 2


def test_an_unknown_environment_is_told_with_the_known_ones(shell: Shell) -> None:
    settings = "environments: {prod: , staging: }\n"
    done = shell("compile", "--env", "prd", files={"recpol.yaml": settings, **GREEN})
    assert (done.status, done.out) == (2, "")
    said = "error: unknown environment `prd`\n help: did you mean `prod`? `recpol.yaml` has `prod`, `staging`\n"
    assert done.err == said
    assert "has none" in shell("compile", "--env", "prod", files={"recpol.yaml": ""}).err


def test_an_output_folder_that_is_a_file(shell: Shell, tmp_path: Path) -> None:
    for place in ("out", "out/deeper"):
        done = shell("compile", "talk.recpol", "-o", place, files={"out": "mine", **GREEN})
        assert (done.status, done.out) == (2, "")
        assert done.err.startswith("error: cannot write `out")
        assert " help: " in done.err
    assert (tmp_path / "out").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("number", "said"), [(errno.EACCES, "no permission"), (errno.EROFS, "read-only"), (errno.ENOSPC, "disk is full")]
)
def test_an_output_folder_that_cannot_be_written(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def refuse(path: str, *_: object) -> NoReturn:
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr("recpol.workspace.output.os.mkdir", refuse)
    done = shell("compile", "talk.recpol", files=dict(GREEN))
    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_compile_does_not_read_standard_input(shell: Shell) -> None:
    assert shell("compile", "-", stdin=TALK).status == 2


# the commands


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lnt"], "did you mean `recpol lint`?"),
        (["Compile"], "did you mean `recpol compile`?"),
        (["frobnicate"], "the commands are `compile`, `lint`"),
        (["talk.recpol"], "did you mean `recpol lint talk.recpol`?"),
        (["--strict"], "unknown option `--strict`"),
        (["rule", "conference-scop"], "did you mean `conference-scope`?"),
        (["rule", "zzzzzz"], "`recpol rule` lists the rules"),
        (["rule", "conference-scope", "two-stores"], "one argument too many: `two-stores`"),
        (["rule", "--output-format", "yaml"], "write one of `text`, `json`, `markdown`"),
        (["lint", "--output-format", "jsn"], "did you mean `json`?"),
        (["lint", "--output-format", "xyzzy"], "write one of `full`, `concise`, `json`"),
        (["compile", "--check", "--stdout"], "not allowed with"),
        (["compile", "--target", "svaml3"], "did you mean `svaml1`?"),
        (["lint", "--target", "v2"], "write one of `classic`, `svaml1`, `svaml2`"),
        (["explain", "--target", "clasic"], "did you mean `classic`?"),
        (["targets", "--target", "clasic"], "did you mean `classic`?"),
        (["targets", "--output-format", "yaml"], "write one of `text`, `markdown`, `json`"),
        (["fmt", "--target", "classic"], "unknown option `--target`"),
        (["render"], "required"),
        (["compile", "--batch"], "`recpol callout NAME number=+44…` in a loop"),
        (["callout", "customer", "--batch=people.csv"], "two sources disagree about their form"),
        (["callout", "customer", "--", "--batch"], "a value is not of the form"),
        ([""], "unknown command ``"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(shell: Shell, words: list[str], said: str) -> None:
    done = shell(*words)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert done.err.startswith("error: ")


def test_options_and_files_may_be_mixed(shell: Shell) -> None:
    files: dict[str, str | bytes] = {"board.recpol": BOARD, "-odd.recpol": TALK.replace("talk", "odd"), **GREEN}
    done = shell("lint", "talk.recpol", "--strict", "board.recpol", "--output-format", "full", files=files)
    assert done.out.endswith("1 error in 2 files\n")
    assert shell("lint", "--strict", "--", "-odd.recpol").out == "no findings in 1 file\n"
    assert shell("lint", "./-odd.recpol").out == "no findings in 1 file\n"


@pytest.mark.parametrize("command", ["lint", "explain", "simulate", "targets"])
def test_a_format_may_be_asked_for_in_either_word(shell: Shell, command: str) -> None:
    words = (command, "talk.recpol", *(("hang up",) if command == "simulate" else ()))
    asked = [shell(*words, option, "json", files={"talk.recpol": TALK}) for option in ("--output-format", "--format")]
    assert asked[0] == asked[1]
    json.loads(asked[1].out)
    assert "--format" not in shell(command, "--help").out
    assert "did you mean `json`?" in shell(*words, "--format", "jsn").err


def test_a_place_may_be_asked_for_in_either_word(shell: Shell, tmp_path: Path) -> None:
    for option in ("--output", "--out", "-o"):
        place = f"place{option}"
        assert shell("compile", "talk.recpol", option, place, files={"talk.recpol": TALK}).status == 0
        assert (tmp_path / place / "talk" / "manifest.json").exists()


def test_help_is_printed_and_names_every_command(shell: Shell) -> None:
    for word in ("--help", "-h"):
        done = shell(word)
        assert (done.status, done.err) == (0, "")
        for command in COMMAND_BY_NAME:
            assert f"recpol {command}" in done.out
    assert shell() == Done(2, "", done.out)
    for command in COMMAND_BY_NAME:
        helped = shell(command, "--help")
        assert (helped.status, helped.err) == (0, "")
        assert f"usage: recpol {command}" in helped.out
        assert "Exit status" in helped.out or command == "init"
    assert "secrets" in shell("render", "--help").out


def test_the_version(shell: Shell) -> None:
    assert shell("--version") == Done(0, f"recpol {recpol.__version__}\n", "")


def test_colours_are_for_terminals(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files: dict[str, str | bytes] = {"board.recpol": BOARD}
    assert "\x1b" not in shell("lint", "board.recpol", files=files).out
    assert "\x1b" in shell("lint", "board.recpol", "--color", "always").out
    assert "\x1b" in shell("compile", "board.recpol", "--color=always").err
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True, raising=False)
    assert "\x1b" in shell("lint", "board.recpol").out
    assert "\x1b" not in shell("lint", "board.recpol", "--color", "never").out
    assert "\x1b" not in shell("lint", "board.recpol", "--output-format", "json").out
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in shell("lint", "board.recpol").out
    monkeypatch.delenv("TERM")
    monkeypatch.setenv("NO_COLOR", "")
    assert "\x1b" in shell("lint", "board.recpol").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in shell("lint", "board.recpol").out
    assert "\x1b" in shell("lint", "board.recpol", "--color", "always").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in shell("lint", "board.recpol").out, "NO_COLOR goes first"


@pytest.mark.parametrize(("value", "colored"), [("1", True), ("3", True), ("0", False), ("false", False), ("", False)])
def test_colours_can_be_forced_where_there_is_no_terminal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, value: str, colored: bool
) -> None:
    monkeypatch.setenv("FORCE_COLOR", value)
    files: dict[str, str | bytes] = {"board.recpol": BOARD, "talk.recpol": TALK}
    assert ("\x1b" in shell("lint", "board.recpol", files=files).out) == colored
    assert ("\x1b" in shell("explain", "talk.recpol").out) == colored
    assert ("\x1b" in shell("simulate", "talk.recpol", "answer; hang up").out) == colored
    assert "\x1b" not in shell("explain", "talk.recpol", "--format", "markdown").out
    assert "\x1b" not in shell("lint", "board.recpol", "--color", "never").out
    assert "\x1b" not in shell("lint", "board.recpol", "--output-format", "json").out


def test_colours_leave_the_words_alone(shell: Shell) -> None:
    for words in (["explain", "talk.recpol"], ["simulate", "talk.recpol", "answer; hang up"]):
        plain = shell(*words, files={"talk.recpol": TALK}).out
        colored = shell(*words, "--color", "always").out
        assert colored != plain
        assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


def test_a_rules_name_is_a_link_where_the_terminal_shows_links(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_HYPERLINK", "TMUX", "STY", "TERM_PROGRAM", "VTE_VERSION", "WT_SESSION", "KITTY_WINDOW_ID"):
        monkeypatch.delenv(name, raising=False)
    link = "\x1b]8;;"
    files: dict[str, str | bytes] = {"board.recpol": BOARD}
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    assert link not in shell("lint", "board.recpol", "--color", "always", files=files).out, "this is no terminal"
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True, raising=False)
    page = "https://github.com/recpol/recpol/blob/main/docs/rules.md#conference-scope"
    wanted = f"{link}{page}\x1b\\conference-scope{link}\x1b\\\n"
    assert wanted in shell("lint", "board.recpol").out
    assert link not in shell("lint", "board.recpol", "--color", "never").out
    assert link not in shell("lint", "board.recpol", "--output-format", "json").out
    monkeypatch.setenv("FORCE_HYPERLINK", "0")
    assert link not in shell("lint", "board.recpol").out
    monkeypatch.delenv("FORCE_HYPERLINK")
    assert link not in shell("lint", "board.recpol").out
    for name, value, shown in (("VTE_VERSION", "7001", True), ("VTE_VERSION", "²", False), ("WT_SESSION", "x", True)):
        with monkeypatch.context() as context:
            context.setenv(name, value)
            assert (link in shell("lint", "board.recpol").out) == shown
            context.setenv("TMUX", "1")
            assert link not in shell("lint", "board.recpol").out


# rule


def test_the_list_of_rules(shell: Shell) -> None:
    lines = shell("rule").out.splitlines()
    assert [line.split()[:2] for line in lines] == [[rule.name, rule.severity] for rule in EVERY]
    assert all(line.endswith(rule.summary) for line, rule in zip(lines, EVERY, strict=True))
    listed = json.loads(shell("rule", "--output-format", "json").out)
    assert [rule["name"] for rule in listed["rules"]] == [rule.name for rule in EVERY]
    assert shell("rule", "--output-format", "markdown").out.count("\n| `") == len(EVERY)


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.name)
def test_the_page_of_a_rule(shell: Shell, rule: Rule) -> None:
    done = shell("rule", rule.name)
    assert (done.status, done.err) == (0, "")
    assert re.match(rf"{rule.name}\n={{{len(rule.name)}}}\n\n(An error|A warning|Information)\. ", done.out)
    assert rule.summary in done.out
    assert "```" not in done.out
    assert ("# allow" in done.out.partition(rule.summary)[0]) == (not rule.binding and rule.about_policies)
    assert shell("rule", rule.name, "--output-format", "markdown").out.startswith(f"# {rule.name}\n")
    data = json.loads(shell("rule", rule.name, "--output-format", "json").out)
    assert (data["name"], data["severity"], data["suppressible"]) == (rule.name, rule.severity, not rule.binding)
    assert (data["summary"], data["page"]) == (rule.summary, rule.page)
    named = [target.name for target in all_targets() if rule.targets is not None and rule.targets(target)]
    assert data["targets"] == named
    head = done.out.partition(rule.summary)[0]
    assert ("It speaks only where a policy is compiled to" in head) == bool(named)
    assert all(f"`{name}`" in head for name in named)


# init


def test_a_new_project_compiles_without_findings(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = shell("init", "desk")
    assert (done.status, done.err) == (0, "")
    assert "cd desk" in done.out
    assert "recpol compile" in done.out
    monkeypatch.chdir(tmp_path / "desk")
    assert shell("lint", "--strict") == Done(0, "no findings in 1 file\n", "")
    assert shell("compile") == Done(0, "support-line: 2 files in build/support-line\n", "")
    assert shell("compile", "--env", "prod", "--strict").status == 0
    assert "/build/" in (tmp_path / "desk" / ".gitignore").read_text("utf-8")
    tested = shell("test", "--coverage")
    assert (tested.status, tested.err) == (0, "")
    assert "1 test: 1 ok" in tested.out
    assert "100 %" in tested.out


def test_a_new_project_names_the_schemas_for_editors(shell: Shell, tmp_path: Path) -> None:
    shell("init", "desk")
    for name, schema in (("recpol.yaml", "config"), ("policies/support-line.test.yaml", "policytest")):
        first, _, rest = (tmp_path / "desk" / name).read_text("utf-8").partition("\n")
        address = first.removeprefix("# yaml-language-server: $schema=")
        assert address.endswith(f"/schemas/{schema}.schema.json")
        assert (Path(__file__).parents[1] / "schemas" / address.rpartition("/")[2]).is_file()
        assert "$schema" not in rest


def test_init_never_overwrites(shell: Shell, tmp_path: Path) -> None:
    done = shell("init", files={".gitignore": "mine\n", "policies/support-line.recpol": "mine\n"})
    assert done.status == 0
    assert "kept  .gitignore, which was there\n" in done.out
    assert "cd " not in done.out
    again = shell("init")
    assert (again.status, again.out) == (2, "")
    assert "there is a project already: `recpol.yaml`" in again.err
    for name in (".gitignore", "policies/support-line.recpol"):
        assert (tmp_path / name).read_text("utf-8") == "mine\n"
    assert "left out policies/support-line.test.yaml: the policy is yours\n" in done.out
    assert not (tmp_path / "policies/support-line.test.yaml").exists()
    part = shell("init", "other", files={"other/policies": "a file"})
    assert (part.status, part.out) == (2, "")
    assert "cannot write `other/policies/support-line.recpol`: a part of the path is a file" in part.err
    assert " help: " in part.err
    assert tree(tmp_path / "other") == {"policies": b"a file"}
    blocked = shell("init", "blocked", files={"blocked": "a file"})
    assert (blocked.status, blocked.out) == (2, "")
    assert "cannot write `blocked/recpol.yaml`" in blocked.err


def test_what_to_do_next_can_be_pasted(shell: Shell) -> None:
    assert "\n  cd 'my desk'\n" in shell("init", "my desk").out


def test_init_writes_nothing_through_a_link_that_leads_out_of_the_project(shell: Shell, tmp_path: Path) -> None:
    for folder in ("desk", "near/inside", "outside"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "desk" / "policies").symlink_to(tmp_path / "outside")
    done = shell("init", "desk")
    assert done.status == 2
    assert "cannot write `desk/policies/support-line.recpol`: a link leads out of the project" in done.err
    assert list((tmp_path / "outside").iterdir()) == []
    assert [path.name for path in (tmp_path / "desk").iterdir()] == ["policies"]
    (tmp_path / "near" / "policies").symlink_to("inside")
    assert shell("init", "near").status == 0
    assert (tmp_path / "near" / "inside" / "support-line.recpol").is_file()
    (tmp_path / "linked").symlink_to("outside")
    assert shell("init", "linked").status == 0


@pytest.mark.parametrize("command", [["lint"], ["fmt"], ["compile"], ["simulate"], ["ledger", "list", "--grace"]])
def test_a_file_that_reads_as_an_option_is_named_with_its_folder(shell: Shell, command: list[str]) -> None:
    done = shell(*command, "-x", files={"-x": "policy a\n"})
    assert done.status == 2
    assert "help: if you mean the file, write `./-x`" in done.err
    assert "./-" not in shell(*command, "-y").err


@pytest.mark.parametrize("command", ["lint", "test", "report"])
def test_a_folder_is_no_file_of_a_shard(shell: Shell, tmp_path: Path, command: str) -> None:
    (tmp_path / "shards").mkdir()
    done = shell(command, "--merge", "shards")
    assert done.status == 2
    assert "cannot read `shards`: it is a folder" in done.err
    assert "help: name a file that `--shard-file` wrote" in done.err


@pytest.mark.parametrize(
    ("option", "value"), [("--grace", "soon"), ("--grace", "nan"), ("--days", "x"), ("--days", "inf")]
)
def test_a_number_that_is_none_is_refused(shell: Shell, option: str, value: str) -> None:
    done = shell("ledger", "prune", option, value)
    assert done.status == 2
    assert f"error: `{option}` cannot be `{value}`" in done.err
    assert "invalid" not in done.err


def test_init_writes_all_where_nobody_reads_what_it_says(tmp_path: Path) -> None:
    """As in `recpol init | head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-u", "-m", "recpol", "init", "desk"]
    done = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, check=False, text=True)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")
    assert tree(tmp_path / "desk") == {name: text.encode() for name, text in FILES.items()}


# render

REPLY = {"action": {"name": "ConnectPstn", "number": "{{ call.cli | e164 }}", "cli": "{{ env.RECPOL_TEST_CLI }}"}}


def test_render_fills_a_reply(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECPOL_TEST_CLI", "from \u2026 the environment")
    files: dict[str, str | bytes] = {"reply.json": json.dumps(REPLY), "call.json": '\ufeff{"cli": 46850020000}'}
    done = shell("render", "reply.json", "--call", "call.json", files=files)
    assert (done.status, done.err) == (0, "")
    wanted = {"action": {"name": "ConnectPstn", "number": "+46850020000", "cli": "from \u2026 the environment"}}
    assert json.loads(done.out) == wanted
    assert "\u2026" in done.out
    lines = "# a comment\n\nOTHER=x\nexport RECPOL_TEST_CLI = 'from # the = file'\n"
    done = shell(
        "render", "--env-file", ".env", "-", "--call", "call.json", files={".env": lines}, stdin=json.dumps(REPLY)
    )
    assert json.loads(done.out)["action"]["cli"] == "from # the = file"
    done = shell("render", "reply.json", "--call", "-", stdin='{"cli": "1"}')
    assert json.loads(done.out)["action"]["number"] == "+1"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["reply.json"], 1, "`{{ call.cli | e164 }}` at `action.number`: no callback is given"),
        (["reply.json", "--call", "call.json"], 1, "`{{ env.RECPOL_TEST_CLI }}` at `action.cli`"),
        (["missing.json"], 2, "cannot read `missing.json`: there is no such file or folder"),
        (["reply.json", "--call", "bad.json"], 2, "`bad.json` is not JSON: it cannot be read from 2:8 on"),
        (["open.json"], 2, "`open.json` is not JSON: `{` is not closed, at 1:1\n help: write `}` where it ends\n"),
        (["policy.recpol"], 2, "`policy.recpol` is a policy, and replies are rendered\n help: compile it with `recpol"),
        (
            ["key.json"],
            2,
            "`key.json` is not JSON: it cannot be read from 1:2 on\n help: write JSON there (RFC 8259)\n",
        ),
        (["reply.json", "--call", "list.json"], 2, "`list.json` is not the payload of a callback"),
        (["deep.json"], 2, "`deep.json` cannot be read: it is nested too deeply"),
        (["latin.json"], 2, "`latin.json` is not UTF-8 (line 1)"),
        (["reply.json", "--env-file", "bad.env"], 2, "`bad.env`, line 2, is not of the form `NAME=VALUE`"),
        (["-", "--call", "-"], 2, "cannot both come from standard input"),
        (["."], 2, "cannot read `.`: it is a folder"),
    ],
)
def test_what_cannot_be_rendered_says_why(shell: Shell, words: list[str], status: int, said: str) -> None:
    files: dict[str, str | bytes] = {
        "reply.json": json.dumps(REPLY),
        "call.json": '{"cli": "46850020000"}',
        "bad.json": '{\n"cli": secret}',
        "open.json": '{\n  "cli": "secret"\n',
        "key.json": '{secret: "secret"}',
        "policy.recpol": TALK,
        "list.json": "[]",
        "deep.json": "[" * 100_000,
        "latin.json": b'"\xe5"',
        "bad.env": "A=1\nsecret\n",
    }
    done = shell("render", *words, files=files)
    assert (done.status, done.out) == (status, "")
    assert said in done.err
    assert "secret" not in done.err


@pytest.mark.parametrize(
    ("words", "help_"),
    [
        (("import", "talk.recpol"), "name replies, in files of JSON; `recpol compile` makes them of a policy"),
        (
            ("verify", "talk.recpol", "--pack", "pci-dss-4"),
            'write `use pack "NAME"` in it, and `recpol lint` proves its clauses',
        ),
    ],
)
def test_a_policy_is_no_reply(shell: Shell, words: tuple[str, ...], help_: str) -> None:
    done = shell(*words, files={"talk.recpol": f"# a comment\n{TALK}"})
    assert (done.status, done.out) == (2, "")
    assert done.err == f"error: `talk.recpol` is a policy already, and no SVAML\n help: {help_}\n"


# real processes


def process(
    *words: str, cwd: Path, stdin: str = "", encoding: str = "utf-8", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a process whose output has an encoding; its input is always UTF-8."""
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "RECPOL_DEBUG")}
    done = subprocess.run(
        [sys.executable, "-m", "recpol", *words],
        cwd=cwd,
        input=stdin.encode(),
        env={**clean, "PYTHONIOENCODING": encoding, **environment},
        capture_output=True,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding)
    )


def test_a_real_run(tmp_path: Path) -> None:
    (tmp_path / "talk.recpol").write_text(TALK, "utf-8")
    done = process("compile", "talk.recpol", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "talk: 3 files in build/talk\n", "")
    assert process("lint", "-", cwd=tmp_path, stdin=BOARD).returncode == 1
    assert process("lint", "nothing", cwd=tmp_path).returncode == 2
    assert process("--version", cwd=tmp_path).stdout == f"recpol {recpol.__version__}\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "utf-8"])
def test_a_terminal_without_the_letters_is_no_reason_to_fail(tmp_path: Path, encoding: str) -> None:
    text = 'policy å\non ice { say "日本 \u2026 ●\n'
    done = process("lint", "-", cwd=tmp_path, stdin=text, encoding=encoding)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (tmp_path / "reply.json").write_text('{"text": "● å"}', "utf-8")
    rendered = process("render", "reply.json", cwd=tmp_path, encoding=encoding)
    assert rendered.returncode == 0
    assert json.loads(rendered.stdout) == {"text": "● å"}


def test_output_that_nobody_reads_is_no_error(tmp_path: Path) -> None:
    text = "policy x\non ice {\n" + "  answer\n  wrong\n" * 4_000 + "}\n"
    (tmp_path / "x.recpol").write_text(text, "utf-8")
    command = [sys.executable, "-m", "recpol", "lint", "x.recpol", "--output-format", "concise", "--no-limit"]
    # Without its buffers Python takes a write that was cut short for a whole one.
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, cwd=tmp_path, env=clean, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that only Linux has")
def test_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "recpol", "rule"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (2, b"error: cannot print: the disk is full\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that only Linux has")
def test_what_cannot_be_told_is_at_least_in_the_exit_status(tmp_path: Path) -> None:
    (tmp_path / "board.recpol").write_text(BOARD, "utf-8")
    for words, wanted in ((["lint", "missing"], 2), (["compile", "board.recpol"], 1)):
        with Path("/dev/full").open("w") as full:
            command = [sys.executable, "-m", "recpol", *words]
            done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=full, check=False)
        assert (done.returncode, done.stdout) == (wanted, b"")


@pytest.mark.skipif(os.name == "nt", reason="how a shell closes a stream")
def test_closed_streams_are_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "talk.recpol").write_text(TALK, "utf-8")
    for closing, wanted in ((">&-", 0), ("2>&-", 0), (">&- 2>&-", 0), ("<&-", 0)):
        command = f'"{sys.executable}" -m recpol lint talk.recpol {closing}'
        done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (wanted, ""), closing
    command = f'"{sys.executable}" -m recpol lint - <&-'
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "standard input is closed" in done.stderr


def test_the_output_is_the_same_under_any_hash_seed(tmp_path: Path) -> None:
    (tmp_path / "talk.recpol").write_text(TALK, "utf-8")
    (tmp_path / "board.recpol").write_text(BOARD, "utf-8")
    runs = {
        (done.returncode, done.stdout, done.stderr)
        for seed in ("0", "1", "12345")
        for done in [process("compile", "--stdout", ".", cwd=tmp_path, PYTHONHASHSEED=seed)]
    }
    assert len(runs) == 1


def test_a_variable_that_no_policy_uses_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip in a name must not leave the default of the placeholder in force."""
    policy = tmp_path / "v.recpol"
    store = """store s { url "s3://{{ var.bucket | default('acme-test') }}/" credentials env KEY }"""
    policy.write_text(f"policy v\n{store}\non ice {{ record {{ connect pstn +46850020000 }} }}\n", "utf-8")
    out = str(tmp_path / "build")
    assert run(["compile", str(policy), "-o", out, "--var", "bukcet=acme-prod"]) == 2
    assert "did you mean `bucket`?" in capsys.readouterr().err
    assert not (tmp_path / "build").exists()
    assert run(["compile", str(policy), "-o", out, "--var", "bucket=acme-prod"]) == 0


def test_the_level_of_a_binding_rule_cannot_be_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "recpol.yaml").write_text("rules: {broken-guarantee: off}\n", "utf-8")
    policy = tmp_path / "p.recpol"
    policy.write_text("policy p\non ice { connect pstn +46850020000 }\n", "utf-8")
    assert run(["lint", str(policy)]) == 2
    assert "`broken-guarantee` always speaks" in "".join(capsys.readouterr())
