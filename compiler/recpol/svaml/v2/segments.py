"""Commands of Voice API v2 to the segments of a policy: messages, menus, and whom a `dial` calls.

Invariant: what the language cannot say is listed as lost, with its place; nothing is dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.svaml.v2.commands import CommandList, CommandNode
from recpol.svaml.values import Fields, Unsupported, text_of, word_of
from recpol.syntax import tree

Voiced = Callable[[JsonScalar], tree.Word | None]
"""A voice to the locale that is written beside its texts; None for the voice of the policy."""


class MenuBranch(Record):
    """What a menu leads to: its goal's place in the menu, the commands, and a name to begin with."""

    commands: CommandList
    name: str


HandlerNamer = Callable[[MenuBranch], str]
"""A result to the name of its reply."""


def segment(body: tree.Body, at: Span) -> tree.Segment:
    """A segment without label and tags."""
    return tree.Segment(None, body, (), at)


def messages(listed: list[Object], lost: list[Unsupported], voiced: Voiced) -> list[tree.PromptPart]:
    """Messages as parts of a prompt; `voiced` says of each voice in which locale it speaks."""
    found: list[tree.PromptPart] = []
    for node in listed:
        outer = Fields(node, lost, "a message")
        kind, say, play = outer.string("type"), outer.object("say"), outer.object("play")
        outer.rest()
        if kind is not None and kind.text == "SAY" and say is not None:
            inner = Fields(say, lost, "say")
            text, voice, form = inner.string("text"), inner.string("voiceName"), inner.string("format")
            inner.rest()
            locale = None if voice is None else voiced(voice)
            if text is not None:
                found.append(tree.Spoken(text_of(text), form is not None and form.text == "SSML", locale, node.span))
                continue
        elif kind is not None and kind.text == "PLAY" and play is not None:
            inner = Fields(play, lost, "play")
            url = inner.string("url")
            inner.rest()
            if url is not None:
                found.append(tree.Played(text_of(url), None, node.span))
                continue
        lost.append(Unsupported(node.span, "this message"))
    return found


def spoken(parts: list[tree.PromptPart]) -> list[tree.Item]:
    """Messages as segments: every text by itself, files next to each other in one `play`."""
    found: list[tree.Item] = []
    files: list[tree.Text] = []
    for number, part in enumerate(parts):
        if isinstance(part, tree.Spoken):
            found.append(segment(tree.Say(part.text, part.ssml, part.locale, part.span), part.span))
            continue
        files.append(part.file)
        if number + 1 == len(parts) or isinstance(parts[number + 1], tree.Spoken):
            found.append(segment(tree.Play(tuple(files), None, part.span), part.span))
            files = []
    return found


def can_be_private(body: tree.Body, *, leads: bool) -> bool:
    """Whether a label under `never record` can stand for a segment; `leads`: an answered call may lead to a reply.

    What an answer leads to may be recorded, and would have the label of its connect too.
    """
    match body:
        case tree.Say() | tree.Play() | tree.Menu():
            return True
        case tree.Connect():
            return not leads
        case tree.Tones() | tree.Park() | tree.Continue() | tree.Cookie() | tree.Answer() | tree.Hangup():
            return False
        case tree.Call():
            return False
        case _:
            assert_never(body)


# ── whom a dial calls ────────────────────────────────────────────────────────────────────────────────────────────


def connect(command: CommandNode, lost: list[Unsupported]) -> tree.Connect | None:
    """A `dial` as a connect, without its handlers; None where that calls nobody."""
    if command.object is None:
        return None
    fields = Fields(command.object, lost, "dial")
    fields.taken |= {"command", "callName", "events"}
    to, origin = fields.object("to"), fields.object("from")
    wait, limit = fields.duration("dialTimeoutDurationSeconds", "s"), fields.duration("maxCallDurationSeconds", "s")
    fields.rest()
    options: list[tree.Option] = []
    number = None if origin is None else _number(origin, lost)
    for name, value in (("cli", number), ("dial-timeout", wait), ("max-duration", limit)):
        if value is not None:
            options.append(tree.Option(tree.Word(name, value.span), value, None, value.span))
    kind = None if to is None else to.text("type")
    if to is None or kind is None:
        lost.append(Unsupported(command.object.span, "a `dial` to nobody", odd=True))
        return None
    if kind.text == "PHONE":
        target = _number(to, lost)
    elif kind.text == "SIP" and isinstance(to.get("sip"), Object):
        target = _address(to, "sip", lost, options)
    elif kind.text == "STREAM" and isinstance(to.get("stream"), Object):
        target = _address(to, "stream", lost, options)
    else:
        lost.append(Unsupported(kind.inside, f"a call of the type `{kind.text}`"))
        return None
    word = tree.Word("pstn" if kind.text == "PHONE" else kind.text.lower(), kind.inside)
    return tree.Connect(word, target, tuple(options), (), command.object.span)


def _number(node: Object, lost: list[Unsupported]) -> tree.Text | None:
    outer = Fields(node, lost, "a number")
    kind, phone = outer.string("type"), outer.object("phone")
    outer.rest()
    if kind is None or kind.text != "PHONE" or phone is None:
        lost.append(Unsupported(node.span, "this number"))
        return None
    inner = Fields(phone, lost, "phone")
    number = inner.text("number")
    inner.rest()
    return number


def _address(node: Object, kind: str, lost: list[Unsupported], options: list[tree.Option]) -> tree.Text | None:
    """The endpoint of a SIP call or of a stream; what is said beside it becomes options."""
    outer = Fields(node, lost, "to")
    outer.taken.add("type")
    address = outer.object(kind)
    outer.rest()
    if address is None:
        return None
    inner = Fields(address, lost, kind)
    endpoint = inner.string("endpoint")
    transport = inner.word("transport") if kind == "sip" else None
    if transport is not None:
        options.append(tree.Option(tree.Word("transport", transport.span), transport, None, transport.span))
    stream = inner.object("streamOptions") if kind == "stream" else None
    if stream is not None:
        told = Fields(stream, lost, "streamOptions")
        rate = told.number("sampleRate")
        told.rest()
        if rate is not None:
            options.append(tree.Option(tree.Word("sample-rate", rate.span), rate, None, rate.span))
    for header in inner.objects("callHeaders"):
        pair = Fields(header, lost, "a call header")
        key, value = pair.text("key"), pair.text("value")
        pair.rest()
        if key is not None and value is not None:
            options.append(tree.Option(tree.Word("header", key.span), value, key, header.span))
    inner.rest()
    if endpoint is None:
        return None
    return text_of(endpoint, len("sip:")) if kind == "sip" and endpoint.text.startswith("sip:") else text_of(endpoint)


# ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────────

_DIGITS = re.compile(r"\[0-9\]\{1,([0-9]{1,3})\}#\?")
_CLASS = re.compile(r"\[([0-9*#]+)\]")
_ENDED = "#?"
"""What an expression for a key ends with where digits can be entered, too: the `#` that ends them."""
_WORDS = {"*": "star", "#": "hash"}


def menu(command: CommandNode, lost: list[Unsupported], voiced: Voiced, named: HandlerNamer) -> tree.Menu | None:
    """A `menu` as a menu of the language; `named` says what the reply to a result is called."""
    if command.object is None or command.name is None:
        return None
    fields = Fields(command.object, lost, "menu")
    fields.taken.add("command")
    first, menus = fields.string("startMenu"), fields.object("menus")
    fields.rest()
    main = None if first is None or menus is None else menus.find(first.text)
    if first is None or menus is None or main is None:
        lost.append(Unsupported(command.name.inside, "a menu without its first one", odd=True))
        return None
    handlers = {id(handler.node): handler for handler in command.handlers}
    items: list[tree.MenuItem] = []
    further: list[tree.MenuItem] = []
    barges: set[bool] = set()
    for member in (main, *(one for one in menus.members if one is not main)):
        if not isinstance(member.value, Object):
            lost.append(Unsupported(member.value.span, "this menu", odd=True))
            continue
        lines = _Lines(member.value, lost, voiced, named, handlers, first.text)
        found = lines.read()
        barges |= lines.barges
        if member is main:
            items += found
        else:
            further.append(tree.Submenu(word_of(member.key), (), tuple(found), member.key.inside))
    if len(barges) > 1:
        lost.append(Unsupported(command.name.inside, "menus of which one can be interrupted and another not"))
    elif barges == {False}:
        at = command.name.inside
        items.insert(0, tree.SwitchItem("barge", tree.Word("no", at), at))
    return tree.Menu(None, (*items, *further), command.name.inside)


class _Lines:
    """Reads the lines of one menu; `barges` says whether its prompts can be interrupted."""

    def __init__(
        self,
        node: Object,
        lost: list[Unsupported],
        voiced: Voiced,
        named: HandlerNamer,
        handlers: dict[int, CommandList],
        main: str,
    ) -> None:
        self.fields = Fields(node, lost, "a menu")
        self.lost, self.voiced, self.named, self.handlers, self.main = lost, voiced, named, handlers, main
        self.barges: set[bool] = set()

    def read(self) -> list[tree.MenuItem]:
        """All lines."""
        fields, at = self.fields, self.fields.node.span
        found: list[tree.MenuItem] = []
        prompt, repeat = self._prompt("prompt"), self._prompt("repeatPrompt")
        times, wait = fields.number("repeatCount"), fields.duration("inputTimeoutDurationSeconds", "s")
        if prompt is not None:
            found.append(tree.PromptItem(prompt, prompt.span))
        if repeat is not None:
            found.append(tree.RepeatItem(repeat, times, repeat.span))
        elif times is not None:
            self.lost.append(Unsupported(times.span, "`repeatCount` without a `repeatPrompt`"))
        if wait is not None:
            found.append(tree.WaitItem(wait, None, wait.span))
        longest, ended = fields.number("maximumInputLength"), fields.string("terminatingSequence")
        digits = 0
        matches = fields.object("matches")
        members = matches.members if matches is not None else ()
        beside = any(_DIGITS.fullmatch(member.name) for member in members)
        for member in members:
            commands = self._commands(member)
            entered = _DIGITS.fullmatch(member.name)
            if commands is None:
                continue
            if entered is None:
                written = member.name.removesuffix(_ENDED) if beside else member.name
                found += self._keys(member, written, commands)
                continue
            digits = int(entered[1])
            count = tree.Number(entered[1], member.key.inside)
            found.append(tree.DigitsItem(count, self._goal(commands, "entered", at), member.key.inside))
        if longest is not None and longest.value != max(digits, 1):
            self.lost.append(Unsupported(longest.span, "another length of input than that of its digits"))
        if ended is not None and (ended.text != "#" or not digits):
            self.lost.append(Unsupported(ended.inside, "this end of an input"))
        if digits and (longest is None or ended is None):
            self.lost.append(Unsupported(at, "digits that nothing ends"))
        failed = fields.node.find("onFailure")
        fields.taken |= {"onFailure"}
        commands = None if failed is None else self._commands(failed)
        if commands is None:
            self.lost.append(Unsupported(at.source.span(at.start, at.start + 1), "a menu without `onFailure`"))
        else:
            goal = self._goal(commands, "otherwise", at)
            if goal.menu or goal.name.text != "otherwise":
                found += (tree.FailItem(word, goal, at) for word in ("timeout", "invalid"))
        fields.rest()
        return found

    def _prompt(self, name: str) -> tree.Prompt | None:
        node = self.fields.object(name)
        if node is None:
            return None
        inner = Fields(node, self.lost, name)
        parts = messages(inner.objects("messages"), self.lost, self.voiced)
        barge = inner.switch("allowBargeIn")
        self.barges.add(barge is None or barge.text == "yes")
        inner.rest()
        return tree.Prompt(tuple(parts), node.span)

    def _commands(self, member: Member) -> CommandList | None:
        found = self.handlers.get(id(member.value))
        if found is None:
            self.lost.append(Unsupported(member.value.span, f"this value of `{member.name}`", odd=True))
        return found

    def _keys(self, member: Member, written: str, commands: CommandList) -> list[tree.MenuItem]:
        several = _CLASS.fullmatch(written)
        keys = several[1] if several is not None else written.replace("\\", "")
        if not re.fullmatch(r"[0-9*#]", keys) and several is None:
            self.lost.append(Unsupported(member.key.inside, f"the expression `{member.name}`"))
            return []
        name = "-".join(("keys" if len(keys) > 1 else "key", *(_WORDS.get(key, key) for key in keys)))
        goal = self._goal(commands, name, member.key.inside)
        return [tree.KeyItem(tree.Word(key, member.key.inside), goal, member.key.inside) for key in keys]

    def _goal(self, commands: CommandList, name: str, at: Span) -> tree.Goal:
        only = commands.commands[0] if len(commands.commands) == 1 else None
        other = only.text("menuName") if only is not None and only.is_a == "gotoMenu" else None
        if other is not None:
            word = "main" if other.text == self.main else other.text
            return tree.Goal(tree.Word(word, other.inside), True, at)
        return tree.Goal(tree.Word(self.named(MenuBranch(commands, name)), at), False, at)


def is_hangup(node: JsonNode | None, name: str | None) -> bool:
    """Whether a list is one `hangup`, of the leg of that name (None: of the leg that it runs on)."""
    only = node.items[0] if isinstance(node, Array) and len(node.items) == 1 else None
    if not isinstance(only, Object) or {m.name for m in only.members} - {"command", "callName"}:
        return False
    word, leg = only.text("command"), only.text("callName")
    return word is not None and word.text == "hangup" and (None if leg is None else leg.text) == name


def is_report(node: JsonNode | None, name: str) -> bool:
    """Whether a list is one `webhook` of that name, by which the backend hears what became of a recording."""
    only = node.items[0] if isinstance(node, Array) and len(node.items) == 1 else None
    if not isinstance(only, Object):
        return False
    word, called = only.text("command"), only.text("webhookName")
    return word is not None and word.text == "webhook" and called is not None and called.text == name
