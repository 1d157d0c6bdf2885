"""A report shows a hundred findings of a rule in a file, says how many more there are, and counts all of them."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from recpol.report.limit import MOST
from recpol.report.shortened import TEXT, WORD, shortened
from shells import Shell

MANY = 1_234
ESCAPES = f"""\
policy desk
locale en-GB
on ice {{ answer say "{"".join(chr(92) + "q" for _ in range(MANY))}" hangup }}
"""
LEFT = MANY - MOST
SAID = f"{LEFT:,} more of `bad-escape` in this file are not shown"


def test_the_text_shows_a_hundred_and_counts_all(shell: Shell) -> None:
    done = shell("lint", "desk.recpol", files={"desk.recpol": ESCAPES})
    assert done.status == 1
    assert done.out.count("is not an escape") == MOST
    assert f"error: {SAID}\n   --> desk.recpol:3:" in done.out
    assert " help: show all with `recpol lint --no-limit`\n" in done.out
    assert f"{MANY + 1} errors" in done.out  # and a text that is too long
    assert "\nof those shown, " in done.out


def test_no_limit_shows_all(shell: Shell) -> None:
    done = shell("lint", "--no-limit", "desk.recpol", files={"desk.recpol": ESCAPES})
    assert done.status == 1
    assert done.out.count("is not an escape") == MANY
    assert "not shown" not in done.out


def test_every_format_says_how_many_are_left_out(shell: Shell) -> None:
    files = {"desk.recpol": ESCAPES}
    told = {
        form: shell("lint", "--output-format", form, "desk.recpol", files=files).out
        for form in ("concise", "json", "github", "gitlab", "junit", "sarif")
    }
    assert all(SAID in text for text in told.values())
    found = [one for one in json.loads(told["json"])["findings"] if one["rule"] == "bad-escape"]
    assert len(found) == MOST + 1
    assert [one["omitted"] for one in found if "omitted" in one] == [LEFT]
    (run,) = json.loads(told["sarif"])["runs"]
    assert [one["properties"] for one in run["results"] if "properties" in one] == [{"omitted": LEFT}]
    assert told["concise"].count(": error: ") == told["github"].count("::error") == MOST + 2
    assert len(ElementTree.fromstring(told["junit"]).findall(".//testcase")) == MOST + 2
    assert len(json.loads(told["gitlab"])) == MOST + 2


def test_counts_and_baselines_know_all(shell: Shell) -> None:
    files = {"desk.recpol": ESCAPES}
    counted = shell("lint", "--statistics", "desk.recpol", files=files).out
    assert f"{MANY}  error    bad-escape" in counted
    written = shell("lint", "--write-baseline", "old.json", "desk.recpol", files=files)
    assert f"{MANY + 1} findings written" in written.err
    later = shell("lint", "--baseline", "old.json", "desk.recpol")
    assert (later.status, later.out) == (0, f"no findings in 1 file, {MANY + 1} hidden by the baseline old.json\n")


def test_files_and_rules_have_a_hundred_each(shell: Shell) -> None:
    files = {"desk.recpol": ESCAPES, "shop.recpol": ESCAPES.replace("desk", "shop")}
    done = shell("lint", ".", files=files)
    assert done.out.count("is not an escape") == 2 * MOST
    assert done.out.count(SAID) == 2


def test_other_commands_show_a_hundred_too(shell: Shell) -> None:
    done = shell("compile", "-o", "out", "desk.recpol", files={"desk.recpol": ESCAPES})
    assert done.status == 1
    assert (done.out + done.err).count("is not an escape") == MOST
    assert SAID in done.out + done.err


def test_long_names_are_cut_in_the_middle_of_messages(shell: Shell) -> None:
    name = "begin-" + "x" * 50_000 + "-end"
    files = {"desk.recpol": ESCAPES.replace("\\q", "").replace("hangup", f'menu {{ prompt "x" key 1 -> {name} }}')}
    for form in ("full", "json", "sarif", "github", "junit"):
        done = shell("lint", "--output-format", form, "desk.recpol", files=files)
        assert "begin-xxx" in done.out
        assert "xxx-end" in done.out
        assert "x" * 1_000 not in done.out


@pytest.mark.parametrize("text", ["", "a plain message about `talk`", "w" * WORD, "word " * (WORD // 5)])
def test_ordinary_words_stay(text: str) -> None:
    assert shortened(text) == text


def test_what_is_cut_is_told_apart_by_its_length() -> None:
    assert shortened("a" * 1_000) == f"{'a' * 106}…(854 more)…{'a' * 40}"
    assert shortened("a" * 1_000) != shortened("a" * 1_001)
    assert len(shortened("word " * 100_000)) < TEXT
    assert shortened(f"no file `{'x' * 5_000}` here").startswith("no file `xxx")
