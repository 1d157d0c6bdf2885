"""The report's page to a PDF on A4, by the library WeasyPrint of the extra `recpol[pdf]`.

Invariant: nothing is loaded for it, neither from the network nor from a file but the fonts of the machine.
"""

from __future__ import annotations

from recpol.workspace.cannotrun import CannotRun


def pdf_of(html: str) -> bytes:
    """The pages as PDF, tagged for screen readers; raises `CannotRun` where the library or what it needs is missing."""
    try:
        from weasyprint import HTML  # type: ignore[import-untyped]  # it comes without types
        from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]  # it comes without types
    except ModuleNotFoundError as problem:
        raise CannotRun(f"`{problem.name}` is not installed", "pip install 'recpol[pdf]'") from None
    except OSError:
        raise CannotRun(
            "the library Pango, which WeasyPrint needs, is not installed",
            "install it (Debian: `apt install libpango-1.0-0 libpangoft2-1.0-0`), or print the page from a browser",
        ) from None
    nothing = URLFetcher(allowed_protocols=(), fail_on_errors=True)
    made: bytes = HTML(string=html, url_fetcher=nothing).write_pdf(pdf_tags=True)
    return made
