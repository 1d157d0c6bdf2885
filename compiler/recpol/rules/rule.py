"""What a rule is.

A rule is one function; a decorator turns it into a `Rule`, and says what the function reads: `@rule` a policy,
`@shared_rule` a policy or a document that was lifted into a policy's tree, `@json_rule` a document, `@application_rule`
the replies of one application. The function's name with hyphens is the rule's name, its docstring is its page: first
line what the rule finds, then why, then examples in fenced blocks under `Wrong:` and `Right:`. The examples are
`recpol`, and those of rules about documents alone `json`; a word after `json` says which callback the example answers.

Invariant: a rule reads what it is given and yields findings; it never changes anything and never fails. What is special
about a rule is said where the rule is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Severity
from recpol.base.record import Record, replace
from recpol.base.typing import TYPE_CHECKING, Literal
from recpol.platform.sources import SourceDialect
from recpol.platform.targets import Target
from recpol.rules.notation import Notation
from recpol.settings.levels import Levels

if TYPE_CHECKING:
    from recpol.svaml.application import Application
    from recpol.svaml.document import Document

Findings = Iterable[Finding]
ReadsPolicy = Callable[[Program], Findings]
ReadsProgram = Callable[[Program, Notation], Findings]
ReadsDocument = Callable[["Document"], Findings]
ReadsApplication = Callable[["Application"], Findings]

TargetTest = Callable[[Target], bool]
"""Whether a rule is about policies that are compiled to a target, by what the target can do."""

Dialect = Literal["v1", "v2"]
"""The two kinds of SVAML: replies to callbacks, and documents of Voice API v2."""


Lifting = Literal[Dialect, "request"]
"""What of a document is read as a policy is: the replies, the commands, or the body of a callout."""

REPLIES: tuple[Lifting, ...] = ("v1",)
VALUES: tuple[Lifting, ...] = ("v1", "request")
VALUES_OF_ALL: tuple[Lifting, ...] = ("v1", "v2", "request")
"""What rules about single values read: the body of a callout, too, and commands where they can tell."""


class Rule(Record):
    """A rule: its name, its usual severity, and whether an author may suppress it or set its level.

    It reads what is not None: a `program`, a `document`, an `application`.
    """

    name: str
    severity: Severity
    binding: bool
    """Whether it always speaks, in policies and in documents: without it the output would be wrong or missing."""
    written: str
    """Its page, as it stands in the module."""
    module: str
    program: ReadsProgram | None = None
    """It reads the program of a policy; and that of a document, where `lifted` says so."""
    document: ReadsDocument | None = None
    application: ReadsApplication | None = None
    lifted: tuple[Lifting, ...] = ()
    most: Severity = "error"
    """How severe a finding in the program of a document is at most."""
    covers: tuple[str, ...] = ()
    """The documented mistakes that it finds, by their names in `recpol.platform.pitfalls`."""
    targets: TargetTest | None = None
    """It speaks only of policies that are compiled to a target that passes this test."""
    hides: bool = False
    """Whether shared rules leave out what it has found something in."""
    settled: TargetTest | None = None
    """It does not speak of documents that recpol wrote for a target that passes this test: there the target, or the
    policy, has answered what it asks."""

    @property
    def page(self) -> str:
        """The page: the docstring without the indentation of the code. Only who shows one needs it."""
        from inspect import cleandoc

        return cleandoc(self.written)

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.partition("\n")[0]

    @property
    def about_policies(self) -> bool:
        """Whether the rule reads policies; else it is about documents alone, and its examples are `json`."""
        return self.program is not None

    def speaks(self, targets: Iterable[Target]) -> bool:
        """Whether the rule is about policies that are compiled to these targets."""
        return self.targets is None or any(map(self.targets, targets))

    def is_settled(self, document: Document) -> bool:
        """Whether a document is output of recpol of which the rule has nothing to ask."""
        return self.settled is not None and document.target is not None and self.settled(document.target)

    def in_documents(
        self, *, document: ReadsDocument | None = None, application: ReadsApplication | None = None
    ) -> Rule:
        """The same rule where it reads documents in its own way, not lifted into a policy's tree."""
        return replace(self, program=None, document=document, application=application)


AskedRule = tuple[Rule, ReadsProgram]
"""A rule about policies, and how it is asked."""


def rule(
    severity: Severity, *, binding: bool = False, covers: tuple[str, ...] = (), targets: TargetTest | None = None
) -> Callable[[ReadsPolicy], Rule]:
    """A decorator that makes a rule about policies; `binding` ones can be neither suppressed nor lowered."""

    def make(check: ReadsPolicy) -> Rule:
        return Rule(
            *(_name(check), severity, binding, check.__doc__ or "", check.__module__),
            program=lambda program, _: check(program),
            covers=covers,
            targets=targets,
        )

    return make


def shared_rule(
    severity: Severity,
    *,
    binding: bool = False,
    covers: tuple[str, ...] = (),
    targets: TargetTest | None = None,
    lifted: tuple[Lifting, ...] = REPLIES,
    most: Severity = "error",
    settled: TargetTest | None = None,
) -> Callable[[ReadsProgram], Rule]:
    """A decorator that makes a rule about policies and documents; its function is told the notation of its reader.

    `most` is the worst severity in documents: what recpol would not write is a warning where a document says it anyhow.
    """

    def make(check: ReadsProgram) -> Rule:
        return Rule(
            *(_name(check), severity, binding, check.__doc__ or "", check.__module__),
            program=check,
            lifted=lifted,
            most=most,
            covers=covers,
            targets=targets,
            settled=settled,
        )

    return make


def json_rule(
    severity: Severity,
    *,
    binding: bool = False,
    covers: tuple[str, ...] = (),
    hides: bool = False,
    application: ReadsApplication | None = None,
    settled: TargetTest | None = None,
) -> Callable[[ReadsDocument], Rule]:
    """A decorator that makes a rule about documents; `application` is what it finds in several that belong together."""

    def make(inspect: ReadsDocument) -> Rule:
        return Rule(
            *(_name(inspect), severity, binding, inspect.__doc__ or "", inspect.__module__),
            document=inspect,
            application=application,
            covers=covers,
            hides=hides,
            settled=settled,
        )

    return make


def application_rule(
    severity: Severity, *, covers: tuple[str, ...] = (), settled: TargetTest | None = None
) -> Callable[[ReadsApplication], Rule]:
    """A decorator that makes a rule about the replies of one application."""

    def make(compare: ReadsApplication) -> Rule:
        return Rule(
            *(_name(compare), severity, False, compare.__doc__ or "", compare.__module__),
            application=compare,
            covers=covers,
            settled=settled,
        )

    return make


def meant(target: Target) -> bool:
    """The test that every target passes: for a rule that asks what is meant, which a policy has said of its output."""
    return True


def documented(dialect: SourceDialect) -> TargetTest:
    """The test for the targets that these documents describe: for rules about what the documents say."""
    return lambda target: target.dialect == dialect


def stamped(rule: Rule, findings: Iterable[Finding], levels: Levels) -> Iterator[Finding]:
    """What a rule found with its name and severity, without what is off where it was found."""
    for finding in findings:
        severity: Severity = finding.severity or rule.severity
        level = None if rule.binding else levels.of(rule.name, finding.span.source.path)
        if level != "off":
            yield replace(finding, rule=rule.name, severity=level or severity)


def _name(function: Callable[..., object]) -> str:
    return function.__name__.replace("_", "-")
