"""What a client can do and wants, and the places that its requests name.

Invariant: a request about a file that is not open, or is no policy, finds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.typing import Any
from recpol.editor.mentions import Mention
from recpol.editor.view import View
from recpol.lsp.looking import Looked
from recpol.lsp.places import ColumnCount, LspObject
from recpol.lsp.shapes import diagnostic
from recpol.lsp.workspace import Workspace


class RequestRefused(Exception):
    """A request that cannot be carried out, in words for a person."""


class Client:
    """What a client can do and wants."""

    def __init__(self, workspace: Workspace, places: ColumnCount, *, pulls: bool) -> None:
        self.workspace, self.places, self.pulls = workspace, places, pulls
        self.snippets = False
        self.refreshes: frozenset[str] = frozenset()
        """What the client asks for again when it is asked to: `diagnostic`, `inlayHint`, `codeLens`."""
        self.hints = self.lenses = self.whole_project = True
        self.last_hints: dict[str, list[LspObject]] = {}

    def configure(self, settings: object) -> None:
        """Take settings: `{"recpol": {"inlayHints": false, …}}`, with or without the outer name."""
        given = settings.get("recpol", settings) if isinstance(settings, dict) else None
        if isinstance(given, dict):
            self.hints = given.get("inlayHints", self.hints) is not False
            self.lenses = given.get("codeLens", self.lenses) is not False
            self.whole_project = given.get("wholeProject", self.whole_project) is not False

    def view(self, params: Mapping[str, Any]) -> View | None:
        """The view of the text that a request is about."""
        looked = self.workspace.look(params["textDocument"]["uri"])
        return None if looked is None else looked.view

    def place(self, params: Mapping[str, Any]) -> tuple[View, int] | None:
        """The view and the character that a request is about."""
        view = self.view(params)
        return None if view is None else (view, self.places.offset(view.source, params["position"]))

    def mention(self, params: Mapping[str, Any]) -> tuple[View, Mention] | None:
        """The view and the name that a request is about."""
        at = self.place(params)
        found = None if at is None else at[0].mention_at(at[1])
        return None if at is None or found is None else (at[0], found)


def diagnostics_of(client: Client, uri: str) -> list[LspObject]:
    """What is found in a text that is open."""
    looked = client.workspace.look(uri)
    return [] if looked is None else told_of(client, looked)


def told_of(client: Client, looked: Looked) -> list[LspObject]:
    """What is found in a file, and stands in that file."""
    return [
        diagnostic(client.places, finding)
        for finding in looked.findings
        if finding.span.source.path == looked.source.path
    ]
