"""What records a call while its segments are heard, as the policy means it.

Invariant: the recorder follows from the decisions alone; nothing of a target is known here.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, begun
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record, field, replace
from recpol.calls import trace as t
from recpol.semantics.audio import sounds, store_options
from recpol.syntax import tree


class HeardSegment(Record):
    """One sound of the trace with the step of the policy that it belongs to.

    `lost` is true of a conversation that the platform began by itself because the reply to ACE was lost: its step is
    what dialled, and it stands for the conversation that `recpol.semantics.conversations.stood_for` gives.
    """

    step: Step
    heard: t.Heard
    lost: bool = False


class RecorderState(Record):
    """The recorder as the policy means it: the stores that the call is recorded to, each with the number of its
    recording, and the recorder it comes to."""

    stores: RecordedStores = ()
    numbers: tuple[int, ...] = ()
    recorder: t.Recorder = field(default_factory=t.Recorder)

    def follow(self, program: Program, stores: RecordedStores) -> RecorderState:
        """The state once the call is recorded to `stores`: what goes on is the same file, what begins is a new one."""
        if stores == self.stores:
            return self
        if not stores:
            return RecorderState((), (), replace(self.recorder, calls=()))
        started, numbers = self.recorder.started, dict(zip(self.stores, self.numbers, strict=True))
        kept = {numbers.get(store) for store in stores}
        running = [one for one in self.recorder.calls if one.number in kept]
        for store in begun(self.stores, stores):
            started += 1
            numbers[store] = started
            running.append(t.Recording(started, store_options(program, store)))
        recorder = replace(self.recorder, calls=tuple(running), started=started)
        return RecorderState(stores, tuple(numbers[store] for store in stores), recorder)

    def leave_room(self) -> RecorderState:
        """The state of a call that is in no conference any more: what records one goes on without it."""
        return replace(self, recorder=self.recorder.outside)

    def hear(self, step: Step, sound: t.Sound, *, lost: bool = False) -> HeardSegment:
        """A sound as it is recorded in this state."""
        return HeardSegment(step, t.Heard(sound, self.recorder.calls, self.recorder.conference), lost)


OFF = RecorderState()
"""Nothing records, and nothing has: as a call comes in."""


def step_recorder(program: Program, step: Step, state: RecorderState) -> RecorderState:
    """The state of the recorder while a step lasts."""
    if not step.recordable:
        return state
    decided = program.decisions.steps[step.index]
    after = state.follow(program, decided.call_stores)
    if isinstance(step.body, tree.Park):
        after = after.leave_room()
    room = decided.conference_store
    if room is None:
        return after
    conference = t.Recording(1, store_options(program, room))
    return replace(after, recorder=replace(after.recorder, conference=conference))


def reply_meaning(
    program: Program, handler: Handler, state: RecorderState
) -> tuple[tuple[HeardSegment, ...], RecorderState]:
    """What is heard and recorded of one reply entered with `state`, and the state that it leaves.

    A menu is told with all menus that the caller can get to in it.
    """
    pieces: list[HeardSegment] = []
    for step in handler.segments:
        state = step_recorder(program, step, state)
        pieces.extend(state.hear(step, sound) for sound in sounds(program, handler, step))
    return tuple(pieces), state
