"""What a policy compiles to, against the documents that it was imported from.

Letter case of names, the two names of the flag, `"mainMenu": "main"`, empty lists, numbers as keys, secrets that became
names, a destination without its type, and which of several recordings starts or stops first in one moment do not count:
they say the same. Letter case of keys counts: no source says whether the platform reads `Record` as `record`.

Where two documents are different, `changes` tells whether they are known to say the same in another spelling: a text
among `ids`, a switch that is off as it is without being named, names of legs and bridges that are others throughout.

Invariant: two documents that record or play something else are different, and the difference is a change.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from recpol.base.jsontree import Array, JsonNode, JsonScalar, Object
from recpol.base.typing import Any
from recpol.platform.v1.requests import read_form
from recpol.svaml.capitals import miswritten


def compared(
    trees: Mapping[str, JsonNode],
    given: Mapping[str, Any],
    made: Mapping[str, Any],
    missing: str,
    others: Sequence[str] = (),
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where compiled documents say something else than those given, and which of these places are changes: `given` are
    the `trees` as they are compared, `missing` says what is different about a file that is not compiled to, and
    `others` are changes that are known already."""
    told: list[str] = []
    sure = [*others, *changes(given, made)]
    for file, tree in trees.items():
        if file not in made:
            told.append(f"{file}: {missing}")
            sure.append(told[-1])
            continue
        keys = [f"{file}: {path}" for path in respelled(tree)]
        told += [*keys, *(f"{file}: {path}" for path in differences(given[file], made[file]))]
        sure += keys
    told += others
    return tuple(told), tuple(dict.fromkeys(sure))


def differences(given: Any, made: Any) -> Iterator[str]:
    """Where a compiled reply says something else than the given one, as paths."""
    yield from _differ(_normal(given), _normal(made), "")


def changes(given: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[str]:
    """Where compiled documents, by their files, are not known to say the same as those given: as files and paths."""
    files = [file for file in given if file in made]
    meant = {file: (_meant(_normal(given[file])), _meant(_normal(made[file]))) for file in files}
    pairs = {pair for one, other in meant.values() for pair in _names(one, other)}
    before = Counter((key, old) for key, old, _ in pairs)
    after = Counter((key, new) for key, _, new in pairs)
    names = {(k, old): new for k, old, new in pairs if before[k, old] == after[k, new] == 1}
    for file, (one, other) in meant.items():
        yield from (f"{file}: {path}" for path in _differ(_renamed(one, names), other, ""))


_NAMES = ("callName", "bridgeName")
"""Names that documents of one application give, and that no call hears."""

_SWITCHES = ("enableAce", "enablePie", "enableDice")
"""Switches of a callout that are off where they are left out."""

_SPOKEN = re.compile(r"#(tts|ssml)\[([^\[\]]*)\]\Z")


def _meant(value: Any) -> Any:
    """A normal document in one of the spellings that say the same."""
    if isinstance(value, list):
        return [_meant(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _meant(inner) for key, inner in value.items() if not (key in _SWITCHES and inner is False)}
    ids = found.get("ids")
    if found.get("name") == "PlayFiles" and isinstance(ids, list) and len(ids) == 1 and isinstance(ids[0], str):
        spoken = _SPOKEN.match(ids[0])
        if spoken is not None:
            del found["ids"]
            found |= {"name": "Say", "text" if spoken[1] == "tts" else "ssml": spoken[2]}
    return found


def _names(given: Any, made: Any) -> Iterator[tuple[str, str, str]]:
    """What is called by a name at the same place of two documents: the key, and both names."""
    if isinstance(given, dict) and isinstance(made, dict):
        for key in given.keys() & made.keys():
            one, other = given[key], made[key]
            if key in _NAMES and isinstance(one, str) and isinstance(other, str):
                yield key, one, other
            else:
                yield from _names(one, other)
    elif isinstance(given, list) and isinstance(made, list):
        for one, other in zip(given, made, strict=False):
            yield from _names(one, other)


def _renamed(value: Any, names: Mapping[tuple[str, str], str]) -> Any:
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: names.get((key, inner), inner) if isinstance(inner, str) else _renamed(inner, names)
        for key, inner in value.items()
    }


def respelled(given: JsonNode, path: str = "") -> Iterator[str]:
    """Where the keys of what was given are in another letter case than they are compiled to, as paths."""
    match given:
        case JsonScalar():
            return
        case Array():
            for number, item in enumerate(given.items):
                yield from respelled(item, f"{path}[{number}]")
        case Object():
            for member in given.members:
                written = miswritten(member.key)
                inner = f"{path}.{written or member.name}" if path else written or member.name
                if written is not None:
                    yield inner
                yield from respelled(member.value, inner)


def opened(callout: Any) -> Any:
    """The request of a callout without the replies to ACE and PIE in it, which have files of their own, and with the
    one to ICE as it reads."""
    if not isinstance(callout, dict):
        return callout
    found: dict[Any, Any] = {}
    for method, body in callout.items():
        held = dict(body) if isinstance(body, dict) else body
        if isinstance(held, dict):
            held = {key: value for key, value in held.items() if key not in ("ace", "pie")}
            if isinstance(held.get("ice"), str):
                held["ice"] = json.loads(held["ice"])  # it has been read before
        found[method] = held
    return found


def _differ(given: Any, made: Any, path: str) -> Iterator[str]:
    if isinstance(given, dict) and isinstance(made, dict):
        for key in dict.fromkeys((*given, *made)):
            inner = f"{path}.{key}" if path else str(key)
            if inner.endswith("destination.type") and key not in given:
                continue
            if key not in made or key not in given:
                yield inner
            else:
                yield from _differ(given[key], made[key], inner)
    elif isinstance(given, list) and isinstance(made, list) and len(given) == len(made):
        for number, (one, other) in enumerate(zip(given, made, strict=True)):
            yield from _differ(one, other, f"{path}[{number}]")
    elif given != made or isinstance(given, bool) is not isinstance(made, bool):
        yield path or "the document"


def _changes(item: Any) -> str:
    """The command by which a recording starts or stops; empty of any other."""
    word = item.get("command") if isinstance(item, dict) else None
    return word if word in ("startRecording", "stopRecording") else ""


def _normal(value: Any, key: str = "") -> Any:
    if isinstance(value, list):
        items = [_normal(item) for item in value]
        runs = (list(run) for _, run in groupby(items, key=_changes))
        return [item for run in runs for item in (sorted(run, key=repr) if _changes(run[0]) else run)]
    if isinstance(value, dict):
        found = {name: _normal(inner, name) for name, inner in value.items()}
        if found.get("instructions") == []:
            del found["instructions"]
        if found.get("mainMenu") == "main":
            del found["mainMenu"]
        if "recording" in found:
            found["record"] = found.pop("recording")
        if found.get("record") is False:
            del found["record"]
        return found
    if key == "name" and isinstance(value, str):
        form = read_form("action", value) or read_form("instruction", value)
        return value if form is None else form.name
    if key == "dtmf" and isinstance(value, int):
        return str(value)
    if key == "type" and isinstance(value, str):
        return value.lower()
    return "a secret" if key == "credentials" else value
