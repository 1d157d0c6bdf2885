"""Names and values that are missing, so that guarantees are not judged too: one mistake gives one finding.

Invariant: but for `is_misled`, which is about findings alone, an error keeps the policy from being compiled.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.base.nearest import nearest
from recpol.base.placeholder import Placeholder
from recpol.rules.policy.soundfiles import is_sentence
from recpol.syntax import tree


def decided(program: Program) -> bool:
    """Whether every decision says what it records and where to.

    Where one does not, an error says so and nothing is compiled; what else that would break is the same mistake.
    """
    decisions = program.decisions.all
    rules = [decision.node for decision in decisions if isinstance(decision.node, tree.RecordRule)]
    return all(decision.store is not None for decision in decisions) and all(
        _selectors_known(program, rule.selection) for rule in rules
    )


def lacks_values(program: Program) -> bool:
    """Whether a variable has no value: an error says so, and what depends on it would be unknown only for that."""
    pieces = (piece for text in program.texts for piece in text.pieces if isinstance(piece, Placeholder))
    return any(piece.scope == "var" and program.variable(piece) is None for piece in pieces)


def is_known(program: Program, guarantee: tree.Guarantee) -> bool:
    """Whether every label in a guarantee is one of the policy's, and an announcement is one."""
    if isinstance(guarantee, tree.Keep):
        return True
    return _selectors_known(program, guarantee.selection) and not _plays_a_sentence(program, guarantee)


def _plays_a_sentence(program: Program, guarantee: tree.RecordGuarantee | tree.Announce) -> bool:
    """Whether an announcement is a sentence in the place of a file, so that an error says that nobody hears it."""
    if not isinstance(guarantee, tree.Announce):
        return False
    chosen = program.selected.chosen(guarantee.selection).values()
    played = [file for step in chosen if isinstance(step.body, tree.Play) for file in step.body.files]
    return any((written := program.constant(file)) is not None and is_sentence(written) for file in played)


def _selectors_known(program: Program, selection: tree.Selection) -> bool:
    selectors = [selector for selector in (selection.include, selection.exclude) if selector is not None]
    names = [item.text for selector in selectors for item in selector.items if isinstance(item, tree.Word)]
    return all(name in program.names.labels for name in names)


def is_misled(program: Program) -> bool:
    """Whether a menu leads to a name that is nearly a handler's: then most of what is out of reach is that mistake."""
    known = [handler.name for handler in program.handlers if handler.kind == "pie" and handler.name]
    goals = {edge.outcome.goal.name.text for edge in program.graph.edges if edge.outcome and edge.outcome.goal}
    return any(goal not in known and nearest(goal, known) for goal in goals)
