"""A thousand policies in one process: what a repository's CI waits for.

Copies of the support line, each with a name of its own, linted and compiled into an empty folder by one process and by
two, then with nothing changed, against the peers, each in one process too: on all the replies that come of it, on as
many Python files, on as many Cedar policies. `cp -R` of the output is measured as well: what the file system takes for
as many new files, whoever writes them. Last come ten thousand copies in which nothing has changed, against a bare
Python.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path

from cold import POLICY
from measure import RECPOL, Contender, cost, race, race_table, run
from peers import BASELINES, idle, peers


def measure(*, quick: bool) -> None:
    """Print the table."""
    copies = 2 if quick else 1000
    text = POLICY.read_text("utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _copy(text, folder / "policies", copies)
        number_of_run = itertools.count()
        build = (RECPOL, "compile", "policies", "-o", "kept")
        run(Contender("compile", build, folder))
        replies = sorted(str(file.relative_to(folder)) for file in folder.glob("kept/*/*.json"))
        replies = [file for file in replies if not file.endswith("manifest.json")]

        def clear() -> None:
            """Move what was written out of the way. It is not deleted: for half a minute ext4 gives no file the place
            of one that was just deleted, and looks through all of these places for each new file."""
            for name in ("fresh", "copied"):
                if (folder / name).exists():
                    (folder / name).rename(folder / f"{name}-{next(number_of_run)}")

        alone, fresh = ("--no-cache", "--jobs"), (RECPOL, "compile", "policies", "-o", "fresh")
        contenders = [
            idle(folder),
            *(Contender(f"lint, {n}", (RECPOL, "lint", "policies", *alone, n), folder) for n in ("1", "2")),
            *(Contender(f"compile, fresh, {n}", (*fresh, *alone, n), folder, clear) for n in ("1", "2")),
            Contender("compile, documents are there", (*build, *alone, "1"), folder),
            Contender("lint, nothing changed", (RECPOL, "lint", "policies"), folder),
            Contender("compile, nothing changed", build, folder),
            Contender("compile --check, nothing changed", (*build, "--check"), folder),
            Contender("cp -R, the same files", (shutil.which("cp") or "cp", "-R", "kept", "copied"), folder, clear),
            *peers(folder, replies, "kept/*/!(manifest).json", copies, quick=quick),
        ]
        costs = race(contenders, 1 if quick else 5)
        print(f"  {copies} policies of {len(text)} characters, {len(replies)} replies\n")
        print(race_table(costs, BASELINES))
    _unchanged(text, 30 if quick else 10_000, 1 if quick else 9)


def _copy(text: str, folder: Path, copies: int) -> None:
    """Write so many copies of a policy, each with a name of its own."""
    folder.mkdir()
    for number in range(copies):
        own = text.replace("policy support-line\n", f"policy line-{number}\n")
        (folder / f"line-{number}.recpol").write_text(own, "utf-8")


def _unchanged(text: str, copies: int, rounds: int) -> None:
    """Print what it takes to find that none of many policies has changed, and the memory of their first lint."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _copy(text, folder / "policies", copies)
        lint = Contender("lint, nothing changed", (RECPOL, "lint", "policies"), folder)
        build = Contender("compile, nothing changed", (RECPOL, "compile", "policies"), folder)
        check = Contender("compile --check, nothing changed", (*build.command, "--check"), folder)
        first = cost(lint)
        run(build)
        costs = race([idle(folder), lint, build, check], rounds)
        print(f"\n  {copies} policies; their first lint holds {first.memory:.1f} MiB\n")
        print(race_table(costs, BASELINES[:1]))
