"""A light start: what a lint of one policy loads. Counted, not timed, so that it is the same on every machine."""

from __future__ import annotations

import pytest

from recpol.cli.arguments import Arguments
from recpol.cli.commands import COMMANDS, Subcommand
from recpol.cli.parsing import Parser
from recpol.workspace.cannotrun import CannotRun

WORDS: list[list[str]] = [[], ["a.recpol"], ["-"], ["a", "b c", ""], ["x", "-", "y"]]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_is_read_without_argparse_is_what_argparse_makes_of_it(command: Subcommand) -> None:
    """Files and switches, in any order; whatever else there is goes to `argparse`, which may refuse it."""
    arguments = command.load().arguments()
    switches = [name for one in arguments.declared if one.switch for name in one.names]
    for words in [*WORDS, *([switch, "a"] for switch in switches), [*switches, "a"], ["a", *switches[:1], "b"]]:
        assert came_to(arguments, words) == came_to(arguments.parser(), words), words


def came_to(reader: Arguments | Parser, words: list[str]) -> dict[str, object] | str:
    """The options, or why they are refused."""
    try:
        return vars(reader.read(words))
    except CannotRun as refused:
        return refused.message
