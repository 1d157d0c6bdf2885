"""`argparse` for the words of a command, in our own words.

Invariant: a wrong argument is a `CannotRun`; only `--help` ends the process.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence

from recpol.base.nearest import nearest
from recpol.base.typing import Any, NoReturn
from recpol.workspace.cannotrun import CannotRun

SHORTER = {"--output-format": "--format", "--output": "--out"}
"""What an option may be called too, for other tools say so; no help lists it."""


class Parser(argparse.ArgumentParser):
    """`argparse` that reports in our words; options and files may be mixed."""

    def __init__(self, command: str, description: str, details: str) -> None:
        super().__init__(
            prog=f"recpol {command}",
            description=description,
            epilog=details,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.words: list[str] = []
        self.files: list[str] = []
        self._alternatives: argparse._ActionsContainer | None = None

    def add(self, names: Sequence[str], settings: Mapping[str, Any], *, alternative: bool) -> None:
        """Add an option or an argument; at most one alternative may be given."""
        self.words += [name for name in names if name.startswith("--")]
        if alternative and self._alternatives is None:
            self._alternatives = self.add_mutually_exclusive_group()
        group = self._alternatives if alternative else None
        (group or self).add_argument(*names, **settings)
        for name in filter(SHORTER.__contains__, names):
            unlisted = {
                "dest": name.lstrip("-").replace("-", "_"),
                "help": argparse.SUPPRESS,
                "default": argparse.SUPPRESS,
            }
            (group or self).add_argument(SHORTER[name], **{**settings, **unlisted})

    def described(self) -> Sequence[argparse.Action]:
        """The options and arguments, in the order of the help."""
        return tuple(self._actions)

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The words after the command; raises `CannotRun`."""
        given = words[: list(words).index("--")] if "--" in words else words
        unknown = (word for word in given if word.startswith("-") and word not in self._option_string_actions)
        self.files = [word for word in unknown if word != "-" and os.path.lexists(word)]
        options, rest = self.parse_known_intermixed_args(_shielded(words))
        for name, value in vars(options).items():
            setattr(options, name, _bare(value))
        for word in rest:
            name = word.partition("=")[0]
            if name.startswith("-"):
                near = nearest(name, self.words)
                raise self._refused(f"unknown option `{name}`", f"did you mean `{near}`?" if near is not None else "")
            raise self._refused(f"one argument too many: `{word}`")
        return options

    def error(self, message: str) -> NoReturn:
        """What argparse found, as a `CannotRun`."""
        name, colon, said = message.removeprefix("argument ").partition(": ")
        if not message.startswith("argument ") or not colon:
            raise self._refused(message)
        raise self._refused(f"`{name}`: {said}")

    def _refused(self, message: str, help_: str = "") -> CannotRun:
        if self.files:
            help_ = f"if you mean the file, write `./{self.files[0]}`"
        return CannotRun(message, help_ or f"`{self.prog} --help` says how to use it")


_SHIELD = "\0"
"""Stands before a file whose name begins with `-`, while argparse looks; no name of a file can hold it."""


def _shielded(words: Sequence[str]) -> list[str]:
    """The words without `--`, which says that what follows is no option: argparse takes it for one when words mix."""
    if "--" not in words:
        return list(words)
    at = list(words).index("--")
    return [*words[:at], *(_SHIELD + word if word.startswith("-") else word for word in words[at + 1 :])]


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value.removeprefix(_SHIELD) if isinstance(value, str) else value
