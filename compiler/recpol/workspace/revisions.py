"""A revision of a git repository to a folder with the files of it.

Invariant: nothing of the repository is changed, and nothing is checked out into it.
"""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from recpol.workspace.cannotrun import CannotRun

_READ = (".recpol", ".yaml", ".json", ".csv")
"""The ends of the names of files that policies are made of."""

LARGEST = 512 * 1024 * 1024
"""The largest archive of a revision that is read, in bytes."""


@contextmanager
def revision(name: str, folder: str) -> Iterator[str]:
    """The files of a revision below a folder of the repository, in a folder of their own; raises `CannotRun`."""
    if name.startswith("-"):
        raise CannotRun(f"`{name}` is no revision", "name a commit, a branch or a tag")
    top = _git(folder, "rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").strip()
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", refused=name)
    inside = os.path.relpath(os.path.realpath(folder), os.path.realpath(top))
    archive = _git(top, "archive", "--format=tar", commit.decode().strip(), "--", inside, refused=name)
    if len(archive) > LARGEST:
        raise CannotRun(f"the revision `{name}` is too large", "name a smaller folder")
    with tempfile.TemporaryDirectory(prefix="recpol-") as place:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            members = [one for one in files if one.isfile() and one.name.endswith(_READ)]
            files.extractall(place, members, filter="data")
        found = os.path.normpath(os.path.join(place, inside))
        if not os.path.isdir(found):
            raise CannotRun(f"the revision `{name}` has no such folder", "name one that it has")
        yield found


def _git(folder: str, *words: str, refused: str = "") -> bytes:
    try:
        done = subprocess.run(["git", "-C", folder, *words], capture_output=True, check=False)
    except OSError:
        raise CannotRun("git cannot be run", "install git, or compare two folders") from None
    if done.returncode == 0:
        return done.stdout
    if refused:
        raise CannotRun(
            f"there is no revision `{refused}`", "`git log --oneline` lists them; fetch it if it is elsewhere"
        )
    raise CannotRun("this is no git repository", "compare two files or folders")


def commit_of(folder: str) -> tuple[str, bool] | None:
    """The commit that a folder is at, and whether its files are as the commit has them; None where there is none."""
    try:
        commit = _git(folder, "rev-parse", "--verify", "HEAD").decode().strip()
        return commit, not _git(folder, "status", "--porcelain", "--", ".").strip()
    except CannotRun:
        return None
