"""The wheel's own step: the grammar, its compiled table, the schemas and the clause packs, to package data.

A checkout keeps these files where people read them (`grammar/`, `schemas/`, `packs/`); a wheel has them in
`recpol/data/`.

Invariant: the table in a wheel was made from the grammar in the same wheel.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DataHook(BuildHookInterface):  # type: ignore[type-arg]  # the parameter's name is not the same in every hatchling
    """Adds `recpol/data/` to a standard wheel; an editable one reads the checkout."""

    _made: TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the table and list what goes where; `version` is hatchling's word for the kind of build."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        grammar = root / "grammar" / "recpol.lark"
        self._made = TemporaryDirectory(prefix="recpol-wheel-")
        table = Path(self._made.name) / "recpol.table"
        table.write_text(_compiled(root / "compiler", grammar.read_text("utf-8")), "utf-8", newline="\n")
        data = {table: "recpol.table", grammar: "recpol.lark"}
        data |= {schema: schema.name for schema in sorted((root / "schemas").glob("*.schema.json"))}
        data |= {pack: f"packs/{pack.name}" for pack in sorted((root / "packs").glob("*.recpol"))}
        build_data["force_include"] |= {str(path): f"recpol/data/{name}" for path, name in data.items()}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Drop the temporary table."""
        if self._made is not None:
            self._made.cleanup()


def _compiled(source_root: Path, grammar_text: str) -> str:
    sys.path.insert(0, str(source_root))
    try:
        from recpol.syntax.table import compile_table

        return compile_table(grammar_text)
    finally:
        sys.path.remove(str(source_root))
