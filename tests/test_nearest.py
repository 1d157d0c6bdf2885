"""The guess behind "did you mean": close words only, the same answer always."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recpol.base.nearest import CLOSE, CROWD, letters_apart, nearest


@pytest.mark.parametrize(
    ("word", "candidates", "expected"),
    [
        ("recrod", ["record", "repeat"], "record"),
        ("conferense-scope", ["conference-scope", "two-stores"], "conference-scope"),
        ("max_duration", ["max-duration", "dial-timeout"], "max-duration"),
        ("MaxDuration", ["max-duration"], "max-duration"),
        ("Sales", ["sale", "sales"], "sales"),
        ("card", ["crad"], "crad"),
        ("agent", ["agents", "agency"], "agents"),
        ("mp4", ["wav", "mp3"], "mp3"),
        ("same", ["same"], "same"),
        ("xyz", ["record", "repeat"], None),
        ("no", ["on", "off"], None),
        ("a", ["b", "c"], None),
        ("", ["a"], None),
        ("word", [], None),
    ],
)
def test_guesses(word: str, candidates: list[str], expected: str | None) -> None:
    assert nearest(word, candidates) == expected
    assert nearest(word, reversed(candidates)) == expected


def test_in_a_crowd_only_the_style_of_spelling_counts() -> None:
    crowd = [f"label-{number}" for number in range(CROWD + 1)]
    assert nearest("LABEL_7", crowd) == "label-7"
    assert nearest("labl-7", crowd) is None


def test_in_a_mixed_crowd_those_that_begin_alike_are_compared() -> None:
    crowd = [f"{first}-{number}" for first in ("label", "menu", "phase") for number in range(CROWD // 2)]
    assert nearest("phse-7", crowd) == "phase-7"
    assert nearest("xhase-7", crowd) is None


@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=6))
def test_any_words_give_the_same_guess_in_any_order(word: str, candidates: list[str]) -> None:
    guess = nearest(word, candidates)
    assert guess is None or guess in candidates
    assert guess == nearest(word, reversed(candidates))


WORDS = st.text("abcé_-A", max_size=9)


@given(WORDS, st.lists(WORDS, max_size=8))
def test_a_guess_is_the_first_of_those_that_are_most_alike(word: str, candidates: list[str]) -> None:
    def plain(one: str) -> str:
        return one.casefold().replace("_", "-")

    known = sorted((one, plain(one)) for one in set(candidates))
    best, most = next((one for one, spelt in known if spelt == plain(word)), None), CLOSE
    if best is None and plain(word):
        for one, spelt in known:
            ratio = SequenceMatcher(None, spelt, plain(word), autojunk=False).ratio()
            if ratio > most:
                best, most = one, ratio
    assert nearest(word, candidates) == best


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        ("", "", 0),
        ("number", "number", 0),
        ("maxDuraton", "maxDuration", 1),
        ("nubmer", "number", 1),
        ("badge", "barge", 1),
        ("recordOptions", "recordingOptions", 3),
        ("cli", "", 3),
        ("abc", "xyz", 3),
    ],
)
def test_letters_apart(first: str, second: str, count: int) -> None:
    assert letters_apart(first, second) == letters_apart(second, first) == count
