"""The assumptions by name: where the platform's documents are silent or disagree, what the interpreters take to be
so.

Invariant: each sentence says first what is assumed, then what the documents say.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.typing import Literal

Assumption = Literal[
    "backend-waits-for-finish",
    "both-recorders",
    "conference-already-recorded",
    "conference-recording-enabled",
    "continue-in-ice",
    "empty-reply",
    "failure-goes-on",
    "finish-after-hangup",
    "flag-on-app-call",
    "flag-recording-works",
    "flag-without-sdk",
    "id-is-one-item",
    "input-ends-by-timeout",
    "keys-and-digits",
    "names-in-any-case",
    "recorder-survives",
    "recording-belongs-to-leg",
    "recording-starts-at-once",
    "recording-survives-bridge",
    "request-in-order",
    "start-before-answer",
    "stop-takes-time",
    "stream-is-recorded",
    "unanswered-goes-on",
]

ASSUMPTIONS: Mapping[str, str] = {
    "backend-waits-for-finish": (
        "After a request that stops a recording the backend waits until the platform has told that it ended, and "
        "only then goes on to what must not be recorded. The description of Voice API v2 says that `stopRecording` "
        "does not wait, and that `onFinish` runs when the recording has ended: it calls a webhook of that recording."
    ),
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
    "empty-reply": (
        "A reply with an empty list of commands acknowledges an event and changes nothing. The tutorials for Voice API "
        "v2 reply so; the description of its SDK asks for at least one command."
    ),
    "failure-goes-on": (
        "The call goes on where a recording fails to start and nothing answers the report of it. The recording "
        "tutorial for Voice API v2 says that a failure without `onFailure` is ignored in silence; with no `events` at "
        "all the report goes to the backend, and a report without a valid reply is said to end the call."
    ),
    "finish-after-hangup": (
        "A hang-up that ends a recording does not run the commands in its `onFinish`. The description of Voice API v2 "
        "does not say whether `onFinish` runs when the leg has ended."
    ),
    "flag-on-app-call": (
        "The flag on ConnectMxp starts a call recording. The in-app voice recording page shows it in a reply to ICE; "
        "the Recording page (since November 2020) says that recording is not supported with ConnectMxp."
    ),
    "flag-recording-works": (
        "The flag works under the name `recording` too. The Recording page of 2018 and 2019 shows `recording`; since "
        "May 2020 its example says `record`, and no page says whether the old name is still read."
    ),
    "flag-without-sdk": (
        "The flag `record` starts a recording in the current API. The Recording page and the in-app voice recording "
        "page show it; the Node, Java and .NET SDKs of today have no flag on any action."
    ),
    "id-is-one-item": (
        "An entry of `ids` in PlayFiles is one item, even with `;` in it. The Callback API page (2021) separates the "
        "items of a prompt by `;` and does not say how to write one inside an item."
    ),
    "input-ends-by-timeout": (
        "An input that is shorter than the longest that a menu takes is read when the caller enters no more. The "
        "description of Voice API v2 gives the lengths and the timeout of a menu and does not join the two."
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
    "recording-belongs-to-leg": (
        "A recording that starts in a handler of `dial` records the leg that was dialled. The tutorials for Voice API "
        "v2 say that handlers run in a context of their own, and do not say whose recording starts there."
    ),
    "recording-starts-at-once": (
        "A recording records from the moment of its `startRecording`, so that the sound after it is in the file. The "
        "description of Voice API v2 says that the command does not wait for the recording to start."
    ),
    "recording-survives-bridge": (
        "A recording of a leg goes on while another leg is dialled and when the leg joins a bridge, and then records "
        "the conversation. The description of Voice API v2 does not say what `bridgeCall` does to a recording."
    ),
    "request-in-order": (
        "The instructions of a Manage Call body run in their order, so that one request can stop a recording and start "
        "another. The current SVAML page says so of replies to callbacks, and nothing of Manage Call."
    ),
    "start-before-answer": (
        "A call recording that runs while the callee is being dialled records the ringing, and goes on when the callee "
        "answers. The Recording page shows a start in a reply to ICE and does not speak of ringing."
    ),
    "stop-takes-time": (
        "A recording that was told to stop may go on for a moment and hold the beginning of what comes next, which "
        "the policy does not ask to be recorded and does not forbid. The description of Voice API v2 says that "
        "`stopRecording` does not wait; no page says how long a stop takes."
    ),
    "stream-is-recorded": (
        "A call recording that runs when ConnectStream connects records the call while it is streamed. ConnectStream "
        "is a closed beta, and no page speaks of recording it."
    ),
    "unanswered-goes-on": (
        "What answers a call that nobody took (`onTimeout`, `onBusy`, `onReject`, `onFailure` of `dial`) runs for the "
        "caller, who hears its messages and menus. The tutorials for Voice API v2 reply so to `call.timeout`, with an "
        "apology that the caller is said to hear; the description of its SDK runs handlers on the leg of their event, "
        "and says that messages on a leg that has ended are not played."
    ),
}
"""By the assumption's name: what is assumed, and what the documents say."""
