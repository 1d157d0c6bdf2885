"""All targets: an entry for each, with what compiles to it.

An entry joins the facts of a target (`recpol.platform.targets`) with its back end, which is loaded when something is
compiled, so that a lint loads neither lowerings nor interpreters. Nothing else lists targets.

Invariant: a target that has no entry does not exist; names, help, settings and pages come from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from recpol.base.record import Record, field
from recpol.base.typing import TYPE_CHECKING
from recpol.platform.targets import CLASSIC, SVAML1, SVAML2, Target

if TYPE_CHECKING:
    from recpol.targets.backend import Backend


class TargetEntry(Record):
    """A target, and what loads its back end."""

    target: Target
    load: Callable[[], Backend] = field(repr=False)


def _classic() -> Backend:
    from recpol.interpreters.judge import ReplyJudge
    from recpol.interpreters.v1 import dialects
    from recpol.targets import differences
    from recpol.targets.backend import Backend
    from recpol.targets.v1 import classic, forms

    judge = ReplyJudge(dialects.CLASSIC)
    return Backend(classic.lower, classic.places, judge, classic.SPARE, forms.recording_options, differences.CLASSIC)


def _svaml1() -> Backend:
    from recpol.interpreters.judge import ReplyJudge
    from recpol.interpreters.v1 import dialects
    from recpol.targets import differences
    from recpol.targets.backend import Backend
    from recpol.targets.v1 import current, forms

    judge = ReplyJudge(dialects.SVAML1)
    return Backend(current.lower, current.places, judge, current.SPARE, forms.recording_options, differences.SVAML1)


def _svaml2() -> Backend:
    from recpol.interpreters.judge import CallJudge
    from recpol.targets import differences
    from recpol.targets.backend import Backend
    from recpol.targets.v2 import document

    return Backend(document.lower, document.places, CallJudge(), document.SPARE, document.recording, differences.SVAML2)


CATALOGUE: tuple[TargetEntry, ...] = (
    TargetEntry(CLASSIC, _classic),
    TargetEntry(SVAML1, _svaml1),
    TargetEntry(SVAML2, _svaml2),
)


def all_targets() -> tuple[Target, ...]:
    """The targets, in the order in which they are told."""
    return tuple(entry.target for entry in CATALOGUE)


def target_names() -> tuple[str, ...]:
    """The names of the targets, as they are written in settings and on the command line."""
    return tuple(target.name for target in all_targets())


def targets_named(names: Iterable[str]) -> tuple[Target, ...]:
    """The targets of these names, in their order, each once; raises `KeyError` for a name that no target has."""
    known = {target.name: target for target in all_targets()}
    return tuple(known[name] for name in dict.fromkeys(names))


def backend_of(target: Target) -> Backend:
    """What compiles to a target; raises `KeyError` for one that has no entry."""
    return {entry.target.name: entry for entry in CATALOGUE}[target.name].load()
