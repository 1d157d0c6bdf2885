"""Rules about what is said, played and dialled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.finding import Finding, Note
from recpol.base.pattern import pattern
from recpol.base.source import Span
from recpol.platform import limits
from recpol.platform.sources import CALLBACK_PAGE
from recpol.rules.notation import Notation
from recpol.rules.policy.known import beyond, dialled, first_match, known, length, shorter, unread
from recpol.rules.policy.misnamed import says_nothing
from recpol.rules.policy.places import head, named
from recpol.rules.policy.speech import files, is_spoken, speeches, spoken_by, tells_of_recording
from recpol.rules.rule import VALUES, shared_rule
from recpol.syntax import tree


@shared_rule("error", binding=True, covers=("C13",), lifted=VALUES)
def say_too_long(program: Program, say: Notation) -> Iterator[Finding]:
    """A text of more than 600 characters.

    That is the limit for one `Say`, and for one text in a list of prompts (Callback API page). The platform's support
    can raise it for an account; recpol keeps to what is documented.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      say "This call may be recorded so that we can train our staff, settle questions about your order and improve what we offer. The recording is kept for ninety days in a storage that only our quality team can open, and is then deleted for good. You may ask for a copy of it, ask us to delete it, or object to being recorded at any time: tell the person who takes your call, or write to the address that you find on our website under the heading of data protection. If you do not want to be recorded today, please hang up now and write to us instead; we answer every letter and every message within two working days, and your order will not be delayed by it."
      hangup
    }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      say "Our terms have two parts. This is the first one."
      say "This is the second one."
      hangup
    }
    ```
    """  # noqa: E501 - the wrong example has to be that long
    most = limits.SAY_CHARACTERS
    for speech in speeches(program):
        over = None if speech.ssml else beyond(program, speech.text, most.value)
        if over is not None:
            count = length(program, speech.text)
            comma = "several texts with a comma between them" if speech.listed else say.several_texts
            yield Finding(
                f"the text has {count} characters; {most.value} are allowed",
                over,
                why=f"a text to be spoken has at most {most.text} ({most.source})",
                help=f"{shorter(count - most.value)}, or split it into {comma}",
            )


@shared_rule("error", binding=True, covers=("C13",), lifted=VALUES)
def say_empty(program: Program, say: Notation) -> Iterator[Finding]:
    """A text to be spoken without any words in it.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "" connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "One moment, please." connect pstn +46850020000 }
    ```
    """
    for speech in speeches(program):
        text = program.constant(speech.text)
        if text is not None and not text.strip():
            yield Finding(
                "nothing is said here", speech.text.span, help="write the words between the quotes, or delete it"
            )


def _is_mute(program: Program, step: Step) -> bool:
    """Whether a segment says nothing, which has a finding of its own."""
    return isinstance(step.body, tree.Say) and says_nothing(program, step.body.text)


_TONES = pattern(f"[^{re.escape(limits.DTMF_CHARACTERS)}]+")


@shared_rule("error", binding=True, covers=("C11", "C12"), lifted=VALUES)
def bad_tones(program: Program, say: Notation) -> Iterator[Finding]:
    """Tones other than the digits, `#` and `w`.

    `w` is a pause of half a second. The star key is not among the tones that can be sent (Callback API page), although
    a caller can press it in a menu.

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 dtmf "ww12*" }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 dtmf "ww12#" }
    ```
    """
    for step in program.steps:
        if isinstance(step.body, tree.Tones):
            yield from _tones(program, step.body.tones)
    for _, connect in dialled(program):
        for option in connect.options:
            if option.name.text == "dtmf" and connect.kind.text == "pstn" and option.value is not None:
                yield from _tones(program, option.value)


def _tones(program: Program, value: tree.Value) -> Iterator[Finding]:
    why = f"tones are the digits, `#`, and `w` for a pause of half a second ({CALLBACK_PAGE})"
    if isinstance(value, tree.Text):
        found = first_match(program, value, _TONES)
        if program.constant(value) == "":
            yield Finding("no tones are sent here", value.span, why=why, help="write the tones between the quotes")
    else:
        match = _TONES.search(value.span.text)
        found = match and (match.group(), _within(value.span, match))
    if found is not None:
        wrong, span = found
        one = "is not a tone" if len(wrong) == 1 else "are not tones"
        yield Finding(f"`{wrong}` {one}", span, why=why, help=_instead(wrong))


def _instead(wrong: str) -> str:
    if wrong.strip(" ,.pPW") == "":
        return "write `w` for a pause of half a second" if wrong.strip() else "delete the space"
    if set(wrong) == {"*"}:
        return "leave it out: there is no documented way to send the star key"
    return "use the digits, `#` and `w`"


def _within(span: Span, found: re.Match[str]) -> Span:
    return span.source.span(span.start + found.start(), span.start + found.end())


_UNENCODABLE = pattern(r"[\];\n\r]")
_SHOWN = {"]": "`]`", ";": "`;`", "\n": "a line break", "\r": "a line break"}


@shared_rule("error", binding=True, lifted=VALUES, most="warning")
def unencodable_prompt(program: Program, say: Notation) -> Iterator[Finding]:
    """A text with `]`, `;` or a line break where the platform's list of prompts cannot hold it.

    The prompts of menus and of `park`, and everything in `ssml`, are written as `#tts[…];#ssml[…];#href[…]` (Callback
    API page). There is no documented way to put these characters inside the brackets.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1; or wait." key 1 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1, or wait." key 1 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    texts = [(s.text, "ssml" if s.ssml else "tts") for s in speeches(program) if s.listed]
    texts += [(file, "href") for file, listed in files(program) if listed]
    for text, form in texts:
        found = first_match(program, text, _UNENCODABLE)
        if found is None:
            continue
        every = [_SHOWN[char] for part in known(program, text) for char in _UNENCODABLE.findall(part.text)]
        what = " and ".join(dict.fromkeys(every))
        hint = {
            "ssml": "use other words; an entity such as `&amp;` ends with `;` and cannot be written either",
            "tts": "use other punctuation, a comma for example",
            "href": "write `%3B` for `;` and `%5D` for `]`",
        }
        yield Finding(
            f"a prompt cannot hold {what}",
            found[1],
            why=f"it becomes `#{form}[…]` in a list separated by `;`, without a documented escape ({CALLBACK_PAGE})",
            help=hint[form],
        )


@shared_rule("error")
def say_before_answer(program: Program, say: Notation) -> Iterator[Finding]:
    """A prompt in the reply to an incoming call that has not been answered yet.

    The caller's leg is answered when the callee picks up, or earlier by `answer` (Callback API page). Whether a caller
    hears what is played before that depends on the networks between, so this is information. It is an error where a
    guarantee says `announce … in recording`: the announcement would be in the recording, but nobody might have heard
    it. A prompt before `answer` does not count for `announce … before recording` either; that guarantee's own finding
    says so. Where a text tells of a recording (by words such as `recorded`), and its reply records after it, it is a
    warning without a guarantee, too.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice {
      record {
        notice: say "This call is recorded."
        connect pstn +46850020000
      }
    }
    announce notice in recording
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice {
      answer
      record {
        notice: say "This call is recorded."
        connect pstn +46850020000
      }
    }
    announce notice in recording
    ```
    """
    announced: dict[int, tree.Announce] = {}
    for guarantee in program.guarantees():
        if isinstance(guarantee, tree.Announce):
            for index in program.selected.chosen(guarantee.selection):
                if announced.get(index, guarantee).word == guarantee.word or guarantee.word == "before":
                    announced[index] = guarantee
    for handler in program.handlers:
        if handler.kind != "ice" or unread(program, handler):
            continue
        early = list(takewhile(lambda step: not isinstance(step.body, tree.Answer), handler.segments))
        spoken = [step for step in early if is_spoken(step) and not _is_mute(program, step)]
        prompts = [step for step in spoken if not isinstance(step.body, tree.Park)]
        counted = [step for step in spoken if step.index in announced]
        why = f"the incoming call is answered when the callee picks up, or earlier by {say.answer} ({CALLBACK_PAGE})"
        if any(announced[step.index].word == "before" for step in counted):
            continue
        if counted:
            from recpol.rules.policy.judged import words_of

            guarantee = announced[counted[0].index]
            yield Finding(
                f"the caller may not hear the announcement {named(counted[0])}",
                head(counted[0]),
                notes=(Note(guarantee.selection.span, "a guarantee counts on it"),),
                why=why,
                help=f"put {say.answer} before it",
                fixes=say.answer_first(counted[0], True),
                about=words_of(guarantee),
            )
        elif prompts:
            notice = next((step for step in prompts if _tells(program, step) and _recorded_after(program, step)), None)
            first = notice or prompts[0]
            yield Finding(
                "the caller may not hear that the call is recorded: it is not answered yet"
                if notice is not None
                else "the caller may not hear this: the call is not answered yet",
                head(first),
                why=why,
                help=f"put {say.answer} before it",
                severity="info" if notice is None else "warning",
                fixes=say.answer_first(first, False),
            )


def _tells(program: Program, step: Step) -> bool:
    """Whether a step that is not recorded tells the caller of a recording."""
    if program.decided(step).call_stores:
        return False
    return any(tells_of_recording(speech.text.value) for speech in spoken_by(program, step))


def _recorded_after(program: Program, step: Step) -> bool:
    """Whether something that comes after a step in its reply is recorded."""
    later = (other for other in program.steps if other.handler == step.handler and other.index > step.index)
    return any(
        (decided := program.decided(other)).call_stores or decided.conference_store is not None for other in later
    )
