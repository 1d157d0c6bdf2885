"""Rules about how a document asks for a recording: the flag of an action, and the options that belong to it."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Finding, Fix, Note
from recpol.base.jsontree import JsonScalar, Member, Object
from recpol.base.nearest import nearest
from recpol.base.source import Span
from recpol.platform.sources import RECORDING_PAGE, RECORDING_PAGE_2020
from recpol.platform.targets import OLD_FLAG
from recpol.platform.v1.recording import READ_FLAGS
from recpol.rules.jsonedits import choices, quoted, renamed
from recpol.rules.rule import json_rule
from recpol.rules.tables import FLAG_WORDS
from recpol.rules.v1.parts import parts
from recpol.svaml.document import Document, ReplyPart
from recpol.svaml.stores import options_of
from recpol.svaml.v1.lift import flag_of
from recpol.svaml.v1.spelling import spelled


def _actions(document: Document) -> Iterator[ReplyPart]:
    for _, part in parts(document):
        if part.role == "action" and part.name is not None:
            yield part


@json_rule("warning", covers=("R15",), settled=lambda target: target.flag == OLD_FLAG)
def recording_flag_name(document: Document) -> Iterator[Finding]:
    """The recording flag under its old name, or under a name that it never had.

    The flag is `record`: the Recording page corrected `recording` on 2020-05-22, and the SDKs have always sent
    `record`. The page of 2018 shows `recording`, and whether the platform still takes that is not documented. So a call
    may go unrecorded although the reply looks right.

    Wrong:
    ```json ace
    {
      "action": {
        "name": "Continue",
        "recording": true,
        "recordingOptions": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
      }
    }
    ```

    Right:
    ```json ace
    {
      "action": {
        "name": "Continue",
        "record": true,
        "recordingOptions": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
      }
    }
    ```
    """
    why = f"the flag is `record` ({RECORDING_PAGE_2020}); only {RECORDING_PAGE} shows `recording`"
    for part in _actions(document):
        member = part.object.find("recording") if part.object is not None else None
        if member is not None and part.object is not None:
            what = "the flag `recording` has been `record` since 2020"
            help_, fixes = renamed(member, "record", part.object)
            yield Finding(what, member.key.inside, why=why, help=help_, fixes=fixes)


@json_rule("error", covers=("R03", "F19"))
def recording_without_options(document: Document) -> Iterator[Finding]:
    """A recording that is started without options.

    The options are needed in every case: without a destination the platform does not know where the recording goes
    (Recording page).

    Wrong:
    ```json ace
    {"action": {"name": "Continue", "record": true}}
    ```

    Right:
    ```json ace
    {
      "action": {
        "name": "Continue",
        "record": true,
        "recordingOptions": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
      }
    }
    ```
    """
    why = f"recording options are required in every case ({RECORDING_PAGE})"
    for _, part in parts(document):
        flag = flag_of(part) if part.role == "action" else None
        if part.is_a != "StartRecording" and (flag is None or not _true(flag)):
            continue
        key = "options" if part.role == "instruction" else "recordingOptions"
        if part.object is None or part.name is None or options_of(part) is not None or _misspelt(part.object, key):
            continue
        if part.is_a == "StartRecording":
            yield Finding(f"`{part.name.text}` has no `{key}`", part.name.inside, why=why, help=f"add `{key}`")
        elif flag is not None:
            help_ = "add `recordingOptions` with a `destinationUrl`"
            yield Finding("the flag has no `recordingOptions` beside it", flag.key.inside, why=why, help=help_)


def _misspelt(node: Object, key: str) -> bool:
    """Whether a property is there under a name that another finding corrects."""
    return any(member.name not in FLAG_WORDS and nearest(member.name, (key,)) for member in node.members)


def _true(flag: Member) -> bool:
    return isinstance(flag.value, JsonScalar) and flag.value.text.lower() == "true"


@json_rule("warning", covers=("R16",))
def options_without_flag(document: Document) -> Iterator[Finding]:
    """Recording options on an action without the flag.

    The flag is what starts a recording; the Recording page of 2021 has one example without it, and what the options do
    then is not documented.

    Wrong:
    ```json ice
    {
      "action": {
        "name": "ConnectPstn",
        "number": "+46850020000",
        "recordingOptions": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
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
    for part in _actions(document):
        options = options_of(part)
        if options is None or part.is_a in ("StartRecording", "StopRecording") or part.form is None:
            continue
        spelled = part.object is None or not any(_misspelt(part.object, flag) for flag in READ_FLAGS)
        if flag_of(part) is None and part.form.records and spelled:
            yield Finding(
                "recording options, but no flag that starts a recording",
                options[1],
                why=f"the flag must be true ({RECORDING_PAGE}); one example of {RECORDING_PAGE_2020} leaves it out",
                help='add `"record": true`, or delete the options',
                fixes=_choices(part, options[1]),
            )


def _choices(part: ReplyPart, key: Span) -> tuple[Fix, ...]:
    """The flag added, or the options deleted: only the author knows which."""
    node = part.object
    found = [member for member in node.members if member.key.inside == key] if node is not None else []
    return choices(node, found[0], f"{quoted('record', found[0].key)}: true") if node is not None and found else ()


@json_rule("warning", covers=("R17",))
def flag_without_recording(document: Document) -> Iterator[Finding]:
    """The recording flag on an action that has nothing to record, or for which no source shows it.

    Flags are documented for `Continue` and the connects (Recording page, legacy server SDK). On `Hangup`, `Park` and
    `RunMenu` it does nothing that anybody describes, and no more does it in the body of a callout.

    Wrong:
    ```json ice
    {
      "action": {
        "name": "Park",
        "record": true,
        "recordingOptions": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
      }
    }
    ```

    Right:
    ```json ice
    {
      "instructions": [
        {
          "name": "StartRecording",
          "options": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
        }
      ],
      "action": {"name": "Park"}
    }
    ```
    """
    yield from _in_callout(document)
    start = spelled("StartRecording", document.replies)
    for _, part in parts(document):
        flag = flag_of(part)
        if flag is None or part.name is None or part.form is None or part.form.records:
            continue
        yield Finding(
            f"no source lets `{part.name.text}` carry the recording flag",
            flag.key.inside,
            why=f"`Continue` and the connects do ({RECORDING_PAGE})",
            help=f"start the recording with `{start}` in `instructions`",
        )


def _in_callout(document: Document) -> Iterator[Finding]:
    """The flag, or recording options, in the body of a callout: one finding for all of them."""
    callout = document.callout
    body = callout.object if callout is not None else None
    found = [member for member in body.members if member.name in FLAG_WORDS] if body is not None else []
    if callout is None or not found:
        return
    first, *more = found
    action = {"conferenceCallout": "ConnectConf", "customCallout": "ConnectPstn"}.get(callout.method, "Continue")
    where = f"`{spelled(action, document.replies)}`{' in `ice`' if callout.method == 'customCallout' else ''}"
    on_ace = "" if callout.method == "customCallout" else ' in the reply to ACE, and add `"enableAce": true`'
    yield Finding(
        f"no source lets `{callout.method}` record",
        first.key.inside,
        notes=tuple(Note(member.key.inside, "and this") for member in more),
        why=f"the flag is a property of actions in replies to callbacks ({RECORDING_PAGE})",
        help=f"move it to {where}{on_ace}",
    )
