"""The same policy in the odd hands of many authors: other blanks, line breaks and comments between the same tokens."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from recpol.syntax.lexer import lex
from recpol.syntax.table import load_table

BREAKS = ("\n", "\n\n", "\n \n\n\t\n", "\n      ", "  \n")
BLANKS = (" ", "  ", "\t", " " * 7)


def scattered(text: str, random: Random, *, rules: tuple[str, ...] = (), comments: float = 0.1) -> str:
    """A text with something else between its tokens. Comments are on average `comments` a gap; some of them allow one
    of the `rules`."""
    lexed = lex(text, load_table())
    words = [(kind, text[start:end]) for kind, start, end in lexed.tokens[:-1]]
    habit = random.choice((0.05, 0.3, 0.6))
    made = _gap(random, rules, habit, comments) if random.random() < 0.5 else ""
    for (kind, word), (following, _) in pairwise([*words, ("", "")]):
        made += word
        if kind == "LABEL":
            made += random.choice(("", " ", "\t"))
        elif following in ("COMMA", "RBRACE", "LBRACE", "TAG") and random.random() < 0.2:
            pass
        else:
            made += _gap(random, rules, habit, comments)
    return made


def _gap(random: Random, rules: tuple[str, ...], habit: float, comments: float) -> str:
    made = ""
    while random.random() < comments:
        if random.random() < 0.5:
            made += random.choice(BREAKS)
        made += random.choice(BLANKS) + _comment(random, rules) + random.choice(BREAKS)
    return made + random.choice(BREAKS if random.random() < habit else BLANKS)


def _comment(random: Random, rules: tuple[str, ...]) -> str:
    if rules and random.random() < 0.6:
        return f"# allow {random.choice(rules)}: tried"
    return random.choice(('# "quoted', "#", "# { }", "#no blank  ", "# a sentence, -> and more", "# allow callers in"))
