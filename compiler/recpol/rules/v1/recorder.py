"""Rules about the recorder in documents: what is recorded by an instruction, and starts and stops that clash."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Finding, Note
from recpol.platform.sources import CALLING_PAGE, JAVA_SDK, NODE_SDK, RECORDING_PAGE, cite
from recpol.rules.rule import json_rule, meant
from recpol.rules.v1.parts import parts
from recpol.svaml.application import Application
from recpol.svaml.document import Document
from recpol.svaml.lifted import RepeatedStart
from recpol.svaml.v1.lift import flag_of


@json_rule("warning", covers=("F02",), settled=meant)
def conference_not_stopped(document: Document) -> Iterator[Finding]:
    """A `StopRecording` beside `ConnectConf`, as if it stopped the recording of the room.

    Recording instructions are about the call, even beside `ConnectConf`. The recording of a conference ends when
    everybody has left (Recording page); no source names a command that ends it sooner.

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


def _second_start(again: RepeatedStart) -> Finding:
    """What `started_twice` says of a start, in one reply or after an earlier one."""
    before = "" if again.earlier is not None else ": an earlier reply has started it"
    return Finding(
        f"a recording is started while one runs{before}",
        again.span,
        notes=() if again.earlier is None else (Note(again.earlier, "started here"),),
        why=f"what a second start does is not documented ({RECORDING_PAGE})",
        help=_one_of_two(again),
    )


def _one_of_two(again: RepeatedStart) -> str:
    if again.flag:
        other = ", or `StartRecording`" if again.earlier is not None else ""
        return f"keep one of the two: delete the flag and its options{other}"
    return "delete it" if again.same else "keep one of the two, or stop the first one before with `StopRecording`"


def _started_before(application: Application) -> Iterator[Finding]:
    """What `started_twice` finds whichever reply to ICE is sent: a start in a reply after one that started already."""
    again = [{start.span: start for start in one.again if start.earlier is None} for one in application.lifted]
    for span, start in again[0].items() if again else ():
        if all(span in other for other in again):
            yield _second_start(start)


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
        yield from (_second_start(again) for again in lifted.again if not (app and again.flag))


@json_rule("warning", covers=("F13",))
def stopped_twice(document: Document) -> Iterator[Finding]:
    """A recording that is stopped where none runs.

    What that does is not documented, and most often the start is missing. In replies to other callbacks than ICE the
    first stop may end a recording that an earlier reply began, so it is not found there.

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
        for span in lifted.idle:
            yield Finding(
                "nothing is being recorded here",
                span,
                why=f"what a stop without a recording does is not documented ({RECORDING_PAGE})",
                help="delete it, or start a recording before",
            )


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
