"""Rules about stores as they are declared: their fields, and whether anything is recorded to them."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.base.source import Span
from recpol.platform.locales import READ_FORMATS
from recpol.platform.sources import RECORDING_PAGE
from recpol.rules.edits import delete, guess, meant
from recpol.rules.policy.destination import all_stores
from recpol.rules.policy.known import did_you_mean, either
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
            if known and isinstance(field.value, tree.Word) and field.value.text not in known:
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
