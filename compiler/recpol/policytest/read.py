"""The text of a test file to its cases, and findings for what is wrong with it.

It is read as `recpol.yaml` is; `schemas/policytest.schema.json` says the same for editors.

Invariant: reading never fails; what is wrong with a case is a finding of that case, and the other cases still count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from recpol.base.finding import Finding, Note
from recpol.base.record import replace
from recpol.base.source import Reader, Source, Span, Unreadable
from recpol.base.typing import Any
from recpol.base.yamltree import List, Map, YamlNode, YamlScalar, read_yaml
from recpol.calls.scenario import Scenario, ScenarioStep, read_steps, with_start
from recpol.calls.trace import Starts
from recpol.policytest.cases import Case, CaseFile, ExpectedReply, NamedPiece
from recpol.policytest.places import place_in
from recpol.report.received import is_secret
from recpol.settings.lookalikes import lookalikes
from recpol.settings.mapping import MappingReader, guess, is_true, what_is
from recpol.targets.catalogue import target_names

SUFFIX = ".test.yaml"

KEYS = ("policy", "target", "tenant", "vars", "start", "tests")

EXPECTATIONS = (
    "recorded", "not-recorded", "heard", "not-heard", "in-order", "whole-room", "not-whole-room", "into", "files",
    "ends", "replies",
)  # fmt: skip

SENTENCES = ("vars", "start", "name", "call", "heard", "not-heard", "in-order", "reason")
"""Keys below which words may be what somebody hears or reads."""

CASE_KEYS = ("name", "start", "call", *EXPECTATIONS, "skip", "reason")

NAME = r"[a-z][a-z0-9-]*"
FILE = r"[a-z0-9][a-z0-9.-]*\.json"
COUNT = r"0|[1-9][0-9]{0,3}"


def default_policy(name: str) -> str:
    """The policy beside a test file: `NAME.recpol` for `NAME.test.yaml`."""
    return f"{name.removesuffix(SUFFIX)}.recpol"


def read_tests(source: Source, reader: Reader | None = None) -> CaseFile:
    """A test file to its cases; `reader` fetches the files that `replies` names (without one, none is there)."""
    root, problems = read_yaml(source)
    found = [*problems, *lookalikes(root, SENTENCES)]
    policy: tuple[str, Span] | None = None
    target: str | None = None
    tenant: tuple[str, Span] | None = None
    variables: dict[str, str] = {}
    start: dict[str, str] = {}
    cases: tuple[Case, ...] = ()
    if isinstance(root, Map):
        part = _Part(source, reader, found)
        for key, value in root.pairs:
            match key.text:
                case "policy":
                    text = part.text("`policy`", value, "name a policy beside this file, such as `desk.recpol`")
                    policy = None if text is None else (text, value.span)
                case "target":
                    target = part.target(value)
                case "tenant":
                    text = part.text("`tenant`", value, "name a tenant of recpol.yaml")
                    tenant = None if text is None else (text, value.span)
                case "vars":
                    variables = part.variables("`vars`", value)
                case "start":
                    start = part.start(value)
                case "tests":
                    cases = part.cases(value)
                case _:
                    part.unknown(key, KEYS)
    if not cases and not found:
        span = root.span if root is not None else source.whole()
        found.append(Finding("no tests in this file", span, help="write `tests:` and a list of tests below it"))
    begun = tuple(replace(case, call=with_start(case.call, start)) for case in cases)
    return CaseFile(policy, variables, begun, tuple(found), target, tenant)


def read_call(source: Source) -> Scenario:
    """A scenario in YAML: a text, a list of steps, or a map with one of these below `call`."""
    root, problems = read_yaml(source)
    reader = _CaseReader(source, None, list(problems))
    if isinstance(root, Map):
        for key, _ in root.pairs:
            if key.text != "call":
                reader.unknown(key, ("call",))
        root = next((value for key, value in root.pairs if key.text == "call"), None)
    return replace(reader.call(root), findings=tuple(reader.found))


class _Part(MappingReader):
    """Reads a part of one test file."""

    def __init__(self, source: Source, reader: Reader | None, found: list[Finding]) -> None:
        super().__init__(found)
        self.source, self.reader = source, reader

    def text(self, name: str, value: YamlNode, help_: str) -> str | None:
        """A text; numbers and such count as they are written."""
        if isinstance(value, YamlScalar) and value.kind != "null" and value.text.strip():
            return value.text
        self.report(f"{name} is {what_is(value)}", value.span, help_)
        return None

    def target(self, value: YamlNode) -> str | None:
        """The name of a target."""
        text = self.text("`target`", value, guess("", target_names()))
        if text is not None and text not in target_names():
            self.report(f"`target` cannot be `{text}`", value.span, guess(text, target_names()))
            return None
        return text

    def start(self, value: YamlNode) -> dict[str, str]:
        """The values that the backend gives when it begins a call."""
        return self.variables("`start`", value)

    def cases(self, value: YamlNode) -> tuple[Case, ...]:
        if not isinstance(value, List):
            self.report(f"`tests` is {what_is(value)}", value.span, "write a list: each test begins with `- name:`")
            return ()
        cases: list[Case] = []
        names: dict[str, Span] = {}
        for item in value.items:
            if not isinstance(item, Map):
                self.report(f"a test is {what_is(item)}", item.span, "begin each test with `- name:`")
                continue
            case = _CaseReader(self.source, self.reader, []).case(item)
            earlier = names.setdefault(case.name, case.span)
            if earlier is not case.span:
                note = Note(earlier, "the other one")
                again = Finding(
                    f"two tests are named `{case.name}`", case.span, notes=(note,), help="rename one of them"
                )
                case = replace(case, problems=(*case.problems, again))
            cases.append(case)
        return tuple(cases)


class _CaseReader(_Part):
    """Reads one case."""

    def case(self, root: Map) -> Case:
        values = {key.text: value for key, value in root.pairs}
        for key, _ in root.pairs:
            if key.text in KEYS and key.text not in CASE_KEYS:
                help_ = "write it at the top of the file, beside `tests`: it is of all its tests"
                self.report(f"`{key.text}` does not stand within a test", key.span, help_)
            elif key.text not in CASE_KEYS:
                self.unknown(key, CASE_KEYS)
        name = None
        if "name" in values:
            name = self.text("`name`", values["name"], "say in a few words what is tested")
        else:
            self.report("a test without a name", root.pairs[0][0].span if root.pairs else root.span, "add `name:`")
        span = values["name"].span if "name" in values else root.span
        call, start = self.call(values.get("call")), values.get("start")
        if start is not None:
            begins = bool(call.steps) and isinstance(call.steps[0].event, Starts)
            given = self.start(start)
            if not begins and not call.findings:
                help_ = "begin `call` with `start NAME`, the name of a callout"
                self.report("values to begin a call with, and a call that comes in", start.span, help_)
            call = with_start(call, given)
        case = Case(" ".join(name.split()) if name else "(no name)", span, call)
        case = replace(
            case,
            recorded=self.named(values, "recorded"),
            not_recorded=self.named(values, "not-recorded"),
            heard=self.named(values, "heard"),
            not_heard=self.named(values, "not-heard"),
            in_order=self.named(values, "in-order"),
            whole_room=self.named(values, "whole-room"),
            not_whole_room=self.named(values, "not-whole-room"),
            into=tuple(self.into(values.get("into"))),
            files=self.files(values.get("files")),
            ends=self.expected_truth("ends", values.get("ends")),
            replies=tuple(self.replies(values.get("replies"))),
            skip=self.skip(values),
        )
        if case.skip is None and not any(key in values for key in EXPECTATIONS) and not self.found:
            self.report("a test that expects nothing", span, "add `recorded:`, `not-recorded:` or another expectation")
        return replace(case, problems=tuple(self.found))

    def call(self, value: YamlNode | None) -> Scenario:
        items = value.items if isinstance(value, List) else () if value is None else (value,)
        steps: list[ScenarioStep] = []
        for item in items:
            if isinstance(item, YamlScalar) and (item.kind != "null" or item is value):
                got = read_steps(item.text if item.kind != "null" else "", place_in(item))
                steps.extend(got.steps)
                self.found.extend(got.findings)
            else:
                self.report(
                    f"a step is {what_is(item)}", item.span, "write what happens, such as `press 2; answer; hang up`"
                )
        return Scenario(tuple(steps))

    def named(self, values: Mapping[str, YamlNode], key: str) -> tuple[NamedPiece, ...]:
        value = values.get(key)
        if value is None:
            return ()
        if isinstance(value, List) and not value.items:
            self.report(f"`{key}` lists nothing", value.span, "name labels, tags or words, or take the line out")
        items = value.items if isinstance(value, List) else (value,)
        return tuple(named for item in items if (named := self.one(f"`{key}`", item)) is not None)

    def one(self, name: str, item: YamlNode) -> NamedPiece | None:
        text = self.text(name, item, "name a label, a tag such as `@card`, or words that are heard")
        if text is None:
            return None
        text = text.strip()
        if re.fullmatch(NAME, text):
            return NamedPiece("label", text, item.span)
        if re.fullmatch("@" + NAME, text):
            return NamedPiece("tag", text[1:], item.span)
        quoted = re.fullmatch('"(.+)"', text, re.DOTALL)
        return NamedPiece("words", " ".join((quoted[1] if quoted else text).split()), item.span)

    def into(self, value: YamlNode | None) -> Iterator[tuple[NamedPiece, str, Span]]:
        for key, part in self.pairs("`into`", value) if value is not None else ():
            named = self.one("`into`", key)
            several = part.items if isinstance(part, List) else (part,)
            for one in several or (part,):
                store = self.text(f"the store of `{key.text}`", one, "name a store of the policy")
                if named is not None and store is not None:
                    yield named, store, one.span

    def files(self, value: YamlNode | None) -> tuple[int, Span] | None:
        if value is None:
            return None
        if isinstance(value, YamlScalar) and value.kind == "number" and re.fullmatch(COUNT, value.text):
            return int(value.text), value.span
        self.report(f"`files` is {what_is(value)}", value.span, "write how many recording files the call makes")
        return None

    def expected_truth(self, name: str, value: YamlNode | None) -> tuple[bool, Span] | None:
        truth = None if value is None else self.truth(f"`{name}`", value)
        return None if truth is None or value is None else (truth, value.span)

    def skip(self, values: Mapping[str, YamlNode]) -> str | None:
        skipped = self.expected_truth("skip", values.get("skip"))
        reason = values.get("reason")
        said = None if reason is None else self.text("`reason`", reason, "say why the test is skipped")
        if skipped is not None and skipped[0]:
            if reason is None:
                self.report("a skipped test without a reason", skipped[1], "add `reason:` with what it waits for")
            return " ".join((said or "").split())
        if reason is not None:
            self.report("a reason without `skip: true`", reason.span, "add `skip: true`, or take the reason out")
        return None

    def replies(self, value: YamlNode | None) -> Iterator[ExpectedReply]:
        for key, part in self.pairs("`replies`", value) if value is not None else ():
            if re.fullmatch(FILE, key.text) is None:
                self.report(f"`{key.text}` is not the name of a reply", key.span, "write a name such as `ice.json`")
            elif isinstance(part, Map | List):
                places: dict[tuple[str | int, ...], Span] = {}
                yield ExpectedReply(key.text, self.json(part, (), places), key.span, places)
            else:
                path = self.text(f"the document of `{key.text}`", part, "name a JSON file, or write the document here")
                if path is not None:
                    yield from self.file(key, path, part.span)

    def file(self, key: YamlScalar, path: str, span: Span) -> Iterator[ExpectedReply]:
        unread = Unreadable("there is no such file")
        got = unread if self.reader is None else self.reader(path, self.source.path)
        if isinstance(got, Unreadable):
            self.report(f"cannot read `{path}`: {got.reason}", span, got.help or "check the path")
            return
        try:
            yield ExpectedReply(key.text, json.loads(got.text.removeprefix("\ufeff")), span)
        except (ValueError, RecursionError):
            self.report(f"`{path}` is not JSON", span, "copy the reply that `recpol compile` wrote")

    def json(self, node: YamlNode, path: tuple[str | int, ...], places: dict[tuple[str | int, ...], Span]) -> Any:
        """A document that is written out, and where each of its parts is."""
        places[path] = node.span
        match node:
            case Map():
                return {key.text: self.member(key, value, path, places) for key, value in node.pairs}
            case List():
                return [self.json(value, (*path, number), places) for number, value in enumerate(node.items)]
            case YamlScalar():
                return self.scalar(node)

    def member(
        self, key: YamlScalar, value: YamlNode, path: tuple[str | int, ...], places: dict[tuple[str | int, ...], Span]
    ) -> Any:
        if isinstance(value, YamlScalar) and is_secret(key.text, value.text):
            help_ = "write `{{ env.NAME }}`, as the policy should"
            self.found.append(Finding("a credential in a test", value.span, help=help_, secret=True))
        return self.json(value, (*path, key.text), places)

    def scalar(self, node: YamlScalar) -> Any:
        read: Mapping[str, Callable[[str], Any]] = {
            "null": lambda text: None,
            "bool": is_true,
            "number": json.loads,
            "text": str,
        }
        try:
            return read[node.kind](node.text)
        except ValueError:
            self.report(f"`{node.text}` is not a number in JSON", node.span, "write it with digits, or in quotes")
            return None
