"""Slips from other notations: JSON, SVAML's own words, programming languages, switches for recordings."""

from __future__ import annotations

import re

from recpol.base.finding import Edit, Finding, Fix
from recpol.rules.edits import write
from recpol.rules.policy.slips.place import FAR, Around, covers


def json(at: Around) -> Finding | None:
    """JSON in the place of a policy or of a segment."""
    if at.got not in ("{", "[") or not re.match(r"[\[{]\s*(?:[\"\[{]|\Z)", at.source.text[at.start : at.start + FAR]):
        return None
    whole = not at.source.text[: at.start].strip()
    line = at.span(0, max(len(at.after.rstrip()), 1))
    if whole:
        help_ = "make a policy of it: `recpol import FILE`"
        if at.source.path == "<stdin>":
            help_ = "say what it answers, as in `recpol lint --event ice -`, or make a policy of it: `recpol import -`"
        return Finding("this is SVAML and no policy", line, help=help_)
    help_ = "write segments such as `answer` or `say`; `recpol import FILE` makes a policy of SVAML"
    return Finding("SVAML means nothing in a policy", line, help=help_)


_OF_SVAML = {
    "connectpstn": "connect pstn",
    "connectmxp": "connect app",
    "connectsip": "connect sip",
    "connectconf": "connect conference",
    "connectstream": "connect stream",
    "playfiles": "play",
    "senddtmf": "tones",
    "setcookie": "cookie",
    "runmenu": "menu",
}
_SWITCHES = ("startrecording", "stoprecording", "pauserecording", "resumerecording")
_NO_SWITCH = "recording is not switched on and off: it begins and ends with a block"
_BLOCK = "put what is to be recorded into `record { … }`"


def word_of_svaml(at: Around) -> Finding | None:
    """An action or instruction by its name in SVAML."""
    plain = at.got.lower().replace("_", "")
    if plain in _SWITCHES:
        return Finding(_NO_SWITCH, at.problem.span, help=_BLOCK)
    meant = _OF_SVAML.get(plain)
    if meant is None or at.got == meant or meant.split()[0] not in at.words:
        return None
    return Finding(
        f"`{at.got}` is a word of SVAML", at.problem.span, help=f"write `{meant}`", fixes=write(at.problem.span, meant)
    )


def switch(at: Around) -> Finding | None:
    """`record on`, `stop recording`: recording is no switch."""
    behind = re.search(r"\brecord(?:ing)?[ \t]+\Z", at.line)
    if behind is not None and at.got.lower() in ("on", "off", "start", "stop", "begin", "end"):
        return Finding(_NO_SWITCH, at.span(behind.start() - len(at.line), len(at.got)), help=_BLOCK)
    ahead = re.match(r"(?:start|stop|begin|end|pause|resume)[ \t]+record(?:ing)?\b", at.after, re.IGNORECASE)
    if ahead is not None:
        return Finding(_NO_SWITCH, at.span(0, ahead.end()), help=_BLOCK)
    return None


_FOREIGN = frozenset(
    {"if", "elif", "when", "unless", "case", "switch", "while", "for", "foreach", "until", "goto", "return"}
)


def condition(at: Around) -> Finding | None:
    """A word for a condition or a jump."""
    if at.got.lower() not in _FOREIGN:
        return None
    return Finding(
        f"there is no `{at.got}`: a policy has no conditions",
        at.problem.span,
        help="let the caller choose in a menu, `key 1 -> NAME`, which `on pie NAME` answers",
    )


def block_comment(at: Around) -> Finding | None:
    """`/* … */`."""
    span = covers(at.problem)
    if span is None:
        return None
    indent = at.line if not at.line.strip() else re.match(r"[ \t]*", at.line)[0]  # type: ignore[index]  # matches every text
    lines = [line.strip(" \t*\r") for line in span.text.removeprefix("/*").removesuffix("*/").splitlines()]
    written = f"\n{indent}".join(f"# {line}".rstrip() for line in lines if line) or "#"
    rest = at.source.text[span.end : span.end + FAR].partition("\n")[0]
    blanks = len(rest) - len(rest.lstrip(" \t"))
    end = span.end + (blanks if rest.strip() else 0)
    edit = Edit(at.source.span(span.start, end), written + (f"\n{indent}" if rest.strip() else ""))
    fixes = (Fix("begin the comment with `#`", (edit,)),)
    first = at.source.span(span.start, span.start + len(span.text.partition("\n")[0]))
    return Finding("`/*` does not begin a comment", first, help="begin each line of it with `#`", fixes=fixes)
