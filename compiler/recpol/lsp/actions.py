"""Quick fixes: those that `recpol lint --fix` would carry out, and allowing a finding with a reason.

Invariant: a fix is offered only after it was tried; `source.fixAll.recpol` carries out safe fixes and nothing else.
"""

from __future__ import annotations

from recpol.base.finding import Edit, Finding
from recpol.base.source import Source
from recpol.editor.view import View
from recpol.fixes.apply import apply_fixes
from recpol.lsp.client import Client
from recpol.lsp.looking import Looked
from recpol.lsp.places import LspObject, path_of
from recpol.lsp.shapes import diagnostic, workspace_edit
from recpol.rules.every import EVERY_BY_NAME
from recpol.workspace.files import Input
from recpol.workspace.session import Session
from recpol.workspace.suggesting import FileReparse, suggest, users_of

FIX_ALL = "source.fixAll.recpol"


def actions(client: Client, params: LspObject) -> list[LspObject]:
    """What can be done about the findings in some lines, or in the whole file where that is asked for."""
    uri = params["textDocument"]["uri"]
    looked, path = client.workspace.look(uri), path_of(uri)
    if looked is None or looked.subject is None or path is None:
        return []
    session = client.workspace.session(path)
    item = Input(path, looked.source.path)
    items = _project(session, item)
    only = (params.get("context") or {}).get("only")
    if isinstance(only, list) and any(str(kind).startswith("source") for kind in only):
        return _fix_all(client, session, items, item, looked)
    first, last = params["range"]["start"]["line"] + 1, params["range"]["end"]["line"] + 1
    here = [one for one in looked.findings if one.span.begin.line <= last and one.span.finish.line >= first]
    if not here:
        return []
    tried = suggest(session, items, item, looked.subject, looked.findings, "")
    places = {(one.rule, one.span.start, one.message) for one in here}
    return [
        action
        for finding in tried
        if (finding.rule, finding.span.start, finding.message) in places
        for action in _about(client, looked, finding)
    ]


def _project(session: Session, item: Input) -> tuple[Input, ...]:
    """The files of the project: a fix in a file of rules is tried with every policy that uses it."""
    if session.project is None:
        return (item,)
    others = session.inputs([session.project.folder])
    return (item, *(one for one in others if one.path != item.path))


def _about(client: Client, looked: Looked, finding: Finding) -> list[LspObject]:
    told = diagnostic(client.places, finding)
    found: list[LspObject] = [
        {
            "title": fix.title, "kind": "quickfix", "diagnostics": [told], "isPreferred": fix.safe,
            "edit": workspace_edit(client.places, fix.edits),
        }
        for fix in finding.fixes
    ]  # fmt: skip
    if looked.view is not None and may_be_allowed(looked.view, finding):
        title = f"allow `{finding.rule}` here, with a reason"
        edit = allowing(looked.view.source, finding)
        edits = workspace_edit(client.places, (edit,))
        found.append({"title": title, "kind": "quickfix", "diagnostics": [told], "edit": edits})
    return found


def may_be_allowed(view: View, finding: Finding) -> bool:
    """Whether a comment may allow a finding: its rule is not binding, and it is in the file itself."""
    rule = EVERY_BY_NAME.get(finding.rule)
    return rule is not None and not rule.binding and finding.span.source is view.source


def allowing(source: Source, finding: Finding) -> Edit:
    """The comment above a line that allows a finding in it; its reason is for the author to write."""
    line = finding.span.begin.line
    start, text = source.line_start(line), source.line(line)
    indent = text[: len(text) - len(text.lstrip())]
    return Edit(source.span(start, start), f"{indent}# allow {finding.rule}: reason\n")


def _fix_all(
    client: Client, session: Session, items: tuple[Input, ...], item: Input, looked: Looked
) -> list[LspObject]:
    users = users_of(session, session.files, items, item, looked.source.text)
    fixed = apply_fixes(
        looked.source.text, FileReparse(session, session.files, item), levels=session.levels, users=users
    )
    after = fixed.after.source.text
    if after == looked.source.text:
        return []
    edit = Edit(looked.source.span(0, len(looked.source.text)), after)
    return [{"title": "carry out all safe fixes", "kind": FIX_ALL, "edit": workspace_edit(client.places, (edit,))}]
