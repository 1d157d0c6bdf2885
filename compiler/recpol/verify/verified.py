"""What translation checking comes to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.analysis.steps import Handler
from recpol.base.record import Record
from recpol.calls.deeds import Manner
from recpol.calls.trace import Sound
from recpol.semantics.recording import HeardSegment

_SIP = re.compile(r"^sip (?i:sips?):")


class Disagreement(Record):
    """One disagreement between the policy and its output: the file, and what each of the two says."""

    file: str
    policy: str
    output: str
    call: tuple[str, ...] = ()


class Verified(Record):
    """What the comparison found, how many pairs it compared, and the assumptions of the interpreter, by name."""

    differences: tuple[Disagreement, ...]
    pairs: int
    assumptions: frozenset[str]


def unheard(handler: Handler, pieces: tuple[HeardSegment, ...]) -> Iterator[tuple[str, str]]:
    """The segments of a reply that can be recorded, and of which nothing was heard: what the language says, and what
    came of it.

    Asked where policy and output hear the same, so that what both of them forget is no agreement.
    """
    heard = {piece.step.index for piece in pieces}
    for step in handler.segments:
        if step.recordable and step.index not in heard:
            yield f"`{step.span.text.split()[0]}` can be heard", "neither the policy nor the output makes a sound of it"


def without_scheme(sound: Sound) -> Sound:
    """A sound; a connect to a SIP address without the scheme, which a policy may write and a document may lack."""
    if sound.kind != "connect":
        return sound
    return Sound(sound.kind, tuple(_SIP.sub("sip ", part) for part in sound.content))


def manner_words(kind: str, policy: Manner, output: Manner) -> tuple[str, str]:
    """What policy and output say of how something is done, where they differ; values that may be secret stay unsaid."""

    def words(own: Manner, other: Manner) -> str:
        found = [
            word if word.startswith(("header", "cookie")) else f"{word} {value}"
            for word, value in own
            if (word, value) not in other
        ]
        return f"{kind}: {', '.join(found) or 'nothing more is said'}"

    return words(policy, output), words(output, policy)
