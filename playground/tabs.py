"""The Python side of the playground: texts of a policy in, what its tabs show out, as plain JSON.

    playground = Playground(send, "/playground")    `send` takes a message of the language server, as text
    playground.receive(text)                        a message to the language server, as text
    playground.tab("compiled", params)              what a tab shows, as text

It runs in a worker of the browser, and as well without one. The page that shows the answers takes them as text and
never as markup.

Invariant: nothing is raised, whatever the policy is: an answer is what was asked for, or says in `problem` why it is
not; nothing is read but the folder that it was given.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.secrets import masked
from recpol.base.source import Source, Span
from recpol.calls.scenario import read_scenario, spell, spell_one
from recpol.compilation import Compilation, CompilerBug, compile_program
from recpol.explain import explain
from recpol.explain.markdown import markdown
from recpol.lsp.places import uri_of
from recpol.lsp.server import Server
from recpol.lsp.workspace import OpenText, Workspace
from recpol.policytest import CaseResult, read_tests, run_case
from recpol.report.call import call_document, call_lines
from recpol.report.received import received
from recpol.rules.every import EVERY_BY_NAME
from recpol.semantics.coverage import coverage, percent
from recpol.semantics.replay import Replay, choices, refused, replay
from recpol.syntax import tree
from recpol.targets.catalogue import all_targets, backend_of, target_names, targets_named
from recpol.targets.filenames import file_of, request_file
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import Input
from recpol.workspace.session import Session

Answer = dict[str, Any]

NAME = "policies/playground.recpol"
"""The file that the editor holds; what it uses lies beside it, as in the folder of example policies."""

TESTS = "playground.test.yaml"

FIRST_MENU = "/menus/0"
"""The first of the menus that an action runs stands for the whole action."""

MOST = 100
"""How many findings a refusal tells of."""


class Refused(Exception):
    """What keeps a tab from showing something, in words for a person, and the findings that say more."""

    def __init__(self, words: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(words)
        self.findings = tuple(findings)


class Playground:
    """One page's policy: a language server for its editor, and its tabs."""

    def __init__(self, send: Callable[[str], object], folder: str) -> None:
        self._send = send
        self._server = Server(self._sent)
        self._path = os.path.join(folder, *NAME.split("/"))
        self._compiled: tuple[tuple[object, ...], Compilation] | None = None

    def _sent(self, message: Answer) -> None:
        self._send(json.dumps(message))

    @property
    def uri(self) -> str:
        """What the language server calls the policy."""
        return uri_of(self._path)

    def receive(self, text: str) -> None:
        """A message to the language server."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        self._server.receive(message)
        self._server.settle()

    def tab(self, name: str, params: str) -> str:
        """What a tab shows of a policy: `params` is a JSON object with its `text`, and with what else the tab takes."""
        try:
            return json.dumps(_TABS[name](self, json.loads(params)))
        except Refused as refusal:
            return json.dumps({"problem": str(refusal), "findings": [told(one) for one in refusal.findings[:MOST]]})
        except (CannotRun, CompilerBug) as problem:
            return json.dumps({"problem": masked(str(problem)), "findings": []})
        except Exception as defect:  # noqa: BLE001  one bad answer must not end the page
            return json.dumps({"problem": f"recpol has a defect: {type(defect).__name__}", "findings": []})

    def compilation(self, params: Mapping[str, Any], variables: Mapping[str, str] | None = None) -> Compilation:
        """The text, compiled: for the `target` that is asked for, else for those that the policy says."""
        text, target = str(params["text"]), str(params.get("target") or "")
        key = (text, target, tuple(sorted((variables or {}).items())))
        if self._compiled is None or self._compiled[0] != key:
            session = self._session(text, target, variables or {})
            program = session.program(Input(self._path, NAME))
            if isinstance(program, Finding):
                raise Refused("the policy cannot be read", [program])
            self._compiled = (key, compile_program(program, session.levels))
        return self._compiled[1]

    def sound(self, params: Mapping[str, Any], variables: Mapping[str, str] | None = None) -> Compilation:
        """The same; refused where the policy has an error, or is none."""
        compiled = self.compilation(params, variables)
        if compiled.program.is_rules:
            raise Refused("these are rules for policies to use; a policy begins with `policy NAME`")
        if compiled.checked.errors:
            count = len(compiled.checked.errors)
            raise Refused(f"the policy has {count} error{'' if count == 1 else 's'}", compiled.checked.errors)
        return compiled

    def _session(self, text: str, target: str, variables: Mapping[str, str]) -> Session:
        workspace = Workspace()
        workspace.put(OpenText(self.uri, self._path, None, text))
        session = workspace.session(self._path)
        if target and target not in target_names():
            raise Refused("there is no such target")
        chosen = targets_named([target] if target else [])
        return replace(session, variables={**session.variables, **variables}, chosen=chosen)


def told(finding: Finding) -> Answer:
    """A finding for the page: its words, and the line of the policy where it is in the policy."""
    return {
        "level": finding.level,
        "message": masked(finding.message),
        "why": masked(finding.why),
        "help": masked(finding.help),
        "rule": finding.rule,
        "line": finding.span.begin.line,
        "file": finding.span.source.path,
        "own": finding.span.source.path == NAME,
    }


# ── compiled JSON ────────────────────────────────────────────────────────────────────────────────────────────────


def compiled_tab(playground: Playground, params: Mapping[str, Any]) -> Answer:
    """The files of the first target, line by line; `from` and `to` are the lines of the policy that a line is of."""
    compilation = playground.sound(params)
    output = compilation.outputs[0]
    program = compilation.program.alone(next(one for one in all_targets() if one.name == output.target))
    spans = spans_of(program)
    files = []
    for name, data in output.files.items():
        lines = []
        for pointer, text in json_lines(json.loads(data)):
            span = nearest_span(spans, name, pointer)
            own = None if span is None or not program.is_own(span) else span
            lines.append([text, *((0, 0) if own is None else (own.begin.line, own.finish.line))])
        files.append({"name": name, "lines": lines})
    warnings = sum(finding.level == "warning" for finding in compilation.findings)
    return {"files": files, "target": output.target, "targets": targets(), "warnings": warnings}


def targets() -> list[Answer]:
    """The targets to choose from."""
    return [{"name": one.name, "title": one.title} for one in all_targets()]


def spans_of(program: Program) -> dict[tuple[str, str], Span]:
    """Where in the policy each part of its documents comes from, by file and JSON pointer: the steps that are heard,
    the phases of requests, and for all else of a reply its handler.
    """
    (target,) = program.targets
    found: dict[tuple[str, str], Span] = {}
    for step in program.steps:
        if isinstance(step.body, tree.Phase):
            for moment in ("begin", "end"):
                found[request_file(step.body.name.text, moment), ""] = step.span
    for handler in program.handlers:
        found[file_of(handler), ""] = handler.node.event.span
    for place in backend_of(target).places(program):
        found[place.file, place.pointer] = place.step.span
        if place.pointer.endswith(FIRST_MENU):
            found.setdefault((place.file, place.pointer.removesuffix(FIRST_MENU)), place.step.span)
    return found


def nearest_span(spans: Mapping[tuple[str, str], Span], file: str, pointer: str) -> Span | None:
    """The span of a part of a document, else of the smallest part around it that has one."""
    while True:
        span = spans.get((file, pointer))
        if span is not None or not pointer:
            return span
        pointer = pointer.rpartition("/")[0]


def json_lines(value: Any, pointer: str = "", indent: str = "", before: str = "") -> Iterator[tuple[str, str]]:
    """The lines of a document as `recpol compile` writes it, each with the JSON pointer of what it is of."""
    match value:
        case dict() if value:
            pairs = [(f"{json.dumps(key, ensure_ascii=False)}: ", key, part) for key, part in value.items()]
            brackets = "{}"
        case list() if value:
            pairs = [("", str(number), part) for number, part in enumerate(value)]
            brackets = "[]"
        case _:
            yield pointer, indent + before + json.dumps(value, ensure_ascii=False)
            return
    yield pointer, indent + before + brackets[0]
    for number, (name, key, part) in enumerate(pairs, 1):
        inner = f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
        lines = list(json_lines(part, inner, indent + "  ", name))
        yield from lines[:-1]
        yield lines[-1][0], lines[-1][1] + ("," if number < len(pairs) else "")
    yield pointer, indent + brackets[1]


# ── explain ──────────────────────────────────────────────────────────────────────────────────────────────────────


def explain_tab(playground: Playground, params: Mapping[str, Any]) -> Answer:
    """The explanation as Markdown; a policy with errors is explained too, and says so."""
    compilation = playground.compilation(params)
    if compilation.program.is_rules or compilation.program.partial:
        playground.sound(params)
    return {"markdown": markdown(explain(compilation)), "targets": targets()}


def rule_tab(playground: Playground, params: Mapping[str, Any]) -> Answer:
    """The page of a rule."""
    rule = EVERY_BY_NAME.get(str(params["rule"]))
    if rule is None:
        raise Refused("there is no such rule")
    return {"markdown": f"## {rule.name}\n\n{rule.page}"}


# ── simulate ─────────────────────────────────────────────────────────────────────────────────────────────────────


def simulate_tab(playground: Playground, params: Mapping[str, Any]) -> Answer:
    """A call: its steps, what is heard and in which files, what can happen next; `call` says it as a scenario.

    A step that cannot happen ends the call before it, and is told in `refused`.
    """
    compilation = playground.sound(params)
    program = compilation.program
    scenario = read_scenario(Source("<scenario>", str(params.get("call") or "")))
    call = replay(program, scenario.events)
    documents = {reply.file: reply.document for reply in compilation.replies}
    shown = call_document(program, call)
    for replayed, step in zip(call.steps, shown["steps"], strict=True):
        file = received(replayed, documents)
        step["receives"] = file if file in documents else None
        for played, heard in zip(replayed.heard, step["heard"], strict=True):
            heard["own"] = program.is_own(played.piece.step.span)
    trouble = list(scenario.findings)
    if not trouble and len(call.events) < len(scenario.steps):
        trouble.append(refused(program, call.events, scenario.steps[len(call.events)]))
    following = () if call.ended else choices(program, call.events)
    shown["next"] = [{"step": spell_one(one.event), "leads": one.leads} for one in following]
    shown["call"] = spell(call.events)
    shown["refused"] = [told(one) for one in trouble]
    return shown


# ── test ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_tab(playground: Playground, params: Mapping[str, Any]) -> Answer:
    """What came of each test in `tests`, and what of the policy none of them exercises."""
    tests = read_tests(Source(TESTS, str(params.get("tests") or "")))
    trouble = [told(one) for one in tests.problems]
    if not tests.cases:
        return {"cases": [], "trouble": trouble, "missing": [], "covered": None}
    compilation = playground.sound(params, tests.variables)
    program = compilation.program
    documents: dict[str, Any] = {reply.file: reply.document for reply in compilation.replies}
    results = [run_case(program, documents, case) for case in tests.cases]
    exercised = coverage(program, [result.call for result in results if result.call is not None])
    return {
        "cases": [shown_result(result) for result in results],
        "trouble": trouble,
        "covered": percent(*exercised.count()),
        "missing": [
            {
                "kind": part.kind,
                "name": masked(part.name),
                "line": part.span.begin.line,
                "own": program.is_own(part.span),
            }
            for part in exercised.missing
        ],
    }


def shown_result(result: CaseResult) -> Answer:
    """What came of a test, with the call in which it failed."""
    call: Replay | None = result.call if result.status == "failed" else None
    return {
        "name": result.case.name,
        "line": result.case.span.begin.line,
        "status": result.status,
        "skip": result.case.skip,
        "call": spell(result.case.call.events),
        "findings": [told(finding) | {"label": finding.label} for finding in result.findings],
        "trace": [] if call is None else [masked(line) for line in call_lines(call.acts)],
    }


_TABS: Mapping[str, Callable[[Playground, Mapping[str, Any]], Answer]] = {
    "compiled": compiled_tab,
    "explain": explain_tab,
    "rule": rule_tab,
    "simulate": simulate_tab,
    "test": test_tab,
}
"""What answers each tab."""
