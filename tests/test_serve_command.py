"""`recpol serve`: what is wrong stops the start with a cure, before anybody is told that it serves."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from recpol.cli.main import run
from recpol.runtime.serving import spool_of
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
        (["--port", "abc"], "`--port` cannot be `abc`", "from 1 to 65535"),
        (["--port", "9" * 400], "`--port` cannot be `999", "from 1 to 65535"),
        (["--max-age", "soon"], "`--max-age` cannot be `soon`", "write seconds"),
        (["--max-age", "1e9"], "`--max-age` cannot be `1e+09`", "86400 at most"),
        (["--public-path", "x y"], "`--public-path` cannot be `x y`", "`/PATH`"),
        (["--public-path", "calls"], "`--public-path` cannot be `calls`", "`/PATH`"),
        (["--public-path", "/calls?x"], "`--public-path` cannot be `/calls?x`", "`/PATH`"),
        (["--public-path", "/calls\n"], "`--public-path` cannot be `/calls", "`/PATH`"),
        (["--max-age", "0"], "`--max-age` cannot be `0`", "write seconds"),
        (["--max-age", "nan"], "`--max-age` cannot be `nan`", "write seconds"),
        (["--max-age", "inf"], "`--max-age` cannot be `inf`", "write seconds"),
        (["--manage-url", "calling.api.sinch.com"], "`--manage-url` is no address", "https://…"),
        (["--manage-url", "ftp://a.example"], "`--manage-url` is no address", "https://…"),
        (["--manage-url", "https://me:word@a.example"], "`--manage-url` is no address", "https://…"),
        (["--manage-url", "https://a.example:x"], "`--manage-url` is no address", "https://…"),
        (["--manage-url", "https://a.example?x=1"], "`--manage-url` is no address", "https://…"),
        (["--manage-url", "http://far.example"], "keys would go there in the clear", "https://…"),
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


def test_a_token_that_no_header_can_hold_is_refused(
    build: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECPOL_SERVE_TOKEN", "from-a-file\n")
    assert run(["serve", build, "--port", "0"]) == 2
    told = capsys.readouterr().err
    assert "`RECPOL_SERVE_TOKEN` holds what no header can" in told
    assert "from-a-file" not in told


@pytest.mark.parametrize("words", [["serve", "build", "--port", "0", "--ledger"], ["ledger", "check"]])
def test_a_ledger_in_a_database_wants_its_library(
    words: list[str], build: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "recpol.runtime.postgres", raising=False)
    assert build == "build"
    assert run([*words, "postgresql://me:hidden-word@127.0.0.1:9/ledger"]) == 2
    told = capsys.readouterr().err
    assert "`psycopg` is not installed" in told
    assert "pip install 'recpol[postgres]'" in told
    assert "hidden-word" not in told


def test_the_spool_of_a_database_is_named_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    same = ["postgresql://me:word@db.example/calls", "postgres://me:other@db.example:5432/calls?connect_timeout=9",
            "postgresql:///calls?host=db.example&user=me&password=word"]  # fmt: skip
    other = ["postgresql://me@db.example/calls2", "postgresql://me@db2.example/calls", "postgresql://db.example/calls",
             "postgresql://me@db.example:5433/calls"]  # fmt: skip
    names = [spool_of(address) for address in (*same, *other)]
    assert len(set(names[: len(same)])) == 1
    assert len(set(names)) == 1 + len(other)
    assert not [name for name in names if "word" in name or "/" in name]
    monkeypatch.setenv("PGHOST", "db.example")
    monkeypatch.setenv("PGPASSWORD", "word")
    assert spool_of("postgresql://me@/calls") == names[0]
    assert spool_of("calls.db") == "calls.db.spool"


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
