"""A shard of a run: which files, and which tenants of them, one of several machines looks at.

What is shared out is a file, and of a project with tenants each tenant of a file. Where it goes is told by a digest of
its path from the project folder, with `/` between the names, and of the tenant: by nothing else of the project, of the
machine or of Python, so another file moves it nowhere.

Invariant: each piece of work is in exactly one of the shards 1/N to N/N.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress

from recpol.base.digest import digest
from recpol.base.finding import Finding
from recpol.base.record import Record, field
from recpol.base.typing import TYPE_CHECKING
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import STDIN, Project, here

if TYPE_CHECKING:
    from argparse import Namespace

MOST = 9_999
"""So many shards there are at most."""

_CURE = "write `--shard K/N`, the K-th of N shards: `--shard 1/4` to `--shard 4/4`"


class Shard(Record):
    """One of so many shards, counted from 1."""

    number: int
    count: int

    @property
    def shown(self) -> str:
        """As it is written: `2/4`."""
        return f"{self.number}/{self.count}"

    def has(self, key: str, tenant: str = "") -> bool:
        """Whether a piece of work is in it: a file by its path from the project folder, and a tenant of it."""
        whole = f"{key}\0{tenant}".encode("utf-8", "surrogatepass")
        return int.from_bytes(digest(whole)[:8], "big") % self.count == self.number - 1


def read_shard(word: str) -> Shard:
    """What stands after `--shard`; raises `CannotRun`."""
    number, sign, count = word.partition("/")
    if not sign or not all(part.isascii() and part.isdecimal() and len(part) < 6 for part in (number, count)):
        raise CannotRun(f"`--shard {word}` is no shard", _CURE)
    if int(count) == 0:
        raise CannotRun(f"`--shard {word}`: there are no shards", _CURE)
    if int(count) > MOST:
        raise CannotRun(f"`--shard {word}`: there are at most {MOST:,} shards", _CURE)
    if int(number) == 0:
        raise CannotRun(f"`--shard {word}`: shards are counted from 1", _CURE)
    if int(number) > int(count):
        raise CannotRun(f"`--shard {word}`: there are only {int(count):,} shards", _CURE)
    return Shard(int(number), int(count))


class Share(Record):
    """What of a run's work is a shard's; `folder` is what paths of files are from."""

    shard: Shard
    folder: str
    keys: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """What `key` has said, for a policy is asked for with each tenant."""

    def key(self, called: str) -> str:
        """What a file is known by on every machine: its path from the project folder. `called` as messages call it."""
        if called not in self.keys:
            self.keys[called] = self._key(called)
        return self.keys[called]

    def _key(self, called: str) -> str:
        path = os.path.abspath(os.path.join(here(), called))
        with suppress(ValueError):  # on another drive
            path = os.path.relpath(path, self.folder)
        return path.replace(os.sep, "/")

    def has(self, called: str, tenant: str = "") -> bool:
        """Whether the work on a file, or for a tenant of it, is this run's; `called` is what messages call the file."""
        return self.shard.has(self.key(called), tenant)

    def holds(self, finding: Finding) -> bool:
        """Whether a finding stands in a file of this run: that is whose finding between files it is."""
        return self.has(finding.span.source.path)

    @property
    def nothing(self) -> str:
        """What is said where a shard has nothing to do."""
        return f"shard {self.shard.shown}: nothing of this run is in it"


def share_of(shard: Shard, project: Project | None) -> Share:
    """What of a run over a project, or over files of the current folder, is a shard's."""
    return Share(shard, here() if project is None else project.folder)


def refuse_with_shard(options: Namespace, whole: Mapping[str, str]) -> Shard:
    """The shard of `--shard`; `whole` are options whose answer is one of the whole run, each with why.

    Raises `CannotRun` where one of these is given, where standard input is named, which no other machine has, and for
    `--shard-file` alone.
    """
    if options.shard is None:
        raise CannotRun("`--shard-file` goes with `--shard`", _CURE)
    for option, why in whole.items():
        given = getattr(options, option.removeprefix("--").replace("-", "_"))
        if given is not None and given is not False:
            raise CannotRun(
                f"`{option}` does not go with `--shard`: it is {why}", f"leave `{option}` out, or `--shard`"
            )
    if STDIN in options.paths:
        raise CannotRun("`-` does not go with `--shard`: no other machine has this standard input", "name a file")
    shard: Shard = options.shard
    return shard
