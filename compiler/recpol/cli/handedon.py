"""What an archive may not hold that is handed on: credentials, passwords and keys.

Invariant: no message holds a part of a secret.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.analysis.program import Program
from recpol.base.secrets import evident
from recpol.rules.policy.leaked import secrets_in
from recpol.syntax import tree
from recpol.workspace.cannotrun import CannotRun


def refuse_secrets(program: Program) -> None:
    """Raise `CannotRun` where a policy has a secret in a value: one beyond doubt, or the credentials of a store."""
    for store in program.names.stores.values():
        field = store.field("credentials")
        if field is not None and isinstance(field.value, tree.Text):
            raise CannotRun(
                f"the store `{store.name.text}` of `{program.source.path}` has its credentials; evidence is passed on",
                "write `credentials env NAME`",
            )
    for leak in secrets_in(program):
        if leak.severity is None:  # one beyond doubt
            raise _refusal(leak.span.source.path, leak.span.source.position(leak.span.start).line)


def refuse_evident(files: Mapping[str, bytes]) -> None:
    """Raise `CannotRun` where a file has a key in it, or a password in a URL: in a comment, too."""
    for name, data in files.items():
        text = data.decode("utf-8", "replace")
        for start, _ in evident(text):
            raise _refusal(name, text.count("\n", 0, start) + 1)


def _refusal(name: str, line: int) -> CannotRun:
    message = f"`{name}` holds a secret in line {line}; evidence is passed on"
    return CannotRun(message, "write `{{ env.NAME }}` in its place, and make a new one: this one is no longer a secret")
