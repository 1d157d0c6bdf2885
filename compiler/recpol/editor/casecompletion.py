"""A place in a file of tests to what may be written there: keys, names of the policy, what can happen next in the call.

The text is read line by line, for while somebody types it is seldom YAML.

Invariant: total on every text; a step that is offered can happen at that point of the call.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from recpol.analysis.builtins import BUILT_IN
from recpol.analysis.program import Program
from recpol.base.source import Source, Span
from recpol.calls.scenario import read_steps, spell_one
from recpol.editor.completion import CompletionChoice
from recpol.policytest.read import CASE_KEYS, KEYS
from recpol.semantics.next_events import possible
from recpol.semantics.replay import replay

_WORD = string.ascii_letters + string.digits + "_-@"

_KEY = re.compile(r"( *)(?:- +)?([a-z-]+):(?= |$)")

_NAMED = frozenset({"recorded", "not-recorded", "heard", "not-heard", "in-order", "whole-room", "not-whole-room"})
"""Keys below which pieces of a call are named."""


def policy_named(source: Source) -> str | None:
    """The policy that a file of tests names, as far as it can be told without reading it; None for the one beside."""
    found = re.search(r"^policy: *[\"']?([^\"'\s#]+)", source.text, re.MULTILINE)
    return None if found is None else found[1]


def case_completions(program: Program | None, source: Source, offset: int) -> tuple[CompletionChoice, ...]:
    """What may stand at a place of a file of tests of a policy, in the order in which it is offered."""
    before = source.text[:offset]
    line = before.rpartition("\n")[2]
    if re.search(r"(?:^|\s)#", line):
        return ()
    key, below = _key(before)
    span = source.span(len(before.rstrip(_WORD)), offset)
    if key == "call" and program is not None:
        return tuple(_steps(program, source, below, offset))
    if key in _NAMED and program is not None:
        return tuple(_names(program, span, before[: span.start]))
    if key == "into" and program is not None:
        name, colon, value = before[: span.start].rpartition("\n")[2].rpartition(":")
        if colon and not value.strip(" ") and name.strip(" -") != "into":
            return tuple(CompletionChoice("store", name, name, span, "store") for name in program.names.stores)
        return tuple(_names(program, span, before[: span.start]))
    if key is None or (key == "tests" and re.fullmatch(r" *(?:- +)?[a-z-]*", line)):
        keys = CASE_KEYS if line[:1] in (" ", "-") else KEYS
        return tuple(CompletionChoice("keyword", f"{name}:", f"{name}: ", span) for name in keys)
    return ()


def _key(before: str) -> tuple[str | None, int]:
    """The key below which a text ends, and where its value begins; None where a key is to be written."""
    lines = before.split("\n")
    at = len(before)
    width: int | None = None
    for number, line in enumerate(reversed(lines)):
        at -= len(line)
        found = _KEY.match(line)
        if found is not None and (width is None or found.start(2) < width):
            return found[2], at + found.end()
        if line.strip() and width is None:
            if number == 0 and re.fullmatch(r" *(?:- +)?[a-z-]*", line) and not _listed(lines[:-1], line):
                return None, 0
            width = len(line) - len(line.lstrip(" "))
        at -= 1
    return None, 0


def _listed(above: list[str], line: str) -> bool:
    """Whether a line is an item of a list below a key of a test."""
    if not line.lstrip().startswith("-"):
        return False
    indent = len(line) - len(line.lstrip(" "))
    for other in reversed(above):
        found = _KEY.match(other)
        if found is not None and found.start(2) <= indent:
            return found[2] in (*_NAMED, "call", "into")
    return False


def _as_steps(text: str) -> Iterator[str]:
    """A list of YAML as steps of a scenario: a semicolon for each `- ` that a line begins with."""
    for number, line in enumerate(text.split("\n")):
        bare = line.lstrip(" ")
        yield f";{bare[2:].lstrip(' ')}" if bare.startswith("- ") else f"\n{line}" if number else line


def _steps(program: Program, source: Source, below: int, offset: int) -> Iterator[CompletionChoice]:
    """The steps that can come next."""
    said = "".join(_as_steps(source.text[below:offset])).lstrip(" |>\"'\n")
    done, _, begun = said.rpartition(";")
    begun = begun.strip(" \n\"'")
    scenario = read_steps(done, lambda start, end: source.span(below, below))
    call = replay(program, scenario.events)
    if scenario.findings or len(call.events) < len(scenario.events) or "\n" in begun:
        return
    span = Span(source, offset - len(begun), offset)
    for event in possible(program, call.moment):
        step = spell_one(event)
        yield CompletionChoice("keyword", step, step, span)


def _names(program: Program, span: Span, before: str) -> Iterator[CompletionChoice]:
    """The labels and tags of a policy; YAML wants a tag in quotes."""
    quote = "" if before[-1:] in ("'", '"') else '"'
    for name in program.names.labels:
        yield CompletionChoice("label", name, name, span, "label")
    for name, meaning in (*((tag, "tag") for tag in program.names.tags), *BUILT_IN.items()):
        yield CompletionChoice("tag", f"@{name}", f"{quote}@{name}{quote}", span, meaning)
