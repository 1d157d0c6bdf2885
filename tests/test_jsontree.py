"""JSON with places: what is read, where it stands, and what is said about a text that is no JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recpol.base.finding import Finding
from recpol.base.jsonread import MAX_DEPTH, read_json
from recpol.base.jsontree import Array, JsonNode, JsonScalar, Object, walk
from recpol.base.source import Source

REPLY = """\
{
  "action": {"name": "ConnectPstn", "number": "+46850020000", "maxDuration": 600},
  "instructions": [true, null, -1.5e3, "\\u00e5\\n\\"x\\""]
}
"""


def read(text: str) -> JsonNode:
    node = read_json(Source("reply.json", text))
    assert not isinstance(node, Finding), node.message
    return node


def problem(text: str) -> Finding:
    found = read_json(Source("reply.json", text))
    assert isinstance(found, Finding), text
    return found


def plain(node: JsonNode) -> object:
    """A tree as the standard library reads it."""
    match node:
        case Object():
            return {member.name: plain(member.value) for member in node.members}
        case Array():
            return [plain(item) for item in node.items]
        case JsonScalar(kind="string"):
            return node.text
        case JsonScalar():
            return json.loads(node.text)


def test_a_reply() -> None:
    tree = read(REPLY)
    assert plain(tree) == json.loads(REPLY)
    assert isinstance(tree, Object)
    action = tree.get("action")
    assert isinstance(action, Object)
    number = action.text("number")
    assert number is not None
    assert number.span.text == '"+46850020000"'
    assert number.inside.text == "+46850020000"
    assert number.span.begin == (2, 47)
    assert action.find("maxDuration") is not None
    assert tree.text("action") is None


def test_the_place_of_a_character_after_an_escape() -> None:
    tree = read('["\\u00e5 x"]')
    assert isinstance(tree, Array)
    text = tree.items[0]
    assert isinstance(text, JsonScalar)
    assert text.text == "å x"
    assert [text.span.source.text[at] for at in text.offsets] == ["\\", " ", "x", '"']


def test_a_byte_order_mark_is_passed_over() -> None:
    tree = read("\ufeff{}")
    assert tree.span.start == 1


def test_the_same_key_twice_is_kept_twice_and_the_last_counts() -> None:
    tree = read('{"a": 1, "a": 2}')
    assert isinstance(tree, Object)
    assert len(tree.members) == 2
    assert plain(tree) == {"a": 2}
    found = tree.get("a")
    assert isinstance(found, JsonScalar)
    assert found.integer == 2


WRONG = [
    ("", "the file is empty", "", "write a reply"),
    ('{"a": 1,}', "a comma after the last value", ",", "delete it"),
    ("[1, 2, ]", "a comma after the last value", ",", "delete it"),
    ("[1,, 2]", "a comma too many", ",", "delete it"),
    ("{'a': 1}", "a string in single quotes", "'a'", "write it in double quotes"),
    ("{\"a\": 'b'}", "a string in single quotes", "'b'", "write it in double quotes"),
    ("{a: 1}", "a key without quotes", "a", 'write `"a"`'),
    ('{"a": Hangup}', "`Hangup` without quotes", "Hangup", 'write `"Hangup"`'),
    ('{"a": True}', "`True` is not JSON", "True", "write `true`"),
    ('{"a": None}', "`None` is not JSON", "None", "write `null`"),
    ('{"a" 1}', "a `:` is missing after this key", '"a"', "write"),
    ('{"a" = 1}', "`=` between a key and its value", "=", "write `:`"),
    ('{"a": 1 "b": 2}', "a comma is missing after this value", "1", "write `,` here"),
    ('{"a": "x\n}', "the closing quote of this string is missing", '"x', 'write `"`'),
    ('{"a": 1', "`{` is not closed", "{", "write `}`"),
    ('{"a": [1}', "`}` closes what `[` opened", "}", "write `]`"),
    ("// reply\n{}", "a comment, which JSON does not have", "// reply", "delete it"),
    ('{"a": 1 /* one */}', "a comment, which JSON does not have", "/* one */}", "delete it"),
    ("# reply\n{}", "a comment, which JSON does not have", "# reply", "delete it"),
    ('{"a": 046}', "`046` is no number of JSON", "046", "write it in quotes"),
    ('{"a": +46}', "`+46` is no number of JSON", "+46", "write it in quotes"),
    ('{"a": 1.}', "`1.` is no number of JSON", "1.", "write"),
    ("{} {}", "a second document in one file", "{", "put each document"),
    ("{} x", "text after the end of the document", "x", "delete it"),
    ('{"a": "x\\_y"}', "`\\_` is no escape", "\\_", "delete the backslash"),
    ('{"a": "C:\\dir"}', "`\\d` is no escape", "\\d", r"write `\\`"),
    ('{"a": "\\u12"}', "`\\u` is no escape", "\\u", "write four"),
    ('{"a": "\\ud800"}', "`\\ud800` is half a character", "\\ud800", "write both halves"),
    ('{"a": "\t"}', "a tab inside a string", "\t", r"write `\t`"),
    ('{"a": "\x01"}', "the control character U+0001 inside a string", "\x01", r"write `\t`"),
    ('{"a": {{ call.cli }}}', "a placeholder outside of a string", "{{", "put it inside a string"),
    ("{\u201ca\u201d: 1}", "a typographic quote", "\u201c", 'write `"`'),
    ('{"a": }', "`}` where a value belongs", "}", "write a value"),
    ('{"a": 1: 2}', "a `:` where a comma or a bracket belongs", ":", "check"),
    ('{"a":', "the text ends where a value belongs", "", "write the rest"),
]


@pytest.mark.parametrize(("text", "message", "place", "help_"), WRONG, ids=[case[1] for case in WRONG])
def test_what_is_no_json_has_a_place_and_a_cure(text: str, message: str, place: str, help_: str) -> None:
    found = problem(text)
    assert (found.message, found.span.text) == (message, place)
    assert found.help.startswith(help_)


def test_nesting_has_a_limit() -> None:
    assert isinstance(read("[" * MAX_DEPTH + "]" * MAX_DEPTH), Array)
    assert problem("[" * 100_000).message == f"more than {MAX_DEPTH} levels of nesting"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_reads_what_the_standard_library_writes(value: object, ascii_: bool) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=ascii_)
    if "\\ud" in text:
        text = json.dumps(json.loads(text), ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return  # half a character, which no file can hold
    assert plain(read(text)) == json.loads(text)


@given(st.text(alphabet="{}[]:,\"\\ \n01-tfnabu'/", max_size=40))
def test_any_text_is_a_tree_or_a_finding_and_agrees_with_the_standard_library(text: str) -> None:
    found = read_json(Source("reply.json", text))
    if isinstance(found, Finding):
        assert 0 <= found.span.start <= found.span.end <= len(text)
        assert found.help
        if "\\u" not in text and not text.startswith("\ufeff"):
            with pytest.raises(ValueError, match=r"\w"):
                json.loads(text)
    else:
        assert plain(found) == json.loads(text)


def spans(node: JsonNode) -> Iterator[tuple[int, int]]:
    for part in walk(node):
        yield part.span.start, part.span.end


@given(JSON)
def test_every_value_is_where_it_says(value: object) -> None:
    text = json.dumps(value, indent=2)
    if "\\ud" in text:
        return
    for part in walk(read(text)):
        assert json.loads(part.span.text) == plain(part)


SLIPS = [
    ("{'a': 'b', 'c': ['d', \"e\"]}", '{"a": "b", "c": ["d", "e"]}'),
    ("{a: 1, b: {c: 2}}", '{"a": 1, "b": {"c": 2}}'),
    ('{"a": [1, 2,], "b": {"c": 3,},}', '{"a": [1, 2], "b": {"c": 3}}'),
    ('// one\n{"a": 1, // two\n # three\n "b": 2}\n// four\n', '{"a": 1,\n "b": 2}\n'),
    ('{"a": True, "b": None, "c": Hangup}', '{"a": true, "b": null, "c": "Hangup"}'),
    ('{"a"=1, "b" = 2}', '{"a":1, "b" : 2}'),
]


@pytest.mark.parametrize(("text", "mended"), SLIPS)
def test_a_slip_that_is_made_all_through_a_text_has_one_fix(text: str, mended: str) -> None:
    """As in a document that was printed by Python, or written for JavaScript."""
    found = read_json(Source("a.json", text))
    assert isinstance(found, Finding)
    (fix,) = found.fixes
    for edit in sorted(fix.edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    assert text == mended
    assert not isinstance(read_json(Source("a.json", text)), Finding)


def test_the_first_slip_is_told_and_mended_with_those_of_its_kind_alone() -> None:
    text = "{'a': 1, // b\n 'c': True, 'd': "
    found = read_json(Source("a.json", text))
    assert isinstance(found, Finding)
    assert found.message == "a string in single quotes"
    assert [edit.text for edit in found.fixes[0].edits] == ['"a"', '"c"', '"d"']
