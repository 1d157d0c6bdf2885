"""recpol: call-recording policies in, SVAML call-control JSON out.

    import os, recpol
    from pathlib import Path

    result = recpol.compile(Path("policies/support-line.recpol"))
    findings = recpol.lint("policy desk …")
    reply = recpol.render(result.documents["ice.json"], call=payload, env=os.environ)

Invariant: importing this package loads nothing but this page; a name loads what it needs when it is first used.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recpol.api import (
        CannotRun,
        CompilerBug,
        Finding,
        Note,
        RenderError,
        Result,
        Severity,
        compile,  # noqa: A004  the verb that users look for
        lint,
        render,
    )

__version__ = "0.1.0"

__all__ = [
    "CannotRun",
    "CompilerBug",
    "Finding",
    "Note",
    "RenderError",
    "Result",
    "Severity",
    "__version__",
    "compile",
    "lint",
    "render",
]


class _Package(ModuleType):
    """The package `recpol`, whose public names load on first use.

    `compile` and `render` are modules of this package as well. Python makes a loaded module an attribute of its
    package, which would put it in the place of the function; so a module cannot take a public name.
    """

    def __getattr__(self, name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from recpol import api

        found = getattr(api, name)
        setattr(self, name, found)
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Package
