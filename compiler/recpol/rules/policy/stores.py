"""Rules about stores: their fields, whether anything is recorded to them, and segments that go to two of them."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.decisions import Decision
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.finding import Finding, Note
from recpol.base.source import Span
from recpol.platform.locales import READ_FORMATS
from recpol.platform.sources import RECORDING_PAGE
from recpol.rules.edits import delete, guess, meant
from recpol.rules.policy.destination import all_stores
from recpol.rules.policy.known import did_you_mean, either
from recpol.rules.policy.places import head, in_targets, named, stores
from recpol.rules.rule import rule
from recpol.syntax import tree

_WORDS = {"format": READ_FORMATS, "notify": ("yes", "no"), "direction": ("both", "inbound", "outbound")}
_MEANT = {"true": "yes", "on": "yes", "false": "no", "off": "no"}


@rule("error", binding=True, covers=("R03",))
def bad_store_field(program: Program) -> Iterator[Finding]:
    """A store without a URL, with a field twice, or with a word that means nothing.

    `format` is `mp3` or `wav`, `notify` is `yes` or `no`, `direction` is `both`, `inbound` or `outbound`. Only `url`
    must be written: a field that is left out is left to the platform (mp3, with notifications).

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS notify maybe }
    on ice { record { connect pstn +46850020000 } }
    ```

    ```recpol
    policy desk
    store calls { format mp3 }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS notify no }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for store in all_stores(program):
        seen: dict[str, tree.StoreField] = {}
        for field in store.fields:
            if not isinstance(field, tree.StoreField):
                continue
            earlier = seen.setdefault(field.key, field)
            if earlier is not field:
                yield Finding(
                    f"a second `{field.key}`",
                    _key(field),
                    notes=(Note(_key(earlier), "the first one"),),
                    help="keep one of them",
                )
            known = _WORDS.get(field.key, ())
            twice = isinstance(field.value, tree.Word) and field.value.text == field.key  # syntax-error says so
            if known and isinstance(field.value, tree.Word) and field.value.text not in known and not twice:
                yield _unknown_word(field.key, field.value, known)
        broken = any(isinstance(field, tree.Broken) for field in store.fields)
        if "url" not in seen and not broken:
            yield Finding(
                f"the store `{store.name.text}` has no URL",
                store.name.span,
                why=f"a recording needs a destination (`destinationUrl`; {RECORDING_PAGE})",
                help='add a line `url "s3://BUCKET/FOLDER/"`',
            )


def _key(field: tree.StoreField) -> Span:
    return field.span.source.span(field.span.start, field.span.start + len(field.key))


def _unknown_word(key: str, word: tree.Word, known: tuple[str, ...]) -> Finding:
    same = _MEANT.get(word.text.lower()) if key == "notify" else None
    help_ = did_you_mean(same or word.text, known, f"write {either(known)}")
    fixes = guess(word.span, same, same) if same else meant(word.span, word.text, known)
    return Finding(f"`{word.text}` is no value of `{key}`", word.span, help=help_, fixes=fixes)


@rule("warning")
def unused_store(program: Program) -> Iterator[Finding]:
    """A store that no decision records to.

    Often a decision went missing, or names another store by mistake. Stores of a `rules` file may stay unused: they
    fit many policies.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    store rooms { url "s3://acme-rooms/" credentials env S3_CREDENTIALS }
    on ice { record to calls { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record to calls { connect pstn +46850020000 } }
    ```
    """
    if program.partial or program.is_rules:
        return
    decisions = program.decisions.all
    if any(decision.store is None for decision in decisions):
        return  # the decision that lacks its store may mean this one
    used = {decision.store for decision in decisions}
    for name, store in program.names.stores.items():
        if name not in used and program.is_own(store.span):
            yield Finding(
                f"nothing is recorded to `{name}`",
                store.name.span,
                help=f"record something to it (`record SELECTOR to {name}`), or delete it",
                fixes=delete(store.span, "delete it"),
            )


_ONE_AT_A_TIME = "a call has one call recording at a time, into one destination (Recording page)"
_ONE_OF_A_ROOM = "a conference has one recording, into one destination (Recording page)"
_KEEP_ONE = (
    "keep one of the decisions, or leave the segment out of one with `except`; svaml2 records to both, and in a room "
    "`record call to …` stands beside `record conference to …`"
)
_BOTH_SIDES = "keep one of the decisions, and take `direction` out of its store: then one file holds both sides"
_TWO_IN_A_ROOM = (
    "record the whole room to one store with `record conference to …`, and this participant to the other with "
    "`record call to …`; or keep one of the decisions"
)


@rule("error", binding=True, targets=lambda target: not target.parallel_recordings)
def two_stores(program: Program) -> Iterator[Finding]:
    """A segment that two decisions record into two different stores, in a target where one recording runs at a time.

    In `classic` and `svaml1` a call has one call recording at a time, and it goes to one store. In a room the whole
    conference can be recorded to one store and a participant's line to another: `record conference to a` around
    `record call to b`. In `svaml2` a segment may be recorded to several stores at once, each with a recording of its
    own.

    Wrong:
    ```recpol
    policy desk
    store a { url "s3://acme-recordings/a/" credentials env S3_CREDENTIALS }
    store b { url "s3://acme-recordings/b/" credentials env S3_CREDENTIALS }
    on ice { record to a { agent: connect pstn +46850020000 } }
    record agent to b
    ```

    Right:
    ```recpol
    policy desk
    store a { url "s3://acme-recordings/a/" credentials env S3_CREDENTIALS }
    on ice { record to a { agent: connect pstn +46850020000 } }
    ```
    """
    single = [target for target in program.targets if not target.parallel_recordings]
    seen: set[tuple[int, ...]] = set()
    for step in program.steps:
        decided = program.decided(step)
        if len(decided.call) < 2 and len(decided.conference) < 2:
            continue
        for decisions, what in ((decided.call if single else (), ""), (decided.conference, "the room of ")):
            into: dict[str, Decision] = {}
            for decision in decisions:
                if decision.store is not None:
                    into.setdefault(decision.store, decision)
            key = tuple(id(decision.node) for decision in into.values())
            if len(into) > 1 and key not in seen:
                seen.add(key)
                yield Finding(
                    f"{what}{named(step)} is to be recorded to {stores(list(into))}"
                    + ("" if what else in_targets(program, single)),
                    head(step),
                    notes=tuple(Note(decision.keyword, f"to `{store}`") for store, decision in into.items()),
                    why=_ONE_OF_A_ROOM if what else _ONE_AT_A_TIME,
                    help=_instead(program, step, tuple(into)),
                    about=stores(list(into)),
                )


def _instead(program: Program, step: Step, names: tuple[str, ...]) -> str:
    """What to write instead of two stores for one segment."""
    if step.connects == "conference":
        return _TWO_IN_A_ROOM
    fields = [program.names.stores[name].field("direction") for name in names]
    sides = {field.value.text for field in fields if field is not None and isinstance(field.value, tree.Word)}
    return _BOTH_SIDES if sides == {"inbound", "outbound"} else _KEEP_ONE
