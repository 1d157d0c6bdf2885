"""One compilation to the processor time of its stages.

The compiler runs as it is; the functions that its stages are get a stopwatch around them for the time of a measurement.

Invariant: the times are each stage's own: what a stage spends in another one (the rules in the prover, say) counts
there; together they are the whole.
"""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from time import process_time
from typing import ParamSpec, TypeVar
from unittest.mock import patch

from measure import ROOT, BenchError
from recpol.analysis.program import program
from recpol.base.finding import Finding
from recpol.base.source import Reader, Source
from recpol.base.validate import likenesses
from recpol.cli.main import run
from recpol.compilation import Compilation, compile_program
from recpol.targets.catalogue import target_names, targets_named
from recpol.workspace.files import Input
from recpol.workspace.session import Session

P = ParamSpec("P")
R = TypeVar("R")

STAGES = ("parse", "program", "check", "prove", "lower", "validate", "verify", "lay out")
"""`parse` makes the tree, `program` is the rest of the front half, `check` is the rules without the prover, and
`lay out` is the manifest and the bytes of the files."""

_FUNCTIONS = (
    ("recpol.analysis.program", "read", "parse"),
    ("recpol.compilation", "check", "check"),
    ("recpol.prove", "prove", "prove"),
    ("recpol.targets.v1.classic", "lower", "lower"),
    ("recpol.targets.v1.current", "lower", "lower"),
    ("recpol.targets.v2.document", "lower", "lower"),
    ("recpol.compilation", "_problems", "validate"),
    ("recpol.compilation", "verify", "verify"),
)
"""The functions that stages are: the module that calls or holds it, its name there, the stage."""


class Stopwatch:
    """The processor time that stages have spent, in seconds."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(STAGES, 0.0)
        self._inside = [0.0]

    def around(self, stage: str, work: Callable[P, R]) -> Callable[P, R]:
        """The same function, with its own time added to a stage's."""

        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            self._inside.append(0.0)
            start = process_time()
            try:
                return work(*args, **kwargs)
            finally:
                took = process_time() - start
                self.spent[stage] = self.spent.get(stage, 0.0) + took - self._inside.pop()
                self._inside[-1] += took

        return run


@contextmanager
def _watched(watch: Stopwatch) -> Iterator[None]:
    with ExitStack() as stack:
        for holder, name, stage in _FUNCTIONS:
            module = import_module(holder)
            stack.enter_context(patch.object(module, name, watch.around(stage, getattr(module, name))))
        yield


def compile_watched(
    source: Source,
    reader: Reader | None = None,
    variables: Mapping[str, str] | None = None,
    finish: Callable[[Compilation], object] | None = None,
    target: str = target_names()[0],
) -> dict[str, float]:
    """Compile a source to one target and say what each stage spent, in seconds; `finish` is one more stage, `write`.

    Raises `BenchError` if the policy has an error: then most stages would not have run.
    """
    watch = Stopwatch()
    likenesses.cache_clear()  # a document that was valid a run ago would not be validated again
    gc.collect()
    with _watched(watch):
        made = watch.around("program", program)(
            source, reader=reader, variables=variables, targets=targets_named([target])
        )
        compilation = watch.around("lay out", compile_program)(made)
        if finish is not None:
            watch.around("write", finish)(compilation)
    for finding in compilation.checked.errors:
        raise BenchError(f"{source.path}:{finding.span.begin.line}: {finding.message}")
    return watch.spent


def tenants_watched(source: Source) -> dict[str, float]:
    """Compile the policy of `projects/branches` for a table of tenants, by one process, and say what each stage spent,
    in seconds; `program` is all else that the command does: it reads the table, and writes the folders."""
    watch = Stopwatch()
    likenesses.cache_clear()
    gc.collect()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "branches"
        shutil.copytree(ROOT / "projects" / "branches", project, ignore=shutil.ignore_patterns("build"))
        (project / "tenants.csv").write_text(source.text, "utf-8")
        with _watched(watch), chdir(project), redirect_stdout(StringIO()) as said, redirect_stderr(said):
            status = watch.around("program", run)(("compile", "--no-cache", "--jobs", "1"))
    if status != 0:
        raise BenchError(f"{source.path}: {said.getvalue()[-2000:]}")
    return watch.spent


def opened(session: Session, item: Input) -> Source:
    """The source of a file; raises `BenchError` if it is no text."""
    source = session.files.load(item)
    if isinstance(source, Finding):
        raise BenchError(f"{item.shown}: {source.message}")
    return source
