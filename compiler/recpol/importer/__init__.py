"""Existing replies of one application, to the policy that says the same.

    documents ─ lift ─► tree ─ goals, phases ─► statements ─ print, format ─► text ─ compile, compare ─► what differs

Invariant: what the language cannot say is refused with its place; nothing is dropped in silence. The text holds no
secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from recpol.analysis.program import program
from recpol.analysis.steps import OTHERWISE
from recpol.base.finding import Finding, order
from recpol.base.jsontree import plain
from recpol.base.placeholder import BadPlaceholder, Placeholder, split
from recpol.base.record import dataclass, field
from recpol.base.source import Source, Span
from recpol.compilation import compile_program
from recpol.formatter import format_source
from recpol.importer.claims import contradictions
from recpol.importer.compare import differences
from recpol.importer.goals import goals_of, requests_of, with_goals
from recpol.importer.phases import moment_of, phases_of, with_phases
from recpol.importer.printing import GOAL, MENU, REPLY, Printer, fits, locale_text
from recpol.platform.payload import IN_V2
from recpol.platform.targets import Target
from recpol.svaml.document import Document, DocumentReply
from recpol.svaml.lifted import Lifted
from recpol.svaml.stores import options_of
from recpol.svaml.v1.lift import lift_all
from recpol.svaml.v2.incoming import IncomingCall, lift_incoming
from recpol.svaml.values import is_name
from recpol.syntax import tree
from recpol.syntax.tree.texts import texts_of
from recpol.targets.catalogue import all_targets
from recpol.targets.filenames import INCOMING, reply_file, request_file


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of some documents: the text of the policy, or why there is none.

    `secrets` are the environment variables that take the place of secrets, `differences` the places (reply, path) where
    the policy compiles to something else than was given, `findings` what is wrong with the policy itself; `targets` is
    the one that the documents are written for.
    """

    text: str = field(repr=False)
    refused: tuple[Finding, ...] = ()
    secrets: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    targets: tuple[Target, ...] = ()


def import_documents(name: str, documents: Sequence[Document], manifest: Any = None) -> Imported:
    """The replies of one application to a policy; `manifest` (parsed JSON) says where the results of menus lead.

    A manifest that contradicts the documents is refused.
    """
    if any(document.kind == "v2" for document in documents):
        return _from_commands(name, documents, manifest)
    refused = [*_unfit(documents), *_requests(documents, manifest)]
    if refused:
        return Imported("", tuple(refused))
    replies = {_file(document.replies[0]): document.replies[0] for document in documents}
    phases, left = phases_of(replies)
    lifted = lift_all(documents[0].source, [replies[file] for file in left])
    goals = goals_of(manifest)
    statements: list[tree.Statement] = []
    files = iter(left)
    for statement in lifted.file.statements:
        if isinstance(statement, tree.OnBlock):
            statement = with_goals(statement, next(files), goals)
        statements.append(statement)
    file = tree.File(lifted.file.source, tuple(statements))
    target = _target(replies)
    file, unplaced = with_phases(file, phases, target)
    refused += (_refusal(lost.span, f"the language cannot say {lost.what}") for lost in lifted.lost)
    refused += (*_recorder(lifted, left, replies), *unplaced, *_words(file))
    for store in file.statements:
        if isinstance(store, tree.Store) and store.field("url") is None:
            refused.append(_refusal(store.name.span, "a recording without a destination", "add `destinationUrl`"))
        secret = store.field("credentials") if isinstance(store, tree.Store) else None
        if secret is not None and isinstance(secret.value, tree.Text) and not secret.value.value.strip():
            refused.append(_refusal(secret.span, "empty credentials", "write `{{ env.NAME }}`, or leave them out"))
    locale = _default(file, target)
    if refused:
        return Imported("", tuple(sorted(dict.fromkeys(refused), key=order)))
    places = {file: document.source.span(0, 1) for file, document in zip(replies, documents, strict=True)}
    return _written(name, file, locale, replies, target, manifest, places)


def _requests(documents: Sequence[Document], manifest: object) -> Iterator[Finding]:
    """The documents that a manifest says are sent while people talk: which talks those are no document says."""
    sent = requests_of(manifest)
    for document in documents:
        if document.kind != "v2" and document.replies and _file(document.replies[0]) in sent:
            message = "a request that is sent while people talk cannot be imported: no document says in which talk"
            help_ = "leave this document out, and write `on manage NAME in SELECTOR { … }` by hand"
            yield _refusal(document.source.span(0, 1), message, help_)


def _from_commands(name: str, documents: Sequence[Document], manifest: object) -> Imported:
    """The reply to `call.incoming` of Voice API v2 to a policy."""
    scripts = [script for document in documents for script in document.scripts]
    for document in documents[1:] if len(documents) > 1 else ():
        message = "one document of Voice API v2 is imported at a time: the reply to `call.incoming`"
        return Imported("", (_refusal(document.source.span(0, 1), message, "import it alone"),))
    if len(scripts) != 1 or scripts[0].role != "incoming":
        message = "this is no reply to an incoming call"
        help_ = f"import the document that begins with `answer`, or call it `{INCOMING}`"
        return Imported("", (_refusal(documents[0].source.span(0, 1), message, help_),))
    read = lift_incoming(scripts[0])
    file = tree.File(documents[0].source, read.statements)
    help_ = "write this part by hand, or change the document"
    lost = (_refusal(lost.span, f"the language cannot say {lost.what}", help_) for lost in read.lost)
    unsaid = (*lost, *_words(file))
    if unsaid:
        return Imported("", tuple(sorted(dict.fromkeys(unsaid), key=order)))
    stores = [statement for statement in file.statements if isinstance(statement, tree.Store)]
    secrets = dict(_secrets(stores))
    header = tree.Header("policy", tree.Word(name, file.source.whole()), file.source.whole())
    printer = Printer(stores[0].name.text if len(stores) == 1 else None, None, secrets)
    text = _with_our_fields(printer.file([header, *file.statements]) + _further(read))
    laid_out = format_source(Source(f"{name}.recpol", text))
    text = laid_out if isinstance(laid_out, str) else text
    result = compile_program(program(Source(f"{name}.recpol", text), targets=_whole_call()))
    made = {reply.file: reply.document for reply in result.replies}
    told = differences(plain(scripts[0].body), made[INCOMING]) if INCOMING in made else ()
    differing = tuple(f"{INCOMING}: {path}" for path in told)
    refused = contradictions(manifest, result, {INCOMING: documents[0].source.span(0, 1)}, result.program.targets[0])
    return Imported(text, refused, tuple(secrets.values()), differing, result.findings, result.program.targets)


_FIELD = re.compile(r"(\{\{\s*call\.)([\w.]+)")
_OURS = {theirs: ours for ours, theirs in IN_V2.items() if ours not in IN_V2.values()}
"""Fields of a `call.incoming` event, by the names that they have in policies."""


def _with_our_fields(text: str) -> str:
    """A text with the fields of a call by the names that policies have for them; compiling renames them again."""
    return _FIELD.sub(lambda found: found[1] + _OURS.get(found[2], found[2]), text)


_FLAGGED = {"Continue": "continue", "ConnectPstn": "pstn", "ConnectSip": "sip", "ConnectMxp": "app"}
"""The actions of which a target says whether their flag starts a recording, by the names of connects in policies."""


def _whole_call() -> tuple[Target, ...]:
    """The target that has one document for a call."""
    return tuple(target for target in all_targets() if target.whole_call)[:1]


def _oldest() -> Target:
    """The first target with a reply for each callback; what no other writes so is read as one of it."""
    return next(target for target in all_targets() if not target.whole_call)


def _target(replies: Mapping[str, DocumentReply]) -> Target:
    """The target that writes such replies: the first that begins its names so and needs all the flags in them."""
    parts = [part for reply in replies.values() for part in reply.parts]
    small = not any(part.name is None or not part.name.text[:1].islower() for part in parts)
    actions = [part for part in parts if part.role == "action"]
    flagged = [part for part in actions if options_of(part) is not None or part.is_a == "StopRecording"]
    kinds = {_FLAGGED.get(part.is_a or "", "") for part in flagged if part.is_a != "ConnectConf"}
    others = (one for one in all_targets() if not one.whole_call and one.small_names == small and kinds <= one.flags)
    return next(others, _oldest())


def _written(
    name: str,
    file: tree.File,
    locale: str | None,
    replies: Mapping[str, DocumentReply],
    target: Target,
    manifest: object,
    places: Mapping[str, Span],
) -> Imported:
    stores = [statement for statement in file.statements if isinstance(statement, tree.Store)]
    secrets = dict(_secrets(stores))
    place = file.source.whole()
    statements: list[tree.Statement] = [tree.Header("policy", tree.Word(name, place), place)]
    if locale is not None:
        statements.append(tree.Default("locale", _locale(locale, place), None, place))
    statements += (s for s in file.statements if not isinstance(s, tree.Default))
    only = stores[0].name.text if len(stores) == 1 else None
    text = Printer(only, locale, secrets).file(statements)
    laid_out = format_source(Source(f"{name}.recpol", text))
    text = laid_out if isinstance(laid_out, str) else text
    result = compile_program(program(Source(f"{name}.recpol", text), targets=(target,)))
    if result.checked.errors and target != _oldest():
        result = compile_program(program(Source(f"{name}.recpol", text), targets=(_oldest(),)))
    made = {reply.file: reply.document for reply in result.replies}
    told: list[str] = []
    for file_, reply in replies.items():
        if file_ in made:
            told += (f"{file_}: {path}" for path in differences(plain(reply.object), made[file_]))
        elif made:
            told.append(f"{file_}: the whole reply")
    refused = contradictions(manifest, result, places, target)
    return Imported(text, refused, tuple(secrets.values()), tuple(told), result.findings, result.program.targets)


def _further(read: IncomingCall) -> str:
    """The lines of a policy that stand for no command: what becomes of failures, and what is never recorded."""
    failure = "\non recording failure hangup\n" if read.hangs_up else ""
    return failure + (f"\nnever record {', '.join(read.private)}\n" if read.private else "")


def _refusal(span: Span, message: str, help_: str = "write this part by hand, or change the reply") -> Finding:
    return Finding(message, span, help=help_)


def _file(reply: DocumentReply) -> str:
    """The file that a compilation gives this reply."""
    moment = moment_of(reply)
    if moment is not None:
        return request_file(*moment)
    if reply.event == "pie":
        return reply_file("pie", reply.label or OTHERWISE)
    return reply_file(str(reply.event), reply.label if reply.label and reply.event == "manage" else None)


def _unfit(documents: Sequence[Document]) -> Iterator[Finding]:
    """Why some documents are no replies of one application."""
    seen: dict[str, Document] = {}
    for document in documents:
        yield from document.broken
        if document.broken:
            continue
        if document.kind != "reply" or document.tree is None or not document.replies:
            yield _refusal(document.source.span(0, 1), "this is no reply", "import replies to callbacks")
            continue
        reply = document.replies[0]
        begin = document.source.span(reply.object.span.start, reply.object.span.start + 1)
        if reply.event not in ("ice", "ace", "pie", "manage"):
            help_ = "say it with `--event`, or in the name of the file, such as `ace.json` or `pie.sales.json`"
            yield _refusal(begin, "which callback this answers is not known", help_)
            continue
        file = _file(reply)
        if file in seen:
            yield _refusal(
                begin, f"a second reply to the same callback as `{seen[file].source.path}`", "import one of the two"
            )
        if reply.event == "ace" and reply.label:
            help_ = "call the file `ace.json` if it answers all, else write it by hand: `on ace LABEL`"
            yield _refusal(begin, f"no reply says which connect `{reply.label}` is", help_)
        seen.setdefault(file, document)
        if reply.label and not (is_name(reply.label) and fits(reply.label, GOAL if reply.event == "pie" else REPLY)):
            yield _refusal(begin, f"`{reply.label}` cannot be the name of a handler", "give the file another name")
        if reply.action is None:
            yield _refusal(begin, "the reply has no action", "add one")
        known = ("instructions", "action")
        for member in reply.object.members:
            if member.name not in known:
                yield _refusal(member.key.inside, f"a reply has no property `{member.name}`", "delete it")


def _recorder(lifted: Lifted, left: Sequence[str], replies: Mapping[str, DocumentReply]) -> Iterator[Finding]:
    for again in lifted.again:
        yield _refusal(again.span, "a recording is started while one runs", "stop the first one, or delete this one")
    for span in lifted.idle:
        yield _refusal(span, "nothing that these replies start is recorded here", "import the reply that starts it too")
    for index in lifted.uncertain:
        span = replies[left[index]].object.span
        message = "some calls come here with the recorder on, others with it off"
        yield _refusal(span.source.span(span.start, span.start + 1), message, "answer the two ways with two replies")


def _words(file: tree.File) -> Iterator[Finding]:
    """Names and texts that cannot be written in the language."""
    for text in texts_of(file):
        for piece in text.pieces:
            if isinstance(piece, BadPlaceholder) or (isinstance(piece, Placeholder) and piece.scope == "var"):
                span = text.part(piece.start, piece.end)
                yield _refusal(
                    span, "a placeholder that is not recpol's", "write `{{ env.NAME }}` or `{{ call.FIELD }}`"
                )
    for menu in _menus(file):
        for item in menu.items:
            lines: tuple[tree.MenuItem, ...] = (item,)
            if isinstance(item, tree.Submenu):
                lines = item.items
                if not (is_name(item.name.text) and fits(item.name.text, MENU)):
                    yield _refusal(item.name.span, f"`{item.name.text}` cannot be the name of a menu", "rename it")
            for line in lines:
                goal = line.goal if isinstance(line, tree.KeyItem) else None
                if goal is not None and not (
                    is_name(goal.name.text) and fits(goal.name.text, MENU if goal.menu else GOAL)
                ):
                    yield _refusal(goal.name.span, f"`{goal.name.text}` cannot be a name", "use a-z, 0-9 and -")


def _bodies(items: Iterable[tree.Item]) -> Iterator[tree.Body]:
    for item in items:
        if isinstance(item, tree.Block):
            yield from _bodies(item.segments)
        elif isinstance(item, tree.Segment):
            yield item.body


def _all(file: tree.File) -> Iterator[tree.Body]:
    for statement in file.statements:
        if isinstance(statement, tree.OnBlock):
            yield from _bodies(statement.segments)


def _menus(file: tree.File) -> Iterator[tree.Menu]:
    return (body for body in _all(file) if isinstance(body, tree.Menu))


def _default(file: tree.File, target: Target) -> str | None:
    """The default locale: that of the menus if all of them have one, or the one that every prompt has; none where
    something is spoken without a locale."""
    default = next((locale_text(s.value) for s in file.statements if isinstance(s, tree.Default)), None)
    spoken = [locale_text(body.locale) for body in _all(file) if isinstance(body, tree.Say)]
    if default is not None:
        return None if None in spoken else default
    if any(True for _ in _menus(file)) or (
        target.parks_in_locale and any(isinstance(body, tree.Park) for body in _all(file))
    ):
        return None
    return spoken[0] if spoken and len(set(spoken)) == 1 else None


def _locale(text: str, place: Span) -> tree.Locale:
    return tree.Text(text, split(text), place) if "{{" in text else tree.Word(text, place)


def _secrets(stores: Iterable[tree.Store]) -> Iterator[tuple[str, str]]:
    """The environment variables for the credentials that are written out, by store."""
    for store in stores:
        written = store.field("credentials")
        value = written.value if written is not None else None
        if (
            isinstance(value, tree.Text)
            and value.value
            and not any(isinstance(piece, Placeholder) for piece in value.pieces)
        ):
            yield store.name.text, re.sub(r"[^A-Z0-9]+", "_", store.name.text.upper()) + "_CREDENTIALS"
