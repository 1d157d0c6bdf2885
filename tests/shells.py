"""A shell for tests: runs a command line in a folder of its own, and never shows a stack trace."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from recpol.cli.main import run
from terminal import Terminal


@dataclass(frozen=True)
class Done:
    """What a run came to."""

    status: int
    out: str
    err: str


Shell = Callable[..., Done]

MISUSED = re.compile(r"error: unknown (?:option|value|command)\b")
"""How recpol begins where a command line is none of its own: a law that runs such a command tries nothing."""


def shell_in(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell that is in `folder`; it takes words, files to write first, and standard input: the lines of a list are
    typed on a terminal."""
    monkeypatch.chdir(folder)
    for name in ("NO_COLOR", "FORCE_COLOR", "RECPOL_DEBUG", "RECPOL_DOCS", "TERM"):
        monkeypatch.delenv(name, raising=False)

    def go(*words: str, files: Mapping[str, str | bytes] | None = None, stdin: str | bytes | list[str] = "") -> Done:
        for name, content in (files or {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if isinstance(stdin, list):
            monkeypatch.setattr(sys, "stdin", Terminal(*stdin))
        else:
            data = stdin if isinstance(stdin, bytes) else stdin.encode()
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
        capsys.readouterr()
        status = run(words)
        said = capsys.readouterr()
        assert not re.search(r"Traceback|\b[A-Z][a-z]+Error\b|NoneType|<class|object at 0x", said.out + said.err)
        return Done(status, said.out, said.err)

    return go
