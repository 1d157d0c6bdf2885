"""Emacs in batch, with eglot: what its own client shows of a policy in `recpol-mode`."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copy

from clients.part import HERE, ROOT, SERVER, Missing, Wrong, compare, program, project, ran, told

EXPECTED = {
    "mode": "recpol-mode",
    "diagnostics": ["recpol [unused-store]: nothing is recorded to `spare`"],
    "hover": True,
    "renamed": ["    phase card @pan", "record agent except @pan to calls"],
    "action": True,
    "formatted": ["on ice {", "  answer"],
    "faces": ["font-lock-keyword-face", "font-lock-type-face", "font-lock-string-face", "font-lock-comment-face"],
    "indented": "  hangup",
}


def run(folder: Path) -> str:
    """Drive Emacs; raises `Missing` and `Wrong`."""
    emacs = program("emacs")
    policy = project(folder)
    start: list[str | Path] = [emacs, "--batch", "--no-init-file", "--directory", ROOT / "editors" / "emacs"]
    try:
        ran([*start, "--eval", "(progn (package-initialize) (require 'eglot))"], folder, HOME=str(folder))
    except Wrong:
        raise Missing("this Emacs has no eglot") from None
    output = ran(
        [*start, "--load", HERE / "emacs.el"], folder, SERVER=json.dumps(SERVER), POLICY=str(policy), HOME=str(folder)
    )
    compare(output, EXPECTED)
    mode = copy(ROOT / "editors" / "emacs" / "recpol-mode.el", folder)  # what it is compiled to goes beside it
    strict = "(setq byte-compile-error-on-warn t)"
    ran([*start, "--eval", strict, "--funcall", "batch-byte-compile", mode], folder, HOME=str(folder))
    return str(told(output)["version"])
