"""Completion: each shell's script knows every command and option, and a real bash completes with it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from recpol.cli.commands import COMMAND_BY_NAME, COMMANDS
from recpol.cli.completion import SCRIPTS, commands
from recpol.cli.completionscripts import CommandHelp, Taken, bash, fish, zsh
from recpol.report.formats import FORMATS
from shells import Shell

BASH = shutil.which("bash")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_has_every_command_and_option(shell: Shell, name: str) -> None:
    done = shell("completion", name)
    assert (done.status, done.err) == (0, "")
    for command in COMMANDS:
        assert command.name in done.out
        parser = command.load().arguments().parser()
        assert f"usage: recpol {command.name}" in parser.format_help()
        for word in parser.words:
            assert (f"-l {word[2:]} " if name == "fish" else word) in done.out, f"{command.name} {word}"
    assert shell("completion", name) == done


def test_an_unknown_shell_is_answered_with_the_right_one(shell: Shell) -> None:
    done = shell("completion", "bsh")
    assert (done.status, done.out) == (2, "")
    assert "did you mean `bash`?" in done.err
    assert shell("completion").status == 2


def complete(*words: str, folder: Path) -> list[str]:
    """What bash offers for the last word; bash itself would take `=` for a word of its own."""
    assert BASH is not None
    typed = " ".join(f"'{word}'" for word in words)
    script = f"""
{bash(commands())}
COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; _recpol; printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run([BASH, "--norc", "-c", script], capture_output=True, text=True, check=False, cwd=folder)
    assert "syntax error" not in done.stderr
    return done.stdout.split()


@pytest.mark.skipif(BASH is None, reason="there is no bash")
def test_bash_completes(tmp_path: Path) -> None:
    def offered(*words: str) -> list[str]:
        return complete(*words, folder=tmp_path)

    assert offered("recpol", "") == [*COMMAND_BY_NAME, "--help", "--version"]
    assert offered("recpol", "li") == ["lint"]
    assert offered("recpol", "lint", "--stat") == ["--statistics"]
    assert offered("recpol", "lint", "--output-format", "") == list(FORMATS)
    assert offered("recpol", "lint", "--output-format", "=", "s") == ["sarif"]
    assert offered("recpol", "lint", "--color", "=") == ["auto", "always", "never"]
    assert offered("recpol", "lint", "--strict", "--color", "n") == ["never"]
    assert offered("recpol", "rule", "conference-s") == ["conference-scope"]
    assert offered("recpol", "completion", "") == list(SCRIPTS)
    assert offered("recpol", "lint", "con") == [], "names of files are bash's own"
    assert offered("recpol", "nothing", "-") == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_shell_that_is_there_can_read_its_script(shell: Shell, tmp_path: Path, name: str) -> None:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"there is no {name}")
    (tmp_path / "script").write_text(shell("completion", name).out)
    done = subprocess.run([program, "-n", tmp_path / "script"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_text_ends_a_quote() -> None:
    odd = Taken(("-x", "--odd"), "it's [odd]: a \\ and $HOME", ("it",), files=False, valued=True, many=False)
    command = CommandHelp("odd", "isn't it: odd", (odd,), ())
    assert "'odd:isn'\\''t it: odd'" in zsh([command])
    assert "'(-x --odd)--odd=[it'\\''s \\[odd\\]\\: a \\\\ and $HOME]:value:(it)'" in zsh([command])
    assert "-d 'it\\'s [odd]: a \\\\ and $HOME'" in fish([command])
    assert "it's" not in bash([command])
