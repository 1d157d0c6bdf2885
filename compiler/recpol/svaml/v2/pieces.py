"""Pieces of reading a call of Voice API v2: the recording that runs, and what lists of commands come to.

Invariant: total; nothing is changed.
"""

from __future__ import annotations

from recpol.base.jsontree import Array, JsonNode, plain
from recpol.base.record import dataclass
from recpol.svaml.v2.commands import CommandList
from recpol.syntax import tree


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A recording that runs: its store, its name, and what is to be done when it has ended."""

    store: str
    name: str
    finish: CommandList | None


UNANSWERED = {"noanswer": ("onTimeout",), "busy": ("onBusy", "onReject"), "failed": ("onFailure",)}
"""The events of a `dial` that nobody took, by the handler of a policy that answers them."""


def detects(answered: CommandList) -> bool:
    """Whether a list begins with an `amd` that leaves what it finds to the webhook."""
    first = answered.node.items[0] if answered.node.items else None
    return first is not None and plain(first) == {"command": "amd"}


def joins(node: Array, bridge: object) -> bool:
    """Whether a list does nothing but to join the same bridge."""
    only: JsonNode | None = node.items[0] if len(node.items) == 1 else None
    return only is not None and plain(only) == bridge


def recorded_items(running: UnderWay | None, items: list[tree.Item]) -> list[tree.Item]:
    """A run as items of a handler: those that can be heard in a block, if it is recorded."""
    bodies = [item.body if isinstance(item, tree.Segment) else None for item in items]
    heard = [n for n, body in enumerate(bodies) if isinstance(body, tree.Recordable)]
    if running is None or not heard:
        return items
    inside = tuple(items[heard[0] : heard[-1] + 1])
    at = inside[0].span
    block = tree.Block(None, tree.Word(running.store, at), inside, at, at)
    return [*items[: heard[0]], block, *items[heard[-1] + 1 :]]
