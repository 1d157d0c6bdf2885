"""`announce … before recording in every locale`, held against its definition, call by call, on random policies.

The prover looks at each locale by itself, over all places of all calls. Here calls are made up one by one, and what is
heard in them is looked at as a person would who listens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from random_policies import random_policy
from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.prove import prove
from recpol.prove.heard import HEARD, said, told
from recpol.rules.check import check
from recpol.semantics.next_events import menu_of, possible
from recpol.semantics.simulate import Simulation, simulate, step
from recpol.syntax import tree

POLICIES = 600


def understood(number: int) -> Program | None:
    """A random policy in two languages whose announcement is tagged `@x`; None where it has mistakes."""
    random = Random(60_000_000 + number)
    text = random_policy(random)
    text = re.sub(
        r'say "(Prompt[^"]*)"', lambda m: f'say "{m[1]}" in {random.choice(["sv-SE", "en-GB", "en-GB/male"])}', text
    )
    kept = "\n".join(line for line in text.splitlines() if not line.startswith(("announce", "never", "always")))
    notice = random.choice(['say "Told." in en-GB @x', 'say "Told." in en-GB @x say "Sagt." in sv-SE @x'])
    kept = kept.replace("answer ", f"answer {notice} ", random.randint(0, 4))
    made = program(Source("random.recpol", f"{kept}\nannounce @x before recording in every locale\n"))
    errors = [f for f in check(made).findings if f.severity == "error" and f.rule != "broken-guarantee"]
    return None if errors or not made.names.tags.get("x") else made


def locales(unit: Program, piece_step: object) -> set[str]:
    """In which languages a segment speaks."""
    body = getattr(piece_step, "body", None)
    found: set[str] = set()
    if isinstance(body, tree.Say):
        found.add(body.locale.text if isinstance(body.locale, tree.Word) else "en-GB")
    elif isinstance(body, tree.Menu | tree.Submenu):
        parent = getattr(piece_step, "parent", None)
        block = body if parent is None else unit.steps[parent].body
        own = block.locale if isinstance(block, tree.Menu) else None
        found.add(own.text if isinstance(own, tree.Word) else "en-GB")
    elif isinstance(body, tree.Park):
        found.add("en-GB")
    return {locale.partition("/")[0] for locale in found}


def breaks(unit: Program, call: Simulation, events: tuple[t.Event, ...]) -> bool:
    """Whether somebody is recorded in a call who was not told in the language that is spoken, then or later."""
    chosen = {tagged.index for tagged in unit.names.tags["x"]}
    heard: set[str] = set()
    spoken: set[str] = set()
    last: object = None
    answered = on_tape = False
    before = simulate(unit, ())
    place = 0
    for number, mark in enumerate(call.marks):
        if number:
            event = events[number - 1]
            menu = None if before.moment is None else menu_of(before.moment)
            if menu is not None and before.moment is not None and before.moment.step is not None:
                block = before.moment.step.body
                assert isinstance(block, tree.Menu)
                full = told(unit, block, menu, event).level == HEARD
                if full and answered and menu.step.index in chosen:
                    heard |= locales(unit, menu.step)
            answered = answered or isinstance(event, t.Presses | t.Enters | t.Answers)
            before = step(before, event)
        for piece in call.pieces[place:mark]:
            handler = unit.handler_of(piece.step)
            if any(isinstance(s.body, tree.Answer) and s.index < piece.step.index for s in handler.segments):
                answered = True
            recorder = next(iter(piece.heard.recordings), None)
            mine = locales(unit, piece.step)
            on_tape = on_tape or recorder is not None
            if (recorder not in (None, last) and spoken - heard) or (on_tape and mine - heard):
                return True
            last = recorder
            if heard:
                spoken |= mine
            notice = isinstance(piece.step.body, tree.Say) and piece.step.index in chosen
            if notice and answered and said(unit, piece.step).level == HEARD:
                heard |= mine
        place = mark
    return False


def calls(unit: Program, random: Random) -> Iterator[tuple[Simulation, tuple[t.Event, ...]]]:
    for _ in range(20):
        events: list[t.Event] = []
        now = simulate(unit, ())
        while len(events) < 6 and (offers := possible(unit, now.moment)):
            event = random.choice(offers)
            events.append(event)
            now = step(now, event)
        yield now, tuple(events)


def test_no_call_breaks_what_is_proven_and_the_call_that_is_shown_does() -> None:
    proven = broken = 0
    for number in range(POLICIES):
        unit = understood(number)
        if unit is None:
            continue
        verdict = prove(unit)[-1]
        if verdict.status == "proven":
            proven += 1
            for call, events in calls(unit, Random(number)):
                assert not breaks(unit, call, events), (unit.source.text, events)
        elif verdict.status == "broken" and verdict.reason.startswith("`") and verdict.other is None:
            broken += 1
            assert breaks(unit, simulate(unit, verdict.call), verdict.call), (unit.source.text, verdict)
    assert min(proven, broken) > 10, (proven, broken)
