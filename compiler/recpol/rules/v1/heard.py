"""Rules about what is heard while a document records: announcements, codes, and calls that may not be recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.analysis.dialled import gets_ace
from recpol.analysis.steps import Step
from recpol.base.finding import Finding, Note
from recpol.base.source import Span
from recpol.platform.sources import CALLBACK_PAGE, RECORDING_PAGE
from recpol.rules.policy.places import head
from recpol.rules.policy.speech import tells_of_recording
from recpol.rules.rule import application_rule, json_rule, meant
from recpol.rules.v1.callouts import ace_not_asked
from recpol.svaml.application import Application
from recpol.svaml.document import Document
from recpol.svaml.lifted import Lifted
from recpol.svaml.v1.spelling import spelled
from recpol.syntax import tree


def _recorded(lifted: Lifted) -> Iterator[tuple[Step, Span]]:
    """The steps of a reply that are recorded, each with the place where the recording begins in this reply."""
    program = lifted.program
    for step in program.steps:
        decisions = program.decided(step).call
        if program.decided(step).call_stores:
            yield step, decisions[0].keyword


@application_rule("info", covers=("F08",), settled=meant)
def recorded_from_ace(application: Application) -> Iterator[Finding]:
    r"""A recording that begins in the reply to ACE alone, and so not at all where that reply is late or lost.

    Without a reply to ACE the platform connects the call (Callback API page), and nobody records it. The flag on the
    connect in the reply to ICE records the same conversation without that risk. It is reported as information: where
    the recording depends on what is known only when the call is answered, ACE is the right place. It takes the replies
    to both callbacks: those inside a callout, or those of one application in one run.

    Wrong:
    ```json
    {
      "method": "customCallout",
      "customCallout": {
        "ice": "{\"action\": {\"name\": \"connectPstn\", \"number\": \"+46850020000\"}}",
        "ace":
      "{\"action\":{\"name\":\"continue\",\"record\":true,\"recordingOptions\":{\"destinationUrl\":\"{{ env.TO }}\"}}}",
        "enableAce": true
      }
    }
    ```

    Right:
    ```json ice
    {
      "action": {
        "name": "ConnectPstn",
        "number": "+46850020000",
        "record": true,
        "recordingOptions": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
      }
    }
    ```
    """
    first = application.of("ice")
    if not first or not all(_leaves_it(lifted) for _, _, lifted in first):
        return
    for document, _, lifted in application.of("ace"):
        if ace_not_asked(document) is not None:
            continue  # callout-callbacks says that it may never come
        for _, span in list(_recorded(lifted))[:1]:
            yield Finding(
                "where the reply to ACE gets lost, this call is not recorded",
                span,
                why=f"without a reply to ACE the call is connected all the same ({CALLBACK_PAGE})",
                help="record by the flag on the connect in the reply to ICE, if every such call is to be recorded",
            )


def _leaves_it(lifted: Lifted) -> bool:
    """Whether a reply to ICE connects a call that ACE is sent for, and does not record it."""
    action = next((handler.action for handler in lifted.program.handlers), None)  # none where there are too many steps
    return action is not None and gets_ace(action) and not lifted.program.decided(action).call_stores


@json_rule("warning", covers=("F10",), settled=meant)
def announced_too_late(document: Document) -> Iterator[Finding]:
    """An announcement of a recording that is spoken when the recording runs already.

    Instructions are carried out in their order (Recording page), so the caller is recorded before being told. Where
    consent has to come first that is too late. Texts are known by words such as `recorded`. Where nothing is recorded
    before the announcement it may be meant to be recorded, as a proof; that is reported as information.

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
    for lifted in document.lifted if document.replies else ():
        before: set[Span] = set()
        for step, began in _recorded(lifted):
            for text in _spoken(step):
                if tells_of_recording(text.value):
                    yield Finding(
                        "the recording is announced when it runs already",
                        text.span,
                        notes=(Note(began, "it begins here"),),
                        why=f"instructions are carried out in their order ({RECORDING_PAGE})",
                        help="start the recording after the announcement",
                        severity=None if began in before else "info",
                    )
            before.add(began)


_SECRET = re.compile(
    r"\b(?:card|pin|cvv|cvc|security code|pass(?:word|code)|account number|kartennummer|kortnummer|kod)\b",
    re.IGNORECASE,
)
_DIGITS = 4
"""So many digits in one go are a code, and no choice."""


@json_rule("info", covers=("F11",), settled=meant)
def digits_on_tape(document: Document) -> Iterator[Finding]:
    """A menu that asks for a code or a card number while a recording runs.

    What the caller presses and says is recorded then. A menu asks for a code if it takes four digits or more, or if
    its prompt speaks of a card, a PIN or the like.

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
    stop = spelled("StopRecording", document.replies)
    for lifted in document.lifted if document.replies else ():
        for step, began in _recorded(lifted):
            body = step.body
            if not isinstance(body, tree.AnyMenu):
                continue
            digits = [item for item in body.items if isinstance(item, tree.DigitsItem)]
            many = any(item.count.text.isdigit() and int(item.count.text) >= _DIGITS for item in digits)
            if many or (digits and any(_SECRET.search(text.value) for text in _spoken(step))):
                yield Finding(
                    "what the caller enters here is recorded",
                    digits[0].span if digits else head(step),
                    notes=(Note(began, "the recording begins here"),),
                    why=f"a recording goes on through menus until it is stopped ({RECORDING_PAGE})",
                    help=f"put `{stop}` into `instructions`, and start again in the next reply",
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
