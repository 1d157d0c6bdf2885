"""Rules about phases: what can be changed inside a conversation, where only Manage Call reaches the call."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.dialled import answer_key
from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, begun, ended
from recpol.analysis.steps import Step
from recpol.base.finding import Finding, Note
from recpol.rules.policy.places import head, named, stores
from recpol.rules.rule import rule
from recpol.syntax import tree


def _phases(program: Program) -> Iterator[tuple[Step, Step]]:
    for step in program.steps:
        if isinstance(step.body, tree.Phase) and step.parent is not None:
            yield step, program.steps[step.parent]


@rule("error", binding=True, covers=("F20",))
def phase_on_app_call(program: Program) -> Iterator[Finding]:
    """A phase inside an app call.

    Manage Call works on calls that come from or go to a telephone or a SIP address (Calling API page), and an app call
    is recorded by its flag alone, from its beginning to its end.

    Wrong:
    ```recpol
    policy app
    on ice { connect app "anna" { phase card } }
    ```

    Right:
    ```recpol
    policy app
    on ice { connect pstn +46850020000 { phase card } }
    ```
    """
    for phase, connect in _phases(program):
        if connect.connects == "app":
            yield Finding(
                f"the phase {named(phase)} cannot begin inside an app call",
                head(phase),
                notes=(Note(head(connect), "the app call"),),
                why="Manage Call reaches only calls from or to PSTN or SIP (Calling API page)",
                help="connect by `pstn` or `sip` where a part must not be recorded, or do not record this call",
            )


@rule("error", binding=True)
def phase_on_conference_recording(program: Program) -> Iterator[Finding]:
    """A phase that is to change a conference recording.

    `StartRecording` and `StopRecording` work on the recording of a call. Which request stops a conference recording is
    not documented (Recording page), so recpol cannot write one.

    Wrong:
    ```recpol
    policy board
    store rooms { url "s3://acme-recordings/rooms/" credentials env S3_CREDENTIALS }
    on ice { room: connect conference "board" { phase vote } }  # allow flag-in-svaml1: our account takes the flag
    record conference room except vote
    ```

    Right:
    ```recpol
    policy board
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { room: connect conference "board" { phase vote } }
    record call room except vote
    ```
    """
    covering: dict[int, set[int]] = {}
    for number, decision in enumerate(program.decisions.all):
        for step in program.decisions.covers.get(number, ()) if decision.scope == "conference" else ():
            covering.setdefault(step.index, set()).add(number)
    for phase, connect in _phases(program):
        for number in sorted(covering.get(connect.index, set()) ^ covering.get(phase.index, set())):
            yield Finding(
                f"the phase {named(phase)} cannot change a conference recording",
                head(phase),
                notes=(Note(program.decisions.all[number].keyword, "the conference recording"),),
                why="recording instructions act on call recordings only; what stops a conference recording is not "
                "documented (Recording page)",
                help="record this participant with `record call`, or hold that part outside the conference",
            )


@rule("error", binding=True, targets=lambda target: target.one_change)
def phase_store_change(program: Program) -> Iterator[Finding]:
    """A phase that is recorded into another store than the conversation around it.

    A classic Manage Call request starts or stops the recording, not both (Calling API page): between the two requests
    that a change of store takes, the call would run unrecorded. The current API and Voice API v2 take both in one.

    Wrong:
    ```recpol
    policy desk
    store a { url "s3://acme-recordings/a/" credentials env S3_CREDENTIALS }
    store b { url "s3://acme-recordings/b/" credentials env S3_CREDENTIALS }
    on ice { answer hello: tones "1" agent: connect pstn +46850020000 { phase trade } }
    record hello, agent except trade to a
    record trade to b
    ```

    Right:
    ```recpol
    policy desk
    store a { url "s3://acme-recordings/a/" credentials env S3_CREDENTIALS }
    on ice { answer hello: tones "1" agent: connect pstn +46850020000 { phase trade } }
    record hello, agent to a
    ```
    """
    where = f" in {' and '.join(t.name for t in program.targets if t.one_change)}" if len(program.targets) > 1 else ""
    for phase, connect in _phases(program):
        within = program.decided(phase).call_stores
        for talk in program.graph.conversations.get(connect.index, ()) or (connect,):
            around = program.decided(talk).call_stores
            if ended(around, within) and begun(around, within):
                yield Finding(
                    f"the phase {named(phase)} changes the recording from {stores(around)} to {stores(within)}{where}",
                    head(phase),
                    notes=(Note(head(talk), f"recorded to {stores(around)}"),),
                    why="one Manage Call request starts or stops a recording, it cannot do both (Calling API page)",
                    help="record both into one store, or leave an unrecorded phase between them",
                    about=f"{stores(around)}, {stores(within)}",
                )
                break


@rule("error", binding=True)
def phase_uncertain(program: Program) -> Iterator[Finding]:
    """A phase that belongs to conversations of which some are recorded and some are not.

    The bodies that begin and end a phase are the same for every call, so they cannot suit both.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { agent: connect pstn +46850020000 { phase card } }
    on ace { menu { prompt "Press 1 to be recorded." key 1 -> taped } }
    on pie taped { yes: continue }
    on pie otherwise { no: continue }
    record yes
    record card
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { agent: connect pstn +46850020000 { phase card } }
    on ace { menu { prompt "Press 1 to go on." key 1 -> on } }
    on pie on { yes: continue }
    on pie otherwise { hangup }
    record yes
    record card
    ```
    """
    for phase, connect in _phases(program):
        talks = program.graph.talks(connect, program.steps)
        states: dict[RecordedStores, Step] = {}
        for talk in talks:
            states.setdefault(program.decided(talk).call_stores, talk)
        if len(states) > 1:
            yield Finding(
                f"the phase {named(phase)} belongs to conversations that are recorded differently",
                head(phase),
                notes=tuple(
                    Note(head(talk), f"recorded to {stores(state)}" if state else "not recorded")
                    for state, talk in states.items()
                ),
                why="a phase has one body to begin it and one to end it, whichever call it is sent to",
                help="record the conversations alike, or "
                + (
                    "let the request `park`, and connect again in an `on manage` without `in`"
                    if any(program.handler_of(talk).in_talk for talk in states.values())
                    else "give each its own connect with its own phase"
                ),
            )


@rule("warning", covers=("F21",))
def phase_unreachable(program: Program) -> Iterator[Finding]:
    """A phase of a connect that no conversation follows.

    With an `on ace` handler the connect itself is only the dialling; its phases belong to the `continue` that follows.
    Where none follows, they never begin.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { connect pstn +46850020000 { phase card } }
    on ace { say "Goodbye." hangup }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 { phase card } }
    on ace { continue }
    ```
    """
    for phase, connect in _phases(program):
        if connect.connects == "app" or program.partial:
            continue
        if program.graph.conversations.get(connect.index) == ():
            ace = answer_key(program.graph.first, "ace", connect)
            first = None if ace is None else program.handlers[program.graph.first[ace]]
            notes = () if first is None else (Note(first.node.event.span, "goes on after the dialling"),)
            yield Finding(
                f"the phase {named(phase)} begins in no ordinary call",
                head(phase),
                notes=notes,
                why="Manage Call starts and stops recordings only while two parties talk (Callback API page)",
                help="let a reply after `on ace` end with `continue`",
            )
