"""`keep recordings in`: whether every store in use lies where recordings may be kept.

Invariant: a placeholder whose value is known only later is never taken to match anything but `**` or a whole `*`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from recpol.analysis.program import Program
from recpol.analysis.variables import fact
from recpol.base.globs import Glob, GlobMaker
from recpol.base.placeholder import Placeholder
from recpol.platform.storage import decoded, is_root, strays
from recpol.prove.promised import used_stores
from recpol.prove.verdict import STRAYED, Verdict
from recpol.syntax import tree

MOST_CHARACTERS = 2_000
"""How long a URL may be of which something is proven."""

_HOLE = "\0"
"""Stands for a value known later; no URL contains it."""

_UNREAD = "what the platform makes of `%` and `//` is not documented"

_HEX = "0123456789ABCDEFabcdef"


@fact
def kept(program: Program, guarantee: tree.Keep) -> Verdict:
    """Every store in use has a URL that matches one of the patterns, whatever the URL may be read as. One that matches
    none, however it is read and whatever is filled in, breaks it, also beside others of which nobody knows."""
    used = used_stores(program)
    if not used:
        return Verdict(guarantee, "empty", "the policy records nothing")
    patterns = [_text(program, text) for text in guarantee.patterns]
    sure = _glob(tuple(pattern for pattern in patterns if _HOLE not in pattern))
    late = next((t.value for t, pattern in zip(guarantee.patterns, patterns, strict=True) if _HOLE in pattern), None)
    unsure: Verdict | None = None
    filled = False
    for name in used:
        field = program.names.stores[name].field("url")
        if field is None or not isinstance(field.value, tree.Text):
            unsure = unsure or Verdict(guarantee, "unknown", f"the store `{name}` has no URL")
            continue
        url = _text(program, field.value)
        inside, why = _inside(sure, url)
        if inside:
            filled = filled or _HOLE in url
        elif not why and not any(may_be_inside(pattern, url) for pattern in patterns):
            return Verdict(guarantee, "broken", f"the store `{name}` is somewhere else")
        else:
            told_by = "bad-destination" if why == STRAYED else ""
            if why or (late is None and _HOLE not in url):
                reason = f"in the URL of `{name}` {why or _UNREAD}"
            elif late is not None:
                reason = f"the pattern `{late}` is known only later"
            else:
                reason = f"the URL of `{name}` is known only {_when(field.value)}"
            unsure = unsure or Verdict(guarantee, "unknown", reason, told_by=told_by)
    if unsure is not None:
        return unsure
    return Verdict(guarantee, "proven", assumptions=("values-keep-the-folder",) if filled else ())


def may_be_inside(pattern: str, url: str) -> bool:
    """Whether a URL may lie within a pattern, by some reading and with some values in the place of what is known later:
    any text, which may hold `/`, `%` and `*`, and may belong to a `%XX` or a `//` with what stands beside it."""
    if _HOLE in url.partition("://")[0]:
        return True  # a value may bring the scheme, and with it another way to read the rest
    plain = decoded(url)
    readings = [url, plain, plain.replace("\\", "/")]
    if url.lower().startswith("sdrive://"):  # its folders are ignored, and a value may hold some
        files = [reading.rpartition("/")[2] for reading in readings]
        readings += ["sdrive://" + file[max(file.find(_HOLE), 0) :] for file in files]
    readings = [_loosened(reading) for reading in readings]
    readings += [_once(reading) for reading in readings]
    readings += [f"{reading}/" for reading in readings]
    glob = _glob((pattern.replace(_HOLE, "**"),))
    return any(glob.may_fit(reading, _HOLE) for reading in dict.fromkeys(readings))


def _loosened(url: str) -> str:
    """A URL without what may be read as one with a value that is known later: a `/` where another one stands behind an
    empty value, and parts of a `%XX`."""
    scheme, mark, path = url.partition("://")
    while _HOLE + _HOLE in path:
        path = path.replace(_HOLE + _HOLE, _HOLE)
    part, *others = path.split(_HOLE)
    parts: list[str] = []
    for after in others:
        part = part.rstrip("/") if after.startswith("/") else part
        begun = 1 if part.endswith("%") else 2 if part[-2:-1] == "%" and part[-1] in _HEX else 0
        parts.append(part[: len(part) - begun])
        part = after.lstrip(_HEX)
    return scheme + mark + _HOLE.join([*parts, part])


def _inside(glob: Glob, url: str) -> tuple[bool, str]:
    """Whether a URL lies within the patterns; where it may or may not, why nobody knows."""
    if strays(url):
        return False, STRAYED
    if is_root(url):
        url += "/"
    readings = [url, decoded(url), _once(decoded(url))]
    if url.lower().startswith("sdrive://"):
        readings.append("sdrive://" + url.rpartition("/")[2])  # its folders are ignored (Recording page)
    found = [glob.fits(reading) for reading in dict.fromkeys(readings)]  # most URLs read alike
    if any(found) and (odd := _odd(url)):
        return False, odd
    if all(found):
        return True, ""
    if any(found):
        return False, _UNREAD
    folder = not url.endswith("/") and glob.fits(f"{url}/")
    return False, "whether the last part, without `/` at its end, is a folder is not documented" if folder else ""


def _odd(url: str) -> str:
    """Why nothing is proven of a URL, however it is read."""
    if len(url) > MOST_CHARACTERS:
        return f"more than {MOST_CHARACTERS:,} characters are not looked at"
    if "%" in decoded(url, times=1):
        return "what the platform makes of a `%` that begins no code is not documented"
    return "what the platform makes of `\\` is not documented" if "\\" in decoded(url) else ""


def _once(url: str) -> str:
    """A URL whose path has single slashes."""
    scheme, mark, path = url.partition("://")
    while "//" in path:
        path = path.replace("//", "/")
    return scheme + mark + path


def _text(program: Program, text: tree.Text) -> str:
    """A URL or a pattern, with a mark for every part that is known only later or is not understood."""
    if (plain := text.plain) is not None:
        return plain
    parts: list[str] = []
    for piece in text.pieces:
        value = piece if isinstance(piece, str) else program.variable(piece) if isinstance(piece, Placeholder) else None
        parts.append(_HOLE if value is None else value)
    return "".join(parts)


def _when(text: tree.Text) -> str:
    """When all of a URL is known."""
    scopes = {piece.scope for piece in text.pieces if isinstance(piece, Placeholder)}
    if "start" in scopes:
        return "when the backend begins the call"
    return "when the call comes" if "call" in scopes else "at deployment"


@lru_cache(maxsize=4)  # many policies, and many tenants, are held against the same patterns
def _glob(patterns: Sequence[str]) -> Glob:
    """Patterns of URLs: `*` within a path part, `**` across parts; a value known later (may hold `/`) only across."""
    maker = GlobMaker(separators="/" + _HOLE)
    for pattern in patterns:
        maker.begin()
        at = 0
        while at < len(pattern):
            if pattern[at] != "*":
                maker.char(pattern[at])
                at += 1
            else:
                across = pattern.startswith("**", at)
                maker.any_text(within=not across)
                at += 1 + across
        maker.may_end()
    return maker.made()
