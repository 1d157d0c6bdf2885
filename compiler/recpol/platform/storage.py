"""Where recordings can go: the storages, their URLs, their credentials, and what names their providers allow.

Sinch's documents say nothing about the names of buckets; the naming rules here are the providers' own, and the official
examples break some of them (`bucket_name`, `my-account`). So they are reasons to warn, not to refuse.

Invariant: a storage says since when and in which dialect it is documented.
"""

from __future__ import annotations

import re

from recpol.base.record import Record
from recpol.base.typing import Literal
from recpol.platform.sources import (
    AWS_KEYS,
    AWS_RULES,
    AZURE_RULES,
    CHANGE_LOG,
    GOOGLE_RULES,
    IN_APP_PAGE,
    RECORDING_PAGE,
    RECORDING_PAGE_2020,
    VOICE_V2,
    SourceDialect,
    cite,
)

Credentials = Literal["required", "none", "undocumented"]


class NameRule(Record):
    """What a provider calls a thing, and which names it allows for it: a regular expression, and the same in words."""

    what: str
    pattern: str
    sentence: str
    source: str

    def fits(self, name: str) -> bool:
        """Whether the provider allows the name."""
        return re.fullmatch(self.pattern, name) is not None


class Storage(Record):
    """One kind of destination.

    `names` are the parts of the URL before the path, in order, each with its provider's rule. `form` is what the
    credentials look like. `folders` is false where the folder part of a URL is ignored.
    """

    scheme: str
    title: str
    url_form: str
    credentials: Credentials
    form: str
    dialects: tuple[SourceDialect, ...]
    since: str
    source: str
    names: tuple[NameRule, ...] = ()
    folders: bool = True
    note: str = ""

    @property
    def classic(self) -> bool:
        """Whether the classic pages document it."""
        return "classic" in self.dialects


# ── what providers allow ─────────────────────────────────────────────────────────────────────────────────────────

S3_BUCKET = NameRule(
    "bucket",
    r"(?![0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "3 to 63 lower-case letters, digits, hyphens and single dots, a letter or digit at both ends, no IP address",
    AWS_RULES,
)

AZURE_ACCOUNT = NameRule("account", r"[a-z0-9]{3,24}", "3 to 24 lower-case letters and digits", AZURE_RULES)

AZURE_CONTAINER = NameRule(
    "container",
    r"\$root|\$web|(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    "3 to 63 lower-case letters, digits and single hyphens, a letter or digit at both ends",
    AZURE_RULES,
)

GCS_BUCKET = NameRule(
    "bucket",
    r"(?!goog)(?=.{3,63}$|.*\.)[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]",
    "3 to 63 lower-case letters, digits, hyphens, underscores and dots (222 with dots), a letter or digit at both ends",
    GOOGLE_RULES,
)

# ── credentials ──────────────────────────────────────────────────────────────────────────────────────────────────

S3_CREDENTIAL_PARTS = 3
"""Access key, secret key and region, with colons between them (Recording page, 2018-2019); none holds one itself."""

AWS_ACCESS_KEY = NameRule("access key", r"[A-Za-z0-9_]{16,128}", "16 to 128 letters, digits and underscores", AWS_KEYS)

AWS_REGION = NameRule("region", r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+", "a region such as `eu-central-1`", AWS_KEYS)

AZURE_KEY = NameRule("access key", r"[A-Za-z0-9+/]{86}==", "64 bytes in base64: 86 characters and `==`", AZURE_RULES)

# ── storages ─────────────────────────────────────────────────────────────────────────────────────────────────────

STORAGES = (
    Storage(
        "s3",
        "Amazon S3",
        "s3://bucket_name/[[folder]/[file]]",
        "required",
        "AwsAccessKey:AwsSecretKey:AwsRegion",
        ("classic", "v1", "v2"),
        "the first version of the Recording page (2018)",
        RECORDING_PAGE,
        (S3_BUCKET,),
    ),
    Storage(
        "azure",
        "Azure Blob Storage",
        "azure://account_name/container_name[/file]",
        "required",
        "the storage account's access key",
        ("classic", "v1", "v2"),
        "2021-03-01",
        cite(RECORDING_PAGE_2020, CHANGE_LOG),
        (AZURE_ACCOUNT, AZURE_CONTAINER),
        note="not on the Recording page of 2018-2019; added to the classic pages on 2021-03-01",
    ),
    Storage(
        "gs",
        "Google Cloud Storage",
        "gs://bucket_name/[[folder]/[file]]",
        "undocumented",
        "not documented",
        ("v1", "v2"),
        "the current API",
        cite(IN_APP_PAGE, VOICE_V2),
        (GCS_BUCKET,),
        note="not in the classic pages; named by the in-app calling recording page and by Voice API v2",
    ),
    Storage(
        "sdrive",
        "Sinch Drive",
        "sdrive://[file]",
        "none",
        "none",
        ("classic",),
        "the first version of the Recording page (2018)",
        RECORDING_PAGE,
        folders=False,
        note='marked "Coming Soon" in the documentation since 2019-11-19, absent from the current API',
    ),
)

SCHEMES = tuple(storage.scheme for storage in STORAGES)

FILE_NAME = "(UTCDate_yyyyMMddHHmmss)_(applicationKey)_(callId).(format)"
"""The name that Sinch makes where the URL names no file (Recording page, 2018-2019)."""


def find_storage(scheme: str) -> Storage | None:
    """The storage behind a URL's scheme (without `://`, in any letter case); None where no source documents one."""
    wanted = scheme.lower()
    return next((storage for storage in STORAGES if storage.scheme == wanted), None)


# ── what a URL may be read as ────────────────────────────────────────────────────────────────────────────────────

MOST_DECODED = 8
"""How often a percent sign may be encoded again before a URL counts as strange."""


def decoded(url: str, *, times: int = MOST_DECODED) -> str:
    """A URL with `%XX` as the characters that it stands for, however often they are encoded."""
    for _ in range(times if "%" in url else 0):
        plain = re.sub("%([0-9A-Fa-f]{2})", lambda code: chr(int(code[1], 16)), url)
        if plain == url:
            break
        url = plain
    return url


def strays(url: str) -> bool:
    """Whether a part of a URL is `.` or `..`, as it is or encoded, with slashes of either kind around it.

    By RFC 3986 (5.2.4) such parts lead to another folder; what the platform and the storage make of them no page says.
    """
    plain = decoded(url).replace("\\", "/")
    return not {".", ".."}.isdisjoint(plain.split("/"))


def is_root(url: str) -> bool:
    """Whether a URL names a bucket or container and nothing in it."""
    scheme, found, rest = url.partition("://")
    storage = find_storage(scheme)
    return bool(found) and storage is not None and len(rest.split("/")) == max(1, len(storage.names))
