"""Rules about calls that the backend begins: `on callout NAME`, its `call`, and what follows it."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.callouts import method, said, spoken_as_one
from recpol.analysis.dialled import called_ace
from recpol.analysis.languages import spoken_in
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.base.finding import Finding, Note
from recpol.base.typing import assert_never
from recpol.platform import limits
from recpol.platform.sources import CALLING_PAGE, NODE_SDK, cite
from recpol.rules.policy.known import either, length, unread
from recpol.rules.policy.places import head
from recpol.rules.rule import rule
from recpol.syntax import tree

_KINDS = ("pstn", "app", "sip")
_FORMS = "`call` alone and `on ace NAME`, or `call`, prompts and `hangup`, or `call` and `connect conference`"
_OPTIONS = {
    "customCallout": frozenset(("cli", "max-duration", "dial-timeout", "dtmf", "custom")),
    "ttsCallout": frozenset(("cli", "dtmf", "custom")),
    "conferenceCallout": frozenset(("cli", "dtmf", "custom", "max-duration")),
}
"""The options of `call` in each request of classic and svaml1; what `dial` of svaml2 has is asked where that is."""


def _callouts(program: Program) -> Iterator[tuple[Handler, Step, tree.Call]]:
    """The callouts that begin with their `call`, and could be read."""
    for handler in program.handlers:
        call = handler.opening
        if call is not None and isinstance(call.body, tree.Call) and not unread(program, handler):
            yield handler, call, call.body


@rule("error", binding=True)
def call_not_first(program: Program) -> Iterator[Finding]:
    """A `call` that is not the first segment of an `on callout`, or an `on callout` that does not begin with one.

    `call` says whom the backend has called, so everything else that is written there comes after it. In a reply the
    call is there already: whom the caller is to talk to is what `connect` says.

    Wrong:
    ```recpol
    policy desk
    on ice { call pstn +46850020000 connect pstn +46850021111 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850021111 }
    ```
    """
    for handler in program.handlers:
        for place, step in enumerate(handler.segments):
            if isinstance(step.body, tree.Call) and (handler.kind != "callout" or place > 0):
                where = "an `on callout NAME`" if handler.kind != "callout" else "its `on callout`"
                yield Finding(
                    f"`call` is not the first segment of {where}",
                    head(step),
                    why="it says whom the backend has called: nothing can come before it",
                    help="put it first" if handler.kind == "callout" else "write `connect`, or move it to `on callout`",
                )
        called = any(isinstance(step.body, tree.Call) for step in handler.segments)
        if handler.kind == "callout" and not called and not unread(program, handler):
            yield Finding(
                f"`on {handler.key}` calls nobody",
                handler.node.event.span,
                help="begin it with `call pstn`, `call app` or `call sip`, and whom to call",
            )


@rule("error", binding=True, covers=("C26",))
def callout_form(program: Program) -> Iterator[Finding]:
    """An `on callout` whose segments fit none of the three requests that begin a call.

    The platform has three (Calling API page): a custom callout, which calls a number and asks for a reply when somebody
    answers (`call pstn` alone, with `on ace NAME`); a text-to-speech callout, which says something and ends (`call`,
    `say` and `play`, `hangup`); and a conference callout, which may greet with one `say` and leads into a room (`call`,
    `say`, `connect conference`). Each has its own options of `call`. The prompts of one callout have one locale.

    In svaml2 one request dials whoever is called, and holds the call: there `call sip` can stand alone too, and every
    `call` has the same options.

    Wrong:
    ```recpol
    policy survey
    on callout customer { call pstn +46850020000 cli +46850021111 connect pstn +46850022222 }
    ```

    Right:
    ```recpol
    policy survey
    on callout customer { call pstn +46850020000 cli +46850021111 }
    on ace customer { connect conference "survey" }
    ```
    """
    three = not all(target.whole_call for target in program.targets)
    for handler, call, body in _callouts(program):
        kind, form = body.kind.text, method(handler)
        why = f"a call begins with one of three requests ({CALLING_PAGE})"
        if kind not in _KINDS:
            if kind in ("conference", "stream"):
                help_ = f"write `call pstn`, `call app` or `call sip`, and `connect {kind}` after it"
                yield Finding(f"nobody is called by `call {kind}`", body.kind.span, help=help_)
            continue
        if body.target is None:
            yield Finding("whom does this call?", head(call), help="write a number, a user or an address after it")
        alone = handler.action is None and not said(handler)
        if form is None or (alone and kind != "pstn" and three):
            what = (
                f"`call {kind}` says nothing to whom it calls" if alone else f"what follows `call {kind}` is no callout"
            )
            if alone:
                why = f"a custom callout can begin with ConnectPstn alone ({CALLING_PAGE})"
            odd = call if alone else handler.segments[1]
            if three:
                yield Finding(what, head(odd), why=why, help=f"write {_FORMS}")
            else:  # the request could hold it, and a policy says it in one place
                help_ = f"leave `call` alone, and say it in `on ace {handler.name}`"
                yield Finding(what, head(odd), help=help_)
            continue
        for option in body.options if three else ():
            name = option.name.text
            if name not in _OPTIONS[form] or (name == "dial-timeout" and form != "customCallout"):
                has = either(sorted(_OPTIONS[form]))
                yield Finding(
                    f"this `call` has no `{name}`",
                    option.name.span,
                    why=f"what follows it makes it a {form} ({CALLING_PAGE})",
                    help=f"delete it; it may have {has}",
                )
        address = program.fill(body.target).lower() if isinstance(body.target, tree.Text) else ""
        if kind == "sip" and three and isinstance(body.target, tree.Text) and address.startswith("sips:"):
            help_ = "write the address without `sips:`"
            yield Finding("a callout cannot ask for encryption", body.target.span, why=why, help=help_)
        if three:
            yield from _prompts(program, handler)


def _prompts(program: Program, handler: Handler) -> Iterator[Finding]:
    """What the one text of a callout cannot hold: two locales, too many characters."""
    first: tuple[str, Step] | None = None
    total = 0
    for step in said(handler):
        body = step.body
        if isinstance(body, tree.Play):
            if body.locale is not None:
                help_ = "delete it: only what is spoken has one here"
                yield Finding("the files of a callout have no locale", body.locale.span, help=help_)
            continue
        if not isinstance(body, tree.Say):
            continue
        total += length(program, body.text)
        own = spoken_in(program, body.locale)
        locale = "" if own is None else own.text
        first = first or (locale, step)
        if locale != first[0]:
            yield Finding(
                f"one callout speaks `{first[0]}` and `{locale}`",
                head(step),
                notes=(Note(head(first[1]), f"this is `{first[0]}`"),),
                why=f"the request has one locale ({CALLING_PAGE})",
                help="say both in one locale, or say this in `on ace NAME`",
            )
    most = limits.SAY_CHARACTERS
    if total > most.value and isinstance(handler.last, tree.Hangup) and not spoken_as_one(handler):
        message = f"the prompts of this callout have {total} characters; {most.value} are allowed"
        yield Finding(message, handler.node.event.span, help="say less, or say it in `on ace NAME`")


@rule("error", binding=True, covers=("C27",))
def callout_unanswered(program: Program) -> Iterator[Finding]:
    """A callout after which nobody says what the person called hears, or two say it.

    After `call` alone the reply to ACE says what is heard, so the policy needs `on ace NAME`. A callout that speaks or
    leads into a room itself asks for no reply: what its `on ace` would say takes the place of what the callout says
    (Calling API page), so only one of the two is written. An app sends no ACE at all.

    Wrong:
    ```recpol
    policy survey
    on callout customer { call pstn +46850020000 cli +46850021111 }
    ```

    Right:
    ```recpol
    policy survey
    locale en-GB
    on callout customer { call pstn +46850020000 cli +46850021111 }
    on ace customer { say "Your table is ready." hangup }
    ```
    """
    for handler, call, _ in _callouts(program):
        answered = program.graph.first.get(f"ace {handler.name}") if handler.name else None
        named = None if answered is None else program.handlers[answered]
        if method(handler) == "customCallout" and called_ace(program.graph.first, handler) is None:
            yield Finding(
                f"nothing says what happens when somebody answers `{handler.name}`",
                head(call),
                why="after a callout that calls and says nothing, the reply to ACE says what is heard "
                f"({cite(CALLING_PAGE, NODE_SDK)})",
                help=f"add `on ace {handler.name} {{ … }}`",
            )
        elif method(handler) is not None and handler.action is not None and named is not None:
            yield Finding(
                f"no ACE comes to `on {named.key}`",
                named.node.event.span,
                notes=(Note(head(handler.segments[1]), "the callout says itself what is heard"),),
                why=f"a reply would take the place of what the callout says ({CALLING_PAGE})",
                help=f"leave `call` alone in `on callout {handler.name}`, or delete this handler",
            )


@rule("error", binding=True)
def callout_records(program: Program) -> Iterator[Finding]:
    """A recording that begins in the callout itself.

    No page documents a recording flag, or recording options, in the request that begins a call. A recording begins in
    the reply to ACE, when the person called has answered. What a callout says by itself is never recorded.

    Wrong:
    ```recpol
    policy notice
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on callout customer { call pstn +46850020000 cli +46850021111 record { say "Your table is ready." } hangup }
    ```

    Right:
    ```recpol
    policy notice
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on callout customer { call pstn +46850020000 cli +46850021111 }
    on ace customer { record { say "Your table is ready." } hangup }
    ```
    """
    for handler in program.handlers:
        if handler.kind != "callout":
            continue
        for step in handler.steps:
            decided = program.decided(step)
            if decided.call or decided.conference:
                decision = (decided.call or decided.conference)[0]
                rule_ = isinstance(decision.node, tree.RecordRule)
                notes = (Note(decision.keyword, "this would record it"),) if rule_ else ()
                cure = f"record it in `on ace {handler.name}`, after `call` alone"
                yield Finding(
                    "a callout cannot record",
                    head(step) if rule_ else decision.keyword,
                    notes=notes,
                    why=f"no page documents a recording in the request that begins a call ({CALLING_PAGE})",
                    help=f"{cure}, or leave it out with `except`" if rule_ else cure,
                )
                break


@rule("error", binding=True)
def callout_alone(program: Program) -> Iterator[Finding]:
    """A `continue`, or a `connect pstn` without a number, for a person whom the backend has called and nobody else.

    `continue` goes on with a talk, or with the call that the caller dialled. A person whom the backend has called
    talks to nobody yet, and has dialled nobody.

    Wrong:
    ```recpol
    policy survey
    on callout customer { call pstn +46850020000 cli +46850021111 }
    on ace customer { continue }
    ```

    Right:
    ```recpol
    policy survey
    on callout customer { call pstn +46850020000 cli +46850021111 }
    on ace customer { connect conference "survey" }
    ```
    """
    for handler in program.handlers:
        step, action = handler.action, handler.last
        if step is None or action is None or handler.index not in program.graph.alone:
            continue
        match action:
            case tree.Continue():
                yield _nobody(step, "goes on with nobody", "connect somebody, or end it with `hangup`")
            case tree.Connect():
                if action.kind.text == "pstn" and action.target is None:
                    yield _nobody(step, "has no number to call", "write the number")
            case tree.Menu() | tree.Park() | tree.Hangup():
                pass
            case _:
                assert_never(action)


def _nobody(step: Step, what: str, help_: str) -> Finding:
    return Finding(
        f"`{' '.join(head(step).text.split())}` {what}",
        head(step),
        why="a call that the backend begins comes here while the person called is alone in it",
        help=help_,
    )
