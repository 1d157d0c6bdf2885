"""The whole policy in a few sentences: what is recorded, what is not, and where recordings go.

Invariant: everything that a call can come to and that can be heard is counted as recorded or as not recorded.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.answering import answered
from recpol.analysis.menus import reached_menus
from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.analysis.steps import Step
from recpol.explain.order import Numbered
from recpol.explain.rooms import is_recorded, only_in_room, recorded_by_others
from recpol.explain.stores import address
from recpol.explain.things import callee, dials_only, named_things, stage_step, stores_of, talks, thing
from recpol.explain.words import FEW, capital, code, listed, several, unique
from recpol.syntax import tree


def heard(program: Program) -> Iterator[Step]:
    """The steps that some call comes to and that can be heard, in the order of the file."""
    for handler in program.handlers:
        if handler.index not in program.graph.reachable:
            continue
        menus = {
            menu.step.index
            for step in handler.segments
            if isinstance(step.body, tree.Menu)
            for menu in reached_menus(step, handler)
        }
        for step in handler.steps:
            if isinstance(step.body, tree.Submenu | tree.Menu) and step.index not in menus:
                continue
            if isinstance(step.body, tree.Phase) and not program.graph.conversations.get(step.parent or 0):
                continue
            if step.recordable:
                yield step


def used_stores(program: Program) -> dict[str, set[str]]:
    """The stores that calls record to, each with what is recorded to it: `call`, `conference` or both."""
    kinds: dict[str, set[str]] = {}
    for step in heard(program):
        for kind, store in stores_of(program, step):
            if store:
                kinds.setdefault(store, set()).add(kind)
    return kinds


def summary(program: Program, numbered: Numbered, tally: str) -> tuple[str, ...]:
    """The sentences, in order."""
    if program.is_rules:
        own = "This file holds rules that several policies share: by itself it answers no call and records nothing."
        return (own, "Its guarantees are proven, or broken, for each policy that uses it.")
    return tuple(sentence for sentence in (*_sentences(program, numbered), _answers(program), tally) if sentence)


def _answers(program: Program) -> str:
    """Which calls come to the policy, as far as it says so."""
    names = {
        kind: unique(line.name for line in answered(program) if line.kind == kind) for kind in ("number", "application")
    }
    told = [*names["number"], *(f"the application {code(key)}" for key in names["application"])]
    return f"It answers {listed(told)}." if told else ""


def _sentences(program: Program, numbered: Numbered) -> Iterator[str]:
    found: dict[bool, list[tuple[str, int]]] = {True: [], False: []}
    for step in heard(program):
        recorded = is_recorded(program, step)
        words = _whose(program, step) + thing(program, step)
        words += left_out(program, numbered, step) if recorded else ""
        words += only_in_room(program, step)
        found[recorded].append((words, numbered.numbers[stage_step(program, step).handler]))
    taped, untaped = (sorted(found[recorded], key=lambda line: line[1]) for recorded in (True, False))
    ambiguous = frozenset(words for words, _ in taped) & frozenset(words for words, _ in untaped)
    if not taped:
        yield "Nothing is recorded." if untaped else "No call can be heard, so nothing is recorded."
        return
    if untaped:
        yield f"Recorded: {named_things(taped, ambiguous)}."
        yield f"Not recorded: {named_things(untaped, ambiguous)}."
    else:
        yield f"Everything that can be heard is recorded: {named_things(taped, ambiguous)}."
    places = [
        f"{code(name)} ({address(program, node)})"
        for name, node in program.names.stores.items()
        if name in used_stores(program)
    ]
    if places:
        yield f"Recordings go to {listed(places) if len(places) <= FEW else several(places)}."
    yield from _late(program, numbered)


def _whose(program: Program, step: Step) -> str:
    """For a conference: whether the room or one line into it is recorded."""
    if step.connects != "conference":
        return ""
    kinds = {kind for kind, _ in stores_of(program, step)}
    said = {"conference": "everybody in ", "call": "this caller's line into "}
    if not kinds:
        other = recorded_by_others(program, step)
        return "" if other is None else said["conference"] if other.whole else "another caller's line into "
    return " and ".join(said[kind] for kind in ("conference", "call") if kind in kinds)


def left_out(program: Program, numbered: Numbered, step: Step) -> str:
    """The phases of a recorded talk that are not recorded."""
    if step.connects and step not in (talks(program, step) or (step,)):
        return ""  # it is the dialling alone, and the phases are part of the talk
    connects = program.graph.before.get(step.index, (step,))
    phases = (phase for connect in connects for phase in numbered.phases.get(connect.index, ()))
    left = [code(phase.label.text) for phase in phases if phase.label and not is_recorded(program, phase)]
    return f", except the phase{'' if len(left) == 1 else 's'} {listed(left)}" if left else ""


def _late(program: Program, numbered: Numbered) -> Iterator[str]:
    """A warning where a late reply makes a difference: the platform then connects the call by itself."""
    found: dict[bool, list[Step]] = {True: [], False: []}
    for step in heard(program) if program.loses_replies else ():
        if dials_only(program, step):
            lost = bool(wanted(program.decisions, step))
            meant = [bool(wanted(program.decisions, talk)) for talk in talks(program, step)]
            if lost not in meant if meant else lost:
                found[lost].append(step)
    for recorded, steps in found.items():
        if steps:
            stages = [str(n) for n in sorted({numbered.numbers[step.handler] for step in steps})]
            whom = listed(unique(callee(program, step) for step in steps)[:FEW], "or")
            where = f"stage{'' if len(stages) == 1 else 's'} {listed(stages[:FEW])}"
            outcome = "is recorded" if recorded else "is not recorded"
            yield capital(
                f"if the backend replies too late when the call to {whom} is answered ({where}), the platform lets the "
                f"two talk all the same, and that talk {outcome}."
            )
