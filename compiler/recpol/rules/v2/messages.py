"""Rules about order in Voice API v2: what does not wait, and so begins while something else is still under way."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Finding, Note, Severity
from recpol.base.jsontree import Array, JsonScalar
from recpol.platform.sources import VOICE_V2, VOICE_V2_TUTORIALS, cite
from recpol.rules.rule import json_rule, meant
from recpol.rules.v2.steps import name_of, same, starts, steps
from recpol.rules.v2.unanswered import unanswered
from recpol.svaml.document import Document
from recpol.svaml.v2.commands import CommandNode, CommandPlace
from recpol.svaml.values import known_now


@json_rule("error", covers=("F28", "C37"))
def messages_do_not_wait(document: Document) -> Iterator[Finding]:
    """Something that begins or ends while a message is still being played.

    In SVAML of the older callbacks the parts of a reply wait for each other: `StartRecording` after `Say` begins when
    the text has been said. In Voice API v2 `messages` does not wait (SDK). Translated line by line, a text that must
    not be recorded is recorded, a recording stops before the text that it was to hold, and a `hangup` is quicker than
    the farewell. What must come after a message belongs into `onFinish` of the message.

    Two messages, or a message and a menu, that overlap are a warning: which of them is heard is not documented. After a
    `pause` it is reported as information, because only you know which of the two is longer.

    Wrong:
    ```json
    {
      "commands": [
        {"command": "answer"},
        {
          "command": "messages",
          "messages": [{"type": "SAY", "say": {"text": "Your card number, please.", "voiceName": "Amy"}}]
        },
        {
          "command": "startRecording",
          "recordingName": "calls-1",
          "recordingOptions": {
            "destination": "AWS",
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}"
          }
        }
      ]
    }
    ```

    ```json
    {
      "commands": [
        {"command": "answer"},
        {"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Goodbye.", "voiceName": "Amy"}}]},
        {"command": "hangup"}
      ]
    }
    ```

    Right:
    ```json
    {
      "commands": [
        {"command": "answer"},
        {
          "command": "messages",
          "messages": [{"type": "SAY", "say": {"text": "Your card number, please.", "voiceName": "Amy"}}],
          "events": {
            "onFinish": [
              {
                "command": "startRecording",
                "recordingName": "calls-1",
                "recordingOptions": {
                  "destination": "AWS",
                  "destinationUrl": "s3://acme-calls/",
                  "credentials": "{{ env.S3_CREDENTIALS }}"
                }
              }
            ]
          }
        }
      ]
    }
    ```
    """
    for _, step in steps(document):
        if step.is_a == "messages" and step.at is not None and _plays(step.command) and not step.handler.over:
            yield from _while_playing(step, step.at)


def _plays(command: CommandNode) -> bool:
    listed = command.object.get("messages") if command.object is not None else None
    return isinstance(listed, Array) and bool(listed.items)


_BEGINS: dict[str, tuple[str, Severity]] = {
    "startRecording": ("the recording starts while the message plays", "error"),
    "stopRecording": ("the recording stops while the message plays", "error"),
    "hangup": ("this hangs up while the message plays", "error"),
    "messages": ("these messages start while the ones before them play", "warning"),
    "menu": ("the menu starts while the message plays", "warning"),
    "gotoMenu": ("the menu starts while the message plays", "warning"),
}
"""What should have waited for a message, and how bad it is that it does not."""


def _while_playing(step: CommandPlace, at: JsonScalar) -> Iterator[Finding]:
    """One finding for a message: at the first command that should have waited, with notes at the others."""
    name = step.command.text("messagesName")
    paused = False
    late: list[tuple[CommandNode, JsonScalar]] = []
    for command in step.rest:
        if command.is_a == "stopMessages" and same(command.text("messagesName"), name):
            break
        paused = paused or (command.is_a == "pause" and not late)
        if command.is_a in _BEGINS and command.name is not None and not _other_leg(command, step):
            late.append((command, command.name))
        if command.is_a in ("messages", "menu", "gotoMenu", "webhook") or (late and late[-1][0].is_a == "hangup"):
            break
    if not late:
        return
    (first, span), *more = late
    message, severity = _BEGINS[first.is_a]
    if any(_BEGINS[one.is_a][1] == "error" for one, _ in more):
        severity = "error"
    if paused:
        what = "hangs up" if first.is_a == "hangup" else "begins"
        message, severity = f"whether the message has ended when this {what} depends on the length of the pause", "info"
    yield Finding(
        message,
        span.inside,
        notes=(Note(at.inside, "the message"), *(Note(other.inside, _also(one)) for one, other in more)),
        why=f"`messages` does not wait until it has been played; the next command runs at once ({VOICE_V2})",
        help="put what comes after the message into its `events`: `onFinish`",
        severity=severity,
    )


def _also(command: CommandNode) -> str:
    match command.is_a:
        case "hangup":
            return "this hangs up meanwhile"
        case "stopRecording":
            return "this stops a recording meanwhile"
        case _:
            return "this begins meanwhile, too"


def _other_leg(command: CommandNode, step: CommandPlace) -> bool:
    """Whether a `hangup` is about another leg than that of its list."""
    name = command.text("callName") if command.is_a == "hangup" else None
    own = step.handler.leg.name if step.handler.leg is not None else None
    return name is not None and not same(name, own)


@json_rule("info")
def stop_does_not_wait(document: Document) -> Iterator[Finding]:
    """A message or a menu right after `stopRecording`: its first words may still be recorded.

    A stop asks for the end of a recording and does not wait for it. How long the recording goes on is not documented.
    Where nothing of what follows may be recorded, put it into `onFinish` of the `startRecording`, which runs when the
    recording has ended.

    Wrong:
    ```json
    {
      "commands": [
        {"command": "stopRecording", "recordingName": "calls-1"},
        {"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Your PIN, please.", "voiceName": "Amy"}}]}
      ]
    }
    ```

    Right:
    ```json
    {"commands": [{"command": "stopRecording", "recordingName": "calls-1"}]}
    ```
    """
    waiting = {start.name.text for start in starts(document) if start.name and start.step.command.list("onFinish")}
    for _, step in steps(document):
        name = name_of(step, "recordingName") if step.is_a == "stopRecording" else None
        if step.at is None or step.handler.over or (name is not None and name.text in waiting):
            continue
        follows = next(step.rest, None) if step.is_a == "stopRecording" else None
        if follows is not None and follows.is_a in ("messages", "menu") and follows.name is not None:
            yield Finding(
                "whether the beginning of this is still recorded is not documented",
                follows.name.inside,
                notes=(Note(step.at.inside, "the stop, which does not wait"),),
                why=f"`stopRecording` does not wait for the end of the recording ({VOICE_V2})",
                help="put it into `events` of the `startRecording`: `onFinish`",
            )


@json_rule("warning", covers=("F27",))
def before_answer(document: Document) -> Iterator[Finding]:
    """A recording, a message or a menu before the incoming call is answered, or where it never is.

    Before `answer` there is no sound to be recorded and nobody to hear anything. Every example of the tutorials answers
    first. What runs in `onFinish` of such a message comes after it. Where a document has no `answer`, it must be known
    that it is about an incoming call: from the name of its file (`incoming.json`), or because it is a `STATIC` service.

    Wrong:
    ```json
    {
      "commands": [
        {"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Welcome.", "voiceName": "Amy"}}]},
        {"command": "answer"}
      ]
    }
    ```

    Right:
    ```json
    {
      "commands": [
        {"command": "answer"},
        {"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Welcome.", "voiceName": "Amy"}}]}
      ]
    }
    ```
    """
    for script in document.scripts:
        for early in unanswered(script):
            what = "nothing can be recorded" if early.command.is_a == "startRecording" else "nobody can hear this"
            answer = early.answer
            yield Finding(
                f"{what} before the call is answered" if answer is not None else f"{what}: the call is not answered",
                early.name.inside,
                notes=() if answer is None else (Note(answer.inside, "answered here"),),
                why=f"`answer` opens the sound of an incoming call ({cite(VOICE_V2, VOICE_V2_TUTORIALS)})",
                help="put `answer` before it",
            )


@json_rule("info", covers=("R30",), settled=meant)
def finish_is_no_delivery(document: Document) -> Iterator[Finding]:
    """A webhook in `onFinish` of a recording, as if the file were there by then.

    `onFinish` says that the recording has stopped. The file may arrive in the bucket later (SDK), and no event of Voice
    API v2 tells when: look for the file until it is there, or let the bucket tell.

    Wrong:
    ```json
    {
      "command": "startRecording",
      "recordingName": "calls-1",
      "recordingOptions": {
        "destination": "AWS",
        "destinationUrl": "s3://acme-calls/",
        "credentials": "{{ env.S3_CREDENTIALS }}"
      },
      "events": {
        "onFinish": [
          {
            "command": "webhook",
            "webhookName": "fetch",
            "url": "https://acme.example/fetch",
            "fallbackUrl": "https://spare.acme.example/fetch"
          }
        ],
        "onFailure": [{"command": "hangup"}]
      }
    }
    ```

    Right:
    ```json
    {
      "command": "startRecording",
      "recordingName": "calls-1",
      "recordingOptions": {
        "destination": "AWS",
        "destinationUrl": "s3://acme-calls/",
        "credentials": "{{ env.S3_CREDENTIALS }}"
      }
    }
    ```
    """
    for start in starts(document):
        finish = start.step.command.list("onFinish")
        for command in finish.commands if finish is not None else ():
            if command.is_a == "webhook" and command.name is not None:
                url = command.text("url")
                yield Finding(
                    "when this is called, the file may not be there yet",
                    command.name.inside,
                    notes=(Note(url.inside, "who is told"),) if url is not None and known_now(url) else (),
                    why=f"`onFinish` says that the recording has stopped, not that it was delivered ({VOICE_V2})",
                    help="look for the file until it is there, or let the storage tell",
                )
