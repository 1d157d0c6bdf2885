"""`recpol rule`: the rules' own pages, as text, JSON or Markdown.

Invariant: what is shown comes from the catalogue alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recpol.base.nearest import nearest
from recpol.base.typing import Any
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, say_json
from recpol.rules.every import EVERY, EVERY_BY_NAME
from recpol.rules.rule import Rule
from recpol.targets.catalogue import all_targets
from recpol.workspace.cannotrun import CannotRun

_DETAILS = """\
Exit status: 0, or 2 if there is no such rule.
"""

FORMATS = ("text", "json", "markdown")


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("rule", "Say what a rule finds and why; without a name, list all rules.", _DETAILS)
    parser.option("name", nargs="?", metavar="NAME", help="a rule, for example conference-scope")
    parser.choice(
        "--output-format",
        FORMATS,
        default="text",
        metavar="FORMAT",
        help="text, json or markdown; default: text",
    )
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    options = arguments().read(words)
    if not any(rule.page for rule in EVERY):
        raise CannotRun(
            "the pages of rules are docstrings, and Python leaves these out here",
            "run it without `-OO` (PYTHONOPTIMIZE=2)",
        )
    if options.name is None:
        _list(options.output_format)
    elif options.name in EVERY_BY_NAME:
        _page(EVERY_BY_NAME[options.name], options.output_format)
    else:
        near = nearest(options.name, EVERY_BY_NAME)
        help_ = f"did you mean `{near}`?" if near is not None else "`recpol rule` lists the rules"
        raise CannotRun(f"there is no rule `{options.name}`", help_)
    return 0


def _list(format_: str) -> None:
    match format_:
        case "json":
            say_json({"version": 1, "rules": [_data(rule) for rule in EVERY]}, exact=True)
        case "markdown":
            rows = [f"| `{rule.name}` | {rule.severity} | {rule.summary} |" for rule in EVERY]
            say("\n".join(["| rule | severity | finds |", "|---|---|---|", *rows]), exact=True)
        case _:
            width = max(len(rule.name) for rule in EVERY)
            for rule in EVERY:
                say(f"{rule.name:<{width}}  {rule.severity:<7}  {rule.summary}", exact=True)


def _page(rule: Rule, format_: str) -> None:
    match format_:
        case "json":
            say_json({"version": 1, **_data(rule)}, exact=True)
        case "markdown":
            say(f"# {rule.name}\n\n{standing(rule)}\n\n{rule.page}", exact=True)
        case _:
            say(f"{rule.name}\n{'=' * len(rule.name)}\n\n{_plain(standing(rule))}\n\n{_plain(rule.page)}", exact=True)


def _data(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "severity": rule.severity,
        "suppressible": not rule.binding,
        "targets": _targets(rule),
        "summary": rule.summary,
        "page": rule.page,
    }


def _targets(rule: Rule) -> list[str]:
    """The names of the targets that a rule is about; none where it is about all policies."""
    return [] if rule.targets is None else [target.name for target in all_targets() if rule.targets(target)]


def standing(rule: Rule) -> str:
    """Sentences on how severe a rule is, what an author may change about that, and for which targets it speaks."""
    article = "A" if rule.severity == "warning" else "An"
    level = f"{article} {rule.severity}" if rule.severity != "info" else "Information"
    if not rule.about_policies and not rule.binding:
        said = "It is about SVAML documents; set its level under `rules:` in recpol.yaml."
    elif rule.binding:
        said = "It guards the output, so it can be neither suppressed nor set to another level."
    else:
        said = f"Suppress it with `# allow {rule.name}: reason`, or set its level under `rules:` in recpol.yaml."
    names = _targets(rule)
    if not names:
        return f"{level}. {said}"
    targets = " or ".join(f"`{name}`" for name in names)
    return f"{level}. {said} It speaks only where a policy is compiled to {targets}."


def _plain(page: str) -> str:
    """A page for a terminal: examples are indented instead of fenced."""
    lines: list[str] = []
    fenced = False
    for line in page.splitlines():
        if re.match(r"```", line):
            fenced = not fenced
            if fenced and lines and not lines[-1].strip():
                lines.pop()
            continue
        lines.append(f"    {line}".rstrip() if fenced else line)
    return "\n".join(lines)
