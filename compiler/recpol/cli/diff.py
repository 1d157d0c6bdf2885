"""`recpol diff`: two versions of policies in, what calls sound and record differently out.

Invariant: exit status 0 says that every call records the same in both versions.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.record import Record, replace
from recpol.base.secrets import masked
from recpol.base.source import Source
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, say_json, tell
from recpol.cli.replies import refuse_unlike
from recpol.diff.compare import compare
from recpol.diff.model import RECORDING, WEAKER, Comparison, Difference, DifferenceKind, TwoVersions
from recpol.diff.renamed import MOST, like, renamed
from recpol.diff.words import document, markdown, text
from recpol.prove.rooms import side_by_side
from recpol.rules.check import check
from recpol.targets.filenames import MANIFEST
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.compiled import listed_files, read_manifest
from recpol.workspace.files import Input, find_project, here
from recpol.workspace.reading import Files
from recpol.workspace.session import Session, open_session, read_variables
from recpol.workspace.tenants import each_tenant, read_tenants

FAIL_ON: Mapping[str, frozenset[DifferenceKind]] = {
    "any": RECORDING,
    "more-recorded": frozenset(("more-recorded", "other-store", "not-compared", "added")),
    "less-recorded": frozenset(("less-recorded", "other-store", "not-compared", "removed")),
    "weaker": WEAKER | {"not-compared", "removed"},
    "never": frozenset(),
}
"""What ends a run with status 1."""

_DETAILS = """\
recpol diff OLD NEW compares two files or folders; a folder of compiled documents counts as the policy that they say.
recpol diff --git REV [PATH] compares a revision with the files as they are. Policies belong together by their names.
All calls of both versions are walked side by side; for each difference the shortest call that shows it is told.
Exit status: 0 nothing that is recorded differs, 1 something does (--fail-on says what), 2 recpol could not run.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("diff", "Say what calls record differently under two versions of policies.", _DETAILS)
    parser.option("paths", nargs="*", metavar="PATH", help="the old and the new version; with --git, what to compare")
    parser.option("--git", metavar="REV", help="the old version: a commit, a branch or a tag")
    parser.choice(
        "--output-format", ("text", "markdown", "json", "svg"), default="text", metavar="NAME",
        help="text, markdown, json, or svg: each call in both versions, one tape above the other",
    )  # fmt: skip
    parser.choice(
        "--fail-on", tuple(FAIL_ON), default="any", metavar="WHAT",
        help="any (default), more-recorded, less-recorded, weaker or never",
    )  # fmt: skip
    parser.option(
        "--comment", action="store_true",
        help="in GitHub Actions or GitLab CI: keep one comment on the pull or merge request up to date",
    )  # fmt: skip
    parser.targets()
    parser.variables()
    return parser


class _Side(Record):
    """A policy of one side, with its errors."""

    program: Program
    errors: tuple[Finding, ...]


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    options = arguments().read(words)
    variables = read_variables(options.var)
    with ExitStack() as stack:
        if options.git is None:
            if len(options.paths) != 2:
                raise CannotRun("two versions are compared", "name the old one and the new one, or say `--git REV`")
            old, new = options.paths
            for path in (old, new):
                if not os.path.lexists(path):
                    raise CannotRun(f"`{path}` does not exist", "check the path; an empty folder stands for nothing")
        else:
            if len(options.paths) > 1:
                raise CannotRun("with `--git` one path is compared", "name one file or folder")
            new = options.paths[0] if options.paths else _project()
            old = _of_revision(stack, options.git, new)
        versions = _compared_paths(old, new, options.target, options.env, variables)
    if not versions:
        raise CannotRun("there are no policies to compare", "name files or folders with policies")
    comparisons = [one.comparison for one in versions]
    match options.output_format:
        case "json":
            say_json(document(comparisons))
        case "markdown":
            say(markdown(comparisons))
        case "svg":
            from recpol.drawing.differing import differing

            say(differing(versions), kind="xml")
        case _:
            say(text(comparisons))
    if options.comment:
        _comment(comparisons)
    return int(any(one.has(FAIL_ON[options.fail_on]) for one in comparisons if options.fail_on != "never"))


def _comment(comparisons: Sequence[Comparison]) -> None:
    from recpol.cli.commenting import put_comment

    differs = any(one.differences or one.spent for one in comparisons)
    done = put_comment(masked(markdown(comparisons)), differs=differs, environment=os.environ, folder=os.getcwd())
    said = {"none": "no comment: nothing differs"}.get(done, f"the comment is {done}")
    tell(f"note: {said}")


def since_revision(
    name: str,
    paths: Sequence[str],
    targets: Sequence[str],
    env: str | None,
    variables: Mapping[str, str],
    tenant: str = "",
) -> dict[str, Comparison]:
    """What changed since a revision, by policy; with `tenant`, for that one alone. Raises `CannotRun`."""
    with ExitStack() as stack:
        new = paths[0] if paths else _project()
        old = _of_revision(stack, name, new)
        versions = _compared_paths(old, new, targets, env, variables, tenant)
    return {one.comparison.policy: one.comparison for one in versions}


def _compared_paths(
    old: str, new: str, targets: Sequence[str], env: str | None, variables: Mapping[str, str], tenant: str = ""
) -> list[TwoVersions]:
    before, after = (_sides(path, targets, env, variables, tenant) for path in (old, new))
    gone = {name: side.program for name, side in before.items() if name not in after}
    come = {name: side.program for name, side in after.items() if name not in before}
    # Two single policies are meant to be compared, whatever they are called.
    earlier = dict(zip(come, gone, strict=True)) if len(before) == len(after) == 1 else renamed(gone, come)
    names = sorted((before.keys() | after.keys()) - set(earlier.values()))
    found = [_compared(name, before.get(earlier.get(name, name)), after.get(name), earlier.get(name)) for name in names]
    if len(come) - len(earlier) > MOST:
        return found
    known = gone | {name: side.program for name, side in before.items()}
    return [_as_before(one, known) if one.old is None else one for one in found]


def _project() -> str:
    project = find_project(".")
    return here() if project is None else project.folder


def _of_revision(stack: ExitStack, name: str, path: str) -> str:
    from recpol.workspace.revisions import revision

    if not os.path.lexists(path) and not os.path.isdir(os.path.dirname(path) or "."):
        raise CannotRun(f"`{path}` does not exist", "check the path")
    project = find_project(path)
    folder = project.folder if project is not None else path if os.path.isdir(path) else os.path.dirname(path) or "."
    there = stack.enter_context(revision(name, folder))
    inside = os.path.relpath(os.path.realpath(path), os.path.realpath(folder))
    return os.path.normpath(os.path.join(there, inside))


def _sides(
    path: str, targets: Sequence[str], env: str | None, variables: Mapping[str, str], only: str = ""
) -> dict[str, _Side]:
    """The policies of a file or folder by name; a file that is not there has none."""
    if not os.path.lexists(path):
        return {}
    if os.path.isdir(path) and os.path.lexists(os.path.join(path, MANIFEST)):
        return _compiled(path, targets)
    session = open_session([path], environment=env, variables=variables, targets=targets)
    programs = [program for item in session.inputs([path]) if (program := _policy(session, item)) is not None]
    tenants = read_tenants(session)
    if tenants is None:
        return _named(session, side_by_side(programs))
    if tenants.findings:
        problem = tenants.findings[0]
        raise CannotRun(f"the tenants cannot be compared: {problem.message}", problem.help)
    sides: dict[str, _Side] = {}
    for tenant, own in each_tenant(session, programs, [one for one in tenants.tenants if only in ("", one.name)]):
        sides |= {name if only else f"{tenant.name}/{name}": side for name, side in _named(session, own).items()}
    return sides


def _policy(session: Session, item: Input) -> Program | None:
    program = session.program(item)
    if isinstance(program, Finding):
        raise CannotRun(f"`{item.shown}` cannot be compared: {program.message}", program.help)
    return None if program.is_rules else program


def _named(session: Session, programs: Iterable[Program]) -> dict[str, _Side]:
    """Policies by name, with what other policies of the run do to them; raises `CannotRun` for two of one name."""
    sides: dict[str, _Side] = {}
    for program in programs:
        header = program.names.policy
        name = header.name.text if header is not None else os.path.basename(program.source.path)
        if name in sides:
            raise CannotRun(f"two policies are called `{name}`", "give each a name of its own, or compare two files")
        sides[name] = _Side(program, check(program, session.levels).errors)
    return sides


def _compiled(path: str, targets: Sequence[str]) -> dict[str, _Side]:
    """The policy that a folder of compiled documents says."""
    from recpol.importer import import_documents
    from recpol.svaml.read import read_document

    manifest = read_manifest(os.path.join(path, MANIFEST))
    session = open_session([path], targets=targets or [str(manifest["target"])] if "target" in manifest else targets)
    files = Files()
    names = sorted(name for name in os.listdir(path) if name.endswith(".json") and name != MANIFEST)
    documents = []
    for name in names:
        source = files.load(Input(os.path.join(os.path.abspath(path), name), os.path.join(path, name)))
        if isinstance(source, Finding):
            raise CannotRun(f"`{name}` cannot be read: {source.message}", source.help)
        documents.append(read_document(source, ""))
    policy = str(manifest.get("policy", os.path.basename(os.path.abspath(path))))
    result = import_documents(policy, documents, manifest, session.targets)
    if result.refused:
        raise CannotRun(f"`{path}` cannot be compared: {result.refused[0].message}", result.refused[0].help)
    missing = [name for name in listed_files(manifest) if name not in names]
    if missing:
        raise CannotRun(f"`{path}` cannot be compared: `{missing[0]}` of its manifest is not there", "compile again")
    refuse_unlike(result.differences, f"`{path}` cannot be compared: ")
    program = session.understood(Source(path, result.text), None)
    return {policy: _Side(program, check(program, session.levels).errors)}


def _compared(name: str, old: _Side | None, new: _Side | None, earlier: str | None = None) -> TwoVersions:
    programs = (None if old is None else old.program, None if new is None else new.program)
    if old is not None and new is not None:
        found = replace(compare(old.program, new.program, old.errors, new.errors), policy=name)
        if earlier is not None:
            called = Difference("stated", "the name of the policy", earlier, name)
            found = replace(found, differences=(*found.differences, called))
    elif old is None:
        found = Comparison(name, (Difference("added", "the policy is new"),))
    else:
        found = Comparison(name, (Difference("removed", "the policy is gone"),))
    return TwoVersions(found, *programs)


def _as_before(one: TwoVersions, known: Mapping[str, Program]) -> TwoVersions:
    """A new policy, which may say what an earlier one said: of one that was split, or copied under another name."""
    name = one.comparison.policy
    same = None if one.new is None else like(known, name, one.new)
    if same is None:
        return one
    said = Difference("added", f"the policy is new; every call sounds and is recorded as under `{same}` before")
    return replace(one, comparison=Comparison(name, (said,)))
