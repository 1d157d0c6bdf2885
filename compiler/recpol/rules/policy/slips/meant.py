"""Slips in which another word or sign is plainly meant: names in quotes, words for `except`, words run together, words
of other tools, letters and blanks that only look like what they should be.

Invariant: no fix turns a word that forbids into one that allows.
"""

from __future__ import annotations

import re

from recpol.base.finding import Edit, Finding, Fix, Note
from recpol.base.nearest import nearest
from recpol.rules.edits import delete, write
from recpol.rules.policy.slips.place import Around
from recpol.rules.policy.slips.words import ascii_name, everywhere
from recpol.syntax.lexer import DECLARING, INSIDE_TOO

_NAMED = re.compile(
    r"\b(?:policy|rules|store|phase|menu|pie|manage)[ \t]+\Z|\A[ \t]*(?:record|never|always|announce)\b"
)


_IN_BLOCK = ("phase", "prompt", "repeat", "key", "digits", "timeout", "wait", "intro", "hold", "url", "credentials")


def opened(at: Around) -> Finding | None:
    """A block without its `{`, on the line of its first word."""
    head = re.search(r"\b(menu|store|connect|park|record)\b[^{}\n]*\S[ \t]*\Z|\b(?:menu|park)[ \t]+\Z", at.line)
    if at.got not in _IN_BLOCK or "{" not in at.problem.expected or head is None or at.got in at.words:
        return None
    gap = at.span(len(at.line.rstrip()) - len(at.line), 0)
    fixes = (Fix("put `{` there", (Edit(gap, " { "),)),)
    message = f"a `{{` is missing before `{at.got}`"
    return Finding(message, at.problem.span, help=f"write `{{ {at.got}`", fixes=fixes)


def quoted(at: Around) -> Finding | None:
    """A name in quotes: `store "calls" {`, `record "agent"`."""
    if not re.match(r'"[^"\n]*"', at.got) or not {"NAME", "IDENT"} & set(at.problem.expected):
        return None
    name = ascii_name(at.got)
    if "STRING" in at.problem.expected or not name or not _NAMED.search(at.line):
        return None
    fixes = write(at.problem.span, name)
    return Finding("a name stands without quotes", at.problem.span, help=f"write `{name}`", fixes=fixes)


_EXCEPT = re.compile(
    r"(?:but[ \t]+not|but|without|excluding|exclude|excl|other[ \t]+than|apart[ \t]+from|minus|not|ausser|sauf|salvo)\b"
)


def exclusion(at: Around) -> Finding | None:
    """Another word for `except`, or one that is nearly it."""
    if not re.match(r"[ \t]*(?:record|never|always|announce)\b", at.line):
        return None
    after_comma = re.search(r"[ \t]*,[ \t]*(not|no)[ \t]+\Z", at.line)
    if after_comma is not None and re.match(r"@?[a-z]", at.got):
        span = at.span(after_comma.start() - len(at.line), 0)
        fixes = write(span, " except ", title="write `except`")
        return Finding(f"`{after_comma[1]}` is written `except`", span, help="write `except`", fixes=fixes)
    if "except" not in at.words:
        return None
    word = _EXCEPT.match(at.after)
    if word is None and nearest(at.got, ["except"]) is None:
        return None
    span = at.span(0, len(at.got) if word is None else word.end())
    return Finding(f"`{span.text}` is written `except`", span, help="write `except`", fixes=write(span, "except"))


_LOOKS = dict(
    zip(
        "аеорсухіѕјһԁԛԝοινρκυϲАВЕКМНОРСТУХІЅЈΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "aeopcyxisjhdqwoivpkucABEKMHOPCTYXISJABEZHIKMNOPTYX",
        strict=True,
    )
)


def look_alike(at: Around) -> Finding | None:
    """A letter of another alphabet that looks like one of a to z."""
    if at.plain:
        return None
    tail, head = re.search(r"[\w-]*\Z", at.line), re.match(r"[\w-]*", at.after)
    name = (tail[0] if tail else "") + (head[0] if head else "")
    odd = [letter for letter in name if letter in _LOOKS]
    plain = "".join(_LOOKS.get(letter, letter) for letter in name)
    if not odd or not plain.isascii():
        return None
    begin = -len(tail[0]) if tail else 0
    edits = tuple(Edit(span, plain) for span in everywhere(at.source, name, at.start))
    return Finding(
        f"`{name}` is not a name",
        at.span(begin, begin + len(name)),
        why=f"U+{ord(odd[0]):04X} only looks like `{_LOOKS[odd[0]]}` (Unicode Technical Report 36)",
        help=f"write `{plain}` in letters from a to z",
        fixes=(Fix(f"write `{plain}`", edits, safe=True),),
    )


_FOLLOWS = {
    "on": ("ice", "ace", "pie", "manage"),
    "never": ("record",),
    "always": ("record",),
    "record": ("all", "call", "conference"),
    "connect": ("pstn", "app", "sip", "conference", "stream"),
    "keep": ("recordings",),
    "credentials": ("env",),
}
"""Keywords, and words that can follow them."""


def run_together(at: Around) -> Finding | None:
    """Two keywords without a blank, or with a hyphen, between them; and an event without its `on`."""
    for first, others in _FOLLOWS.items():
        rest = at.got.removeprefix(first).lstrip("-_.")
        if at.got.startswith(first) and first in at.words and rest in others:
            help_ = f"write `{first} {rest}`"
            fixes = write(at.problem.span, f"{first} {rest}")
            return Finding(f"a blank is missing in `{at.got}`", at.problem.span, help=help_, fixes=fixes)
    if (
        at.got in _FOLLOWS["on"]
        and "on" in at.words
        and re.match(r"\w+(?:[ \t]+(?!on\b)[a-z][\w-]*)?[ \t]*\{", at.after)
    ):
        fixes = write(at.problem.span, f"on {at.got}")
        return Finding(f"`on` is missing before `{at.got}`", at.problem.span, help=f"write `on {at.got}`", fixes=fixes)
    return None


_SELECTS = re.compile(r"[ \t]*record(?:[ \t]+(?:call|conference))?[ \t]+\Z")
_SELECTED = re.compile(
    r"@?[a-z][\w-]*(?:[ \t]*,[ \t]*@?[a-z][\w-]*)*(?:[ \t]+(?:except|to|because)\b[^{]*)?[ \t]*(?:#|\Z)"
)


def in_braces(at: Around) -> Finding | None:
    """A line of the policy, such as a guarantee, within the braces of something else."""
    if at.problem.opened is None:
        return None
    if not at.line.strip() and at.got in DECLARING | INSIDE_TOO and at.got not in at.words:
        message = f"`{at.got}` begins a line of the policy, and stands within braces"
        return Finding(
            message,
            at.problem.span,
            notes=(Note(at.problem.opened, "these braces"),),
            help="move it outside of all braces",
        )
    if not _SELECTS.match(at.line) or not _SELECTED.match(at.after) or at.got in at.words:
        return None
    typed = [word for word in at.words if word != "all" and nearest(at.got, [word])]
    if at.got != "all" and typed:
        return None
    return Finding(
        f"`record {at.got}` is a line of the policy, and stands within braces",
        at.problem.span,
        notes=(Note(at.problem.opened, "these braces"),),
        help="move it outside of all braces, or write `record { … }` around what is recorded here",
    )


_FORBIDS = re.compile(r"(?:never|no|not|non|dont|do[ \t]+not|don.?t|un|ex|skip|without)[-_ \t]?rec", re.IGNORECASE)


def forbidden(at: Around) -> Finding | None:
    """A word that forbids a recording, and is none of the language: never taken for `record`."""
    if not _FORBIDS.match(at.after) or not {"never", "record"} & set(at.words):
        return None
    if "never" in at.words:
        help_ = "promise it with `never record SELECTION`, or leave it out of a decision with `except`"
    else:
        help_ = "put it outside of `record { … }`, or leave it out of a decision with `except`"
    return Finding(f"did not expect `{at.got}` here", at.problem.span, help=help_)


_ELSEWHERE = {
    **dict.fromkeys(("dial", "transfer", "forward", "bridge", "route"), "connect"),
    **dict.fromkeys(("speak", "tts", "tell", "read"), "say"),
    **dict.fromkeys(("end", "disconnect", "terminate", "exit", "hang"), "hangup"),
    **dict.fromkeys(("pickup", "accept", "pick"), "answer"),
    **dict.fromkeys(("press", "dtmf", "option", "digit"), "key"),
    **dict.fromkeys(("ivr", "gather"), "menu"),
    **dict.fromkeys(("text", "message", "mainprompt"), "prompt"),
    **dict.fromkeys(("noinput", "silence"), "timeout"),
    **dict.fromkeys(("nomatch", "wrong", "invalidinput"), "invalid"),
    **dict.fromkeys(("destination", "destinationurl", "bucket", "path", "location"), "url"),
    **dict.fromkeys(("reason", "why"), "because"),
    **dict.fromkeys(("import", "include"), "use"),
}
"""Words of other tools, and what they are called here."""

_SECOND = re.compile(r"[ \t]+up\b")


def elsewhere(at: Around) -> Finding | None:
    """A word that other tools have in the place of a keyword."""
    word = _ELSEWHERE.get(at.got.lower())
    if word is None or word not in at.words or at.got in at.words:
        return None
    second = _SECOND.match(at.after, len(at.got)) if at.got.lower() in ("hang", "pick") else None
    if second is None and at.got.lower() in ("hang", "pick"):
        return None
    span = at.span(0, len(at.got) if second is None else second.end())
    message = f"`{span.text}` is called `{word}` here"
    return Finding(message, span, help=f"write `{word}`", fixes=write(span, word))


def twice(at: Around) -> Finding | None:
    """A word that stands there twice."""
    before = re.search(r"(?<![\w@-])([A-Za-z][\w-]*)[ \t]+\Z", at.line)
    doubled = re.search(r"(?<![\w@-])([a-z][\w-]*)([ \t]+\1)[ \t]+\Z", at.line)
    if doubled is not None and at.got not in (doubled[1], "{"):
        span = at.span(doubled.start(2) - len(at.line), doubled.end(2) - len(at.line))
        fixes = delete(span, "delete one")
        return Finding(f"`{doubled[1]}` stands here twice", span, help="delete one of them", fixes=fixes)
    if at.got == "{" and re.search(r"\{\s*\Z", at.before):
        fixes = delete(at.problem.span, "delete one")
        return Finding("`{` stands here twice", at.problem.span, help="delete one of them", fixes=fixes)
    if before is None or before[1] != at.got:
        return None
    fixes = delete(at.problem.span, "delete one")
    return Finding(f"`{at.got}` stands here twice", at.problem.span, help="delete one of them", fixes=fixes)


def conjunction(at: Around) -> Finding | None:
    """`agent and clerk`, `agent & clerk`, `agent,, clerk`, and a comma where there is nothing to part."""
    selects = re.match(r"[ \t]*(?:record|never|always|announce)\b", at.line) is not None
    word = re.match(r"(?:and|&&?|\+|und|or|\||/)(?=[ \t@])[ \t]*", at.after)
    if selects and word is not None and at.line.rstrip() and not at.line.rstrip().endswith(","):
        blanks = len(at.line) - len(at.line.rstrip())
        edit = Edit(at.span(-blanks, word.end()), ", ")
        what = word[0].strip()
        return Finding(
            f"`{what}` is written as a comma",
            at.span(0, len(what)),
            help="put a comma between them",
            fixes=(Fix("put a comma between them", (edit,)),),
        )
    if at.got != "," or "," in at.problem.expected:
        return None
    before, after = at.line.rstrip(), at.after[1:].strip()
    if selects and not before.endswith(",") and after and not after.startswith(("#", "}")):
        return Finding(
            "a name is missing before this comma", at.problem.span, help="write the name, or delete the comma"
        )
    used = re.match(r"[ \t]*(use[ \t]+(?:pack[ \t]+)?)\"[^\"]*\"[ \t]*\Z", at.line)
    more = re.match(r",[ \t]*(?=\")", at.after)
    if used is not None and more is not None:
        help_ = f"write `{used[1].strip()}` again for the next one, in a line of its own"
        fixes = write(at.span(0, more.end()), f"\n{used[1]}", title=help_)
        return Finding("one `use` takes one file or pack", at.problem.span, help=help_, fixes=fixes)
    return Finding(
        "nothing is parted by a comma here",
        at.problem.span,
        help="delete it",
        fixes=delete(at.problem.span, "delete it"),
    )


_BLANKS = re.compile("[\u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff\u00ad]")
_UNSEEN = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad")


def blank(at: Around) -> Finding | None:
    """A blank of another kind, or a character that is not seen, as they come with text that is pasted."""
    found = _BLANKS.match(at.after)
    if found is None:
        return None
    unseen = found[0] in _UNSEEN
    edits = tuple(
        Edit(span, "" if char in _UNSEEN else " ")
        for char in dict.fromkeys(_BLANKS.findall(at.source.text))
        for span in everywhere(at.source, char, at.start)
    )
    help_ = "delete it" if unseen else "write an ordinary blank"
    return Finding(
        f"the character U+{ord(found[0]):04X} means nothing here",
        at.span(0, 1),
        why="it came with a text that was pasted, and is not seen",
        help=help_,
        fixes=(Fix(help_, edits, safe=True),),
    )
