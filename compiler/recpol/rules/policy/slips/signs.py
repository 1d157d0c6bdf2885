"""Slips with signs: colons and equals signs after fields, missing commas and arrows, quotes of other kinds."""

from __future__ import annotations

import re

from recpol.base.finding import Edit, Finding, Fix
from recpol.base.nearest import nearest
from recpol.base.secrets import masked
from recpol.base.source import Span
from recpol.rules.edits import write
from recpol.rules.policy.slips.place import Around

_VARIABLE = re.compile(
    r"(?:\$\{?|%|\{\{\s*(?:env|secrets?)\.|(?:process\.|os\.)?env(?:iron)?\s*[.(\[]\s*[\"']?|[.(\[<]\s*[\"']?)[ \t]*"
    r"([A-Za-z_][A-Za-z0-9_]*)[ \t]*[\"']?(?:\}\}|[)\]}%>])?"
)


def variable(at: Around) -> Finding | None:
    """`$NAME` and other notations for an environment variable, where credentials stand."""
    if not re.search(r"\bcredentials[ \t]+(?:\"?env\"?[ \t]*)?\Z", at.line):
        return None
    quoted = re.search(r"\"env\"[ \t]*\Z", at.line)
    if quoted is not None and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", at.got) and masked(at.got) == at.got:
        span = at.span(quoted.start() - len(at.line), len(at.got))
        fixes = write(span, f"env {at.got}")
        return Finding(
            "credentials are a string or `env NAME`", span, help=f"write `credentials env {at.got}`", fixes=fixes
        )
    named = _VARIABLE.match(at.after)
    if named is None or masked(named[1]) != named[1]:
        return None
    begin = re.search(r"(?:\"?env\"?[ \t]*)?\Z", at.line)
    assert begin is not None, "it matches an empty end"
    span = at.span(begin.start() - len(at.line), named.end())
    help_ = f"write `credentials env {named[1]}`"
    return Finding(
        "credentials are a string or `env NAME`", span, help=help_, fixes=write(span, f"env {named[1]}", title=help_)
    )


def colon(at: Around) -> Finding | None:
    """`url: "…"`: a colon after a field or a keyword."""
    label = re.match(r"([A-Za-z][\w-]*)([ \t]*):", at.after)
    if label is not None and label[1] == at.got.rstrip(": \t"):
        free = {"NAME", "IDENT", "STRING"} & set(at.problem.expected)
        word = label[1] if label[1] in at.words and not free else None if free else nearest(label[1].lower(), at.words)
        if word is None or re.match(
            r"[ \t]*(?:say|play|tones|connect|menu|park|answer|hangup|continue)\b", at.after[label.end() :]
        ):
            return None  # it is the label of a segment
        edits = (Edit(at.span(0, label.end()), word),)
        return _without(":", word, at.span(label.end() - 1, label.end()), edits)
    behind = re.search(r"\b([a-z][a-z-]*)([ \t]*):[ \t]*\Z", at.line)
    if behind is None or behind[1] not in _FIELDS or at.got.startswith(("record", "{")):
        return None
    colon = at.span(behind.end(2) - len(at.line), behind.end(2) - len(at.line) + 1)
    edits = (Edit(at.span(behind.end(1) - len(at.line), behind.end(2) - len(at.line) + 1), ""),)
    return _without(":", behind[1], colon, edits)


_FIELDS = frozenset(
    ["say", "play", "tones", "cookie", "prompt", "repeat", "wait", "barge", "voice", "key", "digits", "url",
     "credentials", "format", "notify", "transcribe", "direction", "locale", "connect", "cli", "max-duration",
     "dial-timeout", "dtmf", "indications", "amd", "transport", "moh", "dtmf-mode", "dtmf-max-digits", "dtmf-timeout",
     "sample-rate", "header", "intro", "hold"]
)  # fmt: skip


def _without(sign: str, word: str, span: Span, edits: tuple[Edit, ...]) -> Finding:
    help_ = f"delete it: a blank stands between `{word}` and its value"
    return Finding(f"`{word}` takes no `{sign}`", span, help=help_, fixes=(Fix(f"delete the `{sign}`", edits),))


def equals(at: Around) -> Finding | None:
    """`format = mp3`."""
    behind = re.search(r"\b([a-z][a-z-]*)[ \t]*\Z", at.line)
    if at.got != "=" or at.after.startswith("=>") or behind is None:
        return None
    blanks = re.match(r"=[ \t]*", at.after)
    assert blanks is not None, "it begins with the sign"
    glued = " " if behind[0] == behind[1] else ""
    return _without("=", behind[1], at.problem.span, (Edit(at.span(0, blanks.end()), glued),))


def comma(at: Around) -> Finding | None:
    """Two labels, tags or strings without a comma between them."""
    last = re.search(r"(@?[A-Za-z][\w-]*|\")[ \t]*\Z", at.line)
    string = at.got.startswith('"')
    if "," not in at.problem.expected or last is None or string != (last[1] == '"'):
        return None
    if not string and not re.fullmatch(r"@?[A-Za-z][\w-]*", at.got):
        return None
    if not string and not re.match(r"[ \t]*(?:record|never|always|announce)\b", at.line):
        return None
    if nearest(at.got, at.words) is not None:
        return None
    end = at.span(last.end(1) - len(at.line), last.end(1) - len(at.line))
    fixes = (Fix("put a comma between them", (Edit(end, ","),)),)
    what = "this string" if string else f"`{at.got}`"
    if "except" in at.problem.expected and not re.match(
        r"[^#\n]*\bexcept\b", at.after
    ):  # to record more, or less: only the author knows
        message, help_ = f"a comma or `except` is missing before {what}", "write `,` or `except` between them"
        return Finding(message, at.problem.span, help=help_)
    return Finding(f"a comma is missing before {what}", at.problem.span, help="put a comma between them", fixes=fixes)


def arrow(at: Around) -> Finding | None:
    """A menu line without its `->`, or with another arrow."""
    if "->" not in at.problem.expected:
        return None
    other = re.match(r"(?:=>|→|-->|—>|=|:|-|>)[ \t]*", at.after)
    if other is not None:
        glue = "" if at.line[-1:] in " \t" else " "
        edit = Edit(at.span(0, other.end()), f"{glue}-> ")
    elif re.match(r"[a-z][\w-]*\b", at.after) and at.line.strip():
        edit = Edit(at.span(0, 0), "-> ")
    else:
        return None
    return Finding(
        "the `->` is missing",
        at.problem.span,
        help="write `->` before what answers",
        fixes=(Fix("write `->`", (edit,)),),
    )


_QUOTES = {"'": "'", "“": "”", "”": "”", "„": "“", "‘": "’", "«": "»", "»": "«"}


def quotes(at: Around) -> Finding | None:
    """A string between other quotes than straight double ones."""
    closer = _QUOTES.get(at.after[:1])
    if closer is None:
        return None
    end = at.after.find(closer, 1)
    if end < 0:
        return None
    inside = at.after[1:end].replace("\\", "\\\\").replace('"', '\\"')
    span = at.span(0, end + 1)
    fixes = (Fix("put it between straight double quotes", (Edit(span, f'"{inside}"'),)),)
    help_ = 'put strings between straight double quotes: `"…"`'
    return Finding(f"`{at.after[0]}` means nothing here", at.span(0, 1), help=help_, fixes=fixes)


def hash_key(at: Around) -> Finding | None:
    """`key #`, where the rest of the line is a comment."""
    found = re.search(r"\bkey[ \t]*(#)[^\n]*\s*\Z", at.before) if "#" in at.before else None
    if found is None:
        return None
    begin = found.start(1) - len(at.before)
    blank = "" if at.before[found.start(1) - 1] in " \t" else " "
    help_ = 'write the key as a string, `key "#"`'
    fixes = write(at.span(begin, begin + 1), f'{blank}"#"', title=help_)
    return Finding("a bare `#` begins a comment", at.span(begin, begin + 1), help=help_, fixes=fixes)
