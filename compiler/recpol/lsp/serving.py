"""The server on two streams: messages are read beside the work, so that findings are told while none waits.

Invariant: messages are answered in the order in which they came; the end of the stream ends the server.
"""

from __future__ import annotations

from queue import SimpleQueue
from threading import Thread

from recpol.base.typing import Any, BinaryIO
from recpol.lsp.rpc import messages, write
from recpol.lsp.server import Server


def serve(incoming: BinaryIO, outgoing: BinaryIO) -> int:
    """Serve until the client says `exit`, or closes the stream; the status to end with."""
    server = Server(lambda message: write(outgoing, message))
    waiting: SimpleQueue[tuple[Any, ...]] = SimpleQueue()

    def read() -> None:
        try:
            for message in messages(incoming):
                waiting.put((message,))
        finally:
            waiting.put(())

    # Only a thread can wait for a pipe while something else is done, on every system.
    Thread(target=read, name="recpol-lsp-reader", daemon=True).start()
    while server.done is None:
        if waiting.empty() and server.rest():
            continue
        taken = waiting.get()
        if not taken:
            return 1
        server.receive(taken[0])
    return server.done
