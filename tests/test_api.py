"""The programming interface: the same results as the command line, findings instead of exceptions, a light import."""

from __future__ import annotations

import datetime
import json
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import recpol
from recpol import CannotRun, Finding, Result
from recpol.cli.main import run

ROOT = Path(__file__).parents[1]

TALK = """\
policy talk
store bucket { url "s3://{{ var.BUCKET }}/talk/" credentials env S3_CREDENTIALS }
on ice { connect pstn +46850020000 }
on ace { record { continue } }
"""

CONFERENCE = """\
policy board
store b { url "s3://acme-recordings/board/" credentials env S3_CREDENTIALS }
on ice { record { connect conference "board" } }
"""

WARNED = """\
policy warned
on ice { hangup }
on ace { hangup }  # allow unreachable-handler until 2026-03-31: outgoing calls come next month
"""

DAY = datetime.date(2026, 3, 31)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with settings and a policy that needs them."""
    (tmp_path / "recpol.yaml").write_text(
        "vars: {BUCKET: acme-test}\nenvironments: {prod: {vars: {BUCKET: acme-prod}}}\n", "utf-8"
    )
    (tmp_path / "talk.recpol").write_text(TALK, "utf-8")
    return tmp_path


def bucket(result: Result) -> str:
    url: str = result.documents["ace.json"]["instructions"][0]["options"]["destinationUrl"]
    return url


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.rule for finding in findings]


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str, int, int]]:
    return [(finding.rule, finding.message, finding.span.start, finding.span.end) for finding in findings]


def test_a_text_is_compiled() -> None:
    result = recpol.compile(TALK, variables={"BUCKET": "acme"})
    assert (result.ok, result.name, result.findings) == (True, "talk", ())
    assert list(result.files) == ["ice.json", "ace.json", "manifest.json"]
    assert result.documents["ice.json"] == {"action": {"name": "connectPstn", "number": "+46850020000"}}
    assert bucket(result) == "s3://acme/talk/"
    assert json.loads(result.files["manifest.json"])["policy"] == "talk"


def test_what_is_wrong_is_a_finding() -> None:
    result = recpol.compile(CONFERENCE)
    assert (result.ok, result.name, dict(result.files), result.documents) == (False, "", {}, {})
    assert rules(result.findings) == ["conference-scope"] == rules(recpol.lint(CONFERENCE))
    (finding,) = result.findings
    assert (finding.span.source.path, finding.span.begin, finding.level) == ("<text>", (3, 10), "error")


@pytest.mark.parametrize("text", ["", "policy", "\x00", "policy x {", '"', "{" * 500, "\ud800", "policy a\npolicy b\n"])
def test_no_text_is_an_exception(text: str) -> None:
    result = recpol.compile(text)
    assert not result.ok
    assert told(result.findings) == told(recpol.lint(text))
    assert all(finding.message for finding in result.findings)


def test_a_text_can_use_nothing() -> None:
    assert rules(recpol.lint('policy x\nuse "company.recpol"\non ice { hangup }\n')) == ["bad-use"]


def test_a_path_is_a_path_and_a_text_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "talk.recpol").write_text(TALK.replace("{{ var.BUCKET }}", "acme"), "utf-8")
    assert recpol.compile(tmp_path / "talk.recpol").ok
    for verb in (recpol.compile, recpol.lint):
        with pytest.raises(ValueError, match=r"write `Path\('policies/talk.recpol'\)`"):
            verb("policies/talk.recpol")
        with pytest.raises(CannotRun, match=r"`.*/nothing.recpol` does not exist"):
            verb(tmp_path / "nothing.recpol")
        with pytest.raises(CannotRun, match=r"is a folder"):
            verb(tmp_path)


def test_the_settings_of_the_project_count_for_a_path(project: Path) -> None:
    path = project / "talk.recpol"
    assert bucket(recpol.compile(path)) == "s3://acme-test/talk/"
    assert bucket(recpol.compile(path, environment="prod")) == "s3://acme-prod/talk/"
    assert bucket(recpol.compile(path, environment="prod", variables={"BUCKET": "mine"})) == "s3://mine/talk/"
    assert recpol.lint(path) == ()
    with pytest.raises(CannotRun, match="unknown environment `prd`") as caught:
        recpol.compile(path, environment="prd")
    assert "did you mean `prod`?" in caught.value.help
    with pytest.raises(CannotRun, match="unknown environment `prod`: a text has no settings"):
        recpol.compile(TALK, environment="prod")


def test_settings_with_a_mistake_are_told(project: Path) -> None:
    (project / "recpol.yaml").write_text("out: build\ninclud: x\n", "utf-8")
    with pytest.raises(CannotRun, match=r"recpol.yaml:2` cannot be used as settings: unknown key `includ`") as caught:
        recpol.lint(project / "talk.recpol")
    assert caught.value.help == "did you mean `include`?"


def test_the_command_line_writes_the_same(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert run(["compile"]) == 0
    written = {path.name: path.read_bytes() for path in (project / "build" / "talk").iterdir()}
    assert written == dict(recpol.compile(Path("talk.recpol")).files)


def test_the_command_line_finds_the_same(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    (project / "board.recpol").write_text(CONFERENCE, "utf-8")
    assert run(["lint", "board.recpol", "--output-format", "concise"]) == 1
    (finding,) = recpol.lint(Path("board.recpol"))
    line, column = finding.span.begin
    said = f"{finding.span.source.path}:{line}:{column}: {finding.level}: {finding.message} [{finding.rule}]\n"
    assert capsys.readouterr().out == said


def test_levels_and_strictness() -> None:
    assert rules(recpol.lint(WARNED, today=DAY)) == []
    late = DAY + datetime.timedelta(days=1)
    late_findings = ["unreachable-handler", "expired-suppression"]
    assert rules(recpol.lint(WARNED, today=late)) == late_findings
    assert recpol.compile(WARNED, today=late).ok
    strict = recpol.compile(WARNED, today=late, strict=True)
    assert (strict.ok, dict(strict.files), rules(strict.findings)) == (False, {}, late_findings)
    assert rules(recpol.lint(WARNED, today=late, levels={"expired-suppression": "off"})) == ["unreachable-handler"]
    assert not recpol.compile(WARNED, today=late, levels={"expired-suppression": "error"}).ok


def test_strict_settings_count(project: Path) -> None:
    (project / "warned.recpol").write_text(WARNED, "utf-8")
    late = datetime.date(2026, 4, 1)
    assert recpol.compile(project / "warned.recpol", today=late).ok
    (project / "recpol.yaml").write_text("strict: true\n", "utf-8")
    assert not recpol.compile(project / "warned.recpol", today=late).ok
    assert recpol.compile(project / "warned.recpol", today=late, strict=False).ok


def test_a_rules_file_is_checked_and_has_no_output() -> None:
    result = recpol.compile('rules company\nstore calls { url "s3://acme-calls/" credentials env KEY }\n')
    assert (result.ok, result.name, dict(result.files), result.findings) == (True, "", {}, ())


def test_bytes_that_are_no_text_are_a_finding(tmp_path: Path) -> None:
    (tmp_path / "latin.recpol").write_bytes(b'policy x\non ice { say "\xe5" hangup }\n')
    result = recpol.compile(tmp_path / "latin.recpol")
    assert (result.ok, rules(result.findings)) == (False, ["not-utf8"])
    assert result.findings[0].span.begin == (2, 15)
    assert rules(recpol.lint(tmp_path / "latin.recpol")) == ["not-utf8"]


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert recpol.compile(TALK, variables={"BUCKET": "acme"}).ok
    assert list(tmp_path.iterdir()) == []


def test_compile_then_render() -> None:
    result = recpol.compile(TALK, variables={"BUCKET": "acme"})
    reply = recpol.render(result.documents["ace.json"], env={"S3_CREDENTIALS": "key:secret:region"})
    assert reply["instructions"][0]["options"]["credentials"] == "key:secret:region"
    with pytest.raises(recpol.RenderError, match=r"at `instructions\[0\].options.credentials`"):
        recpol.render(result.documents["ace.json"])


def test_no_module_has_the_name_of_a_public_function() -> None:
    modules = {module.name for module in pkgutil.iter_modules(recpol.__path__)}
    assert modules & set(recpol.__all__) == set()


def test_importing_the_package_loads_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules)\nimport recpol\n"
        "print(*sorted(m for m in set(sys.modules) - before if m.startswith('recpol.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_public_name_is_there_and_documented() -> None:
    assert set(recpol.__all__) <= set(dir(recpol))
    for name in recpol.__all__:
        found = getattr(recpol, name)
        assert name == "__version__" or name == "Severity" or found.__doc__, name
    with pytest.raises(AttributeError, match="has no attribute 'complie'"):
        getattr(recpol, "complie")  # noqa: B009  mypy knows that it is not there


def test_there_is_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project.get("version", recpol.__version__) == recpol.__version__
    assert recpol.__version__[0].isdigit()
