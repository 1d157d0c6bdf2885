"""The grammars of editors cut every policy of the project into the words that recpol's own lexer finds.

TextMate is run here by a small engine: at each place the pattern that fits first, of several the one that stands first.
Vim's and Emacs' own engines run theirs in `make clients`.
"""

from __future__ import annotations

import importlib
import json
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from pygments.lexers import LEXERS  # type: ignore[import-untyped]  # Pygments has no types
from pygments.token import Keyword, Name, String, Whitespace  # type: ignore[import-untyped]  # as above, no types

import grammars
from recpol.pygments import RecpolLexer
from recpol.syntax.lexer import JUNK, lex
from recpol.syntax.table import load_table

ROOT = Path(__file__).parents[1]
TEXTS = sorted(
    path for folder in ("policies", "tests/cases", "packs", "templates") for path in (ROOT / folder).rglob("*.recpol")
)
TABLE = load_table()
CLOSED = [path for path in TEXTS if not lex(path.read_text("utf-8"), TABLE).unclosed and path.stem != "line-ends"]
"""Where a string is not closed, editors guess its end in their own way; ends of lines are the editor's own business."""


class Word(NamedTuple):
    """Where a word is, and the scope it should have."""

    start: int
    end: int
    scope: str


def own_words(text: str) -> list[Word]:
    """What recpol's lexer finds; not what it could not read."""
    lexed = lex(text, TABLE)
    skipped = {start for _, start, _ in lexed.unclosed}
    words = [
        Word(start, end, _scope(kind, text[start:end]))
        for kind, start, end in lexed.tokens
        if end > start and kind != JUNK and start not in skipped
    ]
    words += [Word(start, end, grammars.SCOPES["COMMENT"]) for start, end in lexed.comments]
    return sorted(words)


def _scope(kind: str, word: str) -> str:
    if kind in grammars.SCOPES:
        return grammars.SCOPES[kind]
    if word[0].isalpha():
        return "keyword.control"
    return "punctuation.separator" if word in grammars.PUNCTUATION else "keyword.operator"


def textmate_words(text: str, rules: list[tuple[re.Pattern[str], str]]) -> list[Word]:
    """What a TextMate engine finds, line by line; not what the grammar calls invalid."""
    words = []
    offset = 0
    for line in text.splitlines(keepends=True):
        at = 0
        while True:
            found = [(match, scope) for regex, scope in rules if (match := regex.search(line, at))]
            if not found:
                break
            match, scope = min(found, key=lambda one: one[0].start())
            if not scope.startswith("invalid"):
                words.append(Word(offset + match.start(), offset + match.end(), scope))
            at = max(match.end(), at + 1)
        offset += len(line)
    return words


@pytest.fixture(scope="module")
def rules() -> list[tuple[re.Pattern[str], str]]:
    document = json.loads((ROOT / grammars.TEXTMATE).read_text("utf-8"))
    assert document["scopeName"] == "source.recpol"
    return [(re.compile(rule["match"]), rule["name"].removesuffix(".recpol")) for rule in document["patterns"]]


@pytest.mark.parametrize("path", CLOSED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_textmate_finds_the_words_of_the_lexer(path: Path, rules: list[tuple[re.Pattern[str], str]]) -> None:
    text = path.read_text("utf-8")
    assert textmate_words(text, rules) == own_words(text)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pygments_shows_the_text_and_the_words_of_the_lexer(path: Path) -> None:
    text = path.read_text("utf-8")
    found = list(RecpolLexer().get_tokens_unprocessed(text))
    assert "".join(word for _, _, word in found) == text
    assert all(text.startswith(word, at) for at, _, word in found)
    keywords = {word.start for word in own_words(text) if word.scope == "keyword.control"}
    assert {at for at, kind, _ in found if kind is Keyword} == keywords
    assert all(not word.strip("\ufeff \t\r\n\f") for _, kind, word in found if kind is Whitespace)


def test_the_entry_point_leads_to_the_lexer_and_its_names_are_free() -> None:
    points = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    (point,) = points["pygments.lexers"].values()
    module, _, name = point.partition(":")
    assert getattr(importlib.import_module(module), name) is RecpolLexer
    taken = {alias for _, _, aliases, _, _ in LEXERS.values() for alias in aliases}
    assert not taken & set(RecpolLexer.aliases)


def test_a_placeholder_and_an_escape_stand_out_in_a_string() -> None:
    found = [(kind, word) for _, kind, word in RecpolLexer().get_tokens_unprocessed('agent: say "a {{ var.B }}\\n" @t')]
    assert found[0] == (Name.Label, "agent")
    assert (String.Interpol, "{{ var.B }}") in found
    assert (String.Escape, "\\n") in found
    assert found[-1] == (Name.Decorator, "@t")


@pytest.mark.parametrize("text", ["", '"', "\x00", "é {", 'say "open {{', "on ice {\r\n", "\ufeffpolicy x", "-", "->-"])
def test_pygments_keeps_every_letter(text: str) -> None:
    assert "".join(word for _, _, word in RecpolLexer().get_tokens_unprocessed(text)) == text


def test_every_keyword_is_in_every_grammar() -> None:
    written = {name: (ROOT / name).read_text("utf-8") for name in grammars.grammars()}
    for word in grammars.keywords(TABLE):
        for name, text in written.items():
            assert re.search(rf"[\"|(:]{word}[\"|)]", text), f"{name} has no `{word}`"


@pytest.mark.parametrize(
    ("regex", "vim"),
    [
        ("[a-z](?:[a-z0-9]|-(?!>))*+", r"\C\v[a-z]%([a-z0-9]|-%(\>)@!)*"),
        (r"a(?=[ \t]*:)", r"\C\va%([ \t]*:)@="),
        (r"[a-z]{2,3}(?:\/[a-z]+)?", r"\C\v[a-z]{2,3}%(\/[a-z]+)?"),
        (r"#[^\n]*", r"\C\v#.*"),
        (r"\->", r"\C\v-\>"),
        ("@=", r"\C\v\@\="),
    ],
)
def test_expressions_are_written_for_vim(regex: str, vim: str) -> None:
    assert grammars.vim_regex(regex) == vim
