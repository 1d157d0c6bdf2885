"""The people in the calls of a policy: who is on tape, and who has been told before.

What counts as an announcement only the policy can say, by `announce … before recording`; without such a guarantee it is
told that nothing is said.

Invariant: a person is told for sure only where `recpol.prove` has proven it; who is on tape comes from the decisions.
"""

from __future__ import annotations

from recpol.analysis.guarded import side_of
from recpol.analysis.parties import hears
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.calls.party import Party
from recpol.explain.guarantees import call_lines, selection_words
from recpol.explain.model import ClaimStatus, ExplainedNotice, ExplainedPerson
from recpol.explain.order import Numbered
from recpol.explain.rooms import is_recorded, only_in_room
from recpol.explain.summary import heard, left_out
from recpol.explain.things import dials_only, named_things, stage_step, stores_of, talks, thing
from recpol.explain.words import capital, listed
from recpol.prove import BUDGET
from recpol.prove.parties import ToldParty, told_parties
from recpol.syntax import tree

CALLED = ("pstn", "sip", "app")
"""The connects that somebody answers; in a room everybody is a caller."""

_UNSAID = "The policy does not say what an announcement is (`announce … before recording`)."


_SIDES = " A recording of one side (`direction`) is taken for one of both here."


def people(program: Program, numbered: Numbered, *, claimed: bool, why: str) -> tuple[ExplainedPerson, ...]:
    """A row per person; none for rules, and where nothing is recorded. Where `claimed` is false nothing is proven, for
    the reason `why`."""
    steps = [] if program.is_rules else list(heard(program))
    taped = [step for step in steps if is_recorded(program, step)]
    if not taped:
        return ()
    told = told_parties(program, BUDGET)
    talked = [step for step in steps if _is_talk(program, step)]
    late = [step for step in taped if _is_late(program, step)] if program.loses_replies else []
    sides: list[tuple[Party, str, list[Step], list[Step]]] = [(Party.CALLER, _callers(program), taped, [])]
    if talked or any(step.connects in CALLED for step in steps):
        sides.append((Party.CALLEE, "the callee", [step for step in taped if step in talked], late))
    return tuple(
        _person(program, numbered, name, mine, lost, [one for one in told if one.party is party], claimed, why)
        for party, name, mine, lost in sides
    )


def _person(
    program: Program,
    numbered: Numbered,
    name: str,
    taped: list[Step],
    late: list[Step],
    told: list[ToldParty],
    claimed: bool,
    why: str,
) -> ExplainedPerson:
    found = [*([_named(program, numbered, taped, whole=False)] if taped else [])]
    if late:
        found.append(f"if a reply to ACE comes too late, the talk after {_named(program, numbered, late)}")
    notices = tuple(_notice(program, numbered, one, claimed, why) for one in told)
    words = f"{capital('; '.join(found))}.{_SIDES if _is_sided(program, taped) else ''}" if found else "Never."
    return ExplainedPerson(capital(name), bool(found), words, notices, "" if notices else _UNSAID)


def _callers(program: Program) -> str:
    kinds = {program.handlers[index].kind for index in program.graph.begins}
    return listed([words for kind, words in (("ice", "the caller"), ("callout", "the person called")) if kind in kinds])


def _named(program: Program, numbered: Numbered, steps: list[Step], *, whole: bool = True) -> str:
    """Steps with their stages; where they are not meant as a whole, without the phases that are not recorded."""
    found = [
        (
            thing(program, step) + ("" if whole else left_out(program, numbered, step)) + only_in_room(program, step),
            numbered.numbers[stage_step(program, step).handler],
        )
        for step in steps
    ]
    return named_things(found, frozenset(words for words, _ in found))


# ── on tape ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_sided(program: Program, taped: list[Step]) -> bool:
    """Whether a recording of some steps is to hold one side alone; as in the proofs, both are told before it."""
    names = {name for step in taped for _, name in stores_of(program, step)}
    return any(side_of(store) != "both" for name, store in program.names.stores.items() if name in names)


def _is_talk(program: Program, step: Step) -> bool:
    """Whether a callee talks while a step lasts."""
    if isinstance(step.body, tree.Phase) and step.parent is not None:
        return program.steps[step.parent].connects in CALLED
    if isinstance(step.body, tree.Continue):
        before = program.graph.before.get(step.index, ())
        return not dials_only(program, step) and (not before or any(one.connects in CALLED for one in before))
    return step.connects in CALLED and step in talks(program, step)


def _is_late(program: Program, step: Step) -> bool:
    """Whether a talk is recorded where the reply to ACE comes too late alone: as the dialling before it was."""
    if step.connects not in CALLED or not dials_only(program, step):
        return False
    return not any(is_recorded(program, talk) for talk in talks(program, step))


# ── told ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _notice(program: Program, numbered: Numbered, told: ToldParty, claimed: bool, why: str) -> ExplainedNotice:
    verdict = told.verdict
    status: ClaimStatus = verdict.status if claimed or verdict.status == "broken" else "unclaimed"
    return ExplainedNotice(
        capital(selection_words(told.announcement.selection)),
        _where(program, numbered, told),
        status,
        _verdict(told, status, why),
        verdict.assumptions if status == "proven" else (),
        tuple(call_lines(program, verdict)) if status == "broken" else (),
    )


def _verdict(told: ToldParty, status: ClaimStatus, why: str) -> str:
    match status:
        case "proven":
            return "always heard before being recorded."
        case "broken":
            return f"not always heard before being recorded ({told.verdict.reason}). The shortest such call:"
        case "unknown":
            return f"not known whether it is always heard before being recorded ({told.verdict.reason})."
        case "empty":
            return f"nothing to tell: {told.verdict.reason}."
        case _:
            return why


def _where(program: Program, numbered: Numbered, told: ToldParty) -> str:
    """The parts of an announcement that a party hears; rules refuse those that targets play to different people."""
    views, sides = [program.alone(target) for target in program.targets], (told.party, Party.EVERYONE)
    chosen = program.selected.chosen(told.announcement.selection).values()
    found = [s for s in chosen if program.is_reachable(s) and all(hears(view, s) in sides for view in views)]
    return f"Heard: {_named(program, numbered, found)}." if found else "Nothing of it is heard on this side."
