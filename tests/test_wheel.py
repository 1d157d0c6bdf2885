"""The wheel: made from the source distribution, installed into a fresh environment, it does what the checkout does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command without anything from this environment that could lead it back to the checkout."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class Installed:
    """What was built, and the environment it was installed into."""

    sdist: Path
    wheel: Path
    bin: Path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A wheel made from the source distribution, in an environment with nothing but recpol and what it asks for."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", ROOT, cwd=folder)
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    (wheel,) = (folder / "dist").glob("*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "fresh", cwd=folder)
    bin_ = folder / "fresh" / ("Scripts" if os.name == "nt" else "bin")
    wheelhouse = Path(sys.prefix) / "wheelhouse"
    offline = ["--no-index", "--find-links", str(wheelhouse)] if wheelhouse.is_dir() else []
    pip = [sys.executable, "-m", "pip", "--python", str(bin_ / "python"), "--disable-pip-version-check"]
    run(*pip, "install", "--quiet", *offline, wheel, cwd=folder)
    return Installed(sdist, wheel, bin_)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """The example policies in another folder than the checkout."""
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    shutil.copy(ROOT / "recpol.yaml", tmp_path / "recpol.yaml")
    return tmp_path


def test_the_wheel_holds_the_package_and_its_data_and_nothing_else(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = set(wheel.namelist())
    data = {name.removeprefix("recpol/data/") for name in names if name.startswith("recpol/data/")}
    schemas = {path.name for path in (ROOT / "schemas").glob("*.schema.json")}
    packs = {f"packs/{path.name}" for path in (ROOT / "packs").glob("*.recpol")}
    assert data == {"recpol.lark", "recpol.table", *schemas, *packs}
    assert "packs/pci-dss-4.recpol" in packs
    assert "config.schema.json" in schemas
    modules = {
        path.relative_to(ROOT / "compiler").as_posix()
        for path in (ROOT / "compiler" / "recpol").rglob("*")
        if path.suffix == ".py" or path.name == "py.typed"
    }
    about = {name for name in names if re.match(r"recpol-[0-9.]+\.dist-info/", name)}
    assert names - about - {f"recpol/data/{name}" for name in data} == {*modules, "recpol_check.py"}


def test_the_source_distribution_is_whole(installed: Installed) -> None:
    with tarfile.open(installed.sdist) as sdist:
        names = {member.name.partition("/")[2] for member in sdist.getmembers() if member.isfile()}
    for needed in (
        "pyproject.toml",
        "Makefile",
        "grammar/recpol.lark",
        "action.yml",
        ".pre-commit-hooks.yaml",
        "LICENSE",
    ):
        assert needed in names
    assert not [name for name in names if ".venv" in name or "__pycache__" in name or name.endswith(".table.json")]
    if (ROOT / ".git").exists():
        kept = run("git", "ls-files", cwd=ROOT).stdout.splitlines()
        assert {name for name in kept if (ROOT / name).exists()} - names == set()


def test_two_builds_of_a_wheel_have_the_same_bytes(installed: Installed, tmp_path: Path) -> None:
    build = (sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path, ROOT)
    run(*build, cwd=tmp_path)
    assert (tmp_path / installed.wheel.name).read_bytes() == installed.wheel.read_bytes()


def test_the_wheel_asks_for_what_the_project_names(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = wheel.read(name).decode()
    asked = [line.partition(": ")[2] for line in metadata.splitlines() if line.startswith("Requires-Dist: ")]
    assert {need for need in asked if "extra ==" not in need} == set(PYPROJECT["project"]["dependencies"])


def test_the_version_is_told(installed: Installed, tmp_path: Path) -> None:
    told = run(installed.bin / "recpol", "--version", cwd=tmp_path).stdout
    assert installed.wheel.name == f"recpol-{told.split()[-1]}-py3-none-any.whl"


def test_an_installed_recpol_writes_what_the_checkout_writes(installed: Installed, elsewhere: Path) -> None:
    run(installed.bin / "recpol", "compile", "-o", "installed", cwd=elsewhere)
    run(sys.executable, "-m", "recpol", "compile", "-o", "checkout", cwd=elsewhere)
    written = tree(elsewhere / "installed")
    assert "support-line/manifest.json" in written
    assert written == tree(elsewhere / "checkout")
    single = run(installed.bin / "recpol", "compile", "policies/support-line.recpol", "-o", "one", cwd=elsewhere)
    assert single.stdout
    assert tree(elsewhere / "one") == {name: data for name, data in written.items() if name.startswith("support-line/")}


def test_an_installed_lint_loads_neither_the_grammars_compiler_nor_a_validator(
    installed: Installed, elsewhere: Path
) -> None:
    lint = ["-X", "importtime", "-m", "recpol", "lint", "policies/support-line.recpol"]
    log = run(installed.bin / "python", *lint, cwd=elsewhere).stderr
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in log.splitlines() if "|" in line}
    assert "recpol" in loaded
    assert not loaded & {"lark", "jsonschema", "jinja2", "rich"}


def test_the_byte_code_that_an_installed_recpol_keeps_is_known_to_pip(installed: Installed, tmp_path: Path) -> None:
    """So that it goes when recpol is uninstalled: pip leaves what it does not know, and then the folders too."""
    run(installed.bin / "recpol", "--version", cwd=tmp_path)
    (package,) = installed.bin.parent.rglob("site-packages/recpol")
    (record,) = package.parent.glob("recpol-*.dist-info/RECORD")
    known = {line.partition(",")[0] for line in record.read_text("utf-8").splitlines()}
    there = {path.relative_to(package.parent).as_posix(): path for path in package.rglob("*") if path.is_file()}
    assert set(there) <= known
    assert [name for name, path in there.items() if b"recpol modules" in path.read_bytes()[:40]] == [
        f"recpol/cli/__pycache__/modules.{sys.implementation.cache_tag}.pyc"
    ]


def test_an_installed_recpol_finds_what_is_wrong(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "board.recpol").write_text(
        "policy board\n"
        'store b { url "s3://acme-recordings/board/" credentials env S3 }\n'
        'on ice { record { connect conference "board" } }\n',
        "utf-8",
    )
    assert "conference-scope" in run(installed.bin / "recpol", "lint", "board.recpol", cwd=tmp_path, status=1).stdout
