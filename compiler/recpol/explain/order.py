"""Handlers to stages: the order in which a call meets them, their numbers, and their headings.

Invariant: every handler has a number; those that no call reaches come last, and a stage comes after the first that
leads to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recpol.analysis.callgraph import Edge
from recpol.analysis.callouts import answers_person
from recpol.analysis.dialled import CAUSES
from recpol.analysis.menus import MenuOutcome
from recpol.analysis.program import Program
from recpol.analysis.steps import OTHERWISE, Handler, Step
from recpol.base.record import Record, field
from recpol.explain.words import caller, entered, listed, unique
from recpol.syntax import tree

MANY = 4
"""How many keys or deeds a heading names at most."""


class Numbered(Record):
    """The handlers in reading order; `numbers` are their stages' numbers, from 1, by the handler's index."""

    handlers: tuple[Handler, ...]
    numbers: Mapping[int, int] = field(repr=False)
    after: Mapping[int, tuple[int, ...]] = field(repr=False)
    """The numbers of the stages that lead to a stage, by the handler's index."""
    resumed: tuple[int, ...] = field(repr=False)
    """The numbers of the stages that the backend can send to a parked call."""
    phases: Mapping[int, tuple[Step, ...]] = field(repr=False)
    """The phases of a connect, by its index."""


def number(program: Program) -> Numbered:
    """All handlers in the order of a call; `on pie otherwise` after the answers that a menu hopes for."""
    graph = program.graph
    parking = graph.parking
    held = graph.first.get(f"pie {OTHERWISE}", -1)
    met: dict[int, None] = {}
    resumed = iter(parking.resumed)  # one for all that park: what one of them leads to has been met when another comes

    def following(at: int) -> Iterator[int]:
        if at in parking.origins:
            return resumed
        return iter([edge.target for edge in sorted(graph.leaving.get(at, ()), key=_written)])

    def walk(start: int, skipped: int) -> None:
        stack = [iter((start,))]
        while stack:
            at = next(stack[-1], None)
            if at is None:
                stack.pop()
            elif at not in met and at != skipped:
                met[at] = None
                stack.append(following(at))

    for begun in graph.begins:
        walk(begun, held)
    if held in graph.reachable:
        walk(held, -1)
    others = [handler.index for handler in program.handlers if handler.index not in met]
    numbers = {index: place for place, index in enumerate((*met, *others), 1)}
    origins: dict[int, set[int]] = {}
    for edge in graph.single:
        if edge.origin in met:
            origins.setdefault(edge.target, set()).add(numbers[edge.origin])
    led = {index: tuple(sorted(found)) for index, found in origins.items()}
    parked = tuple(sorted(numbers[origin] for origin in parking.origins if origin in met))
    if parked:
        led |= dict.fromkeys(parking.resumed, parked)
    phases: dict[int, list[Step]] = {}
    for step in program.steps:
        if isinstance(step.body, tree.Phase) and step.parent is not None:
            phases.setdefault(step.parent, []).append(step)
    return Numbered(
        tuple(program.handlers[index] for index in numbers),
        numbers,
        led,
        tuple(sorted(numbers[index] for index in parking.resumed)),
        {index: tuple(found) for index, found in phases.items()},
    )


def _written(edge: Edge) -> tuple[bool, int]:
    """Where a menu's line stands, so that ways on come in the order in which they are written, silent ones last."""
    if edge.outcome is None:
        return False, 0
    item = edge.outcome.item
    return (True, 0) if item is None else (False, item.span.start)


def heading(program: Program, handler: Handler) -> str:
    """What happens when a call comes to a handler, as a reader without telephony would say it."""
    match handler.kind:
        case "ice":
            return "When a call comes in"
        case "ace" | "noanswer" | "busy" | "failed":
            whom = "" if handler.name is None else f" ({handler.name})"
            if answers_person(program.graph, handler):
                return f"When the person called answers{whom}"
            return f"When {CAUSES[handler.kind]}{whom}"
        case "manage" if handler.in_talk:
            return f"During a talk: the backend sends {handler.name}"
        case "callout":
            return f"When the backend begins the call {handler.name}"
        case "manage":
            return f"While the call is parked: the backend sends {handler.name}"
        case "pie" if handler.name == OTHERWISE:
            return _otherwise(_outcomes(program, handler), caller(program, handler))
        case "pie":
            return _named(_outcomes(program, handler), handler.name or "", caller(program, handler))
        case _:
            return f"On {handler.key}"


def _outcomes(program: Program, handler: Handler) -> list[MenuOutcome]:
    edges = sorted(program.graph.into(handler.index), key=_written)
    return [edge.outcome for edge in edges if edge.outcome is not None]


def keys_of(outcomes: list[MenuOutcome]) -> tuple[str, ...]:
    """The keys that give some of a menu's results, in order, each once."""
    return unique(key for outcome in outcomes for key in outcome.keys)


def _typed(outcomes: list[MenuOutcome]) -> tuple[str, ...]:
    return unique(entered(o.item) for o in outcomes if isinstance(o.item, tree.DigitsItem))


def _failed(outcomes: list[MenuOutcome]) -> list[str]:
    kinds = {outcome.type for outcome in outcomes}
    words = {"timeout": "nothing", "invalidinput": "a wrong key"}
    return [said for kind, said in words.items() if kind in kinds]


def _named(outcomes: list[MenuOutcome], name: str, who: str) -> str:
    pressed = [*keys_of(outcomes), *_failed(outcomes)]
    typed = _typed(outcomes)
    if not outcomes or len(pressed) + len(typed) > MANY:
        return f"When the result of a menu is “{name}”"
    deeds = [f"pressed {listed(pressed, 'or')}"] if pressed else []
    if typed:
        deeds.append(f"entered {listed(typed, 'or')}")
    return f"When {who} has {listed(deeds, 'or')} ({name})"


def _otherwise(outcomes: list[MenuOutcome], who: str) -> str:
    pressed = [*keys_of(outcomes), *_failed(outcomes)]
    typed = _typed(outcomes)
    if not outcomes or len(pressed) + len(typed) > MANY:
        return "When a menu has a result that is not named elsewhere"
    deeds = [f"enters {listed(typed, 'or')}"] if typed else []
    if pressed:
        deeds.append(f"presses {listed(pressed, 'or')}")
    return f"If {who} {listed(deeds, 'or')}"
