"""`recpol serve`: what is wrong stops the start with a cure, before anybody is told that it serves."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from recpol.cli.main import run
from serving import ENVIRONMENT

POLICY = "policy desk\non ice { hangup }\n"


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A compiled policy in a folder of its own, and keys that open nothing."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "desk.recpol").write_text(POLICY)
    assert run(["compile", "desk.recpol", "-o", "build"]) == 0
    return "build"


@pytest.mark.parametrize(
    ("words", "said", "cure"),
    [
        (["--port", "70000"], "`70000` is no port", "from 1 to 65535"),
        (["--max-age", "0"], "`--max-age` cannot be `0`", "write seconds"),
        (["--max-age", "nan"], "`--max-age` cannot be `nan`", "write seconds"),
        (["--max-age", "inf"], "`--max-age` cannot be `inf`", "write seconds"),
        (["--manage-url", "calling.api.sinch.com"], "`--manage-url` is no address", "https://…"),
        (["--manage-url", "ftp://a.example"], "`--manage-url` is no address", "https://…"),
        (["--manage-url", "https://me:word@a.example"], "`--manage-url` is no address", "https://…"),
        (["--manage-url", "https://a.example:x"], "`--manage-url` is no address", "https://…"),
        (["--manage-url", "https://a.example?x=1"], "`--manage-url` is no address", "https://…"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1:8080", "`--host`"),
    ],
)
def test_what_is_wrong_is_refused_with_a_cure(
    words: list[str], said: str, cure: str, build: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["serve", build, *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert cure in told
    assert "http://" not in told
    assert not Path("recpol-ledger.db").exists()


def test_a_port_in_use_is_told_before_it_is_said_to_be_served(build: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        capsys.readouterr()
        assert run(["serve", build, "--port", str(port)]) == 2
    told = capsys.readouterr().err
    assert f"cannot listen on 127.0.0.1:{port}" in told
    assert "`--port`" in told
    assert "http://" not in told
    assert not Path("recpol-ledger.db").exists()


@pytest.mark.parametrize(
    ("given", "missing"),
    [("SINCH_ACCESS_KEY", "SINCH_ACCESS_SECRET"), ("SINCH_ACCESS_SECRET", "SINCH_ACCESS_KEY")],
)
@pytest.mark.parametrize("other", [None, ""])
def test_half_an_access_key_is_refused(
    given: str,
    missing: str,
    other: str | None,
    build: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(given, "half-of-it")
    if other is not None:
        monkeypatch.setenv(missing, other)
    assert run(["serve", build, "--port", "0"]) == 2
    told = capsys.readouterr().err
    assert f"`{given}` is set, and `{missing}` is not" in told
    assert "half-of-it" not in told
