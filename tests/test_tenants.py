"""Tenants: one policy for many, what is wrong with one of them, and the index of what is answered."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from recpol.analysis.program import Program
from recpol.base.source import Source
from recpol.cli.main import run
from recpol.compilation import CompilerBug
from recpol.settings.tenantfile import tenants_of_text
from shells import Shell

ROOT = Path(__file__).parent.parent
DESK = 'policy desk\nanswers "{{ var.number }}"\non ice { connect pstn "{{ var.desk }}" }\n'
SETTINGS = "include: '*.recpol'\ntenants: tenants.csv\n"
HEAD = "tenant,number,desk\n"
GOOD = "london,+442079460100,+442079460150\nlyon,+33199004101,+33199004151\n"


@pytest.mark.parametrize(
    ("command", "written", "said"),
    [
        (("compile",), "build/london/desk/ice.json", "tenants before it are written, each of them whole"),
        (
            ("prove", "-o", "proofs"),
            "proofs/london.json",
            "the proofs of tenants before it are written, each of them whole",
        ),
    ],
)
def test_a_defect_of_the_compiler_says_what_is_written_before_it(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], written: str, said: str
) -> None:
    place = importlib.import_module(f"recpol.cli.{command[0]}tenants")
    compile_program = place.compile_program
    for broken, claims in (("lyon", said), ("london", "nothing was written")):

        def breaking(program: Program, *rest: Any, broken: str = broken) -> Any:
            if program.variables["number"] == {"london": "+442079460100", "lyon": "+33199004101"}[broken]:
                raise CompilerBug("the output of `desk` is not what it says")
            return compile_program(program, *rest)

        monkeypatch.setattr(place, "compile_program", breaking)
        monkeypatch.setattr(place, "GROUP", 1, raising=False)
        done = shell(*command, files=files(HEAD + GOOD))
        assert done.status == 2
        assert f" help: {claims}; please report this" in done.err
        assert (tmp_path / written).exists() == (broken == "lyon")
        shutil.rmtree((tmp_path / written.split("/")[0]), ignore_errors=True)


def files(table: str) -> dict[str, str]:
    return {"desk.recpol": DESK, "recpol.yaml": SETTINGS, "tenants.csv": table}


def test_each_tenant_gets_what_a_run_with_its_variables_writes(shell: Shell, tmp_path: Path) -> None:
    assert shell("compile", files=files(HEAD + GOOD)).status == 0
    shutil.copy(tmp_path / "desk.recpol", tmp_path / "alone.recpol")
    (tmp_path / "recpol.yaml").write_text("include: alone.recpol\n", "utf-8")
    for line in GOOD.splitlines():
        name, number, desk = line.split(",")
        words = ("--var", f"number={number}", "--var", f"desk={desk}", "-o", "one")
        assert shell("compile", "alone.recpol", *words).status == 0
        one = (tmp_path / "one/desk/ice.json").read_bytes()
        assert (tmp_path / f"build/{name}/desk/ice.json").read_bytes() == one


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("bad,0207946010,+442079460150", "bad"),
        ("bad,+442079460102", "the tenant `bad` has 2 cells, and there are 3 columns"),
        ("bad,+442079460102,+442079460152,more", "has 4 cells"),
        ("../up,+442079460102,+442079460152", "cannot be the name of a tenant"),
        ("con,+442079460102,+442079460152", "is a device on Windows"),
        ("svaml2,+442079460102,+442079460152", "is the name of a target"),
        ("london,+442079460102,+442079460152", "a second tenant `london`"),
        ("bad,+442079460102,+4420\u202e79460152", "U+202E"),
        ("bad,+442079460102,AKIAIOSFODNN7EXAMPLE", "looks like a secret"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_the_others_are_written(
    shell: Shell, tmp_path: Path, row: str, said: str
) -> None:
    done = shell("compile", files=files(f"{HEAD}{GOOD}{row}\n"))
    assert done.status == 1
    assert said in done.err
    assert "tenants.csv:4" in done.err
    assert "AKIA" not in done.err
    assert sorted(path.parent.name for path in (tmp_path / "build").glob("*/desk")) == ["london", "lyon"]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("tenant,number,number", "two columns are called `number`"),
        ("name,number,desk", "the first column is not `tenant`"),
        ("tenant;number;desk", "write commas between the columns"),
        ("tenant,numbre,desk", "did you mean `number`?"),
    ],
)
def test_bad_columns_are_told_in_the_first_line(shell: Shell, tmp_path: Path, head: str, said: str) -> None:
    done = shell("compile", files=files(f"{head}\n{GOOD}"))
    assert (done.status, said in done.err, "tenants.csv:1" in done.err) == (1, True, True)
    assert not list(tmp_path.glob("build/*/desk"))


@pytest.mark.parametrize(
    ("table", "line", "said"),
    [
        ("", 1, "the file holds no tenants"),
        (HEAD, 1, "the file holds no tenants"),
        ("tenant,,desk\n" + GOOD, 1, "a column has no name"),
        ("tenant,number,desk,\n" + GOOD, 1, "a column has no name"),
        ("tenant,num ber,desk\n" + GOOD, 1, "cannot be"),
        ("Tenant,number,desk\n" + GOOD, 1, "the first column is not `tenant`"),
        (GOOD, 1, "the first column is not `tenant`"),
        (HEAD + "London,+442079460100,+442079460150\n", 2, "`London` cannot be the name of a tenant"),
        (HEAD + "lo ndon,+442079460100,+442079460150\n", 2, "cannot be the name of a tenant"),
        (HEAD + ",+442079460100,+442079460150\n", 2, "cannot be the name of a tenant"),
        (HEAD + "a\0b,+442079460100,+442079460150\n", 2, "cannot be the name of a tenant"),
        (HEAD + '"a,+442079460100,+442079460150\n', 2, "from this line on the file is not CSV"),
        (HEAD.replace("\n", "\r\n") + "a,1\r\n", 2, "the tenant `a` has 2 cells, and there are 3 columns"),
        (HEAD + "\n\n\na,1\n", 5, "the tenant `a` has 2 cells, and there are 3 columns"),
        (HEAD + 'a,"1\n2",3\nb,1\n', 4, "the tenant `b` has 2 cells, and there are 3 columns"),
        ("\ufeff" + HEAD + "a,1\n", 2, "the tenant `a` has 2 cells, and there are 3 columns"),
    ],
)
def test_a_table_with_a_mistake_says_in_which_line(table: str, line: int, said: str) -> None:
    found = tenants_of_text(Source("tenants.csv", table), frozenset())
    told = [(finding.span.begin.line, finding.message) for finding in found.findings]
    assert any(at == line and said in message for at, message in told), told


def test_a_column_that_is_missing_is_told_once_and_where_to_write_it(shell: Shell) -> None:
    done = shell("lint", files=files("tenant,number\na,+442079460100\nb,+442079460101\n"))
    assert done.status == 1
    assert done.out.count("the variable `desk` has no value") == 1
    assert "a column of `tenants:`" in done.out


def test_one_bad_row_among_forty_thousand_leaves_the_others_as_they_are() -> None:
    rows = [f"t{n},+4420794{n:05},+442079460150" for n in range(40_000)]
    rows[20_000], rows[30_000] = "t20000", "t7,+442079430000,+442079460150"
    found = tenants_of_text(Source("tenants.csv", HEAD + "\n".join(rows)), frozenset())
    assert (len(found.tenants), found.refused) == (39_998, 2)
    assert [finding.span.begin.line for finding in found.findings] == [20_002, 30_002]
    assert "a second tenant `t7`" in found.findings[1].message
    assert found.tenants[-1].values == {"number": "+442079439999", "desk": "+442079460150"}


def test_what_many_tenants_have_is_told_once(shell: Shell) -> None:
    rows = "".join(f"t{n},+4420794601{n:02},12\n" for n in range(20))
    done = shell("lint", files=files(HEAD + rows + "good,+442079460199,+442079460150\n"))
    assert done.status == 1
    assert done.out.count("rule: bad-number") == 1
    assert "of the tenants `t0`, `t1`, `t2` and 17 more" in done.out


def test_the_index_follows_what_is_compiled(shell: Shell, tmp_path: Path) -> None:
    assert shell("compile", files=files(HEAD + GOOD)).status == 0
    path = tmp_path / "build/index.json"
    index = json.loads(path.read_text("utf-8"))
    jsonschema.validate(index, json.loads((ROOT / "schemas/index.schema.json").read_text("utf-8")))
    assert index["numbers"]["+33199004101"] == {"policy": "desk", "tenant": "lyon"}
    assert shell("compile", "--check").status == 0
    path.write_text("{}", "utf-8")
    assert shell("compile", "--check").status == 1
    (tmp_path / "tenants.csv").write_text(HEAD + GOOD.splitlines()[0] + "\n", "utf-8")
    assert shell("compile").status == 0
    assert list(json.loads(path.read_text("utf-8"))["numbers"]) == ["+442079460100"]


def test_two_tenants_that_answer_one_number_are_found_with_both_lines(shell: Shell, tmp_path: Path) -> None:
    done = shell("compile", files=files(HEAD + GOOD + "twin,+33199004101,+33199004152\n"))
    assert done.status == 1
    assert "both answer `+33199004101`" in done.err
    assert "3 | lyon," in done.err
    assert "4 | twin," in done.err
    assert [path.parent.name for path in (tmp_path / "build").glob("*/desk")] == ["london"]


def test_the_example_is_clean_tested_proven_and_compiled(shell: Shell, tmp_path: Path) -> None:
    for path in (ROOT / "projects/branches").iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    assert "no findings" in shell("lint", "--strict").out
    assert shell("fmt", "--check").status == 0
    assert shell("test", "--fail-under", "100").status == 0
    assert "every guarantee is proven for 40 of 40 tenants" in shell("prove", "-o", "proofs").err
    assert shell("compile").status == 0
    assert len(list(tmp_path.glob("build/*/branch/manifest.json"))) == 40


def test_a_table_that_breaks_off_is_refused_whole() -> None:
    found = tenants_of_text(Source("t.csv", HEAD + GOOD + 'bad,"+44'), frozenset())
    assert (found.tenants, [finding.span.begin.line for finding in found.findings]) == ((), [4])


def test_a_tenant_that_is_not_there_is_refused_with_those_that_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("desk.recpol").write_text("policy desk\non ice { hangup }\n")
    for tenants, cure in (
        ("{oslo: {}, lyon: {}, bonn: {}, rome: {}}", "name one of `oslo`, `lyon`, `bonn` and 1 more"),
        ("{oslo: {}}", "name one of `oslo`\n"),
        ("{zza: {}, oslo: {}}", "did you mean `zza`?"),
    ):
        Path("recpol.yaml").write_text(f"tenants: {tenants}\n")
        assert run(["lint", "--tenant", "zzz"]) == 2
        assert cure in capsys.readouterr().err
