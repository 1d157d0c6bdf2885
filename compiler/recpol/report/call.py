"""A call as lines for people, and as a JSON document for programs.

a call comes in
    notice: "Parts of this call are recorded."          ○ not recorded
the caller presses 1
    calling +46850020000 and talking                    ● recorded to calls (file 1)
"""

from __future__ import annotations

from collections.abc import Sequence

from recpol.analysis.program import Program
from recpol.base.finding import CallStep
from recpol.base.secrets import masked
from recpol.base.typing import Any
from recpol.calls.scenario import spell, spell_one
from recpol.report.marked import marked
from recpol.semantics.next_events import possible
from recpol.semantics.replay import Choice, Replay, ReplayedSound, ReplayStep

COLUMN = 68
"""Where the marks stand, in cells, unless a line is longer: those of a call that is told step by step mostly fit."""

VERSION = 1
"""Raised when a reader of the JSON document would have to change."""


def call_lines(acts: Sequence[CallStep], *, color: bool = False) -> list[str]:
    """The lines of a call: what happens as it is, what is heard indented, with what it is recorded to."""
    return marked(acts, inner="    ", column=COLUMN, color=color)


def choice_line(choice: Choice, number: int | None = None) -> str:
    """An event that can happen next: its step, and where that leads; with its number where one can be typed."""
    numbered = f"{number:>4}  " if number is not None else "    "
    return f"{numbered}{spell_one(choice.event):<20}  {choice.leads}"


def call_document(
    program: Program, call: Replay, receives: Sequence[dict[str, Any] | None] | None = None
) -> dict[str, Any]:
    """A call as a JSON document; `receives` is what the platform receives with each step, where that is to be in it."""
    policy = program.names.policy
    return {
        "version": VERSION,
        "policy": policy.name.text if policy is not None else None,
        "file": program.source.path,
        "call": spell(call.events),
        "steps": [
            _step(replayed) | ({} if receives is None else {"receives": receives[number]})
            for number, replayed in enumerate(call.steps)
        ],
        "files": call.files,
        "ended": call.ended,
        "next": [spell_one(event) for event in possible(program, call.moment)],
    }


def _step(replayed: ReplayStep) -> dict[str, Any]:
    return {
        "event": spell_one(replayed.event) if replayed.event is not None else None,
        "happens": replayed.words,
        "heard": [_sound(played) for played in replayed.heard],
    }


def _sound(played: ReplayedSound) -> dict[str, Any]:
    step, heard = played.piece.step, played.piece.heard
    return {
        "words": masked(played.words),
        "kind": heard.sound.kind,
        "content": [masked(part) for part in heard.sound.content],
        "label": step.label.text if step.label is not None else None,
        "tags": [tag.name for tag in step.node.tags],
        "line": step.span.begin.line,
        "cut": heard.cut,
        "recorded": [{"scope": one.scope, "store": one.store, "file": one.file} for one in played.recordings],
    }
