"""Which parts of a policy a set of calls exercises: its segments, results of menus, phases and guarantees.

What is counted are the parts of the policy as the compiler knows them, never lines: the number is the same however the
file is laid out. A part that no call can come to does not count.

Invariant: `Coverage.covered` is a subset of `Coverage.parts`; a part is covered only by a call that can happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recpol.analysis.guarded import opts_out
from recpol.analysis.menus import MenuOutcome, cause_of, outcomes, reached_menus
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record, field
from recpol.base.source import Span
from recpol.base.typing import Literal, assert_never
from recpol.calls import trace as t
from recpol.semantics.audio import sounds
from recpol.semantics.menu_results import answering, outcome_of
from recpol.semantics.narration import step_words
from recpol.semantics.next_events import menu_of
from recpol.semantics.replay import Replay
from recpol.syntax import tree

PartKind = Literal["segment", "outcome", "phase", "guarantee"]

KINDS: tuple[PartKind, ...] = ("segment", "outcome", "phase", "guarantee")

Key = tuple[PartKind, int, str]
"""What a part is, whatever it is called: its kind, the number of its step or guarantee, and which result of a menu."""


class CoveredPart(Record):
    """Something that a call can exercise: what people call it, and where it stands."""

    key: Key
    name: str
    span: Span = field(repr=False, compare=False)

    @property
    def kind(self) -> PartKind:
        """What sort of part it is."""
        return self.key[0]


class Coverage(Record):
    """The parts of a policy that calls can come to, and those that some calls did."""

    parts: tuple[CoveredPart, ...]
    covered: frozenset[Key]

    @property
    def missing(self) -> tuple[CoveredPart, ...]:
        """The parts that no call exercised, in the order of the file."""
        return tuple(part for part in self.parts if part.key not in self.covered)

    def count(self, kind: PartKind | None = None) -> tuple[int, int]:
        """How many parts (of a kind) are covered, and how many there are."""
        some = [part for part in self.parts if kind is None or part.kind == kind]
        return sum(part.key in self.covered for part in some), len(some)


def percent(covered: int, parts: int) -> float:
    """Covered parts in a hundred, rounded down to a tenth, so that only all make 100; 100 where there are none."""
    return 100.0 if parts == 0 else covered * 1000 // parts / 10


def coverage(program: Program, calls: Iterable[Replay]) -> Coverage:
    """What calls through a program that the rules accept exercise of it."""
    parts = tuple(_parts(program))
    known = {part.key for part in parts}
    exercised = {key for call in calls for key in _exercised(program, call)}
    return Coverage(parts, frozenset(exercised & known))


# ── what there is ────────────────────────────────────────────────────────────────────────────────────────────────


def _parts(program: Program) -> Iterator[CoveredPart]:
    for handler in program.handlers:
        if handler.index not in program.graph.certain or program.graph.first[handler.key] != handler.index:
            continue
        for step in handler.steps:
            yield from _parts_of(program, handler, step)
    for number, guarantee in enumerate(program.guarantees()):
        if _speaks(program, guarantee):
            yield CoveredPart(("guarantee", number, ""), f"`{_head(guarantee)}`", guarantee.span)


def _parts_of(program: Program, handler: Handler, step: Step) -> Iterator[CoveredPart]:
    match step.body:
        case tree.Phase():
            yield CoveredPart(("phase", step.index, ""), f"phase `{step.body.name.text}`", step.span)
        case tree.Submenu():
            pass  # it counts where the menu around it leads to it
        case tree.Menu():
            for menu in reached_menus(step, handler):
                name = "menu" if menu.step.label is None else f"menu `{menu.step.label.text}`"
                yield CoveredPart(("segment", menu.step.index, ""), f"{name} in `on {handler.key}`", menu.step.span)
                for outcome in outcomes(menu):
                    if answering(program, outcome) is not None:
                        yield CoveredPart(_outcome_key(outcome), f"{cause_of(outcome)} in {name}", outcome.span)
        case (
            tree.Say() | tree.Play() | tree.Tones() | tree.Cookie() | tree.Answer()
            | tree.Hangup() | tree.Continue() | tree.Connect() | tree.Park() | tree.Call()
        ):  # fmt: skip
            first = next(iter(sounds(program, handler, step)), None)
            words = step.span.text.split()[0] if first is None else step_words(program, step, first)
            yield CoveredPart(("segment", step.index, ""), f"{words} in `on {handler.key}`", step.span)
            for line in step.body.keys if isinstance(step.body, tree.Connect) else ():
                name = f"the caller presses {line.key.text} in the room"
                yield CoveredPart(("outcome", step.index, f"key {line.key.text}"), name, line.span)
        case _:
            assert_never(step.body)


def _outcome_key(outcome: MenuOutcome) -> Key:
    goal = outcome.goal.name.text if outcome.type == "return" and outcome.goal is not None else ""
    return ("outcome", outcome.menu.step.index, f"{outcome.type} {goal}".rstrip())


def _head(guarantee: tree.Guarantee) -> str:
    """A guarantee without its reason, on one line."""
    end = guarantee.because.span.start if guarantee.because is not None else guarantee.span.end
    return " ".join(guarantee.span.source.text[guarantee.span.start : end].split())


def _speaks(program: Program, guarantee: tree.Guarantee) -> bool:
    """Whether some call comes to something that a guarantee speaks about."""
    match guarantee:
        case tree.RecordGuarantee() | tree.NeverTranscribe() | tree.OneSide():
            chosen = program.selected.chosen(guarantee.selection)
            return any(step.index in chosen for step in _heard_steps(program))
        case tree.OptOut():
            name = guarantee.name.text
            return any(opts_out(program.handler_of(step), name) for step in _heard_steps(program))
        case tree.Announce() | tree.Keep() | tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion():
            return any(_records(program, step) for step in _heard_steps(program))
        case _:
            assert_never(guarantee)


def _heard_steps(program: Program) -> Iterator[Step]:
    """The steps that can be heard in some call."""
    for handler in program.handlers:
        if handler.index in program.graph.certain:
            for step in handler.steps:
                if isinstance(step.body, tree.Menu):
                    yield from (menu.step for menu in reached_menus(step, handler))
                elif step.recordable and not isinstance(step.body, tree.Submenu):
                    yield step


def _records(program: Program, step: Step) -> bool:
    decided = program.decided(step)
    return bool(decided.call_stores) or decided.conference_store is not None


# ── what a call exercises ────────────────────────────────────────────────────────────────────────────────────────


def _exercised(program: Program, call: Replay) -> Iterator[Key]:
    heard = {played.piece.step.index: played.piece.step for played in call.played}
    for index, step in heard.items():
        yield ("phase" if isinstance(step.body, tree.Phase) else "segment", index, "")
    yield from (("segment", step.index, "") for step in _silent(call))
    for replayed in call.steps:
        event, menu = replayed.event, None if replayed.before is None else menu_of(replayed.before)
        if menu is not None and isinstance(event, t.Presses | t.Enters | t.Waits | t.Mistypes):
            outcome = outcome_of(menu, event)
            if outcome is not None:
                yield _outcome_key(outcome)
        room = None if replayed.before is None else replayed.before.dialled
        if room is not None and isinstance(event, t.PressesInRoom):
            yield ("outcome", room.index, f"key {event.key}")
    recording = any(played.recordings for played in call.played)
    for number, guarantee in enumerate(program.guarantees()):
        match guarantee:
            case tree.RecordGuarantee() | tree.NeverTranscribe() | tree.OneSide():
                spoken_of = any(index in heard for index in program.selected.chosen(guarantee.selection))
            case tree.OptOut():
                spoken_of = any(opts_out(handler, guarantee.name.text) for handler in call.simulation.handlers)
            case tree.Announce() | tree.Keep() | tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion():
                spoken_of = recording
            case _:
                assert_never(guarantee)
        if spoken_of:
            yield ("guarantee", number, "")


def _silent(call: Replay) -> Iterator[Step]:
    """The steps without a sound (`answer`, `cookie`, `hangup`) that a call went through before somebody hung up."""
    handlers = call.simulation.handlers
    last = call.played[-1].piece if call.played else None
    for number, handler in enumerate(handlers, 1):
        cut = number == len(handlers) and last is not None and last.heard.cut and last.step.handler == handler.index
        end = last.step.index if cut and last is not None else None
        yield from (s for s in handler.segments if not s.recordable and (end is None or s.index < end))
