"""How Voice API v2 says what rules of policies speak about.

Invariant: nothing here is a word of policies or of the older interface; the tests look for that.
"""

from __future__ import annotations

from dataclasses import replace

from recpol.platform.sources import VOICE_V2, VOICE_V2_TUTORIALS, cite
from recpol.platform.storage import STORAGES
from recpol.rules.v1.notation import V1

_SOURCES = cite(VOICE_V2, VOICE_V2_TUTORIALS)


V2 = replace(
    V1,
    storages=lambda _: [storage for storage in STORAGES if "v2" in storage.dialects],
    source_of=lambda _: _SOURCES,
    credentials_source=_SOURCES,
    readers="who can read this file",
    answer="`answer`",
    several_texts="several messages",
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
