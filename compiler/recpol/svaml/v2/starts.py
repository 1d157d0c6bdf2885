"""A `startRecording` of Voice API v2 to the recording that runs then: its store, its name, and what follows its end.

Invariant: what the language cannot say is listed with its place; nothing is dropped in silence.
"""

from __future__ import annotations

import re

from recpol.base.jsontree import Object
from recpol.base.source import Span
from recpol.svaml.v2 import segments as lines
from recpol.svaml.v2.commands import CommandNode
from recpol.svaml.v2.pieces import UnderWay, known_events
from recpol.svaml.v2.stores import NamedStores
from recpol.svaml.values import Unsupported


def started(command: CommandNode, at: Span, caller: str | None, stores: NamedStores) -> tuple[UnderWay, bool]:
    """The recording that a command starts, and whether the `caller` is hung up where it fails; what is lost is added to
    the `lost` of the stores."""
    lost, node = stores.lost, command.object
    name = command.text("recordingName")
    options = None if node is None else node.get("recordingOptions")
    events = None if node is None else node.get("events")
    if isinstance(events, Object):
        known_events(events, ("onFinish", "onFailure"), lost)
    failed = events.get("onFailure") if isinstance(events, Object) else None
    finished = command.list("onFinish")
    if name is not None and lines.is_report(failed, f"{name.text}.failed"):
        failed = None  # the compiler has it reported, and answers that nothing is to be done
    if name is not None and finished is not None and lines.is_report(finished.node, f"{name.text}.finished"):
        finished = None
    # A recording without `onFailure` is told to the webhook, where the compiler answers a failure too.
    hangs_up = caller is not None and lines.is_hangup(failed, caller)
    if failed is not None and not hangs_up:
        lost.append(Unsupported(at, "what is to be done when this recording fails"))
    if name is None or not isinstance(options, Object):
        lost.append(Unsupported(at, "a recording without a name or without options"))
        return UnderWay("recordings", "", None), hangs_up
    store = stores.of(re.sub(r"-[0-9]+$", "", name.text), options)
    return UnderWay(store, name.text, finished), hangs_up
