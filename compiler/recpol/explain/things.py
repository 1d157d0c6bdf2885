"""Steps in a few words: what is heard, who is called, what records it.

Invariant: total on every step of a policy without syntax errors.
"""

from __future__ import annotations

from recpol.analysis.dialled import answer_key
from recpol.analysis.parties import wish
from recpol.analysis.program import Program
from recpol.analysis.recorder import wanted
from recpol.analysis.steps import Step
from recpol.base.typing import assert_never
from recpol.calls.party import Party
from recpol.explain.words import (
    caller,
    capital,
    clean,
    code,
    duration,
    in_locale,
    listed,
    marks,
    plain,
    prompt,
    quoted,
    several,
    short,
    spoken,
    times,
    unique,
)
from recpol.semantics.conversations import conversation
from recpol.semantics.rooms import rooms_of
from recpol.syntax import tree

MANY = 4
"""From how many possible callees on a talk is with `the callee`."""


DIALLED = "the number that the caller dialled"


def callee(program: Program, step: Step) -> str:
    """Whom a connect or a callout calls, or a `continue` that no connect came before."""
    body = step.body
    if not isinstance(body, tree.Dialled):
        return DIALLED
    target = ""
    match body.target:
        case None:
            pass
        case tree.Text():
            target = plain(program, body.target)
        case tree.Phone() | tree.Number():
            target = clean(body.target.text)
        case _:
            assert_never(body.target)
    match body.kind.text:
        case "pstn":
            return target or DIALLED
        case "app":
            return f"the app user {target}"
        case "sip":
            return f"the SIP address {target}"
        case "conference":
            return f"the conference room {quoted(target)}"
        case _:
            return target or "somebody"


def dials_only(program: Program, step: Step) -> bool:
    """Whether a connect, or a `continue` that no connect came before, is only the dialling: when the callee answers,
    another reply says how to go on."""
    if isinstance(step.body, tree.Continue):
        return rings(program, step)
    return answer_key(program.graph.first, "ace", step) is not None


def rings(program: Program, step: Step) -> bool:
    """Whether a `continue` after a menu has the platform call whom the caller dialled, with an answer still to come."""
    return isinstance(step.body, tree.Continue) and any(
        edge.step is step and not edge.unsure for edge in program.graph.single
    )


def talks(program: Program, step: Step) -> tuple[Step, ...]:
    """The steps in which whom a step dials is talked to."""
    return program.graph.conversations.get(step.index, ())


def thing(program: Program, step: Step) -> str:
    """A step as something that can be recorded or not: `the file …`, `the call to +46850021111`."""
    name = "" if step.label is None else f" {code(step.label.text)}"
    body = step.body
    match body:
        case tree.Say():
            return f"the words {quoted(short(plain(program, body.text)))}"
        case tree.Play():
            return f"the {listed([f'file {short(plain(program, file))}' for file in body.files])}"
        case tree.Tones():
            return f"the tones {short(plain(program, body.tones))}"
        case tree.Menu():
            return f"the menu{name or _asking(program, body.items)}"
        case tree.Submenu():
            return f"the menu{name}"
        case tree.Park():
            return "the waiting while parked"
        case tree.Phase():
            return f"the phase{name} of {_of_call(program, step)}"
        case tree.Connect():
            return _call(program, step)
        case tree.Continue():
            return f"the ringing at {DIALLED}" if rings(program, step) else f"the talk with {_partner(program, step)}"
        case tree.Answer() | tree.Cookie() | tree.Hangup() | tree.Call():
            return "what cannot be heard"
        case _:
            assert_never(body)


def _of_call(program: Program, phase: Step) -> str:
    assert phase.parent is not None
    connect = program.steps[phase.parent]
    whom = callee(program, connect)
    return f"the stay in {whom}" if connect.connects == "conference" else f"the call to {whom}"


def _talk_around(program: Program, phase: Step) -> Step:
    """The talk that a phase is a part of; the connect itself where no talk follows it."""
    assert phase.parent is not None
    return conversation(program, phase) or program.steps[phase.parent]


def stage_step(program: Program, step: Step) -> Step:
    """The step whose row tells of a step: for a phase and what is said in it, the talk around it."""
    return _talk_around(program, step) if isinstance(step.body, tree.Phase) or step.phase is not None else step


def _asking(program: Program, items: tuple[tree.MenuItem, ...]) -> str:
    asked = next((item.prompt for item in items if isinstance(item, tree.PromptItem)), None)
    first = next(iter(asked.parts), None) if asked is not None else None
    if isinstance(first, tree.Spoken):
        return f" {quoted(short(plain(program, first.text)))}"
    return f" {short(prompt(program, asked))}".rstrip()


def _call(program: Program, step: Step) -> str:
    whom = callee(program, step)
    if step.connects == "conference":
        return whom
    return f"the ringing at {whom}" if dials_only(program, step) else f"the call to {whom}"


def _partner(program: Program, step: Step) -> str:
    before = program.graph.before.get(step.index, ())
    whom = unique(callee(program, connect) for connect in before) if len(before) < MANY else ()
    return listed(whom, "or") or "the callee"


def sentences(program: Program, step: Step) -> tuple[str, tuple[str, ...]]:
    """What happens in a step: a sentence, and further ones that go into details."""
    body, who = step.body, caller(program, program.handler_of(step))
    match body:
        case tree.Say():
            said = quoted(spoken(plain(program, body.text), ssml=body.ssml))
            words = f"{said}{in_locale(program, body.locale)}{marks(ssml=body.ssml)}"
            return f"{_hearer(step, who)}: {words}", ()
        case tree.Play():
            files = listed([f"file {plain(program, file)}" for file in body.files], "and then")
            return f"{_hearer(step, who)} the {files}{in_locale(program, body.locale)}.", ()
        case tree.Tones():
            return f"Tones are sent: {plain(program, body.tones)}.", ()
        case tree.Cookie():
            key, value = plain(program, body.key), plain(program, body.value)
            return f"A note is kept with the call: {key} = {quoted(value)}.", ()
        case tree.Answer():
            return "The call is answered.", ()
        case tree.Hangup():
            return "The call is ended.", ()
        case tree.Menu() | tree.Submenu():
            return _menu(program, body, who)
        case tree.Park():
            return _park(program, body)
        case tree.Phase():
            return f"The phase {code(body.name.text)}.", ()
        case tree.Connect():
            return _connect(program, step, body)
        case tree.Continue():
            return _continue(program, step), ()
        case tree.Call():
            return f"The backend calls {callee(program, step)}.", ()
        case _:
            assert_never(body)


def _hearer(step: Step, who: str) -> str:
    heard = wish(step) or Party.CALLER
    one = who if heard is Party.CALLER else heard.words
    return "Caller and callee hear" if heard is Party.EVERYONE else f"{capital(one)} hears"


def _menu(program: Program, body: tree.AnyMenu, who: str) -> tuple[str, tuple[str, ...]]:
    match body:
        case tree.Menu():
            name = f"A menu{in_locale(program, body.locale)}"
        case tree.Submenu():
            name = f"The menu {code(body.name.text)}"
        case _:
            assert_never(body)
    asks = next((prompt(program, i.prompt) for i in body.items if isinstance(i, tree.PromptItem)), "")
    details: list[str] = []
    for item in body.items:
        match item:
            case tree.RepeatItem():
                often = "" if item.times is None else f", {times(item.times.value)}"
                details.append(f"After no key or a wrong one {who} hears{often}: {prompt(program, item.prompt)}")
            case tree.SwitchItem():
                if (item.name, item.value.text) == ("barge", "no"):
                    details.append("Keys count only when the question has been heard to its end.")
                elif (item.name, item.value.text) == ("voice", "yes"):
                    details.append(f"{capital(who)} may also say the answer.")
            case tree.PromptItem() | tree.WaitItem() | tree.Submenu() | tree.Broken():
                pass
            case tree.KeyItem() | tree.DigitsItem() | tree.FailItem():
                pass  # what follows is told there
            case _:
                assert_never(item)
    return (f"{name} asks: {asks}" if asks else f"{name} waits for a key, without a question."), tuple(details)


def _park(program: Program, body: tree.Park) -> tuple[str, tuple[str, ...]]:
    prompts = {item.name: prompt(program, item.prompt) for item in body.items if isinstance(item, tree.ParkPrompt)}
    details = [
        f"{words} the caller hears {prompts[name]}"
        for name, words in (("intro", "First"), ("hold", "Then, over and over,"))
        if prompts.get(name)
    ]
    return f"The call is parked: the caller waits{in_locale(program, body.locale)}.", tuple(details)


def _connect(program: Program, step: Step, body: tree.Connect) -> tuple[str, tuple[str, ...]]:
    whom, who = callee(program, step), caller(program, program.handler_of(step))
    longest = [
        f"The platform ends the call after {duration(option.value)}."
        for option in body.options
        if option.name.text == "max-duration" and isinstance(option.value, tree.Duration)
    ]
    match body.kind.text:
        case "conference":
            stays = f"stays there until hanging up{_or_sent_away(program, step)}"
            return f"{capital(who)} joins {whom} and {stays}.", tuple(longest)
        case "stream":
            return f"The sound of the call is sent on to {whom}.", tuple(longest)
        case _ if dials_only(program, step):
            return f"{capital(whom)} is called, and {who} hears it ring.", tuple(longest)
        case _:
            talk = (
                f"Once it is answered, caller and callee talk until one of them hangs up{_or_sent_away(program, step)}."
            )
            return f"{capital(whom)} is called. {talk}", tuple(longest)


def _continue(program: Program, step: Step) -> str:
    if rings(program, step):
        return "The number that the caller dialled is called, and the caller hears it ring."
    before, away = program.graph.before.get(step.index), _or_sent_away(program, step)
    if not before:
        return f"Caller and callee talk until one of them hangs up{away}."
    if all(connect.connects == "conference" for connect in before):
        return f"The caller stays in {_partner(program, step)} until hanging up{away}."
    return f"Caller and callee ({_partner(program, step)}) talk until one of them hangs up{away}."


def _or_sent_away(program: Program, talk: Step) -> str:
    """What else ends a talk, or the stay in a room: the requests that the backend can send in it."""
    sent = [program.handlers[number].last for number in program.graph.requests.get(talk.index, ())]
    parks, ends = (any(isinstance(last, kind) for last in sent) for kind in (tree.Park, tree.Hangup))
    deeds = " or ".join((*(("parks",) if parks else ()), *(("ends",) if ends else ())))
    return f", or until the backend {deeds} the call" if deeds else ""


def stores_of(program: Program, step: Step) -> tuple[tuple[str, str], ...]:
    """The recorders that run while a step lasts, as (kind, store); the store is empty where the policy names none."""
    decided = program.decided(step)
    found: list[tuple[str, str]] = []
    if decided.call:
        found.extend(("call", store) for store in wanted(program.decisions, step) or ("",))
    back = isinstance(step.body, tree.Continue) and not program.handler_of(step).in_talk  # a parked call left its room
    rooms = (program.decided(room) for room in (() if back else rooms_of(program, step)))
    found.extend(("conference", room.conference_store or "") for room in rooms if room.conference)
    return tuple(dict.fromkeys(found))


def named_things(found: list[tuple[str, int]], ambiguous: frozenset[str]) -> str:
    """Things, each with the number of its stage; those that could be confused with others get the number said."""
    stages: dict[str, list[int]] = {}
    for words, stage in found:
        numbers = stages.setdefault(words, [])
        if stage not in numbers:
            numbers.append(stage)
    return several([words + (_in(numbers) if words in ambiguous else "") for words, numbers in stages.items()])


def _in(numbers: list[int]) -> str:
    return f" (stage{'' if len(numbers) == 1 else 's'} {listed([str(n) for n in numbers])})"
