"""What a policy compiles to, against the documents that it was imported from.

Letter case of names, the two names of the flag, `"mainMenu": "main"`, empty lists, numbers as keys, secrets that became
names, a destination without its type, and which of several recordings starts or stops first in one moment do not count:
they say the same. Letter case of keys counts: no source says whether the platform reads `Record` as `record`.

Invariant: two documents that record or play something else are different.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby

from recpol.base.jsontree import Array, JsonNode, JsonScalar, Object
from recpol.base.typing import Any
from recpol.platform.v1.requests import read_form
from recpol.svaml.capitals import miswritten


def differences(given: Any, made: Any) -> Iterator[str]:
    """Where a compiled reply says something else than the given one, as paths."""
    yield from _differ(_normal(given), _normal(made), "")


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
