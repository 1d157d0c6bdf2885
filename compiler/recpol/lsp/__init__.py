"""The language server: what `recpol.editor` knows, in the words of the Language Server Protocol 3.17.

    recpol lsp      speaks it on standard input and output

Invariant: only here are the protocol's dicts; one bad message costs an answer, never the server.
"""
