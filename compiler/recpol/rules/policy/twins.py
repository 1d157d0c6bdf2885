"""Policies of one run to those that have the name of another one.

Invariant: each policy is told once, beside the first of its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recpol.base.finding import Finding, Note
from recpol.base.source import Span
from recpol.rules.policy.answering import AnsweringPolicy
from recpol.rules.policy.names import duplicate_name
from recpol.rules.rule import stamped
from recpol.settings.levels import Levels


def named_twice(policies: Iterable[AnsweringPolicy]) -> Iterator[Finding]:
    """The policies that would be written to the folder of an earlier one, each with both places; linear."""
    first: dict[str, Span] = {}
    told: set[Span] = set()
    for policy in policies:
        earlier = first.setdefault(policy.policy, policy.named)
        if earlier != policy.named and policy.named not in told:  # for each tenant it is the same one
            told.add(policy.named)
            found = Finding(
                f"two policies are named `{policy.policy}`",
                policy.named,
                notes=(Note(earlier, "the other one"),),
                why="each policy is written to the folder of its name, so one would replace the other",
                help="rename one of them, or compile them in two runs with two output folders",
            )
            yield from stamped(duplicate_name, (found,), Levels())
