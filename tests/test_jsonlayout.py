"""JSON laid out as the standard library does it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from recpol.base.jsonlayout import laid_out

ROOT = Path(__file__).parents[1]
_TEXTS = ("", "a", 'quoted "so"', "back\\slash", "line\nbreak", "\u2028", "\x00\x1f\x7f", "é", "😀", "\ud800", "</a>")
_VALUES = (None, True, False, 0, -1, 10**20, 1.5, 1e100, float("inf"))


def _value(chance: random.Random, deep: int) -> Any:
    kind = chance.randrange(4 if deep else 2)
    if kind == 0:
        return chance.choice(_TEXTS)
    if kind == 1:
        return chance.choice(_VALUES)
    size = chance.randrange(4)
    if kind == 2:
        return {chance.choice(_TEXTS) + str(n): _value(chance, deep - 1) for n in range(size)}
    made = [_value(chance, deep - 1) for _ in range(size)]
    return made if chance.randrange(3) else tuple(made)


def _theirs(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


@pytest.mark.parametrize("seed", range(20))
def test_any_value_is_laid_out_as_by_the_standard_library(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(200):
        value = _value(chance, 5)
        assert laid_out(value) == _theirs(value)


def test_schemas_are_laid_out_as_by_the_standard_library() -> None:
    for file in sorted((ROOT / "schemas").glob("*.json")):
        value = json.loads(file.read_text("utf-8"))
        assert laid_out(value) == _theirs(value), file


def test_a_value_that_nests_deep_is_laid_out() -> None:
    value: Any = "within"
    for _ in range(200):
        value = {"a": [value]}
    assert laid_out(value) == _theirs(value)
