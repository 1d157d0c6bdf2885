"""pytest-lsp as the client: lsprotocol reads every answer by the letter of the protocol, under the capabilities of
several editors. Its packages go into an environment of their own: this project's is not touched."""

from __future__ import annotations

import json
import sys
import venv
from pathlib import Path

from clients.part import HERE, SERVER, installed, project, ran

PACKAGES = ("pytest-lsp>=1.0,<2",)


def run(folder: Path) -> str:
    """Install the client, and let it judge."""
    python = environment(folder / "venv", PACKAGES)
    policy = project(folder)
    return ran([python, "-W", "error::UserWarning", HERE / "judge.py", str(policy), json.dumps(SERVER)], folder).strip()


def environment(folder: Path, packages: tuple[str, ...]) -> Path:
    """A virtual environment with packages; its Python. Raises `Missing`."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    command: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    installed(command, folder, " and ".join(packages))
    return python
