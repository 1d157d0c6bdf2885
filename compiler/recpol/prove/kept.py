"""`keep recordings in`: whether every store in use lies where recordings may be kept.

Invariant: a placeholder whose value is known only later is never taken to match anything but `**` or a whole `*`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from recpol.analysis.program import Program
from recpol.analysis.variables import fact
from recpol.base.globs import Glob, GlobMaker
from recpol.base.placeholder import BadPlaceholder, Placeholder
from recpol.platform.storage import decoded, is_root, strays
from recpol.prove.verdict import STRAYED, Verdict
from recpol.syntax import tree

MOST_CHARACTERS = 2_000
"""How long a URL may be of which something is proven."""

_HOLE = "\0"
"""Stands for a value known later; no URL contains it."""


@fact
def kept(program: Program, guarantee: tree.Keep) -> Verdict:
    """Every store in use has a URL that matches one of the patterns, whatever the URL may be read as."""
    decided = [d for steps in program.decisions.steps for d in (*steps.call, *steps.conference)]
    used = list(dict.fromkeys(d.store for d in decided if d.store is not None))
    if not used:
        return Verdict(guarantee, "empty", "the policy records nothing")
    unsure = ""
    patterns: list[str] = []
    for text in guarantee.patterns:
        if program.constant(text) is None:
            unsure = f"the pattern `{text.value}` is known only later"
        patterns.append(program.fill(text))
    glob = _glob(tuple(patterns))
    filled = False
    told_by = ""
    for name in used:
        field = program.names.stores[name].field("url")
        if field is None or not isinstance(field.value, tree.Text):
            return Verdict(guarantee, "unknown", f"the store `{name}` has no URL")
        url, open_ = _url(program, field.value)
        inside, why = _inside(glob, url)
        if inside:
            filled = filled or open_
        elif unsure or open_:
            when = "when the call comes" if _from_call(field.value) else "at deployment"
            unsure = unsure or why or f"the URL of `{name}` is known only {when}"
        elif why:
            unsure = f"in the URL of `{name}` {why}"
            told_by = "bad-destination" if strays(url) else ""
        else:
            return Verdict(guarantee, "broken", f"the store `{name}` is somewhere else")
    if unsure:
        return Verdict(guarantee, "unknown", unsure, told_by=told_by)
    return Verdict(guarantee, "proven", assumptions=("values-keep-the-folder",) if filled else ())


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
        return False, "what the platform makes of `%` and `//` is not documented"
    folder = glob.fits(f"{url}/")
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


def _url(program: Program, text: tree.Text) -> tuple[str, bool]:
    parts: list[str] = []
    open_ = False
    for piece in text.pieces:
        value = piece if isinstance(piece, str) else program.variable(piece) if isinstance(piece, Placeholder) else None
        open_ = open_ or value is None or isinstance(piece, BadPlaceholder)
        parts.append(_HOLE if value is None else value)
    return "".join(parts), open_


def _from_call(text: tree.Text) -> bool:
    return any(isinstance(piece, Placeholder) and piece.scope == "call" for piece in text.pieces)


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
