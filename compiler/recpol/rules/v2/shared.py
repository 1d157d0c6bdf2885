"""The rules of policies about destinations, credentials and telephone numbers, for documents of Voice API v2.

The recordings of a document are lifted into the stores of a policy and its numbers into connects, in one tree. What the
rules say of them is told in the words of v2.

Invariant: a place is lifted once; the shared rules know nothing of what v2 says in another way (file names, formats).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from recpol.analysis.program import program_of
from recpol.base.finding import Finding
from recpol.base.jsontree import JsonScalar
from recpol.platform.sources import VOICE_V2, VOICE_V2_TUTORIALS, cite
from recpol.platform.v2.commands import AZURE_HTTPS
from recpol.rules.policy import connects, credentials, storage
from recpol.rules.rule import Rule
from recpol.rules.v1.words import in_json
from recpol.rules.v2.properties import texts
from recpol.rules.v2.tables import starts
from recpol.svaml.read import Document
from recpol.svaml.values import text_of
from recpol.syntax import tree

SHARED2: tuple[Rule, ...] = (
    storage.bad_destination,
    storage.bad_bucket_name,
    credentials.literal_credentials,
    credentials.credentials_shape,
    credentials.credentials_from_call,
    connects.bad_number,
)
"""The rules of policies that documents of v2 are held against."""

_CHOICE = "`s3://`, `gs://` or `azure://`"
_WORDS = (
    (re.compile(r"^recordings go to s3, azure or sdrive.*"), f"recordings go to s3, gs or azure ({VOICE_V2})"),
    (re.compile(r"`s3://`, `azure://` or `sdrive://`"), _CHOICE),
    (re.compile(r"\(Recording page[^)]*\)"), f"({cite(VOICE_V2, VOICE_V2_TUTORIALS)})"),
    (
        re.compile(r"who can read this file, or the replies to callbacks, can use it"),
        "who can read this file can use it",
    ),
    (
        re.compile(r"write `connect sip` to call an address|write `ConnectSip` to call an address"),
        "write `SIP` as the type",
    ),
)


def shared2(document: Document) -> Iterator[tuple[Rule, Finding]]:
    """What the shared rules say about a document, each finding with its rule."""
    if not document.scripts or document.tree is None:
        return
    program = program_of(_lifted(document), alone=True)
    for rule in SHARED2:
        for finding in rule.check(program):
            told = in_json(finding)
            told = replace(told, message=_told(told.message), why=_told(told.why), help=_told(told.help), fixes=())
            if rule is connects.bad_number:
                told = replace(told, severity="warning")
            yield rule, told


def _told(text: str) -> str:
    for pattern, words in _WORDS:
        text = pattern.sub(words, text)
    return text


def _lifted(document: Document) -> tree.File:
    stores = [
        _store(number, url, start.option("credentials"))
        for number, start in enumerate(starts(document), 1)
        if (url := start.option("destinationUrl") or start.option("url")) is not None
        # A way to write an address of Azure's, of which another rule speaks.
        and not re.match(AZURE_HTTPS, url.text)
    ]
    at = document.source.whole()
    numbers = [
        tree.Segment(
            None, tree.Connect(tree.Word("pstn", value.inside), text_of(value), (), (), value.span), (), value.span
        )
        for part, member in texts(document)
        if part.kind == "number" and isinstance(value := member.value, JsonScalar) and value.kind == "string"
    ]
    event = tree.OnEvent(tree.Word("ice", at), None, at)
    return tree.File(document.source, (*stores, tree.OnBlock(event, tuple(numbers), at)))


def _store(number: int, url: JsonScalar, secret: JsonScalar | None) -> tree.Store:
    fields = [tree.StoreField("url", text_of(url), url.span)]
    if secret is not None and secret.text.strip():
        fields.append(tree.StoreField("credentials", text_of(secret), secret.span))
    return tree.Store(tree.Word(f"recording-{number}", url.span), tuple(fields), url.span)
