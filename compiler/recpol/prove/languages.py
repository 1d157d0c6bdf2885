"""`announce … before recording in every locale`: who is recorded was told in the language that is spoken to them.

Each locale that a policy speaks is looked at by itself. All calls are followed once more, with how well the
announcement was heard in that locale, how well in any, and whether something was spoken in that locale after the
announcement. A recording may not start where that locale was spoken and the announcement was not heard in it, and
nothing may be spoken in that locale while something records, nor after it: whoever is on tape is spoken to in a locale
in which nobody told them. Callers of whom nothing is recorded need not be told.

Invariant: a file of which the policy names no locale is no announcement in any; nothing is broken by what no text says.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from recpol.analysis.languages import block_locale, later_scopes, spoken_in
from recpol.analysis.parties import hears
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.record import Record, replace
from recpol.base.typing import assert_never
from recpol.calls.party import Party, party_of
from recpol.prove.announced import Listener, RecorderStart, State
from recpol.prove.heard import HEARD, SILENT, UNSURE, Audibility, HeardFully
from recpol.prove.outlines import Outline
from recpol.prove.rooms import room_recorders
from recpol.prove.verdict import Verdict, together
from recpol.prove.walk import Move, Walk
from recpol.semantics.recording import HeardSegment
from recpol.semantics.rooms import room_name, same_room, why_unsure
from recpol.syntax import tree

FILES = "files-speak-their-locale"
_LATER = "in which locale it is spoken is known later"
_FILE = "nothing says in which language the file is: write `in LOCALE` after it"


class SpokenLocales(Record):
    """The locales in which something is spoken in a step, without the voice (`sv-SE/female`); `doubt` says why more
    cannot be told, `files` whether it plays a file of which no locale is known."""

    locales: frozenset[str] = frozenset()
    doubt: str = ""
    files: bool = False


def spoken_by(program: Program, step: Step) -> SpokenLocales:
    """The locales of a step's texts, and of the files that have one."""
    texts: list[tree.Locale | None] = []
    files: list[tree.Locale | None] = []
    within = block_locale(program, step)
    body = step.body
    match body:
        case tree.Say():
            texts.append(body.locale)
        case tree.Play():
            files.append(body.locale)
        case tree.Menu() | tree.Submenu() | tree.Park():
            for part in (p for item in body.items if isinstance(item, tree.PromptedItem) for p in item.prompt.parts):
                own = within if part.locale is None else part.locale
                (texts if isinstance(part, tree.Spoken) else files).append(own)
        case tree.Tones() | tree.Cookie() | tree.Answer() | tree.Hangup() | tree.Continue():
            pass
        case tree.Connect() | tree.Call() | tree.Phase():
            pass
        case _:
            assert_never(body)
    locales: set[str] = set()
    doubt = ""
    for locale in (*texts, *(file for file in files if file is not None)):
        chosen = spoken_in(program, locale)
        if chosen is None:
            doubt = "nothing says in which locale it is spoken"
        elif "call" in later_scopes(locale or program.names.locale or chosen):
            doubt = _LATER  # each reply may bring another
        else:
            locales.add(chosen.text.partition("/")[0])
    return SpokenLocales(frozenset(locales), doubt, None in files)


class _Both(Record):
    """A state of a call: how well the announcement was heard in any locale, and in this one; whether something was
    spoken in this one since; why it is not known whether something was recorded, empty where it was for sure, and None
    where nothing was."""

    any: State
    own: State
    owed: bool = False
    taped: str | None = None


class _Hearing(Listener):
    """A listener that remembers how well the announcement had been heard before each sound of a move."""

    def __init__(self, walk: Walk, selected: Mapping[int, Step], unsure: dict[int, str]) -> None:
        super().__init__(walk, selected)
        self.unsure = unsure
        self.before: list[tuple[HeardSegment, Audibility, tuple[RecorderStart, ...]]] = []

    def hear(self, walk: Walk, move: Move, state: State | None) -> State:
        self.before = []
        return super().hear(walk, move, state)

    def steps_of(self, outline: Outline) -> Iterable[Step]:
        return outline.steps

    def sound(self, move: Move, number: int, piece: HeardSegment, level: Audibility) -> Audibility:
        known = len(self.starts)
        super().sound(move, number, piece, level)
        self.before.append((piece, level, tuple(self.starts[known:])))
        return level

    def heard(self, step: Step, full: HeardFully, level: Audibility, *, answered: bool) -> Audibility:
        if step.index in self.unsure and full.level == HEARD:
            full = HeardFully(UNSURE, self.unsure[step.index])
        return super().heard(step, full, level, answered=answered)


class _Locale:
    """All calls, as far as one locale is concerned."""

    def __init__(self, walk: Walk, locale: str, selected: Mapping[int, Step], spoken: dict[int, SpokenLocales]) -> None:
        self.walk, self.locale, self.spoken = walk, locale, spoken
        unsure: dict[int, str] = {}
        own: dict[int, Step] = {}
        for index, step in selected.items():
            found = spoken[index]
            if found.locales == {locale} and not found.doubt and not found.files:
                own[index] = step
            elif found.doubt or found.files or locale in found.locales:
                own[index] = step
                several = "it is spoken in several locales, of which one may be cut short"
                unsure[index] = found.doubt or (_FILE if found.files else several)
        self.any, self.own = _Hearing(walk, selected, {}), _Hearing(walk, own, unsure)
        self._via: dict[_Both, tuple[_Both | None, Move]] = {}

    def missing(self) -> Iterator[tuple[RecorderStart, list[Move]]]:
        """Where somebody is recorded who was not told in this locale, or not for sure: what is spoken or recorded
        there, with how well the announcement was heard in it, and the moves of the shortest call."""
        queue: deque[_Both] = deque()
        for move in self.walk.beginnings:
            yield from self._go(None, move, queue)
        while queue and len(self._via) <= self.walk.budget:
            state = queue.popleft()
            for number in self.walk.after.get(state.any.place, ()):
                yield from self._go(state, self.walk.moves[number], queue)

    @property
    def spent(self) -> bool:
        return len(self._via) > self.walk.budget

    def _go(self, before: _Both | None, move: Move, queue: deque[_Both]) -> Iterator[tuple[RecorderStart, list[Move]]]:
        any_after = self.any.hear(self.walk, move, before.any if before is not None else None)
        own_after = self.own.hear(self.walk, move, before.own if before is not None else None)
        owed, was = (before.owed, before.taped) if before is not None else (False, None)
        for (piece, level, starts), (_, own, _) in zip(self.any.before, self.own.before, strict=True):
            speaks = self.locale in self.spoken[piece.step.index].locales
            taped = bool(piece.heard.recordings)
            found = starts if owed and own < HEARD else ()
            if taped and speaks and own < HEARD:
                found = (RecorderStart(piece.step, own), *found)
            elif speaks and own < HEARD:
                after_it = was is not None and hears(self.walk.program, piece.step) is not Party.CALLEE
                later = (RecorderStart(piece.step, own, unsure=was or ""),) if after_it else ()
                found = (*self._by_others(move, piece, own), *later, *found)
            for start in found:
                yield replace(start, level=own, unsure=any_after.doubt or start.unsure), [*self._path(before), move]
            owed = owed or (speaks and level == HEARD)
            why = [*(start.unsure for start in starts), *([""] if taped else []), *([] if was is None else [was])]
            was = min(why, default=None)  # one for sure is enough
        after = _Both(any_after, own_after, owed, was)
        if after not in self._via:
            self._via[after] = (before, move)
            queue.append(after)

    def _by_others(self, move: Move, piece: HeardSegment, own: Audibility) -> Iterator[RecorderStart]:
        """The recordings of others that the room is in, or may be in, in which something is spoken."""
        room, unsure = self.walk.room_at(move, piece)
        if room is None or piece.step is room:
            return  # who comes into a room has heard nothing there yet
        name = room_name(self.walk.program, room)
        for other in room_recorders(self.walk.program).near(name):
            same = same_room(name, other.name)
            if same is not False:
                why = (unsure or other.doubt) if same else why_unsure(name, other.name)
                yield RecorderStart(piece.step, own, other, why)

    def _path(self, state: _Both | None) -> list[Move]:
        moves: list[Move] = []
        while state is not None:
            state, move = self._via[state]
            moves.append(move)
        return moves[::-1]


def in_every_locale(program: Program, guarantee: tree.Announce, walk: Walk, before: Verdict) -> Verdict:
    """The verdict where the announcement is to be heard in the locale of what is spoken to whom it is promised;
    `before` is the verdict on the announcement in any locale."""
    party = Party.CALLER if guarantee.to is None else party_of(guarantee.to.text)
    verdicts: list[Verdict] = []
    if party is not Party.CALLEE:
        verdicts.append(announced_in_every_locale(program, guarantee, walk, before))
    if party is not Party.CALLER:
        verdicts.append(_callee_in_every_locale(program, guarantee, walk, before))
    return together(tuple(verdicts))


def _callee_in_every_locale(program: Program, guarantee: tree.Announce, walk: Walk, before: Verdict) -> Verdict:
    """The verdict for callees: proven where all that any callee hears is spoken in one locale; more is not followed."""
    if before.status != "proven":
        return before
    heard = {piece.step.index: piece.step for move in walk.moves for piece in move.pieces}
    prompts = [step for step in heard.values() if isinstance(step.body, tree.Addressed)]
    spoken = [(step, spoken_by(program, step)) for step in prompts if hears(program, step) is not Party.CALLER]
    locales = sorted({locale for _, one in spoken for locale in one.locales})
    doubtful = next(((step, one.doubt) for step, one in spoken if one.doubt), None)
    if doubtful is not None:
        return Verdict(guarantee, "unknown", doubtful[1], doubtful[0])
    if len(locales) > 1:
        reason = f"which callee hears which of {', '.join(locales)} is not followed"
        return Verdict(guarantee, "unknown", reason, spoken[0][0])
    files = (FILES,) if any(one.files for _, one in spoken) else ()
    return Verdict(guarantee, "proven", assumptions=(*before.assumptions, *files))


def announced_in_every_locale(program: Program, guarantee: tree.Announce, walk: Walk, before: Verdict) -> Verdict:
    """The verdict where the announcement is to be heard in the locale of what is spoken after it; `before` is the
    verdict on the announcement in any locale."""
    if before.status != "proven":
        return before
    selected = program.selected.chosen(guarantee.selection)
    spoken = {step.index: spoken_by(program, step) for step in program.steps}
    locales = sorted({locale for found in spoken.values() for locale in found.locales})
    told = sorted({locale for index in selected for locale in spoken[index].locales})
    broken: Verdict | None = None
    unknown: Verdict | None = None
    reached = {piece.step.index for move in walk.moves for piece in move.pieces}
    for locale in locales:
        calls = _Locale(walk, locale, selected, spoken)
        for start, path in calls.missing():
            later = any("{{" in one for one in (locale, *told))
            if start.unsure or start.level > SILENT or later:
                why = next(iter(calls.own.unsure.values()), "which words it has is known later")
                why = start.unsure or (_LATER if later else why)
                unknown = unknown or Verdict(guarantee, "unknown", why, start.step)
                continue
            call = walk.call_of(path)
            if broken is None or len(call) < len(broken.call):
                reason = f"`{locale}` is spoken to this caller, and the announcement was not heard in it"
                reason += f" ({', '.join(told)} only)" if told else ""
                broken = Verdict(guarantee, "broken", reason, start.step, call, other=start.room)
            break
        if calls.spent:
            return Verdict(guarantee, "unknown", f"more than {walk.budget:,} situations to look at")
    for index, found in spoken.items():
        if found.doubt and index in reached and unknown is None:
            unknown = Verdict(guarantee, "unknown", found.doubt, program.steps[index])
    if broken is not None or unknown is not None:
        return broken or unknown or before
    files = any(spoken[index].files for index in reached)
    assumed = (*before.assumptions, *((FILES,) if files else ()))
    return Verdict(guarantee, "proven", assumptions=assumed)
