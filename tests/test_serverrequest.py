"""Requests to a running server: the token goes nowhere else, and what is not known is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from recpol.cli.serverrequest import asked
from recpol.runtime.defaults import TOKEN
from recpol.workspace.cannotrun import CannotRun

DONE, BEGUN = b'{"done": true}', b'{"call": "c1"}'


class Elsewhere(BaseHTTPRequestHandler):
    """Sends whoever asks to another path, or hangs up."""

    def do_POST(self) -> None:
        self.server.paths.append(self.path)  # type: ignore[attr-defined]  # the list of the fixture
        if self.path.startswith("/says/"):
            said = bytes.fromhex(self.path.removeprefix("/says/"))
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
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}", paths
    listening.shutdown()
    listening.server_close()


def test_a_token_follows_no_redirect_and_no_proxy(server: tuple[str, list[str]]) -> None:
    assert asked(server[0], "/calls", None, "sent") == 1
    assert server[1] == ["/calls"]


def test_a_server_that_hangs_up_may_have_done_it(server: tuple[str, list[str]]) -> None:
    with pytest.raises(CannotRun, match="may have done what it was asked to"):
        asked(server[0], "/silent", None, "sent")


@pytest.mark.parametrize(
    "said", [b"", b"<html>", b"{}", b"[]", b'{"call": 7}', b'{"done": "true"}', b'{"done": false}']
)
@pytest.mark.parametrize("done", [None, "begun: the recording has stopped"])
def test_what_another_server_takes_means_nothing(
    said: bytes, done: str | None, server: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CannotRun, match="is no recpol serve"):
        asked(server[0], f"/says/{said.hex()}", None, done)
    assert capsys.readouterr().out == ""


def test_what_was_done_is_said(server: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(server[0], f"/says/{DONE.hex()}", None, "sent") == 0
    assert asked(server[0], f"/says/{BEGUN.hex()}", {}) == 0
    assert capsys.readouterr().out == "sent\nc1\n"


def test_a_token_that_no_header_can_hold_is_not_taken_for_a_server_that_is_not_there(
    server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for token in ("line\n", "\u0142", " padded"):
        monkeypatch.setenv(TOKEN, token)
        with pytest.raises(CannotRun, match="holds what no header can"):
            asked(server[0], "/calls", None, "sent")
    assert server[1] == []


def test_a_password_in_an_address_is_not_printed(server: tuple[str, list[str]]) -> None:
    with pytest.raises(CannotRun) as refused:
        asked("http://user:hidden-word@127.0.0.1", "/calls", None, "sent")
    assert "hidden-word" not in refused.value.message
