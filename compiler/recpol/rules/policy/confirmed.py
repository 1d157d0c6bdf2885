"""Rules about whether the backend is told that a recording has stopped."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.recorder import ended, wanted
from recpol.base.finding import Finding, Note
from recpol.platform.sources import RECORDING_PAGE
from recpol.rules.policy.places import named
from recpol.rules.rule import rule
from recpol.semantics.conversations import around, stops_for
from recpol.syntax import tree


@rule("warning", targets=lambda target: not target.awaits_stops)
def stop_not_confirmed(program: Program) -> Iterator[Finding]:
    """A phase under `never record` whose store keeps it secret that the recording has stopped.

    That a recording has stopped the platform tells in the notification `recording_finished`, and only where
    `notificationEvents` is not switched off (Recording page). Without it the backend cannot know that the phase may
    begin.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS notify no }
    on ice { agent: connect pstn +46850020000 { phase card } }
    record agent except card
    never record card
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS notify yes }
    on ice { agent: connect pstn +46850020000 { phase card } }
    record agent except card
    never record card
    ```
    """
    for step in program.steps:
        if not isinstance(step.body, tree.Phase) or step.index not in program.never_recorded:
            continue
        stopped = ended(around(program, step), wanted(program.decisions, step))
        notices = [program.names.stores[store].field("notify") for store in stopped]
        untold = (one for one in notices if one and isinstance(one.value, tree.Word) and one.value.text == "no")
        if told := next(untold, None):
            yield Finding(
                f"nobody is told that the recording has stopped when {named(step)} begins",
                step.body.name.span,
                notes=(Note(told.span, "no notification comes"),),
                why=f"`recording_finished` is the only sign that a stop took effect ({RECORDING_PAGE})",
                help="write `notify yes`, and let the phase begin when the notification has come",
            )


@rule("info")
def idle_phase_failure(program: Program) -> Iterator[Finding]:
    """An `on phase failure` in a policy in which no recording stops for a phase.

    Only a stop has to be confirmed before a phase may begin: a phase that is recorded like the talk around it, or that
    starts a recording, changes nothing that was asked for.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { agent: connect pstn +46850020000 }
    record agent
    on phase failure hangup
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { agent: connect pstn +46850020000 { phase card } }
    record agent except card
    on phase failure hangup
    ```
    """
    failure = program.names.phase_failure
    if failure is None or program.partial or not program.is_own(failure.span):
        return
    if not any(isinstance(step.body, tree.Phase) and stops_for(program, step) for step in program.steps):
        yield Finding(
            "no recording stops for a phase, so nothing has to be confirmed",
            failure.span,
            help="take a phase out of what is recorded, or delete this",
        )
