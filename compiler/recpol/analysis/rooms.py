"""Conferences by their names, and who records what is heard in them.

Several callers come into one conference, and other policies of the same application may lead there too.

Invariant: a name is told by its known parts and its placeholders, never by what a placeholder may become.
"""

from __future__ import annotations

from recpol.base.placeholder import Placeholder
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.calls.trace import Options

RoomName = tuple[str | Placeholder, ...]
"""A room's name: its known parts, and the placeholders that are filled later."""


class RecordedRoom(Record):
    """A conference in which something records: its name (None where it is not understood), and the connect's place.

    `key` is the handler that leads there (`pie host`), `store` where the recording goes. With `whole` it is recorded
    for everybody, and not by way of one participant. `doubt` says why no document tells whether that happens; `step` is
    the connect's number. `policy` is the name of the policy if it is another one. `options` are those of its recording.
    `asked` is true where it begins with a request that is sent in the room: `key` and `step` are then those of the
    request and its `continue`.
    """

    name: RoomName | None
    key: str
    store: str
    whole: bool
    doubt: str
    step: int
    span: Span
    policy: str = ""
    options: Options = ()
    asked: bool = False

    @property
    def where(self) -> str:
        """The handler that leads there, as a message names it."""
        return f"`on {self.key}` of the policy `{self.policy}`" if self.policy else f"`on {self.key}`"
