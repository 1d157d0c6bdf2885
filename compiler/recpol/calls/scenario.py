"""Scenarios: what happens in a call, as a script that a person can write, to events and back.

    press 2; answer; begin card     # steps stand between `;` or on lines of their own
    end card; hang up

Invariant: reading is total, and what cannot be read is a finding that underlines it; reading what `spell` writes gives
the same events.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from recpol.base.finding import Finding
from recpol.base.nearest import nearest
from recpol.base.record import Record, replace
from recpol.base.source import BOM, Source, Span
from recpol.base.typing import assert_never
from recpol.calls import trace as t

MAX_STEPS = 500
"""How many steps a scenario may have; a long call has twenty."""

KEYS = "0123456789*#"

SpanOf = Callable[[int, int], Span]
"""From the start and end of a piece of the text to where it was written."""


class ScenarioStep(Record):
    """One thing that happens, and where the scenario says so."""

    event: t.Event
    span: Span


class Scenario(Record):
    """The steps that could be read, and what is wrong with the others."""

    steps: tuple[ScenarioStep, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def events(self) -> tuple[t.Event, ...]:
        """What happens, in order."""
        return tuple(step.event for step in self.steps)


def with_start(scenario: Scenario, values: Mapping[str, str]) -> Scenario:
    """A scenario with further values for the call that the backend begins; those of its step go before them."""
    first = scenario.steps[0] if scenario.steps else None
    if first is None or not isinstance(first.event, t.Starts) or not values:
        return scenario
    given = {**values, **dict(first.event.values)}
    begun = replace(first, event=replace(first.event, values=tuple(given.items())))
    return replace(scenario, steps=(begun, *scenario.steps[1:]))


_FIXED: Mapping[str, t.Event] = {
    "answer": t.Answers(),
    "busy": t.Unanswered("busy"),
    "no answer": t.Unanswered("silent"),
    "noanswer": t.Unanswered("silent"),
    "failed": t.Unanswered("failed"),
    "no reply": t.Unreplied(),
    "wait": t.Waits(),
    "wrong key": t.Mistypes(),
    "park expires": t.Expires(),
}

_HANGS_UP: Mapping[str, t.HangsUp] = {
    "hang up": t.HangsUp(),
    "caller hangs up": t.HangsUp(),
    "callee hangs up": t.HangsUp("callee"),
}

_NAMED: Mapping[str, tuple[str, Callable[[str], t.Event]]] = {
    "start": ("the name of a callout", t.Starts),
    "press": ("a key", t.Presses),
    "digits": ("digits", t.Enters),
    "begin": ("a phase", t.Begins),
    "end": ("a phase", t.Ends),
    "send": ("a reply", t.Sends),
    "manage": ("a request", t.Manages),
}

FORMS = (
    "answer", "busy", "no answer", "failed", "no reply", "press KEY", "press KEY in the room", "digits DIGITS",
    "wait", "wrong key",
    "begin PHASE", "end PHASE", "send REPLY", "manage REQUEST", "park expires", "hang up", "callee hangs up",
    "hang up during N", "hang up after N", "another joins by REPLY", "start CALLOUT", "start CALLOUT with KEY VALUE",
)  # fmt: skip
"""All steps that there are, as documentation and help show them."""

_JOINS = "another joins by"
_IN_ROOM = "in the room"

_PHRASES = (*_FIXED, *_HANGS_UP, *_NAMED, _JOINS)


def spell(events: tuple[t.Event, ...]) -> str:
    """Events as a scenario on one line.

    Keys and digits are made of `0` to `9`, `*` and `#`; names of phases and replies are names of the language.
    """
    return "; ".join(spell_one(event) for event in events)


def spell_one(event: t.Event) -> str:
    """One event as a step."""
    match event:
        case t.Starts():
            return _spell_start(event)
        case t.Answers():
            return "answer"
        case t.Unanswered():
            return "no answer" if event.reason == "silent" else event.reason
        case t.Presses():
            return f"press {_quoted(event.key)}"
        case t.PressesInRoom():
            return f"press {_quoted(event.key)} {_IN_ROOM}"
        case t.Enters():
            return f"digits {_quoted(event.digits)}"
        case t.Waits():
            return "wait"
        case t.Mistypes():
            return "wrong key"
        case t.HangsUp():
            who = "hang up" if event.who == "caller" else "callee hangs up"
            return who if event.heard is None else f"{who} during {event.heard + 1}"
        case t.Begins():
            return f"begin {event.phase}"
        case t.Ends():
            return f"end {event.phase}"
        case t.Sends():
            return f"send {event.reply}"
        case t.Joins():
            return f"{_JOINS} {event.reply}"
        case t.Manages():
            return f"manage {event.request}"
        case t.Expires():
            return "park expires"
        case t.Unreplied():
            return "no reply"
        case _:
            assert_never(event)


def _quoted(keys: str) -> str:
    return f'"{keys}"' if "#" in keys else keys


def read_scenario(source: Source) -> Scenario:
    """A text to its steps."""
    skip = int(source.text.startswith(BOM))
    return read_steps(source.text[skip:], lambda start, end: source.span(start + skip, end + skip))


def read_steps(text: str, place: SpanOf) -> Scenario:
    """A text that stands somewhere else, such as in a YAML file, to its steps."""
    steps: list[ScenarioStep] = []
    findings: list[Finding] = []
    for words in _sentences(text):
        span = place(words[0].start, words[-1].end)
        if len(steps) == MAX_STEPS:
            findings.append(_wrong(f"more than {MAX_STEPS} steps", span, "test with a shorter call"))
            break
        got = _read(words, place)
        if isinstance(got, Finding):
            findings.append(got)
        else:
            steps.append(ScenarioStep(got, span))
    return Scenario(tuple(steps), tuple(findings))


class _Word(Record):
    """A word of the text, without its quotes (a quote that is not closed is a word), and where it stands with them."""

    text: str
    start: int
    end: int


_TOKEN = re.compile(r"""(?P<end>[;\n\r])|(?P<comment>\#[^\n\r]*)|"(?P<quoted>[^"\n\r]*)"|(?P<word>[^\s;#"]+|")""")


def _sentences(text: str) -> Iterator[list[_Word]]:
    """The words of each step; `#` outside quotes begins a comment."""
    words: list[_Word] = []
    for found in _TOKEN.finditer(text):
        if found["end"]:
            if words:
                yield words
            words = []
        elif not found["comment"]:
            quoted = found["quoted"]
            words.append(_Word(found["word"] if quoted is None else quoted, *found.span()))
    if words:
        yield words


def _read(words: list[_Word], place: SpanOf) -> t.Event | Finding:
    for word in words:
        if word.text == '"':
            return _wrong("a quote that is not closed", place(word.start, word.end), 'close it with `"`')
    said = [word.text for word in words]
    phrase = next((p for p in _PHRASES if said[: len(p.split())] == p.split()), None)
    if phrase is None:
        return _unknown(words, place)
    rest = words[len(phrase.split()) :]
    end = words[-1].end
    if phrase in _NAMED:
        what, make = _NAMED[phrase]
        if not rest:
            return _wrong(f"`{phrase}` without {what}", place(words[0].start, end), _wanted(phrase))
        if phrase == "start":
            return _start(rest, place)
        inside = phrase == "press" and [word.text for word in rest[1:]] == _IN_ROOM.split()
        pressed: Callable[[str], t.Event] = t.PressesInRoom if inside else make
        return _extra(() if inside else rest[1:], place) or _argument(phrase, rest[0], pressed, place)
    if phrase == _JOINS:
        reply = " ".join(word.text for word in rest)
        if re.fullmatch(r"ice|ace|(?:pie|manage) [a-z][a-z0-9-]*", reply):
            return t.Joins(reply)
        help_ = f"write the reply by which the other caller comes, such as `{_JOINS} pie host`"
        return _wrong(f"`{_JOINS}` without a reply", place(words[0].start, end), help_)
    if phrase in _HANGS_UP:
        return _hang_up(_HANGS_UP[phrase], rest, place, end)
    return _extra(rest, place) or _FIXED[phrase]


def _argument(phrase: str, word: _Word, make: Callable[[str], t.Event], place: SpanOf) -> t.Event | Finding:
    text = word.text
    match phrase:
        case "press":
            good = len(text) == 1 and text in KEYS
        case "digits":
            good = bool(text) and not text.strip(KEYS)
        case _:
            good = re.fullmatch(r"[a-z][a-z0-9-]*", text) is not None
    if good:
        return make(text)
    named_by = {"send": "the name of a reply", "manage": "the name of a request", "start": "the name of a callout"}
    what = {"press": "a key", "digits": "digits", **named_by}.get(phrase, "the name of a phase")
    several = phrase == "press" and len(text) > 1 and not text.strip(KEYS)
    help_ = f"write `digits {text}` for several keys" if several else _wanted(phrase)
    named = text or '""'
    return _wrong(f"`{named}` is not {what}", place(word.start, word.end), help_)


def _start(rest: list[_Word], place: SpanOf) -> t.Event | Finding:
    """`start NAME`, or `start NAME with KEY VALUE …`: the request that begins a call, and what is filled in."""
    named = _argument("start", rest[0], t.Starts, place)
    if not isinstance(named, t.Starts) or len(rest) == 1:
        return named
    if rest[1].text != "with":
        return _extra(rest[1:], place) or named
    given = rest[2:]
    last = given[-1] if given else rest[1]
    if not given or len(given) % 2:
        help_ = "write names and values in turn, such as `start customer with number +442079460100`"
        return _wrong("a value without a name, or a name without a value", place(last.start, last.end), help_)
    return t.Starts(named.name, tuple((key.text, value.text) for key, value in zip(*[iter(given)] * 2, strict=True)))


def _spell_start(event: t.Starts) -> str:
    if not event.values:
        return f"start {event.name}"
    return f"start {event.name} with " + " ".join(f'{key} "{value}"' for key, value in event.values)


def _wanted(phrase: str) -> str:
    match phrase:
        case "press":
            return 'write one of `0` to `9`, `*` or `"#"`: a bare `#` begins a comment'
        case "digits":
            return "write what the caller keys in, such as `digits 1234`"
        case "start":
            return "write the name of an `on callout` handler, such as `start customer`"
        case "send":
            return "write the name of an `on manage` handler, such as `send pick-up`"
        case "manage":
            return "write the name of an `on manage … in` handler, such as `manage stop`"
        case _:
            return f"write the name of a phase, such as `{phrase} card`"


def _hang_up(event: t.HangsUp, rest: list[_Word], place: SpanOf, end: int) -> t.Event | Finding:
    if not rest:
        return event
    when, *numbers = rest
    if when.text not in ("after", "during"):
        near = nearest(when.text, ("after", "during"))
        help_ = f"did you mean `{near}`?" if near is not None else "write `;` between two steps"
        return _wrong(f"`{when.text}` after a step", place(when.start, when.end), help_)
    least = 1 if when.text == "during" else 0
    if not numbers:
        return _wrong(f"`{when.text}` without a number", place(when.start, end), _counted(when.text))
    extra = _extra(numbers[1:], place)
    if extra is not None:
        return extra
    text = numbers[0].text
    if re.fullmatch("[0-9]{1,6}", text) is None or int(text) < least:
        span = place(numbers[0].start, numbers[0].end)
        return _wrong(f"`{text}` is not a number of sounds", span, _counted(when.text))
    return t.HangsUp(event.who, int(text) - least)


def _counted(when: str) -> str:
    if when == "during":
        return "write which sound of the latest reply is cut short: `hang up during 1` is the first one"
    return "write how many sounds of the latest reply are heard in full, such as `hang up after 1`"


def _extra(rest: Sequence[_Word], place: SpanOf) -> Finding | None:
    if not rest:
        return None
    span = place(rest[0].start, rest[-1].end)
    return _wrong(f"`{span.text}` after a step", span, "write `;` between two steps")


def _unknown(words: list[_Word], place: SpanOf) -> Finding:
    """A step that means nothing; the known one that its first words are most like."""
    said = " ".join(word.text for word in words)
    span = place(words[0].start, words[-1].end)
    joined = next((phrase for phrase in _PHRASES if phrase.replace(" ", "") == words[0].text), None)
    if joined is not None:
        return _wrong(f"unknown step `{said}`", span, f"did you mean `{joined}{said[len(words[0].text) :]}`?")
    for length in range(min(len(words), 3), 0, -1):
        start = " ".join(word.text for word in words[:length])
        near = nearest(start, [phrase for phrase in _PHRASES if len(phrase.split()) == length])
        if near is not None:
            return _wrong(f"unknown step `{said}`", span, f"did you mean `{near}{said[len(start) :]}`?")
    return _wrong(f"unknown step `{said}`", span, "the steps are " + ", ".join(f"`{form}`" for form in FORMS))


def _wrong(message: str, span: Span, help_: str) -> Finding:
    return Finding(message, span, help=help_)
