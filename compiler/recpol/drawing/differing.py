"""Two versions of policies, compared, to a picture: each difference with its call in both, one tape above the other.

Invariant: every difference is told in the picture, or counted as left out; a call has the same columns in both
versions, and whatever differs in a column is marked by a thick border, the sign ≠ and words, never by colour alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest

from recpol.analysis.program import Program
from recpol.base.record import Record, replace
from recpol.calls import trace as t
from recpol.diff.model import Difference, TwoVersions
from recpol.diff.tapes import TapedSound, as_heard, beside, talked_on, taped
from recpol.diff.words import TITLES, headline, rest, shown, told
from recpol.drawing.shapes import INK, SOFT, box, fitted, label, legend, number, picture, wrapped
from recpol.drawing.tape import BAR, CELL, EDGE, LANE, ROW, TapeCell, bars, cell_box, notices, tape_cell
from recpol.explain.words import clean
from recpol.semantics.replay import replay

SHOWN = 24
"""How many calls of a policy are drawn; the differences of further ones are told in words."""

TOLD = 200
"""How many differences of a policy are told; further ones are counted."""

NAMES = 190.0
WIDE = 2 * EDGE + NAMES + ROW * CELL


class TapeColumn(Record):
    """What stands above each other: a sound of the old version and one of the new, or None; how they differ, in words.

    `event` is what happens before it.
    """

    event: str
    old: TapeCell | None
    new: TapeCell | None
    differs: str


def differing(versions: Sequence[TwoVersions]) -> str:
    """The picture as SVG; policies without differences are counted."""
    title = "What calls record differently"
    parts = [label((EDGE, 28), title, 16, bold=True), *legend(EDGE, 48), *_key(EDGE + 520, 48)]
    described: list[str] = []
    y = 64.0
    for one in versions:
        if one.comparison.differences or one.comparison.spent:
            y = _policy(one, parts, described, y)
    if said := rest([one.comparison for one in versions]):
        y += 24
        parts.append(label((EDGE, y), said, 12))
        described.append(said)
    return picture("diff", (WIDE, y + 12), title, " ".join(described), parts)


def _key(x: float, y: float) -> Iterator[str]:
    yield box(x, y - 11, 22, 14, thick=True)
    yield label((x + 30, y), "≠ differs", 11, soft=True)
    yield box(x + 110, y - 11, 22, 14, dashed=True, ink=SOFT)
    yield label((x + 140, y), "not heard in this version", 11, soft=True)


def _policy(one: TwoVersions, parts: list[str], described: list[str], y: float) -> float:
    comparison = one.comparison
    said = f"{clean(comparison.policy)}: {headline(comparison)}"
    described.append(f"{said}.")
    y += 24
    for line in wrapped(said, 14, WIDE - 2 * EDGE, 3):
        parts.append(label((EDGE, y), line, 14, bold=True))
        y += 18
    calls: dict[tuple[t.Event, ...], list[Difference]] = {}
    for difference in comparison.differences[:TOLD]:
        if difference.call is not None and (difference.call in calls or len(calls) < SHOWN):
            calls.setdefault(difference.call, []).append(difference)
        else:
            y = _told(difference, parts, described, y)
    if len(comparison.differences) > TOLD:
        left = f"and {len(comparison.differences) - TOLD:,} more, which `recpol diff` lists as text"
        parts.append(label((EDGE, y), left, 12))
        described.append(f"{left}.")
        y += 18
    for call, differences in calls.items():
        y += 10
        for difference in differences:
            y = _told(difference, parts, described, y, call=False)
        y = _pair(one, call, parts, described, y)
    return y


def _told(difference: Difference, parts: list[str], described: list[str], y: float, *, call: bool = True) -> float:
    """A difference in words; with the call where no tape follows."""
    said = clean(f"{TITLES[difference.kind]}: {told(difference)}") + (
        f" (line {difference.line})" if difference.line else ""
    )
    if call and (way := shown(difference)) is not None:
        said += f", in the call: {clean(way)}"
    described.append(f"{said}.")
    for at, line in enumerate(wrapped(said, 12, WIDE - 2 * EDGE - 14, 6)):
        parts.append(label((EDGE + (14 if at else 0), y), line, 12))
        y += 16
    return y


def _pair(one: TwoVersions, call: tuple[t.Event, ...], parts: list[str], described: list[str], y: float) -> float:
    """The tapes of a call in both versions."""
    found = columns(one, call)
    last = clean(shown(Difference("words", "", call=call)) or "")
    parts.append(label((EDGE, y), fitted(f"The call: {last}", 12, WIDE - 2 * EDGE), soft=True))
    described.append(f"In the call {last}: {describe(found)}")
    y += 8
    for start in range(0, max(1, len(found)), ROW):
        y = _row(found[start : start + ROW], parts, y)
    if not any(column.differs for column in found):
        parts.append(
            label(
                (EDGE + NAMES, y), "The same is heard, and recorded alike: what differs is told above.", 11, soft=True
            )
        )
        y += 16
    return y + 8


def columns(one: TwoVersions, call: tuple[t.Event, ...]) -> tuple[TapeColumn, ...]:
    """A call in both versions, side by side; where one of them does not know a request or a phase, people talk on."""
    found: list[TapeColumn] = []
    waiting: list[str] = []
    unknown: tuple[Collection[int], Collection[int]] = ((), ())
    if one.old is not None and one.new is not None:
        unknown = talked_on(one.old, one.new, call)
    steps = [_steps(program, call, missed) for program, missed in zip((one.old, one.new), unknown, strict=True)]
    for was, is_ in zip_longest(*steps, fillvalue=_Step("", ())):
        waiting.append(is_.words or was.words)
        cells = {id(sound): cell for step in (was, is_) for sound, cell in step.sounds}
        for left, right in beside([sound for sound, _ in was.sounds], [sound for sound, _ in is_.sounds]):
            sides = [None if sound is None else cells[id(sound)] for sound in (left, right)]
            found.append(TapeColumn("; ".join(waiting), sides[0], sides[1], _differs(left, right)))
            waiting = []
    return tuple(found)


class _Step(Record):
    """What happens, and what is heard after it."""

    words: str
    sounds: tuple[tuple[TapedSound, TapeCell], ...]


def _steps(program: Program | None, call: tuple[t.Event, ...], unknown: Collection[int]) -> list[_Step]:
    """The steps of a call; of events that are unknown to a version, by their numbers, the talk that goes on."""
    if program is None:
        return []
    played_ = replay(program, tuple(event for number, event in enumerate(call) if number not in unknown))
    announced = notices(program)
    sounds = iter(zip(played_.played, taped(t.Recorder(), [one.piece for one in played_.played]), strict=True))
    found: list[_Step] = []
    for step in played_.steps:
        mine = []
        for _ in step.heard:
            played, sound = next(sounds)
            files = tuple(
                (recording.file, _address(held.options))
                for recording, held in zip(played.recordings, played.piece.heard.recordings, strict=True)
            )
            mine.append((sound, replace(tape_cell("", played, announced), files=files)))
        found.append(_Step(clean(step.words), tuple(mine)))
    first = 0 if call and isinstance(call[0], t.Starts) else 1  # the step of an event has its number, or one more
    for missed in sorted(unknown):
        last = next(one.sounds[-1] for one in reversed(found[: missed + first]) if one.sounds)
        found.insert(missed + first, _Step("", (_talked_on(*last),)))
    return found


def _talked_on(sound: TapedSound, cell: TapeCell) -> tuple[TapedSound, TapeCell]:
    """The talk that goes on after a sound, recorded as that was."""
    heard = replace(sound.piece.heard, sound=t.Sound("talk"))
    return replace(sound, piece=replace(sound.piece, heard=heard), begins=()), replace(cell, words="they talk on")


def _address(options: t.Options) -> str:
    return clean(str(json.loads(dict(options).get("destinationUrl", '"?"'))))


def _differs(old: TapedSound | None, new: TapedSound | None) -> str:
    """How two sounds in one place differ, in words; empty where they are alike."""
    if old is None or new is None:
        return "heard now" if old is None else "not heard any more"
    if old.tape != new.tape:
        before, after = (Counter(kind for kind, _ in one.tape) for one in (old, new))
        if after > before:
            return "recorded now"
        if before > after:
            return "not recorded any more"
        addresses = [[_address(options) for _, options in one.tape] for one in (old, new)]
        return "another form" if addresses[0] == addresses[1] else "another place"
    if old.begins != new.begins:
        return "a file begins" if new.begins else "the file goes on"
    return "other words" if as_heard(old) != as_heard(new) else ""


def _row(row: Sequence[TapeColumn], parts: list[str], y: float) -> float:
    """Up to `ROW` columns: what happens above, then the old version and the new one."""
    left, top = EDGE + NAMES, y + 40
    bands = [[column.old for column in row], [column.new for column in row]]
    files = [sorted({file for cell in band if cell is not None for file in cell.files}) for band in bands]
    tall = [LANE + BAR * max(1, len(held)) + 10 for held in files]
    for at, column in enumerate(row):
        x = left + CELL * at
        if column.event:
            parts.append(
                f'<path d="M {number(x)} {number(y + 2)} V {number(top + sum(tall) - 10)}" stroke="{INK}" '
                'stroke-dasharray="2 3"/>'
            )
            parts += [
                label((x + 4, y + 10 + 12 * n), words, 10)
                for n, words in enumerate(wrapped(column.event, 10, CELL - 10, 3))
            ]
    for name, band, held, high in zip(("before", "now"), bands, files, tall, strict=True):
        parts.append(label((EDGE, top + 30), name, 13, bold=True))
        for at, cell in enumerate(band):
            x = left + CELL * at
            if cell is None:
                parts.append(box(x + 3, top + 3, CELL - 6, LANE - 7, dashed=True, ink=SOFT))
                parts.append(label((x + 15, top + 30), "not heard", 10, soft=True))
            else:
                parts += cell_box(cell, x, top, row[at].differs)
        base = top + LANE
        if not held:
            parts.append(label((left + 6, base + 13), "nothing is recorded here", 11, soft=True))
        for n, (file, address) in enumerate(held):
            parts.append(label((EDGE, base + BAR * n + 13), _ended(f"file {file}: ", address), 11))
            parts += bars([cell is not None and (file, address) in cell.files for cell in band], left, base + BAR * n)
        top += high
    return top + 8


def _ended(name: str, address: str) -> str:
    """A file's name and as much of the end of its address as fits: its beginning is the same most of the time."""
    kept = address
    while kept and fitted(f"{name}…{kept}", 11, NAMES - 8) != f"{name}…{kept}":
        kept = kept[1:]
    return f"{name}{address}" if kept == address else f"{name}…{kept}"


def describe(found: Sequence[TapeColumn]) -> str:
    """The two tapes in words."""
    said = []
    for column in found:
        said.append(f"{column.event}. " if column.event else "")
        words = next(cell.words for cell in (column.new, column.old) if cell is not None)
        if not column.differs:
            said.append(f"{words}: {_held(column.new)} in both versions. ")
        else:
            said.append(f"{words}: before {_held(column.old)}, now {_held(column.new)}: {column.differs}. ")
    return "".join(said).rstrip()


def _held(cell: TapeCell | None) -> str:
    if cell is None:
        return "not heard"
    return " and ".join(f"on file {file} of {address}" for file, address in cell.files) or "not recorded"
