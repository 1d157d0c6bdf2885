"""Translation checking: what the output records must be what the policy means, whatever the dialect.

The behaviour of the output, as the interpreter of its dialect runs it, is held against the meaning that
`recpol.semantics.simulate` works out from the policy. Each run of the compiler is checked, not the compiler: after
Necula, "Translation validation for an optimizing compiler" (PLDI 2000).

Invariant: what is written has been compared, for every target, over all calls.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.base.typing import assert_never
from recpol.interpreters.judge import CallJudge, ReplyJudge
from recpol.platform.targets import Target
from recpol.targets.catalogue import backend_of
from recpol.targets.reply import Reply
from recpol.verify.verified import Disagreement, Verified

__all__ = ["Disagreement", "Verified", "verify"]


def verify(program: Program, replies: tuple[Reply, ...], target: Target) -> Verified:
    """Compare a program with the documents that a target made of it."""
    judge = backend_of(target).judge
    match judge:
        case ReplyJudge():
            from recpol.verify import replies as by_reply

            return by_reply.verify(program.alone(target), replies, target, judge.dialect)
        case CallJudge():
            from recpol.verify import session

            return session.verify(program.alone(target), replies, target)
        case _:
            assert_never(judge)
