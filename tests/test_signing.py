"""Signatures of evidence: a good one is found good; a wrong, missing or foreign one is refused before anything else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from recpol.cli.main import run

POLICY = "policy desk\non ice { hangup }\n"
SECRET = b"open sesame"


def keys(folder: Path, name: str, seed: int) -> None:
    """A pair of keys, as openssl and as ssh-keygen write it, and the private one locked, too."""
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    kinds: tuple[tuple[str, PrivateFormat, KeySerializationEncryption], ...] = (
        ("pem", PrivateFormat.PKCS8, NoEncryption()), ("ssh", PrivateFormat.OpenSSH, NoEncryption()),
        ("locked", PrivateFormat.PKCS8, BestAvailableEncryption(SECRET)),
    )  # fmt: skip
    for end, form, locked in kinds:
        (folder / f"{name}.{end}").write_bytes(private.private_bytes(Encoding.PEM, form, locked))
    public = private.public_key()
    (folder / f"{name}.pub.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (folder / f"{name}.pub.ssh").write_bytes(
        public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) + b" me@here\n"
    )


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a signed archive, the keys that it was signed with, and those of somebody else."""
    folder = tmp_path_factory.mktemp("signed")
    (folder / "desk.recpol").write_text(POLICY, "utf-8")
    keys(folder, "ours", 1)
    keys(folder, "theirs", 2)
    with chdir(folder):
        assert make("--sign", "ours.pem") == 0
    return folder


@pytest.fixture
def place(signed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, and we in it."""
    monkeypatch.delenv("RECPOL_PASSPHRASE", raising=False)
    monkeypatch.chdir(shutil.copytree(signed, tmp_path / "here"))
    return tmp_path / "here"


def make(*words: str) -> int:
    return run(["evidence", "desk.recpol", "-o", "desk.zip", "--day", "2026-11-01", *words])


@pytest.mark.parametrize("public", ["ours.pub.pem", "ours.pub.ssh"])
def test_a_good_signature_is_found_good(place: Path, capsys: pytest.CaptureFixture[str], public: str) -> None:
    assert run(["evidence", "check", "desk.zip", "--key", "theirs.pub.pem", "--key", public]) == 0
    assert f"desk.zip: signed with the key in `{public}`\n" in capsys.readouterr().out


def test_all_forms_of_a_key_give_the_same_signature(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = (place / "desk.zip.sig").read_bytes()
    assert make("--sign", "ours.ssh") == 0
    assert (place / "desk.zip.sig").read_bytes() == first
    monkeypatch.setenv("RECPOL_PASSPHRASE", SECRET.decode())
    assert make("--sign", "ours.locked") == 0
    assert (place / "desk.zip.sig").read_bytes() == first


def test_openssl_reads_and_makes_the_same_signatures(place: Path) -> None:
    check = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "ours.pub.pem", "-rawin", "-in", "desk.zip"]
    subprocess.run([*check, "-sigfile", "desk.zip.sig"], check=True, capture_output=True)
    ours = (place / "desk.zip.sig").read_bytes()
    sign = ["openssl", "pkeyutl", "-sign", "-inkey", "ours.pem", "-rawin", "-in", "desk.zip", "-out", "desk.zip.sig"]
    subprocess.run(sign, check=True, capture_output=True)
    assert (place / "desk.zip.sig").read_bytes() == ours


def flipped(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "key", "said"),
    [
        ("", "theirs.pub.pem", "was not signed with this key, or was changed since"),
        ("desk.zip", "ours.pub.pem", "was not signed with this key, or was changed since"),
        ("desk.zip.sig", "ours.pub.pem", "was not signed with this key, or was changed since"),
        ("missing", "ours.pub.pem", "is not signed: there is no `desk.zip.sig`"),
        ("short", "ours.pub.pem", "is no ed25519 signature"), ("long", "ours.pub.pem", "is no ed25519 signature"),
        ("", "ours.pem", "holds a private key"), ("", "desk.recpol", "holds no public key"),
        ("", "curve.pub", "is no ed25519 key"), ("", "nowhere", "cannot read `nowhere`"),
    ],
)  # fmt: skip
def test_what_is_not_signed_as_it_should_be_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], harm: str, key: str, said: str
) -> None:
    signature = place / "desk.zip.sig"
    curve = generate_private_key(SECP256R1()).public_key()
    (place / "curve.pub").write_bytes(curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    match harm:
        case "missing":
            signature.unlink()
        case "short":
            signature.write_bytes(signature.read_bytes()[:-1])
        case "long":
            signature.write_bytes(signature.read_bytes() + b"\n")
        case "":
            pass
        case _:
            flipped(place / harm, 10)
    assert run(["evidence", "check", "desk.zip", "--key", key]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == "", "nothing is said of what is in it"


@pytest.mark.parametrize(
    ("key", "passphrase", "said"),
    [
        ("ours.pub.pem", None, "holds no private key"), ("desk.recpol", None, "holds no private key"),
        ("ours.locked", None, "is locked by a passphrase"), ("ours.locked", "wrong", "or the passphrase is another"),
        ("ours.pem", "useless", "has no passphrase"), ("curve", None, "is no ed25519 key"),
        ("cut", None, "cannot be read"),
    ],
)  # fmt: skip
def test_a_key_that_cannot_sign_is_refused_before_anything_is_made(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    key: str, passphrase: str | None, said: str,
) -> None:  # fmt: skip
    curve = generate_private_key(SECP256R1())
    (place / "curve").write_bytes(curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (place / "cut").write_bytes((place / "ours.pem").read_bytes()[:40])
    (place / "desk.zip").unlink()
    if passphrase is not None:
        monkeypatch.setenv("RECPOL_PASSPHRASE", passphrase)
    assert make("--sign", key) == 2
    told = capsys.readouterr().err
    assert said in told
    assert passphrase is None or passphrase not in told
    assert not (place / "desk.zip").exists()


def test_who_did_not_sign_is_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evidence", "check", "desk.zip"]) == 0
    assert "desk.zip: is signed; `--key FILE` says whether with a key that you trust\n" in capsys.readouterr().out
    assert make() == 0
    assert "`desk.zip.sig` is of an archive that stood here before" in capsys.readouterr().err
    (place / "desk.zip.sig").unlink()
    assert run(["evidence", "check", "desk.zip"]) == 0
    assert "desk.zip: is not signed\n" in capsys.readouterr().out
    assert make("--key", "ours.pub.pem") == 2
    assert "`--key` is for checking" in capsys.readouterr().err


def test_the_library_is_named_where_it_is_not_installed(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for name in [name for name in sys.modules if name.startswith("cryptography.")]:
        monkeypatch.delitem(sys.modules, name)
    assert make("--sign", "ours.pem") == 2
    assert "pip install 'recpol[sign]'" in capsys.readouterr().err
    assert run(["evidence", "check", "desk.zip", "--key", "ours.pub.pem"]) == 2
    assert "pip install 'recpol[sign]'" in capsys.readouterr().err
