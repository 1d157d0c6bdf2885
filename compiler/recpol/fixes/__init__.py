"""Fixes: findings with a cure to a better text of the same file.

Invariant: a text that is given back was understood and checked again and has no new problem; where only safe fixes are
asked for, its policy provably records the same segments as before.
"""

from recpol.fixes.meaning import same_recording
from recpol.fixes.mend import ROUNDS, Mended, apply, mend
from recpol.fixes.offer import offered
from recpol.fixes.version import Applied, Look, Subject, User

__all__ = [
    "ROUNDS",
    "Applied",
    "Look",
    "Mended",
    "Subject",
    "User",
    "apply",
    "mend",
    "offered",
    "same_recording",
]
