"""No node of the tree is passed over: neither by a `match` with an open end, nor by policy and output together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from recpol.analysis.program import Program, program
from recpol.analysis.steps import Step
from recpol.base.source import Source, Span
from recpol.compilation import CompilerBug, compile_program
from recpol.semantics.audio import sounds
from recpol.semantics.simulate import simulate
from recpol.settings.config import TARGETS
from recpol.syntax import tree
from recpol.targets.catalogue import BY_NAME
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
    return program(Source("talk.recpol", POLICY), targets=(target,))


def humming(unit: Program) -> Program:
    """The program with a `Hum` where it says something."""

    def hummed(step: Step) -> Step:
        if not isinstance(step.body, tree.Say):
            return step
        body: Any = Hum(step.body.text, step.body.span)
        return replace(step, body=body, node=replace(step.node, body=body))

    handlers = tuple(replace(one, steps=tuple(map(hummed, one.steps))) for one in unit.handlers)
    return replace(unit, handlers=handlers, steps=tuple(step for one in handlers for step in one.steps))


@pytest.mark.parametrize("target", TARGETS)
def test_a_kind_of_segment_that_nobody_knows_is_refused(target: str) -> None:
    assert compile_program(understood(target)).outputs, "without it the policy compiles"
    with pytest.raises(CompilerBug) as bug:
        compile_program(humming(understood(target)))
    assert str(bug.value) == "the compiler came upon a case that it does not know in `talk`"


@pytest.mark.parametrize("target", TARGETS)
def test_neither_meaning_nor_lowering_passes_it_over(target: str) -> None:
    unit = humming(understood(target))
    with pytest.raises(AssertionError):
        simulate(unit, ())
    with pytest.raises(AssertionError):
        BY_NAME[target].lower(unit)
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


@pytest.mark.parametrize("target", TARGETS)
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
    but_files("recpol.targets.v1.replies.instruction", silence)
    but_files("recpol.targets.v2.document.segment_messages", [])
