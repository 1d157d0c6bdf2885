"""One path for all policies: the number called, or the application, says which of them answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desks import Desk
from recpol.cli.main import run
from recpol.runtime.build import load
from recpol.runtime.core import ServeOptions
from recpol.runtime.index import BuildProblem
from recpol.runtime.serving import ServeProblem

SALES = 'policy sales\nanswers "+442079460104", "+442079460105"\non ice { connect pstn +442079460102 }\n'
HELP = 'policy help\nanswers application "9E2C1B6A-help"\non ice { connect pstn +442079460103 }\n'
DOOR = "policy door\non ice { connect pstn +442079460101 }\n"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    for name, text in (("sales", SALES), ("help", HELP), ("door", DOOR)):
        (tmp_path / f"{name}.recpol").write_text(text)
    files = [str(tmp_path / f"{name}.recpol") for name in ("sales", "help", "door")]
    assert run(["compile", *files, "-o", str(tmp_path / "build"), "--target", "svaml1"]) == 0
    assert (tmp_path / "build" / "index.json").exists()
    return tmp_path / "build"


def ice(number: str | None, call: str = "c1", **more: object) -> dict[str, object]:
    to = {} if number is None else {"to": {"type": "number", "endpoint": number}}
    return {"event": "ice", "callid": call, "cli": "+4612345", **to, **more}


def answered(desk: Desk, body: object, path: str = "/") -> str:
    answer = desk.post(body, path)
    assert answer.status == 200
    action = json.loads(answer.body)["action"]
    return str(action.get("number", action["name"]))


def test_the_number_called_says_which_policy_answers(build: Path, tmp_path: Path) -> None:
    desk = Desk(build, tmp_path / "ledger.db")
    assert answered(desk, ice("+442079460104")) == "+442079460102"
    assert answered(desk, ice("442079460105", "c2")) == "+442079460102"
    assert answered(desk, ice("+442079460109", "c3", applicationKey="9e2c1b6a-HELP")) == "+442079460103"
    assert answered(desk, ice("+442079460104", "c4"), "/door") == "+442079460101", "its own path goes before"
    assert desk.alarms == []
    assert answered(desk, {"event": "ace", "callid": "c1"}) == "continue", "a call that runs is known by its id"
    site = desk.runtime.site_of("c3")
    assert site is not None
    assert site.site.path == "help"
    desk.made.close()


def test_what_no_policy_answers_is_refused_and_told(build: Path, tmp_path: Path) -> None:
    desk = Desk(build, tmp_path / "ledger.db")
    for n, number in enumerate(("+442079460109", "", None, "x" * 5000)):
        assert answered(desk, ice(number, f"u{n}")) == "hangup"
    assert desk.alarms == ["no-policy"] * 4
    assert [one.entry.kind for one in desk.made.ledger.of_call("u0")] == ["trouble"]
    assert answered(desk, {"event": "ace", "callid": "u0"}) == "continue", "nothing is guaranteed of what is recorded"
    assert desk.post({"event": "dice", "callid": "u0"}, "/").body == b"{}"
    assert desk.post(ice("+442079460104"), "/nothing-here").status == 404
    desk.made.close()


def test_an_alarm_shows_a_number_where_the_settings_say_so(build: Path, tmp_path: Path) -> None:
    told: list[str] = []
    for numbers, shown in (("omit", False), ("keep", True)):
        desk = Desk(build, tmp_path / "ledger.db", ServeOptions(numbers=numbers))  # type: ignore[arg-type]  # both are words of it
        desk.runtime._alarm = lambda _, sentence: told.append(sentence)  # noqa: SLF001  the sentence is what is tried
        desk.post(ice("+442079460109", numbers), "/")
        assert ("+442079460109" in told[-1]) is shown
        desk.made.close()


def test_one_policy_answers_what_it_says(build: Path, tmp_path: Path) -> None:
    desk = Desk(build / "sales", tmp_path / "ledger.db")
    assert answered(desk, ice("+442079460104")) == "+442079460102"
    assert answered(desk, ice("+442079460109", "c2")) == "hangup"
    desk.made.close()
    desk = Desk(build / "door", tmp_path / "ledger.db")
    assert answered(desk, ice("+442079460109", "c3")) == "+442079460101", "it says nothing of numbers"
    desk.made.close()


def test_a_wrong_index_stops_the_start(build: Path) -> None:
    index = build / "index.json"
    good = json.loads(index.read_text())
    assert load(str(build), {}).answering("+442079460104", "v1") is not None
    for wrong, said in (
        ("[]", "no index of version 1"),
        ('{"indexVersion": 2}', "no index of version 1"),
        ('{"indexVersion": 1}', "no index of recpol"),
        ("{", "not JSON"),
        (json.dumps({**good, "numbers": {"+1": {"policy": "gone"}}}), "no index of recpol"),
    ):
        index.write_text(wrong)
        with pytest.raises(BuildProblem, match=said) as problem:
            load(str(build), {})
        assert problem.value.help
    good["policies"][-1]["folders"] = dict.fromkeys(good["policies"][-1]["folders"], "sale")
    index.write_text(json.dumps(good))
    with pytest.raises(BuildProblem, match="names the folder `sale`, which is not there"):
        load(str(build), {})


def test_a_policy_cannot_answer_at_a_path_of_the_server(tmp_path: Path) -> None:
    (tmp_path / "agent.recpol").write_text(DOOR.replace("door", "agent"))
    words = ["compile", str(tmp_path / "agent.recpol"), "-o", str(tmp_path / "build"), "--target", "svaml1"]
    assert run(words) == 0
    with pytest.raises(ServeProblem, match="`agent` would answer at `/agent`, which is the server's own"):
        Desk(tmp_path / "build", tmp_path / "ledger.db")


def test_two_targets_of_one_interface_are_no_answer(tmp_path: Path) -> None:
    (tmp_path / "sales.recpol").write_text(SALES)
    words = ["compile", str(tmp_path / "sales.recpol"), "-o", str(tmp_path / "build")]
    assert run([*words, "--target", "svaml1", "--target", "svaml2"]) == 0
    build = load(str(tmp_path / "build"), {})
    assert build.answering("+442079460104", "v1") is build.sites["svaml1/sales"]
    assert build.answering("+442079460104", "v2") is build.sites["svaml2/sales"]
    assert run([*words, "--target", "svaml1", "--target", "classic"]) == 0
    assert load(str(tmp_path / "build"), {}).answering("+442079460104", "v1") is None
