"""The page about policies: it answers an auditor's questions, says what is not stated, and nothing steers it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from recpol.analysis.program import program
from recpol.audit.model import NOT_STATED, NOTHING
from recpol.audit.page import OF_CALLS, READING
from recpol.base.source import Source
from recpol.cli.main import run

DESK = """policy desk
locale en-GB
use pack "pci-dss-4"
store calls { url "s3://acme/calls/" credentials env STORE keep 5y to 7y readers "the <trainers>" }
on ice {
  answer
  notice: say "This call is recorded." @notice
  menu { prompt "Press 1." key 1 -> sales }
}
on pie sales { agent: connect pstn +46850020000 { phase card @card } }
on pie otherwise { hangup }
record agent except @card to calls
announce notice before recording because "the works council"
# allow unused-store by Jane Doe until 2999-01-31: the archive comes in May
store archive { url "s3://acme/archive/" credentials env STORE }
"""

PLAIN = """policy plain
store calls { url "s3://acme/plain/" credentials env STORE }
on ice { record { connect pstn +46850020001 } }
"""

TESTS = """tests:
  - {name: sales are on tape, call: press 1; answer, recorded: agent, not-recorded: notice}
"""


class _Page(HTMLParser):
    """The text of a page, and what it is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


Report = Callable[..., _Page]


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """Writes a report about files in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def go(files: dict[str, str], *words: str, status: int = 0) -> _Page:
        for name, text in files.items():
            (tmp_path / name).write_text(text, "utf-8")
        assert run(["report", *(words or (".",)), "-o", "page.html"]) == status
        return _Page((tmp_path / "page.html").read_text("utf-8"))

    return go


FILES = {"desk.recpol": DESK}


def test_the_page_answers_what_an_auditor_asks(report: Report) -> None:
    said = report({**FILES, "plain.recpol": PLAIN, "desk.test.yaml": TESTS}).text
    for answer in (
        "Whoever answers +46850020000",  # who is recorded
        "The caller hangs up in stage 1",  # and if they hang up
        "s3://acme/calls/", "for 5 to 7 years", "the <trainers>",  # where, how long, who reads
        "“This call is recorded.”", "en-GB", "That anybody but the caller is told is not stated in the policy",
        "Not compared", "proven for every call", "recpol-check", "SHA-256",
        "PCI DSS", "Not covered", "the works council", "recorder-survives",
        "unused-store", "Jane Doe", "2999-01-31", "the archive comes in May",
        "A recording cannot start", "A file cannot be delivered", "Is a transcript made? no store asks for one",
        "1 test, none failed", "parts,", "Mistakes that would be noticed",
    ):  # fmt: skip
        assert answer in said, answer
    for question, heading in READING:
        assert question in said
        assert said.count(heading) >= 2


def test_what_a_policy_does_not_say_is_told_as_not_stated(report: Report) -> None:
    said = report({"plain.recpol": PLAIN}).text
    assert said.count(NOT_STATED) > 8
    assert "no tests" in said


def test_the_page_loads_nothing_runs_nothing_and_shows_what_authors_wrote_as_text(report: Report) -> None:
    hostile = "</td><script src=//evil.example>alert(1)</script><img src=x onerror=alert(1)>&lt;"
    written = DESK.replace("This call is recorded.", hostile).replace("works council", hostile)
    made = report({"desk.recpol": written})
    kinds = {tag for tag, _ in made.tags}
    assert kinds.isdisjoint({"script", "img", "link", "iframe", "object", "base", "form"})
    for _, attrs in made.tags:
        assert not any(name.startswith("on") or name in ("src", "xlink:href") for name in attrs)
        assert (attrs.get("href") or "#").startswith("#")
    assert "<script src=//evil.example>" in made.text


def test_nothing_is_concluded_from_a_policy_that_does_not_compile(
    report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = DESK.replace("policy desk", "policy broken") + "never record agent\n"
    said = report({**FILES, "broken.recpol": broken, "torn.recpol": "policy torn\non ice {"}, status=1).text
    _, of_broken, of_whole, of_torn = said.split("SHA-256")
    for part in (of_broken, of_torn):
        assert part.count(NOTHING) >= len(OF_CALLS) + 2
        for positive in ("Nothing is recorded", "asks for one", "the documents alone", "rests on more than"):
            assert positive not in part
        for heading in OF_CALLS:
            assert f"{heading} {NOTHING}" in part
    assert "broken in the call:" in of_broken
    assert "is not closed" in of_torn
    assert "Whoever answers" in of_whole
    assert NOTHING not in of_whole
    told = capsys.readouterr().err
    assert "`broken.recpol` does not compile; `recpol lint broken.recpol` says why" in told
    assert "`torn.recpol` does not compile" in told
    assert "desk.recpol" not in told


def test_the_same_policies_give_the_same_page(report: Report, tmp_path: Path) -> None:
    report(FILES, ".", "--undated")
    first = (tmp_path / "page.html").read_bytes()
    report(FILES, ".", "--undated")
    assert (tmp_path / "page.html").read_bytes() == first
    assert b"Made by recpol" in first


def test_what_changed_since_a_revision_is_told(report: Report, tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@acme.example", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    report({**FILES, "plain.recpol": PLAIN, "recpol.yaml": "tenants: {oslo: {}, lyon: {}}\n"})
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    changed = (
        FILES["desk.recpol"].replace("record agent except @card", "record agent").replace('use pack "pci-dss-4"', "")
    )
    (tmp_path / "plain.recpol").unlink()
    said = report({"desk.recpol": changed}, ".", "--since", "HEAD", "--tenant", "lyon").text
    assert "for the tenant lyon" in said
    assert "plain – gone since HEAD" in said
    assert "Since HEAD : recorded now" in said
    assert "press 1; answer; begin card" in said


def test_no_credential_is_on_the_page(report: Report) -> None:
    secret = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    made = report({"plain.recpol": PLAIN.replace("env STORE", f'"{secret}"')}, status=1)
    assert "wJalrXUtnFEMI" not in made.text


def test_nothing_to_report_on_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shared.recpol").write_text("rules shared\n")
    assert run(["report", "shared.recpol"]) == 2
    assert "there are no policies" in capsys.readouterr().err
    assert run(["report", "-o", "page.PDF"]) == 2
    assert "write `--pdf page.PDF` for PDF" in capsys.readouterr().err
    assert not (tmp_path / "page.PDF").exists()


@pytest.mark.parametrize(
    ("comment", "by", "until", "problem"),
    [
        ("by Jane Doe until 2027-01-02: x", "Jane Doe", "2027-01-02", ""), ("by Jane: x", "Jane", "None", ""),
        ("until 2027-01-02: x", "", "2027-01-02", ""), ("by: x", "", "None", "`by` is not understood"),
        ("because: x", "", "None", "`because` is not understood"),
        ("by Jo until 2x: y", "Jo", "None", "`2x` is not a date"),
    ],
)  # fmt: skip
def test_a_permission_can_say_who_gave_it(comment: str, by: str, until: str, problem: str) -> None:
    (found,) = program(Source("a.recpol", f"# allow bad-locale {comment}\npolicy a\n")).suppressions
    assert (found.by, str(found.until), found.problem) == (by, until, problem)


def test_what_is_said_is_told_as_it_is_heard_and_what_phases_do_in_sentences(report: Report) -> None:
    said = report(
        {
            "spoken.recpol": """policy spoken
locale en-GB
store calls { url "s3://acme/calls/" credentials env STORE }
on ice {
  answer
  say ssml "<speak>This call is <emphasis>recorded</emphasis>.</speak>" @notice
  agent: connect pstn +46850020000 { phase card }
}
record agent except card
announce @notice before recording
"""
        }
    ).text
    assert "“This call is recorded.” (SSML: with marks for the voice) the caller en-GB" in said
    assert "The caller hears: “This call is recorded.” (SSML: with marks for the voice)" in said
    assert "As it begins, the recording stops, and its file is finished. As it ends, a recording to calls" in said
    assert "The proofs look at every situation in which a call can be: 3 in svaml1" in said


def test_the_call_that_breaks_a_guarantee_is_drawn_where_only_guarantees_are_broken(report: Report) -> None:
    broken = report({"desk.recpol": DESK + "never record agent\nnever record agent, notice\n"}, status=1)
    assert broken.text.count("A call that breaks a guarantee:") >= 2
    assert "A call that breaks never record agent ." in broken.text
    worse = report({"desk.recpol": DESK + "never record agent\nnever record nobody\n"}, status=1)
    assert "A call that breaks" not in worse.text
