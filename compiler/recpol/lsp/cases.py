"""Files of tests in an editor: what came of each test, its call, completion, and what the names in it stand for.

Invariant: a file that is no file of tests, or is not open, has nothing of it.
"""

from __future__ import annotations

import re

from recpol.analysis.program import Program
from recpol.base.secrets import masked
from recpol.base.source import Span
from recpol.editor.casecompletion import case_completions, policy_named
from recpol.editor.completion import CompletionChoice
from recpol.editor.hover import Hover, hover_of
from recpol.lsp.client import Client, RequestRefused
from recpol.lsp.looking import Looked
from recpol.lsp.places import LspObject, path_of
from recpol.lsp.shapes import act_line
from recpol.policytest import default_policy
from recpol.report.hidden import harmless
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import Input
from recpol.workspace.testfiles import beside

_WORDS = {"ok": "✓ passed", "failed": "✗ failed", "skipped": "skipped"}

CALL = "recpol.call"
"""The command that shows the call of a test: the URI of its file, and its number from 0."""


def completions(client: Client, params: LspObject) -> tuple[CompletionChoice, ...]:
    """What may stand at a place of a file of tests."""
    at = _at(client, params)
    if at is None:
        return ()
    looked, path, offset = at
    return case_completions(_policy(client, looked, path), looked.source, offset)


def hover(client: Client, params: LspObject) -> Hover | None:
    """What a label, a tag or a store of the policy is, where a test names it."""
    at = _at(client, params)
    if at is None:
        return None
    looked, path, offset = at
    span = _word(looked, offset)
    program = None if span is None else _policy(client, looked, path)
    return None if program is None or span is None else hover_of(program, span)


def _word(looked: Looked, offset: int) -> Span | None:
    line = looked.source.position(offset).line
    start = looked.source.line_start(line)
    for found in re.finditer(r"@?[a-z][a-z0-9-]*", looked.source.line(line)):
        if found.start() <= offset - start <= found.end():
            return looked.source.span(start + found.start(), start + found.end())
    return None


def lenses(client: Client, uri: str) -> list[LspObject]:
    """What came of each test, above it."""
    looked = client.workspace.look(uri)
    if looked is None or looked.tested is None or not client.lenses:
        return []
    found = []
    for number, result in enumerate(looked.tested.results):
        shown = result.acts is not None
        title = _WORDS[result.status] + (": show the call" if shown else "")
        command: LspObject = {"title": title, "command": CALL if shown else ""}
        if shown:
            command["arguments"] = [uri, number]
        found.append({"range": client.places.range(result.case.span), "command": command})
    return found


def call(client: Client, uri: object, number: object) -> LspObject:
    """The call of a test as text: what happens, what is heard, what is recorded."""
    looked = client.workspace.look(uri) if isinstance(uri, str) else None
    results = () if looked is None or looked.tested is None else looked.tested.results
    if not isinstance(number, int) or not 0 <= number < len(results):
        raise RequestRefused("name a test of a file that is open")
    result = results[number]
    if result.acts is None:
        raise RequestRefused("the test has no call that could be played")
    lines = (harmless(result.case.name), "", *map(act_line, result.acts))
    return {"language": "plaintext", "text": masked("".join(f"{line}\n" for line in lines))}


def _at(client: Client, params: LspObject) -> tuple[Looked, str, int] | None:
    uri = params["textDocument"]["uri"]
    looked, path = client.workspace.look(uri), path_of(uri)
    if looked is None or looked.tested is None or path is None:
        return None
    return looked, path, client.places.offset(looked.source, params["position"])


def _policy(client: Client, looked: Looked, path: str) -> Program | None:
    """The policy that a file of tests is about; None where it cannot be read."""
    named = policy_named(looked.source) or default_policy(path)
    try:
        program = client.workspace.session(path).program(beside(Input(path, looked.source.path), named))
    except CannotRun:
        return None
    return program if isinstance(program, Program) else None
