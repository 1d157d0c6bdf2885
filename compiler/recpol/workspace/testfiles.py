"""What the user names, to the test files and policies to run; and the files that a test file names.

Invariant: what is named and cannot be found is never left out in silence; the expected documents of a test lie in its
project folder, whatever links and dots their path is made of.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from recpol.base.finding import Finding
from recpol.base.record import Record
from recpol.base.source import Reader, Source, Unreadable
from recpol.settings.config import FILE_NAME
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.files import SKIPPED, SUFFIX, Input, find_project, here, inside, output_folder, shown
from recpol.workspace.session import Session

TESTS = ".test.yaml"


class Found(Record):
    """The test files to run, and the policies that are beside them in the folders that were searched."""

    tests: tuple[Input, ...]
    policies: tuple[Input, ...]


def find_tests(arguments: Sequence[str], session: Session) -> Found:
    """The test files that the arguments name: files, folders to search, or without any the project folder.

    Each comes once, in the order of the arguments and sorted within a folder; raises `CannotRun`.
    """
    if not arguments and session.project is None:
        raise CannotRun(
            f"nothing to do: no file or folder is named, and there is no `{FILE_NAME}` here or above",
            "name test files or folders, or begin a project with `recpol init`",
        )
    cwd, out = here(), output_folder(None, session.config.out, session.project)
    tests: dict[str, Input] = {}
    policies: dict[str, Input] = {}
    for argument in arguments or ([session.project.folder] if session.project is not None else []):
        path = os.path.abspath(os.path.join(cwd, argument))
        if os.path.isdir(path):
            project = session.project
            within = path if project is None or not inside(path, project.folder) else project.folder
            for below in _search(path, out):
                item = Input(below, shown(below, cwd), within)
                (tests if below.endswith(TESTS) else policies).setdefault(below, item)
        elif not path.endswith(TESTS) and os.path.exists(path):
            beside = argument.removesuffix(SUFFIX) + TESTS
            help_ = f"name `{beside}`" if os.path.isfile(beside) else f"name a file that ends in `{TESTS}`, or a folder"
            raise CannotRun(f"`{argument}` is not a test file", help_)
        else:
            (item,) = session.inputs([argument])
            tests.setdefault(path, Input(path, item.shown))
    if not arguments:
        policies = {item.path: item for item in session.inputs(())}
    return Found(tuple(tests.values()), tuple(policies.values()))


def _search(folder: str, out: str) -> Iterator[str]:
    """All test files and policies below a folder, sorted; links to folders are not followed."""

    def fail(problem: OSError) -> None:
        name = shown(os.path.abspath(problem.filename or folder), here())
        raise CannotRun(f"cannot search the folder `{name}`: {in_words(problem)}")

    found: list[str] = []
    for at, folders, names in os.walk(folder, onerror=fail):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and name not in SKIPPED and os.path.join(at, name) != out
        ]
        found += [
            os.path.join(at, name) for name in names if name.endswith((TESTS, SUFFIX)) and not name.startswith(".")
        ]
    yield from sorted(found)


def beside(test: Input, written: str) -> Input:
    """The file that a test file names, relative to itself."""
    path = os.path.normpath(os.path.join(os.path.dirname(test.path), written))
    return Input(path, shown(os.path.abspath(path), here()), _root(test))


def _root(test: Input) -> str:
    """The folder that the files of a test file lie in: its project, or else its own folder."""
    project = find_project(test.path)
    return project.folder if project is not None else os.path.dirname(test.path)


def document_reader(test: Input, session: Session) -> Reader:
    """Fetches the expected documents of a test file: JSON files in its project folder."""
    root = _root(test)

    def read(written: str, _: str) -> Source | Unreadable:
        if not written.isprintable() or "\\" in written or written.startswith("/") or written[1:2] == ":":
            return Unreadable(
                "it is not a plain path relative to this file", "write a path such as `expected/ice.json`"
            )
        item = beside(test, written)
        if not inside(item.path, root):
            return Unreadable(f"it is outside the project folder `{shown(root, here())}`", "move it into the folder")
        if not os.path.isfile(item.path):
            return Unreadable("there is no such file", "check the path: it is relative to this file")
        try:
            got = session.files.load(item)
        except CannotRun as problem:
            return Unreadable(problem.message, problem.help)
        return Unreadable(got.message, got.help) if isinstance(got, Finding) else got

    return read
