"""`recpol packs [NAME]`: the clause packs that come with recpol; of one, each clause, and what is not covered of it.

Invariant: what is printed of a pack is what the pack says; nothing is called proven here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from recpol.analysis.packs import Pack, pack
from recpol.base.nearest import nearest
from recpol.base.resources import pack_names
from recpol.cli.arguments import Arguments
from recpol.cli.console import say, say_json
from recpol.explain.layout import clause_lines, pack_title
from recpol.explain.packs import explained_pack
from recpol.workspace.cannotrun import CannotRun

FORMATS = ("text", "json")

_DETAILS = """\
`use pack "NAME"` in a policy brings a pack in: guarantees, each for a clause of a law or a standard. A pack is no legal
advice: it says of each clause how and when it was checked, and what no compiler knows of it.
Exit status: 0, or 2 if there is no such pack.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("packs", "List the clause packs; with a name, say what is in one.", _DETAILS)
    parser.option("name", nargs="?", metavar="NAME", help="a pack, for example pci-dss-4")
    parser.choice("--output-format", FORMATS, default="text", metavar="FORMAT", help="text or json; default: text")
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    options = arguments().read(words)
    if options.name is None:
        _list(options.output_format)
        return 0
    found = pack(options.name)
    if found is None:
        near = nearest(options.name, pack_names())
        help_ = f"did you mean `{near}`?" if near is not None else "`recpol packs` lists the packs that there are"
        raise CannotRun(f"there is no pack `{options.name}`", help_)
    _print(found, options.output_format)
    return 0


def _list(format_: str) -> None:
    found = [one for name in pack_names() if (one := pack(name)) is not None]
    if format_ == "json":
        say_json({"version": 1, "packs": [asdict(explained_pack(one)) for one in found]}, exact=True)
        return
    width = max((len(one.name) for one in found), default=0)
    for one in found:
        reviewed = "never" if one.reviewed is None else one.reviewed.isoformat()
        say(f"{one.name:<{width}}  {one.version:<3}  {reviewed:<10}  {one.title}", exact=True)


def _print(found: Pack, format_: str) -> None:
    shown = explained_pack(found)
    if format_ == "json":
        say_json({"version": 1, **asdict(shown)}, exact=True)
        return
    lines = [pack_title(shown)]
    if found.tags:
        lines.append(f"Tags that it speaks of: {', '.join(f'@{tag}' for tag in found.tags)}.")
    for clause in shown.clauses:
        lines += ["", clause.citation, *(f"  {line}" for line in clause_lines(clause))]
    say("\n".join(lines), exact=True)
