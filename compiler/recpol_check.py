"""recpol-check BUILD PROOF: whether the proofs of recording guarantees hold for what was compiled.

This one file is all that has to be trusted, and can be read in an hour. It shares no code with the compiler, reads no
policy, and needs nothing but Python 3.11: what the platform does (`Replies` for the targets classic and svaml1,
`OneDocument` for svaml2), what guarantees mean (`breaks`), how a proof is checked (`check`), and reading hostile files.
A proof lists the states that a call can be in at each document. It holds if a call begins in one of them, if whatever
can happen leads from one to another, and if none breaks the guarantee. Nothing is searched for: the list is all.
A PLACE is where a document makes something be heard, a file and a JSON pointer: `ice.json#/instructions/1`. Of a
connect or `continue` it is the dialling, `ice.json#/action (talk)` is the talk after it, and `phase card` the time
between a phase's requests. The proof's `places` say which segments of the policy each is, its `segments` by which
labels and tags those are selected. Whatever is heard must have its place there.
Sources: [Rec] Recording calls; [CB] Callback API; [Call] Calling API, Manage Call; [SVAML] the current SVAML page;
[SDK] typed SDKs, 2023 to 2026; [V2] Voice API v2, Python SDK 2.3, tutorials. Where they are silent or disagree, every
outcome is followed, or the proof lists an assumption.
"""

from __future__ import annotations

import argparse
import glob
import hashlib
import json
import os
import re
import stat
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

Json = dict[str, Any]
Places = frozenset[str]
Events = Iterator[tuple[str, Any]]  # what happens, in words, and the state after it
MAX_FILE, MAX_STATES = 64_000_000, 2_000_000
NEVER = ("never", "opt-out", "transcribe", "inbound", "outbound")  # kinds of guarantees that forbid recordings
# The properties of SVAML that are known here: in the options of a recording in any target, in classic and svaml1, in
# svaml2; elsewhere likewise; in callouts. Any other might change what is heard or recorded, and is refused.
STORED, STORED_1, STORED_2, BOTH, V1, V2, IN_CALLOUTS = (frozenset(words.split()) for words in re.split(";", """
    destinationUrl credentials format transcriptionOptions; notificationEvents; destination recordingType;
    recordingOptions destination endpoint type transport callHeaders key value number locale menus prompt repeatPrompt
    text sampleRate version; action instructions name ids options maxDuration dialTimeout cli suppressCallbacks dtmf
    indications amd enabled async moh conferenceId mode maxDigits conferenceDtmfOptions timeoutMills streamingOptions
    barge enableVoice id mainPrompt repeats maxTimeoutMills introPrompt holdPrompt record recording; from to phone sip
    stream displayName streamOptions codec command commands callName events onHangup onFinish onFailure onAnswer onBusy
    onReject onTimeout messages messagesName say voiceName format play url matches menuName isEnabled recordingName
    bridgeName dialTimeoutDurationSeconds allowBargeIn maxCallDurationSeconds startMenu inputTimeoutDurationSeconds
    repeatCount minimumInputLength maximumInputLength terminatingSequence inputMethods webhookName fallbackUrl; ice
    text prompts greeting conferenceId conferenceDtmfOptions maxDuration mohClass cli destination domain dtmf custom
    locale enableAce enablePie"""))  # fmt: skip
ASSUMPTIONS: Mapping[str, str] = {  # what proofs rest on beyond what the documents and the pages say
    "callout-answered": "the reply to ACE arrives when the person called answers; nothing is recorded without it",
    "caller-hears": "what a reply plays is heard by the caller: prompts are played on the caller's side only [CB]",
    "greeting-is-heard": "the greeting of a conferenceCallout is heard in full before its room",
    "menus-answer": "a caller who has chosen in a menu has an answered call; no page says that a menu answers",
    "menu-errors": "where a menu ends with an `error` that nothing answers, nothing else is heard; no page says",
    "parked-continue": "`continue` for a parked call goes on with its conversation or sets the call up, nothing else",
    "phases-are-told": "a phase's requests come before it begins and after it ends, and what they wait for is awaited",
    "recorder-survives": "a call recording goes on across connects, menus, parking and replies; [Rec] has only its end",
    "recordings-start": "a recording that is asked for starts at once; only svaml2 reports that one failed [Rec, V2]",
    "requests-in-turn": "requests within talks come where the manifest says, each when the one before has been heard",
    "room-is-ours": "nobody but callers under this policy records the conference",
    "starts-are-unique": "no two calls get one value that the manifest calls unique, and no other room has such a name",
    "stop-works": "a stop takes effect at once; in svaml2, where it does not wait [V2], when its end is reported",
    "unanswered-goes-on": "what follows a call that nobody took is done for the caller, as tutorials of svaml2 do",
    "values-keep-the-folder": "no value that is filled into a URL later leads out of its folder by `.` or `..`",
}


class Refused(Exception):
    """Something in a proof or in the documents does not hold, or is not known here."""


MISSHAPEN = (AttributeError, IndexError, KeyError, TypeError, ValueError)
SHAPELESS = "something in its documents or its proof does not have the shape that it should have"


def need(holds: object, otherwise: str) -> None:
    """Refuse unless something holds."""
    if not holds:
        raise Refused(otherwise)


# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────
class Folder:
    """A compiled policy: its manifest and its documents by file name, and which of them answers what."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        parsed = {file: read_json(data, f"{name}/{file}") for file, data in files.items()}
        self.name, self.files, manifest = name, dict(files), parsed.pop("manifest.json", {})
        self.policy, self.target = manifest.get("policy"), manifest.get("target")
        need(manifest.get("manifestVersion") == 2, f"{name}/manifest.json is not of version 2: compile again")
        need(self.target in ("classic", "svaml1", "svaml2"), f"{name}/manifest.json is for a target unknown here")
        self.documents = {reply["file"]: parsed.get(reply["file"], {}) for reply in manifest["replies"]}
        self.routes = [(reply["file"], answer) for reply in manifest["replies"] for answer in reply["answers"]]
        self.index: dict[tuple[str, str], list[tuple[str, Json]]] = {}  # by event, and document before or phase
        for file, answer in self.routes:
            need(isinstance(answer.get("after", []), list), f"{name}/manifest.json has an `after` that is no list")
            for key in answer.get("after", [answer.get("phase", "")]):
                self.index.setdefault((answer["event"], key), []).append((file, answer))
        listed = len(self.documents) == len(manifest["replies"]) and self.documents == parsed
        need(listed, f"{name}/manifest.json lists other documents than there are, or one twice")
        self.unique = {f"{{{{ {name} }}}}" for name in manifest.get("unique", ())}
        self.begins = {file for file, answer in self.routes if answer["event"] == "callout"}
        both = self.begins & {file for file, answer in self.routes if answer["event"] != "callout"}
        need(not both, f"{name}/manifest.json says that {sorted(both)} begin calls and answer something")
        self.documents |= {file: read_callout(parsed[file], file) for file in self.begins if self.target != "svaml2"}

    def for_one(self, room: str) -> bool:
        """Whether a unique value alone names a room: two could come to one name. `env` is the same for all calls."""
        later = [value for value in PLACEHOLDER.findall(room) if not value.startswith("{{ env.")]
        return len(later) == 1 and later[0] in self.unique

    def get(self, place: str, kind: type = dict) -> Any:
        """The value at a place, which must be of this kind."""
        file, _, pointer = place.partition("#")
        value: Any = self.documents.get(file)
        for part in (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]):
            if isinstance(value, list):
                value = value[int(part)] if part.isdecimal() and int(part) < len(value) else None
            else:
                value = value.get(part) if isinstance(value, dict) else None
        need(isinstance(value, kind), f"{place} is missing, or is not what stands there in SVAML")
        return value

    def answering(self, event: str, **fields: str) -> list[str]:
        """The files that a backend replies with: those whose answer fits best, `after` the document that the call was
        at. A PIE is chosen by menu, kind of result (in any letter case) and value [CB]; else `otherwise` answers."""
        fits: dict[int, list[str]] = {}
        for before in {fields.pop("after", ""): 0, "": 0}:
            for file, answer in self.index.get((event, before), ()):
                asked = {key: str(value) for key, value in answer.items() if key not in SIDE}
                if all(fields.get(key) == (value.lower() if key == "type" else value) for key, value in asked.items()):
                    fits.setdefault(len(asked) + ("after" in answer), []).append(file)
        return fits[max(fits)] if fits else []

    def answers(self, place: str, *events: str) -> bool:
        """Whether the document of a place answers one of these events."""
        return any(file == place.partition("#")[0] and answer["event"] in events for file, answer in self.routes)

    def objects(self) -> Iterator[tuple[str, Json]]:
        """Every object of the documents, with its place. Refuses properties and events that are not known here."""
        todo: list[tuple[str, Any]] = [(f"{file}#", document) for file, document in self.documents.items()]
        words, own = (V2, STORED_2) if self.target == "svaml2" else (V1, STORED_1)
        for place, value in todo:
            if isinstance(value, dict):
                yield place, value
                known = STORED | own if place.endswith(("/options", "/recordingOptions")) else BOTH | words
                strange = set(value) - known if place.rpartition("/")[2] not in ("matches", "menus") else ()
                need(not strange, f"{place} has {sorted(strange)}, which this checker does not know")
            inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            todo += [(f"{place}/{escape(str(key))}", part) for key, part in inner]
        events = r"callout|manage|call\.(incoming|recording\.(finished|failed)|message\.finished|amd\.\w+|webhook\..+)"
        events = events if self.target == "svaml2" else "callout|ice|ace|pie|manage|request"
        strange = {answer["event"] for _, answer in self.routes if not re.fullmatch(events, answer["event"])}
        need(not strange, f"the manifest answers {sorted(strange)}, which this checker does not know in {self.target}")


def read_callout(document: Json, file: str) -> Json:
    """A request that begins a call as the reply that would say the same: what is played to the person called, then the
    end of the call or a room; of a customCallout the connect in it. No page has a recording in a callout [Call]."""
    method, body = document["method"], document[document["method"]]
    strange = {*document, *body} - {"method", method, *IN_CALLOUTS}
    need(not strange, f"{file} has {sorted(strange)}, which this checker does not know in a request that begins a call")
    asks = body.get("enableAce") is True
    if method == "customCallout":
        (action,) = read_json(body["ice"].encode(), f"the `ice` of {file}").values()
        need(name_of(action) == "connectpstn" and not FLAGS & set(action), f"the `ice` of {file} is no ConnectPstn")
        return {"action": {**action, "suppressCallbacks": not asks}}
    need(not asks, f"{file} says what is heard and asks for ACE too, of which no page says what comes of it")
    said = {"name": "say", "text": body.get("greeting", "")}  # after a ttsCallout nothing is heard
    room = {key: body[key] for key in ("conferenceId", "conferenceDtmfOptions") if key in body}
    action = {"name": "connectconf", **room} if method == "conferenceCallout" else {"name": "hangup"}
    return {"instructions": [said] * (method == "ttsCallout" or "greeting" in body), "action": action}


def escape(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


SIDE = ("event", "after", "waitFor", "otherwise")  # what a manifest says of an answer beside how it is chosen
OWN = re.compile(r"\{\{\s*call\.call[iI]d\s*\}\}")  # what no other call has [CB]
PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)  # a value that is known only later
PROMPT = re.compile(r"/(instructions|messages|menus)/[^/]+\Z")  # a place at which something is played


def says(form: Any, kind: str = "") -> bool:
    """Whether something has words that are known and can be heard: an instruction, a message of svaml2, or a text of
    this kind (`TEXT`, `SSML`, `FILE`, or "" for the prompt mini-language `#tts[…];#ssml[…];#href[…];id` [CB]).
    A value that is known only later may be empty or silence, so it says nothing; nor do the tags of SSML, or tones."""
    if isinstance(form, dict):
        say, url = form.get("say", form), form.get("play", {}).get("url", "")
        text = says(say.get("text", ""), say.get("format", "TEXT")) or says(url, "FILE")
        return text or any(says(prompt) for prompt in form.get("ids", ()))
    if kind == "FILE" or len(form) > 5_000:  # no target speaks so long a text
        return len(form) <= 5_000 and bool(form.strip()) and not PLACEHOLDER.search(form)
    if not kind:
        pieces = re.findall(r"#(tts|ssml|href)\[(.*?)\](?:;|\Z)|([^;]+)", form, re.DOTALL)
        return any(says(one or plain, {"tts": "TEXT", "ssml": "SSML"}.get(mark, "FILE")) for mark, one, plain in pieces)
    if kind == "SSML":  # a file that it plays is heard, and so is what it says in the place of a word; a bleep is not
        form = re.sub(r"(?is)<(say-as|prosody)\b[^>/]*\b(expletive|bleep|silent)\b[^>/]*>.*?</\1\s*>", " ", form)
        form = re.sub(r"<(?:audio\b[^>{]*\bsrc|sub\b[^>{]*\balias)\s*=\s*([\"'][^>{]*)>", r" \1 ", form)
        form = re.sub(r"<!--.*?-->|<[^>]*>", " ", form, flags=re.DOTALL)
    return any(sign.isalnum() for sign in PLACEHOLDER.sub(" ", form))


class Machine:
    """What the platform does with documents: `begin()`, how a call begins; `events(state)`, what can happen next, and
    the state after it; `sounds(state)`, the places heard; `recorded(state)`: may something, surely all, just began."""

    def __init__(self, folder: Folder, phases: Mapping[str, Places], announced: Places, left: Places) -> None:
        self.folder, self.announced, self.left = folder, announced, left
        self.stores = [(place, form) for place, form in folder.objects() if "destinationUrl" in form]
        self.phases, self.rests = phases, set[str]()  # `rests`: assumptions that what has happened so far rests on

    def conference(self, state: Any) -> str | None:
        """The conference that somebody is in: in svaml2 there are none."""
        action = self.folder.get(state.place) if isinstance(state, Call) and state.now == "room" else {}
        return str(action["conferenceId"]) if name_of(action) == "connectconf" else None

    def ways(self: Any, state: Any) -> Events:
        """All that can happen next, or first; opt-outs set `heard`, too, and recordings set it anew: talks may tell."""
        for event, after in self.begin() if state is None else self.events(state):
            anew = self.announced and self.left and self.recorded(after)[2]
            spoken = getattr(after, "now", "") == "parked" or any(map(PROMPT.search, self.sounds(after)))
            out = not self.announced and bool(self.left & {*self.sounds(after)})
            yield event, after._replace(heard=not spoken if anew else after.heard or out)

    def phase_events(self: Any, state: Any, dialled: set[str]) -> Events:
        """The backend begins or ends a phase of the conversation, in any order and number; phases do not nest."""
        possible = [(phase, "begin", phase) for phase, within in self.phases.items() if dialled & within]
        self.rests |= {"phases-are-told"} if state.phase else set()
        for phase, moment, then in [(state.phase, "end", "")] if state.phase else possible:
            bodies = [(f, a) for f, a in self.folder.index.get(("manage", phase), ()) if a["moment"] == moment]
            event = f"the backend {moment}s the phase `{phase}`"
            yield from ((event, after) for f, answer in bodies for after in self.request(f, answer, state, then))
            if not bodies:  # it is recorded as the conversation around it
                yield event, state._replace(phase=then)


# ── classic and svaml1: one document for each callback ───────────────────────────────────────────────────────────
class Call(NamedTuple):
    """A state of a call in classic and svaml1. `place` is the instruction, menu or action that the call is at."""

    place: str = ""
    now: str = ""  # `plays` (an instruction), `menu`, `dials`, `talks`, `room` (a conference or stream), `parked`
    call: str = ""  # where the call recording goes; empty where there is none
    room: str = ""  # where the conference recording goes
    fresh: bool = False  # a recording has just begun
    dialled: str = ""  # the last connect
    linked: bool = False  # somebody has been connected
    answered: bool = False  # the caller's leg is answered
    heard: bool = False  # the announcement has been heard in full
    phase: str = ""  # the phase that goes on


FLAGS = {"record", "recording", "recordingOptions"}
HEARD, RECORDS = {"say": "text", "playfiles": "ids", "senddtmf": "value"}, ("startrecording", "stoprecording")
CONNECTS = ("connectpstn", "connectsip", "connectmxp", "connectconf", "connectstream")


def name_of(form: Json) -> str:
    """The name of an instruction or action; official examples mix letter case."""
    return str(form.get("name")).lower()


class Replies(Machine):
    """What a call does with the documents of classic and svaml1 [Rec, CB, Call, SVAML]."""

    State = Call

    def sounds(self, state: Call) -> tuple[str, ...]:
        if state.now == "dials" and state.place.partition("#")[0] in self.folder.begins:
            return ()  # who is called hears nothing yet
        return (f"phase {state.phase}" if state.phase else state.place + " (talk)" * (state.now == "talks"),)

    def recorded(self, state: Call) -> tuple[bool, bool, bool]:
        return bool(state.call or state.room), bool(state.call or state.room), state.fresh

    def begin(self) -> Events:
        """A call comes in: ICE. Without a reply the platform ends the call [CB]. Or the backend begins one [Call]."""
        yield from (w for f in self.folder.answering("ice") for w in self.reply(f, 0, Call(), "a call comes in"))
        for file, answer in self.folder.index.get(("callout", ""), ()):
            yield from self.reply(file, 0, Call(answered=True), f"the backend calls `{answer['name']}`, who answers")

    def events(self, state: Call) -> Events:
        """Anybody can hang up at any time; then nothing is heard any more, and the call's recordings end [Rec]."""
        state, (file, _, pointer) = state._replace(fresh=False), state.place.partition("#")
        if state.now == "plays":  # a prompt is played to its end; instructions follow each other in order [SVAML]
            told = all(answer.get("leg") != "callee" for other, answer in self.folder.routes if other == file)
            heard = told and state.answered and state.place in self.announced and says(self.folder.get(state.place))
            self.rests |= {"greeting-is-heard"} if heard and file in self.folder.begins else set()
            after, n = state._replace(heard=state.heard or heard), int(pointer.rpartition("/")[2])
            yield from self.reply(file, n + 1, after, "it is heard to its end")
        elif state.now in ("dials", "menu"):
            yield from (self.answered if state.now == "dials" else self.chosen)(file, state)
        elif state.now == "parked":  # Manage Call sends what the reply to ICE would have been [Call]; else it ends [CB]
            for other, answer in self.folder.index.get(("manage", ""), ()):
                yield from self.reply(other, 0, state, f"the backend sends `{answer['name']}`")
        else:
            yield from self.phase_events(state, {state.dialled})
            for other, answer in () if state.phase else self.folder.index.get(("request", ""), ()):
                if file in answer["in"]:  # sent while people talk, in conversations that the manifest names
                    need(state.now == "talks", f"{other} is sent in a room, which this checker does not follow")
                    self.rests |= {"requests-in-turn"}
                    yield from self.reply(other, 0, state, f"the backend sends `{answer['name']}` while they talk")
            action = self.folder.get(state.place)
            if action.get("conferenceDtmfOptions", {}).get("mode") == "detect":  # keys give a PIE [CB]; if it counts?
                for other in self.folder.answering("pie", after=file, menuId=action["conferenceId"], type="sequence"):
                    yield from self.reply(other, 0, state, "a key is pressed in the conference")

    def reply(self, file: str, first: int, state: Call, event: str) -> Events:
        """Carry out a document from an instruction on, up to the next one that is heard, or the action."""
        states = [state._replace(phase="")]
        for n in range(first, len(self.folder.documents[file].get("instructions", ()))):
            name = name_of(form := self.folder.get(place := f"{file}#/instructions/{n}"))
            if name in HEARD:
                need({"text", "ids", "value"} & set(form) <= {HEARD[name]}, f"{place} has what `{name}` does not take")
                return (yield from ((event, s._replace(place=place, now="plays")) for s in states))
            need(name in ("answer", "setcookie", *RECORDS), f"{place} is `{name}`, which this checker does not know")
            if name == "answer":  # answers the incoming leg [CB]
                states = [s._replace(answered=True) for s in states]
            elif name != "setcookie":
                states = [*dict.fromkeys(after for s in states for after in self.record(form, place, s))]
        yield from ((event, after) for s in states for after in self.action(f"{file}#/action", s))

    def record(self, form: Json, place: str, state: Call) -> Iterator[Call]:
        """`startRecording` and `stopRecording`: they always mean the call recording, beside a conference too [Rec]."""
        if name_of(form) == "startrecording":
            options = "recordingOptions" if place.endswith("#/action") else "options"
            return (yield from self.start(f"{place}/{options}", state))
        yield state._replace(call="")  # of a stop where nothing runs no page says anything: there is nothing to stop
        if state.call and self.folder.target == "svaml1" and self.folder.answers(place, "ace"):
            yield state  # some SDKs have no stop in a reply to ACE [SDK]: it may not be read

    def start(self, place: str, state: Call) -> Iterator[Call]:
        """A call recording starts; options are required in every case [Rec]."""
        yield state._replace(call=self.folder.get(f"{place}/destinationUrl", str) or "somewhere", fresh=True)
        if state.call:  # a second start while one runs is not documented: the first may go on
            yield state

    def action(self, place: str, state: Call) -> Iterator[Call]:
        """What an action begins."""
        name = name_of(action := self.folder.get(place))
        asked = self.folder.answers(place, "request")  # Manage Call can change the recording by its action [Call]
        known = name in (*(RECORDS if asked else (*CONNECTS, "runmenu")), "continue", "hangup", "park")
        need(known, f"{place} is `{name}`, which this checker does not know in a reply")
        now = {"runmenu": "menu", "park": "parked", "connectconf": "room", "connectstream": "room"}.get(name, "dials")
        if asked and name in (*RECORDS, "continue"):
            after = [state] if name == "continue" else self.record(action, place, state)
            return (yield from (s._replace(place=place, now="talks") for s in after))
        for s in self.flagged(name, action, place, state) if FLAGS & set(action) else [state]:
            here = s._replace(place=place, now=now, dialled=place if name in CONNECTS else s.dialled)
            if name == "continue":
                # It carries on: with the talk, or, where nobody was connected, with setting up the call, after which
                # ACE follows. In a reply to ICE, and of a parked call, neither is documented.
                parked = self.folder.answers(place, "manage")
                need(here.linked or not self.folder.answers(here.dialled, "callout"), f"{place} continues with nobody")
                self.rests |= {"parked-continue"} if parked else set()
                if here.linked or parked or self.folder.answers(place, "ice"):
                    yield here._replace(now="talks", linked=True, answered=True)
                if not here.linked or parked:
                    yield here
            elif name != "hangup":
                yield here._replace(place=self.menus(place)["main"]) if name == "runmenu" else here
                if name == "connectmxp" and here.call:  # the pages disagree on whether an app call is recorded
                    yield here._replace(call="", fresh=False)

    def flagged(self, name: str, action: Json, place: str, state: Call) -> Iterator[Call]:
        """The recording flag of an action. On `connectConf` it records the conference, else the call [Rec]."""
        flags = [flag for flag in ("record", "recording") if flag in action]
        carries = name in ("continue", *CONNECTS[:-1]) and len(flags) == 1 and action[flags[0]] is True
        need(carries, f"{place}: what its recording flag or its recording options mean is not documented")
        started = list(self.start(f"{place}/recordingOptions", state))
        yield from started if name != "connectconf" else [state._replace(room=started[0].call, fresh=True)]
        if flags == ["recording"] and self.folder.target == "svaml1":
            yield state  # renamed to `record` in 2020; whether the old name is read is not said

    def answered(self, file: str, state: Call) -> Events:
        """ACE comes for PSTN and SIP unless it is suppressed; without a reply in time the call is connected [CB]."""
        action, begun = self.folder.get(state.place), file in self.folder.begins
        state = state._replace(linked=not begun, answered=True)
        asked = name_of(action) != "connectmxp" and action.get("suppressCallbacks") is not True
        replies, who = self.folder.answering("ace", after=file) if asked else [], "person called" if begun else "callee"
        yield from (way for other in replies for way in self.reply(other, 0, state, f"the {who} answers"))
        self.rests |= {"callout-answered"} if begun else set()  # without a reply nothing is said, nobody else is there
        event = "the callee answers" + " and no reply to ACE comes in time" * bool(replies)
        yield from () if begun else [(event, state._replace(now="talks"))]

    def menus(self, place: str) -> dict[str, str]:
        """The menus of a `runMenu` by id, with their places; the one called `main` is the first [CB]."""
        places = [f"{place}/menus/{n}" for n in range(len(self.folder.get(f"{place}/menus", list)))]
        found = {self.folder.get(f"{where}/id", str): where for where in places}
        need(len(found) == len(places) and "main" in found, f"{place} has two menus of one id, or no menu `main`")
        return found

    def chosen(self, file: str, state: Call) -> Events:
        """What a menu comes to. A key can cut its prompt short unless `barge` is false; who waits hears all of it. What
        happens when the reply to PIE does not come is not stated [CB]: taken to be that nothing else is heard."""
        menu, menus = self.folder.get(state.place), self.menus(f"{file}#/action")
        first, again = menu.get("mainPrompt", ""), menu.get("repeatPrompt", "")
        marked = state.place in self.announced and state.answered
        waited = marked and (says(first) or (not first and says(again) and menu.get("repeats") != 0))
        whole = marked and says(first) and self.folder.get(f"{file}#/action").get("barge") is False
        uncut, waits = (state._replace(heard=state.heard or heard) for heard in (whole, waited))
        results: list[tuple[str, str, Json, Call]] = [("the menu fails with `error`", "error", {}, state)]
        results.append(("the caller presses nothing", "timeout", {}, waits))
        results.append(("the caller presses a wrong key", "invalidinput", {}, uncut))
        for option in menu.get("options", ()):
            event = f"the caller presses {option['dtmf']}"
            goal = re.fullmatch(r"(?s)(return|menu)\((.*)\)", option["action"])
            known = goal and (goal[1] == "return" or goal[2] in menus)
            need(known, f"{state.place}: {option['action']} neither returns a value nor leads to a menu")
            if goal and goal[1] == "menu":
                yield event, uncut._replace(place=menus[goal[2]])
            elif goal:
                results.append((event, "return", {"value": goal[2]}, uncut._replace(answered=True)))
        results += [("the caller enters digits", "sequence", {}, uncut._replace(answered=True))] * ("maxDigits" in menu)
        for event, kind, value, after in results:
            files = self.folder.answering("pie", after=file, menuId=menu["id"], type=kind, **value)
            self.rests |= {"menu-errors"} if kind == "error" and not files else set()
            yield from (way for other in files for way in self.reply(other, 0, after, event))

    def request(self, file: str, answer: Json, state: Call, then: str) -> Iterator[Call]:
        """A Manage Call body: instructions and `continue` [SDK], or one action that starts or stops [Call]."""
        places = [f"{file}#/instructions/{n}" for n in range(len(self.folder.documents[file].get("instructions", ())))]
        if name_of(self.folder.get(f"{file}#/action")) != "continue" or len(self.folder.get(f"{file}#/action")) > 1:
            need(self.folder.target == "classic", f"{file}#/action is not known in a request of svaml1")
            places.append(f"{file}#/action")
        states = [state._replace(phase=then)]
        for place, form in ((place, self.folder.get(place)) for place in places):
            need(name_of(form) in RECORDS, f"{place} is `{name_of(form)}`, which is not known in a request")
            states = [*dict.fromkeys(after for s in states for after in self.record(form, place, s))]
        yield from states


# ── svaml2: one document for the whole call ──────────────────────────────────────────────────────────────────────
class Session(NamedTuple):
    """A state of a session in svaml2: lists of words, the last of which is a place. See `Call` for the rest."""

    legs: tuple[str, ...] = ()  # `LEG PLACE` of the dial that called it; `caller` has none
    going: tuple[str, ...] = ()  # `LEG plays|menu|dials PLACE`
    joined: tuple[str, ...] = ()  # `LEG PLACE` of the `bridgeCall` by which it joined the bridge
    recordings: tuple[str, ...] = ()  # `NAME LEG on|fresh|stopping PLACE` of the `startRecording`
    answered: bool = False
    heard: bool = False
    phase: str = ""
    then: str = ""  # the phase that follows, if any, when each of the events `until` has come
    until: str = ""


def _with(items: tuple[str, ...], *words: str) -> tuple[str, ...]:
    return tuple(sorted({*items, " ".join(words)}))


def _without(items: tuple[str, ...], first: str) -> tuple[str, ...]:
    return tuple(item for item in items if item.split(" ")[0] != first)


class OneDocument(Machine):
    """What a call does with documents of svaml2 [V2]. Commands run in order and wait for `menu` alone; handlers run on
    the leg of its event. Events of a command without `events` go to the webhook; without its reply the call ends."""

    State = Session

    def sounds(self, state: Session) -> tuple[str, ...]:
        found = [item.split(" ", 2)[2] for item in state.going]
        if len(state.joined) > 1 and not state.until:  # what is said while a report is waited for is neither
            talks = [item.split(" ", 1)[1] + " (talk)" for item in _without(state.joined, "caller")]
            found += [f"phase {state.phase}"] if state.phase else talks
        return tuple(found)

    def recorded(self, state: Session) -> tuple[bool, bool, bool]:
        on = {(how, place) for _, _, how, place in (item.split(" ", 3) for item in state.recordings)}
        held = {self.folder.get(f"{at}/recordingOptions").get("recordingType") for how, at in on if how != "stopping"}
        sides = {"OUTBOUND", *["INBOUND"] * any(not re.search(r"/messages/\d+\Z", at) for at in self.sounds(state))}
        return bool(on), bool(held - {"INBOUND", "OUTBOUND"}) or held >= sides, any(how == "fresh" for how, _ in on)

    def begin(self) -> Events:
        """A call comes in, or the backend begins one by a `dial`; the leg is `caller` here, and so in the documents."""
        for file in self.folder.answering("call.incoming"):
            need(self.folder.documents[file].get("callName", "caller") == "caller", f"{file} has another `callName`")
            yield from self.run(f"{file}#/commands", "caller", Session(("caller ",)), "a call comes in")
        for file, answer in self.folder.index.get(("callout", ""), ()):
            (form,), place = self.folder.get(f"{file}#/commands", list), f"{file}#/commands/0"
            idle = not any(then for on, then in form.get("events", {}).items() if on not in ("onAnswer", "onHangup"))
            need(idle and (form["command"], form.get("callName")) == ("dial", "caller"), f"{place} begins no call")
            begun, event = Session((f"caller {place}",), answered=True), f"the backend calls `{answer['name']}`"
            yield from self.handle(place, "onAnswer", "", "caller", begun, f"{event}, who answers")

    def events(self, state: Session) -> Events:
        if self.sounds(state):
            state = state._replace(recordings=tuple(item.replace(" fresh ", " on ", 1) for item in state.recordings))
        self.rests |= {"unanswered-goes-on" for item in state.going if re.search("/events/on(Bu|Re|Ti|Fa)", item)}
        for item in state.going:
            leg, kind, place = item.split(" ", 2)
            rest = state._replace(going=tuple(other for other in state.going if other != item))
            if kind in ("plays", "menu"):
                yield from (self.played if kind == "plays" else self.chosen)(leg, place, rest)
            else:
                called = (dial := self.folder.get(place)).get("callName", "callee")
                after = rest._replace(legs=_with(rest.legs, called, place))
                for event in sorted(set(dial["events"]) - {"onHangup", "onAnswer"}):
                    yield from self.run(f"{place}/events/{event}", leg, rest, f"nobody answers ({event})")
                yield from self.handle(place, "onAnswer", "", called, after, "the callee answers")
        for leg in (item.split(" ")[0] for item in state.legs):
            yield from ((f"the {leg} hangs up", after) for after in self.ended(leg, state))
        for item in (each for each in state.recordings if each.split(" ")[2] == "stopping"):  # its end is reported
            name, leg, _, place = item.split(" ", 3)
            s = state._replace(recordings=tuple(other for other in state.recordings if other != item))
            yield from self.handle(place, "onFinish", "call.recording.finished", leg, s, f"the recording {name} ended")
        if len(state.joined) > 1 and not state.until:
            yield from self.phase_events(state, {item.partition(" ")[2] for item in state.legs})

    def played(self, leg: str, place: str, state: Session) -> Events:
        """A message is over: the next one, or what stands in `onFinish`."""
        (listed, _, n), event = place.rpartition("/"), "it is heard to its end"
        heard = leg == "caller" and state.answered and place in self.announced and says(self.folder.get(place))
        state = state._replace(heard=state.heard or heard)
        if int(n) + 1 < len(self.folder.get(listed, list)):
            yield event, state._replace(going=_with(state.going, leg, "plays", f"{listed}/{int(n) + 1}"))
        else:
            yield from self.handle(listed.rpartition("/")[0], "onFinish", "call.message.finished", leg, state, event)

    def chosen(self, leg: str, place: str, state: Session) -> Events:
        """What a menu comes to: an entry, or failure. A key cuts a prompt short unless `allowBargeIn` is false."""
        form = self.folder.get(place)
        handlers = {key: f"{place}/matches/{escape(key)}" for key in form.get("matches", ())}
        handlers |= {"onFailure": f"{place}/onFailure"} if "onFailure" in form else {}
        said = form.get("prompt", {})
        spoken = said.get("allowBargeIn") is False and any(map(says, said["messages"]))
        heard = leg == "caller" and state.answered and place in self.announced and spoken
        for name, handler in handlers.items():
            event = "the menu fails" if name == "onFailure" else f"the caller enters {name}"
            yield from self.run(handler, leg, state._replace(heard=state.heard or heard), event)
        if "onFailure" not in handlers:
            yield from (("the menu fails, and no reply comes", ended) for ended in self.ended("caller", state))

    def run(self, listed: str, leg: str, state: Session, event: str) -> Events:
        """Run a list of commands on a leg."""
        commands, states = self.folder.get(listed, list), [state]
        for n, form in enumerate(commands):
            last = form["command"] not in ("menu", "gotoMenu") or n + 1 == len(commands)
            need(last and len(states) < 1_000, f"{listed}/{n}: what follows a menu is not documented, or too many ways")
            states = [after for s in states for after in self.command(form["command"], form, f"{listed}/{n}", leg, s)]
        yield from ((event, s) for s in dict.fromkeys(states) if s.legs)

    def command(self, name: str, form: Json, place: str, leg: str, state: Session) -> Iterator[Session]:
        """One command. On a leg that has ended nothing is carried out but what is about another leg."""
        if name == "hangup":
            yield from self.ended(form.get("callName", leg), state)
        elif name == "stopRecording":
            words = [item.split(" ", 3) for item in state.recordings]
            stopped = [[n, at, "stopping" if n == form["recordingName"] else how, p] for n, at, how, p in words]
            yield state._replace(recordings=tuple(" ".join(item) for item in stopped))
        elif name == "webhook":  # answered as an event that has no handler, by the backend or by nobody
            yield from (s for _, s in self.handle("", "", f"call.webhook.{form['webhookName']}", leg, state, ""))
        elif state.legs == _without(state.legs, leg):
            need(name != "dial", f"{place} dials on a leg that has ended, which this checker does not follow")
            yield state
        elif name in ("answer", "bridgeCall"):
            joined = state._replace(joined=_with(state.joined, leg, place))
            yield state._replace(answered=True) if name == "answer" else joined
        elif name == "startRecording":
            yield from self.start(form, place, leg, state)
        elif name == "amd":  # it does not hold the call; what it finds goes to the webhook, whose reply must be empty
            said = [f for f, a in self.folder.routes if "amd" in a["event"] and self.folder.documents[f]["commands"]]
            need("events" not in form and not said, f"{place}: what follows a found machine is not followed here")
            yield state
        else:
            menus = place[: place.rfind("/menus/")] if name == "gotoMenu" else place
            menu = f"{menus}/menus/{escape(str(form.get('startMenu', form.get('menuName'))))}"
            going = {"messages": ("plays", f"{place}/messages/0"), "dial": ("dials", place),
                     "menu": ("menu", menu), "gotoMenu": ("menu", menu)}  # fmt: skip
            need(name in going, f"{place} is `{name}`, which this checker does not know")
            yield state._replace(going=_with(state.going, leg, *going[name]))

    def start(self, form: Json, place: str, leg: str, state: Session) -> Iterator[Session]:
        """A recording starts, or fails to, in silence if nobody handles that. One that stops may have ended before."""
        name = form.get("recordingName", "unnamed")
        self.folder.get(f"{place}/recordingOptions/destinationUrl", str)
        how = {item.split(" ")[2] for item in state.recordings if item.split(" ")[0] == name}
        need(" " not in name and how <= {"stopping"}, f"{place} starts `{name}`, which runs already or has a blank")
        yield from [] if how else [state._replace(recordings=_with(state.recordings, name, leg, "fresh", place))]
        yield from (s for _, s in self.handle(place, "onFailure", "call.recording.failed", leg, state, ""))

    def handle(self, command: str, handler: str, hook: str, leg: str, state: Session, event: str) -> Events:
        """What an event of a command brings: its handler; with no `events` at all, the reply to the webhook."""
        events = self.folder.get(command).get("events") if command else None
        if events is None:
            state, waited = state._replace(until=" ".join(_without((*state.until.split(),), hook))), state.until
            state = state._replace(phase=state.then, then="") if waited and not state.until else state
            yield from (w for f in self.folder.answering(hook) for w in self.run(f"{f}#/commands", leg, state, event))
            yield from ((f"{event}, and no reply comes", ended) for ended in self.ended("caller", state))
        elif handler in events:
            yield from self.run(f"{command}/events/{handler}", leg, state, event)
        else:
            yield event, state

    def ended(self, leg: str, state: Session) -> Iterator[Session]:
        """A leg ends, and with it what goes on there and its recordings; then the handler of its hang-up runs."""
        dials = [item.partition(" ")[2] for item in state.legs if item.split(" ")[0] == leg]
        recordings = tuple(item for item in state.recordings if item.split(" ")[1] != leg)
        after = Session._make((*(_without(part, leg) for part in state[:3]), recordings, *state[4:6], "", "", ""))
        holder = (dials and dials[0]) or f"{[*self.folder.answering('call.incoming'), ''][0]}#"
        if dials and "onHangup" in self.folder.get(holder).get("events", {}):
            yield from (s for _, s in self.run(f"{holder}/events/onHangup", leg, after, ""))
        else:
            yield after if dials else state

    def request(self, file: str, answer: Json, state: Session, then: str) -> Iterator[Session]:
        """A PATCH body: the backend waits for each report that the manifest names, where there is one to come."""
        waits = answer.get("waitFor", [])
        told = {one["event"]: one["event"].split(".")[2] for one in (waits if isinstance(waits, list) else [waits])}
        for _, s in self.run(f"{file}#/commands", "caller", state, ""):
            until = " ".join(event for event in told if s.recordings != _without(s.recordings, told[event]))
            talks = {"then": then, "until": until} if until else {"phase": then}
            yield s._replace(**talks) if len(s.joined) > 1 else s


# ── guarantees and proofs ────────────────────────────────────────────────────────────────────────────────────────
class Guarantee(NamedTuple):
    """A guarantee: what kind it is, which labels and tags it takes and leaves, and where recordings may be kept."""

    text: str
    kind: str  # always, before, in, keep, or one of NEVER
    take: Places = frozenset()
    leave: Places = frozenset()
    patterns: tuple[str, ...] = ()

    def chosen(self, places: Mapping[str, list[Places]]) -> Places:
        """The places that it selects: those of which a segment, with these labels and tags, is selected."""
        named = ((place, {*names, "all"}) for place, segments in places.items() for names in segments)
        return frozenset(place for place, names in named if self.take & names and not self.leave & names)

    def may(self, machine: Any, state: Any) -> bool:
        """Whether something may record in a state, of what it forbids: any recording, transcribed ones, other sides."""
        if self.kind not in NEVER[2:]:
            stopped = self.kind == "in" and all(" stopping " in item for item in getattr(state, "recordings", ("",)))
            return machine.recorded(state)[0] and not stopped
        name, good = {"transcribe": ("transcriptionOptions", None)}.get(self.kind, ("recordingType", self.kind.upper()))
        items = [state.call, state.room] if isinstance(state, Call) else [i.split(" ", 3)[3] for i in state.recordings]
        on = {*items, *(f"{item}/recordingOptions" for item in items)} - {""}
        held = [form for place, form in machine.stores if place in on or (form["destinationUrl"] or "somewhere") in on]
        return any(form.get(name) != good for form in held)

    def assumes(self, machine: Any, states: Iterable[Any]) -> Places:
        """The assumptions that its proof rests on, once everything that can happen in some states has happened."""
        own = {"always": "recorder-survives recordings-start", "before": "caller-hears", "in": ""}
        apart = set[str]() if self.kind in (*NEVER, "always") else {"menu-errors", "parked-continue"}
        one = self.kind == "always" and any(machine.folder.for_one(f["destinationUrl"]) for _, f in machine.stores)
        found = {*own.get(self.kind, "stop-works").split(), *machine.rests - apart, *["starts-are-unique"] * one}
        for state in (state for state in states if isinstance(state, Call)):
            room, asks = machine.conference(state) or "", state.now == "menu" and not state.answered
            shared = state.now == "room" and not OWN.search(room) and self.kind in (*NEVER, "before")
            found |= {"starts-are-unique" if machine.folder.for_one(room) else "room-is-ours"} if shared else set()
            found |= {"menus-answer"} if asks and self.kind in ("before", "in") else set()
        return frozenset(found)


_NAMES = r"@?[a-z][a-z0-9-]*(?:, @?[a-z][a-z0-9-]*)*"
_KINDS = "(?:(never|always) record|never (transcribe)|record only (inbound|outbound)|announce)"
_GOAL = re.compile(rf"{_KINDS} (?P<take>{_NAMES})(?: except (?P<leave>{_NAMES}))?(?: (before|in) recording)?")
_KEEP = re.compile(r'keep recordings in "[^"\\]*"(?:, "[^"\\]*")*')


def guarantee(text: str) -> Guarantee:
    """A guarantee as it is written in a policy."""
    need(len(text) < 10_000, "a guarantee is too long")
    if (match := _GOAL.fullmatch(text)) and text.startswith("announce") == bool(match[6]):
        taken, left = ((match[name] or "").split(", ") for name in ("take", "leave"))
        return Guarantee(text, match[1] or match[2] or match[3] or match[6], frozenset(taken), frozenset(left) - {""})
    if re.fullmatch(r"opt-out [a-z][a-z0-9-]*", text):
        return Guarantee(text, "opt-out", frozenset({text}))
    need(_KEEP.fullmatch(text), f"`{text[:200]}` is not a guarantee that this checker knows")
    return Guarantee(text, "keep", patterns=tuple(re.findall(r'"([^"]*)"', text)))


def breaks(goal: Guarantee, machine: Any, chosen: Places, state: Any, rooms: Places) -> str:
    """How a state breaks a guarantee about the places `chosen`, in words, or ""; `rooms` are recorded conferences."""
    (_, surely, fresh), may = machine.recorded(state), goal.may(machine, state)
    room, sounds = machine.conference(state), machine.sounds(state)
    own = room is not None and machine.folder.for_one(room)
    shared = room is not None and any(may_be_one_room(room, other) for other in rooms if not (own and other == room))
    selected = [place for place in sounds if (state.heard if goal.kind == "opt-out" else place in chosen)]
    if goal.kind in NEVER and selected and (may or shared):
        return f"{selected[0]} can be heard while {'a recorder runs' if may else 'another caller records the room'}"
    if goal.kind == "always" and selected and not surely:
        return f"{selected[0]} can be heard while nothing records all of it"
    if goal.kind == "before" and (may or shared) and not state.heard:
        return "a recorder runs before the announcement has been heard in full"
    bad = goal.kind == "in" and may and sounds and not (selected and surely if fresh else state.heard or selected)
    return f"{sounds[0]} is recorded, and the announcement with which that began was not heard in full" if bad else ""


def recorded_rooms(machine: Any, states: Iterable[Any], goal: Guarantee) -> Places:
    """The conferences in which some caller is while something records, and so records everybody [Rec]."""
    return frozenset(room for s in states if goal.may(machine, s) and (room := machine.conference(s)) is not None)


def may_be_one_room(one: str, other: str) -> bool:
    """Whether two callers may be in one conference. A name with the call's own id belongs to that call. Whether names
    know letter case, or how letters are made, is not documented, and a value that is known later may be any."""
    names = [unicodedata.normalize("NFKC", name).casefold().strip() for name in (one, other)]
    begin, end = zip(*((parts[0], parts[-1]) for parts in map(PLACEHOLDER.split, names)), strict=True)
    alike = begin[0].startswith(begin[1]) or begin[1].startswith(begin[0])
    alike = alike and (end[0].endswith(end[1]) or end[1].endswith(end[0])) and any("{{" in name for name in names)
    return not any(map(OWN.search, (one, other))) and (names[0] == names[1] or alike)


def keeps(goal: Guarantee, folder: Folder) -> tuple[Places, bool]:
    """Check that every recording goes to where it may be kept; what that rests on, and whether none is ever made."""
    urls = {form["destinationUrl"]: place for place, form in folder.objects() if "destinationUrl" in form}
    for url, place in urls.items():
        need(any(kept(pattern, url) for pattern in goal.patterns), f"{place} lets a recording go to `{url}`")
    return frozenset({"values-keep-the-folder"} if any(map(PLACEHOLDER.search, urls)) else ()), not urls


def kept(pattern: str, url: str) -> bool:
    """Whether a URL lies where a pattern allows: `*` is anything within a part of a path, `**` anything. A value that
    is known later may hold a `/`, so only `**` stands for it. `.` and `..`, as they are or encoded, are refused: what
    storage makes of them is not documented. A bucket alone is its top folder [Rec]."""
    plain = re.sub(r"%([0-9A-Fa-f]{2})", lambda code: chr(int(code[1], 16)), url)
    if len(url) > 2_000 or "\\" in plain or "%" in plain or {".", ".."} & set(plain.split("/")):
        return False
    url = PLACEHOLDER.sub("\0", url)
    url += "/" if re.fullmatch(r"azure://[^/]*/[^/]*|[a-z0-9]+://[^/]*", url) else ""
    ends = {0}  # of all ways to match, side by side: how much of the URL each has used up
    for part in re.findall(r"\*\*|\*|[^*]", pattern):
        if part not in ("*", "**"):
            ends = {end + 1 for end in ends if url[end : end + 1] == part}
        for n, sign in enumerate(url) if part in ("*", "**") else ():
            ends |= {n + 1} if n in ends and (part == "**" or sign not in "/\0") else set()
    return len(url) in ends


def machine_of(folder: Folder, phases: Mapping[str, Places], announced: Places, left: Places = frozenset()) -> Any:
    """What the platform does with the documents of a folder; `left` are the places of an opt-out."""
    return (OneDocument if folder.target == "svaml2" else Replies)(folder, phases, announced, left)


def check(folder: Folder, proof: Json, without: Places = frozenset()) -> list[str]:
    """Check the proof of one compiled policy: what is to be said of each guarantee. Raises `Refused`."""
    for file in sorted({*folder.files, *proof["documents"]}):
        same = hashlib.sha256(folder.files.get(file, b"")).hexdigest() == proof["documents"].get(file)
        need(same, f"the proof is about other documents: {file} differs")
    places, phases = read_places(proof["segments"], proof["places"]), read_phases(folder, proof["phases"])
    for place in (place for place in places if place.removeprefix("phase ") not in phases):
        folder.get(place.removesuffix(" (talk)"))
    said: list[str] = []
    for entry in proof["guarantees"]:
        if "certificate" not in entry:  # nor need it be of a kind that is known here
            said.append(f"not claimed: {entry['text']}: {entry['reason']}")
            continue
        goal = guarantee(entry["text"])
        try:
            if goal.kind == "keep":
                assumes, idle = keeps(goal, folder)
            else:
                chosen, listed = goal.chosen(places), proof["certificates"][entry["certificate"]]
                looks = [chosen if goal.kind in (kind, "in") else frozenset[str]() for kind in ("before", "opt-out")]
                assumes, idle = _proven(goal, machine_of(folder, phases, *looks), chosen, listed, frozenset(places))
            rests = ", ".join(sorted(assumes))
            need(set(entry["assumes"]) == assumes, f"it rests on {rests or 'nothing'}, and does not say so")
            need(not assumes & without, f"it rests on {', '.join(sorted(assumes & without))}, which is not granted")
        except Refused as problem:
            raise Refused(f"`{goal.text}` is not proven: {problem}") from None
        about = "no call comes to anything that it speaks about" if idle else f"rests on {rests or 'the facts alone'}"
        said.append(f"holds: {goal.text} ({about})")
    return said


def _proven(goal: Guarantee, machine: Any, chosen: Places, listed: list[Any], named: Places) -> tuple[Places, bool]:
    """Check that the listed states are all that a call can come to, that the place of whatever is heard is named, and
    that no state breaks the guarantee; what that rests on, and whether no call comes to anything that it speaks of."""
    need(len(listed) <= MAX_STATES, "it lists too many states")
    states = [read_state(machine.State, item) for item in listed]
    all_, rooms, idle = set(states), recorded_rooms(machine, states, goal), True
    for state in (None, *states):
        for event, after in machine.ways(state):
            if after not in all_:
                raise Refused(f"when {event} ({told(state) if state else 'as it begins'}), it leaves out {told(after)}")
    for state in states:
        sounds = set(machine.sounds(state))
        need(sounds <= named, f"no segment is named for {sorted(sounds - named)}")
        need(not (problem := breaks(goal, machine, chosen, state, rooms)), f"{problem} ({told(state)})")
        idle = idle and not (machine.recorded(state)[0] if goal.kind in ("before", "in") else chosen & sounds)
    return goal.assumes(machine, states), idle


def read_places(segments: Json, places: Json) -> dict[str, list[Places]]:
    """By place, the labels and tags of each segment that it is; every segment must be somewhere."""
    found = {place: [frozenset(segments[key]["names"]) for key in keys] for place, keys in places.items()}
    used = {key for keys in places.values() for key in keys}
    need(used == set(segments) and all(found.values()), "a segment is nowhere, or a place is no segment")
    return found


def read_phases(folder: Folder, entries: Json) -> dict[str, Places]:
    """The phases: the connects whose conversations each belongs to. Every phase with a request must be there."""
    for place in (place for within in entries.values() for place in within):
        connects = folder.get(place).get("command") == "dial" or name_of(folder.get(place)) in CONNECTS
        need(connects, f"a phase is said to belong to {place}, which connects nobody")
    for file, answer in folder.routes:
        need("phase" not in answer or entries.get(answer["phase"]), f"{file} is for a phase that belongs nowhere")
    return {phase: frozenset(within) for phase, within in entries.items()}


def read_state(kind: Any, item: Json) -> Any:
    """A state as a proof lists it: an object with the fields that are not empty."""
    found = {name: tuple(value) if isinstance(value, list) else value for name, value in item.items()}
    for name, value in found.items():
        words = value if isinstance(value, tuple) else ()
        right = name in kind._fields and type(value) is type(kind._field_defaults[name])
        need(right and all(isinstance(word, str) for word in words), f"a state has a `{name[:40]}` unknown here")
    return kind(**found)


def told(state: Any) -> str:
    """A state in words."""
    found = ((name, list(v) if isinstance(v, tuple) else v) for name, v in state._asdict().items() if v)
    return ", ".join(f"{name} {str(v).lower() if v is True else v}" for name, v in found)


# ── files and the command line ───────────────────────────────────────────────────────────────────────────────────
def read_json(data: bytes, where: str) -> Json:
    """A JSON object, strictly: UTF-8, no key twice, no NaN."""

    def pairs(found: list[tuple[str, Any]]) -> Json:
        need(len({key for key, _ in found}) == len(found), f"{where} has a key twice")
        return dict(found)

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=pairs, parse_constant=int)  # NaN is no int
    except (ValueError, RecursionError):
        raise Refused(f"{where} is not JSON, or is nested too deeply") from None
    need(isinstance(value, dict), f"{where} is not an object")
    return dict(value)


def read_file(path: str) -> bytes:
    """The bytes of a plain file of bearable size."""
    found = os.stat(path, follow_symlinks=False)
    if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_FILE:
        raise OSError(f"{path} is not a plain file, or is larger than {MAX_FILE:,} bytes")
    with open(path, "rb") as file:
        return file.read(MAX_FILE)


def folders(build: str) -> Iterator[Folder]:
    """The compiled policies in a folder: itself, or folders in it, two deep (`POLICY` or `TARGET/POLICY`)."""
    for inner in ("", "*", "*/*"):
        for manifest in sorted(glob.glob(os.path.join(glob.escape(build), inner, "manifest.json"))):
            path = os.path.dirname(manifest)
            yield Folder(path, {n: read_file(f"{path}/{n}") for n in sorted(os.listdir(path)) if n.endswith(".json")})


def run(build: str, path: str, without: Places) -> tuple[list[str], int]:
    """Check all proofs of a file against all compiled policies of a folder: lines to print, and the exit code."""
    proofs = read_json(read_file(path), path)
    need(proofs.get("proofVersion") == 1, f"{path} is not a proof file of version 1")
    lines, refused, waiting = [], False, list(proofs["policies"])
    for folder in folders(build):
        lines.append(f"{folder.policy} ({folder.target}), {folder.name}")
        mine = [p for p in waiting if (p["policy"], p["target"]) == (folder.policy, folder.target)]
        waiting = [p for p in waiting if p not in mine]
        try:
            need(len(mine) == 1, f"there are {len(mine)} proofs for it")
            lines += [f"  {line}" for line in check(folder, mine[0], without)]
        except (Refused, *MISSHAPEN) as problem:
            refused = True
            lines.append(f"  REFUSED: {problem if isinstance(problem, Refused) else SHAPELESS}")
    if not lines:
        raise OSError(f"{build} holds no compiled policy: there is no manifest.json in it")
    lines += [f"REFUSED: there is a proof for {p['policy']} ({p['target']}), and no such folder" for p in waiting]
    return lines, int(refused or bool(waiting))


def main(words: list[str] | None = None) -> int:
    """The command line."""
    what = "Check proofs of recording guarantees against compiled documents. Exit: 0 all hold, 1 refused, 2 not run."
    facts = f"Assumptions: {'; '.join(map(': '.join, ASSUMPTIONS.items()))}."
    parser = argparse.ArgumentParser("recpol-check", description=what, epilog=facts)
    parser.add_argument("build", help="the folder of a compiled policy, or a folder of such")
    parser.add_argument("proof", help="the proof file")
    parser.add_argument("--without", action="append", default=[], choices=ASSUMPTIONS, help="refuse what rests on it")
    asked = parser.parse_args(words)
    try:
        lines, code = run(asked.build, asked.proof, frozenset(asked.without))
    except (OSError, RecursionError, MemoryError, Refused, *MISSHAPEN) as problem:
        code = 1 if isinstance(problem, (Refused, *MISSHAPEN)) else 2
        lines = [f"recpol-check: {SHAPELESS if isinstance(problem, MISSHAPEN) else problem}"]
    for line in lines:  # nothing that a file says may steer a terminal
        print("".join(c if c.isprintable() else "?" for c in line), file=sys.stderr if code == 2 else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main())
