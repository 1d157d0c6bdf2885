"""What `editors/` holds fits together, and fits recpol: named files exist, names and settings are the server's.

`make clients` builds the extension and drives real editors; these tests need no program but Python.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lspclient import LspClient
from recpol import __version__
from recpol.workspace.files import SUFFIX

ROOT = Path(__file__).parents[1]
CODE = ROOT / "editors" / "code"

COPIED = {"LICENSE": "LICENSE", "schemas": "schemas"}
"""What `make clients` puts beside the extension before it is packed, and where in the project it comes from."""


@pytest.fixture(scope="module")
def package() -> Any:
    return json.loads((CODE / "package.json").read_text("utf-8"))


def test_the_extension_says_what_the_editor_asks_for(package: Any) -> None:
    for key in ("name", "displayName", "description", "publisher", "license", "repository", "main"):
        assert package[key], key
    assert re.fullmatch(r"[a-z][a-z0-9-]*", package["name"])
    assert re.fullmatch(r"\^\d+\.\d+\.\d+", package["engines"]["vscode"])
    assert package["version"] == __version__, "the extension has the version of recpol that it was tried with"
    assert "dependencies" not in package, "the bundle holds what is needed: nothing is installed beside it"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["devDependencies"].values())


def test_every_file_that_the_extension_names_exists_and_is_packed(package: Any) -> None:
    contributes = package["contributes"]
    named = [grammar["path"] for grammar in contributes["grammars"]]
    named += [language["configuration"] for language in contributes["languages"]]
    named += [schema["url"] for schema in contributes["yamlValidation"]]
    packed = [line[1:] for line in (CODE / ".vscodeignore").read_text("utf-8").split() if line.startswith("!")]
    for name in [path.removeprefix("./") for path in named]:
        folder = ROOT if name.partition("/")[0] in COPIED else CODE
        json.loads((folder / name).read_text("utf-8"))
        assert any(Path(name).match(pattern) for pattern in packed), name
    assert package["main"].removeprefix("./") in packed
    for script in ("bundle", "package"):
        assert package["scripts"][script]
    assert re.search(r"esbuild (\S+)", package["scripts"]["bundle"])[1] == "src/extension.js"  # type: ignore[index]  # the bundle script names its source


def test_grammars_of_the_extension_are_of_the_language_that_it_brings(package: Any) -> None:
    (language,) = package["contributes"]["languages"]
    assert language["extensions"] == [SUFFIX]
    for grammar in package["contributes"]["grammars"]:
        assert json.loads((CODE / grammar["path"]).read_text("utf-8"))["scopeName"] == grammar["scopeName"]
    assert {"recpol"} == {one["language"] for one in package["contributes"]["grammars"] if "language" in one}


def test_commands_are_those_of_the_server_and_one_of_the_editor(package: Any) -> None:
    commands = {command["command"] for command in package["contributes"]["commands"]}
    server = LspClient().capable["capabilities"]["executeCommandProvider"]["commands"]
    assert commands == {*server, "recpol.restart"}


def test_settings_are_those_that_the_server_reads(package: Any, tmp_path: Path) -> None:
    settings = package["contributes"]["configuration"]["properties"]
    assert set(settings) == {"recpol.path", "recpol.inlayHints", "recpol.codeLens", "recpol.wholeProject"}
    text = 'policy a\nstore s { url "s3://b/" credentials env C }\non ice { record { connect conference "r" } }\n'
    for name, method in (("inlayHints", "inlayHint"), ("codeLens", "codeLens")):
        counts = []
        for on in (True, False):
            options: Any = {name: on}
            client = LspClient(**options)
            uri = client.open(tmp_path / "a.recpol", text)
            whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
            counts.append(len(client.of(method, uri, range=whole)))
        assert counts[0] > 0, name
        assert counts[1] == 0, name
        assert settings[f"recpol.{name}"]["default"] is True


def test_the_words_of_the_editor_are_words_of_the_lexer() -> None:
    configuration = json.loads((CODE / "language-configuration.json").read_text("utf-8"))
    word = re.compile(configuration["wordPattern"])
    for text in ("max-duration", "@card", "SINCH_S3_CREDENTIALS", "agent"):
        assert word.fullmatch(text)
    assert word.match("cli->menu")[0] == "cli"  # type: ignore[index]  # the text does match
    increase = re.compile(configuration["indentationRules"]["increaseIndentPattern"])
    assert [bool(increase.search(line)) for line in ("on ice {", "on ice { answer }", "# {", 'say "{{ x }}"')] == [
        True,
        False,
        False,
        False,
    ]


def test_fences_of_policies_are_coloured_in_markdown() -> None:
    (rule,) = json.loads((CODE / "syntaxes" / "recpol.codeblock.json").read_text("utf-8"))["patterns"]
    begin = re.compile(rule["begin"].replace("(^|\\G)", "^").replace("(?i:", "("))
    for fence in ("```recpol", "````recpol-part", "~~~ recpol-refused"):
        assert begin.search(fence), fence
    assert not begin.search("```recpolx")
    assert not begin.search("```json")


@pytest.mark.parametrize("name", ["code/README.md", "vim/README.md", "emacs/README.md", "helix/README.md"])
def test_every_editor_has_a_page_that_docs_lead_to(name: str) -> None:
    page = (ROOT / "editors" / name).read_text("utf-8")
    assert page.startswith("# ")
    assert f"editors/{name}" in (ROOT / "docs" / "editor.md").read_text("utf-8")


def test_helix_is_set_up_with_what_the_server_is() -> None:
    import tomllib

    document = tomllib.loads((ROOT / "editors" / "helix" / "languages.toml").read_text("utf-8"))
    (language,) = document["language"]
    server = document["language-server"][language["language-servers"][0]]
    assert [server["command"], *server["args"]] == ["recpol", "lsp"]
    assert language["file-types"] == [SUFFIX.removeprefix(".")]
