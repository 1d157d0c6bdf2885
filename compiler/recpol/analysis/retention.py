"""How long recordings are kept: durations of days, weeks and years, compared.

A year has 365 or 366 days, so that a number of years is a span of days: at least so many, at most so many.

Invariant: of two durations in one unit the numbers decide; of others, one is longer only if it is so in every year.
"""

from __future__ import annotations

from recpol.base.typing import assert_never
from recpol.syntax import tree

UNITS = {"d": "day", "w": "week", "y": "year"}
"""The units of retention, in words. No unit for months: `m` are minutes elsewhere, and months have no length."""

LONGEST = 100
"""How many years a retention may have at most."""


def known(duration: tree.Duration) -> bool:
    """Whether a duration is one of retention."""
    return duration.unit in UNITS


def fewest_days(duration: tree.Duration) -> int:
    """The days of a duration if its years are short."""
    count = duration.number.value
    return {"d": count, "w": 7 * count}.get(duration.unit, count * 1461 // 4)


def most_days(duration: tree.Duration) -> int:
    """The days of a duration if its years are long."""
    count = duration.number.value
    return {"d": count, "w": 7 * count}.get(duration.unit, -(-count * 1461 // 4))


def reaches(long: tree.Duration, short: tree.Duration) -> bool:
    """Whether a duration is at least as long as another, whatever the years."""
    if long.unit == short.unit:
        return long.number.value >= short.number.value
    return fewest_days(long) >= most_days(short)


def in_words(duration: tree.Duration) -> str:
    """A duration in words: `5 years`."""
    count = duration.number.value
    return f"{count} {UNITS.get(duration.unit, duration.unit)}{'' if count == 1 else 's'}"


def span_in_words(retention: tree.Retention) -> str:
    """A retention in words: `for 5 to 7 years`, `for 5 years at least`, `for 7 years at most`."""
    least, most = retention.least, retention.most
    if least is not None and most is not None:
        first = str(least.number.value) if least.unit == most.unit else in_words(least)
        return f"for {first} to {in_words(most)}"
    if least is not None:
        return f"for {in_words(least)} at least"
    return f"for {in_words(most)} at most" if most is not None else ""


def written(retention: tree.Retention) -> str:
    """A retention in the one spelling: `5y to 7y`."""
    least, most = (None if d is None else f"{d.number.text}{d.unit}" for d in (retention.least, retention.most))
    return f"{least} to {most}" if least and most else least or f"up to {most}"


def stated(store: tree.Store) -> dict[str, object]:
    """What a store states of its place: `keep` with `atLeast` and `atMost`, `readers`, `encrypted`, `region`."""
    found: dict[str, object] = {}
    for key in ("keep", "readers", "encrypted", "region"):
        promise = store.promise(key)
        value = None if promise is None else promise.value
        match value:
            case tree.Retention(least=least, most=most):
                ends = (("atLeast", least), ("atMost", most))
                found[key] = {name: f"{end.number.text}{end.unit}" for name, end in ends if end is not None}
            case tree.Text():
                found[key] = value.value
            case tree.Word(text=text):
                found[key] = text == "yes" if key == "encrypted" else text
            case None:
                pass
            case _:
                assert_never(value)
    return found
