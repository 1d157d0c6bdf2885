"""A program to the files of its compilation: check, lower, validate, verify, lay out.

Invariant: all or nothing. With an error there are findings and no files; the same program gives the same bytes
everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.jsonlayout import laid_out
from recpol.base.record import Record, field
from recpol.base.schemaproblems import SchemaProblem
from recpol.base.typing import Any
from recpol.base.validate import likenesses, validate_document, validate_manifest
from recpol.platform.targets import Target
from recpol.rules.check import Checked, check
from recpol.rules.memory import Memory
from recpol.settings.levels import Level, Levels
from recpol.targets.catalogue import backend_of
from recpol.targets.filenames import MANIFEST
from recpol.targets.manifest import manifest_of
from recpol.targets.reply import Reply
from recpol.verify import Disagreement, Verified, verify


class CompilerBug(Exception):
    """The compiler made something that it must not make. Nothing is written; the message asks for a report."""


class Output(Record):
    """A policy in the target of that name: its files by name as bytes, and what translation checking found."""

    target: str
    replies: tuple[Reply, ...] = field(repr=False)
    verified: Verified
    files: Mapping[str, bytes] = field(repr=False)


class Compilation(Record):
    """What became of one policy.

    `name` is the policy's name and `outputs` has one entry per target, in the order of `Program.targets`; both are
    empty where the findings hold an error, and for a `rules` file, which is checked only.
    """

    program: Program = field(repr=False)
    checked: Checked
    name: str
    outputs: tuple[Output, ...] = field(repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules found."""
        return self.checked.findings

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The documents of the first target."""
        return self.outputs[0].replies if self.outputs else ()

    @property
    def files(self) -> dict[str, bytes]:
        """All files by name; where there are several targets, by `TARGET/NAME`."""
        if len(self.outputs) == 1:
            return dict(self.outputs[0].files)
        return {f"{output.target}/{name}": data for output in self.outputs for name, data in output.files.items()}


def compile_program(
    program: Program, levels: Mapping[str, Level] | Levels | None = None, memory: Memory | None = None
) -> Compilation:
    """Check a program and lower it to its targets; `memory` is what is known of it with other variables.

    Raises `CompilerBug` if the output is not valid SVAML, or would record anything else than the policy says, or if a
    part of the policy is of a kind that some stage does not know.
    """
    try:
        return _compiled(program, levels, memory)
    except AssertionError as gap:
        # Mostly of an `assert_never`. Its words are not said again, for they hold the author's.
        named = program.names.policy.name.text if program.names.policy is not None else program.source.path
        raise CompilerBug(f"the compiler came upon a case that it does not know in `{named}`") from gap


def _compiled(program: Program, levels: Mapping[str, Level] | Levels | None, memory: Memory | None) -> Compilation:
    checked = check(program, levels, memory)
    policy = program.names.policy
    if checked.errors or policy is None:
        return Compilation(program, checked, "", ())
    name = policy.name.text

    def output(target: Target) -> Output:
        if memory is None:
            return _output(program.alone(target), name, target)
        return memory.recall(
            f"output {target.name}", program, lambda watched: _output(watched.alone(target), name, target)
        )

    return Compilation(program, checked, name, tuple(output(target) for target in program.targets))


def _output(program: Program, name: str, target: Target) -> Output:
    """A policy in a target."""
    backend = backend_of(target)
    replies = backend.lower(program)
    files = {reply.file: json_bytes(reply.document) for reply in replies}
    for reply in replies:
        for problem in _problems(reply.schema or target.schema, reply.document):
            raise CompilerBug(_bug(name, target, reply.file, problem.path, problem.message))
    verified = verify(program, replies, target)
    for difference in verified.differences:
        raise CompilerBug(_mistranslation(name, target, difference))
    manifest = manifest_of(program, name, target, backend, replies)
    files[MANIFEST] = json_bytes(manifest)
    for problem in _problems("manifest", manifest):
        raise CompilerBug(_bug(name, target, MANIFEST, problem.path, problem.message))
    return Output(target.name, replies, verified, files)


def _problems(schema: str, document: Any) -> tuple[SchemaProblem, ...]:
    """What the schema finds wrong with a document; where one that it cannot tell apart was good, it is not asked."""
    good = likenesses(schema)
    likeness = good.of(document)
    if good.known(likeness):
        return ()
    found = validate_manifest(document) if schema == "manifest" else validate_document(schema, document)
    if not found:
        good.note(likeness)
    return found


def _bug(policy: str, target: Target, file: str, path: tuple[str | int, ...], message: str) -> str:
    place = "/".join(str(part) for part in path) or "the document"
    return f"the compiler wrote an invalid `{file}` for `{policy}` ({target.name}): {place}: {message}"


def _mistranslation(policy: str, target: Target, difference: Disagreement) -> str:
    lines = [
        f"the output for `{policy}` ({target.name}) would not do what the policy says ({difference.file})",
        f"  the policy: {difference.policy}",
        f"  the output: {difference.output}",
        *(f"  in a call:  {act}" if n == 0 else f"              {act}" for n, act in enumerate(difference.call)),
    ]
    return "\n".join(lines)


def json_bytes(document: Any) -> bytes:
    """A document as it is written: UTF-8, two blanks of indent, a final line break."""
    return f"{laid_out(document)}\n".encode()
