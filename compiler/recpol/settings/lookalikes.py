"""Words of YAML files whose letters come from alphabets that look alike, to findings.

Keys, names, patterns and addresses are looked at. What somebody hears or reads as a sentence may be in any alphabet, or
in two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from recpol.base.deceiving import WHY_MIXED, mixed_words
from recpol.base.finding import Finding
from recpol.base.yamltree import List, Map, YamlNode, YamlScalar


def lookalikes(root: YamlNode | None, sentences: Collection[str]) -> Iterator[Finding]:
    """What is wrong with the words of a file; below the keys `sentences`, only keys and addresses are looked at."""
    waiting = [] if root is None else [(root, False)]
    while waiting:
        node, free = waiting.pop()
        match node:
            case Map():
                for key, _ in node.pairs:
                    yield from _mixed(key)
                waiting += [(value, free or key.text in sentences) for key, value in reversed(node.pairs)]
            case List():
                waiting += [(item, free) for item in reversed(node.items)]
            case YamlScalar():
                if not free or "://" in node.text:
                    yield from _mixed(node)


def _mixed(scalar: YamlScalar) -> Iterator[Finding]:
    """What is wrong with the first odd word that is written so, and not as an escape."""
    span = scalar.span
    word = next(mixed_words(span.text), None)
    if word is not None:
        place = span.source.span(span.start + word.start, span.start + word.end)
        help_ = "write the word in one alphabet, or the odd letter as `\\u…` in double quotes"
        yield Finding(word.message, place, why=WHY_MIXED, help=help_)
