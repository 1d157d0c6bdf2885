"""Rules about clause packs: whether they are still reviewed, and whether a policy says what they speak of."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.guarded import opts_out
from recpol.analysis.packs import MAX_AGE, Pack, pack_of
from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.source import Span
from recpol.rules.policy.judged import pack_use
from recpol.rules.rule import rule


def _packs(program: Program) -> Iterator[tuple[Pack, Span]]:
    """The packs that a policy uses, each with the words that bring it in."""
    for brought in program.imports:
        found = pack_of(brought)
        use = pack_use(program, brought.file.source.path)
        if found is not None and use is not None:
            yield found, use


@rule("warning")
def stale_pack(program: Program) -> Iterator[Finding]:
    """A clause pack whose last review is more than a year ago.

    Laws and standards change. Each clause of a pack says when somebody last looked at it (`recpol packs NAME`); after a
    year nobody should rely on it without looking again.
    """
    for found, use in _packs(program):
        reviewed = found.reviewed
        if program.today is None or (reviewed is not None and program.today <= reviewed.toordinal() + MAX_AGE):
            continue
        since = "never" if reviewed is None else f"on {reviewed.isoformat()} for the last time"
        yield Finding(
            f"the pack `{found.name}` was reviewed {since}",
            use,
            why="what a law or a standard asks for may have changed",
            help=f"install a newer recpol, or have the clauses reviewed that `recpol packs {found.name}` lists",
        )


@rule("warning")
def pack_without_tag(program: Program) -> Iterator[Finding]:
    """A clause pack that speaks about a tag, or an opt-out, which the policy does not have.

    A pack cannot know what a policy calls things: it speaks of `@card`, `@trade` or `@notice`. Where nothing is tagged
    so, its guarantee holds of nothing, and protects nothing. The same goes for the name of an opt-out.

    Wrong:
    ```recpol
    policy desk
    use pack "fca-sysc-10a"
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    use pack "fca-sysc-10a"
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 @trade } }
    ```
    """
    if program.partial or program.is_rules:
        return
    for found, use in _packs(program):
        for name in found.tags:
            if name not in program.names.tags:
                yield Finding(
                    f"the pack `{found.name}` speaks of `@{name}`, and nothing is tagged so",
                    use,
                    why="what is not tagged is not protected",
                    help=f"tag what is meant with `@{name}`; if there is nothing of the kind, allow this and say why",
                    about=f"@{name}",
                )
        for name in found.opt_outs:
            if not any(opts_out(handler, name) for handler in program.handlers):
                yield Finding(
                    f"the pack `{found.name}` speaks of `{name}`, and no key and no request is called so",
                    use,
                    why="nobody can opt out by what there is not",
                    help=f"lead a key to `on pie {name} {{ … }}`; if callers object otherwise, allow this and say how",
                    about=name,
                )
