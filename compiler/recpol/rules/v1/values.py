"""Rules about values in replies: formats of recordings, prompts, and the languages of transcripts."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Finding
from recpol.base.jsontree import JsonScalar, Member
from recpol.base.nearest import nearest
from recpol.platform.locales import FORMATS, TRANSCRIPTION_LOCALES
from recpol.platform.shape import Property
from recpol.platform.sources import CALLBACK_PAGE, NODE_SDK, RECORDING_PAGE, VOICE_V2
from recpol.rules.edits import write
from recpol.rules.rule import json_rule
from recpol.rules.tables import prompts_in, tables_of_replies
from recpol.svaml.document import Document
from recpol.svaml.v1.prompts import parts_of
from recpol.svaml.values import known_now


def _values(document: Document) -> Iterator[tuple[Property, Member]]:
    for table in tables_of_replies(document):
        yield from table.values


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
        if known.name == "format" and text is not None and text.lower() in known.words and text.lower() not in FORMATS:
            yield Finding(
                f"whether a recording can be {text} is not documented",
                member.value.span,
                why=f"only {FORMATS[0]} is named ({RECORDING_PAGE}); {text} is a value of {VOICE_V2}",
                help="try it with your account, or write `mp3`",
            )


@json_rule("error", covers=("C20",), hides=True)
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
        for value in prompts_in(known, member.value):
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
    for table in tables_of_replies(document):
        on = table.node.find("enabled")
        if (
            table.shape.place != "transcriptionOptions"
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
