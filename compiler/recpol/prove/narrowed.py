"""`never transcribe` and `record only inbound|outbound`: how a selected step is recorded, wherever it is.

Both are `never record` about some recordings only: those that are transcribed, or that hold another side.

Invariant: which recordings count is read from their options alone, as the policy means them.
"""

from __future__ import annotations

from functools import partial

from recpol.analysis.program import Program
from recpol.base.typing import assert_never
from recpol.calls.trace import Options
from recpol.prove.recorded import Counts, Seen, anything, never
from recpol.prove.sides import side_of
from recpol.prove.verdict import Verdict
from recpol.syntax import tree


def never_transcribed(program: Program, guarantee: tree.NeverTranscribe, seen: Seen) -> Verdict:
    """`never transcribe SELECTION`: no recording that is transcribed holds a sound of a selected step."""
    return never(program, guarantee, Seen(seen.walk, counted(guarantee)), ", which is transcribed")


def counted(guarantee: tree.Guarantee) -> Counts:
    """Which recordings a guarantee forbids, by their options, if it forbids any."""
    match guarantee:
        case tree.NeverTranscribe():
            return transcribed
        case tree.OneSide():
            return partial(_other_side, guarantee.side.text)
        case tree.RecordGuarantee() | tree.OptOut() | tree.Announce():
            return anything
        case tree.Keep() | tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion():
            return anything
        case _:
            assert_never(guarantee)


def transcribed(options: Options) -> bool:
    """Whether a recording with these options is transcribed."""
    return "transcriptionOptions" in dict(options)


def one_sided(program: Program, guarantee: tree.OneSide, seen: Seen) -> Verdict:
    """`record only inbound SELECTION`: whatever records a selected step holds that side alone."""
    how = f", and not the {guarantee.side.text} side alone"
    return never(program, guarantee, Seen(seen.walk, counted(guarantee)), how)


def _other_side(side: str, options: Options) -> bool:
    return side_of(options) != side
