"""Values known later: the `{{ … }}` notation inside strings.

The notation is a small, closed part of Jinja2's: one name and optional filters. Reading it here, with offsets, lets a
rule underline exactly the wrong part; `recpol.render` hands what was read to Jinja2's sandbox.

Invariant: `split` is total; its pieces, put together again, are the string.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.pattern import pattern
from recpol.base.record import Record

SCOPES = ("var", "env", "call", "start")
"""Known at compile time, at deployment, when the callback arrives, when the backend begins a call."""

FILTERS = ("e164", "urlencode", "default")

_OPEN = pattern(r"\{[{%#]")
_NAME = pattern(r"\s*([A-Za-z_][A-Za-z0-9_-]*(?:\s*\.\s*[A-Za-z_][A-Za-z0-9_-]*)*)\s*")
_FILTER = pattern(r"\|\s*([A-Za-z_][A-Za-z0-9_]*)\s*(\(\s*(?:(?:\"([^\"\\]*)\"|'([^'\\]*)')\s*)?\))?\s*")


class Placeholder(Record):
    """A well-formed placeholder: `scope.name` and its filters as (name, argument); offsets count in the string.

    `unique` is true where it is known that no two calls have the same value.
    """

    scope: str
    name: str
    filters: tuple[tuple[str, str | None], ...]
    start: int
    end: int
    unique: bool = False

    @property
    def text(self) -> str:
        """The placeholder as it stands in the output."""
        filters = "".join(f" | {name}" + ("" if arg is None else f"({_quoted(arg)})") for name, arg in self.filters)
        return f"{{{{ {self.scope}.{self.name}{filters} }}}}"

    @property
    def default(self) -> str | None:
        """The argument of its `default` filter, if it has one."""
        return next((arg for name, arg in self.filters if name == "default"), None)


def _quoted(text: str) -> str:
    """A filter's text in the quotes that it does not hold itself."""
    return f"'{text}'" if '"' in text else f'"{text}"'


class BadPlaceholder(Record):
    """Something that looks like a placeholder and is none: what is wrong, and what to write instead."""

    problem: str
    help: str
    start: int
    end: int


TextPiece = str | Placeholder | BadPlaceholder


def split(value: str) -> tuple[TextPiece, ...]:
    """A string to its constant parts and placeholders, in order."""
    if "{" not in value:
        return (value,) if value else ()
    pieces: list[TextPiece] = []
    at = 0
    while (found := _OPEN.search(value, at)) is not None:
        if found.start() > at:
            pieces.append(value[at : found.start()])
        placeholder = _placeholder(value, found.start()) if found.group() == "{{" else _block(value, found.start())
        pieces.append(placeholder)
        at = placeholder.end
    if at < len(value):
        pieces.append(value[at:])
    return tuple(pieces)


def _block(value: str, start: int) -> BadPlaceholder:
    mark = value[start + 1]
    closed = value.find(mark + "}", start + 2)
    kind = "a block" if mark == "%" else "a comment"
    help_ = "write one value as `{{ call.cli }}`; a policy has no blocks, loops or comments inside strings"
    return BadPlaceholder(f"`{{{mark}` starts {kind}", help_, start, len(value) if closed < 0 else closed + 2)


def _placeholder(value: str, start: int) -> Placeholder | BadPlaceholder:
    closed = value.find("}}", start + 2)
    if closed < 0:
        return BadPlaceholder("`{{` is not closed", "close it with `}}`", start, len(value))
    end = closed + 2

    def bad(problem: str, help_: str) -> BadPlaceholder:
        return BadPlaceholder(problem, help_, start, end)

    inside = value[start + 2 : closed]
    name = _NAME.match(inside)
    if name is None:
        return bad(
            f"`{{{{{inside}}}}}` has no name" if not inside.strip() else f"`{{{{{inside}}}}}` is not a value",
            "write `var.NAME`, `env.NAME`, `call.FIELD` or `start.NAME`",
        )
    parts = [part.strip() for part in name.group(1).split(".")]
    filters: list[tuple[str, str | None]] = []
    at = name.end()
    while at < len(inside):
        found = _FILTER.match(inside, at)
        if found is None:
            return bad(
                f"`{inside[at:].strip()}` is not understood after `{name.group(1)}`",
                "write one name and optional filters, for example `{{ call.cli | e164 }}`; expressions are not allowed",
            )
        argument = found.group(3) if found.group(3) is not None else found.group(4)
        if found.group(1) not in FILTERS:
            return bad(f"unknown filter `{found.group(1)}`", "use `e164`, `urlencode` or `default('…')`")
        if (found.group(1) == "default") != (argument is not None) or (found.group(2) and argument is None):
            return bad(
                f"the filter `{found.group(1)}` " + ("needs a text" if found.group(1) == "default" else "takes none"),
                "write `default('…')`" if found.group(1) == "default" else f"write `| {found.group(1)}`",
            )
        filters.append((found.group(1), argument))
        at = found.end()
    if parts[0] not in SCOPES or len(parts) < 2 or (parts[0] != "call" and len(parts) > 2):
        return bad(
            f"`{name.group(1)}` is not a value that recpol knows",
            "write `var.NAME` (known when compiling), `env.NAME` (at deployment), `call.FIELD` (from the callback) or "
            "`start.NAME` (what the backend gives when it begins the call)",
        )
    if parts[0] != "var" and "-" in "".join(parts):
        return bad(
            f"`{name.group(1)}` has a hyphen", "use letters, digits and `_` in the names of fields and variables"
        )
    return Placeholder(parts[0], ".".join(parts[1:]), tuple(filters), start, end)


def with_values(text: str, scope: str, values: Mapping[str, str]) -> str:
    """A text with the values of one scope in it; a placeholder without a value stays, or becomes its default."""
    if "{{" not in text:
        return text
    return "".join(_valued(piece, text, scope, values) for piece in split(text))


def _valued(piece: TextPiece, text: str, scope: str, values: Mapping[str, str]) -> str:
    if isinstance(piece, str):
        return piece
    written = text[piece.start : piece.end]
    if isinstance(piece, BadPlaceholder) or piece.scope != scope:
        return written
    value = values.get(piece.name, piece.default if values else None)
    if value is None:
        return written
    for name, argument in piece.filters:
        value = apply_filter(name, argument, value)
    return value


def apply_filter(name: str, argument: str | None, value: str) -> str:
    """One filter on a value that is there: `e164` adds a missing `+`, `urlencode` escapes all but `A-Za-z0-9_.-~`.

    `default` changes nothing here: it speaks only where the value is missing.
    """
    if name == "e164":
        return value if value.startswith("+") else "+" + value
    if name == "urlencode":
        from urllib.parse import quote

        return quote(value, safe="")
    return value
