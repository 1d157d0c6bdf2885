"""`announce … to callee before recording`: whoever is called and talks on tape has heard the announcement in full.

A callee is on tape while a talk is recorded that a connect began. What a reply plays is heard on one side of the call
alone (`recpol.analysis.parties`), so what the caller heard before does not count. A callee who is dialled anew has
heard nothing yet. In a room everybody is a caller, so nobody there is a callee.

Invariant: every recorded sound of a talk that a call can come to is looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from recpol.analysis.parties import hears
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.record import Record
from recpol.calls.party import Party
from recpol.prove.called import parking_assumed
from recpol.prove.heard import HEARD, SILENT, Audibility, said
from recpol.prove.verdict import Verdict
from recpol.prove.walk import Move, Walk
from recpol.semantics.recording import HeardSegment
from recpol.syntax import tree

_CALLED = ("pstn", "sip", "app")
"""The kinds of connects that somebody answers."""


class _Known(Record):
    """A place of a call, how well whoever was called last has heard the announcement, and why no document tells whether
    a call comes there so."""

    place: int
    level: Audibility = SILENT
    doubt: str = ""


class _Untold(Record):
    """A recorded talk with somebody who has not heard the announcement, and how well it was heard."""

    step: Step
    level: Audibility


def announced_to_callee(program: Program, guarantee: tree.Announce, walk: Walk) -> Verdict:
    """The verdict on an announcement to the callee; `empty` where no call comes to a recording of one."""
    chosen = program.selected.chosen(guarantee.selection)
    via: dict[_Known, tuple[_Known | None, Move]] = {}
    unknown: Verdict | None = None
    on_tape = False

    def path(state: _Known | None, move: Move) -> list[Move]:
        found = [move]
        while state is not None:
            state, move = via[state]
            found.append(move)
        return found[::-1]

    ways: deque[tuple[_Known | None, Move]] = deque((None, move) for move in walk.beginnings)
    doubtful: deque[tuple[_Known | None, Move]] = deque()
    while ways or doubtful:
        state, move = (ways or doubtful).popleft()
        before = _Known(-1) if state is None else state
        doubt = before.doubt or move.doubt
        if doubt and ways:
            doubtful.append((state, move))
            continue
        level, talks, untold = _follow(walk, chosen, move, before.level)
        on_tape = on_tape or talks
        if untold is not None:
            if doubt or untold.level > SILENT:
                why = doubt or "what the announcement says is not known"
                unknown = unknown or Verdict(guarantee, "unknown", why, untold.step)
            else:
                reason = "the callee is recorded, and has not heard it: what a reply plays is heard on one side"
                return Verdict(guarantee, "broken", reason, untold.step, walk.call_of(path(state, move)))
        after = _Known(move.target, level, doubt)
        if after not in via and _Known(move.target, level) not in via:
            via[after] = (state, move)
            further = ((after, walk.moves[number]) for number in walk.after.get(after.place, ()))
            (doubtful if doubt else ways).extend(further)
    if walk.spent:
        return Verdict(guarantee, "unknown", walk.too_much)
    if unknown is not None:
        return unknown
    if not on_tape:
        return Verdict(guarantee, "empty", "no call comes to a recorded callee")
    return Verdict(guarantee, "proven", assumptions=tuple(_assumed(program, chosen)))


def _assumed(program: Program, chosen: Mapping[int, Step]) -> Iterator[str]:
    """What it rests on that callees have heard the announcement: by a reply, or by what is sent while they talk, whose
    leg is documented."""
    addressed = [step for step in chosen.values() if hears(program, step) is not Party.CALLER]
    if any(step.phase is None and not program.handler_of(step).in_talk for step in addressed):
        yield "callee-hears"
    if any(step.phase is not None for step in addressed):
        yield "phases-are-told"
    if any(step.phase is not None or program.handler_of(step).in_talk for step in addressed):
        yield "requests-in-turn"
    yield from parking_assumed(program)


def _follow(
    walk: Walk, chosen: Mapping[int, Step], move: Move, level: Audibility
) -> tuple[Audibility, bool, _Untold | None]:
    """What one move does: how well the callee has heard it then, whether one is on tape, and who is untold, if any."""
    program, talks, untold = walk.program, False, None
    for piece in move.pieces:
        if piece.step.connects is not None and piece.heard.sound.kind == "connect":
            level = SILENT  # whoever is dialled has heard nothing
        if _is_taped(walk, move, piece):
            talks = True
            if level < HEARD and untold is None:
                untold = _Untold(piece.step, level)
        if piece.step.index in chosen and hears(program, piece.step) in (Party.CALLEE, Party.EVERYONE):
            level = max(level, said(program, piece.step).level)
    return level, talks, untold


def _is_taped(walk: Walk, move: Move, piece: HeardSegment) -> bool:
    """Whether somebody who was called talks while this lasts, and it is recorded: what a request or a phase plays is
    heard while they talk."""
    program, heard, step = walk.program, piece.heard, piece.step
    if not heard.recordings:
        return False
    sent = step.phase is not None or (program.handler_of(step).in_talk and not isinstance(step.body, tree.Park))
    if sent or heard.sound.kind == "talk":
        dialled = walk.places[move.target].standing.moment.dialled
        begun = step if step.connects else dialled if step.parent is None else program.steps[step.parent]
        return begun is None or begun.connects not in ("conference", "stream")
    return heard.sound.kind == "connect" and step.connects in _CALLED and step in _talks(program, step)


def _talks(program: Program, step: Step) -> tuple[Step, ...]:
    return program.graph.conversations.get(step.index, ())
