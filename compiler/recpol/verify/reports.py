"""The manifest of a document that holds a whole call: which file answers each event, and what requests wait for.

Invariant: a file is found by what it answers and never by its name; every answer is one that the documents or a phase
ask for, and stands there once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from recpol.analysis.callouts import beginnings, follows
from recpol.analysis.parties import hearer
from recpol.analysis.program import Program
from recpol.analysis.steps import Handler
from recpol.base.record import Record, field
from recpol.calls.party import Party
from recpol.interpreters.v2 import reports
from recpol.interpreters.v2.reports import INCOMING, DocumentParts, Report
from recpol.syntax import tree
from recpol.targets.filenames import ACKNOWLEDGED, MANIFEST, file_of, reply_file, request_file
from recpol.targets.filenames import INCOMING as INCOMING_FILE
from recpol.targets.reply import Reply
from recpol.verify.routing import needs
from recpol.verify.verified import Disagreement


class Manifest(Record):
    """The files of a policy, each in its parts, and by what they answer, with the answer as the manifest has it."""

    replies: tuple[Reply, ...] = field(repr=False)
    parts: tuple[DocumentParts, ...] = field(repr=False)
    found: Mapping[Report, tuple[Reply, object, DocumentParts]] = field(repr=False)

    def document(self, report: Report) -> object:
        """The document that answers an event or is sent for a phase; None where there is none."""
        entry = self.found.get(report)
        return None if entry is None else entry[0].document

    def parts_of(self, report: Report) -> DocumentParts:
        """The parts of the document that answers an event or is sent for a phase; of none where there is none."""
        entry = self.found.get(report)
        return DocumentParts() if entry is None else entry[2]

    def leg(self, report: Report) -> object:
        """The leg that a request is sent to."""
        entry = self.found.get(report)
        return entry[1].get("leg") if entry is not None and isinstance(entry[1], dict) else None

    def wait(self, report: Report) -> object:
        """What the backend waits for after it has sent a request."""
        entry = self.found.get(report)
        return entry[1].get("waitFor") if entry is not None and isinstance(entry[1], dict) else None


def answers_of(replies: tuple[Reply, ...]) -> Manifest:
    """The files as a backend finds them, the first one for each event."""
    each = tuple(reports.parts(reply.document) for reply in replies)
    found: dict[Report, tuple[Reply, object, DocumentParts]] = {}
    for reply, parts in zip(replies, each, strict=True):
        for answer in reply.answers:
            report = reports.asked(answer)
            if report is not None:
                found.setdefault(report, (reply, answer, parts))
    return Manifest(replies, each, found)


def waits(stops: tuple[object, ...], wait: object) -> Iterator[tuple[str, str]]:
    """Whether a request that stops some recordings says that their end is waited for, and no other."""
    each = [{"event": f"call.webhook.{name}.finished", "recordingName": name} for name in stops]
    meant = None if not each else each[0] if len(each) == 1 else each
    if wait != meant:
        yield _wait_words(meant), _wait_words(wait)


def _wait_words(wait: object) -> str:
    named = [one.get("recordingName") if isinstance(one, dict) else None for one in awaited(wait)]
    each = " and ".join(f"`{name}`" for name in named)
    return f"the end of {each} is waited for" if named else "nothing is waited for"


def awaited(wait: object) -> list[object]:
    """The reports of a `waitFor`, which is one or a list of them."""
    return wait if isinstance(wait, list) else [] if wait is None else [wait]


def unasked(program: Program, answers: Manifest, phases: frozenset[Report]) -> Iterator[Disagreement]:
    """What the manifest lists beyond or short of what is asked for; `phases` are the requests that a call can come
    to."""
    commands = [parts.commands for parts in answers.parts]
    left = {report for some in commands for report in reports.left(some)}
    begun = {begins(one) for one in beginnings(program)}
    wanted: Counter[Report | None] = Counter({*begun, *left, *phases})
    given = Counter(reports.asked(answer) for reply in answers.replies for answer in reply.answers)
    for lost in wanted - given:
        yield Disagreement(MANIFEST, f"a document answers {_report_words(lost)}", "none does")
    for more in given - wanted:
        yield Disagreement(MANIFEST, f"{_report_words(more)} asks for no further document", "one answers it")
    for report, (reply, answer, _) in answers.found.items():
        if reply.file != _file(report):
            yield Disagreement(_file(report), "this file answers", f"`{reply.file}` answers")
        if report[0] == "request":
            named = report[1] if len(report) > 1 and f"manage {report[1]}" in program.graph.first else None
            yield from () if named is None else _exact(program, named, answer)  # `wanted` lacks what nobody asked for
        elif report[0] == "manage":
            yield from _in_talks(program, report[1], answer)
        elif answer != {"event": report[0], **dict(zip(("name",), report[1:], strict=False))}:
            yield Disagreement(MANIFEST, f"`{report[0]}` is answered", "more is said of it")
        if report in left and reply.document != {"commands": []}:
            yield Disagreement(reply.file, "a report is acknowledged, and changes nothing", "it does something")
    yield from _idle_reports(answers, left)
    told = {report[0] for report in left}
    for reply, some in zip(answers.replies, commands, strict=True):
        for name in reports.kept_back(some, told):
            yield Disagreement(reply.file, f"what becomes of `{name}` is reported wherever it starts", "here it is not")
    if program.names.hangs_up:
        for reply, some in zip(answers.replies, commands, strict=True):
            for name in reports.reporting(some):
                yield Disagreement(reply.file, f"`{name}` ends the call when it fails", "that is left to a report")
    for file, count in Counter(reply.file for reply in answers.replies).items():
        if count > 1:
            yield Disagreement(file, "the file is there once", f"it is there {count} times")
    for reply in answers.replies:
        if not reply.answers:
            yield Disagreement(reply.file, "nothing asks for this file", "it is there")
    yield from needs(zip(answers.replies, (parts.values for parts in answers.parts), strict=True))


def _idle_reports(answers: Manifest, left: set[Report]) -> Iterator[Disagreement]:
    """The reports of recordings whose end no request waits for: each holds the call until the backend answers, and ends
    it where no answer comes."""
    waits = (one for report in answers.found for one in awaited(answers.wait(report)))
    names = {str(wait.get("recordingName")) for wait in waits if isinstance(wait, dict)}
    for report in sorted(left):
        name = report[0].removeprefix("call.webhook.").rpartition(".")[0]
        if report[0].startswith("call.webhook.") and name not in names:
            yield Disagreement(MANIFEST, f"nothing waits for the end of `{name}`", f"`{report[0]}` is reported")


def _exact(program: Program, name: str, answer: object) -> Iterator[Disagreement]:
    """Whether a request is said to be sent in the talks that the policy names, to the leg that hears it."""
    handler = program.handlers[program.graph.first[f"manage {name}"]]
    heard = {hearer(handler, step) for step in handler.segments if isinstance(step.body, tree.Addressed)}
    leg = "callee" if heard == {Party.CALLEE} else "caller"
    before = [program.handlers[e.origin] for e in program.graph.into(handler.index) if e.origin is not None]
    talks = {file for one in before for file in _standing(program, one)}
    found = answer if isinstance(answer, dict) else {}
    given = found.get("in")
    if not isinstance(given, list) or sorted(given) != sorted(talks):
        yield Disagreement(MANIFEST, f"`{name}` is sent in talks of {', '.join(sorted(talks))}", "others are listed")
    if found.get("leg") != leg or set(found) - {"event", "name", "in", "leg", "waitFor"}:
        yield Disagreement(MANIFEST, f"`{name}` is sent to the {leg}'s leg", "something else is said of it")


def _in_talks(program: Program, phase: str, answer: object) -> Iterator[Disagreement]:
    """Whether a request of a phase is said to be sent in the talks that have the phase, and nothing else is said."""
    steps = (s for s in program.steps if isinstance(s.body, tree.Phase) and s.body.name.text == phase)
    parent = next((s.parent for s in steps if s.parent is not None), None)
    if parent is None:
        return  # no such phase: that something is listed which nobody asks for is told already
    talks = program.graph.later.get(parent, ())
    ways = (parent, *talks, *(step.index for step in program.graph.conversations.get(parent, ())))
    standing = {file for way in ways for file in _standing(program, program.handler_of(program.steps[way]))}
    found = answer if isinstance(answer, dict) else {}
    given = found.get("in")
    if not isinstance(given, list) or sorted(map(str, given)) != sorted(standing):
        words = f"`{phase}` begins in talks of {', '.join(sorted(standing))}"
        yield Disagreement(MANIFEST, words, "others are listed")
    if set(found) - {"event", "phase", "moment", "in", "waitFor"}:
        yield Disagreement(MANIFEST, f"`{phase}` begins and ends", "something else is said of it")


def _report_words(report: Report | None) -> str:
    return "what cannot be read" if report is None else f"`{' '.join(report)}`"


def begins(handler: Handler) -> Report:
    """What the manifest lists for the document of a call, by what the call begins with."""
    return INCOMING if handler.kind == "ice" else (handler.kind, handler.name or "")


def _standing(program: Program, reply: Handler) -> Iterator[str]:
    """The documents in which a reply stands."""
    if reply.in_talk:
        yield file_of(reply)
        return
    for one in beginnings(program):
        if reply.index in follows(program.graph, one):
            yield _file(begins(one))


def _file(report: Report) -> str:
    """The file that answers; for what a manifest made up, one that does not."""
    if report == INCOMING:
        return INCOMING_FILE
    kind, *names = report
    if kind == "callout" and len(names) == 1:
        return reply_file(kind, names[0])
    if kind == "manage" and len(names) == 2:
        return request_file(*names)
    if kind == "request" and len(names) == 1:
        return reply_file("manage", names[0])
    return ACKNOWLEDGED  # the reports of the webhook have any name


def is_answered(program: Program) -> bool:
    """Whether a call is answered: Voice API v2 answers at once wherever the policy does more than hang up."""
    first = program.graph.first.get("ice")
    segments = () if first is None else program.handlers[first].segments
    return len(segments) > 1 or any(not isinstance(step.body, tree.Hangup) for step in segments)
