"""Tenants that share what is known of their policy: each comes to what it comes to alone, with nothing known at all."""

from __future__ import annotations

import gc
import json
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from random_policies import random_policy, random_policy_for_v2
from recpol.analysis.program import Program, program
from recpol.analysis.variables import unvarying
from recpol.base.record import replace
from recpol.base.source import Source
from recpol.base.validate import likenesses
from recpol.certificate import certificate
from recpol.compilation import CompilerBug, compile_program
from recpol.prove import prove, walk
from recpol.rules.memory import Memory
from recpol.targets.catalogue import targets_named

ROOT = Path(__file__).parents[1]
BRANCHES = ROOT / "projects" / "branches"
TEXT = re.compile(r'"([^"\\\n{}]+)"')

Row = Mapping[str, str]


def _with_variables(chance: Random, text: str, share: float) -> tuple[str, dict[str, tuple[str, ...]]]:
    """A policy with variables in the place of some of its texts, and values for them, the texts themselves first."""
    values: dict[str, tuple[str, ...]] = {}

    def variable(found: re.Match[str]) -> str:
        if chance.random() > share:
            return found.group()
        name = f"v{len(values)}"
        values[name] = (found.group(1), f"{found.group(1)}1", "s3://acme/calls/", "", " ", "+46850020000", "en-GB")
        return f'"{{{{ var.{name} }}}}"'

    return TEXT.sub(variable, text), values


def _rows(chance: Random, values: Mapping[str, tuple[str, ...]]) -> list[Row]:
    """Tenants A, B and C in the order A B A B C C A, and then some that share a few values with each of them."""

    def row() -> Row:
        odd = chance.random() < 0.4
        return {
            name: chance.choice(some if odd and chance.random() < 0.3 else some[:2]) for name, some in values.items()
        }

    a, b, c = row(), row(), row()
    mixed = ({name: chance.choice((a, b, c))[name] for name in values} for _ in range(5))
    return [a, b, a, b, c, c, a, *mixed, a]


def _caches() -> list[Any]:
    """Whatever functions keep things, but for the schemas' validators, which no policy has anything to do with."""
    gc.unfreeze()  # what is kept out of the collector is none of its objects
    caches = [
        one
        for one in gc.get_objects()
        if isinstance(one, type(likenesses)) and one.__module__.startswith("recpol.")
        if one.__module__ != likenesses.__module__ or one is likenesses
    ]
    gc.freeze()  # as `conftest.py` had it
    assert len(caches) > 40
    return caches


def _told(of: Program, memory: Memory | None) -> object:
    """All that a policy comes to: findings, bytes, what translation checking found, verdicts and certificates."""
    try:
        made = compile_program(of, None, memory)
    except CompilerBug as bug:
        return str(bug)
    outputs = [(one.target, dict(one.files), one.verified) for one in made.outputs]
    proofs = [json.dumps(certificate(made, one)) for one in made.outputs]
    verdicts = repr(prove(of)) if made.outputs else ""
    return repr(made.checked), made.name, outputs, verdicts, proofs


def _hold(text: str, rows: list[Row], targets: tuple[str, ...]) -> int:
    """Compile for all rows together, and each by itself; how many had no error."""
    chosen = targets_named(targets)
    of, memory, good = program(Source("made.recpol", text), targets=chosen), Memory(), 0
    together = [_told(replace(of, variables=dict(row)), memory) for row in rows]
    alone: dict[tuple[tuple[str, str], ...], object] = {}
    caches = _caches()  # all of them, for what loads some has run
    for row, told in zip(rows, together, strict=True):
        values = tuple(row.items())
        if values not in alone:
            for cache in caches:
                cache.cache_clear()
            alone[values] = _told(program(Source("made.recpol", text), variables=dict(row), targets=chosen), None)
        lone = alone[values]
        assert told == lone
        good += isinstance(lone, tuple) and bool(lone[2])
    return good


@pytest.mark.parametrize("seed", range(16))
def test_random_policies_come_to_what_each_tenant_comes_to_alone(seed: int) -> None:
    chance = Random(f"together {seed}")
    v2 = seed % 4 == 0
    text = random_policy_for_v2(chance) if v2 else random_policy(chance)
    text, values = _with_variables(chance, text, chance.choice((0.2, 0.5, 1.0)))
    targets = ("svaml2",) if v2 else (("svaml1",), ("classic", "svaml1"))[seed % 2]
    _hold(text, _rows(chance, values or {"none": ("a", "b")}), targets)


@pytest.mark.parametrize(
    ("file", "value", "said"),
    [
        ("{{ var.f }}", "#tts[Hello.]", "a file cannot begin with `#`"),
        ("{{ var.f }}ref[x]", "#h", "a file cannot begin with `#`"),
        ("{{ var.f }}/x.wav", "s3://acme", "the platform cannot fetch from `s3:`"),
        ("{{ var.f }}s://acme/x.wav", "ftp", "the platform cannot fetch from `ftps:`"),
        ("{{ var.f }}/x.wav", "https://a b", "`https://a b/x.wav` is not a web address"),
        ("{{ var.f }}/x.wav", "https://acme.example", ""),
        ("{{ var.f }}", "welcome", ""),
        ("{{ var.f }}{{ env.X }}]", "#tts[", "a file cannot begin with `#`"),
        ("{{ var.f }}s[{{ env.X }}]", "#tt", "a file cannot begin with `#`"),
        ("{{ var.f }}/{{ env.X }}.wav", "s3://acme", "the platform cannot fetch from `s3:`"),
        ("{{ var.f }}/{{ env.X }}.wav", "https://acme.example", ""),
    ],
)
def test_a_file_that_a_value_makes_none_is_told_as_if_it_were_written_so(file: str, value: str, said: str) -> None:
    text = 'policy desk\non ice { answer play "FILE" connect pstn +46850020000 }\n'
    made = compile_program(program(Source("made.recpol", text.replace("FILE", file)), variables={"f": value}))
    written = compile_program(program(Source("made.recpol", text.replace("FILE", file.replace("{{ var.f }}", value)))))
    told = [one.message for one in made.findings if one.rule == "bad-file-url"]
    assert told == [one.message for one in written.findings if one.rule == "bad-file-url"] == [said] * bool(said)


def test_what_has_been_compiled_can_be_kept_and_sent_to_another_process() -> None:
    row = {name: some[0] for name, some in CHOICES.items()}
    made = compile_program(program(Source("made.recpol", GUARDED), variables=row))
    again = pickle.loads(pickle.dumps(made))
    assert (repr(again.findings), again.name, again.files) == (repr(made.findings), made.name, made.files)


GUARDED = """\
policy desk
store calls { url "s3://{{ var.bucket }}/{{ var.folder }}" credentials env KEY }
store other { url "{{ var.other }}" credentials env KEY transcribe "{{ var.locale }}" }
on ice {
  answer
  notice: say ssml "{{ var.notice }}"
  lead: say "{{ var.lead }}"
  menu { prompt "{{ var.menu }}" key 1 -> talk key 2 -> more }
}
on pie talk { record to calls { desk: connect pstn "{{ var.desk }}" } }
on pie more { record to other { far: connect pstn "{{ var.far }}" } }
on pie otherwise { hangup }
record lead to calls
always record desk because "of the works council"
announce notice before recording
never transcribe desk
keep recordings in "s3://acme-*/**"
"""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "bucket": ("acme-one", "acme-two", "others", ""),
    "folder": ("a/", "call.wav", "b/", "{{ env.PLACE }}/", "../", ""),
    "other": ("s3://acme-one/a/", "s3://acme-two/call.wav", "s3://acme-one/call.wav", "gs://x", "s3://others/"),
    "locale": ("en-GB", "de-DE"),
    "notice": ("Your call is recorded.", "Ihr Anruf wird aufgezeichnet.", "<break/>", "", "#tts[x]"),
    "lead": ("Hello.", "Guten Tag."),
    "menu": ("Press 1.", "1 bitte.", ""),
    "desk": ("+442079460150", "+442079460151", "12"),
    "far": ("+442079460152", "+442079460150"),
}


def test_what_guarantees_depend_on_is_seen_for_each_tenant() -> None:
    chance, good = Random("guarded"), 0
    for _ in range(6):
        good += _hold(GUARDED, _rows(chance, CHOICES), ("svaml1",))
    assert good > 10


def test_nothing_of_a_tenant_stays_in_a_circle() -> None:
    of = program(Source("made.recpol", GUARDED))

    def left(tenants: int) -> int:
        memory = Memory()
        gc.collect()
        gc.disable()
        try:
            for number in range(tenants):
                row = {name: some[0] for name, some in CHOICES.items()} | {"folder": f"a{number}/"}
                compile_program(replace(of, variables=row), None, memory)
            return gc.collect()
        finally:
            gc.enable()

    _, few, many = (left(tenants) for tenants in (20, 3, 20))
    assert many <= few + 30, (few, many)


@pytest.mark.parametrize("seed", range(25))
def test_calls_go_as_they_go_with_the_words_of_the_texts(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = Random(f"written {seed}")
    text = random_policy_for_v2(chance) if seed % 3 == 0 else random_policy(chance)
    text, values = _with_variables(chance, text, 0.7)
    cases = [(text, row) for row in _rows(chance, values)[:5]] + [(GUARDED, row) for row in _rows(chance, CHOICES)[:5]]
    targets = targets_named(("svaml2",) if seed % 3 == 0 else ("svaml1",))
    for policy, row in cases:
        of = program(Source("made.recpol", policy), variables=row, targets=targets)
        if of.partial or not of.graph.begins:
            continue
        quiet, said = _ways(of), prove(of)
        with monkeypatch.context() as patch:
            patch.setattr(walk, "written", lambda one: one)
            again = replace(of, variables=dict(row))
            assert _ways(again) == quiet
            assert repr(prove(again)) == repr(said)


def _ways(of: Program) -> list[object]:
    """The moves of all calls, without the words of what is heard."""
    found = walk.Walk(of, 20_000)
    return [
        (move.origin, repr(move.event), move.target, move.starts, move.doubt, move.adrift, list(_pieces(move)))
        for move in found.moves
    ] + [walk.place_key(place.standing)[:8] for place in found.places]


def _pieces(move: walk.Move) -> Iterator[object]:
    for piece in move.pieces:
        heard = piece.heard
        numbers = [one.number for one in heard.calls]
        yield piece.step.index, piece.lost, heard.sound.kind, heard.cut, numbers, heard.conference is not None


def test_who_reads_a_variable_where_none_counts_is_refused() -> None:
    of = program(Source("made.recpol", GUARDED), variables={name: some[0] for name, some in CHOICES.items()})
    for ask in (lambda one: of.fill(one.texts[0]) and one.variables.get("desk"), lambda one: list(one.variables)):
        with pytest.raises(AssertionError):
            unvarying(ask)(of)


def test_the_command_writes_what_it_writes_for_each_tenant_in_a_process_of_its_own(tmp_path: Path) -> None:
    shutil.copytree(BRANCHES, tmp_path / "project", ignore=shutil.ignore_patterns("build"))
    head, *kinds = (BRANCHES / "tenants.csv").read_text("utf-8").splitlines()[:3]
    kinds.append(kinds[0].replace("recorded", "taped").replace("gb/", "uk/"))
    numbers = iter(range(100))
    lines = [
        re.sub(r"\+4420794601\d\d", f"+44207946{next(numbers):04}", f"t{n},{kinds[kind].partition(',')[2]}", count=1)
        for n, kind in enumerate((0, 1, 0, 1, 2, 2, 0))
    ]
    (tmp_path / "project" / "tenants.csv").write_text("\n".join([head, *lines]) + "\n", "utf-8")

    def run(*words: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "recpol", "compile", *words],
            cwd=tmp_path / "project",
            check=True,
            capture_output=True,
        )

    run("--no-cache")
    for n in range(len(lines)):
        run("--no-cache", "--tenant", f"t{n}", "-o", "alone")
    for n in range(len(lines)):
        files = {one.name: one.read_bytes() for one in (tmp_path / f"project/build/t{n}/branch").iterdir()}
        assert len(files) == 4
        assert files == {one.name: one.read_bytes() for one in (tmp_path / f"project/alone/t{n}/branch").iterdir()}


def test_processes_share_tenants_and_change_nothing(tmp_path: Path) -> None:
    shutil.copytree(BRANCHES, tmp_path / "project", ignore=shutil.ignore_patterns("build"))
    head, first, *_ = (BRANCHES / "tenants.csv").read_text("utf-8").splitlines()
    rest = first.split(",", 2)[2]
    lines = [f"t{n},gb/{n},{rest.replace('079460', f'07{n:04}', 1)}" for n in range(40)]
    lines[7] = lines[7].replace("+4420794601", "12")
    lines[21] = lines[21].replace("To talk to us, press 1.", " ")
    lines[22] = lines[22].replace("gb/22", "a b")
    (tmp_path / "project" / "tenants.csv").write_text("\n".join([head, *lines]) + "\n", "utf-8")

    def run(*words: str) -> tuple[object, ...]:
        folder = tmp_path / "project" / "build"
        shutil.rmtree(folder, ignore_errors=True)
        done = subprocess.run(
            [sys.executable, "-m", "recpol", "compile", "--no-cache", *words],
            cwd=tmp_path / "project",
            check=False,
            capture_output=True,
        )
        files = {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}
        return done.returncode, done.stdout, done.stderr, files

    alone = run("--jobs", "1")
    assert alone[0] == 1
    assert isinstance(alone[3], dict)
    assert len(alone[3]) == 37 * 4 + 1
    for words in (("--jobs", "2"), ("--jobs", "3"), ()):
        assert run(*words) == alone
