"""Rules about several recordings of one call, and the names of their files."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Note
from recpol.base.placeholder import Placeholder
from recpol.platform.sources import RECORDING_PAGE
from recpol.platform.storage import FILE_NAME
from recpol.rules.edits import write
from recpol.rules.notation import Notation
from recpol.rules.policy.destination import destinations
from recpol.rules.policy.places import head
from recpol.rules.policy.storage import PER_CALL
from recpol.rules.rule import shared_rule
from recpol.syntax import tree


@shared_rule("warning")
def second_recording(program: Program, say: Notation) -> Iterator[Finding]:
    """Two recordings of one call that get one name: the second overwrites the first.

    The platform does not look whether a file exists (Recording page). A recording that is stopped and started again is
    a new one, also where a phase is left out; a name with the call's id in it is the same for both. Where the URL ends
    with `/` the platform makes a name of its own for each recording.

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
        if at is None or at.file is None or not _tells_calls_apart(at.written.node):
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
    return any(piece.name.partition(".")[0] in PER_CALL for piece in called)
