"""Cedar policies to whether they are valid: `cedar_peer.py SCHEMA PATH...`, each a file or a folder of files."""

from __future__ import annotations

import sys
from pathlib import Path

from cedarpy import Schema, validate_policies  # type: ignore[import-not-found]  # it is in an environment of its own


def main(schema_file: str, *paths: str) -> int:
    """Parse each file and validate it against the schema, which is parsed once; the status is 1 where one is wrong."""
    schema = Schema.from_str(Path(schema_file).read_text("utf-8"))
    status = 0
    for path in map(Path, paths):
        for file in sorted(path.glob("*.cedar")) if path.is_dir() else [path]:
            found = validate_policies(file.read_text("utf-8"), schema)
            if not found.validation_passed:
                print(file, *(error.error for error in found.errors), sep="\n  ")
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
