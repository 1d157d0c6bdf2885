"""Rules about what Voice API v2 cannot say at all, and what to do instead.

Invariant: they speak only of policies that are compiled to svaml2, and each message names that target.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.analysis.languages import spoken_in
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.finding import Finding
from recpol.base.placeholder import Placeholder
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.platform.payload import ALL_FIELDS, IN_V2
from recpol.platform.sources import VOICE_V2, cite
from recpol.rules.policy.destination import destinations
from recpol.rules.policy.known import beyond
from recpol.rules.policy.speech import files, prompts_of, speeches
from recpol.rules.rule import documented, rule
from recpol.rules.targets.svaml2_dialled import cannot_dial, lacking, no
from recpol.syntax import tree

ONLY = documented("v2")

_COOKIE = ("cookies", "Voice API v2 keeps nothing between events", "keep it in the backend, by the session's id")
_TONES = ("`tones`", "no command of v2 sends tones", "let the backend send them, or leave them out")
_PARK = (
    "`park`",
    "prompts cannot be repeated without end in v2",
    "let the backend hold the call with `messages`, and send what comes next as PATCH",
)


@rule("error", binding=True, targets=ONLY)
def not_in_svaml2(program: Program) -> Iterator[Finding]:
    """Something that Voice API v2 cannot say.

    Cookies, tones, parking, calls to apps and conferences have no counterpart in v2, nor has a value that goes with a
    call (`custom`). A recording needs a URL with `s3://`, `gs://` or `azure://`; a prompt is played from an address; a
    menu hears keys, not words;
    and a call has no destination of its own that an empty `connect pstn` could mean.

    Wrong:
    ```recpol
    policy desk
    on ice { answer cookie "desk" = "north" connect pstn +46850020000 }
    ```

    ```recpol
    policy room
    on ice { answer connect conference "board" }
    ```

    Right:
    ```recpol
    policy desk
    on ice { answer connect pstn +46850020000 }
    ```
    """
    from recpol.platform.v2 import commands as facts

    for step in program.steps:
        match step.body:
            case tree.Cookie():
                yield lacking(step, *_COOKIE)
            case tree.Tones():
                yield lacking(step, *_TONES)
            case tree.Park():
                yield lacking(step, *_PARK)
            case tree.Connect() | tree.Call():
                yield from cannot_dial(step, step.body)
            case tree.Menu() | tree.Submenu():
                yield from _menu(step.body)
            case tree.Continue():
                yield from _continue(program, step)
            case tree.Say() | tree.Play() | tree.Answer() | tree.Hangup() | tree.Phase() | tree.Call():
                pass
            case _:
                assert_never(step.body)
    for text, _ in files(program):
        known = program.constant(text)
        if known is not None and "://" not in known:
            yield no("ids of uploaded files", text.span, "PLAY takes a URL", "give the file's address")
    yield from _fields(program)
    for _, at in destinations(program):
        if at.scheme is None:
            yield Finding(
                "for svaml2 the URL of a store must begin with its scheme",
                at.written.node.span,
                why=f"`destination` is made of it ({VOICE_V2})",
                help="write `s3://`, `gs://` or `azure://`, and put what is known later after it",
            )
        elif at.storage is not None and at.scheme.text not in facts.DESTINATIONS:
            help_ = "use `s3://`, `gs://` or `azure://`"
            yield no(f"`{at.scheme.text}` destinations", at.scheme.span, "`destination` is AWS, GCP or AZURE", help_)


def _fields(program: Program) -> Iterator[Finding]:
    for text in program.texts:
        for piece in text.pieces:
            unknown = isinstance(piece, Placeholder) and piece.scope == "call" and piece.name not in IN_V2
            if unknown and isinstance(piece, Placeholder) and piece.name in ALL_FIELDS:
                why = "a `call.incoming` event does not bring it"
                help_ = "use one of " + ", ".join(f"`call.{name}`" for name in IN_V2 if name != "callId")
                yield no(f"field for `call.{piece.name}`", text.part(piece.start, piece.end), why, help_)


def _menu(body: tree.AnyMenu) -> Iterator[Finding]:
    prompted = any(isinstance(item, tree.PromptItem) for item in body.items)
    for item in body.items:
        match item:
            case tree.SwitchItem():
                if (item.name, item.value.text) == ("voice", "yes"):
                    help_ = "delete `voice yes`: let callers press keys"
                    yield no("voice input", item.span, "`inputMethods` is DTMF only", help_)
            case tree.WaitItem():
                if item.limit is not None:
                    yield no("`up to` for a menu", item.limit.span, "it limits voice input", "delete `up to`")
            case tree.RepeatItem():
                if not prompted:
                    yield no(
                        "`repeat` without `prompt`", item.span, "a `repeatPrompt` needs a `prompt`", "add a `prompt`"
                    )
            case tree.PromptItem() | tree.KeyItem() | tree.DigitsItem() | tree.FailItem():
                pass
            case tree.Submenu() | tree.Broken():
                pass
            case _:
                assert_never(item)


def _continue(program: Program, step: Step) -> Iterator[Finding]:
    handler = program.handler_of(step)
    if handler.kind != "ace" and not handler.in_talk and program.is_reachable(step):
        why = "a call has no destination of its own"
        yield lacking(step, "`continue` before a connect", why, "write the `connect` that is meant")


@rule("error", binding=True, targets=ONLY)
def no_voice(program: Program) -> Iterator[Finding]:
    """A prompt that is spoken in svaml2 without a voice.

    v2 has no locales for speech: every text names a voice, and a voice speaks one language. `voice NAME` is the voice
    of the policy's `locale`, `voice NAME in LOCALE` that of another one.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "One moment." connect pstn +46850020000 }
    ```

    ```recpol
    policy desk
    locale en-GB
    voice Amy
    on ice { answer say "Ett ögonblick." in sv-SE connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    voice Amy
    voice Astrid in sv-SE
    on ice { answer say "One moment." say "Ett ögonblick." in sv-SE connect pstn +46850020000 }
    ```
    """
    from recpol.platform.v2.voices import suggested_voices
    from recpol.targets.v2.forms import voice_of

    told: set[str | None] = set()
    default = spoken_in(program)
    for speech in speeches(program):
        if voice_of(program, speech.locale, speech.within) is not None:
            continue
        locale = spoken_in(program, speech.locale, speech.within)
        name = None if locale is None else locale.text
        if name in told or (name is not None and "{{" in name):  # one that is known later is `late-locale`
            continue
        told.add(name)
        near = suggested_voices(name) if name is not None else ()
        plain = name is None or (default is not None and name == default.text)
        write = "voice NAME" if plain else f"voice NAME in {name}"
        say = f"`{write.replace('NAME', near[0])}`" if near else f"`{write}`"
        others = f"; {' and '.join(near[1:])} speak it too" if len(near) > 2 else ""
        yield Finding(
            "no voice for this text" if name is None else f"no voice for `{name}`",
            speech.span,
            why=f"every text of svaml2 names a voice (`voiceName`, {VOICE_V2})",
            help=f"declare one: {say}{others}",
        )


@rule("error", binding=True, targets=ONLY)
def beyond_svaml2(program: Program) -> Iterator[Finding]:
    """A number that is beyond what Voice API v2 allows.

    A menu of v2 waits 1 to 60 whole seconds, repeats its prompt at most 10 times and takes at most 100 digits; a prompt
    has at most 10 parts. A SIP address has at most 252 characters; a call has at most 16 headers, of at most 255
    printable ASCII characters each; a stream has one of six sample rates.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    voice Amy
    on ice { answer menu { prompt "Press 1." wait 2500ms key 1 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    voice Amy
    on ice { answer menu { prompt "Press 1." wait 3s key 1 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    from recpol.platform.v2 import commands as facts

    for speech in speeches(program):
        over = beyond(program, speech.text, facts.SAY_CHARACTERS.value) if speech.ssml else None
        if over is not None:
            yield _beyond("a text has at most", over, f"{facts.SAY_CHARACTERS.text} with its marks", "make it shorter")
    for store in program.names.stores.values():
        locale = store.field("transcribe")
        if (
            locale is not None
            and isinstance(locale.value, tree.Word)
            and not re.fullmatch(facts.LANGUAGE, locale.value.text)
        ):
            help_ = f"write `{locale.value.text.replace('_', '-')}`"
            yield _beyond("the locale of a transcript has", locale.value.span, "the form `gd-GB`", help_)
    for step in program.steps:
        for prompt in prompts_of(step):
            if len(prompt.parts) > facts.MESSAGES.value:
                yield _beyond("a prompt has at most", prompt.span, facts.MESSAGES.text, "make it shorter")
        if isinstance(step.body, tree.AnyMenu):
            yield from _numbers(step.body)
        if isinstance(step.body, tree.Dialled):
            yield from _destination(program, step.body)


_SCHEME = len("sip:")


def _destination(program: Program, body: tree.Dialled) -> Iterator[Finding]:
    from recpol.platform.v2 import commands as facts

    if body.kind.text == "sip" and isinstance(body.target, tree.Text):
        target = program.constant(body.target)
        if target is not None and len(target) > facts.SIP_TO.value - _SCHEME:
            what = "a SIP address has at most"
            yield _beyond(what, body.target.span, f"{facts.SIP_TO.value - _SCHEME} characters", "use a shorter one")
    headers = [option for option in body.options if option.key is not None and option.value is not None]
    if len(headers) > facts.HEADERS.value:
        yield _beyond("a call has at most", headers[facts.HEADERS.value].span, facts.HEADERS.text, "leave some out")
    for option in headers:
        for text in (option.key, option.value):
            known = program.constant(text) if isinstance(text, tree.Text) else None
            if known is not None and len(known) > facts.HEADER_CHARACTERS.value and text is not None:
                yield _beyond("a header has at most", text.span, facts.HEADER_CHARACTERS.text, "make it shorter")
            elif known is not None and text is not None and not (known.isascii() and known.isprintable()):
                yield _beyond("a header holds", text.span, "printable ASCII characters only", "write it in ASCII")
    for option in body.options:
        value = option.value if option.name.text == "sample-rate" else None
        if isinstance(value, tree.Number) and value.value not in facts.SAMPLE_RATES:
            *rates, last = facts.SAMPLE_RATES
            most = f"at {', '.join(map(str, rates))} or {last} Hz"
            yield _beyond("a stream is sampled", value.span, most, "write one of these")


def _beyond(what: str, span: Span, most: str, help_: str) -> Finding:
    return Finding(f"in svaml2 {what} {most}", span, why=f"a limit of {cite(VOICE_V2)}", help=help_)


def _numbers(body: tree.AnyMenu) -> Iterator[Finding]:
    from recpol.platform.v2 import commands as facts

    for item in body.items:
        match item:
            case tree.WaitItem():
                wait = item.wait.milliseconds
                if wait is not None and (wait % 1000 or not 1 <= wait // 1000 <= facts.MENU_TIMEOUT_SECONDS.value):
                    help_ = "write whole seconds, such as `5s`"
                    yield _beyond("a menu waits 1 to", item.wait.span, f"{facts.MENU_TIMEOUT_SECONDS.value} s", help_)
            case tree.RepeatItem():
                times = item.times
                if times is not None and times.value > facts.MENU_REPEATS.value:
                    yield _beyond(
                        "a menu repeats at most", times.span, f"{facts.MENU_REPEATS.value} times", "write less"
                    )
            case tree.DigitsItem():
                if item.count.value > facts.MENU_INPUT.value:
                    yield _beyond("a menu takes at most", item.count.span, facts.MENU_INPUT.text, "write less")
            case tree.PromptItem() | tree.SwitchItem() | tree.KeyItem() | tree.FailItem():
                pass
            case tree.Submenu() | tree.Broken():
                pass
            case _:
                assert_never(item)
