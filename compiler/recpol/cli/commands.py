"""The commands of `recpol`, from which its usage, its dispatch and its completion are made.

A command is a module of this package with `arguments()`, its parser, and `main(words)`, which runs it and returns the
exit status.

Invariant: a module is loaded only when its command is run or completed.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

from recpol.base.record import Record
from recpol.base.typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from recpol.base.typing import Protocol
    from recpol.cli.arguments import Arguments

    class CommandModule(Protocol):
        """What a command's module has."""

        def arguments(self) -> Arguments:
            """What the command takes."""

        def main(self, words: Sequence[str]) -> int:
            """Run the command and return its exit status; raises `CannotRun`."""


class Subcommand(Record):
    """A command as the usage shows it: its name, what follows the name, and what it does."""

    name: str
    takes: str
    summary: str

    def load(self) -> CommandModule:
        """The command's module: that of its name, with `_` after a word of Python's."""
        module = import_module(f"recpol.cli.{self.name}_" if iskeyword(self.name) else f"recpol.cli.{self.name}")
        return cast("CommandModule", module)


COMMANDS = (
    Subcommand("compile", "[PATH …]", "write the SVAML of policies"),
    Subcommand("lint", "[PATH …]", "check policies and say what is wrong"),
    Subcommand("fmt", "[PATH …]", "write policies in the one style"),
    Subcommand("explain", "[PATH …]", "say in plain sentences what policies record"),
    Subcommand("draw", "FILE [CALL]", "draw a policy, or a call under it, as SVG or Mermaid"),
    Subcommand("simulate", "FILE CALL", "what is heard and recorded in a call; without a CALL, step by step"),
    Subcommand("test", "[PATH …]", "run the tests of policies"),
    Subcommand("prove", "[PATH …]", "write the proofs of guarantees, for `recpol-check`"),
    Subcommand("verify", "REPLY … --pack NAME", "what a clause pack comes to for existing SVAML"),
    Subcommand("diff", "OLD NEW", "what calls record differently under two versions of policies"),
    Subcommand("report", "[PATH …]", "one page about policies, for people who answer for them"),
    Subcommand("evidence", "[PATH …] -o ZIP", "sources, documents, verdicts and report in one archive; `check ZIP`"),
    Subcommand("targets", "[PATH …]", "what each target can say; of policies, which they compile to"),
    Subcommand("packs", "[NAME]", "the clause packs; of one, its clauses and what is not covered"),
    Subcommand("rule", "[NAME]", "what a rule finds and why; without a name, all rules"),
    Subcommand("render", "REPLY", "fill the placeholders of a compiled reply"),
    Subcommand("lsp", "", "serve editors: the language server"),
    Subcommand("serve", "BUILD", "answer the callbacks of the platform with compiled documents"),
    Subcommand("callout", "NAME [VALUE …]", "begin a call, through a running `recpol serve`"),
    Subcommand("manage", "CALL NAME [MOMENT]", "begin or end a phase of a call, through a running `recpol serve`"),
    Subcommand("ledger", "WHAT [LEDGER]", "what recordings came, and which are missing"),
    Subcommand("import", "REPLY …", "make a policy of existing SVAML"),
    Subcommand("init", "[DIR]", "begin a project"),
    Subcommand("completion", "SHELL", "print the script that completes commands in a shell"),
)
"""All commands, in the order of the usage."""

COMMAND_BY_NAME = {command.name: command for command in COMMANDS}
"""The commands by name."""


def usage() -> str:
    """What `recpol --help` prints."""
    said = [(f"recpol {command.name} {command.takes}", command.summary) for command in COMMANDS]
    width = max(len(words) for words, _ in said) + 2
    listed = "".join(f"  {words:<{width}}{summary}\n" for words, summary in said)
    return f"""\
usage: recpol COMMAND [ARGUMENTS]

Recording policies in, SVAML call-control JSON out.

{listed}
  {"recpol COMMAND --help":<{width}}how to use a command
  {"recpol --version":<{width}}the version
"""
