"""The arguments of one command, with usage errors that help.

A command says what it takes; `argparse` (in `cli.parsing`) reads the words, and is loaded only where there is more to
read than files and switches: loading it, and making its parser, takes a tenth of a lint.

Invariant: a wrong argument is a `CannotRun`; only `--help` ends the process; what is read without `argparse` is what
`argparse` makes of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import SimpleNamespace

from recpol.base.nearest import nearest
from recpol.base.record import Record
from recpol.base.typing import TYPE_CHECKING, Any, cast
from recpol.cache import OPTION
from recpol.cli.console import COLOR_CHOICES
from recpol.targets.catalogue import target_names
from recpol.workspace.cannotrun import CannotRun

if TYPE_CHECKING:
    import argparse

    from recpol.cli.parsing import Parser
    from recpol.workspace.shards import Shard


class Declared(Record):
    """An option or argument: its names, and what `argparse` is told of it; an alternative excludes the others."""

    names: tuple[str, ...]
    settings: Mapping[str, Any]
    alternative: bool = False

    @property
    def attribute(self) -> str:
        """The name of its value among the options."""
        name = next((name for name in self.names if name.startswith("--")), self.names[0])
        return name.lstrip("-").replace("-", "_")

    @property
    def positional(self) -> bool:
        """Whether it is an argument, which is told by its place."""
        return not self.names[0].startswith("-")

    @property
    def switch(self) -> bool:
        """Whether it is on or off, and stands alone."""
        return self.settings.get("action") == "store_true"

    @property
    def default(self) -> Any:
        """Its value where it is not given."""
        value = self.settings.get("default", False if self.switch else None)
        read = self.settings.get("type")
        return read(value) if read is not None and isinstance(value, str) else value


class Arguments:
    """What a command takes; options and files may be mixed."""

    def __init__(self, command: str, description: str, details: str = "") -> None:
        self.command, self.description, self.details = command, description, details
        self.declared: list[Declared] = []
        self.refused: dict[str, tuple[str, str]] = {}

    def refuse(self, name: str, message: str, help_: str) -> None:
        """Say why there is no option of a name that somebody may try, and what to do instead."""
        self.refused[name] = (message, help_)

    def option(self, *names: str, **settings: Any) -> None:
        """Add an option or an argument, in the words of `argparse.add_argument`."""
        self.declared.append(Declared(names, settings))

    def alternatives(self, options: Mapping[str, Mapping[str, Any]]) -> None:
        """Add options of which at most one is given."""
        self.declared += [Declared((name,), settings, True) for name, settings in options.items()]

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

    def jobs(self) -> None:
        """Add `--jobs`: how many processes share the work."""
        self.option(
            "--jobs",
            type=read_jobs,
            metavar="N",
            help="share the work out to N processes; default: as many as there are processors, for many files",
        )

    def shards(self) -> None:
        """Add `--shard`: one of several machines that share a run."""
        self.option(
            "--shard",
            type=read_shard_option,
            metavar="K/N",
            help="only what the K-th of N machines has to do: the same share on every machine, and together all",
        )

    def shard_files(self) -> None:
        """Add `--shard-file` and `--merge`: what shards found, kept, and put together."""
        self.option("--shard-file", metavar="FILE", help="with --shard: keep what is found in a file, for --merge")
        self.option(
            "--merge", action="store_true", help="PATH is a file of --shard-file, one for each shard: report on all"
        )

    def cache(self) -> None:
        """Add `--no-cache`, which is looked for before anything is loaded (`recpol.cli.main`)."""
        self.option(OPTION, action="store_true", help="neither use nor keep what runs came to before")

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
        return self.parser().described()

    def parser(self) -> Parser:
        """What reads all that the command takes."""
        from recpol.cli.parsing import Parser

        parser = Parser(self.command, self.description, self.details)
        for one in self.declared:
            parser.add(one.names, one.settings, alternative=one.alternative)
        return parser

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The words after the command; raises `CannotRun`."""
        options = words[: list(words).index("--")] if "--" in words else words
        for name in (word.partition("=")[0] for word in options if self.refused):
            if name in self.refused:
                raise CannotRun(*self.refused[name])
        plain = self._plain(words)
        return self.parser().read(words) if plain is None else cast("argparse.Namespace", SimpleNamespace(**plain))

    def _plain(self, words: Sequence[str]) -> dict[str, Any] | None:
        """What the words come to where they are files and switches; None where there is more to read."""
        switches = {name: one.attribute for one in self.declared if one.switch for name in one.names}
        alternatives = {name for one in self.declared if one.alternative for name in one.names}
        positional = [one for one in self.declared if one.positional]
        if len(positional) != 1 or positional[0].settings.get("nargs") != "*" or "default" in positional[0].settings:
            return None
        values = {one.attribute: one.default for one in self.declared}
        files: list[str] = []
        for word in words:
            if not word.startswith("-") or word == "-":
                files.append(word)
            elif word in switches and word not in alternatives:
                values[switches[word]] = True
            else:
                return None
        return values | {positional[0].attribute: files}


def read_jobs(word: str) -> int:
    """The number after `--jobs`; raises `CannotRun`."""
    if not (word.isascii() and word.isdecimal() and len(word) < 4 and int(word) > 0):
        raise CannotRun(
            f"`--jobs {word}` is no number of processes", "write a number from 1 to 999, such as `--jobs 4`"
        )
    return int(word)


def read_shard_option(word: str) -> Shard:
    """What stands after `--shard`; raises `CannotRun`."""
    from recpol.workspace.shards import read_shard

    return read_shard(word)


class NumberOf(Record):
    """A reader of the value of `option`, which is a number; `help` says what to write."""

    option: str
    kind: type[int | float]
    help: str

    def __call__(self, value: str) -> float:
        """The number; raises `CannotRun` where it is none."""
        try:
            number = self.kind(value)
            known = math.isfinite(number)
        except (ValueError, OverflowError):
            known = False
        if not known:
            raise CannotRun(f"`{self.option}` cannot be `{value}`", self.help)
        return number


class OneOf(Record):
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
