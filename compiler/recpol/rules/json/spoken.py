"""Rules about speech in documents that is not heard, or is read out in another way than it was meant.

Whether SSML says something is told by what proofs know of it (`recpol.prove.heard`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.finding import Finding, Severity
from recpol.base.pattern import pattern
from recpol.base.record import Record
from recpol.platform.sources import CALLBACK_PAGE, VOICE_V2
from recpol.rules.policy.speech import tells_of_recording
from recpol.rules.rule import json_rule, meant
from recpol.rules.tables import ShapedObject, prompts_in, tables
from recpol.svaml.document import Document
from recpol.svaml.v1.prompts import parts_of
from recpol.svaml.values import text_of
from recpol.syntax import tree


class WrittenSpeech(Record):
    """A text that a document has read out; `listed` is true where it stands in a list of prompts."""

    text: tree.Text
    ssml: bool
    listed: bool

    @property
    def is_known(self) -> bool:
        """Whether all of its words are written here, and there are any."""
        return "{{" not in self.text.value and "${" not in self.text.value and bool(self.text.value.strip())


_SPEAKING = ("Say", "ttsCallout", "say")
"""The objects whose `text` is read out."""


def _spoken(document: Document) -> Iterator[tuple[ShapedObject, WrittenSpeech]]:
    """Every text of a document that is read out, with the object that it belongs to."""
    for table in tables(document):
        for known, member in table.values:
            for value in prompts_in(known, member.value):
                for part in parts_of(value):
                    if part.closed and part.kind in ("tts", "ssml"):
                        yield table, WrittenSpeech(part.text, part.kind == "ssml", True)
            said = table.node.text("text") if known.name == "text" and table.shape.place in _SPEAKING else None
            if said is not None:
                yield table, WrittenSpeech(text_of(said), _is_ssml(table), False)


def _is_ssml(table: ShapedObject) -> bool:
    form = table.node.text("format") if table.shape.dialect == "v2" else None
    return form is not None and form.text.upper() == "SSML"


_MARKS = pattern("[<&]")
_PAUSE = pattern(r"<\s*break\b")


@json_rule("warning", covers=("C13",), settled=meant)
def silent_speech(document: Document) -> Iterator[Finding]:
    r"""A text to be spoken of which nothing can be heard.

    SSML can have tags and no words, or words that are not spoken: in a comment, or at the volume `silent`. Where such
    words tell of a recording it is an error, because the caller is not told. A text of nothing but a pause may be
    meant, and is information. So is SSML of which no page says whether all of it is heard: what is not well-formed, or
    of a volume in numbers; it is a warning where it tells of a recording.

    Wrong:
    ```json
    {
      "instructions": [
        {
          "name": "PlayFiles",
          "ids": ["#ssml[<speak><prosody volume=\"silent\">This call is recorded.</prosody></speak>]"],
          "locale": "en-GB"
        }
      ],
      "action": {"name": "Hangup"}
    }
    ```

    ```json
    {
      "command": "messages",
      "messages": [{"type": "SAY", "say": {"text": "<speak></speak>", "format": "SSML", "voiceName": "Amy"}}]
    }
    ```

    Right:
    ```json
    {
      "instructions": [
        {"name": "PlayFiles", "ids": ["#ssml[<speak>This call is recorded.</speak>]"], "locale": "en-GB"}
      ],
      "action": {"name": "Hangup"}
    }
    ```
    """
    for _, speech in _spoken(document):
        words = speech.text.value
        if not speech.is_known or (not _MARKS.search(words) and any(map(str.isalnum, words))):
            continue
        from recpol.prove.heard import SILENT, UNSURE, read_out

        found = read_out(words, ssml=speech.ssml)
        told = tells_of_recording(words)
        if found.level == SILENT:
            severity: Severity | None = "error" if told else None
            message, help_ = "nothing of this can be heard", "write words that are spoken, or delete it"
            if told:
                message = "nobody hears that the call is recorded: nothing of this is spoken"
            elif speech.ssml and _PAUSE.search(words):
                severity, message, help_ = "info", "this is a pause: nothing is said", "write words if some are missing"
            yield Finding(message, speech.text.span, help=help_, severity=severity)
        elif found.level == UNSURE:
            yield Finding(
                "whether this tells the caller of the recording is not known" if told else "this may not be heard",
                speech.text.span,
                why=found.why,
                help="close every tag, and let the voice be as loud as usual",
                severity="warning" if told else "info",
            )


_NAMES = (
    "speak|audio|break|emphasis|lang|mark|meta|metadata|p|par|phoneme|prosody|s|say-as|seq|sub|voice|w|amazon:[a-z-]+"
)
_TAG = pattern(rf"</?(?:{_NAMES})(?:\s[^<>]*|/)?>", re.IGNORECASE)
_LISTED = pattern(r"#(?:tts|ssml|href)\[", re.IGNORECASE)


@json_rule("warning", settled=meant)
def read_as_text(document: Document) -> Iterator[Finding]:
    """SSML, or `#tts[…]`, in a text that is read out as it stands.

    SSML is written `#ssml[…]` in lists of prompts (Callback API page). In Voice API v2 it has the format `SSML`; where
    none is given it is `TEXT` (SDK). Elsewhere no page says what becomes of tags: they may be read out, or the text may
    fail, and an announcement with it. The `text` of a `Say` is no list of prompts, and neither is one of Voice API
    v2: no page says that `#tts[…]` is understood there.

    Wrong:
    ```json
    {
      "instructions": [{"name": "Say", "text": "<speak>This call is recorded.</speak>", "locale": "en-GB"}],
      "action": {"name": "Hangup"}
    }
    ```

    ```json
    {
      "command": "messages",
      "messages": [{"type": "SAY", "say": {"text": "#tts[This call is recorded.]", "voiceName": "Amy"}}]
    }
    ```

    Right:
    ```json
    {
      "instructions": [{"name": "Say", "text": "This call is recorded.", "locale": "en-GB"}],
      "action": {"name": "Hangup"}
    }
    ```

    ```json
    {
      "command": "messages",
      "messages": [
        {
          "type": "SAY",
          "say": {"text": "<speak>This call is recorded.</speak>", "format": "SSML", "voiceName": "Amy"}
        }
      ]
    }
    ```
    """
    for table, speech in _spoken(document):
        words = speech.text.value
        listed = None if speech.listed else _LISTED.search(words)
        tag = None if speech.ssml else _TAG.search(words)
        found = listed or tag
        if found is None:
            continue
        span = speech.text.part(found.start(), found.end())
        if table.shape.dialect == "v2":
            form = table.node.text("format")
            why = f"the format is `TEXT`{'' if form is not None else ', as none is given'} ({VOICE_V2})"
            help_ = 'write `"format": "SSML"`, or the words alone'
        else:
            why = f"SSML is written `#ssml[…]` in a list of prompts ({CALLBACK_PAGE})"
            elsewhere = "`prompts`" if table.shape.place == "ttsCallout" else "`ids` of `PlayFiles`"
            help_ = "write `#ssml[…]` around it" if speech.listed else f"write it in {elsewhere}, or the words alone"
        if listed is not None:
            why = f"prompts are written so in lists of prompts alone ({CALLBACK_PAGE})"
            help_ = "write the words alone"
        yield Finding(
            f"no page says that `{found.group()}` is understood here: it may be read out",
            span,
            why=why,
            help=help_,
        )
