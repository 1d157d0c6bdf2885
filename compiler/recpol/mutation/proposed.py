"""Two versions of a policy and what differs in their calls, to a test that tells the two apart.

Invariant: what is proposed has been run: it passes under the first version and fails under the second.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise

from recpol.analysis.program import Program
from recpol.base.source import Source
from recpol.calls.scenario import spell
from recpol.diff.model import Difference
from recpol.policytest import read_tests, run_case
from recpol.semantics.replay import Replay, ReplayedSound, replay

TRIED = 60
"""How many tests are tried for one change."""


def propose(old: Program, new: Program, differences: Sequence[Difference]) -> str:
    """A test as it is pasted below `tests:`; empty where no test can tell the two versions apart."""
    left = TRIED
    for difference in sorted(differences, key=lambda one: (one.kind == "words", len(one.call or ()))):
        for written in _tests(old, new, difference):
            if left == 0:
                return ""
            left -= 1
            if _tells(old, new, written):
                return written
    return ""


def _tells(old: Program, new: Program, written: str) -> bool:
    read = read_tests(Source("proposed.test.yaml", f"tests:\n{written}"))
    if read.problems or any(case.problems for case in read.cases):
        return False
    (case,) = read.cases
    return run_case(old, {}, case).status == "ok" and run_case(new, {}, case).status == "failed"


def _tests(old: Program, new: Program, difference: Difference) -> Iterator[str]:
    events = difference.call or ()
    before, after = replay(old, events), replay(new, events)
    call = f"    call: {_quoted(spell(before.events))}\n" if before.events else ""
    recorded, heard = list(_recorded(before, after)), list(_heard(before, after))
    for name, line in dict.fromkeys(heard + recorded if difference.kind == "words" else recorded + heard):
        yield f"  - name: {_quoted(name)}\n{call}    {line}\n"


def _recorded(before: Replay, after: Replay) -> Iterator[tuple[str, str]]:
    """A name and a line of a test about what is recorded and where, the end of the call first."""
    for played in reversed(before.played):
        if played.recordings:
            yield f"{_plain(played)} is recorded", f"recorded: [{_name(played)}]"
        else:
            yield f"{_plain(played)} is not recorded", f"not-recorded: [{_name(played)}]"
    for played in reversed(before.played):
        for one in played.recordings:
            if one.scope == "conference":
                yield f"{_plain(played)}: the whole room is recorded", f"whole-room: [{_name(played)}]"
            else:
                yield f"{_plain(played)}: the room is not recorded", f"not-whole-room: [{_name(played)}]"
            yield f"{_plain(played)} goes to {one.store}", f"into: {{{_name(played)}: {_quoted(one.store)}}}"
        for recording in played.piece.heard.recordings:
            address = json.loads(dict(recording.options).get("destinationUrl", '""'))
            if address:
                yield f"{_plain(played)} goes to its address", f"into: {{{_name(played)}: {_quoted(address)}}}"
    if before.files != after.files:
        yield f"the call makes {before.files} files", f"files: {before.files}"


def _heard(before: Replay, after: Replay) -> Iterator[tuple[str, str]]:
    """A name and a line of a test about what is heard, in which order, and how the call ends."""
    heard, other = ({played.words for played in call.played} for call in (before, after))
    for played in before.played:
        if played.words not in other:
            yield f"{_plain(played)} is heard", f"heard: [{_name(played)}]"
    for played in after.played:
        if played.words not in heard:
            yield f"{_plain(played)} is not heard", f"not-heard: [{_name(played)}]"
    for first, second in pairwise(before.played):
        yield f"{_plain(first)} before {_plain(second)}", f"in-order: [{_name(first)}, {_name(second)}]"
    if before.ended != after.ended:
        said = "over" if before.ended else "going on"
        yield f"the call is {said}", f"ends: {'true' if before.ended else 'false'}"


def _plain(played: ReplayedSound) -> str:
    label = played.piece.step.label
    return label.text if label is not None else " ".join(played.words.split()).replace('"', "")


def _name(played: ReplayedSound) -> str:
    """What a test calls a sound: its label, or the longest stretch of its words that has no quotes."""
    label = played.piece.step.label
    if label is not None:
        return _quoted(label.text)
    said = max((" ".join(part.split()) for part in played.words.split('"')), key=len).rstrip("…")
    # A single word would be taken for a label: in quotes of its own it is not.
    return _quoted(said if " " in said else f'"{said}"')


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
