"""Patterns of files, as `recpol.yaml` writes them, to regular expressions.

`*` stands for any text within a part of a path, `?` for one character of it, `**` for any number of folders.

Invariant: a pattern without `*` and `?` in its last part means that file, or all that is in that folder.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def path_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern to an expression for whole paths, with `/` between their parts, from the project folder."""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if not parts or parts[-1] == "**":
        return re.compile(steps(parts[:-1]) + ".+", re.DOTALL)
    inside = "" if "*" in parts[-1] or "?" in parts[-1] else "(?:/.+)?"
    return re.compile(steps(parts[:-1]) + one_part(parts[-1]) + inside, re.DOTALL)


def steps(folders: Sequence[str]) -> str:
    """The expression for the folders that a pattern begins with."""
    return "".join("(?:[^/]+/)*" if part == "**" else one_part(part) + "/" for part in folders)


def one_part(part: str) -> str:
    """The expression for one part of a path."""
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)) for char in part)
