"""`recpol.yaml`: what is read, what is refused and where it is underlined, and that the schema for editors agrees."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from recpol.base import resources
from recpol.base.finding import Finding
from recpol.base.source import Source
from recpol.settings import config as config_module
from recpol.settings.config import DEFAULT_TARGET, Config
from recpol.settings.configfile import read_config
from recpol.settings.levels import LEVELS
from recpol.targets.catalogue import target_names

RULES = ("conference-scope", "missing-credentials", "unused-store")


def read(text: str) -> tuple[Config, tuple[Finding, ...]]:
    return read_config(Source("recpol.yaml", text), RULES, target_names())


def refused(text: str) -> list[tuple[str, str, str]]:
    """What is wrong: underlined text, message, help."""
    return [(finding.span.text, finding.message, finding.help) for finding in read(text)[1]]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "{}", "null", "\ufeff", "vars:\nrules:\nenvironments:\n"])
def test_a_file_that_says_nothing_leaves_the_defaults(text: str) -> None:
    assert read(text) == (Config(), ())


def test_everything_that_can_be_said() -> None:
    config, findings = read(
        """\
include: [policies, "more/**/*.recpol"]
out: dist
targets: [svaml2, classic, svaml2]
vars:
  BUCKET: acme
  COUNT: 010
  LIVE: yes
  COUNTRY: NO
  DAY: 2026-01-01
  RATIO: 1.50
  EMPTY: ""
  LONG: |
    two
    lines
environments:
  prod: {vars: {BUCKET: acme-prod}}
  test:
rules:
  unused-store: off
  missing-credentials: error
paths:
  legacy/**:
    rules: {conference-scope: info, unused-store: off}
  "**/old-*.recpol": {rules: }
  empty:
strict: true
cache: false
"""
    )
    assert findings == ()
    assert config == Config(
        include=("policies", "more/**/*.recpol"),
        out="dist",
        targets=("svaml2", "classic"),
        vars={
            "BUCKET": "acme",
            "COUNT": "010",
            "LIVE": "yes",
            "COUNTRY": "NO",
            "DAY": "2026-01-01",
            "RATIO": "1.50",
            "EMPTY": "",
            "LONG": "two\nlines\n",
        },
        environments={"prod": {"BUCKET": "acme-prod"}, "test": {}},
        rules={"unused-store": "off", "missing-credentials": "error"},
        paths={
            "legacy/**": {"conference-scope": "info", "unused-store": "off"},
            "**/old-*.recpol": {},
            "empty": {},
        },
        strict=True,
        cache=False,
    )
    assert config.values()["BUCKET"] == "acme"
    assert config.values("prod")["BUCKET"] == "acme-prod"
    assert config.values("prod")["COUNT"] == "010"


def test_one_pattern_and_one_target_need_no_list() -> None:
    assert read("include: policies/*.recpol")[0].include == ("policies/*.recpol",)
    assert read("targets: svaml2")[0].targets == read("targets: [svaml2]")[0].targets == ("svaml2",)


@pytest.mark.parametrize("word", ["off", "Off", "OFF", "no", "false", '"off"', "'off'"])
def test_a_rule_is_switched_off_however_yaml_reads_the_word(word: str) -> None:
    config, findings = read(f"rules: {{unused-store: {word}}}")
    assert (dict(config.rules), findings) == ({"unused-store": "off"}, ())


@pytest.mark.parametrize(
    ("text", "underlined", "message", "help_"),
    [
        ("inclde: x", "inclde", "unknown key `inclde`", "did you mean `include`?"),
        ("zzz: 1", "zzz", "unknown key `zzz`", "write `include`, `out`,"),
        ("1: x", "1", "unknown key `1`", "write `include`"),
        ("<<: {out: x}", "<<", "unknown key `<<`", "write `include`"),
        ('include: ""', '""', "`include` is an empty text", "write patterns inside"),
        ('include: [a, ""]', '""', "`include` is an empty text", "write patterns inside"),
        ("include: 5", "5", "`include` is the number `5`", "write patterns inside"),
        ("include: []", "[", "`include` lists nothing", "write patterns"),
        ("include: [a, {b: c}]", "{b: c", "`include` is a map", "write patterns"),
        ("include: ../other", "../other", "`include` cannot be `../other`", "write patterns inside the project"),
        ("include: /etc", "/etc", "`include` cannot be `/etc`", "write patterns inside the project"),
        ("include: 'a\\b'", "'a\\b'", "`include` cannot be `a\\b`", "write patterns"),
        ("include:", "", "`include` is without a value", "write patterns"),
        ("out: [x]", "[x", "`out` is a list", "name a folder"),
        ("out: ''", "''", "`out` is an empty text", "name a folder"),
        ("target: classic", "target", "unknown key `target`", "did you mean `targets`?"),
        ("targets: clasic", "clasic", "`targets` cannot be `clasic`", "did you mean `classic`?"),
        ("targets: pcm", "pcm", "`targets` cannot be `pcm`", "write `classic`, `svaml1`, `svaml2`"),
        ("targets: [classic, svml2]", "svml2", "`targets` cannot be `svml2`", "did you mean `svaml2`?"),
        ("targets: []", "[", "`targets` lists nothing", "write `classic`, `svaml1` or `svaml2`"),
        ("targets: {classic: yes}", "{classic: yes", "`targets` is a map", "write `classic`, `svaml1`, `svaml2`"),
        ("targets:", "", "`targets` is without a value", "write `classic`, `svaml1`, `svaml2`"),
        ("vars: [A]", "[A", "`vars` is a list", "write lines of the form"),
        ("vars: {A: [1]}", "[1", "the variable `A` is a list", "write a text"),
        ("vars: {A: }", "A", "the variable `A` has no value", 'give it one; `""` is'),
        ("vars: {9A: x}", "9A", "`9A` cannot be a name in `vars`", "use letters"),
        ("vars: {a.b: x}", "a.b", "`a.b` cannot be a name in `vars`", "use letters"),
        ("environments: {prod: {BUCKET: x}}", "BUCKET", "unknown key `BUCKET`", "write `vars`"),
        ("environments: {prod: {var: {}}}", "var", "unknown key `var`", "did you mean `vars`?"),
        ("environments: {prod: x}", "x", "the environment `prod` is the text `x`", "write lines"),
        ("environments: {prod: {vars: 1}}", "1", "`vars` of the environment `prod` is the number `1`", "write lines"),
        ("environments: {'a b': {}}", "'a b'", "`a b` cannot be a name in `environments`", "use letters"),
        ("rules: off", "off", "`rules` is `off`, which is true or false", "write lines"),
        ("rules: {conferense-scope: off}", "conferense-scope", "unknown rule", "did you mean `conference-scope`?"),
        ("rules: {unused-store: on}", "on", "the level of `unused-store` cannot be `on`", "write `off`, `info`,"),
        (
            "rules: {unused-store: warn}",
            "warn",
            "the level of `unused-store` cannot be `warn`",
            "did you mean `warning`?",
        ),
        ("rules: {unused-store: Error}", "Error", "cannot be `Error`", "did you mean `error`?"),
        ("rules: {unused-store: }", "", "the level of `unused-store` is without a value", "write `off`"),
        ("paths: legacy", "legacy", "`paths` is the text `legacy`", "write lines of the form"),
        ("paths: {../x: {}}", "../x", "`../x` cannot be a name in `paths`", "use patterns inside the project"),
        ("paths: {a: {rule: {}}}", "rule", "unknown key `rule`", "did you mean `rules`?"),
        ("paths: {a: {unused-store: off}}", "unused-store", "unknown key `unused-store`", "write `rules`"),
        ("paths: {a: {rules: 1}}", "1", "`rules` of the pattern `a` is the number `1`", "write lines"),
        ("paths: {a: {rules: {unused-shop: off}}}", "unused-shop", "unknown rule", "did you mean `unused-store`?"),
        ("paths: {a: [x]}", "[x", "the pattern `a` is a list", "write lines"),
        ("strict: 1", "1", "`strict` is the number `1`", "write `true` or `false`"),
        ("strict: 'true'", "'true'", "`strict` is the text `true`", "write `true` or `false`"),
        ("out: a\nout: b", "out", "the key `out` twice", "keep one"),
        ("vars: {A: 1, A: 2}", "A", "the key `A` twice", "keep one"),
        ("- include", "- include", "a list, not settings", "write lines of the form"),
        ("include", "include", "the text `include`, not settings", "write lines of the form"),
        ("? [a]\n: b", "[a", "a key that is not a plain word", "write `NAME: VALUE`"),
        ("out: a\n---\nout: b", "---", "a second document", "remove the `---`"),
        ("out: &x a", "&x a", "an alias or anchor", "write the value out"),
        ("out: *x", "*x", "an alias or anchor", "write the value out"),
        ("out: !!str 5", "!!str 5", "a tag", "write the value without"),
        ("out: !!python/object/apply:os.system ['x']", "!!python/object/apply:os.system [", "a tag", "write the value"),
        ("out: a: b", ":", "a `:` where no key can be", "put a value that holds"),
        ("out: [a, b", "[", "`[` is not closed", "close it"),
        ("out: {a", "{", "`{` is not closed", "close it"),
        ("vars:\n\tA: b", "\t", "a tab before the text", "indent with spaces"),
        ("out: 'x", "'", "a quote that is not closed", "close it with `'`"),
        ('out: "a\\q"', '"', "an unknown escape", "write `\\\\`"),
        ("out: @x", "@", "a value that begins with `@`", "put the value in quotes"),
        ("out: }", "}", "this is not valid YAML", "check the indentation"),
        ("out: a\x00b", "\x00", "a character that YAML does not allow: U+0000", "remove it"),
        ("out: a\ud800b", "\ud800", "a character that YAML does not allow: U+D800", "remove it"),
        ("a: " + "[" * 40, "[", "more than 16 levels", "nest less deeply"),
    ],
)
def test_what_is_wrong_is_underlined_and_explained(text: str, underlined: str, message: str, help_: str) -> None:
    for before, shown in (("", text), ("\ufeff", "\ufeff" + text), ("# é\r\n", "# é\r\n" + text)):
        found = refused(before + text)
        assert len(found) == 1, shown
        assert found[0][0] == underlined
        assert message in found[0][1]
        assert help_ in found[0][2]


def test_the_rest_of_a_wrong_file_still_counts() -> None:
    config, findings = read("out: dist\nstrict: 7\nvars: {A: 1, B: []}\nrules: {unused-store: bad}\ntargets: svaml1")
    assert [finding.span.begin.line for finding in findings] == [2, 3, 4]
    assert (config.out, dict(config.vars), dict(config.rules), config.strict) == ("dist", {"A": "1"}, {}, False)


def test_every_finding_carries_the_rule_and_is_an_error() -> None:
    _, findings = read("a: 1\nb: [\n")
    assert {(finding.rule, finding.level) for finding in findings} == {(config_module.RULE, "error")}


def test_a_duplicate_key_points_at_the_first_one() -> None:
    (finding,) = read("out: a\nstrict: true\nout: b\n")[1]
    assert finding.span.begin.line == 3
    assert [(note.span.begin.line, note.span.text) for note in finding.notes] == [(1, "out")]


@pytest.mark.parametrize(
    "text",
    ["[" * 500_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000, "a: &a [x]\n" + "b: [" + "*a," * 9999, "&" * 9],
)
def test_a_hostile_file_is_refused_in_one_finding(text: str) -> None:
    assert len(refused(text)) == 1


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for finding in read(text)[1]:
        assert 0 <= finding.span.start <= finding.span.end <= len(text)
        assert finding.message
        assert finding.help


def test_the_slow_parser_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML has no C parser on every machine."""
    texts = ["out: a: b", "out: [a, b", "vars:\n\tA: b", "out: 'x", "out: @x", "out: *x", "\ufeffvars: {A: é, B: [1]}"]
    fast = [refused(text) for text in texts]
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert [refused(text) for text in texts] == fast


# The schema for editors says the same.


class _Loader(yaml.SafeLoader):
    """Loads as editors do: a date is text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if not tag.endswith(":timestamp")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

SCHEMA: dict[str, Any] = json.loads(resources.schema_text("config"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_a_schema_and_names_the_same_things() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    properties = SCHEMA["properties"]
    assert tuple(properties) == config_module.KEYS
    assert tuple(SCHEMA["$defs"]["target"]["enum"]) == target_names()
    levels = SCHEMA["$defs"]["levels"]
    assert levels["additionalProperties"]["enum"] == [*LEVELS, False]
    assert levels["propertyNames"]["pattern"] == config_module.RULE_NAME
    within = properties["paths"]["additionalProperties"]["properties"]["rules"]
    assert properties["rules"]["$ref"] == within["$ref"] == "#/$defs/levels"
    assert properties["paths"]["propertyNames"] == {"$ref": "#/$defs/pattern"}
    assert properties["environments"]["propertyNames"]["pattern"] == config_module.ENVIRONMENT_NAME
    assert SCHEMA["$defs"]["vars"]["propertyNames"]["pattern"] == config_module.VAR_NAME
    assert SCHEMA["$defs"]["pattern"]["pattern"] == config_module.INCLUDE
    assert properties["out"]["pattern"] == config_module.OUT
    defaults = Config()
    assert (properties["include"]["default"],) == defaults.include
    assert properties["out"]["default"] == defaults.out
    assert properties["targets"]["default"] == DEFAULT_TARGET
    assert defaults.targets == ()
    assert properties["strict"]["default"] == defaults.strict


VALUES = [
    "", "x", "5", "1.5", ".inf", "0x1F", "1_000", "on", "off", "yes", "no", "true", "false", "~", "null", "''", '"off"',
    "'5'", "2026-01-01", "12:30", "classic", "Classic", "svaml2", "[svaml2, classic]",
    "[svaml2, v3]", "error", "warning", "info", "hint", "[]", "{}", "[a]", "[a, 5]",
    "[a, '']", "[[a]]", "{a: b}", "{a: }", "{A: 1, B: true, C: x}", "{A: [x]}", "{'a b': x}", "{a.b: {}}",
    "{prod: }", "{prod: {}}", "{prod: {vars: }}", "{prod: {vars: {A: 1}}}", "{prod: {vars: {A: {}}}}",
    "{prod: {var: {}}}",
    "{unused-store: off}", "{unused-store: on}", "{unused-store: error}", "{unused-store: 'no'}", "{unused-store: 1}",
    "{unused-store: }", "{unused-store: [off]}", "..", "../x", "a/../b", "a..b", "/x", "C:/x", "'a\\b'", '"a\\0b"',
    "{a: {rules: }}", "{a/**: {rules: {unused-store: off}}}", "{a: {rules: {unused-store: 1}}}", "{/a: {}}",
    "{a: {rules: {'A': off}}}", "{a: {rules: off}}",
    "policies/**/*.recpol", ".", "./x", "|\n  two\n  lines\n",
]  # fmt: skip


@pytest.mark.parametrize("key", [*config_module.KEYS, "outt"])
def test_the_schema_and_the_reader_agree(key: str) -> None:
    disagree = []
    for value in VALUES:
        text = f"{key}: {value}"
        by_schema = VALIDATOR.is_valid(yaml.load(text, Loader=_Loader))
        by_reader = not read(text)[1]
        if by_schema != by_reader:
            disagree.append((text, by_schema, by_reader))
    assert disagree == []


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(["a", "off", "error", "../a", ""]),
)
NAMES = st.sampled_from(["A", "prod", "a b", "vars", "unused-store", "conference-scope", *config_module.KEYS])
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))


@given(st.dictionaries(st.sampled_from([k for k in config_module.KEYS if k not in ("rules", "paths")]), TREES) | TREES)
def test_the_schema_and_the_reader_agree_on_any_tree(tree: object) -> None:
    text = yaml.safe_dump(tree)
    assert (not read(text)[1]) == VALIDATOR.is_valid(yaml.load(text, Loader=_Loader)), text


def test_the_values_cover_both_verdicts() -> None:
    """Otherwise the agreement above would say little."""
    for key in config_module.KEYS:
        assert {not read(f"{key}: {value}")[1] for value in VALUES} == {True, False}, key
