"""The command `recpol`: picks the command, and turns whatever happens into an exit status.

    0  nothing is wrong      1  something was found      2  recpol could not run      130  interrupted

Invariant: no stack trace reaches a user who did not ask for one (`RECPOL_DEBUG=1`); a command loads only what it needs.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from recpol.base.nearest import nearest
from recpol.cli.commands import COMMAND_BY_NAME, usage
from recpol.cli.console import flush, prepare, say, tell, tell_cannot_run, tell_problem, text_kind, wants_color
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import SUFFIX

COULD_NOT_RUN, INTERRUPTED, NOBODY_READS = 2, 130, 141

_SELDOM = (50_000, 20, 20)
"""When Python looks for unreachable circles of objects: trees of policies and documents hardly have any, and a look
at all of a large one takes longer than reading it."""


def run(words: Sequence[str] | None = None) -> int:
    """Run the command line (by default that of the process) and return its exit status."""
    prepare()
    if words is None:
        gc.set_threshold(*_SELDOM)
    try:
        status = _attempt(sys.argv[1:] if words is None else list(words))
        flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return NOBODY_READS
    except CannotRun as problem:  # what was to be said could not be printed
        tell_cannot_run(problem)
        return COULD_NOT_RUN
    return status


def _attempt(words: list[str]) -> int:
    try:
        return _command(words)
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


def _command(words: list[str]) -> int:
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
    """Ask for a report. The words of an unknown exception are not shown: nobody knows what they hold."""
    known = getattr(sys.modules.get("recpol.compilation"), "CompilerBug", ())
    said = str(defect) if isinstance(defect, known) else "recpol came upon a defect of its own"
    tell_problem(said, "nothing was written; please report this, RECPOL_DEBUG=1 shows where it happened")
