"""The pages of the documentation site, made of the project's own: `python docs/sitepages.py FOLDER` writes them.

The pages stay as they are for who reads them in the checkout. On the site the README is the first page, each rule has a
page of its own, links to files that the site does not have lead to the repository, and what tests read between the
lines (`<!-- … -->`) is left out. `make site` builds the site from them. A playground that was built is a part of it.

Invariant: every link leads to a page of the site, to a heading in it, or to a file of the project.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

import generate
from recpol.cli.rule import standing
from recpol.rules.every import EVERY
from recpol.rules.rule import Rule

ROOT = Path(__file__).parents[1]

REPOSITORY = "https://github.com/recpol/recpol"

TOP = {"README.md": "index.md", "CHANGELOG.md": "changelog.md"}
"""The pages of the project's folder that the site has; all below `docs` are there too."""

RULES = "docs/rules.md"

PLAYGROUND = ROOT / "playground" / "dist"
"""Where `make playground` leaves it."""

_PLACE = "<!-- playground -->"
_PLACE_KEPT = "{{ playground }}"
_OPEN = "[Open the playground](playground/index.html): write, compile and try a policy in this browser."

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_FENCE = re.compile(r" *(`{3,})")
_ITEM = re.compile(r"(?:[-*]|\d+\.) ")


class DeadLink(Exception):
    """A link that leads nowhere."""


def site_pages() -> dict[str, str]:
    """The pages: path on the site, to text; raises `DeadLink`."""
    places = _places()
    pages = {at: _page(source, at, places) for source, at in places.items() if source != RULES}
    pages["rules.md"] = shown(_without_sections(generate.rules_page()), RULES, "rules.md", places)
    for rule in EVERY:
        at = f"rules/{rule.name}.md"
        pages[at] = shown(_rule(rule), RULES, at, places)
    return pages


def _places() -> dict[str, str]:
    """Where the pages of the project are on the site."""
    below = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")}
    return TOP | {path: path.removeprefix("docs/") for path in sorted(below)}


def _page(source: str, at: str, places: dict[str, str]) -> str:
    text = (ROOT / source).read_text("utf-8")
    page = shown(text.replace(_PLACE, _PLACE_KEPT), source, at, places)
    return page.replace(_PLACE_KEPT, _OPEN if (PLAYGROUND / "index.html").is_file() else "")


def _without_sections(page: str) -> str:
    """The page of all rules without what each rule's own page has."""
    return re.split(r"^## (?!Rules that always speak)", page, maxsplit=1, flags=re.MULTILINE)[0]


def _rule(rule: Rule) -> str:
    """The page of a rule: what it finds is its description, for the search."""
    page = re.sub(r"(?<=[^\n])\n```(?=recpol|json)", "\n\n```", rule.page)
    return f"# {rule.name}\n\n{standing(rule)}\n\n{page}\n\n[All rules](rules.md)\n"


def shown(text: str, source: str, at: str, places: dict[str, str]) -> str:
    """A page of the project as the site has it."""
    lines: list[str] = []
    fence = ""
    for line in _COMMENT.sub("", text).split("\n"):
        mark = _FENCE.match(line)
        if fence:
            fence = "" if line.strip() == fence else fence
        elif mark:
            fence = mark[1]
        else:
            line = _LINK.sub(lambda found: f"]({_address(found[1], source, at, places)})", line)
            if _ITEM.match(line) and lines and lines[-1] and not re.match(r" |[-*] |\d+\. ", lines[-1]):
                lines.append("")  # a list begins after an empty line
        lines.append(line)
    return "\n".join(lines).strip("\n") + "\n"


def _address(target: str, source: str, at: str, places: dict[str, str]) -> str:
    """What a link of a page leads to, from where the page is on the site."""
    if target.startswith(("https://", "http://")):
        return target
    path, _, anchor = target.partition("#")
    named = normpath(join(dirname(source), path)) if path else source
    if named == RULES and anchor in _RULE_NAMES:
        return relpath(f"rules/{anchor}.md", dirname(at) or ".")
    if named in places:
        if named == source and not path and at == places[named]:
            return target
        return relpath(places[named], dirname(at) or ".") + (f"#{anchor}" if anchor else "")
    if named.removeprefix("docs/") in pictures():
        return relpath(named.removeprefix("docs/"), dirname(at) or ".")
    if not (ROOT / named).exists():
        raise DeadLink(f"{source}: {target}")
    return f"{REPOSITORY}/{'tree' if (ROOT / named).is_dir() else 'blob'}/main/{named}"


def pictures() -> dict[str, Path]:
    """The pictures of the pages: path on the site, to file."""
    found = [path for end in ("png", "svg") for path in sorted((ROOT / "docs").rglob(f"*.{end}"))]
    return {path.relative_to(ROOT / "docs").as_posix(): path for path in found}


_RULE_NAMES = frozenset(rule.name for rule in EVERY)


def main(words: list[str]) -> int:
    """Write the pages into a folder, which is the command's argument."""
    if len(words) != 1:
        print("usage: python docs/sitepages.py FOLDER", file=sys.stderr)
        return 2
    folder = Path(words[0])
    for name, text in site_pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    for name, picture in pictures().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, folder / name)
    if (PLAYGROUND / "index.html").is_file():
        shutil.copytree(PLAYGROUND, folder / "playground", dirs_exist_ok=True)
    else:
        print("the site has no playground, for none was built: `make playground`")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
