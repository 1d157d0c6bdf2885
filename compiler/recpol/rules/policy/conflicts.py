"""Conflicts: decisions about recording that cannot all be carried out."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.decisions import Decision
from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, matters
from recpol.analysis.steps import UNANSWERED, Handler, Step
from recpol.base.finding import Edit, Finding, Fix, Note
from recpol.rules.notation import Notation
from recpol.rules.policy.places import head, named, stores
from recpol.rules.rule import rule, shared_rule
from recpol.syntax import tree

MOST_NAMED = 20
"""Of more stores than this a message says the number, not the names."""


def _covered(program: Program) -> Iterator[tuple[Decision, tuple[Step, ...]]]:
    for number, decision in enumerate(program.decisions.all):
        yield decision, program.decisions.covers.get(number, ())


@rule("error", binding=True, covers=("F01", "F03"))
def conference_scope(program: Program) -> Iterator[Finding]:
    """A plain `record` around a conference.

    There are two recordings of a conference. Call recording (`StartRecording` beside `ConnectConf`) holds what one
    participant hears and ends when that participant leaves. Conference recording (the flag on `ConnectConf`) holds the
    room and ends when everybody has left (Recording page). The policy must say which one is meant.

    Wrong:
    ```recpol
    policy board
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { connect conference "board" } }
    ```

    Right:
    ```recpol
    policy board
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record call { connect conference "board" } }
    ```

    ```recpol
    policy board
    store rooms { url "s3://acme-recordings/rooms/" credentials env S3_CREDENTIALS }
    on ice { record conference { connect conference "board" } }  # allow flag-in-svaml1: our account takes the flag
    ```
    """
    for decision, steps in _covered(program):
        rooms = [step for step in steps if step.connects == "conference"]
        if decision.scope is None and rooms:
            where = "around" if isinstance(decision.node, tree.Block) else "of"
            yield Finding(
                f"a plain `record` {where} a conference records only this participant",
                decision.keyword,
                notes=tuple(Note(head(room), "the conference") for room in rooms[:3]),
                why="StartRecording beside ConnectConf records this one call and ends when its caller leaves "
                "(Recording page)",
                help="write `record conference` for the whole room, or `record call` for this participant",
                fixes=tuple(
                    Fix(f"write `record {scope}`", (Edit(decision.keyword, f"record {scope}"),))
                    for scope in ("conference", "call")
                ),
            )


@rule("error", binding=True)
def not_a_conference(program: Program) -> Iterator[Finding]:
    """`record conference` where there is no conference.

    Conference recording is started by `ConnectConf` and by nothing else (Recording page). A prompt or a call to a
    telephone in the same block would not be recorded.

    Wrong:
    ```recpol
    policy board
    store rooms { url "s3://acme-recordings/rooms/" credentials env S3_CREDENTIALS }
    on ice { record conference { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy board
    store rooms { url "s3://acme-recordings/rooms/" credentials env S3_CREDENTIALS }
    on ice { record call { connect pstn +46850020000 } }
    ```
    """
    for decision, steps in _covered(program):
        if decision.scope != "conference":
            continue
        general = isinstance(decision.node, tree.RecordRule) and decision.node.selection.include.everything
        inner = {step.index for step in steps if step.connects == "conference"}
        others = [s for s in steps if s.connects != "conference" and not general and s.parent not in inner]
        if general and not inner and not program.partial:
            yield Finding(
                "there is no conference to record",
                decision.keyword,
                why="only ConnectConf starts a conference recording (Recording page)",
                help="write `record call` for the calls, or delete this line",
            )
        if others:
            yield Finding(
                f"`record conference` does not record {named(others[0])}",
                head(others[0]),
                notes=(Note(decision.keyword, "conference recording is asked for here"),),
                why="only ConnectConf starts a conference recording (Recording page)",
                help="take it out of this decision, or record it with `record call`",
            )


@rule("error", binding=True, covers=("R03",))
def ambiguous_store(program: Program) -> Iterator[Finding]:
    """A decision that does not say where the recording goes, in a policy that has not exactly one store.

    Wrong:
    ```recpol
    policy desk
    store a { url "s3://acme-recordings/a/" credentials env S3_CREDENTIALS }
    store b { url "s3://acme-recordings/b/" credentials env S3_CREDENTIALS }
    locale en-GB
    on ice { answer record to a { say "Hello." } record { say "We are closed." } record to b { say "Bye." } hangup }
    ```

    Right:
    ```recpol
    policy desk
    store a { url "s3://acme-recordings/a/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    if program.is_rules or (program.partial and not program.names.stores):
        return
    bare = [decision for decision in program.decisions.all if decision.node.store is None and decision.store is None]
    if not bare:
        return
    known = list(program.names.stores)
    if len(known) > MOST_NAMED:
        message, help_ = f"which of the {len(known)} stores?", f"write `to {known[0]}`"
    elif known:
        message = f"which store: {stores(known)}?"
        help_ = f"write `to {known[0]}`" if len(known) > 4 else "write " + " or ".join(f"`to {s}`" for s in known)
    else:
        message, help_ = "there is no store to record to", 'declare one: `store calls { url "s3://…" … }`'
    notes = tuple(Note(program.names.stores[s].name.span, "a store") for s in known[:4])
    for decision in bare:
        yield Finding(message, decision.keyword, notes=notes, help=help_)


def _never_told(program: Program, handler: Handler) -> bool:
    """Whether a target tells nothing of what a handler answers: no-answer-not-reported speaks."""
    return handler.kind in UNANSWERED and not all(target.tells_of_no_answer for target in program.targets)


def _one_way(program: Program, handler: Handler) -> str:
    if handler.kind == "ace":
        return "record the calls that are connected here alike, or give each connect a label and its own `on ace LABEL`"
    action = handler.action
    if handler.in_talk and action is not None and action.label is not None:
        if handler.index not in program.graph.requests.get(action.index, ()):
            return "write a request for each of these talks"
        return (
            f"say by their labels in which talks it is sent, without `{action.label.text}`, or write a request for each"
        )
    if handler.in_talk:
        return (
            "a request can be sent again after itself: record the talk that it goes on with as the one before, in a "
            "`record` block or by a rule; or write `NAME: continue`, and the talk `NAME` is none in which it is sent"
        )
    return "send the two ways to two handlers, or record what leads here alike"


@rule("error", binding=True)
def menu_split(program: Program) -> Iterator[Finding]:
    """Menus of one `menu` block that would need different states of the recorder.

    One `menu` block is one `RunMenu`: the platform plays its menus without asking in between, so that the recorder
    cannot change inside it (Callback API page).

    Wrong:
    ```recpol
    policy pin
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice {
      answer
      choice: menu {
        prompt "Press 1 to enter your code."
        key 1 -> menu code
        menu code { prompt "Enter it now." digits 4 -> done }
      }
    }
    on pie otherwise { hangup }
    on pie done { hangup }
    record choice except code
    ```

    Right:
    ```recpol
    policy pin
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice {
      answer
      choice: menu { prompt "Press 1 to enter your code." key 1 -> code }
    }
    on pie code { menu { prompt "Enter it now." digits 4 -> done } }
    on pie done { hangup }
    on pie otherwise { hangup }
    record choice
    ```
    """
    for step in program.steps:
        if not isinstance(step.body, tree.Submenu) or step.parent is None:
            continue
        outer = program.steps[step.parent]
        around, within = program.decided(outer).call_stores, program.decided(step).call_stores
        if around != within:
            yield Finding(
                f"the menu {named(step)} is to be {_state(within)}, the menu around it {_state(around)}",
                head(step),
                notes=(Note(head(outer), "one RunMenu, played as one piece"),),
                why="the platform runs all menus of one RunMenu without a callback in between (Callback API page)",
                help=f"return to the backend between them: write `-> {step.body.name.text}`, and the menu in "
                f"`on pie {step.body.name.text}`",
                about=f"{_state(within)}, {_state(around)}",
            )


def _state(recorded: RecordedStores) -> str:
    return f"recorded to {stores(recorded)}" if recorded else "unrecorded"


@rule("error", binding=True, covers=("F12", "F13"))
def recorder_uncertain(program: Program) -> Iterator[Finding]:
    """A reply that some calls come to with the recorder on and others with the recorder off.

    A reply is one document: it cannot both stop a recording and not stop one. What a second `StartRecording` or a
    `StopRecording` without a recording do is not documented, so the policy has to decide before.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { answer menu { prompt "Press 1." key 1 -> more } }
    on pie more { record { menu { prompt "Press 2." key 2 -> done } } }
    on pie otherwise { say "Goodbye." hangup }
    on pie done { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { answer menu { prompt "Press 1." key 1 -> more } }
    on pie more { record { menu { prompt "Press 2." key 2 -> done } } }
    on pie otherwise { hangup }
    on pie done { hangup }
    ```
    """
    for handler in program.handlers:
        entries = program.track.entries.get(handler.index, {})
        if len(entries) < 2 or not matters(handler) or _never_told(program, handler):
            continue
        notes = []
        for state, edge in list(entries.items())[:4]:
            way = f"{'recording to ' + stores(state) if state else 'not recording'} when {edge.cause}"
            place = edge.outcome.span if edge.outcome else head(edge.step) if edge.step else handler.node.event.span
            notes.append(Note(place, way))
        yield Finding(
            f"some calls come to `on {handler.key}` with the recorder on, others with it off"
            if () in entries
            else f"calls come to `on {handler.key}` recording to different stores",
            handler.node.event.span,
            notes=tuple(notes),
            why="one reply cannot both change the recorder and not change it, and starting twice or stopping nothing "
            "is not documented",
            help=_one_way(program, handler),
        )


@shared_rule("error", covers=("F14", "F15"))
def empty_recording(program: Program, say: Notation) -> Iterator[Finding]:
    """A `record` block in which nothing can be heard.

    `answer`, `cookie` and `hangup` make no sound, so a recording around them alone is never made.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { answer say "We are closed." record { hangup } }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { answer record { say "We are closed." } hangup }
    ```
    """
    said = -1
    for decision, steps in _covered(program):
        node = decision.node
        inner = node.span.end <= said  # the block around it has been found empty already
        if isinstance(node, tree.Block) and not steps and not inner and not _holds_broken(node):
            said = node.span.end
            ends = any(isinstance(item, tree.Segment) and isinstance(item.body, tree.Hangup) for item in node.segments)
            yield Finding(
                "this recording ends before it begins" if ends else say.nothing_recorded,
                decision.keyword,
                why="a recording ends with the call (Recording page)" if ends else "",
                help=say.fill_recording,
            )


def _holds_broken(block: tree.Block) -> bool:
    return any(
        isinstance(item, tree.Broken) or (isinstance(item, tree.Block) and _holds_broken(item))
        for item in block.segments
    )
