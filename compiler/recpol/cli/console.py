"""The terminal: what goes to standard output and standard error, in which letters and colours.

Invariant: printing does not fail for want of a letter, and nothing but a colour that was asked for, and links to rules'
pages, steers the terminal: whatever is printed goes through `recpol.report.quiet`.
"""

from __future__ import annotations

import os
import sys

from recpol.base.typing import Any, Literal, TextIO, assert_never
from recpol.workspace.cannotrun import CannotRun, in_words

COLOR_CHOICES = ("auto", "always", "never")


def prepare() -> None:
    """Make the standard streams take any text: what their encoding has no letter for is written as an escape."""
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is None:  # closed by who started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  for the rest of the process
        elif getattr(stream, "errors", "") in ("strict", "surrogateescape"):  # the second is that of the locale C
            try:
                stream.reconfigure(errors="backslashreplace")
            except (AttributeError, ValueError):
                continue


def wants_color(choice: str, stream: TextIO) -> bool:
    """Whether to use colours on a stream: as `--color` says, else as the environment does, else on a terminal.

    `NO_COLOR` goes before `FORCE_COLOR`, which is for what is no terminal and yet shows colours, as logs of builds do.
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0", "false") and not os.environ.get("NO_COLOR"):
        return True
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


Kind = Literal["text", "color", "json", "xml", "commands"]
"""What is printed: a text, one with colours, JSON, XML, or commands for a build service, which are quiet already."""


def text_kind(*, color: bool) -> Kind:
    """The kind of a text that has colours, or not."""
    return "color" if color else "text"


def say(text: str, *, kind: Kind = "text", exact: bool = False) -> None:
    """Print to standard output; a text without a final line break gets one.

    What looks like a secret is dots, unless the text is to be `exact`: recpol's own pages, and what `render` filled in.
    """
    _write(sys.stdout, text, kind, exact=exact)


def tell(text: str, *, kind: Kind = "text") -> None:
    """Print to standard error, after what was printed before."""
    flush()
    try:
        _write(sys.stderr, text, kind, flush=True)
    except (CannotRun, BrokenPipeError):
        return  # there is nowhere left to say it


def flush() -> None:
    """Get out what was printed; raises `CannotRun` where that fails, and `BrokenPipeError` where nobody reads on."""
    _write(sys.stdout, "", flush=True)


_SHORTEST_SECRET = 16


def _may_hide(text: str) -> bool:
    """Whether a text can hold what looks like a secret: no word of it is long enough otherwise, nor a URL."""
    return any(sign in text for sign in "@=") or any(len(word) >= _SHORTEST_SECRET for word in text.split())


def _quiet(text: str, kind: Kind) -> str:
    """A text in which nothing steers what reads it."""
    if text.replace("\n", "").isprintable() and "::" not in text and "##" not in text:
        return text
    from recpol.report import quiet

    match kind:
        case "text" | "color":
            return quiet.lines(text, colored=kind == "color")
        case "json":
            return quiet.json_text(text)
        case "xml":
            return quiet.xml_text(text)
        case "commands":
            return quiet.commands(text)
        case _:
            assert_never(kind)


_listening: list[list[tuple[int, str]]] = []


class Listening:
    """Notes what is printed while it is entered: 1 for standard output, 2 for standard error, each with the text."""

    def __init__(self) -> None:
        self._said: list[tuple[int, str]] = []

    def __enter__(self) -> list[tuple[int, str]]:
        _listening.append(self._said)
        return self._said

    def __exit__(self, *_: object) -> None:
        _listening.remove(self._said)


def _write(stream: TextIO, text: str, kind: Kind = "text", *, flush: bool = False, exact: bool = False) -> None:
    """Write a text that ends in a line break; unless it is to be `exact`, what looks like a secret is dots."""
    if not exact and _may_hide(text):
        from recpol.base.secrets import masked

        text = masked(text)
    if text:
        text = _quiet(text, kind)
    if kind == "xml":  # what the encoding has no letter for is a reference there, not an escape that is read as text
        encoding = getattr(stream, "encoding", None) or "utf-8"
        text = text.encode(encoding, "xmlcharrefreplace").decode(encoding)
    if kind == "color" and stream.isatty():
        from recpol.report.hyperlinks import linked, shows_links

        text = linked(text) if shows_links(os.environ) else text
    if text and not text.endswith("\n"):
        text += "\n"
    try:
        if text:
            stream.write(text)
            for said in _listening:
                said.append((1 if stream is sys.stdout else 2, text))
        if flush:
            stream.flush()
    except OSError as problem:
        drop(stream)
        if isinstance(problem, BrokenPipeError):
            raise
        raise CannotRun(f"cannot print: {in_words(problem)}") from None


def drop(stream: TextIO) -> None:
    """Let what is left in a stream that cannot be written go nowhere, or Python would complain at its end."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return


def say_json(document: Any, *, exact: bool = False) -> None:
    """Print a JSON document to standard output, readable where its encoding allows and valid everywhere.

    `exact` is as in `say`.
    """
    import json

    text = json.dumps(document, indent=2, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(document, indent=2)
    say(text, kind="json", exact=exact)


def tell_problem(message: str, help_: str = "") -> None:
    """Say on standard error why a command did not run, and what to do about it."""
    from recpol.report.hidden import harmless
    from recpol.report.shortened import shortened

    tell(f"error: {shortened(harmless(message))}")
    if help_:
        tell(f" help: {shortened(harmless(help_))}")


def tell_cannot_run(problem: CannotRun) -> None:
    """Say what kept the command from running."""
    tell_problem(problem.message, problem.help)


def tell_errors(path: str) -> None:
    """Say on standard error that a policy does not compile, for a command that shows it all the same."""
    tell(f"note: `{path}` does not compile; `recpol lint {path}` says why")
