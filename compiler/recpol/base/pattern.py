"""Regular expressions that are compiled when they are first used: most are about mistakes that a policy has not."""

from __future__ import annotations

import re

from recpol.base.typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    Pattern = re.Pattern[str]


class _Later:
    """An expression, as it is written; what is asked of it is asked of what it is compiled to, and kept."""

    def __init__(self, written: str, flags: int) -> None:
        self._written, self._flags = written, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self._written, self._flags), name)
        setattr(self, name, found)
        return found


def pattern(written: str, flags: int = 0) -> Pattern:
    """What `re.compile` makes of an expression, made when it is first used."""
    return cast("Pattern", _Later(written, flags))
