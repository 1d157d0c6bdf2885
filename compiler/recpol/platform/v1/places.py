"""Where each instruction and action may stand: which reply the platform takes it in.

The events are the callbacks `ice`, `ace`, `pie` and `dice`, and two uses of Manage Call: `manage` is what a parked call
is sent (what the reply to ICE would have been), `phase` is what a connected call is sent.

A place is *allowed* where the current sources agree on it, *refused* where they and the classic pages leave it out,
*disputed* where official sources contradict each other; then `newest` says which way the newest one goes.

Invariant: every form has a place for every event, and every place says who says so.
"""

from __future__ import annotations

from recpol.base.record import Record
from recpol.base.typing import Literal

ReplyEvent = Literal["ice", "ace", "pie", "manage", "phase", "dice"]

EVENTS: tuple[ReplyEvent, ...] = ("ice", "ace", "pie", "manage", "phase", "dice")

StandingVerdict = Literal["allowed", "disputed", "refused"]


class Standing(Record):
    """Whether a form may stand in a reply: the verdict, who says what, and what the newest official source says."""

    verdict: StandingVerdict
    why: str
    newest: Literal["allowed", "refused"]


def _yes(why: str) -> Standing:
    return Standing("allowed", why, "allowed")


def _no(why: str) -> Standing:
    return Standing("refused", why, "refused")


def _perhaps(newest: Literal["allowed", "refused"], why: str) -> Standing:
    return Standing("disputed", why, newest)


_MANAGE = (
    "the Calling API page (2020-2021) sends a parked call what the reply to ICE would have been, and ICE takes {name}"
)
_DICE_ACTION = _no(
    "the call is over: the Callback API page (2020-2021) allows Hangup alone in a reply to DiCE, today's sources "
    "expect an empty reply"
)
_DICE_INSTRUCTION = _no(
    "the call is over: the Callback API page (2020-2021) takes no instruction in a reply to DiCE but ReportCallStatus"
)
_PHASE_CONNECT = _no(
    "the Calling API page (2020-2021) connects a call through Manage Call only when it is parked; the Node and Java "
    "SDKs let Manage Call hang up, continue or park"
)
_NO_ACE_CONNECT = (
    "the Callback API page (2020-2021), the current SVAML page and the Node SDK allow {name} in a reply to ICE, not "
    "to ACE; only the legacy SDK builds it there"
)


def _row(
    name: str,
    ice: Standing,
    ace: Standing,
    pie: Standing,
    phase: Standing,
    dice: Standing,
    manage: Standing | None = None,
) -> dict[ReplyEvent, Standing]:
    """A row in which a parked call takes what ICE takes, unless `manage` says otherwise."""
    manage = manage or _yes(_MANAGE.format(name=name))
    return {"ice": ice, "ace": ace, "pie": pie, "manage": manage, "phase": phase, "dice": dice}


def _instruction(name: str, **other: Standing) -> dict[ReplyEvent, Standing]:
    """The row of an instruction that every reply takes but the one to DiCE; `other` are the exceptions."""
    places = {
        event: _yes(f"every source allows {name} in a reply to {event.upper()}") for event in ("ice", "ace", "pie")
    }
    places["phase"] = _yes("the Node and Java SDKs send any instruction through Manage Call")
    places["dice"] = _DICE_INSTRUCTION
    places |= other
    return _row(
        name, places["ice"], places["ace"], places["pie"], places["phase"], places["dice"], places.get("manage")
    )


_STATUS = _no("the Callback API page (2021) has ReportCallStatus in the reply to DiCE alone; the current API has none")

PLACES: dict[str, dict[ReplyEvent, Standing]] = {
    # ── instructions ──────────────────────────────────────────────────────────────────────────────────────────────
    "PlayFiles": _instruction("PlayFiles"),
    "Say": _instruction("Say"),
    "SendDtmf": _instruction(
        "SendDtmf",
        ace=_perhaps(
            "refused",
            "the Node SDK and the Sinch voice skill (2026) leave SendDtmf out of replies to ACE; an older snapshot "
            "of the SVAML page allows it, the Callback API page (2020-2021) says nothing against it",
        ),
    ),
    "SetCookie": _instruction("SetCookie"),
    "Answer": _instruction(
        "Answer",
        ace=_no(
            "the Node SDK and the Sinch voice skill (2026) have Answer in replies to ICE alone: at ACE the call is "
            "answered"
        ),
        pie=_no("the Node SDK and the Sinch voice skill (2026) have Answer in replies to ICE alone"),
        phase=_no("the Callback API page (2020-2021) answers an incoming call with it; a connected call is answered"),
    ),
    "StartRecording": _instruction(
        "StartRecording",
        phase=_yes(
            "the Calling API page (2020-2021) starts a recording with the Manage Call action StartRecording; the "
            "current API sends the instruction beside another action"
        ),
    ),
    "StopRecording": _instruction(
        "StopRecording",
        ice=_yes(
            "the Recording page (2018-2019) has StopRecording in callback replies without exception, the Sinch "
            "voice skill (2026) and the helpers of the Node SDK in this one; one type of the Node SDK leaves it out"
        ),
        ace=_perhaps(
            "refused",
            "the Node SDK leaves StopRecording out of replies to ACE; the Recording page (2018-2019) has it in "
            "callback replies without exception, and the Sinch voice skill (2026) in this one",
        ),
        phase=_yes(
            "the Calling API page (2020-2021) stops a recording with the Manage Call action StopRecording; the "
            "current API sends the instruction beside another action"
        ),
    ),
    "ReportCallStatus": _row(
        "ReportCallStatus",
        ice=_STATUS,
        ace=_STATUS,
        pie=_STATUS,
        phase=_STATUS,
        dice=_yes("the Callback API page (2021) shows ReportCallStatus in a reply to DiCE, the only instruction there"),
        manage=_STATUS,
    ),
    # ── actions ───────────────────────────────────────────────────────────────────────────────────────────────────
    "Hangup": _row(
        "Hangup",
        ice=_yes("every source allows Hangup in a reply to ICE"),
        ace=_yes("every source allows Hangup in a reply to ACE"),
        pie=_yes(
            "the current SVAML page, the Node SDK and the Sinch voice skill (2026) allow Hangup in a reply to PIE; "
            "only an older snapshot of the SVAML page does not"
        ),
        phase=_yes("the Calling API page (2020-2021) and the current SDKs hang up through Manage Call"),
        dice=_yes("the Callback API page (2020-2021) allows Hangup in a reply to DiCE, and no other action"),
    ),
    "Continue": _row(
        "Continue",
        ice=_no(
            "the Callback API page (2020-2021), the current SVAML page and the Node SDK have Continue in replies to "
            "ACE and PIE; only the README of the legacy SDK and the Sinch Functions pages use it at ICE"
        ),
        ace=_yes("every source allows Continue in a reply to ACE"),
        pie=_yes("the current SVAML page, its older snapshot and the Node SDK allow Continue in a reply to PIE"),
        phase=_yes("the current SDKs send Continue through Manage Call"),
        dice=_DICE_ACTION,
        manage=_perhaps(
            "allowed",
            "the Calling API page (2020-2021) sends a parked call what the reply to ICE would have been, and ICE "
            "takes no Continue; the current SDKs list it among the actions of Manage Call",
        ),
    ),
    "ConnectPstn": _row(
        "ConnectPstn",
        ice=_yes("every source allows ConnectPstn in a reply to ICE"),
        ace=_no(_NO_ACE_CONNECT.format(name="ConnectPstn")),
        pie=_perhaps(
            "allowed",
            "the current SVAML page, the Sinch voice skill (2026) and the helpers of the Node SDK allow ConnectPstn "
            "in a reply to PIE; one type of the Node SDK and an older snapshot of the SVAML page do not",
        ),
        phase=_PHASE_CONNECT,
        dice=_DICE_ACTION,
    ),
    "ConnectMxp": _row(
        "ConnectMxp",
        ice=_yes("every source allows ConnectMxp in a reply to ICE"),
        ace=_no(_NO_ACE_CONNECT.format(name="ConnectMxp")),
        pie=_no(
            "the Callback API page (2020-2021), the current SVAML page and the Node SDK leave ConnectMxp out of "
            "replies to PIE; only the legacy SDK builds it there"
        ),
        phase=_PHASE_CONNECT,
        dice=_DICE_ACTION,
    ),
    "ConnectConf": _row(
        "ConnectConf",
        ice=_yes("every source allows ConnectConf in a reply to ICE"),
        ace=_yes(
            "the Recording page (2018-2019), the Calling API page (2020-2021), the current SVAML page and the Node "
            "SDK allow ConnectConf in a reply to ACE; the table of the Callback API page lists ICE alone"
        ),
        pie=_yes(
            "the current SVAML page, the Node SDK and the Sinch voice skill (2026) allow ConnectConf in a reply to "
            "PIE; the table of the Callback API page (2020-2021) lists ICE alone"
        ),
        phase=_perhaps(
            "refused",
            "the legacy SDK moves a connected call into a conference through Manage Call; the Node and Java SDKs "
            "let Manage Call hang up, continue or park",
        ),
        dice=_DICE_ACTION,
    ),
    "ConnectSip": _row(
        "ConnectSip",
        ice=_yes("every source allows ConnectSip in a reply to ICE"),
        ace=_no(_NO_ACE_CONNECT.format(name="ConnectSip")),
        pie=_yes("the current SVAML page, its older snapshot and the Node SDK allow ConnectSip in a reply to PIE"),
        phase=_PHASE_CONNECT,
        dice=_DICE_ACTION,
    ),
    "RunMenu": _row(
        "RunMenu",
        ice=_yes("every source allows RunMenu in a reply to ICE"),
        ace=_yes("every source allows RunMenu in a reply to ACE"),
        pie=_yes(
            "the current SVAML page, the Node SDK and the Sinch voice skill (2026) allow RunMenu in a reply to PIE; "
            "only an older snapshot of the SVAML page does not"
        ),
        phase=_perhaps(
            "refused",
            "the Callback API page (2020-2021) runs a menu through Manage Call for conference calls; the Node and "
            "Java SDKs let Manage Call hang up, continue or park",
        ),
        dice=_DICE_ACTION,
    ),
    "Park": _row(
        "Park",
        ice=_yes("every source allows Park in a reply to ICE"),
        ace=_no(
            "the Callback API page (2020-2021), the current SVAML page and the Node SDK allow Park in a reply to "
            "ICE, not to ACE; the README of the legacy SDK has it at ACE for calls that the backend began"
        ),
        pie=_perhaps(
            "refused",
            "the current SVAML page does not allow Park in a reply to PIE; an older snapshot of the page does",
        ),
        phase=_yes("the Node and Java SDKs park a call through Manage Call"),
        dice=_DICE_ACTION,
    ),
}
"""The place of every instruction and action, by event; in `phase` StartRecording and StopRecording are actions."""

_BY_NAME = {name.lower(): row for name, row in PLACES.items()}

_STREAM = _no(
    "no classic page has ConnectStream: it is a closed beta of the current API, for replies to ICE (current SVAML page)"
)


def allowed(name: str, event: ReplyEvent) -> Standing:
    """The place of an instruction or action (in any letter case) in the reply to an event; total over all names."""
    row = _BY_NAME.get(name.lower())
    if row is not None:
        return row[event]
    return _STREAM if name.lower() == "connectstream" else _no(f"no public source documents `{name}`")


# ── the current API ──────────────────────────────────────────────────────────────────────────────────────────────

_PARKED = (
    "the Calling API page (2020-2021) sends a parked call what the reply to ICE would have been, {name} too; the Node "
    "and Java SDKs of today let Manage Call hang up, continue or park"
)


def _parked(name: str) -> Standing:
    return Standing("disputed", _PARKED.format(name=name), "refused")


_STREAM_ELSEWHERE = _no(
    "the current SVAML page, the Node SDK and the Sinch voice skill (2026) have ConnectStream in replies to ICE alone"
)

_NOW: dict[str, dict[ReplyEvent, Standing]] = {
    "park": {
        "pie": _no(
            "the current SVAML page, the Node SDK and the Sinch voice skill (2026) have Park in replies to ICE alone; "
            "only an older snapshot of the page allows it at PIE"
        ),
    },
    "continue": {
        "manage": Standing("allowed", "the Node and Java SDKs let Manage Call hang up, continue or park", "allowed"),
    },
    **{name.lower(): {"manage": _parked(name)} for name in ("ConnectPstn", "ConnectMxp", "ConnectConf", "ConnectSip")},
    "runmenu": {"manage": _parked("RunMenu")},
    "connectstream": {
        "ice": Standing(
            "allowed", "the current SVAML page and the Node SDK allow ConnectStream in a reply to ICE", "allowed"
        ),
        "ace": _STREAM_ELSEWHERE,
        "pie": _STREAM_ELSEWHERE,
        "manage": _STREAM_ELSEWHERE,
        "phase": _STREAM_ELSEWHERE,
        "dice": _STREAM_ELSEWHERE,
    },
    "reportcallstatus": {"dice": _no("the current API has no ReportCallStatus: a reply to DiCE is empty")},
}
"""Where the current API differs from `PLACES`. Each says what the current sources say, and nothing of older ones, or
what the newest of them contradicts."""


def allowed_now(name: str, event: ReplyEvent) -> Standing:
    """The place of an instruction or action (in any letter case) in the current API; total over all names."""
    found = _NOW.get(name.lower(), {}).get(event)
    return allowed(name, event) if found is None else found
