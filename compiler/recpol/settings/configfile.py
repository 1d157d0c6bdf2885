"""`recpol.yaml` to a `Config`, and findings for what is wrong with it.

The file is read here by hand rather than with `jsonschema`, which takes longer to load than a whole lint and cannot
say where in the file something is wrong. `schemas/config.schema.json` says the same for editors; a test gives many
files to both and wants one verdict.

Invariant: reading never fails; what is wrong is a finding that underlines it, and the rest of the file still counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TypeVar

from recpol.base.finding import Finding
from recpol.base.nearest import nearest
from recpol.base.source import Source, Span
from recpol.base.yamltree import List, Map, YamlNode, YamlScalar, read_yaml
from recpol.settings.config import ENVIRONMENT_NAME, INCLUDE, KEYS, OUT, RULE, RULE_NAME, TARGETS, VAR_NAME, Config
from recpol.settings.levels import LEVELS, Level

T = TypeVar("T")


def read_config(
    source: Source, rule_names: Collection[str], binding: Collection[str] = ()
) -> tuple[Config, tuple[Finding, ...]]:
    """The text of a `recpol.yaml` to what it says and what is wrong with it.

    `rule_names` are the rules there are; those in `binding` always speak, so that no level can be set for them.
    """
    root, problems = read_yaml(source)
    reader = _Reader(rule_names, binding, list(problems))
    config = Config()
    if isinstance(root, Map):
        config = reader.config(root)
    elif root is not None and not _empty(root):
        reader.report(f"{_a(root)}, not settings", root.span, "write lines of the form `KEY: VALUE`")
    return config, tuple(replace(finding, rule=RULE, severity="error") for finding in reader.found)


class _Reader:
    """Reads the parts of one file and collects what is wrong; a `name` is a phrase that begins a message."""

    def __init__(self, rule_names: Collection[str], binding: Collection[str], found: list[Finding]) -> None:
        self.rule_names, self.binding = rule_names, binding
        self.found = found

    def report(self, message: str, span: Span, help_: str) -> None:
        self.found.append(Finding(message, span, help=help_))

    def config(self, root: Map) -> Config:
        config = Config()
        for key, value in root.pairs:
            match key.text:
                case "include":
                    config = replace(config, include=self.include(value) or config.include)
                case "out":
                    out = self.text("`out`", value, OUT, "name a folder, for example `build`")
                    config = replace(config, out=out or config.out)
                case "targets":
                    config = replace(config, targets=self.targets(value) or config.targets)
                case "vars":
                    config = replace(config, vars=self.vars("`vars`", value))
                case "environments":
                    config = replace(config, environments=self.environments(value))
                case "rules":
                    config = replace(config, rules=self.levels("`rules`", value))
                case "paths":
                    config = replace(config, paths=self.paths(value))
                case "strict":
                    config = replace(config, strict=self.strict(value))
                case _:
                    self.unknown("key", key.text, key.span, KEYS)
        return config

    def include(self, value: YamlNode) -> tuple[str, ...]:
        help_ = "write patterns inside the project folder, for example `policies/**/*.recpol`"
        if isinstance(value, List) and not value.items:
            self.report("`include` lists nothing", value.span, help_)
        items = value.items if isinstance(value, List) else (value,)
        return tuple(text for item in items if (text := self.text("`include`", item, INCLUDE, help_)) is not None)

    def targets(self, value: YamlNode) -> tuple[str, ...]:
        if isinstance(value, List) and not value.items:
            self.report("`targets` lists nothing", value.span, "write `classic`, `svaml1` or `svaml2`")
        items = value.items if isinstance(value, List) else (value,)
        chosen = [self.choice("`targets`", item, TARGETS) for item in items]
        return tuple(dict.fromkeys(target for target in chosen if target is not None))

    def vars(self, name: str, value: YamlNode) -> dict[str, str]:
        return self.each(name, value, VAR_NAME, "letters, digits, `_` and `-`, not a digit first", self.variable)

    def variable(self, name: str, value: YamlNode, key: Span) -> str | None:
        if isinstance(value, YamlScalar) and value.kind != "null":
            return value.text
        if _empty(value):
            self.report(f"the variable `{name}` has no value", key, 'give it one; `""` is the empty text')
        else:
            self.report(
                f"the variable `{name}` is {_a(value)}", value.span, "write a text, a number, `true` or `false`"
            )
        return None

    def environments(self, value: YamlNode) -> dict[str, dict[str, str]]:
        letters = "letters, digits, `_`, `.` and `-`"
        return self.each("`environments`", value, ENVIRONMENT_NAME, letters, self.environment)

    def environment(self, name: str, value: YamlNode, key: Span) -> dict[str, str]:
        inside: dict[str, str] = {}
        for word, part in self.pairs(f"the environment `{name}`", value):
            if word.text == "vars":
                inside = self.vars(f"`vars` of the environment `{name}`", part)
            else:
                self.unknown("key", word.text, word.span, ("vars",))
        return inside

    def levels(self, name: str, value: YamlNode) -> dict[str, Level]:
        return self.each(name, value, RULE_NAME, "small letters, digits and `-`", self.rule)

    def paths(self, value: YamlNode) -> dict[str, dict[str, Level]]:
        return self.each("`paths`", value, INCLUDE, "patterns inside the project folder", self.files)

    def files(self, name: str, value: YamlNode, key: Span) -> dict[str, Level]:
        inside: dict[str, Level] = {}
        for word, part in self.pairs(f"the pattern `{name}`", value):
            if word.text == "rules":
                inside = self.levels(f"`rules` of the pattern `{name}`", part)
            else:
                self.unknown("key", word.text, word.span, ("rules",))
        return inside

    def rule(self, name: str, value: YamlNode, key: Span) -> Level | None:
        if name not in self.rule_names:
            self.unknown("rule", name, key, self.rule_names)
        elif name in self.binding:
            self.report(f"`{name}` always speaks: without it the output would be wrong", key, "take the line out")
        if isinstance(value, YamlScalar) and value.kind == "bool" and not _truth(value.text):
            return "off"  # YAML reads a bare `off` as false
        level = self.choice(f"the level of `{name}`", value, tuple(LEVELS))
        return LEVELS[level] if level is not None else None

    def strict(self, value: YamlNode) -> bool:
        if isinstance(value, YamlScalar) and value.kind == "bool":
            return _truth(value.text)
        self.report(f"`strict` is {_a(value)}", value.span, "write `true` or `false`")
        return False

    def text(self, name: str, value: YamlNode, pattern: str, help_: str) -> str | None:
        if not isinstance(value, YamlScalar) or value.kind != "text":
            self.report(f"{name} is {_a(value)}", value.span, help_)
        elif re.search(pattern, value.text) is None:
            self.report(f"{name} cannot be `{value.text}`", value.span, help_)
        else:
            return value.text
        return None

    def choice(self, name: str, value: YamlNode, words: Collection[str]) -> str | None:
        if not isinstance(value, YamlScalar) or _empty(value):
            self.report(f"{name} is {_a(value)}", value.span, _guess("", words))
        elif value.kind != "text" or value.text not in words:
            self.report(f"{name} cannot be `{value.text}`", value.span, _guess(value.text, words))
        else:
            return value.text
        return None

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

    def pairs(self, name: str, value: YamlNode) -> tuple[tuple[YamlScalar, YamlNode], ...]:
        """The pairs of a map; a key with nothing after it has none."""
        if isinstance(value, Map):
            return value.pairs
        if not _empty(value):
            self.report(f"{name} is {_a(value)}", value.span, "write lines of the form `NAME: VALUE` below it")
        return ()

    def unknown(self, what: str, word: str, span: Span, known: Collection[str]) -> None:
        self.report(f"unknown {what} `{word}`", span, _guess(word, known))


def _guess(word: str, known: Collection[str]) -> str:
    near = nearest(word, known)
    if near is not None:
        return f"did you mean `{near}`?"
    if len(known) > len(KEYS):
        return "run `recpol rule` for the list"
    return "write " + ", ".join(f"`{name}`" for name in known)


def _empty(value: YamlNode) -> bool:
    return isinstance(value, YamlScalar) and value.kind == "null"


def _truth(text: str) -> bool:
    return text.lower() in ("true", "yes", "on")


def _a(value: YamlNode) -> str:
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
            return f"the text `{text}`"
