"""What a policy is compiled to, where it says so itself: `target svaml2`.

Invariant: the policy's own choice goes before that of a rules file, and among rules files the first one counts, as of
any default. A name that no target has chooses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recpol.platform.targets import Target
from recpol.syntax import tree


def target_choice(files: Iterable[tree.File]) -> tree.TargetChoice | None:
    """The `target` that counts among those of a policy and of the rules files it uses; None where there is none."""
    return next((s for file in files for s in file.statements if isinstance(s, tree.TargetChoice)), None)


def chosen_targets(files: Iterable[tree.File], known: Sequence[Target]) -> tuple[Target, ...]:
    """The targets that a policy chooses, of those that there are, each once; empty where it leaves that to others."""
    choice = target_choice(files)
    if choice is None:
        return ()
    named = {target.name: target for target in known}
    words = dict.fromkeys(word.text for word in choice.names)
    return tuple(named[word] for word in words if word in named)
