"""Builds the playground into one folder of static files: `python playground/bundle.py`, which `make playground` runs.

The folder holds the page, the editor, Python for browsers, and recpol with what it needs; it works from any static
host under any path and asks nobody else for anything. npm's packages must be in `playground/node_modules`.

Invariant: the same sources give the same `digest`, which is in the folder too, so that a stale one is known.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DIST = HERE / "dist"
STAMP = "build.json"

NEEDED = ("attr", "attrs", "jsonschema", "jsonschema_specifications", "referencing", "yaml")
"""Packages that recpol runs with there; `rpds`, which is Rust, is our own stand-in."""

LEFT_OUT = ("recpol/cli/", "recpol/runtime/", "recpol/testing/")
"""What has no use in a browser."""

PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")

BROKEN = """\
# A policy that is refused: it seems to record a conference, and would record one caller of it.
#
# For: a look at findings. The fix below the text says which of the two is meant.

policy board
locale en-GB

store rooms {
  url          "s3://acme-recordings/board/"
  credentials  env SINCH_S3_CREDENTIALS
}

on ice {
  answer
  notice: say "This meeting is recorded."
  record { connect conference "board" }
}

announce notice before recording
"""


def examples() -> list[dict[str, str]]:
    """The policies to start from, with their tests and the first line of their comment."""
    found = [(path.stem, path.read_text("utf-8"), path) for path in sorted((ROOT / "policies").glob("*.recpol"))]
    made = []
    for name, text, path in found:
        tests = path.with_name(f"{name}.test.yaml")
        made.append({"name": name, "policy": text, "tests": tests.read_text("utf-8") if tests.exists() else ""})
    made.append({"name": "a policy that is refused", "policy": BROKEN, "tests": ""})
    return [{**one, "summary": one["policy"].partition("\n")[0].removeprefix("# ")} for one in made]


def site() -> dict[str, bytes]:
    """The files of Python in the worker, by their path below its folder: `lib` to import from, and `project`."""
    return dict(_site())


def _site() -> Iterator[tuple[str, bytes]]:
    compiler = ROOT / "compiler"
    for path in sorted((compiler / "recpol").rglob("*.py")):
        name = path.relative_to(compiler).as_posix()
        if not name.startswith(LEFT_OUT):
            yield f"lib/{name}", path.read_bytes()
    yield "lib/recpol_check.py", (compiler / "recpol_check.py").read_bytes()
    yield "lib/tabs.py", (HERE / "tabs.py").read_bytes()
    yield "lib/rpds.py", (HERE / "pure_rpds.py").read_bytes()
    grammar = (ROOT / "grammar" / "recpol.lark").read_bytes()
    yield "lib/recpol/data/recpol.lark", grammar
    yield "lib/recpol/data/recpol.table", _table(grammar.decode("utf-8")).encode("utf-8")
    for path in sorted((ROOT / "schemas").glob("*.schema.json")):
        yield f"lib/recpol/data/{path.name}", path.read_bytes()
    for path in sorted((ROOT / "packs").glob("*.recpol")):
        yield f"lib/recpol/data/packs/{path.name}", path.read_bytes()
    for package in NEEDED:
        yield from _package(package)
    yield "project/recpol.yaml", (ROOT / "recpol.yaml").read_bytes()
    for path in sorted((ROOT / "policies" / "shared").rglob("*")):
        if path.is_file():
            yield f"project/policies/shared/{path.name}", path.read_bytes()


def _table(grammar: str) -> str:
    sys.path.insert(0, str(ROOT / "compiler"))
    from recpol.syntax.table import compile_table

    return compile_table(grammar)


def _package(name: str) -> Iterator[tuple[str, bytes]]:
    found = importlib.util.find_spec(name)
    assert found is not None, f"{name} is not installed"
    assert found.origin is not None, f"{name} has no folder"
    folder = Path(found.origin).parent
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        wanted = path.suffix in (".py", ".json") or "schemas" in inside
        if path.is_file() and wanted and not {"tests", "benchmarks", "__pycache__"} & set(inside):
            yield "/".join(("lib", name, *inside)), path.read_bytes()


def archive(path: Path, files: dict[str, bytes]) -> None:
    """Write files as a zip, the same bytes for the same files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for name, data in files.items():
            made.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def digest() -> str:
    """What tells one playground from another: a hash of everything of ours that it is made of."""
    found = hashlib.sha256()
    own = [path for path in sorted(HERE.iterdir()) if path.is_file() and path.suffix != ".pyc"]
    for name, data in [*((path.name, path.read_bytes()) for path in own), *site().items()]:
        found.update(f"{name}\0{len(data)}\0".encode() + data)
    found.update(json.dumps(examples()).encode("utf-8"))
    return found.hexdigest()


def build() -> None:
    """Make the folder anew."""
    shutil.rmtree(DIST, ignore_errors=True)
    (DIST / "pyodide").mkdir(parents=True)
    inlined = DIST / "examples.json"
    inlined.write_text(json.dumps(examples()), "utf-8")
    esbuild = [
        str(HERE / "node_modules" / ".bin" / "esbuild"),
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
    ]
    outside = "--external:./pyodide/pyodide.mjs"
    subprocess.run(
        [*esbuild, outside, "--log-level=warning", f"--outdir={DIST}", "app.js", "worker.js", "app.css"],
        cwd=HERE,
        check=True,
    )
    inlined.unlink()
    shutil.copy(HERE / "index.html", DIST)
    for name in PYODIDE:
        shutil.copy(HERE / "node_modules" / "pyodide" / name, DIST / "pyodide")
    with TemporaryDirectory() as folder:
        sources = Path(folder) / "sources.zip"
        archive(sources, site())
        subprocess.run(["node", "precompile.mjs", str(sources), str(DIST / "site.zip")], cwd=HERE, check=True)
    files = sorted(path for path in DIST.rglob("*") if path.is_file())
    (DIST / STAMP).write_text(json.dumps({"digest": digest()}) + "\n", "utf-8")
    size, packed = (sum(len(made(path.read_bytes())) for path in files) for made in (bytes, gzip.compress))
    made = f"{len(files) + 1} files, {size / 1e6:.1f} MB, {packed / 1e6:.1f} MB as gzip sends them"
    print(f"{DIST.relative_to(ROOT)}: {made}")


if __name__ == "__main__":
    build()
