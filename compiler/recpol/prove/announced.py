"""`announce … before recording`.

It follows all calls once more, with two things to remember beside the place: how well the announcement was heard, and
whether the call is answered.

A prompt counts as heard in full only where its words are known and can be heard, and nothing can cut it short while the
call goes on (`recpol.prove.heard`), and not before the call is answered.

Invariant: every start of a recorder that a call can come to is looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from recpol.analysis.parties import hears
from recpol.analysis.program import Program
from recpol.analysis.rooms import RecordedRoom
from recpol.analysis.steps import Step
from recpol.base.record import Record
from recpol.calls import trace as t
from recpol.calls.party import Party
from recpol.prove.called import answers_assumed, greetings_assumed
from recpol.prove.heard import HEARD, SILENT, Audibility, HeardFully, said, told
from recpol.prove.outlines import Outline, outlines
from recpol.prove.rooms import room_recorders
from recpol.prove.verdict import Verdict
from recpol.prove.walk import Move, Walk
from recpol.semantics.next_events import menu_of
from recpol.semantics.phases import are_told
from recpol.semantics.recording import HeardSegment
from recpol.semantics.rooms import room_name, same_room, why_unsure
from recpol.syntax import tree

BEFORE_ANSWER = "it is played before `answer`, when the caller may not hear it"


class State(Record):
    """A place of a call, how well the announcement was heard, whether the call is answered, and why no document tells
    whether a call comes here."""

    place: int
    level: Audibility = SILENT
    answered: bool = False
    doubt: str = ""


class RecorderStart(Record):
    """A recorder that starts, and how well the announcement was heard before.

    `room` is set where it is not this call's recorder but one that another caller's reply may have started in the same
    room; `unsure` says why nobody knows.
    """

    step: Step
    level: Audibility
    room: RecordedRoom | None = None
    unsure: str = ""


class Listener:
    """What one move does to what was heard: the starts of recorders in it, and the state after it."""

    def __init__(self, walk: Walk, selected: Mapping[int, Step]) -> None:
        self.walk, self.program, self.selected = walk, walk.program, selected
        self.starts: list[RecorderStart] = []
        self.short: list[tuple[Step, HeardFully]] = []
        self.menus_answer = False
        self._outlines, self._rooms = outlines(walk), room_recorders(walk.program)

    def hear(self, walk: Walk, move: Move, state: State | None) -> State:
        """Follow a move from a state; `starts` are then those of the move, and `short` what was not heard in full."""
        self.starts, self.short = [], []
        answers = not self.program.loses_replies  # one document for a whole call answers it first
        level, answered, doubt = SILENT, answers, ""
        if state is not None:
            level, answered, doubt = self._leave_menu(walk, move, state), state.answered, state.doubt
        if isinstance(move.event, t.Presses | t.Enters):
            self.menus_answer = self.menus_answer or not answered
            answered = True
        if move.replied is not None and (move.replied.kind == "ace" or isinstance(move.event, t.Answers)):
            answered = True
        # After a lost reply to ACE the platform connects the call; requests reach connected calls alone.
        answered = answered or isinstance(move.event, t.Unreplied | t.Manages | t.Begins | t.Ends)
        outline = self._outlines.of(move)
        for step in self.steps_of(outline):
            answered = answered or isinstance(step.body, tree.Answer)
            for number in outline.pieces.get(step.index, ()):
                level = self.sound(move, number, move.pieces[number], level)
            prompts = step.index in outline.pieces and not isinstance(step.body, tree.Menu | tree.Submenu)
            if prompts and self._listens(step, level):
                level = self.heard(step, said(self.program, step), level, answered=answered)
        return State(move.target, level, answered, doubt or move.doubt)

    def hears_start(self, walk: Walk, move: Move) -> bool:
        """Whether a recorder starts with a move."""
        self.hear(walk, move, None if move.origin is None else State(move.origin, HEARD, answered=True))
        return bool(self.starts)

    def steps_of(self, outline: Outline) -> Iterable[Step]:
        """The steps of a move that are listened to."""
        return outline.with_those(self.selected)

    def sound(self, move: Move, number: int, piece: HeardSegment, level: Audibility) -> Audibility:
        """One sound of a move, and how well the announcement was heard before it: `starts` has the recorders. It gives
        how well the announcement was heard then, before anything that the sound itself says."""
        if number in move.starts:
            self.starts.append(RecorderStart(piece.step, level))
        elif piece.step.connects == "conference" and piece.heard.sound.kind == "connect":
            name = room_name(self.program, piece.step)
            for other in self._rooms.near(name):
                same = same_room(name, other.name)
                if same is not False:
                    why = other.doubt if same else why_unsure(name, other.name)
                    self.starts.append(RecorderStart(piece.step, level, other, why))
        return level

    def _leave_menu(self, walk: Walk, move: Move, state: State) -> Audibility:
        moment = walk.places[state.place].standing.moment
        menu, block = menu_of(moment), moment.step
        if menu is None or block is None or not isinstance(block.body, tree.Menu):
            return state.level
        if not self._listens(menu.step, state.level):
            return state.level
        full = told(self.program, block.body, menu, move.event)
        return self.heard(menu.step, full, state.level, answered=state.answered)

    def _listens(self, step: Step, level: Audibility) -> bool:
        """Whether how well a step is heard matters: it is part of the announcement, which was not heard in full."""
        return level < HEARD and step.index in self.selected

    def heard(self, step: Step, full: HeardFully, level: Audibility, *, answered: bool) -> Audibility:
        """How well the announcement was heard after one of its prompts that is heard so well."""
        if hears(self.program, step) is Party.CALLEE:
            full = HeardFully(SILENT, "the callee alone hears it")
        elif not answered:
            full = HeardFully(SILENT, BEFORE_ANSWER)
        if full.level < HEARD:
            self.short.append((step, full))
        return max(level, full.level)


_MOST_STATES = 3 * 2
"""In so many states a call can be at one place, without a doubt or in each doubt of a walk's moves: by how well the
announcement was heard, answered or not."""


class _Calls:
    """All states of calls, breadth first, those that no document speaks of last.

    A call that has heard the announcement stays so, and is answered. It is followed no further, unless there may be
    more states than the budget allows, of which all count.
    """

    def __init__(self, walk: Walk, selected: Mapping[int, Step]) -> None:
        self.walk, self.listener = walk, Listener(walk, selected)
        self._via: dict[State, tuple[State | None, Move]] = {}
        doubts = {"", *(move.doubt for move in walk.moves)}
        self._all = _MOST_STATES * len(doubts) * len(walk.places) > walk.budget

    @property
    def spent(self) -> bool:
        """Whether the budget ended the walk."""
        return self.walk.spent or len(self._via) > self.walk.budget

    def starts(self) -> Iterator[tuple[RecorderStart, State | None, Move, str]]:
        """Every start of a recorder with the state before its move, the move, and why calls may not come there."""
        queue: deque[State] = deque()
        later: list[tuple[State, State, Move]] = []
        for move in self.walk.moves:
            if move.origin is None:
                yield from self._go(None, move, queue, later)
        while queue and not self.spent:
            state = queue.popleft()
            for number in self.walk.after.get(state.place, ()):
                yield from self._go(state, self.walk.moves[number], queue, later)
            if not queue:
                for after, before, move in later:
                    self._enter(after, before, move, queue)
                later = []

    def _go(
        self, state: State | None, move: Move, queue: deque[State], later: list[tuple[State, State, Move]]
    ) -> Iterator[tuple[RecorderStart, State | None, Move, str]]:
        after = self.listener.hear(self.walk, move, state)
        for start in self.listener.starts:
            yield start, state, move, after.doubt
        if state is not None and after.doubt and not state.doubt:
            later.append((after, state, move))
        else:
            self._enter(after, state, move, queue)

    def any_start(self) -> bool:
        """Whether a recorder starts in any call, those that are not followed further too."""
        moves = self.walk.moves
        return any(move.starts for move in moves) or any(self.listener.hears_start(self.walk, move) for move in moves)

    def _enter(self, state: State, origin: State | None, move: Move, queue: deque[State]) -> None:
        if state.level == HEARD and not self._all:
            return
        if state not in self._via and State(state.place, state.level, state.answered) not in self._via:
            self._via[state] = (origin, move)
            queue.append(state)

    def path(self, state: State | None, move: Move) -> list[tuple[State | None, Move]]:
        """The moves of the shortest call to a state and one more, each with the state before it."""
        found: list[tuple[State | None, Move]] = [(state, move)]
        while state is not None:
            state, move = self._via[state]
            found.append((state, move))
        return found[::-1]

    def missed(self, path: list[tuple[State | None, Move]], level: Audibility) -> tuple[Step, HeardFully] | None:
        """The first announcement of a call that was not heard in full, and no worse than this."""
        for state, move in path:
            self.listener.hear(self.walk, move, state)
            for step, full in self.listener.short:
                if full.level >= level:
                    return step, full
        return None


def announced_before(program: Program, guarantee: tree.Announce, walk: Walk) -> Verdict:
    """`announce SELECTION before recording`: no recorder starts before a selected prompt was heard in full.

    Where a call breaks it by itself, that is shown rather than one that needs another caller.
    """
    calls = _Calls(walk, program.selected.chosen(guarantee.selection))
    unknown: Verdict | None = None
    shared: Verdict | None = None
    for start, state, move, doubt in calls.starts():
        if start.level == HEARD or (start.level == SILENT and unknown is not None and (doubt or start.unsure)):
            continue
        path = calls.path(state, move)
        missed = calls.missed(path, start.level)
        if doubt or start.unsure or start.level > SILENT:
            why, step = doubt or start.unsure, start.step
            if not why and missed is not None:
                step, why = missed[0], missed[1].why
            elif start.unsure and start.room is not None and not doubt:
                why = f"it may be the room that is recorded by {start.room.where}: {why}"
            unknown = unknown or Verdict(guarantee, "unknown", why, step)
            continue
        call = walk.call_of([m for _, m in path])
        if start.room is not None:
            reason = f"another caller may have the room recorded, by {start.room.where}"
            shared = shared or Verdict(guarantee, "broken", reason, start.step, call, other=start.room)
            continue
        reason = "the recording starts before it was heard"
        if missed is not None:
            label = f"`{missed[0].label.text}`" if missed[0].label else "the prompt"
            reason = f"the recording starts, and {label} does not count: {missed[1].why}"
        step = start.step
        if isinstance(step.body, tree.Phase) and isinstance(call[-1], t.Begins):
            step = program.names.labels[call[-1].phase]
        return Verdict(guarantee, "broken", reason, step, call)
    if calls.spent:
        return Verdict(guarantee, "unknown", f"more than {walk.budget:,} situations to look at")
    found = shared or unknown
    if found is not None:
        return found
    if not calls.any_start():
        return Verdict(guarantee, "empty", "no call comes to a recording")
    assumed = ("menus-answer",) if calls.listener.menus_answer else ()
    turns = ("requests-in-turn",) if program.graph.requests or are_told(program) else ()
    called = (*answers_assumed(program), *greetings_assumed(program, program.selected.chosen(guarantee.selection)))
    return Verdict(guarantee, "proven", assumptions=("caller-hears", *assumed, *turns, *called))
