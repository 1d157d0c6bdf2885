"""The signature beside an archive of evidence: made with a key in a file, kept, and checked with public keys.

Invariant: an archive that should be signed is not looked into before its signature is found to be good.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from recpol.cli.console import tell
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.reading import content_of
from recpol.workspace.saving import save_bytes
from recpol.workspace.signatures import END, LARGEST_KEY, SIZE, check_signature, signed


def signer(path: str) -> Callable[[bytes], bytes]:
    """What signs with the private key in a file; raises `CannotRun` before anything is made."""
    key = content_of(path, path, LARGEST_KEY, "name a file with a private key")
    passphrase = os.environ.get("RECPOL_PASSPHRASE")
    signed(b"", key, path, passphrase)
    return lambda data: signed(data, key, path, passphrase)


def keep_signature(archive: str, signature: bytes | None) -> None:
    """Write a signature beside its archive, or say that one that stands there is of another archive."""
    path = archive + END
    if signature is not None:
        save_bytes(path, signature, "choose another file with `-o`")
    elif os.path.lexists(path):
        tell(f"note: `{path}` is of an archive that stood here before; this one is not signed")


def signed_by(archive: str, data: bytes, keys: Sequence[str]) -> str:
    """Who signed an archive, in a sentence. Raises `CannotRun` where keys are named and it is none of them."""
    path = archive + END
    there = os.path.lexists(path)
    if not keys:
        unsaid = "is signed; `--key FILE` says whether with a key that you trust" if there else "is not signed"
        return f"{archive}: {unsaid}"
    if not there:
        raise CannotRun(f"`{archive}` is not signed: there is no `{path}`", "ask for the signature, too")
    signature = content_of(path, path, SIZE + 1, "name an archive with its signature beside it")
    public = [(content_of(key, key, LARGEST_KEY, "name a file with a public key"), key) for key in keys]
    return f"{archive}: signed with the key in `{check_signature(data, signature, public, archive)}`"
