"""What the manifest says to wait for after a request that stops a recording, held against the policy.

Invariant: every stop whose end the platform tells is waited for, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, ended, wanted
from recpol.semantics.phases import TURNS, change, phases
from recpol.syntax import tree
from recpol.targets.filenames import file_of, request_file
from recpol.targets.reply import Reply
from recpol.verify.verified import Disagreement

TOLD = {"event": "recording_finished"}
"""The notification of a recording that has stopped (Recording page)."""


def unawaited(program: Program, replies: tuple[Reply, ...]) -> Iterator[Disagreement]:
    """The requests whose wait is not the one that follows from the policy."""
    meant = dict(_meant(program))
    for reply in replies:
        for answer in reply.answers:
            wait = TOLD if meant.get(reply.file) and answer.get("event") in ("manage", "request") else None
            if answer.get("waitFor") != wait:
                yield Disagreement(reply.file, _words(wait), _words(answer.get("waitFor")))


def _words(wait: object) -> str:
    return "nothing is waited for" if wait is None else "the end of a recording is waited for"


def _meant(program: Program) -> Iterator[tuple[str, bool]]:
    """The file of each request that changes the recorder, and whether it stops what the platform tells the end of."""
    for step in phases(program):
        for turn in TURNS:
            name = "" if step.label is None else step.label.text
            yield request_file(name, turn), _is_told(program, change(program, step, turn).stopped)
    for handler in program.handlers:
        if handler.in_talk:
            before = program.entry(handler)
            then = [wanted(program.decisions, step) for step in handler.segments if step.recordable]
            yield file_of(handler), _is_told(program, tuple(one for stores in then for one in ended(before, stores)))


def _is_told(program: Program, stopped: RecordedStores) -> bool:
    for store in stopped:
        notify = program.names.stores[store].field("notify")
        if not (notify is not None and isinstance(notify.value, tree.Word) and notify.value.text == "no"):
            return True
    return False
