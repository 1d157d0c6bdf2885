"""Names and values that are missing, so that guarantees are not judged too: one mistake gives one finding.

Invariant: but for `is_misled`, which is about findings alone, an error keeps the policy from being compiled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from recpol.analysis.builtins import BUILT_IN
from recpol.analysis.guarded import opts_out
from recpol.analysis.program import Program
from recpol.analysis.steps import KINDS, OTHERWISE, Handler
from recpol.base.nearest import KnownWords, nearest
from recpol.base.pattern import pattern
from recpol.base.placeholder import Placeholder
from recpol.base.typing import assert_never
from recpol.platform.storage import SCHEMES
from recpol.rules.policy.dialled import misnamed
from recpol.rules.policy.known import placeholders
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
    pieces = (piece for _, piece in placeholders(program) if isinstance(piece, Placeholder))
    return any(piece.scope == "var" and program.variable(piece) is None for piece in pieces)


def is_known(program: Program, guarantee: tree.Guarantee) -> bool:
    """Whether every label in a guarantee is one of the policy's, an opt-out is one, and an announcement is one."""
    own = program.is_own(guarantee.span)
    match guarantee:
        case tree.Keep():
            return not _has_odd_scheme(program)
        case tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion():
            return True
        case tree.OptOut():
            return not own or any(opts_out(handler, guarantee.name.text) for handler in program.handlers)
        case tree.RecordGuarantee() | tree.Announce() | tree.NeverTranscribe() | tree.OneSide():
            known = _selectors_known(program, guarantee.selection) and not _is_no_announcement(program, guarantee)
            return known and (not own or _tags_known(program, guarantee.selection))
        case _:
            assert_never(guarantee)


def _is_no_announcement(program: Program, guarantee: tree.AboutSegments) -> bool:
    """Whether an announcement is a sentence in the place of a file, says nothing, or is a further menu with a line that
    only the first one can have: an error says so."""
    if not isinstance(guarantee, tree.Announce):
        return False
    chosen = program.selected.chosen(guarantee.selection).values()
    played = [file for step in chosen if isinstance(step.body, tree.Play) for file in step.body.files]
    spoken = [step.body.text for step in chosen if isinstance(step.body, tree.Say)]
    sentences = any((written := program.constant(file)) is not None and is_sentence(written) for file in played)
    menus = [step.body for step in chosen if isinstance(step.body, tree.Submenu)]
    misplaced = any(isinstance(item, tree.SwitchItem) for menu in menus for item in menu.items)
    return misplaced or sentences or any(says_nothing(program, text) for text in (*spoken, *played))


def says_nothing(program: Program, text: tree.Text) -> bool:
    """Whether a text is known and holds nothing but blanks, also where a variable has no value but an empty one."""
    written = program.constant(text)
    return written is not None and not written.strip()


@lru_cache(maxsize=2)  # each guarantee about places asks for it
def _has_odd_scheme(program: Program) -> bool:
    """Whether a store in use has no URL, or one whose scheme is none, so that an error speaks of its place."""
    used = {decision.store for decision in program.decisions.all if decision.store is not None}
    fields = [store.field("url") for name, store in program.names.stores.items() if name in used]
    if None in fields:
        return True
    urls = [program.fill(field.value) for field in fields if field is not None and isinstance(field.value, tree.Text)]
    return any(not _SCHEME.match(url) for url in urls if not url.startswith("{{"))


_SCHEME = pattern("(?:" + "|".join(map(re.escape, SCHEMES)) + ")://")


_MEANT: Mapping[str, str] = {
    **dict.fromkeys(("incoming", "call", "calls", "inbound", "start", "begin", "ring", "incoming-call"), "ice"),
    **dict.fromkeys(("answer", "answered", "connected", "callee", "pickup"), "ace"),
    **dict.fromkeys(("menu", "prompt", "input", "dtmf", "key", "keys"), "pie"),
    **dict.fromkeys(("patch", "update", "parked"), "manage"),
}
"""What events are called elsewhere."""


def meant_event(program: Program, handler: Handler) -> str:
    """What is meant by an event that there is none of, as it is written after `on`; empty where nobody knows."""
    written = handler.node.event.kind.text
    word = written.lower().replace("_", "-")
    if word in KINDS:
        return word
    for kind in ("pie", "manage"):
        name = word.removeprefix(kind).lstrip("-")
        if word.startswith(kind) and name and (word.startswith(f"{kind}-") or name in _goals(program)):
            return f"{kind} {name}" if handler.node.event.name is None else ""
    if handler.node.event.name is None and word in _goals(program):
        return f"pie {word}"
    return _MEANT.get(word) or nearest(word, KINDS) or ""


def _goals(program: Program) -> set[str]:
    goals = {edge.outcome.goal.name.text for edge in program.graph.single if edge.outcome and edge.outcome.goal}
    return {*goals, *(outcome.goal.name.text for outcome in program.graph.loose if outcome.goal is not None), OTHERWISE}


def events_known(program: Program) -> bool:
    """Whether every handler is of an event that policies answer.

    Where one is not, an error says so; what nothing answers then, and what else is out of reach, is the same mistake.
    """
    return all(handler.kind in (*KINDS, "dice", "notify") for handler in program.handlers)


def handlers_named(program: Program) -> bool:
    """Whether every handler of a PIE or a Manage Call has a name; an error says so where one has none."""
    return all(handler.name is not None for handler in program.handlers if handler.kind in ("pie", "manage"))


@lru_cache(maxsize=2)  # rules ask for those of the same program one after the other
def in_capitals(program: Program) -> frozenset[str]:
    """Names that are defined in another letter case alone, in small letters: an error says how they are written."""
    defined = [handler.name for handler in program.handlers if handler.name]
    defined += [step.body.name.text for step in program.steps if isinstance(step.body, tree.Submenu | tree.Phase)]
    return frozenset(name.lower() for name in (*defined, *program.names.stores) if name.lower() != name)


def _tags_known(program: Program, selection: tree.Selection) -> bool:
    selectors = [selector for selector in (selection.include, selection.exclude) if selector is not None]
    names = [item.name for selector in selectors for item in selector.items if isinstance(item, tree.Tag)]
    return all(name in {*program.names.tags, *BUILT_IN} for name in names)


def _selectors_known(program: Program, selection: tree.Selection) -> bool:
    selectors = [selector for selector in (selection.include, selection.exclude) if selector is not None]
    names = [item.text for selector in selectors for item in selector.items if isinstance(item, tree.Word)]
    return all(name in program.names.labels for name in names)


def is_misled(program: Program) -> bool:
    """Whether a menu leads to a name that is nearly a handler's, or a handler answers a connect that is not there: then
    most of what is out of reach is that mistake."""
    if any(misnamed(program, handler) for handler in program.handlers):
        return True
    known = KnownWords(handler.name for handler in program.handlers if handler.kind == "pie" and handler.name)
    goals = {edge.outcome.goal.name.text for edge in program.graph.single if edge.outcome and edge.outcome.goal}
    return any(goal not in known and known.nearest(goal) for goal in goals)
