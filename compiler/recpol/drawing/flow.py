"""A policy, explained, to a picture of its flow: a box for each stage, what is recorded in it, and the ways on.

Invariant: every stage, row and phase of the explanation is in the picture, and every way on; the description says in
words what the picture shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from recpol.base.record import Record
from recpol.drawing.layout import DrawnWay, Placed, layout
from recpol.drawing.shapes import (
    BOLDER,
    INK,
    PAPER,
    SOFT,
    TAPE,
    WORDS,
    Shade,
    box,
    fitted,
    label,
    legend,
    mark,
    number,
    picture,
    width,
    wrapped,
)
from recpol.explain.model import ExplainedRow, Explanation, Follow, Stage

WIDE, BETWEEN, APART, EDGE = 310.0, 84.0, 26.0, 24.0
LINE, HEAD = 15.0, 40.0


class FlowLine(Record):
    """A line of a box: its words, its mark where it begins a row, how far in it stands, and the stage it leads to."""

    words: str
    shade: Shade | None = None
    indent: float = 0.0
    soft: bool = False
    target: int = 0


def flow(explanation: Explanation) -> str:
    """The picture as SVG; of a policy that cannot be read it holds why."""
    stages = {stage.number: stage for stage in explanation.stages}
    lines = {n: list(_lines(stage)) for n, stage in stages.items()}
    heights = {n: HEAD + LINE * len(lines[n]) + 8 for n in stages}
    ways = list(_ways(stages, lines))
    placed = layout(heights, ways, wide=WIDE, between=BETWEEN, apart=APART)
    top = 64.0
    parts = [label((EDGE, 28), explanation.title, 16, bold=True), *legend(EDGE, 48)]
    wide = max(placed.size[0], 640.0) + 2 * EDGE
    for line in wrapped(explanation.alert, 13, wide - 2 * EDGE, 6):  # bold letters are broader
        parts.append(label((EDGE, top), line, bold=True))
        top += 20
    parts += _drawn_ways(ways, placed, top)
    for n, stage in stages.items():
        told = {ways[way].port: "↺ back" for way in placed.back if ways[way].origin == n}
        told |= {ways[way].port: "elsewhere" for way in placed.elsewhere if ways[way].origin == n}
        parts += _drawn(stage, lines[n], placed.places[n], heights[n], top, told)
    foot = top + placed.size[1] + 30
    for store in explanation.stores:
        if store.used:
            words = f"{store.name}: {store.url}"
            parts += [_store(EDGE, foot - 9), label((EDGE + 20, foot), fitted(words, 12, wide - 80))]
            foot += 18
    return picture(f"flow-{explanation.name}", (wide, foot + 8), explanation.title, described(explanation), parts)


def shade_of(row: ExplainedRow) -> Shade:
    """How a row stands to recording: one in which a phase stands otherwise depends."""
    if row.mark != "silent" and any(phase.mark not in (row.mark, "silent") for phase in row.phases):
        return "depends"
    return row.mark


def status(row: ExplainedRow) -> str:
    """What becomes of a row, in words."""
    named = (f"{one.store}{' (whole room)' if one.kind == 'conference' else ''}" for one in row.recorders)
    stores = ", ".join(dict.fromkeys(named))
    if shade_of(row) == "depends":
        return f"recorded in part → {stores}" if stores else "recorded in part"
    return f"recorded → {stores}" if stores else WORDS[row.mark]


def _lines(stage: Stage) -> Iterator[FlowLine]:
    for row in stage.rows:
        shade = shade_of(row)
        name = f"{row.name}: " if row.name else ""
        first, *more = wrapped(f"{name}{row.words}", 11, WIDE - 40, 3) or [""]
        yield FlowLine(first, shade)
        for words in more:
            yield FlowLine(words)
        if row.mark != "silent":
            tags = f" {' '.join(row.tags)}" if row.tags else ""
            yield FlowLine(f"{status(row)}{tags}", soft=True)
        for phase in row.phases:
            stores = ", ".join(one.store for one in phase.recorders)
            said = f"recorded → {stores}" if stores else WORDS[phase.mark]
            tags = f" {' '.join(phase.tags)}" if phase.tags else ""
            yield FlowLine(f"phase {phase.name}{tags}: {said}", phase.mark, 16)
        for follow in row.follows:
            yield FlowLine(_way_words(follow), indent=16, soft=True, target=follow.stage or 0)


def _way_words(follow: Follow) -> str:
    return f"{follow.when} → {follow.stage if follow.stage is not None else follow.then}"


def _ways(stages: dict[int, Stage], lines: dict[int, list[FlowLine]]) -> Iterator[DrawnWay]:
    met: set[tuple[int, int]] = set()
    for n, found in lines.items():
        for at, line in enumerate(found):
            if line.target in stages:
                met.add((n, line.target))
                yield DrawnWay(n, line.target, HEAD + LINE * at + 4)
    for n, stage in stages.items():
        for origin in stage.after:
            if (origin, n) not in met and origin in stages:
                yield DrawnWay(origin, n, HEAD / 2)


def _drawn(
    stage: Stage, lines: list[FlowLine], place: tuple[float, float], height: float, top: float, told: dict[float, str]
) -> Iterator[str]:
    x, y = place[0] + EDGE, place[1] + top
    yield f"<g><title>{escape(stage.heading, quote=False)}</title>"
    yield box(x, y, WIDE, height, dashed=not stage.reached)
    yield f'<path d="M {number(x)} {number(y + HEAD - 8)} h {number(WIDE)}" stroke="{SOFT}"/>'
    heading = f"{stage.number}  {stage.heading}"
    size = next((size for size in (12.0, 11.0, 10.0) if width(heading, size * BOLDER) <= WIDE - 16), 9.0)
    yield label((x + 8, y + 15), fitted(heading, size * BOLDER, WIDE - 16), size, bold=True)
    said = stage.on if stage.reached else f"{stage.on}: no call comes here"
    yield label((x + 8, y + 28), fitted(said, 10, WIDE - 16), 10, soft=True)
    for at, line in enumerate(lines):
        base = y + HEAD + LINE * at + 8
        if line.shade is not None:
            yield mark(x + 14 + line.indent, base - 4, line.shade)
        size = 10.0 if line.soft else 11.0
        words = fitted(line.words, size, WIDE - 40 - line.indent)
        yield label((x + 26 + line.indent, base), words, size, soft=line.soft)
        if line.target and (word := told.get(HEAD + LINE * at + 4)):
            yield label((x + WIDE - 8, base), word, 10, bold=True, end=True)
    yield "</g>"


def _drawn_ways(ways: list[DrawnWay], placed: Placed, top: float) -> Iterator[str]:
    for at, way in enumerate(ways):
        if at in placed.back or at in placed.elsewhere:
            continue
        x, y = placed.places[way.origin]
        points = [(x + WIDE + EDGE, y + way.port + top)]
        for left, middle in placed.bends[at]:
            points += [(left + EDGE, middle + top), (left + WIDE + EDGE, middle + top)]
        tx, ty = placed.places[way.target]
        points.append((tx + EDGE, ty + 11 + top))
        yield f'<path d="{_line(points)}" fill="none" stroke="{INK}" stroke-width="1.2"/>'
        ax, ay = (number(value) for value in points[-1])
        yield f'<path d="M {ax} {ay} l -8 -4 v 8 z" fill="{INK}"/>'


def _line(points: list[tuple[float, float]]) -> str:
    """A line through points: curved between columns, straight through them."""
    path = f"M {number(points[0][0])} {number(points[0][1])}"
    for at, ((x, y), (tx, ty)) in enumerate(pairwise(points)):
        if at % 2:
            path += f" H {number(tx)}"
        else:
            half = (x + tx) / 2
            path += f" C {number(half)} {number(y)} {number(half)} {number(ty)} {number(tx)} {number(ty)}"
    return path


def _store(x: float, y: float) -> str:
    """A drum, as stores are drawn."""
    return (
        f'<path d="M {number(x)} {number(y)} v 8 a 7 3 0 0 0 14 0 v -8" fill="{PAPER}" stroke="{TAPE}"/>'
        f'<ellipse cx="{number(x + 7)}" cy="{number(y)}" rx="7" ry="3" fill="{PAPER}" stroke="{TAPE}"/>'
    )


def described(explanation: Explanation) -> str:
    """The picture in words."""
    said = [explanation.alert] if explanation.alert else []
    for stage in explanation.stages:
        said.append(f"Stage {stage.number}: {stage.heading}.")
        for row in stage.rows:
            said.append(row.words + ("" if row.mark == "silent" else f" This is {status(row)}."))
            said += [f"The phase {phase.name} is {WORDS[phase.mark]}." for phase in row.phases]
            said += [
                f"{follow.when}: {follow.then if follow.stage is None else f'on to stage {follow.stage}'}."
                for follow in row.follows
            ]
    said += [f"Store {store.name}: {store.url}." for store in explanation.stores if store.used]
    return " ".join(said)
