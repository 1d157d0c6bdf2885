"""Rules about recordings of Voice API v2: how they end, and what happens when they cannot start.

A stop of v2 does not wait, and a start that fails is silent unless the policy says what is to happen.

Invariant: but for the declaration itself, they speak only of policies that are compiled to svaml2.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.base.typing import TYPE_CHECKING
from recpol.platform.sources import RECORDING_PAGE, VOICE_V2, VOICE_V2_TUTORIALS, cite
from recpol.rules.policy.places import head, named
from recpol.rules.rule import rule
from recpol.rules.targets.svaml2 import ONLY
from recpol.syntax import tree

if TYPE_CHECKING:
    from recpol.targets.v2.plan import Plan, Stop

_DECLARE = "write `on recording failure hangup`, or take out of the guarantee what may go unrecorded"


@rule("error", binding=True)
def unknown_failure(program: Program) -> Iterator[Finding]:
    """A declaration `on … hangup` or `on … continue` about something else than a recording or a phase that fails.

    `on recording failure hangup` ends a call whose recording cannot start, `on recording failure continue` goes on
    without it. `on phase failure refuse` lets a phase not begin before the platform has confirmed that the recording
    stopped, `on phase failure hangup` ends the call instead; to go on would put the phase on tape. Handlers have
    braces: `on pie done { hangup }`.

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 }
    on recordings failure hangup
    ```

    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { agent: connect pstn +46850020000 { phase card } }
    record agent except card
    on phase failure continue
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    on recording failure continue
    ```

    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { agent: connect pstn +46850020000 { phase card } }
    record agent except card
    on phase failure hangup
    ```
    """
    for file in program.files:
        for statement in file.statements:
            if isinstance(statement, tree.OnFailure) and not statement.about:
                after = file.source.text[statement.span.end : statement.span.end + 40]
                if after.lstrip().startswith("}"):
                    continue  # a handler without its `{`: syntax-error says so
                yield _unknown(statement)


def _unknown(statement: tree.OnFailure) -> Finding:
    first, last = statement.subject
    words, act = f"{first.text} {last.text}", statement.act
    if first.text in tree.FAILING and last.text == "failure":
        meant = " or ".join(f"`on {words} {one}`" for one in tree.FAILING[first.text])
        return Finding(f"there is no `on {words} {act.text}`", act.span, help=f"write {meant}")
    handler = "" if act.text == "refuse" else f", or a handler: `on {words} {{ {act.text} }}`"
    return Finding(
        f"there is no `on {words} {act.text}`",
        first.span.to(last.span),
        help=f"write `on {'phase' if act.text == 'refuse' else 'recording'} failure {act.text}`{handler}",
    )


@rule("info", targets=lambda target: not target.tells_of_failure)
def failure_not_reported(program: Program) -> Iterator[Finding]:
    """An `on recording failure hangup` that has no effect, because the platform reports no failure.

    Only Voice API v2 says that a recording cannot start. In classic SVAML and in the current API there is no such
    event, so that a call whose recording fails goes on unrecorded whatever the policy says.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on recording failure hangup
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    failure = program.names.failure
    if failure is not None and program.names.hangs_up and program.is_own(failure.span):
        mute = [target.name for target in program.targets if not target.tells_of_failure]
        yield Finding(
            f"nothing tells a call of {' or '.join(mute)} that its recording failed, so this has no effect there",
            failure.span,
            why=f"there is no event for a recording that cannot start ({RECORDING_PAGE})",
            help="compile to svaml2 where calls must not go on unrecorded",
        )


@rule("warning", covers=("R29",), targets=ONLY, binding=True)
def silent_recording_failure(program: Program) -> Iterator[Finding]:
    """A recording that must be made, and nothing that happens in svaml2 when it cannot start.

    A recording of v2 that cannot start (wrong credentials, a bucket that is gone) is left out in silence, and the call
    goes on, unless the policy says `on recording failure hangup`. So `always record` cannot be proven without it, and
    `on recording failure continue` breaks it.

    The same holds, as an error, where a segment under `never record` follows a recording: recpol lets it begin when the
    recording has ended, and one that failed never ends. The caller would wait for ever.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { answer record { talk: connect pstn +46850020000 } }
    always record talk
    ```

    ```recpol
    policy desk
    voice Amy
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { answer record { say "Welcome." } say "Your balance follows." secret: connect pstn +46850020000 }
    never record secret
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { answer record { talk: connect pstn +46850020000 } }
    on recording failure hangup
    always record talk
    ```
    """
    if any(handler.kind == "recording" for handler in program.handlers):
        return  # it is being said, in another form
    made = _plan(program)
    failure = program.names.failure
    for stop in _first_stops(made, here=True):
        if stop.waits and stop.begun is not None and not program.names.hangs_up:
            yield Finding(
                f"a caller whose recording fails would wait for ever for {named(stop.step)}",
                head(stop.step),
                notes=(
                    Note(head(stop.begun.step), "the recording begins here"),
                    *((Note(failure.span, "and the call goes on without it"),) if failure is not None else ()),
                ),
                why=f"what must not be recorded begins when the recording has ended, which one that failed never does "
                f"({VOICE_V2})",
                help="write `on recording failure hangup`",
                severity="error",
            )
    if failure is not None:
        return
    for guarantee in program.guarantees():
        if isinstance(guarantee, tree.RecordGuarantee) and guarantee.word == "always":
            chosen = program.selected.chosen(guarantee.selection)
            if any(program.decided(step).call for step in chosen.values()):
                yield Finding(
                    "in svaml2 a recording that fails to start is silent",
                    guarantee.span,
                    why=f"without a handler the call goes on unrecorded ({cite(VOICE_V2, VOICE_V2_TUTORIALS)})",
                    help=_DECLARE,
                )


@rule("error", binding=True, targets=ONLY)
def stop_not_awaited(program: Program) -> Iterator[Finding]:
    """A segment under `never record` after a recording whose end svaml2 cannot wait for.

    A stop of v2 does not wait: the recording goes on for a time that no document states. So what must not be recorded
    is entered from the recording's `onFinish`, which stands where the recording begins. There it cannot know by which
    way the call went on: after a menu, or after the callee has answered, it is too late.

    Wrong:
    ```recpol
    policy desk
    voice Amy
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on recording failure hangup
    on ice { answer record { menu { prompt "Press 1." key 1 -> pin } } }
    on pie pin { secret: say "Your PIN is …" hangup }
    on pie otherwise { hangup }
    never record secret
    ```

    Right:
    ```recpol
    policy desk
    voice Amy
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on recording failure hangup
    on ice { answer record { say "Welcome." } menu { prompt "Press 1." key 1 -> pin } }
    on pie pin { secret: say "Your PIN is …" hangup }
    on pie otherwise { hangup }
    never record secret
    ```
    """
    made = _plan(program)
    for stop in _first_stops(made, here=False):
        if program.handler_of(stop.step).in_talk:
            continue  # the backend waits for what the manifest names
        if stop.waits and stop.begun is None and program.is_reachable(stop.step):
            yield Finding(
                f"svaml2 cannot wait for the end of the recording before {named(stop.step)}",
                head(stop.step),
                notes=_begins(program, made, stop.step.handler),
                why=f"a stop does not wait, and `onFinish` cannot know which way was taken ({VOICE_V2})",
                help="end the recording before the menu or the `connect`, or begin it after this segment",
            )


def _begins(program: Program, made: Plan, handler: int) -> tuple[Note, ...]:
    names = made.entering.get(handler, frozenset())
    return tuple(Note(head(s.step), "the recording begins here") for s in made.starts if s.name in names)


@rule("warning", targets=ONLY)
def dials_after_hangup(program: Program) -> Iterator[Finding]:
    """A connect that svaml2 might make after the caller has hung up.

    A connect under `never record` that directly follows a recording stands in the recording's `onFinish`. A recording
    ends too when the caller hangs up, and no page says whether `onFinish` runs then. If it does, somebody is called for
    a caller who is gone; prompts would not be played, so one before the connect keeps it from happening.

    Wrong:
    ```recpol
    policy desk
    voice Amy
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on recording failure hangup
    on ice { answer record { say "Welcome." } secret: connect pstn +46850020000 }
    never record secret
    ```

    Right:
    ```recpol
    policy desk
    voice Amy
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on recording failure hangup
    on ice { answer record { say "Welcome." } say "One moment." secret: connect pstn +46850020000 }
    never record secret
    ```
    """
    for stop in _first_stops(_plan(program), here=True):
        if stop.waits and stop.begun is not None and stop.step.connects in ("pstn", "sip", "stream"):
            yield Finding(
                "svaml2 might call somebody after the caller has hung up",
                head(stop.step),
                notes=(Note(head(stop.begun.step), "the end of this recording leads to the call"),),
                why=f"no page says whether `onFinish` runs when a recording ends with the call ({VOICE_V2})",
                help="put a prompt that is not recorded before the `connect`",
            )


@rule("error", binding=True, targets=ONLY)
def direction_of_callee(program: Program) -> Iterator[Finding]:
    """One direction of a call that svaml2 would take for the other.

    A recording that begins when the callee answers is on the callee's leg in v2, where `inbound` is what the callee
    says. Everywhere else it is on the caller's leg.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS direction inbound }
    on ice { answer connect pstn +46850020000 }
    on ace { record { continue } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS direction inbound }
    on ice { answer record { connect pstn +46850020000 } }
    on ace { record { continue } }
    ```
    """
    from recpol.targets.v2.plan import begins_on_callee

    for site in _plan(program).starts:
        store = program.names.stores.get(site.store)
        direction = store.field("direction") if store is not None else None
        sided = direction is not None and isinstance(direction.value, tree.Word) and direction.value.text != "both"
        if sided and direction is not None and begins_on_callee(program, site.step) and not _phase(site.step.body):
            yield Finding(
                "in svaml2 this records the other direction",
                head(site.step),
                notes=(Note(direction.span, "the direction, as the caller's leg has it"),),
                why=f"handlers of `dial` run on the leg that was dialled ({VOICE_V2_TUTORIALS})",
                help="begin the recording at the `connect`, or record both directions",
            )


def _first_stops(made: Plan, *, here: bool) -> Iterator[Stop]:
    """Of each place where recordings stop the first stop of one that began in the same reply, or in an earlier one."""
    for stops in made.stops.values():
        yield from [stop for stop in stops if (stop.begun is not None) == here][:1]


def _plan(program: Program) -> Plan:
    from recpol.targets.v2.plan import plan

    return plan(program)


def _phase(body: object) -> bool:
    return isinstance(body, tree.Phase)
