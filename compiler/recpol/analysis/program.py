"""`Program`: the front half of the compiler on one page, from text to everything the rules and targets read.

    text ─ read ─► tree ─ resolve_imports ─► rules files ─ flatten ─► steps ─ build_graph ─► ways
    ways ─ decide ─► who is recorded ─ track ─► states

Invariant: `program` never fails and never reports; what could not be understood stays in the result as data. Where
`partial` is true some text could not be read, so that nothing may be concluded from what is absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import attrgetter, is_

from recpol.analysis.callgraph import Graph, build_graph
from recpol.analysis.choice import chosen_targets
from recpol.analysis.decisions import Decided, Decisions, Selected, decide
from recpol.analysis.guarded import guarded_steps
from recpol.analysis.imports import BadUse, Import, resolve_imports
from recpol.analysis.names import Names, name_all
from recpol.analysis.recorder import RecordedStores, Track, track
from recpol.analysis.rooms import RecordedRoom
from recpol.analysis.steps import MAX_SEGMENTS, Handler, Step, flatten
from recpol.analysis.suppressions import Suppression, read_suppressions
from recpol.analysis.taken import ReplacedHandler, take_over
from recpol.base.placeholder import BadPlaceholder, Placeholder, apply_filter
from recpol.base.record import Record, field, field_names, replace
from recpol.base.source import MAX_BYTES, Reader, Source, Span
from recpol.base.typing import Any
from recpol.platform.targets import DEFAULT, Target
from recpol.syntax import tree
from recpol.syntax.builders import read
from recpol.syntax.parser import Parsed
from recpol.syntax.tree.texts import texts_of

NO_VARIABLES: Mapping[str, str] = {}
"""The variables of a program that is given none: this very value, so that it can be told without reading any."""


class Program(Record, eq=False):
    """One policy (or rules file), understood as far as it can be."""

    source: Source
    file: tree.File = field(repr=False)
    parsed: Parsed = field(repr=False)
    imports: tuple[Import, ...] = field(repr=False)
    bad_uses: tuple[BadUse, ...] = field(repr=False)
    handlers: tuple[Handler, ...] = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)
    names: Names = field(repr=False)
    graph: Graph = field(repr=False)
    selected: Selected = field(repr=False)
    decisions: Decisions = field(repr=False)
    track: Track = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)
    texts: tuple[tree.Text, ...] = field(repr=False)
    suppressions: tuple[Suppression, ...] = field(repr=False)
    today: int | None = None
    too_large: bool = False
    targets: tuple[Target, ...] = DEFAULT
    elsewhere: tuple[RecordedRoom, ...] = ()
    replaced: tuple[ReplacedHandler, ...] = ()
    shared: dict[Any, Any] = field(default_factory=dict, repr=False)
    """Answers of `analysis.variables.unvarying`, which programs that differ in their variables have in common."""

    def differs_in_variables_alone(self, other: Program) -> bool:
        """Whether another program is the same but for its variables: parts that are equal may stand elsewhere in the
        text, so they have to be the very same."""
        given = (self.targets, self.elsewhere, self.today) == (other.targets, other.elsewhere, other.today)
        return given and all(map(is_, _PARTS(self), _PARTS(other)))

    @property
    def is_rules(self) -> bool:
        """Whether the file is a `rules` file, which is checked but not compiled."""
        return self.names.policy is None and any(h.kind == "rules" for h in self.names.headers)

    @property
    def partial(self) -> bool:
        """Whether some text of the policy or of a file it uses could not be read."""
        if self.parsed.problems or self.bad_uses or self.too_large:
            return True
        return bool(self.imports) and any(one.problems for one in self.imports)

    @property
    def files(self) -> tuple[tree.File, ...]:
        """The policy's own tree and those of the rules files it uses."""
        return (self.file, *(b.file for b in self.imports))

    @property
    def own_statements(self) -> tuple[tree.Statement, ...]:
        """The statements of the file itself."""
        return self.file.statements

    def alone(self, target: Target) -> Program:
        """The program as it is where it is compiled to one target alone, so that nothing of the others counts."""
        return self if self.targets == (target,) else replace(self, targets=(target,))

    @property
    def loses_replies(self) -> bool:
        """Whether the reply to an answered call can come too late in any of the targets (Callback API page)."""
        return _has_replies(self.targets)

    @property
    def never_recorded(self) -> frozenset[int]:
        """The indices of the steps that must not be heard while an earlier recording still runs."""
        return _never_recorded(self)

    def guarantees(self) -> tuple[tree.Guarantee, ...]:
        """All guarantees, the policy's own first."""
        return _guarantees(self)

    def is_own(self, span: Span) -> bool:
        """Whether a place is in the file itself, not in one that it uses."""
        return span.source is self.source

    def handler_of(self, step: Step) -> Handler:
        """The handler that a step stands in."""
        return self.handlers[step.handler]

    def decided(self, step: Step) -> Decided:
        """What the decisions come to for a step."""
        return self.decisions.steps[step.index]

    def is_reachable(self, step: Step) -> bool:
        """Whether some call can come to the handler of a step."""
        return step.handler in self.graph.reachable

    def entry(self, handler: Handler) -> RecordedStores:
        """The recorder's state on entry to a handler, where all ways agree."""
        return self.track.entry(handler)

    def fill(self, text: tree.Text) -> str:
        """A string as the output has it: `var` values in place, `env` and `call` placeholders in canonical form."""
        plain = text.plain
        if plain is not None:
            return plain
        return "".join([piece if isinstance(piece, str) else self._piece(text, piece) for piece in text.pieces])

    def constant(self, text: tree.Text) -> str | None:
        """The string, if the compiler knows all of it; None where a part is known only later, or is not understood."""
        if (plain := text.plain) is not None:
            return plain
        known: list[str] = []
        for piece in text.pieces:
            value = piece if isinstance(piece, str) else None
            if isinstance(piece, Placeholder):
                value = self.variable(piece)
            if value is None:
                return None
            known.append(value)
        return "".join(known)

    def variable(self, placeholder: Placeholder) -> str | None:
        """The value of a `var` placeholder; None for other placeholders and for variables without a value."""
        if placeholder.scope != "var":
            return None
        value = self.variables.get(placeholder.name)
        for name, argument in placeholder.filters:
            if value is None and name == "default":
                value = argument
            elif value is not None:
                value = apply_filter(name, argument, value)
        return value

    def _piece(self, text: tree.Text, piece: Placeholder | BadPlaceholder) -> str:
        match piece:
            case Placeholder():
                value = self.variable(piece)
                return piece.text if value is None else value
            case BadPlaceholder():
                return text.value[piece.start : piece.end]


_GIVEN = ("variables", "shared", "targets", "elsewhere", "today")
_PARTS = attrgetter(*(name for name in field_names(Program) if name not in _GIVEN))


@lru_cache(maxsize=2)  # rules and proofs ask for those of the same program one after the other
def _guarantees(program: Program) -> tuple[tree.Guarantee, ...]:
    statements = (statement for file in program.files for statement in file.statements)
    return tuple(statement for statement in statements if isinstance(statement, tree.Guarantee))


@lru_cache(maxsize=2)
def _never_recorded(program: Program) -> frozenset[int]:
    return guarded_steps(program.guarantees(), program.names.stores, program.handlers, program.graph, program.selected)


def program(
    source: Source,
    *,
    reader: Reader | None = None,
    variables: Mapping[str, str] | None = None,
    today: int | None = None,
    targets: tuple[Target, ...] = DEFAULT,
    known: Sequence[Target] = (),
) -> Program:
    """A source to its program.

    `reader` fetches the files that `use` names (without one every `use` fails); `variables` are the values of
    `{{ var.NAME }}`; `today`, as `datetime.date.toordinal` counts, decides which suppressions have expired (without it
    none has); `targets` are what the policy is to be compiled to. `known` are the targets that a `target` of the policy
    may name, which then counts in place of `targets`.
    """
    file, parsed = read(source)
    imports, bad_uses = resolve_imports(file, reader)
    targets = chosen_targets((file, *(brought.file for brought in imports)), known) or targets
    imports, replaced = take_over(file, imports, replies=_has_replies(targets))
    handlers = flatten(file, tuple(brought.file for brought in imports))
    found = _assemble(file, parsed, imports, bad_uses, handlers, variables or NO_VARIABLES, today, targets)
    return replace(found, replaced=replaced) if replaced else found


def program_of(file: tree.File, targets: tuple[Target, ...], *, alone: bool = False) -> Program:
    """A tree that was made of something else than a policy's text, to its program for some targets.

    With `alone` its handlers are single replies: any call may come to each, in a state that is not known.
    """
    return _assemble(file, Parsed((), (), (), ()), (), (), flatten(file), NO_VARIABLES, None, targets, alone=alone)


def _has_replies(targets: tuple[Target, ...]) -> bool:
    """Whether callbacks have replies of their own in any of the targets."""
    return any(not target.whole_call for target in targets)


def _assemble(
    file: tree.File,
    parsed: Parsed,
    imports: tuple[Import, ...],
    bad_uses: tuple[BadUse, ...],
    handlers: tuple[Handler, ...],
    variables: Mapping[str, str],
    today: int | None,
    targets: tuple[Target, ...],
    *,
    alone: bool = False,
) -> Program:
    source = file.source
    too_large = len(source.text) > MAX_BYTES or sum(len(h.steps) for h in handlers) > MAX_SEGMENTS
    if too_large:
        handlers = ()
    steps = tuple(step for handler in handlers for step in handler.steps)
    names = name_all(file, tuple(b.file for b in imports), handlers)
    graph = build_graph(handlers, replies=_has_replies(targets))
    if alone:
        graph = replace(graph, reachable=frozenset(handler.index for handler in handlers))
    selected = Selected(handlers, names, graph)
    decisions = decide(file if not too_large else tree.File(source, ()), handlers, names, graph, selected)
    comments = chain(parsed.comments, *(b.comments for b in imports))
    return Program(
        source=source,
        file=file,
        parsed=parsed,
        imports=imports,
        bad_uses=bad_uses,
        handlers=handlers,
        steps=steps,
        names=names,
        graph=graph,
        selected=selected,
        decisions=decisions,
        track=track(handlers, graph, decisions),
        variables=variables,
        texts=tuple(text for at in (file, *(b.file for b in imports)) for text in texts_of(at)),
        suppressions=read_suppressions(comments, today),
        today=today,
        too_large=too_large,
        targets=targets,
    )
