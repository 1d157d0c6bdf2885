"""Rules about what stores promise, and about guarantees that rest on it."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.retention import LONGEST, UNITS, in_words, known, most_days, reaches
from recpol.base.finding import Finding, Note
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.rules.policy.destination import all_stores
from recpol.rules.policy.judged import head_of, verdicts, why_of, words_of
from recpol.rules.policy.known import did_you_mean, either
from recpol.rules.rule import rule
from recpol.syntax import tree

_SWITCH = ("yes", "no")
_SIDES = ("inbound", "outbound")
_UNITS = tuple(f"`{unit}` ({word}s)" for unit, word in UNITS.items())


@rule("error", binding=True)
def bad_promise(program: Program) -> Iterator[Finding]:
    """A statement about a store, or a guarantee about it, that means nothing.

    How long recordings are kept is written in days, weeks or years: `keep 90d`, `keep 5y`, `keep 5y to 7y`,
    `keep up to 3y`. `encrypted` is `yes` or `no`. What is said twice, or is empty, says nothing.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS keep 7y to 5y }
    on ice { record { connect pstn +46850020000 } }
    ```

    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS keep 6m encrypted maybe }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS keep 5y to 7y encrypted yes }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for store in all_stores(program):
        seen: dict[str, tree.Promise] = {}
        for field in store.fields:
            if isinstance(field, tree.Promise):
                earlier = seen.setdefault(field.key, field)
                if earlier is not field:
                    first = Note(_key(earlier), "the first one")
                    yield Finding(f"a second `{field.key}`", _key(field), notes=(first,), help="keep one of them")
                yield from _stated(field)
    for guarantee in program.guarantees():
        match guarantee:
            case tree.KeepTime():
                yield from _retention(guarantee.retention)
            case tree.OneSide():
                side = guarantee.side
                if side.text not in _SIDES:
                    help_ = did_you_mean(side.text, _SIDES, f"write {either(_SIDES)}")
                    yield Finding(f"`{side.text}` is no side of a call", side.span, help=help_)
            case tree.Keep() | tree.KeepEncrypted() | tree.KeepRegion() | tree.NeverTranscribe():
                pass
            case tree.RecordGuarantee() | tree.Announce() | tree.OptOut():
                pass
            case _:
                assert_never(guarantee)


def _key(field: tree.Promise) -> Span:
    return field.span.source.span(field.span.start, field.span.start + len(field.key))


def _stated(field: tree.Promise) -> Iterator[Finding]:
    match field.value:
        case tree.Retention():
            yield from _retention(field.value)
        case tree.Word():
            if field.key == "encrypted" and field.value.text not in _SWITCH:
                yield Finding(
                    f"`{field.value.text}` is no value of `encrypted`",
                    field.value.span,
                    help=did_you_mean(field.value.text, _SWITCH, f"write {either(_SWITCH)}"),
                )
            elif not field.value.text.strip():
                yield _empty(field.key, field.value.span)
        case tree.Text():
            if not field.value.value.strip():
                yield _empty(field.key, field.value.span)
        case _:
            assert_never(field.value)


def _empty(key: str, span: Span) -> Finding:
    return Finding(f"`{key}` says nothing", span, help="say it in a few words, or delete the line")


def _retention(retention: tree.Retention) -> Iterator[Finding]:
    named = [duration for duration in (retention.least, retention.most) if duration is not None]
    for duration in named:
        if not known(duration):
            yield Finding(
                f"`{duration.unit}` is no unit for how long recordings are kept",
                duration.span,
                why="months have no length, and shorter times are no retention",
                help=f"write {either(UNITS)}: {', '.join(_UNITS)}",
            )
        elif duration.number.value == 0:
            yield Finding("recordings that are kept for no time are none", duration.span, help="write a longer time")
        elif most_days(duration) > LONGEST * 366:
            yield Finding(f"longer than {LONGEST} years", duration.span, help="write the time that is meant")
    least, most = retention.least, retention.most
    if least is not None and most is not None and known(least) and known(most) and not reaches(most, least):
        yield Finding(
            f"at least {in_words(least)} and at most {in_words(most)}",
            retention.span,
            help="write the shorter time first",
        )


_CURE = {
    "keep": "`keep 5y`, with its own time,",
    "most": "the longest time, `keep 5y to 7y`,",
    "encrypted": "`encrypted yes`",
    "region": "`region eu-north-1`, with its own region,",
}
"""What to write in a store that does not state something."""


@rule("warning", binding=True)
def not_stated(program: Program) -> Iterator[Finding]:
    """A store that does not state what a guarantee about it needs.

    `keep recordings 5y`, `keep recordings encrypted` and `keep recordings in region …` rest on what the stores state.
    recpol cannot look at a bucket, and assumes nothing: what a store does not state is not stated.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    keep recordings 5y because "MiFID II, article 16(7)"
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS keep 5y to 7y }
    on ice { record { connect pstn +46850020000 } }
    keep recordings 5y because "MiFID II, article 16(7)"
    ```
    """
    for verdict in verdicts(program):
        guarantee = verdict.guarantee
        if verdict.status != "unknown" or not isinstance(guarantee, tree.PromiseGuarantee):
            continue
        from recpol.prove.promised import ABOUT, unstated

        for store, lacking in unstated(program, guarantee):
            yield Finding(
                f"the store `{store.name.text}` does not state {ABOUT[lacking]}",
                store.name.span,
                notes=(Note(head_of(guarantee), "guaranteed here"),),
                why=why_of(guarantee, "what is not stated is not assumed"),
                help=f"write {_CURE[lacking]} in the store if that is so",
                about=words_of(guarantee),
            )
