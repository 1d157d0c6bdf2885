"""A manifest and the documents beside it, to where the two contradict each other.

What a manifest says is held against the manifest that the imported policy gives: the documents decide. The values that
it lists are held against the placeholders of the documents; one that is listed and not there may have been filled in,
unless others of its kind still wait for that. Documents do not show what stores are called and promise, nor which
numbers a policy answers: of stores it is seen which documents record into one.

Invariant: what a manifest does not say is no contradiction.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from recpol.base.finding import Finding
from recpol.base.jsonread import read_json
from recpol.base.jsontree import plain
from recpol.base.source import Span
from recpol.base.typing import Any
from recpol.compilation import Compilation
from recpol.platform.targets import Target
from recpol.syntax.tree import FAILING
from recpol.targets.catalogue import backend_of
from recpol.targets.filenames import MANIFEST
from recpol.targets.manifest import objects
from recpol.targets.values import values_of
from recpol.verify.commands import is_called_after

HELP = "compile again, or leave the manifest out"

_VALUE = re.compile(r"(?:env|call|start)\.\S+")


def contradictions(
    manifest: object, result: Compilation, places: Mapping[str, Span], target: Target
) -> tuple[Finding, ...]:
    """What a manifest (parsed JSON) says that is not so of the documents of a target.

    `result` is the policy that was imported from them, compiled; where it has errors nothing is said. `places` has the
    begin of each document by the name of its file.
    """
    if not isinstance(manifest, dict) or MANIFEST not in result.files:
        return ()
    return tuple(_contradictions(manifest, json.loads(result.files[MANIFEST]), places, target))


def _contradictions(
    manifest: Mapping[str, Any], made: Mapping[str, Any], places: Mapping[str, Span], target: Target
) -> Iterator[Finding]:
    first = next(iter(places.values()))
    claimed, real = _replies(manifest), _replies(made)
    for file, place in places.items():
        if file not in claimed:
            yield Finding("the manifest does not list this document", place, help=HELP)
        elif file in real:
            yield from (Finding(message, place, help=HELP) for message in _reply(claimed[file], real[file]))
    alone = Counter(place.source.path for place in places.values())
    for file, place in places.items():
        if file in claimed and alone[place.source.path] == 1:
            yield from (Finding(message, place, help=HELP) for message in _read(claimed[file], place))
    for message in (*_stores(claimed, real), *_whole(manifest, made, target)):
        yield Finding(message, first, help=HELP)


def _replies(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    listed = manifest.get("replies")
    replies = listed if isinstance(listed, list) else []
    return {reply["file"]: reply for reply in replies if isinstance(reply, dict) and isinstance(reply.get("file"), str)}


def _reply(claimed: Mapping[str, Any], real: Mapping[str, Any]) -> Iterator[str]:
    answers = claimed.get("answers")
    talks = any("in" in one for one in answers if isinstance(one, dict)) if isinstance(answers, list) else False
    said, so = _counted(answers, talks=talks), _counted(real.get("answers"), talks=talks)
    wrong, unsaid = _words(said - so), _words(so - said)
    if wrong and unsaid:
        yield f"the manifest says that this answers {wrong}; it answers {unsaid}"
    elif wrong:
        yield f"the manifest says that this answers {wrong}, and none of these documents asks for that"
    elif unsaid:
        yield f"this answers {unsaid}, which the manifest does not say"
    starts = bool(real.get("recordings"))
    if bool(claimed.get("recordings")) != starts:
        yield f"the manifest says that this starts {'no' if starts else 'a'} recording, and it starts " + (
            "one" if starts else "none"
        )


def _read(claimed: Mapping[str, Any], place: Span) -> Iterator[str]:
    """What is said of a document that it shows by itself; `place` is where it begins."""
    read = read_json(place.source)
    if not isinstance(read, Finding):
        document = plain(read)
        yield from _values(claimed.get("values"), values_of(document))
        yield from _named(claimed.get("recordings"), document)


def _values(listed: object, needed: Sequence[str]) -> Iterator[str]:
    """The values that a document needs and that its manifest does not list, and the other way round."""
    if listed is None:
        return
    if not isinstance(listed, list) or not all(isinstance(name, str) and _VALUE.fullmatch(name) for name in listed):
        yield "the manifest lists values of this that are no names such as `env.NAME`"
        return
    unsaid = [name for name in needed if name not in listed]
    if unsaid:
        yield f"this needs the value of {_words(unsaid)}, which the manifest does not say"
    waiting = {_scope(name) for name in needed}
    idle = [name for name in listed if name not in needed and _scope(name) in waiting]
    if idle:
        yield f"the manifest says that this needs the value of {_words(idle)}, and it does not"


def _named(stores: object, document: Any) -> Iterator[str]:
    """The recordings with names (Voice API v2) that are called after none of the stores that are said to take them; a
    store with a long name has its beginning there."""
    found = (part.get("recordingName") for part in objects(document) if part.get("command") == "startRecording")
    listed = [str(store) for store in stores] if isinstance(stores, list) else None
    for name in dict.fromkeys(name for name in found if isinstance(name, str)):
        if listed is not None and not is_called_after(name, listed):
            yield f"the recording `{name}` is called after no store that the manifest says it goes to"


def _scope(name: str) -> str:
    return name.partition(".")[0]


def _stores(claimed: Mapping[str, Mapping[str, Any]], real: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The stores that are said to take what documents record to other places than these are: which documents record to
    one place they show, but not what it is called. Two stores may be of one place."""
    said, so = _recording(claimed, real), _recording(real, real)
    if said is None:
        yield "the manifest names stores by something that is no name"
        return
    places = Counter(so.values()) if so is not None else Counter[tuple[str, ...]]()
    for name, files in said.items():
        if files not in places:
            said_of = f"{_words(files)} and no others record into one store, `{name}`"
            yield f"the manifest says that {said_of}, and they record into several, or others do too"
    for files, count in (places - Counter(said.values())).items():
        yield f"{_words(files)} record into {count} places that others do not, and the manifest has fewer stores for it"


def _recording(
    claimed: Mapping[str, Mapping[str, Any]], real: Mapping[str, Mapping[str, Any]]
) -> dict[str, tuple[str, ...]] | None:
    """By the name of a store, the documents that record into it, sorted; None where a name is no text."""
    found: dict[str, set[str]] = {}
    for file in claimed.keys() & real.keys():
        names = claimed[file].get("recordings", [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            return None
        for name in names:
            found.setdefault(name, set()).add(file)
    return {name: tuple(sorted(files)) for name, files in sorted(found.items())}


def _counted(answers: object, *, talks: bool) -> Counter[str]:
    """Answers as texts; what `on pie otherwise` answers anyway need not be said, and may be. Without `talks` it is left
    out in which talks phases begin, as older manifests did."""
    listed = [_ordered(one) for one in (answers if isinstance(answers, list) else []) if isinstance(one, dict)]
    listed = [{k: v for k, v in one.items() if talks or k != "in" or "phase" not in one} for one in listed]
    spare = any(one.get("event") == "pie" and one.get("otherwise") is True for one in listed)
    needed = [one for one in listed if not (spare and one.get("type") in ("timeout", "invalidinput"))]
    return Counter(_text(one) for one in needed)


def _ordered(answer: Mapping[str, object]) -> dict[str, object]:
    """An answer with the files and the reports that it lists in one order."""
    return {key: sorted(value, key=_text) if isinstance(value, list) else value for key, value in answer.items()}


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _words(answers: Iterable[str]) -> str:
    return " and ".join(f"`{answer}`" for answer in answers)


def _whole(manifest: Mapping[str, Any], made: Mapping[str, Any], target: Target) -> Iterator[str]:
    """What is said of all replies together."""
    if manifest.get("target", target.name) != target.name:
        yield f"the manifest says that these documents are of the target `{manifest['target']}`, not `{target.name}`"
    if manifest.get("remembers", made["remembers"]) != made["remembers"]:
        yield "the manifest says wrongly whether an answer depends on the reply that was sent before it"
    if manifest.get("phaseFailure", "refuse") not in FAILING["phase"]:
        yield f"the manifest says of a phase that is not confirmed neither of {_words(FAILING['phase'])}"
    if not _are_stores(manifest.get("stores", [])):
        yield "the manifest states something of stores that have no name, or have one twice"
    spare = backend_of(target).spare
    trouble = manifest.get("trouble", made["trouble"])
    if (
        not isinstance(trouble, dict)
        or trouble.get("refused") != spare.refused
        or trouble.get("answered") not in (spare.ended, spare.unchanged)
        or manifest.get("unchanged", spare.unchanged) != spare.unchanged
    ):
        yield "the manifest has other replies for trouble than recpol writes"


def _are_stores(listed: object) -> bool:
    names = [one.get("name") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else [None]
    whole = isinstance(listed, list) and len(names) == len(listed)
    return whole and all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
