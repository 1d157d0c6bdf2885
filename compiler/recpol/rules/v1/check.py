"""A document to its findings: its own rules, and on every reply, lifted into a policy's tree, the shared ones.

JSON has no comments, so nothing is suppressed in the file; `recpol.yaml` sets levels, a baseline hides what is old.

Invariant: total on any text; a place is told once per rule; the order of findings is file, place, rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from recpol.analysis.program import program_of
from recpol.base.finding import SEVERITIES, Finding, order
from recpol.base.source import Source
from recpol.rules.check import Checked
from recpol.rules.policy.appcalls import app_call_prompts, app_call_recording
from recpol.rules.v1.catalogue import JSON_CATALOGUE, SHARED, Shared
from recpol.rules.v1.fixes import shared_fixes
from recpol.rules.v1.recorder import beside_app_call
from recpol.rules.v1.together import check_together, stamped
from recpol.rules.v1.values import left_from_a_template
from recpol.rules.v1.words import in_json
from recpol.rules.v2.shared import shared2
from recpol.settings.levels import Level, Levels
from recpol.svaml.read import Document, DocumentReply, read_document
from recpol.svaml.v1.lift import flag_of, lift_alone

_VOICE = re.compile(r"[A-Z][a-z]+\Z")


def check_json(source: Source, event: str = "", levels: Mapping[str, Level] | Levels | None = None) -> Checked:
    """All findings of a document; `event` says which callback it answers, as `--event` does."""
    return check_document(read_document(source, event), levels)


def check_document(document: Document, levels: Mapping[str, Level] | Levels | None = None) -> Checked:
    """All findings of a document that has been read."""
    chosen = levels if isinstance(levels, Levels) else Levels(levels or {})
    found: list[Finding] = []
    for rule in JSON_CATALOGUE:
        if rule.binding or not chosen.silent(rule.name):
            found += stamped(rule, rule.inspect(document), chosen)
    blank = [finding.span for finding in found if finding.rule == left_from_a_template.name]
    together = check_together([document], chosen) if document.callout is not None else ()
    for finding in (*_shared(document, chosen), *together):
        # What was never filled in is neither a secret nor misshapen.
        if not any(span.start <= finding.span.start < span.end for span in blank):
            found.append(finding)
    return Checked(tuple(sorted(dict.fromkeys(found), key=order)))


def _shared(document: Document, levels: Levels) -> Iterator[Finding]:
    for reply in document.replies:
        program = program_of(lift_alone(document.source, reply).file, alone=True)
        for shared in SHARED:
            if not shared.together and not levels.silent(shared.rule.name):
                told = (_told(finding, shared, document, reply) for finding in shared.rule.check(program))
                yield from stamped(shared.rule, (finding for finding in told if finding is not None), levels)
        yield from stamped(app_call_prompts, beside_app_call(reply), levels)
    for rule, finding in shared2(document):
        yield from stamped(rule, [finding], levels)


def _told(finding: Finding, shared: Shared, document: Document, reply: DocumentReply) -> Finding | None:
    """A shared finding for a document; None where documents may do what no policy is compiled to."""
    if shared.rule.name == "bad-locale" and _VOICE.match(finding.span.text):
        return None  # the current API takes the name of a voice
    if shared.rule is app_call_prompts or (
        shared.rule is app_call_recording and reply.action is not None and flag_of(reply.action) is None
    ):
        return None  # an instruction is what does not work, and it is told of by itself
    severity = finding.severity or shared.rule.severity
    milder = severity if SEVERITIES.index(severity) > SEVERITIES.index(shared.most) else shared.most
    fixes = shared_fixes(document, reply, shared.rule.name, finding)
    return replace(in_json(finding), severity=milder, fixes=fixes)
