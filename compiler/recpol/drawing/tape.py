"""A call to a picture of its tape: time from left to right, who is heard, and below it the files that hold it.

Invariant: every sound of the call has its cell, in order, and a file's bar lies below exactly the sounds that it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from html import escape

from recpol.analysis.program import Program
from recpol.base.record import Record
from recpol.calls.scenario import spell
from recpol.drawing.shapes import (
    INK,
    PAPER,
    SOFT,
    TAPE,
    Shade,
    box,
    fitted,
    label,
    legend,
    mark,
    number,
    picture,
    wrapped,
)
from recpol.explain.words import clean
from recpol.semantics.replay import Replay, ReplayedSound
from recpol.syntax import tree

CELL, ROW, EDGE, NAMES = 150.0, 6, 24.0, 96.0
LANE, BAR = 58.0, 20.0


class TapeCell(Record):
    """A sound of a call: what happens before it, its words, who is heard, and which files hold it with their stores.

    `notice` is true for what a guarantee or the tag `@notice` calls an announcement; `phase` for a phase of a talk.
    """

    event: str
    words: str
    talk: bool
    files: tuple[tuple[int, str], ...]
    notice: bool
    phase: bool

    @property
    def shade(self) -> Shade:
        """Whether it is on tape."""
        return "recorded" if self.files else "not-recorded"


def cells(program: Program, call: Replay) -> tuple[tuple[TapeCell, ...], str]:
    """The cells of a call, and what happens after the last of them."""
    announced = notices(program)
    found: list[TapeCell] = []
    waiting: list[str] = []
    for step in call.steps:
        waiting.append(clean(step.words))
        for played in step.heard:
            found.append(tape_cell("; ".join(waiting), played, announced))
            waiting = []
    return tuple(found), "; ".join(waiting)


def notices(program: Program) -> frozenset[int]:
    """The steps that guarantees call announcements."""
    return frozenset(
        index
        for guarantee in program.guarantees()
        if isinstance(guarantee, tree.Announce)
        for index in program.selected.chosen(guarantee.selection)
    )


def tape_cell(event: str, played: ReplayedSound, announced: AbstractSet[int]) -> TapeCell:
    """A sound as a cell; `event` is what happens before it, `announced` the steps of `notices`."""
    at, sound = played.piece.step, played.piece.heard.sound
    tagged = any(tag.name == "notice" for tag in at.node.tags)
    files = tuple((one.file, one.words.partition(" (")[0]) for one in played.recordings)
    return TapeCell(
        event, clean(played.words), sound.kind in ("connect", "talk"), files,
        at.index in announced or tagged, sound.kind == "talk" and bool(sound.content),
    )  # fmt: skip


def tape(program: Program, call: Replay, title: str = "", name: str = "tape") -> str:
    """The picture as SVG; `name` makes its ids other than those of other tapes on the same page."""
    found, last = cells(program, call)
    named = program.names.policy.name.text if program.names.policy is not None else program.source.path
    said = title or f"A call under {clean(named)}: {clean(spell(call.events)) or 'it comes in'}"
    wide = 2 * EDGE + NAMES + CELL * min(ROW, max(4, len(found)))
    parts = [label((EDGE, 28), fitted(said, 15, wide - 2 * EDGE), 15, bold=True), *legend(EDGE, 48)]
    files = sorted({file for cell in found for file in cell.files})
    y = 70.0
    for start in range(0, max(1, len(found)), ROW):
        row = found[start : start + ROW]
        here = [file for file in files if any(file in cell.files for cell in row)]
        parts += _row(row, here, y)
        y += 34 + 2 * LANE + BAR * max(1, len(here)) + 26
    if last:
        parts.append(label((EDGE, y - 4), fitted(f"Then: {last}.", 12, wide - 2 * EDGE)))
        y += 18
    return picture(f"{name}-{named}", (wide, y + 4), said, described(found, last), parts)


def _row(row: Sequence[TapeCell], files: Sequence[tuple[int, str]], y: float) -> Iterator[str]:
    left, top = EDGE + NAMES, y + 34
    right = left + CELL * max(1, len(row))
    for at, name in enumerate(("played", "talk")):
        yield label((EDGE, top + LANE * at + 30), name, 11, soft=True)
        yield f'<path d="M {number(left)} {number(top + LANE * (at + 1))} H {number(right)}" stroke="{SOFT}"/>'
    for at, cell in enumerate(row):
        x = left + CELL * at
        if cell.event:
            path = f"M {number(x)} {number(y + 2)} V {number(top + 2 * LANE)}"
            yield f'<path d="{path}" stroke="{INK}" stroke-dasharray="2 3"/>'
            for n, words in enumerate(wrapped(cell.event, 10, CELL - 10, 2)):
                yield label((x + 4, y + 10 + 12 * n), words, 10)
        yield from cell_box(cell, x, top + (LANE if cell.talk else 0))
    base = top + 2 * LANE + 6
    if not files:
        yield label((EDGE, base + 13), "on file", 11, soft=True)
        yield label((left, base + 13), "nothing is recorded here", 11, soft=True)
    for n, (file, store) in enumerate(files):
        yield label((EDGE, base + BAR * n + 13), fitted(f"file {file}: {store}", 11, NAMES - 4), 11)
        yield from bars([(file, store) in cell.files for cell in row], left, base + BAR * n)


def cell_box(cell: TapeCell, x: float, y: float, differs: str = "") -> Iterator[str]:
    """A cell; one that differs from another version has a thick border, the sign ≠ and words that say how."""
    yield f"<g><title>{escape(cell.words, quote=False)}</title>"
    yield box(x + 3, y + 3, CELL - 6, LANE - 7, dashed=cell.phase, thick=bool(differs))
    yield mark(x + 15, y + 16, cell.shade)
    for n, words in enumerate(wrapped(cell.words, 10, CELL - 36, 2)):
        yield label((x + 26, y + 20 + 12 * n), words, 10)
    kind = "announcement" if cell.notice else "phase" if cell.phase else ""
    if differs:
        yield label((x + CELL - 9, y + LANE - 9), fitted(f"≠ {differs}", 9, CELL - 18), 9, bold=True, end=True)
    elif kind:
        yield label((x + CELL - 9, y + LANE - 9), kind, 9, bold=True, end=True)
    yield "</g>"


def bars(holds: Sequence[bool], left: float, y: float) -> Iterator[str]:
    """The stretches of a row that a file holds, each as one bar with strokes in it, as tape is drawn."""
    start: int | None = None
    for at in range(len(holds) + 1):
        held = at < len(holds) and holds[at]
        if held and start is None:
            start = at
        if not held and start is not None:
            x, w = left + CELL * start + 3, CELL * (at - start) - 6
            yield (
                f'<rect x="{number(x)}" y="{number(y + 2)}" width="{number(w)}" height="{number(BAR - 6)}" '
                f'fill="{TAPE}" stroke="{TAPE}"/>'
            )
            strokes = " ".join(f"M {number(x + 6 + 12 * n)} {number(y + 5)} v 8" for n in range(int((w - 6) / 12)))
            yield f'<path d="{strokes}" stroke="{PAPER}"/>'
            start = None


def described(found: Sequence[TapeCell], last: str) -> str:
    """The picture in words."""
    said = []
    for cell in found:
        files = " and ".join(f"file {file} of {store}" for file, store in cell.files)
        kind = ", an announcement," if cell.notice else ""
        said.append(f"{cell.event}. " if cell.event else "")
        said.append(f"{cell.words}{kind} is {f'on {files}' if files else 'not recorded'}. ")
    return "".join(said) + (f"Then: {last}." if last else "")
