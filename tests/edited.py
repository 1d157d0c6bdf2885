"""Texts of policies with a few of their tokens taken out, put in, exchanged, or written in another way.

Most of what is made can be read: a token gives way to one of its kind, from any text there is. So a policy comes to
words in places where nobody thinks of them, as names, in quotes, in capitals, in the files that it uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from random import Random

from recpol.analysis.program import Program, program
from recpol.base.source import Source, Unreadable
from recpol.rules.catalogue import CATALOGUE
from recpol.syntax.lexer import lex
from recpol.syntax.table import load_table
from test_cases import CASES
from test_rule_pages import examples

Word = tuple[str, str]
"""The kind of a token, and its text."""

STRINGS = (
    '""',
    '"call"',
    '"a \\"quoted\\" word"',
    '"\\u{430}nswer"',
    '"{{ call.cli }}"',
    '"{{ start.to }}"',
    '"ÄÖ"',
    '"*"',
)
NAMES = ("phase", "call", "in", "to", "store", "begin", "end", "menu", "park", "cookie", "app", "sip", "only", "pack")


@lru_cache(maxsize=1)
def corpus() -> tuple[tuple[Word, ...], ...]:
    """The tokens of the case files and of the examples of the rules."""
    texts = [path.read_bytes().decode("utf-8", "replace") for path in sorted(CASES.rglob("*.recpol"))]
    texts += [example.text for rule in CATALOGUE if rule.about_policies for example in examples(rule)]
    return tuple(words for words in map(_words, texts) if words)


def _words(text: str) -> tuple[Word, ...]:
    return tuple((kind, text[start:end]) for kind, start, end in lex(text, load_table()).tokens[:-1])


@lru_cache(maxsize=1)
def _by_kind() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for words in corpus():
        for kind, text in words:
            found.setdefault(kind, {})[text] = None
    return {kind: tuple(texts) for kind, texts in found.items()}


def edited(seed: int) -> Program:
    """The policy of a number, which may use a file of rules of the same making."""
    random = Random(seed)
    texts = {"used.recpol": edited_text(random, rules=True), "more.recpol": edited_text(random, rules=True)}

    def reader(written: str, using: str) -> Source | Unreadable:
        text = texts.get(written)
        return Unreadable("there is no such file") if text is None else Source(written, text)

    uses = random.choice(("", "", 'use "used.recpol"\n', 'use "used.recpol"\nuse "more.recpol"\n', 'use pack "gdpr"\n'))
    text = edited_text(random, rules=False)
    line = text.find("\n") + 1
    return program(Source("policy.recpol", text[:line] + uses + text[line:]), reader=reader)


def edited_text(random: Random, *, rules: bool) -> str:
    """A text of the corpus with up to six edits; with `rules` of a file of rules, as far as it lends itself."""
    words = list(random.choice(corpus()))
    for _ in range(random.randint(0, 6)):
        if words:
            _edit(words, random)
    if rules and words[:1] and words[0][1] == "policy":
        words[0] = (words[0][0], "rules")
    head = 2 if len(words) > 1 and words[0][1] in ("policy", "rules") else 0
    lines = (" ".join(text for _, text in part) for part in (words[:head], words[head:]))
    return random.choice(("", "", "", "\ufeff")) + "\n".join(lines) + random.choice(("", "\n", " # stray\n"))


def _edit(words: list[Word], random: Random) -> None:
    at = random.randrange(len(words))
    kind, text = words[at]
    choice = random.random()
    if choice < 0.55:
        words[at] = (kind, _instead(kind, text, random))
    elif choice < 0.7:
        del words[at : at + random.randint(1, 3)]
    elif choice < 0.8:
        other = random.choice(corpus())
        begin = random.randrange(len(other))
        words[at:at] = other[begin : begin + random.randint(1, 12)]
    elif choice < 0.9:
        to = random.randrange(len(words))
        words[at], words[to] = words[to], words[at]
    else:
        words[at:at] = words[at : at + random.randint(1, 8)]


def _instead(kind: str, text: str, random: Random) -> str:
    if text.startswith('"') and random.random() < 0.5:
        return random.choice((*STRINGS, text.upper()))
    if text.isidentifier() and random.random() < 0.3:
        return random.choice(NAMES)
    return random.choice(_by_kind().get(kind, (text,)))


def readable(numbers: Sequence[int]) -> list[Program]:
    """The policies of these numbers that can be read, without comments that allow findings: of others every rule is
    asked."""
    made = map(edited, numbers)
    return [one for one in made if not one.partial and not one.suppressions]
