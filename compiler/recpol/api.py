"""The programming interface: `compile`, `compile_tenants`, `lint` and `render`, with the same results as the command
line.

What is public here is annotated with the standard library's own `typing`, so that a program can evaluate it.

Invariant: what is wrong with a policy is a finding, never an exception; nothing is written to disk.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from recpol.analysis.program import Program
from recpol.base.finding import SEVERITIES, Finding, Note
from recpol.base.record import Record, field
from recpol.base.source import Source
from recpol.compilation import Compilation, CompilerBug, compile_program
from recpol.rendering import RenderError
from recpol.rendering import render as filled
from recpol.rules.check import check
from recpol.settings.config import Config
from recpol.settings.levels import LEVELS
from recpol.targets.catalogue import target_names, targets_named
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import SUFFIX, here, shown
from recpol.workspace.reading import Files
from recpol.workspace.session import Session, current_day, fails, is_unicode, open_session
from recpol.workspace.shards import read_shard, share_of
from recpol.workspace.tenants import read_tenants, with_first

if TYPE_CHECKING:
    from recpol.base.finding import Severity
    from recpol.settings.levels import Level
else:
    Severity, Level = Literal[SEVERITIES], Literal[tuple(LEVELS)]

__all__ = [
    "CannotRun",
    "CompilerBug",
    "Finding",
    "Level",
    "Note",
    "RenderError",
    "Result",
    "Severity",
    "TenantResults",
    "compile",
    "compile_tenants",
    "lint",
    "render",
]

TEXT = "<text>"
"""What findings call a policy that was given as text."""


class Result(Record):
    """What became of one policy.

    `files` maps file names (`ice.json`, …, `manifest.json`) to the bytes that the command line would write; for several
    targets the names are `TARGET/ice.json`, …. It is empty where `ok` is false, and for a `rules` file, which is
    checked only. `findings` are sorted by file, place and rule.
    """

    name: str
    files: Mapping[str, bytes] = field(repr=False)
    findings: tuple[Finding, ...]
    ok: bool

    @property
    def documents(self) -> dict[str, Any]:
        """The files as JSON documents, by file name; each call makes new ones."""
        return {name: json.loads(data) for name, data in self.files.items()}


def compile(  # noqa: A001  the verb that users look for
    policy: str | os.PathLike[str],
    *,
    variables: Mapping[str, str] | None = None,
    environment: str | None = None,
    levels: Mapping[str, Level] | None = None,
    strict: bool | None = None,
    today: datetime.date | None = None,
    targets: Sequence[str] = (),
    tenant: str | None = None,
) -> Result:
    """Compile one policy to SVAML.

    `policy` is the text of a policy as a `str`, or the path of its file as a `pathlib.Path` (or another `os.PathLike`).
    For a path the settings of the nearest `recpol.yaml` count as they do on the command line, with the values of its
    `environment`; a text has no folder, so it has no settings and can `use` nothing.

    `variables` are values of `{{ var.NAME }}`, `levels` severities of rules (`off`, `info`, `warning`, `error`);
    `strict` makes warnings fail; `targets` are dialects (`classic`, `svaml1`, `svaml2`). Each goes before
    the settings. `today` decides which suppressions have expired; by default it is the current day in UTC. `tenant` is
    the name of one of the tenants of the settings, whose variables count.

    Raises `CannotRun` where there is nothing to compile: no such file, a mistake in `recpol.yaml`, an unknown
    environment or tenant; `ValueError` for a text that looks like a path, and for an unknown target or level;
    `TypeError` for an argument of another type; `CompilerBug` for a defect of recpol.
    """
    _check_levels(levels)
    got, session = _program(policy, variables, environment, today, targets, tenant)
    if isinstance(got, Finding):
        return Result("", {}, (got,), ok=False)
    compilation = compile_program(got, session.levels.overridden(levels or {}))
    return _result(compilation, strict=session.config.strict if strict is None else strict)


def _result(compilation: Compilation, *, strict: bool, written: bool = True) -> Result:
    """What a compilation comes to; it has files where they are to be `written` and nothing found is too grave."""
    ok = written and not fails(compilation.findings, strict=strict)
    return Result(compilation.name, compilation.files if ok else {}, compilation.findings, ok)


class TenantResults(Record):
    """What became of one policy for all tenants.

    `results` has each tenant that can be used, in the order of the list. `findings` are about the list itself: rows
    that are left out, columns, and numbers that two tenants answer, of whom neither has files. `ok` is true where
    nothing is left out, and every tenant has files.
    """

    results: Mapping[str, Result] = field(repr=False)
    findings: tuple[Finding, ...]
    ok: bool


def compile_tenants(
    policy: os.PathLike[str],
    *,
    tenants: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    environment: str | None = None,
    levels: Mapping[str, Level] | None = None,
    strict: bool | None = None,
    today: datetime.date | None = None,
    targets: Sequence[str] = (),
    shard: str | None = None,
) -> TenantResults:
    """Compile one policy for the tenants of its `recpol.yaml`, or for some of them by name; it is read once.

    `shard` is `K/N` for the tenants of one of N shards, the same as those of `recpol compile --shard K/N`: numbers that
    two tenants answer are looked for among all of them, and what is wrong with the list is in the `findings` of the
    shard of the file in which it is.

    The other arguments, and what is raised, are those of `compile`; `CannotRun` too where the project has no tenants,
    and for what is no shard.
    """
    from recpol.workspace.tenantcompiling import compiled_for

    _check_levels(levels)
    if isinstance(policy, str):
        raise TypeError("a text has no tenants: give the policy as a path")
    got, session = _program(policy, variables, environment, today, targets)
    found = read_tenants(session, tenants)
    if found is None:
        raise CannotRun("the project has no tenants", "write `tenants:` in its `recpol.yaml`")
    if isinstance(got, Finding):
        return TenantResults({}, (got,), ok=False)
    fail_on_warnings = session.config.strict if strict is None else strict
    share = None if shard is None else share_of(read_shard(shard), session.project)
    made, told = compiled_for(session, got, found, session.levels.overridden(levels or {}), share)
    results = {
        tenant: _result(one.compilation, strict=fail_on_warnings, written=one.written) for tenant, one in made.items()
    }
    listed = any(one in told for one in found.findings)
    good = all(result.ok for result in results.values()) and not (found.refused and (share is None or listed))
    return TenantResults(results, told, good and not fails(told, strict=fail_on_warnings))


def lint(
    policy: str | os.PathLike[str],
    *,
    variables: Mapping[str, str] | None = None,
    environment: str | None = None,
    levels: Mapping[str, Level] | None = None,
    today: datetime.date | None = None,
    targets: Sequence[str] = (),
    tenant: str | None = None,
) -> tuple[Finding, ...]:
    """All findings of one policy or `rules` file, sorted by file, place and rule.

    The arguments, and what is raised, are those of `compile`.
    """
    _check_levels(levels)
    got, session = _program(policy, variables, environment, today, targets, tenant)
    if isinstance(got, Finding):
        return (got,)
    return check(got, session.levels.overridden(levels or {})).findings


AnyDocument = TypeVar("AnyDocument")


def render(
    document: AnyDocument,
    *,
    call: Mapping[str, Any] | None = None,
    env: Mapping[str, Any] | None = None,
    start: Mapping[str, Any] | None = None,
) -> AnyDocument:
    """A reply document to a new one, with every placeholder in its strings filled: `{{ call.FIELD }}`,
    `{{ env.NAME }}` and `{{ start.NAME }}`.

    `document` is a reply as `recpol compile` writes it, read from JSON. `call` is the payload of the callback that it
    answers; a nested field is reached with a dot (`call.to.endpoint`). An event of Voice API v2 is given whole.
    `env` holds the values known at deployment: pass `os.environ` or what a vault gave. `start` holds what the backend
    gave when it began the call. Nothing is looked up anywhere else. A reply that stands in a request as a string (`ice`
    of a custom callout) is filled as a document, so that no value gets out of the text that it is put into.

    Values are texts or numbers. Filters work from left to right; `default("…")` speaks where the value is missing. Keys
    of objects are never filled.

    Raises `RenderError` for a value that is missing or of another type, for a `{{ … }}` that recpol does not know, and
    for a value that would cut short or add to the prompt it is put into; `TypeError` for a document that is not JSON.
    """
    reply: AnyDocument = filled(document, call=call, env=env, start=start)
    return reply


def _check_levels(levels: Mapping[str, Level] | None) -> None:
    for name, level in (levels or {}).items():
        if level not in LEVELS:
            raise ValueError(f"`{level}` is no level of `{name}`: they are {', '.join(LEVELS)}")


def _program(
    policy: str | os.PathLike[str],
    variables: Mapping[str, str] | None,
    environment: str | None,
    today: datetime.date | None,
    targets: Sequence[str],
    tenant: str | None = None,
) -> tuple[Program | Finding, Session]:
    given: Mapping[Any, Any] = variables or {}
    for name, value in given.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"the variable `{name}` and its value are to be texts")
        if not is_unicode(value):
            raise ValueError(f"the value of the variable `{name}` is not Unicode: it holds half a character")
    if isinstance(targets, str):
        raise TypeError(f"`targets` is a list of names: write `[{targets!r}]`")
    for target in targets:
        if target not in target_names():
            raise ValueError(f"`{target}` is no target: they are {', '.join(target_names())}")
    if tenant is not None and not isinstance(tenant, str):
        raise TypeError("`tenant` is the name of one tenant")
    if isinstance(policy, str):
        if tenant is not None:
            raise CannotRun(f"there is no tenant `{tenant}`: a text has no settings", "give the policy as a path")
        return _from_text(policy, variables, environment, today, targets)
    path = os.fspath(policy)
    if not isinstance(path, str):
        raise TypeError("the path of a policy is text, not bytes")
    day = None if today is None else today.toordinal()
    session = open_session([path], environment=environment, variables=variables, today=day, targets=targets)
    cwd = here()
    absolute = os.path.join(cwd, path)
    if os.path.isdir(absolute):
        raise CannotRun(f"`{shown(os.path.abspath(absolute), cwd)}` is a folder", "name one policy")
    (item,) = session.inputs([absolute])
    if tenant is not None:
        session = with_first(session, [tenant])
    return session.program(item), session


def _from_text(
    text: str,
    variables: Mapping[str, str] | None,
    environment: str | None,
    today: datetime.date | None,
    targets: Sequence[str],
) -> tuple[Program | Finding, Session]:
    if text.endswith(SUFFIX) and "\n" not in text:
        raise ValueError(f"a `str` is the text of a policy; for a file write `Path({text!r})`")
    if environment is not None:
        raise CannotRun(f"unknown environment `{environment}`: a text has no settings", "give the policy as a path")
    day = current_day() if today is None else today.toordinal()
    session = Session(None, Config(), variables or {}, day, Files(), targets_named(targets))
    if not is_unicode(text):
        return _half(text), session
    return session.understood(Source(TEXT, text), None), session


def _half(text: str) -> Finding:
    """What is wrong with a text that no file can hold."""
    whole = "".join(char if is_unicode(char) else "\ufffd" for char in text)
    at = next(at for at, char in enumerate(text) if not is_unicode(char))
    return Finding(
        "half a character (a surrogate), which is not Unicode",
        Source(TEXT, whole).span(at, at + 1),
        help="decode the text as UTF-8",
        rule="not-utf8",
    )
