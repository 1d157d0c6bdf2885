"""Findings as text and JSON: what stands where, what is cut, what is hidden."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recpol.base.finding import CallStep, Finding, Note, Severity
from recpol.base.source import Source, Span
from recpol.report.hidden import harmless
from recpol.report.json_report import json_report
from recpol.report.run import summary
from recpol.report.text import concise, full

BOARD = Source(
    "board.recpol",
    """\
policy board
store b { url "sdrive://" }

on ice {
  record { connect conference "board" }
}
""",
)


def at(source: Source, text: str, after: str = "") -> Span:
    """The span of the first `text` in a source after `after`."""
    start = source.text.index(text, source.text.index(after) + len(after))
    return source.span(start, start + len(text))


def finding(span: Span, *notes: Note, secret: bool = False, label: str = "") -> Finding:
    return Finding("wrong", span, label, notes, rule="some-rule", severity="error", secret=secret)


def excerpt(found: Finding) -> str:
    """The lines of a block between its place and its rule."""
    return full([found]).partition("\n")[2].partition("\n")[2].partition(" rule:")[0]


def test_a_block_is_laid_out_as_in_the_language_reference() -> None:
    found = Finding(
        "a plain `record` around a conference records only this participant",
        at(BOARD, "record"),
        notes=(Note(at(BOARD, "connect conference"), "the conference"),),
        why="StartRecording beside ConnectConf records this one call and ends when its caller leaves",
        help="write `record conference` for the whole room, or `record call` for this participant",
        rule="conference-scope",
        severity="error",
    )
    assert (
        full([found])
        == """\
error: a plain `record` around a conference records only this participant
   --> board.recpol:5:3
  5 |   record { connect conference "board" }
    |   ^^^^^^   ------------------ the conference
  why: StartRecording beside ConnectConf records this one call and ends when its caller leaves
 help: write `record conference` for the whole room, or `record call` for this participant
 rule: conference-scope
"""
    )


def test_an_empty_line_stands_between_two_blocks() -> None:
    one = finding(at(BOARD, "board"))
    assert full([one, one]) == full([one]) + "\n" + full([one])
    assert full([]) == ""


def test_notes_on_other_lines_are_shown_in_the_order_of_the_lines() -> None:
    found = finding(at(BOARD, "connect"), Note(at(BOARD, "policy"), "first"), Note(at(BOARD, "store"), "second"))
    assert full([found]) == (
        "error: wrong\n"
        "   --> board.recpol:5:12\n"
        "  1 | policy board\n"
        "    | ------ first\n"
        '  2 | store b { url "sdrive://" }\n'
        "    | ----- second\n"
        "...\n"
        '  5 |   record { connect conference "board" }\n'
        "    |            ^^^^^^^\n"
        " rule: some-rule\n"
    )


def test_notes_in_other_files_have_blocks_of_their_own() -> None:
    rules = Source("shared/company.recpol", "rules company\nnever record @card\n")
    found = finding(at(BOARD, "record"), Note(at(rules, "@card"), "forbidden here"))
    assert excerpt(found) == (
        '  5 |   record { connect conference "board" }\n'
        "    |   ^^^^^^\n"
        "   ::: shared/company.recpol:2:14\n"
        "  2 | never record @card\n"
        "    |              ----- forbidden here\n"
    )


def test_texts_of_marks_on_one_line_do_not_run_into_each_other() -> None:
    notes = (Note(at(BOARD, "connect"), "to the right"), Note(at(BOARD, "{", "record"), "in between"))
    assert excerpt(finding(at(BOARD, "record"), *notes, label="to the left")) == (
        '  5 |   record { connect conference "board" }\n'
        "    |   ^^^^^^ - ------- to the right\n"
        "    |   |      in between\n"
        "    |   to the left\n"
    )


def test_a_mark_inside_another_one_is_seen() -> None:
    whole = Note(at(BOARD, '{ connect conference "board" }'), "the block")
    assert excerpt(finding(at(BOARD, "conference"), whole, label="this")) == (
        '  5 |   record { connect conference "board" }\n'
        "    |          ----------^^^^^^^^^^----------\n"
        "    |          |         this\n"
        "    |          the block\n"
    )


def test_the_gutter_grows_with_the_line_numbers() -> None:
    source = Source("long.recpol", "\n" * 12344 + "here\n")
    assert full([finding(at(source, "here"))]) == (
        "error: wrong\n     --> long.recpol:12345:1\n12345 | here\n      | ^^^^\n   rule: some-rule\n"
    )


def test_what_goes_on_below_the_line_is_underlined_to_its_end() -> None:
    assert excerpt(finding(at(BOARD, 'on ice {\n  record { connect conference "board" }\n}'))) == (
        "  4 | on ice {\n    | ^^^^^^^^…\n"
    )
    assert excerpt(finding(at(BOARD, "on ice {\n  "), label="all")) == "  4 | on ice {\n    | ^^^^^^^^ all\n"


def test_a_place_without_characters_is_one_cell() -> None:
    assert excerpt(finding(BOARD.whole())) == "  1 | policy board\n    | ^\n"
    end = len(BOARD.text)
    assert excerpt(finding(BOARD.span(end, end), label="the end")) == "  7 |\n    | ^ the end\n"
    after = at(BOARD, "policy board").end
    assert excerpt(finding(BOARD.span(after, after))) == "  1 | policy board\n    |             ^\n"


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n"])
def test_an_empty_file_has_no_line_to_show(text: str) -> None:
    source = Source("empty.recpol", text)
    assert full([finding(source.whole())]) == "error: wrong\n   --> empty.recpol:1:1\n rule: some-rule\n"


def cells(text: str) -> int:
    """The cells of a terminal that a text without control characters fills."""
    wide = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return wide - sum(unicodedata.category(char) in ("Mn", "Me", "Cf") for char in text)


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        ("\t", "    "),
        ("\t\t x", "         x"),
        ("日本語", "日本語"),
        ("e\u0301\u0302", "e\u0301\u0302"),
        ("\uff21", "\uff21"),
        ("👋🏽", "👋🏽"),
        ("क\u094dष", "क\u094dष"),
        ("a\u200db", "a\u200db"),
        ("\x1b[31m", r"\u{1b}[31m"),
        ("\x00\x07\x7f", r"\u{0}\u{7}\u{7f}"),
        ("\x9b2J", r"\u{9b}2J"),
        ("\u202e\u2066", r"\u{202e}\u{2066}"),
        ("\u200b\ufeff", r"\u{200b}\u{feff}"),
        ("\u2028\u2029\x85", r"\u{2028}\u{2029}\u{85}"),
        ("\ud800", r"\u{d800}"),
        ("a\rb", r"a\u{d}b"),
    ],
)
def test_an_underline_stands_below_its_text_whatever_is_before_it(before: str, shown: str) -> None:
    source = Source("wide.recpol", f"{before}HERE after\n")
    line, underline = excerpt(finding(at(source, "HERE"))).splitlines()
    assert line == f"  1 | {shown}HERE after"
    assert underline == " " * 4 + "| " + " " * cells(shown) + "^^^^"


def test_a_wide_text_is_underlined_in_full() -> None:
    source = Source("wide.recpol", 'say "日本e\u0301"\n')
    assert excerpt(finding(at(source, "日本e\u0301"))).splitlines()[1] == "    |      ^^^^^"


def test_windows_line_ends_are_not_shown() -> None:
    source = Source("dos.recpol", "policy dos\r\non ice { hangup }\r\n")
    assert excerpt(finding(at(source, "hangup }\r\n"))) == "  2 | on ice { hangup }\n    |          ^^^^^^^^\n"


def test_a_long_line_is_cut_around_its_marks() -> None:
    source = Source("long.recpol", "a" * 5000 + " HERE " + "b" * 5000 + " THERE\n")
    line, underline = excerpt(finding(at(source, "HERE"))).splitlines()
    assert line == f"  1 | …{'a' * 23} HERE {'b' * 71}…"
    assert underline == " " * 4 + "|" + " " * 26 + "^^^^"
    assert excerpt(finding(at(source, "HERE"), Note(at(source, "THERE"), "and this"))).splitlines() == [
        line,
        underline,
        f"  1 | …{'b' * 94} THERE",
        "    |" + " " * 97 + "----- and this",
    ]


def test_a_long_mark_is_cut_too() -> None:
    source = Source("long.recpol", "x " + "a" * 5000 + "\n")
    line, underline = excerpt(finding(at(source, "a" * 5000), label="long")).splitlines()
    assert line == f"  1 | x {'a' * 98}…"
    assert underline == f"    |   {'^' * 99} long"


def test_a_line_of_a_megabyte_is_no_work() -> None:
    source = Source("huge.recpol", "x" * 1_000_000)
    findings = [finding(source.span(n, n + 1)) for n in range(0, 1_000_000, 10_000)]
    assert len(full(findings).splitlines()) == 100 * 6 - 1


@pytest.mark.parametrize("part", ["://:", ":", "credentials ", 'credentials "', 'credentials "\\', " ", "{{", "\t"])
def test_a_hostile_file_is_no_work(part: str) -> None:
    text = "credentials ://" + part * (500_000 // len(part))
    source = Source("hostile.recpol", text)
    assert len(full([finding(source.whole()), finding(source.span(len(text), len(text)))])) < 2000


SECRET = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:eu-north-1"


def test_a_secret_is_not_shown() -> None:
    source = Source("s.recpol", f'store b {{ url "s3://b" credentials "{SECRET}" format mp3 }}\n')
    found = finding(at(source, f'"{SECRET}"'), Note(at(source, "b {"), "of this store"), secret=True)
    for text in (full([found]), full([found], color=True), concise([found]), json_report([found])):
        for part in SECRET.split(":"):
            assert part not in text
    assert excerpt(found) == (
        '  1 | store b { url "s3://b" credentials "......" format mp3 }\n'
        "    |       ---                          ^^^^^^^^\n"
        "    |       of this store\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        f'store b {{ credentials "{SECRET}" }} HERE',
        f'HERE credentials   "{SECRET}"',
        f'HERE credentials "{SECRET}',
        f'HERE credentials\n "{SECRET}"',
        f"HERE credentials \"{{{{ env.NAME | default('{SECRET}') }}}}\"",
        f'HERE credentials "{{{{ env.NAME }}}}{SECRET}"',
        f'HERE url "https://user:{SECRET.replace("/", "")}@example.com/x"',
    ],
)
def test_a_finding_about_something_else_does_not_show_it_either(line: str) -> None:
    source = Source("s.recpol", line + "\n")
    for span in (at(source, "HERE"), source.span(len(line), len(line)), source.span(0, len(line))):
        text = full([finding(span)])
        for part in SECRET.replace("/", "").split(":"):
            assert part not in text.replace("/", "")


def test_a_secret_that_one_finding_hides_is_hidden_from_all() -> None:
    secret = "correct-horse"  # nothing about it looks like one
    source = Source("s.recpol", f'tones "{secret}" HERE\n')
    hiding = finding(at(source, f'"{secret}"'), secret=True)
    assert secret in full([finding(at(source, "HERE"))])
    assert secret not in full([finding(at(source, "HERE")), hiding])
    naming = replace(finding(at(source, "HERE")), message=f"`{secret}` is wrong")
    assert secret not in full([naming, hiding])


def test_the_name_of_a_secret_is_shown() -> None:
    source = Source("s.recpol", 'store b { credentials "{{ env.S3_CREDENTIALS }}" } HERE\n')
    assert "{{ env.S3_CREDENTIALS }}" in full([finding(at(source, "HERE"))])


def test_a_call_that_shows_the_finding_is_told() -> None:
    call = (
        CallStep("a call comes in"),
        CallStep('"日本 …"', "calls"),
        CallStep("the caller presses 2"),
        CallStep('menu pin "Your code"', ""),
    )
    found = Finding("`never record @card` is broken", at(BOARD, "record"), why="PCI DSS 3.3.1", call=call)
    assert full([found]) == (
        "error: `never record @card` is broken\n"
        "   --> board.recpol:5:3\n"
        '  5 |   record { connect conference "board" }\n'
        "    |   ^^^^^^\n"
        " call: a call comes in\n"
        '       "日本 …"               ● recorded to calls\n'
        "       the caller presses 2\n"
        '       menu pin "Your code"   ○ not recorded\n'
        "  why: PCI DSS 3.3.1\n"
    )


def test_author_words_cannot_steer_the_terminal() -> None:
    source = Source("a\x1b[2Jb.recpol", "policy x\n")
    span = at(source, "policy")
    found = Finding(
        "no `\x1b[31m`\nerror: forged",
        span,
        "\x07",
        (Note(span, "\u202e"),),
        why="\x9b",
        help="\x1b]0;\x07",
        rule="some-rule",
        severity="error",
    )
    for text in (full([found]), concise([found]), json_report([found])):
        assert not [char for char in text if unicodedata.category(char) in ("Cc", "Cf") and char != "\n"]
    assert full([found]).startswith("error: no `\\u{1b}[31m`\\u{a}error: forged\n   --> a\\u{1b}[2Jb.recpol:1:1\n")
    assert concise([found]).count("\n") == 1


COLOR = re.compile("\x1b\\[[0-9;]*m")


def test_colours_only_where_asked_for() -> None:
    found = [finding(at(BOARD, "record"), Note(at(BOARD, "connect"), "there"))]
    for plain, colored in ((full(found), full(found, color=True)), (concise(found), concise(found, color=True))):
        assert "\x1b" not in plain
        assert COLOR.search(colored)
        assert COLOR.sub("", colored) == plain


def test_concise_is_a_line_each() -> None:
    mild = Finding("odd", at(BOARD, "store"), severity="warning")
    assert concise([finding(at(BOARD, "record")), mild]) == (
        "board.recpol:5:3: error: wrong [some-rule]\nboard.recpol:2:1: warning: odd\n"
    )
    assert concise([]) == ""


@pytest.mark.parametrize(
    ("levels", "files", "said"),
    [
        ("", 3, "no findings in 3 files"),
        ("", 1, "no findings in 1 file"),
        ("eew", 3, "2 errors, 1 warning in 3 files"),
        ("e", 1, "1 error in 1 file"),
        ("wwii", 2, "2 warnings, 2 info in 2 files"),
        ("iwe", 1, "1 error, 1 warning, 1 info in 1 file"),
    ],
)
def test_the_summary_counts(levels: str, files: int, said: str) -> None:
    named: dict[str, Severity] = {"e": "error", "w": "warning", "i": "info"}
    found = [Finding("x", BOARD.whole(), severity=named[level]) for level in levels]
    assert summary(found, files) == said


def test_json_has_exactly_what_is_promised() -> None:
    rules = Source("shared/company.recpol", "rules company\nnever record @card\n")
    found = Finding(
        "wrong", at(BOARD, "record"), "label", (Note(at(rules, "@card"), "there"),), "a fact", "do it", "r", "warning"
    )
    assert json.loads(json_report([found])) == {
        "version": 1,
        "findings": [
            {
                "rule": "r",
                "severity": "warning",
                "message": "wrong",
                "help": "do it",
                "why": "a fact",
                "file": "board.recpol",
                "start": {"line": 5, "column": 3},
                "end": {"line": 5, "column": 9},
                "notes": [
                    {
                        "message": "there",
                        "file": "shared/company.recpol",
                        "start": {"line": 2, "column": 14},
                        "end": {"line": 2, "column": 19},
                    }
                ],
            }
        ],
    }
    assert json.loads(json_report([])) == {"version": 1, "findings": []}
    assert json_report([found]).endswith("}\n")


def test_json_counts_characters_and_prints_anywhere() -> None:
    source = Source("å.recpol", "\ufeff日本 HERE\r\n")
    text = json_report([Finding("`日本`", at(source, "HERE"))])
    assert text.isascii()
    (found,) = json.loads(text)["findings"]
    assert (found["file"], found["message"], found["severity"]) == ("å.recpol", "`日本`", "error")
    assert (found["start"], found["end"]) == ({"line": 1, "column": 5}, {"line": 1, "column": 9})


@given(st.text(max_size=300), st.data())
def test_any_text_and_any_place_can_be_shown(text: str, data: st.DataObject) -> None:
    source = Source("any.recpol", text)
    places = st.integers(0, len(text))
    start, end, other = sorted((data.draw(places), data.draw(places), data.draw(places)))
    found = finding(source.span(start, end), Note(source.span(end, other), "note"), label="label")
    for secret in (False, True):
        shown = full([Finding(found.message, found.span, found.label, found.notes, secret=secret)])
        assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") and char != "\n"]
        assert all(cells(line) < 140 for line in shown.splitlines())


@given(st.text())
def test_a_harmless_text_stays_harmless(text: str) -> None:
    once = harmless(text)
    assert harmless(once) == once
    assert harmless(text) == text or not text.isprintable()
