"""What `recpol compile` wrote, loaded whole: the documents of each policy, ready to be sent.

Invariant: a build is read once and frozen; whatever is wrong with it stops the start of a server, never a call.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping

from recpol.base.record import Record, field, replace
from recpol.base.typing import Any
from recpol.rendering import RenderError, render
from recpol.runtime.expectations import ActData, act_data
from recpol.runtime.index import INDEX, BuildProblem, answered_name, routes_of_index
from recpol.runtime.routes import ManifestRoutes, routes_of
from recpol.runtime.wire import Interface, JsonObject

MANIFEST = "manifest.json"

VERSION = 2
"""The version of manifests that is read."""

LARGEST_FILE = 16 * 1024 * 1024
"""The largest file of a build that is read, in bytes."""

DEEPEST = 3
"""How many folders a policy may lie below the build: `POLICY`, `TARGET/POLICY` or `TENANT/POLICY`, and one more."""


class ReadyDocument(Record):
    """A document of a build; `ready` is what is sent where nothing of a call is in it, with the values of `env`.

    `recordings` are the stores into which it starts recordings, by name; `values` are what it wants to know of a call.
    """

    file: str
    body: JsonObject = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    ready: bytes | None = field(repr=False)
    acts: ActData = field(repr=False, default=())
    recordings: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    def filled(self, call: JsonObject, start: Mapping[str, Any] | None = None) -> tuple[bytes, ActData]:
        """The bytes to send for a call, and what they do; raises `RenderError` where a value is missing.

        `start` holds what the backend gave when it began the call.
        """
        if self.ready is not None:
            return self.ready, self.acts
        body = render(self.body, call=call, env=self.env, start=start)
        return packed(body), act_data(body)


class ServedPolicy(Record):
    """A policy that is served: `path` is its folder below the build, such as `support-line` or `acme/support-line`.

    `digest` tells builds of one policy apart. `answers_for` are the numbers and applications that the policy answers.
    `refused` and `answered` are the replies to calls whose right reply cannot be given, before and after somebody
    answered; `unchanged` lets a call that was answered go on as it is. `remembers` is whether an answer depends on the
    document sent last, and `hangs_up` whether a call is ended where the stop of a phase is not confirmed.
    """

    path: str
    interface: Interface
    digest: str
    answers_for: tuple[str, ...]
    refused: JsonObject
    answered: JsonObject
    unchanged: JsonObject
    remembers: bool
    hangs_up: bool
    documents: Mapping[str, ReadyDocument] = field(repr=False)
    routes: ManifestRoutes = field(repr=False)


class Build(Record):
    """All policies of a folder, by path, and the paths of those that answer a number or an application."""

    sites: Mapping[str, ServedPolicy]
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def answering(self, name: str, interface: Interface) -> ServedPolicy | None:
        """The one policy that answers a number or an application; None where none does, or more than one."""
        found = [self.sites[path] for path in self.answers.get(answered_name(name), ())]
        found = [site for site in found if site.interface == interface]
        return found[0] if len(found) == 1 else None


def packed(document: object) -> bytes:
    """A document as it is sent: JSON without blanks, in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def load(folder: str, env: Mapping[str, str]) -> Build:
    """Everything below a folder that has a manifest; raises `BuildProblem`, the values of `env` never in it."""
    if not os.path.isdir(folder):
        what = "is a file, and no folder" if os.path.exists(folder) else "does not exist"
        raise BuildProblem(f"`{folder}` {what}", "name the folder that `recpol compile` wrote")
    sites = {}
    for path in _manifests(folder):
        site = _site(folder, path, env)
        sites[site.path] = site
    if not sites:
        raise BuildProblem(f"there is no `{MANIFEST}` below `{folder}`", "name the folder that `recpol compile` wrote")
    index = os.path.join(folder, INDEX)
    listed = routes_of_index(_read(index)[0], index) if os.path.exists(index) else own_answers(sites)
    for path in sorted({path for paths in listed.values() for path in paths}):
        if path not in sites:
            raise BuildProblem(f"`{index}` names the folder `{path}`, which is not there", "compile the whole project")
    return Build(sites, listed)


def own_answers(sites: Mapping[str, ServedPolicy]) -> dict[str, tuple[str, ...]]:
    """Which policies answer what, as their manifests say."""
    found: dict[str, tuple[str, ...]] = {}
    for path, site in sorted(sites.items()):
        for name in site.answers_for:
            found[answered_name(name)] = (*found.get(answered_name(name), ()), path)
    return found


def _manifests(folder: str) -> Iterator[str]:
    """The folders below one that hold a manifest, as paths relative to it, sorted."""
    todo = [""]
    while todo:
        at = todo.pop()
        try:
            entries = sorted(os.scandir(os.path.join(folder, at)), key=lambda entry: entry.name, reverse=True)
        except OSError as problem:
            raise BuildProblem(
                f"`{os.path.join(folder, at)}` cannot be read: {_said(problem)}", "look at its rights"
            ) from None
        for entry in entries:
            if entry.name == MANIFEST:
                yield at
            elif entry.is_dir() and not entry.name.startswith(".") and at.count("/") + 1 < DEEPEST:
                todo.append(f"{at}/{entry.name}".lstrip("/"))


def _said(problem: OSError) -> str:
    return (problem.strerror or "it cannot be read").lower()


def _read(path: str) -> tuple[Any, bytes]:
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as problem:
        raise BuildProblem(f"`{path}` cannot be read: {_said(problem)}", "compile again") from None
    if len(data) > LARGEST_FILE:
        raise BuildProblem(f"`{path}` is larger than {LARGEST_FILE // 1024 // 1024} MiB", "compile again")
    try:
        return json.loads(data), data
    except (ValueError, RecursionError):
        raise BuildProblem(f"`{path}` is not JSON", "compile again") from None


def _site(folder: str, path: str, env: Mapping[str, str]) -> ServedPolicy:
    name = os.path.join(folder, path, MANIFEST)
    manifest, data = _read(name)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("replies"), list):
        raise BuildProblem(f"`{name}` is no manifest of recpol", "name the folder that `recpol compile` wrote")
    version = manifest.get("manifestVersion")
    if version != VERSION:
        raise BuildProblem(
            f"`{name}` is of version {version!r}; this recpol reads version {VERSION}", "compile again with this recpol"
        )
    trouble: Any = manifest.get("trouble")
    try:
        spare: list[dict[str, Any]] = [trouble["refused"], trouble["answered"], manifest["unchanged"]]
    except (TypeError, LookupError):
        raise BuildProblem(f"`{name}` does not say what to send in trouble", "compile again") from None
    digest = hashlib.sha256(data)
    documents = {}
    for reply in manifest["replies"]:
        file = str(reply.get("file"))
        if "/" in file or file.startswith("."):
            raise BuildProblem(f"`{name}` names the file `{file}`", "compile again")
        body, written = _read(os.path.join(folder, path, file))
        digest.update(hashlib.sha256(written).digest())
        made = _document(file, body, reply.get("values", ()), env, os.path.join(folder, path, file))
        documents[file] = replace(made, recordings=tuple(map(str, reply.get("recordings", ()))))
    # A policy may answer no call that comes in: what it sends in trouble tells which interface it is written for.
    interface: Interface = "v2" if "commands" in spare[2] else "v1"
    return ServedPolicy(
        path=path,
        interface=interface,
        digest=digest.hexdigest()[:16],
        answers_for=tuple(str(name) for kind in ("numbers", "applications") for name in manifest.get(kind, ())),
        refused=spare[0],
        answered=spare[1],
        unchanged=spare[2],
        remembers=bool(manifest.get("remembers")),
        hangs_up=manifest.get("phaseFailure") == "hangup",
        documents=documents,
        routes=routes_of(manifest["replies"]),
    )


def _document(file: str, body: JsonObject, values: object, env: Mapping[str, str], shown: str) -> ReadyDocument:
    """A document with the values of the environment in it; raises `BuildProblem` where one is missing."""
    needed = [str(value) for value in values] if isinstance(values, list) else []
    missing = [value.removeprefix("env.") for value in needed if value.startswith("env.") and value[4:] not in env]
    if missing:
        raise BuildProblem(f"`{shown}` needs the environment variable `{missing[0]}`", f"set `{missing[0]}`")
    of_call = tuple(value for value in needed if not value.startswith("env."))
    if of_call:
        return ReadyDocument(file, body, env, None, values=of_call)
    try:
        filled = render(body, env=env)
    except RenderError as problem:
        raise BuildProblem(f"`{shown}` cannot be filled: {problem}", problem.help) from None
    return ReadyDocument(file, filled, {}, packed(filled), act_data(filled))
