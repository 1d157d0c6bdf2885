"""What was found out about a policy with one tenant's variables, used again for the next.

A stage depends on nothing but its program, and of programs that differ in their variables alone, on nothing but the
variables that it asks for. So each stage is watched: what it asked for, and what it was told. For another tenant of
whom it would be told the same, its result is the same, and is not worked out again.

Work whose last results all fitted nobody else is not watched any more: what it would have to be told differs from
tenant to tenant. It sees the program itself, and so shares with other such work what is cached of it.

Invariant: a result is used again only where everything that was read when it was made is the same: each variable by
its value, one that has none by having none, all of them where a stage went through all, and each fact that it was told
(`recpol.analysis.variables`) by being asked anew. Each piece of work that is
watched sees variables of its own, so that nothing that another one has cached hides what it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from recpol.analysis.program import Program
from recpol.analysis.variables import Fact, WatchedVariables
from recpol.base.record import Record, replace
from recpol.base.typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from recpol.rules.rule import AskedRule

Recalled = TypeVar("Recalled")

KEPT = 4
"""So many results of one piece of work are kept: tenants that read alike often follow each other."""

PATIENCE = 4
"""So many results one after the other must have fitted nobody for work not to be watched any more."""

AGAIN = 64
"""Of so many results that are not watched one is watched all the same: the next tenants may read alike."""


class _Remembered(Record):
    """A result, and all that was read for it: some variables, or `whole` of them, and facts about them."""

    read: Mapping[str, str | None]
    whole: Mapping[str, str] | None
    facts: Sequence[Fact]
    result: Any

    def fits(self, variables: Mapping[str, str]) -> bool:
        """Whether the same would be read of these variables, and told of them."""
        if self.whole is not None:
            return self.whole == variables
        same = all(variables.get(name) == value for name, value in self.read.items())
        return same and self._told(variables)

    def _told(self, variables: Mapping[str, str]) -> bool:
        """Whether the facts are the same; those of one program share what is cached of it."""
        asked = with_variables = None
        for one in self.facts:
            if with_variables is None or one.program is not asked:
                asked, with_variables = one.program, replace(one.program, variables=variables)
            if one.ask(with_variables, *one.about) != one.answer:
                return False
        return True


class Memory:
    """What is known of one policy, in its one set of targets, whatever its variables."""

    def __init__(self) -> None:
        self._always: dict[str, Any] = {}
        """Results for which no variable was read."""
        self._known: dict[str, list[_Remembered]] = {}
        self._in_vain: dict[str, int] = {}
        """Of each piece of work, how many results were made since one fitted."""
        self._like: Program | None = None
        self.left: Sequence[tuple[str, Sequence[AskedRule]]] | None = None
        """The pieces of work that rules are asked in, without those that find nothing whatever the variables are."""

    def of(self, program: Program) -> Memory:
        """This memory, without what is known of a program that differs in more than its variables."""
        like = self._like
        if like is not None and not program.differs_in_variables_alone(like):
            self._always.clear()
            self._known.clear()
            self._in_vain.clear()
            self.left = None
        self._like = program
        return self

    def recall(self, work: str, program: Program, run: Callable[[Program], Recalled]) -> Recalled:
        """The result of a piece of work, by its name: what is known, or what `run` makes of the program now."""
        if work in self._always:
            always: Recalled = self._always[work]
            return always
        known = self._known.setdefault(work, [])
        for one in known:
            if one.fits(program.variables):
                self._in_vain[work] = 0
                fitting: Recalled = one.result
                return fitting
        self._in_vain[work] = in_vain = self._in_vain.get(work, 0) + 1
        if in_vain > PATIENCE:
            known.clear()
            if in_vain % AGAIN:
                return run(program)
        watched = WatchedVariables(program.variables)
        result = run(replace(program, variables=watched))
        if not watched.read and not watched.whole and not watched.facts:
            self._always[work] = result
            return result
        whole = dict(program.variables) if watched.whole else None
        known.insert(0, _Remembered(watched.read, whole, watched.facts, result))
        del known[KEPT:]
        return result

    def settled(self, work: str) -> bool:
        """Whether a piece of work has come to a result that no variable changes."""
        return work in self._always
