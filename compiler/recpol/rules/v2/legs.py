"""Rules about the legs of a call in Voice API v2: who hears whom, and what becomes of one leg when another ends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from recpol.base.finding import Finding, Note
from recpol.base.jsontree import JsonScalar, Object
from recpol.platform.sources import VOICE_V2, VOICE_V2_TUTORIALS
from recpol.rules.rule import json_rule
from recpol.rules.v2.steps import name_of, same, steps
from recpol.svaml.document import Document
from recpol.svaml.v2.commands import (
    OUTCOMES,
    CommandList,
    CommandNode,
    CommandPlace,
    CommandScript,
    DocumentLeg,
    beside,
)


class _Legs:
    """What a list of commands does with each leg: the bridges that it joins, and what is done when it hangs up.

    `asked` are the legs about which a webhook is asked, so that the document does not say all; `dialled` are those that
    are made while a leg is there. `bridges` are the names in `joins`, and `waits` the lists that join one; `ends` are
    the names of the legs that are hung up then, with None where a webhook is asked.
    """

    def __init__(self, script: CommandScript) -> None:
        self.joins: dict[DocumentLeg, list[tuple[CommandPlace, JsonScalar]]] = {}
        self.bridges: dict[DocumentLeg, set[str]] = {}
        self.waits: set[tuple[DocumentLeg, CommandList]] = set()
        self.ends: dict[DocumentLeg, set[str | None]] = {}
        self.asked: set[DocumentLeg] = set()
        self.dialled: dict[DocumentLeg | None, list[DocumentLeg]] = {}
        for step in script.steps:
            leg, name = step.handler.leg, name_of(step, "bridgeName") if step.is_a == "bridgeCall" else None
            if step.command.leg is not None:
                for there in {script.leg, *(outer.command.leg for outer in step.trail[:-1])}:
                    self.dialled.setdefault(there, []).append(step.command.leg)
            if leg is not None and name is not None:
                self.joins.setdefault(leg, []).append((step, name))
                self.bridges.setdefault(leg, set()).add(name.text)
                self.waits.add((leg, step.handler))
            if leg is not None and step.is_a == "webhook":
                self.asked.add(leg)
            for one in step.trail if step.is_a in ("hangup", "webhook") else ():
                if one.handler.word == "onHangup" and one.handler.leg is not None:
                    ended = step.command.text("callName") if step.is_a == "hangup" else None
                    if ended is not None or step.is_a == "webhook":
                        self.ends.setdefault(one.handler.leg, set()).add(None if ended is None else ended.text)

    def meet(self, leg: DocumentLeg, other: DocumentLeg) -> bool:
        """Whether two legs join one bridge."""
        return not self.bridges.get(leg, set()).isdisjoint(self.bridges.get(other, ()))


def _dials(script: CommandScript) -> Iterator[tuple[CommandPlace, DocumentLeg, DocumentLeg, JsonScalar]]:
    """Every `dial` with the leg that it makes, and the leg for which it dials."""
    for step in script.steps:
        other = beside(step)
        if step.command.leg is not None and other is not None and step.at is not None:
            yield step, step.command.leg, other, step.at


@json_rule("error", covers=("C34",))
def leg_outside_bridge(document: Document) -> Iterator[Finding]:
    """Two legs of which only one joins the bridge.

    Every leg has to join by a `bridgeCall` of its own (tutorials): one that is dialled in `onAnswer` of its `dial`, the
    caller's in the list that dials. A leg that is alone on its bridge hears nobody.

    Wrong:
    ```json
    {
      "commands": [
        {"command": "answer"},
        {
          "command": "dial",
          "callName": "agent",
          "to": {"type": "PHONE", "phone": {"number": "+46850020000"}},
          "events": {"onAnswer": [{"command": "bridgeCall", "bridgeName": "talk"}]}
        }
      ]
    }
    ```

    Right:
    ```json
    {
      "callName": "caller",
      "commands": [
        {"command": "answer"},
        {"command": "bridgeCall", "bridgeName": "talk"},
        {
          "command": "dial",
          "callName": "agent",
          "to": {"type": "PHONE", "phone": {"number": "+46850020000"}},
          "events": {
            "onAnswer": [{"command": "bridgeCall", "bridgeName": "talk"}],
            "onBusy": [{"command": "hangup", "callName": "caller"}],
            "onReject": [{"command": "hangup", "callName": "caller"}],
            "onTimeout": [{"command": "hangup", "callName": "caller"}],
            "onFailure": [{"command": "hangup", "callName": "caller"}],
            "onHangup": [{"command": "hangup", "callName": "caller"}]
          }
        }
      ],
      "events": {"onHangup": [{"command": "hangup", "callName": "agent"}]}
    }
    ```
    """
    why = f"every leg that is to be heard calls `bridgeCall` itself ({VOICE_V2_TUTORIALS})"
    for script in document.scripts:
        legs = _Legs(script)
        told: set[tuple[DocumentLeg, str]] = set()
        for step, leg, other, at in _dials(script):
            if not script.whole or leg in legs.asked or other in legs.asked:
                continue
            ours, theirs = legs.joins.get(leg, []), legs.joins.get(other, [])
            if ours and not legs.meet(leg, other):
                name = ours[0][1]
                if (other, name.text) in told:
                    continue
                told.add((other, name.text))
                who = "the caller's leg" if other.name is None else f"the leg `{other.name.text}`"
                notes = (Note(theirs[0][1].inside, "this is another bridge"),) if theirs else ()
                yield Finding(
                    f"{who} never joins the bridge `{name.text}`, so the two do not hear each other",
                    name.inside,
                    notes=(*notes, Note(at.inside, "dialled here")),
                    why=why,
                    help=f"add a `bridgeCall` to `{name.text}` to the list that dials",
                )
            elif theirs and not ours and _told_itself(step.command) and (other, step.handler) in legs.waits:
                yield Finding(
                    f"this leg never joins the bridge `{theirs[0][1].text}`",
                    at.inside,
                    notes=(Note(theirs[0][1].inside, "the other leg waits here"),),
                    why=why,
                    help=f'add `"onAnswer"` with a `bridgeCall` to `{theirs[0][1].text}` to its `events`',
                )


def _told_itself(command: CommandNode) -> bool:
    """Whether a `dial` has handlers, so that no webhook is told of its answer."""
    return bool(command.handlers)


@json_rule("warning", covers=("C35",))
def unhandled_outcome(document: Document) -> Iterator[Finding]:
    """A bridge where nothing happens when the other leg is busy, does not answer, or hangs up.

    A `dial` with `events` keeps its outcomes from the webhook: what has no handler there is lost (tutorials). The
    caller stays in silence, and the call costs money until somebody hangs up. When the caller hangs up, the leg that
    was dialled has to be hung up too.

    Wrong:
    ```json
    {
      "callName": "caller",
      "commands": [
        {"command": "answer"},
        {"command": "bridgeCall", "bridgeName": "talk"},
        {
          "command": "dial",
          "callName": "agent",
          "to": {"type": "PHONE", "phone": {"number": "+46850020000"}},
          "events": {"onAnswer": [{"command": "bridgeCall", "bridgeName": "talk"}]}
        }
      ],
      "events": {"onHangup": [{"command": "hangup", "callName": "agent"}]}
    }
    ```

    Right:
    ```json
    {
      "callName": "caller",
      "commands": [
        {"command": "answer"},
        {"command": "bridgeCall", "bridgeName": "talk"},
        {
          "command": "dial",
          "callName": "agent",
          "to": {"type": "PHONE", "phone": {"number": "+46850020000"}},
          "events": {
            "onAnswer": [{"command": "bridgeCall", "bridgeName": "talk"}],
            "onBusy": [{"command": "hangup", "callName": "caller"}],
            "onReject": [{"command": "hangup", "callName": "caller"}],
            "onTimeout": [{"command": "hangup", "callName": "caller"}],
            "onFailure": [{"command": "hangup", "callName": "caller"}],
            "onHangup": [{"command": "hangup", "callName": "caller"}]
          }
        }
      ],
      "events": {"onHangup": [{"command": "hangup", "callName": "agent"}]}
    }
    ```
    """
    why = f"what has no handler beside others is told to nobody ({VOICE_V2_TUTORIALS})"
    for script in document.scripts:
        legs = _Legs(script)
        for step, leg, other, at in _dials(script):
            if not legs.meet(leg, other):
                continue
            lacks = [word for word in (*OUTCOMES, "onHangup") if not _handled(step.command, word)]
            if lacks:
                listed = ", ".join(f"`{word}`" for word in lacks)
                alone = "the other party stays on the line alone"
                yield Finding(
                    f"nothing happens on {listed}: {alone}",
                    at.inside,
                    why=why,
                    help="add them to its `events`, for example with a `hangup` of the other leg",
                )
            events = _events_of(script, other)
            hung_up = legs.ends.get(other, set())
            if events is not None and leg.name is not None and hung_up.isdisjoint((leg.name.text, None)):
                yield Finding(
                    f"`{leg.name.text}` stays on the line when the other leg hangs up",
                    leg.name.inside,
                    notes=(Note(events.inside, "nothing here hangs it up"),),
                    why=why,
                    help=f"add `onHangup` with a `hangup` of `{leg.name.text}` to the `events` of the other leg",
                )


def _handled(command: CommandNode, word: str) -> bool:
    handler = command.list(word)
    return handler is not None and bool(handler.commands)


def _events_of(script: CommandScript, leg: DocumentLeg) -> JsonScalar | None:
    """The `events` of a leg, which keep its end from the webhook; None where the webhook is told."""
    body = script.body if leg.dial is None else leg.dial
    events = body.find("events")
    return events.key if events is not None and isinstance(events.value, Object) and script.whole else None


@json_rule("warning", covers=("C36",))
def hangup_of_ended_leg(document: Document) -> Iterator[Finding]:
    """A `hangup` that means the leg which has just ended, and not the one that is left.

    Without a `callName` a `hangup` ends the leg in whose context it runs (SDK). In `onHangup`, `onTimeout` and the like
    of a `dial` that is the leg that was dialled: it is over, or was never there, and the caller stays.

    Wrong:
    ```json
    {
      "callName": "caller",
      "commands": [
        {"command": "answer"},
        {
          "command": "dial",
          "callName": "agent",
          "to": {"type": "PHONE", "phone": {"number": "+46850020000"}},
          "events": {"onTimeout": [{"command": "hangup"}]}
        }
      ]
    }
    ```

    Right:
    ```json
    {
      "callName": "caller",
      "commands": [
        {"command": "answer"},
        {
          "command": "dial",
          "callName": "agent",
          "to": {"type": "PHONE", "phone": {"number": "+46850020000"}},
          "events": {"onTimeout": [{"command": "hangup", "callName": "caller"}]}
        }
      ]
    }
    ```
    """
    dialled = {id(script): _Legs(script).dialled for script in document.scripts}
    for script, step in steps(document):
        if step.is_a != "hangup" or not step.handler.over or step.at is None or step.handler.key is None:
            continue
        leg, name = step.handler.leg, step.command.text("callName")
        written = step.command.object is not None and step.command.object.find("callName") is not None
        if written and not same(name, None if leg is None else leg.name):
            continue
        left = beside(step)
        others = dialled[id(script)].get(leg, []) if left is None and leg is not None else []
        if left is None and not others:
            continue  # there is nobody left, and it does no harm
        others = others if left is None else [left]
        known = list(islice((one.name for one in others if one.name is not None), 2))
        stay = "the other one stays" if len(others) == 1 else "the others stay"
        help_ = (
            f'write `"callName": "{known[0].text}"`'
            if len(known) == 1
            else "hang up the others, each by its `callName`"
        )
        yield Finding(
            f"on `{step.handler.key.text}` this leg has ended already; {stay} on the line",
            step.at.inside,
            notes=tuple(Note(name.inside, "another leg") for name in known[:1]),
            why=f"a `hangup` without another leg's `callName` ends the leg in whose context it runs ({VOICE_V2})",
            help=help_,
        )
