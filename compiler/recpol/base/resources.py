"""The files that belong to recpol itself, as text: the grammar, its compiled table, the JSON Schemas, the packs.

A wheel has them as package data in `recpol/data/`; a checkout has them where people read them, in `grammar/` and
`schemas/` and `packs/`, and keeps the compiled table beside the grammar.

Invariant: no other module of the core reads files; the table that is handed out was made from the grammar that is
handed out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache

from recpol.base.digest import digest

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
"""The folder of the package `recpol`."""

DATA = os.path.join(PACKAGE, "data")
"""Where a wheel keeps the files; a checkout has no such folder."""

CHECKOUT = os.path.dirname(os.path.dirname(PACKAGE))
"""The folder of the project, if this is a checkout."""

TABLE_FILE = ".recpol.table"


def packaged() -> bool:
    """Whether this is an installed wheel rather than a checkout."""
    return os.path.isdir(DATA)


def grammar_text() -> str:
    """The text of `recpol.lark`; raises `OSError` where the installation is broken."""
    return _read(_path("grammar", "recpol.lark"))


@cache
def schema_text(name: str) -> str:
    """The text of a JSON Schema by its short name: `svaml-classic`, `manifest`, `config`; raises `OSError`."""
    return _read(_path("schemas", f"{name}.schema.json"))


def pack_text(name: str) -> str | None:
    """The text of a clause pack; None where there is none of that name."""
    try:
        return _read(_path("packs", f"{name}.recpol")) if name in pack_names() else None
    except OSError:
        return None


@cache
def pack_names() -> tuple[str, ...]:
    """The names of the clause packs, in order."""
    folder = os.path.join(DATA if packaged() else CHECKOUT, "packs")
    try:
        return tuple(sorted(file.removesuffix(".recpol") for file in os.listdir(folder) if file.endswith(".recpol")))
    except OSError:
        return ()


def table_text(compile_: Callable[[str], str]) -> str:
    """The grammar's compiled table as text.

    An installed wheel carries it. In a checkout it is made by `compile_` (grammar text in, table text out) and kept
    until the grammar or the code that makes the table changes; a folder that cannot be written costs only time.
    """
    if packaged():
        return _read(os.path.join(DATA, "recpol.table"))
    grammar = grammar_text()
    made_from = _made_from(grammar)
    kept = os.path.join(CHECKOUT, "grammar", TABLE_FILE)
    try:
        first, _, table = _read(kept).partition("\n")
    except (OSError, UnicodeDecodeError):
        first = table = ""
    if first != made_from or not table:
        table = compile_(grammar)
        _keep(kept, f"{made_from}\n{table}")
    return table


def _path(folder: str, name: str) -> str:
    if packaged():
        return os.path.join(DATA, folder, name) if folder == "packs" else os.path.join(DATA, name)
    return os.path.join(CHECKOUT, folder, name)


def _read(path: str) -> str:
    with open(path, "rb") as file:
        return file.read().decode("utf-8")


def _made_from(grammar: str) -> str:
    """What tells one table from another: digests of the grammar and of the module that compiles it."""
    maker = _read(os.path.join(PACKAGE, "syntax", "table.py"))
    return " ".join(digest(text.encode()).hex() for text in (grammar, maker))


def _keep(path: str, text: str) -> None:
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        # A read-only checkout works too, it only compiles the grammar every time.
        try:
            os.unlink(temporary)
        except OSError:
            return
