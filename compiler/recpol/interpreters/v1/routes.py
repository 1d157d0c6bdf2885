"""The manifest's entries, to the file that answers a callback or is sent for a request.

Invariant: an answer holds only for what it names; two files for one callback are a problem, never a silent choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from recpol.base.record import Record, field
from recpol.base.typing import Protocol

Route = Mapping[str, object]
"""One entry of the manifest's `replies`: `file`, and `answers` with one object for each callback or request."""

Answered = tuple[str, ...]
"""What an answer answers: `ice`, `ace`, `pie` with menu, type and value (alone: all other results), or `manage` with a
name, or with a phase and its moment, or `request` with a name."""


class Finder(Protocol):
    """What says which file answers: a manifest, or a backend that is asked (`recpol.testing`)."""

    def ice(self) -> str | None:
        """The file that answers ICE."""

    def callout(self, name: str) -> str | None:
        """The file of the request that begins a call."""

    def ace(self, after: str) -> str | None:
        """The file that answers ACE."""

    def pie(self, after: str, menu_id: str, type_: str, value: str | None) -> str | None:
        """The file that answers PIE."""

    def sent(self, name: str) -> str | None:
        """The file that is sent to a parked call."""

    def phase(self, phase: str, moment: str, within: str) -> str | None:
        """The file that is sent for a phase, since the document `within`."""

    def request(self, name: str, within: str) -> str | None:
        """The file that is sent while people talk, since the document `within`."""

    def key(self, key: str, within: str) -> str | None:
        """The file that is sent when a key is pressed in a room, since the document `within`."""

    def leg(self, file: str) -> str:
        """The leg to which a request is sent; empty where it plays nothing."""


class Routes(Record):
    """The answers by what they answer: the file that holds after each file, or in its talk, and that after all others
    (None).

    `legs` are the legs to which requests are sent, by file. `keys` are the files that are sent when a key is pressed in
    a room, by the key and the document that the call got last. `listed` is each of them as it stands in the manifest:
    what it answers, and one file after which it holds.
    """

    answers: Mapping[Answered, Mapping[str | None, str]]
    problems: tuple[str, ...] = ()
    listed: tuple[tuple[Answered, str | None], ...] = ()
    legs: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def ice(self) -> str | None:
        """The file that answers ICE."""
        return self._find(("ice",), None)

    def callout(self, name: str) -> str | None:
        """The file of the request that begins a call under this name."""
        return self._find(("callout", name), None)

    def ace(self, after: str) -> str | None:
        """The file that answers ACE; `after` is the file of the reply that dialled."""
        return self._find(("ace",), after)

    def pie(self, after: str, menu_id: str, type_: str, value: str | None = None) -> str | None:
        """The file that answers a menu's result, or else the one for all other results."""
        own = self._find(("pie", menu_id, type_, value or ""), after)
        return own if own is not None else self._find(("pie",), after)

    def sent(self, name: str) -> str | None:
        """The file that is sent to a parked call under this name."""
        return self._find(("manage", name), None)

    def request(self, name: str, within: str) -> str | None:
        """The file that is sent under this name while people talk; `within` is the file that the talk came from."""
        return self._find(("request", name), within)

    def key(self, key: str, within: str) -> str | None:
        """The file that is sent when a key is pressed in a room; `within` is the file that the talk came from."""
        return self.keys.get((key, within))

    def leg(self, file: str) -> str:
        """The leg to which a request is sent; empty where it plays nothing."""
        return self.legs.get(file, "")

    def phase(self, phase: str, moment: str, within: str) -> str | None:
        """The file that is sent when a phase begins or ends (`begin`, `end`); `within` is what the call got last."""
        return self._find(("manage", phase, moment), within)

    def _find(self, key: Answered, after: str | None) -> str | None:
        found = self.answers.get(key, {})
        return found.get(after, found.get(None))


def index(entries: Sequence[object]) -> Routes:
    """The entries of a manifest, ready to be asked; an entry that cannot be read is a problem."""
    answers: dict[Answered, list[tuple[str, frozenset[str] | None]]] = {}
    every: list[tuple[Answered, str | None]] = []
    problems: list[str] = []
    legs: dict[str, str] = {}
    keys: dict[tuple[str, str], str] = {}
    for entry in entries:
        file, listed = (entry.get("file"), entry.get("answers")) if isinstance(entry, Mapping) else (None, None)
        if not isinstance(file, str) or not isinstance(listed, Sequence) or isinstance(listed, str):
            problems.append("an entry of the manifest has no `file` or no `answers`")
            continue
        for answer in listed:
            key, after = answered(answer), answer.get("after", answer.get("in")) if isinstance(answer, dict) else None
            if key is None or not (after is None or isinstance(after, list)):
                problems.append(f"an answer of `{file}` cannot be read")
                continue
            if after == []:
                problems.append(f"an answer of `{file}` holds after no reply")
            if isinstance(answer.get("leg"), str):
                legs[file] = answer["leg"]
            for pressed in _pressed(answer):
                if pressed in keys:
                    both = f"`{keys[pressed]}` and `{file}`" if keys[pressed] != file else f"`{file}` twice"
                    problems.append(f"key {pressed[0]} after `{pressed[1]}` has {both} sent")
                keys.setdefault(pressed, file)
            named = None if after is None else [place for place in after if isinstance(place, str)]
            every += [(key, place) for place in ([None] if named is None else named)]
            places = None if named is None else frozenset(named)
            answers.setdefault(key, []).append((file, places))
    for key, found in answers.items():
        problems += _twice(found, others=key == ("ace",))
    return Routes({key: _by_place(found) for key, found in answers.items()}, tuple(problems), tuple(every), legs, keys)


def _by_place(found: list[tuple[str, frozenset[str] | None]]) -> dict[str | None, str]:
    """Files with the places after which they hold, to the first file of each place."""
    first: dict[str | None, str] = {}
    for file, places in found:
        for place in (None,) if places is None else places:
            first.setdefault(place, file)
    return first


def _pressed(answer: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The keys for which a request is sent, each with each document that the call can have got last."""
    keys = answer.get("keys")
    for key, files in keys.items() if isinstance(keys, Mapping) else ():
        yield from ((str(key), str(file)) for file in (files if isinstance(files, list) else ()))


def _twice(found: list[tuple[str, frozenset[str] | None]], *, others: bool) -> list[str]:
    """A problem where two files hold for the same callback.

    With `others` a file without `after` answers what those with it do not.
    """
    anywhere = next((file for file, places in found if places is None), None)
    taken: dict[str, str] = {}
    problems = []
    for file, places in found:
        same = {taken.setdefault(place, file) for place in places or ()}
        if anywhere is not None and (places is None or not others):
            same.add(anywhere)
        problems += [f"`{other}` and `{file}` answer the same callback" for other in sorted(same - {file})]
    return problems


def answered(answer: object) -> Answered | None:
    """What one answer of a manifest answers; None where it cannot be read."""
    if not isinstance(answer, dict):
        return None
    match answer:
        case {"event": "ice" | "ace" as event}:
            return (event,)
        case {"event": "pie", "otherwise": True}:
            return ("pie",)
        case {"event": "pie", "menuId": str(menu_id), "type": str(type_)}:
            value = answer.get("value")
            return ("pie", menu_id, type_.lower(), value if isinstance(value, str) else "")
        case {"event": "manage", "phase": str(phase), "moment": str(moment)}:
            return ("manage", phase, moment)
        case {"event": "manage" | "callout" as event, "name": str(name)}:
            return (event, name)
        case {"event": "request", "name": str(name), "in": list()}:
            return ("request", name)
        case _:
            return None
