"""The cache: a run with it comes to what the run without it comes to, whatever happens to the files in between."""

from __future__ import annotations

import datetime
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

import recpol
from recpol.analysis.program import Program
from recpol.base.digest import stamp_of
from recpol.cache import clean, keep, place, stamps, store
from recpol.cache import recall as recall_module
from recpol.cache.recall import recall
from recpol.cli import linting
from recpol.cli.main import run
from recpol.rules.check import Checked, Levels, check
from recpol.workspace import session
from recpol.workspace.files import Input
from test_secrets import planted

RULES = 'rules stores\nstore calls {{ url "s3://{bucket}/calls/" credentials env S3_CREDENTIALS keep 30d }}\n'
POLICY = """\
policy {name}
use "rules/stores.recpol"
locale en-GB
on ice {{
  answer
  say "Calls to {{{{ var.team }}}} are recorded."
  record to calls {{ connect pstn {number} }}
}}
"""
SETTINGS = "include: [policies/*.recpol]\nvars: {team: sales}\nrules: {fixed-file-name: error}\n"

Said = tuple[int, str, str]


@pytest.fixture(scope="module", autouse=True)
def grammar() -> None:
    """The grammar's table, which a fresh checkout makes once, is there: a run that writes it is not kept."""
    recpol.lint("policy desk\n")


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs a command line in a folder with a cache (`on`) or without, and gives its exit status and what it said."""
    monkeypatch.setattr(stamps, "RACY", 20_000_000)

    def call(folder: Path, *words: str, on: bool = True) -> Said:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("RECPOL_CACHE", str(tmp_path / "cache") if on else "off")
        status = run(words)
        return (status, *capsys.readouterr())

    return call


def project(folder: Path, policies: int = 3) -> Path:
    for number in range(policies):
        text = POLICY.format(name=f"desk-{number}", number=f"+4685002000{number}")
        write(folder / f"policies/desk-{number}.recpol", text)
    write(folder / "policies/rules/stores.recpol", RULES.format(bucket="acme"))
    write(folder / "recpol.yaml", SETTINGS)
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def content(folder: Path) -> Mapping[str, bytes | None]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() if file.is_file() else None
        for file in sorted(folder.rglob("*"))
    }


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "runs").glob("*"))


def read_of(data: bytes) -> place.Part:
    """All files that a kept run read, and all folders that it listed."""
    parts = [place.unpacked(data, number + 1) for number in range(place.unpacked(data)["parts"])]
    return [one for files, _ in parts for one in files], [one for _, listings in parts for one in listings]


def shared_out(monkeypatch: pytest.MonkeyPatch, processes: int) -> list[int]:
    """What even a small run asks again is shared out to processes, and folders are asked for what is in them; gives
    the processes that were started, as they are."""
    started: list[int] = []
    fork = os.fork

    def noted() -> int:
        process = fork()
        started.append(process)
        return process

    monkeypatch.setattr(keep, "PART", 1)
    monkeypatch.setattr(keep, "FEW", 0)
    monkeypatch.setattr("recpol.workspace.processors.processors", lambda: processes)
    monkeypatch.setattr(os, "fork", noted)
    return started


# The law

PIECES = ("acme", "+46", "record", "sales", "days", "desk", "{", "policies", "error", "pstn", "calls", "var.team")


def _edited(chance: random.Random, folder: Path) -> str:
    """One change of a project, drawn by chance, in words; it changes two equal projects alike."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    texts = [path for path in files if path.suffix in (".recpol", ".yaml", ".csv", ".json")]
    file = chance.choice(texts or files)
    other = chance.choice(files)
    new = folder / chance.choice(
        ["policies/desk-7.recpol", "policies/rules/more.recpol", "policies/.hidden.recpol", "policies/desk-0.test.yaml",
         "tenants.csv", "build/desk-0/stray.json", "build/.recpol/new/x", "policies/a.svaml.json", ".git/HEAD"]
    )  # fmt: skip
    kind = chance.choice(
        ["piece", "piece", "piece", "line", "remove", "new", "swap", "link", "same", "settings", "touch"]
    )
    if kind == "piece" and not file.is_symlink():
        text, old = file.read_text("utf-8"), chance.choice(PIECES)
        write(file, text.replace(old, chance.choice(PIECES), 1) if old in text else text + old)
    elif kind == "line":
        lines = file.read_text("utf-8").splitlines(keepends=True) if file.exists() else []
        lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines or ["\n"]))
        if not file.is_symlink():
            write(file, "".join(lines))
    elif kind == "remove":
        file.unlink()
    elif kind == "new" and not new.exists():
        if new.suffix == ".csv":
            write(new, "tenant,team\na,sales\nb,support\n")
        else:
            write(new, POLICY.format(name="desk-7", number="+46850020009") if new.suffix == ".recpol" else "{}")
    elif kind == "swap" and other != file:
        first, second = folder / ".swap", other
        file.rename(first)
        second.rename(file)
        first.rename(second)
    elif kind == "link" and not file.is_symlink():
        aside = folder / f"aside-{file.name}"
        file.rename(aside)
        file.symlink_to(aside)
    elif kind == "same" and not file.is_symlink():
        before = file.stat()
        text = file.read_text("utf-8")
        write(file, text.replace("4", "5", 1))  # as long as before, and as old
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif kind == "settings":
        more = chance.choice(
            ["", "", "strict: true\n", "tenants: tenants.csv\n", "out: made\n", "targets: [classic, svaml2]\n"]
        )
        write(folder / "recpol.yaml", SETTINGS + more)
    elif kind == "touch":
        os.utime(file, follow_symlinks=False)
    return f"{kind} {file.relative_to(folder)}"


COMMANDS = (
    ("lint",),
    ("lint", "policies", "--output-format", "json"),
    ("lint", "policies/desk-0.recpol", "--var", "team=a-secret-of-ours"),
    ("lint", "policies", "build"),
    ("compile",),
    ("compile", "--check"),
    ("compile", "policies/desk-1.recpol", "-o", "other", "--target", "svaml2"),
)


@pytest.mark.parametrize("seed", range(int(os.environ.get("SEEDS", "3"))))
@pytest.mark.parametrize("kind", ["runs", "policies", "shares"])
def test_whatever_is_edited_a_run_with_the_cache_comes_to_the_same(
    seed: int, kind: str, tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where policies are kept one by one, as those of a project of some size are, and where processes share what
    there is to ask and all folders are asked for those in them, as in a large one."""
    each = kind == "policies"
    monkeypatch.setattr(linting, "FEWEST_KEPT", 1 if each else 1000)
    if kind == "shares":
        shared_out(monkeypatch, 3)
    chance, again = random.Random(seed), random.Random(seed)
    mine, theirs = project(tmp_path / "mine"), project(tmp_path / "theirs")
    done: list[str] = []
    for step in range(16):
        command = COMMANDS[chance.randrange(len(COMMANDS))]
        again.randrange(len(COMMANDS))
        for _ in range(1 + step % 3):
            here, there = cached(mine, *command), cached(theirs, *command, on=False)
            assert here == there, (command, done)
            assert content(mine) == content(theirs), (command, done)
        if step % 4:
            done.append(_edited(chance, mine))
            _edited(again, theirs)
    assert kept(tmp_path), "nothing was ever kept"
    assert each or not any(file.suffix == ".clean" for file in kept(tmp_path))
    parts = [place.unpacked(file.read_bytes())["parts"] for file in kept(tmp_path) if file.suffix != ".clean"]
    assert (max(parts) > 1) == (kind == "shares")


MANY = """\
policy desk-{n}
use "rules/{rules}.recpol"
locale en-GB
answers "+4685002{line:04}"
on ice {{ answer say "Recorded for {{{{ var.team }}}}." record to calls {{ connect pstn +46850020000 }} }}
"""


def many(folder: Path, chance: random.Random, policies: int = 20) -> Path:
    """A project of policies that use rules and each other's numbers, with rooms, permissions, levels for paths."""
    for n in range(policies):
        text = MANY.format(n=n, rules=chance.choice(["stores", "other"]), line=chance.randrange(300))
        if chance.random() < 0.2:
            text = text.replace("connect pstn +46850020000", f'connect conference "board-{chance.randrange(3)}"')
        if chance.random() < 0.2:
            text = text.replace("on ice", "# allow fixed-file-name until 2035-01-01: for now\non ice")
        write(folder / f"policies/{chance.choice(['', 'north/', 'south/'])}desk-{n}.recpol", text)
    for at in ("", "north/", "south/"):
        for rules in ("stores", "other"):
            write(folder / f"policies/{at}rules/{rules}.recpol", RULES.format(bucket=chance.choice(["acme", "b"])))
    levels = "paths: {policies/north/**: {rules: {fixed-file-name: off, unused-store: off}}}\n"
    write(
        folder / "recpol.yaml", "include: [policies/**/*.recpol]\nvars: {team: sales}\n" + chance.choice(["", levels])
    )
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(int(os.environ.get("SEEDS", "3"))))
def test_whatever_is_edited_in_a_project_of_some_size_a_lint_comes_to_the_same(
    seed: int, tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    recalled: list[str] = []
    real = clean.CleanPolicies.recall

    def counted(policies: clean.CleanPolicies, item: Input) -> object:
        found = real(policies, item)
        recalled.extend([item.shown] if found is not None else [])
        return found

    monkeypatch.setattr(clean.CleanPolicies, "recall", counted)
    chance, again = random.Random(seed), random.Random(seed)
    for number in range(3):
        mine, theirs = many(tmp_path / f"mine-{number}", chance), many(tmp_path / f"theirs-{number}", again)
        done: list[str] = []
        for _ in range(8):
            for words in (("lint",), ("lint", "--output-format", "concise", "--jobs", "3"), ("lint", "--env", "none")):
                assert cached(mine, *words) == cached(theirs, *words, on=False), done
            done.append(_edited(chance, mine))
            _edited(again, theirs)
    assert len(recalled) > 20


def test_after_an_edit_of_one_policy_only_it_is_looked_at_again(
    tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def noted(subject: Program, levels: Levels) -> Checked:
        looked.append(subject.source.path)
        return check(subject, levels)

    monkeypatch.setattr(linting, "check", noted)
    monkeypatch.setattr(linting, "MANY", 1000)
    folder = project(tmp_path / "project", 20)
    assert cached(folder, "lint")[0] == 0
    assert len(looked) == 20
    file = folder / "policies/desk-7.recpol"
    for text, fails in ((file.read_text("utf-8") + "# more\n", 0), (WRONG_AGAIN, 1), (WRONG_AGAIN + "\n", 1)):
        write(file, text)
        looked.clear()
        assert cached(folder, "lint")[0] == fails
        assert looked == ["policies/desk-7.recpol"]
    write(folder / "policies/rules/stores.recpol", RULES.format(bucket="elsewhere"))
    looked.clear()
    assert cached(folder, "lint")[0] == 1
    assert len(looked) == 20, "they all use it"


WRONG_AGAIN = "policy desk-7\non ice { connect pstn 46850020000 }\n"


def test_policies_that_are_kept_are_looked_at_again_when_a_pack_is_due(
    tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linting, "FEWEST_KEPT", 1)
    today = datetime.datetime.now(datetime.UTC).date()
    folder = tmp_path / "project"
    for name in ("a", "b"):
        write(folder / f"{name}.recpol", PACKED.format(name=name))
    counts = []
    for days in (0, 1, 3000, 3001, 0):
        day = today + datetime.timedelta(days)
        monkeypatch.setattr(session, "current_day", lambda day=day: day.toordinal())
        monkeypatch.setattr(time, "time_ns", lambda days=days: _noon(today, days))
        write(folder / "b.recpol", PACKED.format(name="b") + f"# {days}\n")
        got = cached(folder, "lint", "a.recpol", "b.recpol")
        assert got == cached(folder, "lint", "a.recpol", "b.recpol", on=False), days
        counts.append(got[1].count("rule:"))
    assert counts[0] == counts[1] == counts[4] < counts[2] == counts[3]


PACKED = """\
policy {name}
use pack "pci-dss-4"
on ice {{ connect pstn +46850020000 }}
"""


def test_what_is_recalled_loads_nothing_of_the_compiler(tmp_path: Path) -> None:
    """The goal of the cache, by what is loaded: of the standard library only what any Python has loaded anyway."""
    folder = project(tmp_path / "project")
    code = (
        "import sys; from recpol.cache import stamps; stamps.RACY = 20_000_000; "
        "from recpol.cli.main import run; run(sys.argv[1:]); print(*sorted(sys.modules), file=sys.stderr)"
    )
    environment = {**os.environ, "RECPOL_CACHE": str(tmp_path / "cache")}

    def modules() -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", code, "lint"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "no findings in 3 files\n"
        return set(done.stderr.split())

    assert "recpol.analysis.program" in modules()
    command = [sys.executable, "-c", "import sys; print(*sys.modules)"]
    bare = subprocess.run(command, capture_output=True, text=True, check=True)
    more = modules() - set(bare.stdout.split()) - {"__future__", "_blake2", "gc", "marshal", "time"}
    assert {name for name in more if not name.startswith("recpol")} == set()
    assert {name.split(".")[1] for name in more if "." in name} == {"base", "cache", "cli"}
    assert len(more) < 15


# Questions shared out to processes


def interrupt() -> None:
    """What Python does where somebody presses Ctrl-C."""
    raise KeyboardInterrupt


FAILURES: Mapping[str, Callable[[], object]] = {
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "ended": lambda: os._exit(3),
    "left": lambda: sys.exit(0),
    "interrupted": interrupt,
    "failed": lambda: 1 // 0,
    "none": lambda: None,
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_process_that_does_not_come_to_yes_has_said_nothing(
    failure: str, tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever becomes of a process: each file that changes is seen, and where none has changed the run is recalled."""
    forks = shared_out(monkeypatch, 3)
    folder = project(tmp_path / "project")
    cached(folder, "lint")
    [file] = kept(tmp_path)
    assert place.unpacked(file.read_bytes())["parts"] > 4
    this, real = os.getpid(), recall_module._as_it_was  # noqa: SLF001  the question, which processes ask

    def asked(part: place.Part) -> bool:
        if os.getpid() != this:
            FAILURES[failure]()
        return real(part)

    monkeypatch.setattr(recall_module, "_as_it_was", asked)
    said = [(1, "no findings in 3 files\n")]
    assert recall(["lint"]) == (0, said)
    for path in sorted(folder.rglob("*.*")):
        if path.is_file():
            text = path.read_text("utf-8")
            write(path, text + "# more\n")
            assert recall(["lint"]) is None, path
            write(path, text)
            assert recall(["lint"]) == (0, said), path
    assert len(forks) == 2 * 11
    assert _ended(forks)


def _ended(processes: Sequence[int]) -> bool:
    """Whether nothing is left of processes that this one has started."""
    for process in processes:
        with suppress(ChildProcessError):
            os.waitpid(process, os.WNOHANG)
            return False
    return True


def test_where_nobody_is_told_how_a_process_ended_it_has_said_nothing(
    tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell or a service may have told the system so before it started recpol."""
    shared_out(monkeypatch, 3)
    folder = project(tmp_path / "project")
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert cached(folder, "lint") == cached(folder, "lint") == (0, "no findings in 3 files\n", "")
        assert recall(["lint"]) is not None
        write(folder / "policies/desk-2.recpol", "policy desk-2\n")
        assert recall(["lint"]) is None
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_where_no_process_can_be_started_this_one_asks(
    tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    shared_out(monkeypatch, 3)
    folder = project(tmp_path / "project")
    cached(folder, "lint")

    def none() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", none)
    assert recall(["lint"]) is not None
    monkeypatch.delattr(os, "fork")
    assert recall(["lint"]) is not None
    write(folder / "policies/desk-2.recpol", "policy desk-2\n")
    assert recall(["lint"]) is None


@pytest.mark.parametrize(
    ("words", "processes"), [([], 4), (["--jobs", "1"], 1), (["--jobs=2"], 2), (["--jobs", "9"], 9)]
)
def test_so_many_processes_ask_as_the_command_line_allows(
    words: list[str], processes: int, tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    forks = shared_out(monkeypatch, 4)
    folder = project(tmp_path / "project")
    cached(folder, "lint", *words)
    [file] = kept(tmp_path)
    parts = place.unpacked(file.read_bytes())["parts"]
    forks.clear()
    assert recall(["lint", *words]) is not None
    assert len(forks) + 1 == min(processes, parts)
    monkeypatch.setattr(keep, "PART", 1000)
    write(folder / "policies/desk-2.recpol", (folder / "policies/desk-2.recpol").read_text("utf-8") + "# more\n")
    cached(folder, "lint", *words)
    forks.clear()
    assert recall(["lint", *words]) is not None
    assert forks == [], "a few files are asked about sooner than a process is started"


def test_processes_end_with_the_run_that_started_them(
    tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    forks = shared_out(monkeypatch, 3)
    folder = project(tmp_path / "project")
    cached(folder, "lint")
    this, real = os.getpid(), recall_module._as_it_was  # noqa: SLF001  the question, which processes ask

    def interrupted(part: place.Part) -> bool:
        if os.getpid() != this:
            time.sleep(600)
        if len(forks) == 2:
            interrupt()
        return real(part)

    monkeypatch.setattr(recall_module, "_as_it_was", interrupted)
    assert cached(folder, "lint") == (130, "", "")
    assert len(forks) == 2
    assert _ended(forks)


def test_a_folder_that_has_become_a_link_to_itself_is_seen(
    tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files in it are as they were, but nothing is written through a link."""
    monkeypatch.setattr(keep, "FEW", 0)
    folder = project(tmp_path / "project")
    cached(folder, "compile")
    assert cached(folder, "compile")[0] == 0
    assert recall(["compile"]) is not None
    (folder / "build/desk-1").rename(folder / "aside")
    (folder / "build/desk-1").symlink_to(folder / "aside")
    assert recall(["compile"]) is None
    (folder / "build/desk-1").unlink()
    (folder / "aside").rename(folder / "build/desk-1")
    assert recall(["compile"]) is not None


# What is noted


def test_every_file_that_a_run_looks_at_is_noted(
    tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The law above is only as good as its edits: here every path that the system is asked about is looked for."""
    folder = project(tmp_path / "project")
    cached(folder, "compile", on=False)
    asked: set[str] = set()

    def watch(module: object, name: str) -> None:
        real = getattr(module, name)

        def watched(path: object = ".", *rest: object, **named: object) -> object:
            if isinstance(path, str):
                asked.add(os.path.normpath(folder / path))
            return real(path, *rest, **named)

        monkeypatch.setattr(module, name, watched)

    for name in ("stat", "lstat", "scandir", "listdir", "open", "readlink", "access"):
        watch(os, name)
    for command in (("lint",), ("compile",), ("compile", "--check"), ("lint", "build/desk-0/ice.json")):
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        asked.clear()
        cached(folder, *command)
        [file] = kept(tmp_path)
        noted = place.unpacked(file.read_bytes())
        files, listings = read_of(file.read_bytes())
        known = {*noted["folders"], *noted["files"], *(str(folder / one[0]) for one in listings)}
        known |= {str(folder / (at + name)) for at, names, *_ in files for name in names}
        known |= {path for *_, folders in noted["entries"] for path in folders}
        absent = {*noted["absent"], *(path for _, _, paths, _ in noted["entries"] for path in paths)}
        missing = {
            path
            for path in asked
            if path.startswith(str(folder)) and path not in known and not any(path.startswith(one) for one in absent)
        }
        assert missing == set(), command
        assert len(known) > 8


def test_every_variable_of_the_environment_that_counts_is_in_the_key() -> None:
    source = Path(place.__file__).parents[1]
    own = ("lint", "compile", "console", "reporting", "baseline", "dispatch", "keeping")
    texts = [path.read_text("utf-8") for path in (source / "cli").glob("*.py") if path.stem.startswith(own)]
    asked = {
        word.strip("\"'")
        for text in [*texts, (source / "report" / "hyperlinks.py").read_text("utf-8")]
        for part in text.replace("environment.get(", "environ.get(").split("environ.get(")[1:]
        if (word := part.split(",")[0].split(")")[0]).startswith(("'", '"'))
    }
    from recpol.report import hyperlinks

    asked |= set(hyperlinks._SIGNS)  # noqa: SLF001  a list that is read by nobody else
    assert {"NO_COLOR", "RECPOL_DOCS", "TMUX"} <= asked
    assert asked <= set(place.ENVIRONMENT)


@pytest.mark.parametrize("change", ["NO_COLOR=1", "RECPOL_DOCS=https://example.org/", "arguments", "folder"])
def test_another_key_is_another_run(
    change: str, tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(tmp_path / "project")
    name, sign, value = change.partition("=")
    monkeypatch.delenv(name, raising=False)
    cached(folder, "lint")
    words = ["lint"]
    if sign:
        monkeypatch.setenv(name, value)
    elif change == "arguments":
        words.append("--strict")
    else:
        folder = folder / "policies"
    cached(folder, *words)
    assert len(kept(tmp_path)) == 2


def test_a_stamp_is_not_trusted_where_a_file_has_just_changed(tmp_path: Path, cached: Callable[..., Said]) -> None:
    """git's rule: of two changes within one tick of a file's clock the second leaves no trace."""
    folder = project(tmp_path / "project")
    cached(folder, "lint")
    [file] = kept(tmp_path)
    entry = place.unpacked(file.read_bytes())
    assert entry["parts"] == 1
    written = [stamp for _, _, stamps, _ in read_of(file.read_bytes())[0] for stamp in stamps]
    now = time.time_ns()
    limit = now - 10**9 * 1000
    assert len(written) == 5
    assert all(stamp is None or stamps.trusted(stamp, now) for stamp in written)
    status = stamp_of((folder / "recpol.yaml").stat())
    assert not stamps.trusted(status, status[2])
    assert not stamps.trusted(status, status[3] + stamps.RACY)
    assert stamps.trusted(status, max(status[2], status[3]) + stamps.RACY + 1)
    assert not stamps.trusted(status, limit)


# The day

ALLOWED = """\
policy desk
store calls {{ url "s3://acme/calls/" credentials env S3_CREDENTIALS keep 30d }}
store spare {{ url "s3://acme/spare/" credentials env S3_CREDENTIALS keep 30d }}  # allow unused-store until {day}: soon
on ice {{ record to calls {{ connect pstn +46850020000 }} }}
"""


def test_a_permission_that_ends_ends_in_the_cache_too(
    tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    end = today + datetime.timedelta(10)
    folder = tmp_path / "project"
    write(folder / "desk.recpol", ALLOWED.format(day=end))
    said = {}
    for days in (0, 9, 10, 11, 12, 10):
        day = today + datetime.timedelta(days)
        monkeypatch.setattr(session, "current_day", lambda day=day: day.toordinal())
        monkeypatch.setattr(time, "time_ns", lambda days=days: _noon(today, days))
        got, fresh = cached(folder, "lint", "desk.recpol"), cached(folder, "lint", "desk.recpol", on=False)
        assert got == fresh, days
        said[days] = got
    assert said[0] == said[10]
    assert said[10] != said[11] == said[12]


def _noon(day: datetime.date, later: int) -> int:
    return ((day.toordinal() - datetime.date(1970, 1, 1).toordinal() + later) * 86_400 + 43_200) * 10**9


def test_a_run_is_recalled_on_every_day_that_makes_no_difference(tmp_path: Path, cached: Callable[..., Said]) -> None:
    folder = project(tmp_path / "project")
    cached(folder, "lint")
    [file] = kept(tmp_path)
    assert place.unpacked(file.read_bytes())["days"][0] < -700_000
    today = datetime.datetime.now(datetime.UTC).date()
    write(folder / "policies/desk-0.recpol", ALLOWED.format(day=today + datetime.timedelta(10)))
    cached(folder, "lint")
    [file] = kept(tmp_path)
    last = today.toordinal() + 9 - datetime.date(1970, 1, 1).toordinal()
    assert place.unpacked(file.read_bytes())["days"][1] == last


# What is never kept


@pytest.mark.parametrize("value", ["hunter2-not-a-number", "pin", "a\\b", 'one "quote"', "é"])
def test_a_run_with_a_value_of_the_command_line_is_not_kept(
    value: str, tmp_path: Path, cached: Callable[..., Said]
) -> None:
    folder = project(tmp_path / "project")
    write(folder / "policies/desk-1.recpol", POLICY.format(name="desk-1", number='"{{ var.number }}"'))
    for words in (["--var", f"number={value}"], [f"--var=number={value}"], ["--output-format=json", "--var", value]):
        assert cached(folder, "lint", *words)[0] in (1, 2)
    assert kept(tmp_path) == []
    assert cached(folder, "lint")[0] == 1
    assert len(kept(tmp_path)) == 1


def test_no_secret_is_in_the_cache(tmp_path: Path, cached: Callable[..., Said]) -> None:
    """Secrets at random places of policies, documents, settings and tests, broken in some, as `test_secrets` has it."""
    hidden: list[str] = []
    for seed in range(6):
        files, secrets = planted(random.Random(seed))
        hidden += secrets
        folder = tmp_path / f"project-{seed}"
        folder.mkdir()
        for name, text in files.items():
            write(folder / name, text)
        for command in ("lint", "lint desk.recpol", "lint --output-format json", "compile", "compile --check"):
            cached(folder, *command.split())
    runs = [file.read_bytes() for file in kept(tmp_path)]
    assert len(runs) > 6, "some are kept"
    assert [secret for run in runs for secret in hidden if secret.encode() in run] == []


@pytest.mark.parametrize(
    "words",
    [
        ("lint", "--no-cache"),
        ("compile", "--no-cache"),
        ("compile", "--stdout"),
        ("lint", "-o", "report.txt"),
        ("lint", "--output-format", "json=report.json"),
        ("lint", "nothing-there"),
    ],
)
def test_a_run_that_writes_or_fails_or_is_not_to_be_kept_is_not_kept(
    words: tuple[str, ...], tmp_path: Path, cached: Callable[..., Said]
) -> None:
    folder = project(tmp_path / "project")
    cached(folder, *words)
    assert kept(tmp_path) == []


def test_the_settings_can_say_that_nothing_is_kept(tmp_path: Path, cached: Callable[..., Said]) -> None:
    folder = project(tmp_path / "project")
    cached(folder, "lint")
    assert len(kept(tmp_path)) == 1
    write(folder / "recpol.yaml", SETTINGS + "cache: false\n")
    kept(tmp_path)[0].unlink()
    assert cached(folder, "lint")[0] == 0
    assert kept(tmp_path) == []


# A folder in a bad state


@pytest.mark.parametrize("damage", ["cut", "bit", "form", "empty", "other", "folder", "anybody"])
def test_a_damaged_or_foreign_file_is_as_if_it_were_not_there(
    damage: str, tmp_path: Path, cached: Callable[..., Said]
) -> None:
    folder = project(tmp_path / "project")
    first = cached(folder, "lint")
    [file] = kept(tmp_path)
    data = file.read_bytes()
    damaged = {
        "cut": data[: len(data) // 2],
        "bit": data[:-9] + bytes([data[-9] ^ 4]) + data[-8:],
        "form": data.replace(b"cache 3", b"cache 9", 1),
        "empty": b"",
        "other": place.packed({"days": "none"}),
    }
    if damage == "folder":
        file.unlink()
        file.mkdir()
    elif damage == "anybody":
        write(folder / "policies/desk-0.recpol", "policy\n")
        entry = place.unpacked(data)
        entry["parts"] = 0
        file.write_bytes(place.packed(entry))
        file.chmod(0o666)
        assert cached(folder, "lint")[0] == 1
        return
    else:
        file.write_bytes(damaged[damage])
    assert cached(folder, "lint") == first
    if damage != "folder":
        assert place.unpacked(file.read_bytes()) is not None, "it is made anew"


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(
    tmp_path: Path, cached: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(tmp_path / "project")
    write(tmp_path / "cache", "a file")
    assert cached(folder, "lint") == cached(folder, "lint") == (0, "no findings in 3 files\n", "")
    assert (tmp_path / "cache").read_text("utf-8") == "a file"


@pytest.mark.parametrize("cache", ["there", "/somewhere/else"])
def test_where_the_current_folder_is_gone_the_command_says_so(
    cache: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECPOL_CACHE", cache)
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert run(["lint"]) == 2
    assert "the current folder does not exist any more" in capsys.readouterr().err


def test_the_cache_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_RUNS", 8)
    folder = tmp_path / "cache" / "runs"
    for number in range(40):
        assert store.write(str(folder / f"{number:040}"), {"n": number})
        os.utime(folder / f"{number:040}", ns=(number, number))
        assert len(kept(tmp_path)) <= 8
    assert kept(tmp_path)[-1].name == f"{39:040}"
    monkeypatch.setattr(store, "LARGEST", 10)
    assert not store.write(str(folder / "large"), {"n": "x" * 100})
    assert not (folder / "large").exists()


def test_many_at_once_leave_a_whole_cache(tmp_path: Path) -> None:
    """Processes that write and recall the same run, some of them killed; what is left is whole, and right."""
    folder = project(tmp_path / "project", 1)
    environment = {**os.environ, "RECPOL_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "recpol", "lint"]
    many = [subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    many[0].kill()
    said = {process.communicate()[0] for process in many[1:]}
    many[0].communicate()
    assert said == {"no findings in 1 file\n"}
    assert all(place.unpacked(file.read_bytes()) is not None for file in kept(tmp_path) if file.suffix != ".tmp")


# The folder


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({"RECPOL_CACHE": "/c"}, "linux", "/c"),
        ({"RECPOL_CACHE": "off", "HOME": "/h"}, "linux", None),
        ({"RECPOL_CACHE": "", "HOME": "/h"}, "linux", None),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "linux", "/x/recpol"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "linux", "/h/.cache/recpol"),
        ({"HOME": "/h"}, "linux", "/h/.cache/recpol"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "darwin", "/h/Library/Caches/recpol"),
        ({}, "linux", None),
        ({"HOME": ""}, "darwin", None),
        ({"LOCALAPPDATA": "/l", "HOME": "/h"}, "win32", "/l/recpol/cache"),
        ({"HOME": "/h"}, "win32", None),
    ],
)
def test_the_folder_is_that_of_the_platform(
    environment: dict[str, str], platform: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert place.cache_folder(environment, ["lint"]) == expected
    assert place.cache_folder(environment, ["lint", "--no-cache"]) is None


def test_new_code_is_another_recpol(tmp_path: Path, cached: Callable[..., Said]) -> None:
    """Whatever of recpol or of a library was loaded, and has changed since, makes nothing be recalled."""
    folder = project(tmp_path / "project")
    cached(folder, "lint")
    [file] = kept(tmp_path)
    words = ["lint"]
    assert recall(words) is not None
    entry = place.unpacked(file.read_bytes())
    names = [path for path, _ in entry["code"]]
    assert any(path.endswith("rules/check.py") for path in names)
    assert any("yaml" in path and "recpol" not in path.rpartition("site-packages")[2] for path in names)
    assert any(path.endswith("recpol.lark") for path in names)
    path, stamp = entry["code"][-1]
    entry["code"][-1] = (path, (*stamp[:2], stamp[2] + 1, *stamp[3:]))
    file.write_bytes(place.packed(entry, read_of(file.read_bytes())))
    assert recall(words) is None


def test_what_is_said_again_goes_where_it_went(tmp_path: Path, cached: Callable[..., Said]) -> None:
    folder = project(tmp_path / "project")
    write(folder / "policies/desk-0.recpol", ALLOWED.format(day="2020-01-01"))
    cached(folder, "compile")
    cached(folder, "compile")
    assert len(kept(tmp_path)) == 1
    status, out, err = cached(folder, "compile")
    assert (status, "nothing changed" in out, "expired" in err) == (0, True, True)
    said = place.unpacked(kept(tmp_path)[0].read_bytes())["said"]
    assert recall(["compile"]) == (0, said)
    assert (said[0][0], said[-1][0]) == (1, 2)
