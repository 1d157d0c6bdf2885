"""Rules about recordings of Voice API v2: what they need so that they start, and what becomes of those that do not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.finding import Finding, Note
from recpol.base.jsontree import Object
from recpol.platform.sources import NODE_SDK, TRANSCRIPTION_PAGE, VOICE_V2, VOICE_V2_TUTORIALS, cite
from recpol.platform.v2.commands import AZURE_HTTPS, DESTINATIONS
from recpol.rules.jsonedits import rename
from recpol.rules.policy.known import either
from recpol.rules.rule import json_rule, meant
from recpol.rules.tables import tables_of_commands
from recpol.rules.v2.steps import starts, steps
from recpol.svaml.document import Document
from recpol.svaml.values import known_now

_REQUIRED = ("destination", "destinationUrl", "credentials")


@json_rule("error", covers=("R26",))
def recording_cannot_start(document: Document) -> Iterator[Finding]:
    """A recording of Voice API v2 without `destination`, `destinationUrl` or `credentials`.

    All three are required (SDK). Without them the recording does not start, and where there is no `onFailure` the call
    goes on unrecorded without a word. Whether a provider's `credentials` may be empty is not documented.

    Wrong:
    ```json
    {
      "command": "startRecording",
      "recordingName": "calls-1",
      "recordingOptions": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
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
        step, options = start.step, start.options
        member = step.command.object.find("recordingOptions") if step.command.object is not None else None
        at = step.at if member is None else member.key
        if at is None or (member is not None and options is None):
            continue  # a value of the wrong type is another rule's
        lacks = [name for name in _REQUIRED if options is None or _lacks(options, name)]
        if lacks:
            missing = "`recordingOptions`" if options is None else " and ".join(f"`{name}`" for name in lacks)
            yield Finding(
                f"this recording has no {missing.replace(' and ', ' and no ')}, and does not start",
                at.inside,
                why=f"{either(_REQUIRED).replace(' or ', ' and ')} are required, and a recording that does not start "
                f"is passed over in silence ({cite(VOICE_V2, VOICE_V2_TUTORIALS)})",
                help=f"add {missing}",
            )


def _lacks(options: Object, name: str) -> bool:
    """Whether an option is not there, nor under its name in the drafts, or is empty."""
    if options.find(name) is None:
        return not (name == "destinationUrl" and options.find("url") is not None)
    value = options.text(name)
    # An empty URL is a destination that no storage understands.
    return name != "destinationUrl" and value is not None and not value.text.strip()


@json_rule("error", covers=("R27",))
def destination_contradicts_url(document: Document) -> Iterator[Finding]:
    """A `destination` that is not the provider of the `destinationUrl`, or a URL of none.

    `AWS` belongs to `s3://`, `GCP` to `gs://`, `AZURE` to `azure://`. The tutorials write Azure's as
    `https://ACCOUNT.blob.core.windows.net/…`, the SDK says `azure://`: the former is a warning. Voice API v2 has no
    Sinch Drive.

    Wrong:
    ```json
    {
      "command": "startRecording",
      "recordingName": "calls-1",
      "recordingOptions": {
        "destination": "AWS",
        "destinationUrl": "gs://acme-calls/",
        "credentials": "{{ env.GCS_CREDENTIALS }}"
      }
    }
    ```

    Right:
    ```json
    {
      "command": "startRecording",
      "recordingName": "calls-1",
      "recordingOptions": {
        "destination": "GCP",
        "destinationUrl": "gs://acme-calls/",
        "credentials": "{{ env.GCS_CREDENTIALS }}"
      }
    }
    ```
    """
    why = "`AWS` goes with `s3://`, `GCP` with `gs://`, `AZURE` with `azure://`"
    for start in starts(document):
        url = start.option("destinationUrl") or start.option("url")
        word = start.option("destination")
        text = None if url is None else known_now(url) or url.text.partition("{{")[0].partition("${")[0]
        if url is None or text is None:
            continue
        scheme = text.partition("://")[0].lower() if "://" in text else ""
        azure = re.match(AZURE_HTTPS, text) is not None
        wanted = "AZURE" if azure else DESTINATIONS.get(scheme)
        if scheme == "sdrive":
            yield Finding(
                "Voice API v2 has no Sinch Drive",
                url.inside,
                why=f"recordings go to Amazon, Google or Azure ({VOICE_V2})",
                help="use `s3://`, `gs://` or `azure://`",
            )
        elif wanted is not None and word is not None and word.text.upper() in DESTINATIONS.values():
            if word.text.upper() != wanted:
                yield Finding(
                    f"`{word.text}` is not where `{scheme}://` leads",
                    word.inside,
                    notes=(Note(url.span.source.span(url.inside.start, url.inside.start + len(scheme)), "the URL"),),
                    why=f"{why} ({cite(VOICE_V2, VOICE_V2_TUTORIALS)})",
                    help=f"write `{wanted}`, or another URL",
                )
            elif azure:
                yield Finding(
                    "whether Azure is written `https://` or `azure://` is in doubt",
                    url.inside,
                    why=f"the tutorials have the former, the SDK the latter ({cite(VOICE_V2_TUTORIALS, VOICE_V2)})",
                    help="try it with your account, or write `azure://ACCOUNT/CONTAINER/`",
                    severity="warning",
                )


@json_rule("error", covers=("R28",))
def transcription_switch(document: Document) -> Iterator[Finding]:
    """`transcriptionOptions` of Voice API v2 without `isEnabled`.

    Where the options are there, `isEnabled` is required (SDK). In the older API the same switch is called `enabled`.

    Wrong:
    ```json
    {
      "command": "startRecording",
      "recordingName": "calls-1",
      "recordingOptions": {
        "destination": "AWS",
        "destinationUrl": "s3://acme-calls/",
        "credentials": "{{ env.S3_CREDENTIALS }}",
        "transcriptionOptions": {"enabled": true, "locale": "en-GB"}
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
        "credentials": "{{ env.S3_CREDENTIALS }}",
        "transcriptionOptions": {"isEnabled": true, "locale": "en-GB"}
      }
    }
    ```
    """
    for table in tables_of_commands(document):
        if table.shape.place != "transcriptionOptions" or table.node.find("isEnabled") is not None:
            continue
        older = table.node.find("enabled")
        begin = table.node.span
        yield Finding(
            "nothing says whether there is a transcript"
            if older is None
            else "`enabled` is the switch of the older API",
            begin.source.span(begin.start, begin.start + 1) if older is None else older.key.inside,
            why=f"`isEnabled` is required ({cite(VOICE_V2, VOICE_V2_TUTORIALS)})"
            + (f"; `enabled` is that of {cite(TRANSCRIPTION_PAGE, NODE_SDK)}" if older is not None else ""),
            help='add `"isEnabled": true`' if older is None else "write `isEnabled`",
            fixes=() if older is None else rename(older.key, "isEnabled", table.node),
        )


@json_rule("warning", covers=("R29",))
def unheard_failure(document: Document) -> Iterator[Finding]:
    """A recording whose failure is reported to nobody.

    A recording that cannot start fails in silence, and the call goes on (SDK, tutorials). With `events` and no
    `onFailure` among them neither the document nor the webhook does anything about it; in a `STATIC` service there is
    no webhook at all. Where the webhook may be told (`call.recording.failed`), nothing is said here.

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
          {"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Your PIN?", "voiceName": "Amy"}}]}
        ]
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
      },
      "events": {
        "onFinish": [
          {"command": "messages", "messages": [{"type": "SAY", "say": {"text": "Your PIN?", "voiceName": "Amy"}}]}
        ],
        "onFailure": [{"command": "hangup"}]
      }
    }
    ```
    """
    for start in starts(document):
        command = start.step.command
        node = command.object
        if node is None or start.step.at is None or command.list("onFailure") is not None:
            continue
        events = node.find("events")
        if events is not None or start.script.static:
            yield Finding(
                "if this recording does not start, the call goes on unrecorded and nobody is told",
                start.step.at.inside,
                notes=(Note(events.key.inside, "there is no `onFailure` here"),) if events is not None else (),
                why="a recording that cannot start is passed over in silence where there is no `onFailure` "
                f"({cite(VOICE_V2, VOICE_V2_TUTORIALS)})",
                help="add `onFailure` to its `events`, for example with a `hangup`",
            )


@json_rule("warning", covers=("F30",), settled=meant)
def one_side_recorded(document: Document) -> Iterator[Finding]:
    """A conversation of which one side alone is recorded.

    A recording belongs to one leg. `COMBINED`, the default, holds both directions of that leg, and so the whole
    conversation; `INBOUND` holds what its party says, `OUTBOUND` what its party hears. Set the rule to `off` in
    `recpol.yaml` where one side is meant.

    Wrong:
    ```json
    {
      "commands": [
        {"command": "bridgeCall", "bridgeName": "talk"},
        {
          "command": "startRecording",
          "recordingName": "calls-1",
          "recordingOptions": {
            "destination": "AWS",
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}",
            "recordingType": "INBOUND"
          }
        }
      ]
    }
    ```

    Right:
    ```json
    {
      "commands": [
        {"command": "bridgeCall", "bridgeName": "talk"},
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
    """
    found = [(start, start.option("recordingType")) for start in starts(document)]
    types = {word.text for _, word in found if word is not None} | {"COMBINED" for _, word in found if word is None}
    bridged = {id(step.handler.leg) for _, step in steps(document) if step.is_a == "bridgeCall"}
    if "COMBINED" in types or {"INBOUND", "OUTBOUND"} <= types:
        return
    for start, word in found:
        if word is None or word.text not in ("INBOUND", "OUTBOUND") or id(start.step.handler.leg) not in bridged:
            continue
        what = "says" if word.text == "INBOUND" else "hears"
        yield Finding(
            f"of the conversation this records only what the party of this leg {what}",
            word.inside,
            why=f"`INBOUND` and `OUTBOUND` are one direction of one leg ({VOICE_V2})",
            help="write `COMBINED`, or leave it out, where both are to be heard",
        )
