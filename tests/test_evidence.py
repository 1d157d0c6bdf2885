"""Evidence: one archive that is the same everywhere, is checked by compiling anew, and is refused if touched."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import recpol
from recpol.cli.main import run
from recpol.workspace.archive import SUMS, packed, unpacked
from recpol.workspace.cannotrun import CannotRun

DESK = """policy desk
locale en-GB
use "shared/rules.recpol"
store calls { url "s3://acme-calls/{{ var.place }}/" credentials env STORE }
on ice { answer notice: say "This call is recorded." record { agent: connect pstn +46850020000 } }
announce notice before recording
"""

FILES = {
    "recpol.yaml": "vars: {place: north, other: unused}\n",
    "desk.recpol": DESK,
    "desk.test.yaml": "tests:\n  - {name: on tape, call: answer, recorded: agent}\n",
    "shared/rules.recpol": 'rules shared\nkeep recordings in "s3://acme-calls/**"\n',
    "unrelated.txt": "not a source",
}

Evidence = Callable[..., int]


def lay(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive of a small project, made in its folder."""
    lay(tmp_path / "one", FILES)
    monkeypatch.chdir(tmp_path / "one")
    assert run(["evidence", "desk.recpol", "-o", "../desk.zip", "--day", "2026-11-01"]) == 0
    return tmp_path / "desk.zip"


def files_of(archive: Path) -> dict[str, bytes]:
    return unpacked(archive.read_bytes(), archive.name)


def test_everything_that_bears_on_the_policy_is_in_it_and_nothing_else(made: Path) -> None:
    held = files_of(made)
    assert sorted(held) == [
        "documents/desk/ice.json", "documents/desk/manifest.json", "evidence.json", "exceptions.json", "findings.json",
        "report.html", "sources/desk.recpol", "sources/desk.test.yaml", "sources/recpol.yaml",
        "sources/shared/rules.recpol", "verdicts.json",
    ]  # fmt: skip
    about = json.loads(held["evidence.json"])
    assert about["variables"] == {"place": "north"}
    assert about["day"] == "2026-11-01"
    (verdict,) = json.loads(held["verdicts.json"])
    assert [one["status"] for one in verdict["guarantees"]] == ["proven", "proven"]
    assert b"What desk records" in held["report.html"]


def test_two_folders_give_the_same_bytes(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path / "elsewhere" / "deep", FILES)
    monkeypatch.chdir(tmp_path)
    assert run(["evidence", "elsewhere/deep/desk.recpol", "-o", "again.zip", "--day", "2026-11-01"]) == 0
    assert (tmp_path / "again.zip").read_bytes() == made.read_bytes()


def test_a_good_archive_is_found_good(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["evidence", "check", "desk.zip"]) == 0
    said = capsys.readouterr().out
    assert "nothing differs" in said
    for line in (
        "policies   desk.recpol", "day        2026-11-01", "variables  place=north", "tenant     none",
        "targets    as the policies and settings say", "commit     not said", f"made by    recpol {recpol.__version__}",
    ):  # fmt: skip
        assert f"  {line}\n" in said


def test_evidence_is_for_one_tenant_and_says_for_which(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("recpol.yaml").write_text("tenants: {oslo: {place: north}, lyon: {place: south}}\n")
    assert run(["evidence", "desk.recpol", "-o", "../lyon.zip", "--tenant", "lyon"]) == 0
    assert b"tenant <code>lyon</code>" in files_of(made.parent / "lyon.zip")["report.html"]
    capsys.readouterr()
    assert run(["evidence", "check", "../lyon.zip"]) == 0
    assert "  tenant     lyon\n" in capsys.readouterr().out


def test_a_source_that_no_policy_uses_is_found(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.write_bytes(packed({**files_of(made), "sources/shared/more.recpol": b"rules more\n"}))
    assert run(["evidence", "check", str(made)]) == 1
    assert "sources/shared/more.recpol: no policy uses it" in capsys.readouterr().out


@pytest.mark.parametrize(("before", "behind"), [(b"", b"more"), (b"more", b"")])
def test_bytes_beside_the_files_are_refused(
    before: bytes, behind: bytes, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made.write_bytes(before + made.read_bytes() + behind)
    assert run(["evidence", "check", str(made)]) == 2
    assert "bytes that belong to no file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["documents/desk/ice.json", "verdicts.json", "findings.json", "report.html", "sources/desk.recpol"]
)
def test_what_is_not_made_from_the_sources_is_found_even_if_the_hashes_fit(
    name: str, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = files_of(made)
    held[name] = held[name].replace(b"recorded", b"received").replace(b"calls", b"other").replace(b"[]", b"[ ]")
    made.write_bytes(packed(held))
    assert run(["evidence", "check", str(made)]) == 1
    said = capsys.readouterr().out
    assert ("report.html" if name.startswith("sources/") else name) + ": differs" in said


def test_what_is_missing_or_added_is_found(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = files_of(made)
    held["documents/desk/more.json"] = held.pop("verdicts.json")
    made.write_bytes(packed(held))
    assert run(["evidence", "check", str(made)]) == 1
    said = capsys.readouterr().out
    assert "verdicts.json: is missing" in said
    assert "documents/desk/more.json: is not made from these sources" in said


def test_an_archive_that_was_touched_is_refused(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = made.read_bytes()
    at = data.index(b"This call is recorded.")
    made.write_bytes(data[:at] + b"t" + data[at + 1 :])
    assert run(["evidence", "check", str(made)]) == 2
    assert "damaged" in capsys.readouterr().err
    made.write_bytes(data[: len(data) // 2])
    assert run(["evidence", "check", str(made)]) == 2


def _zip(entries: list[tuple[str, bytes]], kind: int = zipfile.ZIP_STORED, mode: int = 0o100644) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, data in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = kind
            archive.writestr(entry, data)
    return out.getvalue()


@pytest.mark.parametrize("name", ["../out", "/etc/out", "a/../../out", "c:out", "a\\out", "a//b", "a/", "./a", "a\x07"])
def test_a_path_that_leaves_the_archive_is_refused(name: str) -> None:
    with pytest.raises(CannotRun, match="leaves it"):
        unpacked(_zip([(name, b"x")]), "bad.zip")


def test_links_copies_and_what_is_packed_anew_are_refused() -> None:
    with pytest.raises(CannotRun, match="no plain file"):
        unpacked(_zip([("a", b"/etc/passwd")], mode=0o120777), "bad.zip")
    with pytest.raises(CannotRun, match="packed anew"):
        unpacked(_zip([("a", b"x" * 1000)], zipfile.ZIP_DEFLATED), "bad.zip")
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = _zip([("a", b"x"), ("a", b"y")])
    with pytest.raises(CannotRun, match="one name"):
        unpacked(twice, "bad.zip")
    with pytest.raises(CannotRun, match=SUMS):
        unpacked(_zip([("a", b"x")]), "bad.zip")
    with pytest.raises(CannotRun, match="was touched"):
        unpacked(_zip([("a", b"x"), (SUMS, b"0  a\n")]), "bad.zip")
    with pytest.raises(CannotRun, match="no archive"):
        unpacked(b"PK hello", "bad.zip")


@pytest.mark.parametrize(
    "about",
    [
        b"", b"[]", b"{}", b'{"day": "x"}',
        b'{"evidenceVersion":1,"recpol":"1","day":"2026-01-01","policies":["/etc/hosts"],"targets":[],"variables":{}}',
        b'{"evidenceVersion":1,"recpol":"1","day":"2026-01-01","policies":[1],"targets":[],"variables":{}}',
        b'{"evidenceVersion":1,"recpol":"1","day":"2026-01-01","policies":[],"targets":[],"variables":{"a":1}}',
    ],
)  # fmt: skip
def test_what_an_archive_says_of_itself_is_not_believed(
    about: bytes, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made.write_bytes(packed({**files_of(made), "evidence.json": about}))
    assert run(["evidence", "check", str(made)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_name_that_is_a_file_and_a_folder_is_refused(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = files_of(made)
    made.write_bytes(packed({**held, "sources/desk.recpol/inside": b"x"}))
    assert run(["evidence", "check", str(made)]) == 2
    assert "cannot be laid out" in capsys.readouterr().err


def test_the_commit_is_in_it_where_there_is_one(made: Path) -> None:
    folder = made.parent / "one"
    who = ("-c", "user.name=a", "-c", "user.email=a@acme.example", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "first")):
        subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)
    assert run(["evidence", "desk.recpol", "-o", "../again.zip"]) == 0
    about = json.loads(files_of(made.parent / "again.zip")["evidence.json"])
    assert about["asCommitted"] is True
    assert len(about["commit"]) == 40
    assert "commit" not in json.loads(files_of(made)["evidence.json"])


def test_a_policy_that_does_not_compile_is_evidence_of_that(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("desk.recpol").write_text(DESK + "never record agent\n")
    assert run(["evidence", "desk.recpol", "-o", "../bad.zip"]) == 1
    held = files_of(made.parent / "bad.zip")
    assert not any(name.startswith("documents/") for name in held)
    assert b"broken-guarantee" in held["findings.json"]
    assert "`desk.recpol` does not compile" in capsys.readouterr().err
    assert run(["evidence", "check", "../bad.zip"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["desk.recpol"], "where to write"), (["check"], "one archive"), (["check", "missing.zip"], "missing.zip"),
        (["desk.recpol", "-o", "x.zip", "--day", "soon"], "is not a date"),
        (["secret.recpol", "-o", "x.zip"], "has its credentials"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused(
    words: list[str], said: str, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("secret.recpol").write_text(DESK.replace("env STORE", '"AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI"'))
    assert run(["evidence", *words]) == 2
    assert said in capsys.readouterr().err
    assert not Path("x.zip").exists()


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("desk.recpol", DESK + "# the key is AKIAIOSFODNN7EXAMPLE\n", DESK.count("\n") + 1),
        ("desk.recpol", DESK.replace("connect pstn +46850020000", 'connect sip "anna:hunter2@pbx.example"'), 0),
        ("desk.recpol", DESK + 'keep recordings in "s3://u:hunter2@acme-calls/**"\n', DESK.count("\n") + 1),
        ("recpol.yaml", "vars:\n  place: desk\n  other: AKIAIOSFODNN7EXAMPLE\n", 3),
        ("desk.test.yaml", "tests:\n  - call: answer\n    # https://u:hunter2@acme.example/\n", 3),
    ],
)
def test_no_secret_is_handed_on(
    name: str, text: str, line: int, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_text(text)
    assert run(["evidence", "desk.recpol", "-o", "secret.zip"]) == 2
    said = capsys.readouterr().err
    assert f"`{name}` holds a secret in line {line or ''}" in said
    assert "AKIA" not in said
    assert "hunter2" not in said
    assert not Path("secret.zip").exists()
