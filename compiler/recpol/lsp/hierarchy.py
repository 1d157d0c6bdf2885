"""The call hierarchy of handlers: which reply comes before and after another, and why.

Invariant: it is the call graph of the analysis, with its causes.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.analysis.steps import Handler
from recpol.lsp.client import Client
from recpol.lsp.places import LspObject
from recpol.lsp.shapes import uri_of_source

_FUNCTION = 12


def prepare(client: Client, params: LspObject) -> list[LspObject]:
    """The handler that a place is in."""
    at = client.place(params)
    if at is None:
        return []
    view, offset = at
    for handler in view.program.handlers:
        span = handler.node.span
        if span.source is view.source and span.start <= offset <= span.end:
            return [_item(client, handler)]
    return []


def incoming(client: Client, item: LspObject) -> list[LspObject]:
    """The handlers before one."""
    found: dict[int, list[str]] = {}
    program, handler = _of(client, item)
    if program is None or handler is None:
        return []
    for edge in program.graph.into(handler.index):
        if edge.origin is not None:
            found.setdefault(edge.origin, []).append(edge.cause)
    return [
        {"from": _item(client, program.handlers[n], causes), "fromRanges": [_range(client, program.handlers[n])]}
        for n, causes in found.items()
    ]


def outgoing(client: Client, item: LspObject) -> list[LspObject]:
    """The handlers after one."""
    found: dict[int, list[str]] = {}
    program, handler = _of(client, item)
    if program is None or handler is None:
        return []
    for edge in program.graph.out_of(handler.index):
        found.setdefault(edge.target, []).append(edge.cause)
    return [
        {"to": _item(client, program.handlers[n], causes), "fromRanges": [_range(client, handler)]}
        for n, causes in found.items()
    ]


def _of(client: Client, item: LspObject) -> tuple[Program | None, Handler | None]:
    looked = client.workspace.look(item["data"]["uri"])
    view = None if looked is None else looked.view
    if view is None:
        return None, None
    return view.program, next((h for h in view.program.handlers if h.key == item["data"]["key"]), None)


def _item(client: Client, handler: Handler, causes: list[str] | None = None) -> LspObject:
    uri = uri_of_source(handler.node.span.source)
    return {
        "name": f"on {handler.key}",
        "kind": _FUNCTION,
        "detail": ", or ".join(dict.fromkeys(causes or ())),
        "uri": uri,
        "range": client.places.range(handler.node.span),
        "selectionRange": _range(client, handler),
        "data": {"uri": uri, "key": handler.key},
    }


def _range(client: Client, handler: Handler) -> LspObject:
    return client.places.range(handler.node.event.span)
