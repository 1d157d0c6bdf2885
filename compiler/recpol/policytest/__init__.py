"""Policy tests: `NAME.test.yaml` beside a policy to cases, and cases to what came of them.

Invariant: a test that cannot be read in full never passes.
"""

from recpol.policytest.cases import (
    Case,
    CaseFile,
    CaseResult,
    ExpectedReply,
    NamedPiece,
    ToldCase,
    ToldResult,
    told_result,
)
from recpol.policytest.read import default_policy, read_tests
from recpol.policytest.run import run_case

__all__ = [
    "Case",
    "CaseFile",
    "CaseResult",
    "ExpectedReply",
    "NamedPiece",
    "ToldCase",
    "ToldResult",
    "default_policy",
    "read_tests",
    "run_case",
    "told_result",
]
