"""The index of a build: which of its policies answers a number or an application.

Invariant: where the index does not say it, nothing is guessed.
"""

from __future__ import annotations

from recpol.base.typing import Any

INDEX = "index.json"

VERSION = 1
"""The version of indexes that is read."""


class BuildProblem(Exception):
    """A build that cannot be served: what is wrong, and what helps."""

    def __init__(self, message: str, help: str) -> None:  # noqa: A002  as in findings
        super().__init__(message)
        self.help = help


def answered_name(name: str) -> str:
    """A number or an application as it is looked up: events write numbers with and without `+`."""
    return name.removeprefix("+").lower()


def routes_of_index(index: Any, shown: str) -> dict[str, tuple[str, ...]]:
    """The folders of the policies that answer a name; raises `BuildProblem`. `shown` is the path of the index."""
    if not isinstance(index, dict) or index.get("indexVersion") != VERSION:
        raise BuildProblem(f"`{shown}` is no index of version {VERSION}", "compile again with this recpol")
    try:
        folders = {
            (one.get("tenant", ""), one["policy"]): tuple(map(str, one["folders"].values()))
            for one in index["policies"]
        }
        return {
            answered_name(name): folders[to.get("tenant", ""), to["policy"]]
            for kind in ("numbers", "applications")
            for name, to in index[kind].items()
        }
    except (TypeError, LookupError, AttributeError):
        raise BuildProblem(f"`{shown}` is no index of recpol", "compile the whole project") from None
