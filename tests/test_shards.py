"""Shards: together they are the run, apart they share nothing, and nothing of the machine says which is which."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import recpol
from recpol.cli.main import run
from recpol.workspace.shards import Shard, Share

Said = tuple[int, str, str]
SEEDS = range(int(os.environ.get("SEEDS", "4")))

RULES = """\
rules shared
store calls { url "s3://acme/calls/" credentials env S3_CREDENTIALS }
store spare { url "s3://acme/spare/one.mp3" credentials env S3_CREDENTIALS }
"""
GOOD = """\
policy {name}
use "{rules}"
locale en-GB
answers "+4685002000{n}"
on ice {{ answer say "Recorded." record to calls {{ connect pstn +46850020000 }} }}
"""
WRONG = 'policy {name}\nuse "{rules}"\non ice {{ record to call {{ connect pstn 46850020000 }} }}\n'
ROOM = 'policy {name}\nuse "{rules}"\non ice {{ record call to calls {{ connect conference "board-{n}" }} }}\n'
HELD = """\
policy {name}
use "{rules}"
on ice {{ answer say "Hello." room: connect conference "board-{n}" }}
never record room
"""
VARIED = """\
policy {name}
use "{rules}"
locale en-GB
answers "{{{{ var.number }}}}"
on ice {{ answer say "{{{{ var.notice }}}}" record to calls {{ connect pstn "{{{{ var.desk }}}}" }} }}
"""
TESTS = """\
tests:
  - name: all is recorded
    call: answer; hang up
    files: 1
  - name: the notice
    call: answer; hang up
    heard: Recorded.
  - name: later
    skip: true
    call: answer
"""
REPLY = '{"instructions": [], "action": {"name": "connectPstn", "number": "46850020000"}}'


def project(folder: Path, seed: int, *, tenants: bool = False) -> None:
    """A made-up project: policies of all kinds in folders, rules that some share, tests, documents, tenants."""
    chance = random.Random(seed)
    (folder / "rules").mkdir(parents=True)
    (folder / "rules/shared.recpol").write_text(RULES, "utf-8")
    (folder / "rules/other.recpol").write_text(RULES.replace("shared", "other"), "utf-8")
    (folder / "recpol.yaml").write_text("tenants: tenants.csv\n" if tenants else "strict: false\n", "utf-8")
    kinds = [GOOD, GOOD, WRONG, ROOM, HELD, VARIED if tenants else GOOD]
    for n in range(chance.randrange(4, 9)):
        at = folder / chance.choice(["", "north", "south/east"])
        at.mkdir(parents=True, exist_ok=True)
        rules = "../" * len(at.relative_to(folder).parts) + f"rules/{chance.choice(['shared', 'other'])}.recpol"
        text = chance.choice(kinds).format(name=f"p{n}", n=chance.randrange(9), rules=rules)
        if chance.random() < 0.3:
            text = text.replace("on ice", "# allow unused-store: as it is\non ice", 1)
        (at / f"p{n}.recpol").write_text(text, "utf-8")
        if chance.random() < 0.6:
            (at / f"p{n}.test.yaml").write_text(TESTS, "utf-8")
    if chance.random() < 0.3:
        (folder / "latin.recpol").write_bytes("policy \u00e4".encode("latin-1"))
    for n in range(chance.randrange(3)):
        for event in ("ice", "ace"):
            (folder / f"reply{n}.{event}.svaml.json").write_text(REPLY, "utf-8")
    if tenants:
        lines = ["tenant,number,notice,desk,spare" if chance.random() < 0.5 else "tenant,number,notice,desk"]
        more = ",x" if lines[0].endswith("spare") else ""
        for n in range(chance.randrange(2, 14)):
            desk = chance.choice(["+46850020001", "+46850020001", "46850020002"])
            notice = chance.choice(["Recorded.", "Recorded.", f"Branch {n}."])
            lines.append(f"t{n},+4685003{chance.randrange(20):03},{notice},{desk}{more}")
        if chance.random() < 0.3:
            lines.append("t0,+46850020009,x,y" + more)
        (folder / "tenants.csv").write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("RECPOL_CACHE", str(tmp_path / "cache"))

    def call(*words: str) -> Said:
        return (run(words), *capsys.readouterr())

    return call


def shards(say: Callable[..., Said], count: int, *words: str) -> list[Said]:
    return [say(*words, "--shard", f"{number}/{count}") for number in range(1, count + 1)]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


# ── the assignment ───────────────────────────────────────────────────────────────────────────────────────────────


def test_each_file_and_tenant_is_in_one_shard_and_shards_are_of_a_size() -> None:
    for count in range(1, 8):
        sizes = Counter(
            number
            for n in range(1000)
            for number in range(1, count + 1)
            if Shard(number, count).has(f"policies/p{n}.recpol", "" if n % 2 else f"t{n}")
        )
        assert sum(sizes.values()) == 1000
        assert len(sizes) == count
        assert min(sizes.values()) > 1000 / count * 0.7


def test_the_assignment_is_the_same_for_all_time() -> None:
    """A recpol that shares out otherwise would leave gaps where shards of two versions are put together."""
    three = [Shard(number, 3) for number in (1, 2, 3)]
    assert [[one.has(path) for one in three].index(True) for path in PATHS] == WHERE


PATHS = ["desk.recpol", "north/desk.recpol", "south/east/p1.recpol", "rules/shared.recpol", "\u00e4.recpol"]
WHERE = [2, 0, 2, 2, 1]


def test_where_a_file_is_depends_on_its_path_from_the_project_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project/north").mkdir(parents=True)
    keys = []
    for at, called in ((".", "project/north/a.recpol"), ("project", "north/a.recpol"), ("project/north", "a.recpol")):
        monkeypatch.chdir(tmp_path / at)
        keys.append(Share(Shard(1, 2), str(tmp_path / "project")).key(called))
    assert keys == ["north/a.recpol"] * 3


# ── lint ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("tenants", [False, True])
def test_shards_of_a_lint_put_together_are_the_lint(say: Callable[..., Said], seed: int, tenants: bool) -> None:
    project(Path(), seed, tenants=tenants)
    count = 1 + seed % 7
    kept = [say("lint", "--shard", f"{k}/{count}", "--shard-file", f"../{k}.json") for k in range(1, count + 1)]
    files = [f"../{k}.json" for k in range(1, count + 1)]
    random.Random(seed).shuffle(files)
    for words in ([], ["--strict"], *(["--output-format", name] for name in ("json", "sarif", "junit", "gitlab"))):
        assert say("lint", *words)[:2] == say("lint", "--merge", *files, *words)[:2]
    assert max(status for status, *_ in kept) >= say("lint")[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_shards_of_a_lint_tell_each_finding_once(say: Callable[..., Said], seed: int) -> None:
    project(Path(), seed)
    words = ("lint", "--output-format", "concise")
    whole = say(*words)
    for count in range(1, 8):
        told = shards(say, count, *words)
        lines = [line for _, out, _ in told for line in out.splitlines()]
        assert sorted(lines) == sorted(whole[1].splitlines())
        assert max(status for status, *_ in told) == whole[0]
    assert len(whole[1].splitlines()) > 2


def test_the_order_of_arguments_moves_nothing(say: Callable[..., Said]) -> None:
    project(Path(), 3)
    files = sorted(str(path) for path in Path().rglob("*.recpol"))
    words = ("--output-format", "concise")
    assert shards(say, 3, "lint", *files, *words) == shards(say, 3, "lint", *reversed(files), *words)
    assert len(set(shards(say, 3, "lint", *files, *words))) == 3


def test_renaming_another_file_moves_none_to_another_shard(say: Callable[..., Said]) -> None:
    for n in range(6):
        Path(f"p{n}.recpol").write_text(WRONG.format(name=f"p{n}", rules="shared.recpol"), "utf-8")
    Path("shared.recpol").write_text(RULES, "utf-8")
    words = ("lint", ".", "--output-format", "concise")

    def told(without: str) -> list[list[str]]:
        return [
            [line for line in out.splitlines() if not line.startswith(("shared", *without.split()))]
            for _, out, _ in shards(say, 3, *words)
        ]

    before = told("p3 moved")
    Path("p3.recpol").rename("moved.recpol")
    assert told("p3 moved") == before
    assert sum(map(len, before)) == 10


def test_a_finding_in_a_file_that_policies_of_several_shards_use_is_told_once(say: Callable[..., Said]) -> None:
    """The rules are not among the files that are linted, so the policies alone find what is wrong in them."""
    Path("rules").mkdir()
    Path("rules/shared.recpol").write_text(RULES, "utf-8")
    for n in range(12):
        Path(f"p{n}.recpol").write_text(GOOD.format(name=f"p{n}", n=n, rules="rules/shared.recpol"), "utf-8")
    files = [f"p{n}.recpol" for n in range(12)]
    for count in (2, 5):
        told = [out for _, out, _ in shards(say, count, "lint", *files, "--output-format", "concise")]
        assert sum("fixed-file-name" in out for out in told) == 1


# ── compile ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("tenants", [False, True])
def test_shards_of_a_build_completed_are_the_build(say: Callable[..., Said], seed: int, tenants: bool) -> None:
    project(Path(), seed, tenants=tenants)
    count = 1 + seed % 7
    whole = say("compile", "-o", "../whole")
    told = shards(say, count, "compile", "-o", "../build")
    apart = [say("compile", "-o", f"../{k}", "--shard", f"{k}/{count}")[0] for k in range(1, count + 1)]
    done = say("compile", "--merge", "-o", "../build")
    assert tree(Path("../build")) == tree(Path("../whole"))
    assert done[0] == max(status for status, *_ in told) == max(apart) == whole[0]
    for k in range(1, count + 1):
        shutil.copytree(f"../{k}", "../copied", dirs_exist_ok=True)
    assert say("compile", "--merge", "-o", "../copied")[0] == whole[0]
    assert tree(Path("../copied")) == tree(Path("../whole"))
    checks = shards(say, count, "compile", "--check", "-o", "../build")
    assert say("compile", "--check", "-o", "../build")[0] == max(status for status, *_ in checks) == whole[0]
    assert not any("up to date\n" in out and "not" in out for _, out, _ in checks)


def test_two_policies_of_one_name_stop_every_shard_and_leave_the_index(say: Callable[..., Said]) -> None:
    Path("rules").mkdir()
    Path("rules/shared.recpol").write_text(RULES, "utf-8")
    for n in range(5):
        Path(f"p{n}.recpol").write_text(GOOD.format(name=f"p{n}", n=n, rules="rules/shared.recpol"), "utf-8")
    assert say("compile", ".", "-o", "../build")[0] == 0
    before = tree(Path("../build"))
    assert "index.json" in before
    Path("again.recpol").write_text(GOOD.format(name="p3", n=8, rules="rules/shared.recpol"), "utf-8")
    assert [status for status, *_ in shards(say, 3, "compile", ".", "-o", "../build")] == [1, 1, 1]
    assert say("compile", "--merge", "-o", "../build")[0] == 1
    assert tree(Path("../build")) == before
    assert say("compile", ".", "-o", "../build")[0] == 1
    assert tree(Path("../build")) == before


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("tenants", [False, True])
def test_shards_print_the_documents_that_the_run_prints(say: Callable[..., Said], seed: int, tenants: bool) -> None:
    project(Path(), seed, tenants=tenants)
    whole = json.loads(say("compile", "--stdout")[1] or "{}")
    told: dict[str, Any] = {}
    for _, out, _ in shards(say, 1 + seed % 7, "compile", "--stdout"):
        printed = json.loads(out or "{}")
        assert not told.keys() & printed.keys()
        told |= printed
    assert told == whole


@pytest.mark.parametrize("seed", SEEDS)
def test_shards_of_the_programming_interface_are_the_whole(say: Callable[..., Said], seed: int) -> None:
    project(Path(), seed, tenants=True)
    Path("v.recpol").write_text(VARIED.format(name="v", rules="rules/shared.recpol"), "utf-8")
    whole = recpol.compile_tenants(Path("v.recpol"))
    for count in (1, 3, 7):
        each = [recpol.compile_tenants(Path("v.recpol"), shard=f"{k}/{count}") for k in range(1, count + 1)]
        together = {tenant: result for one in each for tenant, result in one.results.items()}
        assert sum(len(one.results) for one in each) == len(whole.results) == len(together) > 1
        files = {tenant: (result.files, result.ok) for tenant, result in together.items()}
        assert files == {tenant: (result.files, result.ok) for tenant, result in whole.results.items()}
        said = [(one.message, one.span.start) for shard in each for one in shard.findings]
        assert sorted(said) == sorted((one.message, one.span.start) for one in whole.findings)
        assert all(one.ok for one in each) == whole.ok
    with pytest.raises(recpol.CannotRun, match="only 4 shards"):
        recpol.compile_tenants(Path("v.recpol"), shard="5/4")


# ── test and report ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("tenants", [False, True])
def test_shards_of_tests_put_together_are_the_tests(say: Callable[..., Said], seed: int, tenants: bool) -> None:
    project(Path(), seed, tenants=tenants)
    Path("z.recpol").write_text(GOOD.format(name="z", n=77, rules="rules/shared.recpol"), "utf-8")
    Path("z.test.yaml").write_text(TESTS, "utf-8")
    count = 1 + seed % 7
    kept = [say("test", "--shard", f"{k}/{count}", "--shard-file", f"../{k}.json") for k in range(1, count + 1)]
    whole = say("test", "--junit", "../whole.xml")
    files = [f"../{k}.json" for k in range(count, 0, -1)]
    assert say("test", "--merge", *files, "--junit", "../merged.xml") == whole
    assert Path("../merged.xml").read_bytes() == Path("../whole.xml").read_bytes()
    assert max(status for status, *_ in kept) == whole[0]
    if not tenants:
        lines = [
            line for _, out, _ in kept for line in out.splitlines() if line.startswith(("ok ", "FAILED", "skipped"))
        ]
        assert sorted(lines) == sorted(
            line for line in whole[1].splitlines() if line.startswith(("ok ", "FAILED", "skipped"))
        )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("tenants", [False, True])
def test_shards_of_a_report_put_together_are_the_report(say: Callable[..., Said], seed: int, tenants: bool) -> None:
    project(Path(), seed, tenants=tenants)
    Path("latin.recpol").unlink(missing_ok=True)  # a report of what cannot be read is none
    count = 1 + seed % 7
    kept = [say("report", "--shard", f"{k}/{count}", "--shard-file", f"../{k}.json") for k in range(1, count + 1)]
    whole = say("report", "--undated")
    files = [f"../{k}.json" for k in range(1, count + 1)]
    merged = say("report", "--merge", *files, "--undated")
    assert merged[:2] == whole[:2]
    assert max(status for status, *_ in kept) == whole[0]
    pages = [out for _, out, _ in shards(say, count, "report", "--undated")]
    assert sum(page.count('<section class="policy"') for page in pages) == whole[1].count('<section class="policy"') > 2


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", ["lint", "compile", "test", "report"])
@pytest.mark.parametrize("word", ["0/4", "5/4", "a/b", "4", "1/0", "-1/4", "1/4/4", "1/99999", "\u00b2/4", ""])
def test_what_is_no_shard_is_refused_with_a_cure(say: Callable[..., Said], command: str, word: str) -> None:
    status, out, err = say(command, f"--shard={word}")
    assert (status, out) == (2, "")
    assert f"`--shard {word}`" in err
    assert "write `--shard K/N`" in err


@pytest.mark.parametrize(
    "words",
    [
        ("lint", "--baseline", "b.json"), ("lint", "--write-baseline", "b.json"), ("lint", "--fix"), ("lint", "--diff"),
        ("lint", "--unsafe-fixes"), ("lint", "-"), ("test", "--coverage"), ("test", "--fail-under", "0"),
        ("test", "--mutate"), ("test", "--mutants-under", "3"), ("lint", "--merge"), ("test", "--merge"),
        ("report", "--merge"), ("compile", "--merge"),
    ],
)  # fmt: skip
def test_what_is_of_the_whole_is_refused_of_a_shard(say: Callable[..., Said], words: tuple[str, ...]) -> None:
    project(Path(), 1)
    Path("b.json").write_text("{}", "utf-8")
    before = tree(Path())
    status, out, err = say(*words, "--shard", "1/2")
    assert (status, out) == (2, "")
    assert words[-2 if words[-1].isdecimal() or words[-1] == "b.json" else -1] in err
    assert "help:" in err
    assert tree(Path()) == before


def test_a_shard_file_needs_a_shard(say: Callable[..., Said]) -> None:
    project(Path(), 1)
    for command in ("lint", "test", "report"):
        status, _, err = say(command, "--shard-file", "x.json")
        assert status == 2
        assert "`--shard-file` goes with `--shard`" in err
    assert not Path("x.json").exists()


def test_an_empty_shard_says_so_and_is_all_right(say: Callable[..., Said]) -> None:
    Path("only.recpol").write_text(
        'policy only\nlocale en-GB\non ice { answer say "Hello." connect pstn +46850020000 }\n', "utf-8"
    )
    Path("only.test.yaml").write_text("tests:\n  - {name: nothing, call: answer, files: 0}\n", "utf-8")
    for words in (
        ("lint", "only.recpol"),
        ("compile", "only.recpol"),
        ("test", "only.test.yaml"),
        ("report", "only.recpol"),
    ):
        told = shards(say, 3, *words)
        assert [status for status, *_ in told] == [0, 0, 0]
        assert sorted(err.strip() for *_, err in told)[1:] == [
            f"shard {k}/3: nothing of this run is in it" for k in (1, 2, 3) if "nothing" in told[k - 1][2]
        ]
    assert say("compile", "--merge")[0] == 0


def test_shards_of_one_folder_may_write_at_the_same_time_and_leave_each_other_alone(
    say: Callable[..., Said], tmp_path: Path
) -> None:
    project(Path(), 2)
    say("compile", "-o", "../whole")
    say("compile", "-o", "../build")
    before = tree(Path("../build"))
    children = []
    for k in range(1, 5):
        child = os.fork()
        if not child:
            os._exit(run(["compile", "-o", "../build", "--no-cache", "--shard", f"{k}/4"]))
        children.append(child)
    assert {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children} <= {0, 1}
    assert before.items() <= tree(Path("../build")).items()
    say("compile", "--merge", "-o", "../build")
    assert tree(Path("../build")) == tree(Path("../whole"))


def test_a_shard_is_another_run_for_the_cache(say: Callable[..., Said]) -> None:
    project(Path(), 3)
    words = ("lint", "--output-format", "concise")
    first, again = shards(say, 3, *words), shards(say, 3, *words)
    assert first == again
    assert len({*first, say(*words)}) == 4


def kept(say: Callable[..., Said], count: int = 2) -> list[str]:
    files = []
    for k in range(1, count + 1):
        files.append(f"../{k}.json")
        assert say("lint", "--shard", f"{k}/{count}", "--shard-file", files[-1])[0] in (0, 1)
    return files


def test_shards_that_do_not_belong_together_are_refused(say: Callable[..., Said]) -> None:
    project(Path(), 3)
    one, two = kept(say)

    def refused(*words: str) -> str:
        status, out, err = say(*words)
        assert (status, out) == (2, "")
        return err

    assert "shard 2 of 2 is missing" in refused("lint", "--merge", one)
    assert "are both shard 1/2" in refused("lint", "--merge", one, one, two)
    assert "`recpol lint`" in refused("test", "--merge", one, two)
    assert "does not go with `--merge`" in refused("lint", "--merge", one, two, "--target", "classic")
    assert "names no file" in refused("lint", "--merge")
    assert "no shard has written" in refused("compile", "--merge")
    say("compile", "--shard", "1/3", "-o", "../parts")
    parts = refused("compile", "--merge", "-o", "../parts")
    assert "shards 2, 3 of 3 are missing" in parts
    assert "`recpol compile --shard 2/3`, with the same output folder" in parts
    say("compile", "--shard", "1/2", "-o", "../parts")
    assert "delete the files of the other run" in refused("compile", "--merge", "-o", "../parts")
    assert "`--target` does not go with" in refused("compile", "--merge", "--target", "classic")
    assert "takes no PATH" in refused("compile", "--merge", "build")
    say("lint", "--shard", "1/3", "--shard-file", "../3.json")
    assert "is one of 3" in refused("lint", "--merge", one, "../3.json")
    say("lint", "--strict", "--env", "x", "--shard", "2/2", "--shard-file", "../3.json")
    Path("new.recpol").write_text(GOOD.format(name="new", n=8, rules="rules/shared.recpol"), "utf-8")
    say("lint", "--shard", "2/2", "--shard-file", "../4.json")
    assert "another state of the project" in refused("lint", "--merge", one, "../4.json")
    Path("new.recpol").unlink()
    found = next(path for path in Path().rglob("p*.recpol") if "connect pstn 4" in path.read_text("utf-8"))
    found.write_text("# new\n" + found.read_text("utf-8"), "utf-8")
    assert "is not what it was" in refused("lint", "--merge", one, two)


def test_a_damaged_file_of_a_shard_is_refused(say: Callable[..., Said]) -> None:
    project(Path(), 3)
    one, two = kept(say)
    whole = Path(one).read_text("utf-8")
    chance = random.Random(7)
    for _ in range(60):
        at = chance.randrange(len(whole))
        edit = chance.choice(["", "x", "0", '"', "[", "null", " " * 3])
        text = chance.choice([whole[:at], whole[:at] + edit + whole[at + 1 :]])
        Path(one).write_text(text, "utf-8")
        status, out, err = say("lint", "--merge", one, two)
        if text != whole and json.loads(whole) != _json(text):
            assert (status, out) == (2, ""), text
            assert "help:" in err
            assert "defect" not in err


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def test_no_line_of_a_source_is_in_a_file_of_a_shard(say: Callable[..., Said]) -> None:
    Path("a.recpol").write_text(
        'policy a\nstore s { url "s3://b/x.mp3" credentials '
        '"AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY" }\n'
        "on ice { record to wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY { connect pstn 46850020000 } }\n", "utf-8",
    )  # fmt: skip
    for command in ("lint", "report"):
        say(command, "a.recpol", "--shard", "1/1", "--shard-file", "../1.json")
        text = Path("../1.json").read_text("utf-8")
        assert "bad-number" in text
        assert "AKIA" not in text
        assert "wJalr" not in text
        words = UNDATED[command]
        assert say(command, "--merge", "../1.json", *words)[:2] == say(command, "a.recpol", *words)[:2]


UNDATED = {"lint": (), "report": ("--undated",)}
