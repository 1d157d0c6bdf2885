"""JSON text to a tree with places, or to the one finding that says why it is no JSON.

The standard library's reader keeps neither places nor the second of two equal keys, and its complaints are about
characters. This one takes RFC 8259 and nothing more; where it stops it says what was written and what to write instead.
It reads on behind a slip, so that the fix mends each of that kind.

Invariant: reading is total on any text, and recursive no deeper than `MAX_DEPTH`.
"""

from __future__ import annotations

import re

from recpol.base.finding import Edit, Finding, Fix, Note
from recpol.base.jsontree import Array, JsonKind, JsonNode, JsonScalar, Member, Object
from recpol.base.record import replace
from recpol.base.source import BOM, Source, Span

MAX_DEPTH = 256
"""How deep objects and lists may nest; a reply has six levels."""


def read_json(source: Source) -> JsonNode | Finding:
    """A source to its tree, or to what keeps it from being JSON."""
    reader = _Reader(source)
    try:
        node = reader.document()
    except _Stop as stop:
        return reader.told(stop.finding)
    return node if reader.first is None else reader.told(reader.first)


class _Stop(Exception):
    def __init__(self, finding: Finding) -> None:
        self.finding = finding


_BLANK = re.compile(r"[ \t\r\n]*(//|/\*|#)?")
"""White space, and what begins a comment behind it."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LIKE_NUMBER = re.compile(r"[+-]?[0-9.][0-9A-Za-z.+-]*")
_WORD = re.compile(r"[A-Za-z_$][A-Za-z0-9_$.-]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_MEMBER = re.compile(
    r'"([^"\\\x00-\x1f]*)"[ \t\r\n]*:'
    r'(?:[ \t\r\n]*"([^"\\\x00-\x1f]*)"[ \t\r\n]*(?:,[ \t\r\n]*(?=")|(?=\})))?'
)
"""A key without an escape and its colon; and the value, where that is a string without one and another key follows, or
the end. Most members are so."""

_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX = re.compile(r"[0-9A-Fa-f]{4}")
_CURLY = "\u201c\u201d\u201e\u2018\u2019"
_MEANT = {"True": "true", "False": "false", "None": "null", "undefined": "null", "nil": "null", "NULL": "null"}
_MEANT |= {"TRUE": "true", "FALSE": "false", "yes": "true", "no": "false"}


class _Reader:
    """Takes the characters of one source in turn; `at` is the next one."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.first: Finding | None = None  # a slip that was read over
        self.kind = ""  # of the first one
        self.edits: list[Edit] = []  # that mend each slip of this kind
        self.at = int(source.text.startswith(BOM))

    def document(self) -> JsonNode:
        """The only value of the text."""
        self.blank()
        if self.at == len(self.text):
            raise self.stop("the file is empty", 'write a reply, for example `{"action": {"name": "Hangup"}}`', 0)
        node = self.value(0)
        self.blank()
        if self.at < len(self.text):
            more = self.text[self.at] in "{["
            what = "a second document in one file" if more else "text after the end of the document"
            help_ = "put each document into a file of its own" if more else "delete it, or check the braces above it"
            raise self.stop(what, help_, note=(node.span.source.span(node.span.end - 1, node.span.end), "it ends here"))
        return node

    def blank(self) -> None:
        """Skip white space, and comments."""
        while True:
            found = _BLANK.match(self.text, self.at)
            assert found is not None  # it matches nothing at all, too
            self.at = found.end()
            if found[1] is None:
                return
            self.at = found.start(1)
            line = self.text.find("\n", self.at)
            end = len(self.text) if line < 0 else line
            stop = self.stop("a comment, which JSON does not have", "delete it", end - self.at)
            if self.text.startswith("/*", self.at):
                raise stop
            stop.finding = replace(stop.finding, fixes=(Fix("delete it", (Edit(self.line(end), ""),)),))
            self.slip("comment", stop)
            self.at = end

    def slip(self, kind: str, stop: _Stop) -> None:
        """Note what is wrong and can be read over."""
        if self.first is None:
            self.first, self.kind = stop.finding, kind
        if kind == self.kind:
            self.edits += stop.finding.fixes[0].edits

    def told(self, last: Finding) -> Finding:
        """The first thing that is wrong: with a fix of all slips of its kind, where it is one."""
        one = self.first
        return last if one is None else replace(one, fixes=(replace(one.fixes[0], edits=tuple(self.edits)),))

    def line(self, end: int) -> Span:
        """From here to the end of the line: the whole line, if nothing is before."""
        start = self.text.rfind("\n", 0, self.at) + 1
        if self.text[start : self.at].strip() or end == len(self.text):
            return self.source.span(start + len(self.text[start : self.at].rstrip()), end)
        return self.source.span(start, end + 1)

    def value(self, depth: int) -> JsonNode:
        """The value that begins here."""
        char = self.text[self.at : self.at + 1]
        if char in ("{", "[") and char:
            if self.text.startswith(("{{", "{%"), self.at):
                help_ = "put it inside a string; a template that makes structure is no JSON until it is filled in"
                raise self.stop("a placeholder outside of a string", help_, 2)
            if depth == MAX_DEPTH:
                raise self.stop(f"more than {MAX_DEPTH} levels of nesting", "nest less deeply")
            return self.object(depth) if char == "{" else self.array(depth)
        if char == '"':
            return self.string()
        number, like = _NUMBER.match(self.text, self.at), _LIKE_NUMBER.match(self.text, self.at)
        if number is not None and like is not None and number.end() == like.end():
            return self.scalar("number", number.end())
        word = _WORD.match(self.text, self.at)
        if word is not None and word.group() in ("true", "false", "null"):
            return self.scalar("null" if word.group() == "null" else "boolean", word.end())
        return self.loose(char, word)

    def loose(self, char: str, word: re.Match[str] | None, what: str = "a value") -> JsonScalar:
        """What stands here in single quotes or without quotes, as it is meant; ends the reading at anything else."""
        stop = self.no_value(char, word, what)
        if not stop.finding.fixes or char == ",":
            raise stop
        self.slip("quotes" if char == "'" else "word", stop)
        meant, end = stop.finding.fixes[0].edits[0].text, stop.finding.span.end
        if meant.startswith('"'):
            return self.scalar("string", end, meant[1:-1])
        return self.scalar("null" if meant == "null" else "boolean", end, meant)

    def scalar(self, kind: JsonKind, end: int, value: str | None = None) -> JsonScalar:
        """What is written up to `end`, which is the value itself or writes this one."""
        start, self.at = self.at, end
        return JsonScalar(kind, self.text[start:end] if value is None else value, self.source.span(start, end))

    def array(self, depth: int) -> Array:
        """The list whose bracket is here."""
        start, items = self.at, list[JsonNode]()
        self.at += 1
        self.blank()
        while not self.text.startswith("]", self.at):
            items.append(self.value(depth + 1))
            self.separate(start, "]")
        self.at += 1
        return Array(tuple(items), self.source.span(start, self.at))

    def object(self, depth: int) -> Object:
        """The object whose brace is here."""
        start, members = self.at, list[Member]()
        self.at += 1
        self.blank()
        span = self.source.span
        while not self.text.startswith("}", self.at):
            plain = _MEMBER.match(self.text, self.at)
            if plain is not None:
                key = JsonScalar("string", plain[1], span(self.at, plain.end(1) + 1))
                self.at = plain.end()
                if plain[2] is not None:
                    value = JsonScalar("string", plain[2], span(plain.start(2) - 1, plain.end(2) + 1))
                    members.append(Member(key, value))
                    continue
            else:
                key = self.key(start)
                self.blank()
                if not self.text.startswith(":", self.at):
                    if self.text.startswith("=", self.at):
                        self.slip("=", self.stop("`=` between a key and its value", "write `:`", instead=":"))
                    else:
                        raise self.stop("a `:` is missing after this key", 'write `"KEY": VALUE`', place=key.span)
                self.at += 1
            self.blank()
            members.append(Member(key, self.value(depth + 1)))
            self.separate(start, "}")
        self.at += 1
        return Object(tuple(members), span(start, self.at))

    def key(self, opened: int) -> JsonScalar:
        """The key that begins here."""
        if self.text.startswith('"', self.at):
            return self.string()
        word = _WORD.match(self.text, self.at)
        if word is not None:
            said = f'"{word.group()}"'
            self.slip("key", self.stop("a key without quotes", f"write `{said}`", len(word.group()), instead=said))
            return self.scalar("string", word.end(), word.group())
        char = self.text[self.at : self.at + 1]
        if not char:
            raise self.unclosed(opened)
        return self.loose(char, None, "a key")

    def separate(self, opened: int, close: str) -> None:
        """Go past the comma after a value, or stop before the closing bracket."""
        end = self.at
        self.blank()
        char = self.text[self.at : self.at + 1]
        if char == ",":
            comma = self.at
            self.at += 1
            self.blank()
            if self.text[self.at : self.at + 1] in ("}", "]"):
                place = self.source.span(comma, comma + 1)
                self.slip(",", self.stop("a comma after the last value", "delete it", place=place, instead=""))
        elif char == close:
            return
        elif not char:
            raise self.unclosed(opened)
        elif char in "}]":
            here = self.source.span(opened, opened + 1)
            raise self.stop(
                f"`{char}` closes what `{here.text}` opened", f"write `{close}`", note=(here, "opened here")
            )
        elif char == ":":
            raise self.stop("a `:` where a comma or a bracket belongs", "check the quotes and braces before it")
        else:
            place = self.source.span(max(end - 1, 0), end)
            said = f"{place.text},"
            raise self.stop("a comma is missing after this value", "write `,` here", place=place, instead=said)

    def string(self) -> JsonScalar:
        """The string whose quote is here."""
        start = self.at
        run = _PLAIN.match(self.text, start + 1)
        if run is not None and self.text.startswith('"', run.end()):  # as most are: without an escape
            return self.scalar("string", run.end() + 1, run.group())
        parts: list[str] = []
        offsets: list[int] = []
        at = start + 1
        while True:
            run = _PLAIN.match(self.text, at)
            assert run is not None  # it matches nothing at all, too
            parts.append(run.group())
            offsets.extend(range(at, run.end()))
            at = run.end()
            char = self.text[at : at + 1]
            if char == '"':
                break
            if char != "\\":
                raise self.no_end(start, at, char)
            value, end = self.escape(at)
            parts.append(value)
            offsets.append(at)
            at = end
        offsets.append(at)
        self.at = at + 1
        return JsonScalar("string", "".join(parts), self.source.span(start, self.at), tuple(offsets))

    def escape(self, at: int) -> tuple[str, int]:
        """The character that a backslash at `at` writes, and where the text goes on."""
        letter = self.text[at + 1 : at + 2]
        if letter in _ESCAPES and letter:
            return _ESCAPES[letter], at + 2
        digits = _HEX.match(self.text, at + 2) if letter == "u" else None
        if digits is None:
            wrong = self.source.span(at, min(at + 2, len(self.text)))
            told = "write four hexadecimal digits after it" if letter == "u" else r"write `\\` for a backslash"
            told = "delete the backslash: Markdown needs it, JSON does not" if letter in ("_", "*", "'") else told
            raise self.stop(f"`{wrong.text}` is no escape", told, place=wrong)
        code = int(digits.group(), 16)
        low = _HEX.match(self.text, at + 8) if self.text.startswith("\\u", at + 6) else None
        if 0xD800 <= code < 0xDC00 and low is not None and 0xDC00 <= int(low.group(), 16) < 0xE000:
            return chr(0x10000 + (code - 0xD800) * 0x400 + int(low.group(), 16) - 0xDC00), at + 12
        if 0xD800 <= code < 0xE000:
            place = self.source.span(at, at + 6)
            raise self.stop(
                f"`{place.text}` is half a character", "write both halves, or the character itself", place=place
            )
        return chr(code), at + 6

    # What keeps a text from being JSON.

    def stop(
        self,
        message: str,
        help_: str,
        length: int = 1,
        *,
        place: Span | None = None,
        note: tuple[Span, str] | None = None,
        instead: str | None = None,
    ) -> _Stop:
        """The finding with which reading ends, at `place` or here; `instead` is what to write there."""
        end = min(self.at + length, len(self.text))
        notes = () if note is None else (Note(*note),)
        why = "" if note is not None else "the platform takes JSON (RFC 8259)"
        span = place or self.source.span(self.at, end)
        fixes = () if instead is None else (Fix(help_, (Edit(span, instead),)),)
        return _Stop(Finding(message, span, notes=notes, why=why, help=help_, fixes=fixes))

    def unclosed(self, opened: int) -> _Stop:
        """The text ends inside an object or list."""
        place = self.source.span(opened, opened + 1)
        close = "}" if place.text == "{" else "]"
        return self.stop(f"`{place.text}` is not closed", f"write `{close}` where it ends", place=place)

    def no_end(self, start: int, at: int, char: str) -> _Stop:
        """A string goes up to the end of its line, or holds a character that it must not hold."""
        if char in ("", "\n", "\r"):
            place = self.source.span(start, at)
            help_ = 'write `"` before the end of the line; a line break inside a string is `\\n`'
            return self.stop("the closing quote of this string is missing", help_, place=place)
        name = "a tab" if char == "\t" else f"the control character U+{ord(char):04X}"
        return self.stop(f"{name} inside a string", r"write `\t` or `\u…`", place=self.source.span(at, at + 1))

    def no_value(self, char: str, word: re.Match[str] | None, what: str = "a value") -> _Stop:
        """Something stands here that begins no value."""
        if char == "'":
            end = self.text.find("'", self.at + 1)
            length = end + 1 - self.at if end > 0 and "\n" not in self.text[self.at : end] else 1
            inner = self.text[self.at + 1 : self.at + length - 1]
            said = f'"{inner}"' if length > 1 and not set('"\\') & set(inner) else None
            return self.stop("a string in single quotes", "write it in double quotes", length, instead=said)
        if char and char in _CURLY:
            return self.stop("a typographic quote", 'write `"`: a word processor has changed it')
        if word is not None:
            meant = _MEANT.get(word.group())
            if meant is not None:
                what = f"`{word.group()}` is not JSON"
                return self.stop(what, f"write `{meant}`", len(word.group()), instead=meant)
            said = f'"{word.group()}"'
            return self.stop(f"`{word.group()}` without quotes", f"write `{said}`", len(word.group()), instead=said)
        number = _LIKE_NUMBER.match(self.text, self.at)
        if number is not None:
            help_ = "write it in quotes" if char in "+0" else "write for example `10` or `2.5`"
            return self.stop(f"`{number.group()}` is no number of JSON", help_, len(number.group()))
        if char == ",":
            return self.stop("a comma too many", "delete it", instead="")
        if not char:
            return self.stop("the text ends where a value belongs", "write the rest of the document")
        return self.stop(f"`{char}` where {what} belongs", f"write {what}, or delete what is too many")
