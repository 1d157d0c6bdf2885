"""What must hold for any text, as laws that are tried one by one: on each text those whose turn it is, or all of them.

`python tests/fuzzing.py --minutes 10` tries texts of `tests/damaged.py` for so long in each of `--jobs` processes,
without a file or a process for each, and tells how often each law was tried. A text on which one does not hold is told
by its kind and number, for `FAILED` in `tests/test_damaged_texts.py`. Laws that cost much have their turn seldom.
"""

from __future__ import annotations

import json
import re
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from time import monotonic
from traceback import extract_tb
from typing import Any, NamedTuple
from xml.etree import ElementTree

from damaged import KINDS, damaged
from recpol.analysis.program import Program, program
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.calls.scenario import read_scenario
from recpol.compilation import compile_program
from recpol.explain import explain
from recpol.explain.document import json_text
from recpol.explain.markdown import markdown
from recpol.explain.text import text as explained
from recpol.fixes import apply_fixes
from recpol.formatter import format_source
from recpol.importer import import_documents
from recpol.policytest import read_tests
from recpol.report.formats import FORMATS
from recpol.report.run import Run
from recpol.rules.check import check
from recpol.rules.every import EVERY_BY_NAME
from recpol.settings.configfile import read_config
from recpol.svaml.document import Document
from recpol.svaml.read import read_document
from recpol.targets.catalogue import all_targets, target_names

_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but for tab and line break, C1, and those that change the direction of a text."""

COSTLY = 32
"""A law that costs much has its turn with every so manieth text."""


class Text(NamedTuple):
    """A text of a kind, what it was read as, and what was found in it."""

    text: str
    subject: Any
    found: list[Finding]


class Law(NamedTuple):
    """A law: what it is called, the kinds of text that it is about, with which of them it has its turn, and the law."""

    name: str
    kinds: tuple[str, ...]
    every: int
    holds: Callable[[Text], None]


def read(kind: str, text: str) -> Text:
    """A text as recpol reads it."""
    match kind:
        case "policy":
            unit = policy(text)
            return Text(text, unit, list(check(unit).findings))
        case "document":
            document = svaml(text)
            return Text(text, document, list(check(document).findings))
        case "settings":
            config, findings = read_config(Source("recpol.yaml", text), EVERY_BY_NAME, target_names())
            return Text(text, config, list(findings))
        case _:
            cases = read_tests(Source("x.test.yaml", text))
            call = read_scenario(Source("call", text[:200])).findings
            found = [*cases.problems, *(finding for case in cases.cases for finding in case.problems), *call]
            return Text(text, cases, found)


def policy(text: str) -> Program:
    return program(Source("x.recpol", text), targets=all_targets())


def svaml(text: str) -> Document:
    return read_document(Source("x.ice.json", text))


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def spans_are_inside(text: Text) -> None:
    for finding in text.found:
        for span in (finding.span, *(note.span for note in finding.notes)):
            assert 0 <= span.start <= span.end <= len(span.source.text)
        assert finding.message
        for fix in finding.fixes:
            assert all(0 <= edit.span.start <= edit.span.end <= len(text.text) for edit in fix.edits)


def rules_are_named(text: Text) -> None:
    assert all(finding.rule for finding in text.found)


def reads_the_same(kind: str) -> Callable[[Text], None]:
    def holds(text: Text) -> None:
        again = [(f.message, f.span.start, f.rule) for f in read(kind, text.text).found]
        assert again == [(f.message, f.span.start, f.rule) for f in text.found]

    return holds


def reported(name: str) -> Callable[[Text], None]:
    def holds(text: Text) -> None:
        report = FORMATS[name].write(Run(text.found, ("x.recpol",), tried=True), False)
        assert _STEERS.search(report) is None, f"{name} can steer a terminal"
        if name in ("json", "sarif", "gitlab"):
            json.loads(report)
        if name == "junit":
            ElementTree.fromstring(report)
        if name == "github":
            assert all(line.startswith("::") for line in report.splitlines())

    return holds


def compiles_or_tells(text: Text) -> None:
    compilation = compile_program(text.subject)
    refused = any(finding.level == "error" for finding in compilation.findings)
    assert compilation.outputs or refused or "rules" in text.text, "a file of rules compiles to nothing"
    for output in compilation.outputs:
        for data in output.files.values():
            json.loads(data)


def explains(text: Text) -> None:
    told = explain(compile_program(text.subject))
    for said in (explained(told), markdown(told), json_text([told])):
        assert _STEERS.search(said) is None


def formats(text: Text) -> None:
    formatted = format_source(Source("x.recpol", text.text))
    if isinstance(formatted, str):
        assert format_source(Source("x.recpol", formatted)) == formatted
        same = [f.rule for f in text.found if f.rule != "byte-order-mark"]  # the formatter drops it
        assert [f.rule for f in check(policy(formatted)).findings] == same


def fixes_policies(text: Text) -> None:
    fixed = apply_fixes(text.text, policy, unsafe=True)
    # What a text can be read at all after a fix, more can be found in; but what was found is not found again.
    assert fixed.text == text.text or fixed.done


def fixes_documents(text: Text) -> None:
    apply_fixes(text.text, svaml)


def imports(text: Text) -> None:
    imported = import_documents("x", [text.subject])
    if imported.text:
        policy(imported.text)


ALL = tuple(KINDS)
LAWS: tuple[Law, ...] = (
    Law("spans lie inside of the text", ALL, 1, spans_are_inside),
    Law("every finding names its rule", ("policy", "document", "settings"), 1, rules_are_named),
    *(Law("the same text gives the same findings", (kind,), 4, reads_the_same(kind)) for kind in ALL),
    *(
        Law(f"`{name}` is well-formed and steers nothing", ALL, COSTLY if name == "sarif" else 7, reported(name))
        for name in FORMATS
    ),
    Law("a policy compiles to JSON, or an error says why not", ("policy",), 5, compiles_or_tells),
    Law("an explanation steers nothing", ("policy",), 11, explains),
    Law("`fmt` is stable, and changes no finding", ("policy",), 3, formats),
    Law("fixes can be carried out, and end", ("policy",), COSTLY, fixes_policies),
    Law("fixes can be carried out, and end", ("document",), 8, fixes_documents),
    Law("what is imported can be read", ("document",), 3, imports),
)


def tried(kind: str, number: int, *, all_laws: bool = False) -> Iterator[str]:
    """Try the laws whose turn it is, or all, on the text of a number; raises what does not hold."""
    text = read(kind, damaged(kind, number))
    yield "no exception"
    for at, law in enumerate(LAWS):
        if kind in law.kinds and (all_laws or (number + at) % law.every == 0):
            law.holds(text)
            yield law.name


# ── at length ────────────────────────────────────────────────────────────────────────────────────────────────────


def _for(minutes: float, first: int, step: int) -> tuple[Counter[str], Counter[str], list[str]]:
    """Try every `step`th number from `first` on for so long: texts by kind, laws, and what did not hold."""
    end = monotonic() + 60 * minutes
    texts, laws, failed = Counter[str](), Counter[str](), list[str]()
    number = first
    while monotonic() < end:
        for kind in KINDS:
            try:
                laws.update(tried(kind, number))
            except Exception as problem:  # noqa: BLE001  whatever it is, it is what is looked for
                place = extract_tb(problem.__traceback__)[-1]
                failed.append(f"{kind} {number}: {place.name}, line {place.lineno}: {problem!r:.300}")
            texts[kind] += 1
        number += step
    return texts, laws, failed


def main(words: Sequence[str] | None = None) -> int:
    """Try for some minutes and tell the figures; 1 where something did not hold."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--first", type=int, default=0, help="the number of the first text of each kind")
    options = parser.parse_args(words)
    with ProcessPoolExecutor(options.jobs) as pool:
        runs = [pool.submit(_for, options.minutes, options.first + job, options.jobs) for job in range(options.jobs)]
        texts, laws, failed = Counter[str](), Counter[str](), list[str]()
        for run in runs:
            more_texts, more_laws, more_failed = run.result()
            texts += more_texts
            laws += more_laws
            failed += more_failed
    for name, count in (*texts.items(), ("texts", texts.total()), *laws.items()):
        sys.stdout.write(f"{count:>10,}  {name}\n")
    sys.stdout.write("\n".join([f"{len(failed):>10,}  did not hold", *failed, ""]))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
