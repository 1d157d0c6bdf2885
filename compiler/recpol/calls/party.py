"""The people in a call, by the part that they have in it.

Invariant: plain words; whoever is called by a request of the backend, and by no caller, plays the caller's part.
"""

from __future__ import annotations

from enum import Enum


class Party(Enum):
    """Who hears something: one of the two sides of a call, or each person in it."""

    CALLER = "caller"
    CALLEE = "callee"
    EVERYONE = "everyone"

    @property
    def words(self) -> str:
        """As sentences name them."""
        return self.value if self is Party.EVERYONE else f"the {self.value}"


def party_of(word: str) -> Party | None:
    """The party of that name."""
    return next((party for party in Party if party.value == word), None)
