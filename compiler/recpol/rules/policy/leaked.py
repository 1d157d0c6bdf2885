"""Secrets that are written where no credentials of a store stand: in addresses, headers and cookies.

Invariant: no message holds a part of a secret, and every finding is marked `secret`. What is known only later is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Fix, Severity
from recpol.base.record import Record
from recpol.base.secrets import certain, is_harmless, joined, likely
from recpol.base.source import Span
from recpol.rules.edits import free_name, write
from recpol.rules.policy.destination import LATER, KnownText, known_text, written
from recpol.rules.rule import rule
from recpol.syntax import tree


class Leak(Record):
    """A secret in a value: where it is in it, and whether it is one beyond doubt."""

    start: int
    end: int
    sure: bool


def leaks(name: str, text: str, *, opaque: bool) -> Sequence[Leak]:
    """The secrets in a value that is called `name`. What only looks like one counts in an `opaque` value alone: in a
    header, a cookie or the URL of a server, not in the name of a file, a room or a user."""
    if not opaque and is_harmless(name, text):
        return ()
    sure = joined(certain(name, text))
    found = [Leak(start, end, sure=True) for start, end in sure if LATER not in text[start:end]]
    for start, end in joined(likely(name, text)) if opaque else ():
        if LATER not in text[start:end] and not any(one.start < end and start < one.end for one in found):
            found.append(Leak(start, end, sure=False))
    return found


def told(leak: Leak, span: Span, where: str, name: str, severity: Severity | None) -> Finding:
    """The finding about a secret; `where` is what it is written in, `name` what the value around it is called."""
    wanted = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    wanted = wanted if re.search("SECRET|TOKEN|KEY|PASS|AUTH", wanted) else f"{wanted}_SECRET".lstrip("_")
    later = free_name(span.source, wanted)
    title = f"store the secret as `{later}` first: this takes it out of the file"
    fixes: tuple[Fix, ...] = write(span, f"{{{{ env.{later} }}}}", title=title) if "{{" not in span.text else ()
    return Finding(
        f"a secret is written in {where}" if leak.sure else f"this looks like a secret, and is written in {where}",
        span,
        why="whoever reads it, its history or what is made of it can use the secret",
        help="write `{{ env.NAME }}` in its place, and make a new one: this one is no longer a secret",
        secret=True,
        severity=severity,
        fixes=fixes,
    )


@rule("error")
def literal_secret(program: Program) -> Iterator[Finding]:
    """A password, key or token in an address, a header or a cookie.

    Whoever reads the policy, its history or the compiled output can use it. `{{ env.NAME }}` leaves a placeholder in
    the output, which is filled when the reply is sent.

    What has the form that its maker documents (`AKIA…`, `sk_live_…`, `eyJ…`), a password before the `@` of an address,
    and the value of a header `Authorization` are errors. What only looks like a secret is a warning: letters and digits
    that change as in random texts, the value that a query calls `token` or the like, and a value with signs or digits
    in it whose name says that it is one.

    Wrong:
    ```recpol
    policy desk
    on ice { connect sip "north@pbx.acme.example" header "Authorization" = "Bearer AKIAIOSFODNN7EXAMPLE" }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect sip "north@pbx.acme.example" header "Authorization" = "Bearer {{ env.PBX_TOKEN }}" }
    ```
    """
    yield from secrets_in(program)


def secrets_in(program: Program) -> Iterator[Finding]:
    """The secrets in a policy; those that only look like one are warnings."""
    for name, text, opaque in _values(program):
        known = known_text(program, text)
        if LATER not in known and not leaks(name, known, opaque=opaque):
            continue
        value = written(program, text)
        found = leaks(name, value.text, opaque=opaque)
        for leak in found:
            yield _told(program, leak, value, name)
        if not found and not value.known:
            assumed = written(program, text, defaults=True)
            yield from (_told(program, leak, assumed, name) for leak in leaks(name, assumed.text, opaque=opaque))


def _told(program: Program, leak: Leak, value: KnownText, name: str) -> Finding:
    span = value.part(leak.start, leak.end).span
    return told(leak, span, "the policy", name, None if leak.sure else "warning")


def _values(program: Program) -> Iterator[tuple[str, tree.Text, bool]]:
    """Every string but those of stores' credentials: what it is called, and whether it is a header, a cookie or the URL
    of a server, and so may hold what nobody can read."""
    seen: set[Span] = set()
    for step in program.steps:
        body = step.body
        named: list[tuple[tree.Text, tree.Text]] = []
        if isinstance(body, tree.Cookie):
            named = [(body.key, body.value)]
        if isinstance(body, tree.Dialled):
            named = [(o.key, o.value) for o in body.options if o.key is not None and isinstance(o.value, tree.Text)]
            kind = body.kind.text
            if isinstance(body.target, tree.Text) and kind in ("sip", "stream"):
                seen.add(body.target.span)
                yield kind, body.target, kind == "stream"
        for key, value in named:
            seen.add(value.span)
            yield program.constant(key) or "", value, True
    for store in program.names.stores.values():
        field = store.field("credentials")
        seen.update([field.value.span] if field is not None and isinstance(field.value, tree.Text) else ())
    yield from (("", text, False) for text in program.texts if not seen or text.span not in seen)
