"""A file to what it is in a project, by its name and by the settings of the project that it is in.

Invariant: nobody reads a file as a policy, a test, settings or tenants of which nothing is said here.
"""

from __future__ import annotations

import os
from contextlib import suppress

from recpol.base.finding import Finding
from recpol.settings.config import FILE_NAME
from recpol.settings.configfile import read_config
from recpol.settings.tenants import TenantPath
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import DOCUMENT, SUFFIX, find_project
from recpol.workspace.reading import Files
from recpol.workspace.testfiles import TESTS

_BY_END = {SUFFIX: "it holds a policy or rules", TESTS: "it holds tests", DOCUMENT: "it is a document of SVAML"}

_TABLES = (".csv", ".yaml", ".yml")
"""The ends of names of files with tenants."""


def kind_of(path: str) -> str:
    """What a file is in its project, in words; empty where it is nothing of the kind."""
    for name in dict.fromkeys((os.path.basename(path), os.path.basename(os.path.realpath(path)))):
        if name == FILE_NAME:
            return "it holds the settings of a project"
        for end, words in _BY_END.items():
            if name.endswith(end):
                return words
        if name.endswith(_TABLES) and _lists_tenants(path):
            return "it lists the tenants of a project"
    return ""


def _lists_tenants(path: str) -> bool:
    project = find_project(os.path.realpath(path))
    with suppress(CannotRun, OSError):
        source = None if project is None else Files().load(project.settings)
        if project is None or source is None or isinstance(source, Finding):
            return False
        named = read_config(source, (), ())[0].tenants
        return isinstance(named, TenantPath) and os.path.samefile(os.path.join(project.folder, named.path), path)
    return False
