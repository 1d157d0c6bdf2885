"""Serves the built playground under some path and lets a script use it in Chromium.

    python playground/drive.py pictures.mjs docs/pictures

Invariant: the server is on this machine alone and ends with the script; what was asked of it is told.
"""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from functools import partial
from typing import Any

from bundle import DIST, HERE

PREFIX = "/any/where/"


class _Handler(http.server.SimpleHTTPRequestHandler):
    """A static host that has the playground in a folder."""

    def __init__(self, *given: Any, asked: list[str], **named: Any) -> None:
        self.asked = asked
        super().__init__(*given, **named)

    def translate_path(self, path: str) -> str:
        self.asked.append(path)
        inside = path.removeprefix(PREFIX) if path.startswith(PREFIX) else "not-there"
        return super().translate_path("/" + inside)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name that the library has
        pass


def chromium() -> str | None:
    """The program Chromium on this machine."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def drive(script: str, *arguments: str) -> Any:
    """Run a script of this folder with the address of the playground; what it printed, as JSON, and what was asked."""
    asked: list[str] = []
    handler = partial(_Handler, asked=asked, directory=str(DIST))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
        command = ["node", str(HERE / script), chromium() or "chromium", address, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    finally:
        server.shutdown()
        server.server_close()
    if done.returncode:
        raise RuntimeError(f"{script} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return {**json.loads(done.stdout), "asked": asked}


if __name__ == "__main__":
    print(json.dumps(drive(*sys.argv[1:]), indent=2))
