"""Rules about the language in which prompts are spoken and heard."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from recpol.analysis.languages import worded
from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.base.nearest import nearest
from recpol.base.pattern import pattern
from recpol.platform import locales
from recpol.platform.sources import CALLBACK_PAGE, FUNCTIONS_PAGES, NODE_SDK, VOICE_V2
from recpol.rules.edits import guess
from recpol.rules.notation import Notation
from recpol.rules.policy.destination import all_stores
from recpol.rules.policy.known import connects
from recpol.rules.policy.languages import locales_of
from recpol.rules.policy.misnamed import says_nothing
from recpol.rules.policy.places import head
from recpol.rules.policy.speech import speeches
from recpol.rules.rule import VALUES, rule, shared_rule
from recpol.syntax import tree

_KNOWN = frozenset(locales.CLASSIC_LOCALES + locales.V1_LOCALES)
_VOICES = ("female", "male")
_VOICE = pattern(r"[A-Z][a-z]+\Z")
_LOCALE = pattern(rf"(?:{locales.LOCALE})\Z")


@lru_cache(maxsize=2)  # two rules ask for those of the same program one after the other
def _locales(program: Program) -> tuple[tree.Word, ...]:
    """Every locale of a prompt, the defaults first."""
    found = [spelt for locale in locales_of(program) if "{{" not in (spelt := worded(program, locale)).text]
    for _, connect in connects(program):
        for option in connect.options:
            if option.name.text == "locale" and option.value is not None and connect.kind.text == "pstn":
                text = program.fill(option.value) if isinstance(option.value, tree.Text) else option.value.span.text
                found.append(tree.Word(text, option.value.span))
    return tuple(found)


@rule("error", binding=True)
def malformed_locale(program: Program) -> Iterator[Finding]:
    """A locale that cannot be one.

    A locale is a language and a country, such as `sv-SE`, with or without a voice. A string may hold `{{ var.NAME }}`,
    which is filled in before it is looked at.

    Wrong:
    ```recpol
    policy desk
    locale "svenska (Sverige)"
    on ice { answer say "Ett ögonblick." connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale sv-SE
    on ice { answer say "Ett ögonblick." connect pstn +46850020000 }
    ```
    """
    transcripts = (store.field("transcribe") for store in all_stores(program))
    values = [field.value for field in transcripts if field is not None]
    spelled = [worded(program, value) for value in values if isinstance(value, tree.Locale)]
    for locale in (*_locales(program), *spelled):
        if not _LOCALE.match(locale.text):
            what = "is not a locale" if locale.text.strip() else "is empty"
            help_ = "write a language and a country, such as `en-US`"
            yield Finding(f"`{locale.text}` {what}", locale.span, help=help_)


@shared_rule("warning", lifted=VALUES)
def bad_locale(program: Program, say: Notation) -> Iterator[Finding]:
    """A locale that the platform does not list.

    The Callback API page lists what `Say` speaks; the current SDKs list more, each also with a voice, as
    `sv-SE/female`. The lists grow, and names of single voices are accepted as well, so this is a reason to look twice
    and no more.

    Wrong:
    ```recpol
    policy desk
    locale sv-SV
    on ice { answer say "Ett ögonblick." connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale sv-SE
    on ice { answer say "Ett ögonblick." connect pstn +46850020000 }
    ```
    """
    for locale in _locales(program):
        name, _, voice = locale.text.partition("/")
        if say.voice_for_locale and _VOICE.match(locale.span.text):
            continue
        if not _LOCALE.match(locale.text) or (name in _KNOWN and voice in ("", *_VOICES)):
            continue
        if name in _KNOWN:
            help_, close = f"write `{name}`, `{name}/female` or `{name}/male`", None
        else:
            close = _nearest(name)
            help_ = f"did you mean `{close}`?" if close else "write a language and a country, such as `en-US`"
        yield Finding(
            f"`{locale.text}` is not a locale that the platform lists",
            locale.span,
            why=f"the lists of locales are those of Say ({CALLBACK_PAGE}) and of the current API ({NODE_SDK})",
            help=help_,
            fixes=guess(locale.span, name, close) if close and locale.span.text == name else (),
        )


def _nearest(name: str) -> str | None:
    """The locale that was meant: the same one spelled otherwise, the same language, or a similar word."""
    spelled = name.replace("_", "-").casefold()
    if spelled.endswith("-uk"):  # Britain's code is GB (ISO 3166-1); `uk` is the language Ukrainian
        spelled = f"{spelled[:-3]}-gb"
    same = [known for known in sorted(_KNOWN) if known.casefold() == spelled]
    language = spelled.partition("-")[0]
    kin = [known for known in locales.CLASSIC_LOCALES if known.partition("-")[0] == language]
    kin += [known for known in locales.V1_LOCALES if known.partition("-")[0] == language]
    if same:
        return same[0]
    return (nearest(name, kin) or kin[0]) if kin else nearest(name, _KNOWN)


def _voiced(program: Program) -> Iterator[tuple[tree.SwitchItem, tree.Menu]]:
    """The `voice yes` of menus that have no locale."""
    if program.names.locale is None and not program.partial:
        for step in program.steps:
            if isinstance(step.body, tree.Menu) and step.body.locale is None:
                for item in step.body.items:
                    if isinstance(item, tree.SwitchItem) and item.name == "voice" and item.value.text == "yes":
                        yield item, step.body


@shared_rule("error", binding=True, covers=("C10",))
def voice_without_locale(program: Program, say: Notation) -> Iterator[Finding]:
    """A menu that listens to the caller's voice in no particular language.

    `enableVoice` needs the `locale` of what will be said (Callback API page). A menu takes the default locale of the
    policy.

    Wrong:
    ```recpol
    policy desk
    on ice { answer menu { voice yes prompt play "https://acme.example/choose.mp3" key 1 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { voice yes prompt play "https://acme.example/choose.mp3" key 1 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    for item, _ in _voiced(program):
        yield Finding(
            "no locale says which language this menu listens for",
            item.span,
            why=f"`enableVoice` requires `locale` ({CALLBACK_PAGE})",
            help=say.add_locale,
        )


@shared_rule(
    "warning",
    covers=("C20",),
    targets=lambda target: not target.needs_voice,
    most="info",
    settled=lambda target: not target.parks_in_locale,
)
def missing_locale(program: Program, say: Notation) -> Iterator[Finding]:
    """Texts that are read aloud without a locale.

    Only the current pages on Sinch Functions name a default for `Say`, `en-US`; the current SDKs require a locale
    where `PlayFiles` reads a text. A text in another language would be read with an English voice. The finding stands
    at the first such text: a default locale at the top of the policy fixes all of them.

    Wrong:
    ```recpol
    policy desk
    on ice { answer say "Ett ögonblick." connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale sv-SE
    on ice { answer say "Ett ögonblick." connect pstn +46850020000 }
    ```
    """
    if program.partial or program.names.locale is not None or any(_voiced(program)):
        return
    bare = [s for s in speeches(program) if s.locale is None and s.within is None]
    bare = [s for s in bare if not says_nothing(program, s.text)]
    if bare:
        first, others = bare[0], bare[1:]
        notes = tuple(Note(head(other.step), "here too") for other in others[:1])
        if len(others) > 1:
            notes = (Note(head(others[0].step), f"here and in {len(others) - 1} more places"),)
        why = f"without a locale the platform reads with a voice for `{locales.DEFAULT_LOCALE}` ({FUNCTIONS_PAGES})"
        if first.ssml:
            why = f"PlayFiles needs a locale where it reads a text ({NODE_SDK})"
        yield Finding(
            "no locale says in which language this is read",
            first.span,
            notes=notes,
            why=why,
            help=say.add_locale_or_single,
        )


@rule("warning", targets=lambda target: target.needs_voice)
def unknown_voice(program: Program) -> Iterator[Finding]:
    """A voice that the list of voices does not have.

    The list of Voice API v2 is open, so a new voice may be missing from it; most often the name is misspelt.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    voice Amyy
    on ice { answer say "One moment." connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    voice Amy
    on ice { answer say "One moment." connect pstn +46850020000 }
    ```
    """
    from recpol.platform.v2.voices import KNOWN_VOICES

    for file in program.files:
        for statement in file.statements:
            if isinstance(statement, tree.Default) and statement.name == "voice":
                name = worded(program, statement.value).text
                if name.strip() and name not in KNOWN_VOICES and "{{" not in name:
                    close = nearest(name, KNOWN_VOICES)
                    yield Finding(
                        f"no voice is known by the name `{name}`",
                        statement.value.span,
                        why=f"{len(KNOWN_VOICES)} voices are listed ({VOICE_V2})",
                        help=f"did you mean `{close}`?" if close else "choose a voice of the list of Voice API v2",
                    )
