"""Words to a command, and whatever happens to an exit status.

    0  nothing is wrong      1  something was found      2  recpol could not run      130  interrupted

Invariant: no stack trace reaches a user who did not ask for one (`RECPOL_DEBUG=1`); a command loads only what it needs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from recpol.base.nearest import nearest
from recpol.cli.commands import COMMAND_BY_NAME, usage
from recpol.cli.console import drop, flush, prepare, say, tell, tell_cannot_run, tell_problem, text_kind, wants_color
from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.files import SUFFIX

COULD_NOT_RUN, INTERRUPTED, NOBODY_READS = 2, 130, 141


def run_command(words: Sequence[str], *, kept: bool) -> int:
    """Run a command line and return its exit status; what comes of it may be `kept` in the cache."""
    prepare()
    disk.begin_run()
    try:
        status = _attempt(list(words), kept=kept)
        flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return NOBODY_READS
    except CannotRun as problem:  # what was to be said could not be printed
        tell_cannot_run(problem)
        return COULD_NOT_RUN
    return status


def cannot_print(problem: OSError) -> int:
    """The exit status where nothing can be printed, which is said on standard error unless nobody reads."""
    drop(sys.stdout)
    if isinstance(problem, BrokenPipeError):
        return NOBODY_READS
    tell_cannot_run(CannotRun(f"cannot print: {in_words(problem)}"))
    return COULD_NOT_RUN


def _attempt(words: list[str], *, kept: bool) -> int:
    try:
        return _command(words, kept=kept)
    except CannotRun as problem:
        _tell(problem)
    except SystemExit as end:  # argparse, after `--help`
        return end.code if isinstance(end.code, int) else COULD_NOT_RUN
    except BrokenPipeError:
        raise
    except Exception as defect:  # whatever it is, a user gets a message
        if os.environ.get("RECPOL_DEBUG") == "1":
            raise
        _tell_defect(defect)
    return COULD_NOT_RUN


def _command(words: list[str], *, kept: bool) -> int:
    if not words:
        tell(usage())
        return COULD_NOT_RUN
    name, *rest = words
    if name in ("--version", "-V"):
        from recpol import __version__

        say(f"recpol {__version__}")
        return 0
    if name in ("--help", "-h"):
        say(usage())
        return 0
    command = COMMAND_BY_NAME.get(name)
    if command is None:
        raise _unknown(name)
    if kept:
        from recpol.cli.keeping import run_kept

        return run_kept(command.load().main, words)
    return command.load().main(rest)


def _unknown(name: str) -> CannotRun:
    if name.startswith("-"):
        return CannotRun(
            f"unknown option `{name}`", "options stand after the command; `recpol --help` lists the commands"
        )
    near = nearest(name, COMMAND_BY_NAME)
    if near is not None:
        return CannotRun(f"unknown command `{name}`", f"did you mean `recpol {near}`?")
    if name.endswith(SUFFIX) or os.path.exists(name):
        return CannotRun(f"`{name}` is not a command", f"did you mean `recpol lint {name}`?")
    return CannotRun(
        f"unknown command `{name}`", "the commands are " + ", ".join(f"`{known}`" for known in COMMAND_BY_NAME)
    )


def _tell(problem: CannotRun) -> None:
    from recpol.workspace.session import BadSettings

    if isinstance(problem, BadSettings):
        from recpol.report.text import full

        color = wants_color("auto", sys.stderr)
        tell(full(problem.findings, color=color), kind=text_kind(color=color))
    else:
        tell_cannot_run(problem)


def _tell_defect(defect: Exception) -> None:
    """Ask for a report. The words of an unknown exception are not shown: nobody knows what they hold.

    A command compiles all before it writes; one that writes in between adds a note to what it passes on. Any other
    exception may come when something has been written.
    """
    known = getattr(sys.modules.get("recpol.compilation"), "CompilerBug", ())
    report = "please report this, RECPOL_DEBUG=1 shows where it happened"
    if isinstance(defect, known):
        written = getattr(defect, "__notes__", ["nothing was written"])
        tell_problem(str(defect), "; ".join([*written, report]))
    else:
        tell_problem("recpol came upon a defect of its own", report)
