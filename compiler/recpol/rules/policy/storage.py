"""Rules about where recordings go: the URLs of stores, and the names of buckets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Fix
from recpol.base.nearest import nearest
from recpol.base.pattern import pattern
from recpol.platform.sources import RECORDING_PAGE, cite
from recpol.platform.storage import SCHEMES, NameRule, Storage, strays
from recpol.rules.edits import guess, write
from recpol.rules.notation import Notation
from recpol.rules.policy.destination import LATER, Destination, UrlPart, destinations, readings
from recpol.rules.policy.known import either
from recpol.rules.rule import VALUES_OF_ALL, shared_rule

_VARIABLE = pattern(r"\{\{\s*var\b")
_BLANK = pattern(r"[\s\x00-\x1f\x7f]+")


@shared_rule("error", binding=True, covers=("R10", "R12"), lifted=VALUES_OF_ALL)
def bad_destination(program: Program, say: Notation) -> Iterator[Finding]:
    """A store's URL that no storage understands.

    The documented destinations are `s3://bucket/folder/file`, `azure://account/container/file` and `sdrive://file`
    (Recording page, 2018 to 2021), and for later targets `gs://bucket/folder/file`. Web addresses are not among them,
    and none of them has a port, a user name or a query.

    Wrong:
    ```recpol
    policy desk
    store calls { url "https://recordings.acme.example/upload" }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for _, at in destinations(program):
        finding = _no_scheme(program, at, say) if at.storage is None else ill_formed(at, at.storage, say)
        if finding is not None:
            yield finding


def _no_scheme(program: Program, at: Destination, say: Notation) -> Finding | None:
    whole, node = at.written, at.written.node
    known = say.storages(program.targets)
    choice = either(f"{storage.scheme}://" for storage in known)
    *most, last = (storage.scheme for storage in known)
    sources = cite(*dict.fromkeys(say.source_of(storage).partition("; ")[0] for storage in known))
    if all(storage.classic for storage in known):
        sources = f"{RECORDING_PAGE}; azure since 2021"
    why = f"recordings go to {', '.join(most)} or {last} ({sources})"
    if not node.value:
        return Finding("the URL is empty", node.span, why=why, help="name a bucket: `s3://BUCKET/FOLDER/`")
    blank = _blank(at)
    if blank is not None:
        return blank
    if at.scheme is None and not whole.known:
        return None
    if at.scheme is None or not at.scheme.text:
        begun = next((s for s in SCHEMES if re.match(rf"{s}\b", whole.text, re.IGNORECASE)), None)
        help_ = f"write `{begun}://` at its start" if begun else f"begin it with {choice}"
        signs = re.match(r"\w+[:/\\]+", whole.text)
        fixes = write(whole.part(0, signs.end()).span, f"{begun}://") if begun and signs is not None else ()
        return Finding("the URL has no scheme", node.span, why=why, help=help_, fixes=fixes)
    from recpol.rules.policy.providers import destination_of

    address = destination_of(whole.text) if whole.known else None
    if address is not None:
        help_ = f"write `{address}`"
        fixes = write(whole.part(0, len(whole.text)).span, address)
        return Finding(
            f"recordings cannot go to `{at.scheme.text}://`", at.scheme.span, why=why, help=help_, fixes=fixes
        )
    close = _meant_scheme(at.scheme.text, whole.text)
    return Finding(
        f"recordings cannot go to `{at.scheme.text}://`",
        at.scheme.span,
        why=why,
        help=f"did you mean `{close}://`?" if close else f"use {choice}",
        fixes=guess(at.scheme.span, at.scheme.text, close) if close and at.scheme.text not in ("http", "https") else (),
    )


def _meant_scheme(scheme: str, url: str) -> str | None:
    if scheme.lower() in ("http", "https"):
        hosts = {"amazonaws.com": "s3", "core.windows.net": "azure", "storage.googleapis.com": "gs"}
        return next((meant for host, meant in hosts.items() if host in url), None)
    return nearest(scheme, SCHEMES) or {"gcs": "gs", "wasb": "azure", "wasbs": "azure", "abfs": "azure"}.get(scheme)


def _blank(at: Destination) -> Finding | None:
    found = _BLANK.search(at.written.text)
    if found is None:
        return None
    place = at.written.part(found.start(), found.end())
    return Finding("the URL has a blank in it", place.span, help="delete it, or write `-` in its place")


def ill_formed(at: Destination, storage: Storage, say: Notation) -> Finding | None:
    """What is wrong with a URL of a storage, so that it leads nowhere."""
    blank = _blank(at)
    if blank is not None:
        return blank
    why = f"a destination has the form `{storage.url_form}` ({say.source_of(storage)})"
    mark = at.written.text.find("?")
    if mark >= 0:
        query = at.written.part(mark, len(at.written.text))  # perhaps a shared access signature
        return Finding("a destination has no query", query.span, why=why, help="delete it", secret=True)
    if any(map(strays, readings(at.written))):
        return Finding(
            "a part `.` or `..` of a destination leads somewhere else",
            at.written.node.span,
            why=f"what the platform and the storage make of it is not documented ({say.source_of(storage)}); "
            "by RFC 3986 it is another folder, encoded or not",
            help="write the folder that is meant",
        )
    for what, name in zip(storage.names, at.names, strict=False):
        user = name.text.find("@")
        if user >= 0:
            return Finding(
                f"a user name or secret stands before the {what.what}",
                at.written.part(name.start, name.start + user).span,
                why=why,
                help=say.credentials_apart,
                secret=True,
            )
        colon = name.text.find(":")
        if colon >= 0 and LATER not in name.text[:colon]:
            place = at.written.part(name.start + colon, name.start + len(name.text))
            return Finding(
                f"`{place.text}` is a port, and a destination has none", place.span, why=why, help="delete it"
            )
        if not name.known:
            return None
    for number, what in enumerate(storage.names):
        if number >= len(at.names) or not at.names[number].text:
            whole = at.written.node.span
            return Finding(f"the URL names no {what.what}", whole, why=why, help=f"write the name of the {what.what}")
    return None


@shared_rule("warning", covers=("R11",), lifted=VALUES_OF_ALL)
def bad_bucket_name(program: Program, say: Notation) -> Iterator[Finding]:
    """A bucket, account or container whose name the storage provider does not allow.

    These are the rules of Amazon, Microsoft and Google, not of Sinch, whose own examples break some of them. A
    recording for a bucket that cannot exist is lost: the platform documents no event that would tell.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://Acme_Recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for _, at in destinations(program):
        if at.storage is None or ill_formed(at, at.storage, say) is not None:
            continue
        for allowed, name in zip(at.storage.names, at.names, strict=False):
            if not _allowed(allowed, name):
                yield Finding(
                    f"{at.storage.title} allows no {allowed.what} called `{name.text.replace(LATER, '…')}`",
                    name.span,
                    why=f"a name has {allowed.sentence} (the storage provider's rule: {allowed.source})",
                    help=f"check the name of the {allowed.what}",
                )
            if not name.known:
                break


def _allowed(allowed: NameRule, name: UrlPart) -> bool:
    """Whether a name is allowed; for a name that is not all known, whether its first characters can stand in one."""
    if name.known:
        return allowed.fits(name.text)
    first = name.text.partition(LATER)[0]
    return all(allowed.fits(f"a{character}a") for character in set(first) - {"-", "."})


def without_part(part: UrlPart, title: str, *, safe: bool) -> tuple[Fix, ...]:
    """The fix that deletes a part of a URL, unless a variable brought some of it: that could bring more than the
    part."""
    return () if _VARIABLE.search(part.span.text) else write(part.span, "", title=title, safe=safe)


@shared_rule("warning", covers=("R08",), targets=lambda target: any(not storage.folders for storage in target.storages))
def drive_folder(program: Program, say: Notation) -> Iterator[Finding]:
    """A folder in a Sinch Drive URL.

    Sinch Drive has no folders: the folder part is ignored (Recording page), so files of different folders can overwrite
    each other.

    Wrong:
    ```recpol
    policy desk
    store calls { url "sdrive://desk/" }
    on ice { answer record { tones "1" connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "sdrive://" }
    on ice { answer record { tones "1" connect pstn +46850020000 } }
    ```
    """
    for _, at in destinations(program):
        if at.storage is not None and not at.storage.folders and at.folder is not None:
            yield Finding(
                f"{at.storage.title} ignores folders",
                at.folder.span,
                why=f"the folder part of the URL is ignored ({RECORDING_PAGE})",
                help="delete the folder",
                fixes=without_part(at.folder, "delete the folder", safe=True),
            )
