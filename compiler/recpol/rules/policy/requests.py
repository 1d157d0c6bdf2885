"""Rules about `on manage NAME in SELECTOR`: requests that the backend sends while people talk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recpol.analysis.builtins import built_in
from recpol.analysis.callouts import follows
from recpol.analysis.parties import hearer
from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.analysis.steps import Handler, Step
from recpol.base.finding import Finding, Note
from recpol.calls.party import Party
from recpol.platform.sources import CALLING_PAGE, JAVA_SDK, NODE_SDK, VOICE_V2, cite
from recpol.rules.policy.places import head, in_targets
from recpol.rules.rule import rule
from recpol.syntax import tree


def to_two_parties(handler: Handler, prompts: Sequence[Step], or_else: str = "") -> Iterator[Finding]:
    """The first of some prompts that the request which plays them all would play to another party than the others."""
    for step in prompts[1:]:
        one, other = hearer(handler, prompts[0]), hearer(handler, step)
        if one is not other:
            yield Finding(
                f"one request plays to {one.words}, and here to {other.words}",
                head(step),
                notes=(Note(head(prompts[0]), f"heard by {one.words}"),),
                why=f"a request goes to one leg: `caller`, `callee` or `both` ({CALLING_PAGE})",
                help=f"write `to {one.value}` at both{or_else}",
            )
            return


def requests_of(program: Program) -> Iterator[tuple[Handler, tree.Selection]]:
    """The requests within talks, each with what it is said to be sent in."""
    for handler in program.handlers:
        within = handler.node.event.within
        if handler.in_talk and within is not None:
            yield handler, within


@rule("error", binding=True)
def request_outside_manage(program: Program) -> Iterator[Finding]:
    """A reply to a callback that says in which talk it is sent.

    Callbacks come when the platform sends them. `in SELECTOR` belongs to `on manage NAME`, which is what the backend
    sends by its own decision.

    Wrong:
    ```recpol
    policy desk
    on ice { agent: connect pstn +46850020000 }
    on pie stop in agent { hangup }
    ```

    Right:
    ```recpol
    policy desk
    on ice { agent: connect pstn +46850020000 }
    on manage stop in agent { hangup }
    ```
    """
    for handler in program.handlers:
        within = handler.node.event.within
        if within is not None and handler.kind != "manage":
            yield Finding(
                f"`on {handler.kind}` answers a callback, so nobody chooses the talk in which it is sent",
                within.span,
                help="delete `in …`, or write `on manage NAME in …`",
            )


@rule("error", binding=True, covers=("F21",))
def no_request_reaches(program: Program) -> Iterator[Finding]:
    """A request for a call that Manage Call does not reach.

    Manage Call acts on calls that are connected, between ACE and DiCE, and that come from or go to PSTN or SIP (Calling
    API page). An app call is none of these, and a connect that an `on ace` answers is only the dialling: the talk is
    the `continue` after it.

    Wrong:
    ```recpol
    policy desk
    on ice { anna: connect app "anna" }
    on manage stop in anna { hangup }
    ```

    ```recpol
    policy desk
    on ice { agent: connect pstn +46850020000 }
    on ace { talk: continue }
    on manage stop in agent { hangup }
    ```

    Right:
    ```recpol
    policy desk
    on ice { agent: connect pstn +46850020000 }
    on ace { talk: continue }
    on manage stop in talk { hangup }
    ```
    """
    if program.partial:
        return
    reached = {index for found in program.graph.requests.values() for index in found}
    for handler, within in requests_of(program):
        chosen = program.selected.chosen(within)
        nothing = not chosen and not built_in(within)  # selects-nothing speaks
        if handler.index in reached or nothing or program.graph.first[handler.key] != handler.index:
            continue
        app = next((step for step in chosen.values() if step.connects == "app"), None)
        dialling = next((step for step in chosen.values() if step.connects), None)
        if program.is_rules and dialling is None:
            continue  # the talks are those of the policies that use it
        step = app or dialling or next(iter(chosen.values()), None)
        what = "an app call" if app else "a call that is still dialling" if dialling else "what is no conversation"
        help_ = "select a talk: a `connect` that no `on ace` answers, or the `continue` after it"
        yield Finding(
            f"no request reaches {what}",
            within.span,
            notes=() if step is None else (Note(head(step), "this is selected"),),
            why=f"Manage Call acts on connected calls from or to PSTN or SIP ({CALLING_PAGE})",
            help="connect by `pstn` or `sip` where requests are to be sent" if app else help_,
        )


@rule("error", binding=True)
def request_action(program: Program) -> Iterator[Finding]:
    """A request within a talk that connects somebody or asks something.

    The Node and Java SDKs let Manage Call hang up, continue or park. A call is connected through it only when it is
    parked (Calling API page), and whether a menu can run in a talk the sources leave open.

    Wrong:
    ```recpol
    policy desk
    on ice { agent: connect pstn +46850020000 }
    on manage on in agent { connect pstn +46850020001 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { agent: connect pstn +46850020000 }
    on manage end in agent { hangup }
    ```
    """
    for handler, _ in requests_of(program):
        action = handler.action
        if action is not None and isinstance(action.body, tree.Connect | tree.Menu):
            yield Finding(
                f"a request within a talk takes no `{' '.join(head(action).text.split())}`",
                head(action),
                why=f"Manage Call hangs up, continues or parks ({cite(NODE_SDK, JAVA_SDK)}); it connects a call only "
                f"when that is parked ({CALLING_PAGE})",
                help="end it with `continue` or `hangup`; or `park`, and connect in an `on manage` without `in`",
            )


@rule("error", binding=True)
def request_to_one_party(program: Program) -> Iterator[Finding]:
    """A request that plays one thing to one side and another thing to the other.

    A request goes to one leg: `callLeg` is `caller`, `callee` or `both` (Calling API page). A request of Voice API v2
    runs on one leg too, and there is none for both.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { agent: connect pstn +46850020000 }
    on manage told in agent { say "You are being transferred." to caller say "Thank you." to callee }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { agent: connect pstn +46850020000 }
    on manage told in agent { say "You are being transferred." to caller }
    on manage thanked in agent { say "Thank you." to callee }
    ```
    """
    alone = [target for target in program.targets if not target.plays_to_both]
    for handler, _ in requests_of(program):
        prompts = [step for step in handler.segments if isinstance(step.body, tree.Addressed)]
        yield from to_two_parties(handler, prompts, ", or a second `on manage NAME in …` for the other")
        for step in prompts[:1] if alone else ():
            if hearer(handler, step) is Party.EVERYONE:
                yield Finding(
                    f"no request plays to both sides{in_targets(program, alone)}",
                    head(step),
                    why=f"the commands of a request run on one leg ({VOICE_V2})",
                    help="write two requests, one `to caller` and one `to callee`",
                )


@rule("error", binding=True, targets=lambda target: target.plays_to_both)
def request_to_callee_in_room(program: Program) -> Iterator[Finding]:
    """A prompt to the callee in a room, where there is none.

    In a conference each participant is a caller of its own, and `callLeg` is ignored (Calling API page).

    Wrong:
    ```recpol
    policy board
    locale en-GB
    on ice { room: connect conference "board" }
    on manage told in room { say "Five minutes left." to everyone }
    ```

    Right:
    ```recpol
    policy board
    locale en-GB
    on ice { room: connect conference "board" }
    on manage told in room { say "Five minutes left." to caller }
    ```
    """
    for handler, within in requests_of(program):
        rooms = [one for one in program.selected.chosen(within).values() if one.connects in ("conference", "stream")]
        for step in handler.segments if rooms else ():
            word = step.body.to if isinstance(step.body, tree.Addressed) else None
            if word is not None and hearer(handler, step) is not Party.CALLER:
                yield Finding(
                    f"nobody hears this as `{word.text}`: a request to somebody in a room is heard by that one alone",
                    word.span,
                    notes=(Note(head(rooms[0]), "the room"),),
                    why=f"`callLeg` is ignored for conference calls ({CALLING_PAGE})",
                    help="write `to caller`, and send the request to each participant's call",
                )


@rule("error", binding=True, targets=lambda target: target.plays_to_both)
def request_to_callee_of_callout(program: Program) -> Iterator[Finding]:
    """A prompt to the callee in a call that the backend has begun.

    `callLeg`, which says to which side a request plays, is ignored for calls that a callout has begun (Calling API
    page). So nobody can say that the callee hears it.

    Wrong:
    ```recpol
    policy survey
    locale en-GB
    on callout customer { call pstn "{{ start.number | e164 }}" cli +442079460100 }
    on ace customer { menu { prompt "To talk to us press 1." key 1 -> talk } }
    on pie talk { talk: connect pstn +442079460103 }
    on pie otherwise { hangup }
    on manage told in talk { say "Five minutes left." to everyone }
    ```

    Right:
    ```recpol
    policy survey
    locale en-GB
    on callout customer { call pstn "{{ start.number | e164 }}" cli +442079460100 }
    on ace customer { menu { prompt "To talk to us press 1." key 1 -> talk } }
    on pie talk { talk: connect pstn +442079460103 }
    on pie otherwise { hangup }
    on manage told in talk { say "Five minutes left." }
    ```
    """
    begun = {index: one for one in program.handlers if one.kind == "callout" for index in follows(program.graph, one)}
    for handler in program.handlers:
        callout = begun.get(handler.index)
        played = handler.segments if handler.in_talk else [step for step in handler.steps if step.phase is not None]
        for step in played if callout is not None else ():
            word = step.body.to if isinstance(step.body, tree.Addressed) else None
            if word is not None and callout is not None and hearer(handler, step) is not Party.CALLER:
                yield Finding(
                    f"nobody can say who hears this as `{word.text}`: the backend began the call",
                    word.span,
                    notes=(Note(callout.node.event.span, "such a call begins here"),),
                    why=f"`callLeg` is ignored for calls that a callout created ({CALLING_PAGE})",
                    help="leave `to` out; or call both into one room, where each is a caller",
                )


@rule("error", binding=True)
def empty_request(program: Program) -> Iterator[Finding]:
    """A request that does nothing.

    It plays nothing, and the talk after it is recorded as the talk before. A `continue` without a label has the labels
    of the talk that it goes on with; with a label of its own it can be recorded otherwise.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { agent: connect pstn +46850020000 }
    on manage stop in agent { continue }
    record agent
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { agent: connect pstn +46850020000 }
    on manage stop in agent { off: continue }
    record agent
    ```
    """
    for handler, _ in requests_of(program):
        states = program.track.entries.get(handler.index, {})
        alone = len(handler.segments) == 1 and isinstance(handler.segments[0].body, tree.Continue)
        if alone and len(states) == 1 and wanted(program.decisions, handler.segments[0]) in states:
            yield Finding(
                f"`on manage {handler.name}` does nothing",
                handler.node.event.span,
                help="give its `continue` a label of its own that is recorded otherwise, or let it say something",
            )
