"""`recpol prove`: policies in, the proofs of their guarantees out, in the form that `recpol-check` reads.

Invariant: what is written as proven is proven of the documents that `recpol compile` writes for the same policies.
"""

from __future__ import annotations

from collections.abc import Sequence

from recpol.base.finding import Finding
from recpol.base.typing import Any
from recpol.cli.arguments import Arguments
from recpol.cli.console import say
from recpol.compilation import compile_program
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.saving import save
from recpol.workspace.session import open_session, read_variables
from recpol.workspace.tenants import read_tenants

_DETAILS = """\
Compiles the policies in memory, and writes for every guarantee that is proven the states a call can be in at each
document. `recpol-check BUILD proof.json` checks them against what `recpol compile` wrote, without recpol.
With several tenants `-o` names a folder, which gets a proof TENANT.json for each: `recpol-check BUILD/TENANT …`.
Exit status: 0 every guarantee is proven, 1 one is not, or a policy has an error, 2 recpol could not run.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("prove", "Write the proofs of the guarantees of policies.", _DETAILS)
    parser.option("paths", nargs="*", metavar="PATH", help="files or folders")
    parser.option("-o", "--output", metavar="FILE", help="the file to write; default: standard output")
    parser.targets()
    parser.variables()
    parser.tenants("a tenant of recpol.yaml to prove for, repeatable; default: all of them")
    parser.colors()
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun` and `CompilerBug`."""
    from recpol.certificate import certificate, proof_text
    from recpol.cli.verdicts import tell_errors, tell_verdicts
    from recpol.prove.rooms import side_by_side
    from recpol.rules.policy.answering import answering
    from recpol.rules.policy.twins import named_twice

    options = arguments().read(words)
    session = open_session(
        options.paths, environment=options.env, variables=read_variables(options.var), targets=options.target
    )
    items = session.inputs(options.paths)
    tenants = read_tenants(session, options.tenant)
    if tenants is not None:
        from recpol.cli.provetenants import prove_tenants

        return prove_tenants(session, items, tenants, options)
    read = [session.program(item) for item in items]
    findings = [program for program in read if isinstance(program, Finding)]
    proofs: list[dict[str, Any]] = []
    programs = [program for program in read if not isinstance(program, Finding)]
    findings += named_twice(policy for program in programs if (policy := answering(program)) is not None)
    for program in side_by_side(programs):
        compilation = compile_program(program, session.levels)
        findings.extend(compilation.findings)
        proofs.extend(certificate(compilation, output) for output in compilation.outputs)
    if not proofs and not findings:
        raise CannotRun("nothing to prove: the files hold rules only", "name a policy; `recpol lint` checks rules")
    if proofs:
        text = proof_text(proofs)
        if options.output is None:
            say(text)
        else:
            save(options.output, text + "\n", "choose another place with `-o`")
    missing = tell_verdicts(proofs)
    return int(tell_errors(findings, options.color, len(items)) or missing)
