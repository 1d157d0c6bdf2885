"""Rules about the names of the files that recordings get, and of several recordings of one call."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.base.pattern import pattern
from recpol.base.placeholder import BadPlaceholder, Placeholder
from recpol.platform.locales import FORMATS, READ_FORMATS
from recpol.platform.payload import is_per_call
from recpol.platform.sources import RECORDING_PAGE
from recpol.platform.storage import FILE_NAME
from recpol.rules.edits import write
from recpol.rules.notation import Notation, OneName
from recpol.rules.policy.destination import destinations
from recpol.rules.policy.places import head
from recpol.rules.policy.storage import ill_formed, without_part
from recpol.rules.rule import VALUES_OF_ALL, shared_rule
from recpol.syntax import tree

_EXTENSION = pattern(r"\.([A-Za-z0-9]{1,5})\Z")
_AUDIO = frozenset("mp3 wav wave ogg oga opus aac m4a mp4 flac aif aiff gsm wma".split())  # noqa: SIM905  it reads better


@shared_rule("warning", covers=("R01", "R02"), lifted=("v1", "v2"))
def fixed_file_name(program: Program, say: Notation) -> Iterator[Finding]:
    """A URL with a file name that is the same for every call: each recording overwrites the last.

    The platform does not look whether the file exists (Recording page). Where the URL ends with `/`, or names a bucket
    alone, it makes a name of its own for each recording, with the date and the call's id. Of Voice API v2 no source
    says whether it looks.

    Whether a last part without an extension, as in `s3://bucket/desk`, is a folder or a file is not documented. That is
    reported as information.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/call.mp3" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```

    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/{{ call.callid }}.mp3" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for _, at in destinations(program):
        if at.storage is None or at.file is None or ill_formed(at, at.storage, say) is not None:
            continue
        fields = _fields(program, at.written.node)
        if fields is None or any(map(is_per_call, fields)) or _given(at.written.node):
            continue
        named = _EXTENSION.search(at.file.text) is not None or not at.storage.folders
        if not named and at.file.known:
            yield Finding(
                f"whether `{at.file.text}` is a folder or a file is not documented",
                at.file.span,
                why=say.one_name.as_file,
                help=f"end the URL with `/` if it is a folder: `{at.file.text}/`",
                severity="info",
                fixes=write(at.file.span, f"{at.file.span.text}/", title="end the URL with `/`"),
            )
        elif named:
            yield Finding(
                _overwritten(fields, say.one_name),
                at.file.span,
                why=say.one_name.why,
                help=f"leave it out, and the platform makes {say.one_name.own} for each recording",
                fixes=without_part(at.file, "leave it out", safe=not fields),
            )


def _fields(program: Program, url: tree.Text) -> list[str] | None:
    """The callback fields in a URL; None where some of it is not understood."""
    found: list[str] = []
    for piece in url.pieces:
        if isinstance(piece, BadPlaceholder) or (
            isinstance(piece, Placeholder) and piece.scope == "var" and not program.variable(piece)
        ):
            return None
        if isinstance(piece, Placeholder) and piece.scope == "call":
            found.append(piece.name)
    return found


def _overwritten(fields: list[str], say: OneName) -> str:
    if not fields:
        return f"every recording gets this file name and {say.overwrites} the last"
    same = " and ".join(f"`{field}`" for field in dict.fromkeys(fields))
    return f"calls with the same {same} {say.overwrite} each other's recordings"


@shared_rule("warning")
def second_recording(program: Program, say: Notation) -> Iterator[Finding]:
    """Two recordings of one call that get one name: the second overwrites the first.

    The platform does not look whether a file exists (Recording page). A recording that is stopped and started again is
    a new one, also where a phase is left out; a name with the call's id in it is the same for both. So is one with
    `call.timestamp` in it where both begin in one reply, which is filled from one callback, and in a phase, which is
    filled with what the backend remembers. Where the URL ends with `/` the platform makes a name of its own for each
    recording.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/desk/{{ call.callid }}.mp3" credentials env S3_CREDENTIALS }
    on ice { answer agent: connect pstn +46850020000 { phase card } }
    record agent except card
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { answer agent: connect pstn +46850020000 { phase card } }
    record agent except card
    ```
    """
    if program.partial or not _names_files(program):
        return
    from recpol.prove.overwritten import second_recordings

    places = {store.name.text: at for store, at in destinations(program)}
    for second in second_recordings(program):
        at = places.get(second.store)
        if second.doubt or at is None or at.file is None or not _tells_calls_apart(at.written.node):
            continue  # a name that all calls have is found by fixed-file-name
        yield Finding(
            f"two recordings of one call get the name `{second.name}`: the second overwrites the first",
            at.file.span,
            notes=(Note(head(second.step), "a second recording begins here, or when this ends"),),
            why=f"the platform does not check whether the file exists ({RECORDING_PAGE})",
            help=f"leave the name out, and the platform makes `{FILE_NAME}` for each recording",
            fixes=write(at.file.span, "", title="leave the name out"),
        )


def _names_files(program: Program) -> bool:
    """Whether some store's URL may name a file: few do, and the rest is not worth loading for them."""
    urls = (store.field("url") for store in program.names.stores.values())
    texts = (url.value.value.lower() for url in urls if url is not None and isinstance(url.value, tree.Text))
    return any(text.endswith((".mp3", ".wav", "}}")) for text in texts)


def _tells_calls_apart(url: tree.Text) -> bool:
    called = [piece for piece in url.pieces if isinstance(piece, Placeholder) and piece.scope == "call"]
    return any(is_per_call(piece.name) for piece in called) or _given(url)


def _given(url: tree.Text) -> bool:
    """Whether the backend gives a part of a URL for each call that it begins."""
    return any(isinstance(piece, Placeholder) and piece.scope == "start" for piece in url.pieces)


@shared_rule("warning", covers=("R19",), lifted=VALUES_OF_ALL)
def extension_mismatch(program: Program, say: Notation) -> Iterator[Finding]:
    """A file name whose extension is not the format of the recording.

    The platform stores the file under the name it is given. Without a `format` the recording is mp3 (Recording page).

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/{{ call.callid }}.wav" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/{{ call.callid }}.mp3" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for store, at in destinations(program):
        found = _EXTENSION.search(at.file.text) if at.file is not None else None
        if found is None or found[1].lower() not in _AUDIO:
            continue
        field = store.field("format")
        format_ = field.value.text if field is not None and isinstance(field.value, tree.Word) else FORMATS[0]
        if format_ in READ_FORMATS and found[1].lower() != format_:
            end = len(at.written.text)
            place = at.written.part(end - len(found[1]), end)
            notes = () if field is None else (Note(field.value.span, "the format"),)
            title, literal = f"write `.{format_}`", place.span.text == place.text
            yield Finding(
                f"the file is called `.{found[1]}`, but the recording is {format_}",
                place.span,
                notes=notes,
                why="" if field else f"a recording without a `format` is {format_} ({say.credentials_source})",
                help=title,
                fixes=write(place.span, format_, title=title, safe=True) if literal else (),
            )
