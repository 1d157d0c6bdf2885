"""What `make conformance` hands to the TypeScript compiler. It runs npm, so the tests look at the file it makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance import svaml1

OPTIONS: dict[str, Any] = {"destinationUrl": "s3://acme-recordings/", "credentials": "{{ env.S3_CREDENTIALS }}"}
START: dict[str, Any] = {"name": "startRecording", "options": OPTIONS}
STOP: dict[str, Any] = {"name": "stopRecording"}
FLAGGED: dict[str, Any] = {"name": "connectConf", "conferenceId": "board", "record": True, "recordingOptions": OPTIONS}
REPLIES: dict[str, dict[str, Any]] = {
    "desk/ice.json": {"instructions": [START], "action": {"name": "connectPstn", "number": "+46850020001"}},
    "desk/ace.json": {"instructions": [STOP], "action": {"name": "continue"}},
    "desk/pie.sales.json": {"instructions": [STOP], "action": {"name": "connectPstn", "number": "+46850020001"}},
    "desk/manage.card.begin.json": {"instructions": [STOP], "action": {"name": "continue"}},
    "desk/dice.json": {"action": {"name": "hangup"}},
    "room/ice.json": {"action": FLAGGED},
}


def test_a_reply_is_a_constant_of_its_type() -> None:
    made = svaml1.source(REPLIES)
    lines = made.text.splitlines()
    types = {name: lines[number - 1].partition("Voice.")[2].partition(" ")[0] for number, name in made.files.items()}
    assert types == {
        "desk/ace.json": "SVAMLRequestBody",
        "desk/ice.json": "IceResponse",
        "desk/manage.card.begin.json": "SVAMLRequestBody",
        "desk/pie.sales.json": "SVAMLRequestBody",
        "room/ice.json": "IceResponse",
    }


def test_exceptions_are_counted_and_have_a_reason() -> None:
    made = svaml1.source(REPLIES)
    assert made.exceptions == {"flag": 1, "stopRecording": 1, "connectPstn": 1}
    assert set(made.exceptions) == set(svaml1.EXCEPTIONS)


def test_only_the_flag_is_left_out() -> None:
    made = svaml1.source(REPLIES)
    (number,) = (number for number, name in made.files.items() if name == "room/ice.json")
    assert made.text.splitlines()[number - 1].endswith(
        '= {"action": {"name": "connectConf", "conferenceId": "board"}};'
    )
    assert "record" in REPLIES["room/ice.json"]["action"]


def test_the_file_fails_where_the_types_check_nothing() -> None:
    lines = svaml1.source({}).text.splitlines()
    (number,) = (number for number, line in enumerate(lines) if "@ts-expect-error" in line)
    assert "record: true" in lines[number + 1]


def test_a_fault_names_the_reply() -> None:
    said = "replies.ts(4,12): error TS2322: no.\nreplies.ts(2,1): error TS2578: unused.\n"
    assert svaml1.faults(said, {4: "desk/ice.json"}) == [
        "desk/ice.json: error TS2322: no.",
        "replies.ts(2,1): error TS2578: unused.",
    ]


def test_nothing_to_check_is_not_a_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert svaml1.main([str(tmp_path)]) == 2
    assert "no replies" in capsys.readouterr().err
    assert svaml1.main(["a", "b"]) == 2


def test_without_npm_it_cannot_be_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "ice.json").write_text('{"action": {"name": "hangup"}}', "utf-8")
    assert svaml1.main([str(tmp_path)]) == 2
