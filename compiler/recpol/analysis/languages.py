"""In which locale a policy speaks: the nearest `in LOCALE`, or the default.

Invariant: `var` values are in place; what is known later stays as a placeholder.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.placeholder import Placeholder
from recpol.syntax import tree


def worded(program: Program, locale: tree.Locale) -> tree.Word:
    """A locale, or a voice, as the output has it."""
    return locale if isinstance(locale, tree.Word) else tree.Word(program.fill(locale), locale.span)


def spoken_in(program: Program, *nearest: tree.Locale | None) -> tree.Word | None:
    """The first locale that is given, nearest first, or the default; None where the policy says none."""
    chosen = next((locale for locale in (*nearest, program.names.locale) if locale is not None), None)
    return None if chosen is None else worded(program, chosen)


def block_locale(program: Program, step: Step) -> tree.Locale | None:
    """What `menu in LOCALE` or `park in LOCALE` says about the lines of a step; a further menu is within its block."""
    body = program.steps[step.parent].body if step.parent is not None else step.body
    return body.locale if isinstance(body, tree.Menu | tree.Park) else None


def voices(program: Program) -> Mapping[str, str]:
    """The voices by their locales."""
    found: dict[str, str] = {}
    for default in program.names.defaults.values():
        if default.within is not None:
            found.setdefault(worded(program, default.within).text, worded(program, default.value).text.strip())
    return found


def later_scopes(locale: tree.Locale) -> frozenset[str]:
    """What says later which locale it is: `call`, `env`, …; nothing where it is known."""
    if not isinstance(locale, tree.Text):
        return frozenset()
    return frozenset(piece.scope for piece in locale.pieces if isinstance(piece, Placeholder)) - {"var"}
