"""A baseline: what it hides, what it never hides, and that it only shrinks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recpol.report.baseline import Baseline, Entry, baseline_text, read_baseline
from shells import Done, Shell

OLD = """\
policy old
on ice { hangup }
on ace { hangup }
"""

BOARD = """\
policy board
store b { url "s3://acme-recordings/board/" credentials env S3_CREDENTIALS }
on ice { record { connect conference "board" } }
"""

FILES = {"recpol.yaml": "", "legacy/old.recpol": OLD, "board.recpol": BOARD}


def entries(path: Path) -> list[tuple[str, str]]:
    return [(entry["file"], entry["rule"]) for entry in json.loads(path.read_text())["findings"]]


def test_a_legacy_project_begins_and_gets_better(shell: Shell, tmp_path: Path) -> None:
    made = shell("lint", "--write-baseline", "known.json", "--strict", files=FILES)
    hidden = "no findings in 2 files, 2 hidden by the baseline known.json\n"
    assert made == Done(0, hidden, "known.json: 2 findings written\n")
    known = tmp_path / "known.json"
    assert entries(known) == [("board.recpol", "conference-scope"), ("legacy/old.recpol", "unreachable-handler")]
    assert shell("lint", "--baseline", "known.json", "--strict") == Done(0, hidden, "")

    moved = {"legacy/old.recpol": "# moved\n\n" + OLD}
    assert shell("lint", "--baseline", "known.json", "--strict", files=moved).status == 0

    worse = {"legacy/old.recpol": OLD + "on pie left { hangup }\n"}
    done = shell("lint", "--baseline", "known.json", "--strict", files=worse)
    assert done.status == 1
    assert "no call reaches `on pie left`" in done.out
    assert "`on ace`" not in done.out
    before = known.read_bytes()
    assert shell("lint", "--write-baseline", "known.json", "--strict").status == 1, "what is new is not added"
    assert known.read_bytes() == before

    better = {"legacy/old.recpol": OLD.replace("on ace { hangup }\n", "")}
    done = shell("lint", "--baseline", "known.json", files=better)
    assert done.status == 1, "or the mistake could come back unseen"
    assert "the baseline `known.json` has 1 finding that is gone" in done.err
    assert "legacy/old.recpol: unreachable-handler" in done.err
    done = shell("lint", "--write-baseline", "known.json")
    assert (done.status, done.err) == (0, "known.json: 1 finding taken out, 1 left\n")
    assert entries(known) == [("board.recpol", "conference-scope")]
    assert shell("lint", "--baseline", "known.json", "--strict", files={"legacy/old.recpol": OLD}).status == 1


def test_a_compilation_knows_of_no_baseline(shell: Shell, tmp_path: Path) -> None:
    shell("lint", "--write-baseline", "known.json", files=FILES)
    assert shell("lint", "--baseline", "known.json").status == 0
    assert shell("compile", "board.recpol").status == 1
    assert not (tmp_path / "build").exists()
    assert shell("compile", "board.recpol", "--baseline", "known.json").status == 2


def test_one_more_of_the_same_is_new(shell: Shell) -> None:
    shell("lint", "--write-baseline", "known.json", files={"recpol.yaml": "", "old.recpol": OLD})
    twice = OLD + "on ace { hangup }\n"
    done = shell("lint", "--baseline", "known.json", files={"old.recpol": twice}, stdin="")
    assert done.status == 1
    assert "duplicate-name" in done.out


def test_a_part_of_the_project_says_nothing_about_the_rest(shell: Shell, tmp_path: Path) -> None:
    shell("lint", "--write-baseline", "known.json", files=FILES)
    fixed = {"board.recpol": BOARD.replace("record {", "record conference {")}
    assert shell("lint", "legacy", "--baseline", "known.json", files=fixed).status == 0
    assert shell("lint", "board.recpol", "--baseline", "known.json").status == 0, "another policy might still find it"
    before = (tmp_path / "known.json").read_bytes()
    done = shell("lint", "board.recpol", "--write-baseline", "known.json")
    assert "nothing is taken out, because not all of its files were checked, such as `legacy/old.recpol`" in done.err
    assert (tmp_path / "known.json").read_bytes() == before
    assert "1 finding that is gone" in shell("lint", "--baseline", "known.json").err


def test_a_file_that_is_gone_takes_its_findings_with_it(shell: Shell, tmp_path: Path) -> None:
    shell("lint", "--write-baseline", "known.json", files=FILES)
    (tmp_path / "legacy" / "old.recpol").unlink()
    assert "legacy/old.recpol: unreachable-handler" in shell("lint", "--baseline", "known.json").err
    shell("lint", "--write-baseline", "known.json")
    assert json.loads((tmp_path / "known.json").read_text())["files"] == ["board.recpol"]


def test_names_in_it_are_from_its_folder(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ci").mkdir()
    shell("lint", "--write-baseline", "ci/known.json", files=FILES)
    assert entries(tmp_path / "ci" / "known.json")[0] == ("../board.recpol", "conference-scope")
    monkeypatch.chdir(tmp_path / "legacy")
    assert shell("lint", "--baseline", "../ci/known.json").status == 0


def test_a_secret_cannot_be_guessed_from_it(shell: Shell, tmp_path: Path) -> None:
    store = 'store s { url "s3://acme-recordings/a/" credentials "AKIAIOSFODNN7EXAMPLE:first" }'
    text = f"policy a\n{store}\non ice {{ hangup }}\n"
    shell("lint", "a.recpol", "--write-baseline", "one.json", files={"a.recpol": text})
    shell("lint", "a.recpol", "--write-baseline", "two.json", files={"a.recpol": text.replace("first", "other")})
    assert "literal-credentials" in (tmp_path / "one.json").read_text()
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


@pytest.mark.parametrize(
    ("words", "files", "said"),
    [
        (["--baseline", "none.json"], {}, "the baseline `none.json` does not exist"),
        (["--baseline", "k.json"], {"k.json": "{"}, "it is not valid JSON"),
        (["--baseline", "k.json"], {"k.json": "[]"}, "it is not a baseline of version 1"),
        (["--write-baseline", "k.json"], {"k.json": '{"version": 2}'}, "it is not a baseline of version 1"),
        (["--baseline", "k.json"], {"k.json": '{"version": 1, "files": [1]}'}, "its `files` are not a list"),
        (
            ["--baseline", "k.json"],
            {"k.json": '{"version": 1, "files": [], "findings": [{"file": "x"}]}'},
            "one of its `findings` is not",
        ),
        (["--baseline", "legacy"], {}, "it is a folder"),
        (["--baseline", "a.json", "--write-baseline", "b.json"], {}, "name two files: `a.json` and `b.json`"),
        (["--write-baseline", "missing/k.json"], {}, "there is no such file or folder"),
    ],
)
def test_what_cannot_be_used_says_why(shell: Shell, words: list[str], files: dict[str, str], said: str) -> None:
    done = shell("lint", *words, files={**FILES, **files})
    assert done.status == 2
    assert said in done.err


def test_nothing_is_written_where_not_everything_was_read(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "gone.recpol").symlink_to("nothing")
    done = shell("lint", "--write-baseline", "known.json", files=FILES)
    assert done.status == 2
    assert not (tmp_path / "known.json").exists()


def test_a_run_that_changes_nothing_leaves_the_file_alone(shell: Shell, tmp_path: Path) -> None:
    shell("lint", "--write-baseline", "known.json", files=FILES)
    known = tmp_path / "known.json"
    known.write_text(json.dumps(json.loads(known.read_text())))
    before = known.read_bytes()
    assert shell("lint", "--write-baseline", "known.json").err == "known.json: 0 findings taken out, 2 left\n"
    assert known.read_bytes() == before


STORE = 'store c { url "s3://acme-recordings/x/" credentials env K }'
CARD = 'on ice { answer record { y: say "abc" @card } z: say "x" record { w: say "v" @card } hangup }'
TWO = """\
store a { url "s3://acme-recordings/a/" credentials env K }
store b { url "s3://acme-recordings/b/" credentials env K }
store c { url "s3://acme-recordings/c/" credentials env K }
"""
PLAYED = 'on ice { answer play "https://acme.example/a.wav" @a @b record { say "x" } hangup }'
PROMISED = "on ice { record { connect pstn +46850020000 } }\nkeep recordings 5y\n"


@pytest.mark.parametrize(
    ("rule", "text", "old", "new"),
    [
        ("broken-guarantee", f"{STORE}\n{CARD}\nnever record y\n", "never record y", "never record w"),
        ("broken-guarantee", f"{STORE}\n{CARD}\nnever record y\n", "never record y", "never record\n  @card"),
        (
            "broken-guarantee",
            f'{TWO}on ice {{ record to a {{ connect pstn +46850020000 }} }}\nkeep recordings in "s3://else/**"\n',
            "record to a",
            "record to b",
        ),
        (
            "unproven-guarantee",
            f"{STORE}\n{PLAYED}\nannounce\n @a before recording in every locale\n",
            " @a before",
            " @b before",
        ),
        (
            "opposed-guarantees",
            f"{STORE}\n{CARD}\nnever record\n  y\nalways record\n  y\n",
            "  y\nalways record\n  y",
            "  w\nalways record\n  w",
        ),
        ("not-stated", f"{STORE}\n{PROMISED}", "recordings 5y", "recordings 7y"),
        (
            "two-stores",
            f"{TWO}on ice {{\n talk: connect pstn +46850020000\n}}\nrecord talk to a\nrecord talk to b\n",
            "record talk to b",
            "record talk to c",
        ),
    ],
)
def test_a_line_that_is_wrong_for_another_cause_is_new(
    shell: Shell, tmp_path: Path, rule: str, text: str, old: str, new: str
) -> None:
    """The line of the finding stays as it is, and what makes it wrong stands elsewhere."""
    text = f"policy desk\nlocale en-GB\n{text}"
    shell("lint", "--write-baseline", "known.json", files={"recpol.yaml": "", "desk.recpol": text})
    assert rule in [found for _, found in entries(tmp_path / "known.json")]
    moved = text.replace("policy desk\n", "policy desk\n\n")
    assert shell("lint", "--baseline", "known.json", files={"desk.recpol": moved}).status == 0
    assert old in text
    done = shell("lint", "--baseline", "known.json", "--strict", files={"desk.recpol": text.replace(old, new)})
    assert done.status == 1
    assert f"rule: {rule}\n" in done.out


NAMES = st.text(min_size=1, max_size=8)


@given(st.lists(NAMES, max_size=3), st.lists(st.builds(Entry, NAMES, NAMES, NAMES), max_size=4))
def test_what_is_written_is_read(files: list[str], found: list[Entry]) -> None:
    baseline = Baseline(tuple(files), tuple(found))
    text = baseline_text(baseline)
    assert read_baseline(text) == baseline
    assert text.count('"fingerprint"') >= len(found)


@given(st.text())
def test_any_text_is_a_baseline_or_says_why_not(text: str) -> None:
    assert isinstance(read_baseline(text), (Baseline, str))
