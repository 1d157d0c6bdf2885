"""How the two forms of SVAML say what rules of policies speak about, and how JSON is fixed.

Invariant: nothing here tells a reader to write the policy language, and what Voice API v2 says has no word of the older
interface; the tests look for that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from recpol.analysis.steps import Step
from recpol.base.finding import Edit, Fix
from recpol.base.jsontree import Array, JsonNode, Object, walk
from recpol.base.record import replace
from recpol.base.source import Span
from recpol.platform.sources import CALLING_PAGE, RECORDING_PAGE, VOICE_V2, VOICE_V2_TUTORIALS, cite
from recpol.platform.storage import STORAGES
from recpol.platform.targets import Target
from recpol.rules.jsonedits import between, quoted, without
from recpol.rules.notation import POLICY, Notation, OneName
from recpol.svaml.v1.spelling import small_letters, spelled_now
from recpol.syntax import tree


def _second(item: tree.MenuItem | tree.ParkItem, word: str) -> str:
    return f"a second option for the key `{item.key.text}`" if isinstance(item, tree.KeyItem) else f"a second `{word}`"


def from_environment(name: str, text: tree.Text) -> tuple[Span, str]:
    """A whole string that the backend fills in: what stands between its quotes."""
    return text.part(0, len(text.value)), f"{{{{ env.{name} }}}}"


def _v1(spelled: Callable[[str], str]) -> Notation:
    """How a reply says it whose names of instructions and actions are `spelled` so."""
    return Notation(
        has_no_credentials=lambda _: "the recording has no credentials",
        has_empty_credentials=lambda _: "the credentials are empty",
        credentials_later="`{{ env.NAME }}`",
        add_credentials='add `"credentials": "{{ env.NAME }}"`, and let the backend fill it in',
        credentials_line="`credentials`",
        credentials_apart="delete it, and use `credentials`",
        storages=lambda _: [storage for storage in STORAGES if storage.classic],
        source_of=lambda storage: storage.source,
        credentials_source=RECORDING_PAGE,
        here="the document",
        readers="who can read this file, or the replies to callbacks,",
        one_name=POLICY.one_name,
        nothing_recorded="nothing can be heard while this recording runs",
        fill_recording="start it before what is to be recorded, or delete it",
        once_tested="set the rule to `off` in `recpol.yaml`",
        answer=f"`{spelled('Answer')}`",
        several_texts=f"several `{spelled('Say')}`",
        spoken_instead="write `#tts[…]` around it",
        listed_text="write what it means: a text in `#tts[…]` or `#ssml[…]`, or the address",
        add_locale='add `"locale": "en-GB"`',
        add_locale_or_single='add `"locale": "en-GB"`',
        voice_for_locale=True,
        add_choices=f"add `options`, or `maxDigits`; use `{spelled('Say')}` to speak without asking",
        no_menu=lambda name: f"there is no menu `{name}` in this `{spelled('RunMenu')}`",
        add_menu=lambda name: f'add a menu with `"id": "{name}"`',
        return_instead=lambda name: f"write `return({name})`",
        menu_block=f"the `{spelled('RunMenu')}` that it belongs to",
        returns=lambda _: "this returns to the backend",
        lead_to_menu=lambda _, name: f"write `menu({name})` as the action of a key",
        several_keys=lambda _: "write `maxDigits` to let callers enter several",
        keys="write one of `0` to `9`, `*` or `#`",
        second=_second,
        target=lambda _, text: f"`{text}`",
        call_an_address=f"write `{spelled('ConnectSip')}` to call an address",
        bare_numbers=None,
        no_caller=POLICY.no_caller,
        let_callbacks_come="leave `suppressCallbacks` out",
        record_in_ice="record and announce in the reply to ICE instead",
        connect_first="connect a call first, or delete this reply",
        park_first=f"end a reply with `{spelled('Park')}`, or delete this one",
        never_reached=lambda _: "this reply is never asked for",
        lead_to_reply=lambda _: "lead to it from a menu in the reply to ICE, or delete it",
        answer_first=lambda step, safe: (),
        from_environment=from_environment,
        without_field=lambda span, safe: (),
    )


V1 = _v1(str)
"""How a reply says it; what a fix needs of the JSON around a place, `fixing` adds."""

V1_NOW = _v1(spelled_now)
"""The same where names begin with a small letter, as they do in the current API."""


def v1_of(target: Target) -> Notation:
    """How replies say it that were lifted for a target: in its spelling."""
    return V1_NOW if small_letters(target) else V1


def fixing(notation: Notation, roots: Sequence[JsonNode]) -> Notation:
    """A notation with the fixes that take a look at the JSON of some replies."""
    return replace(
        notation, answer_first=partial(_answered, roots, notation.answer), without_field=partial(_without, roots)
    )


def _without(roots: Sequence[JsonNode], value: Span, safe: bool) -> tuple[Fix, ...]:
    """The fix that deletes a member, by the place of its value."""
    for root in roots:
        for node in walk(root):
            if isinstance(node, Object):
                member = next((one for one in node.members if one.value.span == value), None)
                if member is not None:
                    return without(node, member, safe=safe)
    return ()


def _answered(roots: Sequence[JsonNode], answer: str, step: Step, safe: bool) -> tuple[Fix, ...]:
    """The fix that answers the call before everything else in the reply that a step stands in."""
    for root in roots:
        if isinstance(root, Object) and root.span.source is step.span.source and _within(step.span, root.span):
            edit = _answer(root, answer.strip("`"))
            return () if edit is None else (Fix(f"put {answer} before it", (edit,), safe),)
    return ()


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _answer(reply: Object, name: str) -> Edit | None:
    """The edit that makes the instruction of that name the first instruction of a reply."""
    listed, action = reply.find("instructions"), reply.find("action")
    if listed is not None and isinstance(listed.value, Array) and listed.value.items:
        first: JsonNode = listed.value.items[0]
        source = first.span.source
        blank = source.text[listed.value.span.start + 1 : first.span.start].replace("\r\n", "\n")
        answer = f"{{{quoted('name', listed.key)}: {quoted(name, listed.key)}}}"
        return Edit(source.span(first.span.start, first.span.start), f"{answer},{blank or ' '}")
    if listed is None and action is not None:
        key, at = action.key, action.key.span.source.span(action.key.span.start, action.key.span.start)
        answer = f"{{{quoted('name', key)}: {quoted(name, key)}}}"
        return Edit(at, f"{quoted('instructions', key)}: [{answer}],{between(reply, action)}")
    return None


REQUEST = replace(
    V1,
    readers="who can read this file",
    several_texts="several `#tts[…]` in `prompts`",
    bare_numbers=CALLING_PAGE,
    no_caller="write a number of your own such as `+46850020000`",
)
"""How the body of a callout says it, where nobody has called yet."""


_SOURCES = cite(VOICE_V2, VOICE_V2_TUTORIALS)


V2 = replace(
    V1,
    storages=lambda _: [storage for storage in STORAGES if "v2" in storage.dialects],
    source_of=lambda _: _SOURCES,
    credentials_source=_SOURCES,
    readers="who can read this file",
    one_name=OneName(
        "may overwrite",
        "may overwrite",
        f"what becomes of a file that is there already is not documented ({VOICE_V2})",
        "a name of its own",
        f"as a file, each recording may overwrite the last: what becomes of one is not documented ({VOICE_V2})",
    ),
    answer="`answer`",
    several_texts="several messages",
    spoken_instead="write a message of the type `SAY`",
    listed_text="write what it means: a message with `say`, or the address",
    add_locale="give it a `voiceName`",
    add_locale_or_single="give it a `voiceName`",
    add_choices="add `matches`; use `messages` to speak without asking",
    no_menu=lambda name: f"there is no menu `{name}` in this `menu`",
    add_menu=lambda name: f"add `{name}` to `menus`",
    menu_block="the `menu` that it belongs to",
    lead_to_menu=lambda key, name: f"lead to `{name}` from a command `menu`",
    several_keys=lambda _: "write `maximumInputLength` to let callers enter several",
    call_an_address="write `SIP` as the type",
    let_callbacks_come="leave `events` out",
    record_in_ice="record in the reply to the incoming call instead",
    lead_to_reply=lambda _: "lead to it from the reply to the incoming call, or delete it",
)
"""How a document of Voice API v2 says it. Where it has nothing of its own, it says it as other JSON does."""
