"""The manifest followed as a backend does: which file answers each callback that a policy can get, by `answers` alone.

Invariant: a file is found by what it answers and never by its name; every answer is one that some callback asks for,
and stands there once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from recpol.analysis.callgraph import Edge
from recpol.analysis.menus import MenuOutcome
from recpol.analysis.parties import hearer
from recpol.analysis.program import Program
from recpol.analysis.steps import OTHERWISE, Handler, Step
from recpol.analysis.variables import unvarying
from recpol.base.record import Record, replace
from recpol.calls.party import Party
from recpol.interpreters.placeholders import needed as values_in
from recpol.interpreters.v1.routes import Answered, Routes, answered, index
from recpol.semantics.phases import TURNS, change, phases, prompts_of
from recpol.syntax import tree
from recpol.targets.filenames import MANIFEST, file_of, request_file
from recpol.targets.reply import Reply
from recpol.verify.roomkeys import unanswered_keys
from recpol.verify.verified import Disagreement
from recpol.verify.waits import unawaited

Asked = tuple[Answered, str | None]
"""A callback, and the file of the reply after which it comes where that matters."""


class Routing(Record):
    """What the manifest leads to: each handler with the file that answers for it, the files of phases, what is wrong.

    A handler that no call comes to is led to by its file's name alone: `unreached`.
    """

    replies: tuple[tuple[Handler, str | None], ...]
    unreached: tuple[tuple[Handler, str | None], ...]
    requests: Mapping[tuple[str, str], str | None]
    differences: tuple[Disagreement, ...]


def follow(program: Program, replies: tuple[Reply, ...]) -> Routing:
    """Follow the manifest's answers through all that can happen to a policy."""
    routing = _followed(program, _Answers(tuple(replace(reply, document={}, values=()) for reply in replies)))
    return replace(
        routing, differences=(*routing.differences, *needs((one, values_in(one.document)) for one in replies))
    )


class _Answers:
    """Replies without their documents: what is the same for all tenants, as the manifest says it."""

    def __init__(self, replies: tuple[Reply, ...]) -> None:
        self.replies = replies
        self.said = repr([(reply.file, reply.answers) for reply in replies])

    def __hash__(self) -> int:
        return hash(self.said)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Answers) and self.said == other.said


@unvarying
def _followed(program: Program, answers: _Answers) -> Routing:
    replies = answers.replies
    routes = index([{"file": reply.file, "answers": list(reply.answers)} for reply in replies])
    found = list(_found(program, routes))
    came = {handler.index for handler, _ in found}
    files = {reply.file for reply in replies}
    left = tuple(
        (handler, file_of(handler) if file_of(handler) in files else None)
        for handler in program.handlers
        if handler.index not in came and program.graph.first[handler.key] == handler.index
    )
    requests = {
        (phase, moment): routes.phase(phase, moment, within[0]) for (phase, moment), within in _moments(program)
    }
    problems = [*_named(replies, found, left, requests), *_asked(program, routes), *_exact(replies)]
    problems += [*_legs(program, replies), *unawaited(program, replies), *unanswered_keys(program, routes)]
    problems += [Disagreement(MANIFEST, "each callback has one reply", problem) for problem in routes.problems]
    return Routing(tuple(found), left, requests, tuple(problems))


def needs(each: Iterable[tuple[Reply, tuple[str, ...]]]) -> Iterator[Disagreement]:
    """Whether the manifest lists for each document the values that must be filled in."""
    for reply, held in each:
        if held != reply.values:
            yield Disagreement(reply.file, f"it needs: {_listed(held)}", f"`values` says: {_listed(reply.values)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"


def _found(program: Program, routes: Routes) -> Iterator[tuple[Handler, str | None]]:
    """Each handler that a call can come to with each file that its callbacks lead to."""
    queue: list[tuple[int, str | None]] = []
    for number in program.graph.begins:
        begun = program.handlers[number]
        queue.append((number, routes.ice() if begun.kind == "ice" else routes.callout(begun.name or "")))
    seen, parked = set(queue), False
    for at, file in queue:
        yield program.handlers[at], file
        ways = [*program.graph.leaving.get(at, ())]
        if at in program.graph.parking.origins and not parked:
            parked = True  # once for all: which file is sent to a parked call depends on nothing before
            ways += program.graph.parking.out_of(at)
        for edge in ways:
            to = (edge.target, _file(program, routes, edge, file or ""))
            if to not in seen:
                seen.add(to)
                queue.append(to)


def _file(program: Program, routes: Routes, edge: Edge, file: str) -> str | None:
    """The file that answers the callback of an edge, after the reply in `file`."""
    target = program.handlers[edge.target]
    if edge.in_talk:
        return routes.request(target.name or "", file)
    if edge.outcome is not None:
        return routes.pie(file, edge.outcome.menu.id, edge.outcome.type, _value(edge.outcome))
    return routes.sent(target.name or "") if target.kind == "manage" else routes.ace(file)


def _value(outcome: MenuOutcome) -> str | None:
    return outcome.goal.name.text if outcome.type == "return" and outcome.goal is not None else None


def _moments(program: Program) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """The turns of phases that are sent, each with the files that a call can have been answered by last then: what
    dialled, where the reply to ACE got lost, and every reply and request after which the conversation goes on."""
    for step in phases(program):
        for turn in TURNS:
            if step.label is not None and step.parent is not None and change(program, step, turn).is_sent:
                dial = program.steps[step.parent]
                begun = (talk.index for talk in program.graph.conversations.get(dial.index, ()))
                later = program.graph.later.get(dial.index, ())
                files = (file_of(program.handler_of(program.steps[talk])) for talk in (dial.index, *begun, *later))
                yield (step.label.text, turn), list(dict.fromkeys(files))


def _expected(program: Program) -> Iterator[Asked]:
    """All that can be asked for, once each."""
    asked: dict[Asked, None] = {}
    for handler in program.handlers:
        if program.graph.first[handler.key] != handler.index:
            continue
        match handler.kind:
            case "pie":
                if handler.name == OTHERWISE:
                    asked[("pie",), None] = None
                for edge in program.graph.into(handler.index):
                    outcome = edge.outcome
                    if outcome is None or outcome.goal is None or outcome.goal.name.text != handler.name:
                        continue  # `otherwise` answers for want of a handler of its own
                    origin = file_of(program.handlers[edge.origin]) if edge.origin is not None else None
                    asked[("pie", outcome.menu.id, outcome.type, _value(outcome) or ""), origin] = None
            case "manage" if handler.in_talk:
                for origin in _talks(program, handler):
                    asked[("request", handler.name or ""), origin] = None
            case "manage" | "callout":
                asked[(handler.kind, handler.name or ""), None] = None
            case "ace" if handler.name is not None:
                for edge in program.graph.into(handler.index):
                    if edge.origin is not None:
                        asked[("ace",), file_of(program.handlers[edge.origin])] = None
            case kind:
                asked[(kind,), None] = None
    yield from asked
    for (phase, moment), within in _moments(program):
        for file in within:
            yield ("manage", phase, moment), file


def _talks(program: Program, request: Handler) -> Iterator[str]:
    """The files that a call can have been answered by last where a request finds it: a talk that no reply to ACE began,
    since it got lost, comes from what dialled."""
    for step in program.steps:
        talks = program.graph.conversations.get(step.index, ())
        lost = [talk for talk in talks if program.handler_of(talk).kind == "ace"] if program.loses_replies else []
        for talk in (step, *lost):
            if request.index in program.graph.requests.get(talk.index, ()) and program.is_reachable(step):
                yield file_of(program.handler_of(step))


def _asked(program: Program, routes: Routes) -> Iterator[Disagreement]:
    """Whether the answers are those that are asked for, each once."""
    wanted, given = Counter(_expected(program)), Counter(routes.listed)
    for asked in wanted - given:
        yield Disagreement(MANIFEST, f"a reply answers {_words(asked)}", "none does")
    for asked in given - wanted:
        yield Disagreement(MANIFEST, f"{_words(asked)} asks for no further reply", "one answers it")


def _exact(replies: tuple[Reply, ...]) -> Iterator[Disagreement]:
    """Whether an answer says no more than it needs to."""
    for reply in replies:
        for answer in reply.answers:
            match answered(answer):
                case ("ace",):  # which of them says after which reply it comes is checked with what is asked
                    needed = {"event"} | ({"after"} & answer.keys())
                case ("pie",):
                    needed = {"event", "otherwise"}
                case ("pie", _, _, value):
                    needed = {"event", "after", "menuId", "type"} | ({"value"} if value else set())
                case ("request", _):
                    keys = {"keys"} if answer.get("keys") else set()
                    needed = {"event", "name", "in"} | keys | (answer.keys() & {"leg", "waitFor"})
                case ("manage" | "callout", _):
                    needed = {"event", "name"}
                case ("manage", _, _):
                    needed = {"event", "phase", "moment", "in"} | (answer.keys() & {"leg", "waitFor"})
                case _:
                    needed = {"event"}
            if answer.keys() != needed:
                yield Disagreement(reply.file, "an answer says what it answers", "it says something else besides")


def _legs(program: Program, replies: tuple[Reply, ...]) -> Iterator[Disagreement]:
    """Whether what a request plays goes to those who are to hear it."""
    said = {reply.file: answer.get("leg") for reply in replies for answer in reply.answers}
    played = [
        (file_of(handler), _addressed(handler, handler.segments)) for handler in program.handlers if handler.in_talk
    ]
    for step in phases(program):
        for turn in TURNS:
            file = request_file(step.label.text if step.label is not None else "", turn)
            played.append((file, _addressed(program.handler_of(step), prompts_of(program, step, turn))))
    meant = {Party.CALLER: "caller", Party.CALLEE: "callee", Party.EVERYONE: "both"}
    for file, heard in played:
        legs = {meant[party] for party in heard}
        if file in said and legs != ({said[file]} if said[file] is not None else set()):
            yield Disagreement(file, f"it is played to: {_listed(sorted(legs))}", f"to: {said[file] or 'nobody'}")


def _addressed(handler: Handler, steps: Iterable[Step]) -> set[Party]:
    return {hearer(handler, step) for step in steps if isinstance(step.body, tree.Addressed)}


def _words(asked: Asked) -> str:
    (event, *rest), after = asked
    what = " ".join((event.upper() if len(event) == 3 else event, *(part for part in rest if part)))
    return f"`{what}`" if after is None else f"`{what}` after `{after}`"


def _named(
    replies: tuple[Reply, ...],
    found: Iterable[tuple[Handler, str | None]],
    left: Iterable[tuple[Handler, str | None]],
    requests: Mapping[tuple[str, str], str | None],
) -> Iterator[Disagreement]:
    """Whether what is found is in the file that is called after it, and every file is found."""
    names = [(file_of(handler), file) for handler, file in (*found, *left)]
    names += [(request_file(phase, moment), file) for (phase, moment), file in requests.items()]
    for name, file in names:
        if file != name:
            yield Disagreement(name, "this file answers", "no file answers" if file is None else f"`{file}` answers")
    asked = {file for _, file in names}
    for file, count in Counter(reply.file for reply in replies).items():
        if file not in asked:
            yield Disagreement(file, "nothing asks for this file", "it is there")
        elif count > 1:
            yield Disagreement(file, "the file is there once", f"it is there {count} times")
