"""What every name in a policy stands for.

Invariant: a name that is defined twice means its first definition; later ones are listed, never merged. Names that mean
nothing are left to the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recpol.analysis.steps import Handler, Step
from recpol.base.placeholder import Placeholder
from recpol.base.record import Record, field
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.syntax import tree


class Duplicate(Record):
    """A second definition of a name: what kind of thing, the name, and the two places."""

    kind: str
    name: str
    span: Span
    earlier: Span


class Names(Record):
    """The names of a policy and of the rules files it uses.

    `labels` and `tags` lead to step indices; `stores` keep their order, the policy's own first. `failure` is what is to
    happen when a recording cannot start, `phase_failure` when a phase is not confirmed. `unique` are the values of the
    backend that no two calls share (`start.NAME`), by NAME.
    """

    policy: tree.Header | None
    headers: tuple[tree.Header, ...]
    defaults: Mapping[str, tree.Default]
    stores: Mapping[str, tree.Store]
    labels: Mapping[str, Step] = field(repr=False)
    tags: Mapping[str, tuple[Step, ...]] = field(repr=False)
    again: tuple[Duplicate, ...]
    failure: tree.OnFailure | None = None
    phase_failure: tree.OnFailure | None = None
    unique: Mapping[str, tree.Text] = field(default_factory=dict)

    @property
    def hangs_up(self) -> bool | None:
        """Whether a call ends when a recording cannot start (`on recording failure`); None where nothing is said."""
        return None if self.failure is None else self.failure.act.text == "hangup"

    @property
    def locale(self) -> tree.Locale | None:
        """The default locale of prompts, as it is written."""
        default = self.defaults.get("locale")
        return default.value if default else None

    @property
    def only_store(self) -> tree.Store | None:
        """The store that `to` may leave out: the one there is."""
        return next(iter(self.stores.values())) if len(self.stores) == 1 else None


def name_all(file: tree.File, used: tuple[tree.File, ...], handlers: tuple[Handler, ...]) -> Names:
    """The names of a policy; linear."""
    again: list[Duplicate] = []
    headers = tuple(s for s in file.statements if isinstance(s, tree.Header))
    defaults: dict[str, tree.Default] = {}
    failures: dict[str, tree.OnFailure] = {}
    stores: dict[str, tree.Store] = {}
    unique: dict[str, tree.Text] = {}
    for at in (file, *used):
        mine: dict[str, tree.Default] = {}
        choice: tree.TargetChoice | None = None
        for statement in at.statements:
            match statement:
                case tree.OnBlock() | tree.Header() | tree.Use() | tree.RecordRule() | tree.Broken():
                    pass
                case tree.Default():
                    within = f" in {_written(statement.within)}" if statement.within is not None else ""
                    key = f"{statement.name}{within}"
                    if key in mine:
                        again.append(Duplicate("default", key, statement.span, mine[key].span))
                    mine.setdefault(key, statement)
                case tree.OnFailure():
                    if not statement.about:
                        continue
                    first = failures.setdefault(statement.about, statement)
                    if first is not statement and first.span.source is statement.span.source:
                        name = f"on {statement.about} failure"
                        again.append(Duplicate("default", name, statement.span, first.span))
                case tree.Store():
                    _define("store", statement.name, stores, statement, again)
                case tree.TargetChoice():
                    if choice is not None:
                        again.append(Duplicate("default", "target", statement.span, choice.span))
                    choice = choice or statement
                case tree.Answering():
                    pass
                case tree.Unique():
                    for text in statement.values:
                        value = start_name(text)
                        if value is not None:
                            unique.setdefault(value, text)
                case (
                    tree.RecordGuarantee() | tree.Announce() | tree.NeverTranscribe() | tree.OneSide()
                    | tree.OptOut() | tree.Keep() | tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion()
                ):  # fmt: skip
                    pass
                case _:
                    assert_never(statement)
        for name, default in mine.items():
            defaults.setdefault(name, default)
    again.extend(_handlers_again(handlers))
    labels: dict[str, Step] = {}
    tags: dict[str, list[Step]] = {}
    for handler in handlers:
        for step in handler.steps:
            label = step.label
            if label is not None:
                earlier_step = labels.setdefault(label.text, step)
                if earlier_step is not step and earlier_step.label is not None:
                    again.append(Duplicate("label", label.text, label.span, earlier_step.label.span))
            for tag in step.node.tags:
                tags.setdefault(tag.name, []).append(step)
    policy = next((h for h in headers if h.kind == "policy"), None)
    frozen = {name: tuple(steps) for name, steps in tags.items()}
    failure, unconfirmed = failures.get("recording"), failures.get("phase")
    return Names(policy, headers, defaults, stores, labels, frozen, tuple(again), failure, unconfirmed, unique)


def start_name(text: tree.Text) -> str | None:
    """The NAME of a string that is `{{ start.NAME }}` and nothing else; None for another."""
    only = text.pieces[0] if len(text.pieces) == 1 else None
    if not isinstance(only, Placeholder) or only.scope != "start" or only.filters:
        return None
    return only.name


def _written(locale: tree.Locale) -> str:
    return locale.text if isinstance(locale, tree.Word) else locale.value


def _define(kind: str, name: tree.Word, known: dict[str, tree.Store], new: tree.Store, again: list[Duplicate]) -> None:
    earlier = known.setdefault(name.text, new)
    if earlier is not new:
        again.append(Duplicate(kind, name.text, name.span, earlier.name.span))


def _handlers_again(handlers: tuple[Handler, ...]) -> Iterator[Duplicate]:
    known: dict[str, Handler] = {}
    for handler in handlers:
        earlier = known.setdefault(handler.key, handler)
        if earlier is not handler:
            yield Duplicate("handler", f"on {handler.key}", handler.node.event.span, earlier.node.event.span)
