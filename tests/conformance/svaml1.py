"""Replies of the current API against the types of the official Node SDK: `svaml1.py [FOLDER]`, needs npm and a network.

Every `FOLDER/*/*.json` (the golden output, where no folder is named) becomes a constant of the type that its event
wants, in one TypeScript file, which `tsc` checks. Prints versions and counts; the status is 1 where a reply does not
fit its type, 2 where it could not be checked.

Invariant: an exception is in `EXCEPTIONS` with its reason, and is counted.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

Json = dict[str, Any]

GOLDEN = Path(__file__).parents[1] / "golden-svaml1"
PACKAGES = ("@sinch/voice@^1.4.0", "typescript@^5.6")

TYPES = {"ice": "IceResponse", "ace": "AceResponse", "pie": "PieResponse", "manage": "SVAMLRequestBody"}
"""The type of a reply, by the first word of its file's name; the platform reads no reply to `dice`."""

WIDER = "SVAMLRequestBody"
"""The type that knows every instruction and action, wherever they stand."""

EXCEPTIONS = {
    "flag": "no type has `record` and `recordingOptions`, which the in-app recording page writes in an action",
    "stopRecording": "only the type for PIE has it; the voice skill of 2026 allows it in ICE and ACE",
    "connectPstn": "the type for PIE lacks it; the current SVAML page allows it there",
}

CONFIG = {
    "compilerOptions": {
        "strict": True,
        "noEmit": True,
        "skipLibCheck": True,
        "module": "node16",
        "moduleResolution": "node16",
        "target": "es2022",
        "types": [],
    },
    "files": ["replies.ts"],
}

PROBE = """\
// @ts-expect-error The types do not know the flag. Where this line is an error, they do now, or check nothing.
export const probe: Voice.AceResponse = { action: { name: "continue", record: true } };
"""


class CannotCheck(Exception):
    """npm is missing, or the packages cannot be installed."""


@dataclass(frozen=True, slots=True)
class Source:
    """The TypeScript file: its text, which file each of its lines holds (from 1), and how often each exception."""

    text: str
    files: dict[int, str]
    exceptions: Counter[str]


def source(replies: dict[str, Json]) -> Source:
    """Replies by file name (`POLICY/pie.sales.json`) to the TypeScript file that checks them, one on a line."""
    lines = ['import type { Voice } from "@sinch/voice";', *PROBE.splitlines()]
    files: dict[int, str] = {}
    exceptions: Counter[str] = Counter()
    for name, reply in sorted(replies.items()):
        event = name.rpartition("/")[2].partition(".")[0]
        if event in TYPES:
            fitting, type_, met = _fitting(reply, event)
            exceptions.update(met)
            lines.append(f"export const r{len(files)}: Voice.{type_} = {json.dumps(fitting)};")
            files[len(lines)] = name
    return Source("\n".join(lines) + "\n", files, exceptions)


def _fitting(reply: Json, event: str) -> tuple[Json, str, list[str]]:
    """A reply without the flag, the type that is to fit it, and which exceptions that takes."""
    action: Json = reply.get("action", {})
    met = ["flag"] * ("record" in action or "recordingOptions" in action)
    if met:
        action = {key: value for key, value in action.items() if key not in ("record", "recordingOptions")}
        reply = reply | {"action": action}
    misplaced = []
    if event in ("ice", "ace") and any(each.get("name") == "stopRecording" for each in reply.get("instructions", ())):
        misplaced.append("stopRecording")
    if event == "pie" and action.get("name") == "connectPstn":
        misplaced.append("connectPstn")
    return reply, WIDER if misplaced else TYPES[event], met + misplaced


def faults(output: str, files: dict[int, str]) -> list[str]:
    """What `tsc` says, with the replies' names in place of lines of the generated file."""
    return [
        re.sub(r"^replies\.ts\((\d+),\d+\)", lambda m: files.get(int(m[1]), m[0]), line)
        for line in output.splitlines()
        if line.strip()
    ]


def check(made: Source, folder: Path) -> tuple[list[str], str]:
    """Install the packages in a folder and check the file there: what is wrong, and the versions used."""
    npm = which("npm")
    if npm is None:
        raise CannotCheck("there is no npm on the path")
    (folder / "package.json").write_text('{"private": true, "type": "module"}', "utf-8")
    (folder / "tsconfig.json").write_text(json.dumps(CONFIG), "utf-8")
    (folder / "replies.ts").write_text(made.text, "utf-8")
    install = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotCheck(f"npm cannot install {', '.join(PACKAGES)}: {done.stderr.strip()}")
    tsc = folder / "node_modules" / ".bin" / "tsc"
    checked = subprocess.run([tsc, "--pretty", "false"], cwd=folder, capture_output=True, text=True, check=False)
    wrong = faults(checked.stdout + checked.stderr, made.files)
    if checked.returncode and not wrong:
        raise CannotCheck(f"tsc ends with status {checked.returncode}")
    names = ("@sinch/voice", "typescript")
    found = {name: json.loads((folder / "node_modules" / name / "package.json").read_text("utf-8")) for name in names}
    return wrong, ", ".join(f"{name} {package['version']}" for name, package in found.items())


def main(words: list[str]) -> int:
    """Run the command and return its exit status."""
    if len(words) > 1:
        sys.stderr.write("usage: svaml1.py [FOLDER]\n")
        return 2
    root = Path(words[0]) if words else GOLDEN
    found = [path for path in sorted(root.glob("*/*.json")) if path.name != "manifest.json"]
    if not found:
        sys.stderr.write(f"there are no replies below {root}\n")
        return 2
    made = source({path.relative_to(root).as_posix(): json.loads(path.read_text("utf-8")) for path in found})
    try:
        with TemporaryDirectory(prefix="recpol-conformance-") as folder:
            wrong, versions = check(made, Path(folder))
    except CannotCheck as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    told = [*wrong, f"{versions}: {len(made.files)} replies checked, {len(found) - len(made.files)} that have no type"]
    told += (f"exception {name}: {count} ({EXCEPTIONS[name]})" for name, count in sorted(made.exceptions.items()))
    told.append(f"{len(wrong)} faults" if wrong else "no faults")
    sys.stdout.write("\n".join(told) + "\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
