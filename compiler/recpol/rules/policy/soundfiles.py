"""Rules about sound files: where the platform finds them, and what is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.pattern import pattern
from recpol.base.source import Span
from recpol.platform.sources import CALLBACK_PAGE, IVR_PAGE
from recpol.rules.notation import Notation
from recpol.rules.policy.destination import LATER, known_text
from recpol.rules.policy.speech import files
from recpol.rules.rule import VALUES, shared_rule
from recpol.syntax import tree

_SCHEME = pattern(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WEB = pattern(r"https?://[^/?#\s]+(?:[/?#]\S*)?\Z", re.IGNORECASE)


@shared_rule("error", binding=True, lifted=VALUES)
def bad_file_url(program: Program, say: Notation) -> Iterator[Finding]:
    """A sound file that the platform cannot fetch.

    A file is an address that begins with `http://` or `https://`, or the id of a recording that was uploaded to the
    platform (IVR page).

    Wrong:
    ```recpol
    policy desk
    on ice { answer play "s3://acme-sounds/welcome.mp3" connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { answer play "https://acme.example/welcome.mp3" connect pstn +46850020000 }
    ```
    """
    why = (
        f"the platform fetches sound files over HTTP or HTTPS; anything else is the id of an uploaded one ({IVR_PAGE})"
    )
    for file, _ in files(program):
        address = program.constant(file)
        begun = known_text(program, file).partition(LATER)[0]
        scheme = _SCHEME.match(begun)
        if address is not None and not address.strip():
            yield Finding("no file is named here", file.span, why=why, help="write its address: `https://…`")
        elif begun.startswith("#"):
            why = f"`#tts[…]`, `#ssml[…]` and `#href[…]` are how prompts are written for the platform ({CALLBACK_PAGE})"
            yield Finding("a file cannot begin with `#`", _first(file, "#"), why=why, help=say.listed_text)
        elif scheme is not None and scheme[1].lower() not in ("http", "https"):
            message = f"the platform cannot fetch from `{scheme[1]}:`"
            yield Finding(message, _first(file, scheme[0]), why=why, help="put the file on a web server")
        elif address is not None and scheme is not None and not _WEB.match(address):
            help_ = "write the address in full and without spaces: `https://host/file.mp3`"
            yield Finding(f"`{address}` is not a web address", file.span, why=why, help=help_)


def _first(file: tree.Text, begun: str) -> Span:
    """Where the text that a file begins with is written; all of the file where a variable brings it."""
    return file.part(0, len(begun)) if file.value.startswith(begun) else file.span


@shared_rule("warning", lifted=VALUES)
def relative_file(program: Program, say: Notation) -> Iterator[Finding]:
    """A sound file that looks like an address without its `https://`.

    What does not begin with `http://` or `https://` is taken for the id of a recording that was uploaded to the
    platform (IVR page).

    Wrong:
    ```recpol
    policy desk
    on ice { answer play "acme.example/welcome.mp3" connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { answer play "welcome" connect pstn +46850020000 }
    ```
    """
    for file, _ in files(program):
        address = program.constant(file)
        sentence = address is not None and len(address.split()) > 1
        if address is not None and "/" in address and address[0] != "#" and not _SCHEME.match(address) and not sentence:
            yield Finding(
                f"`{address}` is taken for the id of an uploaded file",
                file.span,
                why=f"a file on the web begins with `http://` or `https://` ({IVR_PAGE})",
                help="write its whole address, beginning with `https://`",
            )


def is_address(written: str) -> bool:
    """Whether a text is the address of a file on the web."""
    return _WEB.match(written) is not None


def is_sentence(written: str) -> bool:
    """Whether what stands in the place of a file is a text to be read: no id of an uploaded file has blanks in it."""
    words = len(written.split()) > 1 and any(letter.isalpha() for letter in written)
    return words and not _SCHEME.match(written) and "[" not in written and written[0] != "#"


@shared_rule("error", binding=True, lifted=VALUES)
def text_as_file(program: Program, say: Notation) -> Iterator[Finding]:
    """A sentence where a sound file stands.

    What is no address and no `#tts[…]` is taken for the id of a recording that was uploaded to the platform (IVR page).
    No id has blanks in it, so nothing is heard, and an announcement is not made.

    Wrong:
    ```recpol
    policy desk
    on ice { answer play "This call is recorded." connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "This call is recorded." connect pstn +46850020000 }
    ```
    """
    for file, _ in files(program):
        written = program.constant(file)
        if written is not None and is_sentence(written):
            yield Finding(
                "a sentence where a sound file stands: nothing is heard",
                file.span,
                why=f"what is no address is taken for the id of an uploaded file ({IVR_PAGE})",
                help=say.spoken_instead,
            )
