"""No output is written over what a run reads, or over what belongs to a project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shells import Shell

DESK = """\
policy desk
store calls { url "s3://acme-recordings/{{ tenant.folder }}/" credentials env S3_CREDENTIALS }
use "common.recpol"
on ice { record { connect pstn +46850020000 } }
"""

FILES = {
    "recpol.yaml": "tenants: table.csv\n",
    "table.csv": "tenant,folder\nacme,calls\n",
    "desk.recpol": DESK.replace("tenant.folder", "var.folder"),
    "common.recpol": "rules common\n",
    "desk.test.yaml": "tests:\n- name: a talk is recorded\n  call: [answer]\n  recorded: [connect]\n",
    "known.json": '{"version": 1, "files": [], "findings": []}\n',
    "other/lone.recpol": "policy lone\non ice { hangup }\n",
    "old.json": '{"action": {"name": "Hangup"}}\n',
    "far.svaml.json": '{"action": {"name": "Hangup"}}\n',
}

KEPT = ("recpol.yaml", "table.csv", "desk.recpol", "common.recpol", "desk.test.yaml", "other/lone.recpol")


@pytest.mark.parametrize("kept", [*KEPT, "far.svaml.json"])
@pytest.mark.parametrize(
    "words",
    [
        ["lint", "desk.recpol", "-o"],
        ["lint", "-o"],
        ["lint", "--shard", "1/1", "--shard-file"],
        ["report", "desk.recpol", "-o"],
        ["report", "desk.recpol", "--shard", "1/1", "--shard-file"],
        ["prove", "desk.recpol", "--tenant", "acme", "-o"],
        ["draw", "desk.recpol", "-o"],
        ["evidence", "desk.recpol", "-o"],
        ["test", "--junit"],
        ["test", "--shard", "1/1", "--shard-file"],
    ],
    ids=" ".join,
)
def test_what_belongs_to_a_project_is_never_written_over(
    shell: Shell, tmp_path: Path, words: list[str], kept: str
) -> None:
    done = shell(*words, kept, files=FILES)
    assert done.status == 2, done
    assert f"`{kept}` is not written over: " in done.err
    assert {name: (tmp_path / name).read_text() for name in FILES} == FILES


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["lint", "old.json", "-o", "old.json"], "old.json"),
        (["lint", "desk.recpol", "--baseline", "known.json", "-o", "known.json"], "known.json"),
        (["lint", "old.json", "-o", "link"], "old.json"),
        (["lint", "old.json", "-o", "twin"], "old.json"),
        (["lint", "link", "-o", "old.json"], "old.json"),
        (["lint", "desk.recpol", "-o", "policy"], "desk.recpol"),
    ],
)
def test_whatever_a_run_reads_is_not_written_over(shell: Shell, tmp_path: Path, words: list[str], kept: str) -> None:
    shell("lint", "desk.recpol", files=FILES)
    (tmp_path / "link").symlink_to("old.json")
    (tmp_path / "policy").symlink_to("desk.recpol")
    os.link(tmp_path / "old.json", tmp_path / "twin")
    done = shell(*words)
    assert done.status == 2, done
    assert f"`{words[-1]}` is not written over: " in done.err
    assert (tmp_path / kept).read_text() == FILES[kept]


def test_nothing_else_is_written_then(shell: Shell, tmp_path: Path) -> None:
    crooked = DESK.replace('use "common.recpol"\n', "").replace("{{ tenant.folder }}/", "x.mp3")
    words = ["lint", "desk.recpol", "--fix", "--output-format", "json=first.json", "--output-format"]
    done = shell(*words, "sarif=desk.recpol", files={"desk.recpol": crooked})
    assert done.status == 2
    assert (tmp_path / "desk.recpol").read_text() == crooked
    assert not (tmp_path / "first.json").exists()


def test_a_key_that_signs_is_not_written_over(shell: Shell, tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(key)
    lone = {"lone.recpol": FILES["other/lone.recpol"]}
    assert shell("evidence", "lone.recpol", "--sign", "key.pem", "-o", "key.pem", files=lone).status == 2
    assert (tmp_path / "key.pem").read_bytes() == key


def test_a_report_is_written_over_the_last_one(shell: Shell, tmp_path: Path) -> None:
    lone = {"lone.recpol": FILES["other/lone.recpol"]}
    for _ in range(2):
        assert shell("lint", "lone.recpol", "-o", "report.txt", files=lone).status == 0
        assert shell("lint", "lone.recpol", "--shard", "1/1", "--shard-file", "one.json").status == 0
        assert shell("lint", "--merge", "one.json", "-o", "report.txt").status == 0
    assert (tmp_path / "report.txt").read_text().startswith("no findings")
