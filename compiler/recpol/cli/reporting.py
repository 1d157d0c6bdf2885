"""A lint's report to where the user wants it: standard output, files, or both, each in a format of its own.

Invariant: at most one report goes to standard output; a file has no colours unless they were asked for by name.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from recpol.base.record import Record
from recpol.cli.console import say, text_kind, wants_color
from recpol.report.formats import FORMATS, closing
from recpol.report.run import Repository, Run
from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import here

DEFAULT = "full"


class Outputs(Record):
    """What to write where: the format for standard output (none: only the closing line), and formats with files.

    `statistics` puts counts in the place of the findings on standard output.
    """

    console: str | None
    files: tuple[tuple[str, str], ...]
    statistics: bool


def read_outputs(formats: Sequence[str], out: str | None, *, statistics: bool) -> Outputs:
    """`FORMAT` and `FORMAT=FILE` as given with `--output-format`, and the file of `-o`. Raises `CannotRun`."""
    files: list[tuple[str, str]] = []
    bare: list[str] = []
    for word in formats or ([DEFAULT] if not statistics or out else []):
        name, sign, file = word.partition("=")
        if not sign:
            bare.append(name)
        elif file:
            files.append((name, file))
        else:
            raise CannotRun(f"`--output-format {word}` names no file", f"write `--output-format {name}=FILE`")
    if len(bare) > 1 or (bare and statistics and not out):
        second = f"`{bare[1]}`" if len(bare) > 1 else "`--statistics`"
        raise CannotRun(
            f"both `{bare[0]}` and {second} would go to one place", f"give one a file: `--output-format {bare[0]}=FILE`"
        )
    if out is not None:
        if not bare:
            raise CannotRun("`-o` names a file, and every format has one already", "leave `-o` out")
        files.append((bare.pop(), out))
    _distinct(files)
    return Outputs(bare[0] if bare else None, tuple(files), statistics)


def shows_fixes(outputs: Outputs) -> bool:
    """Whether a report tells of fixes, so that they have to be tried."""
    told = {name for name, _ in outputs.files} | {outputs.console}
    return any(name is not None and FORMATS[name].fixes for name in told)


def refuse_outputs(outputs: Outputs, *others: str | None) -> None:
    """Raise `CannotRun` where a report, or one of `others`, would be written over what the run reads."""
    files = [path for _, path in outputs.files] + [path for path in others if path is not None]
    if files:
        from recpol.workspace.saving import refuse_over_input

        refuse_over_input(*files)


def report(run: Run, outputs: Outputs, color: str) -> None:
    """Write the files, then standard output; raises `CannotRun` where a file cannot be written."""
    refuse_outputs(outputs)
    for name, path in outputs.files:
        from recpol.workspace.saving import save

        save(path, FORMATS[name].write(run, color == "always"), "choose another file")
    if outputs.statistics:
        from recpol.report.statistics import statistics

        counts = statistics(run.findings)
        say(f"{counts}{counts and chr(10)}{closing(run)}\n")
    elif outputs.console is not None:
        colors, format_ = wants_color(color, sys.stdout), FORMATS[outputs.console]
        say(format_.write(run, colors), kind=text_kind(color=colors) if format_.kind == "text" else format_.kind)
    elif run.files:
        say(f"{closing(run)}\n")


def repository() -> Repository:
    """The repository that the current folder is in: the nearest folder at or above it with a `.git`."""
    cwd = here()
    folder = cwd
    while not disk.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return Repository()
        folder = above
    return Repository(folder.replace(os.sep, "/"), cwd.replace(os.sep, "/"))


def pages() -> str:
    """The address of the page of all rules, as the environment has it: `RECPOL_DOCS`."""
    return os.environ.get("RECPOL_DOCS", "")


def _distinct(files: Sequence[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for name, path in files:
        other = seen.setdefault(os.path.abspath(os.path.join(here(), path)), name)
        if other is not name:
            raise CannotRun(f"`{other}` and `{name}` would go to one file, `{path}`", "give each a file of its own")
