"""Prompts to whether they say something, and menus to whether their prompts were heard in full.

Invariant: nothing counts as heard because it is named like an announcement. Its words, or the file, are known when the
policy is compiled, they can be heard, and nothing can cut them short while the call goes on.
"""

from __future__ import annotations

import re

from recpol.analysis.menus import MenuNode
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.analysis.variables import fact
from recpol.base.pattern import pattern
from recpol.base.placeholder import Placeholder
from recpol.base.record import Record
from recpol.base.typing import assert_never
from recpol.calls import trace as t
from recpol.syntax import tree

SILENT, UNSURE, HEARD = 0, 1, 2
Audibility = int
"""Not heard; heard, but nobody knows before the call what it says; heard."""

_HOLE = "\0"
_TOKEN = pattern(r"<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z)|[^<]+", re.DOTALL)
_NAME = pattern(r"</?\s*([\w:-]+)")
_ALIAS = pattern(r"""\balias\s*=\s*("[^"]*"|'[^']*')""")
_MUTE = pattern(r"""\bvolume\s*=\s*["']\s*silent""")
_SOURCE = pattern(r"""\bsrc\s*=\s*["']\s*[^"'\s]""")
_UNSPOKEN = {"metadata", "desc", "lexicon", "meta"}
_BLEEPED = pattern(r"""\binterpret-as\s*=\s*["']\s*(?:expletive|bleep)\s*["']""", re.IGNORECASE)
"""What makes of a `say-as` a sound in the place of its words, by Amazon Polly and Google Cloud."""


class HeardFully(Record):
    """How well something is heard, and why not better."""

    level: Audibility
    why: str = ""


@fact
def said(program: Program, step: Step) -> HeardFully:
    """Whether a `say` or `play` says something that is known; other segments are no prompts, menus end with `told`."""
    body = step.body
    match body:
        case tree.Say():
            return _spoken(program, body.text, ssml=body.ssml)
        case tree.Play():
            return _best([_played(program, file) for file in body.files])
        case tree.Park():
            return HeardFully(SILENT, "a parked call's prompt stops when the call is picked up")
        case tree.Tones() | tree.Cookie() | tree.Answer() | tree.Hangup() | tree.Call():
            return HeardFully(SILENT, "it is not a prompt")
        case tree.Menu() | tree.Submenu() | tree.Continue() | tree.Connect() | tree.Phase():
            return HeardFully(SILENT, "it is not a prompt")
        case _:
            assert_never(body)


@fact
def told(program: Program, block: tree.Menu, menu: MenuNode, event: t.Event | None) -> HeardFully:
    """Whether the prompts of a menu were heard when something happened in it: a key, digits, silence, a wrong key.

    `barge` of the first menu holds for the whole block. Silence and wrong keys end a menu after its repeated prompt.
    """
    main, again, times = _prompts(program, menu)
    if not any(isinstance(item, tree.PromptItem | tree.RepeatItem) for item in menu.node.items):
        return HeardFully(SILENT, "the menu has no prompt")
    whole = any(isinstance(i, tree.SwitchItem) and i.name == "barge" and i.value.text == "no" for i in block.items)
    repeated = times is None or times > 0
    surely = again
    if again.level == HEARD and times is None:
        surely = HeardFully(UNSURE, "how often a menu repeats its prompt without `times` is not documented")
    match event:
        case None:
            return HeardFully(SILENT, "the menu ended with an error")
        case t.Waits() if repeated and not whole:
            # A wrong key may have cut the first prompt short: the last one that was played is heard in full.
            return min(main, again, key=lambda each: each.level)
        case t.Waits() if not repeated:
            return main
        case t.Waits():
            return _best([main, surely])
        case _ if not whole:
            return HeardFully(SILENT, "a key cuts the menu's prompt short (`barge no` prevents that)")
        case t.Mistypes() if repeated:
            return _best([main, surely])
        case _:
            return (
                main if main.why != _NONE else HeardFully(SILENT, "a key may be pressed before the prompt is repeated")
            )


_NONE = "the menu has no prompt"


def _prompts(program: Program, menu: MenuNode) -> tuple[HeardFully, HeardFully, int | None]:
    """A menu's first prompt, the repeated one, and how often that is played (None: as often as the platform likes).

    A menu without a line for it has nothing else to repeat than the first prompt.
    """
    main = again = HeardFully(SILENT, _NONE)
    times: int | None = 0
    for item in menu.node.items:
        match item:
            case tree.PromptItem():
                main = _prompt(program, item.prompt) if main.why == _NONE else main
            case tree.RepeatItem() if again.why == _NONE:
                again = _prompt(program, item.prompt)
                times = None if item.times is None else item.times.value
            case tree.RepeatItem() | tree.WaitItem() | tree.SwitchItem() | tree.Submenu() | tree.Broken():
                pass
            case tree.KeyItem() | tree.DigitsItem() | tree.FailItem():
                pass
            case _:
                assert_never(item)
    return main, again, times


def _prompt(program: Program, prompt: tree.Prompt) -> HeardFully:
    return _best(
        [
            _played(program, part.file)
            if isinstance(part, tree.Played)
            else _spoken(program, part.text, ssml=part.ssml)
            for part in prompt.parts
        ]
    )


def _best(parts: list[HeardFully]) -> HeardFully:
    return max(parts, key=lambda part: part.level, default=HeardFully(SILENT, "nothing is said"))


def _text(program: Program, text: tree.Text) -> str:
    """A text with a mark for every part that is known only later."""
    pieces = []
    for piece in text.pieces:
        value = piece if isinstance(piece, str) else program.variable(piece) if isinstance(piece, Placeholder) else None
        pieces.append(_HOLE if value is None else value)
    return "".join(pieces)


def _when(text: tree.Text) -> str:
    if any(isinstance(piece, Placeholder) and piece.scope == "start" for piece in text.pieces):
        return "when the backend begins the call"
    called = any(isinstance(piece, Placeholder) and piece.scope == "call" for piece in text.pieces)
    return "when the call comes" if called else "at deployment"


def _spoken(program: Program, text: tree.Text, *, ssml: bool) -> HeardFully:
    words = _text(program, text)
    found = read_out(words, ssml=ssml)
    if found.level == SILENT and _HOLE in words:
        return HeardFully(UNSURE, f"what it says is known only {_when(text)}")
    return found


def read_out(words: str, *, ssml: bool) -> HeardFully:
    """Whether a text that is read out says something."""
    if any(map(_is_voiced, without_tags(words) if ssml else words)):
        doubt = _doubt(words) if ssml else ""
        return HeardFully(UNSURE, doubt) if doubt else HeardFully(HEARD)
    return HeardFully(SILENT, "it says nothing that can be heard")


_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and signs that Unicode counts as such and that nobody can see or say."""


def _is_voiced(char: str) -> bool:
    return char.isalnum() and char not in _INVISIBLE


_VOLUME = pattern(r"""\bvolume\s*=\s*["']?\s*([^"'\s>]*)""", re.IGNORECASE)
_LOUD = frozenset({"default", "soft", "medium", "loud", "x-loud"})
_LOUDER = pattern(r"\+[0-9.]{1,6}(?:dB|%)?")
_PARTLY = pattern(
    r"""\b(?:soundLevel\s*=\s*["'](?!\s*\+)|(?:repeatCount|repeatDur|clipBegin|clipEnd)\s*=|ph\s*=\s*["']\s*["'])"""
)
"""What Google Cloud plays in part or more quietly, and words for which no sounds are given."""


def _doubt(ssml: str) -> str:
    """Why it is not known that a voice says an SSML text; empty where nothing speaks against it."""
    volumes = [found[1] for found in _VOLUME.finditer(ssml)]
    if any(volume.lower() not in _LOUD and not _LOUDER.fullmatch(volume) for volume in volumes):
        return "whether it is loud enough to be heard is not known"
    if _PARTLY.search(ssml):
        return "whether all of it is played, and loud enough to be heard, is not known"
    open_: list[str] = []
    for token in _TOKEN.findall(ssml):
        found = _NAME.match(token) if token.startswith("<") else None
        if found is None:
            whole = token.startswith(("<!--", "<?")) or not (token.startswith("<") or _BARE_AMPERSAND.search(token))
        elif token.startswith("</"):
            whole = bool(open_) and open_.pop() == found[1]
        else:
            whole = token.endswith(">")
            open_.extend([] if token.endswith("/>") else [found[1]])
        if not whole:
            break
    else:
        if not open_:
            return ""
    return "what the platform makes of SSML that is not well-formed is not documented"


_BARE_AMPERSAND = pattern(r"&(?!(?:#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|[A-Za-z]{1,20});)")


def _played(program: Program, file: tree.Text) -> HeardFully:
    name = _text(program, file)
    if _HOLE in name:
        return HeardFully(UNSURE, f"which file it plays is known only {_when(file)}")
    if not name.strip() or (any(char.isspace() for char in name.strip()) and not name.startswith("#")):
        return HeardFully(SILENT, "what it plays is no file")
    return HeardFully(HEARD)


def without_tags(ssml: str) -> str:
    """The text of SSML that is spoken, with `audio` as a word; what a value known later may silence is left out."""
    spoken: list[str] = []
    unheard: list[str] = []
    for token in _TOKEN.findall(ssml):
        if not token.startswith("<"):
            spoken.extend([_unescaped(token)] if not unheard else ())
            continue
        found = _NAME.match(token)
        name = found[1].lower() if found else ""
        if token.startswith("</"):
            if unheard and unheard[-1] == name:
                unheard.pop()
        elif not token.endswith(">") or token.startswith(("<!", "<?")):
            continue
        elif unheard:
            unheard.extend([name] if name == unheard[-1] and not token.endswith("/>") else ())
        elif name == "audio" and _SOURCE.search(token) and _HOLE not in token:
            spoken.append("audio")
        elif name == "sub" or name in _UNSPOKEN or _MUTE.search(token) or _BLEEPED.search(token) or _HOLE in token:
            alias = _ALIAS.search(token)
            spoken.extend([_unescaped(alias[1][1:-1])] if name == "sub" and alias else ())
            unheard.extend([name] if not token.endswith("/>") else ())
    return " ".join(spoken)


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    from html import unescape

    return unescape(text)
