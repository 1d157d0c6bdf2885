"""Rules about the ways through a policy: which handlers calls can reach, and which results have no handler."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.menus import MenuOutcome
from recpol.analysis.program import Program
from recpol.analysis.steps import OTHERWISE, Handler
from recpol.base.finding import Finding, Fix, Note
from recpol.base.nearest import KnownWords, nearest
from recpol.base.record import replace
from recpol.rules.edits import guess, line_after, write
from recpol.rules.notation import POLICY
from recpol.rules.policy.misnamed import events_known, handlers_named, in_capitals
from recpol.rules.policy.places import head
from recpol.rules.policy.unreached import left_over, lost_recordings, unreached
from recpol.rules.rule import rule


@rule("error", binding=True)
def missing_ice(program: Program) -> Iterator[Finding]:
    """A policy without `on ice`, and without a callout.

    Every call that comes in begins with the ICE callback (Callback API page), every other one with a request of the
    backend (`on callout NAME`). Without either no call reaches the other handlers, and nothing could be said about any
    call.

    Wrong:
    ```recpol
    policy desk
    on ace { continue }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 }
    on ace { continue }
    ```
    """
    policy = program.names.policy
    written = any(handler.kind in ("ice", "callout") for handler in program.handlers) or not events_known(program)
    if policy is not None and not program.partial and not written:
        yield Finding(
            "the policy has no `on ice`",
            policy.name.span,
            why="every call begins with the ICE callback; without a reply the call ends (Callback API page)",
            help="add the reply to an incoming call, `on ice { … }`, or a call to begin, `on callout NAME { … }`",
        )


@rule("error")
def missing_pie_handler(program: Program) -> Iterator[Finding]:
    """A result of a menu that no handler answers.

    The platform sends a PIE callback for every result: a chosen key, entered digits, silence, a wrong key. What it does
    when the backend has no reply is not documented. `on pie otherwise` answers whatever has no handler of its own.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1 for sales." key 1 -> sales timeout -> done invalid -> done } }
    on pie done { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1 for sales." key 1 -> sales } }
    on pie sales { connect pstn +46850020000 }
    on pie otherwise { hangup }
    ```
    """
    if program.partial or not events_known(program) or not handlers_named(program):
        return
    miscased = in_capitals(program)
    silent: dict[int, list[MenuOutcome]] = {}
    known = KnownWords(handler.name for handler in program.handlers if handler.kind == "pie" and handler.name)
    others = KnownWords(name for name in known.words if name != OTHERWISE)
    why = "what the platform does when a PIE gets no reply is not documented (Callback API page)"
    for outcome in program.graph.loose:
        if outcome.goal is None:
            silent.setdefault(outcome.menu.step.parent or outcome.menu.step.index, []).append(outcome)
            continue
        if outcome.goal.name.text in miscased:
            continue
        close = known.nearest(outcome.goal.name.text)
        yield Finding(
            f"nothing answers `{outcome.goal.name.text}`",
            outcome.goal.name.span,
            why=why,
            help=f"did you mean `{close}`?" if close else f"add `on pie {outcome.goal.name.text} {{ … }}`",
            fixes=guess(outcome.goal.name.span, outcome.goal.name.text, close) if close else (),
        )
    for edge in program.graph.single:
        if edge.outcome is None or edge.outcome.goal is None:
            continue
        name = edge.outcome.goal.name
        close = None if name.text in known or name.text in miscased else others.nearest(name.text)
        if close:
            yield Finding(
                f"`{name.text}` has no handler of its own, so `on pie {OTHERWISE}` answers",
                name.span,
                help=f"did you mean `{close}`? Else write `-> {OTHERWISE}`",
                severity="warning",
                fixes=guess(name.span, name.text, close),
            )
    if _meant_otherwise(program) is not None or OTHERWISE in miscased:
        return  # unreachable-handler or bad-name says so
    own = [handler for handler in program.handlers if program.is_own(handler.node.span)]
    for outcomes in silent.values():
        added = line_after(own[-1].node.span, "\non pie otherwise { hangup }")
        kinds = {outcome.type for outcome in outcomes}
        said = {"timeout": "presses nothing", "invalidinput": "presses a wrong key"}
        what = "the caller " + " or ".join(words for kind, words in said.items() if kind in kinds)
        if kinds == {"error"}:
            what = "the menu ends with an error"
        step = program.steps[outcomes[0].menu.step.parent or outcomes[0].menu.step.index]
        yield Finding(
            f"nothing answers when {what}",
            head(step),
            why=f"a PIE can be of type `error`, and no document says when; {why}" if kinds == {"error"} else why,
            help="add `on pie otherwise { … }`, which answers every result without a handler of its own",
            severity="warning",
            fixes=(Fix("add `on pie otherwise { hangup }`", (added,), safe=True),),
        )


_ANY_RESULT = frozenset(
    ("else", "default", "other", "others", "any", "fallback", "catch-all", "timeout", "time-out", "silence", "no-input",
     "noinput", "invalid", "invalidinput", "invalid-input", "wrong", "nomatch", "no-match", "error")
)  # fmt: skip
"""Names that people give to what answers every result without a handler of its own."""


def _meant_otherwise(program: Program) -> Handler | None:
    """The handler that was meant to be `on pie otherwise`, where there is none; None where nothing says so."""
    handlers = [handler for handler in program.handlers if handler.kind == "pie"]
    if any(handler.name == OTHERWISE for handler in handlers):
        return None
    known = {edge.outcome.goal.name.text for edge in program.graph.single if edge.outcome and edge.outcome.goal}
    named = (h for h in handlers if h.name in _ANY_RESULT or (h.name not in known and _nearly_otherwise(h.name or "")))
    return next((one for one in named if one.index not in program.graph.reachable), None)


def _nearly_otherwise(name: str) -> bool:
    return nearest(name, (OTHERWISE,)) is not None or name.replace(OTHERWISE, "") == ""


@rule("error", covers=("F06", "F07"))
def recording_unreachable(program: Program) -> Iterator[Finding]:
    """A recording in a reply that no call can reach.

    The recording would never be made, although the policy reads as if it were: for example in `on ace` when the connect
    suppresses callbacks, or when only apps are called (Callback API page).

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { connect pstn +46850020000 suppress-callbacks }
    on ace { record { continue } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 suppress-callbacks } }
    ```
    """
    return (made for found in unreached(program) for made in lost_recordings(program, found, POLICY))


@rule("warning", covers=("C23",))
def unreachable_handler(program: Program) -> Iterator[Finding]:
    """A handler that no call can reach.

    Either it is left over, or the line that should lead to it is missing or misspelt.

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 }
    on pie sales { hangup }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 }
    on ace { continue }
    ```
    """
    otherwise = _meant_otherwise(program)
    for found in unreached(program):
        name = found.handler.node.event.name
        for finding in left_over(program, found, POLICY):
            if name is None or found.handler is not otherwise:
                yield finding
                continue
            help_ = f"write `on pie {OTHERWISE}`: it answers every result without a handler of its own"
            fixes = write(name.span, OTHERWISE, title=f"write `on pie {OTHERWISE}`")
            yield replace(finding, help=help_, fixes=fixes)


@rule("warning", targets=lambda target: not target.whole_call)
def ambiguous_menu_result(program: Program) -> Iterator[Finding]:
    """Two menus whose results look the same to the backend but go to different handlers.

    A PIE callback names the menu by its id, and the first menu of every `menu` block has the id `main` (Callback API
    page). For silence, wrong keys and digits the backend can tell two such menus apart only by remembering which reply
    it sent last.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1." key 1 -> next timeout -> silent } }
    on pie next { menu { prompt "Press 2." key 2 -> end timeout -> gone } }
    on pie silent { say "Goodbye." hangup }
    on pie gone { hangup }
    on pie end { hangup }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Press 1." key 1 -> next timeout -> gone } }
    on pie next { menu { prompt "Press 2." key 2 -> end timeout -> gone } }
    on pie gone { hangup }
    on pie end { hangup }
    on pie otherwise { hangup }
    ```
    """
    seen: dict[tuple[str, str], tuple[MenuOutcome, int]] = {}
    for edge in program.graph.single:
        outcome = edge.outcome
        if outcome is None or outcome.type == "return" or edge.origin not in program.graph.reachable:
            continue
        earlier, target = seen.setdefault((outcome.menu.id, outcome.type), (outcome, edge.target))
        same = earlier.menu.step is outcome.menu.step
        if target != edge.target and not same and (outcome.goal or earlier.goal):
            here, there = (outcome, earlier) if outcome.goal else (earlier, outcome)
            other = program.handlers[target if here is outcome else edge.target]
            yield Finding(
                f"the backend cannot tell this result from that of another menu `{outcome.menu.id}`",
                here.span,
                notes=(Note(there.span, f"goes to `on {other.key}`"),),
                why="a PIE names the menu only by its id, and the first menu of every block is `main` "
                "(Callback API page)",
                help="answer both in one handler, or let the backend remember which reply it sent "
                "(`after` in the manifest)",
            )
