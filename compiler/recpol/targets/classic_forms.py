"""Single segments to classic SVAML instructions and actions, and stores to recording options.

Names are PascalCase and properties come in the order of the Callback API page (2019–2021), `name` first; what is not
written in the policy is not written to the output. Whether and how a segment is recorded is the business of
`recpol.targets.classic`.

Invariant: total on every segment that the rules accept.
"""

from __future__ import annotations

from typing import Any, assert_never

from recpol.model import ast
from recpol.model.callgraph import Menu, menus
from recpol.model.flow import Action, Handler, Instruction, Step
from recpol.program import Program

Json = dict[str, Any]


def recording_options(program: Program, store: str) -> Json:
    """A store's fields as RecordingOptions."""
    node = program.names.stores[store]
    options: Json = {}
    for key, name in (("url", "destinationUrl"), ("credentials", "credentials")):
        field = node.field(key)
        if field is not None:
            value = field.value
            written = program.fill(value) if isinstance(value, ast.Text) else ""
            options[name] = f"{{{{ env.{value.name.text} }}}}" if isinstance(value, ast.EnvName) else written
    format_, notify = node.field("format"), node.field("notify")
    if format_ is not None and isinstance(format_.value, ast.Word):
        options["format"] = format_.value.text
    if notify is not None and isinstance(notify.value, ast.Word):
        options["notificationEvents"] = notify.value.text == "yes"
    return options


def instruction(program: Program, body: Instruction) -> Json:
    """A segment that is not an action as an instruction."""
    match body:
        case ast.Say(ssml=True):
            return _located(program, {"name": "PlayFiles", "ids": [f"#ssml[{program.fill(body.text)}]"]}, body.locale)
        case ast.Say():
            return _located(program, {"name": "Say", "text": program.fill(body.text)}, body.locale)
        case ast.Play():
            ids = [program.fill(file) for file in body.files]
            played: Json = {"name": "PlayFiles", "ids": ids}
            return played if body.locale is None else {**played, "locale": body.locale.text}
        case ast.Tones():
            return {"name": "SendDtmf", "value": program.fill(body.tones)}
        case ast.Cookie():
            return {"name": "SetCookie", "key": program.fill(body.key), "value": program.fill(body.value)}
        case ast.Answer():
            return {"name": "Answer"}
        case _:
            assert_never(body)


def action(program: Program, handler: Handler, step: Step, body: Action) -> Json:
    """A segment that ends a reply as its action."""
    match body:
        case ast.Hangup():
            return {"name": "Hangup"}
        case ast.Continue():
            return {"name": "Continue"}
        case ast.Connect():
            return _connect(program, body)
        case ast.Menu():
            return _run_menu(program, handler, step)
        case ast.Park():
            return _park(program, body)
        case _:
            assert_never(body)


def _located(program: Program, form: Json, locale: ast.Word | None) -> Json:
    chosen = locale or program.names.locale
    return form if chosen is None else {**form, "locale": chosen.text}


def _connect(program: Program, body: ast.Connect) -> Json:
    target = "" if body.target is None else _value(program, body.target)
    options = _Options(program, body)
    match body.kind.text:
        case "pstn":
            form: Json = {"name": "ConnectPstn"} if body.target is None else {"name": "ConnectPstn", "number": target}
            options.put(form, "locale", "maxDuration", "dialTimeout", "cli", "suppressCallbacks", "dtmf", "indications")
        case "app":
            form = {"name": "ConnectMxp", "destination": {"type": "username", "endpoint": target}}
            options.headers(form)
        case "sip":
            form = {"name": "ConnectSip", "destination": {"endpoint": target}}
            options.put(form, "maxDuration", "cli", "suppressCallbacks", "transport")
        case _:  # a conference: the rules let no other kind through
            form = {"name": "ConnectConf", "conferenceId": target}
            options.put(form, "moh")
    return form


_SECONDS = frozenset({"maxDuration", "dialTimeout"})


class _Options:
    """The options of a connect, found by the property they become."""

    def __init__(self, program: Program, body: ast.Connect) -> None:
        self._program, self._all = program, body.options

    def put(self, form: Json, *properties: str) -> None:
        """Add the properties that are written, in this order."""
        for name in properties:
            for option in self._all:
                if _camel(option.name.text) == name:
                    form[name] = self._read(name, option)

    def headers(self, form: Json) -> None:
        """Add the call headers, in the order they are written."""
        found = [
            {"key": self._program.fill(option.key), "value": _value(self._program, option.value)}
            for option in self._all
            if option.key is not None and option.value is not None
        ]
        if found:
            form["callHeaders"] = found

    def _read(self, name: str, option: ast.Option) -> Any:
        value = option.value
        if name == "suppressCallbacks":
            return not (isinstance(value, ast.Word) and value.text == "no")
        if name in _SECONDS and isinstance(value, ast.Duration):
            return _seconds(value)
        return "" if value is None else _value(self._program, value)


def _camel(kebab: str) -> str:
    first, *rest = kebab.split("-")
    return first + "".join(part.capitalize() for part in rest)


def _value(program: Program, value: ast.Value) -> str:
    match value:
        case ast.Text():
            return program.fill(value)
        case ast.Word() | ast.Phone() | ast.Number():
            return value.text
        case ast.Duration():
            return value.number.text + value.unit
        case _:
            assert_never(value)


def _seconds(duration: ast.Duration) -> int:
    return (duration.milliseconds or 0) // 1000


# ── prompts, menus and parking ───────────────────────────────────────────────────────────────────────────────────


def prompt_text(program: Program, prompt: ast.Prompt) -> str:
    """A prompt in the mini-language of the Callback API page: items separated by `;`."""
    return ";".join(_part(program, part) for part in prompt.parts)


def _part(program: Program, part: ast.Spoken | ast.Played) -> str:
    if isinstance(part, ast.Spoken):
        return f"#{'ssml' if part.ssml else 'tts'}[{program.fill(part.text)}]"
    file = program.fill(part.file)
    # A bare word is the id of an uploaded recording; only an address goes into `#href[…]`.
    return f"#href[{file}]" if "://" in file or file.startswith("{{") else file


def _run_menu(program: Program, handler: Handler, step: Step) -> Json:
    listed = menus(step, handler)
    form: Json = {"name": "RunMenu"}
    switches = {
        item.name: item.value.text == "yes" for item in listed[0].node.items if isinstance(item, ast.SwitchItem)
    }
    if "barge" in switches:
        form["barge"] = switches["barge"]
    if program.names.locale is not None:
        form["locale"] = program.names.locale.text
    if "voice" in switches:
        form["enableVoice"] = switches["voice"]
    form["menus"] = [_menu(program, menu) for menu in listed]
    return form


def _menu(program: Program, menu: Menu) -> Json:
    form: Json = {"id": menu.id}
    options: list[Json] = []
    later: Json = {}
    for item in menu.node.items:
        match item:
            case ast.PromptItem():
                form["mainPrompt"] = prompt_text(program, item.prompt)
            case ast.RepeatItem():
                later["repeatPrompt"] = prompt_text(program, item.prompt)
                if item.times is not None:
                    later["repeats"] = item.times.value
            case ast.DigitsItem():
                later["maxDigits"] = item.count.value
            case ast.WaitItem():
                later["timeoutMills"] = item.wait.milliseconds
                if item.limit is not None:
                    later["maxTimeoutMills"] = item.limit.milliseconds
            case ast.KeyItem():
                goal = f"{'menu' if item.goal.menu else 'return'}({item.goal.name.text})"
                options.append({"dtmf": item.key.text, "action": goal})
            case ast.SwitchItem() | ast.FailItem() | ast.Submenu() | ast.Broken():
                pass
            case _:
                assert_never(item)
    order = ("repeatPrompt", "repeats", "maxDigits", "timeoutMills", "maxTimeoutMills")
    form.update((name, later[name]) for name in order if name in later)
    if options:
        form["options"] = options
    return form


def _park(program: Program, body: ast.Park) -> Json:
    form: Json = {"name": "Park"}
    prompts = {item.name: item.prompt for item in body.items if isinstance(item, ast.ParkPrompt)}
    for name, key in (("intro", "introPrompt"), ("hold", "holdPrompt")):
        if name in prompts:
            form[key] = prompt_text(program, prompts[name])
    for item in body.items:
        if isinstance(item, ast.ParkLimit):
            form["maxDuration"] = _seconds(item.limit)
    return form
