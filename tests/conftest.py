"""What all tests share: property tests try the same examples on every machine, and no test skips in silence."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from recpol.workspace.processors import processors
from shells import Shell, shell_in

settings.register_profile("same-everywhere", derandomize=True, deadline=None)
settings.load_profile("same-everywhere")

os.environ["RECPOL_CACHE"] = "off"
"""No test is told what another one came to; `test_cache.py` has caches of its own."""

REASONS_TO_SKIP = re.compile(
    r"there is no (?:bash|zsh|fish|Chromium|Node\.js|Pango|PostgreSQL|built playground of these sources)"
    r"|a device that only Linux has|how a shell closes a stream|only root may mount .*"
)
"""What a machine may lack: a shell, a database, a library that draws text, a browser and what `make playground`
builds for it, something of another system, the right to mount. All else is in the checkout."""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell in a folder of its own."""
    return shell_in(tmp_path, monkeypatch, capsys)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests come first: those at the end are shared out anew when a process has nothing left to do, so short ones
    are left there, and what the tests of a wheel need is not made by two."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: some hundred thousand objects, of which each look for
    circles would cost as much as many a test."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are processors, for some tests wait: for a clock, or for a process of their own."""
    return processors() + 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that skips for another reason has failed: nobody would notice that it no longer looks at anything."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not REASONS_TO_SKIP.fullmatch(reason):
            report.outcome = "failed"
            report.longrepr = f"a test must not skip because {reason!r}; what it needs belongs into the checkout"
    return report
