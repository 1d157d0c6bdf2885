"""What a policy states beside its calls: its target, and what a manifest states that no document shows, which calls it
answers and what becomes of a phase that is not confirmed.

Invariant: only what a policy can say is written; the rest is left to `recpol.importer.claims`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from recpol.base.source import Span
from recpol.platform.targets import Target
from recpol.syntax import tree
from recpol.syntax.tree import FAILING

_NAME = re.compile(r'[^\x00-\x1f"\\{}\u0085\u2028\u2029]{1,200}')


def choice(target: Target, default: Sequence[Target], place: Span) -> tuple[tree.TargetChoice, ...]:
    """The line that says the target of a policy; none where `default`, what one without it is compiled to, is that
    target alone."""
    return () if tuple(default) == (target,) else (tree.TargetChoice((tree.Word(target.name, place),), place),)


def stated(manifest: object) -> str:
    """The lines, each with its line break; empty without a manifest."""
    return "".join(f"\n{line}\n" for line in _lines(manifest)) if isinstance(manifest, dict) else ""


def _lines(manifest: dict[str, object]) -> Iterator[str]:
    for key, kind in (("numbers", ""), ("applications", "application ")):
        listed = manifest.get(key)
        names = listed if isinstance(listed, list) else []
        if names and all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
            yield f"answers {kind}" + ", ".join(f'"{name}"' for name in names)
    failure = manifest.get("phaseFailure")
    if isinstance(failure, str) and failure in FAILING["phase"]:
        yield f"on phase failure {failure}"
