"""What a document, or several of one application, was lifted to: the tree that policies have, and what is odd about it.

Invariant: every span points into the documents; what the tree cannot hold is in `Lifted.lost`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from recpol.analysis.program import Program, program_of
from recpol.analysis.steps import Step
from recpol.base.record import Record, field
from recpol.base.source import Span
from recpol.platform.targets import Target
from recpol.svaml.values import Unsupported
from recpol.syntax import tree


class RepeatedStart(Record):
    """A start while a recording runs that began at `earlier` (None: in a reply before).

    `same` says that both record into one store, `flag` that the second one is the flag of an action.
    """

    span: Span
    earlier: Span | None
    same: bool
    flag: bool


class Lifted(Record):
    """The tree of some replies, and what is odd about their recorder.

    `again` are starts while a recording runs, `idle` stops while none does; `uncertain` are the replies (by index) that
    are come to in several states, and `ends` the stops of what none of the replies began, in those that none of them
    leads to. `target` is the one whose dialect they are written in. With `alone` any call may come to any of the
    replies, in a state that is not known.
    """

    __slots__ = ("__dict__",)  # where `cached_property` keeps what it made

    file: tree.File = field(repr=False)
    lost: tuple[Unsupported, ...]
    again: tuple[RepeatedStart, ...]
    idle: tuple[Span, ...]
    target: Target
    uncertain: tuple[int, ...] = ()
    ends: tuple[Span, ...] = ()
    alone: bool = False

    @cached_property
    def program(self) -> Program:
        """The tree as a program, made when it is first asked for and then kept."""
        return program_of(self.file, (self.target,), alone=self.alone)

    def recorded(self) -> Iterator[tuple[Step, Span]]:
        """The steps that are recorded, each with the place where the recording begins in these replies."""
        for step in self.program.steps:
            decided = self.program.decided(step)
            if decided.call_stores:
                yield step, decided.call[0].keyword
