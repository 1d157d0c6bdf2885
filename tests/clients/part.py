"""What the parts share: a project to open, programs, and how a part says what is missing or wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from typing import Any

ROOT = Path(__file__).parents[2]

HERE = Path(__file__).parent

SERVER = [sys.executable, "-m", "recpol", "lsp"]

POLICY = """\
# A desk whose card numbers are never on tape.
policy desk
locale en-GB

store calls {
  url          "s3://acme-recordings/desk/"
  credentials  env SINCH_S3_CREDENTIALS
}

store spare {
  url          "s3://acme-recordings/spare/"
  credentials  env SINCH_S3_CREDENTIALS
}

on ice {
  answer
  notice: say "Grüezi 📞. This call will be recorded."
  agent: connect pstn +442079460104 {
    phase card @card
  }
}

record agent except @card to calls
never record @card because "card numbers are not on tape"
announce notice before recording because "callers are told first"
"""
"""A policy with one finding, a store that nothing uses, and letters beyond the first plane."""

ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "compiler"), str(ROOT / "tests")])}


class Missing(Exception):
    """A program that is not installed."""


class Wrong(Exception):
    """Something is not as it should be."""


def program(*names: str) -> str:
    """The path of the first of these programs that is there; raises `Missing`."""
    for name in names:
        found = which(name)
        if found is not None:
            return found
    raise Missing(f"there is no {' or '.join(names)} on the path")


def project(folder: Path) -> Path:
    """A project in a folder whose name is not plain, and the path of its policy."""
    root = folder / "été project"
    root.mkdir()
    (root / "recpol.yaml").write_text("include: .\n", "utf-8")
    policy = root / "desk.recpol"
    policy.write_text(POLICY, "utf-8")
    return policy


def ran(words: Sequence[str | Path], folder: Path, timeout: int = 240, **environment: str) -> str:
    """What a program printed, on both streams; raises `Wrong` where it failed or did not end."""
    try:
        done = subprocess.run(
            words, cwd=folder, env=ENVIRONMENT | environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace", check=False, timeout=timeout,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        raise Wrong(f"{words[0]} did not end: {late.output!r}") from None
    if done.returncode:
        raise Wrong(f"{words[0]} ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


def installed(words: Sequence[str | Path], folder: Path, what: str, path: str = os.environ["PATH"]) -> None:
    """Install packages of a registry; raises `Missing` where they cannot be had."""
    try:
        ran(words, folder, PATH=path)
    except (Wrong, OSError) as problem:
        last = str(problem).strip().rpartition("\n")[2][:200]
        raise Missing(f"{what} cannot be installed: {last}") from None


def told(output: str) -> dict[str, Any]:
    """What a script in an editor says of itself: lines `@ NAME JSON`, among what else is printed."""
    lines = [line[2:].partition(" ") for line in output.splitlines() if line.startswith("@ ")]
    return {name: json.loads(value) for name, _, value in lines}


def compare(output: str, expected: dict[str, Any]) -> None:
    """Hold what a script said against what it should say; raises `Wrong`."""
    found = told(output)
    wrong = [
        f"{name} is {found.get(name)!r}, not {value!r}" for name, value in expected.items() if found.get(name) != value
    ]
    if wrong:
        raise Wrong("; ".join(wrong) + f"\n{output[-2000:]}")
