"""How the same call is carried out in two versions, and what they state beside calls.

Limits, locales, barge-in, headers, `answer`, whom a callout calls: nothing of it is a sound of its own, and all of it
is noticed on a call. Of a target it is asked only what its documents can say, as in translation checking.

Invariant: whatever a policy says is compared by one of `tapes`, this module and `compare`, or is a name, a label, a
comment or a reason. No value of a credential is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from recpol.analysis.program import Program
from recpol.analysis.steps import Handler
from recpol.base.placeholder import Placeholder
from recpol.base.record import Record
from recpol.base.secrets import masked
from recpol.base.typing import assert_never
from recpol.calls.trace import Event
from recpol.diff.model import Difference
from recpol.platform.targets import Target
from recpol.semantics.manner import called, deeds
from recpol.semantics.recording import RecorderState
from recpol.syntax import tree

_ELSEWHERE = frozenset(("begins", "keys", "sound"))
"""Words about what `tapes` compares: where a recording begins, where keys lead, and what is heard."""

_MILLISECONDS = frozenset(("max-duration", "dial-timeout", "wait", "up to", "dtmf-timeout"))

_Doing = tuple[str, tuple[tuple[str, str], ...]]


def handlers(
    old: Program, before: Handler, new: Program, after: Handler, call: tuple[Event, ...]
) -> Iterator[Difference]:
    """What two replies to the same event do otherwise; the sounds that one of them alone has are left to `tapes`."""
    targets = [target for target in new.targets if target in old.targets] or list(new.targets)
    for target in targets:
        was, is_ = _doings(old, before, target), _doings(new, after, target)
        if was != is_:
            about, line = f"the reply on {after.key}", after.node.event.span.begin.line
            for one, other in _unequal(was, is_):
                yield Difference("manner", about, one, other, call, line if new.is_own(after.node.span) else 0)
            return


def _doings(program: Program, handler: Handler, target: Target) -> list[_Doing]:
    found: list[_Doing] = []
    for step in handler.segments:
        if isinstance(step.body, tree.Call):
            whom, how = called(program, step)
            found.append(("call", (("whom", " ".join(whom.content)), *how)))
    for deed in deeds(program, handler, RecorderState(), target):
        found.append((deed.kind, tuple(pair for pair in deed.manner if pair[0] not in _ELSEWHERE)))
    return found


def _unequal(was: Sequence[_Doing], is_: Sequence[_Doing]) -> Iterator[tuple[str, str]]:
    """The things that are done otherwise, in words: before and after."""
    matcher = SequenceMatcher(None, [kind for kind, _ in was], [kind for kind, _ in is_], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            for (kind, before), (_, after) in zip(was[i1:i2], is_[j1:j2], strict=True):
                if before != after:
                    yield _words(kind, before, after), _words(kind, after, before)
            continue
        gone = [kind for kind, _ in was[i1:i2] if kind in ("answer", "cookie", "hangup")]
        come = [kind for kind, _ in is_[j1:j2] if kind in ("answer", "cookie", "hangup")]
        if gone or come:
            yield ", ".join(gone) or "not done", ", ".join(come) or "not done"


def _words(kind: str, pairs: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]]) -> str:
    mine = [f"{name} {_value(name, value)}" for name, value in pairs if (name, value) not in others]
    return masked(f"{kind}: {', '.join(mine) or 'as usual'}")


def _value(name: str, value: str) -> str:
    return f"{int(value) / 1000:g} s" if name in _MILLISECONDS and value.isdigit() else value


def statements(old: Program, new: Program) -> Iterator[Difference]:
    """What the versions state beside calls: targets, numbers, what becomes of failures, what stores promise."""
    before, after = _stated(old), _stated(new)
    for text, line in after.items():
        if text not in before:
            yield Difference("stated", text, "", "stated", None, line)
    for text in before:
        if text not in after:
            yield Difference("stated", text, "stated", "", None)
    yield from _credentials(old, new)


def _credentials(old: Program, new: Program) -> Iterator[Difference]:
    """What opens the stores that both versions have, by their addresses, and by their names where these are others."""
    before, after = _stores(old), _stores(new)
    for store in after:
        was = [one for one in before if one.where == store.where] or [one for one in before if one.name == store.name]
        same = [one for one in after if one.where == store.where]
        held, holds = ({one.credentials for one in stores} for stores in (was, same))
        if was and held != holds and same[0] is store:
            gone, come = _opening(held - holds), _opening(holds - held)
            yield Difference("stated", f"credentials of {masked(store.where)}", gone, come, None, store.line)


class _StoreOpened(Record):
    """A store with its address, and what opens it: how that is written, and whether it may be shown."""

    name: str
    where: str
    credentials: tuple[str, bool]
    line: int


def _stores(program: Program) -> list[_StoreOpened]:
    found: list[_StoreOpened] = []
    for file in program.files:
        for store in file.statements:
            if isinstance(store, tree.Store):
                line = store.span.begin.line if program.is_own(store.span) else 0
                found.append(_StoreOpened(store.name.text, _where(program, store), _opener(program, store), line))
    return found


def _opener(program: Program, store: tree.Store) -> tuple[str, bool]:
    field = store.field("credentials")
    match None if field is None else field.value:
        case None:
            return "none", True
        case tree.EnvName(name=word):
            return f"env {word.text}", True
        case tree.Word(text=word_text):
            return word_text, False
        case tree.Text(pieces=(Placeholder(scope="env", filters=()) as piece,)):
            return f"env {piece.name}", True
        case tree.Text() as text:
            return program.fill(text), False
        case value:
            assert_never(value)


def _opening(credentials: set[tuple[str, bool]]) -> str:
    """Credentials in words: names of variables, and of other values that there are some."""
    names = sorted(text for text, is_shown in credentials if is_shown)
    return " and ".join([*names, *["what is written out"] * (len(names) < len(credentials))])


def _where(program: Program, store: tree.Store) -> str:
    """The address of a store; its name where it has none."""
    url = store.field("url")
    return program.fill(url.value) if url is not None and isinstance(url.value, tree.Text) else store.name.text


def _stated(program: Program) -> dict[str, int]:
    """Statements by their words, each with its line in the file itself."""
    found: dict[str, int] = {}
    for file in program.files:
        for statement in file.statements:
            for text in _texts(program, statement):
                found.setdefault(text, statement.span.begin.line if program.is_own(statement.span) else 0)
    return found


def _texts(program: Program, statement: tree.Statement) -> Iterator[str]:
    match statement:
        case tree.TargetChoice() | tree.Answering() | tree.Unique():
            yield " ".join(statement.span.text.split())
        case tree.OnFailure():
            if statement.about != "recording":  # what becomes of a recording that cannot start is told as calls are
                yield " ".join(statement.span.text.split())
        case tree.Store():
            for field in statement.fields:
                if isinstance(field, tree.Promise):
                    yield f"{_where(program, statement)}: {' '.join(field.span.text.split())}"
        case tree.Header() | tree.Use() | tree.Default() | tree.OnBlock() | tree.RecordRule() | tree.Broken():
            pass
        case tree.RecordGuarantee() | tree.Announce() | tree.NeverTranscribe() | tree.OneSide() | tree.OptOut():
            pass
        case tree.Keep() | tree.KeepTime() | tree.KeepEncrypted() | tree.KeepRegion():
            pass
        case _:
            assert_never(statement)
