"""An editor's waits for `recpol lsp`: the start, a key stroke, a project of a thousand policies, rules with 200 users.

Each is the time from a message of the editor to the answer that it waits for, over real pipes. The peer is the least
that a server with pygls can do (`lsp_peer.py`); its packages go into an environment of their own, and where they cannot
be had a line says so. Both run in turns.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from statistics import median
from typing import Any, BinaryIO, cast

from measure import RECPOL, BenchError, environment, table
from recpol.base.source import Source
from recpol.formatter import format_source
from recpol.lsp.places import uri_of
from recpol.lsp.rpc import messages, write
from shapes import menus

HERE = Path(__file__).resolve().parent
SUPPORT = HERE.parent / "policies" / "support-line.recpol"
PEER_PACKAGES = ("pygls>=2,<3",)
PUBLISH = "textDocument/publishDiagnostics"

ASKED = ("inlayHint", "codeLens", "semanticTokens/full", "documentSymbol", "foldingRange", "documentLink")
"""What VS Code asks for after each key stroke."""

RULES = 'rules company\nstore calls {{ url "s3://acme-calls/calls/" credentials env STORE }}\n# {note}\n'
USER = """policy {name}
use "company.recpol"
locale en-GB
on ice { answer notice: say "This call is recorded." agent: connect pstn +46850020000 { phase card @card } }
record agent except card to calls
never record @card
announce notice before recording
"""


class Editor:
    """A client of a server that runs as a process of its own."""

    def __init__(self, command: list[str], folder: Path | None = None) -> None:
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
        )
        pipes = cast("tuple[BinaryIO, BinaryIO]", (self.process.stdin, self.process.stdout))
        self.to, self.came = pipes[0], messages(pipes[1])
        self.number = self.version = 0
        self.published: set[str] = set()
        root = None if folder is None else uri_of(str(folder))
        self.ask("initialize", processId=None, rootUri=root, capabilities={})
        self.say("initialized")
        self.started = time.perf_counter() - self.began

    def say(self, method: str, **params: Any) -> None:
        """Send a notification."""
        write(self.to, {"jsonrpc": "2.0", "method": method, "params": params})

    def until(self, wanted: Callable[[Any], bool]) -> Any:
        """The first message that is wanted; raises `BenchError` where the server ends before."""
        for message in self.came:
            if message.get("method") == PUBLISH:
                self.published.add(message["params"]["uri"])
            if wanted(message):
                return message
        raise BenchError("the server ended")

    def told_of(self, uris: AbstractSet[str]) -> None:
        """Wait until something was told of all these files since `published` was emptied."""
        while not uris <= self.published:
            self.until(lambda one: one.get("method") == PUBLISH)

    def ask(self, method: str, **params: Any) -> Any:
        """Send a request and wait for its answer."""
        self.number += 1
        write(self.to, {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        answer = self.until(lambda message: message.get("id") == self.number)
        if "error" in answer:
            raise BenchError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, path: Path, text: str | None = None) -> str:
        """Open a file, and wait for its findings."""
        uri = uri_of(str(path))
        self.version = 1
        written = path.read_text("utf-8") if text is None else text
        document = {"uri": uri, "languageId": "recpol", "version": 1, "text": written}
        self.say("textDocument/didOpen", textDocument=document)
        self.told(uri)
        return uri

    def type(self, uri: str, text: str, line: int, column: int = 0) -> None:
        """Insert a text."""
        self.version += 1
        place = {"line": line, "character": column}
        change = {"range": {"start": place, "end": place}, "text": text}
        document = {"uri": uri, "version": self.version}
        self.say("textDocument/didChange", textDocument=document, contentChanges=[change])

    def told(self, uri: str) -> list[Any]:
        """Wait for the findings of the latest version of a text."""
        message = self.until(
            lambda one: (
                one.get("method") == PUBLISH
                and one["params"]["uri"] == uri
                and one["params"].get("version") in (None, self.version)
            )
        )
        found: list[Any] = message["params"]["diagnostics"]
        return found

    def end(self) -> None:
        """End the server as an editor does."""
        self.ask("shutdown")
        self.say("exit")
        self.to.close()
        self.process.wait(30)


def measure(*, quick: bool = False) -> None:
    """Print a table of milliseconds, and how many times the peer's they are."""
    rounds, strokes, files, users = (1, 3, 12, 6) if quick else (5, 30, 1_000, 200)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peer = None if quick else _peer(folder / "peer")
        servers = {"recpol lsp": [RECPOL, "lsp"], **({} if peer is None else {"pygls": peer})}
        large = _large(40 if quick else 1_000)
        found: dict[str, dict[str, list[float]]] = {server: {} for server in servers}
        for _ in range(rounds):
            for server, command in servers.items():
                _alone(command, found[server], large, strokes)
        _project(_folder(folder / "project", files, users), found["recpol lsp"], files, users, rounds)
    print(f"  the policy of {large.count(chr(10))} lines; a project of {files} policies; {users} users of the rules\n")
    print(_table(found))


def _alone(command: list[str], found: dict[str, list[float]], large: str, strokes: int) -> None:
    """One server with one file open, and no project."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "desk.recpol"
        for what, text in (("support line", SUPPORT.read_text("utf-8")), ("large policy", large)):
            editor = Editor(command)
            if what == "support line":
                found.setdefault("start: initialized", []).append(editor.started)
                uri = editor.open(path, text)
                found.setdefault("start: first findings", []).append(time.perf_counter() - editor.began)
            else:
                uri = editor.open(path, text)
            lines = text.count("\n")
            for number in range(strokes):
                began = time.perf_counter()
                editor.type(uri, "#" if number % 2 else " ", line=number * 7 % lines)
                editor.told(uri)
                found.setdefault(f"{what}: key stroke", []).append(time.perf_counter() - began)
                if command[0] == RECPOL:
                    for method in ASKED:
                        editor.ask(f"textDocument/{method}", textDocument={"uri": uri}, range={})
                    found.setdefault(f"{what}: and all that is asked", []).append(time.perf_counter() - began)
            editor.end()


def _project(folder: Path, found: dict[str, list[float]], files: int, users: int, rounds: int) -> None:
    """The server in a project of many policies."""
    for number in range(rounds):
        editor = Editor([RECPOL, "lsp"], folder)
        editor.open(folder / "other-1.recpol")
        found.setdefault("project: first findings", []).append(time.perf_counter() - editor.began)
        editor.told_of({uri_of(str(folder / f"user-{users - 1:04}.recpol"))})
        found.setdefault("project: all findings", []).append(time.perf_counter() - editor.began)
        rules = editor.open(folder / "company.recpol", RULES.format(note=number))
        editor.published.clear()
        began = time.perf_counter()
        editor.type(rules, "x", line=1, column=6)  # `store xcalls`: every user names a store that is not there
        editor.told(rules)
        found.setdefault("rules: key stroke", []).append(time.perf_counter() - began)
        editor.told_of({uri_of(str(folder / f"user-{n:04}.recpol")) for n in range(users)})
        found.setdefault("rules: all users told", []).append(time.perf_counter() - began)
        editor.end()


def _folder(folder: Path, files: int, users: int) -> Path:
    folder.mkdir()
    (folder / "recpol.yaml").write_text("{}\n", "utf-8")
    (folder / "company.recpol").write_text(RULES.format(note=0), "utf-8")
    support = SUPPORT.read_text("utf-8")
    for number in range(users):
        text = USER.replace("{name}", f"user-{number:04}")
        # The file that comes last has a mistake: when it is told, the others have been looked at.
        mistake = "record gone\n" if number == users - 1 else ""
        (folder / f"user-{number:04}.recpol").write_text(text + mistake, "utf-8")
    for number in range(files - users):
        text = support.replace("policy support-line", f"policy other-{number}")
        (folder / f"other-{number}.recpol").write_text(text, "utf-8")
    return folder


def _large(lines: int) -> str:
    """A policy of so many lines, menus and what they lead to, in the one style."""
    size = 4
    while True:
        laid = format_source(Source("large", menus(size)))
        if not isinstance(laid, str):
            raise BenchError("the large policy cannot be read")
        if laid.count("\n") >= lines:
            return laid
        size = size * lines // max(laid.count("\n"), 1) + 1


def _peer(folder: Path) -> list[str] | None:
    """The command of the peer; None where its packages cannot be had."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEER_PACKAGES]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError):
        print("pip cannot install pygls: there is nothing to compare with")
        return None
    subprocess.run([python, "-c", "import pygls.lsp.server"], check=True, env=environment())
    return [str(python), str(HERE / "lsp_peer.py")]


def _table(found: Mapping[str, Mapping[str, list[float]]]) -> str:
    heads = ["", "half ms", "worst ms", *(f"{name} ms" for name in found if name != "recpol lsp")]
    rows = []
    for what, times in found["recpol lsp"].items():
        row = [what, f"{1000 * median(times):.1f}", f"{1000 * max(times):.1f}"]
        for name in found:
            if name != "recpol lsp":
                theirs = found[name].get(what)
                row.append("" if theirs is None else f"{1000 * median(theirs):.1f}")
        rows.append(row)
    return table(heads, rows)


if __name__ == "__main__":
    measure(quick="--quick" in sys.argv[1:])
