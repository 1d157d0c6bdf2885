"""Guarantees as sentences, with what the proof of each came to and what it rests on.

Invariant: only what `recpol.prove` has proven about a policy that compiles is called proven; each proof names its
assumptions.
"""

from __future__ import annotations

from recpol.analysis.builtins import BUILT_IN
from recpol.analysis.guarded import opted_out
from recpol.analysis.program import Program
from recpol.analysis.retention import span_in_words
from recpol.analysis.steps import Step
from recpol.base.typing import assert_never
from recpol.calls.party import Party
from recpol.explain.model import CallLine, ExplainedGuarantee, ExplainedPerson, Term
from recpol.explain.order import Numbered
from recpol.explain.things import named_things, stage_step, thing
from recpol.explain.words import capital, clean, code, listed
from recpol.interpreters.assumptions import ASSUMPTIONS as OF_PLATFORM
from recpol.prove import ASSUMPTIONS, Verdict, prove
from recpol.prove.shown import shown
from recpol.syntax import tree

_SELF = "Proven for every call that can happen"


def guarantees(
    program: Program, numbered: Numbered, assumed: frozenset[str], *, claimed: bool, why: str
) -> tuple[ExplainedGuarantee, ...]:
    """All guarantees; where `claimed` is false no proof is, for the reason `why`, but one that is broken is broken.

    `assumed` are the names of what the platform is assumed to do in all targets: a proof about recordings rests on
    those that its recordings need, too.
    """
    return tuple(_guarantee(program, numbered, verdict, assumed, claimed, why) for verdict in prove(program))


def _guarantee(
    program: Program, numbered: Numbered, verdict: Verdict, assumed: frozenset[str], claimed: bool, why: str
) -> ExplainedGuarantee:
    guarantee = verdict.guarantee
    because = guarantee.because
    end = guarantee.span.end if because is None else because.span.start
    text = guarantee.span.source.text[guarantee.span.start : end]
    status = verdict.status if claimed or verdict.status == "broken" else "unclaimed"
    rests = sorted(assumed & recordings_need(program, guarantee) - {*verdict.assumptions})
    taken = ((name, OF_PLATFORM[name]) for name in rests)
    provided = (
        *((name, clause(ASSUMPTIONS[name])) for name in verdict.assumptions),
        *((name, clause(f"{text[0].lower()}{text[1:]}")) for name, text in taken),
    )
    return ExplainedGuarantee(
        clean(text).strip(),
        sentence(program, guarantee),
        _means(program, numbered, guarantee),
        "" if because is None else clean(because.reason.value),
        guarantee.span.source.path,
        guarantee.span.begin.line,
        status,
        _verdict(verdict, status, why, _at(program, numbered, verdict.step), bool(provided)),
        provided if status == "proven" else (),
        tuple(call_lines(program, verdict)) if status == "broken" else (),
    )


def clause(text: str) -> str:
    """What an assumption takes to be so, without what the documents say about it."""
    first = text.split(". ", 1)[0].split("; ", 1)[0]
    return first.removesuffix(".")


def _at(program: Program, numbered: Numbered, step: Step | None) -> str:
    if step is None:
        return ""
    return f"{thing(program, step)} (stage {numbered.numbers[stage_step(program, step).handler]})"


def _verdict(verdict: Verdict, status: str, why: str, at: str, provided: bool) -> str:
    match status:
        case "proven":
            return f"{_SELF}, provided that:" if provided else f"{_SELF}."
        case "broken":
            shortest = " The shortest call that breaks it:" if at else ""
            return f"Broken{f' by {at}' if at else ''}: {verdict.reason}.{shortest}"
        case "unknown":
            return f"Not proven, and not broken{f', because of {at}' if at else ''}: {verdict.reason}."
        case "empty":
            return f"Nothing to prove: {verdict.reason}."
        case _:
            return why


def call_lines(program: Program, verdict: Verdict) -> list[CallLine]:
    """The shortest call that breaks a guarantee."""
    if verdict.step is None:
        return []
    lines = []
    for act in shown(program, verdict):
        if act.recorded is None:
            lines.append(CallLine(capital(act.text), "silent", ""))
        else:
            lines.append(CallLine(act.text, "recorded" if act.recorded else "not-recorded", act.recorded))
    return lines


# ── as sentences ─────────────────────────────────────────────────────────────────────────────────────────────────


def sentence(program: Program, guarantee: tree.Guarantee) -> str:
    """What a guarantee demands."""
    match guarantee:
        case tree.RecordGuarantee(word="never"):
            return f"No call may record {selection_words(guarantee.selection)}."
        case tree.RecordGuarantee():
            return f"Every call must record {selection_words(guarantee.selection, 'and')}, from start to end."
        case tree.Announce(word="before"):
            heard = selection_words(guarantee.selection)
            every = ", in the locale of what is spoken after it" if guarantee.every_locale else ""
            party = None if guarantee.to is None else guarantee.to.text
            if party == Party.CALLEE.value:
                return f"Before a talk with a callee is recorded, the callee must have heard {heard} in full{every}."
            whom = "everyone who is on tape" if party == Party.EVERYONE.value else "the caller"
            return f"Before any recording starts, {whom} must have heard {heard} in full{every}."
        case tree.Announce():
            return f"Every recording must begin with {selection_words(guarantee.selection)}."
        case tree.NeverTranscribe():
            return f"No recording that is transcribed may hold {selection_words(guarantee.selection)}."
        case tree.OneSide():
            heard = selection_words(guarantee.selection)
            return f"Whatever records {heard} must hold the {code(guarantee.side.text)} side alone."
        case tree.OptOut():
            return f"From {code(guarantee.name.text)} on, nothing may be recorded, whatever follows."
        case tree.KeepTime():
            return f"Every recording must be kept {span_in_words(guarantee.retention)}."
        case tree.KeepEncrypted():
            return "Every recording must be kept encrypted."
        case tree.KeepRegion():
            return f"Every recording must be kept in {listed([code(w.text) for w in guarantee.regions], 'or')}."
        case tree.Keep():
            places = [clean(program.fill(pattern)) for pattern in guarantee.patterns]
            return f"Every recording must go to {listed([code(p) for p in places], 'or')}{_stars(''.join(places))}."
        case _:
            assert_never(guarantee)


def _stars(patterns: str) -> str:
    several, one = "**" in patterns, "*" in patterns.replace("**", "")
    said = [
        *(["`*` stands for any one name"] if one else []),
        *(["`**` stands for any names and folders"] if several else []),
    ]
    return f" ({', '.join(said)})" if said else ""


def selection_words(selection: tree.Selection, last: str = "or") -> str:
    """Who is meant by a selection, in words."""
    whole = _selector(selection.include, last)
    return whole if selection.exclude is None else f"{whole}, except {_selector(selection.exclude, 'and')}"


def _selector(selector: tree.Selector, last: str) -> str:
    if selector.everything:
        return "everything that can be heard"
    tags = [item.name for item in selector.items if isinstance(item, tree.Tag)]
    kinds = [BUILT_IN[name] for name in tags if name in BUILT_IN]
    tags = [code(f"@{name}") for name in tags if name not in BUILT_IN]
    names = [code(item.text) for item in selector.items if isinstance(item, tree.Word)]
    return listed([*names, *kinds, *([f"what is tagged {listed(tags, 'or')}"] if tags else [])], last)


def _means(program: Program, numbered: Numbered, guarantee: tree.Guarantee) -> str:
    """The things that a guarantee selects in this policy."""
    if not isinstance(guarantee, tree.AboutSegments) or program.is_rules:
        return ""
    if guarantee.selection.include.everything and guarantee.selection.exclude is None:
        return ""
    chosen = program.selected.chosen(guarantee.selection)
    found = [(thing(program, step), numbered.numbers[stage_step(program, step).handler]) for step in chosen.values()]
    if not found:
        return "In this policy that is nothing."
    return f"In this policy that is: {named_things(found, frozenset(words for words, _ in found))}."


# ── what proofs rest on in the targets ───────────────────────────────────────────────────────────────────────────

_ALWAYS = frozenset(
    {"flag-recording-works", "recording-belongs-to-leg", "recording-starts-at-once", "recording-survives-bridge"}
)
_KINDS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("pstn", "sip"), frozenset({"start-before-answer"})),
    "app": frozenset({"flag-on-app-call", "flag-without-sdk"}),
    "conference": frozenset(
        {"both-recorders", "conference-already-recorded", "conference-recording-enabled", "flag-without-sdk"}
    ),
    "stream": frozenset({"stream-is-recorded"}),
}
"""By the kind of a connect that must be recorded: what its recording rests on."""


def recordings_need(program: Program, guarantee: tree.Guarantee) -> frozenset[str]:
    """The assumptions of interpreters without which a guarantee about recordings would not hold."""
    if isinstance(guarantee, tree.AboutStores):
        return frozenset()
    return _recorded_by(program, guarantee) | {"unanswered-goes-on"}


def _recorded_by(program: Program, guarantee: tree.Guarantee) -> frozenset[str]:
    if isinstance(guarantee, tree.AboutStores):
        return frozenset()
    if isinstance(guarantee, tree.OptOut):
        after = opted_out(program.handlers, program.graph, guarantee.name.text)
        steps = [step for handler in after for step in handler.steps]
    else:
        steps = list(program.selected.chosen(guarantee.selection).values())
    waits = {"backend-waits-for-finish", "request-in-order"} if any(_is_phase(step) for step in steps) else set()
    match guarantee:
        case tree.RecordGuarantee(word="never") | tree.NeverTranscribe() | tree.OneSide() | tree.OptOut():
            return frozenset(waits)
        case tree.RecordGuarantee():
            kinds = [_KINDS.get(_kind(program, step), frozenset()) for step in steps]
            return _ALWAYS.union(waits - {"backend-waits-for-finish"}, *kinds)
        case tree.Announce(word="before"):
            return frozenset()
        case tree.Announce():
            return frozenset({"recording-starts-at-once"})
        case _:
            assert_never(guarantee)


def _is_phase(step: Step) -> bool:
    return isinstance(step.body, tree.Phase)


def _kind(program: Program, step: Step) -> str:
    """The kind of the connect that a step is or belongs to."""
    room = program.steps[step.parent] if step.parent is not None else step
    return room.connects or ""


# ── assumptions ──────────────────────────────────────────────────────────────────────────────────────────────────


def assumptions(
    found: tuple[ExplainedGuarantee, ...], people: tuple[ExplainedPerson, ...], assumed: frozenset[str]
) -> tuple[Term, ...]:
    """All that the proofs and the explanation rest on beyond the platform's documents, in order of their names."""
    names = {name for guarantee in found for name, _ in guarantee.provided if name in ASSUMPTIONS}
    names |= {name for person in people for notice in person.notices for name in notice.provided}
    told = {name: capital(ASSUMPTIONS[name]) for name in names}
    told |= {name: sentence for name, sentence in OF_PLATFORM.items() if name in assumed}
    return tuple(Term(name, text if text.endswith(".") else f"{text}.") for name, text in sorted(told.items()))


def tally(found: tuple[ExplainedGuarantee, ...]) -> str:
    """One sentence on all guarantees together; empty where there is none."""
    words = {
        "proven": "proven for every call that can happen",
        "broken": "broken",
        "unknown": "neither proven nor broken",
        "empty": "about something that does not happen here",
        "unclaimed": "not proven, since nothing is proven of a policy that does not compile",
    }
    numbers = {status: sum(g.status == status for g in found) for status in words}
    if not found:
        return "The policy gives no guarantees."
    said = [f"{n} {'is' if n == 1 else 'are'} {words[status]}" for status, n in numbers.items() if n]
    told = "; what a proof rests on is told below" if numbers["proven"] else ""
    if len(said) > 1:
        return f"Of {len(found)} guarantees, {listed(said)}{told}."
    whole = {1: "Its guarantee is", 2: "Both guarantees are"}.get(len(found), f"All {len(found)} guarantees are")
    return f"{whole} {said[0].split(' ', 2)[2]}{told}."
