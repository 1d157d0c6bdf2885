"""Reads YAML maps by hand, part by part, and collects what is wrong: for `recpol.yaml` and for tests of policies.

`jsonschema` takes longer to load than a whole lint and cannot say where in a file something is wrong. The schemas in
`schemas/` say the same for editors; tests give many files to both and want one verdict.

Invariant: reading never fails; what is wrong is a finding that underlines it, and the rest of the file still counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from recpol.base.finding import Finding
from recpol.base.nearest import nearest
from recpol.base.source import Span
from recpol.base.typing import TypeVar
from recpol.base.yamltree import List, Map, YamlNode, YamlScalar
from recpol.settings.config import VAR_NAME

T = TypeVar("T")


class MappingReader:
    """Reads parts of one file; a `name` is a phrase that begins a message, such as `` `vars` ``."""

    def __init__(self, found: list[Finding]) -> None:
        self.found = found

    def report(self, message: str, span: Span, help_: str) -> None:
        """Collect a finding."""
        self.found.append(Finding(message, span, help=help_))

    def unknown(self, key: YamlScalar, known: Collection[str]) -> None:
        """Report a key that is none of those there are."""
        self.report(f"unknown key `{key.text}`", key.span, guess(key.text, known))

    def pairs(self, name: str, value: YamlNode) -> tuple[tuple[YamlScalar, YamlNode], ...]:
        """The pairs of a map; a key with nothing after it has none."""
        if isinstance(value, Map):
            return value.pairs
        if not is_empty(value):
            self.report(f"{name} is {what_is(value)}", value.span, "write lines of the form `NAME: VALUE` below it")
        return ()

    def each(
        self, name: str, value: YamlNode, pattern: str, letters: str, read: Callable[[str, YamlNode, Span], T | None]
    ) -> dict[str, T]:
        """A map to what `read` makes of each of its values (name, value, place of the name), without the wrong ones."""
        result: dict[str, T] = {}
        for key, part in self.pairs(name, value):
            if re.search(pattern, key.text) is None:
                self.report(f"`{key.text}` cannot be a name in {name}", key.span, f"use {letters}")
            elif (got := read(key.text, part, key.span)) is not None:
                result[key.text] = got
        return result

    def variables(self, name: str, value: YamlNode) -> dict[str, str]:
        """The values of variables: texts, numbers, `true` and `false`, each as it is written."""
        return self.each(name, value, VAR_NAME, "letters, digits, `_` and `-`, not a digit first", self._variable)

    def _variable(self, name: str, value: YamlNode, key: Span) -> str | None:
        if isinstance(value, YamlScalar) and value.kind != "null":
            return value.text
        if is_empty(value):
            self.report(f"the variable `{name}` has no value", key, 'give it one; `""` is the empty text')
        else:
            what = what_is(value)
            self.report(f"the variable `{name}` is {what}", value.span, "write a text, a number, `true` or `false`")
        return None

    def truth(self, name: str, value: YamlNode) -> bool | None:
        """`true` or `false`; None for anything else."""
        if isinstance(value, YamlScalar) and value.kind == "bool":
            return is_true(value.text)
        self.report(f"{name} is {what_is(value)}", value.span, "write `true` or `false`")
        return None


def guess(word: str, known: Collection[str]) -> str:
    """What to write in place of a word: the one that it resembles, or all there are."""
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near is not None else "write " + ", ".join(f"`{name}`" for name in known)


def is_empty(value: YamlNode) -> bool:
    """Whether nothing is written there, or `null`."""
    return isinstance(value, YamlScalar) and value.kind == "null"


def is_true(text: str) -> bool:
    """What a scalar of the kind `bool` says."""
    return text.lower() in ("true", "yes", "on")


def what_is(value: YamlNode) -> str:
    """What a message calls a value that should be another."""
    match value:
        case Map():
            return "a map"
        case List():
            return "a list"
        case YamlScalar("", "null"):
            return "without a value"
        case YamlScalar(text, "null"):
            return f"`{text}`, which is no value"
        case YamlScalar(text, "number"):
            return f"the number `{text}`"
        case YamlScalar(text, "bool"):
            return f"`{text}`, which is true or false"
        case YamlScalar(text):
            return f"the text `{text}`" if text.strip() else "an empty text"
