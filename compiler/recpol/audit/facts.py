"""A compiled policy to what the page says of it.

Invariant: who is recorded comes from the decisions, as in `recpol.explain`; nothing is concluded from a policy that
does not compile.
"""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.retention import span_in_words
from recpol.analysis.steps import Step
from recpol.audit.model import (
    NOT_STATED,
    NOTHING,
    AnsweredRow,
    AuditedPolicy,
    ExceptionRow,
    PartyRow,
    StoreRow,
    TestFacts,
    ToldRow,
)
from recpol.audit.shown_call import shown_call
from recpol.base.typing import assert_never
from recpol.calls.scenario import spell
from recpol.compilation import Compilation
from recpol.diff.model import Comparison
from recpol.drawing.flow import flow
from recpol.drawing.tape import tape
from recpol.explain import explain
from recpol.explain.model import Explanation
from recpol.explain.order import Numbered, number
from recpol.explain.rooms import is_recorded, only_in_room
from recpol.explain.summary import heard
from recpol.explain.things import callee, stage_step, thing
from recpol.explain.words import clean, marks, spoken
from recpol.prove import prove, situations
from recpol.prove.verdict import ASSUMPTIONS
from recpol.report.quiet import xml_text
from recpol.semantics.replay import Replay, replay
from recpol.settings.levels import Levels
from recpol.syntax import tree
from recpol.targets.manifest import policy_digest


def facts(
    compilation: Compilation,
    levels: Levels,
    tests: TestFacts,
    calls: tuple[Replay, ...] = (),
    changes: Comparison | None = None,
    *,
    strict: bool = False,
) -> AuditedPolicy:
    """Everything about one policy; `calls` are those of its tests, one of which is drawn."""
    program = compilation.program
    explanation = explain(compilation, strict=strict, levels=levels)
    numbered = number(program)
    known = explanation.compiles
    call = shown_call(program, calls) if known else None
    return AuditedPolicy(
        explanation,
        policy_digest(program),
        xml_text(flow(explanation)),
        "" if call is None else xml_text(tape(program, call)),
        tuple(_parties(program, numbered)) if known else (),
        tuple(_told(program, numbered)) if known else (),
        tuple(_endings(explanation)) if known else (),
        tuple(_stores(program, explanation)) if known else (),
        tuple(_failures(program)) if known else (),
        _transcript(program, explanation) if known else NOTHING,
        tuple(_exceptions(compilation)),
        tuple(_broken(compilation)),
        situations(program) if known and explanation.guarantees else (),
        tests,
        changes,
    )


def _parties(program: Program, numbered: Numbered) -> Iterator[PartyRow]:
    """The caller, and everybody whom a call is connected to."""
    people: dict[str, dict[bool, dict[str, None]]] = {"The caller": {True: {}, False: {}}}
    for step in heard(program):
        recorded = is_recorded(program, step)
        stage = numbered.numbers[stage_step(program, step).handler]
        words = f"{thing(program, step)} (stage {stage}){only_in_room(program, step)}"
        for who in ("The caller", *_partners(program, step)):
            people.setdefault(who, {True: {}, False: {}})[recorded][words] = None
    for who, parts in people.items():
        yield PartyRow(clean(who), tuple(map(clean, parts[True])), tuple(map(clean, parts[False])))


def _partners(program: Program, step: Step) -> Iterator[str]:
    """Whom the caller talks to in a step."""
    connects: tuple[Step, ...] = ()
    match step.body:
        case tree.Connect():
            connects = (step,)
        case tree.Continue():
            connects = program.graph.before.get(step.index, ())
        case tree.Phase():
            connects = () if step.parent is None else (program.steps[step.parent],)
        case tree.Say() | tree.Play() | tree.Tones() | tree.Cookie() | tree.Answer() | tree.Hangup() | tree.Call():
            pass
        case tree.Menu() | tree.Submenu() | tree.Park():
            pass
        case _:
            assert_never(step.body)
    for connect in connects:
        if isinstance(connect.body, tree.Connect):
            room = connect.connects == "conference"
            yield ("Everybody else in " if room else "Whoever answers ") + callee(program, connect)


def _told(program: Program, numbered: Numbered) -> Iterator[ToldRow]:
    """What guarantees, or the tag `@notice`, call an announcement."""
    announced = {
        index
        for guarantee in program.guarantees()
        if isinstance(guarantee, tree.Announce)
        for index in program.selected.chosen(guarantee.selection)
    }
    for step in heard(program):
        if step.index not in announced and not any(tag.name == "notice" for tag in step.node.tags):
            continue
        body = step.body
        whom, locale = "the caller", None
        if isinstance(body, tree.Addressed):
            whom = "the caller" if body.to is None else body.to.text
            locale = body.locale
        default = next((one.value.text for one in _defaults(program) if isinstance(one.value, tree.Word)), NOT_STATED)
        spoken = default if locale is None else locale.text if isinstance(locale, tree.Word) else "of a variable"
        words = _said(program, body) if isinstance(body, tree.Say) else thing(program, step)
        yield ToldRow(
            clean(whom), clean(words), clean(spoken), numbered.numbers[step.handler],
            is_recorded(program, step),
        )  # fmt: skip


def _said(program: Program, say: tree.Say) -> str:
    """The words of an announcement as they are heard."""
    return f"“{spoken(program.fill(say.text), ssml=say.ssml)}”{marks(ssml=say.ssml)}"


def _defaults(program: Program) -> Iterator[tree.Default]:
    for file in program.files:
        for statement in file.statements:
            if isinstance(statement, tree.Default) and statement.name == "locale":
                yield statement


def _endings(explanation: Explanation) -> Iterator[AnsweredRow]:
    """What is on tape of a call that ends in each stage."""
    for stage in explanation.stages:
        rows = [row for row in stage.rows if row.mark != "silent"]
        if not stage.reached or not rows:
            continue
        stores = list(dict.fromkeys(one.store for row in rows for one in row.recorders))
        begin = next((row.words for row in rows if row.recorders), "")
        if not stores:
            answer = "nothing of this stage is on tape"
        elif rows[0].recorders:
            answer = f"what was heard of it is on tape, in `{'`, `'.join(stores)}`; the file ends with the call"
        else:
            answer = f"on tape, in `{'`, `'.join(stores)}`, is what was heard from here on: {begin}"
        yield AnsweredRow(f"The caller hangs up in stage {stage.number} ({stage.heading})", answer)
        for row in rows:
            for follow in row.follows:
                if follow.stage is None:
                    yield AnsweredRow(f"Stage {stage.number}: {follow.when}", follow.then or NOT_STATED)


def _stores(program: Program, explanation: Explanation) -> Iterator[StoreRow]:
    for explained in explanation.stores:
        node = program.names.stores.get(explained.name)
        if node is None or explained.used is False:
            continue
        transcribe = node.field("transcribe")
        yield StoreRow(
            explained.name, explained.url, explained.file_name or NOT_STATED, _promise(node, "keep"),
            _promise(node, "readers"), _promise(node, "encrypted"), _promise(node, "region"),
            "no: the store asks for none" if transcribe is None else "yes",
        )  # fmt: skip


def _promise(node: tree.Store, key: str) -> str:
    promise = node.promise(key)
    value = None if promise is None else promise.value
    match value:
        case None:
            return NOT_STATED
        case tree.Retention():
            return span_in_words(value)
        case tree.Text():
            return clean(value.value)
        case tree.Word():
            return value.text
        case _:
            assert_never(value)


def _failures(program: Program) -> Iterator[AnsweredRow]:
    failure = program.names.failure
    told = [target.title for target in program.targets if target.tells_of_failure]
    silent = [target.title for target in program.targets if not target.tells_of_failure]
    if told:
        answer = (
            NOT_STATED if failure is None else "the call ends" if failure.act.text == "hangup" else "the call goes on"
        )
        yield AnsweredRow(f"A recording cannot start ({', '.join(told)})", answer)
    if silent:
        rests = "nobody is told and the call goes on without it: "
        yield AnsweredRow(f"A recording cannot start ({', '.join(silent)})", rests + ASSUMPTIONS["recordings-start"])
    yield AnsweredRow(
        "A file cannot be delivered to its store",
        f"{NOT_STATED}; `recpol ledger` says which recordings are missing",
    )


def _transcript(program: Program, explanation: Explanation) -> str:
    used = [node for one in explanation.stores if one.used for node in (program.names.stores.get(one.name),) if node]
    asks = [node.name.text for node in used if node.field("transcribe") is not None]
    never = [one for one in explanation.guarantees if one.written.startswith("never transcribe")]
    said = f"yes, of what goes to `{'`, `'.join(asks)}`" if asks else "no store asks for one"
    return (
        f"{said}; {never[0].written}: {never[0].status}"
        if never
        else f"{said}; that there must be none is {NOT_STATED}"
    )


BROKEN = "broken-guarantee"
MOST_SHOWN = 5
"""So many calls that break a guarantee are drawn."""


def _broken(compilation: Compilation) -> Iterator[tuple[str, str]]:
    """Guarantees that calls break, each with its call as a picture; none where other errors leave calls unknown."""
    program = compilation.program
    errors = compilation.checked.errors
    if program.partial or not errors or any(one.rule != BROKEN for one in errors):
        return
    shown = [verdict for verdict in prove(program) if verdict.status == "broken" and verdict.call]
    for at, verdict in enumerate(shown[:MOST_SHOWN]):
        written = " ".join(verdict.guarantee.span.text.split())
        call = replay(program, verdict.call)
        title = f"A call that breaks a guarantee: {clean(spell(call.events))}"
        yield clean(written), xml_text(tape(program, call, title, f"broken-{at}"))


def _exceptions(compilation: Compilation) -> Iterator[ExceptionRow]:
    for finding, by in compilation.checked.suppressed:
        yield ExceptionRow(
            finding.rule,
            clean(finding.message),
            f"{finding.span.source.path}:{finding.span.begin.line}",
            clean(by.reason),
            clean(by.by) or NOT_STATED,
            by.until.isoformat() if by.until is not None else NOT_STATED,
        )
