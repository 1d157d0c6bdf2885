"""A document of Voice API v2 to its lists of commands, each with the leg in whose context it runs.

Commands of one list run in order. A handler is a list of its own: those of `dial` run in the context of the leg that is
dialled, all others in that of the command that has them.

Invariant: total on every tree; nothing is judged here, and what is no list of commands is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.jsontree import Array, JsonNode, JsonScalar, Member, Object
from recpol.base.record import Record, field, replace
from recpol.base.typing import Literal
from recpol.svaml.filenames import told

Role = Literal["incoming", "start", "patch", "reply", "command", ""]

OUTCOMES = ("onBusy", "onReject", "onTimeout", "onFailure")
"""What can come of a `dial` that is not answered."""

_AFTER = (*OUTCOMES, "onHangup")


class DocumentLeg(Record, eq=False):
    """One leg of the session: its name, and the `dial` that made it (None: the leg that the document is about)."""

    name: JsonScalar | None
    dial: Object | None = None


class CommandNode(Record, eq=False):
    """One command: `name` is its word as it is written, `handlers` the lists inside it, `leg` what a `dial` makes."""

    node: JsonNode
    name: JsonScalar | None
    handlers: tuple[CommandList, ...] = field(default=(), repr=False)
    leg: DocumentLeg | None = None

    @property
    def object(self) -> Object | None:
        """The command, if it is an object at all."""
        return self.node if isinstance(self.node, Object) else None

    @property
    def is_a(self) -> str:
        """Its word, empty where it has none."""
        return "" if self.name is None else self.name.text

    def text(self, name: str) -> JsonScalar | None:
        """The value of a property, if it is a string."""
        return None if self.object is None else self.object.text(name)

    def list(self, word: str) -> CommandList | None:
        """The handler of that name."""
        return next((handler for handler in self.handlers if handler.word == word), None)


class CommandList(Record, eq=False):
    """A list of commands. `word` is `commands`, a handler's name or `matches`; `key` is where it is written.

    `leg` is None before any leg is there; `over` is true where the leg has ended, or was never answered.
    """

    word: str
    key: JsonScalar | None
    node: Array
    leg: DocumentLeg | None
    over: bool
    commands: tuple[CommandNode, ...] = field(repr=False)


class CommandPlace(Record, eq=False):
    """A command in its place: its list, its index there, and the command that the list belongs to."""

    command: CommandNode
    handler: CommandList
    index: int
    outer: CommandPlace | None = field(default=None, repr=False)

    @property
    def is_a(self) -> str:
        """The command's word."""
        return self.command.is_a

    @property
    def at(self) -> JsonScalar | None:
        """Where its word is written."""
        return self.command.name

    @property
    def trail(self) -> tuple[CommandPlace, ...]:
        """The commands around it, outermost first, and itself."""
        return (self,) if self.outer is None else (*self.outer.trail, self)

    @property
    def rest(self) -> Iterator[CommandNode]:
        """What stands after it in its list."""
        commands = self.handler.commands
        return (commands[at] for at in range(self.index + 1, len(commands)))


class CommandScript(Record, eq=False):
    """One list of commands with what stands around it.

    `role` says what is done with it: the answer to an incoming call, a new call, a change of one under way, the answer
    to another webhook, a command by itself, or empty where there is no telling; `guessed` says that the file's name
    tells it. `leg` is the leg of the document. `steps` are all commands, in the order of the text.
    """

    body: Object
    role: Role
    leg: DocumentLeg | None
    lists: tuple[CommandList, ...]
    steps: tuple[CommandPlace, ...] = field(repr=False)
    static: bool = False
    guessed: bool = False

    @property
    def whole(self) -> bool:
        """Whether the session begins here, so that nothing was started before."""
        return self.role in ("incoming", "start")


def read_scripts(tree: Object, path: str = "") -> tuple[CommandScript, ...]:
    """A document of Voice API v2 to its scripts; the name of the file may tell what it answers."""
    if "command" in {member.name for member in tree.members}:
        leg = DocumentLeg(None)
        return (_made(tree, "command", leg, [_alone(tree, leg)]),)
    validated = tree.get("svaml")
    if isinstance(validated, Object):
        return (_script(validated, ""),)
    service = tree.get("callBehavior")
    if isinstance(service, Object):
        inside = (service, *(member.value for member in service.members))
        bodies = [node for node in inside if isinstance(node, Object) and node.find("commands") is not None]
        return tuple(_script(body, "incoming", static=True) for body in bodies)
    return (_script(tree, _named(path)),) if tree.find("commands") is not None else ()


_ROLES: dict[str, Role] = {
    "incoming": "incoming",
    **dict.fromkeys(("manage", "patch", "update"), "patch"),
    **dict.fromkeys(("answered", "rejected", "hangup", "failed", "finished", "busy", "timeout"), "reply"),
}
"""What the words in a file's name say that a document is."""


def _named(path: str) -> Role:
    found = told(path, _ROLES)
    return "" if found is None else _ROLES[found.word]


def _script(body: Object, role: Role, *, static: bool = False) -> CommandScript:
    node = body.get("commands")
    items = node.items if isinstance(node, Array) else ()
    words = [word.text for item in items if isinstance(item, Object) and (word := item.text("command")) is not None]
    guessed = bool(role) and not static
    if "answer" in words:
        role, guessed = "incoming", False
    elif not role and words and set(words) <= {"dial"}:
        role = "start"
    leg = None if role == "start" else DocumentLeg(body.text("callName"))
    lists: list[CommandList] = []
    member = body.find("commands")
    if member is not None and isinstance(member.value, Array):
        lists.append(_list("commands", member.key, member.value, leg, over=False))
    events = body.get("events")
    if isinstance(events, Object):
        lists += _handlers(events, leg, dialled=True)
    return replace(_made(body, role, leg, lists), static=static, guessed=guessed)


def _made(body: Object, role: Role, leg: DocumentLeg | None, lists: list[CommandList]) -> CommandScript:
    steps = tuple(step for handler in lists for step in _steps(handler, None))
    return CommandScript(body, role, leg, tuple(lists), steps)


def _alone(tree: Object, leg: DocumentLeg) -> CommandList:
    """A command that stands by itself, as a list of one."""
    return CommandList("commands", None, Array((tree,), tree.span), leg, False, (_command(tree, leg),))


def _list(word: str, key: JsonScalar | None, node: Array, leg: DocumentLeg | None, *, over: bool) -> CommandList:
    return CommandList(word, key, node, leg, over, tuple(_command(item, leg) for item in node.items))


def _handlers(events: Object, leg: DocumentLeg | None, *, dialled: bool) -> Iterator[CommandList]:
    for member in events.members:
        if isinstance(member.value, Array):
            over = dialled and member.name in _AFTER
            yield _list(member.name, member.key, member.value, leg, over=over)


def _command(node: JsonNode, leg: DocumentLeg | None) -> CommandNode:
    if not isinstance(node, Object):
        return CommandNode(node, None)
    name = node.text("command")
    dialled = name is not None and name.text == "dial"
    own = DocumentLeg(node.text("callName"), node) if dialled else None
    lists: list[CommandList] = []
    events = node.get("events")
    if isinstance(events, Object):
        lists += _handlers(events, own or leg, dialled=dialled)
    for _, menu in menus_of(node):
        for member in menu.members:
            if member.name == "matches" and isinstance(member.value, Object):
                lists += (
                    _list("matches", m.key, m.value, leg, over=False)
                    for m in member.value.members
                    if isinstance(m.value, Array)
                )
            elif isinstance(member.value, Array) and member.name in ("onFailure", "onFail"):
                lists.append(_list(member.name, member.key, member.value, leg, over=False))
    return CommandNode(node, name, tuple(lists), own)


def menus_of(node: JsonNode) -> list[tuple[Member, Object]]:
    """The menus of a `menu` command, each with the member that names it."""
    menus = node.get("menus") if isinstance(node, Object) else None
    members = menus.members if isinstance(menus, Object) else ()
    return [(member, member.value) for member in members if isinstance(member.value, Object)]


def message_items(command: CommandNode) -> Iterator[Object]:
    """The messages of a `messages`, or of the prompts of a menu, in their order."""
    for listed in message_lists(command):
        yield from (item for item in listed.items if isinstance(item, Object))


def message_lists(command: CommandNode) -> Iterator[Array]:
    """The lists of messages that a `messages` or the prompts of a menu have."""
    holders = [] if command.object is None else [command.object]
    for _, menu in menus_of(command.node):
        prompts = (menu.get(word) for word in ("prompt", "repeatPrompt"))
        holders += [prompt for prompt in prompts if isinstance(prompt, Object)]
    for holder in holders:
        listed = holder.get("messages")
        if isinstance(listed, Array):
            yield listed


def _steps(handler: CommandList, outer: CommandPlace | None) -> Iterator[CommandPlace]:
    for index, command in enumerate(handler.commands):
        step = CommandPlace(command, handler, index, outer)
        yield step
        for inner in command.handlers:
            yield from _steps(inner, step)


def beside(step: CommandPlace) -> DocumentLeg | None:
    """The leg that is there when a command runs: that of its list, or if it is over the one that had it dialled."""
    if not step.handler.over:
        return step.handler.leg
    return None if step.outer is None else beside(step.outer)


def together(first: CommandPlace, second: CommandPlace) -> bool:
    """Whether one call can come to both, `second` standing later in the text, with the leg of `first` still there.

    False too where one of them waits for the end of a recording: whether that comes in time, no list of commands tells.
    """
    ours, theirs = first.trail, second.trail
    if any(step.handler.over and step.handler.leg is first.handler.leg for step in theirs) and not first.handler.over:
        return False
    for one, other in zip(ours, theirs, strict=False):
        if one.command is other.command:
            continue
        if one.handler is not other.handler:
            return not _exclusive(one, other)
        return not (_awaits_end(one, ours) or _awaits_end(other, theirs))
    return True


def _awaits_end(step: CommandPlace, trail: tuple[CommandPlace, ...]) -> bool:
    """Whether the way from a command leads through `onFinish` of the recording that it starts."""
    inside = next((one for one in trail if one.outer is step), None)
    return inside is not None and step.is_a == "startRecording" and inside.handler.word == "onFinish"


_IN_TURN = (
    frozenset({"onAnswer", "onHangup"}),
    frozenset({"onMachine", "onBeep"}),
    frozenset({"commands", "onHangup"}),
)


def _exclusive(first: CommandPlace, second: CommandPlace) -> bool:
    """Whether of two lists of one command only one is run."""
    return frozenset({first.handler.word, second.handler.word}) not in _IN_TURN
