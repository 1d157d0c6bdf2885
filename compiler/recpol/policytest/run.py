"""A case to what came of it: the call is simulated, and what was expected is held against what happened.

Invariant: every expectation is looked at; one about something that is not heard in the call fails, whatever it expects.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from recpol.analysis.builtins import BUILT_IN
from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.base.nearest import nearest
from recpol.base.placeholder import with_values
from recpol.base.typing import Any
from recpol.policytest.cases import Case, CaseResult, ExpectedReply, NamedPiece
from recpol.policytest.compare import compare
from recpol.policytest.fill import with_own_start
from recpol.report.received import received
from recpol.semantics.audio import sounds, store_options
from recpol.semantics.narration import step_words
from recpol.semantics.replay import Replay, ReplayedSound, refused, replay, start_values, strange_values
from recpol.syntax import tree


def run_case(program: Program, documents: Mapping[str, Any], case: Case) -> CaseResult:
    """One case under a program that the rules accept, of which `documents` are the compiled replies by file name."""
    if case.problems:
        return CaseResult(case, "failed", case.problems)
    if case.skip is not None:
        return CaseResult(case, "skipped")
    case = with_own_start(case)
    unknown = (*strange_values(program, case.call.steps), *_unknown(program, case))
    if unknown:
        return CaseResult(case, "failed", unknown)
    call = replay(program, case.call.events)
    found = tuple(_differences(program, documents, case, call))
    return CaseResult(case, "failed" if found else "ok", found, call)


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _unknown(program: Program, case: Case) -> Iterator[Finding]:
    """Names that mean nothing in the policy: such a test could never tell anything."""
    heard = (*case.heard, *case.not_heard, *case.in_order, *case.whole_room, *case.not_whole_room)
    named = (*case.recorded, *case.not_recorded, *heard, *(pair[0] for pair in case.into))
    policy, start = program.source.path, start_values(case.call.events)
    for name in named:
        match name.kind:
            case "label" if name.text not in program.names.labels:
                near = nearest(name.text, program.names.labels)
                help_ = (
                    f"did you mean `{near}`?" if near is not None else "name a label, a `@tag`, or words that are heard"
                )
                yield Finding(f"`{policy}` has no label `{name.text}`", name.span, help=help_)
            case "tag" if name.text not in program.names.tags and name.text not in BUILT_IN:
                near = nearest(name.text, program.names.tags)
                help_ = (
                    f"did you mean `@{near}`?"
                    if near is not None
                    else "name a label, a `@tag`, or words that are heard"
                )
                yield Finding(f"`{policy}` has no tag `@{name.text}`", name.span, help=help_)
            case "words" if not any(name.text in with_values(line, "start", start) for line in _lines(program)):
                help_ = "copy some words of a prompt, or of a line that `recpol simulate` prints"
                yield Finding(f"nothing in `{policy}` has the words {name.shown}", name.span, help=help_)
            case _:
                pass
    for _, store, span in case.into:
        if not is_address(store) and store not in program.names.stores:
            near = nearest(store, program.names.stores)
            help_ = f"did you mean `{near}`?" if near is not None else "name a store of the policy, or write an address"
            yield Finding(f"`{policy}` has no store `{store}`", span, help=help_)


def _lines(program: Program) -> Iterator[str]:
    """Everything that can be heard, in words and in full."""
    yield "the conversation"
    for handler in program.handlers:
        for step in handler.steps:
            if isinstance(step.body, tree.Phase):
                yield f"{step.body.name.text}: the phase {step.body.name.text}"
            for sound in sounds(program, handler, step):
                yield step_words(program, step, sound)
                yield from (" ".join(part.split()) for part in sound.content)


def _meant(program: Program, call: Replay, name: NamedPiece) -> list[ReplayedSound]:
    """The sounds of a call that a name means: a label or tag means its own segments, not phases or menus inside."""
    if name.kind == "words":
        return [played for played in call.played if any(name.text in line for line in _words(played))]
    item = tree.Word(name.text, name.span) if name.kind == "label" else tree.Tag(name.text, name.span)
    steps = {step.index for step in program.selected.named(item)}
    return [played for played in call.played if played.piece.step.index in steps]


def _words(played: ReplayedSound) -> Iterator[str]:
    yield played.words
    yield from (" ".join(part.split()) for part in played.content)


# ── differences ──────────────────────────────────────────────────────────────────────────────────────────────────


def _differences(program: Program, documents: Mapping[str, Any], case: Case, call: Replay) -> Iterator[Finding]:
    done = len(call.events)
    if done < len(case.call.steps):
        yield refused(program, case.call.events[:done], case.call.steps[done])
        return
    for name in case.recorded:
        yield from _taped(name, _meant(program, call, name), wanted=True)
    for name in case.not_recorded:
        yield from _taped(name, _meant(program, call, name), wanted=False)
    for name in case.heard:
        if not _meant(program, call, name):
            yield _not_heard(name)
    for name in case.not_heard:
        meant = _meant(program, call, name)
        if meant:
            notes = (Note(meant[0].piece.step.span, "this is heard"),)
            yield Finding(f"{name.shown} is heard", name.span, label="expected not to be heard", notes=notes)
    yield from _ordered(program, case, call)
    for name in case.whole_room:
        yield from _whole_room(name, _meant(program, call, name), wanted=True)
    for name in case.not_whole_room:
        yield from _whole_room(name, _meant(program, call, name), wanted=False)
    for name, store, _ in case.into:
        yield from _stored(program, name, _meant(program, call, name), store)
    if case.files is not None and case.files[0] != call.files:
        count = f"{call.files} recording file{'' if call.files == 1 else 's'}"
        yield Finding(f"the call makes {count}", case.files[1], label=f"expected {case.files[0]}")
    if case.ends is not None and case.ends[0] != call.ended:
        said, expected = ("is over", "going on") if call.ended else ("is not over", "over")
        yield Finding(f"the call {said}", case.ends[1], label=f"expected to be {expected}")
    sent = {received(replayed, documents) for replayed in call.steps}
    for reply in case.replies:
        yield from _reply(documents, sent, reply)


def _not_heard(name: NamedPiece) -> Finding:
    return Finding(
        f"{name.shown} is not heard in this call", name.span, help="lead the call there, or take the name out"
    )


def _ordered(program: Program, case: Case, call: Replay) -> Iterator[Finding]:
    """Whether things begin to be heard in the order in which they are named."""
    last, before = -1, None
    for name in case.in_order:
        meant = _meant(program, call, name)
        if not meant:
            yield _not_heard(name)
            return
        begins = next(number for number, played in enumerate(call.played) if played is meant[0])
        if begins <= last and before is not None:
            notes = (Note(meant[0].piece.step.span, "this is it"),)
            label = f"expected after {before.shown}"
            yield Finding(f"{name.shown} is not heard after {before.shown}", name.span, label=label, notes=notes)
            return
        last, before = begins, name


def _whole_room(name: NamedPiece, meant: list[ReplayedSound], *, wanted: bool) -> Iterator[Finding]:
    """Whether all that a name means is part of the recording of a whole conference room, or none of it."""
    if not meant:
        yield _not_heard(name)
    for played in meant:
        if any(one.scope == "conference" for one in played.recordings) != wanted:
            note = Note(played.piece.step.span, "this is it")
            said = f"{name.shown} is {'not ' if wanted else ''}part of a recording of the whole room"
            label = "expected to be" if wanted else "expected not to be"
            yield Finding(said, name.span, label=label, notes=(note,))
            return


def _taped(name: NamedPiece, meant: list[ReplayedSound], *, wanted: bool) -> Iterator[Finding]:
    """Whether all that a name means is recorded, or none of it."""
    if not meant:
        yield _not_heard(name)
        return
    wrong = [played for played in meant if bool(played.recordings) != wanted]
    if not wrong:
        return
    part = " in part" if len(wrong) < len(meant) else ""
    expected = "expected to be recorded" if wanted else "expected not to be recorded"
    said = f"{name.shown} is {'not ' if wanted else ''}recorded{part}"
    if wanted and part:
        said = f"{name.shown} is recorded in part only"
    stores = " and ".join(one.words for one in wrong[0].recordings)
    note = Note(wrong[0].piece.step.span, f"recorded to {stores}" if stores else "not recorded")
    yield Finding(said, name.span, label=expected, notes=(note,))


def is_address(store: str) -> bool:
    """Whether `into` names an address, and no store of the policy."""
    return "://" in store


def _stored(program: Program, name: NamedPiece, meant: list[ReplayedSound], store: str) -> Iterator[Finding]:
    """Whether all that a name means is recorded into one store, or to one address."""
    if not meant:
        yield _not_heard(name)
    options = () if is_address(store) else store_options(program, store)
    for played in meant:
        recordings = played.piece.heard.recordings
        addresses = [json.loads(dict(one.options).get("destinationUrl", '"?"')) for one in recordings]
        if store not in addresses if is_address(store) else all(one.options != options for one in recordings):
            stores = (
                [f"`{one}`" for one in addresses] if is_address(store) else [one.words for one in played.recordings]
            )
            said = f"{name.shown} is recorded to {' and '.join(stores)}" if stores else f"{name.shown} is not recorded"
            note = Note(played.piece.step.span, "this is it")
            yield Finding(said, name.span, label=f"expected to be recorded to `{store}`", notes=(note,))
            return


def _reply(documents: Mapping[str, Any], sent: set[str | None], reply: ExpectedReply) -> Iterator[Finding]:
    if reply.file not in documents:
        near = nearest(reply.file, documents)
        help_ = f"did you mean `{near}`?" if near is not None else "name a file that `recpol compile` writes"
        yield Finding(f"the policy has no reply `{reply.file}`", reply.span, help=help_)
    elif reply.file not in sent:
        yield Finding(f"`{reply.file}` is not sent in this call", reply.span, help="lead the call there")
    else:
        yield from compare(reply, documents[reply.file])
