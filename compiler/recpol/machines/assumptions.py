"""The assumptions by name: where the platform's documents are silent or disagree, what the machine takes to be so.

Invariant: each sentence says first what is assumed, then what the documents say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Assumption = Literal[
    "both-recorders",
    "conference-already-recorded",
    "conference-recording-enabled",
    "continue-in-ice",
    "flag-on-app-call",
    "flag-recording-works",
    "id-is-one-item",
    "keys-and-digits",
    "names-in-any-case",
    "recorder-survives",
    "start-before-answer",
]

ASSUMPTIONS: Mapping[str, str] = {
    "both-recorders": (
        "A call recording and a conference recording run side by side without touching each other. "
        "The Recording page describes each of them, and no page describes both at once."
    ),
    "conference-already-recorded": (
        "The flag on ConnectConf leaves a room that is already being recorded as it is, and starts the recording of "
        "one that is not. The Recording page does not say what a later participant's flag does."
    ),
    "conference-recording-enabled": (
        "Conference recording is enabled for the account. The introduction to the Voice API says that it is off until "
        "support enables it; the Recording page names no such condition."
    ),
    "continue-in-ice": (
        "Continue in the reply to ICE begins the conversation. The Callback API page (2021) does not list Continue for "
        "ICE; the Sinch Functions pages do."
    ),
    "flag-on-app-call": (
        "The flag on ConnectMxp starts a call recording. The in-app voice recording page shows it in a reply to ICE; "
        "the Recording page (since November 2020) says that recording is not supported with ConnectMxp."
    ),
    "flag-recording-works": (
        "The flag works under the name `recording` too. The Recording page of 2018 and 2019 shows `recording`; since "
        "May 2020 its example says `record`, and no page says whether the old name is still read."
    ),
    "id-is-one-item": (
        "An entry of `ids` in PlayFiles is one item, even with `;` in it. The Callback API page (2021) separates the "
        "items of a prompt by `;` and does not say how to write one inside an item."
    ),
    "keys-and-digits": (
        "A menu can offer keys and collect digits at once: a key of its own acts by itself, a row of digits is "
        "reported as one. The Callback API page (2021) describes `options` and `maxDigits` one by one."
    ),
    "names-in-any-case": (
        "Names of instructions and actions are read in any letter case. The official examples mix several spellings, "
        "and no page gives a rule."
    ),
    "recorder-survives": (
        "A call recording goes on across ConnectPstn, ConnectSip, menus, parking and further replies until it is "
        "stopped or the call ends. The Recording page says only that it ends with the call or at a stop."
    ),
    "start-before-answer": (
        "A call recording that runs while the callee is being dialled records the ringing, and goes on when the callee "
        "answers. The Recording page shows a start in a reply to ICE and does not speak of ringing."
    ),
}
"""By the assumption's name: what is assumed, and what the documents say."""
