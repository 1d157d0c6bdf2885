"""Rules about guarantees: broken ones, unproven ones, and those that protect nothing."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.builtins import built_in
from recpol.analysis.decisions import Decision
from recpol.analysis.program import Program
from recpol.analysis.steps import Step
from recpol.base.finding import CallStep, Finding, Note
from recpol.base.typing import TYPE_CHECKING, assert_never
from recpol.rules.policy.judged import head_of, place_of, verdicts, why_of, words_of
from recpol.rules.policy.misnamed import is_misled
from recpol.rules.policy.opposed import opposed_pairs
from recpol.rules.policy.places import head, named
from recpol.rules.rule import rule
from recpol.syntax import tree

if TYPE_CHECKING:  # a policy without guarantees is checked without loading the prover
    from recpol.prove import Verdict


def _call(program: Program, verdict: Verdict) -> tuple[CallStep, ...]:
    from recpol.prove.shown import shown

    return shown(program, verdict)


@rule("error", binding=True, covers=("F08", "F10", "F11"))
def broken_guarantee(program: Program) -> Iterator[Finding]:
    """A guarantee that some call breaks.

    The compiler looks at every path that a call can take through the policy: all results of all menus, silence, loops,
    a callee who does not answer, a reply that comes too late, phases in any order. The finding shows the shortest call
    that breaks the guarantee.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice {
      answer
      record { pin: menu { prompt "Enter your code." digits 4 -> checked } }
    }
    on pie checked { hangup }
    on pie otherwise { hangup }
    never record pin because "the code is secret"
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice {
      answer
      pin: menu { prompt "Enter your code." digits 4 -> checked }
    }
    on pie checked { record { connect pstn +46850020000 } }
    on pie otherwise { hangup }
    never record pin because "the code is secret"
    ```
    """
    broken = [verdict for verdict in verdicts(program) if verdict.status == "broken"]
    pairs = opposed_pairs(program) if broken else ()
    opposed = {words_of(guarantee) for pair in pairs for guarantee in (pair.first, pair.second)}
    for verdict in broken:
        guarantee = verdict.guarantee
        if words_of(guarantee) in opposed or (verdict.step is not None and _is_split(program, verdict.step)):
            continue
        words = words_of(guarantee)
        if verdict.step is None:
            yield Finding(
                f"`{words}` is broken: {verdict.reason}",
                place_of(program, guarantee),
                why=why_of(guarantee),
                help=_store_help(guarantee),
                about=f"{words}: {verdict.reason}",
            )
            continue
        from recpol.rules.policy.guaranteefixes import fixes_of

        yield Finding(
            f"`{words}` is broken",
            head(verdict.step),
            label=verdict.reason,
            notes=(Note(head_of(guarantee), "guaranteed here"), *_recorders(program, verdict, verdict.step)),
            why=why_of(guarantee),
            help=_help(program, verdict, verdict.step),
            call=_call(program, verdict),
            fixes=fixes_of(program, verdict),
            about=words,
        )


def _is_split(program: Program, step: Step) -> bool:
    """Whether a further menu is not recorded as the menu around it, so that `menu-split` says what is wrong."""
    if not isinstance(step.body, tree.Submenu) or step.parent is None:
        return False
    return program.decided(step).call_stores != program.decided(program.steps[step.parent]).call_stores


def _decisions(program: Program, step: Step, guarantee: tree.Guarantee) -> tuple[Step, tuple[Decision, ...]]:
    """What records a step in a way that a guarantee forbids, and the step that it records: that itself, or the connect
    around a phase."""
    from recpol.prove.narrowed import counted
    from recpol.semantics.audio import store_options

    decided = program.decided(step)
    if not (decided.call or decided.conference) and step.parent is not None:
        step = program.steps[step.parent]
        decided = program.decided(step)
    counts = counted(guarantee)
    found = (*decided.call, *decided.conference)
    return step, tuple(d for d in found if d.store is None or counts(store_options(program, d.store)))


def _recorders(program: Program, verdict: Verdict, step: Step) -> tuple[Note, ...]:
    """The decisions that record what must not be recorded."""
    never = forbids(verdict.guarantee)
    if verdict.other is not None:
        found = (
            () if verdict.other.policy else _decisions(program, program.steps[verdict.other.step], verdict.guarantee)[1]
        )
        places = [decision.keyword for decision in found] or [verdict.other.span]
        return tuple(Note(place, "another caller records the room") for place in dict.fromkeys(places))
    found = _decisions(program, step, verdict.guarantee)[1] if never else ()
    return tuple(Note(place, "recorded by this") for place in dict.fromkeys(d.keyword for d in found))


def _help(program: Program, verdict: Verdict, step: Step) -> str:
    guarantee = verdict.guarantee
    if verdict.other is not None:
        own = None if verdict.other.policy else program.steps[verdict.other.step]
        host = f"{named(own)} in {verdict.other.where}" if own is not None else f"the room in {verdict.other.where}"
        inner = program.steps[step.parent] if step.parent is not None else step
        apart = f"give {named(inner)} a room of its own" if inner is not own else "use separate rooms"
        if isinstance(guarantee, tree.Announce):
            return f"play the announcement on every way that leads here, before the connect, or {apart}"
        return f"take {host} out of the recording, or {apart}"
    match guarantee:
        case tree.RecordGuarantee(word="never"):
            return _leave_out(program, step, guarantee)
        case tree.RecordGuarantee() | tree.Announce(word="in") if verdict.in_part:
            return "record both sides: take `direction` out of the store, or record the other side beside it"
        case tree.RecordGuarantee():
            if verdict.fails:
                return "write `on recording failure hangup`, or take out of the guarantee what may go unrecorded"
            from recpol.calls.trace import Unreplied

            if verdict.call and isinstance(verdict.call[-1], Unreplied):
                return f"record {named(step)} too, so that the recording runs when the callee answers"
            return "let the recording begin earlier and end later, in `on ice` or with the connect that leads here"
        case tree.Announce(word="before", every_locale=True):
            return "play the announcement after `answer` and before the recording, in each locale that is spoken there"
        case tree.Announce(word="before", to=tree.Word()):
            return (
                "play it to each of them before: a callee hears what svaml2 plays in `on ace { say … to callee … }`, "
                "and in svaml1 what a phase says that begins a recording, `phase NAME { begin { say … to everyone } }`"
            )
        case tree.Announce(word="before"):
            return "play the announcement after `answer` and before the recording on every way that leads here"
        case tree.Announce():
            if step.index in program.selected.chosen(guarantee.selection):
                return "begin the recording, after `answer`, with words known now: `say`, or a menu with `barge no`"
            return "let the recording begin with the announcement, or end the recording only with the call"
        case tree.NeverTranscribe():
            return f"record {named(step)} to a store without `transcribe`, or {_leave_out(program, step, guarantee)}"
        case tree.OneSide():
            store = f"a store with `direction {guarantee.side.text}`, where the target has directions"
            return f"record {named(step)} to {store}, or {_leave_out(program, step, guarantee)}"
        case tree.OptOut():
            leave = _leave_out(program, step, guarantee)
            return f"{leave}; or lead `{guarantee.name.text}` to segments that are not recorded"
        case tree.Keep() | tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion():
            return ""
        case _:
            assert_never(guarantee)


def _store_help(guarantee: tree.Guarantee) -> str:
    """What to do about a store that breaks a guarantee."""
    if not isinstance(guarantee, tree.PromiseGuarantee):
        return "move the store to an allowed place, or add its place to the guarantee"
    return "record to a place of which the guarantee holds, and state it in its store"


def forbids(guarantee: tree.Guarantee) -> bool:
    """Whether it is a recording that breaks a guarantee, so that what records is to be shown."""
    match guarantee:
        case tree.RecordGuarantee():
            return guarantee.word == "never"
        case tree.NeverTranscribe() | tree.OneSide() | tree.OptOut():
            return True
        case tree.Announce() | tree.Keep() | tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion():
            return False
        case _:
            assert_never(guarantee)


def _leave_out(program: Program, step: Step, guarantee: tree.Guarantee) -> str:
    """How to leave a step out of all that records it as a guarantee forbids, by the name that `never record` gives it,
    if it does."""
    taken, found = _decisions(program, step, guarantee)
    if not found:
        if any(decided.conference for decided in program.decisions.steps):
            return "record single callers with `record call`, or hang up: nothing else ends the recording of a room"
        return f"end the recording before {named(taken)} on every way that leads there"
    if taken.phase is not None:  # what is said in a phase is left out with it
        taken = program.steps[taken.phase]
    word = taken.label.text if taken.label is not None else next((f"@{tag.name}" for tag in taken.node.tags), "NAME")
    if isinstance(guarantee, tree.RecordGuarantee):
        from recpol.rules.policy.guaranteefixes import meant_name

        word = meant_name(taken, guarantee) or word
    blocks = any(isinstance(decision.node, tree.Block) for decision in found)
    rules = any(isinstance(decision.node, tree.RecordRule) for decision in found)
    also = f", and add `except {word}` to the rule that records it" if rules else ""
    if isinstance(taken.body, tree.Submenu):  # one RunMenu is recorded as a whole, or not at all
        menu = taken.body.name.text
        return (
            f"return to the backend before the menu: write `-> {menu}` for `-> menu {menu}`, and move the menu to "
            f"`on pie {menu} {{ {menu}: menu {{ … }} }}`{also}"
        )
    if isinstance(taken.body, tree.Phase):
        if blocks:
            return (
                "leave the phase out of the recording: replace the `record` block that records it by a rule with "
                f"`except {word}`{also}"
            )
        return f"leave the phase out of the recording: add `except {word}` to the rule that records it"
    if blocks:
        return f"end the recording before it: move {named(taken)} out of the `record` block{also}"
    label = f"write `NAME:` before {named(taken)}, and " if word == "NAME" else ""
    return f"end the recording before it: {label}add `except {word}` to the rule that records it"


@rule("warning", binding=True)
def unproven_guarantee(program: Program) -> Iterator[Finding]:
    """A guarantee that can be neither proven nor broken.

    It depends on something that the platform's documents leave open or disagree about, or on a value that is known only
    when the call comes. `--strict` makes this a failure, and nothing silences it: a guarantee is proven or it is not.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://{{ env.BUCKET }}/calls/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    keep recordings in "s3://acme-recordings/**"
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    keep recordings in "s3://acme-recordings/**"
    ```
    """
    for verdict in verdicts(program):
        if verdict.status == "unknown":
            words = words_of(verdict.guarantee)
            notes = () if verdict.step is None else (Note(head(verdict.step), "it depends on this"),)
            yield Finding(
                f"`{words}` cannot be proven: {verdict.reason}",
                place_of(program, verdict.guarantee),
                notes=notes,
                why=why_of(verdict.guarantee),
                help="make it independent of that, or leave out of the guarantee what nobody can promise",
                about=words,
                told_by=verdict.told_by,
            )


def _nothing_recorded(program: Program) -> bool:
    """Whether nothing is recorded although there is a store for it: unused-store says so."""
    stores = program.names.stores.values()
    return not program.decisions.all and any(program.is_own(store.span) for store in stores)


@rule("warning")
def empty_guarantee(program: Program) -> Iterator[Finding]:
    """A guarantee about something that no call comes to.

    It holds, but it protects nothing: the segment it means is out of reach, or nothing is ever recorded. Guarantees
    from a
    `rules` file are exempt.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      notice: say "This call is recorded."
      connect pstn +46850020000
    }
    announce notice before recording
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }
    on ice {
      answer
      notice: say "This call is recorded."
      record { connect pstn +46850020000 }
    }
    announce notice before recording
    ```
    """
    empty = [verdict for verdict in verdicts(program) if verdict.status == "empty"]
    if not empty or _nothing_recorded(program) or is_misled(program):
        return
    for verdict in empty:
        guarantee = verdict.guarantee
        if program.is_own(guarantee.span) and not _selects_nothing(program, guarantee):
            words = words_of(guarantee)
            yield Finding(
                f"`{words}` protects nothing: {verdict.reason}",
                head_of(guarantee),
                why=why_of(guarantee),
                help="let a call come to what it means, or delete the guarantee",
                about=words,
            )


def _selects_nothing(program: Program, guarantee: tree.Guarantee) -> bool:
    """Whether it selects nothing, of which another rule speaks; what is built in fits any policy, and may."""
    if not isinstance(guarantee, tree.AboutSegments) or program.selected.chosen(guarantee.selection):
        return False
    return not built_in(guarantee.selection)
