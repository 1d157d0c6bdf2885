"""Writes the list of components of an installed recpol, as CycloneDX JSON, and checks that it names what recpol needs.

`python .ci/sbom.py FILE`: recpol is installed into an environment of its own with the versions of `constraints.txt`,
and the tool of the CycloneDX project, in another, looks at it. The same versions give the same bytes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOL = "cyclonedx-bom>=7.0"


def main(words: list[str]) -> int:
    """Write the file that the first word names; 1 where a component is missing."""
    target = Path(words[0]).resolve()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory(prefix="recpol-sbom-") as folder:
        installed, tool = (str(Path(folder) / name / "bin" / "python") for name in ("installed", "tool"))
        looked = [tool, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--of", "JSON", "-o", str(target)]
        for step in (
            [sys.executable, "-m", "venv", str(Path(folder) / "installed")],
            [sys.executable, "-m", "venv", str(Path(folder) / "tool")],
            [installed, *pip, "--constraint", str(ROOT / ".ci" / "constraints.txt"), str(ROOT)],
            [tool, *pip, TOOL],
            [*looked, installed],
        ):
            subprocess.run(step, env=clean, check=True)
    document = json.loads(target.read_text("utf-8"))
    names = {component["name"].lower() for component in document["components"]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    missing = {re.split(r"[<>=~! ]", need)[0] for need in project["dependencies"]} - names
    print(
        f"wrote {target.name}: {len(names)} components" + (f", without {', '.join(sorted(missing))}" if missing else "")
    )
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
