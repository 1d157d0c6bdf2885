"""Rules about `key KEY -> NAME` of a connect: keys that are pressed in a room, and the requests that they stand for."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.roomkeys import MODE, keys_in_talks
from recpol.analysis.steps import Step
from recpol.base.finding import Finding, Note
from recpol.base.nearest import nearest
from recpol.platform import limits
from recpol.platform.sources import CALLBACK_PAGE, CONFERENCE_DTMF_PAGE, NODE_SDK, cite
from recpol.rules.policy.places import head, named
from recpol.rules.rule import rule
from recpol.syntax import tree


def _rooms(program: Program) -> Iterator[tuple[Step, tree.Connect]]:
    """The connects with keys."""
    for step in program.steps:
        if isinstance(step.body, tree.Connect) and step.body.keys:
            yield step, step.body


@rule("error", binding=True)
def untold_key(program: Program) -> Iterator[Finding]:
    """A key of which the platform does not tell, or not by itself.

    Keys that are pressed while people talk are told in conferences alone, and there only of participants whose DTMF
    mode is `detect`, which keys of a room turn on (conference DTMF page). With more than one digit at a time the
    platform waits for further keys before it tells.

    Wrong:
    ```recpol
    policy desk
    on ice { agent: connect pstn +46850020000 { key 9 -> stop } }
    on manage stop in agent { hangup }
    ```

    ```recpol
    policy advice
    on ice { room: connect conference "advice" dtmf-mode forward { key 9 -> stop } }
    on manage stop in room { hangup }
    ```

    ```recpol
    policy advice
    on ice { room: connect conference "advice" dtmf-max-digits 4 { key 9 -> stop } }
    on manage stop in room { hangup }
    ```

    ```recpol
    policy advice
    on ice { room: connect conference "advice" { key 99 -> stop } }
    on manage stop in room { hangup }
    ```

    Right:
    ```recpol
    policy advice
    on ice { room: connect conference "advice" { key 9 -> stop } }
    on manage stop in room { hangup }
    ```
    """
    for step, connect in _rooms(program):
        if connect.kind.text != "conference":
            yield Finding(
                f"no key is told of in a talk by `connect {connect.kind.text}`",
                connect.keys[0].span,
                why=f"keys that are pressed while people talk are told of in conferences ({CONFERENCE_DTMF_PAGE})",
                help="connect both to a conference; or leave the key out, and let the agent send the request",
            )
            continue
        call = program.handler_of(step).opening
        if call is not None and isinstance(call.body, tree.Call) and call.body.kind.text == "app":
            yield Finding(
                "no key is told of that is pressed in an app",
                connect.keys[0].span,
                notes=(Note(head(call), "an app is called"),),
                why=f"PIE is sent of PSTN and SIP calls only ({CALLBACK_PAGE})",
                help="call a number, or let the app ask the backend to send the request",
            )
            continue
        for option in connect.options:
            yield from _unfit(option)
        seen: dict[str, tree.RoomKey] = {}
        for line in connect.keys:
            key = line.key.text
            if len(key) != 1 or key not in limits.MENU_KEYS:
                yield Finding(
                    f"`{key}` is not one key" if key else "no key is named here",
                    line.key.span,
                    why=f"keys in a room are told one by one ({CONFERENCE_DTMF_PAGE})",
                    help="write one of `0` to `9`",
                )
            elif seen.setdefault(key, line) is not line:
                yield Finding(
                    f"the key {key} stands for two requests",
                    line.key.span,
                    notes=(Note(seen[key].span, "it has one here"),),
                    help="delete one of the two lines",
                )


def _unfit(option: tree.Option) -> Iterator[Finding]:
    """An option with which keys are not told one by one."""
    value = option.value
    if option.name.text == MODE and isinstance(value, tree.Word) and value.text in ("ignore", "forward"):
        yield Finding(
            f"with `{MODE} {value.text}` no key is told of",
            option.span,
            why=f"keys are told of in the mode `detect` ({CONFERENCE_DTMF_PAGE})",
            help=f"delete `{MODE}`: the keys of the room turn `detect` on",
        )
    if option.name.text == "dtmf-max-digits" and isinstance(value, tree.Number) and value.value != 1:
        yield Finding(
            "keys of a room are told one by one, and here several at once",
            option.span,
            why=f"with more digits than one the platform waits for further keys ({NODE_SDK})",
            help="delete `dtmf-max-digits`",
        )


@rule("error", binding=True)
def key_without_request(program: Program) -> Iterator[Finding]:
    """A key of a room for which nothing can be sent.

    A key changes nothing by itself: the platform tells the backend of it, and takes no document for an answer
    (conference DTMF page). So a key names a request, `on manage NAME in …`, that can be sent in this room. During a
    phase no request is sent: what a key asks for then is sent when the phase has ended. That is too late for `opt-out`,
    which holds from the key on. In a talk that can be in several rooms a key has to mean the same in all of them.

    Wrong:
    ```recpol
    policy advice
    on ice { room: connect conference "advice" { key 9 -> stop } }
    ```

    ```recpol
    policy advice
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { room: connect conference "advice-{{ call.callid }}" { key 9 -> stop phase card } }
    on manage stop in room { say "Goodbye." hangup }
    record call room except card
    opt-out stop
    ```

    Right:
    ```recpol
    policy advice
    on ice { room: connect conference "advice" { key 9 -> stop } }
    on manage stop in room { hangup }
    ```
    """
    if program.partial:
        return
    promised = {one.name.text: one for one in program.guarantees() if isinstance(one, tree.OptOut)}
    requests = {handler.name: handler for handler in program.handlers if handler.in_talk and handler.name}
    sendable = {(key.talk.index, key.key) for key in keys_in_talks(program.graph, program.handlers, program.steps)}
    for step, connect in _rooms(program):
        if connect.kind.text != "conference" or not program.is_reachable(step):
            continue  # untold-key and rules about ways speak
        for line in connect.keys:
            if (step.index, line.key.text) not in sendable:
                yield _unsent(program, step, line, [name for name in requests if name])
        phase = next((inner for inner in connect.phases if isinstance(inner, tree.Phase)), None)
        late = next((line for line in connect.keys if line.request.text in promised), None)
        if phase is not None and late is not None:
            yield Finding(
                f"what the key {late.key.text} asks for in the phase `{phase.name.text}` is sent when that has ended",
                late.span,
                notes=(
                    Note(phase.name.span, "during this phase no request is sent"),
                    Note(promised[late.request.text].span, "this holds from the key on"),
                ),
                why="when a phase ends, the recording of the talk around it goes on before the next request is sent",
                help="take the phase out of this room; or take the key out, so that whoever talks to the caller has "
                "the request sent",
            )
    for pressed in keys_in_talks(program.graph, program.handlers, program.steps):
        if not pressed.agreed:
            yield Finding(
                f"in this talk the key {pressed.key} means different things, by the room that it is in",
                head(pressed.talk) if pressed.talk.connects else pressed.talk.span,
                why=f"what is sent for a key depends on the request before, and `{pressed.request.name}` would be sent "
                "in each of the rooms",
                help="give the rooms the same keys, or each a request of its own before",
            )


def _unsent(program: Program, room: Step, line: tree.RoomKey, names: list[str]) -> Finding:
    name = line.request.text
    handler = next((one for one in program.handlers if one.kind == "manage" and one.name == name), None)
    if handler is None:
        near = nearest(name, names)
        listed = f"write `on manage {name} in {room.label.text if room.label else '@rooms'} {{ … }}`"
        return Finding(
            f"there is no request `{name}` for this key",
            line.request.span,
            why=f"the platform tells the backend of the key, and takes no document for an answer "
            f"({CONFERENCE_DTMF_PAGE})",
            help=f"did you mean `{near}`?" if near is not None else listed,
        )
    within = handler.node.event.within
    return Finding(
        f"`{name}` is not sent in {named(room)}",
        line.request.span,
        notes=(Note(handler.node.event.span if within is None else within.span, "it is sent here"),),
        help=f"write `on manage {name} in {room.label.text if room.label else '@rooms'}`",
    )


@rule("warning")
def doubtful_room_key(program: Program) -> Iterator[Finding]:
    """A key `*` or `#` in a room.

    The pages speak of digits. With several digits at a time `#` ends the input; whether `#` alone, or `*`, is told, no
    page says (conference DTMF page, Node SDK).

    Wrong:
    ```recpol
    policy advice
    on ice { room: connect conference "advice" { key * -> stop } }
    on manage stop in room { hangup }
    ```

    Right:
    ```recpol
    policy advice
    on ice { room: connect conference "advice" { key 9 -> stop } }
    on manage stop in room { hangup }
    ```
    """
    for _, connect in _rooms(program):
        for line in connect.keys:
            if line.key.text in ("*", "#"):
                yield Finding(
                    f"whether the key {line.key.text} is told of in a room is not documented",
                    line.key.span,
                    why=f"the pages speak of digits, and `#` ends an input ({cite(CONFERENCE_DTMF_PAGE, NODE_SDK)})",
                    help="take a digit",
                )
