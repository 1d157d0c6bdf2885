"""The Python side of the playground, without a browser: what its tabs show, and that it runs with what is packed."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rpds
import typing_extensions

import pure_rpds
from bundle import BROKEN, HERE, archive, examples, site
from damaged import damaged
from lspclient import LspClient
from recpol.compilation import compile_program
from recpol.explain import explain
from recpol.explain.markdown import markdown
from recpol.targets.catalogue import all_targets, backend_of
from recpol.workspace.files import Input
from recpol.workspace.session import open_session
from tabs import NAME, Playground, nearest_span, spans_of

ROOT = Path(__file__).parents[1]
POLICIES = sorted((ROOT / "policies").glob("*.recpol"))
SUPPORT = (ROOT / "policies" / "support-line.recpol").read_text("utf-8")

Tab = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that a worker has beside the policy."""
    for name, data in project_files().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@functools.cache
def project_files() -> dict[str, bytes]:
    return {name.removeprefix("project/"): data for name, data in site().items() if name.startswith("project/")}


@pytest.fixture
def tab(folder: Path) -> Tab:
    playground = Playground(lambda message: None, str(folder))

    def ask(name: str, text: str, **params: object) -> Any:
        return json.loads(playground.tab(name, json.dumps({"text": text, **params})))

    return ask


def named(path: Path) -> str:
    return path.stem


# ── compiled JSON ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", POLICIES, ids=named)
def test_the_json_is_what_compile_writes_and_every_line_leads_into_the_policy(path: Path, tab: Tab) -> None:
    text = path.read_text("utf-8")
    session = open_session([str(path)])
    (item,) = session.inputs([str(path)])
    program = session.program(item)
    compilation = compile_program(program)  # type: ignore[arg-type]  # the policies can be read
    shown = tab("compiled", text)
    written = {name: data.decode() for name, data in compilation.outputs[0].files.items()}
    made = {file["name"]: "".join(f"{line}\n" for line, _, _ in file["lines"]) for file in shown["files"]}
    assert made.keys() == written.keys()
    assert {name for name in made if made[name] != written[name]} <= {"manifest.json"}
    count = len(text.splitlines())
    for file in shown["files"]:
        for _, first, last in file["lines"]:
            assert (first, last) == (0, 0) or 1 <= first <= last <= count
    assert all(first for file in shown["files"] for _, first, _ in file["lines"] if file["name"] == "ice.json")


@pytest.mark.parametrize("path", POLICIES, ids=named)
def test_what_is_heard_leads_to_its_own_step_in_every_target(path: Path) -> None:
    session = open_session([str(path)])
    (item,) = session.inputs([str(path)])
    tried = 0
    for target in all_targets():
        program = session.program(item)
        assert not hasattr(program, "message")
        alone = program.alone(target)
        if not compile_program(alone).outputs:
            continue
        spans = spans_of(alone)
        for place in backend_of(target).places(alone):
            assert nearest_span(spans, place.file, f"{place.pointer}/name") == place.step.span
            tried += 1
    assert tried


def test_lines_of_a_document_lead_to_the_lines_of_the_policy(tab: Tab) -> None:
    files = {file["name"]: file["lines"] for file in tab("compiled", SUPPORT)["files"]}
    lines = SUPPORT.splitlines()

    def line_of(file: str, words: str) -> str:
        (first,) = {first for text, first, _ in files[file] if words in text}
        return str(lines[first - 1]).strip()

    assert line_of("ice.json", "Parts of this call") == 'notice: say "Parts of this call are recorded."'
    assert line_of("ice.json", "runMenu") == "menu {"
    assert line_of("pie.sales.json", "+46850020000") == "record { connect pstn +46850020000 }"
    assert line_of("pie.sales.json", "startRecording") == "on pie sales {"
    assert line_of("manage.card.begin.json", "stopRecording").startswith("phase card @card")


def test_another_target_can_be_chosen(tab: Tab) -> None:
    shown = tab("compiled", SUPPORT, target="svaml2")
    assert shown["target"] == "svaml2"
    assert "incoming.json" in [file["name"] for file in shown["files"]]
    assert [one["name"] for one in shown["targets"]] == [target.name for target in all_targets()]
    assert tab("compiled", SUPPORT, target="svaml9")["problem"] == "there is no such target"


# ── explain, simulate, test ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_explanation_is_that_of_the_command(tab: Tab, folder: Path) -> None:
    (folder / NAME).write_text(SUPPORT, "utf-8")
    session = open_session([NAME])
    program = session.program(Input(str(folder / NAME), NAME))
    expected = markdown(explain(compile_program(program, session.levels)))  # type: ignore[arg-type]  # it can be read
    assert tab("explain", SUPPORT)["markdown"] == expected
    assert "does not compile" in tab("explain", BROKEN)["markdown"]


@pytest.mark.parametrize("path", POLICIES, ids=named)
def test_every_button_of_a_call_can_be_pressed(path: Path, tab: Tab) -> None:
    text, calls, seen = path.read_text("utf-8"), [""], 0
    while calls and seen < 40:
        call = calls.pop(0)
        shown = tab("simulate", text, call=call)
        assert shown["refused"] == []
        assert shown["call"] == call
        assert shown["ended"] is (not shown["next"])
        numbers = {one["file"] for step in shown["steps"] for heard in step["heard"] for one in heard["recorded"]}
        assert numbers == set(range(1, shown["files"] + 1))
        calls += [f"{call}; {one['step']}".removeprefix("; ") for one in shown["next"]]
        seen += 1
    assert seen > 1


def test_a_step_that_cannot_happen_ends_the_call_before_it(tab: Tab) -> None:
    shown = tab("simulate", SUPPORT, call="press 2; press 9")
    assert shown["call"] == "press 2"
    assert [one["message"] for one in shown["refused"]] == ["`press 9` cannot happen here"]
    assert tab("simulate", SUPPORT, call="frobnicate")["refused"]
    assert "more than" in tab("simulate", SUPPORT, call="; ".join(["wait"] * 600))["refused"][0]["message"]


def test_steps_say_which_document_they_bring(tab: Tab) -> None:
    shown = tab("simulate", SUPPORT, call="press 2; answer; begin card; end card")
    brought = [step["receives"] for step in shown["steps"]]
    assert brought == ["ice.json", "pie.payment.json", None, "manage.card.begin.json", "manage.card.end.json"]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example["name"])
def test_the_tests_of_the_examples_pass(example: dict[str, str], tab: Tab) -> None:
    shown = tab("test", example["policy"], tests=example["tests"])
    if not example["tests"]:
        assert shown["cases"] == []
        return
    assert {case["status"] for case in shown["cases"]} == {"ok"}
    assert shown["covered"] == 100
    assert shown["missing"] == shown["trouble"] == []


def test_a_test_that_fails_says_what_happened(tab: Tab) -> None:
    shown = tab("test", SUPPORT, tests="tests:\n  - name: wrong\n    call: wait\n    files: 3\n")
    (case,) = shown["cases"]
    assert case["status"] == "failed"
    assert [one["message"] for one in case["findings"]] == ["the call makes 0 recording files"]
    assert case["trace"][0] == "a call comes in"
    assert {part["kind"] for part in shown["missing"]} >= {"segment", "phase"}
    assert all(part["own"] and part["line"] for part in shown["missing"])
    assert tab("test", SUPPORT, tests="{")["trouble"]


# ── what is wrong ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_policy_with_an_error_says_so_in_every_tab(tab: Tab) -> None:
    for name, more in (("compiled", {}), ("simulate", {}), ("test", {"tests": "tests: [{name: a, call: wait}]"})):
        shown = tab(name, BROKEN, **more)
        assert shown["problem"] == "the policy has 1 error"
        assert [(one["rule"], one["line"], one["own"]) for one in shown["findings"]] == [("conference-scope", 16, True)]


def test_no_text_is_too_much(tab: Tab) -> None:
    texts = ["", "\0", "on ice { " * 3000, "}" * 500, "📞", "\ud800", "rules r\n", "policy x " * 500]
    for text in [*texts, *(SUPPORT[:cut] for cut in range(0, len(SUPPORT), 97))]:
        for name in ("compiled", "explain", "simulate", "test"):
            shown = tab(name, text, tests="tests:\n  - name: a\n    call: wait\n")
            assert isinstance(shown, dict)
            assert "defect" not in shown.get("problem", ""), (name, text[:40])
            assert len(shown.get("findings", ())) <= 100


def test_damaged_policies_have_an_answer(tab: Tab) -> None:
    for seed in range(60):
        text = damaged("policy", seed)
        for name in ("compiled", "explain", "simulate"):
            assert "defect" not in tab(name, text).get("problem", ""), (seed, name)


def test_a_question_that_is_none_has_an_answer(folder: Path) -> None:
    playground = Playground(lambda message: None, str(folder))
    for name, params in (("compiled", "{"), ("compiled", "[]"), ("nothing", "{}"), ("rule", '{"rule": "nothing"}')):
        assert json.loads(playground.tab(name, params))["problem"]
    assert "conference-scope" in json.loads(playground.tab("rule", '{"rule": "conference-scope"}'))["markdown"]


def test_the_language_server_answers_and_lives(folder: Path) -> None:
    sent: list[Any] = []
    playground = Playground(lambda message: sent.append(json.loads(message)), str(folder))
    playground.receive("rubbish")
    playground.receive("[" * 100_000)
    playground.receive(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}))
    document = {"uri": playground.uri, "languageId": "recpol", "version": 1, "text": BROKEN}
    opened = {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}}
    playground.receive(json.dumps(opened))
    assert ["error" in message for message in sent] == [True, True, False, False]
    assert [one["code"] for one in sent[-1]["params"]["diagnostics"]] == ["conference-scope"]


def test_nothing_is_called_proven_beside_a_policy_that_does_not_compile(folder: Path) -> None:
    client = LspClient()
    uri = client.open(folder / NAME, BROKEN)
    titles = [lens["command"]["title"] for lens in client.of("codeLens", uri)]
    assert "? not proven: the policy has an error" in titles
    assert not any(title.startswith("✓") for title in titles)


# ── what is packed ───────────────────────────────────────────────────────────────────────────────────────────────────

ALONE = """\
import json, sys
sys.path[:] = [path for path in sys.path if "site-packages" not in path]
sys.path.insert(0, sys.argv[1] + "/lib")
from tabs import Playground
sent = []
playground = Playground(sent.append, sys.argv[1] + "/project")
params = json.dumps({"text": sys.argv[2], "call": "press 1", "tests": "tests: [{name: a, call: wait, files: 0}]"})
answers = {name: json.loads(playground.tab(name, params)) for name in ("compiled", "explain", "simulate", "test")}
playground.receive(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}))
foreign = sorted({name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names)
print(json.dumps([[one["problem"] for one in answers.values() if "problem" in one], foreign, len(sent)]))
"""


def test_recpol_runs_with_what_is_packed_and_nothing_else(tmp_path: Path) -> None:
    """As in the worker: no package of this machine, no Lark, and no part that is Rust or C."""
    for name, data in site().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    if sys.version_info < (3, 13):  # the browser's Python is newer, and has what `referencing` takes from here
        shutil.copy(typing_extensions.__file__, tmp_path / "lib")
    command = [sys.executable, "-I", "-S", "-c", ALONE, str(tmp_path), SUPPORT]
    done = subprocess.run(command, cwd=tmp_path / "project", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    problems, foreign, sent = json.loads(done.stdout)
    assert problems == []
    assert sent == 1
    assert set(foreign) - {"typing_extensions", "__main__", "__mp_main__"} == {
        "attr", "attrs", "jsonschema", "jsonschema_specifications", "recpol", "referencing", "rpds", "tabs", "yaml",
    } | ({"recpol_check"} & set(foreign))  # fmt: skip


def test_an_archive_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        archive(tmp_path / name, {"a": b"1", "b/c": b"2"})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("ours", [pure_rpds, rpds], ids=["ours", "rpds"])
def test_the_stand_in_does_what_rpds_does(ours: Any) -> None:
    one = ours.HashTrieMap({"a": 1})
    two = one.insert("b", 2)
    assert (dict(one), dict(two), dict(two.remove("a"))) == ({"a": 1}, {"a": 1, "b": 2}, {"b": 2})
    assert dict(one.update({"c": 3})) == {"a": 1, "c": 3}
    assert ours.HashTrieMap.convert(one) is one
    assert ours.HashTrieMap.convert({"a": 1}) == one
    with pytest.raises(KeyError):
        one.remove("nothing")
    some = ours.HashTrieSet(["a"])
    assert (set(some.insert("b")), set(some.remove("a")), len(some)) == ({"a", "b"}, set(), 1)
    assert set(some.update(["c"], ["d"])) == {"a", "c", "d"}
    with pytest.raises(KeyError):
        some.remove("nothing")
    many = ours.List([1, 2]).push_front(0)
    assert (list(many), list(many.drop_first()), many.first, list(many.rest), len(many)) == (
        [0, 1, 2],
        [1, 2],
        0,
        [1, 2],
        3,
    )
    assert ours.List([1]) == ours.List([1])
    assert hash(ours.List([1])) == hash(ours.List([1]))


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────────────

SOURCES = sorted([*HERE.glob("*.js"), HERE / "index.html", HERE / "app.css"])


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_page_makes_no_markup_of_texts_and_asks_nobody_else(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc", text)
    assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text)
    assert text.count("\n") <= 350


def test_the_page_is_forbidden_to_ask_anybody_else() -> None:
    page = (HERE / "index.html").read_text("utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert "unsafe-eval" not in rules["script-src"].replace("wasm-unsafe-eval", "")
    assert not re.search(r"""(?:src|href)="/""", page), "the page may be in any folder"


def test_versions_of_npm_packages_are_fixed_and_name_no_host() -> None:
    wanted = json.loads((HERE / "package.json").read_text("utf-8"))["devDependencies"]
    locked = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]
    assert all(locked[f"node_modules/{name}"]["version"] == version for name, version in wanted.items())
    assert not any("resolved" in one for one in locked.values())
