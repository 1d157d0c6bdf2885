"""Rules about what a policy says that the classic documentation does not know, or knows only in part.

Invariant: a message says where the thing exists, and since when where that is known.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.platform.locales import FORMATS, READ_FORMATS
from recpol.platform.shape import Property
from recpol.platform.sources import NODE_SDK, RECORDING_PAGE, SVAML_PAGE, TRANSCRIPTION_PAGE, VOICE_V2, cite
from recpol.platform.v1.forms import find_form
from recpol.rules.policy.destination import all_stores, destinations
from recpol.rules.rule import documented, rule
from recpol.syntax import tree

_FORMS = {"pstn": "ConnectPstn", "app": "ConnectMxp", "sip": "ConnectSip", "conference": "ConnectConf"}
_PROPERTIES = {
    "header": "callHeaders",
    "dtmf-mode": "conferenceDtmfOptions",
    "dtmf-max-digits": "conferenceDtmfOptions",
    "dtmf-timeout": "conferenceDtmfOptions",
}
"""The options whose property is not their own name in camelCase."""

_FIELDS = {
    "transcribe": f"it was a closed beta in 2020 and belongs to the current API ({cite(TRANSCRIPTION_PAGE, NODE_SDK)})",
    "direction": f"which side is recorded can be chosen in Voice API v2 alone (`recordingType`; {VOICE_V2})",
}


@rule("error", binding=True, covers=("R23", "R25", "F23"), targets=documented("classic"))
def not_in_classic(program: Program) -> Iterator[Finding]:
    """Something that classic SVAML cannot say.

    Google Cloud Storage, transcription, the direction of a recording, streams, answering machine detection, a
    conference's keys, and headers and music of a SIP call came with later versions of the platform. They are part of
    the language for the targets that have them.

    Wrong:
    ```recpol
    policy desk
    store calls { url "sdrive://" transcribe en-US }
    on ice { record { connect pstn +46850020000 } }
    ```

    ```recpol
    policy desk
    store calls { url "gs://acme-recordings/desk/" }
    on ice { record { connect pstn +46850020000 } }
    ```

    ```recpol
    policy desk
    on ice { connect stream "wss://media.acme.example/calls" }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "sdrive://" }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for _, at in destinations(program):
        if at.storage is not None and at.scheme is not None and not at.storage.classic:
            yield Finding(
                f"classic SVAML has no `{at.scheme.text}` destinations",
                at.scheme.span,
                why=f"{at.storage.title} is {at.storage.note}",
                help="use `s3://`, `azure://` or `sdrive://`",
            )
    for store in all_stores(program):
        for field in store.fields:
            if isinstance(field, tree.StoreField) and field.key in _FIELDS:
                yield Finding(
                    f"classic SVAML has no `{field.key}`", field.span, why=_FIELDS[field.key], help="delete it"
                )
    for step in program.steps:
        if isinstance(step.body, tree.Connect):
            yield from _connect(step.body)


def _connect(connect: tree.Connect) -> Iterator[Finding]:
    if connect.kind.text == "stream":
        yield Finding(
            "classic SVAML has no `connect stream`",
            connect.kind.span,
            why=f"`connectStream` is a closed beta of the current API ({cite(SVAML_PAGE, NODE_SDK)})",
            help="connect to a number, an app, a SIP address or a conference",
        )
    for option in connect.options:
        found = _property(connect, option)
        if found is not None and found.dialects == ("v1",):
            yield Finding(
                f"classic SVAML has no `{option.name.text}` for `connect {connect.kind.text}`",
                option.span,
                why=f"`{found.name}` belongs to the current API ({found.source})",
                help="delete it",
            )


def _property(connect: tree.Connect, option: tree.Option) -> Property | None:
    """The property that an option of a connect becomes; None where this kind of connect has no such option at all."""
    form = find_form("action", _FORMS.get(connect.kind.text, ""))
    first, *rest = option.name.text.split("-")
    camel = first + "".join(part.capitalize() for part in rest)
    return None if form is None else form.find(_PROPERTIES.get(option.name.text, camel))


@rule("warning", covers=("R18",), targets=documented("classic"))
def doubtful_in_classic(program: Program) -> Iterator[Finding]:
    """Something that only a part of the classic documentation knows.

    `azure` destinations were added to the Recording page on 2021-03-01. The only format named there is `mp3`; `wav` is
    a value of Voice API v2. Both may well work: try them with your account. Only the legacy SDK names `dial-timeout`,
    which is reported as information.

    Wrong:
    ```recpol
    policy desk
    store calls { url "azure://acmerecordings/calls/" credentials env AZURE_KEY }
    on ice { record { connect pstn +46850020000 } }
    ```

    ```recpol
    policy desk
    store calls { url "sdrive://" format wav }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS format mp3 }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    tried = "try it with your account, then allow this finding with the result as the reason"
    for _, at in destinations(program):
        storage = at.storage
        if storage is not None and at.scheme is not None and storage.classic and RECORDING_PAGE not in storage.source:
            yield Finding(
                f"`{at.scheme.text}` destinations came late to classic SVAML",
                at.scheme.span,
                why=f"{storage.title} is {storage.note}",
                help=tried,
            )
    for store in all_stores(program):
        field = store.field("format")
        if field is not None and isinstance(field.value, tree.Word):
            format_ = field.value.text
            if format_ in READ_FORMATS and format_ not in FORMATS:
                yield Finding(
                    f"no classic page names the format `{format_}`",
                    field.value.span,
                    why=f"only {FORMATS[0]} is named ({RECORDING_PAGE}); {format_} is a value of {VOICE_V2}",
                    help=tried,
                )
    for step in program.steps:
        for option in step.body.options if isinstance(step.body, tree.Connect) else ():
            found = _property(step.body, option) if isinstance(step.body, tree.Connect) else None
            if found is not None and "legacy" in found.dialects and not found.classic and not found.legacy_only:
                yield Finding(
                    f"no classic page names `{option.name.text}`",
                    option.name.span,
                    why=f"`{found.name}` is known from {found.source.replace('; ', ' and ')}",
                    help=tried,
                    severity="info",
                )
