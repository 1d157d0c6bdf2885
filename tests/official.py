"""The official SVAML documents, where they lie beside the project; nothing where they do not."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[2] / "shared" / "reference" / "examples"


class Official(NamedTuple):
    """One document: its file, its dialect and what it is, as the index says, and its text."""

    file: str
    dialect: str
    context: str
    text: str


def official() -> list[Official]:
    """All documents of the index."""
    index = FOLDER / "INDEX.tsv"
    if not index.is_file():
        return []
    rows = [line.split("\t") for line in index.read_text("utf-8").splitlines()[1:]]
    return [Official(row[0], row[1], row[2], (FOLDER / row[0]).read_text("utf-8")) for row in rows]
