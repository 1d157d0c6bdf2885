"""`recpol prove` of a project with tenants: a proof for each tenant, about the documents in `BUILD/TENANT/`."""

from __future__ import annotations

import os
from collections.abc import Sequence

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.typing import TYPE_CHECKING, Any
from recpol.certificate import certificate, proof_text
from recpol.cli.console import say, tell
from recpol.cli.verdicts import tell_errors, tell_verdicts
from recpol.compilation import CompilerBug, compile_program
from recpol.rules.memory import Memory
from recpol.rules.policy.answering import answering
from recpol.rules.policy.twins import named_twice
from recpol.settings.tenants import TenantList
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.files import Input
from recpol.workspace.saving import save
from recpol.workspace.session import Session
from recpol.workspace.tenants import TenantFindings, each_tenant

if TYPE_CHECKING:
    from argparse import Namespace

FEW = 5
"""Of so many tenants every verdict is told; of more, how many are proven, and those that are not."""


def prove_tenants(session: Session, items: Sequence[Input], tenants: TenantList, options: Namespace) -> int:
    """Prove for each tenant and return the exit status; raises `CannotRun` and `CompilerBug`."""
    read = [session.program(item) for item in items]
    unread = [one for one in read if isinstance(one, Finding)]
    programs = [one for one in read if isinstance(one, Program) and not one.is_rules]
    many = len(tenants.tenants) > 1
    if many and options.output is None:
        raise CannotRun("the proofs of several tenants do not go into one text", "name a folder with `-o`, or a tenant")
    found, memories = TenantFindings(), [Memory() for _ in programs]
    proven = 0
    missing = written = False
    for tenant, own in each_tenant(session, programs, tenants.tenants):
        proofs: list[dict[str, Any]] = []
        for program, memory in zip(own, memories, strict=True):
            try:
                compilation = compile_program(program, session.levels, memory)
            except CompilerBug as bug:
                if written:
                    bug.add_note("the proofs of tenants before it are written, each of them whole")
                raise
            found.add(tenant, compilation.findings)
            proofs += [certificate(compilation, output) for output in compilation.outputs]
        whole = bool(proofs) and all("certificate" in entry for proof in proofs for entry in proof["guarantees"])
        missing, proven = missing or not whole, proven + whole
        if proofs:
            _put(tenant.name, proof_text(proofs), options.output, many=many)
            written = True
        if proofs and (not whole or len(tenants.tenants) <= FEW):
            tell(f"{tenant.name}:")
            tell_verdicts(proofs)
    tell(f"every guarantee is proven for {proven:,} of {len(tenants.tenants) + tenants.refused:,} tenants")
    twins = named_twice(policy for one in programs if (policy := answering(one)) is not None)
    wrong = tell_errors([*unread, *twins, *tenants.findings, *found.told()], options.color, len(items))
    return int(missing or wrong)


def _put(tenant: str, text: str, out: str | None, *, many: bool) -> None:
    if out is None:
        say(text)
        return
    path = out
    if many:
        try:
            os.makedirs(out, exist_ok=True)
        except OSError as problem:
            raise CannotRun(f"cannot make the folder `{out}`: {in_words(problem)}", "choose another place") from None
        path = os.path.join(out, f"{tenant}.json")
    save(path, text + "\n", "choose another place with `-o`")
