"""One command on one policy, from nothing: what a user waits for in an editor or a commit hook.

`recpol lint` and `recpol compile` of the support line, alone and in a project with a `recpol.yaml`, without the cache
and with it, `recpol fmt --check` of it, and `recpol-check` of its proof, against a Python that does nothing and against
the peers on one file: a reply that the policy compiles to, a Python file, a Cedar policy.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from measure import RECPOL, ROOT, Contender, race, race_table, run
from peers import BASELINES, idle, peers

POLICY = ROOT / "policies" / "support-line.recpol"


def measure(*, quick: bool) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        alone, project = Path(folder, "alone"), Path(folder, "project")
        for place in (alone, project):
            place.mkdir()
            shutil.copy(POLICY, place)
        (project / "recpol.yaml").write_text("out: build\nvars:\n  bucket: acme-recordings\n", "utf-8")
        again, fresh = (RECPOL, "lint", POLICY.name), (RECPOL, "lint", "--no-cache", POLICY.name)
        build = (RECPOL, "compile", POLICY.name, "-o", "build")
        run(Contender("recpol compile", build, alone))
        run(Contender("recpol prove", (RECPOL, "prove", POLICY.name, "-o", "proof.json"), alone))
        reply = "build/support-line/ice.json"
        contenders = [
            idle(alone),
            Contender("recpol --version", (RECPOL, "--version"), alone),
            Contender("recpol lint", fresh, alone),
            Contender("recpol lint, recpol.yaml", fresh, project),
            Contender("recpol compile, documents are there", (*build, "--no-cache"), alone),
            Contender("recpol fmt --check", (RECPOL, "fmt", "--check", POLICY.name), alone),
            Contender("recpol-check", (f"{RECPOL}-check", "build/support-line", "proof.json"), alone),
            Contender("recpol lint, nothing changed", again, alone),
            Contender("recpol compile, nothing changed", build, alone),
            *peers(alone, [reply], reply, 1, quick=quick),
        ]
        print(race_table(race(contenders, 1 if quick else 21), BASELINES))
