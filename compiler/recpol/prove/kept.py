"""`keep recordings in`: whether every store in use lies where recordings may be kept.

Invariant: a placeholder whose value is known only later is never taken to match anything but `**` or a whole `*`.
"""

from __future__ import annotations

from collections.abc import Sequence

from recpol.analysis.program import Program
from recpol.base.globs import Glob, GlobMaker
from recpol.base.placeholder import BadPlaceholder, Placeholder
from recpol.prove.verdict import Verdict
from recpol.syntax import tree

_HOLE = "\0"
"""Stands for a value known later; no URL contains it."""


def kept(program: Program, guarantee: tree.Keep) -> Verdict:
    """Every store in use has a URL that matches one of the patterns."""
    used = list(dict.fromkeys(d.store for d in program.decisions.all if d.store is not None))
    if not used:
        return Verdict(guarantee, "empty", "the policy records nothing")
    unsure = ""
    patterns: list[str] = []
    for text in guarantee.patterns:
        if program.constant(text) is None:
            unsure = f"the pattern `{text.value}` is known only later"
        patterns.append(program.fill(text))
    glob = _glob(patterns)
    for name in used:
        field = program.names.stores[name].field("url")
        if field is None or not isinstance(field.value, tree.Text):
            return Verdict(guarantee, "unknown", f"the store `{name}` has no URL")
        url, open_ = _url(program, field.value)
        if glob.fits(url) or glob.fits(url + "/"):
            continue
        if unsure or open_:
            when = "when the call comes" if _from_call(field.value) else "at deployment"
            unsure = unsure or f"the URL of `{name}` is known only {when}"
        else:
            return Verdict(guarantee, "broken", f"the store `{name}` is somewhere else")
    return Verdict(guarantee, "unknown", unsure) if unsure else Verdict(guarantee, "proven")


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
