"""How a notation says what rules speak about: words for messages, and edits for fixes.

A rule about policies and documents finds the same in both, and tells its reader in the notation that the reader has
written: a policy, SVAML for callbacks or Voice API v2 (both in `rules.jsonnotation`). It chooses the words
while it makes its finding; nothing reads or changes them afterwards.

Invariant: a word that the author wrote (a name, a number, a URL) comes from the author alone. It is an argument here,
and stands in the message as it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from recpol.analysis.steps import Handler, Step
from recpol.base.finding import Fix
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.platform.sources import RECORDING_PAGE
from recpol.platform.storage import FILE_NAME, STORAGES, Storage
from recpol.platform.targets import Target
from recpol.rules.edits import answer_before, delete
from recpol.syntax import tree


class OneName(Record):
    """The words about recordings that get one file name: what one does, what several do, and why; `own` is the name
    that the platform makes else, `as_file` why a folder may be a file."""

    overwrites: str
    overwrite: str
    why: str
    own: str
    as_file: str


class Notation(Record):
    """The words of one notation. What is a sentence or its end has a verb; what is a noun stands for one.

    Parts that are functions take what the author wrote. The last ones make fixes.
    """

    # ── recordings and where they go ─────────────────────────────────────────────────────────────────────────────
    has_no_credentials: Callable[[str], str]
    """The message about a store without credentials, by the store's name."""
    has_empty_credentials: Callable[[str], str]
    credentials_later: str
    """Credentials that come from the environment."""
    add_credentials: str
    credentials_line: str
    """Where credentials are said."""
    credentials_apart: str
    """The help where they stand in the wrong place."""
    storages: Callable[[Iterable[Target]], Sequence[Storage]]
    """Where recordings can go, in any of a policy's targets."""
    source_of: Callable[[Storage], str]
    """Who documents a storage for this notation."""
    credentials_source: str
    """Who documents what credentials look like."""
    here: str
    """What the author has written."""
    readers: str
    """Who can read what is written here."""
    one_name: OneName
    nothing_recorded: str
    fill_recording: str
    once_tested: str
    """What to do about a finding that a test has answered."""

    # ── prompts and locales ──────────────────────────────────────────────────────────────────────────────────────
    answer: str
    """The instruction that answers a call."""
    several_texts: str
    spoken_instead: str
    """The help for a sentence that stands where a file stands."""
    listed_text: str
    """The help for a file that is a text in the platform's notation."""
    add_locale: str
    add_locale_or_single: str
    """The same where each prompt can have a locale of its own."""
    voice_for_locale: bool
    """Whether the name of a voice may stand in the place of a locale."""

    # ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────
    add_choices: str
    no_menu: Callable[[str], str]
    add_menu: Callable[[str], str]
    return_instead: Callable[[str], str]
    menu_block: str
    """What a menu belongs to."""
    returns: Callable[[str], str]
    lead_to_menu: Callable[[str, str], str]
    """How a key, by its name, leads to a menu."""
    several_keys: Callable[[int], str]
    keys: str
    second: Callable[[tree.MenuItem | tree.ParkItem, str], str]
    """The message about a line that is there twice, with the word that it begins with."""

    # ── connects and replies ─────────────────────────────────────────────────────────────────────────────────────
    target: Callable[[str, str], str]
    """A connect's kind and its target, as they are written."""
    call_an_address: str
    bare_numbers: str | None
    """Who writes numbers without their `+`, where somebody does."""
    no_caller: str
    """The help for `incoming` in the place of the number that is shown."""
    let_callbacks_come: str
    record_in_ice: str
    connect_first: str
    park_first: str
    never_reached: Callable[[Handler], str]
    lead_to_reply: Callable[[str], str]

    # ── fixes ────────────────────────────────────────────────────────────────────────────────────────────────────
    answer_first: Callable[[Step, bool], tuple[Fix, ...]]
    """Answer the call before a step; safe or not."""
    from_environment: Callable[[str, tree.Text], tuple[Span, str]]
    """A whole text that comes from the environment, by the variable's name: what to write where."""
    without_field: Callable[[Span, bool], tuple[Fix, ...]]
    """Delete a field of a store; safe or not."""


POLICY = Notation(
    has_no_credentials=lambda store: f"the store `{store}` has no credentials",
    has_empty_credentials=lambda store: f"the credentials of `{store}` are empty",
    credentials_later="`credentials env NAME`",
    add_credentials="add a line `credentials env NAME`",
    credentials_line="the line",
    credentials_apart="delete it, and write `credentials env NAME` in the store",
    storages=lambda targets: [one for one in STORAGES if any(one in target.storages for target in targets)],
    source_of=lambda storage: storage.source,
    credentials_source=RECORDING_PAGE,
    here="the policy",
    readers="who can read the policy or its output",
    one_name=OneName(
        "overwrites",
        "overwrite",
        f"the platform does not check whether the file exists ({RECORDING_PAGE})",
        f"`{FILE_NAME}`",
        f"as a file, each recording would overwrite the last ({RECORDING_PAGE})",
    ),
    nothing_recorded="nothing inside this `record` can be heard",
    fill_recording="put what is to be recorded inside the braces, or delete the block",
    once_tested="allow this finding with the result as the reason",
    answer="`answer`",
    several_texts="several `say`",
    spoken_instead="write `say` before it instead of `play`; in a menu or `park` write the text alone",
    listed_text="write what it means: a text in `say` or `ssml`, or the address alone",
    add_locale="add a default to the policy, for example `locale en-GB`",
    add_locale_or_single="add a default to the policy, for example `locale en-GB`, or `in en-GB` to single prompts",
    voice_for_locale=False,
    add_choices="add lines such as `key 1 -> NAME`, or `digits 4 -> NAME`; use `say` to speak without asking",
    no_menu=lambda name: f"there is no menu `{name}` in this block",
    add_menu=lambda name: f"add `menu {name} {{ … }}` to this block",
    return_instead=lambda name: f"write `-> {name}` to return to the backend, which answers with `on pie {name}`",
    menu_block="the block that it belongs to",
    returns=lambda name: f"this returns to the backend, which answers `on pie {name}`",
    lead_to_menu=lambda key, name: f"write `key {key} -> menu {name}`",
    several_keys=lambda count: f"write `digits {count} -> …` to let callers enter several",
    keys='write one of `0` to `9`, `*` or `"#"`',
    second=lambda _, word: f"a second `{word}`",
    target=lambda kind, text: f"`connect {kind} {text}`" if kind == "pstn" else f'`connect {kind} "{text}"`',
    call_an_address="write `connect sip` to call an address",
    bare_numbers=None,
    no_caller="leave `cli` out: the caller's own number is shown then",
    let_callbacks_come="delete `suppress-callbacks`",
    record_in_ice="record and announce in `on ice` instead",
    connect_first="connect a call first, or delete the handler",
    park_first="end a reply with `park`; or write `on manage NAME in SELECTOR` for a request in a talk; or delete this",
    never_reached=lambda handler: f"no call reaches `on {handler.key}`",
    lead_to_reply=lambda name: f"let a menu go there: `key 1 -> {name}`",
    answer_first=lambda step, safe: answer_before(step, safe=safe),
    from_environment=lambda name, text: (text.span, f"env {name}"),
    without_field=lambda span, safe: delete(span, "delete the line", safe=safe),
)
"""How a policy says it."""
