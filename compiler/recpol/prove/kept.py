"""`keep recordings in`: whether every store in use lies where recordings may be kept.

Invariant: a placeholder whose value is known only later is never taken to match anything but `**` or a whole `*`.
"""

from __future__ import annotations

import re

from recpol.ground.placeholder import BadHole, Hole
from recpol.model import ast
from recpol.program import Program
from recpol.prove.verdict import Verdict

_HOLE = "\0"
"""Stands for a value known later; no URL contains it."""


def kept(program: Program, guarantee: ast.Keep) -> Verdict:
    """Every store in use has a URL that matches one of the patterns."""
    used = list(dict.fromkeys(d.store for d in program.decisions.all if d.store is not None))
    if not used:
        return Verdict(guarantee, "empty", "the policy records nothing")
    patterns = [_pattern(program.fill(pattern)) for pattern in guarantee.patterns]
    unsure = ""
    for name in used:
        field = program.names.stores[name].field("url")
        if field is None or not isinstance(field.value, ast.Text):
            return Verdict(guarantee, "unknown", f"the store `{name}` has no URL")
        url, open_ = _url(program, field.value)
        if any(pattern.fullmatch(url) for pattern in patterns):
            continue
        if open_:
            when = "when the call comes" if _from_call(field.value) else "at deployment"
            unsure = unsure or f"the URL of `{name}` is known only {when}"
        else:
            return Verdict(guarantee, "broken", f"the store `{name}` is at `{url}`")
    return Verdict(guarantee, "unknown", unsure) if unsure else Verdict(guarantee, "proven")


def _url(program: Program, text: ast.Text) -> tuple[str, bool]:
    parts: list[str] = []
    open_ = False
    for piece in text.pieces:
        value = piece if isinstance(piece, str) else program.variable(piece) if isinstance(piece, Hole) else None
        open_ = open_ or value is None or isinstance(piece, BadHole)
        parts.append(_HOLE if value is None else value)
    return "".join(parts), open_


def _from_call(text: ast.Text) -> bool:
    return any(isinstance(piece, Hole) and piece.scope == "call" for piece in text.pieces)


def _pattern(text: str) -> re.Pattern[str]:
    """`*` within a path part, `**` across parts; a value known later (which may hold a `/`) only across."""
    parts = re.split(r"(\*\*|\*)", text)
    translated = {"**": r"[\s\S]*", "*": r"[^/\0]*"}
    return re.compile("".join(translated.get(part, re.escape(part)) for part in parts))
