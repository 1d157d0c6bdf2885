"""Which interpreter runs the documents of a target, and in which pieces it is held against a policy.

Invariant: a judge names tables and machines of this package alone, so that it knows nothing of how documents are made.
"""

from __future__ import annotations

from recpol.base.record import Record
from recpol.interpreters.v1.dialects import DialectFacts


class ReplyJudge(Record):
    """Each callback has a reply of its own: `interpreters.v1.replies` runs one by one, by the tables of a dialect."""

    dialect: DialectFacts


class CallJudge(Record):
    """One document holds the call: `interpreters.v2.session` runs it beside the policy, from the first event on."""


Judge = ReplyJudge | CallJudge
