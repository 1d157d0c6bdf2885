"""The generated files are as the code makes them, and the command that makes them notices when they are not."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from recpol.rules.every import EVERY, EVERY_BY_NAME

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "docs" / "generate.py"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_generated_file_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), "run `make generate`"


def test_a_stale_file_is_noticed_and_written_anew(
    generate: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {"docs/rules.md": "# Rules\n", "schemas/one.schema.json": "{}\n"}
    monkeypatch.setattr(generate, "files", lambda: made)
    assert generate.main(["--check"], tmp_path) == 1
    assert "docs/rules.md is not up to date: run `make generate`" in capsys.readouterr().out
    assert generate.main([], tmp_path) == 0
    assert sorted(capsys.readouterr().out.split()) == sorted(["wrote"] * len(made) + list(made))
    assert generate.main(["--check"], tmp_path) == 0
    assert generate.main([], tmp_path) == 0
    assert capsys.readouterr().out == "", "what is up to date is not written again"
    page = tmp_path / "docs" / "rules.md"
    page.write_text(page.read_text("utf-8") + "mine\n", "utf-8")
    assert generate.main(["--check"], tmp_path) == 1
    assert generate.main(["--chek"], tmp_path) == 2


def test_every_rule_has_its_section_and_is_in_the_table(generate: ModuleType) -> None:
    page: str = generate.rules_page()
    assert "generated" in page.partition("\n")[0]
    assert "make generate" in page.partition("\n")[0]
    names = sorted(rule.name for rule in EVERY)
    assert sorted(re.findall(r"^### (.*)$", page, re.MULTILINE)) == names
    assert sorted(re.findall(r"^\| \[([a-z0-9-]+)\]\(#\1\) \|", page, re.MULTILINE)) == names
    for rule in EVERY:
        assert f"| [{rule.name}](#{rule.name}) | {rule.severity} | " in page


def test_every_page_says_whether_its_rule_can_be_suppressed(generate: ModuleType) -> None:
    sections = generate.rules_page().split("\n### ")[1:]
    binding = {rule.name for rule in EVERY if rule.binding}
    for section in sections:
        name = section.partition("\n")[0]
        assert ("can be neither suppressed" in section) == (name in binding)
        commented = name not in binding and EVERY_BY_NAME[name].about_policies
        assert (f"`# allow {name}: reason`" in section) == commented
