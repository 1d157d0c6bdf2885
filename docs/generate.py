"""Writes what is made from the code: pages and tables from the rules, schemas from the facts, grammars for editors.

`python docs/generate.py` writes; with `--check` it writes nothing and exits 1 if a file is not as it would be written.

Invariant: what is written depends on the code alone; of a page with a generated part the rest stays as it is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from grammars import grammars
from recpol.cli.rule import standing
from recpol.platform.pitfalls import MISTAKES
from recpol.platform.v1.schema_callouts import callout_schema_text
from recpol.platform.v1.schema_classic import classic_schema_text
from recpol.platform.v1.schema_current import svaml1_schema_text
from recpol.platform.v2.schema import svaml2_schema_text
from recpol.report.quiet import lines
from recpol.rules.catalogue import CATALOGUE
from recpol.rules.every import DOCUMENT_RULES, EVERY
from recpol.rules.rule import Rule
from recpol.support_matrix import table
from recpol.support_matrix.layout import table_markdown
from recpol.targets.catalogue import all_targets
from screens import pictures
from wrap import wrapped

ROOT = Path(__file__).parents[1]

COMMAND = "make generate"

HEAD = f"""\
<!-- This page is generated from compiler/recpol/rules by `{COMMAND}`; do not edit it. -->

# Rules

What recpol finds, why it matters, and what to write instead. `recpol rule NAME` prints the same page. Rules about
existing SVAML documents come after those about policies; a document is held against many of the latter too
([docs/json.md](json.md)).

An error keeps a policy from being compiled; a warning does so with `--strict`, or with `strict: true` in `recpol.yaml`.
Most rules can be set to another level under `rules:` in `recpol.yaml`, or suppressed on one line with a comment:
`# allow RULE-NAME: reason`. Those that guard the output [can not](#rules-that-always-speak).
A rule about one target ([docs/targets.md](targets.md)) says on its page for which targets it speaks; it is silent where
a policy is not compiled to one of them.
"""


def files() -> dict[str, str]:
    """The generated files: path from the project folder, to text."""
    return {
        "docs/rules.md": lines(wrapped(rules_page())),  # what is not seen stands as its code
        "docs/mistakes.md": wrapped(mistakes_page()),
        "docs/targets.md": targets_page(),
        "schemas/svaml-classic.schema.json": classic_schema_text(),
        "schemas/svaml1.schema.json": svaml1_schema_text(),
        "schemas/callout.schema.json": callout_schema_text(),
        "schemas/svaml2.schema.json": svaml2_schema_text(),
        **grammars(),
        **pictures(),
    }


MISTAKES_HEAD = f"""\
<!-- This page is generated from the rules by `{COMMAND}`; do not edit it. -->

# Known mistakes

What is known to go wrong with recordings and the calls around them, and what recpol does about it: the rules that find
it in a policy and in existing SVAML, or why none has to. R is about destinations and options, F about what is recorded
and when, C about the flow of a call. [docs/rules.md](rules.md) has a page on each rule; [docs/json.md](json.md) says
how existing SVAML is read.

| | mistake | in a policy | in SVAML JSON |
|---|---|---|---|
"""


def mistakes_page() -> str:
    """The table of known mistakes."""
    documents = list(DOCUMENT_RULES)
    rows = [
        f"| {m.name} | {m.text} | {_found(m.name, CATALOGUE) or m.policy} | {_found(m.name, documents) or m.document} |"
        for m in MISTAKES.values()
    ]
    return MISTAKES_HEAD + "\n".join(rows) + "\n"


def _found(mistake: str, rules: Sequence[Rule]) -> str:
    """The rules that find a mistake, each with a link to its page."""
    found = dict.fromkeys(rule.name for rule in rules if mistake in rule.covers)
    return ", ".join(f"[{name}](rules.md#{name})" for name in found)


BEGIN, END = f"<!-- begin: constructs, written by `{COMMAND}` -->", "<!-- end: constructs -->"
"""What stands around the generated part of a page."""


def targets_page() -> str:
    """The page on targets, with the table of what each of them can say as it is now."""
    before, _, rest = (ROOT / "docs" / "targets.md").read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table_markdown(table(all_targets()))}\n\n{END}{after}"


def rules_page() -> str:
    """The page of all rules, by family."""
    families: dict[str, list[Rule]] = {}
    for rule in EVERY:
        families.setdefault(rule.module, []).append(rule)
    parts = [HEAD, "| rule | severity | finds |\n|---|---|---|"]
    for rules in families.values():
        parts[-1] += "".join(f"\n{_row(rule)}" for rule in rules)
    parts.append(_binding())
    for module, rules in families.items():
        parts.append(_family(sys.modules[module].__doc__ or ""))
        parts.extend(f"### {rule.name}\n\n{standing(rule)}\n\n{_spaced(rule.page)}" for rule in rules)
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _binding() -> str:
    """The rules that no comment and no setting silences."""
    names = " · ".join(f"[{rule.name}](#{rule.name})" for rule in EVERY if rule.binding)
    head = "## Rules that always speak"
    told = "These guard the output, and can be neither suppressed nor set to another level:"
    return f"{head}\n\n{told} {names}"


def _row(rule: Rule) -> str:
    summary = rule.summary.replace("|", "\\|")
    return f"| [{rule.name}](#{rule.name}) | {rule.severity} | {summary} |"


def _family(doc: str) -> str:
    """A heading for the rules of a module, from what its docstring says it is about."""
    sentence = " ".join(doc.partition("\n\n")[0].split()).rstrip(".")
    subject, mark, rest = re.match(r"([^:,]*)(?:([:,]) *(.*))?", sentence.removeprefix("Rules about ")).groups("")  # type: ignore[union-attr]  # matches every text
    told = f"\n\n{rest[:1].upper()}{rest[1:]}." if mark == ":" else ""
    return f"## {subject[:1].upper()}{subject[1:]}{told}"


def _spaced(page: str) -> str:
    """A page with an empty line before each example, as Markdown wants it."""
    return re.sub(r"(?<=[^\n])\n```(?=recpol|json)", "\n\n```", page)


def write(root: Path) -> list[str]:
    """Write the files below a project folder; the paths of those that changed."""
    changed = stale(root)
    for name, text in changed.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    return list(changed)


def stale(root: Path) -> dict[str, str]:
    """The files below a project folder that are missing or not as they would be written: path, to the right text."""
    return {name: text for name, text in files().items() if not _is(root / name, text)}


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()


def main(words: Sequence[str], root: Path = ROOT) -> int:
    """Run the command and return its exit status."""
    if list(words) not in ([], ["--check"]):
        print("usage: python docs/generate.py [--check]", file=sys.stderr)
        return 2
    if words:
        for name in stale(root):
            print(f"{name} is not up to date: run `{COMMAND}`")
        return int(bool(stale(root)))
    for name in write(root):
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
