"""Policies in which nothing was found, kept so that the next lint of the project looks at none of them again.

Kept is of a policy what it was made of: the digest of its text, and each file that it asked for, with what came of it.
A program depends on nothing else but the settings, the day and recpol itself, and these are in the key, or asked for
again. The text of each file is read again, and its digest compared; no stamp of a file of the project is trusted.

Invariant: a policy with a finding, an allowed one, a room, or a file that could not be had is never kept, so nothing
that was said is in the cache; a policy is recalled only where looking at it again could come to nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from recpol.analysis.answering import AnsweredCalls
from recpol.base.digest import digest, stamp_of
from recpol.base.finding import Finding
from recpol.base.source import Reader, Source, Unreadable
from recpol.base.typing import Any, NamedTuple
from recpol.cache.keep import NotKept, code_stamps, day_number
from recpol.cache.place import cache_folder, read_own, unpacked
from recpol.cache.store import write
from recpol.rules.policy.answering import AnsweringPolicy
from recpol.workspace import disk
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import Input, here
from recpol.workspace.session import Session

Kept = tuple[Any, ...]
"""A policy: the digest of its text; the files that it asked for; where levels look for its files; what it answers."""


class CleanPolicy(NamedTuple):
    """A policy in which nothing is found: what it answers, and what is kept of it."""

    answers: AnsweringPolicy | None
    kept: Kept


class RecordingReader:
    """A reader that notes what was asked for, and the digests of what came of it."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.asked: list[tuple[str, str, str, bytes]] = []
        self.whole = True

    def __call__(self, written: str, using: str) -> Source | Unreadable:
        """The file that `reader` gets."""
        got = self.reader(written, using)
        if isinstance(got, Source):
            self.asked.append((written, using, got.path, _digest(got)))
        else:
            self.whole = False
        return got


class CleanPolicies:
    """The policies of a run's project in which nothing was found: those that are known, and those that are found."""

    def __init__(self, session: Session, path: str, known: Mapping[str, Kept], code: Sequence[str]) -> None:
        self.session, self.path, self.known = session, path, known
        self.code = set(code)

    def recall(self, item: Input) -> CleanPolicy | None:
        """A policy, if looking at it could come to nothing but nothing found."""
        kept = self.known.get(item.shown)
        if kept is None:
            return None
        text, asked, places, answers = kept
        try:
            source = self.session.files.load(item)
        except CannotRun:
            return None
        if isinstance(source, Finding) or _digest(source) != text:
            return None
        for written, using, path, content in asked:
            got = self.session.files.read(written, using)
            if not isinstance(got, Source) or (got.path, _digest(got)) != (path, content):
                return None
        if places != self._places(source, [path for _, _, path, _ in asked]):
            return None
        return CleanPolicy(_read_answers(source, answers), kept)

    def reader(self) -> RecordingReader:
        """A reader for one policy, which notes what the policy asks for."""
        return RecordingReader(self.session.files.read)

    def noted(self, source: Source, reader: RecordingReader, answers: AnsweringPolicy | None) -> Kept | None:
        """What is kept of a policy in which nothing is found and nothing allowed; None where it cannot be."""
        told = _told_answers(source, answers)
        if told is None or not reader.whole:
            return None
        places = self._places(source, [path for _, _, path, _ in reader.asked])
        return _digest(source), tuple(reader.asked), places, told

    def _places(self, source: Source, used: Sequence[str]) -> tuple[str, ...]:
        """Where levels for paths look for the files of a policy."""
        levels = self.session.levels
        return tuple(map(levels.called, (source.path, *used))) if levels.within else ()

    def write(self, policies: Mapping[str, Kept]) -> None:
        """Keep the policies of a run in which nothing was found, if they can be."""
        log = disk.current()
        if log is None or not log.whole or policies == self.known:
            return
        try:
            code = code_stamps(log.code | self.code | disk.module_files(), log.begun)
        except (NotKept, OSError):
            return
        days = (day_number(log.first_day), day_number(log.last_day))
        write(self.path, {"days": days, "code": code, "policies": dict(policies)})


def clean_policies(session: Session) -> CleanPolicies | None:
    """What is known of a project's policies; None where nothing is to be kept."""
    log = disk.current()
    if log is None or not log.whole or session.given:
        return None
    folder = cache_folder(os.environ, ())
    if folder is None:
        return None
    try:
        path = os.path.join(folder, "runs", f"{_key(session)}.clean")
        found = unpacked(read_own(path))
        if found is None or not _holds(found, session, log):
            return CleanPolicies(session, path, {}, ())
        return CleanPolicies(session, path, found["policies"], [file for file, _ in found["code"]])
    except Exception:  # noqa: BLE001  a cache that cannot be read is no reason to stop: the policies are looked at
        return None


def _holds(found: Mapping[str, Any], session: Session, log: disk.DiskLog) -> bool:
    """Whether recpol is as it was, and the day makes no difference; where it is, that counts for the run, too."""
    low, high = found["days"]
    if not low <= day_number(session.today) <= high:
        return False
    for path, stamp in found["code"]:
        try:
            if stamp_of(os.lstat(path)) != stamp:
                return False
        except OSError:
            return False
    log.within_days(low + disk.EPOCH, high + disk.EPOCH)
    log.code |= {path for path, _ in found["code"]}
    return True


def _key(session: Session) -> str:
    """The name of the file for a project, in one environment and for one choice of targets."""
    settings = "" if session.project is None else session.project.settings.path
    source = None if session.project is None else session.files.load(session.project.settings)
    text = source.text if isinstance(source, Source) else ""
    user = os.geteuid() if hasattr(os, "geteuid") else 0
    whole = (
        "clean policies", here(), user, settings, text, sorted(session.variables.items()),
        [target.name for target in session.chosen], sys.version, sys.executable, sys.flags, sys.path, __file__,
    )  # fmt: skip
    return digest(repr(whole).encode("utf-8", "surrogatepass")).hex()


def _digest(source: Source) -> bytes:
    return digest(source.text.encode("utf-8", "surrogatepass"))


def _told_answers(source: Source, answers: AnsweringPolicy | None) -> tuple[Any, ...] | None:
    """What a policy answers, as places in its text; None where these do not say it all."""
    if answers is None:
        return ()
    lines = []
    for line in answers.lines:
        start, end = line.span.start, line.span.end
        quoted = line.span.text == f'"{line.name}"'
        if line.span.source is not source or not (quoted or line.span.text == line.name):
            return None
        lines.append((line.kind, start + quoted, end - quoted, start, end))
    named = answers.named
    if named.source is not source or named.text != answers.policy:
        return None
    return named.start, named.end, tuple(lines)


def _read_answers(source: Source, told: tuple[Any, ...]) -> AnsweringPolicy | None:
    if not told:
        return None
    start, end, lines = told
    named = source.span(start, end)
    answered = (
        AnsweredCalls(kind, source.text[begin:finish], source.span(first, last))
        for kind, begin, finish, first, last in lines
    )
    return AnsweringPolicy(named.text, named, tuple(answered))
