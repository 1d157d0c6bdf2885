"""Comparisons as text, as Markdown for a pull request, and as data.

Invariant: what an author wrote is escaped as the kind of output needs it; the three say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from recpol.base.typing import Any
from recpol.calls.scenario import spell
from recpol.diff.model import Comparison, Difference, DifferenceKind
from recpol.explain.markdown import cell, code, prose

TITLES: dict[DifferenceKind, str] = {
    "not-compared": "Not to be relied on",
    "removed": "Removed",
    "added": "Added",
    "more-recorded": "Recorded now",
    "less-recorded": "Not recorded any more",
    "other-store": "Recorded to another place",
    "other-file": "Files begin elsewhere",
    "guarantee-gone": "Guarantees taken out",
    "guarantee-weaker": "Guarantees that hold less",
    "guarantee-new": "New guarantees",
    "guarantee-stronger": "Guarantees that hold more",
    "suppression-new": "Findings allowed now",
    "suppression-gone": "Findings not allowed any more",
    "way-new": "New ways through a call",
    "way-gone": "Ways that are gone",
    "words": "What is heard",
    "manner": "Done otherwise",
    "stated": "Stated",
}
"""The heading of each kind."""

SPENT = "there are more calls than were looked at: nothing follows from what is not listed"
NOTHING = "nothing differs"


def text(comparisons: Sequence[Comparison]) -> str:
    """Comparisons as plain text."""
    return "\n\n".join("\n".join(_text(one)) for one in comparisons)


def _text(comparison: Comparison) -> Iterator[str]:
    yield f"{comparison.policy}: {headline(comparison)}"
    for kind, differences in grouped(comparison):
        yield f"  {TITLES[kind]}"
        for one in differences:
            yield f"    {told(one)}" + (f"  (line {one.line})" if one.line else "")
            if (call := shown(one)) is not None:
                yield f"      in the call: {call}"


def headline(comparison: Comparison) -> str:
    """What differs, in a few words."""
    if comparison.spent:
        return SPENT
    kinds = dict.fromkeys(one.kind for one in comparison.differences)
    return ", ".join(TITLES[kind].lower() for kind in kinds) or NOTHING


def grouped(comparison: Comparison) -> list[tuple[DifferenceKind, list[Difference]]]:
    """Differences by kind, in their order."""
    found: dict[DifferenceKind, list[Difference]] = {}
    for one in comparison.differences:
        found.setdefault(one.kind, []).append(one)
    return list(found.items())


def told(one: Difference) -> str:
    """A difference on one line."""
    if one.before and one.after:
        return f"{one.about}: {one.before} → {one.after}"
    if one.before or one.after:
        return f"{one.about}: {one.before or one.after}"
    return one.about


def shown(one: Difference) -> str | None:
    """The call that shows a difference, as a scenario; None where none is needed."""
    if one.call is None:
        return None
    return spell(one.call) if one.call else "a call comes in"


def markdown(comparisons: Sequence[Comparison]) -> str:
    """Comparisons as a comment on a pull request, with a final line break."""
    differing = [one for one in comparisons if one.differences or one.spent]
    blocks = [block for one in differing for block in _markdown(one)]
    if told_of_rest := rest(comparisons):
        blocks.append(told_of_rest)
    return "\n\n".join(blocks) + "\n"


def rest(comparisons: Sequence[Comparison]) -> str:
    """How many policies there are in which nothing differs, in a sentence; empty where there are none."""
    same = sum(not (one.differences or one.spent) for one in comparisons)
    more = " more" if same < len(comparisons) else ""
    if same == 1:
        return f"In one{more} policy nothing differs."
    return f"In {same:,}{more} policies nothing differs." if same else ""


def _markdown(comparison: Comparison) -> Iterator[str]:
    yield f"### {code(comparison.policy)}"
    if comparison.spent:
        yield prose(headline(comparison).capitalize() + ".")
    for kind, differences in grouped(comparison):
        rows = [f"**{TITLES[kind]}**", "", "| what | before | after | in the call |", "|---|---|---|---|"]
        for one in differences:
            call = shown(one)
            cells = (*map(_cell, (one.about, one.before, one.after)), "" if call is None else code(call, table=True))
            rows.append("| " + " | ".join(cell.replace("\n", " ") for cell in cells) + " |")
        yield "\n".join(rows)


_REFERENCE = re.compile(r"`([^`]+)`|(?<!\w)([@#!~$%&^]\w[\w/-]*)")
"""Names, and what a server would make a link or a call of somebody of, such as a tag `@card`."""


def _cell(text: str) -> str:
    """A text in a table, which calls nobody and refers to nothing."""
    parts: list[str] = []
    at = 0
    for found in _REFERENCE.finditer(text):
        parts += [cell(text[at : found.start()]), code(found[1] or found[2], table=True)]
        at = found.end()
    return "".join((*parts, cell(text[at:])))


def document(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Comparisons as data: `schemas/diff.schema.json`."""
    return {
        "diffVersion": 1,
        "policies": [
            {
                "policy": one.policy,
                "complete": not one.spent,
                "differences": [
                    {
                        "kind": difference.kind, "about": difference.about, "before": difference.before,
                        "after": difference.after, "call": shown(difference), "line": difference.line or None,
                    }
                    for difference in one.differences
                ],
            }
            for one in comparisons
        ],
    }  # fmt: skip
