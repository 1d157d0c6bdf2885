"""Statements: the declarations, handlers, decisions and guarantees of a file."""

from __future__ import annotations

from recpol.base.record import Record, field
from recpol.base.source import Source, Span
from recpol.syntax.tree.promises import NarrowGuarantee, OptOut, Promise, PromiseGuarantee
from recpol.syntax.tree.segments import Item
from recpol.syntax.tree.values import Because, Broken, Locale, Number, Phone, Selection, Text, Word


class Header(Record):
    """`policy NAME` or `rules NAME`; `kind` is the first word."""

    kind: str
    name: Word
    span: Span = field(compare=False, repr=False)


class Use(Record):
    """`use STRING`, or `use pack STRING` where `pack` is true: then `path` is the name of a pack."""

    path: Text
    pack: bool
    span: Span = field(compare=False, repr=False)


class TargetChoice(Record):
    """`target NAME, …`: what the policy is compiled to."""

    names: tuple[Word, ...]
    span: Span = field(compare=False, repr=False)


AnsweredLine = Text | Phone | Number


class Answering(Record):
    """`answers NUMBER, …` or `answers application KEY, …`; `kind` is the word, None for telephone numbers."""

    kind: Word | None
    lines: tuple[AnsweredLine, ...]
    span: Span = field(compare=False, repr=False)


class Unique(Record):
    """`unique STRING, … [because STRING]`: values of the backend that no two calls share."""

    values: tuple[Text, ...]
    because: Because | None
    span: Span = field(compare=False, repr=False)


class Default(Record):
    """`locale LOCALE` or `voice NAME [in LOCALE]`; `name` is the first word, `within` the locale of a voice."""

    name: str
    value: Locale
    within: Locale | None
    span: Span = field(compare=False, repr=False)


class EnvName(Record):
    """`env NAME`."""

    name: Word
    span: Span = field(compare=False, repr=False)


StoreValue = Text | Word | EnvName


class StoreField(Record):
    """`KEY VALUE` in a store."""

    key: str
    value: StoreValue
    span: Span = field(compare=False, repr=False)


class Store(Record):
    """`store NAME { … }`."""

    name: Word
    fields: tuple[StoreField | Promise | Broken, ...]
    span: Span = field(compare=False, repr=False)

    def field(self, key: str) -> StoreField | None:
        """The first field of that name."""
        for one in self.fields:
            if isinstance(one, StoreField) and one.key == key:
                return one
        return None

    def promise(self, key: str) -> Promise | None:
        """The first statement about the place of that name."""
        return next((f for f in self.fields if isinstance(f, Promise) and f.key == key), None)


class OnEvent(Record):
    """What follows `on`: `ice`, `ace`, `pie NAME`, `manage NAME [in SELECTOR]`."""

    kind: Word
    name: Word | None
    span: Span = field(compare=False, repr=False)
    within: Selection | None = None


class OnBlock(Record):
    """`on EVENT { … }`."""

    event: OnEvent
    segments: tuple[Item, ...]
    span: Span = field(compare=False, repr=False)


FAILING = {"recording": ("hangup", "continue"), "phase": ("refuse", "hangup")}
"""What can fail, each with what may happen then."""


class OnFailure(Record):
    """`on recording failure hangup|continue`, `on phase failure refuse|hangup`; `subject` is what stands between `on`
    and the last word."""

    subject: tuple[Word, Word]
    act: Word
    span: Span = field(compare=False, repr=False)

    @property
    def about(self) -> str:
        """What fails: `recording` or `phase`; empty for a declaration that there is not."""
        what, failure = (word.text for word in self.subject)
        known = what in FAILING and failure == "failure" and self.act.text in FAILING[what]
        return what if known else ""


class RecordRule(Record):
    """`record [call|conference] SELECTOR [except SELECTOR] [to STORE]` at top level."""

    scope: Word | None
    selection: Selection
    store: Word | None
    because: Because | None
    keyword: Span = field(compare=False, repr=False)
    span: Span = field(compare=False, repr=False)


class RecordGuarantee(Record):
    """`never record SELECTION` or `always record SELECTION`; `word` is `never` or `always`."""

    word: str
    selection: Selection
    because: Because | None
    span: Span = field(compare=False, repr=False)


class Announce(Record):
    """`announce SELECTION [to PARTY] before recording [in every locale]` or `… in recording`; `word` is `before` or
    `in`."""

    word: str
    selection: Selection
    to: Word | None
    every_locale: bool
    because: Because | None
    span: Span = field(compare=False, repr=False)


class Keep(Record):
    """`keep recordings in STRING, …`."""

    patterns: tuple[Text, ...]
    because: Because | None
    span: Span = field(compare=False, repr=False)


AboutStores = Keep | PromiseGuarantee
"""Guarantees about the stores in use, whatever is recorded to them."""
AboutSegments = RecordGuarantee | Announce | NarrowGuarantee
"""Guarantees with a selection."""
Guarantee = AboutStores | AboutSegments | OptOut
Selecting = RecordRule | AboutSegments
"""Statements about segments by label and tag."""
Statement = (
    Header
    | Use
    | TargetChoice
    | Answering
    | Unique
    | Default
    | Store
    | OnBlock
    | OnFailure
    | RecordRule
    | Guarantee
    | Broken
)


class File(Record):
    """One file's statements, in order."""

    source: Source = field(compare=False, repr=False)
    statements: tuple[Statement, ...]
