"""What a shard found, in a file, and the files of all shards to what the whole run found.

A file says which shard of how many it is, which command wrote it, which recpol, and of which state of the project: a
digest of all that each of the shards has read. It holds findings as data, with places in files and digests of these,
and no line of a source: who puts the shards together has the same files.

Invariant: shards are put together where each of them is there once, and all are of one state, one command line and one
recpol; else nothing is said of the whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence

from recpol.base.digest import digest
from recpol.base.finding import CallStep, Finding
from recpol.base.record import Record, field, replace
from recpol.base.records import Classes, RecordReader, RecordWriter
from recpol.base.secrets import masked
from recpol.base.source import Source
from recpol.base.typing import Any
from recpol.settings.tenants import TenantList
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import Input, here, shown
from recpol.workspace.reading import content_of
from recpol.workspace.saving import save
from recpol.workspace.session import Session
from recpol.workspace.shards import Shard

FORM = "recpolShard"
VERSION = 1
"""Raised when a reader of the file would have to change."""

LARGEST = 1024 * 1024 * 1024
"""The largest file that is read, in bytes: a shard of ten thousand policies' pages is smaller."""

_SOURCE = 64 * 1024 * 1024
"""The largest file that a finding can be in, in bytes: a table of tenants."""


class ShardForm(Record):
    """What the files of a command's shards are like: the command, the version of recpol, and records that they hold.

    With `in_output` each shard leaves its file in the output folder, and nobody names one.
    """

    command: str
    version: str
    classes: Classes = field(repr=False)
    in_output: bool = False


class ShardFile(Record):
    """What one shard came to: `about` is the command line, the same for all shards, `found` what was found."""

    shard: Shard
    about: Mapping[str, Any]
    found: Any = field(repr=False)
    sources: Mapping[str, Source] = field(repr=False)
    """The files that findings are in, by what they are called: one text for all shards."""


def read_of(source: Source) -> tuple[str, bytes]:
    """That a source was read, for `state_of`: what it is called, and the digest of its text."""
    return source.path, digest(source.text.encode("utf-8", "surrogatepass"))


def texts_read(session: Session, items: Iterable[Input]) -> list[tuple[str, bytes]]:
    """The files of a run that can be read, with digests of their texts, for `state_of`: those of other shards too."""
    read = []
    for item in items:
        try:
            source = session.files.load(item)
        except CannotRun:
            continue
        read += [read_of(source)] if isinstance(source, Source) else []
    return read


def state_of(read: Iterable[tuple[str, bytes]]) -> str:
    """The state of a project as a digest: of all files that were read, with digests of their texts."""
    return digest(json.dumps(sorted((called, text.hex()) for called, text in set(read))).encode()).hex()


def settings_read(session: Session, tenants: TenantList | None) -> list[tuple[str, bytes]]:
    """The files beside policies that a run has read: its settings, and a file of tenants."""
    read: list[Source] = []
    if session.project is not None:
        settings = session.files.load(session.project.settings)
        read += [settings] if isinstance(settings, Source) else []
    if tenants is not None:
        read += [tenant.row.source for tenant in tenants.tenants[:1]]
    return [read_of(source) for source in read]


def write_shard_file(
    path: str, form: ShardForm, shard: Shard, state: str, about: Mapping[str, Any], found: Any
) -> None:
    """Write what a shard found; `found` is made of records of the form. Raises `CannotRun`."""
    writer = _writer(form, found)
    body = writer.written(found)
    content = {
        "state": state,
        "about": dict(about),
        "sources": [_told(source) for source in writer.sources],
        "records": writer.records,
        "found": body,
    }
    document = {
        FORM: VERSION, "version": form.version, "command": form.command, "shard": [shard.number, shard.count],
        "digest": _digest(content), **content,
    }  # fmt: skip
    save(path, json.dumps(document) + "\n", "choose another file with `--shard-file`")


def _writer(form: ShardForm, found: Any) -> RecordWriter:
    """What writes what was found, without the secrets that messages quote: all texts count for each message."""
    from recpol.report.hidden import without_secrets

    findings: dict[int, Finding] = {}

    def collect(value: Any) -> Any:
        if isinstance(value, Finding):
            findings[id(value)] = value
        return value

    RecordWriter(form.classes, collect).written(found)
    quiet = dict(zip(findings, without_secrets(findings.values()), strict=True))

    def instead(value: Any) -> Any:
        if isinstance(value, Finding):
            return quiet[id(value)]
        return replace(value, text=masked(value.text)) if isinstance(value, CallStep) else value

    return RecordWriter(form.classes, instead)


def _told(source: Source) -> list[str]:
    """A source: what it is called, and the digest of its text, or its text where it is recpol's own and no file."""
    path = os.path.join(here(), source.path)
    if not source.text or not os.path.lexists(path):
        return [source.path, "", source.text]
    return [source.path, read_of(source)[1].hex(), ""]


def _digest(content: Mapping[str, Any]) -> str:
    return digest(json.dumps(content).encode()).hex()


def read_shard_files(paths: Sequence[str], form: ShardForm) -> list[ShardFile]:
    """The files of all shards of one run, in their order; raises `CannotRun` where they are not that."""
    command = form.command
    if not paths:
        raise CannotRun("`--merge` names no file", f"name the files that `recpol {command} --shard-file` wrote")
    documents = [(shown(os.path.abspath(os.path.join(here(), path)), here()), _document(path, form)) for path in paths]
    first_name, first = documents[0]
    by_number: dict[int, tuple[str, dict[str, Any]]] = {}
    for name, document in documents:
        _refuse_other(name, document, form)
        number, count = document["shard"]
        if count != first["shard"][1]:
            raise CannotRun(
                f"`{first_name}` is one of {first['shard'][1]} shards, and `{name}` is one of {count}",
                "delete the files of the other run" if form.in_output else "name the files of one sharded run",
            )
        earlier = by_number.setdefault(number, (name, document))
        if earlier[0] != name or earlier[1] is not document:
            raise CannotRun(f"`{earlier[0]}` and `{name}` are both shard {number}/{count}", "name each shard once")
        for what, said in (("state", "another state of the project"), ("about", "another command line")):
            if document[what] != first[what]:
                raise CannotRun(
                    f"`{first_name}` and `{name}` do not belong together: they are of {said}",
                    "run all shards over the same files, with the same options",
                )
    count = first["shard"][1]
    missing = [number for number in range(1, count + 1) if number not in by_number]
    if missing:
        named = f"shard {missing[0]} of {count} is" if len(missing) == 1 else f"shards {_list(missing)} of {count} are"
        then = (
            "with the same output folder, or copy what it wrote there" if form.in_output else "and name its file, too"
        )
        raise CannotRun(f"{named} missing", f"run `recpol {command} --shard {missing[0]}/{count}`, {then}")
    known: dict[tuple[str, str], Source] = {}
    return [_read(*by_number[number], form.classes, known) for number in sorted(by_number)]


def _list(numbers: Sequence[int]) -> str:
    named = ", ".join(map(str, numbers[:5]))
    return named if len(numbers) <= 5 else f"{named} and {len(numbers) - 5} more"


def _document(path: str, form: ShardForm) -> dict[str, Any]:
    help_ = "run its shard again" if form.in_output else "name a file that `--shard-file` wrote, as it is"
    data = content_of(os.path.join(here(), path), path, LARGEST, help_)
    try:
        document = json.loads(data)
        number, count = document["shard"]
        plain = all(type(one) is int for one in (number, count)) and 1 <= number <= count
        texts = all(isinstance(document[name], str) for name in ("version", "command", "state", "digest"))
        if document[FORM] == VERSION and plain and texts and isinstance(document["about"], dict):
            return dict(document)
    except (ValueError, TypeError, LookupError, RecursionError):
        pass
    raise CannotRun(f"`{path}` is no file of a shard", help_)


def _refuse_other(name: str, document: Mapping[str, Any], form: ShardForm) -> None:
    if document["version"] != form.version:
        raise CannotRun(
            f"`{name}` was written by recpol {document['version']}, and this is {form.version}",
            "run all shards and `--merge` with one version",
        )
    if document["command"] != form.command:
        raise CannotRun(
            f"`{name}` was written by `recpol {document['command']}`",
            f"name it with `recpol {document['command']} --merge`",
        )


def refuse_options(command: str, given: Mapping[str, Any]) -> None:
    """Raise `CannotRun` where an option is given with `--merge` that the shards were to be given; by their names."""
    for option, value in given.items():
        if value:
            raise CannotRun(
                f"`{option}` does not go with `--merge`: what shards found is found",
                f"give it to each `recpol {command} --shard`",
            )


def same_variables(about: Mapping[str, Any], given: Mapping[str, str]) -> None:
    """Raise `CannotRun` where other variables are given than the shards were: their values are in no file."""
    if sorted(given) != about["var"]:
        named = " ".join(f"--var {name}=…" for name in about["var"])
        raise CannotRun(
            f"the shards were given {named or 'no `--var`'}",
            f"give `--merge` the same: {named}" if named else "leave `--var` out",
        )


def _read(name: str, document: Mapping[str, Any], classes: Classes, known: dict[tuple[str, str], Source]) -> ShardFile:
    damaged = CannotRun(f"`{name}` is damaged", "run its shard again")
    try:
        content = {one: document[one] for one in ("state", "about", "sources", "records", "found")}
        if _digest(content) != document["digest"]:
            raise damaged
        sources = [_source(name, *source, known=known) for source in document["sources"]]
        found = RecordReader(classes, document["records"], sources).read(document["found"])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise damaged from None
    return ShardFile(
        Shard(*document["shard"]), document["about"], found, {called: one for (called, _), one in known.items()}
    )


def _source(name: str, called: str, told: str, text: str, *, known: dict[tuple[str, str], Source]) -> Source:
    """The source that a shard has read, as this machine has it; one for all shards."""
    key = (called, told or text)
    if key not in known:
        if told:
            data = content_of(os.path.join(here(), called), called, _SOURCE + 1, "name the files of this project")
            text = data.decode("utf-8", "replace")
            if read_of(Source(called, text))[1].hex() != told:
                raise CannotRun(
                    f"`{called}` is not what it was when `{name}` was written",
                    "put the shards together in the folder and the commit that they were run in",
                )
        known[key] = Source(called, text)
    return known[key]
