"""`recpol diff` on random pairs, judged by the oracle: a small explorer of compiled documents that shares nothing with
the simulator that `diff` walks by.

The oracle says, of each thing that is heard, all that may record it. So it cannot tell two ways to one place apart,
and is not asked where ways are new or gone; the law about single calls (`test_diff.py`) looks there.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from random import Random

from oracle.compiled import can_be_lowered, explored
from oracle.explore import MENU_ERROR
from random_policies import random_policy
from recpol.analysis.program import Program
from recpol.diff.compare import compare
from recpol.diff.model import RECORDING
from test_diff import changed, understood

PAIRS = int(os.environ.get("RECPOL_FUZZ", "300"))
FIRST = int(os.environ.get("RECPOL_FUZZ_FROM", "0"))

RECORDED = {"more-recorded", "less-recorded", "other-store"}
WAYS = {"way-new", "way-gone"}
AUDIBLE = RECORDING | WAYS | {"words", "manner"}

Sound = tuple[str, str]
"""The handler that something is heard in, and how it is written there."""


def sounds(unit: Program) -> dict[Sound, set[tuple[str, ...]]]:
    """All that can be heard under a policy, and what may record each: URLs."""
    world = explored(unit, "svaml1")
    found: dict[Sound, set[tuple[str, ...]]] = {}
    for place, urls in world.recorded(without=MENU_ERROR).items():
        keys = world.source_map["places"].get(place)
        if keys:
            step = unit.steps[int(keys[0])]
            talk = " (talk)" if "(talk)" in place else ""
            # Where a key leads is not heard.
            sound = unit.handler_of(step).key, re.sub(r"-> (?:menu )?\S+", "", step.span.text) + talk
        else:
            sound = place, ""
        found.setdefault(sound, set()).update(urls)
    return found


def goals(unit: Program) -> list[str]:
    """Where the keys of menus lead, in order."""
    return re.findall(r"-> (?:menu )?\S+", unit.source.text)


def test_what_the_oracle_hears_is_told_and_nothing_else() -> None:
    count: Counter[str] = Counter()
    for seed in range(PAIRS):
        dice = Random(FIRST + seed)
        text = random_policy(dice)
        old, new = understood(text), understood(changed(text, dice))
        if any(unit.partial or "ice" not in unit.graph.first or not can_be_lowered(unit) for unit in (old, new)):
            continue
        count["pairs"] += 1
        told = {one.kind for one in compare(old, new).differences}
        differs = sounds(old) != sounds(new)
        if not told & AUDIBLE:
            count["nothing told"] += 1
            assert not differs, seed
        # A key that leads elsewhere brings some calls what only others heard: what all calls hear is the same.
        if told & RECORDED and not told & WAYS and goals(old) == goals(new):
            count["recording told"] += 1
            assert differs, seed
    assert count["pairs"] > PAIRS // 4
    assert count["nothing told"] > PAIRS // 5
    assert count["recording told"] > PAIRS // 200
