"""A document on disk to the target that recpol compiled it to, by the manifest that lies beside it.

Invariant: what cannot be read, and a manifest that is not of this document, tell nothing.
"""

from __future__ import annotations

import json
import os
from typing import Any

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
    listed = manifest.get("replies")
    files = [reply.get("file") for reply in listed if isinstance(reply, dict)] if isinstance(listed, list) else []
    if name not in files:
        return None
    return next((target for target in all_targets() if target.name == manifest.get("target")), None)


def read_manifest(path: str) -> dict[str, Any]:
    """A manifest; empty where there is none, or none that can be read."""
    try:
        found = json.loads(content(path) or b"")
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
