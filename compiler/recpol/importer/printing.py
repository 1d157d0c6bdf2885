"""A lifted tree to the text of a policy, one statement after another; the formatter lays it out.

Invariant: what is printed is read back as the same tree, apart from places and from defaults that are written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from recpol.base.placeholder import Placeholder
from recpol.base.source import Source
from recpol.base.typing import assert_never
from recpol.syntax import tree
from recpol.syntax.builders import read


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


def quoted(text: str) -> str:
    """A text as a string of the language."""
    written = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{{{ord(m.group()):x}}}", written) + '"'


class Printer:
    """Prints one policy. `store` is the only one there is, `locale` the default, `secrets` the names of secrets."""

    def __init__(self, store: str | None, locale: str | None, secrets: dict[str, str]) -> None:
        self.store, self.locale, self.secrets = store, locale, secrets

    def file(self, statements: Iterable[tree.Statement]) -> str:
        """All statements, an empty line between them."""
        return "\n\n".join(self.statement(statement) for statement in statements) + "\n"

    def statement(self, node: tree.Statement) -> str:
        """One statement; those that no lifted tree has are left out."""
        match node:
            case tree.Header():
                return f"{node.kind} {node.name.text}"
            case tree.Default():
                value = _locale(locale_text(node.value) or "")
                return f"{node.name} {value}{self._in(node.within, None)}"
            case tree.Store():
                return f"store {node.name.text} {{\n{_lines(self.field(node, f) for f in node.fields)}\n}}"
            case tree.OnBlock():
                name = f" {node.event.name.text}" if node.event.name else ""
                within = f" in {_selector(node.event.within.include)}" if node.event.within else ""
                return f"on {node.event.kind.text}{name}{within} {{\n{_lines(self.items(node.segments))}\n}}"
            case tree.RecordRule():
                return self.rule(node)
            case tree.TargetChoice():
                return f"target {', '.join(name.text for name in node.names)}"
            case tree.Answering() | tree.Unique():
                return ""
            case (
                tree.Use() | tree.OnFailure() | tree.RecordGuarantee() | tree.Announce() | tree.NeverTranscribe()
                | tree.OneSide() | tree.OptOut() | tree.Keep() | tree.KeepTime() | tree.KeepEncrypted()
                | tree.KeepRegion() | tree.Broken()
            ):  # fmt: skip
                return ""
            case _:
                assert_never(node)

    def rule(self, node: tree.RecordRule) -> str:
        """A decision at top level."""
        exclude = node.selection.exclude
        taken = f" except {_selector(exclude)}" if exclude else ""
        return (
            f"record{self._to(node.scope, None)} {_selector(node.selection.include)}{taken}{self._to(None, node.store)}"
        )

    def _to(self, scope: tree.Word | None, store: tree.Word | None) -> str:
        said = f" {scope.text}" if scope else ""
        return said + (f" to {store.text}" if store is not None and store.text != self.store else "")

    def field(self, store: tree.Store, node: tree.StoreField | tree.Promise | tree.Broken) -> str:
        """A line of a store; a secret becomes the name of one."""
        if not isinstance(node, tree.StoreField):
            return ""  # no document states anything of a place
        value = node.value
        match value:
            case tree.Text():
                only = value.pieces[0] if len(value.pieces) == 1 else None
                secret = node.key == "credentials"
                if secret and isinstance(only, Placeholder) and only.scope == "env" and not only.filters:
                    return f"credentials env {only.name}"
                if secret and store.name.text in self.secrets:
                    return f"credentials env {self.secrets[store.name.text]}"
                return f"{node.key} {quoted(value.value)}"
            case tree.EnvName():
                return f"{node.key} env {value.name.text}"
            case tree.Word():
                return f"{node.key} {_locale(value.text) if node.key == 'transcribe' else value.text}"
            case _:
                assert_never(value)

    def items(self, items: Iterable[tree.Item]) -> Iterator[str]:
        """Segments and blocks, a line or some each."""
        for item in items:
            match item:
                case tree.Block():
                    yield f"record{self._to(item.scope, item.store)} {{\n{_lines(self.items(item.segments))}\n}}"
                case tree.Segment():
                    label = f"{item.label.text}: " if item.label else ""
                    yield label + self.body(item.body)
                case tree.Broken():
                    pass
                case _:
                    assert_never(item)

    def body(self, body: tree.Body) -> str:
        """What a segment does."""
        match body:
            case tree.Say():
                word = "say ssml" if body.ssml else "say"
                return f"{word} {quoted(body.text.value)}{self._in(body.locale, self.locale)}{_party(body)}"
            case tree.Play():
                files = ", ".join(quoted(file.value) for file in body.files)
                return f"play {files}{self._in(body.locale, None)}{_party(body)}"
            case tree.Tones():
                return f"tones {quoted(body.tones.value)}"
            case tree.Cookie():
                return f"cookie {quoted(body.key.value)} = {quoted(body.value.value)}"
            case tree.Answer():
                return "answer"
            case tree.Hangup():
                return "hangup"
            case tree.Continue():
                return "continue"
            case tree.Connect():
                return self.connect(body)
            case tree.Call():
                return f"call {_whom(body)}"
            case tree.Menu():
                return f"menu{self._in(body.locale, self.locale)} {{\n{_lines(self.menu(body.items))}\n}}"
            case tree.Park():
                return f"park{self._in(body.locale, self.locale)} {{\n{_lines(_park(body))}\n}}"
            case _:
                assert_never(body)

    def _in(self, locale: tree.Locale | None, default: str | None) -> str:
        return "" if locale is None or locale_text(locale) == default else f" in {_locale(locale_text(locale) or '')}"

    def connect(self, node: tree.Connect) -> str:
        """A connect with its options, keys and phases."""
        lines = [f"key {_key(line.key)} -> {line.request.text}" for line in node.keys]
        lines += (self.phase(phase) for phase in node.phases if isinstance(phase, tree.Phase))
        return f"connect {_whom(node)}" + (f" {{ {' '.join(lines)} }}" if lines else "")

    def phase(self, node: tree.Phase) -> str:
        """A phase with what it says."""
        parts = [
            f"{part.name} {{\n{_lines(self.items(part.segments))}\n}}"
            for part in node.moments
            if isinstance(part, tree.PhasePrompts)
        ]
        return f"phase {node.name.text}" + (f" {{\n{_lines(parts)}\n}}" if parts else "")

    def menu(self, items: Iterable[tree.MenuItem]) -> Iterator[str]:
        """The lines of a menu."""
        for item in items:
            match item:
                case tree.PromptItem():
                    yield f"prompt {_prompt(item.prompt)}"
                case tree.RepeatItem():
                    times = f" {item.times.text} times" if item.times else ""
                    yield f"repeat {_prompt(item.prompt)}{times}"
                case tree.WaitItem():
                    limit = f" up to {_duration(item.limit)}" if item.limit else ""
                    yield f"wait {_duration(item.wait)}{limit}"
                case tree.SwitchItem():
                    yield f"{item.name} {item.value.text}"
                case tree.KeyItem():
                    yield f"key {_key(item.key)} -> {_goal(item.goal)}"
                case tree.DigitsItem():
                    yield f"digits {item.count.text} -> {_goal(item.goal)}"
                case tree.FailItem():
                    yield f"{item.name} -> {_goal(item.goal)}"
                case tree.Submenu():
                    yield f"menu {item.name.text} {{\n{_lines(self.menu(item.items))}\n}}"
                case tree.Broken():
                    pass
                case _:
                    assert_never(item)


def _key(key: tree.Word) -> str:
    return key.text if key.text.isdigit() or key.text == "*" else quoted(key.text)


def _whom(node: tree.Dialled) -> str:
    target = "" if node.target is None else f" {_target(node)}"
    return node.kind.text + target + "".join(f" {_option(option)}" for option in node.options)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(line for line in lines if line)


def _selector(node: tree.Selector) -> str:
    names = (f"@{item.name}" if isinstance(item, tree.Tag) else item.text for item in node.items)
    return ", ".join(names) or "all"


def _goal(goal: tree.Goal) -> str:
    return f"menu {goal.name.text}" if goal.menu else goal.name.text


def _party(body: tree.Addressed) -> str:
    return "" if body.to is None else f" to {body.to.text}"


def locale_text(locale: tree.Locale | None) -> str | None:
    """A locale as it is written."""
    if locale is None:
        return None
    return locale.value if isinstance(locale, tree.Text) else locale.text


def _locale(text: str) -> str:
    return text if fits(text, _LOCALE) else quoted(text)


def _target(node: tree.Dialled) -> str:
    text = node.target.value if isinstance(node.target, tree.Text) else node.target.text if node.target else ""
    return text if node.kind.text == "pstn" and re.fullmatch(r"\+[0-9]+", text) else quoted(text)


def _option(option: tree.Option) -> str:
    name, value = option.name.text, option.value
    if option.key is not None:
        return f"header {quoted(option.key.value)} = {_plain(value)}"
    if name == "suppress-callbacks":
        return name if isinstance(value, tree.Word) and value.text == "yes" else f"{name} no"
    return f"{name} {_plain(value)}"


def _plain(value: tree.Value | None) -> str:
    match value:
        case tree.Text():
            bare = re.fullmatch(r"\+[0-9]+", value.value) is not None or value.value == "private"
            return value.value if bare else quoted(value.value)
        case tree.Word():
            return value.text if fits(value.text, _VALUE) else quoted(value.text)
        case tree.Phone() | tree.Number():
            return value.text
        case tree.Duration():
            return _duration(value)
        case None:
            return ""
        case _:
            assert_never(value)


_UNITS = (("h", 3_600_000), ("m", 60_000), ("s", 1000))


def _duration(node: tree.Duration) -> str:
    """The largest unit in which it is a whole number."""
    count = node.milliseconds or 0
    unit, size = next(((u, n) for u, n in _UNITS if count and count % n == 0), ("ms", 1))
    return f"{count // size}{unit}" if count else f"{node.number.text}{node.unit}"


def _prompt(prompt: tree.Prompt) -> str:
    return ", ".join(_part(part) for part in prompt.parts)


def _part(part: tree.PromptPart) -> str:
    within = "" if part.locale is None else f" in {_locale(locale_text(part.locale) or '')}"
    if isinstance(part, tree.Played):
        return f"play {quoted(part.file.value)}{within}"
    return f"{'ssml ' if part.ssml else ''}{quoted(part.text.value)}{within}"


def _park(node: tree.Park) -> Iterator[str]:
    for item in node.items:
        match item:
            case tree.ParkPrompt():
                yield f"{item.name} {_prompt(item.prompt)}"
            case tree.ParkLimit():
                yield f"max-duration {_duration(item.limit)}"
            case tree.Broken():
                pass
            case _:
                assert_never(item)
