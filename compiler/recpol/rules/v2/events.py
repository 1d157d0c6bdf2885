"""Rules about events and webhooks of Voice API v2: who is told what happens to a call, and what becomes of the call."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.base.finding import Finding
from recpol.base.jsontree import Object
from recpol.platform.sources import VOICE_V2, VOICE_V2_TUTORIALS, cite
from recpol.rules.rule import json_rule
from recpol.rules.v2.steps import steps
from recpol.svaml.document import Document

_TUTORIALS = cite(VOICE_V2, VOICE_V2_TUTORIALS)


@json_rule("warning", covers=("C33",))
def empty_events(document: Document) -> Iterator[Finding]:
    """`"events": {}`, which swallows every event.

    Without `events` the service's webhook hears what happens to a leg. With an empty object nothing is run and the
    webhook is not told either (tutorials).

    Wrong:
    ```json
    {
      "commands": [
        {"command": "dial", "to": {"type": "PHONE", "phone": {"number": "+46850020000"}}, "events": {}}
      ]
    }
    ```

    Right:
    ```json
    {"commands": [{"command": "dial", "to": {"type": "PHONE", "phone": {"number": "+46850020000"}}}]}
    ```
    """
    bodies = [script.body for script in document.scripts if script.role != "command"]
    dials = [step.command.object for _, step in steps(document) if step.is_a == "dial"]
    for body in (*bodies, *dials):
        events = None if body is None else body.find("events")
        if events is not None and isinstance(events.value, Object) and not events.value.members:
            yield Finding(
                "an empty `events` keeps everything from the webhook, and does nothing itself",
                events.key.inside,
                why=f"inline events take the place of the webhook, even where there are none ({VOICE_V2_TUTORIALS})",
                help="delete it, or add handlers",
            )


@json_rule("error", covers=("C38",))
def ignored_call_name(document: Document) -> Iterator[Finding]:
    """`callName` or `events` beside `commands` where only the reply to an incoming call has them.

    They name the incoming leg and say what happens when it hangs up. In the body of a new call, of a change of a call
    and in the reply to any other event they are ignored (SDK): there they belong into the `dial`. What a document is,
    is told by the name of its file (`incoming.json`, `answered.json`, `patch.json`) or by its commands; where only
    these tell, it is a warning.

    Wrong:
    ```json
    {
      "callName": "customer",
      "commands": [{"command": "dial", "to": {"type": "PHONE", "phone": {"number": "+46850020000"}}}]
    }
    ```

    Right:
    ```json
    {
      "commands": [
        {"command": "dial", "callName": "customer", "to": {"type": "PHONE", "phone": {"number": "+46850020000"}}}
      ]
    }
    ```
    """
    for script in document.scripts:
        if script.role not in ("start", "patch", "reply") or script.static:
            continue
        for key in ("callName", "events"):
            member = script.body.find(key)
            if member is not None:
                guessed = script.role == "start"
                named = " (the file's name says that this is none)" if script.guessed else ""
                yield Finding(
                    f"`{key}` counts here in the reply to an incoming call alone{named}",
                    member.key.inside,
                    why=f"beside `commands` it is about the incoming leg, and is ignored elsewhere ({VOICE_V2})",
                    help="move it into the `dial`" if guessed else "delete it",
                    severity="warning" if guessed else None,
                )


@json_rule("warning", covers=("C39",))
def webhook_without_fallback(document: Document) -> Iterator[Finding]:
    """A webhook without a `fallbackUrl`.

    The call waits for the webhook's answer. If none comes in time, or one that is no SVAML, and there is no fallback,
    the call is disconnected (tutorials), with whatever was being recorded.

    Wrong:
    ```json
    {"command": "webhook", "webhookName": "lookup", "url": "https://acme.example/lookup"}
    ```

    Right:
    ```json
    {
      "command": "webhook",
      "webhookName": "lookup",
      "url": "https://acme.example/lookup",
      "fallbackUrl": "https://spare.acme.example/lookup"
    }
    ```
    """
    hooks = [step.command.object for _, step in steps(document) if step.is_a == "webhook"]
    tree = document.tree
    service = tree.get("callBehavior") if document.kind == "v2" and isinstance(tree, Object) else None
    hook = service.get("webhook") if isinstance(service, Object) else None
    for node in (*hooks, hook):
        url = node.find("url") if isinstance(node, Object) else None
        if isinstance(node, Object) and url is not None and node.find("fallbackUrl") is None:
            yield Finding(
                "one failure of this webhook disconnects the call",
                url.key.inside,
                why=f"where no answer comes, and none from a fallback, the call ends ({_TUTORIALS})",
                help="add `fallbackUrl`",
            )
