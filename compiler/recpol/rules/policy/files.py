"""Rules about what a file is: its header, what may stand in it, and the files it uses."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.rules.rule import rule
from recpol.syntax import tree


@rule("error", binding=True)
def one_header(program: Program) -> Iterator[Finding]:
    """A file without exactly one `policy NAME` or `rules NAME`.

    A file is either a policy, which is compiled, or a rules file with declarations that policies share.

    Wrong:
    ```recpol
    on ice { connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 }
    ```
    """
    headers = program.names.headers
    if not headers and not program.parsed.problems:
        written = "holds no policy" if program.file.statements else "is empty"
        yield Finding(f"the file {written}", program.source.whole(), help="begin it with `policy NAME`")
    for header in headers[1:]:
        yield Finding(
            f"a second header: `{header.kind} {header.name.text}`",
            header.span,
            notes=(Note(headers[0].span, "the file is this already"),),
            help="put each policy into a file of its own",
        )


@rule("error", binding=True)
def not_in_rules(program: Program) -> Iterator[Finding]:
    """A decision in a `rules` file.

    Rules files hold what policies share: stores, defaults, guarantees, and handlers that answer where a policy has none
    of its own. What is recorded by labels and tags is for the policy to say, which gives them; a handler of a rules
    file says what it records with `record { … }`.

    Wrong:
    ```recpol
    rules company
    record @talk
    ```

    Right:
    ```recpol
    rules company
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    ```
    """
    if program.names.policy is not None and not program.imports:
        return
    own = () if program.names.policy is not None else program.files[:1]
    for file in (*own, *program.files[1:]):
        header = next((s for s in file.statements if isinstance(s, tree.Header) and s.kind == "rules"), None)
        for statement in file.statements if header else ():
            if isinstance(statement, tree.RecordRule):
                yield Finding(
                    "a rules file has no decisions",
                    statement.keyword,
                    notes=(Note(header.span, "this is a rules file"),) if header else (),
                    help="move it to the policy, or write a guarantee such as `never record` here",
                )


@rule("info")
def replaced_handler(program: Program) -> Iterator[Finding]:
    """A handler in whose place a rules file that the policy uses has one, too.

    The policy's own handler answers. That is how a policy departs from what its company shares, so it is no error; but
    whoever reads the rules file alone believes that its handler answers. Where it is meant, allow this finding with the
    reason: `# allow replaced-handler: sales says goodbye in its own words`.
    """
    for one in program.replaced:
        key = " ".join(one.own.event.span.text.split())
        yield Finding(
            f"this `on {key}` answers in place of the one in `{one.theirs.span.source.path}`",
            one.own.event.span,
            notes=(Note(one.theirs.event.span, "this one is not used here"),),
            help="delete it to take over what the rules say; or allow this finding, with the reason",
        )


@rule("error", binding=True)
def bad_use(program: Program) -> Iterator[Finding]:
    """A `use` that brings nothing in: a missing file, a path outside the project, a policy, or a circle.

    Wrong:
    ```recpol
    policy desk
    use "no-such-file.recpol"
    on ice { connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 }
    ```
    """
    for bad in program.bad_uses:
        path = bad.use.path.value
        match bad.kind:
            case "unreadable":
                yield Finding(f"cannot use `{path}`: {bad.reason}", bad.use.path.span, help=bad.help)
            case "cycle":
                chain = " → ".join(bad.chain)
                yield Finding(
                    f"`{path}` uses itself",
                    bad.use.path.span,
                    why=f"the way round is {chain}",
                    help="delete one of the `use` lines of the circle",
                )
            case "not-rules":
                what = f"the policy `{bad.found.name.text}`" if bad.found else "no rules file"
                yield Finding(
                    f"`{path}` is {what}",
                    bad.use.path.span,
                    notes=(Note(bad.found.span, "a policy"),) if bad.found else (),
                    help="use a file that begins with `rules NAME`; move what is shared into one",
                )


@rule("error", binding=True)
def not_utf8(program: Program) -> Iterator[Finding]:
    """A file that is not UTF-8 text.

    The frontend that reads the file finds it; there is no text for other rules to look at.
    """
    return iter(())


@rule("error", binding=True)
def bad_config(program: Program) -> Iterator[Finding]:
    """A `recpol.yaml` that cannot be understood.

    An unknown key, a value of the wrong kind, a rule that does not exist. The settings are read before any policy, and
    with wrong ones nothing is checked.
    """
    return iter(())


@rule("error", binding=True)
def bad_tenant(program: Program) -> Iterator[Finding]:
    """A tenant that cannot be used, or a list of tenants that cannot be read.

    A name that is no safe name of a folder, a second tenant of that name, a line with too few or too many cells, a
    value with a secret, with a control character or with a hidden turn of the direction of writing; of a table, a
    column that stands twice. The tenant is left out, and the others are as they are without it.
    """
    return iter(())


@rule("error", binding=True)
def file_too_large(program: Program) -> Iterator[Finding]:
    """A file of more than 1 MiB.

    It is not read at all: no policy that people read is that long.
    """
    return iter(())
