"""`recpol lsp`: the language server on standard input and output.

Invariant: nothing but messages is written to standard output.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from recpol.cli.arguments import Arguments

SELDOM = (50_000, 20, 20)
"""When Python looks for unreachable circles of objects: texts and what is known of them hardly have any."""

_DETAILS = """\
Editors start it; it speaks the Language Server Protocol 3.17 on standard input and output.
Exit status: 0 after `shutdown` and `exit`, 1 where the editor went away without them.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("lsp", "Serve editors: diagnostics, hints, fixes, names.", _DETAILS)
    parser.option("--stdio", action="store_true", help="talk over standard input and output, as it always does")
    return parser


def main(words: Sequence[str]) -> int:
    """Serve until the client says `exit`, or closes the stream."""
    arguments().read(words)
    from recpol.lsp.serving import serve

    outgoing = sys.stdout.buffer
    sys.stdout = sys.stderr
    gc.enable()
    gc.set_threshold(*SELDOM)
    # A stream of its own: the interpreter waits at its end for nobody who still reads from standard input.
    return serve(os.fdopen(sys.stdin.fileno(), "rb", closefd=False), outgoing)
