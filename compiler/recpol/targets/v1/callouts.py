"""Callouts to requests: `on callout NAME` as the body of a customCallout, ttsCallout or conferenceCallout.

A custom callout has its reply to ICE inside, as a string: ConnectPstn, the only action that it can begin with (Calling
API page). Of the callbacks those are turned on for which the policy has replies.

Invariant: total on every callout that the rules accept; what is not written in the policy is not written to the output.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from recpol.analysis.callouts import asked_for, method, said, spoken_as_one
from recpol.analysis.languages import spoken_in
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler
from recpol.syntax import tree
from recpol.targets.reply import Json
from recpol.targets.v1.connects import connect, option_text, seconds, sip_address, target_text
from recpol.targets.v1.forms import part_text

_TYPES = {"pstn": "number", "app": "username", "sip": "sip"}
_DOMAINS = {"pstn": "pstn", "app": "mxp"}
_SWITCHES = {"ace": "enableAce", "pie": "enablePie"}


def callout(program: Program, handler: Handler, *, spell: Callable[[str], str], current: bool) -> Json:
    """The request of a callout; `spell` writes the names of actions as the dialect does."""
    call, kind = handler.opening, method(handler)
    assert call is not None  # the rules let no other callout through
    assert kind is not None
    assert isinstance(call.body, tree.Call)
    options = {option.name.text: option for option in call.body.options}
    if kind == "customCallout":
        rest = tuple(option for option in call.body.options if option.name.text != "custom")
        form = connect(
            program, tree.Connect(call.body.kind, call.body.target, rest, (), call.body.span), current=current
        )
        body: Json = {"ice": json.dumps({"action": {**form, "name": spell(form["name"])}}, ensure_ascii=False)}
    else:
        body = _called(program, call.body, options)
    if "custom" in options:
        body["custom"] = option_text(program, options["custom"])
    if kind == "ttsCallout":
        body |= _text(program, handler)
    elif kind == "conferenceCallout":
        body |= _room(program, handler, options, current=current)
    asked = set(asked_for(program.graph, program.handlers, handler))
    body |= {switch: True for event, switch in _SWITCHES.items() if event in asked}
    return {"method": kind, kind: body}


def _called(program: Program, call: tree.Call, options: dict[str, tree.Option]) -> Json:
    kind, target = call.kind.text, target_text(program, call)
    form: Json = {"cli": option_text(program, options["cli"])} if "cli" in options else {}
    endpoint = sip_address(target)[1] if kind == "sip" else target
    form["destination"] = {"type": _TYPES[kind], "endpoint": endpoint}
    if kind in _DOMAINS:
        form["domain"] = _DOMAINS[kind]
    if "dtmf" in options:
        form["dtmf"] = option_text(program, options["dtmf"])
    return form


def locale_of(program: Program, handler: Handler) -> str | None:
    """The locale of what a callout says: that of its texts, which have one."""
    own = (step.body.locale for step in said(handler) if isinstance(step.body, tree.Say))
    chosen = spoken_in(program, *own)
    return None if chosen is None else chosen.text


def _text(program: Program, handler: Handler) -> Json:
    locale = locale_of(program, handler)
    form: Json = {} if locale is None else {"locale": locale}
    bodies = [step.body for step in said(handler)]
    if spoken_as_one(handler):
        (body,) = bodies
        assert isinstance(body, tree.Say)
        return form | {"text": program.fill(body.text)}
    return form | {"prompts": ";".join(part_text(program, part) for body in bodies for part in _parts(body))}


def _parts(body: tree.StepBody) -> tuple[tree.PromptPart, ...]:
    if isinstance(body, tree.Say):
        return (tree.Spoken(body.text, body.ssml, None, body.span),)
    assert isinstance(body, tree.Play)
    return tuple(tree.Played(file, None, body.span) for file in body.files)


def _room(program: Program, handler: Handler, options: dict[str, tree.Option], *, current: bool) -> Json:
    action = handler.action
    assert action is not None
    assert isinstance(action.body, tree.Connect)
    form = connect(program, action.body, current=current)
    greeting = [step.body for step in said(handler) if isinstance(step.body, tree.Say)]
    locale = locale_of(program, handler)
    found: Json = {"locale": locale} if locale is not None and greeting else {}
    if greeting:
        found["greeting"] = program.fill(greeting[0].text)
    found["conferenceId"] = form["conferenceId"]
    if "conferenceDtmfOptions" in form:
        found["conferenceDtmfOptions"] = form["conferenceDtmfOptions"]
    limit = options["max-duration"].value if "max-duration" in options else None
    if isinstance(limit, tree.Duration):
        found["maxDuration"] = seconds(limit)
    if "moh" in form:
        found["mohClass"] = form["moh"]
    return found
