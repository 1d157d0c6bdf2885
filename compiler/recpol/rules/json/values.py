"""Rules about values: words that must be listed, numbers that must fit, and texts left from a template."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.base.finding import Finding
from recpol.base.jsontree import Array, JsonNode, JsonScalar
from recpol.base.nearest import nearest
from recpol.platform.shape import Property
from recpol.platform.sources import JAVA_SDK
from recpol.rules.edits import guess, write
from recpol.rules.policy.known import either
from recpol.rules.rule import json_rule
from recpol.rules.tables import values
from recpol.svaml.document import Document
from recpol.svaml.values import known_now


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
    for part, member in values(document):
        if part.kind in ("word", "any-case word"):
            yield from _unlisted(part, member.value)
        elif part.kind == "words" and isinstance(member.value, Array):
            for item in member.value.items:
                yield from _unlisted(part, item)


def _unlisted(part: Property, value: JsonNode) -> Iterator[Finding]:
    words, numbers = part.words, any(isinstance(word, int) for word in part.values)
    text = known_now(value)
    if numbers and isinstance(value, JsonScalar) and value.integer is not None:
        text = str(value.integer)
    if text is None or text in words or not words:
        return
    if (part.kind == "any-case word" or part.open) and text.lower() in [word.lower() for word in words]:
        return
    norway = part.name == "indications" and text in ("false", "False")
    close = "no" if norway else None if numbers else nearest(text, words)
    upper = "v2" in part.dialects and close is not None and close == text.upper()
    why = f"it is {listed(part)} ({part.source})"
    if norway:
        why = f"Norway's `no` became `false` in YAML ({JAVA_SDK})"
    elif upper:
        why = f"the words of Voice API v2 are in capitals ({part.source})"
    yield Finding(
        f"no source names the {part.name} `{text}`" if part.open else f"`{part.name}` cannot be `{text}`",
        value.span,
        why=why,
        help=f"write `{close}`" if upper else f"did you mean `{close}`?" if close else f"write {listed(part)}",
        severity="warning" if part.open else None,
        fixes=guess(value.inside, text, close) if close and isinstance(value, JsonScalar) else (),
    )


def listed(part: Property) -> str:
    """The words of a property, or the first of many, as a message names them."""
    return either(part.words if len(part.words) <= 6 else (*part.words[:5], "…"))


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
    for part, member in values(document):
        value = member.value.integer if isinstance(member.value, JsonScalar) else None
        if part.kind not in ("integer", "seconds", "milliseconds") or value is None:
            continue
        if part.limit is not None and value > part.limit.value:
            yield Finding(
                f"`{part.name}` is {value}; {part.limit.value} are allowed",
                member.value.span,
                why=f"it is at most {part.limit.text} ({part.limit.source})",
                help=f"write `{part.limit.value}` or less",
                fixes=write(member.value.span, str(part.limit.value)),
            )
        elif value < part.least:
            least = f"at least {part.least}"
            yield Finding(f"`{part.name}` is {value}", member.value.span, help=f"write {least}, or leave it out")


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
    for part, member in values(document):
        text = known_now(member.value)
        if part.kind in _FILLED_IN and part.name not in ("text", "name") and text and _TEMPLATE.search(text):
            secret = part.kind == "secret"
            yield Finding(
                f"the value of `{part.name}` looks like a placeholder"
                if secret
                else f"`{text}` looks like a placeholder",
                member.value.span,
                help="write `{{ env.NAME }}`, and let the backend fill it in" if secret else "fill it in",
                secret=secret,
            )
