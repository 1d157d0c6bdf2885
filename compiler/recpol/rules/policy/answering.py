"""Rules about what a policy is compiled to, and about which numbers and applications it answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recpol.analysis.answering import APPLICATION, AnsweredCalls, answer_statements, answered
from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.base.placeholder import Placeholder
from recpol.base.record import Record, replace
from recpol.base.source import Span
from recpol.rules.policy.known import did_you_mean, either
from recpol.rules.rule import rule, stamped
from recpol.settings.levels import Levels
from recpol.syntax import tree
from recpol.targets.catalogue import target_names


@rule("error", binding=True)
def unknown_target(program: Program) -> Iterator[Finding]:
    """A `target` that does not exist.

    `target` says what a policy is compiled to; it goes before `targets` of `recpol.yaml`, and `--target` of the command
    line goes before both. `recpol targets` lists what there is.

    Wrong:
    ```recpol
    policy desk
    target svaml3
    on ice { connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    target svaml2
    on ice { connect pstn +46850020000 }
    ```
    """
    for file in program.files:
        for statement in file.statements:
            for word in statement.names if isinstance(statement, tree.TargetChoice) else ():
                if word.text not in target_names():
                    otherwise = f"write {either(target_names())}"
                    help_ = did_you_mean(word.text, target_names(), otherwise)
                    yield Finding(f"there is no target `{word.text}`", word.span, help=help_)


@rule("error", binding=True)
def unknown_answer(program: Program) -> Iterator[Finding]:
    """An `answers` of which nobody can tell what is answered: an unknown kind, or a name that is known only later.

    `answers "+44…"` names telephone numbers, `answers application "KEY"` applications by their keys. What is answered
    is written to the index, `build/index.json`, when the policy is compiled, so it must be known then: a variable, the
    same for every call, is. What calls a policy answers is for the policy to say, so a rules file has no `answers`.

    Wrong:
    ```recpol
    policy desk
    answers "{{ env.DESK_NUMBER }}"
    on ice { connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    answers "+442079460104"
    on ice { connect pstn +46850020000 }
    ```
    """
    for statement in answer_statements(program):
        kind = statement.kind
        if kind is not None and kind.text != APPLICATION:
            help_ = did_you_mean(kind.text, (APPLICATION,), f"write a number, or `{APPLICATION}` and its key")
            yield Finding(f"a policy cannot answer `{kind.text}`", kind.span, help=help_)
            continue
        for line in statement.lines:
            if isinstance(line, tree.Text):
                yield from _told_later(program, line)
            elif kind is not None:
                help_ = f'write it as a string: `answers {APPLICATION} "{line.text}"`'
                yield Finding("the key of an application is a string", line.span, help=help_)
    for used in program.files if program.is_rules else program.files[1:]:
        for other in used.statements:
            if isinstance(other, tree.Answering):
                yield Finding("a rules file answers nothing", other.span, help="move it to the policy that answers")


def _told_later(program: Program, line: tree.Text) -> Iterator[Finding]:
    for piece in line.pieces:
        if isinstance(piece, Placeholder) and piece.scope != "var":
            yield Finding(
                f"`{{{{ {piece.scope}.{piece.name} }}}}` is not known when the policy is compiled",
                line.part(piece.start, piece.end),
                why="the index says which policy answers, before any call",
                help="write the value, or a variable: `{{ var.NAME }}`",
            )
    if program.constant(line) is not None and not program.fill(line).strip():
        yield Finding("nothing is answered here", line.span, help="write a number or the key of an application")


@rule("error", binding=True)
def answered_twice(program: Program) -> Iterator[Finding]:
    """A number or application that two policies answer, or one policy twice.

    A call comes to one policy. Where two answer its number, which of them counts would be chance, and with it whether
    the call is recorded. All policies of a run are compared, and all tenants of theirs.

    Wrong:
    ```recpol
    policy desk
    answers "+442079460104", "+442079460104"
    on ice { connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    answers "+442079460104"
    on ice { connect pstn +46850020000 }
    ```
    """
    seen: dict[tuple[str, str], AnsweredCalls] = {}
    for line in answered(program):
        earlier = seen.setdefault((line.kind, line.name), line)
        if earlier is not line:
            yield Finding(
                f"`{line.name}` is answered twice",
                line.span,
                notes=(Note(earlier.span, "here already"),),
                help="take one of them out",
            )


class AnsweringPolicy(Record):
    """A policy of a run, where it says its name, and what it answers; `tenant` is empty without one, `row` where the
    tenant's values are."""

    policy: str
    named: Span
    lines: tuple[AnsweredCalls, ...]
    tenant: str = ""
    row: Span | None = None

    @property
    def called(self) -> str:
        """How messages name it."""
        return f"`{self.policy}`" + (f" of the tenant `{self.tenant}`" if self.tenant else "")


def answering(program: Program, tenant: str = "", row: Span | None = None) -> AnsweringPolicy | None:
    """What a policy answers; None for a rules file and for a policy without a name."""
    header = program.names.policy
    if header is None:
        return None
    return AnsweringPolicy(header.name.text, header.name.span, tuple(answered(program)), tenant, row)


class SharedAnswer(Record):
    """Two policies of a run that answer the same, and the finding about it."""

    policy: AnsweringPolicy
    earlier: AnsweringPolicy
    finding: Finding


def answered_by_two(policies: Iterable[AnsweringPolicy]) -> Iterator[SharedAnswer]:
    """The numbers and applications that a policy answers and an earlier one of the run too; linear."""
    first: dict[tuple[str, str], tuple[AnsweringPolicy, AnsweredCalls]] = {}
    for policy in policies:
        for line in policy.lines:
            earlier, there = first.setdefault((line.kind, line.name), (policy, line))
            if earlier is not policy:
                yield SharedAnswer(policy, earlier, _by_two(policy, line, earlier, there))


def _by_two(policy: AnsweringPolicy, line: AnsweredCalls, earlier: AnsweringPolicy, there: AnsweredCalls) -> Finding:
    notes = [Note(there.span, f"answered by {earlier.called}")] if there.span != line.span else []
    notes += [
        Note(one.row, f"{'this' if one is policy else 'the other'} tenant, `{one.tenant}`")
        for one in (policy, earlier)
        if one.row is not None
    ]
    found = Finding(
        f"{policy.called} and {earlier.called} both answer `{line.name}`",
        line.span,
        notes=tuple(notes),
        why="a call comes to one policy, and which of two it is would be chance",
        help="take the number out of one of them" if line.kind == "number" else "take the key out of one of them",
    )
    return next(iter(stamped(answered_twice, (found,), Levels())))


def as_told(found: Iterable[SharedAnswer]) -> list[Finding]:
    """The findings of a run without those about tenants at places that are told already, with how many there are."""
    told: dict[tuple[Span, bool], list[Finding]] = {}
    for shared in found:
        told.setdefault((shared.finding.span, bool(shared.policy.tenant)), []).append(shared.finding)
    return [finding for (_, tenants), group in told.items() for finding in (_few(group) if tenants else group)]


FEW = 5
"""So many findings about tenants are told at one place."""


def _few(group: list[Finding]) -> list[Finding]:
    if len(group) <= FEW:
        return group
    last = group[FEW - 1]
    more = Note(last.span, f"and {len(group) - FEW} more tenants answer what another one answers")
    return [*group[: FEW - 1], replace(last, notes=(*last.notes, more))]
