"""Requests to a running server: the token goes nowhere else, and what is not known is said."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from recpol.cli.main import run
from recpol.cli.serverrequest import asked
from recpol.runtime.defaults import EFFECTS, TOKEN
from recpol.workspace.cannotrun import CannotRun


class Elsewhere(BaseHTTPRequestHandler):
    """Sends whoever asks to another path, or hangs up."""

    def do_POST(self) -> None:
        self.server.paths.append(self.path)  # type: ignore[attr-defined]  # the list of the fixture
        if self.path.startswith("/says/"):
            said = bytes.fromhex(self.path.split("/")[2])
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)
        elif self.path != "/silent":
            self.send_response(302)
            self.send_header("Location", "/other")
            self.end_headers()

    do_GET = do_POST  # noqa: N815  the name that the library calls

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    monkeypatch.setenv(TOKEN, "token-of-a-test")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    listening = HTTPServer(("127.0.0.1", 0), Elsewhere)
    paths: list[str] = []
    listening.paths = paths  # type: ignore[attr-defined]  # read by the handler above
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}", paths
    listening.shutdown()
    listening.server_close()


def test_a_token_follows_no_redirect_and_no_proxy(server: tuple[str, list[str]]) -> None:
    assert asked(server[0], "/calls", None, str) == 1
    assert server[1] == ["/calls"]


def test_a_server_that_hangs_up_may_have_done_it(server: tuple[str, list[str]]) -> None:
    with pytest.raises(CannotRun, match="may have done what it was asked to"):
        asked(server[0], "/silent", None, str)


COMMANDS = (["callout", "x"], ["manage", "c1", "card", "begin"], ["manage", "c1", "x"])


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "said", [b" ", b"<html>", b"{}", b"[]", b'{"call": 7}', b'{"done": true}', b'{"done": false, "effect": "stopped"}',
             b'{"done": true, "effect": ["stopped"]}'],
)  # fmt: skip
def test_what_another_server_takes_means_nothing(
    said: bytes, command: list[str], server: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--server", f"{server[0]}/says/{said.hex()}"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "is no recpol serve" in told.err


@pytest.mark.parametrize("effect", EFFECTS)
def test_what_came_of_it_is_said(
    effect: str, server: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    said = {"call": "c1", "done": True, "effect": effect}
    place = f"{server[0]}/says/{json.dumps(said).encode().hex()}"
    assert [run([*command, "--server", place]) for command in COMMANDS] == [0, 0, 0]
    assert capsys.readouterr().out.splitlines() == ["c1", EFFECTS[effect], EFFECTS[effect]]


def test_a_token_that_no_header_can_hold_is_not_taken_for_a_server_that_is_not_there(
    server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for token in ("line\n", "\u0142", " padded"):
        monkeypatch.setenv(TOKEN, token)
        with pytest.raises(CannotRun, match="holds what no header can"):
            asked(server[0], "/calls", None, str)
    assert server[1] == []


def test_a_password_in_an_address_is_not_printed(server: tuple[str, list[str]]) -> None:
    with pytest.raises(CannotRun) as refused:
        asked("http://user:hidden-word@127.0.0.1", "/calls", None, str)
    assert "hidden-word" not in refused.value.message
