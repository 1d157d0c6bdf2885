"""One command on one policy, from nothing: what a user waits for in an editor or a commit hook.

`recpol lint` and `recpol compile` of the support line, alone and in a project with a `recpol.yaml`, against a Python
that does nothing and against `check-jsonschema` on one reply that the policy compiles to.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from measure import PEER, PYTHON, RECPOL, ROOT, SCHEMA, Contender, race, race_table, run

POLICY = ROOT / "policies" / "support-line.recpol"


def measure(*, quick: bool) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        alone, project = Path(folder, "alone"), Path(folder, "project")
        for place in (alone, project):
            place.mkdir()
            shutil.copy(POLICY, place)
        (project / "recpol.yaml").write_text("out: build\nvars:\n  bucket: acme-recordings\n", "utf-8")
        lint = (RECPOL, "lint", POLICY.name)
        build = Contender("recpol compile, unchanged", (RECPOL, "compile", POLICY.name, "-o", "build"), alone)
        run(build)
        reply = "build/support-line/ice.json"
        contenders = [
            Contender("python -c pass", (PYTHON, "-c", "pass"), alone),
            Contender("recpol --version", (RECPOL, "--version"), alone),
            Contender("recpol lint", lint, alone),
            Contender("recpol lint, recpol.yaml", lint, project),
            build,
            Contender("check-jsonschema", (PEER, "--schemafile", str(SCHEMA), reply), alone),
        ]
        print(race_table(race(contenders, 1 if quick else 21), ("python -c pass", "check-jsonschema")))
