"""A lifted tree to the text of a policy, one statement after another; the formatter lays it out.

Invariant: what is printed is read back as the same tree, apart from places and from defaults that are written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import assert_never

from recpol.ground.placeholder import Hole
from recpol.ground.source import Source
from recpol.model import ast
from recpol.model.build import read


@cache
def fits(name: str, into: str) -> bool:
    """Whether a word can be written bare in the place of `@` in a text of the language."""
    if not re.fullmatch(r"[A-Za-z0-9_+/-]+", name):
        return False
    return not read(Source("", into.replace("@", name)))[1].problems


GOAL = "on ice { menu { key 1 -> @ } } on pie @ { hangup }"
MENU = "on ice { menu { key 1 -> menu @ menu @ { key 1 -> x } } }"
REPLY = "on manage @ { hangup }"
_VALUE = "on ice { connect pstn +46 indications @ }"
_LOCALE = 'on ice { say "x" in @ hangup }'
_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")


def is_name(text: str) -> bool:
    """Whether a text is a name of the language."""
    return _NAME.match(text) is not None


def quoted(text: str) -> str:
    """A text as a string of the language."""
    written = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{{{ord(m.group()):x}}}", written) + '"'


class Printer:
    """Prints one policy. `store` is the only one there is, `locale` the default, `secrets` the names of secrets."""

    def __init__(self, store: str | None, locale: str | None, secrets: dict[str, str]) -> None:
        self.store, self.locale, self.secrets = store, locale, secrets

    def file(self, statements: Iterable[ast.Statement]) -> str:
        """All statements, an empty line between them."""
        return "\n\n".join(self.statement(statement) for statement in statements) + "\n"

    def statement(self, node: ast.Statement) -> str:
        """One statement; those that no lifted tree has are left out."""
        match node:
            case ast.Header():
                return f"{node.kind} {node.name.text}"
            case ast.Default():
                return f"{node.name} {_locale(node.value.text)}"
            case ast.Store():
                return f"store {node.name.text} {{\n{_lines(self.field(node, f) for f in node.fields)}\n}}"
            case ast.Handler():
                name = f" {node.event.name.text}" if node.event.name else ""
                return f"on {node.event.kind.text}{name} {{\n{_lines(self.items(node.segments))}\n}}"
            case ast.RecordRule():
                return self.rule(node)
            case _:
                return ""

    def rule(self, node: ast.RecordRule) -> str:
        """A decision at top level."""
        exclude = node.selection.exclude
        taken = f" except {_selector(exclude)}" if exclude else ""
        return (
            f"record{self._to(node.scope, None)} {_selector(node.selection.include)}{taken}{self._to(None, node.store)}"
        )

    def _to(self, scope: ast.Word | None, store: ast.Word | None) -> str:
        said = f" {scope.text}" if scope else ""
        return said + (f" to {store.text}" if store is not None and store.text != self.store else "")

    def field(self, store: ast.Store, node: ast.StoreField | ast.Broken) -> str:
        """A line of a store; a secret becomes the name of one."""
        if isinstance(node, ast.Broken):
            return ""
        value = node.value
        if isinstance(value, ast.Text):
            only = value.pieces[0] if len(value.pieces) == 1 else None
            if node.key == "credentials" and isinstance(only, Hole) and only.scope == "env" and not only.filters:
                return f"credentials env {only.name}"
            if node.key == "credentials" and store.name.text in self.secrets:
                return f"credentials env {self.secrets[store.name.text]}"
            return f"{node.key} {quoted(value.value)}"
        if isinstance(value, ast.EnvName):
            return f"{node.key} env {value.name.text}"
        return f"{node.key} {_locale(value.text) if node.key == 'transcribe' else value.text}"

    def items(self, items: Iterable[ast.Item]) -> Iterator[str]:
        """Segments and blocks, a line or some each."""
        for item in items:
            match item:
                case ast.Block():
                    yield f"record{self._to(item.scope, item.store)} {{\n{_lines(self.items(item.segments))}\n}}"
                case ast.Segment():
                    label = f"{item.label.text}: " if item.label else ""
                    yield label + self.body(item.body)
                case ast.Broken():
                    pass
                case _:
                    assert_never(item)

    def body(self, body: ast.Body) -> str:
        """What a segment does."""
        match body:
            case ast.Say():
                word = "say ssml" if body.ssml else "say"
                return f"{word} {quoted(body.text.value)}{self._in(body.locale, self.locale)}"
            case ast.Play():
                files = ", ".join(quoted(file.value) for file in body.files)
                return f"play {files}{self._in(body.locale, None)}"
            case ast.Tones():
                return f"tones {quoted(body.tones.value)}"
            case ast.Cookie():
                return f"cookie {quoted(body.key.value)} = {quoted(body.value.value)}"
            case ast.Answer():
                return "answer"
            case ast.Hangup():
                return "hangup"
            case ast.Continue():
                return "continue"
            case ast.Connect():
                return self.connect(body)
            case ast.Menu():
                return f"menu {{\n{_lines(self.menu(body.items))}\n}}"
            case ast.Park():
                return f"park {{\n{_lines(_park(body))}\n}}"
            case _:
                assert_never(body)

    def _in(self, locale: ast.Word | None, default: str | None) -> str:
        return "" if locale is None or locale.text == default else f" in {_locale(locale.text)}"

    def connect(self, node: ast.Connect) -> str:
        """A connect with its options and phases."""
        target = "" if node.target is None else f" {_target(node)}"
        options = "".join(f" {_option(option)}" for option in node.options)
        phases = " ".join(f"phase {phase.name.text}" for phase in node.phases if isinstance(phase, ast.Phase))
        return f"connect {node.kind.text}{target}{options}" + (f" {{ {phases} }}" if phases else "")

    def menu(self, items: Iterable[ast.MenuItem]) -> Iterator[str]:
        """The lines of a menu."""
        for item in items:
            match item:
                case ast.PromptItem():
                    yield f"prompt {_prompt(item.prompt)}"
                case ast.RepeatItem():
                    times = f" {item.times.text} times" if item.times else ""
                    yield f"repeat {_prompt(item.prompt)}{times}"
                case ast.WaitItem():
                    limit = f" up to {_duration(item.limit)}" if item.limit else ""
                    yield f"wait {_duration(item.wait)}{limit}"
                case ast.SwitchItem():
                    yield f"{item.name} {item.value.text}"
                case ast.KeyItem():
                    key = item.key.text if item.key.text.isdigit() or item.key.text == "*" else quoted(item.key.text)
                    yield f"key {key} -> {_goal(item.goal)}"
                case ast.DigitsItem():
                    yield f"digits {item.count.text} -> {_goal(item.goal)}"
                case ast.FailItem():
                    yield f"{item.name} -> {_goal(item.goal)}"
                case ast.Submenu():
                    yield f"menu {item.name.text} {{\n{_lines(self.menu(item.items))}\n}}"
                case ast.Broken():
                    pass
                case _:
                    assert_never(item)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(line for line in lines if line)


def _selector(node: ast.Selector) -> str:
    names = (f"@{item.name}" if isinstance(item, ast.Tag) else item.text for item in node.items)
    return ", ".join(names) or "all"


def _goal(goal: ast.Goal) -> str:
    return f"menu {goal.name.text}" if goal.menu else goal.name.text


def _locale(text: str) -> str:
    return text if fits(text, _LOCALE) else quoted(text)


def _target(node: ast.Connect) -> str:
    text = node.target.value if isinstance(node.target, ast.Text) else node.target.text if node.target else ""
    return text if node.kind.text == "pstn" and re.fullmatch(r"\+[0-9]+", text) else quoted(text)


def _option(option: ast.Option) -> str:
    name, value = option.name.text, option.value
    if option.key is not None:
        return f"header {quoted(option.key.value)} = {_plain(value)}"
    if name == "suppress-callbacks":
        return name if isinstance(value, ast.Word) and value.text == "yes" else f"{name} no"
    return f"{name} {_plain(value)}"


def _plain(value: ast.Value | None) -> str:
    match value:
        case ast.Text():
            bare = re.fullmatch(r"\+[0-9]+", value.value) is not None or value.value == "private"
            return value.value if bare else quoted(value.value)
        case ast.Word():
            return value.text if fits(value.text, _VALUE) else quoted(value.text)
        case ast.Phone() | ast.Number():
            return value.text
        case ast.Duration():
            return _duration(value)
        case None:
            return ""
        case _:
            assert_never(value)


_UNITS = (("h", 3_600_000), ("m", 60_000), ("s", 1000))


def _duration(node: ast.Duration) -> str:
    """The largest unit in which it is a whole number."""
    count = node.milliseconds or 0
    unit, size = next(((u, n) for u, n in _UNITS if count and count % n == 0), ("ms", 1))
    return f"{count // size}{unit}" if count else f"{node.number.text}{node.unit}"


def _prompt(prompt: ast.Prompt) -> str:
    return ", ".join(_part(part) for part in prompt.parts)


def _part(part: ast.Spoken | ast.Played) -> str:
    if isinstance(part, ast.Played):
        return f"play {quoted(part.file.value)}"
    return f"{'ssml ' if part.ssml else ''}{quoted(part.text.value)}"


def _park(node: ast.Park) -> Iterator[str]:
    for item in node.items:
        if isinstance(item, ast.ParkPrompt):
            yield f"{item.name} {_prompt(item.prompt)}"
        elif isinstance(item, ast.ParkLimit):
            yield f"max-duration {_duration(item.limit)}"
