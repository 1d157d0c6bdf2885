"""Rules about the recorder in documents: what is recorded by an instruction, and starts and stops that clash."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Finding, Note
from recpol.base.source import Span
from recpol.platform.sources import CALLING_PAGE, JAVA_SDK, NODE_SDK, RECORDING_PAGE, cite
from recpol.platform.targets import Target
from recpol.rules.rule import json_rule, meant
from recpol.rules.v1.parts import parts
from recpol.svaml.application import Application
from recpol.svaml.document import Document, ReplyPart
from recpol.svaml.lifted import RepeatedStart
from recpol.svaml.v1.lift import flag_of, is_on
from recpol.svaml.v1.spelling import spelled_for


def _stops_of_nothing(application: Application) -> Iterator[tuple[Span, bool]]:
    """The stops of an application that find no call recording, whichever reply to ICE is sent; and whether none of the
    replies starts one. Those that a reply by itself shows to be so are left out."""
    parts_ = [part for _, reply, _ in application.replies for part in reply.parts]
    known = {span for _, _, alone in application.replies for span in alone.idle}
    if not application.lifted:
        return
    never = not any(map(_starts, parts_))
    if never:
        stops = [part.name.inside for part in parts_ if part.is_a == "StopRecording" and part.name is not None]
    else:
        first, *others = application.lifted
        stops = [span for span in first.idle if all(span in other.idle for other in others)]
        # A request may be sent to a call in any state: it need not come where a call is parked.
        known |= {part.name.inside for _, reply, _ in application.of("manage") for part in reply.parts if part.name}
    yield from ((span, never) for span in dict.fromkeys(stops) if span not in known)


def _starts(part: ReplyPart) -> bool:
    """Whether a part starts a call recording, with options or without."""
    if part.is_a == "StartRecording":
        return True
    flag = flag_of(part) if part.role == "action" and part.is_a != "ConnectConf" else None
    return flag is not None and is_on(flag)


def _flagged_room(application: Application) -> Span | None:
    """The action by which one of the replies records a conference."""
    for _, reply, _ in application.replies:
        action = reply.action
        if action is not None and action.is_a == "ConnectConf" and action.name is not None:
            flag = flag_of(action)
            if flag is not None and is_on(flag):
                return action.name.inside
    return None


def _rooms_not_stopped(application: Application) -> Iterator[Finding]:
    """What `conference_not_stopped` finds in several replies: a stop where a room is all that is recorded."""
    room = _flagged_room(application)
    for span, never in _stops_of_nothing(application) if room is not None else ():
        if never and room is not None and not _beside_a_room(application, span):
            yield Finding(
                "this does not stop the recording of a conference",
                span,
                notes=(Note(room, "the conference"),),
                why=f"the instruction stops the call recording alone ({RECORDING_PAGE}), and none of these replies "
                "starts one",
                help="delete it: the recording of a room ends when everybody has left",
            )


def _beside_a_room(application: Application, span: Span) -> bool:
    """Whether a stop stands beside ConnectConf, so that `conference_not_stopped` speaks of that reply by itself."""
    return any(
        reply.action is not None
        and reply.action.is_a == "ConnectConf"
        and any(part.name is not None and part.name.inside == span for part in reply.instructions)
        for _, reply, _ in application.replies
    )


@json_rule("warning", covers=("F02",), application=_rooms_not_stopped, settled=meant)
def conference_not_stopped(document: Document) -> Iterator[Finding]:
    """A `StopRecording` beside `ConnectConf`, as if it stopped the recording of the room.

    Recording instructions are about the call, even beside `ConnectConf`. The recording of a conference ends when
    everybody has left (Recording page); no source names a command that ends it sooner. Where the replies of an
    application are linted in one run, a stop is found elsewhere too if a room is all that they record.

    Wrong:
    ```json pie
    {"instructions": [{"name": "StopRecording"}], "action": {"name": "ConnectConf", "conferenceId": "board"}}
    ```

    Right:
    ```json pie
    {"action": {"name": "ConnectConf", "conferenceId": "board"}}
    ```
    """
    for reply in document.replies:
        action = reply.action
        names = [part.is_a for part in reply.instructions]
        if action is None or action.is_a != "ConnectConf" or action.name is None or "StartRecording" in names:
            continue
        for part in reply.instructions:
            if part.is_a == "StopRecording" and part.name is not None:
                yield Finding(
                    "this does not stop the recording of a conference",
                    part.name.inside,
                    notes=(Note(action.name.inside, "the conference"),),
                    why=f"the instruction stops the call recording alone ({RECORDING_PAGE})",
                    help="delete it, unless an earlier reply started a call recording",
                )


@json_rule("warning", covers=("F01",), settled=meant)
def one_participant(document: Document) -> Iterator[Finding]:
    """`StartRecording` beside `ConnectConf`: it records one participant, not the conference.

    The instruction always means call recording: what this participant hears, until this participant leaves. The whole
    room is recorded by the flag on `ConnectConf` (Recording page). The Sinch voice skill calls the first "conference
    with recording", so this is easily mistaken. Set the rule to `off` in `recpol.yaml` where one participant is meant.

    Wrong:
    ```json ice
    {
      "instructions": [
        {
          "name": "StartRecording",
          "options": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
        }
      ],
      "action": {"name": "ConnectConf", "conferenceId": "board"}
    }
    ```

    Right:
    ```json ice
    {
      "action": {
        "name": "ConnectConf",
        "conferenceId": "board",
        "record": true,
        "recordingOptions": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
      }
    }
    ```
    """
    for reply in document.replies:
        action = reply.action
        starts = [part for part in reply.instructions if part.is_a in ("StartRecording", "StopRecording")]
        last = starts[-1] if starts else None
        if action is None or action.is_a != "ConnectConf" or action.name is None or last is None or last.name is None:
            continue
        if last.is_a == "StartRecording" and flag_of(action) is None:
            yield Finding(
                "this records one participant of the conference, not the room",
                last.name.inside,
                notes=(Note(action.name.inside, "the conference"),),
                why="StartRecording beside ConnectConf records this call and ends when its caller leaves "
                f"({RECORDING_PAGE})",
                help='write `"record": true` and `recordingOptions` in the action for the whole room',
            )


def _second_start(again: RepeatedStart, target: Target) -> Finding:
    """What `started_twice` says of a start, in one reply or after an earlier one."""
    before = "" if again.earlier is not None else ": an earlier reply has started it"
    return Finding(
        f"a recording is started while one runs{before}",
        again.span,
        notes=() if again.earlier is None else (Note(again.earlier, "started here"),),
        why=f"what a second start does is not documented ({RECORDING_PAGE})",
        help=_one_of_two(again, target),
    )


def _one_of_two(again: RepeatedStart, target: Target) -> str:
    start, stop = [spelled_for(name, target) for name in ("StartRecording", "StopRecording")]
    if again.flag:
        other = f", or `{start}`" if again.earlier is not None else ""
        return f"keep one of the two: delete the flag and its options{other}"
    return "delete it" if again.same else f"keep one of the two, or stop the first one before with `{stop}`"


def _started_before(application: Application) -> Iterator[Finding]:
    """What `started_twice` finds whichever reply to ICE is sent: a start in a reply after one that started already."""
    again = [{start.span: start for start in one.again if start.earlier is None} for one in application.lifted]
    for span, start in again[0].items() if again else ():
        if all(span in other for other in again):
            yield _second_start(start, application.lifted[0].target)


@json_rule("warning", covers=("F12",), application=_started_before)
def started_twice(document: Document) -> Iterator[Finding]:
    """A recording that is started while one runs.

    What a second start does is not documented: a second file, the same file, or nothing.

    Wrong:
    ```json pie
    {
      "instructions": [
        {
          "name": "StartRecording",
          "options": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
        },
        {"name": "PlayFiles", "ids": ["welcome"]},
        {
          "name": "StartRecording",
          "options": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
        }
      ],
      "action": {"name": "Continue"}
    }
    ```

    Right:
    ```json
    {
      "instructions": [
        {
          "name": "StartRecording",
          "options": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
        },
        {"name": "PlayFiles", "ids": ["welcome"]}
      ],
      "action": {"name": "Continue"}
    }
    ```
    """
    for reply, lifted in zip(document.replies, document.lifted, strict=bool(document.replies)):
        app = reply.action is not None and reply.action.is_a == "ConnectMxp"
        # Beside an app call the instruction is ignored, which is another rule's.
        yield from (_second_start(again, lifted.target) for again in lifted.again if not (app and again.flag))


def _stopped_idle(application: Application) -> Iterator[Finding]:
    """What `stopped_twice` finds in several replies: a stop of what none of them starts, or no longer runs."""
    room = _flagged_room(application)
    for span, never in _stops_of_nothing(application):
        if not _beside_a_room(application, span) and not (never and room is not None):
            yield _idle_stop(span, ": none of these replies starts a recording" if never else " when a call comes here")


def _idle_stop(span: Span, more: str = "") -> Finding:
    return Finding(
        f"nothing is being recorded{more or ' here'}",
        span,
        why=f"what a stop without a recording does is not documented ({RECORDING_PAGE})",
        help="delete it, or start a recording before",
    )


@json_rule("warning", covers=("F13",), application=_stopped_idle)
def stopped_twice(document: Document) -> Iterator[Finding]:
    """A recording that is stopped where none runs.

    What that does is not documented, and most often the start is missing. In a single reply to another callback than
    ICE the first stop may end a recording that an earlier reply began. Where the replies of an application are linted
    in one run, it is found there too.

    Wrong:
    ```json ice
    {"instructions": [{"name": "StopRecording"}], "action": {"name": "Park"}}
    ```

    Right:
    ```json pie
    {"instructions": [{"name": "StopRecording"}], "action": {"name": "Continue"}}
    ```
    """
    for lifted in document.lifted:
        yield from map(_idle_stop, lifted.idle)


@json_rule("info", covers=("F18",), settled=lambda target: target.one_change)
def recording_as_action(document: Document) -> Iterator[Finding]:
    """`StartRecording` or `StopRecording` as the action of a Manage Call body.

    The Calling API page of 2020 and 2021 writes them so. The current SDKs know `hangup`, `continue` and `park` as
    actions of Manage Call, and send the instruction beside one of them. With the options under the key that they have
    in the instruction it is an error: no interface knows it so.

    Wrong:
    ```json manage
    {"action": {"name": "StopRecording"}}
    ```

    Right:
    ```json manage
    {"instructions": [{"name": "StopRecording"}], "action": {"name": "Continue"}}
    ```
    """
    for _, part in parts(document):
        if part.role == "action" and part.is_a in ("StartRecording", "StopRecording") and part.name is not None:
            options = part.object.find("options") if part.object is not None else None
            yield Finding(
                f"`{part.name.text}` as an action is known to the older documentation alone",
                part.name.inside,
                notes=()
                if options is None
                else (Note(options.key.inside, "there they are called `recordingOptions`"),),
                why=f"{CALLING_PAGE} shows it; today's SDKs send an instruction ({cite(NODE_SDK, JAVA_SDK)})",
                help="move it to `instructions`, and write `continue` as the action",
                severity=None if options is None else "error",
            )
