"""Rules about recording app calls, which only the flag on `ConnectMxp` can do, if anything can."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.base.source import Span
from recpol.rules.notation import POLICY, Notation
from recpol.rules.policy.places import head, named
from recpol.rules.rule import rule

IGNORED = "StartRecording and StopRecording are ignored together with ConnectMxp (Recording page since 2020)"


@rule("error", binding=True, covers=("F04",))
def app_call_prompts(program: Program) -> Iterator[Finding]:
    """A prompt that is recorded in the same call as a `connect app`.

    Recording instructions do not work together with `ConnectMxp`: the platform ignores them (Recording page since
    2020). Only the flag on the action is left, and it records the conversation alone. In existing SVAML each
    `StartRecording` and `StopRecording` beside `ConnectMxp` is found, whether there is a prompt or not.

    Wrong:
    ```recpol
    policy app
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { answer record { say "Hello." } connect app "anna" }
    ```

    Right:
    ```recpol
    policy app
    locale en-GB
    on ice { answer say "Hello." connect app "anna" }
    ```
    """
    for handler in program.handlers:
        action = handler.action
        if action is None or action.connects != "app":
            continue
        prompts = [s for s in handler.segments if s is not action and program.decided(s).call_stores]
        entered = [edge for state, edge in program.track.entries.get(handler.index, {}).items() if state]
        help_ = "record the app call alone, with `record` around the `connect app` only"
        if prompts:
            yield Finding(
                f"{named(prompts[0])} is recorded before an app call",
                head(prompts[0]),
                notes=(Note(head(action), "here only the flag on the action works"),),
                why=IGNORED,
                help=help_,
            )
        elif entered:
            edge = entered[0]
            place = edge.outcome.span if edge.outcome else head(edge.step) if edge.step else handler.node.event.span
            yield Finding(
                "this app call begins while an earlier recording runs",
                head(action),
                notes=(Note(place, "recorded here"),),
                why=IGNORED,
                help=help_,
            )


@rule("warning", covers=("F05",))
def app_call_recording(program: Program) -> Iterator[Finding]:
    """An app call that is to be recorded: the platform's documents disagree on whether it is.

    The Recording page has said since 2020-11-30 that recording is not supported with `ConnectMxp`; the in-app calling
    guide shows the flag on `connectMXP` in an ICE reply. Test it with your account before you rely on it. There is no
    way to stop such a recording but to hang up.

    Wrong:
    ```recpol
    policy app
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { connect app "anna" } }
    ```

    Right:
    ```recpol
    policy app
    on ice { connect app "anna" }
    ```
    """
    types = (
        ", and the current SDKs have no flag on any action"
        if any(target.untyped_flag for target in program.targets)
        else ""
    )
    for step in program.steps:
        if step.connects == "app" and program.decided(step).call:
            yield recorded_app_call(head(step), program.decided(step).call[0].keyword, POLICY, types)


def recorded_app_call(call: Span, recording: Span, say: Notation, more: str = "") -> Finding:
    """What `app_call_recording` says of an app call that is to be recorded; `more` goes on with the reason."""
    return Finding(
        "whether an app call can be recorded is in doubt",
        call,
        notes=(Note(recording, "to be recorded"),),
        why="the Recording page says ConnectMxp cannot be recorded (since 2020-11-30), "
        f"the in-app calling guide shows the flag in an ICE reply{more}",
        help=f"test it with your account, then {say.once_tested}",
    )
