"""The ledger in PostgreSQL: the same entries and chain as in a file, written by two processes at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recpol.cli.main import run
from recpol.runtime.checks import problems
from recpol.runtime.entries import KeptEntry, LedgerEntry, broken
from recpol.runtime.ledger import Ledger
from recpol.runtime.serving import spool_of
from recpol.runtime.sqlite import LedgerFile

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian puts the commands of each version, which it leaves out of the path."""

PATH = os.pathsep.join([os.environ["PATH"], *(str(folder) for folder in sorted(DEBIAN.glob("*/bin")))])

pytestmark = pytest.mark.skipif(shutil.which("initdb", path=PATH) is None, reason="there is no PostgreSQL")


def _run(program: str, *options: str) -> None:
    """Run a command of PostgreSQL, which does not run as root."""
    nobody = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    environment = {**os.environ, "PATH": PATH}
    words = [*(() if os.getuid() else nobody), str(shutil.which(program, path=PATH)), *options]
    subprocess.run(words, check=True, capture_output=True, env=environment)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("postgres")
    for place in (folder, *folder.parents):
        if place.stat().st_uid == os.getuid() and str(place).startswith(tempfile.gettempdir() + os.sep):
            place.chmod(0o755)
    data = folder / "data"
    data.mkdir()
    if os.getuid() == 0:
        shutil.chown(data, "nobody")
    _run("initdb", "-D", str(data), "-U", "recpol", "-A", "trust")
    options = f"-k {data} -c listen_addresses='' -c fsync=off"
    _run("pg_ctl", "-D", str(data), "-o", options, "-w", "-l", str(data / "log"), "start")
    try:
        yield f"postgresql://recpol@/postgres?host={data}"
    finally:
        _run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def test_two_processes_write_the_ledger_of_one_file(database: str, tmp_path: Path) -> None:
    from recpol.runtime.postgres import LedgerDatabase

    entries = [
        LedgerEntry(float(n), f"c{n % 5}", "finished", {"site": "desk", "n": n}, f"key-{n % 150}") for n in range(200)
    ]
    file = LedgerFile(str(tmp_path / "ledger.db"))
    file.write(entries)
    ledgers = [Ledger(lambda: LedgerDatabase(database), str(tmp_path / f"spool{n}"), lambda *_: None) for n in range(2)]

    def write(ledger: Ledger, part: list[LedgerEntry]) -> None:
        for start in range(0, len(part), 10):
            assert ledger.append(part[start : start + 10]).result(30)

    threads = [threading.Thread(target=write, args=(ledger, entries[n::2])) for n, ledger in enumerate(ledgers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ledger in ledgers:
        ledger.close()
    store = LedgerDatabase(database)
    assert list(broken(store.all())) == []
    assert _said(store.all()) == _said(file.all())
    assert list(problems(store.all(by_call=True), 1e9, 600.0)) == list(problems(file.all(by_call=True), 1e9, 600.0))
    with pytest.raises(Exception, match="never changed"):
        store._database.execute("DELETE FROM recpol_entries")  # noqa: SLF001  the trigger is what is tried
    assert store.prune(100.0, 1000.0) > 0
    assert list(broken(store.all())) == []
    store.close()
    file.close()


def test_a_server_that_was_killed_leaves_a_gap(database: str) -> None:
    from recpol.runtime.postgres import DatabasePresence, LedgerDatabase

    def comes(server: str, at: float) -> tuple[bool | None, list[DatabasePresence | LedgerDatabase]]:
        there, store = DatabasePresence(database), LedgerDatabase(database, serves=True)
        data = {"server": server, "before": store.latest(), "alone": there.alone}
        store.write([LedgerEntry(at, "", "started", data)])
        return there.alone, [there, store]

    alone, first = comes("first", 1000.0)
    assert alone is True
    alone, second = comes("second", 1001.0)
    assert alone is False
    assert isinstance(first[1], LedgerDatabase)
    first[1].write([LedgerEntry(1002.0, "", "stopped", {"server": "first"})])
    for one in (*first, second[0]):
        one.close()
    alone, third = comes("third", 1003.0)
    assert alone is False, "the second is there as long as it can write"
    for one in (second[1], *third):
        one.close()
    reading = LedgerDatabase(database)
    assert [one.check for one in problems(reading.all(by_call=True), 1e9, 600.0) if one.at > 1000.0] == []
    alone, last = comes("last", 1010.0)
    assert alone is True, "who reads is no server"
    (gap,) = (one for one in problems(reading.all(by_call=True), 1e9, 600.0) if one.at > 1000.0)
    assert (gap.check, gap.at) == ("gap", 1010.0)
    for one in (reading, *last):
        one.close()


def test_check_names_the_spool_of_its_database(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    own, others = Path(spool_of(database)), Path(spool_of(f"{database}&dbname=elsewhere"))
    others.touch()
    run(["ledger", "check", database])
    assert "holds entries" not in capsys.readouterr().err
    own.touch()
    run(["ledger", "check", f"{database}&application_name=cron"])
    assert f"note: `{own}` holds entries that the ledger did not take" in capsys.readouterr().err


def _said(kept: Iterator[KeptEntry]) -> set[tuple[str, str]]:
    return {(one.entry.key, one.entry.call) for one in kept}


def test_a_second_delivery_is_found_by_the_index(database: str) -> None:
    """Also by a plan for any keys, which PostgreSQL makes of a statement that it is asked often."""
    import psycopg

    from recpol.runtime.postgres import KNOWN_KEYS, LedgerDatabase

    LedgerDatabase(database).close()
    with psycopg.connect(database) as asking:
        asking.execute("SET enable_seqscan = off")
        asking.execute("SET plan_cache_mode = force_generic_plan")
        asking.execute("PREPARE known(text[]) AS " + KNOWN_KEYS.replace("%s", "$1"))
        plan = str(asking.execute("EXPLAIN EXECUTE known(ARRAY['a', 'b'])").fetchall())
    assert "recpol_entries_key" in plan
