"""The policies that mutants are made of: examples, cases, pages of rules, every construct, and random ones.

Invariant: the same policies in the same order on every machine; a policy stands here for a target where it compiles.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from random_policies import random_policy, random_policy_for_v2
from recpol.analysis.program import Program, program
from recpol.base.source import Source, Unreadable
from recpol.platform.targets import Target
from recpol.rules.check import check
from recpol.support_matrix import CONSTRUCTS
from recpol.targets.catalogue import backend_of
from recpol.targets.reply import Reply
from recpol.verify import verify
from test_cases import CASES, VARIABLES, sibling, source_of
from test_rule_pages import EXAMPLES

Made = dict[str, dict[str, Any]]
"""What a lowering makes, as plain data: by file its `document`, `answers` and `values`."""

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Compiled:
    """A policy that compiles to a target: its name, its program, and what the lowering makes of it."""

    name: str
    unit: Program
    made: Made

    @property
    def target(self) -> Target:
        """The one target."""
        (target,) = self.unit.targets
        return target


_Understood = Callable[[tuple[Target, ...]], Program]


def _nearby(written: str, using: str) -> Source | Unreadable:
    path = ROOT / "policies" / posixpath.normpath(posixpath.join(posixpath.dirname(using), written))
    return Source(written, path.read_text("utf-8")) if path.is_file() else Unreadable("there is no such file")


def _reading(source: Source, reader: Callable[[str, str], Source | Unreadable] | None = None) -> _Understood:
    return lambda targets: program(source, reader=reader, variables=VARIABLES, targets=targets)


def _understood(random: int) -> Iterator[tuple[str, _Understood]]:
    for path in sorted((ROOT / "policies").glob("*.recpol")):
        yield path.name, _reading(Source(path.name, path.read_text("utf-8")), _nearby)
    for construct in CONSTRUCTS:
        yield construct.name, _reading(Source("example.recpol", construct.example))
    for path in sorted(CASES.rglob("*.recpol")):
        yield path.relative_to(CASES).as_posix(), _reading(source_of(path), sibling)
    for example in EXAMPLES:
        if example.right and example.rule.about_policies:
            yield example.name, _reading(Source(f"{example.name}.recpol", example.text))
    for seed in range(random):
        yield f"random {seed}", _reading(Source("random.recpol", random_policy(Random(seed))))
        yield f"random {seed} of v2", _reading(Source("random.recpol", random_policy_for_v2(Random(seed))))


def corpus(target: Target, *, random: int) -> Iterator[Compiled]:
    """The policies that compile to a target, each output once; `random` is the number of random ones of a kind."""
    seen: set[str] = set()
    for name, understood in _understood(random):
        unit = understood((target,))
        if unit.names.policy is None or check(unit).errors:
            continue
        made = plain(backend_of(target).lower(unit))
        text = json.dumps(made)
        if text not in seen:
            seen.add(text)
            yield Compiled(name, unit, made)


def plain(replies: tuple[Reply, ...]) -> Made:
    """Replies as plain data, which is nobody else's."""
    made = {r.file: {"document": r.document, "answers": list(r.answers), "values": list(r.values)} for r in replies}
    copied: Made = json.loads(json.dumps(made))
    return copied


def seen(compiled: Compiled, made: Made) -> bool:
    """Whether translation checking sees that something else was made of a policy."""
    replies = tuple(
        Reply(file, one["document"], tuple(one["answers"]), tuple(one["values"])) for file, one in made.items()
    )
    return bool(verify(compiled.unit, replies, compiled.target).differences)
