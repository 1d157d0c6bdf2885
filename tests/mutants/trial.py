"""Mutants tried, and what became of them counted.

Invariant: a survivor whose reason is not listed is kept by name, however many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from mutants.corpus import Compiled, seen
from mutants.documents import Mutant, mutants, usual
from mutants.lowering import MODULES, Place, fate, passed, places
from mutants.survivors import reason_in_documents, reason_in_lowering


@dataclass
class Tally:
    """What became of some mutants: how many were caught, how many survive by reason, and those without a reason.

    `idle` are faults of the lowering that change no output of any policy.
    """

    caught: int = 0
    idle: int = 0
    harmless: Counter[str] = field(default_factory=Counter)
    unknown: list[str] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)

    @property
    def tried(self) -> int:
        """How many mutants change what is written."""
        return self.caught + sum(self.harmless.values()) + len(self.unknown)

    @property
    def share(self) -> float:
        """The share that is caught, in percent."""
        return 100 * self.caught / self.tried

    def survives(self, name: str, reason: str | None) -> None:
        """One more that is not caught."""
        if reason is None:
            self.unknown.append(name)
        else:
            self.harmless[reason] += 1
            self.listed.add(name)


def of_documents(policies: Sequence[Compiled], most: int | None) -> Tally:
    """Mutants of what is compiled, up to `most` of each policy (all of them for None), chosen by its name."""
    tally = Tally()
    around = usual(compiled.made for compiled in policies)
    for compiled in policies:
        for mutant in _some(list(mutants(compiled.made, around)), most, compiled.name):
            if seen(compiled, mutant.made):
                tally.caught += 1
            else:
                name = f"{compiled.target.name} {compiled.name}: {mutant.way} at {mutant.path}"
                tally.survives(name, reason_in_documents(compiled.target.name, mutant))
    return tally


def _some(found: list[Mutant], most: int | None, name: str) -> list[Mutant]:
    return found if most is None or len(found) <= most else Random(name).sample(found, most)


def all_places() -> Iterator[Place]:
    """Every place of the lowering where a fault can be made."""
    for module in MODULES:
        yield from places(module)


def of_lowering(policies: Sequence[Compiled], chosen: Iterable[Place]) -> Tally:
    """Faults of the lowering, over the policies that run the function they are in."""
    tally = Tally()
    running = passed(policies)
    for fault in filter(None, (place.made() for place in chosen)):
        name = f"{fault.module}.{fault.name}"
        result, where = fate(fault, running.get(name, ()) if fault.in_function else policies)
        if result == "unchanged":
            tally.idle += 1
        elif result == "refused":
            tally.caught += 1
        else:
            reason = reason_in_lowering(fault)
            tally.survives(fault.key if reason is not None else f"{fault.key} ({where}, line {fault.line})", reason)
    return tally
