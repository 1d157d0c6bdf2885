"""Guarantees to the steps that must not be heard while an earlier recording still runs.

A target whose stops take time has to wait before such a step; the others have to look whether a stop before it is read.

Invariant: a superset of what the guarantees mean; waiting where it is not needed costs a moment, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from recpol.analysis.callgraph import Graph
from recpol.analysis.decisions import Selected
from recpol.analysis.steps import Handler
from recpol.base.typing import assert_never
from recpol.syntax import tree


def guarded_steps(
    guarantees: Iterable[tree.Guarantee],
    stores: Mapping[str, tree.Store],
    handlers: tuple[Handler, ...],
    graph: Graph,
    selected: Selected,
) -> frozenset[int]:
    """The indices of the steps under `never record`, after an opt-out, and of those under `never transcribe` and
    `record only` where some store would break these."""
    found: set[int] = set()
    for guarantee in guarantees:
        match guarantee:
            case tree.RecordGuarantee():
                if guarantee.word == "never":
                    found.update(selected.chosen(guarantee.selection))
            case tree.NeverTranscribe():
                if any(store.field("transcribe") is not None for store in stores.values()):
                    found.update(selected.chosen(guarantee.selection))
            case tree.OneSide():
                if not all(side_of(store) == guarantee.side.text for store in stores.values()):
                    found.update(selected.chosen(guarantee.selection))
            case tree.OptOut():
                after = opted_out(handlers, graph, guarantee.name.text)
                found.update(step.index for handler in after for step in handler.steps)
            case tree.Announce() | tree.Keep() | tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion():
                pass
            case _:
                assert_never(guarantee)
    return frozenset(found)


def side_of(store: tree.Store) -> str:
    """The direction that a store's recordings hold; both where it does not say."""
    field = store.field("direction")
    return field.value.text if field is not None and isinstance(field.value, tree.Word) else "both"


def opts_out(handler: Handler, name: str) -> bool:
    """Whether a handler is entered by the key, or the backend's request, with which somebody opts out."""
    return handler.name == name and handler.kind in ("pie", "manage")


def opted_out(handlers: tuple[Handler, ...], graph: Graph, name: str) -> tuple[Handler, ...]:
    """The handlers of an opt-out, and all that can follow them."""
    begun = (handler.index for handler in handlers if opts_out(handler, name))
    return tuple(handlers[index] for index in graph.following(begun))
