"""Handlers as flat lists of steps.

A step is one thing that can happen in a handler, in the order in which it is written: a segment, a further menu of a
`menu` block, or a phase of a conversation. The blocks around a segment become a property of its step.

Invariant: every `Segment`, `Submenu` and `Phase` of the handlers is exactly one step, and `Step.index` counts them.
A request within a talk that does not say how the call goes on has one step more, the `continue` that it means.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.record import Record, field, replace
from recpol.base.source import Span
from recpol.base.typing import assert_never
from recpol.syntax import tree

MAX_SEGMENTS = 10_000
"""How many steps a policy may have."""

UNANSWERED = ("noanswer", "busy", "failed")
"""The events of a call that nobody answered."""
KINDS = ("ice", "ace", "pie", "manage", "callout", *UNANSWERED)
OTHERWISE = "otherwise"


class Step(Record, eq=False):
    """One segment, further menu, phase, or prompt of a phase, with where it stands.

    `body` is what happens: the segment without its label and tags, or the further menu or phase itself. `parent` is the
    index of the menu or connect that a further menu or a phase belongs to, else None; for a prompt that is heard when a
    phase begins or ends it is the connect, and `phase` the index of the phase. `label` and
    `tags` are its own; what a `continue` inherits is in `recpol.analysis.callgraph`.

    `connects` is the kind of connect that it is: `pstn`, `app`, `sip`, `conference`, `stream`, or whatever was written.
    `recordable` is whether something can be heard while it lasts: all but `answer`, `cookie` and `hangup`.
    """

    index: int
    handler: int
    node: tree.Segment | tree.Submenu | tree.Phase
    body: tree.StepBody
    blocks: tuple[tree.Block, ...]
    parent: int | None
    phase: int | None
    connects: str | None
    recordable: bool

    @property
    def label(self) -> tree.Word | None:
        """Its own label: for a further menu or a phase it is its name."""
        return self.node.label if isinstance(self.node, tree.Segment) else self.node.name

    @property
    def span(self) -> Span:
        """Where it stands, without its label and tags."""
        return self.body.span if isinstance(self.node, tree.Segment) else self.node.name.span

    @property
    def is_action(self) -> bool:
        """Whether it can be the action of a reply."""
        return isinstance(self.body, tree.Action)


class Handler(Record, eq=False):
    """One `on … { … }`: its event, its steps in order, and whether some of it could not be read.

    Steps of further menus and phases come after their segment. `segments` are the steps that are segments of the reply,
    `action` is the first of them that is an action, if any is; an author may write several.
    """

    index: int
    kind: str
    name: str | None
    node: tree.OnBlock
    steps: tuple[Step, ...] = field(repr=False)
    broken: bool
    segments: tuple[Step, ...] = field(repr=False)
    action: Step | None = field(repr=False)

    @property
    def key(self) -> str:
        """`ice`, `ace`, `pie sales`, `manage pick-up`: as a person names it."""
        return self.kind if self.name is None else f"{self.kind} {self.name}"

    @property
    def in_talk(self) -> bool:
        """Whether it is a request that is sent while people talk, not a reply and not for a parked call."""
        return self.kind == "manage" and self.node.event.within is not None

    @property
    def opening(self) -> Step | None:
        """The `call` with which an `on callout` begins; None elsewhere."""
        first = self.segments[0] if self.kind == "callout" and self.segments else None
        return first if first is not None and isinstance(first.body, tree.Call) else None

    @property
    def last(self) -> tree.Action | None:
        """What the action of the reply is."""
        body = None if self.action is None else self.action.body
        return body if isinstance(body, tree.Action) else None


def flatten(file: tree.File, used: tuple[tree.File, ...] = ()) -> tuple[Handler, ...]:
    """The handlers of a file, and after them those of the files it uses, in order, every segment a step."""
    handlers: list[Handler] = []
    index = 0
    for statement in (statement for at in (file, *used) for statement in at.statements):
        if not isinstance(statement, tree.OnBlock):
            continue
        steps: list[Step] = []
        name = statement.event.name
        kind = statement.event.kind.text
        called = name if kind == "callout" else None
        broken = _collect(_named(statement.segments, called), (), steps, len(handlers), index)
        if statement.event.within is not None and not broken and not any(step.is_action for step in steps):
            going_on = tree.Segment(None, tree.Continue(statement.event.span), (), statement.event.span)
            steps.append(_step(index + len(steps), len(handlers), going_on, going_on.body, (), None))
        index += len(steps)
        handlers.append(handler(len(handlers), kind, name.text if name else None, statement, tuple(steps), broken))
    return tuple(handlers)


def handler(
    index: int, kind: str, name: str | None, node: tree.OnBlock, steps: tuple[Step, ...], broken: bool
) -> Handler:
    """A handler with those steps; its segments and its action are found among them."""
    segments = tuple([step for step in steps if step.parent is None])
    action = next((step for step in segments if step.is_action), None)
    return Handler(index, kind, name, node, steps, broken, segments, action)


def _named(items: tuple[tree.Item, ...], name: tree.Word | None) -> tuple[tree.Item, ...]:
    """Segments; a `call` that stands alone has the callout's name as its label, so that `on ace NAME` finds it."""
    if name is None or len(items) != 1:
        return items
    first = items[0]
    if isinstance(first, tree.Segment) and isinstance(first.body, tree.Call) and first.label is None:
        return (replace(first, label=name),)
    return items


def _collect(
    items: tuple[tree.Item, ...], blocks: tuple[tree.Block, ...], steps: list[Step], handler: int, base: int
) -> bool:
    broken = False
    for item in items:
        match item:
            case tree.Broken():
                broken = True
            case tree.Block():
                broken |= _collect(item.segments, (*blocks, item), steps, handler, base)
            case tree.Segment():
                parent = _step(base + len(steps), handler, item, item.body, blocks, None)
                steps.append(parent)
                inner, lost = _inner(item.body)
                broken |= lost
                for node in inner:
                    within = base + len(steps)
                    steps.append(_step(within, handler, node, node, blocks, parent.index))
                    for said in _said(node):
                        steps.append(_step(base + len(steps), handler, said, said.body, blocks, parent.index, within))
            case _:
                assert_never(item)
    return broken


def _step(
    index: int,
    handler: int,
    node: tree.Segment | tree.Submenu | tree.Phase,
    body: tree.StepBody,
    blocks: tuple[tree.Block, ...],
    parent: int | None,
    phase: int | None = None,
) -> Step:
    """A step, with what is often asked of it."""
    connects = body.kind.text if isinstance(body, tree.Connect) else None
    if isinstance(body, tree.Recordable):
        return Step(index, handler, node, body, blocks, parent, phase, connects, recordable=True)
    if isinstance(body, tree.Silent):
        return Step(index, handler, node, body, blocks, parent, phase, connects, recordable=False)
    assert_never(body)


def _inner(body: tree.Body) -> tuple[tuple[tree.Submenu | tree.Phase, ...], bool]:
    match body:
        case tree.Connect() if not body.phases:
            return (), False
        case tree.Connect():
            phases = tuple(phase for phase in body.phases if isinstance(phase, tree.Phase))
            moments = tuple(moment for phase in phases for moment in phase.moments)
            said = (item for moment in moments if isinstance(moment, tree.PhasePrompts) for item in moment.segments)
            return phases, any(isinstance(item, tree.Broken) for item in (*body.phases, *moments, *said))
        case tree.Menu():
            found = tuple(_submenus(body.items))
            lists = (body.items, *(menu.items for menu in found))
            lost = any(isinstance(item, tree.Broken) for items in lists for item in items)
            return found, lost
        case tree.Park():
            return (), any(isinstance(item, tree.Broken) for item in body.items)
        case tree.Say() | tree.Play() | tree.Tones() | tree.Cookie() | tree.Answer() | tree.Hangup() | tree.Continue():
            return (), False
        case tree.Call():
            return (), False
        case _:
            assert_never(body)


def _said(node: tree.Submenu | tree.Phase) -> Iterator[tree.Segment]:
    """The segments at the beginning and the end of a phase, those in blocks too, which a rule refuses."""
    moments = node.moments if isinstance(node, tree.Phase) else ()
    todo = [item for moment in moments if isinstance(moment, tree.PhasePrompts) for item in moment.segments][::-1]
    while todo:
        item = todo.pop()
        match item:
            case tree.Segment():
                yield item
            case tree.Block():
                todo.extend(item.segments[::-1])
            case tree.Broken():
                pass
            case _:
                assert_never(item)


def _submenus(items: tuple[tree.MenuItem, ...]) -> Iterator[tree.Submenu]:
    for item in items:
        if isinstance(item, tree.Submenu):
            yield item
            yield from _submenus(item.items)
