"""Texts to the ranges in them that may be secrets: by what they look like, and by where they stand.

By look: access keys of AWS (AKIA…), account keys of Azure (base64 of 64 bytes), keys of Google, private keys, tokens of
well-known services, signatures in URLs, the user part of URLs and of SIP addresses, and any long text in which letters
and digits change as they do in random ones. By place: what follows a word that names a secret (`credentials`,
`password`, `token`, …), also one that is misspelt, or set off by `:` or `=` where that is wrong.

Invariant: linear in the text, whatever is in it; more may be hidden than is secret, and the text around it never is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise, repeat
from operator import contains

from recpol.base.pattern import pattern

Range = tuple[int, int]
"""Characters `start` up to, not including, `end` of a text."""

DOTS = "......"
"""What stands for a hidden range, however long it is."""

_BEGINS = (
    *("-----BEGIN ", "AKIA", "ASIA", "ABIA", "ACCA", "AIza", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    *("glpat-", "xox", "sk_live_", "rk_live_", "sk-", "ya29", "GOOG1", "eyJ"),
)
"""What stands in all that `_LOOKS` finds."""

_LOOKS = pattern(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"
    r"|(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}"
    r"|(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{30,}"
    r"|(?<![A-Za-z0-9])(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|sk_live_|rk_live_|sk-|ya29\.|GOOG1)"
    r"[A-Za-z0-9_.-]{16,}"
    r"|(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8}[A-Za-z0-9_.-]{8,}"
)
"""What begins as keys and tokens do: documented forms of their makers."""

_RUN = pattern(r"[A-Za-z0-9+/=_-]{24,}")
_DIGIT = pattern(r"[0-9]")
_USER = pattern(r"(?:/|(?<=[A-Za-z0-9]:))/[^\n\"'`/@{}<>]{1,200}(?:@[^\n\"'`/@{}<>]{1,200}){0,4}@")
_SIP_USER = pattern(
    r"(?<![\w./+-])(?:sips?[ \t]{0,3}:)?[\w.+~-]{1,64}[ \t]{0,3}:[ \t]{0,3}([^\s\"'`@{}<>/:,;]{1,256})@(?=[\w\[])"
)
_QUERY = pattern(
    r"[?&;](?:[\w.-]{0,40}(?:sig|signature|token|secret|key|password|credential)[\w.-]{0,40})=", re.IGNORECASE
)
_CALLED = (
    r"cred|entials|dentia|secret|passw|passphrase|kennwort|geheim|pwd|token|api[_-]?key|access[_-]?key|account[_-]?key"
    r"|private[_-]?key|connection[_-]?string|signature|authorization|bearer"
)
_NAMES = pattern(_CALLED, re.IGNORECASE)
_SMALL_NAMES = pattern(_CALLED)
"""For a text without capitals, through which Python goes in a tenth of the time."""
_FIELD = pattern(r"cred|entials|dentia", re.IGNORECASE)
_GAP = pattern(
    r"(?:\\*[\"'`\u2018\u2019\u201c\u201d])?[ \t]{0,40}(?P<sign>:|=>|=|->)?[ \t]{0,40}(?P<env>env\b[ \t]{0,40})?"
)
_LATER = pattern(r"(?:\{\{[^{}]{0,200}\}\}|[:\s])*\Z")
_PLAIN = pattern(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_PLAIN_HEX = pattern(r"[0-9a-f]+\Z")
_CLOSERS = {'"': '"', "'": "'", "`": "`", "\u2018": "\u2019", "\u201c": "\u201d", "\u201e": "\u201c"}
_TRIVIAL = frozenset({"true", "false", "null", "none", "yes", "no", "string", "env", "error", "warning", "info", "off"})
_ALLOWS = pattern(r"#[ \t]*allow[ \t]+[a-z0-9-]*\Z")
LONGEST_RULE = 60
_TOKEN_END = pattern(r"[\s\"'`,;{}<>\\]")
_QUERY_END = pattern(r"[\s\"'`,;&{}<>\\?]")
_OPENS = pattern(r"[ \t]*[\[({]")
_BRACKETS = pattern(r"[\[\]{}]")
_VALUES = pattern(r"([^\n\"'`,:{}\[\]]{1,200})[\"']?[ \t]{0,9}(:?)")
_FILLED = pattern(r"\{\{[^{}]{0,200}\}\}")
_YAML_KEY = pattern(r"(?P<indent>[ \t]{0,200}(?:-[ \t]{1,9})?)[\"']?[\w.-]{0,100}\Z")
_YAML_LINE = pattern(r"(?P<indent>[ \t]{0,200})(?:(?P<item>-[ \t])|[\"']?[\w.-]{1,100}[\"']?[ \t]{0,9}:(?=[ \t\n]|\Z))")
_BARE_END = pattern(r"[\n\"'`,;{}<>]|[ \t]#")


@lru_cache(maxsize=2)  # what hides them in words and what hides them in lines ask one after the other
def secret_ranges(text: str) -> tuple[Range, ...]:
    """The ranges of a text that may be secrets, by look and by place, in order, those that meet made one."""
    return joined([*by_look(text), *_by_place(text)])


def by_look(text: str) -> Iterator[Range]:
    """The ranges that look like secrets wherever they stand."""
    at = 0
    for found in _LOOKS.finditer(text) if _has_sign(text) else ():
        if found.start() < at:
            continue
        if found[0].startswith("-----"):
            end = text.find("-----END", found.end())
            at = text.find("-----", end + 8) + 5 if end >= 0 else 0
            at = at if at > found.end() else len(text)
        else:
            at = _token_end(text, found.end())
        yield found.start(), at
    at = 0
    for found in _RUN.finditer(text):
        if found.start() >= at and _random(found[0]):
            at = _token_end(text, found.end())
            yield found.start(), at
    for found in _USER.finditer(text):
        slashes = 2 if found[0].startswith("//") else 1  # as a path, an address has one: `s3:/user:password@bucket`
        yield found.start() + slashes, found.end() - 1
    for found in _SIP_USER.finditer(text) if "@" in text else ():
        yield found.span(1)  # `user:password@host` keeps its user
    for found in _QUERY.finditer(text):
        stop = _QUERY_END.search(text, found.end())
        yield found.end(), len(text) if stop is None else stop.start()


_PASSWORD = pattern(r"//[^\s\"'`/@{}<>:]{0,200}:([^\s\"'`/@{}<>]{1,200})@")
_AUTHORIZING = ("authorization", "proxy-authorization")
_AUTHORIZATION = pattern(r"(?:(?:bearer|basic|token|digest|apikey|key)[ \t]{1,9})?([^\s\"'`{}]{6,})\Z", re.IGNORECASE)


def evident(text: str) -> Iterator[Range]:
    """The ranges of any text that are secrets beyond doubt: keys and tokens in the forms of their makers, and passwords
    in URLs."""
    for found in _LOOKS.finditer(text):
        yield found.start(), _token_end(text, found.end())
    yield from (found.span(1) for found in _PASSWORD.finditer(text))


def certain(name: str, text: str) -> Iterator[Range]:
    """The ranges of a value that are secrets beyond doubt: what is evident, passwords in SIP addresses, and what a
    header `Authorization` holds; `name` is what the value is called."""
    yield from evident(text)
    for found in _SIP_USER.finditer(text):
        if text[found.start() : found.start(1)].rstrip(": \t").lower() not in ("sip", "sips"):  # the scheme is no user
            yield found.span(1)
    if name.lower() in _AUTHORIZING and (value := _AUTHORIZATION.match(text)):
        yield value.span(1)


def is_harmless(name: str, text: str) -> bool:
    """Whether nothing in a value can be what `certain` finds: most texts have no sign of it, and this is soon told."""
    return "@" not in text and not _has_sign(text) and name.lower() not in _AUTHORIZING


def _has_sign(text: str) -> bool:
    """Whether a text holds what each of `_LOOKS` begins with."""
    return any(map(contains, repeat(text), _BEGINS))


def likely(name: str, text: str) -> Iterator[Range]:
    """The ranges of a header, cookie or address that are probably secrets: what looks random, what a query calls a
    secret, and the whole value where its name says so and no plain word stands there."""
    for found in _RUN.finditer(text):
        if _random(found[0]):
            yield found.start(), _token_end(text, found.end())
    for found in _QUERY.finditer(text):
        stop = _QUERY_END.search(text, found.end())
        yield found.end(), len(text) if stop is None else stop.start()
    if _NAMES.search(name) and len(text.strip()) >= SHORTEST and not text.strip().isalpha():
        yield 0, len(text)


SHORTEST_NAMED = 4
"""How long a value is that may be a secret by what it is called."""

SHORTEST = 8
"""How long a value is that may be a secret."""


def masked(text: str) -> str:
    """A text with what looks like a secret as dots; for texts in which nothing stands in the place of one."""
    return with_dots(text, joined(by_look(text)))


def with_dots(text: str, ranges: Iterable[Range]) -> str:
    """A text with dots in the place of ranges, which come in order and do not meet."""
    parts: list[str] = []
    at = 0
    for start, end in ranges:
        parts += [text[at:start], DOTS]
        at = end
    return "".join([*parts, text[at:]])


def joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Ranges in order, those that meet made one, empty ones left out."""
    found: list[Range] = []
    for start, end in sorted(one for one in ranges if one[0] < one[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _token_end(text: str, end: int) -> int:
    """The next blank or quote: what stands before it belongs to the secret, as in `key:secret:region`."""
    stop = _TOKEN_END.search(text, end)
    return len(text) if stop is None else stop.start()


def _random(run: str) -> bool:
    """Whether letters in both cases and digits change as often as they do in random texts, and not as in words."""
    if run in (run.lower(), run.upper()) or not _DIGIT.search(run):
        return False
    kinds = ["d" if c.isdigit() else "u" if c.isupper() else "l" for c in run if c.isalnum()]
    changes = sum(one != other for one, other in pairwise(kinds))
    return len(kinds) >= 20 and changes * 100 > len(kinds) * 33


def _by_place(text: str) -> Iterator[Range]:
    at = 0
    # Small letters stand where the capitals did, in ASCII.
    for found in _SMALL_NAMES.finditer(text.lower()) if text.isascii() else _NAMES.finditer(text):
        if found.start() < at:
            continue
        end = found.end()
        while end < len(text) and (text[end].isalnum() or text[end] in "_-"):
            end += 1
        value = _value(text, found.start(), end, field=_FIELD.match(found[0]) is not None)
        if _ALLOWS.search(text, max(found.start() - LONGEST_RULE, 0), found.start()) is not None:
            value = None  # `# allow literal-credentials: reason` names a rule
        at = end
        if value is not None:
            yield value
            at = max(end, value[1])


def _value(text: str, named: int, after: int, *, field: bool) -> Range | None:
    """The value that a name is followed by, or None where nothing stands in its place; it begins at `named`."""
    gap = _GAP.match(text, after)
    assert gap is not None, "every part of the pattern may be missing"
    start = gap.end()
    spaced = start > after and text[start - 1] in " \t"
    beside = spaced and text[after : after + 1] in _CLOSERS and text[start : start + 1] in _CLOSERS  # `"token" "…"`
    if gap["sign"] and (held := _held(text, named, start)) is not None:
        return held
    if start >= len(text) or not (gap["sign"] or beside or (field and (spaced or gap["env"]))):
        return _typed(text, start) if spaced and gap["env"] is None else None
    if gap["sign"] and _OPENS.match(text, start):
        return None  # nothing, or a placeholder
    slashes = 0
    while start + slashes < len(text) and text[start + slashes] == "\\":
        slashes += 1
    opened = text[start + slashes : start + slashes + 1]
    if opened in _CLOSERS and opened:
        begin = start + slashes + 1
        stop = _closing(text, begin, _CLOSERS[opened], escaped=slashes > 0)
    elif gap["sign"] is None:
        end = _TOKEN_END.search(text, start)
        begin, stop = start, len(text) if end is None else end.start()
        if gap["env"] is None and not any(sign in text[begin:stop] for sign in ":/+="):
            return None
    else:
        end = _BARE_END.search(text, start)
        begin, stop = start, len(text) if end is None else end.start()
    value = text[begin:stop].strip()
    if len(value) < SHORTEST_NAMED or value.lower() in _TRIVIAL or _LATER.match(value) or value[0] in "[({":
        return None
    if (gap["env"] or value.startswith("env ")) and _PLAIN.match(value.removeprefix("env ").strip()):
        return None
    return begin, stop


def _held(text: str, named: int, start: int) -> Range | None:
    """The list or map of values at a place, in brackets or in lines of their own; `named` is where its name begins."""
    if text.startswith(("[", "{"), start) and not text.startswith("{{", start):
        line = text.find("\n", start)
        end = _pairs(text).get(start, len(text) if line < 0 else line)
        return (start + 1 if _holds_one(text[start:end]) else end, end)
    if not text.startswith("\n", start):
        return None
    key = _YAML_KEY.match(text, text.rfind("\n", 0, named) + 1, named)
    end = start
    while text.startswith("\n", end):
        inner = _YAML_LINE.match(text, end + 1)
        if inner is None or not (inner["item"] or (key is not None and len(inner["indent"]) > len(key["indent"]))):
            break
        line = text.find("\n", end + 1)
        end = len(text) if line < 0 else line
    return (start + 1, end) if end > start else None


def _holds_one(inside: str) -> bool:
    """Whether something in a list, or in a map, can be a secret by what it is called."""
    if "{" not in inside:
        return bool(inside.strip("[ \t\n"))
    values = (one[1].strip() for one in _VALUES.finditer(_FILLED.sub("", inside)) if not one[2])
    return any(len(value) >= SHORTEST_NAMED and value.lower() not in _TRIVIAL for value in values)


@lru_cache(maxsize=2)
def _pairs(text: str) -> Mapping[int, int]:
    """Where each bracket of a text that is opened is closed."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for bracket in _BRACKETS.finditer(text):
        if bracket[0] in "[{":
            opened.append(bracket.start())
        elif opened:
            found[opened.pop()] = bracket.start()
    return found


def _typed(text: str, start: int) -> Range | None:
    """The word at a place, if it mixes letters and digits as passwords do: `password hunter2` only lacks its sign."""
    stop = _TOKEN_END.search(text, start)
    word = text[start : len(text) if stop is None else stop.start()]
    mixed = len(word) >= SHORTEST and word.isalnum() and word != word.upper() and not word.isalpha()
    return (start, start + len(word)) if mixed and not _PLAIN_HEX.match(word) else None


def by_column(text: str) -> Iterator[Range]:
    """The cells of a table that stand below a name of secrets; of a row with quotes, or with another number of cells,
    all that comes after its first."""
    head, _, _ = text.partition("\n")
    sign = max(",;\t", key=head.count)
    names = head.split(sign)
    secret = [number for number, name in enumerate(names) if _NAMES.search(name)]
    at, quoted = len(head) + 1, False
    while secret and at < len(text):
        end = text.find("\n", at)
        line = text[at : len(text) if end < 0 else end]
        if quoted or '"' in line or line.count(sign) != head.count(sign):
            yield at + (0 if quoted else line.find(sign) + 1), at + len(line)
            quoted ^= line.count('"') % 2 == 1
        else:
            start = at
            for number, cell in enumerate(line.split(sign)):
                if number in secret:
                    yield start, start + len(cell)
                start += len(cell) + 1
        at += len(line) + 1


def _closing(text: str, begin: int, closer: str, *, escaped: bool) -> int:
    """Where a string ends: at its closing quote, or with its line."""
    line = text.find("\n", begin)
    limit = len(text) if line < 0 else line
    at = begin
    while at < limit:
        if text[at] == closer:
            return at
        if text[at] == "\\":
            if escaped and text[at + 1 : at + 2] == closer:
                return at
            at += 1
        at += 1
    return limit
