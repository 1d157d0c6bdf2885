"""A run against a baseline file, and the file itself: read, made, and made shorter.

Invariant: only a lint knows of baselines; a file that is there never grows, and is not touched where nothing changes.
"""

from __future__ import annotations

import os

from recpol.base.record import Record, replace
from recpol.cli.console import tell, tell_problem
from recpol.report.baseline import Baseline, Compared, baseline_of, baseline_text, compare, read_baseline, without
from recpol.report.run import Run
from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import here
from recpol.workspace.reading import content_of
from recpol.workspace.saving import save

LARGEST = 64 * 1024 * 1024
"""The largest baseline that is read, in bytes: some hundred thousand findings."""

SHOWN = 10
"""How many findings that are gone are named."""


class BaselineFile(Record):
    """A baseline file: what the user calls it, whether it is to be written, and what is in it if it is there."""

    name: str
    writes: bool
    old: Baseline | None

    @property
    def folder(self) -> str:
        """The folder that names of files in it are relative to (absolute)."""
        return os.path.dirname(os.path.abspath(os.path.join(here(), self.name)))

    def called(self, path: str) -> str:
        """What the baseline calls a file that messages call `path`."""
        if path.startswith("<"):
            return path
        try:
            return os.path.relpath(os.path.join(here(), path), self.folder).replace(os.sep, "/")
        except ValueError:  # on another drive
            return path.replace(os.sep, "/")

    def exists(self, file: str) -> bool:
        """Whether a file that the baseline names is there."""
        return disk.exists(os.path.join(self.folder, file))


def open_baseline(read: str | None, write: str | None) -> BaselineFile:
    """The file that `--baseline`, `--write-baseline` or both name; raises `CannotRun` where it cannot be used."""
    if read is not None and write is not None and os.path.abspath(read) != os.path.abspath(write):
        raise CannotRun(
            f"`--baseline` and `--write-baseline` name two files: `{read}` and `{write}`",
            "name one: `--write-baseline` reads it too",
        )
    name = write or read or ""
    old = _read(name)
    if old is None and read is not None:
        raise CannotRun(f"the baseline `{name}` does not exist", f"make it with `--write-baseline {name}`")
    return BaselineFile(name, write is not None, old)


def against(run: Run, baseline: BaselineFile) -> Compared:
    """The findings of a run against the baseline; one that is yet to be written knows them all."""
    if baseline.old is None:
        return Compared((), tuple(run.findings), (), ())
    return compare(baseline.old, run.findings, run.files, baseline.called, baseline.exists)


def without_known(run: Run, baseline: BaselineFile, compared: Compared) -> Run:
    """A run in which the findings that the baseline knows are hidden."""
    return replace(run, findings=compared.new, known=compared.known, baseline=baseline.name)


def settle(run: Run, baseline: BaselineFile, compared: Compared) -> bool:
    """Write the baseline, or say what is gone from it; whether the user has to do something about that.

    `run` is the run as it was found. Raises `CannotRun` if the file cannot be written.
    """
    if baseline.writes and run.unread:
        tell(f"{baseline.name}: nothing is written, because not every file could be read")
        return False
    if baseline.old is None:
        made = baseline_of(run.findings, run.files, baseline.called)
        save(baseline.name, baseline_text(made), "choose another file with `--write-baseline`", anew=True)
        tell(f"{baseline.name}: {_counted(len(made.entries))} written")
        return False
    if baseline.writes:
        _shrink(baseline, baseline.old, compared)
        return False
    if compared.gone and not run.unread:
        gone = [f"{entry.file}: {entry.rule}" for entry in compared.gone]
        more = [f"and {len(gone) - SHOWN} more"] if len(gone) > SHOWN else []
        tell_problem(
            f"the baseline `{baseline.name}` has {_counted(len(gone))} that {'is' if len(gone) == 1 else 'are'} gone",
            f"add `--write-baseline {baseline.name}`: it takes out what is gone, so that it cannot come back",
        )
        tell("".join(f"       {line}\n" for line in gone[:SHOWN] + more))
        return True
    return False


def _shrink(baseline: BaselineFile, old: Baseline, compared: Compared) -> None:
    if compared.unchecked:
        missed = compared.unchecked[0]
        tell(f"{baseline.name}: nothing is taken out, because not all of its files were checked, such as `{missed}`")
        return
    kept = without(old, compared.gone, baseline.exists)
    if kept != old:
        save(baseline.name, baseline_text(kept), "make it writable", anew=True)
    tell(f"{baseline.name}: {_counted(len(compared.gone))} taken out, {len(kept.entries)} left")


def _counted(number: int) -> str:
    return f"{number} finding{'' if number == 1 else 's'}"


def _read(name: str) -> Baseline | None:
    """The baseline in a file; none if there is no such file."""
    if not disk.lexists(name):
        return None
    data = content_of(name, name, LARGEST + 1, "name a file")
    got = read_baseline(data.decode("utf-8", "replace")) if len(data) <= LARGEST else "it is too large"
    if isinstance(got, str):
        raise CannotRun(f"`{name}` cannot be used as a baseline: {got}", "repair it, or delete it and make it anew")
    return got
