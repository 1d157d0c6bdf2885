"""The stores of a policy: where recordings lie, what their files are called, when a file begins and ends.

What the platform does with files is as the Recording page (2018-2021) says: it makes a name where none is given, it
overwrites a file that has the name already, it knows neither pause nor resume, and it reports success only. Of Voice
API v2 less is known: a name holds the identifier of the call or session (tutorials), nothing is said of files that are
there already, and no message tells that a file is there. What differs is written for each target.

Invariant: credentials appear only as the names of their variables; a secret that is written in the policy is not.
"""

from __future__ import annotations

import re

from recpol.analysis.program import Program
from recpol.analysis.retention import span_in_words
from recpol.base.placeholder import Placeholder, split
from recpol.base.typing import assert_never
from recpol.explain.model import ExplainedStore
from recpol.explain.words import clean, code, listed, unique
from recpol.rules.policy.destination import Destination, destination
from recpol.syntax import tree

FORMAT = "mp3"
"""The format where the policy names none (Recording page)."""

_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}\Z")


def stores(program: Program, kinds: dict[str, set[str]]) -> tuple[ExplainedStore, ...]:
    """All stores; `kinds` says for each that is used what is recorded to it: `call`, `conference` or both."""
    return tuple(_store(program, name, node, kinds.get(name, set())) for name, node in program.names.stores.items())


def address(program: Program, node: tree.Store) -> str:
    """A store's URL; empty where it has none."""
    url = node.field("url")
    return clean(program.fill(url.value)) if url is not None and isinstance(url.value, tree.Text) else ""


def _store(program: Program, name: str, node: tree.Store, kinds: set[str]) -> ExplainedStore:
    url = node.field("url")
    at = destination(program, url.value) if url is not None and isinstance(url.value, tree.Text) else None
    file_name, own_name = _file_name(program, node, at)
    begins = ["A file begins wherever a recording starts."]
    ends = []
    if "conference" not in kinds:
        ends.append("It ends when the recording stops, and with the call at the latest.")
    elif "call" in kinds:
        begins = ["The file of a call begins wherever its recording starts; the file of a room with its first caller."]
        ends.append("The file of a call ends when its recording stops, and with the call at the latest;")
        ends.append("the file of a room ends when the last participant has left.")
    else:
        begins = ["The file of a room begins with the first caller who comes in this way."]
        ends.append("It ends when the last participant has left, whoever that is.")
    return ExplainedStore(
        name,
        at.storage.title if at is not None and at.storage is not None else "an unknown kind of storage",
        address(program, node),
        None if program.is_rules else bool(kinds),
        _by_target(program, file_name, _file_name_in_v2(own_name)),
        " ".join(begins),
        " ".join(ends),
        _by_target(program, _again(own_name, kinds), _again("", kinds)),
        _by_target(program, _OVERWRITTEN, _NOT_SAID),
        _by_target(program, _messages(node), _messages_in_v2(node)),
        _credentials(program, node, at),
        _also(node),
        _promises(node),
    )


_OVERWRITTEN = "A file of the same name that is there already is overwritten, without a check."
_NOT_SAID = "What becomes of a file of the same name that is there already is not documented."


def _by_target(program: Program, before: str, in_v2: str) -> str:
    """What holds for the targets of a policy: `before` in those of Voice API v1, `in_v2` in those of Voice API v2."""
    older = [code(target.name) for target in program.targets if target.dialect != "v2"]
    newer = [code(target.name) for target in program.targets if target.dialect == "v2"]
    if not newer or before == in_v2:
        return before
    return f"In {listed(older)}: {before} In {listed(newer)}: {in_v2}" if older else in_v2


# ── names of files ───────────────────────────────────────────────────────────────────────────────────────────────


def _file_name(program: Program, node: tree.Store, at: Destination | None) -> tuple[str, str]:
    """What a recording's file is called, and the policy's own name for it if it has one."""
    given = "" if at is None or at.file is None else _last(program.fill(at.written.node))
    if not given or at is None or at.storage is None:
        made = f"UTCDate_applicationKey_callId.{_format(node)}"
        return f"{made}, made by the platform: date and time (UTC), the application's key, the call's id.", ""
    name = clean(given)
    placeholders = [piece for piece in split(given) if isinstance(piece, Placeholder)]
    if any(placeholder.scope == "call" for placeholder in placeholders):
        return f"{name}. Two recordings with the same values have the same name.", name
    if at.storage.folders and not _EXTENSION.search(given) and not placeholders:
        folder = f"As a folder, the platform makes names of the form UTCDate_applicationKey_callId.{_format(node)}."
        file = "As a file, every recording has this name and replaces the one before."
        return f"Not certain: whether {code(name)} is a folder or a file is not documented. {folder} {file}", ""
    return f"{name}, the same for every call: each recording replaces the one before.", name


def _file_name_in_v2(own_name: str) -> str:
    made = "Made by the platform, with the identifier of the call or session in it; no page says more of it."
    return f"{made} Whether {code(own_name)} has a part in it is not documented either." if own_name else made


def _last(url: str) -> str:
    """What stands after the last slash of a URL, placeholders taken whole."""
    parts: list[str] = []
    for piece in reversed(split(url)):
        if isinstance(piece, str) and "/" in piece:
            parts.append(piece.rpartition("/")[2])
            break
        parts.append(piece if isinstance(piece, str) else url[piece.start : piece.end])
    return "".join(reversed(parts)).partition("?")[0]  # what follows may be a signature, which is a secret


def _format(node: tree.Store) -> str:
    field = node.field("format")
    return field.value.text if field is not None and isinstance(field.value, tree.Word) else FORMAT


def _again(name: str, kinds: set[str]) -> str:
    if kinds == {"conference"}:
        return "The recording of a room goes on in one file, whoever comes and goes."
    replaced = ", which has the same name and so replaces the first" if name else ""
    return f"There is no pause: a recording that stops and starts again goes on in a second file{replaced}."


# ── messages and credentials ─────────────────────────────────────────────────────────────────────────────────────


def _messages(node: tree.Store) -> str:
    field = node.field("notify")
    said = field.value.text if field is not None and isinstance(field.value, tree.Word) else ""
    if said == "no":
        return "None: nobody is told when a recording is finished, nor when its file is there."
    default = "" if said else " (the policy does not say so; it is what the platform does by itself)"
    told = f"The backend is told when a recording is finished, and again when its file is there{default}."
    return f"{told} A message that it does not confirm is lost. No message tells that a file could not be stored."


def _messages_in_v2(node: tree.Store) -> str:
    told = "The events `call.recording.finished` and `call.recording.failed` tell that a recording has ended, or that "
    told += "it could not start; what the document itself does then takes their place."
    switch = "" if node.field("notify") is None else f" {code('notify')} does nothing."
    return f"{told} No message tells that a file is there, or that it could not be stored.{switch}"


def _credentials(program: Program, node: tree.Store, at: Destination | None) -> str:
    field = node.field("credentials")
    value = None if field is None else field.value
    match value:
        case tree.EnvName():
            return f"In the variable {code(value.name.text)}, which is set when the service is deployed."
        case tree.Text():
            return _from_text(program, value)
        case tree.Word() | None:
            needed = at is None or at.storage is None or at.storage.credentials == "required"
            return "None are given." if needed else "None are given; this storage needs none."
        case _:
            assert_never(value)


def _from_text(program: Program, text: tree.Text) -> str:
    placeholders = [piece for piece in text.pieces if isinstance(piece, Placeholder)]
    later = unique(code(placeholder.name) for placeholder in placeholders if placeholder.scope == "env")
    now = unique(code(placeholder.name) for placeholder in placeholders if placeholder.scope == "var")
    said = []
    if later:
        said.append(f"In {_variables(later)}, set when the service is deployed.")
    if now:
        said.append(f"In {_variables(now)}, put in when the policy is compiled; the value is not shown here.")
    if any(placeholder.scope == "call" for placeholder in placeholders):
        said.append("In what comes with the call.")
    if any(isinstance(piece, str) and piece.strip(": ") for piece in text.pieces):
        rest = "The rest is written" if said else "Written"
        said.append(f"{rest} in the policy itself; it is not shown here.")
    return " ".join(said) or "None are given."


def _variables(names: tuple[str, ...]) -> str:
    return f"the variable{'' if len(names) == 1 else 's'} {listed(names)}"


_UNSTATED = {
    "keep": "how long recordings are kept",
    "readers": "who can read them",
    "encrypted": "whether they are encrypted",
    "region": "in which region they are",
}


def _promises(node: tree.Store) -> str:
    """What the author states of the place, and what is not stated."""
    told: list[str] = []
    for key in _UNSTATED:
        promise = node.promise(key)
        value = None if promise is None else promise.value
        match value:
            case tree.Retention():
                told.append(f"recordings are kept {span_in_words(value)}")
            case tree.Text():
                told.append(f"they can be read by {clean(value.value)}")
            case tree.Word(text=text):
                encrypted = "they are encrypted" if text == "yes" else "they are not encrypted"
                told.append(encrypted if key == "encrypted" else f"they are in the region {code(text)}")
            case None:
                pass
            case _:
                assert_never(value)
    missing = [words for key, words in _UNSTATED.items() if node.promise(key) is None]
    if not told:
        return f"The policy does not state {listed(missing, 'or')}."
    rest = f" It does not state {listed(missing, 'or')}." if missing else ""
    return f"The policy states, and nobody has checked, that {listed(told)}.{rest}"


def _also(node: tree.Store) -> str:
    asked = [
        f"{code(key)} {clean(field.value.value if isinstance(field.value, tree.Text) else field.value.text)}"
        for key in ("transcribe", "direction")
        if (field := node.field(key)) is not None and isinstance(field.value, tree.Locale)
    ]
    return f"Also asked for: {listed(asked)}." if asked else ""
