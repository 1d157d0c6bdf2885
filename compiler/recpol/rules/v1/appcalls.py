"""What the rules about app calls find in documents, where a flag and instructions are told apart."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Finding, Note
from recpol.base.jsontree import JsonScalar
from recpol.rules.jsonnotation import v1_of
from recpol.rules.policy import appcalls
from recpol.svaml.document import Document, DocumentReply, ReplyPart
from recpol.svaml.stores import options_of
from recpol.svaml.v1.lift import flag_of
from recpol.svaml.v1.spelling import target_of


def _app_calls(document: Document) -> Iterator[tuple[DocumentReply, ReplyPart, JsonScalar]]:
    """The replies that call an app, with the action and its name."""
    for reply in document.replies:
        action = reply.action
        if action is not None and action.is_a == "ConnectMxp" and action.name is not None:
            yield reply, action, action.name


def _instructions(document: Document) -> Iterator[Finding]:
    """Each instruction about the recorder beside `ConnectMxp`, whether something is said or not."""
    flag = 'write `"record": true` and `recordingOptions` in the action, and delete the instruction'
    for reply, action, name in _app_calls(document):
        for part in reply.instructions:
            if part.name is not None and part.is_a in ("StartRecording", "StopRecording"):
                starts = part.is_a == "StartRecording" and flag_of(action) is None
                yield Finding(
                    f"`{part.name.text}` is ignored beside an app call",
                    part.name.inside,
                    notes=(Note(name.inside, "here only the flag on the action works, if anything does"),),
                    why=appcalls.IGNORED,
                    help=flag if starts else "delete it",
                )


def _flags(document: Document) -> Iterator[Finding]:
    """Each flag on `ConnectMxp` that says what is recorded and where."""
    for _, action, name in _app_calls(document):
        flag = flag_of(action)
        on = flag is not None and isinstance(flag.value, JsonScalar) and flag.value.true
        if flag is not None and on and options_of(action) is not None:
            yield appcalls.recorded_app_call(name.inside, flag.key.inside, v1_of(target_of(document.replies)))


app_call_prompts = appcalls.app_call_prompts.in_documents(document=_instructions)
app_call_recording = appcalls.app_call_recording.in_documents(document=_flags)
