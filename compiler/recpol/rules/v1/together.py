"""The replies of one application looked at together: a recording that no call comes to, or that runs already.

Documents that are linted in one run belong to one application where they lie in one folder and their names differ in
the callback alone: `support.ice.svaml.json`, `support.ace.svaml.json`. So do the replies inside a callout. Where there
are several replies to ICE the backend may send any of them.

Invariant: nothing is said of a reply that a call can come to, nor of one whose way in may be in no document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from recpol.analysis.program import Program, program_of
from recpol.base.finding import Finding, Severity, order
from recpol.rules.policy.ways import recording_unreachable, unreachable_handler
from recpol.rules.rule import JsonRule, Rule
from recpol.rules.v1.heard import from_ace, recorded_from_ace
from recpol.rules.v1.recorder import second_start, started_twice
from recpol.rules.v1.words import in_json
from recpol.settings.levels import Level, Levels
from recpol.svaml.read import Document, DocumentReply, application
from recpol.svaml.v1.lift import lift_all

_RULES = (recording_unreachable, unreachable_handler)


def check_together(
    documents: Iterable[Document], levels: Mapping[str, Level] | Levels | None = None
) -> tuple[Finding, ...]:
    """What is wrong with the replies of each application among some documents."""
    chosen = levels if isinstance(levels, Levels) else Levels(levels or {})
    groups: dict[str, list[tuple[Document, DocumentReply]]] = {}
    for document in documents:
        if document.kind in ("reply", "callout"):
            name = document.source.path if document.callout is not None else application(document.source.path)
            groups.setdefault(name, []).extend((document, reply) for reply in document.replies if reply.event)
    found: list[Finding] = []
    for group in groups.values():
        found += _unreached(group, chosen)
        if not chosen.silent(recorded_from_ace.name):
            found += stamped(recorded_from_ace, from_ace(group), chosen)
    return tuple(sorted(dict.fromkeys(found), key=order))


def _unreached(group: Sequence[tuple[Document, DocumentReply]], levels: Levels) -> Iterator[Finding]:
    """What is said of an application whichever of its replies to ICE is sent."""
    first = [reply for _, reply in group if reply.event == "ice"]
    rest = [reply for _, reply in group if reply.event in ("ace", "pie", "manage")]
    if not first or not rest:
        return
    source = group[0][0].source
    if any(_unknown(reply) for reply in (*first, *rest)):
        return
    lifted = [lift_all(source, [reply, *rest]) for reply in first]
    if not levels.silent(started_twice.name):
        again = [{a.span: a for a in one.again if a.earlier is None} for one in lifted]
        starts = (a for span, a in again[0].items() if all(span in other for other in again))
        yield from stamped(started_twice, map(second_start, starts), levels)
    units = [program_of(one.file) for one in lifted]
    for rule in _RULES:
        if levels.silent(rule.name):
            continue
        told = [{finding.span: finding for finding in rule.check(unit) if _sure(unit, finding)} for unit in units]
        common = [finding for span, finding in told[0].items() if all(span in other for other in told)]
        yield from stamped(rule, map(in_json, common), levels)


def _unknown(reply: DocumentReply) -> bool:
    """Whether it is not known what a reply does with the call, so that any callback may follow."""
    return reply.action is None or not reply.action.is_a


def _sure(unit: Program, finding: Finding) -> bool:
    """Whether the way in is closed, and not just in a document that is not here.

    A note says that callbacks are suppressed, or an app is called. Results of menus come to nobody where apps alone
    are called.
    """
    actions = [handler.action for handler in unit.handlers if handler.index in unit.graph.reachable]
    apps = all(action is not None and action.connects == "app" for action in actions)
    return apps or any("turns ACE off" in note.text or note.text == "an app call" for note in finding.notes)


def stamped(rule: Rule, findings: Iterable[Finding], levels: Levels) -> Iterator[Finding]:
    """What a rule found with its name and severity, without what is off where it was found."""
    for finding in findings:
        severity: Severity = finding.severity or rule.severity
        level = None if rule.binding and isinstance(rule, JsonRule) else levels.of(rule.name, finding.span.source.path)
        if level != "off":
            yield replace(finding, rule=rule.name, severity=level or severity)
