"""Two versions compared: each kind of difference with the call that shows it, and a law on random pairs.

`RECPOL_FUZZ=20000 pytest tests/test_diff.py` tries the law on as many texts; without it a sample is tried.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from random_policies import random_policy, with_phase_prompts, with_room_keys
from recpol.analysis.program import Program, program
from recpol.base.resources import schema_text
from recpol.base.source import Source
from recpol.calls import trace as t
from recpol.calls.scenario import spell
from recpol.cli.main import run
from recpol.diff.compare import compare
from recpol.diff.model import ORDER, RECORDING, Comparison
from recpol.diff.words import TITLES, document, markdown
from recpol.rules.check import check
from recpol.semantics.next_events import beginnings, possible
from recpol.semantics.simulate import simulate
from recpol.targets.catalogue import targets_named
from roomy import roomy, talkative

PAIRS = int(os.environ.get("RECPOL_FUZZ", "400"))
FIRST = int(os.environ.get("RECPOL_FUZZ_FROM", "0"))

OLD = """policy desk
store calls { url "s3://acme/calls/" credentials env STORE }
on ice {
  answer
  notice: say "This call is recorded."
  menu { prompt "Press 1 or 2." key 1 -> sales key 2 -> help }
}
on pie sales { agent: connect pstn +46850020000 { phase card @card } }
on pie help { helper: connect pstn +46850020001 }
on pie otherwise { hangup }
record agent except card
never record @card
announce notice before recording
"""

CHANGES: dict[str, tuple[tuple[str, str], list[tuple[str, str | None]]]] = {
    "nothing": (("policy desk", "policy  desk"), []),
    "a comment": (("on ice", "# a remark\non ice"), []),
    "the name of a store": (("store calls", "store archive"), []),
    "the credentials": (("env STORE", "env OTHER"), [("stated", None)]),
    "the same credentials": (("env STORE", '"{{ env.STORE }}"'), []),
    "an exception taken out": (
        (" except card", ""),
        [
            ("more-recorded", "press 1; answer; begin card"), ("other-file", "press 1; answer; begin card; end card"),
            ("guarantee-weaker", "press 1; answer; begin card"),
        ],
    ),
    "a recording taken out": (
        ("record agent except card", "record helper"), [("more-recorded", "press 2"), ("less-recorded", "press 1")],
    ),
    "another store": (("s3://acme/calls/", "s3://acme/other/"), [("other-store", "press 1")]),
    "another format": (("env STORE", "env STORE format mp3"), [("other-store", "press 1")]),
    "other words": (("This call is recorded.", "We record."), [("words", "")]),
    "a way": (
        ("key 2 -> help", "key 2 -> help key 3 -> sales"), [("more-recorded", "press 3"),
            ("way-new", "press 3"),
            ("words", "press 3; answer; begin card"),
        ],
    ),
    "a way that is gone": (("key 2 -> help", ""), [("way-gone", "press 2"), ("words", "press 2")]),
    "a phase of which nothing is sent": (
        ("{ phase card", "{ phase chat phase card"), [("way-new", "press 1; answer; begin chat")],
    ),
    "a request that changes nothing": (
        ("record agent", "on manage note in agent { continue }\nrecord agent"),
        [("guarantee-weaker", None), ("guarantee-weaker", None), ("way-new", "press 1; answer; manage note")],
    ),
    "words far on in a long notice": (
        ("This call is recorded.", "This call is recorded. " * 9 + "Press 9 to object."), [("words", "")],
    ),
    "a limit": (("pstn +46850020001", "pstn +46850020001 max-duration 1h"), [("manner", "press 2")]),
    "barge-in": (('"Press 1 or 2."', '"Press 1 or 2." barge no'), [("manner", "")]),
    "the language": (("store calls", "locale sv-SE store calls"), [("manner", ""), ("manner", "")]),
    "answering": (("  answer\n", ""), [("guarantee-weaker", "press 1"), ("manner", "")]),
    "a target": (("store calls", "target svaml1 store calls"), [("stated", None)]),
    "a number": (("store calls", 'answers "+46850020000" store calls'), [("stated", None)]),
    "what becomes of a stop": (("store calls", "on phase failure hangup store calls"), [("stated", None)]),
    "a promise": (("env STORE", "env STORE keep 5y"), [("stated", None)]),
    "a guarantee": (("never record @card\n", ""), [("guarantee-gone", None)]),
    "a new guarantee": (("never record @card", "never record @card\nnever record helper"), [("guarantee-new", None)]),
    "a reason": (("never record @card", 'never record @card because "PCI"'), []),
    "an allowed finding": (
        ("on pie help", "# allow unused-label: kept for reports\non pie help"), [("suppression-new", None)],
    ),
}  # fmt: skip


def understood(text: str) -> Program:
    return program(Source("desk.recpol", text), targets=targets_named(["svaml1"]))


def told(comparison: Comparison) -> list[tuple[str, str | None]]:
    return [(one.kind, None if one.call is None else spell(one.call)) for one in comparison.differences]


@pytest.mark.parametrize("name", CHANGES)
def test_changes(name: str) -> None:
    (before, after), expected = CHANGES[name]
    assert before in OLD
    assert told(compare(understood(OLD), understood(OLD.replace(before, after)))) == expected


@pytest.mark.parametrize("name", CHANGES)
def test_the_other_way_round_is_the_opposite(name: str) -> None:
    (before, after), _ = CHANGES[name]
    opposite = {
        "more-recorded": "less-recorded", "less-recorded": "more-recorded", "way-new": "way-gone",
        "way-gone": "way-new",
        "guarantee-new": "guarantee-gone", "guarantee-gone": "guarantee-new", "guarantee-weaker": "guarantee-stronger",
        "guarantee-stronger": "guarantee-weaker", "suppression-new": "suppression-gone",
        "suppression-gone": "suppression-new",
    }  # fmt: skip
    old, new = understood(OLD), understood(OLD.replace(before, after))
    there = sorted((opposite.get(one.kind, one.kind), one.call or ()) for one in compare(old, new).differences)
    back = [(one.kind, one.call or ()) for one in compare(new, old).differences]
    assert sorted((kind, spell(call)) for kind, call in there) == sorted((kind, spell(call)) for kind, call in back)


@pytest.mark.parametrize("there_and_back", [1, -1])
def test_people_talk_on_where_a_version_has_no_such_phase(there_and_back: int) -> None:
    """What is recorded during a phase and after it is compared with the talk of the version without it."""
    old, new = [
        understood(OLD.replace(" except card\nnever record @card", "").replace("{ phase card @card }", phase))
        for phase in ("{ phase f phase g }", "{ phase f }")
    ][::there_and_back]
    away = "way-gone" if there_and_back > 0 else "way-new"
    assert told(compare(old, new)) == [(away, "press 1; answer; begin g")]
    spared, plain = [
        understood(OLD.replace("\nnever record @card", "")),
        understood(OLD.replace(" except card\nnever record @card", "").replace(" { phase card @card }", "")),
    ][::there_and_back]
    more = "more-recorded" if there_and_back > 0 else "less-recorded"
    begun = "press 1; answer; begin card"
    assert told(compare(spared, plain)) == [(more, begun), ("other-file", f"{begun}; end card"), (away, begun)]


def tape(unit: Program, events: tuple[t.Event, ...]) -> list[object] | None:
    """The sounds of a call with what records them; None where it cannot happen."""
    found = simulate(unit, events)
    if found.impossible is not None:
        return None
    return [
        (piece.heard.sound, [_options(one) for one in (*piece.heard.calls, piece.heard.conference)])
        for piece in found.pieces
    ]


def _options(recording: t.Recording | None) -> object:
    if recording is None:
        return None
    return recording.number, [option for option in recording.options if option[0] != "credentials"]


def some_call(unit: Program, dice: Random) -> tuple[t.Event, ...]:
    events: tuple[t.Event, ...] = ()
    if (starts := beginnings(unit)) and dice.random() < 0.5:
        events = (dice.choice(starts),)
    for _ in range(dice.randrange(7)):
        choices = [one for one in possible(unit, simulate(unit, events).moment) if not isinstance(one, t.HangsUp)]
        if not choices:
            break
        events = (*events, dice.choice(choices))
    return events


def changed(text: str, dice: Random) -> str:
    """A policy with one line out, doubled, or with another word."""
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    match dice.randrange(3):
        case 0:
            del lines[at]
        case 1:
            words = lines[at].split(" ")
            words[dice.randrange(len(words))] = dice.choice(text.split())
            lines[at] = " ".join(words)
        case _:
            other = dice.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines)


def tried(texts: int, make: Callable[[Random], str] = random_policy) -> Counter[str]:
    """The law on random pairs, and how often it was asked: pairs, equal ones, calls that show a difference, others."""
    count: Counter[str] = Counter()
    for seed in range(texts):
        dice = Random(FIRST + seed)
        text = make(dice)
        old, new = understood(text), understood(changed(text, dice))
        if old.partial or new.partial or "ice" not in old.graph.first or "ice" not in new.graph.first:
            continue
        count["pairs"] += 1
        comparison = compare(old, new)
        assert not comparison.spent
        heard = [
            one
            for one in comparison.differences
            if one.kind in RECORDING or one.kind in ("words", "way-new", "way-gone")
        ]
        for one in heard:
            if one.call is not None:
                count["shown"] += 1
                assert tape(old, one.call) != tape(new, one.call), (seed, one)
        if not heard:
            count["same"] += 1
            for unit in (old, new):
                for _ in range(10):
                    count["calls"] += 1
                    events = some_call(unit, dice)
                    assert tape(old, events) == tape(new, events), (seed, events)
    return count


def test_nothing_is_said_exactly_if_no_call_shows_it() -> None:
    """With no difference told, calls have equal tapes; and each call that is told of shows a difference."""
    count = tried(PAIRS)
    assert count["pairs"] > PAIRS / 4
    assert count["same"] > PAIRS / 20
    assert count["shown"] > PAIRS / 4


def test_a_budget_that_is_spent_is_said() -> None:
    comparison = compare(understood(OLD), understood(OLD), budget=1)
    assert comparison.spent
    assert comparison.has(RECORDING)


def test_every_kind_has_a_heading_and_a_place() -> None:
    assert set(TITLES) == set(ORDER)


def test_markdown_says_nothing_of_its_own(tmp_path: Path) -> None:
    hostile = OLD.replace("This call is recorded.", "| a | <b> `x` **y**")
    page = markdown([compare(understood(OLD), understood(hostile))])
    rows = [line for line in page.splitlines() if line.startswith("| the words")]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 5
    assert "<b>" not in rows[0]


@pytest.mark.parametrize(
    "words", ["@acme/legal", "x ` @acme/legal", "`` @acme/legal", "`a` @acme/legal ` #12 `", "^1 !2"]
)
def test_markdown_calls_nobody(words: str) -> None:
    page = markdown([compare(understood(OLD), understood(OLD.replace("This call is recorded.", words)))])
    outside = re.sub(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)", "", page)
    assert re.findall(r"[@#!^]\w", outside) == []


def test_the_document_fits_its_schema() -> None:
    import jsonschema

    made = document([compare(understood(OLD), understood(OLD.replace(" except card", "")))])
    jsonschema.validate(made, json.loads(schema_text("diff")))


Write = Callable[[str, str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def go(name: str, text: str) -> str:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
        return str(tmp_path / name)

    return go


@pytest.mark.parametrize(
    ("fail_on", "status"), [("any", 1), ("more-recorded", 1), ("less-recorded", 0), ("weaker", 1), ("never", 0)]
)
def test_exit_status(write: Write, capsys: pytest.CaptureFixture[str], fail_on: str, status: int) -> None:
    old = write("old.recpol", OLD)
    new = write("new.recpol", OLD.replace("never record @card\n", "").replace(" except card", ""))
    assert run(["diff", old, new, "--fail-on", fail_on]) == status
    assert "in the call: press 1; answer; begin card" in capsys.readouterr().out


def test_equal_policies(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", write("old.recpol", OLD), write("new.recpol", OLD)]) == 0
    assert capsys.readouterr().out == "desk: nothing differs\n"


def test_folders_pair_policies_by_name(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("old/a.recpol", OLD)
    write("old/gone.recpol", OLD.replace("policy desk", "policy gone"))
    write("new/moved/b.recpol", OLD)
    write("new/come.recpol", OLD.replace("policy desk", "policy come").replace("record agent", "record helper"))
    assert run(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 1
    out = capsys.readouterr().out
    assert "come: added" in out
    assert "gone: removed" in out
    assert "desk: nothing differs" in out


def test_compiled_documents_are_compared_with_the_policy(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = OLD.replace(" { phase card @card }", "").replace(" except card", "").replace("never record @card\n", "")
    policy = write("desk.recpol", plain)
    assert run(["compile", policy, "-o", str(tmp_path / "build")]) == 0
    built = str(tmp_path / "build" / "desk")
    capsys.readouterr()
    assert run(["diff", policy, built, "--fail-on", "any"]) == 0, capsys.readouterr().out
    place = tmp_path / "build" / "desk" / "pie.sales.json"
    place.write_text(place.read_text().replace("s3://acme/calls/", "s3://elsewhere/"))
    assert run(["diff", policy, built]) == 1
    assert "s3://elsewhere/" in capsys.readouterr().out


def test_a_side_with_errors_is_said(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    broken = write("new.recpol", OLD.replace("on pie help", "on pie help help"))
    assert run(["diff", write("old.recpol", OLD), broken]) == 1
    assert "the new version cannot be read in full" in capsys.readouterr().out


def test_a_key_that_leads_to_no_menu_is_an_error_and_no_crash() -> None:
    broken = understood(OLD.replace("key 2 -> help", 'key 2 -> menu nowhere menu there { prompt "?" key 1 -> help }'))
    found = compare(understood(OLD), broken, (), check(broken).errors).differences
    assert (found[0].kind, found[0].about) == ("not-compared", "the new version does not compile: 1 error")


def _git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


def test_a_revision(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("p/recpol.yaml", "{}\n")
    write(
        "p/desk.recpol", OLD.replace('store calls { url "s3://acme/calls/" credentials env STORE }', 'use "c.recpol"')
    )
    rules = write("p/c.recpol", 'rules c\nstore calls { url "s3://acme/calls/" credentials env STORE }\n')
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-qm", "first")
    monkeypatch.chdir(tmp_path / "p")
    assert run(["diff", "--git", "HEAD"]) == 0
    Path(rules).write_text('rules c\nstore calls { url "s3://acme/new/" credentials env STORE }\n')
    assert run(["diff", "--git", "HEAD", "desk.recpol"]) == 1
    assert "s3://acme/new/" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["diff"], "two versions are compared"), (["diff", "a", "b", "c"], "two versions are compared"),
        (["diff", "--git", "no-such-revision", "."], "no git repository"),
        (["diff", "--git", "HEAD", "a", "b"], "one path"),
        (["diff", "no-old", "no-new"], "`no-old` does not exist"), (["diff", ".", "no-new"], "`no-new` does not"),
        (["diff", ".", "."], "no `.recpol` file"), (["diff", "--git=--output=x", "."], "no revision"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(words) == 2
    assert said in capsys.readouterr().err


UNANSWERED = """policy desk
target svaml2
locale en-GB
voice Amy
store calls { url "s3://acme/calls/" credentials env STORE }
on recording failure hangup
on ice { answer agent: connect pstn +46850020000 dial-timeout 20s }
on noanswer agent { record { say "Leave a message." message: menu { wait 30s key "#" -> done } } }
on pie done { hangup }
on pie otherwise { hangup }
"""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Leave a message.", "Speak.", [("words", "no answer")]),
        (
            'record { say "Leave a message."',
            'say "Leave a message." record {',
            [("less-recorded", "no answer"), ("other-file", "no answer")],
        ),
        ("on pie done", 'on busy agent { say "Busy." hangup }\non pie done', [("words", "busy")]),
        ("failure hangup", "failure continue", [("less-recorded", None)]),
        ("on recording failure hangup\n", "", [("less-recorded", None)]),
    ],
)
def test_calls_that_nobody_answers_are_compared(
    before: str, after: str, expected: list[tuple[str, str | None]]
) -> None:
    old, new = (
        program(Source("desk.recpol", text), targets=targets_named(["svaml2"]))
        for text in (UNANSWERED, UNANSWERED.replace(before, after))
    )
    assert told(compare(old, new)) == expected
    opposite = {"less-recorded": "more-recorded"}
    assert told(compare(new, old)) == [(opposite.get(kind, kind), call) for kind, call in expected]


CALLOUT = """policy survey
locale en-GB
store calls { url "s3://acme/calls/" credentials env STORE }
on callout customer { call pstn +442079460104 cli +442079460100 }
on ace customer { say "Hello." record { menu { prompt "Press 1." key 1 -> go } } }
on pie go { record { connect pstn +442079460103 } }
on pie otherwise { hangup }
"""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("record { connect pstn +442079460103 }", "connect pstn +442079460103", [("less-recorded", 3)]),
        ('say "Hello." record {', 'record { say "Hello."', [("more-recorded", 2), ("other-file", 2)]),
        ("on pie go", "on ice { answer hangup }\non pie go", [("way-new", 0)]),
        (
            "on pie go",
            "on callout agent { call pstn +442079460105 cli +442079460100 }\non ace agent { hangup }\non pie go",
            [("way-new", 1)],
        ),
    ],
)
def test_calls_that_the_backend_begins_are_compared(before: str, after: str, expected: list[tuple[str, int]]) -> None:
    found = compare(understood(CALLOUT), understood(CALLOUT.replace(before, after))).differences
    assert [(one.kind, len(one.call or ())) for one in found] == expected


def test_words_that_differ_far_on_are_told_in_full() -> None:
    """Two notices that begin alike are not one, however few words of them are shown elsewhere."""
    one, other = ("This call is recorded. " * 9 + end for end in ("Press 9 to object.", "Goodbye."))
    old, new = (understood(OLD.replace("This call is recorded.", words)) for words in (one, other))
    (difference,) = compare(old, new).differences
    assert difference.kind == "words"
    assert "Press 9 to object." in difference.before
    assert "Goodbye." in difference.after


def test_whom_a_callout_calls_is_told() -> None:
    text = 'policy c\nlocale en-GB\non callout c { call pstn "+442079460100" }\non ace c { say "Hello." hangup }\n'
    for before, after in (("+442079460100", "+442079460199"), ('0100"', '0100" cli +442079460101')):
        (difference,) = compare(understood(text), understood(text.replace(before, after))).differences
        assert (difference.kind, spell(difference.call or ())) == ("manner", "start c")


def test_a_secret_in_a_header_is_not_shown() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    text = 'policy c\non ice { connect sip "a@b.example" header "x-key" = "KEY" }\n'
    (difference,) = compare(understood(text), understood(text.replace("KEY", secret))).differences
    assert secret not in difference.before + difference.after


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("env STORE", "env OTHER", [("env STORE", "env OTHER")]),
        ("env STORE", '"{{ env.OTHER }}"', [("env STORE", "env OTHER")]),
        ("credentials env STORE", "", [("env STORE", "none")]),
        ("env STORE", '"hunter2hunter2"', [("env STORE", "what is written out")]),
        ("env STORE", '"{{ env.A }}:{{ env.B }}"', [("env STORE", "what is written out")]),
        (
            "env STORE }",
            'env STORE }\nstore more { url "s3://acme/calls/" credentials env OTHER }',
            [("", "env OTHER")],
        ),
        ("store calls", "store archive", []),
        ("env STORE }", 'env STORE }\nstore more { url "s3://acme/more/" credentials env OTHER }', []),
    ],
)
def test_credentials_of_a_store_are_told_and_no_call_hears_them(
    before: str, after: str, told: list[tuple[str, str]]
) -> None:
    old, new = understood(OLD), understood(OLD.replace(before, after))
    stated = [one for one in compare(old, new).differences if one.kind == "stated"]
    assert [(one.about, one.before, one.after) for one in stated] == [
        ("credentials of s3://acme/calls/", *words) for words in told
    ]
    back = [(one.before, one.after) for one in compare(new, old).differences if one.kind == "stated"]
    assert back == [(after, before) for before, after in told]


def test_credentials_of_another_address_are_told() -> None:
    moved = OLD.replace("s3://acme/calls/", "s3://acme/new/").replace("env STORE", "env OTHER")
    found = [(one.kind, one.about, one.after) for one in compare(understood(OLD), understood(moved)).differences]
    assert ("stated", "credentials of s3://acme/new/", "env OTHER") in found


def test_two_values_of_credentials_differ_and_neither_is_shown() -> None:
    one, other = (understood(OLD.replace("env STORE", f'"hunter{n}hunter"')) for n in (2, 3))
    (difference,) = [found for found in compare(one, other).differences if found.kind == "stated"]
    assert (difference.before, difference.after) == ("what is written out", "what is written out")


def test_a_change_of_credentials_ends_a_diff_with_0(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = write("old.recpol", OLD), write("new.recpol", OLD.replace("env STORE", "env OTHER"))
    assert run(["diff", old, new]) == 0
    assert "credentials of s3://acme/calls/: env STORE → env OTHER  (line 2)" in capsys.readouterr().out


def test_two_policies_of_one_name_are_not_compared(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for side in ("old", "new"):
        write(f"{side}/a.recpol", OLD)
        write(f"{side}/b.recpol", OLD)
    assert run(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 2
    assert "two policies are called `desk`" in capsys.readouterr().err


def test_each_tenant_is_compared(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = OLD.replace("s3://acme/calls/", "{{ var.url }}")
    for side, url in (("old", "s3://acme/lyon/"), ("new", "s3://elsewhere/lyon/")):
        write(f"{side}/desk.recpol", text)
        tenants = f'tenants: {{lyon: {{url: "{url}"}}, oslo: {{url: "s3://acme/oslo/"}}}}\n'
        write(f"{side}/recpol.yaml", tenants)
    assert run(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 1
    out = capsys.readouterr().out
    assert "oslo/desk: nothing differs" in out
    assert "lyon/desk: recorded to another place" in out


def test_a_room_that_another_policy_records_is_seen(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = 'store calls { url "s3://acme/calls/" credentials env STORE }\n'
    quiet = f'policy quiet\n{store}on ice {{ r: connect conference "board" }}\nnever record r\n'
    loud = f'policy loud\n{store}on ice {{ record conference {{ connect conference "board" }} }}\n'
    write("old/quiet.recpol", quiet)
    write("new/quiet.recpol", quiet)
    write("new/loud.recpol", loud)
    assert run(["diff", str(tmp_path / "old"), str(tmp_path / "new"), "--fail-on", "weaker"]) == 1
    assert "guarantees that hold less" in capsys.readouterr().out


def test_documents_that_cannot_be_read_back_whole_are_not_compared(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = OLD.replace(" { phase card @card }", "").replace(" except card", "").replace("never record @card\n", "")
    policy = write("desk.recpol", plain)
    assert run(["compile", policy, "-o", str(tmp_path / "build")]) == 0
    built = tmp_path / "build" / "desk"
    (built / "pie.sales.json").unlink()
    capsys.readouterr()
    assert run(["diff", policy, str(built)]) == 2
    assert "`pie.sales.json` of its manifest is not there" in capsys.readouterr().err
    assert run(["verify", str(built), "--pack", "gdpr"]) == 2
    assert "`pie.sales.json` of the manifest is not there" in capsys.readouterr().err


def test_an_allowance_that_lasts_longer_or_stands_twice_is_told() -> None:
    allow = "# allow unused-label until 2030-01-01: kept\non pie help"
    old = understood(OLD.replace("on pie help", allow))
    for new in (
        allow.replace("2030", "2040"),
        allow.replace("on pie", "# allow unused-label until 2030-01-01: kept\non pie"),
    ):
        assert "suppression-new" in [
            one.kind for one in compare(old, understood(OLD.replace("on pie help", new))).differences
        ]


OTHER = OLD.replace("policy desk", "policy other").replace("+46850020000", "+46850020099")


@pytest.mark.parametrize(
    ("before", "after", "status", "said", "unsaid"),
    [
        ({"a": "desk"}, {"a": "front"}, 0, ["the name of the policy: desk → front"], ["removed", "added"]),
        ({"a": "desk"}, {"b": "front"}, 0, ["the name of the policy: desk → front"], ["removed", "added"]),
        ({"a": "desk", "c": "other"}, {"a": "front", "c": "other"}, 0, ["desk → front", "other: nothing"], ["added"]),
        ({"a": "desk", "c": "other"}, {"b": "front", "c": "other"}, 0, ["desk → front", "other: nothing"], ["added"]),
        ({"a": "desk", "c": "other"}, {"c": "other"}, 1, ["desk: removed", "other: nothing"], ["the name"]),
        (
            {"a": "desk", "c": "other"}, {"x": "one", "y": "two", "c": "other"}, 1,
            ["desk → one", "two: added", "recorded as under `desk` before"], ["removed"],
        ),
        ({"a": "desk"}, {"a": "desk", "b": "copy"}, 1, ["copy: added", "recorded as under `desk` before"], ["stated"]),
        ({"a": "desk"}, {"a": "other"}, 0, ["desk → other", "+46850020000 → the call to +46850020099"], ["removed"]),
        ({"a": "desk", "b": "one"}, {"x": "other", "b": "one"}, 1, ["desk: removed", "other: added"], ["as under"]),
    ],
)  # fmt: skip
def test_policies_with_other_names_are_compared(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    before: dict[str, str], after: dict[str, str], status: int, said: list[str], unsaid: list[str],
) -> None:  # fmt: skip
    for folder, policies in (("old", before), ("new", after)):
        for file, name in policies.items():
            text = OTHER if name == "other" else OLD.replace("policy desk", f"policy {name}")
            write(f"{folder}/{file}.recpol", text)
    assert run(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == status
    out = capsys.readouterr().out
    assert [one for one in said if one not in out] == []
    assert [one for one in unsaid if one in out.lower()] == []


@pytest.mark.parametrize(
    "make", [roomy, talkative, lambda dice: with_phase_prompts(with_room_keys(random_policy(dice)))]
)
def test_nothing_is_said_either_where_requests_and_phases_come(make: Callable[[Random], str]) -> None:
    count = tried(PAIRS // 4, make)
    assert count["pairs"] > PAIRS // 16
    assert count["same"] > PAIRS // 40
    assert count["shown"] > PAIRS // 40
