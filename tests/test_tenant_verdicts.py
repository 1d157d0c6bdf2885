"""The page about many tenants: one line for what is the same for all, a row for each who is not like the others."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from recpol.cli.main import run

DESK = """policy desk
locale en-GB
store calls { url "s3://{{ var.bucket }}/calls/" credentials env STORE }
on ice { answer notice: say "{{ var.notice }}" record { agent: connect pstn "{{ var.desk }}" } }
announce notice before recording
keep recordings in "s3://acme-*/**"
"""


def table(count: int, *odd: str) -> str:
    lines = ["tenant,bucket,notice,desk", *(f"t{n},acme-{n},We record.,+4685002{n:04}" for n in range(count)), *odd]
    return "\n".join(lines) + "\n"


def page(folder: Path, tenants: str, status: int, *words: str, desk: str = DESK) -> str:
    """The section about tenants, in words."""
    (folder / "desk.recpol").write_text(desk, "utf-8")
    (folder / "recpol.yaml").write_text("tenants: tenants.csv\n", "utf-8")
    (folder / "tenants.csv").write_text(tenants, "utf-8")
    assert run(["report", "-o", "page.html", *words]) == status
    section = (folder / "page.html").read_text("utf-8").partition("<h2>Tenants</h2>")[2].partition("<section")[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", section))).strip()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_the_same_is_told_once(here: Path) -> None:
    said = page(here, table(40), 0)
    assert said == (
        "desk The same for all 40 tenants announce notice before recording proven for every call, rests on "
        'caller-hears keep recordings in "s3://acme-*/**" proven for every call'
    )


def test_who_is_not_like_the_others_has_a_row(here: Path) -> None:
    said = page(here, table(40, "odd,elsewhere,We record.,+46850029999", "bad,acme-x,We record.,0850"), 1)
    assert "It does not compile for 2 of 42 tenants" in said
    rows = said.partition("Not the same for all")[2]
    assert re.findall(r"(?:^| )(\d+ others|odd|bad|t\d+) ", rows) == ["40 others", "odd", "bad"]
    odd = rows.partition(" odd ")[2].partition(" bad ")
    assert "not claimed: the policy does not compile" in odd[0]
    assert "broken" in odd[0]
    assert "proven" not in odd[0] + odd[2]


def test_of_few_tenants_each_has_a_row(here: Path) -> None:
    rows = page(here, table(3, "odd,elsewhere,We record.,+46850029999"), 1).partition("Not the same for all")[2]
    assert re.findall(r" (t\d|odd) ", rows) == ["t0", "t1", "t2", "odd"]


def test_a_wrong_line_of_the_list_is_counted_and_one_tenant_has_no_table(here: Path) -> None:
    assert "of which nothing is said: 1." in page(here, table(3, "t1,acme-x,We record.,+46850029999"), 1)
    assert page(here, table(3), 0, "--tenant", "t1") == ""


def test_a_policy_without_guarantees_says_so(here: Path) -> None:
    said = page(here, table(3), 0, desk=DESK.partition("announce")[0])
    assert said == "desk That anything is guaranteed is not stated in the policy."


def test_the_work_grows_with_the_number_of_tenants(here: Path) -> None:
    small, large = (_lines(here, count) for count in (20, 80))
    assert large < 5 * small, (small, large)


def _lines(here: Path, count: int) -> int:
    """The calls of functions that a report about so many tenants takes."""
    import cProfile
    import pstats

    profile = cProfile.Profile()
    profile.runcall(page, here, table(count), 0)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]  # the stubs do not have it
