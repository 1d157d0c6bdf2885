"""A call in recpol's words, followed through compiled documents: the states that it can come to.

What happens by itself, such as a prompt that is heard to its end, happens between the events.
"""

from __future__ import annotations

import re
from typing import Any

import recpol_check as referee
from oracle.explore import GOES_ON, Explored
from recpol.calls import trace as t

States = dict[Any, None]


def follow(world: Explored, events: tuple[t.Event, ...], *looks: frozenset[str]) -> States:
    """The states that a call can be in after the last of some events, those in between that event and rest included.

    Empty where the call cannot happen.
    """
    machine = referee.machine_of(world.folder, world.phases, *(looks or (frozenset[str](),)))
    states, events = begin(machine, events)
    for event in events:
        moved = (after for state in states for word, after in machine.ways(state) if tells(word, event))
        states = settled(machine, dict.fromkeys(moved))
    return states


def begin(machine: Any, events: tuple[t.Event, ...]) -> tuple[States, tuple[t.Event, ...]]:
    """The states in which a call begins, and the events that follow.

    The oracle goes at once to where the person called has answered, where no reply says what they hear.
    """
    called = f"the backend calls `{events[0].name}`" if events and isinstance(events[0], t.Starts) else ""
    begun = [state for word, state in machine.ways(None) if word.startswith(called or "a call comes in")]
    if called:
        answered = any(getattr(state, "now", "") != "dials" for state in begun)
        events = events[1 + (answered and events[1:2] == (t.Answers(),)) :]
    return settled(machine, dict.fromkeys(begun)), events


def settled(machine: Any, states: States) -> States:
    """Some states, and all that come of them by themselves."""
    queue = list(states)
    for state in queue:
        for word, after in machine.ways(state):
            if word.startswith(GOES_ON) and after not in states:
                states[after] = None
                queue.append(after)
    return states


def tells(word: str, event: t.Event) -> bool:
    """Whether the oracle's words may mean this event."""
    _, entered, keys = word.partition("the caller enters ")
    match event:
        case t.Answers():
            return word in ("the callee answers", "the person called answers")
        case t.Unreplied():
            return word.startswith("the callee answers and no reply")
        case t.Presses(key):
            return word == f"the caller presses {key}" or bool(entered and re.fullmatch(keys, key))
        case t.Enters(digits):
            return word == "the caller enters digits" or bool(entered and re.fullmatch(keys, digits))
        case t.Waits():
            return word in ("the caller presses nothing", "the menu fails")
        case t.Mistypes():
            return word in ("the caller presses a wrong key", "the menu fails")
        case t.Begins(phase):
            return word == f"the backend begins the phase `{phase}`"
        case t.Ends(phase):
            return word == f"the backend ends the phase `{phase}`"
        case t.Sends(reply):
            return word == f"the backend sends `{reply}`"
        case _:
            return not word.startswith(GOES_ON)  # an event that this module does not tell apart
