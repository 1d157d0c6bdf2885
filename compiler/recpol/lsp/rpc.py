"""JSON-RPC over a stream of bytes: messages with a `Content-Length` (Language Server Protocol 3.17, "Base Protocol").

Invariant: total: what is no message is skipped, or ends the stream, and is never an exception.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from recpol.base.typing import Any, BinaryIO

LARGEST = 64 * 1024 * 1024
"""The largest message that is read, in bytes; a file has a mebibyte at most."""

_LONGEST_HEADER = 4096

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
REQUEST_FAILED = -32803
NOT_INITIALIZED = -32002


def messages(stream: BinaryIO) -> Iterator[Any]:
    """The messages of a stream until its end; None for one that is no JSON."""
    while True:
        length = _header(stream)
        if length is None or length > LARGEST:
            return
        data = stream.read(length)
        if len(data) < length:
            return
        try:
            yield json.loads(data)
        except (ValueError, RecursionError):
            yield None


def _header(stream: BinaryIO) -> int | None:
    """The length of the message that follows; None at the end of the stream, and where there is no header."""
    length: int | None = None
    read = 0
    while True:
        line = stream.readline(_LONGEST_HEADER)
        read += len(line)
        if not line or read > _LONGEST_HEADER:
            return None
        if line in (b"\r\n", b"\n"):
            if length is not None:
                return length
            continue
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value.strip()[:12])


def write(stream: BinaryIO, message: Any) -> None:
    """Write a message."""
    data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    stream.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
    stream.flush()
