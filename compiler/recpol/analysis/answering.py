"""What a policy answers: the telephone numbers and applications that its `answers` name.

Invariant: an answered line is known when compiling; what a policy leaves to the call or to the deployment is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.base.typing import Literal
from recpol.syntax import tree

APPLICATION = "application"
"""The word before keys of applications."""

LineKind = Literal["number", "application"]


class AnsweredCalls(Record):
    """A number or application that a policy answers, and where it says so."""

    kind: LineKind
    name: str
    span: Span


def answer_statements(program: Program) -> Iterator[tree.Answering]:
    """The `answers` of a policy; those of rules files are a rule's finding."""
    return (statement for statement in program.own_statements if isinstance(statement, tree.Answering))


def answered_numbers(program: Program) -> Iterator[tree.AnsweredLine]:
    """The telephone numbers that a policy answers, as they are written."""
    for statement in answer_statements(program):
        if statement.kind is None:
            yield from statement.lines


def answered(program: Program) -> Iterator[AnsweredCalls]:
    """What a policy answers, as far as it is known, in the order in which it is written."""
    for statement in answer_statements(program):
        if statement.kind is None or statement.kind.text == APPLICATION:
            kind: LineKind = "number" if statement.kind is None else "application"
            for line in statement.lines:
                name = program.constant(line) if isinstance(line, tree.Text) else line.span.text
                if name:
                    yield AnsweredCalls(kind, name, line.span)
