"""No node of the tree is passed over: neither by a `match` with an open end, nor by policy and output together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from closed_matches import looks_at_the_tree, members, problems
from recpol.analysis.program import Program, program
from recpol.analysis.steps import Step, handler
from recpol.base.source import Source, Span
from recpol.compilation import CompilerBug, compile_program
from recpol.semantics.audio import sounds
from recpol.semantics.simulate import simulate
from recpol.syntax import tree
from recpol.targets.catalogue import backend_of, target_names, targets_named
from recpol.targets.reply import Json
from shells import shell_in

POLICY = """\
policy talk
store bucket { url "s3://acme-recordings/talk/" credentials env S3_CREDENTIALS }
voice Emma
record all
on ice { answer play "https://example.com/hello.wav" say "secret words" connect pstn +46850020000 }
on ace { continue }
"""


@dataclass(frozen=True, slots=True)
class Hum:
    """A kind of segment that the language does not have."""

    text: tree.Text
    span: Span


def understood(target: str) -> Program:
    return program(Source("talk.recpol", POLICY), targets=targets_named([target]))


def humming(unit: Program) -> Program:
    """The program with a `Hum` where it says something."""

    def hummed(step: Step) -> Step:
        if not isinstance(step.body, tree.Say):
            return step
        body: Any = Hum(step.body.text, step.body.span)
        return replace(step, body=body, node=replace(step.node, body=body))

    handlers = tuple(
        handler(one.index, one.kind, one.name, one.node, tuple(map(hummed, one.steps)), one.broken)
        for one in unit.handlers
    )
    return replace(unit, handlers=handlers, steps=tuple(step for one in handlers for step in one.steps))


@pytest.mark.parametrize("target", target_names())
def test_a_kind_of_segment_that_nobody_knows_is_refused(target: str) -> None:
    assert compile_program(understood(target)).outputs, "without it the policy compiles"
    with pytest.raises(CompilerBug) as bug:
        compile_program(humming(understood(target)))
    assert str(bug.value) == "the compiler came upon a case that it does not know in `talk`"


@pytest.mark.parametrize("target", target_names())
def test_neither_meaning_nor_lowering_passes_it_over(target: str) -> None:
    unit = humming(understood(target))
    with pytest.raises(AssertionError):
        simulate(unit, ())
    with pytest.raises(AssertionError):
        backend_of(*targets_named([target])).lower(unit)
    hum = next(step for step in unit.steps if step.span.text.startswith("say"))
    with pytest.raises(AssertionError):
        sounds(unit, unit.handlers[0], hum)


def test_of_a_kind_of_segment_that_nobody_knows_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = shell_in(tmp_path, monkeypatch, capsys)
    monkeypatch.setattr("recpol.workspace.session.program", lambda *given, **named: humming(program(*given, **named)))
    done = shell("compile", "talk.recpol", files={"talk.recpol": POLICY})
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: the compiler came upon a case that it does not know in `talk`\n")
    assert "secret" not in done.err
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize("target", target_names())
def test_a_segment_that_policy_and_output_both_forget_is_refused(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_files(monkeypatch)
    with pytest.raises(CompilerBug) as bug:
        compile_program(understood(target))
    assert "the policy: `play` can be heard" in str(bug.value)
    assert "the output: neither the policy nor the output makes a sound of it" in str(bug.value)


def forget_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the meaning of a policy and every lowering drop what is played."""

    def but_files(place: str, nothing: object) -> None:
        module, _, name = place.rpartition(".")
        made = getattr(import_module(module), name)
        monkeypatch.setattr(place, lambda *given: nothing if any(map(is_file, given)) else made(*given))

    def is_file(given: object) -> bool:
        return isinstance(given.body if isinstance(given, Step) else given, tree.Play)

    silence: Json = {"name": "SetCookie", "key": "nothing", "value": "heard"}
    but_files("recpol.semantics.simulate.sounds", ())
    but_files("recpol.semantics.recording.sounds", ())
    but_files("recpol.targets.v1.replies.instruction", silence)
    but_files("recpol.targets.v2.document.segment_messages", [])


# No open ends

MODULES = sorted((Path(__file__).parents[1] / "compiler" / "recpol").rglob("*.py"))


def test_every_look_at_the_tree_is_closed() -> None:
    found = {path.as_posix(): problems(path.read_text("utf-8")) for path in MODULES}
    assert {path: some for path, some in found.items() if some} == {}


def test_the_tree_is_looked_at_where_one_would_think() -> None:
    """Else the detective has lost the tree, and finds nothing anywhere."""
    matching = {path.parent.name for path in MODULES if looks_at_the_tree(path.read_text("utf-8"))}
    assert matching >= {"analysis", "semantics", "prove", "explain", "formatter", "importer", "verify", "policy"}


HEAD = "from recpol.syntax import tree\n"
OPEN = {
    "a default": "match x:\n  case tree.Say(): a()\n  case _: b()",
    "a default with a name": "match x:\n  case tree.Say(): a()\n  case other: b(other)",
    "no default": "match x:\n  case tree.Say() | tree.Play(): a()",
    "refused only now and then": "match x:\n  case tree.Say(): a()\n  case _ if y: assert_never(x)",
    "refused after something else": "match x:\n  case tree.Say(): a()\n  case _:\n    b()\n    assert_never(x)",
    "inside a pattern": "match x, y:\n  case [tree.Say(text=t), *_]: a()\n  case _: b()",
    "a part of a larger class": "match x:\n  case Other(body=tree.Say()): a()\n  case _: b()",
    "a match in a function": "def f(x):\n  for y in x:\n    match y:\n      case tree.Say(): a()\n      case _: b()",
}
LADDERS = {
    "elif": "if isinstance(x, tree.Say): a()\nelif isinstance(x, tree.Play): b()\nelif isinstance(x, tree.Tones): c()",
    "more conditions": "if isinstance(x.y, tree.Say) and z: a()\n"
    "elif isinstance(x.y, tree.Play) or isinstance(x.y, tree.Tones): b()",
    "one after the other": "def f(x):\n  if isinstance(x, tree.Say): return 1\n"
    "  if isinstance(x, tree.Play): return 2\n  if isinstance(x, tree.Tones): return 3\n  return 4",
    "two without an else": "for x in y:\n  if isinstance(x, tree.Say): a()\n  elif isinstance(x, tree.Play): b()",
    "two among others without an else": "if isinstance(x, tree.Say): a()\nelif y: c()\n"
    "elif z and isinstance(x, tree.Play): b()",
    "in one condition": "a(isinstance(x, tree.Say) or isinstance(x, tree.Play) or not isinstance(x, tree.Tones))",
    "one expression": "a(1 if isinstance(x, tree.Say) else 2 if isinstance(x, tree.Play) else 3 "
    "if isinstance(x, tree.Tones) else 4)",
    "in a comprehension": "[y for y in x if isinstance(y, tree.Say) or isinstance(y, tree.Play) "
    "or isinstance(y, tree.Tones)]",
}
LISTS = {
    "a union": "isinstance(x, tree.Say | tree.Play | tree.Tones)",
    "a tuple": "isinstance(x, (tree.Say, tree.Play, tree.Tones))",
    "a tuple with a name": "kinds = (tree.Say, tree.Play, tree.Tones)",
    "keys": "words = {tree.Say: 1, tree.Play: 2, tree.Tones: 3}",
    "not": "not isinstance(x.body, tree.Answer | tree.Cookie | tree.Hangup)",
    "subclasses": "issubclass(x, tree.Say | tree.Play | tree.Tones)",
}
CLOSED = {
    "a match": "match x:\n  case tree.Say(): a()\n  case tree.Play() | tree.Tones(): pass\n  case _: assert_never(x)",
    "a match that names what is left": "match x:\n  case tree.Say(): a()\n  case other: assert_never(other)",
    "values": "match x:\n  case 'a': a()\n  case str(): b()\n  case _: c()",
    "classes of others": "match x:\n  case t.Presses(): a()\n  case tree_of.Say(): b()\n  case _: c()",
    "a union of the tree": "isinstance(x, tree.Silent)",
    "two": "if isinstance(x, tree.Say): a()\nelif isinstance(x, tree.Play): b()\nelse: c()",
    "two, and what is left": "if isinstance(x, tree.Say): a()\nelif y and not isinstance(x, tree.Play): b()",
    "two that end closed": "if isinstance(x, tree.Say): a()\nelif not isinstance(x, tree.Play): assert_never(x)",
    "three subjects": "if isinstance(x, tree.Say): a()\nelif isinstance(y, tree.Play): b()\n"
    "elif isinstance(z, tree.Tones): c()",
    "apart": "if isinstance(x, tree.Say): a()\nb()\nif isinstance(x, tree.Play): c()\nd()\n"
    "if isinstance(x, tree.Tones): e()",
    "a ladder that ends closed": "if isinstance(x, tree.Say): a()\nelif isinstance(x, tree.Play): b()\n"
    "elif isinstance(x, tree.Tones): c()\nelse: assert_never(x)",
    "ifs that end closed": "def f(x):\n  if isinstance(x, tree.Say): return 1\n"
    "  if isinstance(x, tree.Play): return 2\n  if isinstance(x, tree.Tones): return 3\n  assert_never(x)",
}


@pytest.mark.parametrize("name", OPEN)
def test_an_open_match_is_found(name: str) -> None:
    assert [sort for _, sort in problems(HEAD + OPEN[name])] == ["open"]


@pytest.mark.parametrize("name", LADDERS)
def test_a_ladder_is_found(name: str) -> None:
    assert [sort for _, sort in problems(HEAD + LADDERS[name])] == ["ladder"]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_kinds_is_found(name: str) -> None:
    assert problems(HEAD + LISTS[name]) == [(2, "list")]


@pytest.mark.parametrize("name", CLOSED)
def test_what_is_closed_is_left_alone(name: str) -> None:
    assert problems(HEAD + CLOSED[name]) == []


def test_the_tree_is_known_by_what_is_imported() -> None:
    match = "match x:\n  case {}(): a()\n  case _: b()"
    assert problems("from recpol.syntax import tree as t\n" + match.format("t.Say")) == [(2, "open")]
    assert problems("from recpol.syntax.tree import Say\n" + match.format("Say")) == [(2, "open")]
    assert problems("from recpol.syntax.tree.segments import Say as S\n" + match.format("S")) == [(2, "open")]
    assert problems("from recpol.calls import trace as tree\n" + match.format("tree.Say")) == []
    assert problems(HEAD + match.format("tree.Unknown")) == []


# The unions


def test_every_kind_of_segment_is_in_exactly_one_sort() -> None:
    sorts = (tree.Clip, tree.QuietInstruction, tree.Ongoing, tree.Ending, tree.Opening)
    kinds = [kind for union in sorts for kind in members(union)]
    assert sorted(kind.__name__ for kind in kinds) == sorted({kind.__name__ for kind in members(tree.Body)})
    assert {*members(tree.Recordable)} & {*members(tree.Silent)} == set()
    assert {*members(tree.Action)} & {*members(tree.Instruction)} == set()
    assert {*members(tree.StepBody)} == {*members(tree.Body), tree.Submenu, tree.Phase}
