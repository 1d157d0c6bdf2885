"""Rules about what the current API cannot say, or documents only in part: the target `svaml1`.

Invariant: a message names the target, and says which of its sources knows the thing and which does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from recpol.analysis.languages import worded
from recpol.analysis.program import Program
from recpol.analysis.recorder import ended, wanted
from recpol.analysis.steps import Handler, Step
from recpol.base.finding import Finding, Note
from recpol.base.pattern import pattern
from recpol.platform import locales
from recpol.platform.locales import FORMATS, READ_FORMATS, TRANSCRIPTION_LOCALES
from recpol.platform.sources import NODE_SDK, RECORDING_PAGE, RECORDING_PAGE_2020, SVAML_PAGE, VOICE_V2
from recpol.platform.v1.places import allowed_now
from recpol.rules.edits import guess
from recpol.rules.policy.destination import all_stores, destinations
from recpol.rules.policy.places import head
from recpol.rules.rule import documented, rule
from recpol.syntax import tree

_SVAML1 = documented("v1")
_TRY = "try it with your account, then allow this finding with the result as the reason"


@rule("error", binding=True, covers=("R07", "F23"), targets=_SVAML1)
def not_in_svaml1(program: Program) -> Iterator[Finding]:
    """Something that the current API cannot say.

    Sinch Drive has been "Coming Soon" in the documentation since 2019-11-19, and no current source knows it. Which side
    of a call is recorded can be chosen in Voice API v2 alone.

    Wrong:
    ```recpol
    policy desk
    store calls { url "sdrive://" }
    on ice { record { connect pstn +46850020000 } }
    ```

    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS direction inbound }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for _, at in destinations(program):
        if at.storage is not None and at.scheme is not None and "v1" not in at.storage.dialects:
            yield Finding(
                f"svaml1 has no `{at.scheme.text}` destinations",
                at.scheme.span,
                why=f"{at.storage.title} is {at.storage.note}",
                help="use `s3://`, `azure://` or `gs://`",
            )
    for store in all_stores(program):
        field = store.field("direction")
        if field is not None:
            yield Finding(
                "svaml1 has no `direction`",
                field.span,
                why=f"which side is recorded can be chosen in Voice API v2 alone (`recordingType`; {VOICE_V2})",
                help="delete it: both sides are recorded",
            )


@rule("warning", covers=("R18",), targets=_SVAML1)
def doubtful_in_svaml1(program: Program) -> Iterator[Finding]:
    """Something that the current API has, and documents only in part.

    The in-app recording page names Google Cloud Storage, and no page says what its credentials look like. The only
    format named is `mp3`; the SDKs take any text. `connectStream` is a closed beta, which Sinch opens for single
    accounts.

    Wrong:
    ```recpol
    policy desk
    store calls { url "gs://acme-recordings/desk/" credentials env GCS_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```

    ```recpol
    policy desk
    on ice { connect stream "wss://media.acme.example/calls" }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS format mp3 }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for _, at in destinations(program):
        if at.storage is not None and at.scheme is not None and at.storage.credentials == "undocumented":
            yield Finding(
                f"no page says which credentials svaml1 takes for `{at.scheme.text}` destinations",
                at.scheme.span,
                why=f"{at.storage.title} is {at.storage.note}",
                help=_TRY,
            )
    for store in all_stores(program):
        field = store.field("format")
        known = field.value.text if field is not None and isinstance(field.value, tree.Word) else FORMATS[0]
        if field is not None and known in READ_FORMATS and known not in FORMATS:
            yield Finding(
                f"no page of the current API names the format `{known}` (svaml1)",
                field.value.span,
                why=f"only {FORMATS[0]} is named ({RECORDING_PAGE}), and the SDKs take any text ({NODE_SDK}); {known} "
                f"is a value of {VOICE_V2}",
                help=_TRY,
            )
    for step in program.steps:
        if step.connects == "stream":
            yield Finding(
                "`connect stream` is a closed beta in svaml1",
                head(step),
                why=f"Sinch opens `connectStream` for single accounts ({SVAML_PAGE})",
                help="ask Sinch for it, then allow this finding with the answer as the reason",
            )


@rule("info", targets=lambda target: target.untyped_flag)
def flag_in_svaml1(program: Program) -> Iterator[Finding]:
    """A conference recording, which takes a flag that the SDKs of the current API do not have.

    Only the flag on `connectConf` starts the recording of a whole room, and the Recording page says so. But no
    type of the current SDKs has `record` or `recordingOptions` on an action: a backend that builds its replies with
    them cannot send what recpol writes; `recpol serve`, and whoever sends the documents as they are, can. It is said
    once for a policy. What is told and proven of the room rests on the assumption `flag-without-sdk`, which
    `recpol explain` names.

    Wrong:
    ```recpol
    policy board
    store rooms { url "s3://acme-recordings/board/" credentials env S3_CREDENTIALS }
    on ice { record conference { connect conference "board" } }
    ```

    Right:
    ```recpol
    policy board
    store calls { url "s3://acme-recordings/board/" credentials env S3_CREDENTIALS }
    on ice { record call { connect conference "board" } }
    ```
    """
    rooms = [s for s in program.steps if s.connects == "conference" and program.decided(s).conference_store is not None]
    for step in rooms[:1]:
        others = (Note(head(room), "here too") for room in rooms[1:4])
        yield Finding(
            "no type of the SDKs has the flag that records a conference in svaml1",
            head(step),
            notes=(Note(program.decided(step).conference[0].keyword, "the whole room is to be recorded"), *others),
            why=f"it takes the flag `record` on `connectConf` ({RECORDING_PAGE_2020}), and the current SDKs have no "
            f"flag on any action ({NODE_SDK})",
            help="send the reply as it is, without the types of an SDK; or record one participant with `record call`",
        )


@rule("warning", covers=("F16",), targets=lambda target: "ace" in target.disputed_stops)
def stop_in_ace(program: Program) -> Iterator[Finding]:
    """A recording that stops in the reply to ACE.

    The Node SDK does not let `stopRecording` stand there; the Recording page has it in callback replies without
    exception, and the Sinch voice skill in this one. Where it is not read, the recording would go on through the
    conversation.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    on ace { say "Hello." continue }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { answer record { say "Hello." } connect pstn +46850020000 }
    on ace { continue }
    ```
    """
    for handler in program.handlers:
        if handler.kind != "ace" or not handler.segments or not program.is_reachable(handler.segments[0]):
            continue
        state = program.entry(handler)
        for step in handler.segments:
            wish = wanted(program.decisions, step) if step.recordable else state
            if ended(state, wish):
                longer = "" if _holds(program, handler, step) else ", or record this reply to its end"
                yield Finding(
                    "whether svaml1 can stop a recording in a reply to ACE is in doubt",
                    head(step),
                    notes=(Note(handler.node.event.span, "the callee has answered"),),
                    why=allowed_now("StopRecording", "ace").why,
                    help=f"stop it before the connect{longer}; or try it with your account, then allow this finding",
                )
                break
            state = wish


def _holds(program: Program, handler: Handler, first: Step) -> bool:
    """Whether a reply from a step on, or the conversation that it begins, holds a step that must not be recorded."""
    secret = program.never_recorded
    talks = {
        connect.index: connect for step in handler.segments for connect in program.graph.before.get(step.index, ())
    }
    around = {talk.handler: program.handler_of(talk) for talk in talks.values()}
    inner = (step for handler in around.values() for step in handler.steps if step.parent in talks)
    later = (step for step in handler.steps if step.index >= first.index)
    return any(step.index in secret for step in chain(later, talks.values(), inner))


_LOCALE = pattern(rf"(?:{locales.LOCALE})\Z")


@rule("warning", covers=("R24",), targets=_SVAML1)
def transcript_locale(program: Program) -> Iterator[Finding]:
    """A language that the current API does not list for transcripts.

    The list is not that of `say`: the Node SDK has 41 locales for transcripts, some of them spelled oddly (`gd_GB`,
    `en-AB`, `en-WL`), and recpol writes what the policy says.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS transcribe pl-PL }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS transcribe sv-SE }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for store in all_stores(program):
        field = store.field("transcribe")
        if field is None or not isinstance(field.value, tree.Locale):
            continue
        locale, span = worded(program, field.value).text, field.value.span
        if not _LOCALE.match(locale):
            continue
        if locale not in TRANSCRIPTION_LOCALES:
            folded = locale.replace("_", "-").casefold()
            same = next((one for one in TRANSCRIPTION_LOCALES if one.replace("_", "-").casefold() == folded), None)
            language = folded.partition("-")[0]
            kin = [one for one in TRANSCRIPTION_LOCALES if one.casefold().startswith(f"{language}-")]
            otherwise = f"did you mean `{kin[0]}`?" if kin else "choose one that is listed, or do not transcribe"
            yield Finding(
                f"svaml1 lists no transcripts in `{locale}`",
                span,
                why=f"the locales of transcripts are those of {NODE_SDK}",
                help=f"did you mean `{same}`?" if same else otherwise,
                fixes=guess(span, locale, same) if same and span.text == locale else (),
            )
