"""What a backend has to know beside the documents: the manifest of one policy in one target, as data.

Invariant: nothing in it depends on anything but the program, the target and the documents that were made.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator

from recpol.analysis.answering import answered
from recpol.analysis.program import Program
from recpol.analysis.retention import stated
from recpol.analysis.variables import unvarying
from recpol.base.typing import Any
from recpol.platform.targets import Target
from recpol.syntax import tree
from recpol.targets.backend import Backend
from recpol.targets.reply import Json, Reply

VERSION = 2
"""The version of manifests that is written."""


def manifest_of(program: Program, name: str, target: Target, backend: Backend, replies: tuple[Reply, ...]) -> Json:
    """The manifest of a policy of that name."""
    spare = backend.spare
    held = [list(objects(reply.document)) for reply in replies]
    return {
        "manifestVersion": VERSION,
        "policy": name,
        "target": target.name,
        "source": {"file": program.source.path.rpartition("/")[2], "sha256": policy_digest(program)},
        **_answered(program),
        "replies": _replies(program, backend, replies, held),
        "remembers": _remembers(replies, held),
        "trouble": {"refused": spare.refused, "answered": spare.ended if is_strict(program) else spare.unchanged},
        "unchanged": spare.unchanged,
        **_promises(program),
        **_unique(program),
        **_unconfirmed(program),
    }


@unvarying
def policy_digest(program: Program) -> str:
    """The SHA-256 of a policy's text and the files that it uses."""
    found = hashlib.sha256()
    for file in program.files:
        found.update(file.source.text.encode("utf-8", "surrogatepass"))
        found.update(b"\0")
    return found.hexdigest()


def _replies(program: Program, backend: Backend, replies: tuple[Reply, ...], held: list[list[Json]]) -> list[Json]:
    """What the manifest says of each document: what it answers and needs, and the stores into which it records; `held`
    are the objects of each."""
    forms = [[part for part in parts if "destinationUrl" in part] for parts in held]
    stores = program.names.stores if any(forms) else ()
    recordings = [(store, backend.recording(program, store)) for store in stores]
    listed: list[Json] = []
    for reply, options in zip(replies, forms, strict=True):
        started = [store for store, form in recordings if form in options]
        begins = {"recordings": started} if started else {}
        listed.append({"file": reply.file, "answers": list(reply.answers), "values": list(reply.values), **begins})
    return listed


@unvarying
def is_strict(program: Program) -> bool:
    """Whether a call that goes on without its right reply could break a guarantee about what is recorded: the
    recording that the reply would have started does not start, and one that it would have stopped goes on."""
    return program.names.hangs_up is True or any(
        isinstance(guarantee, tree.RecordGuarantee) for guarantee in program.guarantees()
    )


def objects(document: Json) -> Iterator[Json]:
    """All objects of a document."""
    todo: list[Any] = [document]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            yield value
            value = value.values()
        todo += [part for part in value if isinstance(part, _HOLDERS)]


_HOLDERS = (dict, list)


def _remembers(replies: tuple[Reply, ...], held: list[list[Json]]) -> bool:
    """Whether what answers a callback depends on the reply that was sent before it; `held` are the objects of each.

    It does where two files answer the same; where a menu of that name runs in a reply too after which nothing answers
    so; where an answer to ACE is one of several connects'; and where a key in a room has a request sent.
    """
    if any("keys" in answer for reply in replies for answer in reply.answers):
        return True
    files: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)
    after: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)
    for reply in replies:
        for answer in reply.answers:
            if answer.get("event") not in ("ace", "pie"):
                continue
            asked = tuple(answer.get(key) for key in ("event", "menuId", "type", "value"))
            files[asked].add(reply.file)
            after[asked].update(answer.get("after", ()))
    menus: defaultdict[object, set[str]] = defaultdict(set)
    for reply, parts in zip(replies, held, strict=True):
        for part in parts:
            if isinstance(part.get("menus"), list):
                for menu in part["menus"]:
                    menus[menu.get("id")].add(reply.file)
    answering = {reply.file for reply in replies if reply.answers}
    return any(
        len(files[asked]) > 1
        or (asked[0] == "ace" and bool(after[asked]))
        or (asked[1] is not None and not menus[asked[1]] & answering <= after[asked])
        for asked in files
    )


def _answered(program: Program) -> Json:
    """The numbers and applications that the policy answers, where it says so."""
    found: dict[str, list[str]] = {}
    for line in answered(program):
        names = found.setdefault("numbers" if line.kind == "number" else "applications", [])
        if line.name not in names:
            names.append(line.name)
    return dict(sorted(found.items(), reverse=True))


def _promises(program: Program) -> Json:
    """What the stores state of their places; nothing where none states anything."""
    found = [{"name": name, **what} for name, store in program.names.stores.items() if (what := stated(store))]
    return {"stores": found} if found else {}


def _unique(program: Program) -> Json:
    """The values of the backend that no two calls share; nothing where the policy names none."""
    found = [f"start.{name}" for name in program.names.unique]
    return {"unique": found} if found else {}


def _unconfirmed(program: Program) -> Json:
    """What the backend does when a phase is not confirmed; nothing where the policy does not say."""
    failure = program.names.phase_failure
    return {} if failure is None else {"phaseFailure": failure.act.text}
