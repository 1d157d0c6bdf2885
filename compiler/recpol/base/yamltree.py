"""YAML text to a tree whose every node knows its place, and findings for what recpol does not take.

Of YAML this takes what a settings file needs: one document of maps, lists and scalars. Aliases, anchors and tags are
refused: they make a small file large, and nothing in `recpol.yaml` needs them. The text is read event by event with
PyYAML (its C parser where there is one), so that nothing is built before it has been looked at.

Invariant: reading is total; offsets count characters of `Source.text`, a byte order mark included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.deceiving import TURNS, WHY_TURNED, turned
from recpol.base.finding import Finding, Note
from recpol.base.record import Record
from recpol.base.source import BOM, Source, Span
from recpol.base.typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from yaml import YAMLError

MAX_DEPTH = 16
"""How deep maps and lists may nest; a settings file has three levels."""

YamlKind = Literal["text", "number", "bool", "null"]


class YamlScalar(Record):
    """A value without parts. `text` is what is written (without quotes); `kind` is YAML 1.1's reading of it."""

    text: str
    kind: YamlKind
    span: Span


class List(Record):
    """A list; the span begins at its first item or bracket and ends at its last item."""

    items: tuple[YamlNode, ...]
    span: Span


class Map(Record):
    """Keys and values in the order of the text, each key once."""

    pairs: tuple[tuple[YamlScalar, YamlNode], ...]
    span: Span


YamlNode = YamlScalar | List | Map

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


_KINDS: dict[str, YamlKind] = {
    "tag:yaml.org,2002:bool": "bool",
    "tag:yaml.org,2002:null": "null",
    "tag:yaml.org,2002:int": "number",
    "tag:yaml.org,2002:float": "number",
}


class _Stop(Exception):
    def __init__(self, finding: Finding) -> None:
        self.finding = finding


def read_yaml(source: Source) -> tuple[YamlNode | None, tuple[Finding, ...]]:
    """A source to its tree (none if it is empty or cannot be read) and what is wrong with it."""
    from yaml import YAMLError

    strange = _UNPRINTABLE.search(source.text)
    if strange is not None:
        what = f"a character that YAML does not allow: U+{ord(strange.group()):04X}"
        return None, (Finding(what, source.span(strange.start(), strange.end()), help="remove it"),)
    found = list(_turned(source))
    try:
        return _Reader(source, found).document(), tuple(found)
    except YAMLError as problem:
        return None, (_syntax(source, problem),)
    except _Stop as stop:
        return None, (*found, stop.finding)


def _turned(source: Source) -> Iterator[Finding]:
    """A character that is not seen and turns what follows: the first, in comments too."""
    found = TURNS.search(source.text)
    if found is not None:
        help_ = f"delete it, or write `\\u{ord(found[0]):04x}` in double quotes"
        yield Finding(turned(found[0]), source.span(found.start(), found.end()), why=WHY_TURNED, help=help_)


class _Reader:
    """Takes the events of one source in turn."""

    def __init__(self, source: Source, found: list[Finding]) -> None:
        import yaml

        self.source = source
        self.found = found
        self.shift = int(source.text.startswith(BOM))
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.events: Iterator[Any] = iter(yaml.parse(source.text[self.shift :], Loader=loader))
        self.resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = yaml.SafeLoader.yaml_implicit_resolvers

    def document(self) -> YamlNode | None:
        """The only document of the stream."""
        root: YamlNode | None = None
        for event in self.events:
            match type(event).__name__:
                case "DocumentStartEvent" if root is not None:
                    raise _Stop(Finding("a second document in one file", self.span(event), help="remove the `---`"))
                case "StreamStartEvent" | "StreamEndEvent" | "DocumentStartEvent" | "DocumentEndEvent":
                    pass
                case _:
                    root = self.node(event, 0)
        return root

    def node(self, event: Any, depth: int) -> YamlNode:
        """The node that begins with `event`."""
        span = self.span(event)
        kind = type(event).__name__
        if kind == "AliasEvent" or event.anchor:
            raise _Stop(Finding("an alias or anchor", span, help="write the value out where it is needed"))
        if event.tag not in (None, ""):
            raise _Stop(Finding("a tag", span, help="write the value without `!…`; quotes make it text"))
        if kind == "ScalarEvent":
            return YamlScalar(event.value, self.kind(event), span)
        if depth == MAX_DEPTH:
            raise _Stop(Finding(f"more than {MAX_DEPTH} levels of nesting", span, help="nest less deeply"))
        return self.map(span, depth) if kind == "MappingStartEvent" else self.list(span, depth)

    def list(self, span: Span, depth: int) -> List:
        """The list whose start was just taken."""
        items: list[YamlNode] = []
        while type(event := next(self.events)).__name__ != "SequenceEndEvent":
            items.append(self.node(event, depth + 1))
        return List(tuple(items), span.to(items[-1].span) if items else span)

    def map(self, span: Span, depth: int) -> Map:
        """The map whose start was just taken; the first of two equal keys counts."""
        pairs: dict[str, tuple[YamlScalar, YamlNode]] = {}
        last = span
        while type(event := next(self.events)).__name__ != "MappingEndEvent":
            key, value = self.node(event, depth + 1), self.node(next(self.events), depth + 1)
            last = value.span
            if not isinstance(key, YamlScalar):
                self.found.append(Finding("a key that is not a plain word", key.span, help="write `NAME: VALUE`"))
            elif key.text in pairs:
                first = Note(pairs[key.text][0].span, "written here first")
                self.found.append(
                    Finding(f"the key `{key.text}` twice", key.span, notes=(first,), help="keep one of the two")
                )
            else:
                pairs[key.text] = (key, value)
        return Map(tuple(pairs.values()), span.to(last))

    def kind(self, event: Any) -> YamlKind:
        """What an untagged scalar is in YAML 1.1; quoted and block scalars are always text."""
        if not event.implicit[0]:
            return "text"
        text: str = event.value
        for tag, pattern in self.resolvers.get(text[:1], []) + self.resolvers.get(None, []):
            if pattern.match(text):
                return _KINDS.get(tag, "text")
        return "text"

    def span(self, event: Any) -> Span:
        """Where an event stands."""
        return self.source.span(event.start_mark.index + self.shift, event.end_mark.index + self.shift)


def _syntax(source: Source, problem: YAMLError) -> Finding:
    """PyYAML's complaint in plain words; its two parsers word the same complaint differently."""
    shift = int(source.text.startswith(BOM))
    said: str = getattr(problem, "problem", None) or ""
    mark, context = getattr(problem, "problem_mark", None), getattr(problem, "context_mark", None)
    at = min(mark.index + shift, len(source.text)) if mark is not None else 0
    opened = min(context.index + shift, len(source.text)) if context is not None else at
    char = source.text[at : at + 1]

    def finding(message: str, help_: str, start: int = at, length: int = 1) -> Finding:
        return Finding(message, source.span(start, min(start + length, len(source.text))), help=help_)

    if "cannot start any token" in said and char == "\t":
        return finding("a tab before the text", "indent with spaces: YAML does not allow tabs")
    if "cannot start any token" in said:
        return finding(f"a value that begins with `{char}`", "put the value in quotes")
    if "mapping values are not allowed" in said:
        return finding(
            "a `:` where no key can be", "put a value that holds `: ` in quotes, or check how the lines are indented"
        )
    if "',' or" in said:
        return finding(f"`{source.text[opened]}` is not closed", "close it, or put a comma between its parts", opened)
    if "end of stream" in said:
        return finding("a quote that is not closed", f"close it with `{source.text[opened]}`", opened)
    if "escape" in said:
        return finding(
            "an unknown escape in a double-quoted text", r"write `\\` for a backslash, or use single quotes", opened
        )
    return finding("this is not valid YAML", "check the indentation and the punctuation here and in the line above")
