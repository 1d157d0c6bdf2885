"""The phase that a call is in, as the ledger tells, and what is kept back until that has ended.

During a phase no request is sent (the phase ends first): requests are written for what records the talk around it. So a
key that is pressed then has its request sent afterwards.

Invariant: what every process of a server reads in one ledger is the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from recpol.runtime.entries import ACCEPTED, KeptEntry, changes_the_talk
from recpol.runtime.routes import ManifestRoutes


def phase_of(kept: Iterable[KeptEntry], routes: ManifestRoutes) -> str:
    """The phase that a call is in; empty where it is in none.

    One of which the platform took the beginning, and that was not said to be unconfirmed, goes on until the platform
    takes its end. One that has no request at its end changes nothing of what is recorded, and does not count.
    """
    phase = ""
    for one in kept:
        entry, turn = one.entry, _turn(one.entry.data.get("name"))
        if changes_the_talk(entry) or entry.kind == "ended":
            phase = ""
        elif entry.kind == "requested" and entry.data.get("status") in ACCEPTED and turn is not None:
            goes_on = turn[1] == "begin" and routes.request(turn[0], "end") is not None
            phase = turn[0] if goes_on else ""
        elif entry.kind == "unconfirmed" and entry.data.get("phase") == phase:
            phase = ""
    return phase


def kept_back(kept: Iterable[KeptEntry]) -> str:
    """The request of a key that was pressed during a phase, and that nothing was sent for since; empty for none."""
    name = ""
    for one in kept:
        if changes_the_talk(one.entry) or one.entry.kind == "ended":
            name = ""
        elif one.entry.kind == "pressed":
            name = str(one.entry.data.get("request", ""))
    return name


def _turn(name: object) -> tuple[str, str] | None:
    """A phase and its moment, where a request was about one."""
    return (str(name[0]), str(name[1])) if isinstance(name, list | tuple) and len(name) == 2 else None
