"""The SVAML documents of one application, as arguments of a command: which they are, and what of them is refused.

Invariant: nothing is claimed about documents that no policy says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from recpol.base.source import Source
from recpol.base.typing import Any
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.compiled import listed_files
from recpol.workspace.files import STDIN, SUFFIX, Input, here, shown
from recpol.workspace.reading import Files

EVENTS = ("ice", "ace", "pie", "manage")
"""What a reply can answer that stands alone."""


def reply_items(path: str, of_policies: str) -> list[Input]:
    """The replies that an argument names: a file, or those in a folder; raises `CannotRun`.

    `of_policies` says what to do with a policy.
    """
    cwd = here()
    whole = os.path.abspath(os.path.join(cwd, path))
    if path == STDIN:
        return [Input(STDIN, "<stdin>")]
    if not os.path.isdir(whole):
        if not os.path.lexists(whole):
            raise CannotRun(f"`{path}` does not exist", "check the path")
        if path.endswith(SUFFIX):
            raise CannotRun(f"`{path}` is a policy already, and no SVAML", of_policies)
        return [Input(whole, shown(whole, cwd))]
    try:
        names = sorted(name for name in os.listdir(whole) if name.endswith(".json"))
    except OSError as problem:
        raise CannotRun(f"cannot read the folder `{path}`: {in_words(problem)}") from None
    return [Input(file, shown(file, cwd)) for file in (os.path.join(whole, name) for name in names)]


def manifest_of(files: Files, items: Sequence[Input]) -> Any:
    """What the manifest among some files says, if there is one; raises `CannotRun`."""
    if len(items) > 1:
        raise CannotRun("there are two manifests", "import one application at a time")
    if not items:
        return None
    source = files.load(items[0])
    try:
        found = json.loads(source.text) if isinstance(source, Source) else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CannotRun(f"`{items[0].shown}` is no manifest", "compile again, or leave it out")
    return found


def refuse_missing(manifest: Any, replies: Sequence[Input]) -> None:
    """Raises `CannotRun` where a manifest lists a document that is not among some replies."""
    there = {os.path.basename(item.path) for item in replies}
    missing = [name for name in listed_files(manifest) if name not in there]
    if missing:
        raise CannotRun(
            f"`{missing[0]}` of the manifest is not there", "name all replies that it lists, or leave it out"
        )


def refuse_unlike(differences: Sequence[str], whose: str = "") -> None:
    """Raises `CannotRun` where documents, read back as a policy, would compile to something else at these places."""
    if differences:
        raise CannotRun(
            f"{whose}no policy says quite the same, it would differ at {differences[0]}",
            "nothing is claimed about documents that cannot be read back",
        )
