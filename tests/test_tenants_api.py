"""Tenants in Python: one policy for one of them, or for all."""

from __future__ import annotations

from pathlib import Path

import pytest

import recpol

DESK = 'policy desk\nanswers "{{ var.number }}"\non ice { connect pstn "{{ var.desk }}" }\n'
HEAD = "tenant,number,desk\n"
GOOD = "london,+442079460100,+442079460150\nlyon,+33199004101,+33199004151\n"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "desk.recpol"
    path.write_text(DESK, "utf-8")
    (tmp_path / "recpol.yaml").write_text("include: '*.recpol'\ntenants: tenants.csv\n", "utf-8")
    (tmp_path / "tenants.csv").write_text(HEAD + GOOD, "utf-8")
    return path


def test_one_tenant_is_chosen_by_its_name(policy: Path) -> None:
    made = recpol.compile(policy, tenant="lyon")
    assert made.ok
    assert made.documents["ice.json"]["action"]["number"] == "+33199004151"
    assert not recpol.lint(policy, tenant="lyon")
    assert [finding.rule for finding in recpol.lint(policy)] == ["unknown-variable"] * 2
    given = recpol.compile(policy, tenant="lyon", variables={"desk": "+33199004199"})
    assert given.documents["ice.json"]["action"]["number"] == "+33199004199"


def test_all_tenants_come_to_what_each_comes_to_alone(policy: Path) -> None:
    made = recpol.compile_tenants(policy)
    assert (list(made.results), made.findings, made.ok) == (["london", "lyon"], (), True)
    for name, result in made.results.items():
        assert result.files == recpol.compile(policy, tenant=name).files
    assert list(recpol.compile_tenants(policy, tenants=["lyon"]).results) == ["lyon"]
    both = recpol.compile_tenants(policy, targets=["classic", "svaml1"])
    assert "classic/ice.json" in both.results["lyon"].files


@pytest.mark.parametrize(
    ("table", "made", "said"),
    [
        (
            HEAD + GOOD + "bad,1\n",
            {"london": True, "lyon": True},
            ["the tenant `bad` has 2 cells, and there are 3 columns"],
        ),
        (HEAD + GOOD + "bad,0207,+442079460150\n", {"london": True, "lyon": True, "bad": False}, []),
        (
            HEAD + GOOD + "twin,+33199004101,+33199004152\n",
            {"london": True, "lyon": False, "twin": False},
            ["`desk` of the tenant `twin` and `desk` of the tenant `lyon` both answer `+33199004101`"],
        ),
        ("tenant,numbre,desk\n" + GOOD, {}, ["no policy uses the column `numbre`"]),
        ("", {}, ["the file holds no tenants"]),
    ],
)
def test_what_is_wrong_with_one_tenant_leaves_the_others(
    policy: Path, table: str, made: dict[str, bool], said: list[str]
) -> None:
    (policy.parent / "tenants.csv").write_text(table, "utf-8")
    found = recpol.compile_tenants(policy)
    assert {name: bool(result.files) for name, result in found.results.items()} == made
    assert {name: result.ok for name, result in found.results.items()} == made
    assert [finding.message for finding in found.findings] == said
    assert not found.ok


def test_what_cannot_run_is_refused(policy: Path) -> None:
    with pytest.raises(recpol.CannotRun, match="there is no tenant `lyn`"):
        recpol.compile(policy, tenant="lyn")
    with pytest.raises(recpol.CannotRun, match="a text has no settings"):
        recpol.compile(DESK, tenant="lyon")
    with pytest.raises(TypeError, match="give the policy as a path"):
        recpol.compile_tenants(DESK)  # type: ignore[arg-type]  # a slip that types do not stop
    with pytest.raises(TypeError, match="the name of one tenant"):
        recpol.compile(policy, tenant=["lyon"])  # type: ignore[arg-type]  # a list is no name, and types say so
    (policy.parent / "recpol.yaml").write_text("include: '*.recpol'\n", "utf-8")
    with pytest.raises(recpol.CannotRun, match="the project has no tenants"):
        recpol.compile_tenants(policy)
