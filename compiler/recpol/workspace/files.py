"""What the user names, to the files to read: arguments, folders and the project's `include`.

Names of files are plain strings here, because loading `pathlib` takes a third of the time that a bare Python takes to
start. What a user reads is `shown`: relative to the current folder when inside it, always with forward slashes.

Invariant: what is named and cannot be found is never left out in silence, and a run has something to do: `CannotRun`
otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from recpol.base.record import Record
from recpol.base.typing import TYPE_CHECKING
from recpol.settings.config import FILE_NAME
from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun, in_words

if TYPE_CHECKING:
    from recpol.base.globs import Glob

SUFFIX = ".recpol"

DOCUMENT = ".svaml.json"
"""The end of the names of SVAML documents that are found in folders; by name any `.json` file can be given."""

STDIN = "-"
"""The argument that means standard input."""

SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})
"""Folders that are never searched, besides hidden ones and the output folder."""


class Input(Record):
    """A file to read: how to open it (absolute, or `-`), what messages call it, and the folder that it must lie in.

    A file that the user named may lie anywhere; one that was found may not, for a link in somebody's pull request must
    not bring in what else is on the machine.
    """

    path: str
    shown: str
    within: str = ""

    def is_document(self, event: str | None) -> bool:
        """Whether it is SVAML and no policy: its name says so, or of standard input, `event`."""
        return self.shown.endswith(".json") or (self.path == STDIN and bool(event))


class Project(Record):
    """The folder that holds `recpol.yaml` (absolute), and that file."""

    folder: str
    settings: Input


def here() -> str:
    """The current folder; raises `CannotRun` if it was removed."""
    try:
        return os.getcwd()
    except OSError:
        raise CannotRun("the current folder does not exist any more", "change to another folder") from None


def shown(path: str, folder: str) -> str:
    """What to call the file `path` in messages to somebody who is in `folder`; both absolute."""
    inside = folder if folder.endswith(os.sep) else folder + os.sep
    name = path.removeprefix(inside).replace(os.sep, "/")
    if name.isprintable():
        return name
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)


def find_project(start: str) -> Project | None:
    """The project that a file or folder belongs to: that of the nearest `recpol.yaml` in its folder or above."""
    cwd = here()
    folder = os.path.abspath(os.path.join(cwd, start))
    if not disk.isdir(folder):
        folder = os.path.dirname(folder)
    while True:
        settings = os.path.join(folder, FILE_NAME)
        if disk.lexists(settings):
            return Project(folder, Input(settings, shown(settings, cwd), folder))
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def project_of(arguments: Sequence[str]) -> Project | None:
    """The project whose settings count for a run; raises `CannotRun` if the arguments belong to two projects."""
    starts = {"." if argument == STDIN else os.path.dirname(argument) or "." for argument in arguments} or {"."}
    starts |= {argument for argument in arguments if disk.isdir(argument)}
    projects = {project.folder: project for start in sorted(starts) if (project := find_project(start)) is not None}
    if len(projects) > 1:
        first, second = [project.settings.shown for project in projects.values()][:2]
        raise CannotRun(f"the arguments belong to two projects: `{first}` and `{second}`", "run recpol once for each")
    return next(iter(projects.values()), None)


def output_folder(option: str | None, configured: str, project: Project | None) -> str:
    """Where to write (absolute): `-o` is relative to the current folder, `out` in the settings to the project."""
    if option is not None or project is None:
        return os.path.abspath(os.path.join(here(), configured if option is None else option))
    return os.path.abspath(os.path.join(project.folder, configured))


def refuse_outside(folder: str, project: Project | None) -> None:
    """Raise `CannotRun` where an output folder that the command line does not name is outside the project."""
    top = here() if project is None else project.folder
    if not inside(folder, top):
        why = "a link leads out of the project" if folder.startswith(top + os.sep) else "it is outside the project"
        raise CannotRun(
            f"the output folder `{shown(folder, here())}` is not used: {why}", "name it with `-o` to write there"
        )


def inputs(
    arguments: Sequence[str],
    project: Project | None,
    *,
    include: Sequence[str] = (f"**/*{SUFFIX}",),
    out: str = "",
    stdin: bool = False,
    documents: bool = False,
) -> tuple[Input, ...]:
    """The files that the arguments name: files, folders to search, or without any the project's `include`.

    `out` is the output folder (absolute), which is not searched; `stdin` allows `-`, and `documents` finds SVAML
    documents too. Each file comes once, in the order of the arguments and sorted within a folder. Raises `CannotRun`
    where something is missing or nothing is found.
    """
    cwd = here()
    found: dict[str, Input] = {}
    if not arguments:
        if project is None:
            raise CannotRun(
                f"nothing to do: no file or folder is named, and there is no `{FILE_NAME}` here or above",
                "name files or folders, or begin a project with `recpol init`",
            )
        below = _included(project, include, out, documents)
        found = {path: Input(path, shown(path, cwd), project.folder) for path in below}
    for argument in arguments:
        for item in _named(argument, cwd, out, stdin, documents, project):
            found.setdefault(os.path.abspath(item.path) if item.path != STDIN else STDIN, item)
    for path in found:
        disk.note_read(path)
    return tuple(found.values())


def _named(argument: str, cwd: str, out: str, stdin: bool, documents: bool, project: Project | None) -> Iterator[Input]:
    if argument == STDIN:
        if not stdin:
            raise CannotRun("`-` cannot be used here: this command needs a file", "name a file or a folder")
        yield Input(STDIN, "<stdin>")
        return
    path = os.path.join(cwd, argument)
    name = shown(os.path.abspath(path), cwd) if argument else ""
    try:
        folder = disk.is_folder(path)
    except (OSError, ValueError) as problem:
        raise _missing(path, name, problem) from None
    if not argument or not folder:
        if not argument:
            raise CannotRun("an argument is empty", "name a file or a folder")
        yield Input(path, name)
        return
    below = list(_search(path, out, (SUFFIX, DOCUMENT) if documents else (SUFFIX,)))
    if not below:
        raise CannotRun(f"no `{SUFFIX}` file in the folder `{name}`", "name a folder that holds policies, or a file")
    within = path if project is None or not inside(path, project.folder) else project.folder
    yield from (Input(item, shown(os.path.abspath(item), cwd), within) for item in below)


def inside(path: str, folder: str) -> bool:
    """Whether a file or folder is in a folder, or the folder itself, whatever links and dots lead there."""
    if disk.leads_below(folder, path):
        return True
    real, top = disk.realpath(path), disk.realpath(folder)
    return real == top or real.startswith(top.rstrip(os.sep) + os.sep)


def _missing(path: str, name: str, problem: OSError | ValueError) -> CannotRun:
    if isinstance(problem, ValueError):
        return CannotRun("an argument is not the name of a file", "name a file or a folder")
    if os.path.islink(path) and isinstance(problem, FileNotFoundError):
        return CannotRun(f"`{name}` is a link to nothing", "repair or remove the link")
    if not isinstance(problem, FileNotFoundError):
        return CannotRun(f"cannot read `{name}`: {in_words(problem)}")
    from recpol.base.nearest import nearest

    folder, last = os.path.split(os.path.abspath(path))
    near = nearest(last, os.listdir(folder)) if os.path.isdir(folder) and os.access(folder, os.R_OK) else None
    help_ = f"did you mean `{name.removesuffix(last)}{near}`?" if near is not None else "check the path"
    return CannotRun(f"`{name}` does not exist", help_)


def _included(project: Project, include: Sequence[str], out: str, documents: bool) -> list[str]:
    """The project's files; a pattern without any is reported, since it most likely is a slip."""
    found: set[str] = set()
    for pattern in include:
        wanted = ".json" if pattern.endswith(".json") else SUFFIX
        if wanted != SUFFIX and not documents:
            continue
        base, matches = _pattern(pattern)
        folder = os.path.join(project.folder, *base)
        skip = len(project.folder.rstrip(os.sep)) + 1
        suffixes = (wanted, DOCUMENT) if documents else (wanted,)
        below = _search(folder, out, suffixes) if disk.isdir(folder) else ()
        some = {path for path in below if matches.fits(path[skip:].replace(os.sep, "/"))}
        if not some:
            raise CannotRun(
                f"`include` of `{project.settings.shown}` names `{pattern}`, and no `{wanted}` file is there",
                "correct the pattern, or add a file",
            )
        found |= some
    return sorted(found)


def _pattern(pattern: str) -> tuple[list[str], Glob]:
    """A pattern to the folder that all its matches are in, and a glob for paths from the project folder."""
    from recpol.settings.patterns import path_pattern

    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if not parts or ("*" not in parts[-1] and "?" not in parts[-1] and not parts[-1].endswith((SUFFIX, ".json"))):
        parts.append("**")
    base: list[str] = []
    for part in parts[:-1]:
        if "*" in part or "?" in part:
            break
        base.append(part)
    return base, path_pattern("/".join(parts))


def _search(folder: str, out: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    """All files below a folder whose names end so, sorted; links to folders are not followed: there are no circles."""
    found: list[str] = []
    waiting = [folder]
    while waiting:
        at = waiting.pop()
        try:
            for name, is_folder in disk.entries(at, suffixes):
                path = os.path.join(at, name)
                if name in SKIPPED:
                    continue
                if not is_folder:
                    found.append(path)
                elif os.path.abspath(path) != out:
                    waiting.append(path)
        except OSError as problem:
            raise CannotRun(
                f"cannot search the folder `{shown(os.path.abspath(at), here())}`: {in_words(problem)}"
            ) from None
    yield from sorted(found)
