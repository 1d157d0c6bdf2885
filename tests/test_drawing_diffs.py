"""Pictures of differences: everything that differs is marked in both tapes, nothing else is, and all of it is told."""

from __future__ import annotations

from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from random_policies import random_policy
from recpol.analysis.program import Program
from recpol.calls.trace import Event
from recpol.cli.main import run
from recpol.diff.compare import compare
from recpol.diff.model import Comparison, Difference, TwoVersions
from recpol.diff.words import told
from recpol.drawing.differing import SHOWN, TOLD, TapeColumn, columns, describe, differing
from recpol.explain.words import clean
from recpol.semantics.replay import replay
from test_diff import CHANGES, OLD, changed, some_call, understood

SVG = "{http://www.w3.org/2000/svg}"
HEARD = ("more-recorded", "less-recorded", "other-store", "other-file", "words")
"""Kinds of which a cell is marked."""


def beside(old: Program, new: Program, call: tuple[Event, ...]) -> tuple[TapeColumn, ...]:
    return columns(TwoVersions(Comparison("desk", ()), old, new), call)


def picture(old: Program, new: Program) -> ElementTree.Element:
    return ElementTree.fromstring(differing([TwoVersions(compare(old, new), old, new)]))


@pytest.mark.parametrize("name", CHANGES)
def test_every_difference_is_told_and_marked_in_both_tapes(name: str) -> None:
    old, new = understood(OLD), understood(OLD.replace(*CHANGES[name][0]))
    root, found = picture(old, new), compare(old, new).differences
    desc = root.findtext(f"{SVG}desc") or ""
    for one in found:
        assert clean(told(one)) in desc
    signs = sum((text.text or "").startswith("≠ ") for text in root.iter(f"{SVG}text")) - 1  # one is in the legend
    thick = sum(box.get("stroke-width") == "3" for box in root.iter(f"{SVG}rect")) - 1
    assert signs == thick
    assert (signs > 0) == any(one.kind in HEARD and one.call is not None for one in found)
    if name == "an exception taken out":
        assert "card: the phase card: before not recorded, now on file 1 of s3://acme/calls/: recorded now." in desc


def test_a_call_is_marked_exactly_if_its_tapes_differ() -> None:
    """On random pairs: what diff tells of a call is marked in its last columns; equal calls have no mark."""
    marked = plain = 0
    for seed in range(150):
        dice = Random(seed)
        text = random_policy(dice)
        old, new = understood(text), understood(changed(text, dice))
        if old.partial or new.partial or "ice" not in old.graph.first or "ice" not in new.graph.first:
            continue
        found = [one for one in compare(old, new).differences if one.call is not None and one.kind in HEARD]
        for one in found:
            if one.about != "a call whose recording cannot start":
                marked += 1
                assert any(column.differs for column in beside(old, new, one.call or ())), (seed, one)
        if not found:
            for _ in range(4):
                columns_ = beside(old, new, some_call(old, dice))
                plain += len(columns_)
                assert not any(column.differs for column in columns_), seed
    assert marked > 20
    assert plain > 50


def test_people_talk_on_in_the_version_that_has_no_such_phase() -> None:
    old = understood(OLD)
    new = understood(OLD.replace(" { phase card @card }", "").replace(" except card\nnever record @card", ""))
    call = next(one.call for one in compare(old, new).differences if one.kind == "more-recorded")
    *_, last = beside(old, new, call or ())
    assert last.old is not None
    assert last.new is not None
    assert (last.old.files, len(last.new.files), last.differs) == ((), 1, "recorded now")


def test_both_versions_have_all_their_sounds_in_order() -> None:
    old, new = understood(OLD), understood(OLD.replace('notice: say "This call is recorded."\n', ""))
    call = tuple(compare(old, understood(OLD.replace(" except card", ""))).differences[0].call or ())
    found = beside(old, new, call)
    for program, cells in ((old, [one.old for one in found]), (new, [one.new for one in found])):
        heard = [clean(played.words) for played in replay(program, call).played]
        assert [cell.words for cell in cells if cell is not None] == heard
    assert found[0].differs == "not heard any more"
    assert "before not recorded, now not heard: not heard any more" in describe(found)


def test_what_an_author_wrote_is_text_and_nothing_else() -> None:
    hostile = OLD.replace("This call is recorded.", "</text><script>alert(1)</script> ]]>")
    root = picture(understood(OLD), understood(hostile))
    kinds = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert kinds <= {"svg", "title", "desc", "rect", "text", "path", "circle", "g"}


def test_what_is_left_out_is_counted() -> None:
    old = understood(OLD)
    call = compare(old, understood(OLD.replace(" except card", ""))).differences[0].call
    many = tuple(Difference("words", f"thing {n}", call=(*(call or ()), *(call or ()) * n)) for n in range(TOLD + 7))
    said = differing([TwoVersions(Comparison("desk", many), old, old)])
    assert "and 7 more, which `recpol diff` lists as text" in said
    assert said.count(">The call: ") == SHOWN


def test_policies_without_differences_are_counted() -> None:
    old, new = understood(OLD), understood(OLD.replace(" except card", ""))
    pairs = [TwoVersions(compare(old, other), old, other) for other in (new, old, old)]
    assert "In 2 more policies nothing differs." in differing(pairs)
    assert "In one policy nothing differs." in differing(pairs[1:2])


def test_the_command_draws_the_same_bytes_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = tmp_path / "old.recpol", tmp_path / "new.recpol"
    before.write_text(OLD, "utf-8")
    after.write_text(OLD.replace("+46850020001", "+46850020002"), "utf-8")
    drawn = []
    for _ in range(2):
        assert run(["diff", str(before), str(after), "--format", "svg"]) == 0
        drawn.append(capsys.readouterr().out)
    assert drawn[0] == drawn[1]
    assert ElementTree.fromstring(drawn[0]).findtext(f"{SVG}title") == "What calls record differently"
