"""`recpol manage`: have a running `recpol serve` begin or end a phase of a call, or send a request of a name.

Invariant: what is printed is what the server says came of it; where a recording has to stop, exit status 0 means that
the platform confirmed that it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from recpol.base.typing import Any
from recpol.cli.arguments import Arguments
from recpol.cli.serverrequest import TOLD, asked, server_option
from recpol.runtime.defaults import EFFECTS
from recpol.workspace.cannotrun import CannotRun

_DETAILS = """\
recpol manage CALL card begin    begins the phase `card`: done when the platform confirms that what it stops has stopped
recpol manage CALL card end      ends it
recpol manage CALL NAME          sends the request of `on manage NAME`
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("manage", "Begin or end a phase of a call, through a running recpol serve.", _DETAILS + TOLD)
    parser.option("call", metavar="CALL", help="the id of the call")
    parser.option("name", metavar="NAME", help="a phase, or the name of a request")
    parser.option("moment", nargs="?", metavar="MOMENT", help="begin or end, of a phase")
    server_option(parser)
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    options = arguments().read(words)
    call, name = quote(options.call, safe=""), quote(options.name, safe="")
    if options.moment is None:
        return asked(options.server, f"/calls/{call}/requests/{name}", None, _told)
    if options.moment not in ("begin", "end"):
        raise CannotRun(f"`{options.moment[:40]}` is neither `begin` nor `end`", "a phase begins or ends")
    return asked(options.server, f"/calls/{call}/phases/{name}/{options.moment}", None, _told)


def _told(said: Mapping[str, Any]) -> str | None:
    """What came of the request, in words."""
    return EFFECTS.get(str(said.get("effect"))) if said.get("done") is True else None
