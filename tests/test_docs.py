"""Every policy in the documentation is run, and every document beside it is what recpol gives.

How a page says what a fenced block is stands in CONTRIBUTING.md under "Examples in the documentation".
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source, Unreadable
from recpol.cli.commands import COMMAND_BY_NAME
from recpol.compilation import Compilation, compile_program
from recpol.report.text import full
from recpol.rules.catalogue import BY_NAME
from recpol.settings.config import DEFAULT_TARGET
from recpol.settings.configfile import read_config
from recpol.targets.catalogue import target_names, targets_named
from wrap import pages as all_pages
from wrap import wrapped

ROOT = Path(__file__).parents[1]
STORE = 'store calls { url "s3://acme-recordings/" credentials env SINCH_S3_CREDENTIALS }\n'

PLACES = {
    "policy": "policy example\nlocale en-GB\n{part}",
    "reply": "policy example\nlocale en-GB\non ice {{\nanswer\n{part}}}\n",
    "recorded reply": "policy example\nlocale en-GB\n" + STORE + "on ice {{\nanswer\n{part}}}\n",
    "menu reply": "policy example\nlocale en-GB\non ice {{\nanswer\n{part}}}\non pie otherwise {{ hangup }}\n",
    "parked reply": "policy example\nlocale en-GB\non ice {{\nanswer\n{part}}}\non manage pick-up {{ hangup }}\n",
    "segments": "policy example\nlocale en-GB\non ice {{\nanswer\n{part}connect pstn +442079460104\n}}\n",
}
"""Where a part of a policy stands: `<!-- in: PLACE -->` before its block says which."""

KINDS = {"recpol", "recpol-part", "recpol-refused", "json", "text", "yaml"}


class Block(NamedTuple):
    """A fenced block: where it starts, its language, its text, and the comment right before it."""

    path: str
    line: int
    kind: str
    text: str
    comment: str

    def marked(self, word: str) -> str:
        """What the comment says after `word:`; empty where it does not."""
        found = re.match(rf"{word}:\s*(.*)", self.comment)
        return found[1].strip() if found else ""


def pages() -> list[Path]:
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(page for page in found if "generated" not in page.read_text("utf-8").partition("\n")[0])


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page; a longer fence may hold shorter ones as text."""
    fence, kind, start, comment = "", "", 0, ""
    held: list[str] = []
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        opened = re.match(r"(`{3,})([\w-]*)\s*$", line)
        if not fence and opened:
            fence, kind, start, held = opened[1], opened[2], number, []
        elif fence and line == fence:
            yield Block(page.relative_to(ROOT).as_posix(), start, kind, "".join(f"{at}\n" for at in held), comment)
            fence, comment = "", ""
        elif fence:
            held.append(line)
        else:
            said = re.match(r"<!--\s*(.*?)\s*-->\s*$", line)
            comment = said[1] if said else ""
    assert not fence, f"{page}:{start}: a block is not closed"


def examples() -> list[tuple[Block, Block | None]]:
    """Every block that is tested, with the policy before it on its page."""
    found: list[tuple[Block, Block | None]] = []
    for page in pages():
        policy: Block | None = None
        for block in blocks(page):
            if block.kind.startswith("recpol"):
                policy = block
                found.append((block, None))
            elif block.comment:
                found.append((block, policy))
    return found


def reader(written: str, using: str) -> Source | Unreadable:
    path = ROOT / "policies" / written
    return Source(written, path.read_text("utf-8")) if path.is_file() else Unreadable("there is no such file")


def compiled(block: Block, target: str | None = None, path: str = "") -> Compilation:
    """What recpol makes of a block in a target, or else in the one that the policy or the settings choose; a file is
    called after its policy where it has no `path`."""
    text = block.text
    if block.kind == "recpol-part":
        text = PLACES[block.marked("in")].format(part=block.text)
    named = re.search(r"^(?:policy|rules) (\S+)", text, re.MULTILINE)
    chosen = re.search(r"^target (\S+)$", text, re.MULTILINE)
    target = target or (chosen[1] if chosen else DEFAULT_TARGET)
    source = Source(path or f"{named[1] if named else 'unnamed'}.recpol", text)
    return compile_program(program(source, reader=reader, targets=targets_named([target])))


def name(example: tuple[Block, Block | None]) -> str:
    return f"{example[0].path}:{example[0].line}"


@pytest.mark.parametrize("example", examples(), ids=name)
def test_example(example: tuple[Block, Block | None]) -> None:
    block, policy = example
    assert block.kind in KINDS, f"`{block.kind}` is not a kind of block that is tested"
    match block.kind:
        case "recpol" | "recpol-part":
            compilation = compiled(block)
            assert full(compilation.findings) == ""
            assert compilation.files or compilation.program.is_rules
        case "recpol-refused":
            wanted = set(block.marked("finds").split(", "))
            assert wanted <= set(BY_NAME), "the comment before the block names no rule"
            compilation = compiled(block)
            assert {finding.rule for finding in compilation.findings} == wanted, full(compilation.findings)
            assert not compilation.files
        case "json":
            assert policy is not None
            assert json.loads(block.text, object_pairs_hook=list) == given(policy, block.marked("gives"))
        case "text":
            assert policy is not None
            path = block.marked("says")
            assert block.comment == "says" or path
            compilation = compiled(policy, path=path)
            page = (ROOT / block.path).read_text("utf-8")
            assert path or f"/{compilation.program.source.path}" not in page, "the page has it in a folder: say which"
            assert block.text == full(compilation.findings)
        case _:
            assert block.comment == "recpol.yaml"
            assert read_config(Source("recpol.yaml", block.text), BY_NAME, target_names())[1] == ()


def given(policy: Block, what: str) -> Any:
    """A file that a policy gives, or a part of it: `ice.json`, `ice.json action`, `svaml1/ice.json`.

    Objects are lists of pairs.
    """
    path, *keys = what.split()
    folder, _, file = path.rpartition("/")
    document = json.loads(compiled(policy, folder or DEFAULT_TARGET).files[file], object_pairs_hook=list)
    for key in keys:
        document = dict(document)[key]
    return document


def test_there_are_examples() -> None:
    kinds = [block.kind for block, _ in examples()]
    assert kinds.count("recpol") >= 5
    assert kinds.count("recpol-refused") >= 2
    assert kinds.count("json") >= 5


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_lead_somewhere() -> None:
    missing = []
    for page in [*all_pages(ROOT), *(ROOT / "editors").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
            if target.startswith(("http://", "https://")):
                continue
            name_, _, anchor = target.partition("#")
            to = page.parent / name_ if name_ else page
            if not to.exists() or (anchor and anchor not in anchors(to)):
                missing.append(f"{page.relative_to(ROOT)}: {target}")
    assert missing == []


def test_pages_name_rules_that_exist() -> None:
    said = re.compile(r"\(`([a-z]+(?:-[a-z0-9]+)+)`(?:, (?:or )?`([a-z]+(?:-[a-z0-9]+)+)`)?")
    for page in (ROOT / "docs" / "language.md", ROOT / "README.md"):
        names = {found for pair in said.findall(page.read_text("utf-8")) for found in pair if found}
        assert names - set(BY_NAME) == set(), page.name


def test_the_readme_has_every_command_as_it_is_called_and_every_schema() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    used = page.partition("## Use\n")[2].partition("```\n\n")[0]
    lines = [shlex.split(line, comments=True)[2:] for line in used.splitlines() if line.startswith("$ recpol ")]
    for command, *words in lines:
        COMMAND_BY_NAME[command].load().arguments().read(words)
    assert {command for command, *_ in lines} == set(COMMAND_BY_NAME)
    row = next(line for line in page.splitlines() if line.startswith("| [schemas/]"))
    schemas = {file.name.removesuffix(".schema.json") for file in (ROOT / "schemas").iterdir()}
    assert set(re.findall(r"`([^`]+)`", row)) == schemas


def long_lines(text: str) -> list[str]:
    """The lines of a page that are too long, but for tables, fences, comments, and a line that is one long word."""
    found: list[str] = []
    fence = ""
    for line in text.splitlines():
        mark = re.match(r" *(`{3,})", line)
        if mark is not None:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        elif not fence and not line.startswith(("|", "<!--")) and len(line) > 100 and len(line.split()) > 2:
            found.append(line)
    return found


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_lines_keep_to_100_characters(page: Path) -> None:
    assert long_lines(page.read_text("utf-8")) == [], "run `make format`, or `make generate` for a generated page"


WORDS = "a line that is longer than it should be, with `a code span` in it and [a link](language.md#stores) "


def test_a_page_is_wrapped_without_a_change_of_what_it_shows() -> None:
    page = f"""\
# {WORDS * 2}

{WORDS * 3}
{WORDS}1. no item, for it is the middle of a sentence - and this is no item either

1. {WORDS * 2}
   - {WORDS * 2}

| {WORDS} | {WORDS} |

```text
{WORDS * 2}
```

short
lines stay
"""
    laid_out = wrapped(page)
    assert wrapped(laid_out) == laid_out
    assert laid_out.split() == page.split()
    assert long_lines(laid_out) == [f"# {WORDS * 2}"]
    assert [len(line) <= 100 for line in laid_out.splitlines()].count(False) == 3, "a heading, a table and a fence"
    assert len(re.findall(r"^ *(?:[-*+]|\d+\.) ", laid_out, re.MULTILINE)) == 2, "no word becomes the mark of an item"
    assert laid_out.count("`a code span`") == page.count("`a code span`")
    assert "short\nlines stay\n" in laid_out
