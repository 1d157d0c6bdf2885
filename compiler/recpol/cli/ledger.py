"""`recpol ledger`: what the ledger of a server shows: missing recordings, calls, everything as data.

Invariant: the ledger is only read, but for `prune`.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from recpol.base.typing import Any, Literal, assert_never, get_args
from recpol.cli.arguments import Arguments, NumberOf
from recpol.cli.console import say, tell
from recpol.runtime.defaults import LEDGER
from recpol.workspace.cannotrun import CannotRun

_DETAILS = """\
check   what is wrong, one line each; exit status 1 if there is anything: for cron
head    the number and the hash of the last entry: keep it elsewhere, for a later check --head
list    the calls, one line each
export  every entry, as JSON lines or CSV
prune   take out what is older than --days, and leave a mark
Exit status: 0, 1 if `check` found something, 2 recpol could not run.
"""


What = Literal["check", "head", "list", "export", "prune"]
"""What can be asked of a ledger."""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("ledger", "Read the ledger of recordings that `recpol serve` keeps.", _DETAILS)
    parser.choice("what", get_args(What), metavar="WHAT", help="check, head, list, export or prune")
    parser.option("ledger", nargs="?", default=LEDGER, metavar="LEDGER", help="a file, or postgresql://…")
    parser.option(
        "--grace",
        type=NumberOf("--grace", float, "write seconds, such as `--grace 600`"),
        default=600.0,
        metavar="SECONDS",
        help="how long a recording may take; default: 600",
    )
    parser.choice("--output-format", ("text", "json", "csv"), default="text", metavar="NAME", help="text, json or csv")
    parser.option("--head", metavar="NUMBER:HASH", help="of `check`: what `head` said once; it must still be there")
    parser.option(
        "--days",
        type=NumberOf("--days", float, "write a number, such as `--days 1826` for five years"),
        metavar="NUMBER",
        help="of `prune`: how old entries may be",
    )
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    from recpol.runtime.serving import reader

    options = arguments().read(words)
    file = None if "://" in options.ledger else options.ledger
    if file is not None and not os.path.exists(file):
        raise CannotRun(f"the ledger `{file}` does not exist", "name the file that `recpol serve --ledger` wrote")
    if file is not None and os.path.isdir(file):
        raise CannotRun(f"`{file}` is a folder", "name the file that `recpol serve --ledger` wrote")
    try:
        store = reader(options.ledger, write=options.what == "prune")
    except ImportError as problem:
        raise CannotRun(f"`{problem.name}` is not installed", "pip install 'recpol[postgres]'") from None
    except Exception:  # noqa: BLE001  whatever the store raises, there is nothing to read
        if file is not None:
            raise CannotRun(f"`{file}` is no ledger of recpol", "name the file that `recpol serve` wrote") from None
        raise CannotRun("the database of the ledger does not answer", "look at its address and rights") from None
    try:
        what: What = options.what
        match what:
            case "check":
                return _check(store, options)
            case "head":
                return _head(store)
            case "list":
                return _list(store, options)
            case "export":
                return _export(store, options)
            case "prune":
                return _prune(store, options)
            case _:
                assert_never(what)
    finally:
        store.close()


def _check(store: Any, options: Any) -> int:
    from recpol.runtime.checks import calls, looked_at, problems
    from recpol.runtime.entries import broken
    from recpol.runtime.serving import spool_of

    found: list[dict[str, Any]] = [
        {"check": "changed", "call": "", "policy": "", "at": None, "message": words}
        for words in broken(store.all(), _given_head(options.head))
    ]
    now = time.time()
    for one in problems(store.all(by_call=True), now, options.grace):
        found.append({"check": one.check, "call": one.call, "policy": one.site, "at": one.at, "message": one.words})
    _rows(
        found,
        options.output_format,
        lambda row: f"{row['check']}: {row['policy']} {row['call']}: {row['message']}".replace(":  :", ":"),
    )
    spool = spool_of(options.ledger)
    if os.path.exists(spool):
        tell(f"note: `{spool}` holds entries that the ledger did not take; a running `recpol serve` moves them into it")
    first = next(iter(store.all()), None)
    if first is not None and first.entry.kind == "pruned":
        when = datetime.fromtimestamp(first.entry.at, UTC)
        tell(f"note: entries up to {first.number} were taken out on {when:%Y-%m-%d} (UTC), as the ledger says")
    if options.output_format == "text":
        count = f"{len(found)} problem" + ("" if len(found) == 1 else "s") if found else "no problem"
        tell(f"{count} {looked_at(calls(store.all(by_call=True)), now, options.grace)}")
    return int(bool(found))


def _given_head(text: str | None) -> tuple[int, str] | None:
    """A head as it is written; raises `CannotRun`."""
    if text is None:
        return None
    found = re.fullmatch("([0-9]{1,15}):([0-9a-f]{64})", text)
    if found is None:
        raise CannotRun("`--head` is not of the form `NUMBER:HASH`", "write what `recpol ledger head` said")
    return int(found[1]), found[2]


def _head(store: Any) -> int:
    last = store.last()
    if last is None:
        raise CannotRun("the ledger has no entries yet", "ask again when a server has run")
    say(f"{last[0]}:{last[1]}")
    return 0


def _list(store: Any, options: Any) -> int:
    from recpol.runtime.checks import calls
    from recpol.runtime.pages import moment

    rows = (
        {
            "call": one.call, "policy": one.site, "began": moment(one.began), "ended": moment(one.ended),
            "result": one.result, "due": one.least, "possible": one.most, "finished": len(one.finished),
            "available": len(one.available),
        }
        for one in calls(store.all(by_call=True))
    )  # fmt: skip
    _rows(rows, options.output_format, lambda row: "  ".join(str(value) for value in row.values()))
    return 0


def _export(store: Any, options: Any) -> int:
    rows = (
        {
            "number": one.number,
            "at": one.entry.at,
            "call": one.entry.call,
            "kind": one.entry.kind,
            "data": dict(one.entry.data),
            "hash": one.hash,
        }
        for one in store.all()
    )
    _rows(rows, "json" if options.output_format == "text" else options.output_format, json.dumps)
    return 0


def _prune(store: Any, options: Any) -> int:
    if options.days is None or options.days < 0:
        raise CannotRun("`prune` wants to know how old entries may be", "write `--days 1826` for five years")
    now = time.time()
    count = store.prune(now - options.days * 86400, now)
    say(f"{count} entries were taken out")
    return 0


def _rows(rows: Any, form: str, line: Any) -> None:
    """Rows as text, as JSON lines or as CSV, one by one."""
    if form == "csv":
        say(_csv(rows))
        return
    for row in rows:
        say(json.dumps(row) if form == "json" else line(row), kind="json" if form == "json" else "text")


def _csv(rows: Iterator[dict[str, Any]]) -> str:
    from recpol.report.quiet import cell

    out = io.StringIO()
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.writer(out)
            writer.writerow(row)
        writer.writerow(cell(json.dumps(value) if isinstance(value, dict) else str(value)) for value in row.values())
    return out.getvalue()
