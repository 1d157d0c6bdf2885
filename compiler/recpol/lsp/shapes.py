"""Records of recpol as the protocol writes them: diagnostics, edits, symbols.

Invariant: what looks like a secret is dots in every message; places are in the file that they are of.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from recpol.base.finding import CallStep, Edit, Finding
from recpol.base.secrets import masked
from recpol.base.source import Source, Span
from recpol.lsp.places import ColumnCount, LspObject, uri_of
from recpol.report.hidden import harmless
from recpol.report.hyperlinks import ONLINE
from recpol.workspace.files import here

SEVERITY = {"error": 1, "warning": 2, "info": 3}
UNNECESSARY = 1


def uri_of_source(source: Source) -> str:
    """The URI of a source that was read from a file."""
    return uri_of(os.path.normpath(os.path.join(here(), source.path)))


def diagnostic(places: ColumnCount, finding: Finding) -> LspObject:
    """A finding as the protocol writes it: message, the call, reason and cure as lines, notes as places."""
    lines = [finding.message]
    lines += [finding.label] if finding.label else []
    lines += ["call:", *(f"  {act_line(act)}" for act in finding.call)] if finding.call else []
    lines += [f"why: {finding.why}"] if finding.why else []
    lines += [f"help: {finding.help}"] if finding.help else []
    found: LspObject = {
        "range": places.range(finding.span),
        "severity": SEVERITY[finding.level],
        "source": "recpol",
        "message": masked("\n".join(lines)),
    }
    if finding.rule:
        found["code"] = finding.rule
        found["codeDescription"] = {"href": ONLINE + finding.rule}
    if finding.rule.startswith(("unused-", "unreachable-")):
        found["tags"] = [UNNECESSARY]
    if finding.notes:
        found["relatedInformation"] = [
            {"location": location(places, note.span), "message": masked(note.text)} for note in finding.notes
        ]
    return found


def act_line(act: CallStep) -> str:
    """A line of a call. Editors show it in a narrow column, and some in letters of any width: its mark comes first."""
    words = harmless(act.text)
    if act.recorded is None:
        return words
    return f"  ● {words} → {harmless(act.recorded)}" if act.recorded else f"  ○ {words}"


def location(places: ColumnCount, span: Span) -> LspObject:
    """A place in a file."""
    return {"uri": uri_of_source(span.source), "range": places.range(span)}


def workspace_edit(places: ColumnCount, edits: Iterable[Edit]) -> LspObject:
    """Edits by file."""
    changes: dict[str, list[LspObject]] = {}
    for edit in edits:
        made = {"range": places.range(edit.span), "newText": edit.text}
        changes.setdefault(uri_of_source(edit.span.source), []).append(made)
    return {"changes": changes}
