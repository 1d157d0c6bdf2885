"""What authors state of a store, and the guarantees that are about more than whether something is recorded: how long
recordings are kept, whether they are transcribed, which side they hold, and who has opted out."""

from __future__ import annotations

from recpol.base.record import Record, field
from recpol.base.source import Span
from recpol.syntax.tree.values import Because, Duration, Selection, Text, Word


class Retention(Record):
    """`5y`, `5y to 7y` or `up to 7y`: how long recordings are kept at least and at most; None where it is not said."""

    least: Duration | None
    most: Duration | None
    span: Span = field(compare=False, repr=False)


class Promise(Record):
    """`keep RETENTION`, `readers STRING`, `encrypted yes|no` or `region NAME` in a store: what its author states of it.

    Nothing of it is told to the platform.
    """

    key: str
    value: Retention | Text | Word
    span: Span = field(compare=False, repr=False)


class KeepTime(Record):
    """`keep recordings RETENTION`."""

    retention: Retention
    because: Because | None
    span: Span = field(compare=False, repr=False)


class KeepEncrypted(Record):
    """`keep recordings encrypted`."""

    because: Because | None
    span: Span = field(compare=False, repr=False)


class KeepRegion(Record):
    """`keep recordings in region NAME, …`."""

    regions: tuple[Word, ...]
    because: Because | None
    span: Span = field(compare=False, repr=False)


class NeverTranscribe(Record):
    """`never transcribe SELECTION`."""

    selection: Selection
    because: Because | None
    span: Span = field(compare=False, repr=False)


class OneSide(Record):
    """`record only inbound SELECTION` or `record only outbound SELECTION`; `side` is the third word."""

    side: Word
    selection: Selection
    because: Because | None
    span: Span = field(compare=False, repr=False)


class OptOut(Record):
    """`opt-out NAME`: from the reply `on pie NAME` or the request `on manage NAME` on, nothing is recorded."""

    name: Word
    because: Because | None
    span: Span = field(compare=False, repr=False)


PromiseGuarantee = KeepTime | KeepEncrypted | KeepRegion
"""Guarantees about what is stated of stores."""
NarrowGuarantee = NeverTranscribe | OneSide
"""Guarantees about how selected segments are recorded, if they are."""
