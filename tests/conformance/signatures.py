"""Signatures against the official Node SDK: `signatures.py [CASES]`, needs npm and a network.

Node signs what recpol verifies, and judges what recpol signs: the two published test vectors and random requests, each
also with another timestamp, which both have to refuse. The exit status is 1 where they disagree, 2 without npm.
"""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

from recpol.runtime.wire import Refusal, SigningKey, WireRequest, key_of, signature, verified

PACKAGES = ("@sinch/voice@1.4.0", "@sinch/sdk-client@1.5.0", "@sinch/sdk-core@1.4.0")

VECTORS: tuple[dict[str, str], ...] = (
    {
        "key": "669E367E-6BBA-48AB-AF15-266871C28135", "secret": "BeIukql3pTKJ8RGL5zo0DA==",
        "path": "/sinch/callback/ace", "type": "application/json", "timestamp": "2014-09-24T10:59:41Z",
        "body": '{"event":"ace","callid":"822aa4b7-05b4-4d83-87c7-1f835ee0b6f6_257",'
        '"timestamp":"2014-09-24T10:59:41Z","version":1}',
        "published": "Tg6fMyo8mj9pYfWQ9ssbx3Tc1BNC87IEygAfLbJqZb4=",
    },
    {
        "key": "a74b1566-0f18-4f8e-9c23-8e6b5df8fd3e", "secret": "F5wrP9SKYU6w8sbZXkp7GA==",
        "path": "/voice-webhooks", "type": "application/json; charset=utf-8",
        "timestamp": "2026-04-01T12:00:00.0000000Z",
        "body": '{"event":"call.incoming","call":{"callId":"01AN4Z07BY79KA1307SR9X4MV3"}}',
        "published": "EWFtVTrykdhMTdyYSbn40GBJpf5UBeggO9T99sdwLyY=",
    },
)  # fmt: skip
"""Those of the pages "callback signed request" (Voice API v1) and of the OpenAPI of Voice API v2: they open nothing."""

JUDGE = """
const fs = require("node:fs");
const { VoiceCallbackWebhooks } = require("@sinch/voice");
const { generateAuthorizationHeader } = require("@sinch/sdk-client");
const said = JSON.parse(fs.readFileSync(0, "utf8")).map((one) => {
  const callbacks = new VoiceCallbackWebhooks({ applicationKey: one.key, applicationSecret: one.secret });
  const judge = (timestamp) => callbacks.validateAuthenticationHeader(
    { authorization: one.authorization, "x-timestamp": timestamp, "content-type": one.type },
    one.body, one.path, "POST");
  const stamp = `x-timestamp:${one.timestamp}`;
  return {
    signs: generateAuthorizationHeader("POST", one.body, one.type, stamp, one.path, one.key, one.secret),
    accepts: judge(one.timestamp),
    refuses: !judge(one.timestamp.replace("Z", "1Z")),
  };
});
console.log(JSON.stringify(said));
"""


class CannotJudge(Exception):
    """npm or Node is missing, or the packages cannot be installed."""


def cases(count: int) -> list[dict[str, str]]:
    """The vectors, and random requests: content types, escaped paths, empty bodies and bodies beyond ASCII."""
    dice = random.Random(15)
    found = [dict(vector) for vector in VECTORS]
    for n in range(count):
        text = "".join(dice.choice('abcåß電話😀"\\ {}') for _ in range(dice.randrange(40)))
        found.append({
            "key": f"key-{n}", "secret": base64.b64encode(dice.randbytes(16)).decode(),
            "path": dice.choice(("/desk", "/a/b", "/caf%C3%A9", "/a%2fb", "/")),
            "type": dice.choice(("application/json", "application/json; charset=utf-8", "text/plain")),
            "timestamp": f"2026-11-{dice.randrange(1, 31):02}T12:00:00{dice.choice(('', '.1', '.1234567'))}Z",
            "body": json.dumps({"event": "ice", "callid": text}, ensure_ascii=dice.random() < 0.5),
        })  # fmt: skip
    return found


def disagreements(asked: list[dict[str, str]], said: list[dict[str, Any]]) -> list[str]:
    """Where Node and recpol say different things."""
    wrong = []
    for one, judged in zip(asked, said, strict=True):
        scheme, _, rest = str(judged["signs"]).partition(" ")
        key = key_of("v1", one["key"], one["secret"])
        ours = _signature(key, one)
        headers = {"authorization": judged["signs"], "x-timestamp": one["timestamp"], "content-type": one["type"]}
        request = WireRequest("POST", one["path"], headers, one["body"].encode())
        if isinstance(verified(request, {("v1", key.name): key}, one["path"]), Refusal):
            wrong.append(f"recpol refuses what Node signed: {one}")
        if (scheme.lower(), rest) != ("application", f"{one['key']}:{ours}"):
            wrong.append(f"Node signs otherwise: {one}")
        if one.get("published", ours) != ours:
            wrong.append(f"the published signature is another one: {one}")
        wrong += [f"Node does not agree that it {verb}: {one}" for verb in ("accepts", "refuses") if not judged[verb]]
    return wrong


def _signature(key: SigningKey, one: dict[str, str]) -> str:
    return signature(key.secret, "POST", one["body"].encode(), one["type"], one["timestamp"], one["path"])


def judged(asked: list[dict[str, str]], folder: Path) -> list[dict[str, Any]]:
    """What Node says; raises `CannotJudge`."""
    npm, node = which("npm"), which("node")
    if npm is None or node is None:
        raise CannotJudge("there is no npm or no node on the path")
    (folder / "package.json").write_text('{"private": true}', "utf-8")
    (folder / "judge.js").write_text(JUDGE, "utf-8")
    install = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotJudge(f"npm cannot install {', '.join(PACKAGES)}: {done.stderr.strip()}")
    for one in asked:
        key = key_of("v1", one["key"], one["secret"])
        one["authorization"] = f"Application {one['key']}:{_signature(key, one)}"
    ran = subprocess.run(
        [node, "judge.js"], cwd=folder, input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise CannotJudge(f"the judge ends with status {ran.returncode}: {ran.stderr.strip()[:500]}")
    said: list[dict[str, Any]] = json.loads(ran.stdout)
    return said


def main(words: list[str]) -> int:
    """Run the command and return its exit status."""
    asked = cases(int(words[0]) if words else 500)
    try:
        with TemporaryDirectory(prefix="recpol-signatures-") as folder:
            wrong = disagreements(asked, judged(asked, Path(folder)))
    except CannotJudge as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    told = [*wrong, f"{', '.join(PACKAGES)}: {len(asked)} requests, {len(wrong)} disagreements"]
    sys.stdout.write("\n".join(told) + "\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
