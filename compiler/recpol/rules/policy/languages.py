"""Rules about several languages in one policy: words and their locale, menus, and locales that are known later."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.languages import block_locale, later_scopes, spoken_in
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.finding import Finding, Note
from recpol.base.pattern import pattern
from recpol.base.placeholder import Placeholder
from recpol.base.typing import assert_never
from recpol.platform.scripts import LATIN, SCRIPTS_OF, SPOKEN_IN
from recpol.platform.sources import CALLBACK_PAGE, NODE_SDK, VOICE_V2
from recpol.rules.notation import Notation
from recpol.rules.policy.speech import Speech, prompts_of, speeches
from recpol.rules.rule import rule, shared_rule
from recpol.syntax import tree

_WORD = pattern(r"[^\W\d_]+")
_MARK = pattern(r"<[^<>]*>")


@shared_rule("warning")
def foreign_script(program: Program, say: Notation) -> Iterator[Finding]:
    """A text in letters that its locale is not written in.

    A voice reads its own language: Russian words in `en-GB` come out spelled, as noise, or not at all. Which letters a
    language is written in is of Unicode's CLDR. Latin words are at home in every language, so they are found only where
    there is nothing else. Two languages of one alphabet, as Swedish and English, cannot be told apart this way.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "Разговор записывается." connect pstn +46850020000 }
    ```

    ```recpol
    policy desk
    locale ru-RU
    on ice { answer say "This call is recorded." connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "Разговор записывается." in ru-RU connect pstn +46850020000 }
    ```
    """
    for speech in speeches(program):
        locale = spoken_in(program, speech.locale, speech.within)
        own = None if locale is None else SCRIPTS_OF.get(locale.text.partition("/")[0].partition("-")[0])
        if locale is None or own is None:
            continue
        text = _words(program, speech)
        if text.isascii() and LATIN in own:
            continue
        found = [(word[0], _script(word[0])) for word in _WORD.finditer(text)]
        scripts = [script for _, script in found if script is not None]
        strange = next(((word, script) for word, script in found if script not in (*own, LATIN, None)), None)
        if strange is None and LATIN not in own and len(scripts) > 1 and own.isdisjoint(scripts):
            strange = next((word, script) for word, script in found if script is not None)
        if strange is not None:
            word, script = strange
            other = SPOKEN_IN.get(script or "", "en-GB" if script == LATIN else "")
            example = f", such as `{other}`" if other else ""
            yield Finding(
                f"`{word}` is no word of `{locale.text}`: its letters are {(script or '').capitalize()}",
                speech.text.span,
                notes=(Note(locale.span, "read in this locale"),),
                why="a voice reads the letters of its own language; Unicode's CLDR says which those are",
                help=f"give the text the locale of its language{example}",
            )


def _script(word: str) -> str | None:
    """The script of a word; None where it has several, or none that is known."""
    from recpol.base.scripts import script_of

    scripts = {script_of(letter) for letter in word}
    return scripts.pop() if len(scripts) == 1 else None


def _words(program: Program, speech: Speech) -> str:
    """The words of a text that are known."""
    pieces = [
        piece if isinstance(piece, str) else program.variable(piece) or " " if isinstance(piece, Placeholder) else " "
        for piece in speech.text.pieces
    ]
    text = "".join(pieces)
    if not speech.ssml:
        return text
    return "" if "lang" in text else _MARK.sub(" ", text)  # an element may be of another language


@rule("error", binding=True, targets=lambda target: not target.needs_voice)
def prompt_locale(program: Program) -> Iterator[Finding]:
    """A prompt of a menu, or of a parked call, with another locale than the rest of it.

    One `RunMenu` has one `locale`, for all its menus and prompts, and so has `Park` (Callback API page, Node SDK);
    classic SVAML has none for a parked call. `menu in LOCALE` says it for the whole menu. Each message of Voice API v2
    names a voice of its own.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "For English press 1.", "För svenska, tryck 2." in sv-SE key 1 -> en key 2 -> sv } }
    on pie en { hangup }
    on pie sv { hangup }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      say "For English press 1."
      menu in sv-SE { prompt "För svenska, tryck 2." key 1 -> en key 2 -> sv }
    }
    on pie en { hangup }
    on pie sv { hangup }
    on pie otherwise { hangup }
    ```
    """
    for step in program.steps:
        if not isinstance(step.body, tree.Lined):
            continue
        around = spoken_in(program, block_locale(program, step))
        for prompt in prompts_of(step):
            for part in prompt.parts:
                own = None if part.locale is None else spoken_in(program, part.locale)
                if own is not None and (around is None or own.text != around.text):
                    kind = "park" if isinstance(step.body, tree.Park) else "menu"
                    action = "Park" if kind == "park" else "RunMenu"
                    yield Finding(
                        f"the prompts of one `{kind}` are spoken in one locale",
                        own.span,
                        notes=(Note(around.span, "that of the others"),) if around is not None else (),
                        why=f"`{action}` has one `locale` ({CALLBACK_PAGE}; {NODE_SDK})",
                        help=f"write `{kind} in {own.text} {{ … }}`, or say it before the {kind} with "
                        f"`say … in {own.text}`",
                    )
    for target in program.targets:
        if not target.parks_in_locale and not target.needs_voice:
            yield from _park_locales(program, target.name)


def _park_locales(program: Program, target: str) -> Iterator[Finding]:
    for step in program.steps:
        if isinstance(step.body, tree.Park) and step.body.locale is not None:
            yield Finding(
                f"{target} has no locale for the prompts of a parked call",
                step.body.locale.span,
                why=f"only the current SDKs have one ({NODE_SDK})",
                help="delete it, and say what has to be said in a language before the `park`, with `say … in LOCALE`",
            )


@rule("error", binding=True, targets=lambda target: not target.any_locale)
def late_locale(program: Program) -> Iterator[Finding]:
    """A locale that is known too late for this target.

    `{{ var.NAME }}` is known when the policy is compiled, in every target. A locale that the call brings is a text that
    is filled in later. The current SDKs take any text; the Callback API page lists the locales of classic SVAML, and
    Voice API v2 has none: it needs a voice, which the policy has to choose.

    Wrong:
    ```recpol
    policy desk
    locale "{{ env.LOCALE }}"
    on ice { answer play "https://acme.example/hej.mp3" connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale "{{ var.locale | default('sv-SE') }}"
    on ice { answer play "https://acme.example/hej.mp3" connect pstn +46850020000 }
    ```
    """
    strict = [target for target in program.targets if not target.any_locale]
    named = (default.value for default in program.names.defaults.values() if default.name == "voice")
    for locale in (*locales_of(program), *named):
        if later_scopes(locale) and strict:
            voices = strict[0].needs_voice
            yield Finding(
                f"{strict[0].name} has to know this locale when the policy is compiled",
                locale.span,
                why=f"a text is spoken by a voice, and a voice has one language ({VOICE_V2})"
                if voices
                else f"the locales that it speaks are a list ({CALLBACK_PAGE})",
                help="write the locale, or `{{ var.NAME }}`; or a menu of its own for each language",
            )


def locales_of(program: Program) -> Iterator[tree.Locale]:
    """Every locale that a policy writes, the defaults first."""
    for file in program.files:
        for statement in file.statements:
            if isinstance(statement, tree.Default):
                value = statement.value if statement.name == "locale" else statement.within
                if value is not None:
                    yield value
    for step in program.steps:
        yield from _of_step(step)


def _of_step(step: Step) -> Iterator[tree.Locale]:
    body = step.body
    match body:
        case tree.Say() | tree.Play() | tree.Menu() | tree.Park():
            if body.locale is not None:
                yield body.locale
        case tree.Tones() | tree.Cookie() | tree.Answer() | tree.Hangup() | tree.Continue():
            return
        case tree.Connect() | tree.Call() | tree.Phase() | tree.Submenu():
            pass
        case _:
            assert_never(body)
    yield from (part.locale for prompt in prompts_of(step) for part in prompt.parts if part.locale is not None)
