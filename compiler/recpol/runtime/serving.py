"""A build, keys and a ledger to what a server is made of, for `recpol serve` and for other applications.

Invariant: whatever is missing or wrong stops the start, with a message that holds no secret.
"""

from __future__ import annotations

import datetime
import os
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from recpol.base.record import Record, field
from recpol.base.typing import Any, Literal
from recpol.runtime.alarms import alarm_to_stderr
from recpol.runtime.build import Build, load
from recpol.runtime.core import Runtime, ServeOptions
from recpol.runtime.defaults import LEDGER, TOKEN, is_database, is_token
from recpol.runtime.entries import LedgerEntry
from recpol.runtime.index import BuildProblem
from recpol.runtime.ledger import Ledger, LedgerStore
from recpol.runtime.manage import Manager
from recpol.runtime.presence import Presence
from recpol.runtime.sending import ManageCredentials, ManageOptions, is_guarded
from recpol.runtime.wire import SigningKey, key_of

KEYS = (
    ("v1", "SINCH_APPLICATION_KEY", "SINCH_APPLICATION_SECRET"),
    ("v2", "SINCH_SERVICE_ID", "SINCH_SERVICE_SECRET"),
)
"""The environment variables of keys, by interface."""

ACCESS = ("SINCH_ACCESS_KEY", "SINCH_ACCESS_SECRET")
"""The environment variables of the access key of a project, which requests of Voice API v2 are sent with."""

PROJECT = "SINCH_PROJECT_ID"
"""The environment variable of the project in which calls of Voice API v2 are begun."""

OWN_PATHS = frozenset(("health", "metrics", "agent", "ledger", "calls", "callouts"))
"""What the paths of a server begin with that are no callbacks."""


class ServeProblem(Exception):
    """A server cannot start: what is wrong, and what helps."""

    def __init__(self, message: str, help: str) -> None:  # noqa: A002  as in findings
        super().__init__(message)
        self.help = help


class Served(Record):
    """What a server is made of; `reload` reads the build anew, `close` says that it stops, and ends the ledger."""

    runtime: Runtime
    ledger: Ledger
    manager: Callable[[], Manager]
    reload: Callable[[], bool]
    close: Callable[[], None]
    token: str | None = field(repr=False)


def utc_now() -> datetime.datetime:
    """The time, in UTC."""
    return datetime.datetime.now(datetime.UTC)


def keys_of(env: Mapping[str, str]) -> tuple[SigningKey, ...]:
    """The keys of the environment; raises `ServeProblem` where there is none, or half of one."""
    found = []
    for interface, name, secret in KEYS:
        if _both(env, name, secret):
            try:
                found.append(key_of(interface, env[name], env[secret]))  # type: ignore[arg-type]  # JSON and tables bring words, and only these
            except ValueError as problem:
                raise ServeProblem(f"`{secret}`: {problem}", "copy it from the dashboard") from None
    if not found:
        raise ServeProblem(
            "no key is set, so no request could be checked",
            "set SINCH_APPLICATION_KEY and SINCH_APPLICATION_SECRET, or SINCH_SERVICE_ID and SINCH_SERVICE_SECRET",
        )
    return tuple(found)


def access_key(env: Mapping[str, str]) -> tuple[str, str] | None:
    """The access key of the project and its secret, if the environment has them; raises `ServeProblem` for half of
    them."""
    return (env[ACCESS[0]], env[ACCESS[1]]) if _both(env, *ACCESS) else None


def _both(env: Mapping[str, str], name: str, secret: str) -> bool:
    """Whether a key and its secret are set; raises `ServeProblem` where one of them is."""
    if bool(env.get(name)) != bool(env.get(secret)):
        given, missing = (name, secret) if env.get(name) else (secret, name)
        raise ServeProblem(f"`{given}` is set, and `{missing}` is not", f"set `{missing}`")
    return bool(env.get(name))


def opener(where: str) -> Callable[[], LedgerStore]:
    """What opens the ledger: a file of SQLite, or `postgresql://…`."""
    if is_database(where):
        from recpol.runtime.postgres import LedgerDatabase

        return lambda: LedgerDatabase(where, serves=True)
    from recpol.runtime.sqlite import LedgerFile

    return lambda: LedgerFile(where)


def _unopened(where: str) -> ServeProblem:
    """Why a ledger cannot be opened, as far as its place tells; an address may hold a password, and is not shown."""
    if is_database(where):
        message = "the ledger cannot be opened: its database does not answer"
        return ServeProblem(message, "write `--ledger postgresql://USER@HOST/NAME`, and look at its rights")
    file = Path(where)
    if file.is_dir():
        return ServeProblem(f"the ledger cannot be opened: `{where}` is a folder", "name a file in it with `--ledger`")
    if not file.parent.is_dir():
        message = f"the ledger cannot be opened: there is no folder `{file.parent}`"
        return ServeProblem(message, "make the folder, or name another file with `--ledger`")
    if file.is_file() and os.access(where, os.W_OK):
        message = f"the ledger cannot be opened: `{where}` is no ledger, or is damaged or in use"
        return ServeProblem(message, "name a new file with `--ledger`; `recpol ledger check` looks at an old one")
    message = f"the ledger cannot be opened: `{where}` cannot be written"
    return ServeProblem(message, "look at the rights of the file and its folder")


def spool_of(where: str) -> str:
    """The file that entries go to while a ledger cannot be written: beside a file; for a database, in the folder in
    which the server is started, and named after that database."""
    if not is_database(where):
        return f"{where}.spool"
    from recpol.runtime.postgres import named_after

    return f"{LEDGER}-{named_after(where)}.spool"


def reader(where: str, *, write: bool = False) -> Any:
    """A ledger to read, and with `write` to prune; raises what the store raises, where it is not there."""
    if is_database(where):
        from recpol.runtime.postgres import LedgerDatabase

        return LedgerDatabase(where)
    from recpol.runtime.sqlite import LedgerFile

    return LedgerFile(where, read_only=not write, create=False)


def _presence(where: str) -> Any:
    """That this server is there, and whether it is alone."""
    if is_database(where):
        from recpol.runtime.postgres import DatabasePresence

        return DatabasePresence(where)
    return Presence(f"{where}.running")


def served(
    folder: str,
    *,
    env: Mapping[str, str] | None = None,
    ledger: str = LEDGER,
    options: ServeOptions | None = None,
    manage: ManageOptions | None = None,
    alarm: Callable[[str, str], None] = alarm_to_stderr,
) -> Served:
    """A build with its ledger, ready to answer; raises `ServeProblem`.

    `env` holds keys, and the values of `{{ env.NAME }}`; by default it is the environment of the process.
    """
    values = os.environ if env is None else env
    if manage is not None and manage.base and not is_guarded(manage.base):
        raise ServeProblem(
            "the address that requests go to (`--manage-url`) is of another machine: keys would go there in the clear",
            "write `https://…`",
        )
    token = values.get(TOKEN)
    if token and not is_token(token):
        raise ServeProblem(
            f"`{TOKEN}` holds what no header can", "take printable ASCII, without a line break at the end"
        )
    keys = keys_of(values)
    access = access_key(values)
    build = _loaded(folder, values, keys)
    try:
        open_store = opener(ledger)
        presence = _presence(ledger)
        store = open_store()
        before = store.latest()
        store.close()
    except ImportError as problem:
        raise ServeProblem(f"`{problem.name}` is not installed", "pip install 'recpol[postgres]'") from None
    except Exception:  # noqa: BLE001  whatever the store raises, the start stops
        raise _unopened(ledger) from None
    book = Ledger(open_store, spool_of(ledger), alarm)
    server = uuid.uuid4().hex[:12]

    def note(kind: Literal["started", "stopped"], **data: object) -> None:
        book.append([LedgerEntry(utc_now().timestamp(), "", kind, {"server": server, **data})])

    note("started", sites=_builds(build), before=before, alone=presence.alone)
    runtime = Runtime(build, keys, book, alarm, options)
    application = next((key for key in keys if key.interface == "v1"), None)
    service = next((key.name for key in keys if key.interface == "v2"), "")
    credentials = ManageCredentials(application, access, values.get(PROJECT, ""), service)

    def manager() -> Manager:
        import httpx

        return Manager(runtime, credentials, httpx.AsyncClient(), utc_now, manage)

    def reload() -> bool:
        try:
            runtime.adopt(_loaded(folder, values, keys))
        except ServeProblem as problem:
            alarm("reload-failed", f"the build before goes on: {problem}")
            return False
        note("started", sites=_builds(runtime.build), reload=True)
        return True

    def close() -> None:
        note("stopped")
        book.close()
        presence.close()

    return Served(runtime, book, manager, reload, close, token)


def _loaded(folder: str, values: Mapping[str, str], keys: tuple[SigningKey, ...]) -> Build:
    """A build whose callbacks can be checked; raises `ServeProblem`."""
    try:
        build = load(folder, values)
    except BuildProblem as problem:
        raise ServeProblem(str(problem), problem.help) from None
    for site in build.sites.values():
        if site.path.partition("/")[0] in OWN_PATHS:
            raise ServeProblem(
                f"`{site.path}` would answer at `/{site.path}`, which is the server's own",
                "give the policy, or its folder, another name",
            )
        if not any(key.interface == site.interface for key in keys):
            names = next(names for names in KEYS if names[0] == site.interface)
            raise ServeProblem(f"no key can sign the callbacks of `{site.path}`", f"set {names[1]} and {names[2]}")
    return build


def _builds(build: Build) -> dict[str, str]:
    """The policies of a build, each with what tells its builds apart."""
    return {path: site.digest for path, site in sorted(build.sites.items())}
