"""Audited policies to one HTML page, for reading and for print on A4.

Invariant: every value is escaped by Jinja2, but for pictures, in which all texts are escaped already; the page loads
nothing and runs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from recpol.audit.model import NOT_STATED, NOTHING, STATUS, AuditedPolicy, TenantsOfPolicy
from recpol.audit.sheet import SHEET, STYLE
from recpol.base.typing import Any
from recpol.diff.words import TITLES, grouped, headline, shown

READING = (
    ("Who is recorded?", "Who is recorded"), ("When does it begin and stop?", "What happens in a call"),
    ("What if the caller hangs up?", "How calls end"), ("Where is the file?", "Where recordings go"),
    ("Who can read it?", "Where recordings go"), ("How long is it kept?", "Where recordings go"),
    ("Was everybody told?", "Who is told"), ("What changed?", "What changed"), ("Is it proven?", "What is guaranteed"),
    ("Which law?", "Which law"), ("What is assumed?", "What is assumed"), ("Who allowed exceptions?", "Exceptions"),
    ("All policies at a glance", "All policies"), ("What if storage fails?", "If something fails"),
    ("Is there a transcript?", "Where recordings go"),
)  # fmt: skip
"""The questions that the page answers, and the heading below which each answer stands."""

OF_CALLS = (
    "Who is recorded", "Who is told", "What happens in a call", "How calls end", "Where recordings go",
    "If something fails",
)  # fmt: skip
"""The headings about what calls do: below them nothing is said of a policy with errors."""


@cache
def _environment() -> Environment:
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["status"] = STATUS.get
    made.filters["or_not_stated"] = lambda text: text or NOT_STATED
    made.filters["prose"] = _prose
    return made


def _prose(text: str) -> Markup:
    """A text with what stands in backquotes set as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )


def page(
    policies: Sequence[AuditedPolicy],
    *,
    version: str,
    title: str,
    date: str = "",
    since: str = "",
    gone: Sequence[str] = (),
    tenant: str = "",
    tenants: Sequence[TenantsOfPolicy] = (),
    refused: int = 0,
) -> str:
    """The page.

    `date` is the day of the report, `since` the revision that it compares with, `tenant` whom the verdicts are for,
    each empty where none; `gone` are the policies that the revision has and the project has no more. `tenants` is what
    guarantees come to for all tenants, `refused` how many lines of their list are wrong.
    """
    shown_policies = [_shown(policy) for policy in policies]
    return _environment().from_string(SHEET).render(
        policies=shown_policies, version=version, title=title, date=date, since=since, reading=READING,
        style=Markup(STYLE), not_stated=NOT_STATED, terms=_terms(policies), nothing=NOTHING, of_calls=OF_CALLS,
        tenant=tenant, gone=gone, tenants=tenants, refused=refused,
    )  # fmt: skip


def _shown(policy: AuditedPolicy) -> dict[str, Any]:
    changes = policy.changes
    differences = [] if changes is None else [
        (TITLES[kind], [(one, shown(one) or "") for one in found]) for kind, found in grouped(changes)
    ]  # fmt: skip
    return {
        "one": policy, "told": policy.explanation, "flow": Markup(policy.flow), "tape": Markup(policy.tape),
        "changed": "" if changes is None else headline(changes), "differences": differences,
        "wide": _is_wide(policy.flow), "broken": [(written, Markup(svg)) for written, svg in policy.broken],
    }  # fmt: skip


def _is_wide(svg: str) -> bool:
    """Whether a picture is larger on a sheet that lies on its side: by a quarter at least, for it takes a sheet."""
    found = re.search(r'width="(\d+)" height="(\d+)"', svg)
    if found is None:
        return False
    wide, high = int(found[1]), int(found[2])
    upright, lying = (min(1.0, w / wide, h / high) for w, h in ((688, 888), (1010, 604)))
    return lying > 1.25 * upright


def _terms(policies: Sequence[AuditedPolicy]) -> list[tuple[str, str]]:
    return sorted({(term.name, term.meaning) for policy in policies for term in policy.explanation.words})
