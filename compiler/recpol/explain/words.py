"""Texts, values and numbers of a policy as a reader without programming sees them.

Invariant: what `clean` gives holds no control character, no placeholder, no password and no query of a URL; cleaning it
once more changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from recpol.analysis.callouts import follows
from recpol.analysis.languages import worded
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler
from recpol.base.placeholder import BadPlaceholder, Placeholder, split
from recpol.prove.heard import without_tags
from recpol.report.hidden import DOTS, harmless
from recpol.syntax import tree

FEW = 6
"""How many things a sentence names before it says how many more there are."""

SHORT = 48
"""How many characters of a prompt stand for it where it is only named."""

_PASSWORD = re.compile(r'://[^\s"/@{}:]*:[^\s"/@{}]*@')
_TOKEN = re.compile(r'(?:\{\{[^{}]*\}\}|[^\s"])+')
_BLANKS = re.compile(r"[ \t\r\n]+")

_FIELDS = {
    "cli": "the caller's number",
    "callid": "the call's id",
    "callId": "the call's id",
    "to": "the number or user that is called",
    "to.endpoint": "the number or user that is called",
    "from": "where the call comes from",
    "rdnis": "the number that the call was redirected from",
    "domain": "where the call comes from",
    "originationType": "the kind of line that the call comes from",
    "timestamp": "the time of the event",
    "user": "the user who calls",
    "conferenceId": "the conference's id",
    "applicationKey": "the application's key",
    "custom": "what was passed on with the call",
    "menuResult.value": "what the caller chose or entered",
    "menuResult.menuId": "the menu that the caller was in",
}

_UNITS = {"ms": "millisecond", "s": "second", "m": "minute", "h": "hour"}


def clean(text: str) -> str:
    """A text with its placeholders in words, its secrets as dots, and nothing in it that could steer a terminal."""
    hidden = _BLANKS.sub(" ", text)
    if "://" in hidden:
        hidden = _TOKEN.sub(_without_query, _PASSWORD.sub(f"://{DOTS}@", hidden))
    return "".join(harmless(_piece(hidden, piece)) for piece in split(hidden))


def _without_query(found: re.Match[str]) -> str:
    """A word of a text; if it is a URL, without what stands behind its `?`, where signatures and tokens are."""
    word = found[0]
    scheme = word.find("://")
    mark = -1 if scheme < 0 else word.find("?", scheme)
    if mark < 0 or mark + 1 == len(word) or word.startswith(DOTS, mark + 1):
        return word
    return word[: mark + 1] + DOTS


def _piece(text: str, piece: str | Placeholder | BadPlaceholder) -> str:
    match piece:
        case str():
            return piece
        case Placeholder():
            return _value(piece)
        case BadPlaceholder():
            return text[piece.start : piece.end]


def _value(placeholder: Placeholder) -> str:
    otherwise = "" if placeholder.default is None else f", or “{placeholder.default}”"
    match placeholder.scope:
        case "call":
            what = _FIELDS.get(placeholder.name, f"the field {placeholder.name}")
            return f"‹{what}{otherwise}: known when the call comes›"
        case "env":
            return f"‹{placeholder.name}{otherwise}: set when the service is deployed›"
        case "start":
            return f"‹{placeholder.name}{otherwise}: given when the backend begins the call›"
        case _:
            return f"‹{placeholder.name}: a value that nobody has given yet›"


def caller(program: Program, handler: Handler) -> str:
    """Who plays the caller's part in the calls that come to a handler: the caller, the person called, or either."""
    begun = [program.handlers[index] for index in program.graph.begins if program.handlers[index].kind == "callout"]
    if not any(handler.index in follows(program.graph, each) for each in begun):
        return "the caller"
    first = program.graph.first.get("ice")
    comes_in = first is not None and handler.index in follows(program.graph, program.handlers[first])
    return "the caller or the person called" if comes_in else "the person called"


def plain(program: Program, text: tree.Text) -> str:
    """A string of the policy as a reader sees it."""
    return clean(program.fill(text))


def quoted(text: str) -> str:
    """A text in quotation marks."""
    return f"“{text}”"


def short(text: str) -> str:
    """A text cut to what names it."""
    if len(text) <= SHORT:
        return text
    words, _, rest = text[: SHORT - 1].rpartition(" ")
    cut = words if len(rest) < SHORT // 2 else text[: SHORT - 2]
    if cut.count("‹") > cut.count("›"):
        cut += text[len(cut) :].partition("›")[0] + "›"
    return cut if cut == text else f"{cut} …"


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


@lru_cache(maxsize=16)
def stages_named(numbers: tuple[int, ...]) -> str:
    """`stage 2`, `stages 2 and 4`, `stages 1, 2 and 4 to 401`: three and more in a row by the first and the last. All
    stages of parked calls have the same ones before and after them, as many as there are such stages."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(number) for number in run] for run in runs)
    return f"stage{'' if len(numbers) == 1 else 's'} {listed([words for some in told for words in some])}"


def several(words: Sequence[str], few: int = FEW) -> str:
    """Longer phrases, separated by semicolons; only the first of many, and how many more there are."""
    shown = list(words[:few])
    if len(words) > few:
        shown.append(f"and {len(words) - few} more")
    return "; ".join(shown)


def code(name: str) -> str:
    """A name of the policy in backquotes."""
    return f"`{name}`"


def capital(text: str) -> str:
    """A text with a capital at its start."""
    return text[:1].upper() + text[1:]


def times(number: int) -> str:
    """`once`, `2 times`."""
    return "once" if number == 1 else f"{number} times"


def count(number: int, what: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def duration(value: tree.Duration) -> str:
    """`1 hour`, `30 seconds`."""
    return count(value.number.value, _UNITS.get(value.unit, value.unit))


def entered(item: tree.DigitsItem) -> str:
    """`up to 4 digits`."""
    return "one digit" if item.count.value == 1 else f"up to {item.count.text} digits"


def prompt(program: Program, written: tree.Prompt | None) -> str:
    """What a prompt says and plays, in order; empty where there is none."""
    if written is None:
        return ""
    return listed([_part(program, part) for part in written.parts], "and then")


def _part(program: Program, part: tree.PromptPart) -> str:
    if isinstance(part, tree.Played):
        return f"the file {plain(program, part.file)}{in_locale(program, part.locale)}"
    return (
        quoted(spoken(plain(program, part.text), ssml=part.ssml))
        + in_locale(program, part.locale)
        + marks(ssml=part.ssml)
    )


def spoken(words: str, *, ssml: bool) -> str:
    """A text as it is heard: of SSML without the marks for the voice, unless nothing is left then."""
    heard = re.sub(r" ([.,;:!?])", r"\1", " ".join(without_tags(words).split())) if ssml else ""
    return clean(heard) or words  # what stood there as a reference is a letter now


def marks(*, ssml: bool) -> str:
    """What is said of a text that has marks for the voice."""
    return " (SSML: with marks for the voice)" if ssml else ""


def in_locale(program: Program, locale: tree.Locale | None) -> str:
    """The locale that a text says of itself; nothing where it is the default."""
    return "" if locale is None else f" (in {code(worded(program, locale).text)})"


def unique(words: Iterable[str]) -> tuple[str, ...]:
    """Each of some words once, in order."""
    return tuple(dict.fromkeys(words))
