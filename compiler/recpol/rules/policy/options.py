"""Rules about the options of connects: which there are, what they may hold, and durations everywhere."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.platform import limits, locales
from recpol.platform.sources import CALLBACK_PAGE, NODE_SDK
from recpol.rules.edits import guess, meant, write
from recpol.rules.policy.following import unit_follows
from recpol.rules.policy.known import connects, dialled, did_you_mean, either
from recpol.rules.rule import rule
from recpol.syntax import tree

_KINDS = {
    "cli": ("pstn", "sip"),
    "max-duration": ("pstn", "sip", "stream"),
    "dial-timeout": ("pstn",),
    "dtmf": ("pstn",),
    "indications": ("pstn",),
    "locale": ("pstn",),
    "suppress-callbacks": ("pstn", "sip"),
    "amd": ("pstn",),
    "header": ("app", "sip", "stream"),
    "transport": ("sip",),
    "moh": ("sip", "conference"),
    "dtmf-mode": ("conference",),
    "dtmf-max-digits": ("conference",),
    "dtmf-timeout": ("conference",),
    "sample-rate": ("stream",),
    "custom": (),
}
"""The kinds of connect that have each option; `custom` is a callout's alone."""


def _options(program: Program, *names: str) -> Iterator[tuple[tree.Dialled, tree.Option]]:
    """The options of those names (without names: all) that their connect can have."""
    for _, connect in dialled(program):
        for option in connect.options:
            if (option.name.text in names or not names) and connect.kind.text in _KINDS[option.name.text]:
                yield connect, option


@rule("error", binding=True)
def option_not_allowed(program: Program) -> Iterator[Finding]:
    """An option that this kind of `connect` does not have.

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 moh music1 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect conference "desk" moh music1 }
    ```
    """
    for _, connect in connects(program):
        kind = connect.kind.text
        for option in connect.options:
            name = option.name.text
            if kind not in _KINDS[name] and any(kind in kinds for kinds in _KINDS.values()):
                owners = (
                    either(f"connect {owner}" for owner in _KINDS[name]) if _KINDS[name] else "the `call` of callouts"
                )
                yield Finding(
                    f"`connect {kind}` has no `{name}`",
                    option.name.span,
                    notes=(Note(connect.kind.span, "the kind of connect"),),
                    help=f"delete it; it belongs to {owners}",
                )


@rule("error", binding=True)
def option_twice(program: Program) -> Iterator[Finding]:
    """An option that is given twice.

    The property that it becomes is there only once. `header` may be repeated with different names.

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 max-duration 30m max-duration 1h }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 max-duration 1h }
    ```
    """
    for _, connect in dialled(program):
        seen: dict[tuple[str, str], Span] = {}
        for option in connect.options:
            name, place = option.name.text, option.name.span
            key = "" if option.key is None else program.fill(option.key)
            if option.key is not None:
                place = option.key.span
            earlier = seen.setdefault((name, key), place)
            if earlier is not place:
                what = f"the header `{key}`" if option.key is not None else f"`{name}`"
                notes = (Note(earlier, "first given here"),)
                yield Finding(f"{what} is given twice", place, notes=notes, help="delete one of the two")


_WORDS = {
    "indications": (locales.INDICATIONS, f"the countries are listed under `indications` ({CALLBACK_PAGE})"),
    "moh": (locales.MUSIC_ON_HOLD, f"music on hold is one of four sounds ({CALLBACK_PAGE})"),
    "transport": (locales.TRANSPORTS, f"SIP goes over UDP, TCP or TLS ({CALLBACK_PAGE})"),
    "amd": (locales.AMD_MODES, f"detection is on, or on while the call goes on ({NODE_SDK})"),
    "dtmf-mode": (locales.DTMF_MODES, f"a conference does one of three things with keys ({NODE_SDK})"),
    "suppress-callbacks": (("yes", "no"), ""),
}


@rule("error", binding=True, covers=("C19",))
def unknown_value(program: Program) -> Iterator[Finding]:
    """A value that is not one of those an option or a switch can have.

    Wrong:
    ```recpol
    policy desk
    on ice { connect conference "desk" moh jazz }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect conference "desk" moh music1 }
    ```
    """
    for _, option in _options(program, *_WORDS):
        words, why = _WORDS[option.name.text]
        value = option.value
        text = program.constant(value) if isinstance(value, tree.Text) else value.span.text if value else None
        folded = text is not None and option.name.text == "transport" and text.upper() in words
        if value is not None and text is not None and text not in words and not folded:
            yield _unknown(option.name.text, text, value.span, words, why)
    for _, option in _options(program, "dtmf-max-digits", "sample-rate"):
        if option.value is not None and not (isinstance(option.value, tree.Number) and option.value.value):
            message = f"`{option.name.text}` needs a whole number above 0"
            yield Finding(message, option.value.span, help="write for example `4`")
    for step in program.steps:
        if isinstance(step.body, tree.AnyMenu):
            for item in step.body.items:
                if isinstance(item, tree.SwitchItem) and item.value.text not in ("yes", "no"):
                    yield _unknown(item.name, item.value.text, item.value.span, ("yes", "no"), "")


def _unknown(name: str, text: str, span: Span, words: tuple[str, ...], why: str) -> Finding:
    listed = either(words if len(words) <= 6 else (*words[:5], "…"))
    same = {"on": "yes", "true": "yes", "off": "no", "false": "no"}.get(text.lower(), text)
    quoted = span.text.startswith('"')
    fixes = () if quoted else guess(span, same, same) if same != text and same in words else meant(span, text, words)
    help_ = did_you_mean(same, words, f"write {listed}")
    return Finding(f"`{name}` cannot be `{text}`", span, why=why, help=help_, fixes=fixes)


def _durations(program: Program) -> Iterator[tuple[str, tree.Value, bool, limits.Limit | None]]:
    """Every value that is a duration: the line it is in, the value, whether it counts in seconds, and its limit."""
    for _, option in _options(program, "max-duration", "dial-timeout", "dtmf-timeout"):
        name = option.name.text
        if option.value is not None:
            limit = limits.DURATION_SECONDS if name == "max-duration" else None
            yield name, option.value, name != "dtmf-timeout", limit
    for step in program.steps:
        if isinstance(step.body, tree.Lined):
            for item in step.body.items:
                match item:
                    case tree.ParkLimit():
                        yield "max-duration", item.limit, True, limits.PARK_SECONDS
                    case tree.WaitItem():
                        yield "wait", item.wait, False, None
                        if item.limit is not None:
                            yield "up to", item.limit, False, None
                    case tree.PromptItem() | tree.RepeatItem() | tree.ParkPrompt() | tree.SwitchItem():
                        pass
                    case tree.KeyItem() | tree.DigitsItem() | tree.FailItem() | tree.Submenu() | tree.Broken():
                        pass
                    case _:
                        assert_never(item)


_UNITS = {
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "min": "m",
    "mins": "m",
    "minute": "m",
    "minutes": "m",
}
_UNITS |= {"hour": "h", "hours": "h", "hr": "h", "msec": "ms", "millis": "ms", "milliseconds": "ms"}


@rule("error", binding=True, covers=("C15",))
def bad_duration(program: Program) -> Iterator[Finding]:
    """A duration without a unit, with an unknown one, of nothing, or finer than the platform counts.

    The units are `ms`, `s`, `m` and `h`. The durations of calls are whole seconds, those of menus milliseconds
    (Callback API page).

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 max-duration 30 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 max-duration 30m }
    ```
    """
    for name, value, seconds, _ in _durations(program):
        if isinstance(value, tree.Number):
            if unit_follows(value.span):
                continue  # the unit is a word of its own, which syntax-error finds
            help_ = f"write `{value.text}s` for seconds or `{value.text}m` for minutes"
            yield Finding(f"`{value.text}` has no unit", value.span, help=help_)
        elif not isinstance(value, tree.Duration):
            yield Finding(f"`{name}` needs a duration", value.span, help="write one without quotes, for example `30m`")
        elif value.milliseconds is None:
            start = value.number.span.end
            unit = value.span.source.span(start, value.span.end)
            same = _UNITS.get(value.unit.lower(), value.unit.lower())
            known = same in ("ms", "s", "m", "h")
            short = value.number.text + same
            help_ = f"did you mean `{short}`?" if known else "write `ms`, `s`, `m` or `h`"
            fixes = write(unit, same, title=f"write `{short}`", safe=True) if known else ()
            yield Finding(f"`{value.unit}` is not a unit of time", unit, help=help_, fixes=fixes)
        elif value.milliseconds == 0:
            yield Finding(f"`{name}` is nothing at all", value.span, help="write a longer one, or delete it")
        elif seconds and value.milliseconds % 1000:
            why = f"`{name}` counts in whole seconds ({CALLBACK_PAGE})"
            yield Finding(f"`{value.span.text}` is not a whole number of seconds", value.span, why=why, help="round it")


@rule("error", binding=True, covers=("C14", "C15"))
def duration_too_long(program: Program) -> Iterator[Finding]:
    """A call of more than four hours, or parking for more than ten minutes.

    The platform's limits for `maxDuration` are 14400 seconds for a connect and 600 seconds for `park` (Callback API
    page).

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 max-duration 5h }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 max-duration 4h }
    ```
    """
    for name, value, _, limit in _durations(program):
        if limit is not None and isinstance(value, tree.Duration) and (value.milliseconds or 0) > limit.value * 1000:
            most = f"{limit.value // 3600}h" if limit.value % 3600 == 0 else f"{limit.value // 60}m"
            yield Finding(
                f"`{name}` is {value.span.text}; {most} are allowed",
                value.span,
                why=f"it is at most {limit.text} ({limit.source})",
                help=f"write `{most}` or less",
            )
