"""What must hold for any text, however damaged: the laws of `fuzzing.py`, all of them on each text.

`RECPOL_FUZZ` is how many texts of each kind are tried, from the number in `RECPOL_FUZZ_FROM` on. A text that once
failed stands in `FAILED` by its number.
"""

from __future__ import annotations

import os

import pytest

from damaged import KINDS, damaged
from fuzzing import LAWS, main, tried

TEXTS = int(os.environ.get("RECPOL_FUZZ", "100"))
FIRST = int(os.environ.get("RECPOL_FUZZ_FROM", "0"))
BLOCKS = 5

FAILED: dict[str, tuple[int, ...]] = {"policy": (), "document": (), "settings": (), "test": ()}
"""Numbers of texts on which recpol once failed."""


@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.parametrize("kind", KINDS)
def test_any_text(kind: str, block: int) -> None:
    laws = {law.name for law in LAWS if kind in law.kinds} | {"no exception"}
    for number in range(FIRST + block, FIRST + TEXTS, BLOCKS):
        try:
            assert set(tried(kind, number, all_laws=True)) == laws
        except Exception as problem:
            raise AssertionError(f"{kind} {number}: {problem!r}\n{damaged(kind, number)[:2000]}") from problem


@pytest.mark.parametrize("kind", KINDS)
def test_what_once_failed(kind: str) -> None:
    for number in FAILED[kind]:
        assert "no exception" in set(tried(kind, number, all_laws=True))


def test_texts_are_tried_at_length(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--minutes", "0.001", "--jobs", "1"]) == 0
    told = capsys.readouterr().out
    assert "no exception" in told
    assert told.endswith("         0  did not hold\n")
