"""Rules about what is heard while a document records: announcements and codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from recpol.analysis.steps import Step
from recpol.base.finding import Finding, Note
from recpol.base.jsontree import JsonScalar
from recpol.base.record import replace
from recpol.base.source import Span
from recpol.platform.sources import RECORDING_PAGE, VOICE_V2
from recpol.rules.policy.places import head
from recpol.rules.policy.speech import tells_of_recording
from recpol.rules.rule import json_rule, meant
from recpol.svaml.application import Application
from recpol.svaml.document import Document
from recpol.svaml.lifted import Lifted
from recpol.svaml.v1.spelling import spelled_for
from recpol.svaml.v2.commands import menus_of
from recpol.syntax import tree

_LATE = "the recording is announced when it runs already"
_TAPED = "what the caller enters here is recorded"

_SECRET = re.compile(
    r"\b(?:card|pin|cvv|cvc|security code|pass(?:word|code)|account number|kartennummer|kortnummer|kod)\b",
    re.IGNORECASE,
)
_DIGITS = 4
"""So many digits in one go are a code, and no choice."""


def _announced_late(lifted: Lifted) -> Iterator[Finding]:
    """The announcements that are spoken while something records; in several replies, whichever of them began it."""
    before: set[Span] = set()
    taped = {step.index: began for step, began in lifted.recorded()}
    for step in lifted.program.steps:
        began = taped.get(step.index)
        for text in _spoken(step):
            if tells_of_recording(text.value):
                if began is None:
                    return  # whoever hears more of it has been told
                yield Finding(
                    _LATE,
                    text.span,
                    notes=(Note(began, "it begins here"),),
                    why=f"instructions are carried out in their order ({RECORDING_PAGE})",
                    help="start the recording after the announcement",
                    severity=None if began in before else "info",
                )
        before.update(() if began is None else (began,))


def _codes(lifted: Lifted) -> Iterator[Finding]:
    """The menus that ask for a code while something records."""
    stop = spelled_for("StopRecording", lifted.target)
    for step, began in lifted.recorded():
        body = step.body
        if not isinstance(body, tree.AnyMenu):
            continue
        digits = [item for item in body.items if isinstance(item, tree.DigitsItem)]
        many = any(item.count.text.isdigit() and int(item.count.text) >= _DIGITS for item in digits)
        if many or (digits and any(_SECRET.search(text.value) for text in _spoken(step))):
            yield Finding(
                _TAPED,
                digits[0].span if digits else head(step),
                notes=(Note(began, "the recording begins here"),),
                why=f"a recording goes on through menus until it is stopped ({RECORDING_PAGE})",
                help=f"put `{stop}` into `instructions`, and start again in the next reply",
            )


def _across(application: Application, find: Callable[[Lifted], Iterable[Finding]]) -> Iterator[Finding]:
    """What is found in the replies of an application together, whichever reply to ICE is sent, and in none alone: an
    earlier reply has started the recording then, and something of the call is recorded."""
    alone = {finding.span for _, _, lifted in application.replies for finding in find(lifted)}
    found = [{finding.span: finding for finding in find(lifted)} for lifted in application.lifted]
    for span, finding in found[0].items() if found else ():
        if span not in alone and all(span in other for other in found):
            message = f"{finding.message}: an earlier reply has started the recording"
            yield replace(finding, message=message, notes=(), severity=None)


def _announced_in_a_later_reply(application: Application) -> Iterator[Finding]:
    return _across(application, _announced_late)


def _asked_in_a_later_reply(application: Application) -> Iterator[Finding]:
    return _across(application, _codes)


@json_rule("warning", covers=("F10",), application=_announced_in_a_later_reply, settled=meant)
def announced_too_late(document: Document) -> Iterator[Finding]:
    """An announcement of a recording that is spoken when the recording runs already.

    Instructions are carried out in their order (Recording page), so the caller is recorded before being told. Where
    consent has to come first that is too late. Texts are known by words such as `recorded`. Where nothing is recorded
    before the announcement it may be meant to be recorded, as a proof; that is reported as information. In Voice API v2
    what counts is which recordings run on the leg that hears the text. A recording that an earlier reply began counts
    where the replies of an application are linted in one run.

    Wrong:
    ```json pie
    {
      "instructions": [
        {
          "name": "StartRecording",
          "options": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
        },
        {"name": "Say", "text": "Thank you for calling.", "locale": "en-GB"},
        {"name": "Say", "text": "This call is recorded.", "locale": "en-GB"}
      ],
      "action": {"name": "ConnectPstn", "number": "+46850020000"}
    }
    ```

    ```json
    {
      "commands": [
        {"command": "answer"},
        {
          "command": "startRecording",
          "recordingName": "calls-1",
          "recordingOptions": {
            "destination": "AWS",
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}"
          }
        },
        {
          "command": "messages",
          "messages": [
            {"type": "SAY", "say": {"text": "Thank you for calling.", "voiceName": "Amy"}},
            {"type": "SAY", "say": {"text": "This call is recorded.", "voiceName": "Amy"}}
          ]
        }
      ]
    }
    ```

    Right:
    ```json pie
    {
      "instructions": [
        {"name": "Say", "text": "This call is recorded.", "locale": "en-GB"},
        {
          "name": "StartRecording",
          "options": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
        }
      ],
      "action": {"name": "ConnectPstn", "number": "+46850020000"}
    }
    ```
    """
    if document.scripts:
        yield from _told_late(document)
    for lifted in document.lifted if document.replies else ():
        yield from _announced_late(lifted)


def _told_late(document: Document) -> Iterator[Finding]:
    """The announcements in a document of Voice API v2 that are spoken when their leg is recorded already."""
    from recpol.rules.json.running import heard_commands, spoken_parts

    for command, running in heard_commands(document):
        for number, text in spoken_parts(command):
            if tells_of_recording(text.text):
                if not running:
                    return
                first = next((one for one in running if one.holds), running[0])
                yield Finding(
                    _LATE,
                    text.inside,
                    notes=(Note(first.at.inside, "it begins here"),),
                    why=f"commands run in their order ({VOICE_V2})",
                    help="start the recording in `onFinish` of the announcement",
                    severity=None if first.holds or number > 0 else "info",
                )


@json_rule("info", covers=("F11",), application=_asked_in_a_later_reply, settled=meant)
def digits_on_tape(document: Document) -> Iterator[Finding]:
    """A menu that asks for a code or a card number while a recording runs.

    What the caller presses and says is recorded then. A menu asks for a code if it takes four digits or more, or if
    its prompt speaks of a card, a PIN or the like. What a recording of Voice API v2 with the type `OUTBOUND` holds is
    what its party hears, so that it is passed over. A recording that an earlier reply began counts where the replies of
    an application are linted in one run.

    Wrong:
    ```json pie
    {
      "instructions": [
        {
          "name": "StartRecording",
          "options": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
        }
      ],
      "action": {
        "name": "RunMenu",
        "locale": "en-GB",
        "menus": [{"id": "main", "mainPrompt": "#tts[Enter your card number.]", "maxDigits": 16}]
      }
    }
    ```

    ```json
    {
      "commands": [
        {"command": "answer"},
        {
          "command": "startRecording",
          "recordingName": "calls-1",
          "recordingOptions": {
            "destination": "AWS",
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}"
          }
        },
        {
          "command": "menu",
          "startMenu": "card",
          "menus": {
            "card": {
              "prompt": {"messages": [{"type": "SAY", "say": {"text": "Enter your card number.", "voiceName": "Amy"}}]},
              "minimumInputLength": 16,
              "maximumInputLength": 16,
              "matches": {"[0-9]{16}": [{"command": "hangup"}]},
              "onFailure": [{"command": "hangup"}]
            }
          }
        }
      ]
    }
    ```

    Right:
    ```json pie
    {
      "instructions": [{"name": "StopRecording"}],
      "action": {
        "name": "RunMenu",
        "locale": "en-GB",
        "menus": [{"id": "main", "mainPrompt": "#tts[Enter your card number.]", "maxDigits": 16}]
      }
    }
    ```
    """
    if document.scripts:
        yield from _entered_on_tape(document)
    for lifted in document.lifted if document.replies else ():
        yield from _codes(lifted)


def _entered_on_tape(document: Document) -> Iterator[Finding]:
    """The menus of a document of Voice API v2 that ask for a code while their leg is recorded."""
    from recpol.rules.json.running import heard_commands, spoken_parts

    for command, running in heard_commands(document):
        entered = [one for one in running if one.side != "OUTBOUND"]
        speaks = any(_SECRET.search(text.text) for _, text in spoken_parts(command))
        for _, menu in menus_of(command.node) if entered else ():
            most = menu.get("maximumInputLength")
            count = most.integer if isinstance(most, JsonScalar) else None
            if most is not None and count is not None and (count >= _DIGITS or (speaks and count > 1)):
                yield Finding(
                    _TAPED,
                    most.span,
                    notes=(Note(entered[0].at.inside, "the recording begins here"),),
                    why=f"a recording goes on through menus until it is stopped ({VOICE_V2})",
                    help="stop it before, and ask in `onFinish` of the `startRecording`",
                )


def _spoken(step: Step) -> Iterator[tree.Text]:
    """The texts that are spoken in a step."""
    body = step.body
    if isinstance(body, tree.Say):
        yield body.text
    if isinstance(body, tree.AnyMenu):
        for item in body.items:
            if isinstance(item, tree.PromptItem | tree.RepeatItem):
                yield from (part.text for part in item.prompt.parts if isinstance(part, tree.Spoken))
