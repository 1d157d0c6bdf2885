"""What is the own of each target: where calls of one policy differ although all record the same segments.

Invariant: a difference is named only of policies in which it can be noticed (`recpol.targets.backend`).
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.languages import voices
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.placeholder import Placeholder
from recpol.platform.payload import IN_V2
from recpol.platform.sources import (
    CALLBACK_PAGE,
    CALLING_PAGE,
    JAVA_SDK,
    NODE_SDK,
    RECORDING_PAGE,
    RECORDING_PAGE_2020,
    VOICE_V2,
    VOICE_V2_TUTORIALS,
    cite,
)
from recpol.platform.v2.commands import MENU_REPEATS_DEFAULT
from recpol.semantics.conversations import changes, rings
from recpol.syntax import tree
from recpol.targets.backend import Applies, TargetDifference

# ── where a difference can be noticed ────────────────────────────────────────────────────────────────────────────


def _always(program: Program) -> bool:
    return True


def _records(program: Program) -> bool:
    return any(decided.call or decided.conference for decided in program.decisions.steps)


def _starts(program: Program) -> Iterator[Step]:
    """The segments before which a call recording starts."""
    from recpol.targets.v2.plan import plan

    return (site.step for site in plan(program).starts if not isinstance(site.step.body, tree.Phase))


def _flags(program: Program) -> bool:
    """Whether a call recording begins at an action that can carry the flag."""
    return any(isinstance(step.body, tree.Continue) or step.connects in ("pstn", "sip") for step in _starts(program))


def _flags_room(program: Program) -> bool:
    return any(
        (step.connects == "conference" and program.decided(step).conference)
        or (step.connects == "app" and program.decided(step).call)
        for step in program.steps
    )


def _answers_alone(program: Program) -> bool:
    """Whether a call is answered that the policy does not answer."""
    first = program.graph.first.get("ice")
    segments = () if first is None else program.handlers[first].segments
    answered = any(isinstance(step.body, tree.Answer) for step in segments)
    return not answered and (len(segments) > 1 or any(not isinstance(step.body, tree.Hangup) for step in segments))


def _rings(program: Program) -> bool:
    return any(rings(program, step) for step in program.steps if step.connects in ("pstn", "sip"))


def _starts_in_ace(program: Program) -> bool:
    from recpol.targets.v2.plan import begins_on_callee

    return any(begins_on_callee(program, step) for step in _starts(program))


def _stops(program: Program) -> bool:
    from recpol.targets.v2.plan import plan

    return bool(plan(program).stops) or _phases(program)


def _phases(program: Program) -> bool:
    return any(isinstance(step.body, tree.Phase) and changes(program, step) for step in program.steps)


def _notifies(program: Program) -> bool:
    return any(store.field("notify") is not None for store in program.names.stores.values())


def _speaks(program: Program) -> bool:
    return any(isinstance(step.body, tree.Say | tree.Menu) for step in program.steps)


def _repeats(program: Program) -> bool:
    """Whether a menu does not say how often it repeats."""
    for step in program.steps:
        if isinstance(step.body, tree.AnyMenu):
            repeats = [item for item in step.body.items if isinstance(item, tree.RepeatItem)]
            if all(item.times is None for item in repeats):
                return True
    return False


def _withholds(program: Program) -> bool:
    return any(
        option.name.text == "cli" and isinstance(option.value, tree.Word) and option.value.text == "private"
        for step in program.steps
        if isinstance(step.body, tree.Connect)
        for option in step.body.options
    )


def _has_option(program: Program, name: str) -> bool:
    return any(
        option.name.text == name
        for step in program.steps
        if isinstance(step.body, tree.Connect)
        for option in step.body.options
    )


def _fills(program: Program) -> bool:
    """Whether a text holds a field of the call that has another name in v2."""
    placeholders = (piece for text in program.texts for piece in text.pieces if isinstance(piece, Placeholder))
    return any(
        placeholder.scope == "call" and IN_V2.get(placeholder.name, placeholder.name) != placeholder.name
        for placeholder in placeholders
    )


def _voices(program: Program) -> bool:
    return bool(voices(program)) or "voice" in program.names.defaults


# ── the differences ──────────────────────────────────────────────────────────────────────────────────────────────

_FAILURE_UNHEARD = (
    TargetDifference(
        "failure-unheard",
        "`on recording failure hangup` does nothing: no event tells that a recording cannot start, so the call goes on "
        f"({RECORDING_PAGE}).",
        lost=True,
    ),
    lambda program: program.names.hangs_up is True,
)

_VOICE_UNUSED = (
    TargetDifference(
        "voice-unused",
        f"`voice` does nothing: a text is spoken by its locale, and no property names a voice ({CALLBACK_PAGE}).",
        lost=True,
    ),
    _voices,
)

_Own = tuple[tuple[TargetDifference, Applies], ...]

CLASSIC: _Own = (
    (
        TargetDifference(
            "flag-starts",
            f"A recording that begins at an action is started by the action's flag, `recording` ({RECORDING_PAGE}).",
        ),
        lambda program: _flags(program) or _flags_room(program),
    ),
    (
        TargetDifference(
            "actions-change",
            "The request that begins or ends a phase holds one action, `StartRecording` or `StopRecording` "
            f"({CALLING_PAGE}).",
        ),
        _phases,
    ),
    _VOICE_UNUSED,
    _FAILURE_UNHEARD,
)

SVAML1: _Own = (
    (
        TargetDifference(
            "instruction-starts",
            "A recording that begins at an action is started by the instruction `startRecording` before it: the "
            f"SDKs have no flag on any action ({NODE_SDK}).",
        ),
        _flags,
    ),
    (
        TargetDifference(
            "flag-for-rooms",
            "The recording of a room, and of an app call, is started by the flag `record`, for nothing else can "
            f"({RECORDING_PAGE_2020}).",
        ),
        _flags_room,
    ),
    (
        TargetDifference(
            "instructions-change",
            "The request that begins or ends a phase holds instructions and then the action `continue` "
            f"({cite(NODE_SDK, JAVA_SDK)}).",
        ),
        _phases,
    ),
    _VOICE_UNUSED,
    _FAILURE_UNHEARD,
)

SVAML2: _Own = (
    (
        TargetDifference(
            "one-document",
            "The whole call is one document, `incoming.json`, which answers `call.incoming`: what follows an "
            f"answer or a key stands inside it, and the backend is not asked again ({VOICE_V2}).",
        ),
        _always,
    ),
    (
        TargetDifference(
            "answered-at-once",
            "The call is answered as soon as it comes in, also where the policy does not say `answer`: nothing "
            f"can be heard before ({VOICE_V2_TUTORIALS}).",
        ),
        _answers_alone,
    ),
    (
        TargetDifference(
            "no-late-reply",
            "What happens when the callee answers is in the document from the start, so no reply to it can come "
            f"too late or get lost ({VOICE_V2}).",
        ),
        _rings,
    ),
    (
        TargetDifference(
            "machines-are-reported",
            "Answering machine detection does not hold the call, be it `amd on` or `amd async`: what it finds goes "
            f"to the webhook of the service as an event of its own ({VOICE_V2}).",
        ),
        lambda program: _has_option(program, "amd"),
    ),
    (
        TargetDifference(
            "fields-of-v2",
            "What `{{ call.FIELD }}` names is called otherwise in `call.incoming`: `call.cli`, for one, is "
            f"`call.from.phone.number` in the document ({VOICE_V2}).",
        ),
        _fills,
    ),
    (
        TargetDifference(
            "callee-leg",
            "A recording that begins when the callee answers is one of the callee's leg: it holds both sides, and "
            f"ends when the callee hangs up ({VOICE_V2_TUTORIALS}).",
        ),
        _starts_in_ace,
    ),
    (
        TargetDifference(
            "stop-takes-time",
            "A stop takes time that nobody states, so a recording may hold the beginning of what comes after it; "
            "what is under `never record` is made to wait until the recording has ended, within a reply by "
            f"`onFinish` ({VOICE_V2}).",
        ),
        _stops,
    ),
    (
        TargetDifference(
            "wait-for-finish",
            "After the request that stops a recording for a phase, the backend must wait for the webhook of that "
            "recording's end before the phase begins; `waitFor` in manifest.json names it, and the platform calls it "
            f"at the address in `SINCH_WEBHOOK_URL` ({VOICE_V2}).",
        ),
        _phases,
    ),
    (
        TargetDifference(
            "named-voices",
            f"Texts are spoken by the voices that the policy names, not by their locale ({VOICE_V2}).",
        ),
        _speaks,
    ),
    (
        TargetDifference(
            "menu-repeats",
            f"A menu that does not say how often it repeats does so {MENU_REPEATS_DEFAULT.value} times; the other "
            f"targets' documentation states no number ({VOICE_V2}).",
        ),
        _repeats,
    ),
    (
        TargetDifference(
            "number-withheld",
            f"`cli private` is written by leaving `from` out, which has no word for it ({VOICE_V2}).",
        ),
        _withholds,
    ),
    (
        TargetDifference(
            "no-notify",
            "`notify` does nothing: there is no message that the file of a recording is there, only the event "
            f"`call.recording.finished`, and nothing switches it off ({VOICE_V2}).",
            lost=True,
        ),
        _notifies,
    ),
    (
        TargetDifference(
            "no-message-of-files",
            f"No message tells that the file of a recording is there ({VOICE_V2}).",
        ),
        lambda program: _records(program) and not _notifies(program),
    ),
)
