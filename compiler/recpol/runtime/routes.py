"""The manifest followed: which document answers a callback, and which is sent for a request.

Invariant: a document is found by what it answers, never by its name; where the manifest does not tell, none is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from recpol.base.record import Record, field
from recpol.base.typing import Any

RouteKey = tuple[str, ...]
"""What is asked for: an event, a PIE with menu, type and value, or a request with its name or phase and moment."""


class RoutedDocument(Record):
    """A document that answers, the documents after which alone it does, the reports that a request waits for, each of
    them, and the leg that hears what it plays."""

    file: str
    after: frozenset[str] | None
    waits: tuple[Mapping[str, Any], ...]
    leg: str | None = None


class ManifestRoutes(Record):
    """All answers of a manifest by what they answer, and the names of the requests that are sent when a key is pressed
    in a room, by the key and the document that the call got last."""

    answers: Mapping[RouteKey, tuple[RoutedDocument, ...]]
    keys: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def event(self, event: str, after: str | None) -> RoutedDocument | None:
        """What answers an event; `after` is the document that the call got last, None where nobody knows."""
        return self._find((event,), after)

    def pie(self, menu: str, type_: str, value: str, after: str | None) -> RoutedDocument | None:
        """What answers the result of a menu; a `sequence` brings digits, which do not choose."""
        wanted = ("pie", menu, type_, value if type_ == "return" else "")
        return self._find(wanted, after) or self._find(("pie",), after)

    def request(self, *name: str, within: str | None = None) -> RoutedDocument | None:
        """What is sent for a phase and a moment of it, or under a name; `within` is the document that the call got
        last, where that is to count."""
        return self._find(("manage", *name), within)

    def knows(self, phase: str) -> bool:
        """Whether anything is sent when a phase begins, or when it ends."""
        return any(self.request(phase, moment) is not None for moment in ("begin", "end"))

    def in_talk(self, name: str, within: str | None) -> RoutedDocument | None:
        """What is sent under a name while people talk; `within` is the document that the call got last."""
        return self._find(("request", name), within)

    def sent_in_talks(self, file: str) -> bool:
        """Whether a document is a request that is sent while people talk, so that no menu runs after it."""
        return any(
            asked[0] == "request" and any(one.file == file for one in found) for asked, found in self.answers.items()
        )

    def asked_for(self, name: RouteKey, within: str | None) -> RoutedDocument | None:
        """What is sent for a phase and a moment, or under a name: to a parked call, or while people talk."""
        found = self.request(*name, within=within)
        return self.in_talk(name[0], within) if found is None and len(name) == 1 else found

    def requests(self) -> tuple[list[str], list[str]]:
        """The phases and the names of requests that there are."""
        names = [asked[1:] for asked in self.answers if asked[0] in ("manage", "request")]
        return list(dict.fromkeys(name[0] for name in names if len(name) == 2)), [
            name[0] for name in names if len(name) == 1
        ]

    def callout(self, name: str) -> RoutedDocument | None:
        """What begins a call under a name."""
        return self._find(("callout", name), None)

    def callouts(self) -> list[str]:
        """The names under which calls can be begun."""
        return [asked[1] for asked in self.answers if asked[0] == "callout"]

    def following(self, file: str) -> list[str]:
        """The documents that can be sent in a call which began with this one."""
        reached = {file}
        todo = [one for asked, found in self.answers.items() if asked[0] in _WITHIN for one in found]
        while now := [one for one in todo if one.after is None or not reached.isdisjoint(one.after)]:
            reached.update(one.file for one in now)
            todo = [one for one in todo if one not in now]
        return sorted(reached - {file})

    def _find(self, asked: RouteKey, after: str | None) -> RoutedDocument | None:
        found = self.answers.get(asked, ())
        named = [answer for answer in found if answer.after is not None and after in answer.after]
        fitting = named or [answer for answer in found if answer.after is None]  # which answers all others
        if after is None:  # nobody knows what was sent last: it does not matter where all agree
            fitting = list(found)
        return fitting[0] if len({answer.file for answer in fitting}) == 1 else None


_WITHIN = frozenset(("ace", "pie", "manage", "request"))
"""What happens within a call that runs."""


def routes_of(replies: Iterable[Mapping[str, Any]]) -> ManifestRoutes:
    """The routes of a manifest's `replies`."""
    answers: dict[RouteKey, list[RoutedDocument]] = {}
    keys: dict[tuple[str, str], str] = {}
    for reply in replies:
        for answer in reply.get("answers", ()):
            after = answer.get("after", answer.get("in"))
            places = frozenset(after) if isinstance(after, list) else None
            for key, files in answer.get("keys", {}).items():
                keys |= {(key, file): str(answer["name"]) for file in files}
            answers.setdefault(_asked(answer), []).append(
                RoutedDocument(str(reply["file"]), places, _reports(answer.get("waitFor")), answer.get("leg"))
            )
    return ManifestRoutes({asked: tuple(found) for asked, found in answers.items()}, keys)


def _reports(waits: object) -> tuple[Mapping[str, Any], ...]:
    """What a request waits for: one report, or one for each of several recordings that it stops."""
    return tuple(one for one in (waits if isinstance(waits, list) else [waits]) if isinstance(one, dict))


def _asked(answer: Mapping[str, Any]) -> RouteKey:
    event = str(answer.get("event"))
    if event == "pie":
        if answer.get("otherwise"):
            return ("pie",)
        return ("pie", str(answer.get("menuId")), str(answer.get("type")).lower(), str(answer.get("value", "")))
    if event in ("request", "callout"):
        return (event, str(answer.get("name")))
    if event == "manage":
        return ("manage", *(str(answer[key]) for key in ("name", "phase", "moment") if key in answer))
    return (event,)
