"""Rules about `begin { … }` and `end { … }` of a phase: what is said when it begins and when it ends."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.parties import hearer
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.finding import Finding, Note
from recpol.base.typing import assert_never
from recpol.calls.party import Party
from recpol.platform.sources import CALLING_PAGE, VOICE_V2, cite
from recpol.rules.policy.places import head, in_targets
from recpol.rules.policy.requests import to_two_parties
from recpol.rules.rule import rule
from recpol.semantics.phases import TURNS, change, phases, prompts_of
from recpol.syntax import tree


def _parts(phase: Step) -> list[tree.PhasePrompts]:
    assert isinstance(phase.body, tree.Phase)
    return [part for part in phase.body.moments if isinstance(part, tree.PhasePrompts)]


@rule("error", binding=True)
def phase_says_prompts(program: Program) -> Iterator[Finding]:
    """Something else than prompts at the beginning or the end of a phase, or prompts to two parties at once.

    A phase begins and ends by one request, after which the talk goes on. The request goes to one leg: `callLeg` is
    `caller`, `callee` or `both`, and is ignored in a conference (Calling API page). What records the prompts follows
    from rules: they belong to the phase.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { connect pstn +46850020000 { phase card { begin { hangup } } } }
    ```

    ```recpol
    policy desk
    locale en-GB
    on ice {
      connect pstn +46850020000 { phase card { begin { say "One moment." to caller say "Ask now." to callee } } }
    }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { connect pstn +46850020000 { phase card { begin { say "One moment." to everyone } } } }
    ```
    """
    for phase in phases(program):
        seen: dict[str, tree.PhasePrompts] = {}
        for part in _parts(phase):
            if seen.setdefault(part.name, part) is not part:
                yield Finding(
                    f"a second `{part.name}` of this phase",
                    part.span,
                    notes=(Note(seen[part.name].span, "the first"),),
                    help="write all prompts into one of the two",
                )
            yield from _others(part)
        for turn in TURNS:
            yield from _parties(program, phase, prompts_of(program, phase, turn))


def _others(part: tree.PhasePrompts) -> Iterator[Finding]:
    """What is no prompt."""
    for item in part.segments:
        match item:
            case tree.Segment():
                if not isinstance(item.body, tree.Addressed):
                    yield Finding(
                        f"only prompts are heard when a phase {part.name}s",
                        item.span,
                        why=f"a phase {part.name}s by one request, after which the talk goes on ({CALLING_PAGE})",
                        help="write `say` or `play` here; a request `on manage NAME in …` can hang up or park",
                    )
            case tree.Block():
                yield Finding(
                    "no `record` block stands in a phase",
                    item.keyword,
                    help="take the block away: a prompt is recorded as its phase, and `record … except @TAG` takes it "
                    "out",
                )
            case tree.Broken():
                pass  # another finding says what could not be read
            case _:
                assert_never(item)


def _parties(program: Program, phase: Step, prompts: tuple[Step, ...]) -> Iterator[Finding]:
    handler = program.handler_of(phase)
    room = program.steps[phase.parent] if phase.parent is not None else phase
    addressed = [step for step in prompts if isinstance(step.body, tree.Addressed)]
    for step in addressed:
        word = step.body.to if isinstance(step.body, tree.Addressed) else None
        if word is not None and room.connects in ("conference", "stream") and hearer(handler, step) is not Party.CALLER:
            yield Finding(
                f"nobody hears this as `{word.text}`: a request to somebody in a room is heard by that one alone",
                word.span,
                notes=(Note(head(room), "the room"),),
                why=f"`callLeg` is ignored for conference calls ({CALLING_PAGE})",
                help="write `to caller`",
            )
            return
    yield from to_two_parties(handler, addressed)


@rule("error", binding=True, targets=lambda target: not target.mixes_requests)
def phase_says_besides(program: Program) -> Iterator[Finding]:
    """Prompts of a phase where a target's request takes one thing at a time.

    A classic Manage Call body has one action, and `StartRecording` and `StopRecording` are actions (Calling API page):
    what is said stands in another request. In Voice API v2 a request runs on one leg, and a recording that is told to
    stop goes on until its end is reported; recpol writes no prompts into the requests of phases there.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    voice Amy
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on recording failure hangup
    on ice { order: connect pstn +46850020000 { phase card { begin { say "Recording is off." } } } }
    record order except card
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    voice Amy
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on recording failure hangup
    on ice { order: connect pstn +46850020000 { phase card } }
    record order except card
    ```
    """
    for phase in phases(program):
        for turn in TURNS:
            said = change(program, phase, turn)
            deaf = [t for t in program.targets if t.whole_call or (not t.mixes_requests and said.changes)]
            if not said.prompts or not deaf:
                continue
            besides, why = "", f"recpol writes what is played into a request of its own there ({VOICE_V2})"
            if said.changes:
                besides = " changes the recording and"
                why = f"a request changes a recording or does something, not both ({cite(CALLING_PAGE, VOICE_V2)})"
            yield Finding(
                f"the request that {turn}s this phase{besides} plays something{in_targets(program, deaf)}",
                head(said.prompts[0][0]),
                why=why,
                help="write the prompt into a request, `on manage NAME in …`, that is sent before the phase begins or "
                "after it has ended; or compile to svaml1, which takes both",
            )
            break
