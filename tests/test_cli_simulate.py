"""`recpol simulate`: scenarios from everywhere, what is printed, and a call on a terminal."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from recpol.report.hidden import cells
from shells import Done, Shell

DESK = """\
policy desk
locale en-GB
store calls { url "s3://acme-{{ var.bucket }}/in/" credentials env KEY }
on ice {
  answer
  menu { prompt "Press 1." key 1 -> desk }
}
on pie desk {
  agent: connect pstn +46850020000 { phase card phase idle }
}
on pie otherwise { hangup }
record agent except card
"""

GOOD = {"desk.recpol": DESK, "recpol.yaml": "vars: {bucket: test}\nenvironments: {prod: {vars: {bucket: prod}}}\n"}

COMING = """\
a call comes in
    menu "Press 1."                                                 ○ not recorded
"""

DIALLED = """\
the caller presses 1
    agent: calling +46850020000 and talking                         ● recorded to calls (file 1)
"""


@pytest.fixture
def simulate(shell: Shell) -> Shell:
    """Runs `recpol simulate` where the policy is, and other files."""

    def go(*words: str, files: dict[str, str] | None = None, stdin: str | list[str] = "") -> Done:
        return shell("simulate", *words, files=GOOD | (files or {}), stdin=stdin)

    return go


# Scenarios


def test_a_call_is_told_line_by_line(simulate: Shell) -> None:
    done = simulate("desk.recpol", "press 1; answer; begin card; hang up")
    assert (done.status, done.err) == (0, "")
    assert done.out == COMING + DIALLED + (
        "the callee answers\n"
        "the backend begins the phase `card`\n"
        "    card: the phase card                                            ○ not recorded\n"
        "the caller hangs up\n"
    )


def test_a_call_that_goes_on_is_told_with_what_can_happen_next(simulate: Shell) -> None:
    assert simulate("desk.recpol", "").out == COMING + (
        "\nwhat can happen next:\n"
        "    press 1               `on pie desk`\n"
        "    wait                  `on pie otherwise`\n"
        "    wrong key             `on pie otherwise`\n"
        "    hang up               the call ends\n"
    )


def test_marks_stand_in_one_column_whatever_is_said(shell: Shell) -> None:
    """In a simulated call, in that of a test that fails and in that of a finding; however wide the letters are."""
    label = "the-notice-that-is-said-before-everything-else"
    said = f'say "{"お電話ありがとう" * 4}" say "どうぞ" {label}: say "{"Welcome. " * 9}" answer'
    policy = DESK.replace("answer\n", f"{said}\n", 1)
    test = f"vars: {{bucket: test}}\ntests: [{{name: t, call: press 1; answer; hang up, recorded: {label}}}]\n"
    files = GOOD | {"desk.recpol": policy, "desk.test.yaml": test, "broken.recpol": f"{policy}never record agent\n"}
    call = "press 1; answer; begin card; end card; hang up"
    for words in (("simulate", "desk.recpol", call), ("test", "desk.test.yaml"), ("lint", "broken.recpol")):
        done = shell(*words, files=files)
        lines = [line for line in (done.out + done.err).splitlines() if re.search("[●○] (not )?recorded", line)]
        assert len(lines) > 3
        assert len({cells(re.split("[●○]", line)[0]) for line in lines}) == 1, lines


def test_a_sound_that_is_cut_short_is_marked(simulate: Shell) -> None:
    done = simulate("desk.recpol", "hang up during 1")
    assert done.out == COMING.replace('"Press 1."            ', '"Press 1." (cut short)') + "the caller hangs up\n"


@pytest.mark.parametrize(
    ("word", "files"),
    [
        ("press 1; hang up", {}),
        ("@call.txt", {"call.txt": "press 1  # the desk\nhang up\n"}),
        ("@call.yaml", {"call.yaml": "- press 1\n- hang up\n"}),
        ("@call.yaml", {"call.yaml": "press 1; hang up\n"}),
        ("@call.yml", {"call.yml": "call: [press 1, hang up]\n"}),
        ("-", {}),
    ],
)
def test_a_scenario_comes_from_many_places(simulate: Shell, word: str, files: dict[str, str]) -> None:
    done = simulate("desk.recpol", word, files=files, stdin="press 1\nhang up\n")
    assert done == Done(0, COMING + DIALLED + "the caller hangs up\n", "")


def test_a_policy_comes_from_standard_input_too(simulate: Shell) -> None:
    assert simulate("-", "press 1; hang up", stdin=DESK).out == COMING + DIALLED + "the caller hangs up\n"


def test_variables_and_environments_count(simulate: Shell) -> None:
    def url(*words: str) -> str:
        out = simulate("desk.recpol", "press 1", "--trace", "--output-format", "json", *words).out
        url: str = json.loads(out)["steps"][1]["receives"]["document"]["instructions"][0]["options"]["destinationUrl"]
        return url

    assert url() == "s3://acme-test/in/"
    assert url("--env", "prod") == "s3://acme-prod/in/"
    assert url("--env", "prod", "--var", "bucket=mine") == "s3://acme-mine/in/"


def test_trace_shows_what_the_platform_receives(simulate: Shell) -> None:
    done = simulate("desk.recpol", "press 1; answer; begin card; end card; begin idle; hang up", "--trace")
    assert done.status == 0
    for file in ("ice.json", "pie.desk.json", "manage.card.begin.json", "manage.card.end.json"):
        assert done.out.count(f"    the platform receives {file}:\n      {{\n") == 1
    assert '            "credentials": "{{ env.KEY }}"\n' in done.out
    assert done.out.endswith("    no request is sent: the phase does not change the recording\nthe caller hangs up\n")


def test_secrets_are_not_shown(simulate: Shell) -> None:
    open_ = DESK.replace("env KEY", '"AKIAIOSFODNN7EXAMPLE:hunter2hunter2:eu-west-1"')
    open_ = open_.replace("store calls", "# allow literal-credentials: an example\nstore calls")
    play = '  answer\n  # allow literal-secret: an example\n  play "https://anna:hunter2@acme.example/a.wav"\n'
    open_ = open_.replace("  answer\n", play)
    for form in ("text", "json"):
        done = simulate("desk.recpol", "press 1", "--trace", "--output-format", form, files={"desk.recpol": open_})
        assert done.status == 0
        assert "hunter2" not in done.out + done.err
        assert "AKIA" not in done.out + done.err


def test_json_says_everything(simulate: Shell) -> None:
    done = simulate("desk.recpol", "press 1; answer; begin card", "--output-format", "json")
    assert (done.status, done.err) == (0, "")
    document = json.loads(done.out)
    assert list(document) == ["version", "policy", "file", "call", "steps", "files", "ended", "next"]
    assert (document["version"], document["policy"], document["file"]) == (1, "desk", "desk.recpol")
    assert document["call"] == "press 1; answer; begin card"
    assert (document["files"], document["ended"]) == (1, False)
    assert document["next"] == ["end card", "hang up", "callee hangs up"]
    assert [step["event"] for step in document["steps"]] == [None, "press 1", "answer", "begin card"]
    (dialled,) = document["steps"][1]["heard"]
    assert dialled == {
        "words": "agent: calling +46850020000 and talking",
        "kind": "connect",
        "content": ["pstn +46850020000"],
        "label": "agent",
        "tags": [],
        "line": 9,
        "cut": False,
        "recorded": [{"scope": "call", "store": "calls", "file": 1}],
    }
    assert "receives" not in document["steps"][0]
    traced = json.loads(simulate("desk.recpol", "press 1; answer", "--output-format", "json", "--trace").out)
    received = [step["receives"] and step["receives"]["file"] for step in traced["steps"]]
    assert received == ["ice.json", "pie.desk.json", None]


# What goes wrong


def test_what_cannot_happen_is_told_after_what_did(simulate: Shell) -> None:
    done = simulate("desk.recpol", "press 1; press 1; hang up")
    assert (done.status, done.out) == (1, COMING + DIALLED)
    assert done.err == (
        "error: `press 1` cannot happen here\n"
        "   --> <scenario>:1:10\n"
        "  1 | press 1; press 1; hang up\n"
        "    |          ^^^^^^^\n"
        " help: write what can: `answer`, `no answer`, `busy`, `hang up`\n"
    )
    assert json.loads(simulate("desk.recpol", "press 2", "--output-format=json").out)["call"] == ""


def test_a_scenario_with_a_mistake_is_not_run(simulate: Shell) -> None:
    done = simulate("desk.recpol", "@call.txt", files={"call.txt": "press 1\nanswr\n"})
    assert (done.status, done.out) == (1, "")
    assert "   --> call.txt:2:1\n" in done.err
    assert " help: did you mean `answer`?\n" in done.err
    done = simulate("desk.recpol", "@call.yaml", files={"call.yaml": "cal: wait\n"})
    assert (done.status, done.out) == (1, "")
    assert " help: did you mean `call`?\n" in done.err


@pytest.mark.parametrize("words", [(), ("--trace",)])
def test_a_policy_with_an_error_is_not_simulated(simulate: Shell, words: tuple[str, ...]) -> None:
    done = simulate("desk.recpol", "wait", *words, files={"desk.recpol": DESK.replace("except card", "except crad")})
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("error: ")
    assert " help: did you mean `card`?\n" in done.err


def test_a_policy_with_a_warning_is(simulate: Shell) -> None:
    done = simulate("desk.recpol", "wait", files={"desk.recpol": DESK + "on pie nobody { hangup }\n"})
    assert (done.status, done.err) == (0, "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("desk.recpol",), "there is no scenario, and standard input is not a terminal"),
        (("desk.recpol", "--output-format", "json"), "JSON needs a scenario"),
        (("-",), "cannot both come from standard input"),
        (("-", "-"), "cannot both come from standard input"),
        (("none.recpol", "wait"), "`none.recpol` does not exist"),
        ((".", "wait"), "`.` is a folder"),
        (("rules.recpol", "wait"), "`rules.recpol` holds rules only"),
        (("desk.recpol", "@none.txt"), "cannot read `none.txt`: there is no such file"),
        (("desk.recpol", "wait", "--env", "prd"), "unknown environment `prd`"),
        (("desk.recpol", "wait", "--output-format", "yaml"), "unknown value `yaml`"),
        (("desk.recpol", "wait", "hang up"), "one argument too many"),
        (("desk.recpol", "wait", "--trce"), "unknown option `--trce`"),
        ((), "the following arguments are required: FILE"),
    ],
)
def test_what_keeps_it_from_running(simulate: Shell, words: tuple[str, ...], message: str) -> None:
    done = simulate(
        *words, files={"rules.recpol": 'rules r\nstore calls { url "s3://acme-calls/" credentials env KEY }\n'}
    )
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert message in done.err


# On a terminal


def test_a_call_is_played_step_by_step(simulate: Shell) -> None:
    done = simulate("desk.recpol", stdin=["1", "answer; begin card", "callee hangs up"])
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        COMING
        + "\n   1  press 1               `on pie desk`\n   2  wait                  `on pie otherwise`\n"
        + "   3  wrong key             `on pie otherwise`\n   4  hang up               the call ends\n"
        + "> 1\n"
        + DIALLED
        + "\n   1  answer                the conversation\n   2  no answer             the call ends\n"
        + "   3  busy                  the call ends\n   4  hang up               the call ends\n"
        + "> answer; begin card\nthe callee answers\nthe backend begins the phase `card`\n"
        + "    card: the phase card                                            ○ not recorded\n"
        + "\n   1  end card              the conversation\n   2  hang up               the call ends\n"
        + "   3  callee hangs up       the call ends\n"
        + "> callee hangs up\nthe callee hangs up\n"
        + "\nthis call as a scenario: press 1; answer; begin card; callee hangs up\n"
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("press 7", "error: `press 7` cannot happen here"),
        ("answr", "error: unknown step `answr`"),
        ("wait; wait", "error: the call is over before this step"),
        ("9", "Write a number, or steps such as `press 1`; `quit` leaves."),
        ("0", "Write a number, or steps such as `press 1`; `quit` leaves."),
        ("9" * 5000, "error: unknown step `999"),
        ("", "Write a number"),
        ("# nothing", "Write a number"),
        ("\x1b[2J", "error: unknown step"),
    ],
)
def test_whatever_is_typed_the_call_goes_on(simulate: Shell, typed: str, said: str) -> None:
    done = simulate("desk.recpol", stdin=[typed, "1", "hang up"])
    assert done.status == 0
    assert said in done.out
    assert "\x1b" not in done.out.replace(typed, "", 1)
    assert done.out.endswith("this call as a scenario: press 1; hang up\n")


@pytest.mark.parametrize("typed", [["quit"], ["q"], []])
def test_the_user_can_leave(simulate: Shell, typed: list[str]) -> None:
    done = simulate("desk.recpol", stdin=typed)
    assert done.status == 0
    assert "scenario" not in done.out


def test_a_cut_within_a_terminal_call(simulate: Shell) -> None:
    done = simulate("desk.recpol", stdin=["hang up during 1"])
    assert done.out.endswith("the caller hangs up\n\nthis call as a scenario: hang up during 1\n")


def test_trace_works_on_a_terminal(simulate: Shell) -> None:
    assert "the platform receives ice.json:" in simulate("desk.recpol", "--trace", stdin=["quit"]).out


# A light start

HEAVY = {"lark", "jsonschema", "jinja2", "yaml"}


def loaded(folder: Path, *words: str) -> set[str]:
    code = "import sys; from recpol.cli.main import run; code = run(sys.argv[1:]); print('MODULES', *sys.modules)"
    code += "; sys.exit(code)"
    (folder / "talk.recpol").write_text("policy talk\non ice { connect pstn +46850020000 }\n", "utf-8")
    (folder / "call.yaml").write_text("- hang up\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", code, "simulate", "talk.recpol", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {module.partition(".")[0] for module in done.stdout.rpartition("MODULES")[2].split()}


def test_it_loads_only_what_it_needs(tmp_path: Path) -> None:
    assert not loaded(tmp_path, "hang up") & HEAVY
    assert "yaml" in loaded(tmp_path, "@call.yaml")
    assert not loaded(tmp_path, "hang up", "--trace") & {"lark", "jinja2"}
