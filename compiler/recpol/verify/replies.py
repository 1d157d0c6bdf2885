"""Translation checking of replies: the dialects in which every callback has a reply of its own.

For every handler and every recorder state with which a call can enter it, the reply is run by the interpreter of its
dialect, and the trace is held against the one that `recpol.semantics.simulate` works out from the policy; likewise
every request of every phase, and every result of every menu. Since a call is a chain of such pairs, agreement on all
pairs is agreement on all calls, and no call is enumerated.

After Necula, "Translation validation for an optimizing compiler" (PLDI 2000): each run of the compiler is checked,
not the compiler.

Invariant: every reachable (handler, state) pair and every phase that changes the recorder is compared, with the file
that the manifest leads to; every segment that can be recorded makes a sound on both sides; whatever the policy says of
how something is done, the output says too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from recpol.analysis.dialled import suppressed
from recpol.analysis.menus import outcomes, reached_menus
from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores
from recpol.analysis.steps import Handler, Step
from recpol.base.record import replace
from recpol.base.typing import Any, assert_never
from recpol.calls import trace as t
from recpol.calls.deeds import Deed, Manner
from recpol.calls.party import Party
from recpol.interpreters.v1 import replies as interpreter
from recpol.interpreters.v1.callouts import callout as interpret_callout
from recpol.interpreters.v1.dialects import DialectFacts
from recpol.platform.targets import Target
from recpol.prove.walk import Walk
from recpol.semantics.audio import sounds
from recpol.semantics.manner import deeds, manner
from recpol.semantics.narration import narrate
from recpol.semantics.phases import TURNS, PhaseChange, change, heard_at
from recpol.semantics.recording import HeardSegment, RecorderState, reply_meaning
from recpol.semantics.simulate import simulate
from recpol.syntax import tree
from recpol.targets.filenames import file_of, request_file
from recpol.targets.reply import Reply
from recpol.verify import callouts
from recpol.verify.routing import Routing, follow
from recpol.verify.verified import Disagreement, Verified, manner_words, unheard, without_scheme

_PLACES = 100_000
"""How many places of calls are looked at to show one that comes to a difference."""


def verify(program: Program, replies: tuple[Reply, ...], target: Target, dialect: DialectFacts) -> Verified:
    """Compare a program with the documents of a dialect that were made from it, found as the manifest says."""
    documents: dict[str | None, dict[str, object]] = {reply.file: reply.document for reply in replies}
    routing = follow(program, replies)
    differences: list[Disagreement] = []
    assumptions: set[str] = set()
    pairs = 0
    for handler, file in routing.replies:
        name, document = file or file_of(handler), documents.get(file)
        if handler.kind == "callout":
            pairs += 1
            differences.extend(_compare_callout(program, handler, name, document, target, dialect))
            continue
        differences.extend(_spelling(name, document, target))
        differences.extend(_by_action(name, document, target) if handler.in_talk else ())
        for store in program.track.entries.get(handler.index, {}):
            pairs += 1
            state = _entered(program, store)
            run = interpreter.request if handler.in_talk else interpreter.reply
            outcome = run(document, state.recorder, dialect)
            assumptions |= outcome.assumptions
            done = tuple(_deeds(program, handler, state, target))
            found = [*_compare_reply(program, handler, state, outcome), *_compare_deeds(done, outcome, dialect)]
            call = _call_to(program, handler) if found else ()
            differences.extend(Disagreement(name, policy, output, call) for policy, output in found)
            if handler.action is not None and isinstance(handler.action.body, tree.Menu):
                differences.extend(_compare_results(handler, handler.action, name, outcome))
    for handler, file in routing.unreached:  # nobody hears them, so they need not be documented
        state = _entered(program, program.entry(handler))
        run = interpreter.request if handler.in_talk else interpreter.reply
        outcome = run(documents.get(file), state.recorder, dialect)
        found = list(_compare_deeds(tuple(_deeds(program, handler, state, target)), outcome, dialect))
        found += _compare_sounds(_heard(handler, reply_meaning(program, handler, state)[0]), outcome)
        differences.extend(Disagreement(file_of(handler), policy, output) for policy, output in found)
    for step in program.steps:
        if isinstance(step.body, tree.Phase):
            pairs += 2 if program.is_reachable(step) else 0
            differences.extend(_compare_phase(program, step, routing, documents, target, dialect))
    return Verified((*differences, *routing.differences), pairs, frozenset(assumptions))


def _deeds(program: Program, handler: Handler, state: RecorderState, target: Target) -> Iterator[Deed]:
    """What a handler does; that a talk goes on after a request is no deed."""
    found = deeds(program, handler, state, target)
    return (deed for deed in found if not (handler.in_talk and deed.kind == "talk"))


def _compare_callout(
    program: Program, handler: Handler, name: str, document: object, target: Target, dialect: DialectFacts
) -> Iterator[Disagreement]:
    outcome = interpret_callout(document, dialect)
    found = list(callouts.compare(program, handler, outcome))
    if outcome.answered is not None and not found:
        state = RecorderState()
        found += _compare_reply(program, handler, state, outcome.answered)
        found += _compare_deeds(tuple(deeds(program, handler, state, target)), outcome.answered, dialect)
    yield from (Disagreement(name, policy, output) for policy, output in found)


def _entered(program: Program, state: RecordedStores) -> RecorderState:
    """What records a call that comes to a handler in a recorder state; the first recording of the call, if any."""
    return RecorderState().follow(program, state)


def _call_to(program: Program, handler: Handler) -> tuple[str, ...]:
    walk = Walk(program, _PLACES)
    move = next((m for m in walk.moves if m.replied is handler), None)
    events = () if move is None else walk.call(move)
    return tuple(act.text for act in narrate(program, simulate(program, events), events))


def _compare_reply(
    program: Program, handler: Handler, recorder_state: RecorderState, outcome: interpreter.ReplyOutcome
) -> Iterator[tuple[str, str]]:
    pieces, after = reply_meaning(program, handler, recorder_state)
    meant = _heard(handler, pieces)
    for one, other in zip(meant, outcome.heard, strict=False):
        if one != other:
            yield _words(one), _words(other)
            return
    if len(meant) != len(outcome.heard):
        longer = meant if len(meant) > len(outcome.heard) else outcome.heard
        more = _words(longer[min(len(meant), len(outcome.heard))])
        yield (more, "nothing more is heard") if longer is meant else ("nothing more is heard", more)
    else:
        yield from unheard(handler, pieces)
        if after.recorder != outcome.recorder and not _ends(handler):
            yield _recorder_words(after.recorder), _recorder_words(outcome.recorder)
    if outcome.waits != _waits(handler):
        yield f"the call waits for: {_waits(handler)}", f"the call waits for: {outcome.waits}"
    quiet = handler.action is not None and suppressed(handler.action) is not None
    if outcome.suppressed != quiet:
        yield f"callbacks suppressed: {quiet}", f"callbacks suppressed: {outcome.suppressed}"
    for problem in outcome.problems:
        yield "only what the platform documents", problem


def _heard(handler: Handler, pieces: Iterable[HeardSegment]) -> t.Trace:
    """What is to be heard of a reply. What the talk after a request is recorded in is what records when the request is
    done, and its leg is routed."""
    played = [p.heard for p in pieces if not (handler.in_talk and isinstance(p.step.body, tree.Continue))]
    return tuple(t.Heard(_alone(one.sound), one.calls, one.conference, one.cut) for one in played)


def _alone(sound: t.Sound) -> t.Sound:
    """A sound as a document has it, which says by itself neither who hears it nor the scheme of an address."""
    return without_scheme(sound if sound.to is Party.CALLER else replace(sound, to=Party.CALLER))


def _compare_sounds(meant: t.Trace, outcome: interpreter.ReplyOutcome) -> Iterator[tuple[str, str]]:
    """What is heard of a reply that no call comes to, whatever would record it: the first difference."""
    for one, other in zip(meant, outcome.heard, strict=False):
        if one.sound != other.sound:
            yield _words(one), _words(other)
            return


def _spelling(file: str, document: dict[str, Any] | None, target: Target) -> Iterator[Disagreement]:
    """Names begin as the target's pages write them, and no list is empty."""
    held = document or {}
    instructions = held.get("instructions")
    if instructions == []:
        yield Disagreement(file, "a reply without instructions has no list of them", "it has an empty list")
    for form in (*(instructions if isinstance(instructions, list) else ()), held.get("action")):
        name = form.get("name") if isinstance(form, dict) else None
        if isinstance(name, str) and name[:1].islower() != target.small_names:
            yield Disagreement(file, f"names begin with a {'small' if target.small_names else 'capital'} letter", name)


def _by_action(file: str, document: dict[str, Any] | None, target: Target) -> Iterator[Disagreement]:
    """Where a request takes one thing at a time, its action is what changes a recording."""
    forms = (document or {}).get("instructions")
    for form in forms if isinstance(forms, list) and not target.mixes_requests else ():
        name = form.get("name") if isinstance(form, dict) else None
        if isinstance(name, str) and name.lower() in ("startrecording", "stoprecording"):
            yield Disagreement(file, "a request changes a recording by its action", f"`{name}` is an instruction")


def _in_replies(manner: Manner, dialect: DialectFacts) -> Manner:
    """A manner in what a reply has a place for: the endpoint of ConnectSip is without its scheme, so `transport` says
    what the scheme `sips` does (Callback API page); later pages give the endpoint a type."""
    found = dict(manner)
    if "scheme" in found and dialect.typed:
        found["type"] = "sip"
    if found.pop("scheme", "sip") == "sips":
        found.setdefault("transport", "TLS")
    return tuple(sorted(found.items()))


def _compare_deeds(
    meant: tuple[Deed, ...], outcome: interpreter.ReplyOutcome, dialect: DialectFacts
) -> Iterator[tuple[str, str]]:
    """All that the reply does, heard or not, and how it is done: the first difference."""
    for one, other in zip_longest(meant, outcome.deeds):
        if one is None or other is None:
            done = one or other
            assert done is not None
            yield (done.kind, "nothing more is done") if other is None else ("nothing more is done", done.kind)
            return
        if (one.kind, one.calls, one.conference) != (other.kind, other.calls, other.conference):
            yield _deed_words(one), _deed_words(other)
            return
        if one.manner != other.manner:
            kept = _in_replies(one.manner, dialect)
            if kept != other.manner:
                yield manner_words(one.kind, kept, other.manner)
                return


def _ends(handler: Handler) -> bool:
    return handler.action is not None and isinstance(handler.action.body, tree.Hangup)


def _waits(handler: Handler) -> str:
    """What a call waits for after a handler's action."""
    action = handler.last
    match action:
        case tree.Connect():
            return {"app": "app", "conference": "room", "stream": "room"}.get(action.kind.text, "answer")
        case tree.Menu():
            return "menu"
        case tree.Park():
            return "parked"
        case tree.Continue():
            return "talk"
        case tree.Hangup() | None:
            return "end"
        case _:
            assert_never(action)


def _compare_results(handler: Handler, step: Step, file: str, ran: interpreter.ReplyOutcome) -> Iterator[Disagreement]:
    meant = set()
    for menu in reached_menus(step, handler):
        for outcome in outcomes(menu):
            value = outcome.goal.name.text if outcome.type == "return" and outcome.goal else ""
            meant.add((menu.id, outcome.type, value, tuple(sorted(outcome.keys))))
    made = {(r.menu_id, r.type, r.value or "", tuple(sorted(r.keys))) for r in ran.results}
    silent = {one for one in made - meant if one[1] in ("timeout", "invalidinput")}
    for lost in sorted(meant - made):
        yield Disagreement(file, f"the menu `{lost[0]}` reports {lost[1]} {lost[2]}".rstrip(), "it does not")
    for extra in sorted(made - meant - silent):
        yield Disagreement(file, "no such result", f"the menu `{extra[0]}` reports {extra[1]} {extra[2]}".rstrip())


def _compare_phase(
    program: Program,
    phase: Step,
    routing: Routing,
    documents: dict[str | None, dict[str, object]],
    target: Target,
    dialect: DialectFacts,
) -> Iterator[Disagreement]:
    assert isinstance(phase.body, tree.Phase)
    for turn in TURNS:
        said = change(program, phase, turn)
        if not said.is_sent:
            continue  # a request for it would be one that nothing asks for
        file = request_file(phase.body.name.text, turn)
        document = documents.get(routing.requests[phase.body.name.text, turn])
        before = _entered(program, said.before)
        outcome = interpreter.request(document, before.recorder, dialect)
        pieces, after = heard_at(program, phase, turn, before)
        meant = tuple(replace(piece.heard, sound=replace(piece.heard.sound, to=Party.CALLER)) for piece in pieces)
        yield from _spelling(file, document, target)
        yield from _by_action(file, document, target)
        if outcome.recorder != after.recorder or outcome.problems:
            found = "; ".join(outcome.problems) or _recorder_words(outcome.recorder)
            yield Disagreement(file, _recorder_words(after.recorder), found)
        elif meant != outcome.heard:
            yield Disagreement(file, _all_words(meant), _all_words(outcome.heard))
        elif outcome.waits != "talk":
            yield Disagreement(file, "the call goes on, and nothing else is done", "something else is done")
        else:
            done = tuple(_phase_deeds(program, said, before, target))
            yield from (Disagreement(file, *words) for words in _compare_deeds(done, outcome, dialect))


def _phase_deeds(program: Program, said: PhaseChange, state: RecorderState, target: Target) -> Iterator[Deed]:
    """What the request of a phase does beside changing the recorder: its prompts, and how each is said."""
    store = said.before
    for step, then in said.prompts:
        state, store = state if then == store else state.follow(program, then), then
        for sound in sounds(program, program.handler_of(step), step):
            yield Deed(sound.kind, manner(program, step, sound, target), state.recorder.calls, None)


def _all_words(heard: tuple[t.Heard, ...]) -> str:
    return "; ".join(map(_words, heard)) or "nothing is heard"


def _deed_words(deed: Deed) -> str:
    return f"{deed.kind}: {_recorder_words(t.Recorder(deed.calls, deed.conference))}"


def _words(heard: t.Heard) -> str:
    what = " ".join(part for part in (heard.sound.kind, *heard.sound.content) if part)
    return f"{what}: {_recorder_words(t.Recorder(heard.calls, heard.conference))}"


def _recorder_words(recorder: t.Recorder) -> str:
    room = f", the room {_recording_words(recorder.conference)}" if recorder.conference else ""
    return (" and ".join(map(_recording_words, recorder.calls)) or "not recorded") + room


def _recording_words(recording: t.Recording) -> str:
    address = dict(recording.options).get("destinationUrl", "nowhere")
    return f"recorded to {address} (file {recording.number})"
