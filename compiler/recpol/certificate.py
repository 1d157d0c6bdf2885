"""A compiled policy to its certificate: what `recpol-check` needs to see for itself that the guarantees hold.

A certificate lists the states that a call can be in at each document, and which places of the documents each segment
of the policy is. The states are found by following everything that the platform can do with the documents, with the
semantics of `recpol_check`; so a guarantee that the prover calls proven and this walk does not is not certified, and
the reason says where they part.

Invariant: what is certified holds by `recpol_check.check`; the same program gives the same certificate.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import recpol_check as referee
from recpol.analysis.builtins import BUILT_IN
from recpol.analysis.guarded import opts_out
from recpol.analysis.program import Program
from recpol.analysis.retention import written as spelt_out
from recpol.analysis.steps import Step
from recpol.base.typing import Any, assert_never
from recpol.calls.party import Party
from recpol.compilation import Compilation, Output
from recpol.platform.targets import Target
from recpol.prove import Verdict, prove
from recpol.syntax import tree
from recpol.targets.catalogue import backend_of, targets_named
from recpol.targets.reply import Json

CHECKED = tree.AboutSegments | tree.OptOut | tree.Keep
"""The guarantees that `recpol-check` knows; of what stores state nothing is in any document."""

STATED = "it is about what its stores state, of which nothing is in the documents"
"""Why there is no certificate of a guarantee about what stores promise."""

BUDGET = 200_000
"""How many states one certificate may list."""


def certificate(compilation: Compilation, output: Output) -> Json:
    """The proof of one policy in one target, in the form that `recpol_check.check` reads."""
    program = compilation.program
    (target,) = targets_named((output.target,))
    found: Json = {
        "policy": compilation.name,
        "target": output.target,
        "documents": {file: hashlib.sha256(data).hexdigest() for file, data in sorted(output.files.items())},
        **source_map(program, target),
    }
    maker = _Maker(program, compilation.name, output, found)
    return {**found, "guarantees": [maker.claim(v) for v in prove(program)], "certificates": maker.certificates}


class _Maker:
    """Makes the claims of one proof. Guarantees that announce the same places share a list of states."""

    def __init__(self, program: Program, name: str, output: Output, found: Json) -> None:
        self.program, self.name, self.output, self.found = program, name, output, found
        self.certificates: list[list[Json]] = []
        self._walked: dict[tuple[frozenset[str], ...], tuple[int, Any, list[Any]]] = {}

    def claim(self, verdict: Verdict) -> Json:
        """What the proof says of a guarantee: its certificate and what it rests on, or why it has none."""
        node = verdict.guarantee
        entry: Json = {"text": written(self.program, node), "line": node.span.begin.line}
        if isinstance(node, tree.Announce) and node.to is not None and node.to.text != Party.CALLER.value:
            return {**entry, "reason": f"`recpol-check` looks at no callees; recpol's own verdict is {verdict.status}"}
        if isinstance(node, tree.Announce) and node.every_locale:
            return {**entry, "reason": f"`recpol-check` looks at no locales; recpol's own verdict is {verdict.status}"}
        if verdict.status == "empty":
            entry["empty"] = verdict.reason
        elif verdict.status != "proven":
            return {**entry, "reason": verdict.reason}
        if not isinstance(node, CHECKED):
            return {**entry, "reason": STATED}
        try:
            for _ in self._folder.objects():
                pass  # refuses what the referee does not know
            return {**entry, **self._proof(referee.guarantee(entry["text"]), node)}
        except referee.Refused as problem:
            return {
                **entry,
                "reason": f"recpol finds no call that breaks it, and `recpol-check` cannot follow why: {problem}",
            }

    def _proof(self, goal: referee.Guarantee, node: tree.AboutSegments | tree.OptOut | tree.Keep) -> Json:
        if isinstance(node, tree.Keep):
            return {"certificate": 0, "assumes": sorted(referee.keeps(goal, self._folder)[0])}
        chosen = self._chosen(goal, node)
        number, machine, states = self._states(goal, chosen)
        rooms = referee.recorded_rooms(machine, states, goal)
        for state in states:
            problem = referee.breaks(goal, machine, chosen, state, rooms)
            referee.need(not problem, problem)
        return {"certificate": number, "assumes": sorted(goal.assumes(machine, states))}

    @cached_property
    def _folder(self) -> referee.Folder:
        return referee.Folder(self.name, self.output.files)

    def _chosen(self, goal: referee.Guarantee, node: tree.AboutSegments | tree.OptOut) -> frozenset[str]:
        """The places that a guarantee selects, by labels and tags, which must be what it means."""
        if isinstance(node, tree.OptOut):
            steps = self.program.steps
            meant = {s.index for s in steps if opts_out(self.program.handler_of(s), node.name.text)}
        else:
            meant = set(self.program.selected.chosen(node.selection))
        names = {key: frozenset(segment["names"]) for key, segment in self.found["segments"].items()}
        selected = goal.chosen({key: [segment] for key, segment in names.items()})
        alike = all((key in selected) == (int(key) in meant) for key in names)
        referee.need(alike, "its selection cannot be told by labels and tags alone")
        return frozenset(place for place, keys in self.found["places"].items() if not selected.isdisjoint(keys))

    def _states(self, goal: referee.Guarantee, chosen: frozenset[str]) -> tuple[int, Any, list[Any]]:
        looks = tuple(chosen if goal.kind in (kind, "in") else frozenset[str]() for kind in ("before", "opt-out"))
        if looks not in self._walked:
            phases = {name: frozenset(within) for name, within in self.found["phases"].items()}
            machine = referee.machine_of(self._folder, phases, *looks)
            states = list(walk(machine))
            unknown = {sound for state in states for sound in machine.sounds(state)} - set(self.found["places"])
            referee.need(not unknown, f"no segment is known at {', '.join(sorted(unknown))}")
            referee.need(len(states) <= BUDGET, f"a call can be in more than {BUDGET:,} states")
            self._walked[looks] = (len(self.certificates), machine, states)
            self.certificates.append([written_state(state) for state in states])
        return self._walked[looks]


def written_state(state: Any) -> Json:
    """A state as a proof lists it."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in state._asdict().items() if v}


def proof_text(proofs: Sequence[Json]) -> str:
    """A proof file: a line for each guarantee, each place and each state."""
    return _laid({"proofVersion": 1, "policies": list(proofs)}, 0)


def _laid(value: Any, depth: int) -> str:
    lists_states = depth == 4 and isinstance(value, list) and value and isinstance(value[0], dict)
    if not value or not isinstance(value, dict | list) or (depth >= 4 and not lists_states):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        lines = [f"{json.dumps(key, ensure_ascii=False)}: {_laid(inner, depth + 1)}" for key, inner in value.items()]
    else:
        lines = [_laid(inner, depth + 1) for inner in value]
    inside = ",\n".join(" " * (depth + 1) + line for line in lines)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{inside}\n{' ' * depth}{closing}"


def source_map(program: Program, target: Target) -> Json:
    """Which segments of the policy each place of its documents is, by which labels and tags those are selected, and in
    which conversations each phase is."""
    places = _places(program, target)
    return {
        "segments": _segments(program, sorted({step.index for steps in places.values() for step in steps})),
        "places": {place: [str(step.index) for step in steps] for place, steps in sorted(places.items())},
        "phases": {name: sorted(within) for name, within in _phases(program, places).items()},
    }


def walk(machine: Any) -> Iterator[Any]:
    """Every state that a call can come to, nearest first; one more than `BUDGET` at most."""
    queue = deque(state for _, state in machine.ways(None))
    seen = dict.fromkeys(queue)
    while queue and len(seen) <= BUDGET:
        state = queue.popleft()
        for _, after in machine.ways(state):
            if after not in seen:
                seen[after] = None
                queue.append(after)
    yield from seen


def written(program: Program, node: tree.Guarantee) -> str:
    """A guarantee in the one spelling that the referee reads."""
    match node:
        case tree.RecordGuarantee():
            return f"{node.word} record {_chosen(node.selection)}"
        case tree.Announce():
            every = " in every locale" if node.every_locale else ""
            whom = "" if node.to is None or node.to.text == Party.CALLER.value else f" to {node.to.text}"
            return f"announce {_chosen(node.selection)}{whom} {node.word} recording{every}"
        case tree.NeverTranscribe():
            return f"never transcribe {_chosen(node.selection)}"
        case tree.OneSide():
            return f"record only {node.side.text} {_chosen(node.selection)}"
        case tree.OptOut():
            return f"opt-out {node.name.text}"
        case tree.Keep():
            return "keep recordings in " + ", ".join(f'"{program.fill(pattern)}"' for pattern in node.patterns)
        case tree.KeepTime():
            return f"keep recordings {spelt_out(node.retention)}"
        case tree.KeepEncrypted():
            return "keep recordings encrypted"
        case tree.KeepRegion():
            return "keep recordings in region " + ", ".join(word.text for word in node.regions)
        case _:
            assert_never(node)


def _chosen(selection: tree.Selection) -> str:
    chosen = _spelt(selection.include)
    return chosen if selection.exclude is None else f"{chosen} except {_spelt(selection.exclude)}"


def _spelt(selector: tree.Selector) -> str:
    return ", ".join(f"@{i.name}" if isinstance(i, tree.Tag) else i.text for i in selector.items) or "all"


def _segments(program: Program, indices: list[int]) -> Json:
    """By the number of each segment, the labels and tags that select it, and its line in the policy."""
    names: dict[int, set[str]] = {index: set() for index in indices}
    span = program.file.source.span(0, 0)
    words: list[tree.Word | tree.Tag] = [tree.Word(name, span) for name in program.names.labels]
    asked = (g.selection for g in program.guarantees() if isinstance(g, tree.AboutSegments))
    named = (
        i.name for s in asked for one in (s.include, s.exclude) if one for i in one.items if isinstance(i, tree.Tag)
    )
    used = dict.fromkeys(name for name in named if name in BUILT_IN)
    for item in (*words, *(tree.Tag(name, span) for name in (*program.names.tags, *used))):
        for index in program.selected.of(tree.Selector((item,), span)):
            if index in names:
                names[index].add(f"@{item.name}" if isinstance(item, tree.Tag) else item.text)
    for name in (g.name.text for g in program.guarantees() if isinstance(g, tree.OptOut)):
        for index in indices:
            if opts_out(program.handler_of(program.steps[index]), name):
                names[index].add(f"opt-out {name}")
    lines = {index: program.steps[index].span.begin.line for index in indices}
    return {str(index): {"names": sorted(names[index]), "line": lines[index]} for index in indices}


def _places(program: Program, target: Target) -> dict[str, list[Step]]:
    """By place, the steps that are heard there: of a talk those that it is in the policy."""
    found: dict[str, list[Step]] = {}
    for place in backend_of(target).places(program):
        where = f"{place.file}#{place.pointer}"
        talks = _talks(program, place.step)
        if place.talk:
            found[f"{where} (talk)"] = [place.step]
            continue
        found[where] = [*(found.get(where, ()) if program.handler_of(place.step).kind == "callout" else ()), place.step]
        if talks and not target.whole_call:
            found[f"{where} (talk)"] = talks
    for step in program.steps:
        if isinstance(step.body, tree.Phase) and f"phase {step.body.name.text}" not in found:
            found[f"phase {step.body.name.text}"] = [step]
    return found


def _talks(program: Program, step: Step) -> list[Step]:
    """The steps that a talk is which begins at a connect or `continue` where no reply to ACE comes: the talks that the
    reply would have begun, or itself."""
    if isinstance(step.body, tree.Continue) or step.connects in ("pstn", "sip", "app"):
        return list(program.graph.conversations.get(step.index, ()) or (step,))
    return []


def _phases(program: Program, places: Mapping[str, list[Step]]) -> dict[str, set[str]]:
    """By phase, the places of the connects whose conversations it belongs to."""
    at: dict[int, list[str]] = {}
    for place, steps in places.items():
        for step in steps if not place.endswith(" (talk)") else ():
            at.setdefault(step.index, []).append(place)
    found: dict[str, set[str]] = {}
    for step in program.steps:
        if isinstance(step.body, tree.Phase) and step.parent is not None:
            found.setdefault(step.body.name.text, set()).update(at.get(step.parent, ()))
    return found
