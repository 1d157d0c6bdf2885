"""The `rules` files that a policy brings in with `use`.

Invariant: every `use` of every file that was read is in the result, with its file or with the reason why there is none;
a file is read once, however often it is used.
"""

from __future__ import annotations

from functools import lru_cache

from recpol.base.nearest import nearest
from recpol.base.record import Record
from recpol.base.resources import pack_names, pack_text
from recpol.base.source import Reader, Source, Span, Unreadable
from recpol.base.typing import Literal
from recpol.syntax import tree
from recpol.syntax.builders import read
from recpol.syntax.lexer import Token
from recpol.syntax.parser import SyntaxProblem


class Import(Record):
    """A file that was brought in: its tree, its tokens and comments, and what could not be read of it."""

    file: tree.File
    tokens: tuple[Token, ...]
    comments: tuple[Span, ...]
    problems: tuple[SyntaxProblem, ...]


class BadUse(Record):
    """A `use` that brings nothing in. `chain` is the way round for a cycle, `found` the header of a file that is no
    rules file."""

    use: tree.Use
    kind: Literal["unreadable", "cycle", "not-rules"]
    reason: str = ""
    help: str = ""
    chain: tuple[str, ...] = ()
    found: tree.Header | None = None


PACK = "pack:"
"""How the path of a pack begins, where others are those of files."""


def resolve_imports(file: tree.File, reader: Reader | None) -> tuple[tuple[Import, ...], tuple[BadUse, ...]]:
    """A file to all `rules` files and packs that it uses, directly or through others, and the uses that failed."""
    imports: dict[str, Import] = {}
    bad: list[BadUse] = []
    _visit(file, (file.source.path,), reader, imports, bad)
    return tuple(imports.values()), tuple(bad)


def _visit(
    at: tree.File, chain: tuple[str, ...], reader: Reader | None, imports: dict[str, Import], bad: list[BadUse]
) -> None:
    """Add what a file uses to `imports` and `bad`; `chain` are the paths that led to it, and its own."""
    for use in (statement for statement in at.statements if isinstance(statement, tree.Use)):
        if use.pack:
            pack = _pack(use.path.value)
            if pack is None:
                close = nearest(use.path.value, pack_names())
                help_ = f"did you mean `{close}`?" if close else "`recpol packs` lists the packs that there are"
                bad.append(BadUse(use, "unreadable", "there is no pack of that name", help_))
            elif pack.path not in imports:
                _take(use, pack, imports, bad)
            continue
        if reader is None:
            bad.append(BadUse(use, "unreadable", "there is no folder to look in", "give the policy as a file"))
            continue
        got = reader(use.path.value, at.source.path)
        if isinstance(got, Unreadable):
            bad.append(BadUse(use, "unreadable", got.reason, got.help))
        elif got.path in chain:
            bad.append(BadUse(use, "cycle", chain=(*chain[chain.index(got.path) :], got.path)))
        elif got.path not in imports:
            taken = _take(use, got, imports, bad)
            if taken is not None and len(chain) < 64:
                _visit(taken, (*chain, got.path), reader, imports, bad)


def _take(use: tree.Use, source: Source, imports: dict[str, Import], bad: list[BadUse]) -> tree.File | None:
    brought = _read(source)
    header = first_header(brought.file)
    if header is None or header.kind != "rules":
        bad.append(BadUse(use, "not-rules", found=header))
        return None
    imports[source.path] = brought
    return brought.file


@lru_cache(maxsize=64)  # the policies of a project use the same few
def _read(source: Source) -> Import:
    """What is brought in with a file: the same for all that use this very `Source`, which nothing changes."""
    file, parsed = read(source)
    return Import(file, parsed.tokens, parsed.comments, parsed.problems)


@lru_cache(maxsize=64)
def _pack(name: str) -> Source | None:
    """The text of a pack, which is a part of recpol; None where there is none of that name."""
    text = pack_text(name)
    return None if text is None else Source(f"{PACK}{name}", text)


def first_header(file: tree.File) -> tree.Header | None:
    """What a file begins with; only one that begins with `rules` can be used."""
    return next((statement for statement in file.statements if isinstance(statement, tree.Header)), None)
