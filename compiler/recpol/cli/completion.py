"""`recpol completion`: the script with which a shell completes what is typed after `recpol`.

The script is made from the commands' own parsers, so that it knows every option there is. It runs nothing: a word is
completed from what the script holds, or from the names of files.

Invariant: the same recpol gives the same script; every command and every option of it is in it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from recpol.cli.arguments import Arguments, OneOf
from recpol.cli.commands import COMMANDS, Subcommand
from recpol.cli.completionscripts import CommandHelp, Taken, bash, fish, zsh
from recpol.cli.console import say

SCRIPTS = {"bash": bash, "zsh": zsh, "fish": fish}

_DETAILS = """\
bash:  recpol completion bash > ~/.local/share/bash-completion/completions/recpol
zsh:   recpol completion zsh > DIR/_recpol, where DIR is one of $fpath
fish:  recpol completion fish > ~/.config/fish/completions/recpol.fish
Exit status: 0, or 2 if there is no such shell.
"""

_FILES = frozenset({"PATH", "FILE", "DIR", "REPLY", "CALL"})
"""What the help calls an argument that is, or may be, the name of a file."""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("completion", "Print the script that completes recpol's commands in a shell.", _DETAILS)
    parser.option("shell", metavar="SHELL", type=OneOf("SHELL", tuple(SCRIPTS)), help="bash, zsh or fish")
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    shell = arguments().read(words).shell
    say(SCRIPTS[shell](commands()))
    return 0


def commands() -> tuple[CommandHelp, ...]:
    """All commands, as their parsers describe them."""
    return tuple(_command(command) for command in COMMANDS)


def _command(command: Subcommand) -> CommandHelp:
    parser = command.load().arguments()
    taken = [
        (action, _taken(command.name, action)) for action in parser.described() if action.help != argparse.SUPPRESS
    ]
    options = tuple(option for action, option in taken if action.option_strings)
    positional = tuple(argument for action, argument in taken if not action.option_strings)
    return CommandHelp(command.name, (parser.description or "").partition(".")[0], options, positional)


def _taken(command: str, action: argparse.Action) -> Taken:
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    words = tuple(action.type.words) if isinstance(action.type, OneOf) else tuple(map(str, action.choices or ()))
    if command == "rule" and not action.option_strings:
        from recpol.rules.every import EVERY_BY_NAME

        words = tuple(sorted(EVERY_BY_NAME))
    help_ = " ".join((action.help or "").replace("%%", "%").split())
    return Taken(
        tuple(action.option_strings),
        help_,
        words,
        metavar in _FILES,
        action.nargs != 0,
        type(action).__name__ == "_AppendAction",
    )
