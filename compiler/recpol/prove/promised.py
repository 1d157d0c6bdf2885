"""`keep recordings RETENTION`, `… encrypted` and `… in region`: whether what is stated of every store in use is enough.

What a store states is its author's word: nothing of it is told to the platform, and recpol cannot look at the place.

Invariant: what a store does not state is never assumed, in either direction: the verdict is then unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from recpol.analysis.program import Program
from recpol.analysis.retention import reaches, span_in_words
from recpol.base.typing import assert_never
from recpol.prove.verdict import Status, Verdict
from recpol.syntax import tree

TOLD_BY = "not-stated"
"""The rule that names each store that does not state what a guarantee needs, with its cure."""

ABOUT = {"keep": "how long recordings are kept", "encrypted": "whether recordings are encrypted"}
ABOUT |= {"region": "in which region recordings are", "most": "when recordings are deleted"}
"""What a store does not state, in words, by what it lacks."""


def promised(program: Program, guarantee: tree.PromiseGuarantee) -> Verdict:
    """The verdict on a guarantee about what stores promise; the first store that breaks it counts."""
    used = used_stores(program)
    if not used:
        return Verdict(guarantee, "empty", "the policy records nothing")
    unsure: Verdict | None = None
    for name in used:
        status, why = judged(guarantee, program.names.stores[name])
        if status == "broken":
            return Verdict(guarantee, "broken", f"the store `{name}` {why}")
        if status == "unknown" and unsure is None:
            reason = f"the store `{name}` does not state {ABOUT[why]}"
            unsure = Verdict(guarantee, "unknown", reason, told_by=TOLD_BY)
    return unsure or Verdict(guarantee, "proven", assumptions=("stores-keep-promises",))


@lru_cache(maxsize=2)  # each guarantee about stores asks for those of the same program
def used_stores(program: Program) -> tuple[str, ...]:
    """The names of the stores that decisions record to, in order."""
    decided = [d for steps in program.decisions.steps for d in (*steps.call, *steps.conference)]
    return tuple(dict.fromkeys(d.store for d in decided if d.store is not None))


def unstated(program: Program, guarantee: tree.PromiseGuarantee) -> Iterator[tuple[tree.Store, str]]:
    """The stores in use that do not state what a guarantee needs, each with what it lacks."""
    for name in used_stores(program):
        store = program.names.stores[name]
        status, lacking = judged(guarantee, store)
        if status == "unknown":
            yield store, lacking


def judged(guarantee: tree.PromiseGuarantee, store: tree.Store) -> tuple[Status, str]:
    """Whether what a store states keeps a guarantee, and why it does not; where it is unknown, what the store lacks."""
    match guarantee:
        case tree.KeepTime():
            stated = store.promise("keep")
            kept = stated.value if stated is not None else None
            return _long_enough(guarantee.retention, kept if isinstance(kept, tree.Retention) else None)
        case tree.KeepEncrypted():
            switch = _word(store, "encrypted")
            return ("unknown", "encrypted") if switch is None else _holds(switch == "yes", "is not encrypted")
        case tree.KeepRegion():
            region = _word(store, "region")
            if region is None:
                return "unknown", "region"
            allowed = {word.text.casefold() for word in guarantee.regions}
            return _holds(region.casefold() in allowed, f"is in the region `{region}`")
        case _:
            assert_never(guarantee)


def _holds(holds: bool, otherwise: str) -> tuple[Status, str]:
    return ("proven", "") if holds else ("broken", otherwise)


def _word(store: tree.Store, key: str) -> str | None:
    stated = store.promise(key)
    return stated.value.text if stated is not None and isinstance(stated.value, tree.Word) else None


def _long_enough(wanted: tree.Retention, kept: tree.Retention | None) -> tuple[Status, str]:
    """Whether recordings that are kept so long are kept long enough, and not too long."""
    if kept is None:
        return "unknown", "keep"
    told = f"keeps recordings {span_in_words(kept)}"
    lacking: tuple[Status, str] = "proven", ""
    if wanted.least is not None:
        if kept.least is not None and not reaches(kept.least, wanted.least):
            return "broken", told
        if kept.least is None and kept.most is not None and not reaches(kept.most, wanted.least):
            return "broken", told
        lacking = lacking if kept.least is not None else ("unknown", "keep")
    if wanted.most is not None:
        if kept.most is not None and not reaches(wanted.most, kept.most):
            return "broken", told
        if kept.most is None and kept.least is not None and not reaches(wanted.most, kept.least):
            return "broken", told
        lacking = lacking if kept.most is not None else ("unknown", "most")
    return lacking
