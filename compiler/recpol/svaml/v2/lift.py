"""Documents of Voice API v2 to the tree that policies have: where they record to, and whom they call.

A document is a tree of commands of which many are run by events, so it is no list of replies. What rules of policies
read in it are its recordings, as the stores of a policy, and its numbers, as connects.

Invariant: total; every recording and every number comes once, wherever in the document it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from recpol.base.jsontree import JsonScalar, Object
from recpol.base.secrets import masked
from recpol.base.source import Source
from recpol.platform.targets import SVAML2
from recpol.platform.v2.commands import AZURE_HTTPS, FORMATS
from recpol.svaml.lifted import Lifted
from recpol.svaml.v2.commands import CommandNode, CommandScript
from recpol.svaml.values import is_name, text_of
from recpol.syntax import tree


def lift_commands(source: Source, scripts: Sequence[CommandScript]) -> Lifted:
    """All commands of a document, in one tree."""
    commands = [step.command for script in scripts for step in script.steps]
    at = source.whole()
    event = tree.OnEvent(tree.Word("ice", at), None, at)
    numbers = tuple(
        tree.Segment(
            None, tree.Connect(tree.Word("pstn", number.inside), text_of(number), (), (), number.span), (), number.span
        )
        for command in commands
        for number in _numbers(command)
    )
    stores: list[tree.Store] = []
    taken: set[str] = set()
    for command in commands:
        options = _options(command)
        store = None if options is None else _store(_name(command, taken, f"recording-{len(stores) + 1}"), options)
        if store is not None:
            stores.append(store)
            taken.add(store.name.text)
    file = tree.File(source, (*stores, tree.OnBlock(event, numbers, at)))
    return Lifted(file, (), (), (), SVAML2, alone=True)


def _numbers(command: CommandNode) -> Iterator[JsonScalar]:
    """The numbers that a `dial` calls, and calls from."""
    if command.is_a == "dial" and command.object is not None:
        for member in command.object.members:
            phone = member.value.get("phone") if isinstance(member.value, Object) else None
            number = phone.text("number") if isinstance(phone, Object) else None
            if member.name in ("to", "from") and number is not None:
                yield number


def _options(command: CommandNode) -> Object | None:
    options = command.object.get("recordingOptions") if command.object is not None else None
    return options if command.is_a == "startRecording" and isinstance(options, Object) else None


def _name(command: CommandNode, taken: Collection[str], other: str) -> str:
    """The name of a recording's store: its own, if it has one that no other has and that is no secret."""
    own = command.text("recordingName") or command.text("name")
    if own is None or not is_name(own.text) or own.text in taken or masked(own.text) != own.text:
        return other
    return own.text


def _store(name: str, options: Object) -> tree.Store | None:
    """Recording options as a store; None where they lead nowhere.

    Azure has a second form of address here, which no policy can have.
    """
    url, secret = options.text("destinationUrl") or options.text("url"), options.text("credentials")
    if url is None or re.match(AZURE_HTTPS, url.text):
        return None
    fields = [tree.StoreField("url", text_of(url), url.span)]
    if secret is not None and secret.text.strip():
        fields.append(tree.StoreField("credentials", text_of(secret), secret.span))
    format_ = options.text("format")
    if format_ is not None and format_.text in FORMATS:
        fields.append(tree.StoreField("format", tree.Word(format_.text.lower(), format_.inside), format_.span))
    return tree.Store(tree.Word(name, url.span), tuple(fields), url.span)
