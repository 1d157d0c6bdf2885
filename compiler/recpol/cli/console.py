"""The terminal: what goes to standard output and standard error, in which letters and colours.

Invariant: printing does not fail for want of a letter, and nothing but a colour that was asked for steers the terminal.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

from recpol.workspace.cannotrun import CannotRun, in_words

COLOR_CHOICES = ("auto", "always", "never")


def prepare() -> None:
    """Make the standard streams take any text: what their encoding has no letter for is written as an escape."""
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is None:  # closed by who started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  for the rest of the process
        elif getattr(stream, "errors", "") == "strict":
            with suppress(AttributeError, ValueError):
                stream.reconfigure(errors="backslashreplace")


def wants_color(choice: str, stream: TextIO) -> bool:
    """Whether to use colours on a stream: as `--color` says, else on a terminal unless `NO_COLOR` is set."""
    if choice != "auto":
        return choice == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(text: str, *, exact: bool = False) -> None:
    """Print to standard output; a text without a final line break gets one.

    What looks like a secret is dots, unless the text is to be `exact`: recpol's own pages, and what `render` filled in.
    """
    _write(sys.stdout, text, exact=exact)


def tell(text: str) -> None:
    """Print to standard error, after what was printed before."""
    flush()
    with suppress(CannotRun, BrokenPipeError):  # there is nowhere left to say it
        _write(sys.stderr, text, flush=True)


def flush() -> None:
    """Get out what was printed; raises `CannotRun` where that fails, and `BrokenPipeError` where nobody reads on."""
    _write(sys.stdout, "", flush=True)


_SHORTEST_SECRET = 16


def _may_hide(text: str) -> bool:
    """Whether a text can hold what looks like a secret: no word of it is long enough otherwise, nor a URL."""
    return any(sign in text for sign in "@=") or any(len(word) >= _SHORTEST_SECRET for word in text.split())


def _write(stream: TextIO, text: str, *, flush: bool = False, exact: bool = False) -> None:
    """Write a text that ends in a line break; unless it is to be `exact`, what looks like a secret is dots."""
    if not exact and _may_hide(text):
        from recpol.base.secrets import masked

        text = masked(text)
    try:
        if text:
            stream.write(text if text.endswith("\n") else text + "\n")
        if flush:
            stream.flush()
    except OSError as problem:
        _drop(stream)
        if isinstance(problem, BrokenPipeError):
            raise
        raise CannotRun(f"cannot print: {in_words(problem)}") from None


def _drop(stream: TextIO) -> None:
    """Let what is left in a stream that cannot be written go nowhere, or Python would complain at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def say_json(document: Any, *, exact: bool = False) -> None:
    """Print a JSON document to standard output, readable where its encoding allows and valid everywhere.

    `exact` is as in `say`.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(document, indent=2)
    say(text, exact=exact)


def tell_problem(message: str, help_: str = "") -> None:
    """Say on standard error why a command did not run, and what to do about it."""
    from recpol.report.hidden import harmless

    tell(f"error: {harmless(message)}")
    if help_:
        tell(f" help: {harmless(help_)}")


def tell_cannot_run(problem: CannotRun) -> None:
    """Say what kept the command from running."""
    tell_problem(problem.message, problem.help)
