"""`recpol test`: what is found, what is printed, coverage, JUnit, and the exit status."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import pytest

from shells import Done, Shell

DESK = """\
policy desk
locale en-GB
store calls { url "s3://acme-{{ var.bucket }}/in/" credentials env KEY }
on ice { notice: connect pstn +46850020000 }
on ace { record { talk: continue } }
"""

OTHER = DESK.replace("policy desk", "policy other")

TESTS = """\
vars: {bucket: test}
tests:
  - {name: the talk is on tape, call: answer, recorded: talk}
"""

FAILS = """\
vars: {bucket: test}
tests:
  - {name: the talk is on tape, call: answer, recorded: talk}
  - {name: the ringing is on tape, call: answer, recorded: notice}
  - {name: nobody answers, call: no answer, skip: true, reason: "who <knows> & when"}
"""

GOOD = {"desk.recpol": DESK, "desk.test.yaml": TESTS}


@pytest.fixture
def run_tests(shell: Shell) -> Shell:
    """Runs `recpol test`."""
    return partial(shell, "test")


# Finding


def test_a_test_file_a_folder_or_the_project(run_tests: Shell) -> None:
    line = "ok       desk.test.yaml: the talk is on tape\n1 test: 1 ok\n"
    assert run_tests("desk.test.yaml", files=GOOD) == Done(0, line, "")
    assert run_tests(".") == Done(0, line, "")
    assert run_tests(".", "desk.test.yaml", "./desk.test.yaml") == Done(0, line, ""), "each file once"
    assert run_tests(files={"recpol.yaml": ""}) == Done(0, line, "")


def test_a_folder_is_searched_sorted_and_without_what_is_not_the_users(run_tests: Shell) -> None:
    folders = ("b", "a", ".git", "node_modules", "build")
    files = {f"{folder}/{name}": text for folder in folders for name, text in GOOD.items()}
    done = run_tests("b", ".", files=files)
    assert [line.split()[1] for line in done.out.splitlines()[:-1]] == ["b/desk.test.yaml:", "a/desk.test.yaml:"]


@pytest.mark.parametrize("words", [(".",), (".", "--coverage"), (".", "--fail-under", "0")])
def test_no_tests_is_a_failure(run_tests: Shell, words: tuple[str, ...]) -> None:
    done = run_tests(*words, files={"readme.md": "x"})
    assert done.status == 1
    assert done.out.endswith("no tests found: write NAME.test.yaml beside NAME.recpol\n")
    assert "100 %" not in done.out
    assert run_tests("empty.test.yaml", files={"empty.test.yaml": "tests: []\n", "empty.recpol": DESK}).status == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "nothing to do: no file or folder is named"),
        (("dsk.test.yaml",), "did you mean `desk.test.yaml`?"),
        (("desk.recpol",), "`desk.recpol` is not a test file\n help: name `desk.test.yaml`"),
        (("desk.test.yaml", "--fail-under", "101"), "`--fail-under` cannot be `101`"),
        (("desk.test.yaml", "--fail-under", "nan"), "`--fail-under` cannot be `nan`"),
        (("desk.test.yaml", "--fail-under", "all"), "write a number from 0 to 100"),
        (("desk.test.yaml", "--junit", "no/such/folder.xml"), "cannot write `no/such/folder.xml`"),
        (("desk.test.yaml", "--var", "bucket"), "a `--var` has no `=`"),
        (("desk.test.yaml", "--env", "prod"), "unknown environment `prod`"),
        (("desk.test.yaml", "--covrage"), "did you mean `--coverage`?"),
    ],
)
def test_what_keeps_it_from_running(run_tests: Shell, words: tuple[str, ...], message: str) -> None:
    done = run_tests(*words, files=GOOD)
    assert done.status == 2
    assert done.err.startswith("error: ")
    assert message in done.err


# Running


def test_a_failure_is_told_with_the_call(run_tests: Shell) -> None:
    done = run_tests("desk.test.yaml", files={**GOOD, "desk.test.yaml": FAILS})
    assert (done.status, done.err) == (1, "")
    assert done.out == (
        "ok       desk.test.yaml: the talk is on tape\n"
        "FAILED   desk.test.yaml: the ringing is on tape\n"
        "skipped  desk.test.yaml: nobody answers: who <knows> & when\n"
        "\n"
        "desk.test.yaml: the ringing is on tape\n"
        "\n"
        "error: `notice` is not recorded\n"
        "   --> desk.test.yaml:4:64\n"
        "  4 |   - {name: the ringing is on tape, call: answer, recorded: notice}\n"
        "    |                                                            ^^^^^^ expected to be recorded\n"
        "   ::: desk.recpol:4:18\n"
        "  4 | on ice { notice: connect pstn +46850020000 }\n"
        "    |                  ------------------------- not recorded\n"
        "\n"
        "  a call comes in\n"
        f"      notice: {'calling +46850020000':<56}○ not recorded\n"
        "  the callee answers\n"
        f"      talk: {'the conversation':<58}● recorded to calls (file 1)\n"
        "\n"
        "3 tests: 1 ok, 1 failed, 1 skipped\n"
    ).replace("4:64", done.out.split("desk.test.yaml:")[-1].split("\n")[0])


def test_variables_of_the_test_go_before_the_settings_and_after_the_command(run_tests: Shell) -> None:
    options = "{destinationUrl: 's3://acme-URL/in/', credentials: '{{ env.KEY }}'}"
    document = f"{{instructions: [{{name: startRecording, options: {options}}}], action: {{name: continue}}}}"
    text = f"VARS\ntests:\n- name: x\n  call: answer\n  replies: {{ace.json: {document}}}\n"
    settings = {"recpol.yaml": "vars: {bucket: settings}\nenvironments: {prod: {vars: {bucket: prod}}}\n"}

    def passes(vars_: str, url: str, *words: str) -> bool:
        files = {**GOOD, **settings, "desk.test.yaml": text.replace("VARS", vars_).replace("URL", url)}
        return run_tests("desk.test.yaml", *words, files=files).status == 0

    assert passes("", "settings")
    assert passes("", "prod", "--env", "prod")
    assert passes("vars: {bucket: test}", "test", "--env", "prod")
    assert passes("vars: {bucket: test}", "command", "--var", "bucket=command")
    assert not passes("vars: {bucket: test}", "settings")


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ("policy: none.recpol\n" + TESTS, "cannot read `none.recpol`: there is no such file"),
        ("policy: rules.recpol\n" + TESTS, "a file of rules cannot be tested"),
        ("policy: broken.recpol\n" + TESTS, "did you mean `calls`?"),
        (TESTS.replace("vars", "var"), "did you mean `vars`?"),
        (TESTS.replace("vars: {bucket: test}\n", ""), "{{ var.bucket }}"),
        ("tests: [}", "this is not valid YAML"),
    ],
)
def test_a_file_that_cannot_be_used_fails_and_the_others_run(run_tests: Shell, tests: str, message: str) -> None:
    files = {
        **GOOD,
        "rules.recpol": 'rules r\nstore calls { url "s3://acme-calls/" credentials env KEY }\n',
        "broken.recpol": DESK.replace("record {", "record to cals {"),
        "a.test.yaml": tests,
        "a.recpol": DESK,
    }
    done = run_tests("a.test.yaml", "desk.test.yaml", files=files)
    assert done.status == 1
    assert done.out.startswith("FAILED   a.test.yaml cannot be used as it is\n")
    assert "ok       desk.test.yaml: the talk is on tape\n" in done.out
    assert message in done.out
    assert done.out.endswith("; 1 file cannot be used\n")


def test_expected_documents_are_files_of_the_project(run_tests: Shell, tmp_path: Path) -> None:
    def said(path: str) -> str:
        text = TESTS + f"  - {{name: y, replies: {{ice.json: {path}}}}}\n"
        return run_tests("t/desk.test.yaml", files={"t/desk.recpol": DESK, "t/desk.test.yaml": text}).out

    (tmp_path / "ice.json").write_text("{}", "utf-8")
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "ice.json").write_text('{"action": {"name": "connectPstn", "number": "+46850020000"}}', "utf-8")
    assert "2 tests: 2 ok" in said("ice.json")
    assert "outside the project folder" in said("../ice.json")
    assert "it is not a plain path" in said("/etc/passwd")
    assert "there is no such file" in said("no.json")
    (tmp_path / "t" / "folder").mkdir()
    assert "there is no such file" in said("folder")
    run_tests("t/desk.test.yaml", files={"recpol.yaml": ""})
    assert "`ice.json`: `action` is" in said("../ice.json")


def test_colours_are_for_terminals(run_tests: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in run_tests("desk.test.yaml", files=GOOD).out
    assert run_tests("desk.test.yaml", "--color", "always").out.startswith("\x1b[32mok\x1b[0m       desk.test.yaml: ")


# Coverage


def test_coverage_names_what_is_missing(run_tests: Shell) -> None:
    text = TESTS.replace("call: answer, recorded: talk", "not-recorded: notice")
    done = run_tests("desk.test.yaml", "--coverage", files={**GOOD, "desk.test.yaml": text})
    assert done.status == 0
    assert done.out.endswith(
        "\ndesk.recpol: 50 % (segments 1/2)\n"
        "  never: talk: the conversation in `on ace` (segment, desk.recpol:5:25)\n"
        "coverage: 1 of 2 parts, 50 %\n"
        "1 test: 1 ok\n"
    )


@pytest.mark.parametrize(("least", "status"), [("0", 0), ("50", 0), ("50.1", 1), ("100", 1)])
def test_too_little_coverage_fails(run_tests: Shell, least: str, status: int) -> None:
    text = TESTS.replace("call: answer, recorded: talk", "not-recorded: notice")
    done = run_tests("desk.test.yaml", "--fail-under", least, files={**GOOD, "desk.test.yaml": text})
    assert done.status == status
    assert (f"less than the {least} % that are asked for" in done.out) is bool(status)


def test_a_policy_beside_the_tests_counts_untested(run_tests: Shell) -> None:
    files = {**GOOD, "other.recpol": OTHER, "shared.recpol": "rules shared\n", "recpol.yaml": "vars: {bucket: x}\n"}
    done = run_tests(".", "--coverage", files=files)
    assert "other.recpol: 0 % (segments 0/2)\n" in done.out
    assert "coverage: 2 of 4 parts, 50 %\n" in done.out
    assert run_tests("--coverage").out == done.out
    assert "other" not in run_tests("desk.test.yaml", "--coverage").out, "only the folders that are searched"
    broken = run_tests(".", "--coverage", files={"other.recpol": "policy other\non ice { }\n"})
    assert broken.status == 1
    assert "other.recpol: unknown, for it does not compile; `recpol lint` says why\n" in broken.out


def test_several_test_files_of_one_policy_cover_together(run_tests: Shell) -> None:
    parts = {
        "a.test.yaml": "policy: desk.recpol\n" + TESTS.replace("call: answer, recorded: talk", "not-recorded: notice"),
        "b.test.yaml": "policy: desk.recpol\n" + TESTS.replace("test}", "more}"),
    }
    done = run_tests("a.test.yaml", "b.test.yaml", "--fail-under", "100", files={"desk.recpol": DESK, **parts})
    assert done.status == 0
    assert "coverage: 2 of 2 parts, 100 %\n" in done.out


# JUnit


def test_junit_holds_every_result(run_tests: Shell, tmp_path: Path) -> None:
    files = {**GOOD, "desk.test.yaml": FAILS, "bad.test.yaml": "tests: [}"}
    done = run_tests("desk.test.yaml", "bad.test.yaml", "--junit", "out.xml", files=files)
    assert done.status == 1
    root = ElementTree.parse(tmp_path / "out.xml").getroot()
    assert root.attrib == {"name": "recpol test", "tests": "4", "failures": "1", "skipped": "1", "errors": "1"}
    desk, bad = root.findall("testsuite")
    assert desk.attrib == {"name": "desk.test.yaml", "tests": "3", "failures": "1", "skipped": "1", "errors": "0"}
    ok, failed, skipped = desk.findall("testcase")
    assert ok.attrib == {
        "classname": "desk.test.yaml", "name": "the talk is on tape", "file": "desk.test.yaml", "line": "3"
    }  # fmt: skip
    failure = failed.find("failure")
    assert failure is not None
    assert failure.attrib == {"message": "`notice` is not recorded"}
    assert "● recorded to calls (file 1)" in (failure.text or "")
    left_out = skipped.find("skipped")
    assert left_out is not None
    assert left_out.attrib == {"message": "who <knows> & when"}
    error = bad.find("testcase/error")
    assert error is not None
    assert "this is not valid YAML" in (error.text or "")


def test_junit_is_well_formed_whatever_names_hold(run_tests: Shell, tmp_path: Path) -> None:
    name = '"a \\0 \\e[1m ]]> <b> \\uFFFE \\U0001F600"'
    text = TESTS.replace("the talk is on tape", name).replace("recorded", "not-recorded")
    run_tests("desk.test.yaml", "--junit", "out.xml", files={**GOOD, "desk.test.yaml": text})
    (case,) = ElementTree.parse(tmp_path / "out.xml").getroot().iter("testcase")
    assert case.attrib["name"] == "a \\u{0} \\u{1b}[1m ]]> <b> \\u{fffe} \U0001f600"
    assert (tmp_path / "out.xml").read_bytes().startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')


def test_the_same_results_give_the_same_file(run_tests: Shell, tmp_path: Path) -> None:
    files = {**GOOD, "desk.test.yaml": FAILS}
    run_tests("desk.test.yaml", "--junit", "a.xml", files=files)
    run_tests("desk.test.yaml", "--junit", "b.xml")
    assert (tmp_path / "a.xml").read_bytes() == (tmp_path / "b.xml").read_bytes()
    assert sys.getdefaultencoding() == "utf-8"
