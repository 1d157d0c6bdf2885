"""Guarantees that no policy can keep together: of one author, or of two packs that meet in one policy.

Invariant: of several that oppose a guarantee in the same way the first one counts, so that there are no more findings
than there are words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from recpol.analysis.guarded import opts_out
from recpol.analysis.imports import PACK
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.finding import Finding, Note
from recpol.base.record import Record
from recpol.rules.policy.judged import head_of, place_of, why_of, words_of
from recpol.rules.policy.places import head, named
from recpol.rules.rule import rule
from recpol.syntax import tree


class OpposedPair(Record):
    """Two guarantees that oppose each other, with a step on which they do (None: it is about stores), and a way out."""

    first: tree.Guarantee
    second: tree.Guarantee
    step: Step | None
    help: str


@lru_cache(maxsize=2)  # two rules ask for those of the same program one after the other
def opposed_pairs(program: Program) -> tuple[OpposedPair, ...]:
    """All pairs that no policy can keep both."""
    guarantees = program.guarantees()
    if program.partial:
        return ()
    about_steps = (*_about_segments(program, guarantees), *_about_notices(program, guarantees))
    return (*about_steps, *_about_time(guarantees), *_about_regions(guarantees))


def _about_segments(program: Program, guarantees: Sequence[tree.Guarantee]) -> Iterator[OpposedPair]:
    """`never record`, or an opt-out, against `always record` and `announce … in recording`."""
    selecting = [one for one in guarantees if isinstance(one, tree.RecordGuarantee | tree.Announce)]
    if all(one.word in ("never", "before") for one in selecting):
        return
    forbids: dict[int, list[tree.Guarantee]] = {}
    chosen = {id(one): program.selected.chosen(one.selection) for one in selecting}
    for one in guarantees:
        for index in _forbidden(program, one, chosen):
            forbids.setdefault(index, []).append(one)
    for other in selecting:
        theirs = chosen[id(other)]
        opposing: dict[int, tuple[tree.Guarantee, Step]] = {}
        if isinstance(other, tree.Announce):
            first = next(iter(theirs), None) if other.word == "in" else None
            for never in forbids.get(first, ()) if first is not None else ():
                if isinstance(never, tree.RecordGuarantee) and chosen[id(never)].keys() >= theirs.keys():
                    opposing[id(never)] = never, next(iter(theirs.values()))
                    break
        elif other.word == "always":
            for index, step in theirs.items():
                for never in forbids.get(index, ())[:1]:
                    opposing.setdefault(id(never), (never, step))
        for never, step in opposing.values():
            out = f"leave {named(step)} out of one of them with `except`"
            if all(one.span.source.path.startswith(PACK) for one in (never, other)):
                out = f"packs cannot be changed: take {named(step)} into a segment that only one of them is about"
            if isinstance(never, tree.OptOut):
                out = f"lead `{never.name.text}` to segments that need not be recorded"
            yield OpposedPair(never, other, step, out)


def _forbidden(program: Program, one: tree.Guarantee, chosen: dict[int, Mapping[int, Step]]) -> Iterable[int]:
    """The steps that a guarantee keeps off every recording, whatever way a call takes."""
    if isinstance(one, tree.OptOut):
        leaving = [handler for handler in program.handlers if opts_out(handler, one.name.text)]
        return [step.index for handler in leaving for step in handler.steps]
    return chosen[id(one)] if isinstance(one, tree.RecordGuarantee) and one.word == "never" else ()


_TWO_STEPS = "say a short notice before the recording and the full one as its first segment, and let both guarantees "


def _about_notices(program: Program, guarantees: Sequence[tree.Guarantee]) -> Iterator[OpposedPair]:
    """An announcement before every recording against one in it: a segment is recorded or it is not, so that one and
    the same cannot be both."""
    if not any(isinstance(one, tree.Announce) and one.word == "in" for one in guarantees):
        return
    before: dict[int, tree.Announce] = {}
    notices = [(g, program.selected.chosen(g.selection)) for g in guarantees if isinstance(g, tree.Announce)]
    for one, steps in notices:
        if one.word == "before" and len(steps) == 1:
            before.setdefault(next(iter(steps)), one)
    for other, steps in notices if program.decisions.all else ():
        only = next(iter(steps), -1)
        if other.word == "in" and len(steps) == 1 and only in before:
            yield OpposedPair(before[only], other, steps[only], f"{_TWO_STEPS}select both")


def _about_time(guarantees: Sequence[tree.Guarantee]) -> Iterator[OpposedPair]:
    """Recordings that are to be kept for longer than they may be."""
    from recpol.analysis.retention import reaches

    longest: tree.KeepTime | None = None
    shortest: tree.KeepTime | None = None
    for one in guarantees:
        if not isinstance(one, tree.KeepTime):
            continue
        least, most = one.retention.least, one.retention.most
        wanted = longest.retention.least if longest is not None else None
        allowed = shortest.retention.most if shortest is not None else None
        if least is not None and (wanted is None or not reaches(wanted, least)):
            longest = one
        if most is not None and (allowed is None or not reaches(most, allowed)):
            shortest = one
    if longest is None or shortest is None or longest is shortest:
        return
    least, most = longest.retention.least, shortest.retention.most
    if least is not None and most is not None and not reaches(most, least):
        way = "take the calls that must be kept for longer into a policy of their own, with a store of their own"
        yield OpposedPair(shortest, longest, None, way)


def _about_regions(guarantees: Sequence[tree.Guarantee]) -> Iterator[OpposedPair]:
    """Recordings that are to be in regions of which none is allowed by all."""
    first: tree.KeepRegion | None = None
    for one in guarantees:
        if isinstance(one, tree.KeepRegion):
            first = first or one
            if {word.text.casefold() for word in first.regions}.isdisjoint(w.text.casefold() for w in one.regions):
                way = "name a region that both allow, or take the calls of one region into a policy of their own"
                yield OpposedPair(first, one, None, way)


@rule("error", binding=True)
def opposed_guarantees(program: Program) -> Iterator[Finding]:
    """Two guarantees that contradict each other.

    * The same segment under `never record` and `always record`, or after an opt-out and under `always record`.
    * An announcement that may never be recorded although `announce … in recording` wants it in the recording.
    * One single notice for `announce … before recording` and `announce … in recording`: a segment is recorded or it
      is not.
    * Recordings that are to be kept for longer than they may be, or in two regions.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { trade: connect pstn +46850020000 } }
    always record trade
    never record trade
    ```

    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS keep 4y }
    on ice { record { trade: connect pstn +46850020000 } }
    keep recordings 5y because "the regulator"
    keep recordings up to 3y because "the works council"
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { trade: connect pstn +46850020000 } }
    always record trade
    ```
    """
    for pair in opposed_pairs(program):
        first, second = words_of(pair.second), words_of(pair.first)
        meant = (Note(head(pair.step), "both mean this"),) if pair.step is not None else ()
        yield Finding(
            f"`{first}` and `{second}` contradict each other",
            place_of(program, pair.second),
            notes=(*_packs(program, pair), *meant),
            why=why_of(pair.second, why_of(pair.first)),
            help=pair.help,
            about=f"{first}, {second}",
        )


def _packs(program: Program, pair: OpposedPair) -> Iterator[Note]:
    """Where the two stand: the second one too, where its pack is what the finding is at."""
    if place_of(program, pair.second) != head_of(pair.second):
        yield Note(head_of(pair.second), "the pack says so here")
    other = place_of(program, pair.first)
    if other != head_of(pair.first):
        yield Note(other, "the other pack")
    yield Note(head_of(pair.first), "the other one")
