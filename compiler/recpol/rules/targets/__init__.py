"""Rules about what a single target cannot say, or documents only in part."""

from __future__ import annotations

from collections.abc import Iterable

from recpol.platform.targets import OLD_FLAG, Target
from recpol.rules.rule import documented


def about_classic(targets: Iterable[Target]) -> bool:
    """Whether some of these targets need the rules in `classic`."""
    classic = documented("classic")
    return any(target.flag == OLD_FLAG or classic(target) for target in targets)


def about_current(targets: Iterable[Target]) -> bool:
    """Whether some of these targets need the rules in `svaml1`."""
    current = documented("v1")
    return any(target.untyped_flag or target.disputed_stops or current(target) for target in targets)


def about_whole_calls(targets: Iterable[Target]) -> bool:
    """Whether some of these targets need the rules in `svaml2` and the modules beside it."""
    second = documented("v2")
    return any(target.whole_call or second(target) for target in targets)
