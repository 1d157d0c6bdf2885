"""The announcements that a policy promises to somebody, to what becomes of each for the caller and for the callee.

A guarantee speaks of one party or of both; here both are looked at by themselves, so that it can be told who is on tape
and has heard it, and who has not.

Invariant: the verdicts are those of the same guarantee with `to caller` and `to callee`, each target proven by itself.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.base.record import Record
from recpol.calls.party import Party
from recpol.prove.announced import announced_before
from recpol.prove.callees import announced_to_callee
from recpol.prove.verdict import Verdict, together
from recpol.prove.walk import Walk
from recpol.syntax import tree


class ToldParty(Record):
    """What becomes of an announcement for one party; of the verdicts on several targets it is the worst."""

    announcement: tree.Announce
    party: Party
    verdict: Verdict


def told_parties(program: Program, budget: int) -> tuple[ToldParty, ...]:
    """Each announcement that is promised before recordings, once, with both parties; empty where no call begins."""
    promised: dict[tree.Selection, tree.Announce] = {}
    for guarantee in program.guarantees():
        if isinstance(guarantee, tree.Announce) and guarantee.word == "before":
            promised.setdefault(guarantee.selection, guarantee)
    if not promised or program.partial or program.is_rules or not program.graph.begins:
        return ()
    alone = [(view, Walk(view, budget)) for view in map(program.alone, program.targets)]
    judges = {Party.CALLER: announced_before, Party.CALLEE: announced_to_callee}
    return tuple(
        ToldParty(one, party, together(tuple(judge(view, one, walk) for view, walk in alone)))
        for one in promised.values()
        for party, judge in judges.items()
    )
