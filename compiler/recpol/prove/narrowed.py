"""`never transcribe` and `record only inbound|outbound`: how a selected step is recorded, wherever it is.

Both are `never record` about some recordings only: those that are transcribed, or that hold another side.

Invariant: which recordings count is read from their options alone, as the policy means them.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.calls.trace import Options
from recpol.prove.recorded import Seen, never
from recpol.prove.verdict import Verdict
from recpol.syntax import tree


def never_transcribed(program: Program, guarantee: tree.NeverTranscribe, seen: Seen) -> Verdict:
    """`never transcribe SELECTION`: no recording that is transcribed holds a sound of a selected step."""
    return never(program, guarantee, Seen(seen.walk, transcribed), ", which is transcribed")


def transcribed(options: Options) -> bool:
    """Whether a recording with these options is transcribed."""
    return "transcriptionOptions" in dict(options)


def one_sided(program: Program, guarantee: tree.OneSide, seen: Seen) -> Verdict:
    """`record only inbound SELECTION`: whatever records a selected step holds that side alone."""
    import json

    side = guarantee.side.text

    def other(options: Options) -> bool:
        return bool(json.loads(dict(options).get("direction", '"both"')) != side)

    return never(program, guarantee, Seen(seen.walk, other), f", and not the {side} side alone")
