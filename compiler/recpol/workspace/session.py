"""Arguments, settings and the day, to what one run works with; and inputs to programs.

Both frontends begin here, the command line and the programming interface, so that they give the same results.

Invariant: a run has one project, one set of variables and one day; a file that several policies use is read once.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence

from recpol.analysis.program import Program, program
from recpol.base.finding import Finding, order
from recpol.base.nearest import nearest
from recpol.base.placeholder import Placeholder
from recpol.base.record import Record, field, replace
from recpol.base.source import Reader, Source
from recpol.platform.targets import DEFAULT, Target
from recpol.settings.config import VAR_NAME, Config
from recpol.settings.levels import Levels
from recpol.settings.tenants import Tenant
from recpol.targets.catalogue import all_targets, target_names, targets_named
from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import (
    Input,
    Project,
    find_project,
    here,
    inputs,
    output_folder,
    project_of,
    refuse_outside,
    shown,
)
from recpol.workspace.reading import Files


class BadSettings(CannotRun):
    """The settings file cannot be used: the findings say where and why."""

    def __init__(self, findings: tuple[Finding, ...], name: str) -> None:
        first = findings[0]
        place = f"{name}:{first.span.begin.line}"
        super().__init__(f"`{place}` cannot be used as settings: {first.message}", first.help)
        self.findings = findings


class Session(Record):
    """What counts for every policy of one run; `variables` are those of the chosen environment."""

    project: Project | None
    config: Config
    variables: Mapping[str, str] = field(repr=False)
    today: int
    """As `datetime.date.toordinal` counts."""
    files: Files = field(repr=False)
    chosen: tuple[Target, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables of the command line, which go before all others."""
    tenant: str = ""
    """Whom the variables are for; empty where that is no tenant."""

    def of(self, tenant: Tenant) -> Session:
        """The session for one tenant: its variables go before those of the settings and of the environment."""
        return replace(self, variables={**self.variables, **tenant.values, **self.given}, tenant=tenant.name)

    @property
    def targets(self) -> tuple[Target, ...]:
        """What policies that do not say so themselves are compiled to: the targets of `--target`, else those of the
        settings, else the default. `--target` goes before what policies say, too."""
        return self.chosen or targets_named(self.config.targets) or DEFAULT

    @property
    def by_default(self) -> bool:
        """Whether nobody has chosen a target, so that the default counts."""
        return not self.chosen and not self.config.targets

    @property
    def levels(self) -> Levels:
        """The levels that the settings give to rules."""
        if self.project is None or not self.config.paths:
            return Levels(self.config.rules)
        from recpol.settings.patterns import path_pattern

        within = tuple((path_pattern(pattern), levels) for pattern, levels in self.config.paths.items())
        return Levels(self.config.rules, within, self._from_project)

    def _from_project(self, called: str) -> str:
        """The path of a file from the project folder, with `/` between its parts."""
        folder = "" if self.project is None else disk.realpath(self.project.folder)
        return shown(disk.realpath(os.path.join(here(), called)), folder)

    def inputs(
        self, arguments: Sequence[str], out: str | None = None, *, stdin: bool = False, documents: bool = False
    ) -> tuple[Input, ...]:
        """The files that the arguments name, or the project's; `out` is what `-o` said. Raises `CannotRun`.

        `documents` takes SVAML documents too, where folders or patterns hold them.
        """
        folder, include = output_folder(out, self.config.out, self.project), self.config.include
        return inputs(arguments, self.project, include=include, out=folder, stdin=stdin, documents=documents)

    def output(self, option: str | None) -> str:
        """The output folder (absolute): `-o`, else `out` of the settings, else `build`.

        Raises `CannotRun` where it is outside the project and `-o` does not name it.
        """
        folder = output_folder(option, self.config.out, self.project)
        if option is None:
            refuse_outside(folder, self.project)
        return folder

    def program(self, item: Input) -> Program | Finding:
        """An input to its program, or to the finding that it is no text; raises `CannotRun` if it cannot be read."""
        source = self.files.load(item)
        if isinstance(source, Finding):
            return source
        return self.understood(source, self.files.read)

    def understood(self, source: Source, reader: Reader | None) -> Program:
        """A text to its program, with all that counts for the run; `reader` fetches what it uses."""
        return program(
            source,
            reader=reader,
            variables=self.variables,
            today=self.today,
            targets=self.targets,
            known=() if self.chosen else all_targets(),
        )


def open_session(
    arguments: Sequence[str],
    *,
    environment: str | None = None,
    variables: Mapping[str, str] | None = None,
    today: int | None = None,
    targets: Iterable[str] = (),
    files: Files | None = None,
) -> Session:
    """The session for a run over files and folders; without arguments, for the project of the current folder.

    `environment` is one of the settings'; `variables` and `targets` go before those of the settings; `files` reads
    what the disk has otherwise. Raises `BadSettings` for a settings file with a mistake, and `CannotRun` for two
    projects or an unknown environment.
    """
    project = project_of(arguments) if arguments else find_project(".")
    files = Files() if files is None else files
    config = Config() if project is None else _settings(project, files)
    if not config.cache:
        disk.spoil()
    if environment is not None and environment not in config.environments:
        raise _unknown_environment(environment, config, project)
    values = {**config.values(environment), **(variables or {})}
    return Session(
        project, config, values, today or disk.noted_day(current_day()), files, targets_named(targets), variables or {}
    )


def current_day() -> int:
    """The day that decides which suppressions have expired: the same everywhere in the world."""
    return disk.EPOCH + time.time_ns() // (86_400 * 10**9)


def _settings(project: Project, files: Files) -> Config:
    from recpol.settings.configfile import read_config

    source = files.load(project.settings)
    if isinstance(source, Finding):
        raise BadSettings((source,), project.settings.shown)
    # Most settings name no rule; the rules are loaded for those that do, or that are wrong otherwise.
    config, findings = read_config(source, (), target_names())
    if findings:
        from recpol.rules.catalogue import BY_NAME

        binding = {name for name, rule in BY_NAME.items() if rule.binding}
        config, findings = read_config(source, BY_NAME, target_names(), binding)
    if findings:
        from recpol.rules.every import EVERY_BY_NAME

        config, findings = read_config(source, EVERY_BY_NAME, target_names(), binding)
    if findings:
        raise BadSettings(tuple(sorted(findings, key=order)), project.settings.shown)
    return config


def _unknown_environment(name: str, config: Config, project: Project | None) -> CannotRun:
    if project is None:
        return CannotRun(
            f"unknown environment `{name}`: there is no `recpol.yaml`", "begin a project with `recpol init`"
        )
    known = sorted(config.environments)
    if not known:
        return CannotRun(
            f"unknown environment `{name}`: `{project.settings.shown}` has none", "write it under `environments:`"
        )
    near = nearest(name, known)
    listed = ", ".join(f"`{other}`" for other in known)
    guess = f"did you mean `{near}`? " if near is not None else ""
    return CannotRun(f"unknown environment `{name}`", f"{guess}`{project.settings.shown}` has {listed}")


def is_unicode(text: str) -> bool:
    """Whether a text can be written: a stray byte of the command line is half a character in Python."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def read_variables(pairs: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` as given with `--var`; the last of two with one name counts. Raises `CannotRun`."""
    values: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            # What was written may be a value, and values may be secrets: it is not repeated.
            raise CannotRun("a `--var` has no `=`", "write `--var NAME=VALUE`")
        if re.search(VAR_NAME, name) is None:
            raise CannotRun(f"`{name}` cannot be the name of a variable", "use letters, digits, `_` and `-`")
        if not is_unicode(value):
            raise CannotRun(f"the value of `--var {name}` is not UTF-8", "give it in the encoding of the terminal")
        values[name] = value
    return values


def used_variables(programs: Iterable[Program]) -> set[str]:
    """The names of the variables that policies use."""
    return {
        piece.name
        for program in programs
        for text in program.texts
        for piece in text.pieces
        if isinstance(piece, Placeholder) and piece.scope == "var"
    }


def refuse_slips(given: Collection[str], programs: Iterable[Program]) -> None:
    """Raise `CannotRun` where a `--var` that no policy uses is nearly one that some policy uses and nobody gives.

    The slip would leave a default in force. Other unused variables are no matter: one command line may serve many
    policies.
    """
    used = used_variables(programs)
    for name in given:
        if name not in used:
            near = nearest(name, used - set(given))
            if near is not None:
                raise CannotRun(f"no policy uses the variable `{name}`", f"did you mean `{near}`?")


def finding_key(finding: Finding) -> tuple[object, ...]:
    """What tells the findings of a run apart: file, place, rule, words and level."""
    return (*order(finding), finding.message, finding.level)


def distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by file, place and rule, each once: several policies may use one file of rules."""
    unique = {finding_key(finding): finding for finding in findings}
    return tuple(sorted(unique.values(), key=order))


def fails(findings: Iterable[Finding], *, strict: bool) -> bool:
    """Whether findings stop a policy: errors do, and warnings where they are to fail too."""
    return any(finding.level == "error" or (strict and finding.level == "warning") for finding in findings)
