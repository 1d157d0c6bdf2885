"""Words of a test in which `{{ var.NAME }}` stands, to the words of one tenant: the test leaves the value to it.

What the backend gives to the call stands there as `{{ start.NAME }}`.

Invariant: a variable without a value stays as it is written, so that the test fails and says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from recpol.base.placeholder import with_values
from recpol.base.record import replace
from recpol.calls.scenario import Scenario
from recpol.calls.trace import Starts
from recpol.policytest.cases import Case, NamedPiece
from recpol.semantics.replay import start_values


def _begun(call: Scenario, text: Callable[[str], str]) -> Scenario:
    """A scenario with the values of variables in those that the backend gives."""
    first = call.steps[0] if call.steps else None
    if first is None or not isinstance(first.event, Starts):
        return call
    values = tuple((name, text(value)) for name, value in first.event.values)
    return replace(call, steps=(replace(first, event=replace(first.event, values=values)), *call.steps[1:]))


_VARIABLE = re.compile(r"\{\{ {0,8}var\.([A-Za-z_][A-Za-z0-9_-]{0,199}) {0,8}\}\}")


def filled(case: Case, variables: Mapping[str, str]) -> Case:
    """A test with the values of variables in the words that it expects, and in what the backend gives to its call."""

    def text(written: str) -> str:
        return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), written)

    return replace(_with_words(case, text), call=_begun(case.call, text))


def with_own_start(case: Case) -> Case:
    """A test with the values that the backend gives to its call in the words that it expects."""
    start = start_values(case.call.events)
    return _with_words(case, lambda written: with_values(written, "start", start)) if start else case


def _with_words(case: Case, text: Callable[[str], str]) -> Case:
    def words(name: NamedPiece) -> NamedPiece:
        if name.kind != "words" or "{{" not in name.text:
            return name
        return replace(name, text=" ".join(text(name.text).split()))

    return replace(
        case,
        recorded=tuple(map(words, case.recorded)),
        not_recorded=tuple(map(words, case.not_recorded)),
        heard=tuple(map(words, case.heard)),
        not_heard=tuple(map(words, case.not_heard)),
        in_order=tuple(map(words, case.in_order)),
        whole_room=tuple(map(words, case.whole_room)),
        not_whole_room=tuple(map(words, case.not_whole_room)),
        into=tuple((words(name), text(store), span) for name, store, span in case.into),
    )
