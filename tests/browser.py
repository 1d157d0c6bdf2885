"""Chromium used as a person uses it, over its own pipe: an address opened, a button pressed, what stands there read."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

SECONDS = 60.0
"""How long something may take to be there."""


def chromium() -> str | None:
    """The program Chromium on this machine."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One page of Chromium."""

    def __init__(self, to: int, said: IO[bytes]) -> None:
        self._to, self._from = to, said
        self._count = 0
        self._session = ""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.send("Page.enable")

    def send(self, method: str, **params: Any) -> Any:
        """A command of the DevTools protocol, and its result."""
        self._count += 1
        said = {"id": self._count, "method": method, "params": params}
        os.write(self._to, json.dumps(said | ({"sessionId": self._session} if self._session else {})).encode() + b"\0")
        while True:
            answer = json.loads(self._message())
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return answer["result"]

    def _message(self) -> bytes:
        parts = bytearray()
        while (byte := self._from.read(1)) != b"\0":
            assert byte, "Chromium has ended"
            parts += byte
        return bytes(parts)

    def value(self, expression: str) -> Any:
        """The value of an expression in the page; None while there is no page."""
        return self.send("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def open(self, address: str) -> None:
        """Open an address, and wait until its page is there."""
        self.send("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def press(self, button: str) -> None:
        """Press the button with these words, and wait until the page that it leads to is there."""
        self.value("window.before = true")
        words = json.dumps(button)
        self.value(f"[...document.querySelectorAll('button')].find((one) => one.innerText === {words}).click()")
        self.wait("document.readyState === 'complete' && !window.before")

    def wait(self, expression: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + SECONDS
        while self.value(expression) is not True:
            assert time.monotonic() < end, expression
            time.sleep(0.02)

    @property
    def text(self) -> str:
        """What a person reads on the page."""
        return str(self.value("document.body.innerText"))


PIPED = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execvp(sys.argv[3], sys.argv[3:])"
)
"""A program with the two ends of its pipe where Chromium looks for them."""


def _pipe() -> tuple[int, int]:
    """A pipe, none of whose ends is 3 or 4."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return high[0], high[1]


@contextmanager
def browser(program: str) -> Iterator[Browser]:
    """A browser of its own, which ends with the test."""
    its_input, to = _pipe()
    from_, its_output = _pipe()
    with tempfile.TemporaryDirectory(prefix="recpol-browser-", ignore_cleanup_errors=True) as profile:
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe"]
        words = [sys.executable, "-c", PIPED, str(its_input), str(its_output), program]
        running = subprocess.Popen(
            [*words, *flags, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(its_input, its_output), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(its_input)
        os.close(its_output)
        with os.fdopen(from_, "rb") as said:
            try:
                yield Browser(to, said)
            finally:
                running.kill()
                running.wait()
                os.close(to)
