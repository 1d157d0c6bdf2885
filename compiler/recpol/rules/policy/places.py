"""Words and spans that several rules use to point at steps.

Invariant: a span made here never covers a string's contents.
"""

from __future__ import annotations

from collections.abc import Sequence

from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.source import Span
from recpol.platform.targets import Target
from recpol.syntax import tree


def head(step: Step) -> Span:
    """The keyword of a segment, with the kind of a connect; the name of a further menu or a phase."""
    body = step.body
    if isinstance(body, tree.Submenu | tree.Phase):
        return body.name.span
    if isinstance(body, tree.Connect):
        return body.span.to(body.kind.span)
    word = body.span.text.split(None, 1)[0].rstrip("{")
    return body.span.source.span(body.span.start, body.span.start + len(word))


def named(step: Step) -> str:
    """A step in a few words: its label, or what it does."""
    if step.label is not None:
        return f"`{step.label.text}`"
    return f"the `{' '.join(head(step).text.split())}`"


def stores(names: Sequence[str]) -> str:
    """Names in backquotes, joined by commas and `and`."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]


def in_targets(program: Program, targets: list[Target]) -> str:
    """Some of the targets of a policy as the end of a sentence; nothing where there is one target alone."""
    return f" in {' and '.join(t.name for t in targets)}" if len(program.targets) > 1 else ""
