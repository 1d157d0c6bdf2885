"""Where a policy speaks: every text that a caller hears, with the segment it belongs to.

Invariant: each text that is read aloud comes exactly once, in the order in which it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from recpol.analysis.callouts import spoken_as_one
from recpol.analysis.languages import block_locale
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.pattern import pattern
from recpol.base.record import Record, replace
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.syntax import tree


class Speech(Record):
    """A text that is read aloud.

    `listed` is true where it becomes `#tts[…]` or `#ssml[…]` in a list of prompts, not the text of a Say; `locale` is
    its own, `within` that of the block around it.
    """

    step: Step
    text: tree.Text
    span: Span
    ssml: bool
    listed: bool
    locale: tree.Locale | None = None
    within: tree.Locale | None = None


def prompts_of(step: Step) -> Iterator[tree.Prompt]:
    """The prompts of a menu, a further menu or a `park`."""
    body = step.body
    if isinstance(body, tree.Lined):
        for item in body.items:
            if isinstance(item, tree.PromptedItem):
                yield item.prompt


def is_spoken(step: Step) -> bool:
    """Whether somebody speaks to the caller in a step, or a file is played, so that the caller should hear it."""
    match step.body:
        case tree.Say() | tree.Play() | tree.Menu() | tree.Submenu() | tree.Park():
            return True
        case tree.Tones() | tree.Cookie() | tree.Answer() | tree.Hangup():
            return False
        case tree.Continue() | tree.Connect() | tree.Phase() | tree.Call():
            return False
        case _:
            assert_never(step.body)


_TOLD = pattern(
    r"\b(?:recorded|recording|enregistr\w*|aufgezeichnet|aufgenommen|mitgeschnitten|opgenomen|spelas in|inspela[td]|"
    r"optag(?:es|et)|tas opp|grab(?:a|an|ad[ao]s?)|gravad[ao]s?|registrat[aeio]|nagrywan[ae]|nauhoitetaan|"
    r"înregistrat[ăe]?|kaydedil\w*|записыва[ею]тся)\b|録音|录音|錄音|녹음",
    re.IGNORECASE,
)
_LATE = pattern(r"\b(?:stopped|not|no longer|nicht|inte|pas|saved|leave|after)\b", re.IGNORECASE)


def tells_of_recording(text: str) -> bool:
    """Whether a text tells a caller that the call is recorded, as far as words of common languages show it."""
    return _TOLD.search(text) is not None and _LATE.search(text) is None


@lru_cache(maxsize=2)  # rules ask for those of the same program one after the other
def speeches(program: Program) -> tuple[Speech, ...]:
    """Every text that a policy has read aloud."""
    found: list[Speech] = []
    for step in program.steps:
        if isinstance(step.body, tree.Say | tree.Lined):
            spoken = spoken_by(program, step)
            listed = _in_callout(program, step)
            found += (replace(speech, listed=True) for speech in spoken) if listed else spoken
    return tuple(found)


def _in_callout(program: Program, step: Step) -> bool:
    """Whether a step is one of several prompts that a callout says as one text."""
    handler = program.handler_of(step)
    return handler.kind == "callout" and isinstance(handler.last, tree.Hangup) and not spoken_as_one(handler)


def spoken_by(program: Program, step: Step) -> Iterator[Speech]:
    """Every text that a step has read aloud."""
    body, within = step.body, block_locale(program, step)
    if isinstance(body, tree.Say):
        yield Speech(step, body.text, body.span, body.ssml, listed=body.ssml, locale=body.locale)
    for prompt in prompts_of(step):
        for part in prompt.parts:
            if isinstance(part, tree.Spoken):
                yield Speech(step, part.text, part.span, part.ssml, listed=True, locale=part.locale, within=within)


@lru_cache(maxsize=2)
def files(program: Program) -> tuple[tuple[tree.Text, bool], ...]:
    """Every sound file that a policy plays, and whether it stands in a list of prompts."""
    found: list[tuple[tree.Text, bool]] = []
    for step in program.steps:
        if isinstance(step.body, tree.Play):
            found += ((file, _in_callout(program, step)) for file in step.body.files)
        for prompt in prompts_of(step):
            found += ((part.file, True) for part in prompt.parts if isinstance(part, tree.Played))
    return tuple(found)
