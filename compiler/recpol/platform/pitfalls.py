"""The documented mistakes, and why some of them no rule has to find.

Their names are short and stand for good: R is about destinations and options, F about what is recorded and when, C
about the flow of a call. Rules say which of them they cover (`Rule.covers`).

Invariant: a mistake is covered by a rule, or there is a sentence why it is not, once for policies and once for
documents; the tests compare.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.record import Record


class Mistake(Record):
    """A mistake in our own words; `policy` and `document` say why no rule finds it there, or are empty."""

    name: str
    text: str
    policy: str = ""
    document: str = ""


_ALL = (
    Mistake(
        "R01", "a file name in the destination that is the same for every call: each recording overwrites the last"
    ),
    Mistake("R02", "two recordings of one call, or of two participants, into the same file"),
    Mistake("R03", "a recording that is started without options"),
    Mistake("R04", "an S3 destination without credentials"),
    Mistake("R05", "S3 credentials that are not access key, secret key and region"),
    Mistake("R06", "an Azure destination without credentials, or with something else than an access key"),
    Mistake("R07", 'Sinch Drive, which has been "Coming Soon" since 2019'),
    Mistake("R08", "a folder in a Sinch Drive destination: it is ignored"),
    Mistake("R09", "credentials for Sinch Drive, which takes none"),
    Mistake("R10", "a destination with an unknown scheme, or with none"),
    Mistake("R11", "a bucket, account or container with a name that its provider does not allow"),
    Mistake("R12", "an Azure destination that names no container"),
    Mistake(
        "R13",
        "`destination` or `url` in place of `destinationUrl`",
        policy="a store has `url`, and the compiler writes `destinationUrl`",
    ),
    Mistake(
        "R14",
        "`recordingOptions` in the instruction, or `options` in the action",
        policy="the compiler writes the key that belongs to the form",
    ),
    Mistake("R15", "the recording flag under its old name `recording`"),
    Mistake(
        "R16",
        "recording options without the flag",
        policy="a decision becomes the flag and its options, both or neither",
    ),
    Mistake(
        "R17",
        "the flag on an action that has nothing to record",
        policy="the compiler writes the flag on `Continue` and the connects alone",
    ),
    Mistake("R18", "a format other than mp3, which no page of this interface names"),
    Mistake("R19", "a file extension that is not the format"),
    Mistake(
        "R20",
        "notifications turned off although the backend waits for them",
        policy="only the backend knows whether it waits; `notify` is the author's choice",
        document="only the backend knows whether it waits; `notify` is the author's choice",
    ),
    Mistake(
        "R21",
        "a backend that keeps no other record of a file than the notification",
        policy="it is about the backend's program, not about what it is configured with",
        document="it is about the backend's program, not about what it is configured with",
    ),
    Mistake("R22", "a secret written into the policy or the reply"),
    Mistake("R23", "transcription without a locale"),
    Mistake("R24", "a locale that is not listed for transcripts"),
    Mistake(
        "R25",
        "Google Cloud Storage or transcription in the classic interface",
        document="a document does not say for which year it was written, and the platform of today knows both",
    ),
    Mistake(
        "R26",
        "a recording of Voice API v2 without destination, URL or credentials",
        policy="the compiler writes all three, and refuses a store that lacks one of them",
    ),
    Mistake(
        "R27",
        "a destination of Voice API v2 that contradicts its URL",
        policy="the compiler takes the destination from the URL",
    ),
    Mistake(
        "R28",
        "transcription of Voice API v2 without `isEnabled`",
        policy="the compiler writes the switch",
    ),
    Mistake("R29", "no `onFailure` for a recording of Voice API v2 that must not be missed"),
    Mistake(
        "R30",
        "`onFinish` taken for the arrival of the file",
        policy="the compiler puts nothing into `onFinish` but what the call does next",
    ),
    Mistake(
        "R31",
        "words of Voice API v2 in lower case",
        policy="the compiler writes the words",
    ),
    Mistake("F01", "`StartRecording` beside a conference, meant to record the room"),
    Mistake(
        "F02",
        "`StopRecording` meant to end the recording of a conference",
        policy="no decision can end a conference recording: `record conference` covers the whole room",
    ),
    Mistake(
        "F03",
        "the flag on a conference, meant to record one caller",
        document="the flag is the right way to record a room, and only its author knows that one caller was meant",
    ),
    Mistake("F04", "a recording instruction together with an app call"),
    Mistake("F05", "the flag on an app call, about which the documentation disagrees"),
    Mistake("F06", "a recording in the reply to ACE of an app call, which gets none"),
    Mistake("F07", "a recording in the reply to ACE while ICE suppresses callbacks"),
    Mistake("F08", "a recording that begins in the reply to ACE alone, which can get lost"),
    Mistake(
        "F09",
        "a callout without ACE, whose recording is in the reply to ACE",
        policy="a callout is begun by the backend; policies answer callbacks",
    ),
    Mistake("F10", "the announcement comes after the recording has begun"),
    Mistake("F11", "prompts for cards and codes inside a recording"),
    Mistake("F12", "a recording that is started while one runs"),
    Mistake("F13", "a recording that is stopped while none runs"),
    Mistake("F14", "a recording in which nothing can be heard"),
    Mistake("F15", "a recording that begins just before the call is hung up"),
    Mistake(
        "F16",
        "`StopRecording` in a reply to ACE, which one SDK does not know",
    ),
    Mistake("F17", "a recording that begins or ends when the call is over"),
    Mistake(
        "F18",
        "`StartRecording` as the action of Manage Call in the current interface",
        policy="the compiler writes what its target knows",
    ),
    Mistake(
        "F19",
        "a recording that Manage Call starts without options",
        policy="a phase is recorded into a store, which has a URL",
    ),
    Mistake("F20", "Manage Call for a call between apps", document="a body does not say which call it is sent to"),
    Mistake(
        "F21",
        "Manage Call before the callee has answered, or after the end",
        document="a body does not say when it is sent",
    ),
    Mistake(
        "F22",
        "pausing and going on with one file",
        policy="nothing in a policy or a reply pauses: each start makes a recording of its own",
        document="nothing in a policy or a reply pauses: each start makes a recording of its own",
    ),
    Mistake("F23", "the two sides on separate channels"),
    Mistake(
        "F24",
        "a stop of Voice API v2 without the name of a recording",
        policy="the compiler names recordings, and stops those that it has started",
    ),
    Mistake(
        "F25",
        "an unnamed recording of Voice API v2 that is to be stopped",
        policy="the compiler names every recording",
    ),
    Mistake(
        "F26",
        "two recordings of Voice API v2 with one name",
        policy="the compiler numbers the names of recordings",
    ),
    Mistake(
        "F27",
        "a recording of Voice API v2 before `answer`",
        policy="the compiler writes a start where the policy has it, and the rules look for what comes before `answer`",
    ),
    Mistake(
        "F28",
        "`messages` of Voice API v2 taken for something that is waited for",
        policy="the segments of a policy wait for each other, and the compiler nests them so",
    ),
    Mistake(
        "F29",
        "a stop of Voice API v2 when its call has ended anyway",
        policy="the compiler writes a stop only where the call goes on",
    ),
    Mistake(
        "F30",
        "one side recorded in Voice API v2 where both were meant",
        policy="both sides are recorded unless the store says `direction`",
    ),
    Mistake("C01", "no action in a reply, or two"),
    Mistake("C02", "`Continue` in a reply to ICE"),
    Mistake("C03", "a connect or `Park` in a reply to ACE"),
    Mistake("C04", "`Answer` in a reply to another callback than ICE"),
    Mistake("C05", "`SendDtmf` in a reply to ACE"),
    Mistake("C06", "no menu `main`", policy="the first menu of a block is `main`"),
    Mistake("C07", "a key that leads to no menu, a menu that nothing leads to or out of, two menus of one name"),
    Mistake(
        "C08",
        "a key that does neither `return(…)` nor `menu(…)`",
        policy="a key leads to a handler or to a menu; there is nothing else to write",
    ),
    Mistake(
        "C09",
        "another first menu than `main`",
        policy="the first menu of a block is `main`, and nothing else can be named",
    ),
    Mistake("C10", "a menu that listens to speech without a locale"),
    Mistake("C11", "one key for two things, or a star where none can be sent"),
    Mistake("C12", "tones that cannot be sent"),
    Mistake("C13", "a text that is too long to be spoken, or empty"),
    Mistake("C14", "parking for more than ten minutes"),
    Mistake("C15", "a call of more than four hours, or of none"),
    Mistake("C16", "a conference whose name has more than 64 characters"),
    Mistake("C17", "more than 1024 bytes of cookies"),
    Mistake("C18", "more than 1024 bytes of call headers"),
    Mistake("C19", "a word that is not listed: music on hold, indications, transport, a conference's keys"),
    Mistake("C20", "a text without the language that it is read in"),
    Mistake("C21", "a number that is not in international form"),
    Mistake("C22", "a cookie that no later callback brings back"),
    Mistake("C23", "waiting for callbacks that app calls do not have"),
    Mistake(
        "C24",
        "a menu in a callout that does not ask for PIE",
        policy="a callout is begun by the backend; policies answer callbacks",
    ),
    Mistake(
        "C25",
        "an inline reply in a callout that is no string, or beside a destination",
        policy="a callout is begun by the backend; policies answer callbacks",
    ),
    Mistake(
        "C26",
        "a custom callout that begins with another action than `ConnectPstn`",
    ),
    Mistake(
        "C27",
        "a conference callout whose reply to ACE does not join the conference",
        document="the request does not hold the reply, and the reply does not name its request",
    ),
    Mistake("C28", "`ReportCallStatus` in another reply than that to DiCE, or with another word"),
    Mistake(
        "C29",
        "callbacks whose signature is not checked",
        policy="it is about the backend's program, not about what it answers",
        document="it is about the backend's program, not about what it answers",
    ),
    Mistake("C30", "property names that an SDK misspells", policy="the compiler writes the properties"),
    Mistake(
        "C31",
        "a command of Voice API v2 that does not exist, or lacks what it needs",
        policy="the compiler writes the commands",
    ),
    Mistake(
        "C32",
        "`gotoMenu` of Voice API v2 to no menu",
        policy="a key leads to a menu of its block, and another rule finds one that does not",
    ),
    Mistake(
        "C33",
        "`events: {}` of Voice API v2, which swallows every event",
        policy="the compiler writes a handler for every event that it takes from the webhook",
    ),
    Mistake(
        "C34",
        "a leg of Voice API v2 that never joins the bridge",
        policy="the compiler lets both legs join",
    ),
    Mistake(
        "C35",
        "no handlers in Voice API v2 for what can go wrong with the other leg",
        policy="the compiler writes a handler for every outcome",
    ),
    Mistake(
        "C36",
        "`hangup` of Voice API v2 on the wrong leg",
        policy="the compiler names the leg that it hangs up",
    ),
    Mistake(
        "C37",
        "`messages` of Voice API v2 cut short by a `hangup`",
        policy="the segments of a policy wait for each other, and the compiler nests them so",
    ),
    Mistake(
        "C38",
        "`callName` and `events` of Voice API v2 where they are ignored",
        policy="the compiler writes them in the answer to the incoming call alone",
    ),
    Mistake(
        "C39",
        "a `webhook` of Voice API v2 without a fallback",
        policy="the compiler writes a `fallbackUrl` with each `webhook`",
    ),
    Mistake(
        "C40",
        "`matches` of Voice API v2 in a wrong order or number",
        policy="a key is one key, and `digits` a number of them; the compiler writes the expressions",
    ),
    Mistake(
        "C41",
        "`onFail` and `onFailure` of Voice API v2",
        policy="the compiler writes `onFailure`",
    ),
    Mistake(
        "C42",
        "a `repeatPrompt` of Voice API v2 without a prompt",
        policy="the target refuses a `repeat` without a `prompt`",
    ),
    Mistake("C43", "two interfaces mixed in one document", policy="a policy is compiled to one target"),
)

MISTAKES: Mapping[str, Mistake] = {mistake.name: mistake for mistake in _ALL}
"""Every mistake by its name."""
