"""The peers of `cold` and `many`, each over as many files as recpol, and of like size.

`check-jsonschema` and `ajv-cli` hold replies against the schema that recpol holds them against. `ruff check` reads
Python files, and `cedarpy` parses Cedar policies and validates them against a schema: other work than recpol's, and
here because a user may know how long it takes. ajv-cli and cedarpy go into folders of their own; where they cannot be
had a line says so.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import venv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from measure import BIN, PYTHON, SCHEMA, Contender

HERE = Path(__file__).resolve().parent
JSONSCHEMA = "check-jsonschema"
BASELINES = ("python -c pass", JSONSCHEMA)
"""What the others are divided by."""

_AJV_PACKAGES = ("ajv-cli@5", "ajv-formats@3")
_AJV_OPTIONS = ("--spec=draft2020", "--strict=false", "-c", "ajv-formats", "-s", str(SCHEMA))
_KEPT = tempfile.TemporaryDirectory(prefix="recpol-bench-peers-")


def idle(folder: Path) -> Contender:
    """A Python that does nothing."""
    return Contender(BASELINES[0], (PYTHON, "-c", "pass"), folder)


def peers(folder: Path, replies: Sequence[str], pattern: str, copies: int, *, quick: bool) -> list[Contender]:
    """The peers that can be had, over the replies in a folder, which the pattern matches too, and over so many copies
    of a Python file and of a Cedar policy, which are written there."""
    for file in (HERE / "lsp_peer.py", HERE / "peer.cedar"):
        own = folder / file.suffix[1:]
        own.mkdir()
        for number in range(copies):
            shutil.copy(file, own / f"{number}{file.suffix}")
    check = (str(BIN / JSONSCHEMA), "--schemafile", str(SCHEMA), *replies)
    found = [
        Contender(JSONSCHEMA, check, folder),
        Contender("ruff check", (str(BIN / "ruff"), "check", "--no-cache", "--isolated", "py"), folder),
    ]
    if quick:
        return found
    if ajv := _ajv():
        found.insert(1, Contender("ajv-cli", (ajv, "validate", *_AJV_OPTIONS, "-d", pattern), folder))
    if python := _cedarpy():
        command = (python, str(HERE / "cedar_peer.py"), str(HERE / "peer.cedarschema"), "cedar")
        found.append(Contender("cedarpy", command, folder))
    return found


@cache
def _ajv() -> str | None:
    """The command of ajv-cli; None where npm cannot install it."""
    place = Path(_KEPT.name, "npm")
    place.mkdir()
    (place / "package.json").write_text("{}")
    if not _installed("ajv-cli", ("npm", "install", "--no-audit", "--no-fund", *_AJV_PACKAGES), place):
        return None
    return str(place / "node_modules" / ".bin" / "ajv")


@cache
def _cedarpy() -> str | None:
    """A Python that has cedarpy; None where pip cannot install it."""
    place = Path(_KEPT.name, "python")
    venv.create(place, with_pip=True)
    python = str(place / "bin" / "python")
    command = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "cedarpy>=4,<5")
    return python if _installed("cedarpy", command, place) else None


def _installed(name: str, command: Sequence[str], folder: Path) -> bool:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError):
        print(f"  {name} cannot be installed: it is left out")
        return False
    return True
