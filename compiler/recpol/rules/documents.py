"""A document, or the replies of an application, to findings: of rules about them, and of those shared with policies.

Invariant: total on any text. Of what was never filled in, shared rules say nothing: it is neither a secret nor
misshapen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate

from recpol.base.finding import SEVERITIES, Finding
from recpol.base.record import replace
from recpol.rules.catalogue import CATALOGUE
from recpol.rules.json.catalogue import JSON_RULES, READ_AS_WRITTEN
from recpol.rules.jsonnotation import REQUEST, V2, fixing, v1_of
from recpol.rules.notation import Notation
from recpol.rules.rule import Lifting, Rule, stamped
from recpol.rules.v1.catalogue import OTHERWISE_READ, V1_RULES
from recpol.settings.levels import Levels
from recpol.svaml.application import Application, applications
from recpol.svaml.document import Document
from recpol.svaml.lifted import Lifted
from recpol.svaml.v1.spelling import target_of

SHARED: tuple[Rule, ...] = (*(rule for rule in CATALOGUE if rule.lifted), *READ_AS_WRITTEN, *OTHERWISE_READ)
"""The rules of policies that documents are held against, too."""


def findings(subject: Document | Application, levels: Levels) -> Iterable[Finding]:
    """What every rule that is not off finds, stamped with its name and severity."""
    v2 = isinstance(subject, Document) and bool(subject.scripts)
    off = levels.silent
    heard = [rule for rule in _rules(v2=v2) if rule.binding or rule.name not in off]
    return _of_document(subject, heard, levels) if isinstance(subject, Document) else _together(subject, heard, levels)


@cache
def _rules(*, v2: bool) -> tuple[Rule, ...]:
    """The rules that a document is held against; those about commands are loaded where there are some."""
    if not v2:
        return (*JSON_RULES, *V1_RULES, *SHARED)
    from recpol.rules.v2.catalogue import READ_AS_COMMANDS, V2_RULES

    return (*JSON_RULES, *V1_RULES, *V2_RULES, *SHARED, *READ_AS_COMMANDS)


def _of_document(document: Document, rules: list[Rule], levels: Levels) -> Iterator[Finding]:
    found: list[Finding] = []
    blank: list[Finding] = []
    for rule in rules:
        if rule.document is not None and not rule.about_policies and not rule.is_settled(document):
            told = list(stamped(rule, rule.document(document), levels))
            found += told
            blank += told if rule.hides else ()
    yield from found
    places = sorted((one.span.start, one.span.end) for one in blank)
    starts = [start for start, _ in places]
    reach = [0, *accumulate((end for _, end in places), max)]
    for finding in _shared(document, rules, levels):
        if reach[bisect_right(starts, finding.span.start)] <= finding.span.start:
            yield finding


def _shared(document: Document, rules: list[Rule], levels: Levels) -> Iterator[Finding]:
    """What the rules of policies find in what the document was lifted to; in a callout, in its replies together."""
    for lifting, lifted, say in _told(document):
        for rule in rules:
            if rule.program is not None and lifting in rule.lifted and not rule.is_settled(document):
                told = (_softened(finding, rule) for finding in rule.program(lifted.program, say))
                yield from stamped(rule, told, levels)
    if document.callout is not None:
        for application in applications([document]):
            yield from _together(application, rules, levels)


def _told(document: Document) -> Iterator[tuple[Lifting, Lifted, Notation]]:
    """What a document was lifted to, with the notation that it is written in."""
    if document.request is not None and document.tree is not None:
        yield "request", document.request, fixing(REQUEST, (document.tree,))
    lifting: Lifting = "v2" if document.scripts else "v1"
    if document.scripts and document.tree is not None:
        roots = [(document.tree, V2)]
    else:
        roots = [(reply.object, v1_of(target_of(document.replies))) for reply in document.replies]
    for lifted, (root, notation) in zip(document.lifted, roots, strict=True):
        yield lifting, lifted, fixing(notation, (root,))


def _together(application: Application, rules: list[Rule], levels: Levels) -> Iterator[Finding]:
    for rule in rules:
        settled = all(rule.is_settled(document) for document, _, _ in application.replies)
        if rule.application is not None and not settled:
            yield from stamped(rule, rule.application(application), levels)


def _softened(finding: Finding, rule: Rule) -> Finding:
    """A finding of a shared rule, which documents may break to a lesser degree."""
    severity = finding.severity or rule.severity
    milder = SEVERITIES.index(severity) > SEVERITIES.index(rule.most)
    return finding if milder else replace(finding, severity=rule.most)
