"""Web addresses of storage providers, to the destinations that they mean."""

from __future__ import annotations

import re

_PROVIDERS = (
    (r"(?P<bucket>[a-z0-9][a-z0-9.-]*)\.s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?", "s3"),
    (r"s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?/(?P<bucket>[a-z0-9][a-z0-9.-]*)", "s3"),
    (r"(?P<bucket>[a-z0-9][a-z0-9._-]*)\.storage\.googleapis\.com", "gs"),
    (r"storage\.(?:googleapis|cloud\.google)\.com/(?P<bucket>[a-z0-9][a-z0-9._-]*)", "gs"),
    (r"(?P<bucket>[a-z0-9]+)\.blob\.core\.windows\.net", "azure"),
)
"""How the providers write a bucket as a web address, virtual-hosted or with the bucket in the path."""


def destination_of(url: str) -> str | None:
    """The destination that a web address of a provider means, such as `https://BUCKET.s3.amazonaws.com/FOLDER/`."""
    for pattern, scheme in _PROVIDERS:
        found = re.match(rf"https?://{pattern}(?P<path>/[^?#\s]*)?\Z", url, re.IGNORECASE)
        if found is not None:
            return f"{scheme}://{found['bucket']}{found['path'] or '/'}"
    return None
