"""What translation checking comes to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from recpol.calls.trace import Sound

_SIP = re.compile(r"^sip (?i:sips?):")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One disagreement between the policy and its output: the file, and what each of the two says."""

    file: str
    policy: str
    output: str
    call: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """What the comparison found, how many pairs it compared, and the assumptions of the machine, by name."""

    differences: tuple[Disagreement, ...]
    pairs: int
    assumptions: frozenset[str]


def without_scheme(sound: Sound) -> Sound:
    """A sound; a connect to a SIP address without the scheme, which a policy may write and a document may lack."""
    if sound.kind != "connect":
        return sound
    return Sound(sound.kind, tuple(_SIP.sub("sip ", part) for part in sound.content))
