"""Several targets: `--target` and `targets:`, what is written where, `recpol targets`, the programming interface."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

import pytest

import recpol
from recpol.support_matrix import CONSTRUCTS
from recpol.targets.catalogue import target_names
from shells import Shell

TALK = """\
policy talk
store bucket { url "s3://acme-recordings/talk/" credentials env S3_CREDENTIALS }
on ice { connect pstn +46850020000 }
on ace { record { continue } }
"""

COOKIE = """\
policy cookie
on ice { answer cookie "desk" = "north" connect pstn +46850020000 }
"""

FILES = {
    "classic": ["ace.json", "ice.json", "manifest.json"],
    "svaml1": ["ace.json", "ice.json", "manifest.json"],
    "svaml2": ["acknowledge.json", "incoming.json", "manifest.json"],
}


def written(folder: Path) -> dict[str, list[str]]:
    """The names of the files in each folder below one."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.setdefault(path.parent.relative_to(folder).as_posix(), []).append(path.name)
    return found


# ── compile ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("target", target_names())
def test_one_target_needs_no_folder_of_its_own(shell: Shell, tmp_path: Path, target: str) -> None:
    done = shell("compile", "--target", target, "talk.recpol", files={"talk.recpol": TALK})
    assert (done.status, "flag-of-2018" in done.err) == (0, target == "classic")
    assert done.out == f"talk: {len(FILES[target])} files in build/talk\n"
    assert written(tmp_path / "build") == {"talk": FILES[target]}
    manifest = json.loads((tmp_path / "build" / "talk" / "manifest.json").read_text("utf-8"))
    assert manifest["target"] == target


def test_several_targets_have_a_folder_each(shell: Shell, tmp_path: Path) -> None:
    words = [word for target in target_names() for word in ("--target", target)]
    done = shell("compile", *words, "talk.recpol", files={"talk.recpol": TALK})
    assert done.status == 0
    assert done.out.splitlines() == [
        f"{target}/talk: {len(FILES[target])} files in build/{target}/talk" for target in target_names()
    ]
    assert written(tmp_path / "build") == {f"{target}/talk": FILES[target] for target in target_names()}
    for target in target_names():
        alone = recpol.compile(TALK, targets=[target])
        for name, data in alone.files.items():
            if name != "manifest.json":
                assert (tmp_path / "build" / target / "talk" / name).read_bytes() == data


def test_a_target_that_is_named_twice_is_one(shell: Shell, tmp_path: Path) -> None:
    shell("compile", "--target", "svaml2", "--target", "svaml2", "talk.recpol", files={"talk.recpol": TALK})
    assert written(tmp_path / "build") == {"talk": FILES["svaml2"]}


def test_the_settings_name_targets_and_the_option_goes_before_them(shell: Shell, tmp_path: Path) -> None:
    files = {"talk.recpol": TALK, "recpol.yaml": "targets: [svaml2, classic]\n"}
    assert shell("compile", files=files).status == 0
    assert sorted(written(tmp_path / "build")) == ["classic/talk", "svaml2/talk"]
    assert shell("compile", "--target", "svaml1", "-o", "one").status == 0
    assert written(tmp_path / "one") == {"talk": FILES["svaml1"]}
    assert shell("compile", "-o", "word", files={"recpol.yaml": "targets: svaml2\n"}).status == 0
    assert written(tmp_path / "word") == {"talk": FILES["svaml2"]}


def test_who_relied_on_the_old_default_is_told_once(shell: Shell) -> None:
    two = {"talk.recpol": TALK, "talk2.recpol": TALK.replace("policy talk", "policy talk2"), "recpol.yaml": ""}
    note = (
        "note: without `targets:` policies are compiled to svaml1 now, the platform as it is today; "
        "build/talk (and 1 more) holds classic, the default before\n"
        "      to keep it, write `targets: [classic]` in recpol.yaml\n"
    )
    assert "the default before" not in shell("compile", "--target", "classic", files=two).err
    assert shell("compile", "--check").err.count(note) == 1
    assert "the default before" not in shell("compile", "--check", "--target", "svaml1").err
    assert "the default before" not in shell("compile", "--stdout").err
    assert "the default before" not in shell("compile", "--check", files={"recpol.yaml": "targets: [svaml1]\n"}).err
    assert shell("compile", files={"recpol.yaml": ""}).err.count(note) == 1
    assert shell("compile").err == "", "it is renewed now"


def test_without_settings_too_the_old_default_is_told(shell: Shell, tmp_path: Path) -> None:
    shell("compile", "talk.recpol", "--target", "classic", files={"talk.recpol": TALK})
    done = shell("compile", "talk.recpol")
    assert "; build/talk holds classic, the default before\n" in done.err
    (tmp_path / "build" / "talk" / "manifest.json").write_text("[", "utf-8")
    assert shell("compile", "talk.recpol").err == "", "what somebody has broken tells nothing"


def test_the_old_word_for_targets_is_answered_with_the_new_one(shell: Shell) -> None:
    done = shell("lint", files={"talk.recpol": TALK, "recpol.yaml": "target: classic\n"})
    assert (done.status, done.out) == (2, "")
    assert "did you mean `targets`?" in done.err


def test_what_one_target_cannot_say_keeps_the_policy_from_all(shell: Shell, tmp_path: Path) -> None:
    both = ("--target", "classic", "--target", "svaml2")
    done = shell("compile", *both, "cookie.recpol", files={"cookie.recpol": COOKIE})
    assert (done.status, done.out) == (1, "")
    assert "svaml2 has no cookies" in done.err
    assert "cookie: nothing is written" in done.err
    assert not (tmp_path / "build").exists()
    assert shell("compile", "--target", "classic", "cookie.recpol").status == 0


def test_check_looks_into_the_folder_of_each_target(shell: Shell, tmp_path: Path) -> None:
    both = ("--target", "svaml1", "--target", "svaml2")
    missing = shell("compile", "--check", *both, "talk.recpol", files={"talk.recpol": TALK})
    assert missing.status == 1
    assert missing.out.splitlines() == [
        *(f"svaml1/talk: build/svaml1/talk/{name} is missing" for name in ("ice.json", "ace.json", "manifest.json")),
        *(
            f"svaml2/talk: build/svaml2/talk/{name} is missing"
            for name in ("incoming.json", "acknowledge.json", "manifest.json")
        ),
    ]
    shell("compile", *both, "talk.recpol")
    done = shell("compile", "--check", *both, "talk.recpol")
    assert (done.status, done.out) == (0, "talk, in 2 targets, is up to date in build\n")
    (tmp_path / "build" / "svaml2" / "talk" / "incoming.json").write_text("{}", "utf-8")
    changed = shell("compile", "--check", *both, "talk.recpol")
    assert (changed.status, changed.out) == (1, "svaml2/talk: build/svaml2/talk/incoming.json differs\n")


def test_what_is_stale_goes_from_the_folder_of_each_target(shell: Shell, tmp_path: Path) -> None:
    both = ("--target", "classic", "--target", "svaml1")
    shell("compile", *both, "talk.recpol", files={"talk.recpol": TALK})
    (tmp_path / "build" / "svaml1" / "talk" / "mine.json").write_text("{}", "utf-8")
    less = TALK.replace("on ace { record { continue } }", "record all")
    done = shell("compile", *both, "talk.recpol", files={"talk.recpol": less})
    assert done.out.count("1 removed") == 2
    assert written(tmp_path / "build") == {
        "classic/talk": ["ice.json", "manifest.json"],
        "svaml1/talk": ["ice.json", "manifest.json", "mine.json"],
    }


def test_another_target_in_the_same_folder_leaves_nothing_of_the_first(shell: Shell, tmp_path: Path) -> None:
    shell("compile", "talk.recpol", files={"talk.recpol": TALK})
    done = shell("compile", "--target", "svaml2", "talk.recpol")
    assert done.out == "talk: 3 files in build/talk, 2 removed\n"
    assert written(tmp_path / "build") == {"talk": FILES["svaml2"]}


def test_documents_of_several_targets_on_standard_output(shell: Shell) -> None:
    both = ("--target", "classic", "--target", "svaml2")
    done = shell("compile", "--stdout", *both, "talk.recpol", files={"talk.recpol": TALK})
    assert done.status == 0
    assert {name: sorted(files) for name, files in json.loads(done.out).items()} == {
        "classic/talk": FILES["classic"],
        "svaml2/talk": FILES["svaml2"],
    }
    alone = json.loads(shell("compile", "--stdout", "--target", "svaml2", "talk.recpol").out)
    assert sorted(alone) == FILES["svaml2"]


def test_lint_asks_the_rules_of_the_targets(shell: Shell) -> None:
    files = {"cookie.recpol": COOKIE}
    assert shell("lint", "cookie.recpol", files=files).out == "no findings in 1 file\n"
    done = shell("lint", "--target", "svaml2", "cookie.recpol", "--output-format", "concise")
    assert done.status == 1
    assert done.out.splitlines() == ["cookie.recpol:2:17: error: svaml2 has no cookies [not-in-svaml2]"]
    shell("lint", files={"recpol.yaml": "targets: [classic, svaml2]\n"})
    assert "not-in-svaml2" in shell("lint").out


# ── the programming interface ────────────────────────────────────────────────────────────────────────────────────


def test_the_programming_interface_takes_targets(tmp_path: Path) -> None:
    assert sorted(recpol.compile(TALK, targets=["svaml2"]).files) == FILES["svaml2"]
    several = recpol.compile(TALK, targets=["svaml2", "classic", "svaml2"])
    assert several.ok
    assert sorted(several.files) == sorted(f"{t}/{name}" for t in ("classic", "svaml2") for name in FILES[t])
    assert several.documents["svaml2/incoming.json"]["callName"] == "caller"
    assert [finding.rule for finding in recpol.lint(COOKIE, targets=["svaml2"])] == ["not-in-svaml2"]
    assert not recpol.compile(COOKIE, targets=["classic", "svaml2"]).files
    with pytest.raises(ValueError, match=r"`svaml3` is no target: they are classic, svaml1, svaml2"):
        recpol.lint(TALK, targets=["svaml3"])


def test_the_targets_of_the_settings_count_for_a_path(tmp_path: Path) -> None:
    (tmp_path / "recpol.yaml").write_text("targets: [svaml1, svaml2]\n", "utf-8")
    path = tmp_path / "talk.recpol"
    path.write_text(TALK, "utf-8")
    assert {name.partition("/")[0] for name in recpol.compile(path).files} == {"svaml1", "svaml2"}
    assert sorted(recpol.compile(path, targets=["classic"]).files) == FILES["classic"]


# ── recpol targets ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_has_every_construct_and_target(shell: Shell) -> None:
    done = shell("targets")
    assert (done.status, done.err) == (0, "")
    lines = [line.strip() for line in done.out.splitlines()]
    for construct in CONSTRUCTS:
        assert any(line.startswith(construct.name.replace("`", "")) for line in lines), construct.name
    assert done.out.count("  classic") == len({construct.group for construct in CONSTRUCTS})
    page = shell("targets", "--output-format", "markdown").out
    assert "| | `classic` | `svaml1` | `svaml2` | why, and what to do |" in page
    assert all(f"\n| {construct.name} | " in page for construct in CONSTRUCTS)
    data = json.loads(shell("targets", "--output-format", "json").out)
    assert [one["name"] for one in data["targets"]] == list(target_names())
    assert len(data["constructs"]) == len(CONSTRUCTS)


def test_no_and_a_condition_say_why_and_what_to_do(shell: Shell) -> None:
    data = json.loads(shell("targets", "--output-format", "json").out)
    said = set()
    for construct in data["constructs"]:
        for target, cell in construct["targets"].items():
            said.add(cell["says"])
            if cell["says"] != "yes":
                assert cell["findings"] or cell["lost"], f"{construct['name']} in {target}"
            if cell["says"] == "no":
                assert all(one["severity"] == "error" and one["message"] for one in cell["findings"])
                assert all(one["why"] and one["help"] for one in cell["findings"]), f"{construct['name']} in {target}"
    assert said == {"yes", "condition", "no"}


def test_the_documents_have_the_shape_of_version_1(shell: Shell) -> None:
    """What is renamed or removed here is another version; what is new is added to the page and to this test."""
    whole = json.loads(shell("targets", "--output-format", "json").out)
    asked = json.loads(shell("targets", ".", "--output-format", "json", files={"c.recpol": COOKIE}).out)
    assert whole["version"] == asked["version"] == 1
    assert (set(whole), set(asked)) == (
        {"version", "targets", "constructs"},
        {"version", "targets", "policies"},
    )
    assert {key for one in whole["constructs"] for key in one} == {"group", "name", "example", "targets"}
    assert {key for one in asked["policies"] for key in one} == {"name", "file", "targets"}
    said = {"rule", "severity", "message", "why", "help"}
    for documents, finding in ((whole["constructs"], said), (asked["policies"], {*said, "file", "line"})):
        cells = [cell for one in documents for cell in one["targets"].values()]
        assert {key for cell in cells for key in cell} == {"says", "findings", "lost"}
        assert {key for cell in cells for one in cell["findings"] for key in one} == finding
        assert {key for cell in cells for one in cell["lost"] for key in one} <= {"name", "message"}
    page = (Path(__file__).parents[1] / "docs" / "targets.md").read_text("utf-8")
    for name in {*whole, *asked, "group", "example", "says", "findings", "lost", "file", "line", *said} - {"version"}:
        assert f"`{name}`" in page, name


def test_the_table_can_be_asked_about_some_targets(shell: Shell) -> None:
    page = shell("targets", "--target", "svaml2", "--output-format", "markdown").out
    assert "| | `svaml2` | why, and what to do |" in page
    cures = ("to svaml1 or classic: `target svaml1`", "on svaml1", "or svaml1", "to svaml1, which takes both")
    told = functools.reduce(lambda text, cure: text.replace(cure, ""), cures, page)
    assert "svaml1" not in told


def test_policies_are_told_by_target(shell: Shell) -> None:
    files = {"talk.recpol": TALK, "cookie.recpol": COOKIE}
    done = shell("targets", ".", files=files)
    assert (done.status, done.err) == (1, "")
    head, *blocks = done.out.rstrip().split("\n\n")
    assert [line.split() for line in head.splitlines()] == [
        ["classic", "svaml1", "svaml2"],
        ["cookie", "yes", "yes", "no"],
        ["talk", "yes", "yes", "yes"],
    ]
    assert blocks[0] == "cookie in svaml2:"
    assert blocks[1].startswith("error: svaml2 has no cookies\n   --> cookie.recpol:2:17\n")
    assert blocks[2] == "talk in classic:"
    assert blocks[3].endswith("\n rule: flag-of-2018")
    assert len(blocks) == 4
    data = json.loads(shell("targets", ".", "--output-format", "json").out)
    assert {one["name"]: [cell["says"] for cell in one["targets"].values()] for one in data["policies"]} == {
        "cookie": ["yes", "yes", "no"],
        "talk": ["yes", "yes", "yes"],
    }
    (finding,) = data["policies"][0]["targets"]["svaml2"]["findings"]
    assert (finding["rule"], finding["line"]) == ("not-in-svaml2", 2)
    page = shell("targets", ".", "--output-format", "markdown").out
    assert "| cookie | yes | yes | no | `svaml2`: line 2: svaml2 has no cookies." in page


def test_the_status_says_whether_all_targets_asked_about_are_reached(shell: Shell) -> None:
    files = {"cookie.recpol": COOKIE}
    assert shell("targets", "cookie.recpol", files=files).status == 1
    assert shell("targets", "cookie.recpol", "--target", "classic").status == 0
    warned = TALK.replace('talk/"', 'talk/a.mp3"')
    assert shell("targets", "warned.recpol", files={"warned.recpol": warned}).status == 0
    done = shell("targets", "warned.recpol")
    assert done.out.count("with a condition") == 3
    assert "talk in classic, svaml1, svaml2:" in done.out
    assert shell("targets", "warned.recpol", "--strict").status == 1


def test_settings_and_rules_count_as_in_a_compilation(shell: Shell) -> None:
    reply = 'answer record { play "https://acme.example/a.mp3" connect pstn "{{ var.desk }}" }'
    policy = f'policy desk\nuse "company.recpol"\non ice {{ {reply} }}\n'
    company = 'rules company\nstore calls { url "s3://acme-recordings/" credentials env K }\n'
    files = {"desk.recpol": policy, "company.recpol": company, "recpol.yaml": 'vars: {desk: "+46850020000"}\n'}
    done = shell("targets", ".", files=files)
    assert (done.status, done.err) == (0, "")
    assert len(done.out.splitlines()) == 2, "rules are no policy"
    assert shell("targets", "company.recpol").status == 2
    assert "unknown-variable" in shell("targets", "desk.recpol", files={"recpol.yaml": "out: build\n"}).out


def test_what_cannot_be_read_is_told(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "bad.recpol").write_bytes(b"policy \xff\n")
    done = shell("targets", "bad.recpol", "talk.recpol", files={"talk.recpol": TALK})
    assert done.status == 1
    assert "not UTF-8" in done.err
    assert "talk" in done.out
    assert shell("targets", "nothing.recpol").status == 2


def test_the_page_shows_what_lint_says_of_a_translation_by_hand(shell: Shell) -> None:
    page = (Path(__file__).parents[1] / "docs" / "targets.md").read_text("utf-8").partition("### By hand")[2]
    found = re.search(r"^```json\n(.*?)^```$.*?^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    done = shell("lint", "naive.json", files={"naive.json": found[1]})
    assert (done.status, done.out) == (1, f"{found[2]}\n1 error, 1 info in 1 file\n")


def test_what_other_targets_have_left_is_told(shell: Shell, tmp_path: Path) -> None:
    """Nothing renews it any more, and somebody might send it."""
    shell("compile", "talk.recpol", files={"talk.recpol": TALK})
    both = ("--target", "svaml1", "--target", "svaml2")
    done = shell("compile", *both, "talk.recpol")
    assert done.status == 0
    assert done.err == "note: build/talk is left from other targets, and no longer renewed: delete it\n"
    checked = shell("compile", "--check", *both, "talk.recpol")
    assert checked.status == 1
    assert checked.out == "build/talk is left from other targets, and no longer renewed: delete it\n"
    back = shell("compile", "talk.recpol")
    assert back.err.count("is left from other targets") == 2
