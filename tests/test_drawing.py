"""Pictures of policies and calls: everything is in them, in shape and words, and nothing of an author steers them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from random_policies import random_policy
from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.calls.scenario import read_scenario
from recpol.cli.main import run
from recpol.compilation import compile_program
from recpol.drawing.flow import flow
from recpol.drawing.layout import MANY, DrawnWay, layout
from recpol.drawing.mermaid import flow_mermaid, tape_mermaid
from recpol.drawing.shapes import fitted, width, wrapped
from recpol.drawing.tape import cells, tape
from recpol.explain import explain
from recpol.semantics.replay import replay

SVG = "{http://www.w3.org/2000/svg}"

DESK = """policy desk
store calls { url "s3://acme/calls/" credentials env STORE }
on ice {
  answer
  notice: say "Parts of this call are <recorded> & kept."
  menu { prompt "Press 1 or 2." key 1 -> sales key 2 -> again }
}
on pie again { menu { prompt "Press 1, or 9 to go back." key 1 -> sales key 9 -> again } }
on pie sales { agent: connect pstn +46850020000 { phase card @card } }
on pie otherwise { hangup }
record agent except @card
announce notice before recording
"""


def of(written: str) -> Program:
    return program(Source("desk.recpol", written))


def drawn(written: str) -> str:
    return flow(explain(compile_program(of(written))))


def words(svg: str) -> str:
    return " ".join("".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(f"{SVG}text"))


def called(written: str) -> str:
    policy = of(DESK)
    return tape(policy, replay(policy, read_scenario(Source("call", written)).events))


def test_every_stage_row_phase_and_way_is_in_the_picture() -> None:
    said = words(drawn(DESK))
    for part in (
        "1 When a call comes in",
        "on pie sales",
        "phase card @card: not recorded",
        "recorded in part → calls",
    ):
        assert part in " ".join(said.split())
    for way in ("Key 1 → 2", "Key 9 → 3", "↺ back", "calls: s3://acme/calls/"):
        assert way in said


def test_a_picture_has_a_title_and_says_in_words_what_it_shows() -> None:
    root = ElementTree.fromstring(drawn(DESK))
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert title.text == "What the policy desk records"
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert "Parts of this call are <recorded> & kept." in (desc.text or "")
    assert "The phase card is not recorded." in (desc.text or "")


def test_what_an_author_wrote_is_text_and_nothing_else() -> None:
    hostile = DESK.replace("Parts of", "</text><script>alert(1)</script>").replace("& kept", "]]>")
    for picture in (drawn(hostile), called("press 1; answer")):
        root = ElementTree.fromstring(picture)
        kinds = {one.tag.removeprefix(SVG) for one in root.iter()}
        assert kinds <= {"svg", "title", "desc", "rect", "text", "path", "circle", "ellipse", "g"}
    assert "href" not in drawn(hostile)
    mermaid = flow_mermaid(explain(compile_program(of(hostile))))
    assert "<script" not in mermaid


def test_a_policy_that_does_not_compile_says_so_in_its_picture() -> None:
    assert "does not compile" in words(drawn(DESK + "never record agent\n"))
    assert "does not compile" in words(drawn("policy desk\non ice {"))
    assert "nothing is told of what it records." in " ".join(words(drawn("policy desk\non ice {")).split())


def test_a_tape_has_each_sound_once_and_the_bars_below_what_a_file_holds() -> None:
    policy = of(DESK)
    call = replay(policy, read_scenario(Source("call", "press 1; answer; begin card; end card; hang up")).events)
    found, last = cells(policy, call)
    assert [bool(cell.files) for cell in found] == [bool(played.recordings) for played in call.played]
    assert [cell.phase for cell in found].count(True) == 1
    assert found[0].notice
    assert last == "the caller hangs up"
    svg = tape(policy, call)
    assert svg.count('height="14" fill="#a3200d"') == 2
    assert "Then: the caller hangs up." in words(svg)
    assert "nothing is recorded here" in words(called("wait"))


def test_a_long_call_goes_on_below() -> None:
    short, long = (
        float(ElementTree.fromstring(called(call)).get("height", ""))
        for call in ("press 1", "press 2; press 9; press 9; press 9; press 9; press 1; answer")
    )
    assert long > short + 100


def test_mermaid_has_the_same_ways_and_escapes_what_it_quotes() -> None:
    said = flow_mermaid(explain(compile_program(of(DESK))))
    assert '-->|"Key 9"|' in said
    assert "#60;recorded#62; #38; kept" in said
    policy = of(DESK)
    call = replay(policy, read_scenario(Source("call", "press 1; answer; hang up")).events)
    assert tape_mermaid(policy, call).count("-->") == len(call.played)


@pytest.mark.parametrize("count", [3, MANY, MANY + 1, 60])
def test_boxes_do_not_overlap_and_every_way_is_drawn_or_told(count: int) -> None:
    dice = Random(count)
    heights = {n: float(dice.randint(40, 200)) for n in range(count)}
    ways = [DrawnWay(dice.randrange(count), dice.randrange(count), 20) for _ in range(2 * count)]
    placed = layout(heights, ways, wide=300, between=80, apart=20)
    boxes = [(x, y, heights[n]) for n, (x, y) in placed.places.items()]
    assert len(boxes) == count
    for at, (x, y, tall) in enumerate(boxes):
        for ox, oy, other in boxes[at + 1 :]:
            assert x != ox or y + tall < oy or oy + other < y
    for number, way in enumerate(ways):
        told = number in placed.back or number in placed.elsewhere
        assert told is not (number in placed.bends)
        if not told:
            assert placed.places[way.origin][0] < placed.places[way.target][0]


@pytest.mark.parametrize("seed", range(25))
def test_every_policy_can_be_drawn_and_gives_the_same_bytes(seed: int) -> None:
    written = random_policy(Random(seed))
    first = drawn(written)
    assert first == drawn(written)
    root = ElementTree.fromstring(first)
    stages = explain(compile_program(of(written))).stages
    assert len(list(root.iter(f"{SVG}g"))) == len(stages) > 0


def test_texts_are_cut_to_what_fits() -> None:
    assert fitted("short", 10, 100) == "short"
    assert width(fitted("x" * 500, 10, 100), 10) <= 100
    assert width(fitted("長" * 500, 10, 100), 10) <= 100
    lines = wrapped("one two three four five six seven eight nine ten eleven twelve", 10, 60, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.recpol").write_text(DESK)
    (tmp_path / "wrong.recpol").write_text(DESK + "never record agent\n")

    def go(*typed: str) -> tuple[int, str, str]:
        status = run(["draw", *typed])
        said = capsys.readouterr()
        return status, said.out, said.err

    return go


def test_the_command_draws_to_a_file_or_to_standard_output(
    shell: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    assert shell("desk.recpol", "-o", "desk.svg") == (0, "", "")
    status, out, _ = shell("desk.recpol")
    assert status == 0
    assert out.strip() == (tmp_path / "desk.svg").read_text("utf-8").strip()
    assert "<title" in shell("desk.recpol", "press 1; answer; begin card")[1]
    assert shell("desk.recpol", "--format", "mermaid")[1].startswith("flowchart LR")
    assert shell("desk.recpol", "press 1", "--format", "mermaid")[1].startswith("flowchart LR")
    status, _, told = shell("wrong.recpol")
    assert (status, "`wrong.recpol` does not compile" in told) == (1, True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("desk.recpol", "press 1 1"), "cannot be read"), (("desk.recpol", "press"), "the call cannot be read"),
        (("desk.recpol", "-o", "desk.png"), "and `desk.png` says PNG"),
        (("desk.recpol", "answer"), "cannot"), ((".",), "is a folder"), (("missing.recpol",), "does not exist"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(
    shell: Callable[..., tuple[int, str, str]], typed: tuple[str, ...], said: str
) -> None:
    status, out, err = shell(*typed)
    assert status == 2
    assert out == ""
    assert said in err
    assert not Path("desk.png").exists()


def test_the_call_that_breaks_a_guarantee_can_be_drawn(
    shell: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "broken.recpol").write_text(DESK + "never record agent\n", "utf-8")
    status, drawn, told = shell("broken.recpol", "press 1; answer")
    assert (status, "does not compile" in told) == (1, True)
    assert "A call under desk, which does not compile: press 1; answer" in words(drawn)
    (tmp_path / "worse.recpol").write_text(DESK.replace("-> sales", "-> nowhere"), "utf-8")
    status, drawn, told = shell("worse.recpol", "press 1")
    assert (status, drawn, "has an error" in told) == (2, "", True)


def test_a_terminal_without_letters_gets_references(tmp_path: Path) -> None:
    (tmp_path / "desk.recpol").write_text(DESK, "utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for words_ in (("draw", "desk.recpol"), ("report", "desk.recpol")):
        done = subprocess.run(
            [sys.executable, "-m", "recpol", *words_], cwd=tmp_path, env=environment, capture_output=True, check=True
        )
        assert b"&#8594;" in done.stdout
        assert b"\\u" not in done.stdout
