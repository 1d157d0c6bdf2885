"""What an import comes to, and the names of its secrets.

Invariant: no secret is in what is returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from recpol.analysis.program import program
from recpol.base.finding import Finding
from recpol.base.placeholder import Placeholder
from recpol.base.record import Record, field
from recpol.base.source import Source
from recpol.platform.targets import Target
from recpol.rules.policy.leaked import secrets_in
from recpol.syntax import tree

MOST_LEAKS = 200
"""So many secrets are taken out of one policy, beside those of stores."""


class Imported(Record):
    """What became of some documents: the text of the policy, or why there is none.

    `secrets` are the environment variables that take the place of secrets, `differences` the places (reply, path) where
    the policy compiles to something else than was given, `changes` those of them where more than the spelling may
    differ, `findings` what is wrong with the policy itself; `targets` is the one that the documents are written for.
    """

    text: str = field(repr=False)
    refused: tuple[Finding, ...] = ()
    secrets: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    targets: tuple[Target, ...] = ()
    changes: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Why the policy does not compile to its target."""
        return tuple(finding for finding in self.findings if finding.level == "error")


def secrets_of(stores: Iterable[tree.Store]) -> Iterator[tuple[str, str]]:
    """The environment variables for the credentials that are written out, by store."""
    for store in stores:
        written = store.field("credentials")
        value = written.value if written is not None else None
        if (
            isinstance(value, tree.Text)
            and value.value
            and not any(isinstance(piece, Placeholder) for piece in value.pieces)
        ):
            yield store.name.text, re.sub(r"[^A-Z0-9]+", "_", store.name.text.upper()) + "_CREDENTIALS"


def without_leaks(text: str, name: str, target: Target) -> tuple[str, tuple[str, ...]]:
    """The text of a policy with an environment variable in the place of each password, key and token in an address, a
    header or a cookie, and the names of these variables."""
    names: list[str] = []
    while len(names) < MOST_LEAKS:
        source = Source(f"{name}.recpol", text)
        sure = (one for one in secrets_in(program(source, targets=(target,))) if one.severity is None and one.fixes)
        leak = next(sure, None)
        if leak is None:
            break
        for edit in sorted(leak.fixes[0].edits, key=lambda edit: edit.span.start, reverse=True):
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
        names += re.findall(r"env\.(\w+)", leak.fixes[0].edits[0].text)
    return text, tuple(names)
