"""`recpol.yaml` to a `Config`, and findings for what is wrong with it.

`schemas/config.schema.json` says the same for editors.

Invariant: reading never fails; what is wrong is a finding that underlines it, and the rest of the file still counts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from recpol.base.finding import Finding
from recpol.base.nearest import nearest
from recpol.base.record import replace
from recpol.base.source import Source, Span
from recpol.base.yamltree import List, Map, YamlNode, YamlScalar, read_yaml
from recpol.settings.config import ENVIRONMENT_NAME, INCLUDE, KEYS, OUT, RULE, RULE_NAME, TENANTS, Config
from recpol.settings.levels import LEVELS, Level
from recpol.settings.lookalikes import lookalikes
from recpol.settings.mapping import MappingReader, guess, is_empty, is_true, what_is
from recpol.settings.tenants import TenantList, TenantPath

SENTENCES = ("vars", "tenants")
"""Keys below which values may be what somebody hears."""


def read_config(
    source: Source, rule_names: Collection[str], target_names: Sequence[str], binding: Collection[str] = ()
) -> tuple[Config, tuple[Finding, ...]]:
    """The text of a `recpol.yaml` to what it says and what is wrong with it.

    `rule_names` are the rules there are, `target_names` the targets; the rules in `binding` always speak, so that no
    level can be set for them.
    """
    root, problems = read_yaml(source)
    reader = _Reader(rule_names, target_names, binding, list(problems))
    config = Config()
    reader.found += lookalikes(root, SENTENCES)
    if isinstance(root, Map):
        config = reader.config(root)
    elif root is not None and not is_empty(root):
        reader.report(f"{what_is(root)}, not settings", root.span, "write lines of the form `KEY: VALUE`")
    return config, tuple(replace(finding, rule=RULE, severity="error") for finding in reader.found)


class _Reader(MappingReader):
    """Reads the settings of one file."""

    def __init__(
        self, rule_names: Collection[str], target_names: Sequence[str], binding: Collection[str], found: list[Finding]
    ) -> None:
        super().__init__(found)
        self.rule_names, self.target_names, self.binding = rule_names, target_names, binding

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
                    config = replace(config, vars=self.variables("`vars`", value))
                case "environments":
                    config = replace(config, environments=self.environments(value))
                case "tenants":
                    config = replace(config, tenants=self.tenants(value))
                case "rules":
                    config = replace(config, rules=self.levels("`rules`", value))
                case "paths":
                    config = replace(config, paths=self.paths(value))
                case "strict":
                    config = replace(config, strict=self.truth("`strict`", value) or False)
                case "cache":
                    config = replace(config, cache=self.truth("`cache`", value) is not False)
                case _:
                    self.unknown(key, KEYS)
        return config

    def include(self, value: YamlNode) -> tuple[str, ...]:
        help_ = "write patterns inside the project folder, for example `policies/**/*.recpol`"
        if isinstance(value, List) and not value.items:
            self.report("`include` lists nothing", value.span, help_)
        items = value.items if isinstance(value, List) else (value,)
        return tuple(text for item in items if (text := self.text("`include`", item, INCLUDE, help_)) is not None)

    def targets(self, value: YamlNode) -> tuple[str, ...]:
        if isinstance(value, List) and not value.items:
            *most, last = (f"`{name}`" for name in self.target_names)
            self.report("`targets` lists nothing", value.span, f"write {', '.join(most)} or {last}")
        items = value.items if isinstance(value, List) else (value,)
        chosen = [self.choice("`targets`", item, self.target_names) for item in items]
        return tuple(dict.fromkeys(target for target in chosen if target is not None))

    def environments(self, value: YamlNode) -> dict[str, dict[str, str]]:
        letters = "letters, digits, `_`, `.` and `-`"
        return self.each("`environments`", value, ENVIRONMENT_NAME, letters, self.environment)

    def environment(self, name: str, value: YamlNode, key: Span) -> dict[str, str]:
        inside: dict[str, str] = {}
        for word, part in self.pairs(f"the environment `{name}`", value):
            if word.text == "vars":
                inside = self.variables(f"`vars` of the environment `{name}`", part)
            else:
                self.unknown(word, ("vars",))
        return inside

    def tenants(self, value: YamlNode) -> TenantList | TenantPath | None:
        if not isinstance(value, YamlScalar):
            from recpol.settings.tenantfile import tenants_of_map

            return tenants_of_map(value, frozenset(self.target_names))
        help_ = "write the path of a CSV or YAML file in the project folder, or a map of tenants"
        path = self.text("`tenants`", value, TENANTS, help_)
        return None if path is None else TenantPath(path, value.span)

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
                self.unknown(word, ("rules",))
        return inside

    def rule(self, name: str, value: YamlNode, key: Span) -> Level | None:
        if name not in self.rule_names:
            near = nearest(name, self.rule_names)
            help_ = "run `recpol rule` for the list" if near is None else f"did you mean `{near}`?"
            self.report(f"unknown rule `{name}`", key, help_)
        elif name in self.binding:
            self.report(f"`{name}` always speaks: without it the output would be wrong", key, "take the line out")
        if isinstance(value, YamlScalar) and value.kind == "bool" and not is_true(value.text):
            return "off"  # YAML reads a bare `off` as false
        level = self.choice(f"the level of `{name}`", value, tuple(LEVELS))
        return LEVELS[level] if level is not None else None

    def text(self, name: str, value: YamlNode, pattern: str, help_: str) -> str | None:
        if not isinstance(value, YamlScalar) or value.kind != "text":
            self.report(f"{name} is {what_is(value)}", value.span, help_)
        elif not value.text:
            self.report(f"{name} is an empty text", value.span, help_)
        elif re.search(pattern, value.text) is None:
            self.report(f"{name} cannot be `{value.text}`", value.span, help_)
        else:
            return value.text
        return None

    def choice(self, name: str, value: YamlNode, words: Collection[str]) -> str | None:
        if not isinstance(value, YamlScalar) or is_empty(value):
            self.report(f"{name} is {what_is(value)}", value.span, guess("", words))
        elif value.kind != "text" or value.text not in words:
            self.report(f"{name} cannot be `{value.text}`", value.span, guess(value.text, words))
        else:
            return value.text
        return None
