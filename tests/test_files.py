"""Finding and reading policies: what each kind of argument means, and what is said when it cannot be read."""

from __future__ import annotations

import io
import itertools
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from ordinary import as_ordinary_user
from recpol.analysis.imports import Import
from recpol.analysis.program import program
from recpol.base.finding import Finding
from recpol.base.source import MAX_BYTES, Source, Unreadable
from recpol.cli.main import run
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.files import Input, find_project, inputs, inside, output_folder, project_of, shown
from recpol.workspace.reading import Files, content_of
from recpol.workspace.saving import save

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """A current folder `work` of its own, and a function that puts files there."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def put(*names: str, text: str = "policy x\n") -> Path:
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return folder

    return put


def names(*arguments: str, **options: object) -> list[str]:
    """What the inputs for these arguments are called."""
    return [item.shown for item in inputs(arguments, find_project("."), **options)]  # type: ignore[arg-type]  # they are passed on


def cannot(*arguments: str) -> tuple[str, str]:
    """The message and help of a run that cannot find its inputs."""
    with pytest.raises(CannotRun) as caught:
        names(*arguments)
    return caught.value.message, caught.value.help


def load(name: str) -> Source | Finding:
    (item,) = inputs([name], None)
    return Files().load(item)


def not_read(name: str) -> str:
    with pytest.raises(CannotRun) as caught:
        load(name)
    return caught.value.message


# Arguments


def test_files_come_in_the_order_of_the_arguments_and_once(write: Write) -> None:
    folder = write("b.recpol", "a.recpol", "notes.txt")
    assert names("b.recpol", "./a.recpol", "b.recpol", str(folder / "a.recpol"), ".") == ["b.recpol", "a.recpol"]
    assert names("notes.txt") == ["notes.txt"]


def test_a_folder_is_searched_sorted_and_without_what_is_not_the_users(write: Write) -> None:
    folder = write(
        "p/z.recpol", "p/a.recpol", "p/sub/m.recpol", "p/readme.md", "p/.hidden.recpol", "p/.venv/x.recpol",
        "p/.git/x.recpol", "p/node_modules/x.recpol", "p/out/x.recpol", "p/other/out/y.recpol",
    )  # fmt: skip
    assert names("p", out=str(folder / "p" / "out")) == [
        "p/a.recpol",
        "p/other/out/y.recpol",
        "p/sub/m.recpol",
        "p/z.recpol",
    ]
    assert names("p/out", out=str(folder / "p" / "out")) == ["p/out/x.recpol"], "what is named is searched"
    assert names("p/.venv") == ["p/.venv/x.recpol"]


def test_circles_of_links_end(write: Write) -> None:
    folder = write("p/a.recpol", "p/sub/b.recpol")
    (folder / "p" / "sub" / "again").symlink_to(folder / "p")
    (folder / "p" / "self").symlink_to("self")
    assert names("p") == ["p/a.recpol", "p/sub/b.recpol"]


def test_a_linked_folder_that_is_named_is_searched(write: Write) -> None:
    folder = write("p/a.recpol")
    (folder / "link").symlink_to("p")
    assert names("link") == ["link/a.recpol"]


def test_a_folder_named_like_a_policy_is_a_folder(write: Write) -> None:
    write("odd.recpol/a.recpol")
    (Path("empty.recpol")).mkdir()
    assert names("odd.recpol") == ["odd.recpol/a.recpol"]
    assert names(".") == ["odd.recpol/a.recpol"]
    assert cannot("empty.recpol")[0] == "no `.recpol` file in the folder `empty.recpol`"


def test_what_is_outside_the_current_folder_is_shown_in_full(write: Write) -> None:
    folder = write("p/a.recpol", "q/here.txt")
    os.chdir(folder / "q")
    assert names("../p") == [f"{folder.as_posix()}/p/a.recpol"]


def test_names_that_could_disturb_a_terminal_are_shown_harmless(write: Write) -> None:
    folder = write("a\x1b[31m\n.recpol")
    (folder / os.fsdecode(b"b\xff.recpol")).write_text("policy b\n")
    assert names(".") == ["a\\x1b[31m\\n.recpol", "b\\udcff.recpol"]
    for item in inputs(["."], None):
        assert isinstance(Files().load(item), Source)


def test_the_root_folder_is_a_current_folder_too() -> None:
    assert shown("/etc/a.recpol", "/") == "etc/a.recpol"


def test_missing_files_are_named_with_a_guess(write: Write) -> None:
    write("support.recpol", "p/desk.recpol")
    assert cannot("suport.recpol") == ("`suport.recpol` does not exist", "did you mean `support.recpol`?")
    assert cannot("p/deks.recpol") == ("`p/deks.recpol` does not exist", "did you mean `p/desk.recpol`?")
    assert cannot("nothing/like/it.recpol") == ("`nothing/like/it.recpol` does not exist", "check the path")
    assert cannot("support.recpol/x") == (
        "cannot read `support.recpol/x`: a part of the path is a file, not a folder",
        "",
    )


def test_useless_arguments(write: Write) -> None:
    write("p/readme.md")
    assert cannot("p") == ("no `.recpol` file in the folder `p`", "name a folder that holds policies, or a file")
    assert cannot("") == ("an argument is empty", "name a file or a folder")
    assert cannot("a\0b")[0] == "an argument is not the name of a file"
    assert "the name is too long" in cannot("x" * 5000)[0]
    assert cannot("-")[0] == "`-` cannot be used here: this command needs a file"
    assert cannot()[0] == "nothing to do: no file or folder is named, and there is no `recpol.yaml` here or above"


def test_standard_input(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.recpol")
    assert names("-", "a.recpol", "-", stdin=True) == ["<stdin>", "a.recpol"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"policy x")))
    got = Files().load(Input("-", "<stdin>"))
    assert isinstance(got, Source)
    assert (got.path, got.text) == ("<stdin>", "policy x")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CannotRun, match="standard input is closed"):
        Files().load(Input("-", "<stdin>"))


# The project


def test_the_nearest_settings_upward_make_the_project(write: Write) -> None:
    folder = write("recpol.yaml", "sub/deep/a.recpol", "sub/recpol.yaml", "other/b.recpol")
    top = find_project("other/b.recpol")
    assert top is not None
    assert (top.folder, top.settings.shown) == (str(folder), "recpol.yaml")
    sub = find_project("sub/deep")
    assert sub is not None
    assert (sub.folder, sub.settings.shown) == (str(folder / "sub"), "sub/recpol.yaml")


def test_a_run_has_one_project(write: Write, tmp_path: Path) -> None:
    folder = write("one/recpol.yaml", "one/a.recpol", "two/recpol.yaml", "two/b.recpol", "c.recpol")
    assert project_of([]) is None
    assert project_of(["c.recpol", "-"]) is None
    for arguments in (["one"], ["one/a.recpol"], ["one/a.recpol", "c.recpol"], ["one/recpol.yaml/x", "one"]):
        project = project_of(arguments)
        assert project is not None
        assert project.folder == str(folder / "one")
    with pytest.raises(CannotRun, match=r"two projects: `one/recpol\.yaml` and `two/recpol\.yaml`"):
        project_of(["one", "two/b.recpol"])


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        (["**/*.recpol"], ["a.recpol", "p/b.recpol", "p/q/c.recpol"]),
        (["*.recpol"], ["a.recpol"]),
        (["p"], ["p/b.recpol", "p/q/c.recpol"]),
        (["p/"], ["p/b.recpol", "p/q/c.recpol"]),
        (["./p/**"], ["p/b.recpol", "p/q/c.recpol"]),
        (["."], ["a.recpol", "p/b.recpol", "p/q/c.recpol"]),
        (["p/*.recpol"], ["p/b.recpol"]),
        (["p/*"], ["p/b.recpol"]),
        (["p/**/*.recpol"], ["p/b.recpol", "p/q/c.recpol"]),
        (["**/q/*"], ["p/q/c.recpol"]),
        (["*/?.recpol"], ["p/b.recpol"]),
        (["p/q/c.recpol", "a.recpol"], ["a.recpol", "p/q/c.recpol"]),
    ],
)
def test_include(write: Write, include: list[str], expected: list[str]) -> None:
    folder = write(
        "recpol.yaml", "a.recpol", "p/b.recpol", "p/q/c.recpol", "p/q/n.txt", "build/x/d.recpol", "p/.h/e.recpol"
    )
    out = str(folder / "build")
    assert names(include=include, out=out) == expected
    os.chdir("p")
    found = inputs([], find_project("."), include=include, out=out)
    assert sorted(os.path.relpath(item.path, "..") for item in found) == expected


def test_an_include_that_matches_nothing_is_a_slip(write: Write) -> None:
    write("recpol.yaml", "a.recpol")
    with pytest.raises(CannotRun) as caught:
        names(include=["*.recpol", "polices/*.recpol"])
    assert caught.value.message == (
        "`include` of `recpol.yaml` names `polices/*.recpol`, and no `.recpol` file is there"
    )


def test_where_the_output_goes(write: Write) -> None:
    folder = write("recpol.yaml", "sub/a.recpol")
    os.chdir("sub")
    project = find_project(".")
    assert output_folder(None, "build", project) == str(folder / "build")
    assert output_folder("there", "build", project) == str(folder / "sub" / "there")
    assert output_folder(None, "build", None) == str(folder / "sub" / "build")
    assert output_folder(None, "/srv/out", project) == "/srv/out"


# Nothing outside the project, unless the command line names it


@pytest.mark.parametrize("command", ["lint", "fmt", "compile", "explain"])
@pytest.mark.parametrize("arguments", [[], ["."]])
def test_a_link_that_leads_out_of_the_project_is_not_read(
    write: Write, tmp_path: Path, capfd: pytest.CaptureFixture[str], command: str, arguments: list[str]
) -> None:
    outside = tmp_path / "secret.recpol"
    outside.write_text("policy secret\nlocale en-GB\n")
    project = write("project/recpol.yaml", "project/a.recpol") / "project"
    (project / "recpol.yaml").write_text("out: build\n")
    (project / "e.recpol").symlink_to(outside)
    os.chdir(project)
    status = run([command, *(arguments or (["."] if command == "explain" else []))])
    shown = capfd.readouterr()
    assert status == 2
    assert "`e.recpol` is a link to a file outside the project, and is not read" in shown.err
    assert "policy secret" not in shown.out + shown.err
    assert outside.read_text() == "policy secret\nlocale en-GB\n"


def test_what_is_inside_is_told_by_where_links_lead(tmp_path: Path) -> None:
    """Each path of up to four names, some of which are links, dots or nothing, in each folder, which may be a link."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    for folder in ("in", "in/sub", "out"):
        (tmp_path / folder / "a.recpol").write_text("policy a\n")
    (tmp_path / "in" / "away").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "back").symlink_to("sub")
    (tmp_path / "in" / "round").symlink_to("round")
    (tmp_path / "linked").symlink_to("in")
    steps = ("a.recpol", "sub", "away", "back", "round", "none", "..", ".", "", "linked")
    for top in ("in", "in/", "linked", "in/back", "in/away", "out/../in", ""):
        folder = f"{tmp_path}/{top}"
        real = os.path.realpath(folder)
        for names in (names for size in range(4) for names in itertools.product(steps, repeat=size)):
            path = "/".join([folder, *names])
            expected = os.path.realpath(path) == real or os.path.realpath(path).startswith(real + os.sep)
            assert inside(path, folder) == expected, (path, folder)


def test_a_link_that_stays_in_the_project_is_read(write: Write) -> None:
    folder = write("recpol.yaml", "sub/a.recpol")
    (folder / "b.recpol").symlink_to(folder / "sub" / "a.recpol")
    project = find_project(".")
    assert project is not None
    (item,) = [item for item in inputs([], project) if item.shown == "b.recpol"]
    assert isinstance(Files().load(item), Source)


def test_a_link_that_the_command_line_names_is_read(write: Write, tmp_path: Path) -> None:
    (tmp_path / "else.recpol").write_text("policy else\n")
    project = write("project/recpol.yaml") / "project"
    (project / "e.recpol").symlink_to(tmp_path / "else.recpol")
    os.chdir(project)
    (item,) = inputs(["e.recpol"], find_project("."))
    assert isinstance(Files().load(item), Source)


def test_settings_that_are_a_link_out_of_the_project_are_not_read(
    write: Write, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "passwords").write_text("hunter2: [\n")
    project = write("project/a.recpol") / "project"
    (project / "recpol.yaml").symlink_to(tmp_path / "passwords")
    os.chdir(project)
    assert run(["lint"]) == 2
    shown = capfd.readouterr()
    assert "is a link to a file outside the project" in shown.err
    assert "hunter2" not in shown.out + shown.err


@pytest.mark.parametrize("settings", ["out: ../elsewhere\n", "out: /srv/elsewhere\n", "out: linked\n"])
def test_settings_cannot_lead_the_output_out_of_the_project(
    write: Write, capfd: pytest.CaptureFixture[str], settings: str
) -> None:
    project = write("project/a.recpol") / "project"
    (project / "a.recpol").write_text('policy a\nlocale en-GB\non ice { answer say "x" hangup }\n')
    (project / "recpol.yaml").write_text(settings)
    elsewhere = project.parent / "elsewhere"
    elsewhere.mkdir()
    (project / "linked").symlink_to(elsewhere)
    os.chdir(project)
    assert run(["compile"]) == 2
    assert "name it with `-o` to write there" in capfd.readouterr().err
    assert not list(elsewhere.iterdir())
    assert run(["lint"]) == 0
    assert run(["compile", "-o", "../elsewhere"]) == 0
    assert (elsewhere / "a" / "ice.json").exists()


@pytest.mark.parametrize("command", [["render"], ["lint"], ["lint", "a.recpol", "--baseline"], ["import"], ["test"]])
def test_a_pipe_without_another_end_does_not_block(write: Write, command: list[str]) -> None:
    folder = write("a.recpol")
    os.mkfifo(folder / "fifo")
    assert run([*command, "fifo"]) == 2


def test_what_a_shell_makes_of_a_command_is_read(write: Write) -> None:
    write("a.recpol")
    reading, writing = os.pipe()
    os.write(writing, b'{"a": 1}')
    os.close(writing)
    assert content_of(f"/dev/fd/{reading}", "the pipe", 100, "") == b'{"a": 1}'
    os.close(reading)


# Saving


def test_an_edit_made_while_recpol_works_is_not_lost(write: Write) -> None:
    folder = write("a.recpol")
    (folder / "a.recpol").write_text("edited")
    with pytest.raises(CannotRun, match="was changed while recpol worked on it"):
        save("a.recpol", "new", "help", instead_of="as it was read")
    assert (folder / "a.recpol").read_text() == "edited"
    save("a.recpol", "new", "help", instead_of="edited")
    assert (folder / "a.recpol").read_text() == "new"
    assert sorted(path.name for path in folder.iterdir()) == ["a.recpol"]


def test_a_name_as_long_as_names_can_be_is_written(write: Write) -> None:
    folder = write("a.recpol")
    name = "x" * 250 + ".txt"
    save(name, "text", "help")
    assert (folder / name).read_text() == "text"


# Reading


def test_text_is_read_as_it_is(write: Write) -> None:
    Path("a.recpol").write_bytes("\ufeffpolicy é\r\n\0\t".encode())
    got = load("a.recpol")
    assert isinstance(got, Source)
    assert got.text == "\ufeffpolicy é\r\n\0\t"


def test_bytes_that_are_not_utf8_are_underlined(write: Write) -> None:
    Path("a.recpol").write_bytes("policy é\n# caf".encode() + b"\xe9 \xff\n")
    got = load("a.recpol")
    assert isinstance(got, Finding)
    assert (got.rule, got.message, got.help) == ("not-utf8", "a byte that is not UTF-8: 0xE9", "save the file as UTF-8")
    assert got.span.begin == (2, 6)
    assert got.span.text == "\ufffd"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_is_recognised(write: Write, encoding: str) -> None:
    Path("a.recpol").write_bytes("\ufeffpolicy x".encode(encoding))
    got = load("a.recpol")
    assert isinstance(got, Finding)
    assert got.message == "the file is UTF-16, not UTF-8"


@pytest.mark.parametrize("size", [0, 1, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 100_000])
@pytest.mark.parametrize("limit", [1, 16 * 1024, 100_000, MAX_BYTES + 1])
def test_a_file_is_read_up_to_the_limit(write: Write, size: int, limit: int) -> None:
    data = os.urandom(size)
    Path("a.recpol").write_bytes(data)
    assert content_of("a.recpol", "a.recpol", limit, "") == data[:limit]


def test_a_file_that_grows_while_it_is_read_is_read_to_its_end(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.recpol").write_bytes(b"#" * 20_000)
    read, grown = os.read, [b"\n" * 50_000]

    def reading(descriptor: int, size: int) -> bytes:
        got = read(descriptor, size)
        if grown:
            with Path("a.recpol").open("ab") as file:
                file.write(grown.pop())
        return got

    monkeypatch.setattr(os, "read", reading)
    assert content_of("a.recpol", "a.recpol", MAX_BYTES + 1, "") == b"#" * 20_000 + b"\n" * 50_000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system makes up no files")
def test_a_file_that_is_made_up_as_it_is_read_is_read_to_its_end() -> None:
    assert content_of("/proc/self/status", "status", MAX_BYTES + 1, "").endswith(b"\n")


def test_the_largest_file_and_one_byte_more(write: Write) -> None:
    Path("a.recpol").write_bytes(b"#" * MAX_BYTES)
    assert isinstance(load("a.recpol"), Source)
    Path("a.recpol").write_bytes(b"#" * (MAX_BYTES + 1))
    got = load("a.recpol")
    assert isinstance(got, Finding)
    assert (got.rule, got.message) == ("file-too-large", "the file is larger than 1 MiB")


def test_things_that_are_not_files(write: Write) -> None:
    folder = write("p/a.recpol")
    os.mkfifo("pipe.recpol")
    Path("broken.recpol").symlink_to("gone.recpol")
    Path("loop.recpol").symlink_to("loop.recpol")
    Path("folder-link.recpol").symlink_to("p")
    assert not_read("pipe.recpol") == "`pipe.recpol` is not a regular file"
    assert not_read("/dev/null") == "`/dev/null` is not a regular file"
    assert cannot("broken.recpol") == ("`broken.recpol` is a link to nothing", "repair or remove the link")
    assert cannot("loop.recpol")[0] == "cannot read `loop.recpol`: its links lead in a circle"
    found = {item.shown: item for item in inputs(["."], None)}
    assert list(found) == ["broken.recpol", "folder-link.recpol", "loop.recpol", "p/a.recpol", "pipe.recpol"]
    messages = []
    for item in found.values():
        try:
            Files().load(item)
        except CannotRun as problem:
            messages.append(problem.message)
    assert messages == [
        "`broken.recpol` is a link to nothing",
        "cannot read `folder-link.recpol`: it is a folder",
        "cannot read `loop.recpol`: its links lead in a circle",
        "`pipe.recpol` is not a regular file",
    ]
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(folder / "socket.recpol"))
        assert not_read("socket.recpol") == "cannot read `socket.recpol`: it is not a regular file"


def _denied(*_: object, **__: object) -> NoReturn:
    raise PermissionError(13, "Permission denied")


def test_no_permission(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs as root may read everything, so the refusal is acted."""
    write("p/a.recpol")
    monkeypatch.setattr(os, "open", _denied)
    assert not_read("p/a.recpol") == "cannot read `p/a.recpol`: no permission"
    monkeypatch.setattr(os, "scandir", _denied)
    assert cannot("p")[0] == "cannot search the folder `p`: no permission"


def test_no_permission_in_earnest(write: Write) -> None:
    write("a.recpol").joinpath("a.recpol").chmod(0)

    def check() -> None:
        assert not_read("a.recpol") == "cannot read `a.recpol`: no permission"

    as_ordinary_user(check)


def test_settings_are_read_like_any_file(write: Write) -> None:
    Path("recpol.yaml").mkdir()
    project = find_project(".")
    assert project is not None
    with pytest.raises(CannotRun, match=r"cannot read `recpol\.yaml`: it is a folder"):
        Files().load(project.settings)


def test_a_removed_current_folder(write: Write, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    with pytest.raises(CannotRun, match="the current folder does not exist"):
        inputs(["a.recpol"], None)


def test_problems_are_told_in_plain_words() -> None:
    assert in_words(OSError(28, "No space left on device")) == "the disk is full"
    assert in_words(OSError(9999, "Strange Thing")) == "strange thing"
    assert in_words(OSError("odd")) == "it cannot be read or written"


# `use`


def using(name: str, written: str) -> Source | Unreadable:
    """What a `use` of `written` in the input `name` brings."""
    (item,) = inputs([name], None)
    reader = Files()
    assert isinstance(reader.load(item), Source)
    return reader.read(written, item.shown)


def test_use_is_relative_to_the_using_file(write: Write) -> None:
    write("recpol.yaml", "p/a.recpol", "shared.recpol", "p/near.recpol")
    for written, path in [
        ("near.recpol", "p/near.recpol"),
        ("./near.recpol", "p/near.recpol"),
        ("../shared.recpol", "shared.recpol"),
        ("../p/near.recpol", "p/near.recpol"),
        ("a.recpol", "p/a.recpol"),
    ]:
        got = using("p/a.recpol", written)
        assert isinstance(got, Source)
        assert got.path == path


def test_without_settings_the_folder_of_the_policy_is_the_project(write: Write) -> None:
    folder = write("p/a.recpol", "p/sub/near.recpol", "shared.recpol")
    assert isinstance(using("p/a.recpol", "sub/near.recpol"), Source)
    got = using("p/a.recpol", "../shared.recpol")
    assert isinstance(got, Unreadable)
    assert got.reason == "it is outside the project folder `p`"
    os.chdir(folder / "p")
    assert isinstance(using("a.recpol", "../shared.recpol"), Unreadable)


def test_a_rules_file_may_use_what_the_policy_may(write: Write) -> None:
    """The folder of the compiled file counts, not that of the rules file in between."""
    write("a.recpol", "sub/mid.recpol", "base.recpol")
    reader = Files()
    (item,) = inputs(["a.recpol"], None)
    reader.load(item)
    mid = reader.read("sub/mid.recpol", "a.recpol")
    assert isinstance(mid, Source)
    base = reader.read("../base.recpol", mid.path)
    assert isinstance(base, Source)
    assert base.path == "base.recpol"
    assert reader.read("base.recpol", "a.recpol") is base, "read once"


def test_a_file_has_one_name_however_it_is_reached(write: Write) -> None:
    """Otherwise a circle of `use` would not be seen as one."""
    write("real.recpol", "other.recpol")
    Path("link.recpol").symlink_to("real.recpol")
    reader = Files()
    (item,) = inputs(["link.recpol"], None)
    reader.load(item)
    other = reader.read("other.recpol", "link.recpol")
    assert isinstance(other, Source)
    back = reader.read("real.recpol", other.path)
    assert isinstance(back, Source)
    assert back.path == "link.recpol"


def test_use_from_standard_input_is_relative_to_the_current_folder(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("near.recpol")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"policy x")))
    reader = Files()
    reader.load(Input("-", "<stdin>"))
    assert isinstance(reader.read("near.recpol", "<stdin>"), Source)
    assert isinstance(reader.read("../near.recpol", "<stdin>"), Unreadable)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "the path is empty"),
        ("/etc/passwd", "the path is absolute"),
        ("/etc/x.recpol", "the path is absolute"),
        ("C:/x.recpol", "the path is absolute"),
        ("c:x.recpol", "the path is absolute"),
        ("..\\x.recpol", "the path has a backslash"),
        ("a\0.recpol", "the path holds a character that no name of a file should hold"),
        ("a\n.recpol", "the path holds a character that no name of a file should hold"),
        ("\ud800.recpol", "the path holds a character that no name of a file should hold"),
        ("secrets.env", "it does not end in `.recpol`"),
        ("gone.recpol", "there is no such file"),
        ("a.recpol/x.recpol", "a part of the path is a file, not a folder"),
        ("folder.recpol", "it is a folder"),
        ("pipe.recpol", "it is not a regular file"),
        ("latin.recpol", "a byte that is not UTF-8: 0xE9"),
        ("large.recpol", "the file is larger than 1 MiB"),
        ("loop.recpol", "its links lead in a circle"),
        ("x" * 3000 + ".recpol", "the name is too long"),
        ("../outside.recpol", "it is outside the project folder"),
        ("../../../../../../../../etc/x.recpol", "it is outside the project folder"),
        ("sub/../../outside.recpol", "it is outside the project folder"),
        ("link-out.recpol", "it is outside the project folder"),
        ("folder-out/outside.recpol", "it is outside the project folder"),
        ("folder-out/gone.recpol", "it is outside the project folder"),
        ("../workshop/x.recpol", "it is outside the project folder"),
    ],
)
def test_use_refuses(write: Write, tmp_path: Path, written: str, reason: str) -> None:
    folder = write("recpol.yaml", "a.recpol", "secrets.env", "sub/b.recpol")
    (tmp_path / "outside.recpol").write_text("rules outside\n")
    (tmp_path / "workshop").mkdir()
    (tmp_path / "workshop" / "x.recpol").write_text("rules x\n")
    Path("folder.recpol").mkdir()
    os.mkfifo("pipe.recpol")
    Path("latin.recpol").write_bytes(b"# caf\xe9")
    Path("large.recpol").write_bytes(b"#" * (MAX_BYTES + 1))
    Path("loop.recpol").symlink_to("loop.recpol")
    Path("link-out.recpol").symlink_to(tmp_path / "outside.recpol")
    Path("folder-out").symlink_to(tmp_path)
    got = using("a.recpol", written)
    assert isinstance(got, Unreadable), folder
    assert got.reason.startswith(reason)


def test_what_several_policies_use_is_parsed_once(write: Write) -> None:
    folder = write("a.recpol", "b.recpol", text='policy x\nuse "rules.recpol"\nuse pack "gdpr"\n')
    write("rules.recpol", text="rules one\n")
    files = Files()

    def imported(name: str) -> tuple[Import, ...]:
        source = files.load(Input(str(folder / name), name))
        assert isinstance(source, Source)
        return program(source, reader=files.read).imports

    first, pack = imported("a.recpol")
    again, same = imported("b.recpol")
    assert (again is first, same is pack) == (True, True)
    write("rules.recpol", text="rules two\n")
    files = Files()
    fresh, _ = imported("b.recpol")
    assert [one.file.source.text for one in (first, fresh)] == ["rules one\n", "rules two\n"]
