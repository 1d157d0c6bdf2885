"""Names that the server and the commands that speak to it share; nothing else, so that each command may import it."""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.typing import Literal

TOKEN = "RECPOL_SERVE_TOKEN"
"""The environment variable of the token that the backend, people and commands show to a server."""

LEDGER = "recpol-ledger.db"
"""The ledger of a server that is told of no other, in the folder in which it is started."""


RequestEffect = Literal["stopped", "started", "sent", "nothing"]
"""What came of a request to a call, as the answer to the backend says it (`effect`)."""

EFFECTS: Mapping[str, str] = {
    "stopped": "the recording has stopped",
    "started": "a recording was asked to begin",
    "sent": "sent; the request stopped no recording",
    "nothing": "nothing had to be sent",
}
"""The same in words. The platform confirms a stop, and no start."""


def is_token(text: str) -> bool:
    """Whether a text can be sent as a token: a header holds printable ASCII, and nothing at its ends."""
    return bool(text) and text.isascii() and text.isprintable() and text == text.strip()


def is_database(where: str) -> bool:
    """Whether a ledger is a database of PostgreSQL, and not a file of SQLite."""
    return where.startswith(("postgresql://", "postgres://"))
