"""The least that a language server with pygls can do: at each change it tells of the lines that are longer than 120."""

from __future__ import annotations

from lsprotocol import types  # type: ignore[import-not-found]  # it is in an environment of its own
from pygls.lsp.server import LanguageServer  # type: ignore[import-not-found]  # as above, it is elsewhere

server = LanguageServer("peer", "1")


def _tell(uri: str) -> None:
    document = server.workspace.get_text_document(uri)
    found = []
    for number, line in enumerate(document.lines):
        if len(line) > 121:
            place = types.Range(types.Position(number, 120), types.Position(number, len(line)))
            found.append(types.Diagnostic(range=place, message="the line is too long"))
    told = types.PublishDiagnosticsParams(uri=uri, diagnostics=found, version=document.version)
    server.text_document_publish_diagnostics(told)


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)  # type: ignore[untyped-decorator]  # pygls is not here to be read
def _opened(params: types.DidOpenTextDocumentParams) -> None:
    _tell(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)  # type: ignore[untyped-decorator]  # as above, it cannot be read
def _changed(params: types.DidChangeTextDocumentParams) -> None:
    _tell(params.text_document.uri)


if __name__ == "__main__":
    server.start_io()
