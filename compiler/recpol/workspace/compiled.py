"""A document on disk to the target that recpol compiled it to, by the manifest that lies beside it.

Invariant: what cannot be read, and a manifest that is not of this document, tell nothing.
"""

from __future__ import annotations

import json
import os

from recpol.base.typing import Any
from recpol.platform.targets import Target
from recpol.targets.catalogue import all_targets
from recpol.targets.filenames import MANIFEST
from recpol.workspace.files import STDIN, Input
from recpol.workspace.trees import content


def target_beside(item: Input) -> Target | None:
    """The target of the manifest in the folder of a document, if it lists the document; None for what stands alone."""
    if item.path == STDIN:
        return None
    folder, name = os.path.split(item.path)
    manifest = read_manifest(os.path.join(folder, MANIFEST))
    if name not in listed_files(manifest):
        return None
    return next((target for target in all_targets() if target.name == manifest.get("target")), None)


def listed_files(manifest: Any) -> list[str]:
    """The names of the documents that a manifest lists, as far as it can be read."""
    listed = manifest.get("replies") if isinstance(manifest, dict) else None
    replies = listed if isinstance(listed, list) else []
    return [reply["file"] for reply in replies if isinstance(reply, dict) and isinstance(reply.get("file"), str)]


def read_manifest(path: str) -> dict[str, Any]:
    """A manifest; empty where there is none, or none that can be read."""
    try:
        found = json.loads(content(path) or b"")
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
