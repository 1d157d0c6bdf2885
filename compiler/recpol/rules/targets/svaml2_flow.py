"""Rules about ways through a call that Voice API v2 cannot go.

A call of v2 is one document: what comes later stands inside what comes before. It has no way back, no place that two
ways share, and its handlers run on the leg whose event they answer.

Invariant: they speak only of policies that are compiled to svaml2, and each message names that target.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.callouts import answers_person
from recpol.analysis.menus import MenuOutcome, outcomes, reached_menus
from recpol.analysis.parties import wish
from recpol.analysis.program import Program
from recpol.analysis.recorder import ended, wanted
from recpol.analysis.steps import UNANSWERED
from recpol.base.finding import Finding, Note
from recpol.calls.party import Party
from recpol.platform.sources import VOICE_V2, VOICE_V2_TUTORIALS, cite
from recpol.rules.policy.places import head
from recpol.rules.rule import rule
from recpol.rules.targets.svaml2 import ONLY
from recpol.syntax import tree


@rule("error", binding=True, targets=ONLY)
def heard_by_callee(program: Program) -> Iterator[Finding]:
    """Something in `on ace` that only the callee would hear in svaml2, where nothing says that this is meant.

    In classic SVAML the prompts of a reply to ACE are heard by the caller. In v2 the handler of an answer runs on the
    leg that answered, so the same words would be played to the callee, and no command plays them to the other leg.
    `say … to callee` and `play … to callee` say that the callee is meant: they are played before the talk begins, while
    nothing is recorded.

    Wrong:
    ```recpol
    policy desk
    voice Amy
    on ice { answer connect pstn +46850020000 }
    on ace { say "You are connected." continue }
    ```

    Right:
    ```recpol
    policy desk
    voice Amy
    on ice { answer say "You are being connected." connect pstn +46850020000 }
    on ace { continue }
    ```
    """
    for handler in program.handlers:
        if handler.kind != "ace" or answers_person(program.graph, handler):
            continue
        taped = any(program.track.entries.get(handler.index, {}))
        for step in handler.segments:
            if isinstance(step.body, tree.Addressed) and wish(step) is Party.CALLEE:
                if taped or wanted(program.decisions, step):
                    yield Finding(
                        "in svaml2 what the callee alone hears cannot be recorded",
                        head(step),
                        why=f"it plays on the callee's leg, and the recording is the caller's ({VOICE_V2_TUTORIALS})",
                        help="let the recording begin after it: `record { continue }`",
                    )
            elif not isinstance(step.body, tree.Continue | tree.Hangup):
                yield Finding(
                    "in svaml2 only the callee would hear this",
                    head(step),
                    why=f"handlers of `dial` run on the leg that was dialled ({VOICE_V2_TUTORIALS})",
                    help="say it before the `connect`, or write `to callee` where the callee is meant",
                )


@rule("error", binding=True, targets=ONLY)
def one_way_of_failing(program: Program) -> Iterator[Finding]:
    """A menu that tells silence from a wrong key, which svaml2 does not.

    A menu of v2 has one `onFailure`, for callers who press nothing and for callers who press a wrong key.

    Wrong:
    ```recpol
    policy desk
    voice Amy
    on ice { answer menu { prompt "Press 1." key 1 -> sales timeout -> nobody } }
    on pie sales { connect pstn +46850020000 }
    on pie nobody { say "Goodbye." hangup }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    voice Amy
    on ice { answer menu { prompt "Press 1." key 1 -> sales timeout -> nobody invalid -> nobody } }
    on pie sales { connect pstn +46850020000 }
    on pie nobody { say "Goodbye." hangup }
    on pie otherwise { hangup }
    ```
    """
    from recpol.semantics.menu_results import answering

    for handler in program.handlers:
        action = handler.action
        if action is None or not isinstance(action.body, tree.Menu):
            continue
        for menu in reached_menus(action, handler):
            found = {o.type: o for o in outcomes(menu) if o.type in ("timeout", "invalidinput")}
            silent, wrong = found.get("timeout"), found.get("invalidinput")
            if silent is None or wrong is None:
                continue
            answers = {answering(program, silent), answering(program, wrong)}
            if answers == {None}:
                yield Finding(
                    "in svaml2 a caller who presses nothing is left in silence",
                    silent.span,
                    why=f"a menu without `onFailure` asks the webhook, which has no answer ({VOICE_V2})",
                    help="add `on pie otherwise { hangup }`, or write `timeout -> NAME` and `invalid -> NAME`",
                )
            if len(answers) == 1:
                continue
            one, other = (silent, wrong) if silent.item is not None else (wrong, silent)
            yield Finding(
                "svaml2 cannot tell silence from a wrong key",
                one.span,
                notes=(Note(other.span, f"a caller who {_does(other)} goes {_where(program, other)}"),)
                if other.item is not None
                else (),
                why=f"a menu has one `onFailure` ({VOICE_V2})",
                help="lead both to one reply: write `timeout -> NAME` and `invalid -> NAME` with the same name",
            )


def _does(outcome: MenuOutcome) -> str:
    return "presses nothing" if outcome.type == "timeout" else "presses a wrong key"


def _where(program: Program, outcome: MenuOutcome) -> str:
    from recpol.semantics.menu_results import answering

    key = answering(program, outcome)
    return "nowhere" if key is None else f"to `on {key}`"


@rule("error", binding=True, targets=ONLY)
def way_back(program: Program) -> Iterator[Finding]:
    """A way back to an earlier reply, which svaml2 does not have.

    A call of v2 is one document without loops. Only inside one `menu` can a caller come back to a menu.

    Wrong:
    ```recpol
    policy desk
    voice Amy
    on ice { answer menu { prompt "Press 1." key 1 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { menu { prompt "Press 1, please." key 1 -> sales } }
    ```

    Right:
    ```recpol
    policy desk
    voice Amy
    on ice { answer menu { prompt "Press 1." repeat "Press 1, please." 5 times key 1 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    from recpol.targets.v2.size import measure

    for edge in measure(program).back:
        handler = program.handlers[edge.target]
        help_ = "let the menu repeat its prompt (`repeat … N times`), or make it a further menu of the first one"
        if handler.kind in UNANSWERED and handler.name is None:
            help_ = f"say whose call this answers: `on {handler.kind} NAME`, with the label of a `connect`"
        yield Finding(
            f"svaml2 has no way back to `on {handler.key}`",
            edge.outcome.span if edge.outcome is not None else handler.node.event.span,
            notes=(Note(handler.node.event.span, "a call has been here before"),),
            why=f"only `gotoMenu` goes back, inside one menu ({cite(VOICE_V2, VOICE_V2_TUTORIALS)})",
            help=help_,
        )


@rule("error", binding=True, targets=ONLY)
def too_many_copies(program: Program) -> Iterator[Finding]:
    """A policy whose document for svaml2 would be too large.

    Two ways that lead to one reply need a copy of it each, and replies stand inside each other. recpol writes no
    document of more than 2,000 commands, or with more than 50 handlers inside each other. These limits are recpol's
    own: none is documented.

    Right:
    ```recpol
    policy desk
    voice Amy
    on ice { answer menu { prompt "Press 1 or 2." key 1 -> sales key 2 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    from recpol.targets.v2.size import MOST_COMMANDS, MOST_DEEP, measure

    size = measure(program)
    header = program.names.policy
    if header is None or size.back:
        return
    if size.commands > MOST_COMMANDS or size.depth > MOST_DEEP:
        what = f"{size.commands} commands" if size.commands > MOST_COMMANDS else f"{size.depth} handlers deep"
        yield Finding(
            f"for svaml2 this policy would be a document of {what}",
            header.name.span,
            why="v2 has no references: a reply to which several ways lead is copied for each of them, and replies nest",
            help=f"stay below {MOST_COMMANDS} commands and {MOST_DEEP} handlers: fewer menus after menus, or svaml1",
        )


@rule("error", binding=True, targets=ONLY)
def phase_recording_uncertain(program: Program) -> Iterator[Finding]:
    """A phase that has to stop a recording which may bear one of several names in svaml2.

    A stop of v2 names the recording. Where the conversation can be reached with recordings that began at different
    places, one request cannot stop them all.

    Wrong:
    ```recpol
    policy desk
    voice Amy
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { answer menu { prompt "Press 1 or 2." key 1 -> one key 2 -> two } }
    on pie one { record { say "One." menu { prompt "Press 3." key 3 -> talk } } }
    on pie two { record { say "Two." menu { prompt "Press 3." key 3 -> talk } } }
    on pie talk { desk: connect pstn +46850020000 { phase card } }
    on pie otherwise { hangup }
    record desk except card
    ```

    Right:
    ```recpol
    policy desk
    voice Amy
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { answer menu { prompt "Press 1 or 2." key 1 -> talk key 2 -> talk } }
    on pie talk { desk: connect pstn +46850020000 { phase card } }
    on pie otherwise { hangup }
    record desk except card
    ```
    """
    from recpol.targets.v2.plan import changes, outside, plan

    made = plan(program)
    for step in program.steps:
        if isinstance(step.body, tree.Phase) and changes(program, step):
            stopped = ended(outside(program, step), wanted(program.decisions, step))
            names = made.doubled(made.around(program, step), stopped)
            if names:
                begins = [site.step for site in made.starts if site.name in names]
                yield Finding(
                    f"the recording that `{step.body.name.text}` stops can begin at {len(names)} places",
                    step.body.name.span,
                    notes=tuple(Note(head(begin), "one of them") for begin in begins),
                    why=f"a stop of svaml2 names one recording ({VOICE_V2}), and each of these has a name of its own",
                    help="let the recording begin at one place: at the `connect`, or before the ways part",
                )
