"""The grammar, the parser and its recovery: laws that hold for every text."""

from __future__ import annotations

import io
import itertools
import logging
import re
from pathlib import Path
from time import process_time
from typing import Any

import lark
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recpol.analysis.program import program
from recpol.base import resources
from recpol.base.record import field_names
from recpol.base.source import Source, Span
from recpol.rules.check import check
from recpol.syntax import tree
from recpol.syntax.builders import MAKERS, WORDS, read
from recpol.syntax.lexer import JUNK, lex
from recpol.syntax.moves import Moves
from recpol.syntax.parser import MAX_DEPTH, parse
from recpol.syntax.table import compile_table, load_table
from recpol.syntax.tree.texts import _WITHOUT, texts_of

SAMPLES = (
    *(
        "policy",
        "rules",
        "use",
        "locale",
        "voice",
        "store",
        "on",
        "record",
        "never",
        "always",
        "announce",
    ),
    *(
        "keep",
        "say",
        "ssml",
        "play",
        "tones",
        "cookie",
        "answer",
        "hangup",
        "continue",
        "connect",
        "menu",
    ),
    *(
        "park",
        "prompt",
        "repeat",
        "times",
        "wait",
        "up",
        "to",
        "barge",
        "voice",
        "key",
        "digits",
        "timeout",
    ),
    *(
        "invalid",
        "phase",
        "intro",
        "hold",
        "url",
        "credentials",
        "env",
        "format",
        "notify",
        "in",
        "call",
    ),
    *(
        "conference",
        "all",
        "except",
        "because",
        "before",
        "recording",
        "recordings",
        "ice",
        "ace",
        "pie",
    ),
    *(
        "manage",
        "otherwise",
        "pstn",
        "app",
        "sip",
        "cli",
        "max-duration",
        "header",
        "{",
        "}",
        "{",
        "}",
        "=",
        ",",
    ),
    *(
        "->",
        "*",
        ":",
        "@tag",
        '"text"',
        '"{{',
        "call.cli",
        '}}"',
        '"open',
        "+46850020000",
        "42",
        "30s",
        "en-GB",
    ),
    *(
        "Name",
        "%",
    ),
)
POLICIES = sorted(
    path
    for folder in ("policies", "packs", "templates", "tests/cases")
    for path in (Path(__file__).parents[1] / folder).rglob("*.recpol")
)
texts = st.lists(st.sampled_from([*SAMPLES, "\n", "\n  ", "# comment\n"]), max_size=60).map(" ".join)


def test_the_grammar_has_no_conflicts() -> None:
    """Lark resolves shift/reduce conflicts silently and says so only in its log."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    lark.logger.addHandler(handler)
    level = lark.logger.level
    lark.logger.setLevel(logging.DEBUG)
    try:
        lark.Lark('start: a b\na: "x" | "x" "y"\nb: "y"? "z"', parser="lalr", debug=True)
        assert "conflict" in heard.getvalue(), "the log must show a conflict where there is one"
        heard.truncate(0)
        lark.Lark(resources.grammar_text(), parser="lalr", lexer="basic", debug=True)
        assert "onflict" not in heard.getvalue()
    finally:
        lark.logger.removeHandler(handler)
        lark.logger.setLevel(level)


def test_every_alternative_has_a_maker_and_every_maker_an_alternative() -> None:
    made = [production for production in load_table().productions.all() if production.maker]
    assert {production.maker for production in made} == {*MAKERS, *WORDS}
    assert not {*MAKERS} & {*WORDS}
    assert {production.size for production in made if production.maker in WORDS} == {1}


def test_the_table_is_a_function_of_the_grammar() -> None:
    text = resources.grammar_text()
    assert compile_table(text) == compile_table(text)
    table = load_table()
    assert len(table.actions.all()) == len(table.gotos.all()) > 100


def test_the_driver_accepts_what_lark_accepts() -> None:
    """Lark is the oracle: on texts of tokens, both say yes or both say no."""
    oracle = lark.Lark(resources.grammar_text(), parser="lalr", lexer="basic", maybe_placeholders=False)

    @settings(max_examples=300)
    @given(texts)
    def same(text: str) -> None:
        try:
            oracle.parse(text)
            fine = True
        except lark.exceptions.LarkError:
            fine = False
        _, parsed = read(Source("x", text))
        assert (not parsed.problems) == fine

    same()


@pytest.mark.slow
def test_the_lexer_finds_the_tokens_of_lark() -> None:
    oracle = lark.Lark(resources.grammar_text(), parser="lalr", lexer="basic", maybe_placeholders=False)
    table = load_table()
    for path in POLICIES:
        text = path.read_text("utf-8")
        found = lex(text, table)
        if not found.unclosed and all(kind != JUNK for kind, *_ in found.tokens):
            tokens = [(str(token.type), token.start_pos, token.end_pos) for token in oracle.lex(text)]
            assert [(kind, start, end) for kind, start, end in found.tokens[:-1]] == tokens, path.name


Made = tuple[str, int, int]
"""A maker, and where the characters of its production begin and end."""


def made_in_steps(text: str) -> list[Made]:
    """What is made of a text without mistakes by the steps of the table alone, each after a look at what comes."""
    table = load_table()
    states, spans, made, end = [table.start], [(0, 0)], [], 0
    for token in lex(text, table).tokens:
        while (action := table.actions[states[-1]].get(token[0]) or 0) < 0:
            production = table.productions[-1 - action]
            size = production.size
            start, end = (spans[-size][0], spans[-1][1]) if size else (end, end)
            del states[len(states) - size :], spans[len(spans) - size :]
            states.append(table.gotos[states[-1]][production.origin])
            spans.append((start, end))
            if production.maker:
                made.append((production.maker, start, end))
        states.append(action)
        spans.append(token[1:3])
        end = token[2]
    return made


def test_the_moves_of_the_parser_come_to_the_steps_of_the_table() -> None:
    made: list[Made] = []

    def noted(name: str) -> Any:
        return lambda _, span: made.append((name, span.start, span.end))

    moves = Moves(load_table(), {name: noted(name) for name in MAKERS}, {name: noted(name) for name in WORDS})
    texts = [path.read_text("utf-8") for path in POLICIES] + ["", "# nothing"]
    for text in texts:
        made.clear()
        if not parse(Source("x", text), moves).problems:
            assert made == made_in_steps(text)
    assert len(texts) > 100


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    findings = check(program(Source("x", text))).findings
    assert findings, "no random text is a policy"
    for finding in findings:
        assert 0 <= finding.span.start <= finding.span.end <= len(finding.span.source.text)


@settings(max_examples=200)
@given(texts)
def test_any_words_are_read_and_judged(text: str) -> None:
    for finding in check(program(Source("x", "policy x\n" + text))).findings:
        assert finding.message
        assert finding.rule


@given(texts)
def test_tokens_and_comments_are_in_order_and_do_not_overlap(text: str) -> None:
    lexed = lex(text, load_table())
    spans = sorted([(start, end) for _, start, end in lexed.tokens] + list(lexed.comments))
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    left = "".join(text[a[1] : b[0]] for a, b in zip([(0, 0), *spans], spans, strict=False))
    assert not left.strip()


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 500, 20_000])
def test_deep_nesting_is_one_finding(depth: int) -> None:
    text = "policy x\non ice { " + "record { " * depth + "hangup" + " }" * depth + " }"
    rules = [finding.rule for finding in check(program(Source("x", text))).findings]
    assert rules == ["too-deep"]


def test_the_deepest_nesting_allowed_is_read() -> None:
    depth = MAX_DEPTH - 1
    text = 'policy x\nstore a { url "s3://acme-calls/" credentials env KEY }\non ice { ' + "record { " * depth
    text += "connect pstn +46850020000" + " }" * depth + " }"
    assert not check(program(Source("x", text))).findings


def test_too_many_segments_is_one_finding() -> None:
    text = "policy x\non ice { " + "answer " * 10_001 + "hangup }"
    assert [finding.rule for finding in check(program(Source("x", text))).findings] == ["too-large"]


def test_a_hundred_mistakes_are_a_hundred_findings() -> None:
    text = "policy x\non ice {\n" + "  say oops\n" * 100 + "  connect pstn +46850020000\n}\n"
    rules = [finding.rule for finding in check(program(Source("x", text))).findings]
    assert rules == ["syntax-error"] * 100


DECLARED = {
    "policy": "policy other",
    "rules": "rules shared",
    "use": 'use "shared.recpol"',
    "target_choice": "target svaml2",
    "answers": 'answers "+46850020000"',
    "use_pack": 'use pack "pci-dss-4"',
    "unique": 'unique "{{ start.ROOM }}"',
    "locale": "locale en-GB",
    "voice": "voice Emma",
    "store": 'store more { url "s3://acme-calls/" }',
    "handler": "on ace { continue }",
    "request_handler": "on manage begin in @talk { hangup }",
    "on_failure": "on recording failure hangup",
    "record_rule": "record @talk",
    "never": "never record @talk",
    "always": "always record @talk",
    "announce_before": "announce notice before recording",
    "announce_in": "announce notice in recording",
    "keep": 'keep recordings in "s3://acme-calls/"',
    "keep_time": "keep recordings 30d",
    "keep_encrypted": "keep recordings encrypted",
    "keep_region": "keep recordings in region eu-west-1",
    "never_transcribe": "never transcribe @talk",
    "record_only": "record only caller @talk",
    "opt_out": "opt-out stop",
}
"""Each declaration of the grammar."""

OPENED = [
    "on ice {\n",
    "on ice {\n  record {\n",
    "on ice {\n  menu {\n    key 1 -> one\n",
    "on ice {\n  park {\n",
    "on ice {\n  connect pstn +46850020000 {\n    phase card {\n      begin {\n",
    'store calls {\n  url "s3://acme-calls/"\n',
]
"""Braces that nothing closes."""

ALSO_INSIDE = {"locale", "voice", "record_rule", "record_only"}
"""Their first words stand at the beginning of something inside braces too, so that nobody can tell which was meant."""


def test_every_declaration_of_the_grammar_is_tried() -> None:
    table = load_table()
    declared = [production for production in table.productions.all() if production.origin == "statement"]
    assert {production.maker for production in declared if production.maker} == {*DECLARED}
    words = {table.names[terminal] for terminal in table.actions[table.start] if terminal in table.names}
    assert {text.split()[0] for text in DECLARED.values()} == words
    closing = [row for row in table.actions.all() if row.get("RBRACE") is not None]
    inside = {word for row in closing for word in words if (row.get(table.words[word]) or -1) >= 0}
    assert inside - {DECLARED[name].split()[0] for name in ALSO_INSIDE} == {
        "keep",  # of a store, which is never followed by `recordings`
        "on",  # the value of `suppress-callbacks`, and nobody begins a line with it
    }


@pytest.mark.parametrize("opened", OPENED, ids=str.split)
@pytest.mark.parametrize("name", sorted(DECLARED.keys() - ALSO_INSIDE))
def test_a_brace_is_not_closed_where_a_declaration_begins(name: str, opened: str) -> None:
    """The innermost brace is what is found, nothing else of the syntax, and the declaration is understood."""
    if name.startswith("keep") and opened.startswith("store"):
        return  # a store has a `keep` of its own
    text = f"policy desk\n{opened}{DECLARED[name]}\n"
    file, parsed = read(Source("desk.recpol", text))
    assert [(problem.kind, problem.opened and problem.opened.end) for problem in parsed.problems] == [
        ("unclosed-brace", text.index(opened) + opened.rindex("{") + 1)
    ]
    alone, _ = read(Source("desk.recpol", DECLARED[name]))
    assert file.statements[-1:] == alone.statements


@pytest.mark.parametrize("opened", OPENED, ids=str.split)
@pytest.mark.parametrize(
    "declared",
    [
        *(DECLARED[name] for name in sorted(ALSO_INSIDE)),
        "record call all",
        "record conference @talk",
        "record a, b to c",
    ],
)
@pytest.mark.parametrize("rest", ["", "on pie otherwise { hangup }\n"])
def test_a_brace_is_not_closed_where_a_word_begins_that_stands_inside_too(
    declared: str, opened: str, rest: str
) -> None:
    """If it does not fit inside, stands at the margin, and braces are left open up to the next declaration."""
    if declared.startswith("voice") and "menu" in opened:
        return  # a line of the menu: whether it takes a voice
    text = f"policy desk\n{opened}{declared}\n{rest}"
    file, parsed = read(Source("desk.recpol", text))
    assert [(problem.kind, problem.opened and problem.opened.end) for problem in parsed.problems] == [
        ("unclosed-brace", text.index(opened) + opened.rindex("{") + 1)
    ]
    alone, _ = read(Source("desk.recpol", declared + "\n" + rest))
    assert file.statements[2:] == alone.statements
    closed = f"policy desk\n{opened}{declared}\n{'}' * opened.count('{')}\n{rest}"
    deeper = f"policy desk\n{opened}  {declared}\n"
    for other in (closed, deeper):
        assert read(Source("desk.recpol", other))[1].problems[0].kind == "unexpected"


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_declaration_within_braces_that_are_closed_is_the_only_mistake(name: str) -> None:
    text = f"on ice {{\n  answer\n  {DECLARED[name]}\n  connect pstn +46850020000\n}}\non ace {{ continue }}\n"
    file, parsed = read(Source("desk.recpol", text))
    assert [problem.kind for problem in parsed.problems] == ["unexpected"]
    ice, ace = file.statements
    assert isinstance(ice, tree.OnBlock)
    assert isinstance(ice.segments[-1], tree.Segment)
    assert isinstance(ace, tree.OnBlock)


def test_braces_that_are_left_open_are_looked_for_once() -> None:
    lines = "locale x on ice {\n" * 20_000
    started = process_time()
    problems = read(Source("desk.recpol", f"policy desk\n{lines}"))[1].problems
    assert len(problems) == 20_000
    assert process_time() - started < 5


def test_the_keep_of_a_store_is_no_declaration() -> None:
    """A mistake in the field before it is the only one."""
    text = "store calls {\n  url oops\n  keep 30d\n  credentials env KEY\n}\n"
    file, parsed = read(Source("desk.recpol", text))
    assert [problem.span.text for problem in parsed.problems] == ["oops"]
    assert len(file.statements) == 1


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ("on ice { say }", "write `ssml` or a string in double quotes"),
        ('on ice { menu { prompt "x" 7 } }', "write `}` or a menu line such as `prompt`, `key` or `timeout`"),
        ("on ice { park { 7 } }", "write `}` or a park line such as `intro`, `hold` or `max-duration`"),
        ("on ice { 7 }", "write `}` or a segment such as `say`, `connect`, `menu` or `record {`"),
        ('store a { "x" }', "write `}` or a store field such as `url` or `credentials`"),
        ("keep recordings", "go on with `encrypted`, `in`, `up` or a duration such as `30s`"),
    ],
)
def test_what_could_stand_there_is_a_list_that_can_be_read(text: str, help_: str) -> None:
    """No `or` belongs to two lists."""
    (found,) = (one for one in check(program(Source("x", f"policy x\n{text}"))).findings if one.rule == "syntax-error")
    assert found.help == help_


def test_spans_reach_down_to_values() -> None:
    source = Source("x", 'policy p\non ice { agent: connect pstn +46850020000 cli "private" max-duration 30m @talk }')
    file, _ = read(source)
    shown = {
        "label": "agent", "kind": "pstn", "target": "+46850020000", "option": "max-duration",
        "value": "30m", "tag": "@talk",
    }  # fmt: skip
    text = repr(file)
    assert "agent" in text
    step = program(source).steps[0]
    body: Any = step.body
    assert step.label is not None
    got = {
        "label": step.label.span.text, "kind": body.kind.span.text, "target": body.target.span.text,
        "option": body.options[1].name.span.text, "value": body.options[1].value.span.text,
        "tag": step.node.tags[0].span.text,
    }  # fmt: skip
    assert got == shown


def test_credentials_of_the_environment_begin_at_their_own_word() -> None:
    """Not in a comment that has it too."""
    text = "store calls {\n  credentials # taken from the env of the host\n    env KEYS\n}\n"
    file, _ = read(Source("x", text))
    (store,) = file.statements
    assert isinstance(store, tree.Store)
    (field,) = store.fields
    assert isinstance(field, tree.StoreField)
    assert field.value.span.text == "env KEYS"
    assert field.span.text == text[text.index("credentials") : text.index("\n}")]


def walked(node: Any) -> list[tree.Text]:
    """The strings inside a node, found by looking at all that it holds."""
    if isinstance(node, tree.Text):
        return [node]
    if isinstance(node, tuple) and not isinstance(node, Span):
        return [text for one in node for text in walked(one)]
    return [text for name in field_names(type(node)) for text in walked(getattr(node, name))]


def test_every_string_of_a_tree_is_found_in_order() -> None:
    for path in POLICIES:
        file, _ = read(Source(path.name, path.read_text("utf-8")))
        found = list(texts_of(file))
        expected = [text for statement in file.statements for text in walked(statement)]
        assert [id(text) for text in found] == [id(text) for text in expected], path


def test_no_string_is_in_what_is_passed_over_when_strings_are_looked_for() -> None:
    """What a type that is passed over names holds nothing but such types."""
    for written in _WITHOUT:
        for name in re.findall(r"\w+", written):
            kind = getattr(tree, name, None)
            if isinstance(kind, type) and name not in ("Span", "Source"):
                assert kind is not tree.Text
                types = {kind.__annotations__[name] for name in field_names(kind)}
                assert types <= _WITHOUT | {"Selector", "Selector | None", "tuple[Word | Tag, ...]"}, name


def test_trees_that_say_the_same_are_equal() -> None:
    one, _ = read(Source("a", 'policy p # x\non ice { say "a" }'))
    two, _ = read(Source("b", 'policy   p\n\non ice {\n  say "a"\n}'))
    assert one == two
    three, _ = read(Source("a", 'policy p\non ice { say "b" }'))
    assert one != three


@pytest.mark.parametrize("filling", [" ", "{", "\\ ", "\t{", "} "])
def test_a_string_without_end_is_read_in_one_go(filling: str) -> None:
    """Looking for where such a string may end once took the cube of its length: this would not have come to an end."""
    text = '"' + filling * 50_000 + "x # comment"
    _, parsed = read(Source("x.recpol", text))
    (problem,) = [problem for problem in parsed.problems if problem.kind == "unclosed-string"]
    assert problem.span.text == text.partition(" #")[0]
