"""The arguments of one command, with usage errors that help.

Invariant: a wrong argument is a `CannotRun`; only `--help` ends the process.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from recpol.base.nearest import nearest
from recpol.base.record import dataclass
from recpol.cli.console import COLOR_CHOICES
from recpol.targets.catalogue import target_names
from recpol.workspace.cannotrun import CannotRun


class Arguments(argparse.ArgumentParser):
    """`argparse` that reports in our words; options and files may be mixed."""

    def __init__(self, command: str, description: str, details: str = "") -> None:
        super().__init__(
            prog=f"recpol {command}",
            description=description,
            epilog=details,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.command = command
        self.words: list[str] = []

    def option(self, *names: str, **settings: Any) -> None:
        """Add an option."""
        self.words += [name for name in names if name.startswith("--")]
        self.add_argument(*names, **settings)

    def choice(self, name: str, words: Sequence[str], **settings: Any) -> None:
        """Add an option whose value is one of some words."""
        self.option(name, type=OneOf(name, words), **settings)

    def targets(self) -> None:
        """Add `--target`, which may be given several times."""
        self.choice(
            "--target",
            target_names(),
            action="append",
            default=[],
            metavar="NAME",
            help=f"a dialect to compile to, repeatable: {', '.join(target_names())}; default: `targets` of recpol.yaml",
        )

    def variables(self) -> None:
        """Add `--var` and `--env`: the values of variables."""
        self.option("--var", action="append", default=[], metavar="NAME=VALUE", help="the value of {{ var.NAME }}")
        self.option("--env", metavar="NAME", help="an environment of recpol.yaml")

    def tenants(self, summary: str) -> None:
        """Add `--tenant`, which may be given several times."""
        self.option("--tenant", action="append", default=[], metavar="NAME", help=summary)

    def colors(self) -> None:
        """Add `--color`."""
        self.choice(
            "--color",
            COLOR_CHOICES,
            default="auto",
            metavar="WHEN",
            help="auto (on a terminal or with FORCE_COLOR, unless NO_COLOR is set), always or never",
        )

    def described(self) -> Sequence[argparse.Action]:
        """The options and arguments, in the order of the help."""
        return tuple(self._actions)

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The words after the command; raises `CannotRun`."""
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


@dataclass(frozen=True, slots=True)
class OneOf:
    """A reader of the value of `option`, which is one of some words; after `sign` anything may follow."""

    option: str
    words: Sequence[str]
    sign: str = ""

    def __call__(self, value: str) -> str:
        """The value as it is; raises `CannotRun` for another word."""
        word = value.partition(self.sign)[0] if self.sign else value
        if word in self.words:
            return value
        near = nearest(word, self.words)
        listed = ", ".join(f"`{known}`" for known in self.words)
        raise CannotRun(
            f"unknown value `{word}` for `{self.option}`",
            f"did you mean `{near}`?" if near is not None else f"write one of {listed}",
        )
