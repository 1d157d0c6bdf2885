"""Existing SVAML, read as the policy that says the same, to the verdicts of clause packs about it.

Packs speak of parts of calls by tags, and documents have none: words that are heard say which part is meant.

Invariant: no verdict is given about a policy that says something else than the documents; a tag that marks nothing is
refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recpol.analysis.imports import PACK
from recpol.analysis.packs import Clause, Pack, pack_of
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.base.record import Record
from recpol.prove import prove
from recpol.prove.verdict import Verdict
from recpol.semantics.audio import sounds
from recpol.semantics.narration import step_words
from recpol.syntax import tree


class ClauseVerdicts(Record):
    """A clause of a pack, with the verdicts of the guarantees that stand for it."""

    pack: Pack
    clause: Clause
    verdicts: tuple[Verdict, ...]


def marked(program: Program, words: str) -> tuple[int, ...]:
    """Where the text of a policy gets a tag: behind all that is heard with some words, or is called by them."""
    found: list[int] = []
    for handler in program.handlers:
        for step in handler.steps:
            named = step.label is not None and step.label.text == words
            if step.recordable and (named or any(words in line for line in _lines(program, handler, step))):
                node = step.node
                found.append(node.span.end if isinstance(node, tree.Segment) else node.name.span.end)
    return tuple(found)


def _lines(program: Program, handler: Handler, step: Step) -> Iterator[str]:
    for sound in sounds(program, handler, step):
        yield step_words(program, step, sound)
        yield from (" ".join(part.split()) for part in sound.content)


def with_packs(text: str, packs: Sequence[str], places: Sequence[tuple[int, str]], header_end: int) -> str:
    """The text of a policy with tags at their places, that uses packs."""
    edits = [(at, f" @{tag}") for at, tag in places]
    edits.append((header_end, "".join(f'\nuse pack "{name}"' for name in dict.fromkeys(packs))))
    for at, added in sorted(edits, key=lambda edit: -edit[0]):
        text = text[:at] + added + text[at:]
    return text


def verdicts_of_packs(program: Program) -> tuple[ClauseVerdicts, ...]:
    """The clauses of all packs that a program uses, in their order, with their verdicts."""
    proven = [verdict for verdict in prove(program) if verdict.guarantee.span.source.path.startswith(PACK)]
    by_place = {(one.guarantee.span.source.path, one.guarantee.span.start): one for one in proven}
    return tuple(
        ClauseVerdicts(
            pack,
            clause,
            tuple(
                by_place[key]
                for guarantee in clause.guarantees
                if (key := (guarantee.span.source.path, guarantee.span.start)) in by_place
            ),
        )
        for brought in program.imports
        if (pack := pack_of(brought)) is not None
        for clause in pack.clauses
    )
