"""The bytes of an archive and a key to a signature, and back to whether it was made with that key.

A signature is plain ed25519 (RFC 8032) over all bytes of the file, 64 bytes, as `openssl pkeyutl -rawin` makes and
reads them; keys are PEM or those of OpenSSH. The library is `cryptography`, of the extra `recpol[sign]`.

Invariant: a private key is in no message; a key of another kind is refused, never taken for one that fits.
"""

from __future__ import annotations

from collections.abc import Sequence

from recpol.base.typing import TYPE_CHECKING
from recpol.workspace.cannotrun import CannotRun

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LARGEST_KEY = 64 * 1024
SIZE = 64
"""The bytes of a signature."""

END = ".sig"
"""Follows the name of an archive in that of its signature."""

_NEEDED = "pip install 'recpol[sign]'"


def signed(data: bytes, key: bytes, called: str, passphrase: str | None) -> bytes:
    """The signature of data with a private key; raises `CannotRun` for what is no such key."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key
    except ModuleNotFoundError as problem:
        raise CannotRun(f"`{problem.name}` is not installed", _NEEDED) from None
    if b"PRIVATE KEY-----" not in key:
        raise CannotRun(f"`{called}` holds no private key", "`openssl genpkey -algorithm ed25519` makes one")
    load = load_ssh_private_key if b"BEGIN OPENSSH PRIVATE KEY" in key else load_pem_private_key
    try:
        found = load(key, None if passphrase is None else passphrase.encode())
    except TypeError:
        raise CannotRun(
            f"`{called}` is locked by a passphrase" if passphrase is None else f"`{called}` has no passphrase",
            "put the passphrase into `RECPOL_PASSPHRASE`" if passphrase is None else "unset `RECPOL_PASSPHRASE`",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        what = "cannot be read" if passphrase is None else "cannot be read, or the passphrase is another"
        raise CannotRun(f"the private key in `{called}` {what}", "name a key in PEM, or of OpenSSH") from None
    if not isinstance(found, Ed25519PrivateKey):
        raise CannotRun(f"the key in `{called}` is no ed25519 key", "`openssl genpkey -algorithm ed25519` makes one")
    return found.sign(data)


def check_signature(data: bytes, signature: bytes, keys: Sequence[tuple[bytes, str]], called: str) -> str:
    """The name of the key, of some public keys with their names, that a signature was made with.

    Raises `CannotRun` where it was made with none of them, or for other bytes.
    """
    try:
        from cryptography.exceptions import InvalidSignature
    except ModuleNotFoundError as problem:
        raise CannotRun(f"`{problem.name}` is not installed", _NEEDED) from None
    if len(signature) != SIZE:
        raise CannotRun(f"`{called}{END}` is no ed25519 signature", f"it has {SIZE} bytes, as `recpol evidence` writes")
    for content, name in keys:
        try:
            _public(content, name).verify(signature, data)
        except InvalidSignature:
            continue
        return name
    raise CannotRun(
        f"`{called}` was not signed with {'this key' if len(keys) == 1 else 'any of these keys'}, or was changed since",
        "believe nothing of it: ask whoever should have signed it",
    )


def _public(content: bytes, name: str) -> Ed25519PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key, load_ssh_public_key

    if b"PRIVATE KEY" in content:
        raise CannotRun(f"`{name}` holds a private key", "name the public one, and hand the private one to nobody")
    load = load_pem_public_key if content.lstrip().startswith(b"-----BEGIN") else load_ssh_public_key
    try:
        found = load(content.strip())
    except (ValueError, UnsupportedAlgorithm):
        raise CannotRun(f"`{name}` holds no public key", "name one in PEM, or a line of OpenSSH") from None
    if not isinstance(found, Ed25519PublicKey):
        raise CannotRun(f"the key in `{name}` is no ed25519 key", "ask for the ed25519 key that signs evidence")
    return found
