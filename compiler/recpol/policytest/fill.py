"""Words of a test in which `{{ var.NAME }}` stands, to the words of one tenant: the test leaves the value to it.

Invariant: a variable without a value stays as it is written, so that the test fails and says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from recpol.base.record import replace
from recpol.policytest.cases import Case, NamedPiece

_VARIABLE = re.compile(r"\{\{ {0,8}var\.([A-Za-z_][A-Za-z0-9_-]{0,199}) {0,8}\}\}")


def filled(case: Case, variables: Mapping[str, str]) -> Case:
    """A test with the values of variables in the words that it expects."""

    def text(written: str) -> str:
        return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), written)

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
