"""A manifest and the documents beside it, to where the two contradict each other.

What a manifest says is held against the manifest that the imported policy gives: the documents decide. The values that
it lists are held against the placeholders of the documents; one that is listed and not there may have been filled in.
Documents do not show what stores are called and promise, which numbers a policy answers, and what becomes of a phase
that is not confirmed (`phaseFailure`): of these it is seen only that one name is not said of two places.

Invariant: what a manifest does not say is no contradiction.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recpol.base.finding import Finding
from recpol.base.jsonread import read_json
from recpol.base.jsontree import plain
from recpol.base.source import Span
from recpol.compilation import Compilation
from recpol.platform.targets import Target
from recpol.targets.catalogue import backend_of
from recpol.targets.filenames import MANIFEST
from recpol.targets.values import values_of

HELP = "compile again, or leave the manifest out"


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
            yield from (Finding(message, place, help=HELP) for message in _values(claimed[file], place))
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


def _values(claimed: Mapping[str, Any], place: Span) -> Iterator[str]:
    """The values that a document needs and that its manifest does not list; `place` is where the document begins."""
    listed, document = claimed.get("values"), read_json(place.source)
    if isinstance(listed, list) and not isinstance(document, Finding):
        unsaid = [name for name in values_of(plain(document)) if name not in listed]
        if unsaid:
            yield f"this needs the value of {_words(unsaid)}, which the manifest does not say"


def _stores(claimed: Mapping[str, Mapping[str, Any]], real: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The stores that are said to take what documents record to different places."""
    places: dict[str, set[str]] = {}
    for file, reply in claimed.items():
        names, known = reply.get("recordings"), set(real.get(file, {}).get("recordings", ()))
        for name in names if isinstance(names, list) and known else ():
            places[str(name)] = places.get(str(name), known) & known
    for name in (name for name, common in places.items() if not common):
        yield f"the manifest says that these documents record into one store, `{name}`, and they record into several"


def _counted(answers: object, *, talks: bool) -> Counter[str]:
    """Answers as texts; what `on pie otherwise` answers anyway need not be said, and may be. Without `talks` it is left
    out in which talks phases begin, as older manifests did."""
    listed = [_ordered(one) for one in (answers if isinstance(answers, list) else []) if isinstance(one, dict)]
    listed = [{k: v for k, v in one.items() if talks or k != "in" or "phase" not in one} for one in listed]
    spare = any(one.get("event") == "pie" and one.get("otherwise") is True for one in listed)
    needed = [one for one in listed if not (spare and one.get("type") in ("timeout", "invalidinput"))]
    return Counter(json.dumps(one, sort_keys=True) for one in needed)


def _ordered(answer: Mapping[str, object]) -> dict[str, object]:
    """An answer with the files that it lists in one order."""
    return {key: sorted(map(str, value)) if isinstance(value, list) else value for key, value in answer.items()}


def _words(answers: Iterable[str]) -> str:
    return " and ".join(f"`{answer}`" for answer in answers)


def _whole(manifest: Mapping[str, Any], made: Mapping[str, Any], target: Target) -> Iterator[str]:
    """What is said of all replies together."""
    if manifest.get("target", target.name) != target.name:
        yield f"the manifest says that these documents are of the target `{manifest['target']}`, not `{target.name}`"
    if manifest.get("remembers", made["remembers"]) != made["remembers"]:
        yield "the manifest says wrongly whether an answer depends on the reply that was sent before it"
    spare = backend_of(target).spare
    trouble = manifest.get("trouble", made["trouble"])
    if (
        not isinstance(trouble, dict)
        or trouble.get("refused") != spare.refused
        or trouble.get("answered") not in (spare.ended, spare.unchanged)
        or manifest.get("unchanged", spare.unchanged) != spare.unchanged
    ):
        yield "the manifest has other replies for trouble than recpol writes"
