"""Single segments to SVAML instructions and actions, and stores to recording options.

What the dialects with a reply for each callback share. Names are PascalCase here; `recpol.targets.v1.replies` spells
them as its dialect does. Properties come in the order of the Callback API page (2019–2021), `name` first; what is not
written in the policy is not written to the output. Whether and how a segment is recorded is not decided here.

Invariant: total on every segment that the rules accept.
"""

from __future__ import annotations

from recpol.analysis.languages import block_locale, spoken_in, worded
from recpol.analysis.menus import MenuNode, menus
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.base.typing import assert_never
from recpol.syntax import tree
from recpol.targets.reply import Json
from recpol.targets.v1.connects import connect, seconds


def recording_options(program: Program, store: str) -> Json:
    """A store's fields as RecordingOptions."""
    node = program.names.stores[store]
    options: Json = {}
    for key, name in (("url", "destinationUrl"), ("credentials", "credentials")):
        field = node.field(key)
        if field is not None:
            value = field.value
            written = program.fill(value) if isinstance(value, tree.Text) else ""
            options[name] = f"{{{{ env.{value.name.text} }}}}" if isinstance(value, tree.EnvName) else written
    format_, notify = node.field("format"), node.field("notify")
    if format_ is not None and isinstance(format_.value, tree.Word):
        options["format"] = format_.value.text
    if notify is not None and isinstance(notify.value, tree.Word):
        options["notificationEvents"] = notify.value.text == "yes"
    transcribe = node.field("transcribe")
    if transcribe is not None and isinstance(transcribe.value, tree.Locale):
        options["transcriptionOptions"] = {"enabled": True, "locale": worded(program, transcribe.value).text}
    return options


def instruction(program: Program, body: tree.Instruction) -> Json:
    """A segment that is not an action as an instruction."""
    match body:
        case tree.Say(ssml=True):
            return _located(program, {"name": "PlayFiles", "ids": [f"#ssml[{program.fill(body.text)}]"]}, body.locale)
        case tree.Say():
            return _located(program, {"name": "Say", "text": program.fill(body.text)}, body.locale)
        case tree.Play():
            ids = [program.fill(file) for file in body.files]
            played: Json = {"name": "PlayFiles", "ids": ids}
            return played if body.locale is None else {**played, "locale": worded(program, body.locale).text}
        case tree.Tones():
            return {"name": "SendDtmf", "value": program.fill(body.tones)}
        case tree.Cookie():
            return {"name": "SetCookie", "key": program.fill(body.key), "value": program.fill(body.value)}
        case tree.Answer():
            return {"name": "Answer"}
        case _:
            assert_never(body)


def action(program: Program, handler: Handler, step: Step, body: tree.Action, *, current: bool) -> Json:
    """A segment that ends a reply as its action; `current` where the dialect has what came after the classic pages."""
    match body:
        case tree.Hangup():
            return {"name": "Hangup"}
        case tree.Continue():
            return {"name": "Continue"}
        case tree.Connect():
            return connect(program, body, current=current)
        case tree.Menu():
            return _run_menu(program, handler, step)
        case tree.Park():
            return _park(program, body, current=current)
        case _:
            assert_never(body)


def _located(program: Program, form: Json, locale: tree.Locale | None) -> Json:
    chosen = spoken_in(program, locale)
    return form if chosen is None else {**form, "locale": chosen.text}


# ── prompts, menus and parking ───────────────────────────────────────────────────────────────────────────────────


def prompt_text(program: Program, prompt: tree.Prompt) -> str:
    """A prompt in the mini-language of the Callback API page: items separated by `;`."""
    return ";".join(part_text(program, part) for part in prompt.parts)


def part_text(program: Program, part: tree.PromptPart) -> str:
    """One item of a prompt in the mini-language."""
    if isinstance(part, tree.Spoken):
        return f"#{'ssml' if part.ssml else 'tts'}[{program.fill(part.text)}]"
    file = program.fill(part.file)
    # A bare word is the id of an uploaded recording; only an address goes into `#href[…]`.
    return f"#href[{file}]" if "://" in file or file.startswith("{{") else file


def _run_menu(program: Program, handler: Handler, step: Step) -> Json:
    listed = menus(step, handler)
    form: Json = {"name": "RunMenu"}
    switches = {
        item.name: item.value.text == "yes" for item in listed[0].node.items if isinstance(item, tree.SwitchItem)
    }
    if "barge" in switches:
        form["barge"] = switches["barge"]
    locale = spoken_in(program, block_locale(program, step))
    if locale is not None:
        form["locale"] = locale.text
    if "voice" in switches:
        form["enableVoice"] = switches["voice"]
    form["menus"] = [_menu(program, menu) for menu in listed]
    return form


def _menu(program: Program, menu: MenuNode) -> Json:
    form: Json = {"id": menu.id}
    options: list[Json] = []
    later: Json = {}
    for item in menu.node.items:
        match item:
            case tree.PromptItem():
                form["mainPrompt"] = prompt_text(program, item.prompt)
            case tree.RepeatItem():
                later["repeatPrompt"] = prompt_text(program, item.prompt)
                if item.times is not None:
                    later["repeats"] = item.times.value
            case tree.DigitsItem():
                later["maxDigits"] = item.count.value
            case tree.WaitItem():
                later["timeoutMills"] = item.wait.milliseconds
                if item.limit is not None:
                    later["maxTimeoutMills"] = item.limit.milliseconds
            case tree.KeyItem():
                goal = f"{'menu' if item.goal.menu else 'return'}({item.goal.name.text})"
                options.append({"dtmf": item.key.text, "action": goal})
            case tree.SwitchItem() | tree.FailItem() | tree.Submenu() | tree.Broken():
                pass
            case _:
                assert_never(item)
    order = ("repeatPrompt", "repeats", "maxDigits", "timeoutMills", "maxTimeoutMills")
    form.update((name, later[name]) for name in order if name in later)
    if options:
        form["options"] = options
    return form


def _park(program: Program, body: tree.Park, *, current: bool) -> Json:
    form: Json = {"name": "Park"}
    prompts = {item.name: item.prompt for item in body.items if isinstance(item, tree.ParkPrompt)}
    for name, key in (("intro", "introPrompt"), ("hold", "holdPrompt")):
        if name in prompts:
            form[key] = prompt_text(program, prompts[name])
    spoken = any(isinstance(part, tree.Spoken) for prompt in prompts.values() for part in prompt.parts)
    locale = spoken_in(program, body.locale)
    if current and spoken and locale is not None:
        form["locale"] = locale.text
    for item in body.items:
        if isinstance(item, tree.ParkLimit):
            form["maxDuration"] = seconds(item.limit)
    return form
