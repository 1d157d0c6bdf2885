"""`recpol evidence`: policies in, one archive out that somebody else can check; and `recpol evidence check`.

What is in it is made in a folder that holds the archived sources and nothing else, when it is written and when it is
checked; so both are the same run.

Invariant: the same sources, variables and day give the same bytes on every machine; what is checked is compiled anew,
and nothing of an archive is believed.
"""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir

import recpol
from recpol.analysis.packs import pack_of
from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.source import Source, Unreadable
from recpol.base.typing import Any
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, tell
from recpol.cli.handedon import refuse_evident, refuse_secrets
from recpol.cli.signing import keep_signature, signed_by, signer
from recpol.settings.config import FILE_NAME
from recpol.workspace.archive import LARGEST, packed, unpacked
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.files import SUFFIX, Input, here, inside
from recpol.workspace.reading import content_of
from recpol.workspace.saving import save_bytes
from recpol.workspace.session import Session, open_session, read_variables, used_variables
from recpol.workspace.tenants import one_of_them
from recpol.workspace.testfiles import TESTS, document_reader

VERSION = 1
ABOUT = "evidence.json"
SOURCES = "sources/"
NAMED = 20
"""So many policies of an archive are named."""

_DETAILS = """\
recpol evidence [PATH …] -o FILE.zip packs the sources, the compiled documents, verdicts, assumptions, findings and what
allows them, the report, and hashes of all of it. The same sources give the same bytes on every machine.
recpol evidence check FILE.zip compiles the sources of an archive anew and says what differs from what it holds.
--sign writes FILE.zip.sig beside the archive; check --key refuses an archive that was not signed with that key.
Exit status: 0 it is made, or nothing differs; 1 a policy does not compile, or something differs; 2 recpol could not
run, or the archive was touched, or is not signed as it should be.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("evidence", "Pack what proves what policies record, or check such an archive.", _DETAILS)
    parser.option("paths", nargs="*", metavar="PATH", help="files or folders; or `check` and an archive")
    parser.option("-o", "--output", metavar="FILE", help="the archive to write")
    parser.option("--day", metavar="DATE", help="the day that decides which permissions have ended; default: today")
    parser.option("--sign", metavar="KEY", help="sign with the ed25519 key in this file (recpol[sign])")
    parser.option(
        "--key", action="append", default=[], metavar="FILE",
        help="with check: a public key that the archive has to be signed with, or one of several",
    )  # fmt: skip
    parser.variables()
    parser.tenants("a tenant of recpol.yaml to make evidence for; default: the first one")
    parser.targets()
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun` and `CompilerBug`."""
    options = arguments().read(words)
    if options.paths[:1] == ["check"]:
        if len(options.paths) != 2:
            raise CannotRun("one archive is checked at a time", "write `recpol evidence check FILE.zip`")
        return _check(options.paths[1], options.key)
    if options.key:
        raise CannotRun("`--key` is for checking", "write `recpol evidence check FILE.zip --key FILE`")
    if options.output is None:
        raise CannotRun("where to write the archive is not said", "write `-o FILE.zip`")
    sign = None if options.sign is None else signer(options.sign)
    session = open_session(
        options.paths, environment=options.env, variables=read_variables(options.var), targets=options.target
    )
    session, note = one_of_them(session, options.tenant)
    if note:
        tell(f"note: {note}")
    sources, about = _collected(session, options.paths, options.day)
    files, _, status = _made(sources, about)
    archive = packed(files)
    signature = None if sign is None else sign(archive)
    save_bytes(options.output, archive, "choose another file with `-o`")
    keep_signature(options.output, signature)
    return status


def _check(path: str, keys: Sequence[str]) -> int:
    data = content_of(path, path, LARGEST + 1, "name an archive that `recpol evidence` made")
    signature = signed_by(path, data, keys)
    held = unpacked(data, path)
    about = _about(held.get(ABOUT, b""), path)
    sources = {name.removeprefix(SOURCES): data for name, data in held.items() if name.startswith(SOURCES)}
    if not about["policies"] or not set(about["policies"]) <= sources.keys():
        raise CannotRun(f"`{path}` does not hold the policies that it names", "ask for the archive that was made")
    anew, used, _ = _made(sources, about)
    differing = sorted(name for name in held.keys() | anew.keys() if held.get(name) != anew.get(name))
    unused = sorted(sources.keys() - used)
    say(signature)
    for name in unused:
        say(f"{SOURCES}{name}: no policy uses it")
    for name in differing:
        said = "is not made from these sources" if name not in anew else "is missing" if name not in held else "differs"
        say(f"{name}: {said}")
    if not differing:
        say(f"{path}: {len(held)} files, nothing differs from what the sources give")
    say("taken as the archive says it:")
    for key, value in _believed(about):
        say(f"  {key:<9}  {value}")
    return int(bool(differing or unused))


def _believed(about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What nothing in an archive can show to be so, with the word for it."""
    version = about["recpol"]
    commit = about.get("commit", "not said")
    names = about["policies"]
    more = f" and {len(names) - NAMED:,} more, listed in {ABOUT}" if len(names) > NAMED else ""
    yield "policies", ", ".join(names[:NAMED]) + more
    yield "day", about["day"]
    yield "targets", ", ".join(about["targets"]) or "as the policies and settings say"
    yield "variables", ", ".join(f"{name}={value}" for name, value in about["variables"].items()) or "none"
    yield "tenant", about.get("tenant", "none")
    yield "commit", commit if about.get("asCommitted", True) else f"{commit}, with changes that are not in it"
    yield "made by", f"recpol {version}" + ("" if version == recpol.__version__ else f"; this is {recpol.__version__}")


def _about(data: bytes, path: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
        day = datetime.date.fromisoformat(found["day"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CannotRun(f"`{path}` has no `{ABOUT}` that can be read", "ask for the archive that was made") from None
    lists = ("policies", "targets")
    texts = all(isinstance(found.get(key), list) and all(isinstance(one, str) for one in found[key]) for key in lists)
    values = found.get("variables")
    named = isinstance(values, dict) and all(isinstance(value, str) for value in values.values())
    told = all(isinstance(found.get(key, ""), str) for key in ("tenant", "commit"))
    if not (
        texts and named and told and isinstance(found.get("recpol"), str) and found.get("evidenceVersion") == VERSION
    ):
        raise CannotRun(f"`{path}` has no `{ABOUT}` that can be read", "ask for the archive that was made")
    return {**found, "day": day.isoformat()}


# ── what goes in ─────────────────────────────────────────────────────────────────────────────────────────────────


def _collected(session: Session, paths: Sequence[str], day: str | None) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The sources by their place in the archive, and what is said about them."""
    items = session.inputs(paths)
    base = session.project.folder if session.project is not None else os.path.commonpath(
        [os.path.dirname(item.path) for item in items]
    )  # fmt: skip
    programs = _programs(session, items)
    for program in programs:
        refuse_secrets(program)
    used = used_variables(programs)
    sources = _sources(session, items, programs, base)
    try:
        chosen = datetime.date.fromordinal(session.today) if day is None else datetime.date.fromisoformat(day)
    except ValueError:
        raise CannotRun(f"`{day}` is not a date", "write it as `2027-06-30`") from None
    about = {
        "evidenceVersion": VERSION,
        "recpol": recpol.__version__,
        "day": chosen.isoformat(),
        "policies": [_name(item.path, base) for item in items],
        "targets": [target.name for target in session.chosen],
        "variables": {name: value for name, value in sorted(session.variables.items()) if name in used},
        **({"tenant": session.tenant} if session.tenant else {}),
        **_commit(base),
    }
    contents = {name: content_of(path, name, LARGEST, "name a file") for name, path in sources.items()}
    refuse_evident(contents)
    return contents, about


def _programs(session: Session, items: Sequence[Input]) -> list[Program]:
    programs = []
    for item in items:
        program = session.program(item)
        if isinstance(program, Finding):
            raise CannotRun(f"`{item.shown}` cannot be read: {program.message}", program.help)
        programs.append(program)
    return programs


def _name(path: str, base: str) -> str:
    """The place of a source in an archive; raises `CannotRun` for one outside the folder `base`."""
    if not inside(path, base):
        raise CannotRun(f"`{path}` is outside the project", "make evidence of the files of one project")
    return os.path.relpath(os.path.realpath(path), os.path.realpath(base)).replace(os.sep, "/")


def _sources(session: Session, items: Sequence[Input], programs: Sequence[Program], base: str) -> dict[str, str]:
    """The files that bear on policies, by their places in an archive."""
    found: list[str] = []
    for item, program in zip(items, programs, strict=True):
        opened = [session.files.opened(one.file.source.path) for one in program.imports if pack_of(one) is None]
        found += [item.path, *(path for path in opened if path is not None), *_tests(session, item)]
    if session.project is not None:
        found.append(session.project.settings.path)
    return {_name(path, base): path for path in found}


def _tests(session: Session, item: Input) -> Iterator[str]:
    """The test file beside a policy, and the documents that it names."""
    from recpol.policytest import read_tests

    path = item.path.removesuffix(SUFFIX) + TESTS
    if not os.path.isfile(path):
        return
    yield path
    file = Input(path, item.shown.removesuffix(SUFFIX) + TESTS, item.within)
    source = session.files.load(file)
    if isinstance(source, Finding):
        return
    reader = document_reader(file, session)
    named: list[str] = []

    def noted(written: str, from_path: str) -> Source | Unreadable:
        got = reader(written, from_path)
        if isinstance(got, Source):
            named.append(os.path.normpath(os.path.join(os.path.dirname(path), written)))
        return got

    read_tests(source, noted)
    yield from named


def _commit(folder: str) -> dict[str, Any]:
    """The commit of a folder and whether the files are as it has them; nothing where there is none."""
    from recpol.workspace.revisions import commit_of

    found = commit_of(folder)
    return {} if found is None else {"commit": found[0], "asCommitted": found[1]}


# ── what comes out ───────────────────────────────────────────────────────────────────────────────────────────────


def _made(sources: Mapping[str, bytes], about: Mapping[str, Any]) -> tuple[dict[str, bytes], frozenset[str], int]:
    """All files of an archive, the sources that bear on its policies, and 1 where a policy does not compile."""
    with tempfile.TemporaryDirectory(prefix="recpol-") as folder:
        root = os.path.realpath(folder)
        try:
            for name, data in sources.items():
                path = os.path.join(root, *name.split("/"))
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "xb") as file:
                    file.write(data)
        except OSError as problem:
            help_ = f"make room in `{os.path.dirname(root)}` or set TMPDIR; if there is room, make the archive anew"
            raise CannotRun(f"the sources cannot be laid out: {in_words(problem)}", help_) from None
        if FILE_NAME not in sources:
            # Otherwise a `recpol.yaml` above the folder for temporary files would count.
            with open(os.path.join(root, FILE_NAME), "xb"):
                pass
        with chdir(root):
            produced, used, status = _produced(about)
    files = {f"{SOURCES}{name}": data for name, data in sources.items()}
    return {**files, **produced, ABOUT: _json(dict(about))}, used, status


def _produced(about: Mapping[str, Any]) -> tuple[dict[str, bytes], frozenset[str], int]:
    from recpol.audit.page import page
    from recpol.cli.audited import audited
    from recpol.report.json_report import json_report

    session = open_session(
        about["policies"], variables=about["variables"], targets=about["targets"],
        today=datetime.date.fromisoformat(about["day"]).toordinal(),
    )  # fmt: skip
    items = session.inputs(about["policies"])
    used = frozenset(_sources(session, items, _programs(session, items), here()))
    found = audited(session, about["policies"])
    files: dict[str, bytes] = {}
    findings: list[Finding] = []
    verdicts: list[dict[str, Any]] = []
    allowed: list[dict[str, Any]] = []
    for policy, compilation in found:
        told = policy.explanation
        if any(one["policy"] == told.name for one in verdicts):
            raise CannotRun(f"two policies are called `{told.name}`", "give each its own name")
        for name, data in compilation.files.items():
            files[f"documents/{told.name}/{name}"] = data
        findings += compilation.findings
        allowed += [
            {
                "policy": told.name, "rule": one.rule, "place": one.place, "reason": one.reason, "by": one.by,
                "until": one.until,
            }
            for one in policy.exceptions
        ]  # fmt: skip
        verdicts.append(
            {
                "policy": told.name, "file": told.file, "sha256": policy.digest, "compiles": told.compiles,
                "guarantees": [
                    {
                        "guarantee": one.written, "file": one.file, "line": one.line, "status": one.status,
                        "because": one.reason, "assumptions": [name for name, _ in one.provided],
                        "call": [line.words for line in one.call],
                    }
                    for one in told.guarantees
                ],
                "assumptions": {term.name: term.meaning for term in told.assumptions},
            }
        )  # fmt: skip
    title = f"What {found[0][0].explanation.name} records" if len(found) == 1 else "What our calls record"
    report = page(
        [policy for policy, _ in found], version=recpol.__version__, title=title, date=about["day"],
        tenant=about.get("tenant", ""),
    )  # fmt: skip
    files |= {
        "verdicts.json": _json(verdicts), "findings.json": json_report(findings).encode(),
        "exceptions.json": _json(allowed), "report.html": report.encode(),
    }  # fmt: skip
    return files, used, int(not all(policy.explanation.compiles for policy, _ in found))


def _json(document: Any) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
