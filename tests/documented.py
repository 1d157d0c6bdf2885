"""The shapes of SVAML that Sinch documents: for each a document of the project's own, with values of its own.

They lie in `tests/cases/json/documented`, so each stands beside what `recpol lint` prints about it. Which properties
stand together in official pages and SDKs, how they nest, how they are spelt, and what is left for readers to fill in,
is kept; words, numbers, names and places are invented. `documents.tsv` lists the files: what each is, and how many of
the official documents, as collected in 2026, have this shape.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "cases" / "json" / "documented"

WHAT = ("reply", "manage", "part", "callout", "conference", "event", "command", "webhook", "request")
"""What a document can be. The last three are of Voice API v2: a command alone, an answer, the body of a request.

`manage` is the body of a Manage Call request, `part` an instruction, an action or recording options alone.
"""


class Documented(NamedTuple):
    """One document: its file below the folder, what it is, how many official documents have its shape, and its text."""

    file: str
    what: str
    documents: int
    text: str

    @property
    def dialect(self) -> str:
        """`classic`, `v1` (the current API) or `v2`."""
        return self.file.partition("/")[0]

    @property
    def content(self) -> Any:
        """The document itself."""
        return json.loads(self.text)


@cache
def documented(*dialects: str, what: tuple[str, ...] = WHAT) -> tuple[Documented, ...]:
    """The documents of some dialects (without any: of all) that are one of some things, in the order of the list."""
    rows = [line.split("\t") for line in (FOLDER / "documents.tsv").read_text("utf-8").splitlines()[1:]]
    known = (Documented(file, kind, int(n), (FOLDER / file).read_text("utf-8")) for file, kind, n in rows)
    return tuple(one for one in known if one.what in what and (not dialects or one.dialect in dialects))
