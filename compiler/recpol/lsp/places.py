"""ColumnCount of the protocol to characters of a text, and back: lines from 0, columns in UTF-16 or in characters.

Invariant: total: a place outside a text is the nearest one inside.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from recpol.base.record import Record
from recpol.base.source import Source, Span
from recpol.base.typing import Any, Literal

Encoding = Literal["utf-16", "utf-32"]

LspObject = dict[str, Any]


class ColumnCount(Record):
    """How a client counts columns."""

    encoding: Encoding = "utf-16"

    def offset(self, source: Source, position: Mapping[str, Any]) -> int:
        """The character of a text that a position of the protocol names."""
        line, column = _count(position.get("line")), _count(position.get("character"))
        start = source.line_start(line + 1)
        text = source.line(line + 1)
        if self.encoding == "utf-32" or text.isascii():
            return start + min(column, len(text))
        units = 0
        for at, char in enumerate(text):
            if units >= column:
                return start + at
            units += 1 + (char > "\uffff")
        return start + len(text)

    def position(self, source: Source, offset: int) -> LspObject:
        """A character of a text as a position of the protocol."""
        line, column = source.position(offset)
        before = source.text[offset - column + 1 : offset]
        wide = 0 if self.encoding == "utf-32" or before.isascii() else sum(char > "\uffff" for char in before)
        return {"line": line - 1, "character": column - 1 + wide}

    def range(self, span: Span) -> LspObject:
        """A span as a range of the protocol."""
        return {"start": self.position(span.source, span.start), "end": self.position(span.source, span.end)}

    def changed(self, source: Source, change: Mapping[str, Any]) -> str:
        """A text after a change that a client tells of."""
        new = change.get("text")
        if not isinstance(new, str):
            return source.text
        where = change.get("range")
        if not isinstance(where, Mapping):
            return new
        start, end = (self.offset(source, where.get(key) or {}) for key in ("start", "end"))
        return source.text[:start] + new + source.text[max(start, end) :]


def _count(value: object) -> int:
    return min(max(value, 0), 1 << 31) if isinstance(value, int) and not isinstance(value, bool) else 0


def path_of(uri: str, *, windows: bool = os.name == "nt") -> str | None:
    """The path that a `file:` URI of this machine names; None for any other."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    path = unquote(parts.path)
    if windows and path[2:3] == ":":
        path = path[1:]
    return path if "\0" not in path else None


def uri_of(path: str, *, windows: bool = os.name == "nt") -> str:
    """An absolute path as a URI."""
    return "file://" + quote(("/" if path[1:2] == ":" else "") + path.replace("\\", "/") if windows else path)
