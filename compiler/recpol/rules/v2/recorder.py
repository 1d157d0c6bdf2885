"""Rules about names in Voice API v2: recordings, messages and legs are told apart by them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from recpol.base.finding import Finding, Note, Severity
from recpol.base.jsontree import JsonScalar
from recpol.base.nearest import KnownWords
from recpol.base.typing import NamedTuple
from recpol.platform.sources import VOICE_V2, VOICE_V2_TUTORIALS
from recpol.rules.rule import json_rule
from recpol.rules.v2.steps import name_of, steps
from recpol.svaml.document import Document
from recpol.svaml.v2.commands import CommandPlace, CommandScript, DocumentLeg, together


class _Kind(NamedTuple):
    """What has a name: the command that gives it, the one that takes it, and the property of both."""

    what: str
    gives: str
    takes: str
    property_: str
    severity: Severity


_KINDS = (
    _Kind("recording", "startRecording", "stopRecording", "recordingName", "error"),
    _Kind("message", "messages", "stopMessages", "messagesName", "warning"),
    _Kind("leg", "dial", "hangup", "callName", "warning"),
)


def _named(script: CommandScript, word: str, property_: str) -> list[tuple[CommandPlace, JsonScalar]]:
    found = ((step, name_of(step, property_)) for step in script.steps if step.is_a == word)
    return [(step, name) for step, name in found if name is not None]


@json_rule("error", covers=("F24",))
def name_not_in_use(document: Document) -> Iterator[Finding]:
    """A recording that is stopped, or a leg or message that is ended, under a name that nothing has.

    Nothing is stopped then: a recording goes on until its leg ends. In the reply to an incoming call and in a new call
    every name that is not given there is found; elsewhere, where the session is under way, only one that is nearly a
    name given there. For legs and messages it is a warning: they may come from the reply to a later webhook.

    Wrong:
    ```json
    {
      "commands": [
        {"command": "answer"},
        {
          "command": "startRecording",
          "recordingName": "calls-1",
          "recordingOptions": {
            "destination": "AWS",
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}"
          }
        },
        {"command": "pause", "durationMilliseconds": 30000},
        {"command": "stopRecording", "recordingName": "call-1"}
      ]
    }
    ```

    Right:
    ```json
    {
      "commands": [
        {"command": "answer"},
        {
          "command": "startRecording",
          "recordingName": "calls-1",
          "recordingOptions": {
            "destination": "AWS",
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}"
          }
        },
        {"command": "pause", "durationMilliseconds": 30000},
        {"command": "stopRecording", "recordingName": "calls-1"}
      ]
    }
    ```
    """
    for script in document.scripts:
        for kind in _KINDS:
            yield from _unknown(script, kind)


def _unknown(script: CommandScript, kind: _Kind) -> Iterator[Finding]:
    given = {name.text: name for _, name in _named(script, kind.gives, kind.property_)}
    if kind.what == "leg" and script.leg is not None and script.leg.name is not None:
        given[script.leg.name.text] = script.leg.name
    unnamed = kind.what == "recording" and _unnamed(script)
    words = KnownWords(given)
    for _, name in _named(script, kind.takes, kind.property_):
        close = words.nearest(name.text)
        if name.text in given or unnamed or (close is None and not script.whole):
            continue
        if kind.what == "leg" and script.leg is not None and script.leg.name is None and close is None:
            continue  # the document does not say what its own leg is called
        yield Finding(
            f"there is no {kind.what} `{name.text}` here",
            name.inside,
            notes=(Note(given[close].inside, f"a {kind.what} of nearly that name"),) if close else (),
            why=f"`{kind.takes}` is about the {kind.what} of that name in the session ({VOICE_V2})",
            help=f"did you mean `{close}`?" if close else f"write the name of a `{kind.gives}`",
            severity=kind.severity,
        )


def _unnamed(script: CommandScript) -> bool:
    return any(_no_name(step) for step in script.steps if step.is_a == "startRecording")


def _no_name(step: CommandPlace) -> bool:
    node = step.command.object
    return node is not None and node.find("recordingName") is None and node.find("name") is None


@json_rule("warning", covers=("F25",))
def unnamed_recording(document: Document) -> Iterator[Finding]:
    """A recording without a name in a document that stops one.

    `stopRecording` needs a name, so a recording without one goes on until its leg ends (SDK).

    Wrong:
    ```json
    {
      "commands": [
        {"command": "answer"},
        {
          "command": "startRecording",
          "recordingOptions": {
            "destination": "AWS",
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}"
          }
        },
        {"command": "pause", "durationMilliseconds": 30000},
        {"command": "stopRecording", "recordingName": "calls-1"}
      ]
    }
    ```

    Right:
    ```json
    {
      "commands": [
        {"command": "answer"},
        {
          "command": "startRecording",
          "recordingOptions": {
            "destination": "AWS",
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}"
          }
        }
      ]
    }
    ```
    """
    for script in document.scripts:
        given = {name.text for _, name in _named(script, "startRecording", "recordingName")}
        stops = [step for step in script.steps if step.is_a == "stopRecording"]
        idle = next((s for s in stops if (name := name_of(s, "recordingName")) is None or name.text not in given), None)
        if idle is None or idle.at is None:
            continue
        for step in script.steps:
            if step.is_a == "startRecording" and _no_name(step) and step.at is not None:
                yield Finding(
                    "this recording has no name, so it cannot be stopped",
                    step.at.inside,
                    notes=(Note(idle.at.inside, "a stop of a recording that nothing here starts"),),
                    why=f"`stopRecording` needs the name; without one a recording ends with its leg ({VOICE_V2})",
                    help="give both the same `recordingName`",
                )


@json_rule("error", covers=("F26",))
def name_in_use(document: Document) -> Iterator[Finding]:
    """A second recording, or a second leg, under a name that is in use.

    Names of recordings are unique among those that run in the session, whichever leg they record; names of legs among
    those that are there (SDK). Two ways of one call that exclude each other, such as `onBusy` and `onTimeout`, can
    share a name.

    Wrong:
    ```json
    {
      "commands": [
        {
          "command": "dial",
          "callName": "sales",
          "to": {"type": "PHONE", "phone": {"number": "+46850020000"}}
        },
        {
          "command": "dial",
          "callName": "sales",
          "to": {"type": "PHONE", "phone": {"number": "+46850021111"}}
        }
      ]
    }
    ```

    Right:
    ```json
    {
      "commands": [
        {
          "command": "dial",
          "callName": "sales",
          "to": {"type": "PHONE", "phone": {"number": "+46850020000"}}
        },
        {
          "command": "dial",
          "callName": "support",
          "to": {"type": "PHONE", "phone": {"number": "+46850021111"}}
        }
      ]
    }
    ```
    """
    for script in document.scripts:
        for kind in _KINDS:
            if kind.what != "message":
                yield from _twice(script, kind)


def _twice(script: CommandScript, kind: _Kind) -> Iterator[Finding]:
    ends: dict[str, list[int]] = {}
    for _, name in _named(script, kind.takes, kind.property_):
        insort(ends.setdefault(name.text, []), name.span.start)
    given: dict[str, list[tuple[CommandPlace, JsonScalar]]] = {}
    for later, name in _named(script, kind.gives, kind.property_):
        earlier = given.setdefault(name.text, [])
        ended = ends.get(name.text, [])
        first = next((first for step, first in reversed(earlier[-_NEAR:]) if _at_once(step, later, kind)), None)
        earlier.append((later, name))
        if first is not None and bisect_left(ended, first.span.end) >= bisect_left(ended, name.span.start):
            yield Finding(
                f"a second {kind.what} `{name.text}` while the first one is there",
                name.inside,
                notes=(Note(first.inside, "the first one"),),
                why=f"names are unique among what is active in the session ({VOICE_V2})",
                help="give one of them another name",
            )


_NEAR = 50
"""How many things of one name are looked at; who has more of them has been told."""


def _at_once(earlier: CommandPlace, later: CommandPlace, kind: _Kind) -> bool:
    """Whether the thing that `earlier` makes can be there when `later` runs."""
    if not together(earlier, later):
        return False
    inside = next((step for step in later.trail if step.outer is earlier), None)
    if inside is None:
        return True
    # What runs in its own handlers: of a recording both say that it is over, of a leg all but one.
    return kind.what == "leg" and not inside.handler.over


@json_rule("info", covers=("F29",))
def stop_after_hangup(document: Document) -> Iterator[Finding]:
    """A `stopRecording` in `onHangup` of the leg that is recorded.

    A recording ends with its leg, so there is nothing left to stop. It does no harm.

    Wrong:
    ```json
    {
      "commands": [
        {"command": "answer"},
        {
          "command": "startRecording",
          "recordingName": "calls-1",
          "recordingOptions": {
            "destination": "AWS",
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}"
          }
        }
      ],
      "events": {"onHangup": [{"command": "stopRecording", "recordingName": "calls-1"}]}
    }
    ```

    Right:
    ```json
    {
      "commands": [
        {"command": "answer"},
        {
          "command": "startRecording",
          "recordingName": "calls-1",
          "recordingOptions": {
            "destination": "AWS",
            "destinationUrl": "s3://acme-calls/",
            "credentials": "{{ env.S3_CREDENTIALS }}"
          }
        }
      ]
    }
    ```
    """
    started: dict[tuple[DocumentLeg | None, str], CommandPlace] = {}
    for _, step in steps(document):
        if step.is_a == "startRecording" and (name := name_of(step, "recordingName")) is not None:
            started.setdefault((step.handler.leg, name.text), step)
    for _, step in steps(document):
        if step.is_a != "stopRecording" or not step.handler.over or step.at is None:
            continue
        name = name_of(step, "recordingName")
        start = None if name is None else started.get((step.handler.leg, name.text))
        if start is not None and start.at is not None:
            yield Finding(
                "the recording has ended with its leg: there is nothing to stop",
                step.at.inside,
                notes=(Note(start.at.inside, "started on the same leg"),),
                why=f"a recording ends when its leg does ({VOICE_V2}; {VOICE_V2_TUTORIALS})",
                help="delete it",
            )
