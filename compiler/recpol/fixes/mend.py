"""A file with findings to the text that their fixes make of it.

    findings ─ choose ─► fixes that do not meet ─ apply ─► text ─ look ─► findings again ─ compare ─► kept or undone

Whole rounds, until nothing changes. Where a round as a whole made something worse its fixes are tried in halves, down
to single ones, so that one bad fix does not cost the others.

Invariant: the answer is the text given or one that is no worse: no new error, no new warning, every cured finding gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from recpol.fixes.meaning import same_recording
from recpol.ground.finding import Edit, Finding, Fix
from recpol.program import Program
from recpol.rules.check import Level, Levels, check

ROUNDS = 10
"""How often the text is looked at again for more to fix."""

Look = Callable[[str], Program]
"""Understands a text as the file it is a version of, with the same settings. Faces provide it."""

_Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Applied:
    """A fix that was carried out, and the finding it cured, at its place in the text of its round."""

    finding: Finding
    fix: Fix


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of a file: its first and last version, what was cured in order, and the findings of both."""

    before: Program = field(repr=False)
    after: Program = field(repr=False)
    done: tuple[Applied, ...]
    found: tuple[Finding, ...] = field(repr=False)
    left: tuple[Finding, ...] = field(repr=False)

    @property
    def text(self) -> str:
        """The text as it should be."""
        return self.after.source.text


@dataclass(frozen=True, slots=True)
class _Version:
    """One text, understood and checked."""

    program: Program
    findings: tuple[Finding, ...]


def mend(text: str, look: Look, *, levels: Mapping[str, Level] | Levels | None = None, unsafe: bool = False) -> Mended:
    """A text to what its safe fixes make of it, or with `unsafe` all fixes; choices are left to the author."""

    def version(of: str) -> _Version:
        program = look(of)
        return _Version(program, check(program, levels).findings)

    first = now = version(text)
    done: list[Applied] = []
    for _ in range(ROUNDS):
        if now.program.partial and not unsafe:
            break
        settled, now = _round(now, version, unsafe)
        if not settled:
            break
        done += settled
    if done and not _no_worse(first, now, ()):
        return Mended(first.program, first.program, (), first.findings, first.findings)
    return Mended(first.program, now.program, tuple(done), first.findings, now.findings)


def is_safe(program: Program, look: Look, fix: Fix) -> bool:
    """Whether a fix counts as safe: its rule says so, and the same segments are provably recorded with it."""
    if not fix.safe or program.partial or not _own(program, fix):
        return False
    return same_recording(program, look(apply(program.source.text, fix.edits)), fix.edits)


def _round(now: _Version, version: Callable[[str], _Version], unsafe: bool) -> tuple[list[Applied], _Version]:
    """The fixes of one round that may stay, and the version that they make."""
    base, settled = now, list[Applied]()
    waiting = [_chosen(base, unsafe)]
    while waiting:
        group = waiting.pop()
        if not group:
            continue
        edits = [edit for applied in (*settled, *group) for edit in applied.fix.edits]
        after = version(apply(base.program.source.text, edits))
        kept = _no_worse(now, after, group)
        if kept and (unsafe or same_recording(base.program, after.program, edits)):
            settled += group
            now = after
        elif len(group) > 1:
            half = len(group) // 2
            waiting += [group[half:], group[:half]]
    return settled, now


# ── which ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _chosen(version: _Version, unsafe: bool) -> list[Applied]:
    """The fixes of a round: the only one of its finding, within the file, and away from those chosen before."""
    chosen: list[Applied] = []
    taken: list[Edit] = []
    for finding in version.findings:
        if len(finding.fixes) != 1:
            continue
        fix = finding.fixes[0]
        if not (fix.safe or unsafe) or not _own(version.program, fix):
            continue
        if not any(_meet(edit, other) for edit in fix.edits for other in taken):
            chosen.append(Applied(finding, fix))
            taken += fix.edits
    return chosen


def _own(program: Program, fix: Fix) -> bool:
    return bool(fix.edits) and all(program.is_own(edit.span) for edit in fix.edits)


def _meet(one: Edit, other: Edit) -> bool:
    """Whether two edits are about the same characters, or side by side, where their order would count."""
    return one.span.start <= other.span.end and other.span.start <= one.span.end


def apply(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits that do not meet; their line breaks become those of the text."""
    crlf = "\r\n" in text
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        new = edit.text.replace("\n", "\r\n") if crlf else edit.text
        text = text[: edit.span.start] + new + text[edit.span.end :]
    return text


# ── no worse ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _no_worse(before: _Version, after: _Version, cured: Sequence[Applied]) -> bool:
    """Whether nothing has become worse, and the findings that were to be cured are gone.

    A text that could not be read hid what is wrong with it. So where more of it can be read than before, what comes to
    light is not new.
    """
    was, is_ = _count(before.findings), _count(after.findings)
    gone = Counter(_key(applied.finding) for applied in cured)
    if any(is_[key] > was[key] - times for key, times in gone.items()):
        return False
    lost, still = _unread(before.program), _unread(after.program)
    if still != lost:
        return still < lost
    return all(times <= was[key] for key, times in is_.items() if key[1] != "info")


def _count(findings: Iterable[Finding]) -> Counter[_Key]:
    return Counter(map(_key, findings))


def _key(finding: Finding) -> _Key:
    """A finding without its place, which moves."""
    return finding.rule, finding.level, finding.message, finding.span.source.path


def _unread(program: Program) -> int:
    """How many places of a policy and its rules files could not be read."""
    return len(program.parsed.problems) + len(program.bad_uses) + sum(len(b.problems) for b in program.brought)
