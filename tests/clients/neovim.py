"""Neovim, headless: what its own client shows of a policy, and whether its syntax is that of recpol's lexer."""

from __future__ import annotations

import json
from pathlib import Path

import grammars
from clients.part import HERE, ROOT, SERVER, Wrong, compare, program, project, ran, told
from recpol.syntax.lexer import JUNK, lex
from recpol.syntax.table import load_table

EXPECTED = {
    "diagnostics": ["unused-store"],
    "hint": "● recorded → calls",
    "hover": True,
    "lens": "✓ proven for every call",
    "renamed": ["    phase card @pan", "record agent except @pan to calls"],
    "action": True,
    "formatted": ["on ice {", "  answer"],
    "tokens": True,
    "filetype": "recpol",
}


def run(folder: Path) -> str:
    """Drive Neovim; raises `Missing` and `Wrong`."""
    neovim = program("nvim")
    policy = project(folder)
    plugin = ROOT / "editors" / "vim"
    start = [neovim, "-n", "--headless", "--clean", "-u", "NONE", "--cmd", f"set rtp^={plugin}"]
    output = ran(
        [*start, "--cmd", "filetype plugin on | syntax on", "-S", HERE / "neovim.lua"],
        folder,
        SERVER=json.dumps(SERVER),
        POLICY=str(policy),
    )
    compare(output, EXPECTED)
    count = _syntax(start, folder)
    return f"{told(output)['version']}; {count} words coloured as the lexer finds them"


def _syntax(start: list[str], folder: Path) -> int:
    """Compare the group of each word's first letter in every example policy; the number of words."""
    words = {}
    for path in sorted((ROOT / "policies").rglob("*.recpol")):
        text = path.read_text("utf-8")
        words[str(path)] = [
            [text.count("\n", 0, at) + 1, len(text[text.rfind("\n", 0, at) + 1 : at].encode()) + 1, group]
            for at, group in _groups(text)
        ]
    (folder / "words.json").write_text(json.dumps(words), "utf-8")
    output = ran(
        [*start, "--cmd", "filetype plugin on | syntax on", "-S", HERE / "neovim_syntax.lua"],
        folder,
        WORDS=str(folder / "words.json"),
    )
    wrong = told(output)["wrong"]
    if wrong:
        raise Wrong(f"Vim colours other words than recpol's lexer finds: {wrong[:5]}")
    return sum(map(len, words.values()))


def _groups(text: str) -> list[tuple[int, str]]:
    lexed = lex(text, load_table())
    found = [
        (start, grammars.vim_group(kind, text[start:end]))
        for kind, start, end in lexed.tokens
        if end > start and kind != JUNK
    ]
    return sorted([*found, *((start, "recpolComment") for start, _ in lexed.comments)])
