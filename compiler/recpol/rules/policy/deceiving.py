"""Rules about texts that read otherwise than they are: hidden changes of direction, and letters that look alike."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.deceiving import TURNS, WHY_MIXED, WHY_TURNED, mixed_words, turned
from recpol.base.finding import Edit, Finding, Fix
from recpol.base.source import Span
from recpol.rules.rule import rule


@rule("error")
def bidirectional_control(program: Program) -> Iterator[Finding]:
    """A character in a string or comment that turns the direction of writing, and is not seen.

    What follows it is shown in another order than it stands in the file, so that a reviewer reads another policy than
    the one that is compiled (Trojan Source, CVE-2021-42574). Unicode has nine of them, U+202A to U+202E and U+2066 to
    U+2069. Texts in Arabic or Hebrew need none: the letters themselves have a direction. Where one is meant in a
    string, `\\u{202e}` says so for everybody to see, and `\\u202e` in JSON, where one in a text that is spoken is a
    warning. In `recpol.yaml` and in tests it is refused. Below, the character itself is shown as its code.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "Welcome." hangup }  # \u202edrocer
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "Welcome." hangup }  # record
    ```
    """  # noqa: D301  the escape is carried out: the character itself must not stand in this file
    places = [(text.span, True) for text in program.texts]
    comments = (*program.parsed.comments, *(comment for used in program.imports for comment in used.comments))
    places += [(comment, False) for comment in comments]
    for span, string in places:
        found = list(TURNS.finditer(span.text)) if not span.text.isascii() else []
        if found:
            yield _turned(span, [(span.start + one.start(), one[0]) for one in found], string=string)


def _turned(span: Span, found: list[tuple[int, str]], *, string: bool) -> Finding:
    first, source = found[0], span.source
    written = {char: f"\\u{{{ord(char):x}}}" if string else "" for _, char in found}
    edits = tuple(Edit(source.span(at, at + 1), written[char]) for at, char in found)
    title = f"write {'it' if len(found) == 1 else 'them'} as `\\u{{…}}`" if string else "delete what is not seen"
    return Finding(
        turned(first[1]),
        source.span(first[0], first[0] + 1),
        why=WHY_TURNED,
        help=f"write `{written[first[1]]}`, or delete it" if string else "delete it",
        fixes=(Fix(title, edits, safe=True),),
    )


@rule("warning")
def mixed_scripts(program: Program) -> Iterator[Finding]:
    r"""A word in a string whose letters come from alphabets that look alike.

    A Cyrillic `а` is no Latin `a`, and nobody sees the difference: an address, a file or a bucket with one in it is
    another one (Unicode Technical Report 36). A voice may stumble over it as well. Latin, Cyrillic, Greek, Armenian,
    Cherokee and Coptic letters are told apart, as Unicode names them. Of JSON the keys and the values that are not
    spoken are looked at, and in `recpol.yaml` and tests names, patterns and addresses, where such a word is refused.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "Welcome to Аcme." hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "Welcome to Acme." hangup }
    ```
    """
    for text in program.texts:
        word = next(mixed_words(text.span.text), None)
        if word is not None:
            place = text.span.source.span(text.span.start + word.start, text.span.start + word.end)
            yield Finding(word.message, place, why=WHY_MIXED, help="write the word in one alphabet")
