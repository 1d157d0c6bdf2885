"""Rules about what a policy says that the classic documentation does not know, or knows only in part.

Invariant: a message says where the thing exists, and since when where that is known.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.recorder import RecordedStores, begun, wanted
from recpol.analysis.steps import Handler, Step
from recpol.base.finding import Finding, Note
from recpol.platform.locales import FORMATS, READ_FORMATS
from recpol.platform.shape import Property
from recpol.platform.sources import (
    LEGACY_SDK,
    NODE_SDK,
    RECORDING_PAGE,
    RECORDING_PAGE_2020,
    SVAML_PAGE,
    TRANSCRIPTION_PAGE,
    VOICE_V2,
    cite,
)
from recpol.platform.targets import OLD_FLAG
from recpol.platform.v1.forms import find_form
from recpol.rules.policy.destination import all_stores, destinations
from recpol.rules.policy.places import head
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
    on ice { answer record { tones "1" connect pstn +46850020000 } }
    ```

    ```recpol
    policy desk
    store calls { url "gs://acme-recordings/desk/" }
    on ice { answer record { tones "1" connect pstn +46850020000 } }
    ```

    ```recpol
    policy desk
    on ice { connect stream "wss://media.acme.example/calls" }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "sdrive://" }
    on ice { answer record { tones "1" connect pstn +46850020000 } }
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
    if connect.keys:
        yield Finding(
            "classic SVAML has no keys of rooms",
            connect.keys[0].span,
            why=f"`conferenceDtmfOptions` is a property of the current API ({NODE_SDK})",
            help="delete them, so that whoever talks to the caller has the request sent; or compile to svaml1",
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
    on ice { answer record { tones "1" connect pstn +46850020000 } }
    ```

    ```recpol
    policy desk
    store calls { url "sdrive://" format wav }
    on ice { answer record { tones "1" connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS format mp3 }
    on ice { answer record { tones "1" connect pstn +46850020000 } }
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


@rule("info", covers=("R15",), targets=lambda target: target.flag == OLD_FLAG)
def flag_of_2018(program: Program) -> Iterator[Finding]:
    """A recording that rests on the flag `recording` alone, as the Recording page of 2018 has it.

    Where a recording begins at an action, the target `classic` writes the flag of that page on the action. Since 2020
    every source calls the flag `record`, and whether the platform still takes the old name is not documented: a call
    whose flag is ignored is not recorded, and nobody is told. The target `svaml1` starts the recording of a call by an
    instruction. This is said once in a policy.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { answer record { say "You are welcome." connect pstn +46850020000 } }
    ```
    """
    flagged = [] if program.partial else list(_flagged(program))
    if flagged:
        names = " and ".join(target.name for target in program.targets if target.flag == OLD_FLAG)
        yield Finding(
            f"in {names} the flag `recording` alone starts this recording",
            head(flagged[0]),
            notes=tuple(Note(head(step), "and this one") for step in flagged[1:3]),
            why=f"the flag is called so in {RECORDING_PAGE} alone, and `record` since 2020 ({RECORDING_PAGE_2020}; "
            f"{LEGACY_SDK}): a call whose flag is ignored is not recorded",
            help="compile to `svaml1`; or try it with your account, and allow this finding with the result as reason",
        )


def _flagged(program: Program) -> Iterator[Step]:
    """The actions at which the flag starts a recording: of a room always, of a call where it begins there."""
    flags = frozenset[str]().union(*(target.flags for target in program.targets if target.flag == OLD_FLAG))
    for handler in program.handlers:
        action = handler.action
        if action is None or not action.recordable or not program.is_reachable(action):
            continue
        kind = "continue" if isinstance(action.body, tree.Continue) else action.connects
        wish = wanted(program.decisions, action)
        begins = begun(_before(program, handler), wish)
        if program.decided(action).conference_store is not None or (begins and kind in flags):
            yield action


def _before(program: Program, handler: Handler) -> RecordedStores:
    """The state of the recorder before the action of a handler."""
    state = program.entry(handler)
    for step in handler.segments[:-1]:
        if step.recordable:
            state = wanted(program.decisions, step)
    return state
