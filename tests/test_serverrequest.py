"""Requests to a running server: the token goes nowhere else, and what is not known is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from recpol.cli.serverrequest import TOKEN, asked
from recpol.workspace.cannotrun import CannotRun


class Elsewhere(BaseHTTPRequestHandler):
    """Sends whoever asks to another path, or hangs up."""

    def do_POST(self) -> None:
        self.server.paths.append(self.path)  # type: ignore[attr-defined]  # the list of the fixture
        if self.path != "/silent":
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


def test_a_password_in_an_address_is_not_printed(server: tuple[str, list[str]]) -> None:
    with pytest.raises(CannotRun) as refused:
        asked("http://user:hidden-word@127.0.0.1", "/calls", None, "sent")
    assert "hidden-word" not in refused.value.message
