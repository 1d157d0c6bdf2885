"""Patterns of files, as `recpol.yaml` writes them, to globs.

`*` stands for any text within a part of a path, `?` for one character of it, `**` for any number of folders.

Invariant: a pattern without `*` and `?` in its last part means that file, or all that is in that folder.
"""

from __future__ import annotations

from recpol.base.globs import Glob, GlobMaker


def path_pattern(pattern: str) -> Glob:
    """A pattern to a glob for whole paths, with `/` between their parts, from the project folder."""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    maker = GlobMaker()
    maker.begin()
    *folders, last = parts or ["**"]
    for folder in folders:
        if folder == "**":
            maker.any_folders()
        else:
            _one_part(maker, folder)
            maker.char("/")
    if last != "**":
        _one_part(maker, last)
        maker.may_end()
        if "*" in last or "?" in last:
            return maker.made()
        maker.char("/")
    maker.any_char(within=False)
    maker.any_text(within=False)
    maker.may_end()
    return maker.made()


def _one_part(maker: GlobMaker, part: str) -> None:
    for char in part:
        if char == "*":
            maker.any_text(within=True)
        elif char == "?":
            maker.any_char(within=True)
        else:
            maker.char(char)
