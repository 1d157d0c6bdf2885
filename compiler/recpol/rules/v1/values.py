"""Rules about values in documents: words that must be listed, numbers that must fit, and texts left from a template."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.finding import Finding, Fix
from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member
from recpol.base.nearest import nearest
from recpol.platform.locales import FORMATS, TRANSCRIPTION_LOCALES
from recpol.platform.shape import Property
from recpol.platform.sources import CALLBACK_PAGE, JAVA_SDK, NODE_SDK, RECORDING_PAGE, VOICE_V2
from recpol.rules.edits import guess, write
from recpol.rules.policy.known import either
from recpol.rules.rule import json_rule
from recpol.rules.v1.tables import tables
from recpol.rules.v2 import properties as json2_properties
from recpol.svaml.document import Document
from recpol.svaml.v1.prompts import parts_of
from recpol.svaml.values import known_now


def _guess(member: Member, text: str, close: str | None) -> tuple[Fix, ...]:
    """The fix that writes a listed word for one that is close to it."""
    return guess(member.value.inside, text, close) if close and isinstance(member.value, JsonScalar) else ()


def _values(document: Document) -> Iterator[tuple[Property, Member]]:
    for table in tables(document):
        yield from table.values()


@json_rule("error", covers=("C19", "C28", "R31"))
def unlisted_value(document: Document) -> Iterator[Finding]:
    """A word that is none of those its property can hold.

    Music on hold, indications, the transport of SIP, the mode of a conference's keys and the status of
    `ReportCallStatus` are lists in the documentation. For the format of a recording and the type of a destination it is
    a warning: the documentation names some, and does not say that there are no others. The words of Voice API v2 are
    all listed by its SDK, and in capitals.

    Wrong:
    ```json
    {"action": {"name": "ConnectConf", "conferenceId": "board", "moh": "jazz"}}
    ```

    ```json
    {"command": "messages", "messages": [{"type": "say", "say": {"text": "Welcome.", "voiceName": "Amy"}}]}
    ```

    Right:
    ```json
    {"action": {"name": "ConnectConf", "conferenceId": "board", "moh": "music1"}}
    ```
    """
    for known, member in _values(document):
        text = known_now(member.value)
        if known.kind not in ("word", "any-case word") or text is None or not known.values:
            continue
        folded = [value.lower() for value in known.words]
        any_case = known.kind == "any-case word" or known.name == "format"
        if text in known.words or (any_case and text.lower() in folded):
            continue
        norway = known.name == "indications" and text in ("false", "False")
        close = "no" if norway else nearest(text, known.words)
        listed = either(known.words if len(known.words) <= 6 else (*known.words[:5], "…"))
        open_ = known.name in ("format", "type")
        yield Finding(
            f"`{known.name}` cannot be `{text}`" if not open_ else f"no source names the {known.name} `{text}`",
            member.value.span,
            why=f"Norway's `no` became `false` in YAML ({JAVA_SDK})" if norway else f"it is {listed} ({known.source})",
            help=f"did you mean `{close}`?" if close else f"write {listed}",
            severity="warning" if open_ else None,
            fixes=_guess(member, text, close),
        )
    yield from json2_properties.unlisted(document)


@json_rule("info", covers=("R18",))
def undocumented_format(document: Document) -> Iterator[Finding]:
    """A recording format other than mp3.

    The Recording page names mp3 alone, and takes it where none is given. `wav` is a value of Voice API v2, and appears
    as the extension of one example of the current API.

    Wrong:
    ```json manage
    {
      "instructions": [
        {
          "name": "StartRecording",
          "options": {
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}",
            "format": "wav"
          }
        }
      ],
      "action": {"name": "Continue"}
    }
    ```

    Right:
    ```json manage
    {
      "instructions": [
        {
          "name": "StartRecording",
          "options": {
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}",
            "format": "mp3"
          }
        }
      ],
      "action": {"name": "Continue"}
    }
    ```
    """
    for known, member in _values(document):
        text = known_now(member.value)
        if known.name == "format" and text is not None and text.lower() in known.values and text.lower() not in FORMATS:
            yield Finding(
                f"whether a recording can be {text} is not documented",
                member.value.span,
                why=f"only {FORMATS[0]} is named ({RECORDING_PAGE}); {text} is a value of {VOICE_V2}",
                help="try it with your account, or write `mp3`",
            )


@json_rule("error", covers=("C14", "C15"))
def number_out_of_range(document: Document) -> Iterator[Finding]:
    """A number that is too large, or not above nothing.

    A connect lasts at most 14400 seconds, parking at most 600 (Callback API page).

    Wrong:
    ```json ice
    {"action": {"name": "Park", "holdPrompt": "hold-music", "maxDuration": 3600}}
    ```

    Right:
    ```json ice
    {"action": {"name": "Park", "holdPrompt": "hold-music", "maxDuration": 600}}
    ```
    """
    for known, member in _values(document):
        value = member.value.integer if isinstance(member.value, JsonScalar) else None
        if known.kind not in ("integer", "seconds", "milliseconds") or value is None:
            continue
        if known.limit is not None and value > known.limit.value:
            yield Finding(
                f"`{known.name}` is {value}; {known.limit.value} are allowed",
                member.value.span,
                why=f"it is at most {known.limit.text} ({known.limit.source})",
                help=f"write `{known.limit.value}` or less",
                fixes=write(member.value.span, str(known.limit.value)),
            )
        elif value < known.least:
            least = f"at least {known.least}"
            yield Finding(f"`{known.name}` is {value}", member.value.span, help=f"write {least}, or leave it out")
    yield from json2_properties.out_of_range(document)


@json_rule("error", covers=("C20",))
def unclosed_prompt(document: Document) -> Iterator[Finding]:
    """A `#tts[`, `#ssml[` or `#href[` without its `]`.

    Prompts are written `#tts[…];#ssml[…];#href[…]`, with `;` between them (Callback API page).

    Wrong:
    ```json
    {"instructions": [{"name": "PlayFiles", "ids": ["#href[https://acme.example/a.mp3"]}], "action": {"name": "Hangup"}}
    ```

    Right:
    ```json
    {"instructions": [{"name": "PlayFiles", "ids": ["https://acme.example/a.mp3"]}], "action": {"name": "Hangup"}}
    ```
    """
    why = f"prompts are `#tts[…];#ssml[…];#href[…]` ({CALLBACK_PAGE})"
    for known, member in _values(document):
        for value in _prompts(known, member.value):
            for part in parts_of(value):
                if not part.closed:
                    opened = part.span.source.span(part.span.start, part.span.start + len(part.kind) + 2)
                    yield Finding(f"`{opened.text}` is not closed", opened, why=why, help="write `]` after it")
                elif part.kind == "file" and part.text.value.startswith(("#", "tts#", "tts[", "ssml[", "href[")):
                    yield Finding(
                        f"`{part.text.value.partition('[')[0]}` begins no prompt",
                        part.span,
                        why=why,
                        help="write `#tts[…]`, `#ssml[…]` or `#href[…]`",
                    )


def _prompts(known: Property, value: JsonNode) -> list[JsonScalar]:
    if known.kind == "prompts" and isinstance(value, Array):
        return [item for item in value.items if isinstance(item, JsonScalar) and item.kind == "string"]
    return [value] if known.kind == "prompt" and isinstance(value, JsonScalar) and value.kind == "string" else []


_TEMPLATE = re.compile(
    r"<[A-Za-z_ -]+>|\bYOUR[_ -]|\byour[_-](?:s3|bucket|access|secret|key|storage)|CHANGE[_ -]?ME|\bx{4,100}\b|"
    r"^\(?Aws ?AccessKey\)?:|^ACCESS_KEY:SECRET_KEY|^(?:bucket_name|my-bucket-name)$",
)


_FILLED_IN = ("url", "storage", "secret", "text", "number", "sip", "sip uri", "socket", "cli")


@json_rule("warning", covers=("R22",), hides=True)
def left_from_a_template(document: Document) -> Iterator[Finding]:
    """A destination, number or credential that was never filled in.

    Examples have `<bucket>`, `YOUR_KEY` or `(AwsAccessKey):(AwsSecretKey):(AwsRegion)` where a value belongs. A value
    that the backend fills in is best written `{{ env.NAME }}` or `{{ call.FIELD }}`, which `recpol render` knows.

    Wrong:
    ```json
    {"action": {"name": "ConnectConf", "conferenceId": "<conference-name>"}}
    ```

    Right:
    ```json
    {"action": {"name": "ConnectConf", "conferenceId": "board"}}
    ```
    """
    found: list[tuple[str, str, Member]] = [(known.kind, known.name, member) for known, member in _values(document)]
    found += [(part.kind, part.name, member) for part, member in json2_properties.texts(document)]
    for kind, name, member in found:
        text = known_now(member.value)
        if kind in _FILLED_IN and text and _TEMPLATE.search(text):
            if name in ("text", "name"):
                continue
            shown = f"`{text}`" if kind != "secret" else f"the value of `{name}`"
            yield Finding(
                f"{shown} looks like a placeholder",
                member.value.span,
                help="fill it in" if kind != "secret" else "write `{{ env.NAME }}`, and let the backend fill it in",
                secret=kind == "secret",
            )


@json_rule("warning", covers=("R23", "R24"))
def transcription_language(document: Document) -> Iterator[Finding]:
    """Transcription without a locale, or with one that is not listed.

    Without a locale the language of the transcript is not documented for this interface. The list has odd members, and
    is spelled as published: `gd_GB` with an underscore.

    Wrong:
    ```json manage
    {
      "instructions": [
        {
          "name": "StartRecording",
          "options": {
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}",
            "transcriptionOptions": {"enabled": true}
          }
        }
      ],
      "action": {"name": "Continue"}
    }
    ```

    Right:
    ```json manage
    {
      "instructions": [
        {
          "name": "StartRecording",
          "options": {
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}",
            "transcriptionOptions": {"enabled": true, "locale": "sv-SE"}
          }
        }
      ],
      "action": {"name": "Continue"}
    }
    ```
    """
    for table in tables(document):
        on = table.node.find("enabled")
        if (
            table.owner != "transcriptionOptions"
            or on is None
            or not isinstance(on.value, JsonScalar)
            or not on.value.true
        ):
            continue
        locale = table.node.find("locale")
        if locale is None:
            yield Finding(
                "no locale says which language is transcribed",
                on.key.inside,
                why=f"which one is taken then is not documented ({NODE_SDK})",
                help='add for example `"locale": "en-GB"`',
            )
        else:
            text = known_now(locale.value)
            if text is not None and text not in TRANSCRIPTION_LOCALES:
                close = nearest(text, TRANSCRIPTION_LOCALES)
                yield Finding(
                    f"`{text}` is not listed for transcripts",
                    locale.value.span,
                    why=f"the list is that of {NODE_SDK}",
                    help=f"did you mean `{close}`?" if close else "write a language and a country, such as `en-GB`",
                    # Even another spelling alone: a transcript comes of what made none.
                    fixes=write(locale.value.inside, close) if close and isinstance(locale.value, JsonScalar) else (),
                )
