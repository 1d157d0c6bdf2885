"""`recpol callout`: have a running `recpol serve` begin a call.

Invariant: nobody is called unless the server says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from recpol.base.typing import Any
from recpol.cli.arguments import Arguments
from recpol.cli.batches import no_batches
from recpol.cli.serverrequest import TOLD, asked, server_option
from recpol.workspace.cannotrun import CannotRun

_DETAILS = """\
The server fills the request of `on callout NAME`, sends it, and answers the call that comes of it, whose id is printed.
The values are those of {{ start.NAME }}.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("callout", "Begin a call of `on callout NAME`, through a running recpol serve.", _DETAILS + TOLD)
    parser.option("name", metavar="NAME", help="the callout; POLICY/NAME where several policies have it")
    parser.option("values", nargs="*", metavar="VALUE", help="values as NAME=VALUE, such as number=+442079460100")
    server_option(parser)
    no_batches(parser)
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    options = arguments().read(words)
    values: dict[str, object] = {}
    for pair in options.values:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise CannotRun("a value is not of the form `NAME=VALUE`", "write for example `number=+442079460100`")
        if name in values:
            raise CannotRun(f"`{name}` is given twice", "take one of them out")
        values[name] = value
    return asked(options.server, f"/callouts/{quote(options.name)}", values, _told)


def _told(said: Mapping[str, Any]) -> str | None:
    """The id of the call that begins."""
    call = said.get("call")
    return call if isinstance(call, str) else None
