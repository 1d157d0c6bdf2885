"""What a proof comes to."""

from __future__ import annotations

from collections.abc import Mapping

from recpol.analysis.rooms import RecordedRoom
from recpol.analysis.steps import Step
from recpol.base.record import Record, replace
from recpol.base.typing import Literal
from recpol.calls.trace import Event
from recpol.syntax import tree

Status = Literal["proven", "broken", "unknown", "empty"]
"""`empty`: no call comes to anything that the guarantee speaks about."""

ASSUMPTIONS: Mapping[str, str] = {
    "recorder-survives": "a call recording goes on across connects, menus, parking and further replies until it is "
    "stopped or the call ends; the Recording page says that it ends with the call, and nothing of what happens between",
    "phases-are-told": "the backend sends the request that begins a phase before the phase begins, and the one that "
    "ends it after it has ended; no document says how fast Manage Call acts",
    "requests-in-turn": "the backend sends a request of `on manage NAME in SELECTOR` only while a selected "
    "conversation runs, outside its phases, and any request when what an earlier one plays has been heard; no "
    "document says how fast Manage Call acts",
    "caller-hears": "what a reply plays is heard by the caller; the Callback API page says that prompts are played on "
    "the caller's side only, so the callee is not told",
    "callee-hears": "what is played in `on ace` of svaml2 is heard by the callee; the tutorials for Voice API v2 run "
    "what answers a call on the leg that was dialled",
    "callout-answered": "the reply to ACE arrives when the person called answers; what happens without one is not "
    "documented, and nothing is recorded then",
    "greeting-is-heard": "the person called hears the greeting of a conference callout in full, before they are in the "
    "room; the Calling API page says only that it is played",
    "menus-answer": "a call whose caller has chosen in a menu is answered, so that later prompts are heard; the "
    "Callback API page does not say that a menu answers the call",
    "recordings-start": "every recording that a reply asks for starts; only Voice API v2 has an event for one that "
    "does not",
    "menu-errors": "no menu ends with a PIE of type `error`; the Callback API page lists the type and does not say "
    "when it comes",
    "parked-continue": "`continue` that is sent to a parked call goes on with its conversation, without a further "
    "reply; no document says what it does",
    "room-is-ours": "nobody else records the conference: no other policy and no other request starts a recording of "
    "the same room; the Recording page says that it would hold everybody in it",
    "starts-are-unique": "no two calls that the backend begins get one value of a name that the policy calls `unique`, "
    "nor two that differ in letter case alone, and no other conference is named by it",
    "room-is-left": "a call that a request parks leaves its conference, so that the room's recording does not hold "
    "what the call hears then; no document says so",
    "values-keep-the-folder": "what is filled into a URL at deployment or when the call comes has no part `.` or `..` "
    "that leads out of its folder; `recpol render` refuses one, and other ways to fill it may not",
    "stores-keep-promises": "what a policy states of a store (how long its recordings are kept, whether they are "
    "encrypted, in which region they are) is so; it is told to no platform, and recpol cannot look at the place",
    "files-speak-their-locale": "a sound file of which the policy names no locale speaks no other language than what "
    "is said around it; what is in a file, no document and no policy says",
    "stop-works": "StopRecording and the request that stops a recording take effect before the next thing is heard",
}
"""What proofs rest on beyond the documents, by name."""


DOUBTS: Mapping[str, str] = {
    "menu-errors": "a menu may end with a PIE of type `error`, and no document says when it does (`menu-errors`)",
    "parked-continue": "what `continue` does to a parked call is not documented (`parked-continue`)",
    "room-while-told": "whether a participant hears the room while a request plays something to this participant is "
    "not documented",
    "phase-after-lost-reply": "when the reply to ACE does not come in time, its phase starts a recording that runs "
    "already, and what that does is not documented",
    "request-after-lost-reply": "when the reply to ACE does not come in time, a request meets a recorder that it was "
    "not written for, and what that does is not documented",
}
"""By name: why no document says whether a call goes some way, or what records it then."""


UNDECLARED = "tells that a recording cannot start, and the policy does not say what becomes of such a call"
"""Why `always record` is not proven there; the rule `silent-recording-failure` says it with its cure."""

STRAYED = "what `.` and `..` lead to is not documented"
"""Why `keep recordings` is not proven of a URL; the rule `bad-destination` says it with its cure."""


class Verdict(Record):
    """The outcome for one guarantee.

    `reason` says in words why it is broken or unknown. For a broken one `step` is where it breaks and `call` the
    shortest list of events that leads there; `other` is the room that another caller has recorded, where that breaks
    it. `fails` is true where it takes a recording that fails to start, `in_part` where one side alone is recorded.
    `told_by` is the rule whose finding says the same thing, with its cure. `assumptions` are names in `ASSUMPTIONS`.
    """

    guarantee: tree.Guarantee
    status: Status
    reason: str = ""
    step: Step | None = None
    call: tuple[Event, ...] = ()
    assumptions: tuple[str, ...] = ()
    other: RecordedRoom | None = None
    fails: bool = False
    in_part: bool = False
    told_by: str = ""


_WORST: tuple[Status, ...] = ("broken", "unknown", "proven", "empty")


def together(verdicts: tuple[Verdict, ...]) -> Verdict:
    """Several verdicts on one guarantee as the worst of them; it rests on what any of its proofs rests on."""
    worst = min(verdicts, key=lambda verdict: _WORST.index(verdict.status))
    if worst.status != "proven":
        return worst
    assumed = tuple(dict.fromkeys(name for one in verdicts for name in one.assumptions))
    return worst if assumed == worst.assumptions else replace(worst, assumptions=assumed)
