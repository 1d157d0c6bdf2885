"""`announce … in recording`: every recording begins with the announcement, and holds all of it.

All calls are followed once more, with how well the announcement of the recording that runs was heard. A recording has
to begin with selected segments. If the first is a prompt, one of them has to be heard before anything else is recorded,
and its words count as they do before a recording (`recpol.prove.heard`): they are known and can be heard, and nothing
cuts them short. What is said in a talk, or in a phase, is for whoever selects it to know.

Invariant: every sound that a call can come to while something records is looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.record import Record
from recpol.calls import trace as t
from recpol.prove.announced import BEFORE_ANSWER, Listener, State
from recpol.prove.heard import HEARD, SILENT, UNSURE, Audibility, HeardFully
from recpol.prove.outlines import Outline
from recpol.prove.sides import holds_all
from recpol.prove.stops import doubtful_stops, unread
from recpol.prove.verdict import Verdict
from recpol.prove.walk import Move, Walk
from recpol.semantics.conversations import stood_for
from recpol.semantics.recording import HeardSegment
from recpol.syntax import tree

_SAID = tree.Say | tree.Play | tree.Tones | tree.Menu | tree.Submenu | tree.Park
"""What plays something itself, so that recpol knows what it says."""


class _Untold(Record):
    """A recorded sound before which the announcement was not heard: its number, how well it was heard, whether it is
    recorded in part alone, and why nobody knows whether it is recorded."""

    number: int
    level: Audibility
    in_part: bool = False
    unsure: str = ""


class _Opening(Listener):
    """What one move does to the announcement of the recording that runs; `untold` are the sounds without it."""

    def __init__(self, walk: Walk, selected: Mapping[int, Step]) -> None:
        super().__init__(walk, selected)
        self.untold: list[_Untold] = []
        stops = ((unread(target), doubtful_stops(walk.program, target)) for target in walk.program.targets)
        failing = any(target.tells_of_failure for target in walk.program.targets)
        self._alone = failing and not walk.program.names.hangs_up  # the other recordings may have failed to start
        self._unread = {index: why for why, found in stops for index in found}

    def hear(self, walk: Walk, move: Move, state: State | None) -> State:
        self.untold = []
        return super().hear(walk, move, state)

    def steps_of(self, outline: Outline) -> Iterable[Step]:
        return outline.steps

    def sound(self, move: Move, number: int, piece: HeardSegment, level: Audibility) -> Audibility:
        mine = any(step.index in self.selected for step in stood_for(self.program, piece))
        if level < HEARD and piece.step.index in self._unread and not mine:
            self.untold.append(_Untold(number, level, unsure=self._unread[piece.step.index]))
        if number in move.starts:
            whole = holds_all(piece, each=self._alone)
            if whole and mine:
                return SILENT if isinstance(piece.step.body, _SAID) else HEARD
            self.untold.append(_Untold(number, SILENT, in_part=mine))
            return HEARD  # one finding is enough
        if piece.heard.recordings and level < HEARD and not mine:
            self.untold.append(_Untold(number, level))
        return level

    def heard(self, step: Step, full: HeardFully, level: Audibility, *, answered: bool) -> Audibility:
        if not answered and full.level > SILENT and self.program.handler_of(step).kind == "ice":
            answered, full = True, HeardFully(UNSURE, BEFORE_ANSWER)  # which is an error by itself
        return super().heard(step, full, level, answered=answered)


def announced_in(program: Program, guarantee: tree.Announce, walk: Walk) -> Verdict:
    """`announce SELECTION in recording`: every recording begins with a selected segment, and with what that says."""
    listener = _Opening(walk, program.selected.chosen(guarantee.selection))
    via: dict[State, tuple[State | None, Move]] = {}
    unknown: Verdict | None = None
    ways: deque[tuple[State | None, Move]] = deque((None, move) for move in walk.beginnings)
    doubtful: deque[tuple[State | None, Move]] = deque()
    while ways or doubtful:
        state, move = (ways or doubtful).popleft()
        after = listener.hear(walk, move, state)
        if after.doubt and ways:
            doubtful.append((state, move))
            continue
        for untold in tuple(listener.untold):
            path = _path(via, state, move)
            found = _verdict(listener, guarantee, path, untold, after.doubt or untold.unsure)
            if found.status == "broken":
                return found
            unknown = unknown or found
        if after not in via and State(after.place, after.level, after.answered) not in via:
            via[after] = (state, move)
            further = ((after, walk.moves[number]) for number in walk.after.get(after.place, ()))
            (doubtful if after.doubt else ways).extend(further)
    if walk.spent:
        return Verdict(guarantee, "unknown", walk.too_much)
    if unknown is not None:
        return unknown
    if not any(move.starts for move in walk.moves):
        return Verdict(guarantee, "empty", "no call comes to a recording")
    return Verdict(guarantee, "proven", assumptions=("menus-answer",) if listener.menus_answer else ())


def _path(
    via: dict[State, tuple[State | None, Move]], state: State | None, move: Move
) -> list[tuple[State | None, Move]]:
    """The moves of the shortest call to a state and one more, each with the state before it."""
    found: list[tuple[State | None, Move]] = [(state, move)]
    while state is not None:
        state, move = via[state]
        found.append((state, move))
    return found[::-1]


def _verdict(
    listener: _Opening, guarantee: tree.Announce, path: list[tuple[State | None, Move]], untold: _Untold, doubt: str
) -> Verdict:
    """What a sound without the announcement comes to, at the end of a call."""
    walk, move = listener.walk, path[-1][1]
    piece = move.pieces[untold.number]
    if untold.number in move.starts:
        if doubt:
            return Verdict(guarantee, "unknown", doubt, piece.step)
        reason = "a recording of one side begins with it" if untold.in_part else "a recording begins without it"
        if isinstance(move.event, t.Begins | t.Ends):
            reason += ": what follows a phase is a new recording"
        call = walk.call_of([one for _, one in path])
        return Verdict(guarantee, "broken", reason, walk.step_of(move, piece), call, in_part=untold.in_part)
    step, why = piece.step, "the announcement was not heard in full"
    for state, one in path:
        listener.hear(walk, one, state)
        if listener.short:
            missed, full = listener.short[-1]
            label = f"`{missed.label.text}`" if missed.label else "the prompt"
            step, why = missed, full.why if untold.level > SILENT else f"{label} does not count: {full.why}"
    if doubt or untold.level > SILENT:
        told_by = "say-before-answer" if not doubt and why == BEFORE_ANSWER else ""
        return Verdict(guarantee, "unknown", doubt or why, step, told_by=told_by)
    return Verdict(
        guarantee, "broken", f"the recording begins with it, and {why}", step, walk.call_of([m for _, m in path])
    )
