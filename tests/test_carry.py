"""Bits that are carried along all ways of calls, circles too, against going round until nothing changes."""

from __future__ import annotations

from random import Random

from recpol.analysis.dialled import carry


def carried(masks: list[int], onward: list[list[int]]) -> list[int]:
    """The plain way: every bit goes along every way until nothing is new."""
    found = list(masks)
    while True:
        before = list(found)
        for at, targets in enumerate(onward):
            for to in targets:
                found[to] |= found[at]
        if found == before:
            return found


def test_bits_are_carried_along_all_ways() -> None:
    random, circles = Random(7), 0
    for _ in range(2_000):
        size = random.randint(0, 9)
        onward = [[random.randrange(size) for _ in range(random.randint(0, 3))] for _ in range(size)]
        masks = [random.choice((0, 1 << at)) for at in range(size)]
        expected = carried(masks, onward)
        carry(masks, onward)
        assert masks == expected, onward
        circles += any(expected[a] == expected[b] != 0 for a in range(size) for b in onward[a] if a != b)
    assert circles > 500
