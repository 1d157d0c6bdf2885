"""A reply document with placeholders to one that can be sent: values in, string by string.

    {"number": "{{ call.cli | e164 }}"}   and   {"cli": "46850020000"}   give   {"number": "+46850020000"}

Every placeholder is read by `recpol.base.placeholder` first, so nothing of a document ever becomes template code:
Jinja2's sandbox sees only the word `value` and the names of known filters.

Invariant: the structure of the document and its keys stay; a value stays data in the one string that it is put into; a
missing value is an error, never an empty text; no message holds a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from math import isfinite

from recpol.base.inline import inline_reply
from recpol.base.nearest import nearest
from recpol.base.placeholder import BadPlaceholder, Placeholder, apply_filter, split
from recpol.base.typing import TYPE_CHECKING, Any, Literal
from recpol.platform.storage import strays

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment


MAX_DEPTH = 300
"""How deep lists and objects of a document may nest; a reply has seven levels, a whole call of Voice API v2 many."""

MAX_FILTERS = 16
"""How many filters one placeholder may have."""

_SPELLINGS = {"callid": "callId", "callId": "callid"}
"""The platform's pages write this field of the callbacks in two ways."""

_PROMPTS = frozenset({"ids", "mainprompt", "repeatprompt", "introprompt", "holdprompt", "prompts"})
"""Properties (in lower case) that hold prompts: `#tts[…];#ssml[…];#href[…]` (Callback API page)."""

_LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_OPENING = re.compile(r"#(tts|ssml|href)\[")
_LONGEST_OPENING = len("#ssml[")

_MISSING = object()


class RenderError(ValueError):
    """A placeholder cannot be filled.

    `placeholder` is how it is written in the document, `path` the place of its string (`action.number`,
    `instructions[0].text`), `reason` what is wrong. The message says all three, and never a value.
    """

    def __init__(self, placeholder: str, path: str, reason: str, help: str = "") -> None:  # noqa: A002  as in findings
        message = f"`{placeholder}` at `{path}`: {reason}" if placeholder else f"at `{path}`: {reason}"
        super().__init__(message)
        self.placeholder = placeholder
        self.path = path
        self.reason = reason
        self.help = help


def render(
    document: Any,
    *,
    call: Mapping[str, Any] | None = None,
    env: Mapping[str, Any] | None = None,
    start: Mapping[str, Any] | None = None,
) -> Any:
    """A reply document to a new one, with every placeholder in its strings filled, as `recpol.render` says it.

    Raises `RenderError`, and `TypeError` for a document that is not JSON.
    """
    return _walk(document, (), "", {"call": _called(call or {}), "env": env or {}, "start": start or {}})


def _called(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `call` stands for: the payload of a callback; for an event of Voice API v2, the call that it holds."""
    inner = payload.get("call")
    return inner if isinstance(inner, Mapping) and "callid" not in payload else payload


Surrounding = Literal["", "prompt", "ssml"]
"""What a string is: plain text, a prompt in the mini-language, or SSML by itself (`format` of Voice API v2)."""


def _walk(part: Any, path: tuple[str | int, ...], kind: Surrounding, scopes: Mapping[str, Mapping[str, Any]]) -> Any:
    if isinstance(part, str):
        return _fill(part, path, kind, scopes) if "{" in part else part
    if len(path) > MAX_DEPTH:
        raise RenderError("", _written(path[:3]) + "…", f"the document is nested more than {MAX_DEPTH} deep")
    if isinstance(part, dict):
        ssml = part.get("format") == "SSML"
        return {key: _member(key, value, (*path, key), _kind(key, ssml=ssml), scopes) for key, value in part.items()}
    if isinstance(part, list):
        return [_walk(value, (*path, n), kind, scopes) for n, value in enumerate(part)]
    if part is None or isinstance(part, bool | int) or (isinstance(part, float) and isfinite(part)):
        return part
    if isinstance(part, float):
        raise TypeError(f"a document is made of what JSON has, which is not {part} (at {_written(path)})")
    raise TypeError(f"a document is made of what JSON has, not of {type(part).__name__} (at {_written(path)})")


def _member(
    key: object, value: Any, path: tuple[str | int, ...], kind: Surrounding, scopes: Mapping[str, Mapping[str, Any]]
) -> Any:
    """The value of a property; a reply that stands there as a string is filled as the document that it is."""
    inner = inline_reply(key, value)
    if inner is value:
        return _walk(value, path, kind, scopes)
    return json.dumps(_walk(inner, path, kind, scopes), ensure_ascii=False)


def _kind(key: object, *, ssml: bool) -> Surrounding:
    if ssml and key == "text":
        return "ssml"
    return "prompt" if isinstance(key, str) and key.lower() in _PROMPTS else ""


def _written(path: tuple[str | int, ...]) -> str:
    """A path as a person writes it: `instructions[0].text`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".") or "the document"


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _fill(text: str, path: tuple[str | int, ...], kind: Surrounding, scopes: Mapping[str, Mapping[str, Any]]) -> str:
    parts: list[str] = []
    before = _Before()
    for piece in split(text):
        match piece:
            case str():
                parts.append(piece)
            case BadPlaceholder():
                raise RenderError(_cut(text[piece.start : piece.end]), _written(path), piece.problem, piece.help)
            case Placeholder():
                shown = text[piece.start : piece.end]
                try:
                    value = _value(piece, scopes)
                    if kind:
                        _check_fit(value, before, kind)
                except _Refused as refused:
                    raise RenderError(shown, _written(path), refused.reason, refused.help) from None
                parts.append(value)
        if kind:
            before.add(parts[-1])
    filled = "".join(parts)
    if path and path[-1] == "destinationUrl" and strays(filled):
        reason = "with its values it has a part `.` or `..`, which leads out of the folder"
        raise RenderError(_cut(text), _written(path), reason, "take such parts out of the values")
    return filled


class _Refused(Exception):
    """Why a placeholder cannot be filled; becomes a `RenderError` where its place is known."""

    def __init__(self, reason: str, help_: str) -> None:
        super().__init__(reason)
        self.reason, self.help = reason, help_


def _value(placeholder: Placeholder, scopes: Mapping[str, Mapping[str, Any]]) -> str:
    """The text that a placeholder becomes."""
    if placeholder.scope not in scopes:
        raise _Refused(
            "it is known only when compiling", f"compile with `--var {placeholder.name}=…`, or set it in recpol.yaml"
        )
    value = _look_up(placeholder, scopes[placeholder.scope])
    defaults = any(name == "default" for name, _ in placeholder.filters)
    if value is _MISSING and not defaults:
        raise _Refused(*_missing(placeholder, scopes[placeholder.scope]))
    if value is not _MISSING:
        value = _as_text(value)
    if len(placeholder.filters) > MAX_FILTERS:
        raise _Refused(f"it has more than {MAX_FILTERS} filters", "take out those that change nothing")
    names = tuple(name for name, _ in placeholder.filters)
    return _pipeline(names)(value, [argument for _, argument in placeholder.filters])


def _look_up(placeholder: Placeholder, scope: Mapping[str, Any]) -> Any:
    if placeholder.scope in ("env", "start"):
        return scope.get(placeholder.name, _MISSING)
    at: Any = scope
    for n, name in enumerate(placeholder.name.split(".")):
        if not isinstance(at, Mapping):
            return _MISSING
        other = _SPELLINGS.get(name, name) if n == 0 else name
        at = at.get(name, at.get(other, _MISSING))
    return at


def _missing(placeholder: Placeholder, scope: Mapping[str, Any]) -> tuple[str, str]:
    near = None if "." in placeholder.name else nearest(placeholder.name, scope)
    guess = f"did you mean `{placeholder.scope}.{near}`?" if near is not None else ""
    if placeholder.scope == "env":
        return "there is no such value at deployment", guess or f"set `{placeholder.name}` in the environment"
    if placeholder.scope == "start":
        given = f"give it as `--start {placeholder.name}=…`, or `start=` in Python"
        return "the backend gave no such value when it began the call", guess or given
    if not scope:
        return "no callback is given", "give the payload of the callback that this reply answers"
    return "the callback has no such field", guess or 'write `| default("…")` if it may be absent'


def _as_text(value: Any) -> str:
    match value:
        case bool() | None:
            raise _Refused("its value is `true`, `false` or `null`, not a text or a number", "choose another field")
        case str():
            if any("\ud800" <= char <= "\udfff" for char in value):
                raise _Refused("its value is not valid Unicode", "give it as UTF-8")
            return value
        case int():
            return str(value)
        case float() if isfinite(value):
            return repr(value)
        case Mapping() | list() | tuple():
            raise _Refused(
                "its value has parts; it is not a text or a number", "name one part, as in `call.to.endpoint`"
            )
        case _:
            raise _Refused("its value is not a text or a number", "choose another field")


_NUMBER = re.compile(r"\+?[0-9]+")


@cache
def _sandbox() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    sandbox = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    sandbox.filters.update({name: _filter(name) for name in ("e164", "urlencode")})
    return sandbox


@lru_cache(maxsize=64)
def _pipeline(names: tuple[str, ...]) -> Callable[[Any, list[str | None]], str]:
    """Filters by name to a function of the value (or `_MISSING`) and their arguments, run in Jinja2's sandbox."""
    steps = (f"default(texts[{n}])" if name == "default" else name for n, name in enumerate(names))
    expression = _sandbox().compile_expression(" | ".join(["value", *steps]), undefined_to_none=False)

    def run(value: Any, texts: list[str | None]) -> str:
        known = {} if value is _MISSING else {"value": value}
        return str(expression(texts=texts, **known))

    return run


def _filter(name: str) -> Callable[[Any], Any]:
    """One of recpol's own filters for Jinja2; it leaves a missing value to the `default` that follows."""

    def apply(value: Any) -> Any:
        if name == "e164" and isinstance(value, str) and not _NUMBER.fullmatch(value):
            raise _Refused("its value is not a telephone number", "take out `e164`, or choose a field with a number")
        return apply_filter(name, None, value) if isinstance(value, str) else value

    return apply


class _Before:
    """What stands before a place in a prompt, as far as it matters there.

    Invariant: a prompt is read once, however many values go into it.
    """

    def __init__(self) -> None:
        self.opened = ""
        """The part of the prompt that is open: `tts`, `ssml`, `href`, or none."""
        self._length = self._begin = 0
        self._tag = self._tag_end = -1
        self._tail = ""

    def add(self, text: str) -> None:
        """Go on behind a text."""
        joined = self._tail + text
        offset = self._length - len(self._tail)
        closed = joined.rfind("]")
        if closed >= 0:
            self.opened = ""
        found = None if self.opened else _OPENING.search(joined, closed + 1)
        if found is not None:
            self.opened, self._begin = found[1], offset + found.start()
        if (tag := joined.rfind("<")) >= 0:
            self._tag = offset + tag
        if (tag_end := joined.rfind(">")) >= 0:
            self._tag_end = offset + tag_end
        self._length += len(text)
        self._tail = joined[max(closed + 1, len(joined) - _LONGEST_OPENING + 1) :]

    def in_tag(self, kind: Surrounding) -> bool:
        """Whether a tag of SSML is open; in a prompt, one of the part that is open."""
        return self._tag > self._tag_end and (kind == "ssml" or self._tag >= self._begin)


def _check_fit(value: str, before: _Before, kind: Surrounding) -> None:
    """Refuse a value that does not stay inside the part of a prompt that it goes into, after the text `before`."""
    if kind == "prompt":
        if "]" in value or ";" in value or not _LINE_BREAKS.isdisjoint(value):
            raise _Refused(
                "its value holds `]`, `;` or a line break, which would end this part of the prompt",
                "take these characters out of the value; use a `say` segment for free text",
            )
        if before.opened != "ssml":
            return
    if not set("<>&").isdisjoint(value):
        raise _Refused("its value holds `<`, `>` or `&`, which are markup in SSML", "write it as plain text")
    if before.in_tag(kind) and not set("\"'").isdisjoint(value):
        raise _Refused("its value holds a quote, inside an SSML tag", "write it as plain text")
