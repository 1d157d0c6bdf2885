"""Rules about requests within a talk that a target takes only one thing at a time, or on one leg alone.

Invariant: they speak only of policies that are compiled to such a target, and where others are compiled to as well,
each message names it.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.parties import hearer
from recpol.analysis.program import Program
from recpol.analysis.recorder import begun, ended, wanted
from recpol.analysis.steps import Step
from recpol.base.finding import Finding, Note
from recpol.calls.party import Party
from recpol.platform.sources import CALLING_PAGE, JAVA_SDK, NODE_SDK, VOICE_V2, cite
from recpol.rules.policy.places import head, in_targets, named
from recpol.rules.policy.requests import requests_of
from recpol.rules.rule import rule
from recpol.syntax import tree


@rule("error", binding=True, targets=lambda target: not target.mixes_requests)
def request_does_two_things(program: Program) -> Iterator[Finding]:
    """A request that changes what is recorded and does something else, where a target takes one thing at a time.

    A classic Manage Call body has one action, and `StartRecording` and `StopRecording` are actions (Calling API page).
    In Voice API v2 a recording that is told to stop goes on until its end is reported, which no command of the same
    request can wait for. The current API takes instructions in order.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    voice Amy
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { agent: connect pstn +46850020000 }
    on manage stop in agent { say "Recording is off." off: continue }
    record agent
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    voice Amy
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { agent: connect pstn +46850020000 }
    on manage stop in agent { off: continue }
    on manage told in off { say "Recording is off." to caller off-still: continue }
    record agent
    ```
    """
    single = [target for target in program.targets if not target.mixes_requests]
    connects = [step.body for step in program.steps if isinstance(step.body, tree.Connect)]
    keyed = {line.request.text for connect in connects for line in connect.keys}
    for handler, _ in requests_of(program):
        if handler.name in keyed:
            continue  # what takes one thing at a time has no keys of rooms, which another rule says
        state = program.entry(handler)
        changed: list[Step] = []
        doing = [step for step in handler.segments if not isinstance(step.body, tree.Continue)]
        for step in handler.segments:
            wish = wanted(program.decisions, step) if step.recordable else state
            if wish != state:
                changed.append(step)
            twice = bool(ended(state, wish)) and bool(begun(state, wish))
            state = wish
            if twice and any(target.one_change for target in program.targets):
                changed.append(step)
        if changed and (doing or len(changed) > 1):
            other = doing[0] if doing else changed[0]
            yield Finding(
                f"this request changes the recording and does something else{in_targets(program, single)}",
                handler.node.event.span,
                notes=(
                    *((Note(head(other), f"{named(other)} is done besides"),) if doing else ()),
                    Note(head(changed[0]) if changed[0] in doing else handler.node.event.span, "the recording changes"),
                ),
                why="a request changes a recording or does something, not both "
                f"({cite(CALLING_PAGE, VOICE_V2)}); the current API takes both ({cite(NODE_SDK, JAVA_SDK)})",
                help="write two requests: one that only changes what is recorded, and one `in` the talk after it",
            )


@rule("error", binding=True, targets=lambda target: target.whole_call)
def request_recording_uncertain(program: Program) -> Iterator[Finding]:
    """A request that has to stop a recording which may bear one of several names in svaml2.

    A stop of v2 names the recording, and where a talk can be recorded by recordings that began at different places, one
    request cannot stop them all. What is played on the callee's leg while the caller's leg is recorded may be in that
    recording or not: no page says.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    voice Amy
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { desk: connect pstn +46850020000 }
    on manage told in desk { record { say "One moment." to callee } }
    record desk
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { desk: connect pstn +46850020000 }
    on manage stop in desk { off: continue }
    record desk
    ```
    """
    from recpol.targets.v2.plan import begins_on_callee, plan

    made = plan(program)
    # A recording that begins when the callee answers is on the callee's leg.
    answered = {site.name for site in made.starts if begins_on_callee(program, site.step)}
    for handler, _ in requests_of(program):
        names = made.entering.get(handler.index, frozenset())
        state = program.entry(handler)
        wishes = [wanted(program.decisions, step) for step in handler.segments if step.recordable]
        doubled = made.doubled(names, tuple({store: None for wish in wishes for store in ended(state, wish)}))
        if doubled:
            yield Finding(
                f"the recording that `on manage {handler.name}` stops can begin at {len(doubled)} places",
                handler.node.event.span,
                notes=tuple(Note(head(site.step), "one of them") for site in made.starts if site.name in doubled),
                why=f"a stop of svaml2 names one recording ({VOICE_V2}), and each of these has a name of its own",
                help="let the recording begin at one place, or write a request for each talk",
            )
        for step in handler.segments:
            if not isinstance(step.body, tree.Addressed) or not names:
                continue
            heard, recorded = hearer(handler, step), "callee" if names & answered else "caller"
            if heard is Party.CALLEE or names & answered:
                yield Finding(
                    "in svaml2 nobody knows whether this is recorded",
                    head(step),
                    why=f"it is played on the {heard.value}'s leg while the {recorded}'s leg is recorded ({VOICE_V2})",
                    help="send it in a talk that is not recorded, or write `to caller` and begin the recording before "
                    "the callee answers",
                )
