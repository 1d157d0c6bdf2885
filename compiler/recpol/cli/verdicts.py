"""What `recpol prove` says of its proofs, and of what keeps policies from being proven, on standard error."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from recpol.base.finding import Finding
from recpol.base.typing import Any
from recpol.certificate import STATED
from recpol.cli.console import tell, text_kind, wants_color
from recpol.report.run import summary
from recpol.report.text import full
from recpol.workspace.session import distinct, fails


def tell_verdicts(proofs: Sequence[dict[str, Any]]) -> bool:
    """Say what is proven and what is not; whether something is not."""
    missing = False
    for proof in proofs:
        for entry in proof["guarantees"]:
            certified = "certificate" in entry
            missing = missing or (not certified and entry["reason"] != STATED)
            verdict = "is proven" if certified else f"cannot be proven: {entry['reason']}"
            if "empty" in entry and certified:
                verdict = f"protects nothing: {entry['empty']}"
            tell(f"{proof['policy']} ({proof['target']}): `{entry['text']}` {verdict}")
    return missing


def tell_errors(findings: Sequence[Finding], color_choice: str, files: int) -> bool:
    """Say what keeps policies from being proven; whether anything does."""
    errors = [finding for finding in distinct(findings) if finding.severity == "error"]
    if errors:
        color = wants_color(color_choice, sys.stderr)
        tell(full(errors, color=color), kind=text_kind(color=color))
        tell("\n" + summary(errors, files))
    return fails(errors, strict=False)
