"""Stores as rules look at them: strings with their values in place, and URLs in the parts that the platform gives
meaning to.

A value that is known only when the policy runs may hold anything, even a `/`. It stands here as one `LATER`, and what
comes after it is taken for what it seems to be only where no value could change that.

Invariant: every part knows where it is written; what cannot be told is None, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from recpol.analysis.program import Program
from recpol.base.placeholder import BadPlaceholder, Placeholder
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.platform.storage import Storage, find_storage
from recpol.syntax import tree

LATER = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for a value that is known only later."""


class KnownText(Record):
    """A string as far as the compiler knows it: `var` values in place, one `LATER` for every other placeholder.

    `stretches` are its parts, each with where it begins and ends in the string as it is written, and whether it stands
    there as it is.
    """

    text: str
    node: tree.Text
    stretches: Sequence[tuple[str, int, int, bool]]

    @property
    def known(self) -> bool:
        """Whether the compiler knows all of it."""
        return LATER not in self.text

    def part(self, start: int, end: int) -> UrlPart:
        """The characters `start` up to `end`; a value from elsewhere stands at its placeholder."""
        return UrlPart(self.text[start:end], start, self)

    def span(self, start: int, end: int) -> Span:
        """Where the characters `start` up to `end` are written."""
        first = self._place(start)[0]
        return self.node.part(first, self._place(end - 1)[1] if end > start else first)

    def _place(self, at: int) -> tuple[int, int]:
        """Where a character is written, and where it ends; after the last one the end of the string."""
        for shown, begin, end, literal in self.stretches:
            if at < len(shown):
                return (begin + at, begin + at + 1) if literal else (begin, end)
            at -= len(shown)
        return len(self.node.value), len(self.node.value)


class UrlPart(Record):
    """A stretch of a string: its characters, and its offset in the `whole`."""

    text: str
    start: int
    whole: KnownText

    @property
    def span(self) -> Span:
        """Where it is written."""
        return self.whole.span(self.start, self.start + len(self.text))

    @property
    def known(self) -> bool:
        """Whether the compiler knows all of it."""
        return LATER not in self.text


class Destination(Record):
    """A store's URL.

    `scheme` is None where there is none or it is known only later; `storage` where no source documents the scheme.
    `names` are the parts that name a bucket, or an account and a container, as many as are written. `folder` is what
    stands between them and `file`, the last part of the path; both are None where they are empty or cannot be told.
    """

    written: KnownText
    scheme: UrlPart | None = None
    storage: Storage | None = None
    names: tuple[UrlPart, ...] = ()
    folder: UrlPart | None = None
    file: UrlPart | None = None


def readings(value: KnownText) -> Iterator[str]:
    """A string as far as it is known, and with the texts of `default` in place of what is known only later."""
    yield value.text
    for piece in value.node.pieces:
        for name, text in piece.filters if isinstance(piece, Placeholder) else ():
            if name == "default" and text:
                yield value.text.replace(LATER, text)


def written(program: Program, node: tree.Text, *, defaults: bool = False) -> KnownText:
    """A string of the policy as far as the compiler knows it; with `defaults` the text of a `default` counts, which
    stands in the output."""
    if (plain := node.plain) is not None:
        return KnownText(plain, node, ((plain, 0, len(plain), True),))
    stretches: list[tuple[str, int, int, bool]] = []
    at = 0
    for piece in node.pieces:
        if isinstance(piece, str):
            stretches.append((piece, at, at + len(piece), True))
            at += len(piece)
            continue
        value = None if isinstance(piece, BadPlaceholder) else program.variable(piece)
        if value is None and defaults and isinstance(piece, Placeholder):
            value = next((text for name, text in piece.filters if name == "default"), None)
        stretches.append((LATER if value is None else value, piece.start, piece.end, False))
        at = piece.end
    return KnownText("".join([shown for shown, *_ in stretches]), node, stretches)


def known_text(program: Program, node: tree.Text) -> str:
    """The characters of `written`."""
    values = (program.variable(piece) if isinstance(piece, Placeholder) else piece for piece in node.pieces)
    return "".join([value if isinstance(value, str) else LATER for value in values])


def destination(program: Program, url: tree.Text) -> Destination:
    """A store's URL in its parts."""
    whole = written(program, url)
    colon = whole.text.find("://")
    if colon < 0 or LATER in whole.text[:colon]:
        return Destination(whole)
    scheme = whole.part(0, colon)
    storage = find_storage(scheme.text)
    if storage is None or storage.scheme != scheme.text:
        return Destination(whole, scheme)
    parts = list(_split(whole, colon + len("://")))
    wanted = len(storage.names)
    names, path = tuple(parts[:wanted]), parts[wanted:]
    if not path:
        return Destination(whole, scheme, storage, names)
    file = path[-1]
    folder = whole.part(path[0].start, file.start) if path[0].start < file.start else None
    return Destination(whole, scheme, storage, names, folder, file if file.text else None)


def _split(whole: KnownText, at: int) -> Iterator[UrlPart]:
    """The parts between slashes from an offset on."""
    while (slash := whole.text.find("/", at)) >= 0:
        yield whole.part(at, slash)
        at = slash + 1
    yield whole.part(at, len(whole.text))


@lru_cache(maxsize=2)  # rules ask for those of the same program one after the other
def all_stores(program: Program) -> tuple[tree.Store, ...]:
    """The stores of a policy and of the rules files it uses, those defined twice too."""
    statements = (statement for file in program.files for statement in file.statements)
    return tuple(statement for statement in statements if isinstance(statement, tree.Store))


@lru_cache(maxsize=2)
def destinations(program: Program) -> tuple[tuple[tree.Store, Destination], ...]:
    """Every store that has a URL, with the URL in its parts."""
    urls = ((store, store.field("url")) for store in all_stores(program))
    written_down = ((store, url.value) for store, url in urls if url is not None)
    return tuple((store, destination(program, url)) for store, url in written_down if isinstance(url, tree.Text))
