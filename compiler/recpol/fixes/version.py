"""One text of a file, understood and checked; and whether one version is no worse than another.

A file of rules is judged by what it is used for, too: its versions carry the policies that use it, understood with it.

Invariant: a version is no worse than another only if it has no new error and no new warning, in itself and in every
policy that uses it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from recpol.analysis.program import Program
from recpol.base.finding import Edit, Finding, Fix
from recpol.base.record import Record, field
from recpol.base.source import Source, Span
from recpol.fixes.documents import same_replies
from recpol.fixes.meaning import same_recording
from recpol.svaml.document import Document

Subject = Program | Document
"""What a text is understood as: a policy or a file of rules, or SVAML in JSON."""

Reparse = Callable[[str], Subject]
"""Understands a text as the file it is a version of, with the same settings. Frontends provide it."""

Dependent = Callable[[Source], Program]
"""Understands a policy with this version of a rules file that it uses. Frontends provide it."""

_Key = tuple[str, str, str, str]


class Applied(Record):
    """A fix that was carried out, and the finding it fixed, at its place in the text of its round."""

    finding: Finding
    fix: Fix


class Version(Record):
    """One text, understood and checked, with the policies of the run that use it."""

    subject: Subject = field(repr=False)
    findings: tuple[Finding, ...]
    users: tuple[Version, ...] = ()

    @property
    def source(self) -> Source:
        """The text."""
        return self.subject.source

    @property
    def partial(self) -> bool:
        """Whether some of it could not be read, so that nothing can be proven of it."""
        return unread(self.subject) > 0 or (isinstance(self.subject, Program) and self.subject.partial)


def own(source: Source, fix: Fix) -> bool:
    """Whether a fix changes this text, and no other."""
    return bool(fix.edits) and all(edit.span.source is source for edit in fix.edits)


def proven(before: Version, after: Version, edits: Sequence[Edit]) -> bool:
    """Whether the same segments are provably recorded, in the policies that use the file too."""
    match before.subject, after.subject:
        case Program() as old, Program() as new:
            if not same_recording(old, new, edits):
                return False
        case Document() as old, Document() as new:
            if not same_replies(old, new, edits):
                return False
        case _:
            return False
    return all(proven(one, other, edits) for one, other in zip(before.users, after.users, strict=True))


def no_worse(before: Version, after: Version, fixed: Sequence[Applied]) -> bool:
    """Whether nothing has become worse, and the findings that were to be fixed are gone.

    A text that could not be read hid what is wrong with it. So where more of it can be read than before, what comes to
    light is not new. Of fixes among which an author chooses, a new warning is the author's to weigh: it is told then.
    """
    lost, still = unread(before.subject), unread(after.subject)
    if isinstance(before.subject, Document) and still < lost:
        return True  # JSON is read up to the first mistake: it has moved on
    was, is_ = _count(before.findings), _count(after.findings)
    gone = Counter(_key(applied.finding) for applied in fixed)
    if any(is_[key] > was[key] - times for key, times in gone.items()):
        return False
    if not all(no_worse(one, other, ()) for one, other in zip(before.users, after.users, strict=True)):
        return False
    if still != lost:
        return still < lost
    chosen = bool(fixed) and all(len(applied.finding.fixes) > 1 for applied in fixed)
    worse = ("error",) if chosen else ("error", "warning")
    return all(times <= was[key] for key, times in is_.items() if key[1] in worse)


def unread(subject: Subject) -> int:
    """How much of a text could not be read: places of a policy and its rules files, characters of a document."""
    match subject:
        case Program():
            return len(subject.parsed.problems) + len(subject.bad_uses) + sum(len(b.problems) for b in subject.imports)
        case Document():
            return sum(_behind(finding.span) for finding in subject.broken)


def _behind(span: Span) -> int:
    return len(span.source.text) - span.start + 1


def _count(findings: Iterable[Finding]) -> Counter[_Key]:
    return Counter(map(_key, findings))


def _key(finding: Finding) -> _Key:
    """A finding without its place, which moves."""
    return finding.rule, finding.level, finding.message, finding.span.source.path
