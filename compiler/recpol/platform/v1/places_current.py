"""Where each instruction and action may stand in the current API, where that differs from the table of all sources.

Invariant: a difference names the current sources alone, or says what the newest of them contradicts.
"""

from __future__ import annotations

from recpol.platform.v1.places import ReplyEvent, Standing, allowed

_PARKED = (
    "the Calling API page (2020-2021) sends a parked call what the reply to ICE would have been, {name} too; the Node "
    "and Java SDKs of today let Manage Call hang up, continue or park"
)


def _no(why: str) -> Standing:
    return Standing("refused", why, "refused")


def _parked(name: str) -> Standing:
    return Standing("disputed", _PARKED.format(name=name), "refused")


_STREAM_ELSEWHERE = _no(
    "the current SVAML page, the Node SDK and the Sinch voice skill (2026) have ConnectStream in replies to ICE alone"
)

_DIFFERENT: dict[str, dict[ReplyEvent, Standing]] = {
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


def allowed_now(name: str, event: ReplyEvent) -> Standing:
    """The place of an instruction or action (in any letter case) in the current API; total over all names."""
    found = _DIFFERENT.get(name.lower(), {}).get(event)
    return allowed(name, event) if found is None else found
