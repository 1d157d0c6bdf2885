"""Existing replies of one application, to the policy that says the same.

    documents ─ given ─► replies, callouts ─ answering, lift ─► tree ─ goals, phases, requests ─► statements
    statements ─ print, format ─► text ─ compile, compare ─► what differs

Invariant: what the language cannot say is refused with its place; nothing is dropped in silence. The text holds no
secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recpol.analysis.program import program
from recpol.base.finding import order
from recpol.base.jsontree import JsonNode, plain
from recpol.base.placeholder import split
from recpol.base.record import replace
from recpol.base.source import Source, Span
from recpol.base.typing import Any
from recpol.compilation import Compilation, compile_program
from recpol.formatter import format_source
from recpol.importer.answering import labels_of
from recpol.importer.claims import contradictions
from recpol.importer.commands import from_commands
from recpol.importer.compare import compared, opened
from recpol.importer.given import GivenReplies, given
from recpol.importer.goals import goals_of, with_goals
from recpol.importer.imported import Imported, secrets_of, without_leaks
from recpol.importer.phases import claims_of, phases_of, unchanging, with_phases
from recpol.importer.printing import Printer, locale_text
from recpol.importer.refused import misread, recorder, refusal, stores, words
from recpol.importer.sent import parking, sent_in, unknown_talk, with_sent
from recpol.importer.stated import choice, stated
from recpol.importer.walk import bodies, menus
from recpol.platform.targets import DEFAULT, Target
from recpol.svaml.document import Document
from recpol.svaml.stores import Stores, options_of
from recpol.svaml.v1.callouts import lift_callout
from recpol.svaml.v1.together import lift_all
from recpol.svaml.values import Unsupported
from recpol.syntax import tree
from recpol.targets.catalogue import all_targets

__all__ = ["Imported", "import_documents"]


def import_documents(
    name: str, documents: Sequence[Document], manifest: Any = None, default: Sequence[Target] = DEFAULT
) -> Imported:
    """The replies and callouts of one application to a policy; `manifest` (parsed JSON) says where the results of menus
    lead, which connect an ACE is for, in which talks a request is sent, and which conversation has a phase.

    `default` is what policies are compiled to that do not say so: a policy for another target says its own. A manifest
    that contradicts the documents is refused.
    """
    faults = tuple(misread(documents))
    if faults:
        return Imported("", faults)
    if any(document.kind == "v2" for document in documents):
        return from_commands(name, documents, manifest, default)
    claims = claims_of(manifest)
    read = given(documents, claims)
    labels, unknown = labels_of(read, manifest)
    if read.refused or unknown:
        return Imported("", tuple(sorted(dict.fromkeys((*read.refused, *unknown)), key=order)))
    lost: list[Unsupported] = []
    begun = [lift_callout(document, read.names[file], lost) for file, document in read.callouts.items()]
    phases, others = phases_of(read.replies, claims)
    idle = list(unchanging((read.replies[file] for file in others), claims))
    if idle:
        return Imported("", tuple(sorted(idle, key=order)))
    kept = Stores([])
    sent = sent_in({file: read.replies[file] for file in others}, manifest, kept)
    left = [file for file in others if file not in sent]
    parks = any(parking(read.replies[file]) for file in sent)  # then it matters to other replies what is sent where
    placed = [file for file, body in sent.items() if body.within is not None] if parks else []
    at = {file: index for index, file in enumerate((*left, *placed))}
    goals = goals_of(manifest)
    lifted = lift_all(
        documents[0].source,
        [read.replies[file] for file in left],
        begun,
        lambda index, handler: with_goals(handler, left[index], goals),
        {index: labels[file] for index, file in enumerate(left) if file in labels},
        [(read.replies[one], {at[file] for file in sent[one].within or () if file in at}) for one in placed],
    )
    statements = lifted.file.statements
    first = next((n for n, one in enumerate(statements) if isinstance(one, tree.OnBlock)), len(statements))
    file = tree.File(lifted.file.source, (*statements[:first], *begun, *statements[first:]))
    targets = _targets(read, manifest)
    file, unplaced = with_phases(file, phases, targets[0])
    kept.holding(one for one in file.statements if isinstance(one, tree.Store))
    file, unsent = with_sent(file, sent, targets[0], kept, lost)
    refused = [refusal(one.span, f"the language cannot say {one.what}") for one in (*lost, *lifted.lost)]
    refused += (*recorder(lifted, left, read.replies), *unplaced, *unsent, *words(file), *stores(file))
    if refused:
        return Imported("", tuple(sorted(dict.fromkeys(refused), key=order)))
    made = _best(_written(name, file, read, target, manifest, default) for target in targets)
    guessed = {read.places[one] for one in sent}
    doubtful = [one.span for one in made.refused if one.span in guessed]
    return replace(made, refused=tuple(map(unknown_talk, doubtful))) if doubtful else made


_FLAGGED = {"Continue": "continue", "ConnectPstn": "pstn", "ConnectSip": "sip", "ConnectMxp": "app"}
"""The actions of which a target says whether their flag starts a recording, by the names of connects in policies."""


def _targets(read: GivenReplies, manifest: object) -> list[Target]:
    """The targets that such replies can be of, the likeliest first: it begins its names so and needs all the flags in
    them. Where a manifest names one that begins its names so, it is that one."""
    begun = (reply for document in read.callouts.values() for reply in document.replies if reply.event == "ice")
    parts = [part for reply in (*read.replies.values(), *begun) for part in reply.parts]
    small = not any(part.name is None or not part.name.text[:1].islower() for part in parts)
    actions = [part for part in parts if part.role == "action"]
    flagged = [part for part in actions if options_of(part) is not None or part.is_a == "StopRecording"]
    kinds = {_FLAGGED.get(part.is_a or "", "") for part in flagged if part.is_a != "ConnectConf"}
    known = [target for target in all_targets() if not target.whole_call]
    alike = [target for target in known if target.small_names == small]
    said = manifest.get("target") if isinstance(manifest, dict) else None
    return [one for one in alike if one.name == said] or sorted(
        known, key=lambda target: target not in alike or not kinds <= target.flags
    )


def _best(tried: Iterable[Imported]) -> Imported:
    """What was made for the first target that says all that the documents say, else for the one that says most: the
    first of those with the fewest errors and, then, differences."""
    made: list[Imported] = []
    for one in tried:
        made.append(one)
        if not one.errors and not one.differences:
            break
    return min(made, key=lambda one: (len(one.errors), len(one.differences)))


def _written(
    name: str, file: tree.File, read: GivenReplies, target: Target, manifest: object, default: Sequence[Target]
) -> Imported:
    locale = _default(file, target)
    kept = [statement for statement in file.statements if isinstance(statement, tree.Store)]
    secrets = dict(secrets_of(kept))
    place = file.source.whole()
    statements: list[tree.Statement] = [tree.Header("policy", tree.Word(name, place), place)]
    statements += choice(target, default, place)
    if locale is not None:
        statements.append(tree.Default("locale", _locale(locale, place), None, place))
    statements += (s for s in file.statements if not isinstance(s, tree.Default))
    only = kept[0].name.text if len(kept) == 1 else None
    text = Printer(only, locale, secrets).file(statements) + stated(manifest)
    text, leaked = without_leaks(text, name, target)
    laid_out = format_source(Source(f"{name}.recpol", text))
    text = laid_out if isinstance(laid_out, str) else text
    result = compile_program(program(Source(f"{name}.recpol", text), targets=(target,)))
    refused = contradictions(manifest, result, read.places, target)
    differ, changed = _told(read, result)
    kept_out = (*secrets.values(), *leaked)
    return Imported(text, refused, kept_out, differ, result.findings, result.program.targets, changed)


def _told(read: GivenReplies, result: Compilation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where the policy compiles to something else than was given, and where more than the spelling may differ."""
    made = {reply.file: reply.document for reply in result.replies}
    if not made:
        return (), ()
    called = {file: document.tree for file, document in read.callouts.items() if document.tree is not None}
    trees: dict[str, JsonNode] = {**{file: reply.object for file, reply in read.replies.items()}, **called}
    given_ = {file: opened(plain(node)) if file in called else plain(node) for file, node in trees.items()}
    made |= {file: opened(made[file]) for file in called if file in made}
    inside = [f"{callout}: its `{event}`, which is `{file}` then" for file, (callout, event) in read.inside.items()]
    return compared(trees, given_, made, "the whole reply", inside)


def _default(file: tree.File, target: Target) -> str | None:
    """The default locale: that of the menus if all of them have one, or the one that every prompt has; none where
    something is spoken without a locale."""
    default = next((locale_text(s.value) for s in file.statements if isinstance(s, tree.Default)), None)
    spoken = [locale_text(body.locale) for body in bodies(file) if isinstance(body, tree.Say)]
    if default is not None:
        return None if None in spoken else default
    if any(True for _ in menus(file)) or (
        target.parks_in_locale and any(isinstance(body, tree.Park) for body in bodies(file))
    ):
        return None
    return spoken[0] if spoken and len(set(spoken)) == 1 else None


def _locale(text: str, place: Span) -> tree.Locale:
    return tree.Text(text, split(text), place) if "{{" in text else tree.Word(text, place)
