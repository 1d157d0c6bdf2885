"""Guarantees to verdicts, over every call that can happen.

All places where a call can stand are found once, by following the simulation from event to event (`recpol.prove.walk`);
what was heard before is forgotten, so the work grows with the size of the policy and not with the number of calls. The
calls include silence and wrong keys in menus, loops, a callee who does not answer, a reply to ACE that never comes, and
phases in any order and number.

Invariant: a guarantee is proven, broken with the shortest call that `recpol.semantics.simulate` replays, or unknown
with a reason; never "ok" for want of a check.
"""

from __future__ import annotations

from functools import lru_cache

from recpol.analysis.program import Program
from recpol.base.typing import assert_never
from recpol.calls.party import Party, party_of
from recpol.prove.recorded import Seen, always, never
from recpol.prove.verdict import ASSUMPTIONS, Verdict, together
from recpol.prove.walk import Walk
from recpol.syntax import tree

__all__ = ["ASSUMPTIONS", "BUDGET", "Verdict", "prove", "situations", "verdict_of"]

BUDGET = 200_000
"""How many places of calls are looked at before a verdict is unknown."""


def verdict_of(program: Program, guarantee: tree.Guarantee, seen: Seen) -> Verdict:
    """The verdict on one guarantee; each kind of guarantee is proven by a module of its own, loaded here."""
    walk = seen.walk
    if walk.spent and not isinstance(guarantee, tree.AboutStores):
        return Verdict(guarantee, "unknown", walk.too_much)
    match guarantee:
        case tree.RecordGuarantee():
            return (never if guarantee.word == "never" else always)(program, guarantee, seen)
        case tree.Announce(word="before"):
            verdict = _announced(program, guarantee, walk)
            if not guarantee.every_locale:
                return verdict
            from recpol.prove.languages import in_every_locale

            return in_every_locale(program, guarantee, walk, verdict)
        case tree.Announce():
            from recpol.prove.begun import announced_in

            return announced_in(program, guarantee, walk)
        case tree.NeverTranscribe():
            from recpol.prove.narrowed import never_transcribed

            return never_transcribed(program, guarantee, seen)
        case tree.OneSide():
            from recpol.prove.narrowed import one_sided

            return one_sided(program, guarantee, seen)
        case tree.OptOut():
            from recpol.prove.optout import opted_out

            return opted_out(program, guarantee, walk)
        case tree.Keep():
            from recpol.prove.kept import kept

            return kept(program, guarantee)
        case tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion():
            from recpol.prove.promised import promised

            return promised(program, guarantee)
        case _:
            assert_never(guarantee)


def _announced(program: Program, guarantee: tree.Announce, walk: Walk) -> Verdict:
    """`announce … [to PARTY] before recording`: where both are to hear it, the worse verdict counts."""
    party = Party.CALLER if guarantee.to is None else party_of(guarantee.to.text)
    if party is None:
        return Verdict(guarantee, "unknown", "it does not say who is to hear it", told_by="unknown-party")
    verdicts: list[Verdict] = []
    if party is not Party.CALLEE:
        from recpol.prove.announced import announced_before

        verdicts.append(announced_before(program, guarantee, walk))
    if party is not Party.CALLER:
        from recpol.prove.callees import announced_to_callee

        verdicts.append(announced_to_callee(program, guarantee, walk))
    return together(tuple(verdicts))


class _Same:
    """A program as what its proofs depend on: two that share it have the same verdicts."""

    __slots__ = ("program",)

    def __init__(self, program: Program) -> None:
        self.program = program

    def __hash__(self) -> int:
        return hash((id(self.program.steps), id(self.program.variables)))  # many tenants share all but the latter

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Same):
            return NotImplemented
        one, two = self.program, other.program
        return all(getattr(one, name) is getattr(two, name) for name in _PARTS) and (
            (one.targets, one.elsewhere, one.too_large) == (two.targets, two.elsewhere, two.too_large)
        )


_PARTS = ("variables", "file", "parsed", "steps", "handlers", "names", "graph", "selected", "decisions", "track")
"""What proofs depend on; `variables` come first, for nothing else differs between tenants."""


def prove(program: Program, budget: int = BUDGET) -> tuple[Verdict, ...]:
    """The verdicts on all guarantees of a policy and of the rules files it uses, in order.

    Each target is proven by itself, and of its verdicts the worst counts: a guarantee is proven where it is proven of
    every target. A policy that could not be read in full, or in which no call begins, gives unknown verdicts: nothing
    is proven of what was not understood.
    """
    return _all_proven(_Same(program), budget)


@lru_cache(maxsize=4)  # rules, explain and certificates ask for the same verdicts
def _all_proven(same: _Same, budget: int) -> tuple[Verdict, ...]:
    alone = (_proven(same.program.alone(target), budget) for target in same.program.targets)
    return tuple(together(verdicts) for verdicts in zip(*alone, strict=True))


def _proven(program: Program, budget: int) -> tuple[Verdict, ...]:
    if program.partial or program.is_rules or not program.graph.begins:
        reason = "the policy could not be read in full" if program.partial else "no call can begin"
        return tuple(Verdict(guarantee, "unknown", reason) for guarantee in program.guarantees())
    seen = Seen(Walk(program, budget))
    return tuple(verdict_of(program, guarantee, seen) for guarantee in program.guarantees())


def situations(program: Program, budget: int = BUDGET) -> tuple[tuple[str, int], ...]:
    """In how many situations a call can be, by target: what the proofs of a policy look at."""
    if program.partial or program.is_rules or not program.graph.begins:
        return ()
    return tuple(
        (target.name, len(Walk(program.alone(target), budget).places)) for target in program.targets
    )  # fmt: skip
