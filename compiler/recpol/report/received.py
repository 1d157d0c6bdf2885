"""A step of a call to the document of a compilation that the platform receives with it.

Invariant: a credential that a policy spells out is never in a document that is made to be shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from recpol.base.secrets import masked
from recpol.base.typing import Any
from recpol.calls import trace as t
from recpol.report.call import call_lines
from recpol.report.hidden import DOTS, harmless
from recpol.semantics.replay import ReplayStep
from recpol.targets.filenames import file_of, request_file, whole_file

Documents = Mapping[str, Any]
"""Compiled replies by the name of their file."""

_NAMED_LATER = re.compile(r"\{\{ (?:env|call)\.[\w.-]+ \}\}")


def received(replayed: ReplayStep, documents: Documents) -> str | None:
    """The name of the file whose document a step brings: a reply, or the request of a phase; None where none can.

    A phase that does not change the recording has no request, so the file need not be there. Where one document holds
    the whole call (Voice API v2), its beginning brings it, and later replies bring nothing.
    """
    if replayed.replied is not None:
        handler = replayed.replied
        whole = whole_file(handler)
        if replayed.event is None or isinstance(replayed.event, t.Starts):
            return whole if whole in documents else file_of(handler)
        return file_of(handler) if file_of(handler) in documents else None
    match replayed.event:
        case t.Begins():
            return request_file(replayed.event.phase, "begin")
        case t.Ends():
            return request_file(replayed.event.phase, "end")
        case _:
            return None


def shown_document(replayed: ReplayStep, documents: Documents) -> dict[str, Any] | None:
    """The document that a step brings, with the name of its file; None where it brings none."""
    file = received(replayed, documents)
    return None if file is None or file not in documents else {"file": file, "document": presentable(documents[file])}


def step_lines(
    steps: Sequence[ReplayStep], documents: Documents | None = None, *, color: bool = False
) -> Iterator[str]:
    """Steps of a call as lines; with `documents` also what the platform receives with each."""
    lines = iter(call_lines([act for replayed in steps for act in replayed.acts], color=color))
    for replayed in steps:
        yield from islice(lines, len(replayed.acts))
        if documents is not None:
            yield from _document_lines(replayed, documents)


def _document_lines(replayed: ReplayStep, documents: Documents) -> Iterator[str]:
    if received(replayed, documents) is None:
        return
    shown = shown_document(replayed, documents)
    if shown is None:
        yield "    no request is sent: the phase does not change the recording"
        return
    yield f"    the platform receives {shown['file']}:"
    for line in json.dumps(shown["document"], indent=2, ensure_ascii=False).splitlines():
        yield f"      {harmless(line)}"


def presentable(document: Any) -> Any:
    """A document with its credentials and the passwords of its URLs hidden, but not the names of values known later."""
    match document:
        case dict():
            return {key: DOTS if is_secret(key, value) else presentable(value) for key, value in document.items()}
        case list():
            return [presentable(item) for item in document]
        case str():
            return masked(document)
        case _:
            return document


def is_secret(key: str, value: object) -> bool:
    """Whether a property of a document is a credential that is written out, rather than named."""
    return key == "credentials" and not (isinstance(value, str) and _NAMED_LATER.fullmatch(value))
