"""`judge.py POLICY SERVER`, in an environment with pytest-lsp: every request that an editor sends, under each of its
sets of capabilities. Prints what was judged; fails at the first answer that is not of the protocol's form."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

EDITORS = (
    "emacs@29.1", "neovim@0.6.1", "neovim@0.7.0", "neovim@0.8.0", "neovim@0.9.1", "neovim@0.10.0", "neovim@0.11.0",
    "visual_studio_code@1.65.2",
)  # fmt: skip


async def judged(types: Any, client: Any, capabilities: Any, policy: Path, server: list[str]) -> int:
    """The number of requests that were answered with something."""
    uri = policy.as_uri()
    text = policy.read_text("utf-8")
    await client.start_io(*server)
    root = types.WorkspaceFolder(uri=policy.parent.as_uri(), name="project")
    await client.initialize_session(
        types.InitializeParams(capabilities=capabilities, root_uri=root.uri, workspace_folders=[root])
    )
    item = types.TextDocumentItem(uri=uri, language_id="recpol", version=1, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
    document = types.TextDocumentIdentifier(uri=uri)
    lines = text.splitlines()

    def at(words: str, letter: int = 0) -> Any:
        line = next(n for n, one in enumerate(lines) if words in one)
        return types.Position(line=line, character=lines[line].index(words) + letter)

    whole = types.Range(start=types.Position(line=0, character=0), end=types.Position(line=len(lines), character=0))
    spare = types.Range(start=at("store spare"), end=at("store spare", 8))
    tag = at("@card to", 2)
    about: dict[str, Any] = {"text_document": document}
    there = about | {"position": tag}
    answers = [
        await client.text_document_inlay_hint_async(types.InlayHintParams(range=whole, **about)),
        await client.text_document_code_lens_async(types.CodeLensParams(**about)),
        await client.text_document_hover_async(types.HoverParams(**there)),
        await client.text_document_definition_async(types.DefinitionParams(**there)),
        await client.text_document_references_async(
            types.ReferenceParams(context=types.ReferenceContext(include_declaration=True), **there)
        ),
        await client.text_document_document_highlight_async(types.DocumentHighlightParams(**there)),
        await client.text_document_prepare_rename_async(types.PrepareRenameParams(**there)),
        await client.text_document_rename_async(types.RenameParams(new_name="pan", **there)),
        await client.text_document_completion_async(types.CompletionParams(**there)),
        await client.text_document_document_symbol_async(types.DocumentSymbolParams(**about)),
        await client.workspace_symbol_async(types.WorkspaceSymbolParams(query="ice")),
        await client.text_document_folding_range_async(types.FoldingRangeParams(**about)),
        await client.text_document_selection_range_async(types.SelectionRangeParams(positions=[tag], **about)),
        await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(**about)),
        await client.text_document_code_action_async(
            types.CodeActionParams(range=spare, context=types.CodeActionContext(diagnostics=[]), **about)
        ),
        await client.text_document_prepare_call_hierarchy_async(
            types.CallHierarchyPrepareParams(position=at("ice {"), **about)
        ),
        await client.workspace_execute_command_async(
            types.ExecuteCommandParams(command="recpol.explain", arguments=[uri])
        ),
        await client.workspace_execute_command_async(
            types.ExecuteCommandParams(command="recpol.compiled", arguments=[uri])
        ),
    ]
    empty = [number for number, answer in enumerate(answers) if not answer]
    assert not empty, f"answers {empty} are empty"
    edits = await client.text_document_formatting_async(
        types.DocumentFormattingParams(options=types.FormattingOptions(tab_size=2, insert_spaces=True), **about)
    )
    links = await client.text_document_document_link_async(types.DocumentLinkParams(**about))
    assert not edits, "the policy is in the one style already"
    assert not links, "it uses no file"
    await _found(types, client, document, uri)
    count = await _tests(types, client, policy)
    await client.shutdown_session()
    return len(answers) + count + 3


CASES = """tests:
  - name: the card number is not on tape
    call: answer; begin card; end card; hang up
    recorded: agent
"""


async def _tests(types: Any, client: Any, policy: Path) -> int:
    """The tests beside the policy are run; the number of requests about them."""
    uri = policy.with_suffix(".test.yaml").as_uri()
    item = types.TextDocumentItem(uri=uri, language_id="yaml", version=1, text=CASES)
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
    document = types.TextDocumentIdentifier(uri=uri)
    there: dict[str, Any] = {"text_document": document, "position": types.Position(line=3, character=16)}
    (lens,) = await client.text_document_code_lens_async(types.CodeLensParams(text_document=document))
    assert lens.command.title == "✓ passed: show the call", lens
    given = types.ExecuteCommandParams(command=lens.command.command, arguments=lens.command.arguments)
    assert "● agent" in (await client.workspace_execute_command_async(given))["text"]
    assert await client.text_document_completion_async(types.CompletionParams(**there))
    assert await client.text_document_hover_async(types.HoverParams(**there))
    return 4


async def _found(types: Any, client: Any, document: Any, uri: str) -> None:
    """The finding arrives, pushed or pulled."""
    workspace = client.capabilities.workspace
    pulled = client.capabilities.text_document.diagnostic and workspace.diagnostics
    if pulled and workspace.diagnostics.refresh_support:
        report = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(text_document=document))
        found = report.items
    else:
        found = client.diagnostics[uri]
    assert [one.code for one in found] == ["unused-store"], found
    assert found[0].code_description.href.endswith("#unused-store")


async def main(policy: Path, server: list[str]) -> str:
    """Judge under each editor; what was judged, in words."""
    import pytest_lsp  # type: ignore[import-not-found]  # it is in an environment of its own
    from lsprotocol import types  # type: ignore[import-not-found]  # as above, it is elsewhere

    counts = []
    for editor in EDITORS:
        client = pytest_lsp.make_test_lsp_client()
        counts.append(await judged(types, client, pytest_lsp.client_capabilities(editor), policy, server))
    return f"{sum(counts)} answers judged under the capabilities of {len(counts)} editors"


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(main(Path(sys.argv[1]), json.loads(sys.argv[2]))) + "\n")
