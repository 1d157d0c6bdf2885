"""What translation checking does not see, and why it does no harm.

Invariant: everything that survives is listed here, and everything listed here survives somewhere: `python -m mutants`
compares both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mutants.documents import Mutant
from mutants.lowering import Fault


@dataclass(frozen=True)
class Harmless:
    """Some mutants that survive: the ways and places by a pattern over both, in which targets, and the reason."""

    targets: tuple[str, ...]
    pattern: str
    reason: str

    def tells_of(self, target: str, what: str) -> bool:
        """Whether a mutant is among them."""
        return target in self.targets and re.fullmatch(self.pattern, what) is not None


_REPLIES, _CALL = ("classic", "svaml1"), ("svaml2",)

IN_DOCUMENTS: tuple[Harmless, ...] = (
    Harmless(
        (*_REPLIES, *_CALL),
        r"(swapped|turned round|first last|last first) in answers",
        "the answers of one file in another order: each of them is still there, once",
    ),
    Harmless(
        (*_REPLIES, *_CALL),
        r"(swapped|turned round|first last|last first) in answers/\*/(after|in)",
        "the files after which an answer holds, or a request is sent, in another order: both are sets",
    ),
    Harmless(
        _REPLIES,
        r"added in document",
        "a property of another kind of document in a reply that no call comes to, which nobody sends; in a reply that "
        "some call comes to it is a problem of the interpreter's",
    ),
    Harmless(
        _REPLIES,
        r"(another word|shorter|longer|deleted) in document/ttsCallout/locale",
        "the locale of a callout in which files alone are played: nothing is read in it; of a text it is compared",
    ),
    Harmless(
        _REPLIES,
        r"added in document/conferenceCallout",
        "the locale of a callout without a greeting: nothing is read in it; any other property is compared",
    ),
    Harmless(
        _CALL,
        r"(another word|one more|one less|shorter) in .*/recordingName",
        "another number in the name of a recording that no request and no stop names: numbers only tell recordings of "
        "one store apart, and both are not under way at once",
    ),
    Harmless(
        _CALL,
        r"added in .*/events",
        "`onFinish` for a recording that ends with the call: no leg is left on which its commands could run, which is "
        "the assumption `finish-after-hangup`",
    ),
)
"""Of documents and manifests: patterns over `WAY in PLACE`."""

_SORTED = "the requests of a phase stand in another order in the manifest, which is found by what it answers"
_WAITS = (
    "the end of a recording is waited for although nothing that must never be recorded can follow it, where a "
    "recording that fails ends the call; where the call goes on, such a wait is refused"
)
_NUMBERS = "recordings of a store are counted with gaps: numbers only tell them apart"

_ORDERED = "the reports that are acknowledged stand in another order in the manifest, where each is found by its name"
_NO_EVENT = "`events` that runs nothing keeps the webhook from being told, with an empty list in it or without"

IN_LOWERING: dict[str, str] = {
    "v2.document.lower: element dropped: return (*calls, *_reports([reply.document for reply in "
    "(*bodies,)]), *bodies)": _ORDERED,
    "v2.requests.request: statement dropped: if last is not None and (not here):": _NO_EVENT,
    "v2.requests.request: asks the opposite: if not (last is not None and (not here)):": _NO_EVENT,
    "v2.requests.request: statement dropped: last['events'] = {}": _NO_EVENT,
    "v2.requests.request: statement dropped: last, here = (here[-1], after)": _NO_EVENT,
    "v2.requests.request: compares otherwise: if last is None and (not here):": _NO_EVENT,
    "v2.requests.phase: elements turned round: return [_manage(program, made, _turn(name, 'end', within), inner, "
    "outer, end), _manage(program, made, _turn(name, 'begin', within), outer, inner, end)]": _SORTED,
    "v2.document._Writer._change: asks the opposite: if not stop.waits:": _WAITS,
    "v2.plan._stops: compares otherwise: waits = handler.index not in later or not around.isdisjoint(parents)": _WAITS,
    "v2.plan._stops: filter dropped: last = max((place for place, step in enumerate(segments)), default=-1)": _WAITS,
    "v2.plan._stops: compares otherwise: last = max((place for place, step in enumerate(segments) if step.index not "
    "in sensitive), default=-1)": _WAITS,
    "v2.plan._stops: one less: last = max((place for place, step in enumerate(segments) if step.index in sensitive), "
    "default=-0)": _WAITS,
    "v2.plan._sites: one more: counts[alike] = number = counts.get(alike, 0) + 2": _NUMBERS,
    "v2.plan._sites: one more: counts[alike] = number = counts.get(alike, 1) + 1": _NUMBERS,
}
"""Of the lowering: each fault by its key."""


def reason_in_documents(target: str, mutant: Mutant) -> str | None:
    """Why a mutant of documents does no harm; None where that is not known."""
    what = f"{mutant.way} in {mutant.place}"
    return next((one.reason for one in IN_DOCUMENTS if one.tells_of(target, what)), None)


def reason_in_lowering(fault: Fault) -> str | None:
    """Why a fault of the lowering does no harm; None where that is not known."""
    return IN_LOWERING.get(fault.key)
