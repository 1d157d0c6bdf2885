"""A program to the files of its compilation: check, lower, validate, verify, lay out.

Invariant: all or nothing. With an error there are findings and no files; the same program gives the same bytes
everywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from recpol.ground.finding import Finding
from recpol.ground.levels import Level, Levels
from recpol.ground.validate import validate_manifest, validate_reply
from recpol.program import Program
from recpol.rules.check import Checked, check
from recpol.targets import classic
from recpol.targets.reply import Reply
from recpol.verify import Difference, Verified, verify


class CompilerBug(Exception):
    """The compiler made something that it must not make. Nothing is written; the message asks for a report."""


@dataclass(frozen=True, slots=True)
class Compilation:
    """What became of one policy.

    `name` is the policy's name, `files` maps file names to bytes in the order of the manifest; both are empty where the
    findings hold an error, and for a `rules` file, which is checked only. `verified` is what translation checking
    found.
    """

    program: Program = field(repr=False)
    checked: Checked
    name: str
    replies: tuple[Reply, ...] = field(repr=False)
    verified: Verified | None
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules found."""
        return self.checked.findings


def compile_program(program: Program, levels: Mapping[str, Level] | Levels | None = None) -> Compilation:
    """Check a program and lower it to classic SVAML;

    raises `CompilerBug` if the output is not valid SVAML, or would record anything else than the policy says.
    """
    checked = check(program, levels)
    policy = program.names.policy
    if checked.errors or policy is None:
        return Compilation(program, checked, "", (), None, {})
    replies = classic.lower(program)
    for reply in replies:
        for problem in validate_reply(reply.document):
            raise CompilerBug(_bug(policy.name.text, reply.file, problem.path, problem.message))
    verified = verify(program, replies)
    for difference in verified.differences:
        raise CompilerBug(_mistranslation(policy.name.text, difference))
    manifest = _manifest(program, policy.name.text, replies)
    for problem in validate_manifest(manifest):
        raise CompilerBug(_bug(policy.name.text, "manifest.json", problem.path, problem.message))
    files = {reply.file: json_bytes(reply.document) for reply in replies}
    files["manifest.json"] = json_bytes(manifest)
    return Compilation(program, checked, policy.name.text, replies, verified, files)


def _bug(policy: str, file: str, path: tuple[str | int, ...], message: str) -> str:
    place = "/".join(str(part) for part in path) or "the document"
    return f"the compiler wrote an invalid `{file}` for `{policy}`: {place}: {message}"


def _mistranslation(policy: str, difference: Difference) -> str:
    lines = [
        f"the output for `{policy}` would not do what the policy says ({difference.file})",
        f"  the policy: {difference.policy}",
        f"  the output: {difference.output}",
        *(f"  in a call:  {act}" if n == 0 else f"              {act}" for n, act in enumerate(difference.call)),
    ]
    return "\n".join(lines)


def json_bytes(document: Any) -> bytes:
    """A document as it is written: UTF-8, two blanks of indent, a final line break."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _manifest(program: Program, name: str, replies: tuple[Reply, ...]) -> dict[str, Any]:
    digest = hashlib.sha256()
    for file in program.files:
        digest.update(file.source.text.encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return {
        "manifestVersion": 1,
        "policy": name,
        "target": "classic",
        "source": {"file": program.source.path.rpartition("/")[2], "sha256": digest.hexdigest()},
        "replies": [
            {"file": reply.file, "answers": list(reply.answers), "values": list(reply.values)} for reply in replies
        ],
    }
