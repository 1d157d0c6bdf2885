"""Slips with words: capitals, letters that no name has, names of two words, labels where none can be."""

from __future__ import annotations

import re

from recpol.base.finding import Edit, Finding, Fix
from recpol.base.source import Source, Span
from recpol.rules.edits import delete, write
from recpol.rules.policy.slips.place import FAR, Around

_HEAD = re.compile(
    r"(?:\A|\n)[^\S\n]*((?:on|store|menu|record|park)\b[^\n\"#{}]*?)[ \t]*(?:#[^\n]*)?\n\s*(?:[a-z-]+\s+)?\Z"
)
"""A line that begins a block, and perhaps a first word below it, which the parser takes for the block's name."""


def brace(at: Around) -> Finding | None:
    """A block without its `{`."""
    if "{" not in at.problem.expected or {"say", "}"} & set(at.problem.expected):
        return None
    head = _HEAD.search(at.before)
    if head is None:
        return None
    begin, stop = head.start(1) - len(at.before), head.end(1) - len(at.before)
    fixes = (Fix("put `{` there", (Edit(at.span(stop, stop), " {"),)),)
    words = " ".join(head[1].split())
    return Finding(f"a `{{` is missing after `{words}`", at.span(begin, stop), help=f"write `{words} {{`", fixes=fixes)


def letter_case(at: Around) -> Finding | None:
    """A keyword in capitals."""
    if at.got.lower() == at.got or at.got.lower() not in at.words:
        return None
    run = at.got
    if run.isupper():
        shouted = re.match(r"[A-Z][A-Z-]*(?:[ \t]+[A-Z][A-Z-]*\b(?![\w:]))*", at.after)
        run = shouted[0] if shouted is not None else run
    small = run.lower()
    span = at.span(0, len(run))
    return Finding(
        f"`{run}` is written in small letters", span, help=f"write `{small}`", fixes=write(span, small, safe=True)
    )


def camel_case(at: Around) -> Finding | None:
    """An option or field in camel case or with underscores."""
    kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", at.got).replace("_", "-").lower()
    if kebab == at.got or kebab not in at.words:
        return None
    help_ = f"write `{kebab}`"
    return Finding(f"`{at.got}` is written `{kebab}`", at.problem.span, help=help_, fixes=write(at.problem.span, kebab))


def two_words(at: Around) -> Finding | None:
    """A name of two words."""
    head = re.search(r"\b(?:policy|rules|store|menu|phase|pie|manage)[ \t]+((?:[A-Za-z][\w-]*[ \t]+)+)\Z", at.line)
    more = re.match(r"[A-Za-z0-9][\w-]*(?:[ \t]+[A-Za-z0-9][\w-]*)*", at.after)
    if head is None or more is None or re.search(r"->[ \t]*menu[ \t]", at.line):
        return None
    begin = head.start(1) - len(at.line)
    words = head[1] + more[0]
    plain = ascii_name(words)
    span = at.span(begin, more.end())
    if not plain:
        return None
    if re.search(r"\bon[ \t]+manage[ \t]+[\w-]+[ \t]+\Z", at.line):  # a name of two words, or a talk without its `in`
        help_ = f"write `{plain}`; or `on manage {' in '.join(words.split(None, 1))}`, which is sent in that talk"
        return Finding("a name is one word", span, help=help_)
    return Finding("a name is one word", span, help=f"write `{plain}`", fixes=write(span, plain))


REACH = 20_000
"""How many characters before and after a name are searched for it: a policy is a page or two."""


def foreign_letters(at: Around) -> Finding | None:
    """A name with letters that names do not have."""
    if at.plain:
        return None
    tail = re.search(r"[\w-]*\Z", at.line)
    head = re.match(r"[\w-]*", at.after)
    assert tail is not None, "it may be empty"
    assert head is not None, "it may be empty"
    name = tail[0] + head[0]
    plain = ascii_name(name)
    if name.isascii() or not plain or not any(letter.isalpha() and not letter.isascii() for letter in name):
        return None
    if re.search(r"\benv[ \t]+\Z", at.line[: tail.start()]):
        return None  # the name of an environment variable is written another way
    if len(plain) < len(name):
        return None  # a letter has no counterpart, so that what is meant is not known
    begin = tail.start() - len(at.line)
    edits = tuple(Edit(span, plain) for span in everywhere(at.source, name, at.start))
    fixes = (Fix(f"write `{plain}`", edits),)
    help_ = f"write `{plain}`: names are made of the letters a to z, digits and hyphens"
    return Finding(f"`{name}` is not a name", at.span(begin, begin + len(name)), help=help_, fixes=fixes)


def ascii_name(text: str) -> str:
    """A text as a name: small letters a to z, digits, hyphens; empty where nothing of it is left."""
    spelt = text.lower()
    for letter, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("æ", "ae"), ("ø", "oe"), ("å", "aa")):
        spelt = spelt.replace(letter, letters)
    from unicodedata import normalize

    bare = normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-0123456789")


def everywhere(source: Source, name: str, at: int) -> list[Span]:
    """Every place of a name outside of strings and comments, within reach of the first."""
    spans: list[Span] = []
    found = source.text.find(name, max(0, at - REACH), at + REACH)
    while found >= 0:
        line = source.text[source.text.rfind("\n", 0, found) + 1 : found]
        if line.count('"') % 2 == 0 and "#" not in line:
            spans.append(source.span(found, found + len(name)))
        found = source.text.find(name, found + len(name), at + REACH)
    return spans


def menu_goal(at: Around) -> Finding | None:
    """`-> menu` without the name of a menu."""
    found = re.search(r"->\s*(menu)\s+(?:menu\s+)?\Z", at.before)
    if found is None:
        return None
    begin = found.start(1) - len(at.before)
    help_ = "name a further menu of this block, `-> menu NAME`, or what answers, `-> NAME`"
    return Finding("`-> menu` does not say which one", at.span(begin, begin + len("menu")), help=help_)


def label(at: Around) -> Finding | None:
    """A label before `record`."""
    ahead = re.match(r"([a-z][\w-]*[ \t]*:)\s*record\b", at.source.text[at.start : at.start + FAR])
    behind = re.search(r"\b([a-z][\w-]*[ \t]*:)\s*\Z", at.before) if at.got == "record" else None
    if ahead is not None:
        span = at.span(0, ahead.end(1))
    elif behind is not None:
        span = at.span(behind.start() - len(at.before), behind.end(1) - len(at.before))
    else:
        return None
    block = re.match(r"record\b[^{}\n]*\{", at.source.text[at.source.text.find("record", span.end) :][:FAR])
    more = "; a segment inside the block can have it" if block is not None else ""
    label = re.sub(r"\s+", "", span.text)
    if label in ("never:", "always:"):  # it forbids or demands: without the word it would be a decision
        word, colon = label[:-1], span.source.span(span.end - 1, span.end)
        return Finding(
            f"`{word}` takes no `:`", colon, help="delete it", fixes=write(colon, "", title="delete the `:`")
        )
    what = "a `record` block" if block is not None else "a decision"
    return Finding(
        f"{what} has no label", span, help=f"delete `{label}`{more}", fixes=delete(span, f"delete `{label}`")
    )
