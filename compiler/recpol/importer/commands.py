"""What calls of Voice API v2 begin with, and what is sent to them, to the policy that says the same.

Invariant: what the language cannot say is refused with its place; nothing is dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from recpol.analysis.program import program
from recpol.base.finding import Finding, order
from recpol.base.jsontree import Array, JsonNode, plain
from recpol.base.source import Source
from recpol.compilation import compile_program
from recpol.formatter import format_source
from recpol.importer.changes import patch_file, patch_name, with_changes
from recpol.importer.claims import contradictions
from recpol.importer.compare import compared
from recpol.importer.given import callout_name, unnameable
from recpol.importer.imported import Imported, secrets_of, without_leaks
from recpol.importer.parties import to_callees
from recpol.importer.printing import Printer
from recpol.importer.refused import refusal, words
from recpol.importer.stated import choice, stated
from recpol.platform.payload import IN_V2
from recpol.platform.targets import Target
from recpol.svaml.document import Document
from recpol.svaml.v2.commands import CommandScript
from recpol.svaml.v2.incoming import CallReader
from recpol.svaml.v2.segments import is_hangup
from recpol.syntax import tree
from recpol.targets.catalogue import all_targets
from recpol.targets.filenames import INCOMING, reply_file


def from_commands(name: str, documents: Sequence[Document], manifest: object, default: Sequence[Target]) -> Imported:
    """What calls begin with, and what is sent to them, to a policy: the reply to `call.incoming`, requests that begin
    calls, and bodies of PATCH requests. `default` is what policies are compiled to that do not say so."""
    calls: dict[str, tuple[str, CommandScript]] = {}
    changes: dict[str, CommandScript] = {}
    refused = list(_sort(documents, calls, changes, manifest))
    if refused:
        return Imported("", tuple(refused))
    (target,) = _whole_call()
    read = CallReader()
    for name_, script in calls.values():
        read.call(name_, script)
    file, unplaced = with_changes(read, documents[0].source, changes, manifest, target)
    at = next(iter(calls.values()))[1].body.span
    file = to_callees(file, target)
    file = tree.File(file.source, (*read.voices.statements(at), *file.statements))
    help_ = "write this part by hand, or change the document"
    lost = (refusal(lost.span, f"the language cannot say {lost.what}", help_) for lost in read.lost)
    unsaid = (*lost, *unplaced, *words(file))
    if unsaid:
        return Imported("", tuple(sorted(dict.fromkeys(unsaid), key=order)))
    stores = [statement for statement in file.statements if isinstance(statement, tree.Store)]
    secrets = dict(secrets_of(stores))
    place = file.source.whole()
    head: list[tree.Statement] = [tree.Header("policy", tree.Word(name, place), place)]
    head += choice(target, default, place)
    printer = Printer(stores[0].name.text if len(stores) == 1 else None, None, secrets)
    text = _with_our_fields(printer.file([*head, *file.statements]) + _further(read) + stated(manifest))
    text, leaked = without_leaks(text, name, target)
    laid_out = format_source(Source(f"{name}.recpol", text))
    text = laid_out if isinstance(laid_out, str) else text
    result = compile_program(program(Source(f"{name}.recpol", text), targets=(target,)))
    made = {reply.file: reply.document for reply in result.replies}
    given = {**{file_: script for file_, (_, script) in calls.items()}, **changes}
    bodies: dict[str, JsonNode] = {file_: script.body for file_, script in given.items()}
    plains = {file_: plain(body) for file_, body in bodies.items()}
    told, changed = compared(bodies, plains, made, "the whole request") if made else ((), ())
    places = {file_: script.body.span.source.span(0, 1) for file_, script in given.items()}
    others = (one.source for one in documents if one.scripts[0] not in given.values())
    places |= {source.path.rpartition("/")[2]: source.span(0, 1) for source in others}
    wrong = contradictions(manifest, result, places, result.program.targets[0])
    kept_out = (*secrets.values(), *leaked)
    return Imported(text, wrong, kept_out, told, result.findings, result.program.targets, changed)


def _sort(
    documents: Sequence[Document],
    calls: dict[str, tuple[str, CommandScript]],
    changes: dict[str, CommandScript],
    manifest: object,
) -> Iterator[Finding]:
    """Put the documents that calls begin with into `calls`, and those that are sent to calls into `changes`, by the
    file that a compilation gives each; what is neither one of them nor an answer that changes nothing is refused."""
    for document in documents:
        begin = document.source.span(0, 1)
        yield from document.broken
        script = _only(document)
        if script is not None and script.role in ("incoming", "start"):
            name = "" if script.role == "incoming" else callout_name(document.source.path)
            file = INCOMING if not name else reply_file("callout", name)
            if name and unnameable(name):
                yield refusal(begin, f"`{name}` cannot be the name of a callout", "give the file another name")
            if file in calls:
                yield refusal(begin, "a second document that begins the same calls", "import one of the two")
            calls[file] = (name, script)
        elif script is not None and script.role == "patch":
            name = patch_name(document.source.path)
            file = patch_file(name, manifest)
            if unnameable(name, "on manage @ in talk { continue }"):
                yield refusal(begin, f"`{name}` cannot be the name of a request", "give the file another name")
            if file in changes:
                yield refusal(begin, "a second document for the same request", "import one of the two")
            changes[file] = script
        elif script is None or not _answers(script):
            message = "no call begins with this document"
            help_ = "import documents that begin with `answer` or `dial`, and requests called `manage.NAME.json`"
            yield refusal(begin, message, help_)
    if not calls and all(script is not None and _known(script) for script in map(_only, documents)):
        yield refusal(documents[0].source.span(0, 1), "no call begins with this document", "add the one that does")


def _only(document: Document) -> CommandScript | None:
    return document.scripts[0] if len(document.scripts) == 1 else None


def _answers(script: CommandScript) -> bool:
    """Whether a document is what answers the reports of recordings: nothing, or the end of the call."""
    commands = script.body.get("commands")
    return (
        script.role in ("", "reply")
        and isinstance(commands, Array)
        and (not commands.items or is_hangup(commands, "caller"))
    )


def _known(script: CommandScript) -> bool:
    return script.role == "patch" or _answers(script)


_FIELD = re.compile(r"(\{\{\s*call\.)([\w.]+)")
_OURS = {theirs: ours for ours, theirs in IN_V2.items() if ours not in IN_V2.values()}
"""Fields of a `call.incoming` event, by the names that they have in policies."""


def _with_our_fields(text: str) -> str:
    """A text with the fields of a call by the names that policies have for them; compiling renames them again."""
    return _FIELD.sub(lambda found: found[1] + _OURS.get(found[2], found[2]), text)


def _whole_call() -> tuple[Target, ...]:
    """The target that has one document for a call."""
    return tuple(target for target in all_targets() if target.whole_call)[:1]


def _further(read: CallReader) -> str:
    """The lines of a policy that stand for no command: what becomes of failures, and what is never recorded."""
    failure = "\non recording failure hangup\n" if read.hangs_up else ""
    return failure + (f"\nnever record {', '.join(read.private)}\n" if read.private else "")
