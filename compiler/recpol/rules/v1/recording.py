"""Rules about recording options in documents: where they stand, and under which names."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Finding
from recpol.platform.sources import (
    CALLBACK_PAGE,
    CALLING_PAGE,
    CHANGE_LOG,
    JAVA_SDK,
    NODE_SDK,
    RECORDING_PAGE,
    SKILL,
    cite,
)
from recpol.rules.jsonedits import rename, renamed
from recpol.rules.rule import json_rule
from recpol.rules.tables import FLAG_WORDS, WRONG_URLS, ShapedObject, tables_of_replies
from recpol.rules.v1.parts import parts
from recpol.svaml.document import Document


@json_rule("error", covers=("R14",))
def options_key(document: Document) -> Iterator[Finding]:
    """Recording options under the key of the other form.

    In the instruction `StartRecording` they are `options`; beside the flag of an action, and in the Manage Call action,
    they are `recordingOptions` (Recording page, Calling API page). Under the wrong key there are no options at all.

    Wrong:
    ```json ice
    {
      "instructions": [
        {
          "name": "StartRecording",
          "recordingOptions": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
        }
      ],
      "action": {"name": "ConnectPstn", "number": "+46850020000"}
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
      "action": {"name": "ConnectPstn", "number": "+46850020000"}
    }
    ```
    """
    for _, part in parts(document):
        right, wrong = (
            ("options", "recordingOptions") if part.role == "instruction" else ("recordingOptions", "options")
        )
        member = part.object.find(wrong) if part.object is not None else None
        if part.role == "action" and part.is_a == "StartRecording":
            continue  # it is better an instruction, and then the key is right
        if member is not None and part.object is not None and part.form is not None and part.form.find(wrong) is None:
            where = f"in the instruction `{part.is_a}`" if part.role == "instruction" else "in an action"
            help_, fixes = renamed(member, right, part.object)
            yield Finding(
                f"the recording options {where} are `{right}`, not `{wrong}`",
                member.key.inside,
                why=f"the key depends on the form ({cite(RECORDING_PAGE, CALLING_PAGE)})",
                help=help_,
                fixes=fixes,
            )
    for reply in document.replies if document.kind != "form" else ():
        for key in FLAG_WORDS:
            member = reply.object.find(key)
            if member is not None:
                yield Finding(
                    f"`{key}` stands beside the action, not in it",
                    member.key.inside,
                    why=f"it is a property of the action ({RECORDING_PAGE})",
                    help='move it into `"action": {…}`',
                )


@json_rule("error", covers=("R13",))
def destination_key(document: Document) -> Iterator[Finding]:
    """The destination of a recording under another name than `destinationUrl`.

    One example of the Callback API page has `destination`, and a sentence of the Recording page `destinationUri`; the
    field is `destinationUrl` on every other page and in every SDK.

    Wrong:
    ```json ice
    {
      "instructions": [
        {
          "name": "StartRecording",
          "options": {"destination": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
        }
      ],
      "action": {"name": "ConnectPstn", "number": "+46850020000"}
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
      "action": {"name": "ConnectPstn", "number": "+46850020000"}
    }
    ```
    """
    for table in _options(document):
        wrong = [member for member in table.node.members if member.name in WRONG_URLS]
        for member in wrong:
            yield Finding(
                f"`{member.name}` is not where a recording goes",
                member.key.inside,
                why=f"the field is `destinationUrl` ({cite(RECORDING_PAGE, NODE_SDK)}); one example of "
                f"{CALLBACK_PAGE} is mistaken",
                help="write `destinationUrl`",
                fixes=rename(member.key, "destinationUrl", table.node) if len(wrong) == 1 else (),
            )


def _options(document: Document) -> Iterator[ShapedObject]:
    for table in tables_of_replies(document):
        if "destinationUrl" in table.shape.by_name:
            yield table


@json_rule("warning", covers=("R03",))
def no_destination(document: Document) -> Iterator[Finding]:
    """Recording options that do not say where the recording goes.

    The Recording page and the Node SDK require `destinationUrl`; in the Java and .NET SDKs and the Sinch voice skill it
    may be left out, which only accounts with a destination of their own could make sense of.

    Wrong:
    ```json ice
    {
      "instructions": [{"name": "StartRecording", "options": {"notificationEvents": true}}],
      "action": {"name": "ConnectPstn", "number": "+46850020000"}
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
      "action": {"name": "ConnectPstn", "number": "+46850020000"}
    }
    ```
    """
    for table in _options(document):
        names = {member.name for member in table.node.members}
        if "destinationUrl" not in names and not names & set(WRONG_URLS):
            begin = table.node.span
            yield Finding(
                "the recording has no destination",
                begin.source.span(begin.start, begin.start + 1),
                why=f"`destinationUrl` is required ({cite(RECORDING_PAGE, NODE_SDK)}), though not in every source "
                f"({cite(JAVA_SDK, SKILL)})",
                help='add `"destinationUrl": "s3://BUCKET/FOLDER/"`',
            )


@json_rule("warning", covers=("R07",), settled=lambda target: any(not storage.folders for storage in target.storages))
def drive_in_doubt(document: Document) -> Iterator[Finding]:
    """A recording that goes to Sinch Drive.

    The Recording page of 2018 has `sdrive://`; since 2019-11-19 the documentation says "Coming Soon", and the current
    API does not know it.

    Wrong:
    ```json ace
    {
      "action": {"name": "Continue", "record": true, "recordingOptions": {"destinationUrl": "sdrive://"}}
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
    for table in _options(document):
        url = table.node.text("destinationUrl")
        if url is not None and url.text.lower().startswith("sdrive://"):
            yield Finding(
                "whether recordings can go to Sinch Drive is in doubt",
                url.inside,
                why=f'it is on {RECORDING_PAGE}, and has been "Coming Soon" since 2019-11-19 ({CHANGE_LOG})',
                help="use `s3://` or `azure://`",
            )
