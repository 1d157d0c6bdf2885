"""A file with findings to the text that their fixes make of it.

    findings ─ choose ─► fixes that do not meet ─ apply ─► text ─ look ─► findings again ─ compare ─► kept or undone

Whole rounds, until nothing changes. Where a round as a whole made something worse, the fixes that seem to be why are
kept apart from the others, and what still fails is tried in halves, down to single ones, so that one bad fix does not
cost the others. How often a text is looked at is bounded; what is not tried stays as it is, and is counted.

Invariant: the answer is the text given or one that is no worse: no new error, no new warning, every fixed finding gone.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Mapping, Sequence

from recpol.base.finding import Edit, Finding
from recpol.base.record import Record, field
from recpol.base.source import Source
from recpol.fixes.budget import Budget, blamed
from recpol.fixes.version import Applied, Dependent, Reparse, Subject, Version, no_worse, own, proven
from recpol.rules.check import Level, Levels, check

ROUNDS = 10
"""How often the text is looked at again for more to fix."""


class FixedFile(Record):
    """What became of a file: its first and last version, what was fixed in order, and the findings of both."""

    before: Subject = field(repr=False)
    after: Subject = field(repr=False)
    done: tuple[Applied, ...]
    found: tuple[Finding, ...] = field(repr=False)
    left: tuple[Finding, ...] = field(repr=False)
    untried: int = 0
    """How many fixes were left alone, because the text would have been looked at too often."""

    @property
    def text(self) -> str:
        """The text as it should be."""
        return self.after.source.text


ReadVersion = Callable[[str], Version]
"""A text to its version."""


def reading(look: Reparse, levels: Mapping[str, Level] | Levels | None, users: Sequence[Dependent] = ()) -> ReadVersion:
    """How versions of a file are made; `users` are the policies that use it, where it is a file of rules."""

    def read(text: str) -> Version:
        subject = look(text)
        return Version(subject, findings(subject, levels), using(subject.source, levels, users))

    return read


def using(
    source: Source, levels: Mapping[str, Level] | Levels | None, users: Sequence[Dependent]
) -> tuple[Version, ...]:
    """The policies that use a file of rules, with this version of it."""
    policies = [user(source) for user in users]
    return tuple(Version(policy, findings(policy, levels)) for policy in policies)


def findings(subject: Subject, levels: Mapping[str, Level] | Levels | None) -> tuple[Finding, ...]:
    """What is wrong with a policy or a document."""
    return check(subject, levels).findings


def apply_fixes(
    text: str,
    look: Reparse,
    *,
    levels: Mapping[str, Level] | Levels | None = None,
    unsafe: bool = False,
    users: Sequence[Dependent] = (),
) -> FixedFile:
    """A text to what its safe fixes make of it, or with `unsafe` all fixes; choices are left to the author.

    The text of a file of rules is fixed only as far as all `users` allow: the policies that use it.
    """
    read = reading(look, levels, users)
    first = now = read(text)
    trials = Budget(text)
    done: list[Applied] = []
    untried = 0
    for to_come in reversed(range(ROUNDS)):
        if now.partial and not unsafe:
            break
        spared = min(2 * to_come, trials.left // 2)
        tried = carry_out(now, read, chosen(now, unsafe=unsafe), trials, unsafe=unsafe, spared=spared)
        now, untried = tried.version, len(tried.untried)
        if not tried.settled:
            break
        done += tried.settled
    if done and not no_worse(first, now, ()):
        return FixedFile(first.subject, first.subject, (), first.findings, first.findings, untried)
    return FixedFile(first.subject, now.subject, tuple(done), first.findings, now.findings, untried)


class Tried(Record):
    """What became of some fixes: those that may stay, the version that they make, and those that were not tried alone.

    `suspected` (by the `id` of their fixes) are those of the latter that a trial together with others speaks against.
    """

    settled: list[Applied]
    version: Version
    untried: list[Applied]
    suspected: set[int]


def carry_out(
    base: Version, read: ReadVersion, fixes: Sequence[Applied], trials: Budget, *, unsafe: bool, spared: int = 0
) -> Tried:
    """Try some fixes that do not meet, with as many trials as there are but those to be spared."""
    now, settled, untried = base, list[Applied](), list[Applied]()
    suspected: set[int] = set()
    waiting = [list(fixes)]
    while waiting:
        group = waiting.pop()
        if not group:
            continue
        if not trials.take(spared):
            untried += group
            continue
        edits = [edit for applied in (*settled, *group) for edit in applied.fix.edits]
        after = read(apply(base.source.text, edits))
        if no_worse(now, after, group) and (unsafe or proven(base, after, edits)):
            settled += group
            now = after
        elif len(group) > 1:
            why = blamed(base, after, group, edits)
            suspected |= why
            bad = [applied for applied in group if id(applied.fix) in why]
            if 0 < len(bad) < len(group):
                waiting += [bad, [applied for applied in group if id(applied.fix) not in why]]
            else:
                half = len(group) // 2
                waiting += [group[half:], group[:half]]
    return Tried(settled, now, untried, suspected)


# ── which ────────────────────────────────────────────────────────────────────────────────────────────────────────


def chosen(version: Version, *, unsafe: bool) -> list[Applied]:
    """The fixes of a round: the only one of its finding, within the file, and away from those chosen before."""
    single = (Applied(finding, finding.fixes[0]) for finding in version.findings if len(finding.fixes) == 1)
    return apart(one for one in single if (one.fix.safe or unsafe) and own(version.source, one.fix))


def apart(fixes: Iterable[Applied]) -> list[Applied]:
    """Some fixes to those of them, in order, that do not meet one before."""
    found: list[Applied] = []
    taken: list[tuple[int, int]] = []
    for applied in fixes:
        places = [(edit.span.start, edit.span.end) for edit in applied.fix.edits]
        if not any(_meets(place, taken) for place in places):
            found.append(applied)
            for place in places:
                insort(taken, place)
    return found


def _meets(place: tuple[int, int], taken: Sequence[tuple[int, int]]) -> bool:
    """Whether a place shares characters with one that is taken, or is beside it, where their order would count.

    What is taken is in order and apart, so if any meets it, the last does that begins at its end or before.
    """
    after = bisect_right(taken, place[1], key=lambda other: other[0])
    return after > 0 and taken[after - 1][1] >= place[0]


def apply(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits that do not meet; their line breaks become those of the text."""
    crlf = "\r\n" in text
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: edit.span.start):
        parts += text[at : edit.span.start], edit.text.replace("\n", "\r\n") if crlf else edit.text
        at = edit.span.end
    return "".join((*parts, text[at:]))
