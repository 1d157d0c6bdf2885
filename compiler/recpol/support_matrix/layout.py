"""What targets can say, as text, Markdown and data.

Invariant: all three say the same cells; text leaves out why, and says where to read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.typing import Any
from recpol.platform.targets import Target
from recpol.support_matrix import Judged, Says, SupportRow

VERSION = 1
"""Raised when a reader of the JSON documents would have to change."""

WORDS: dict[Says, str] = {"yes": "yes", "condition": "with a condition", "no": "no"}

Policy = tuple[Program, dict[str, Judged]]
"""A policy, and what becomes of it in each target by its name."""

# ── constructs ───────────────────────────────────────────────────────────────────────────────────────────────────


def table_text(rows: Sequence[SupportRow]) -> str:
    """The table for a terminal, without line break at the end."""
    lines: list[tuple[str, ...]] = []
    group = ""
    for row in rows:
        if row.construct.group != group:
            group = row.construct.group
            lines += [("",), (_plain(group), *row.cells)] if lines else [(_plain(group), *row.cells)]
        lines.append((f"  {_plain(row.construct.name)}", *(WORDS[cell.says] for cell in row.cells.values())))
    hint = "`recpol targets --output-format markdown` says why, and what to do about it."
    return f"{_columns(lines)}\n\n{_plain(hint)}"


def table_markdown(rows: Sequence[SupportRow]) -> str:
    """A table for each section, with why and what instead."""
    parts: list[str] = []
    group = ""
    for row in rows:
        if row.construct.group != group:
            group = row.construct.group
            targets = " | ".join(f"`{target}`" for target in row.cells)
            parts.append(f"### {group}\n\n| | {targets} | why, and what to do |\n|---|{'---|' * len(row.cells)}---|")
        cells = " | ".join(WORDS[cell.says] for cell in row.cells.values())
        parts[-1] += f"\n| {_cell(row.construct.name)} | {cells} | {_cell(' '.join(_notes(row.cells)))} |"
    return "\n\n".join(parts)


def table_data(rows: Sequence[SupportRow], targets: Sequence[Target]) -> dict[str, Any]:
    """The table for programs."""
    return {
        "version": VERSION,
        "targets": [{"name": target.name, "title": target.title} for target in targets],
        "constructs": [
            {
                "group": _plain(row.construct.group),
                "name": _plain(row.construct.name),
                "example": row.construct.example,
                "targets": {target: _data(cell) for target, cell in row.cells.items()},
            }
            for row in rows
        ],
    }


# ── policies ─────────────────────────────────────────────────────────────────────────────────────────────────────


def policies_text(policies: Sequence[Policy], *, color: bool = False) -> str:
    """Which policies compile to which targets, and what is found."""
    from recpol.report.text import full

    lines: list[tuple[str, ...]] = [("", *policies[0][1])]
    blocks: list[str] = []
    for unit, judged in policies:
        lines.append((_name(unit), *(WORDS[one.says] for one in judged.values())))
        for targets, findings in _by_targets(judged):
            blocks.append(f"{_name(unit)} in {', '.join(targets)}:\n\n{full(findings, color=color)}".rstrip())
    return "\n\n".join([_columns(lines), *blocks])


def policies_markdown(policies: Sequence[Policy]) -> str:
    """The same in Markdown."""
    targets = list(policies[0][1])
    lines = [f"| policy | {' | '.join(f'`{name}`' for name in targets)} | why, and what to do |"]
    lines.append("|---|" + "---|" * len(targets) + "---|")
    for unit, judged in policies:
        cells = " | ".join(WORDS[one.says] for one in judged.values())
        lines.append(f"| {_cell(_name(unit))} | {cells} | {_cell(' '.join(_notes(judged, placed=True)))} |")
    return "\n".join(lines)


def policies_data(policies: Sequence[Policy], targets: Sequence[Target]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "version": VERSION,
        "targets": [{"name": target.name, "title": target.title} for target in targets],
        "policies": [
            {
                "name": _name(unit),
                "file": unit.source.path,
                "targets": {target: _data(one, placed=True) for target, one in judged.items()},
            }
            for unit, judged in policies
        ],
    }


def _name(unit: Program) -> str:
    header = unit.names.policy
    return unit.source.path if header is None else header.name.text


# ── what is found ────────────────────────────────────────────────────────────────────────────────────────────────


def _by_targets(cells: Mapping[str, Judged]) -> Iterator[tuple[tuple[str, ...], list[Finding]]]:
    """The findings by the targets in which they are found, what concerns most of them first."""
    where: dict[Finding, list[str]] = {}
    for target, cell in cells.items():
        for finding in cell.findings:
            where.setdefault(finding, []).append(target)
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding, targets in where.items():
        groups.setdefault(tuple(targets), []).append(finding)
    yield from sorted(groups.items(), key=lambda group: -len(group[0]))


def _notes(cells: Mapping[str, Judged], *, placed: bool = False) -> Iterator[str]:
    """Sentences about the cells of a row; with `placed`, where in the policy each finding is."""
    where: dict[str, list[str]] = {}
    for target, cell in cells.items():
        told = [finding for finding in cell.findings if cell.says == "yes" or finding.level != "info"]
        lost = () if placed else (own.sentence for own in cell.lost)
        for sentence in dict.fromkeys((*(_sentence(finding, placed=placed) for finding in told), *lost)):
            where.setdefault(sentence, []).append(target)
    for sentence, targets in where.items():
        yield f"{', '.join(f'`{target}`' for target in targets)}: {sentence}"


def _sentence(finding: Finding, *, placed: bool) -> str:
    place = f"line {finding.span.begin.line}: " if placed else ""
    more = "".join(f" {part[:1].upper()}{part[1:]}." for part in (finding.why, finding.help) if part)
    return f"{place}{finding.message}.{more}"


def _data(cell: Judged, *, placed: bool = False) -> dict[str, Any]:
    remarks = [
        {
            "rule": finding.rule,
            "severity": finding.level,
            "message": finding.message,
            "why": finding.why,
            "help": finding.help,
            **({"file": finding.span.source.path, "line": finding.span.begin.line} if placed else {}),
        }
        for finding in cell.findings
    ]
    lost = [{"name": own.name, "message": own.sentence} for own in cell.lost]
    return {"says": cell.says, "findings": remarks, "lost": lost}


# ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _columns(lines: Sequence[tuple[str, ...]]) -> str:
    widths = [max((len(line[n]) for line in lines if n < len(line)), default=0) for n in range(max(map(len, lines)))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=False)).rstrip() for line in lines
    )


def _plain(text: str) -> str:
    return text.replace("`", "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
