"""A sample of the mutants that `make mutants` tries: what is not caught is listed, and why that is harmless."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest

from mutants.corpus import Compiled, corpus, seen
from mutants.documents import Mutant, mutants, usual
from mutants.lowering import MODULES, fate, places
from mutants.survivors import IN_DOCUMENTS, IN_LOWERING, reason_in_documents
from mutants.trial import all_places, of_documents, of_lowering
from recpol.targets.catalogue import all_targets, targets_named

TARGETS = tuple(target.name for target in all_targets())


@cache
def policies_in(target: str) -> tuple[Compiled, ...]:
    """The policies that compile to a target, without random ones."""
    return tuple(corpus(targets_named([target])[0], random=0))


def some(target: str, most: int) -> list[Compiled]:
    """Some of them."""
    found = policies_in(target)
    return Random(target).sample(found, min(most, len(found)))


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_changed_documents_and_manifests_are_caught(target: str) -> None:
    tally = of_documents(some(target, 40), 30)
    assert tally.unknown == [], "\n".join(tally.unknown)
    assert tally.tried > 800
    assert tally.share >= 99


@pytest.mark.slow
def test_faults_of_the_lowering_are_caught() -> None:
    policies = [compiled for target in TARGETS for compiled in some(target, 20)]
    tally = of_lowering(policies, Random(2026).sample(list(all_places()), 60))
    assert tally.unknown == [], "\n".join(tally.unknown)
    assert tally.caught > 20


def test_every_kind_of_change_is_made() -> None:
    ways: set[str] = set()
    policies = some("classic", 40)
    around = usual(compiled.made for compiled in policies)
    for compiled in policies:
        ways |= {mutant.way for mutant in mutants(compiled.made, around)}
    assert ways >= {
        *("deleted", "doubled", "swapped", "turned round", "first last", "last first", "flipped", "one more"),
        *("one less", "longer", "shorter", "another word", "values exchanged", "added"),
        *("file deleted", "file doubled", "file renamed"),
        *("document exchanged", "answers exchanged", "values exchanged"),
    }


def test_what_is_not_changed_is_not_caught() -> None:
    """Else a mutant would count as caught whatever it is."""
    for target in TARGETS:
        assert [one.name for one in some(target, 10) if seen(one, one.made)] == []


def test_a_survivor_without_a_reason_is_told() -> None:
    assert reason_in_documents("classic", Mutant("flipped", ("ice.json", "document", "action", "barge"), {})) is None
    known = Mutant("swapped", ("ice.json", "answers"), {})
    assert reason_in_documents("classic", known) is not None


def test_faults_are_undone() -> None:
    """A fault that is caught leaves the lowering as it was."""
    (compiled, *_) = some("svaml2", 1)
    for place in Random(1).sample([place for module in MODULES[-3:] for place in places(module)], 5):
        fault = place.made()
        if fault is not None:
            fate(fault, [compiled])
    assert not seen(compiled, compiled.made)


def test_listed_faults_are_faults() -> None:
    named = {key.partition(": ")[0] for key in IN_LOWERING}
    there = [place for place in all_places() if f"{place.module.removeprefix('recpol.targets.')}.{place.name}" in named]
    assert set(IN_LOWERING) <= {fault.key for fault in (place.made() for place in there) if fault is not None}
    assert all(one.reason and one.targets for one in IN_DOCUMENTS)
