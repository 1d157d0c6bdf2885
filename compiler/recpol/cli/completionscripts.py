"""Commands to completion scripts for bash, zsh and fish.

Invariant: no text of a command can end a quote of the script; the scripts run no program but the shell's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from recpol.base.record import Record

_GLOBAL = ("--help", "--version")

_ZSH_BREAK = " \\\n            "

_HEAD = "# completion of recpol, made by `recpol completion {}`; make it anew after an update"


class Taken(Record):
    """An option or an argument: its names (none for an argument), what the help says, and what can follow.

    `words` are the words that can follow; `files` is true where the name of a file can; `valued` where something must;
    `many` where it can be given more than once.
    """

    names: tuple[str, ...]
    help: str
    words: tuple[str, ...]
    files: bool
    valued: bool
    many: bool


class CommandHelp(Record):
    """A command: its name, what it is for, its options and its arguments."""

    name: str
    help: str
    options: tuple[Taken, ...]
    arguments: tuple[Taken, ...]


def bash(commands: Sequence[CommandHelp]) -> str:
    """The script for bash."""
    names = " ".join([*(command.name for command in commands), *_GLOBAL])
    cases = "".join(f"    {command.name})\n{_bash_command(command)}        ;;\n" for command in commands)
    return f"""\
{_HEAD.format("bash")}

_recpol() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} options='' words='' files=''
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W '{names}' -- "$word"))
        return
    fi
    # bash takes `--option=value` for three words
    if [[ $word == = ]]; then
        word=''
    elif [[ $before == = ]]; then
        before=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
    case ${{COMP_WORDS[1]}} in
{cases}    esac
    if [[ $word == -* ]]; then
        words=$options files=''
    fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    if [[ $files && ${{#COMPREPLY[@]}} -eq 0 ]]; then
        compopt -o default 2>/dev/null
    fi
}}

complete -F _recpol recpol
"""


def _bash_command(command: CommandHelp) -> str:
    options = " ".join(name for option in command.options for name in option.names)
    words = " ".join(word for argument in command.arguments for word in argument.words)
    files = "yes" if any(argument.files for argument in command.arguments) else ""
    after = "".join(
        f"        {'|'.join(option.names)}) words='{' '.join(option.words)}' files={'yes' if option.files else ''} ;;\n"
        for option in command.options
        if option.valued
    )
    default = f"        *) words='{words}' files={files} ;;\n"
    return f"        options='{options}'\n        case $before in\n{after}{default}        esac\n"


def zsh(commands: Sequence[CommandHelp]) -> str:
    """The script for zsh."""
    named = "".join(f"        {_quoted(f'{command.name}:{command.help}')}\n" for command in commands)
    cases = "".join(
        f"    {command.name})\n        {_ZSH_BREAK.join(['_arguments -s', *_specs(command)])}\n        ;;\n"
        for command in commands
    )
    return f"""\
#compdef recpol
{_HEAD.format("zsh")}

_recpol() {{
    local -a commands=(
{named}    )
    if (( CURRENT == 2 )); then
        _describe -t commands command commands
        _arguments '--help[show the list of commands]' '--version[show the version]'
        return
    fi
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
{cases}    esac
}}

if [[ $funcstack[1] == _recpol ]]; then
    _recpol "$@"
else
    compdef _recpol recpol
fi
"""


def _specs(command: CommandHelp) -> list[str]:
    """The arguments of zsh's `_arguments` for one command."""
    specs: list[str] = []
    for option in command.options:
        shut = "" if option.many or len(option.names) == 1 else f"({' '.join(option.names)})"
        for name in option.names:
            sign = "=" if option.valued and name.startswith("--") else "+" if option.valued else ""
            text = f"{'*' if option.many else shut}{name}{sign}[{_zsh_text(option.help)}]"
            specs.append(_quoted(text + (f":value:{_zsh_values(option)}" if option.valued else "")))
    specs += [_quoted(f"*:argument:{_zsh_values(argument)}") for argument in command.arguments[:1]]
    return specs


def _zsh_values(taken: Taken) -> str:
    if taken.words:
        return f"({' '.join(taken.words)})"
    return "_files" if taken.files else " "


def _zsh_text(text: str) -> str:
    return "".join(f"\\{char}" if char in "[]:\\" else char for char in text)


def fish(commands: Sequence[CommandHelp]) -> str:
    """The script for fish."""
    lines = [
        _HEAD.format("fish"),
        "",
        "function __recpol_begins",
        "    test (count (commandline -opc)) -eq 1",
        "end",
        "",
        "function __recpol_is",
        "    set -l words (commandline -opc)",
        "    test (count $words) -ge 2; and test $words[2] = $argv[1]",
        "end",
        "",
        "complete -c recpol -f",
        "complete -c recpol -n __recpol_begins -l help -d 'show the list of commands'",
        "complete -c recpol -n __recpol_begins -l version -d 'show the version'",
    ]
    for command in commands:
        lines.append(f"complete -c recpol -n __recpol_begins -a {command.name} -d {_fish_text(command.help)}")
        when = f"-n '__recpol_is {command.name}'"
        lines += [f"complete -c recpol {when} {_fish_option(option)}" for option in command.options]
        for argument in command.arguments:
            if argument.words:
                lines.append(f"complete -c recpol {when} -a '{' '.join(argument.words)}'")
            elif argument.files:
                lines.append(f"complete -c recpol {when} -F")
    return "\n".join(lines) + "\n"


def _fish_option(option: Taken) -> str:
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
    value = ""
    if option.words:
        value = f" -x -a '{' '.join(option.words)}'"
    elif option.valued:
        value = " -r -F" if option.files else " -x"
    return f"{names}{value} -d {_fish_text(option.help)}"


def _fish_text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quoted(text: str) -> str:
    """A text in the single quotes of bash and zsh."""
    return "'" + text.replace("'", "'\\''") + "'"
