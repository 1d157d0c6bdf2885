"""How long one command takes for many tenants of one policy: `python bench/tenants.py [TENANTS]`, 40 by default.

The policy is that of `projects/branches`, with a table of made-up tenants. Measured is the command, from its start to
its end: reading, rules, proofs of the guarantees, lowering, verification of every document, and writing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "projects" / "branches"


def table(count: int) -> str:
    """A table of tenants, each with numbers and words of its own."""
    lines = ["tenant,branch,locale,number,desk,notice,menu"]
    for n in range(count):
        lines.append(
            f"branch-{n},gb/{n},en-GB,+4420{n:08},+4421{n:08},Welcome to branch {n}. Your call with us is recorded.,"
            '"To talk to us, press 1."'
        )
    return "\n".join(lines) + "\n"


def main(count: int) -> None:
    """Print how long compiling, compiling again, by one process and by two, and linting take."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "branches"
        shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("build"))
        (project / "tenants.csv").write_text(table(count), "utf-8")
        one, two = (("compile", "--no-cache", "--jobs", jobs) for jobs in "12")
        for words in (one, one, two, ("compile", "--check"), ("lint",)):
            begin = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "recpol", *words], cwd=project, capture_output=True, text=True, check=False
            )
            taken = time.perf_counter() - begin
            said = (done.stdout + done.stderr).strip().splitlines()[-1]
            each = taken / count * 1000
            print(f"{' '.join(words):<30} {taken:7.2f} s  {each:6.2f} ms each  ({done.returncode}: {said})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
