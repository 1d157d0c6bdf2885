"""recpol: call-recording policies in, SVAML call-control JSON out.

    import os, recpol
    from pathlib import Path

    result = recpol.compile(Path("policies/support-line.recpol"))
    findings = recpol.lint("policy desk …")
    reply = recpol.render(result.documents["ice.json"], call=payload, env=os.environ)

Invariant: importing this package loads nothing but this page; a name loads what it needs when it is first used. No
module of the package has the name of a public function.
"""

from __future__ import annotations

TYPE_CHECKING = False
"""As in `typing`, which is not loaded here; type checkers know the name."""

if TYPE_CHECKING:
    from recpol.api import (
        CannotRun,
        CompilerBug,
        Finding,
        Note,
        RenderError,
        Result,
        Severity,
        TenantResults,
        compile,  # noqa: A004  the verb that users look for
        compile_tenants,
        lint,
        render,
    )
    from recpol.base.typing import Any
    from recpol.runtime.app import serve

__version__ = "0.1.0"

__all__ = [
    "CannotRun",
    "CompilerBug",
    "Finding",
    "Note",
    "RenderError",
    "Result",
    "Severity",
    "TenantResults",
    "__version__",
    "compile",
    "compile_tenants",
    "lint",
    "render",
    "serve",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "serve":
        from recpol.runtime.app import serve

        globals()[name] = serve
        return serve
    from recpol import api

    found = globals()[name] = getattr(api, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
