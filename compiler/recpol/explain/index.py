"""What policies answer, as a page: a table of numbers and applications, with the policy and the tenant of each."""

from __future__ import annotations

from collections.abc import Sequence

from recpol.rules.policy.answering import AnsweringPolicy


def index_page(policies: Sequence[AnsweringPolicy]) -> str:
    """The page in Markdown, its columns aligned, so that it reads as plain text too."""
    rows = sorted((line.name, line.kind, one.policy, one.tenant) for one in policies for line in one.lines)
    silent = sorted({one.policy for one in policies if not one.lines})
    tenants = any(one.tenant for one in policies)
    table = [("answers", "policy", "tenant"), *((_named(name, kind), *rest) for name, kind, *rest in rows)]
    used = [row if tenants else row[:2] for row in table]
    widths = [max(len(row[n]) for row in used) for n in range(len(used[0]))]
    lines = [_row(row, widths) for row in used]
    lines.insert(1, _row(["-" * width for width in widths], widths))
    told = f"\nNo `answers`: {', '.join(silent)}\n" if silent else ""
    return "\n".join(lines) + "\n" + told if rows else f"No policy says what it answers.\n{told}"


def _named(name: str, kind: str) -> str:
    plain = "".join("\\" + char if char in "|\\`*_<>[]" else char for char in name)
    return plain if kind == "number" else f"application {plain}"


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
