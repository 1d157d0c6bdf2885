"""The protocol's requests, each a small function over a view.

Invariant: a request about a file that is not open, or is no policy, has an empty answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recpol.base.typing import Any
from recpol.editor import completion, marks, outline, renaming
from recpol.editor.hover import hover
from recpol.editor.view import View
from recpol.lsp import actions, cases, commands, hierarchy
from recpol.lsp.client import Client, RequestRefused, diagnostics_of
from recpol.lsp.places import LspObject, path_of
from recpol.lsp.shapes import location, uri_of_source, workspace_edit
from recpol.workspace.cannotrun import CannotRun


def _hover(client: Client, params: LspObject) -> LspObject | None:
    at = client.place(params)
    found = cases.hover(client, params) if at is None else hover(*at)
    if found is None:
        return None
    return {"contents": {"kind": "markdown", "value": found.markdown}, "range": client.places.range(found.span)}


_ITEM_KINDS = {
    "keyword": 14, "label": 6, "tag": 20, "store": 9, "handler": 3, "menu": 3, "variable": 6, "rule": 13, "snippet": 15,
}  # fmt: skip


def _completion(client: Client, params: LspObject) -> list[LspObject]:
    at = client.place(params)
    found = []
    for n, choice in enumerate(cases.completions(client, params) if at is None else completion.completions(*at)):
        if choice.kind == "snippet" and not client.snippets:
            continue
        edit = {"range": client.places.range(choice.span), "newText": choice.text}
        item: LspObject = {
            "label": choice.label, "kind": _ITEM_KINDS[choice.kind], "textEdit": edit, "sortText": f"{n:04}",
            "filterText": choice.span.text[:1] + choice.label.lstrip("@") if choice.span.text == "@" else choice.label,
        }  # fmt: skip
        if choice.detail:
            item["detail"] = choice.detail
        if choice.kind == "snippet":
            item["insertTextFormat"] = 2
        found.append(item)
    return found


def _definition(client: Client, params: LspObject) -> list[LspObject]:
    at = client.mention(params)
    if at is None:
        return _used_file(client, params)
    view, mention = at
    same = [other for other in view.mentions if other.same(mention)]
    defining = [other for other in same if other.defines] or (same if mention.kind == "tag" else [])
    return [location(client.places, other.span) for other in defining]


def _used_file(client: Client, params: LspObject) -> list[LspObject]:
    at = client.place(params)
    for span, source in () if at is None else outline.used_files(at[0]):
        if at is not None and span.start <= at[1] <= span.end:
            return [location(client.places, source.whole())]
    return []


def _references(client: Client, params: LspObject) -> list[LspObject]:
    at = client.mention(params)
    if at is None:
        return []
    view, mention = at
    declared = (params.get("context") or {}).get("includeDeclaration", True)
    found = {}
    for one in (view, *_others(client, view, params)):
        for other in one.mentions:
            if other.same(mention) and (declared or not other.defines):
                found[other.span.source.path, other.span.start] = location(client.places, other.span)
    return list(found.values())


def _others(client: Client, view: View, params: LspObject) -> tuple[View, ...]:
    """The policies that use a file of rules."""
    path = path_of(params["textDocument"]["uri"])
    if not view.program.is_rules or path is None:
        return ()
    try:
        return client.workspace.users(view, path)
    except CannotRun:
        return ()


def _highlight(client: Client, params: LspObject) -> list[LspObject]:
    at = client.mention(params)
    if at is None:
        return []
    view, mention = at
    return [
        {"range": client.places.range(other.span), "kind": 3 if other.defines else 2}
        for other in view.own()
        if other.same(mention)
    ]


def _prepare_rename(client: Client, params: LspObject) -> LspObject | None:
    at = client.mention(params)
    if at is None or at[1].kind == "variable":
        return None
    return {"range": client.places.range(at[1].span), "placeholder": at[1].name}


def _rename(client: Client, params: LspObject) -> LspObject | None:
    at = client.mention(params)
    if at is None:
        return None
    view, mention = at
    made = renaming.renamed(view, mention, str(params["newName"]), _others(client, view, params))
    if isinstance(made, renaming.CannotRename):
        raise RequestRefused(made.reason)
    return workspace_edit(client.places, made)


_SYMBOL_KINDS = {"policy": 4, "store": 19, "handler": 12, "segment": 13, "guarantee": 7}


def _symbol(client: Client, symbol: outline.Symbol) -> LspObject:
    return {
        "name": symbol.name or "?",
        "kind": _SYMBOL_KINDS[symbol.kind],
        "range": client.places.range(symbol.span),
        "selectionRange": client.places.range(symbol.chosen),
        "children": [_symbol(client, child) for child in symbol.children],
    }


def _symbols(client: Client, params: LspObject) -> list[LspObject]:
    view = client.view(params)
    return [] if view is None else [_symbol(client, symbol) for symbol in outline.symbols(view.program.file)]


def _workspace_symbols(client: Client, params: LspObject) -> list[LspObject]:
    wanted = str(params.get("query", "")).lower()
    found = []
    for uri, symbols in client.workspace.outlines():
        for symbol in symbols:
            for one in (symbol, *symbol.children):
                if wanted in one.name.lower():
                    place = {"uri": uri, "range": client.places.range(one.chosen)}
                    found.append({"name": one.name, "kind": _SYMBOL_KINDS[one.kind], "location": place})
    return found


def _folds(client: Client, params: LspObject) -> list[LspObject]:
    view = client.view(params)
    return [
        {"startLine": span.begin.line - 1, "endLine": span.finish.line - 1}
        for span in (() if view is None else outline.folds(view))
    ]


def _selection(client: Client, params: LspObject) -> list[LspObject]:
    view = client.view(params)
    if view is None:
        return []
    found = []
    for position in params["positions"]:
        offset = client.places.offset(view.source, position)
        spans = [view.source.span(0, len(view.source.text)), *outline.around(view, offset)]
        made: LspObject | None = None
        for span in spans:
            made = {"range": client.places.range(span), **({} if made is None else {"parent": made})}
        found.append(made or {})
    return found


def _format(client: Client, params: LspObject) -> list[LspObject]:
    from recpol.formatter import format_source
    from recpol.formatter.selection import format_lines

    view = client.view(params)
    if view is None:
        return []
    if "range" in params:
        begin, end = params["range"]["start"]["line"], params["range"]["end"]["line"]
        # A selection of whole lines ends at the start of the line after them.
        last = end if params["range"]["end"]["character"] == 0 and end > begin else end + 1
        made = format_lines(view.source, begin + 1, last)
    else:
        made = format_source(view.source)
    if not isinstance(made, str):
        raise RequestRefused("the policy is not laid out: it has mistakes that must be put right first")
    if made == view.source.text:
        return []
    return [{"range": client.places.range(view.source.span(0, len(view.source.text))), "newText": made}]


def _links(client: Client, params: LspObject) -> list[LspObject]:
    view = client.view(params)
    used = () if view is None else outline.used_files(view)
    return [{"range": client.places.range(span), "target": uri_of_source(source)} for span, source in used]


def _lenses(client: Client, params: LspObject) -> list[LspObject]:
    view = client.view(params)
    found = cases.lenses(client, params["textDocument"]["uri"])
    for lens in () if view is None or not client.lenses else marks.lenses(view):
        command: LspObject = {"title": lens.title, "command": lens.command}
        if lens.command:
            command["arguments"] = [params["textDocument"]["uri"]]
        found.append({"range": client.places.range(lens.span), "command": command})
    return found


def _hints(client: Client, params: LspObject) -> list[LspObject]:
    """Hints of the latest text that could be read: while somebody types, those of before stay."""
    view = client.view(params)
    uri = params["textDocument"]["uri"]
    if view is None or not client.hints:
        return []
    if view.program.partial:
        return client.last_hints.get(uri, [])
    made = [
        {
            "position": client.places.position(view.source, hint.offset),
            "label": hint.text, "tooltip": hint.tooltip, "paddingLeft": True,
        }
        for hint in marks.hints(view)
    ]  # fmt: skip
    client.last_hints[uri] = made
    return made


def _tokens(client: Client, params: LspObject) -> LspObject:
    view = client.view(params)
    data: list[int] = []
    line = column = 0
    for token in () if view is None else outline.tokens(view):
        assert view is not None
        begin, end = (client.places.position(view.source, at) for at in (token.span.start, token.span.end))
        if begin["line"] != end["line"]:
            continue
        if begin["line"] != line:
            column = 0
        kind = outline.TOKEN_KINDS.index(token.kind)
        data += [begin["line"] - line, begin["character"] - column, end["character"] - begin["character"], kind, 0]
        line, column = begin["line"], begin["character"]
    return {"data": data}


def _pulled(client: Client, params: LspObject) -> LspObject:
    return {"kind": "full", "items": diagnostics_of(client, params["textDocument"]["uri"])}


def _command(client: Client, params: LspObject) -> Any:
    return commands.run(client, params["command"], params.get("arguments") or [])


def _callers(client: Client, params: LspObject) -> list[LspObject]:
    return hierarchy.incoming(client, params["item"])


def _callees(client: Client, params: LspObject) -> list[LspObject]:
    return hierarchy.outgoing(client, params["item"])


Feature = Callable[[Client, LspObject], Any]

FEATURES: Mapping[str, Feature] = {
    "textDocument/hover": _hover,
    "textDocument/completion": _completion,
    "textDocument/definition": _definition,
    "textDocument/references": _references,
    "textDocument/documentHighlight": _highlight,
    "textDocument/prepareRename": _prepare_rename,
    "textDocument/rename": _rename,
    "textDocument/documentSymbol": _symbols,
    "workspace/symbol": _workspace_symbols,
    "textDocument/foldingRange": _folds,
    "textDocument/selectionRange": _selection,
    "textDocument/formatting": _format,
    "textDocument/rangeFormatting": _format,
    "textDocument/documentLink": _links,
    "textDocument/codeLens": _lenses,
    "textDocument/inlayHint": _hints,
    "textDocument/semanticTokens/full": _tokens,
    "textDocument/diagnostic": _pulled,
    "textDocument/codeAction": actions.actions,
    "textDocument/prepareCallHierarchy": hierarchy.prepare,
    "callHierarchy/incomingCalls": _callers,
    "callHierarchy/outgoingCalls": _callees,
    "workspace/executeCommand": _command,
}
"""What answers each request."""
