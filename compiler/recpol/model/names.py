"""What every name in a policy stands for.

Invariant: a name that is defined twice means its first definition; later ones are listed, never merged. Names that mean
nothing are left to the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from recpol.ground.source import Span
from recpol.model import ast
from recpol.model.flow import Handler, Step


@dataclass(frozen=True, slots=True)
class Again:
    """A second definition of a name: what kind of thing, the name, and the two places."""

    kind: str
    name: str
    span: Span
    earlier: Span


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a policy and of the rules files it uses.

    `labels` and `tags` lead to step indices; `stores` keep their order, the policy's own first.
    """

    policy: ast.Header | None
    headers: tuple[ast.Header, ...]
    defaults: Mapping[str, ast.Default]
    stores: Mapping[str, ast.Store]
    labels: Mapping[str, Step] = field(repr=False)
    tags: Mapping[str, tuple[Step, ...]] = field(repr=False)
    again: tuple[Again, ...]

    @property
    def locale(self) -> ast.Word | None:
        """The default locale of prompts."""
        default = self.defaults.get("locale")
        return default.value if default else None

    @property
    def only_store(self) -> ast.Store | None:
        """The store that `to` may leave out: the one there is."""
        return next(iter(self.stores.values())) if len(self.stores) == 1 else None


def name_all(file: ast.File, used: tuple[ast.File, ...], handlers: tuple[Handler, ...]) -> Names:
    """The names of a policy; linear."""
    again: list[Again] = []
    headers = tuple(s for s in file.statements if isinstance(s, ast.Header))
    defaults: dict[str, ast.Default] = {}
    stores: dict[str, ast.Store] = {}
    for at in (file, *used):
        mine: dict[str, ast.Default] = {}
        for statement in at.statements:
            if isinstance(statement, ast.Default):
                if statement.name in mine:
                    span, earlier = statement.span, mine[statement.name].span
                    again.append(Again("default", statement.name, span, earlier))
                mine.setdefault(statement.name, statement)
            elif isinstance(statement, ast.Store):
                _define("store", statement.name, stores, statement, again)
        for name, default in mine.items():
            defaults.setdefault(name, default)
    again.extend(_handlers_again(handlers))
    labels: dict[str, Step] = {}
    tags: dict[str, list[Step]] = {}
    for handler in handlers:
        for step in handler.steps:
            if step.label is not None:
                earlier_step = labels.setdefault(step.label.text, step)
                if earlier_step is not step and earlier_step.label is not None:
                    again.append(Again("label", step.label.text, step.label.span, earlier_step.label.span))
            for tag in step.node.tags:
                tags.setdefault(tag.name, []).append(step)
    policy = next((h for h in headers if h.kind == "policy"), None)
    frozen = {name: tuple(steps) for name, steps in tags.items()}
    return Names(policy, headers, defaults, stores, labels, frozen, tuple(again))


def _define(kind: str, name: ast.Word, known: dict[str, ast.Store], new: ast.Store, again: list[Again]) -> None:
    earlier = known.setdefault(name.text, new)
    if earlier is not new:
        again.append(Again(kind, name.text, name.span, earlier.name.span))


def _handlers_again(handlers: tuple[Handler, ...]) -> Iterator[Again]:
    known: dict[str, Handler] = {}
    for handler in handlers:
        earlier = known.setdefault(handler.key, handler)
        if earlier is not handler:
            yield Again("handler", f"on {handler.key}", handler.node.event.span, earlier.node.event.span)
