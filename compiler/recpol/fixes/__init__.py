"""Fixes: findings to a better text of the same file.

Invariant: a text that is given back was understood and checked again and has no new problem; where only safe fixes are
asked for, its policy provably records the same segments as before.
"""

from recpol.fixes.apply import ROUNDS, FixedFile, apply, apply_fixes
from recpol.fixes.meaning import same_recording
from recpol.fixes.suggest import suggested
from recpol.fixes.version import Applied, Dependent, Reparse, Subject

__all__ = [
    "ROUNDS",
    "Applied",
    "Dependent",
    "FixedFile",
    "Reparse",
    "Subject",
    "apply",
    "apply_fixes",
    "same_recording",
    "suggested",
]
