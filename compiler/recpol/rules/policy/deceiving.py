"""Rules about texts that read otherwise than they are: hidden changes of direction, and letters that look alike."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Edit, Finding, Fix
from recpol.base.source import Span
from recpol.rules.rule import rule

_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_WORD = re.compile(r"[^\W\d_]+")
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
"""Scripts that have letters of the same shape."""


@rule("error")
def bidirectional_control(program: Program) -> Iterator[Finding]:
    """A character in a string or comment that turns the direction of writing, and is not seen.

    What follows it is shown in another order than it stands in the file, so that a reviewer reads another policy than
    the one that is compiled (Trojan Source, CVE-2021-42574). Unicode has nine of them, U+202A to U+202E and U+2066 to
    U+2069. Texts in Arabic or Hebrew need none: the letters themselves have a direction. Where one is meant in a
    string, `\\u{202e}` says so for everybody to see. Below, the character itself is shown as its code.

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
        found = list(_TURNS.finditer(span.text)) if not span.text.isascii() else []
        if found:
            yield _turned(span, [(span.start + one.start(), one[0]) for one in found], string=string)


def _turned(span: Span, found: list[tuple[int, str]], *, string: bool) -> Finding:
    first, source = found[0], span.source
    written = {char: f"\\u{{{ord(char):x}}}" if string else "" for _, char in found}
    edits = tuple(Edit(source.span(at, at + 1), written[char]) for at, char in found)
    title = f"write {'it' if len(found) == 1 else 'them'} as `\\u{{…}}`" if string else "delete what is not seen"
    return Finding(
        f"U+{ord(first[1]):04X} changes the direction of what follows, and is not seen",
        source.span(first[0], first[0] + 1),
        why="a reader sees another order of characters than there is (Trojan Source, CVE-2021-42574)",
        help=f"write `{written[first[1]]}`, or delete it" if string else "delete it",
        fixes=(Fix(title, edits, safe=True),),
    )


@rule("warning")
def mixed_scripts(program: Program) -> Iterator[Finding]:
    r"""A word in a string whose letters come from alphabets that look alike.

    A Cyrillic `а` is no Latin `a`, and nobody sees the difference: an address, a file or a bucket with one in it is
    another one (Unicode Technical Report 36). A voice may stumble over it as well. Latin, Cyrillic, Greek, Armenian,
    Cherokee and Coptic letters are told apart, as Unicode names them.

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
        if text.span.text.isascii():
            continue
        for word in _WORD.finditer(text.span.text):
            odd = _odd(word[0])
            if odd is not None:
                at = text.span.start + word.start()
                yield Finding(
                    f"`{word[0]}` mixes letters of {odd}",
                    text.span.source.span(at, at + len(word[0])),
                    why="they look alike and are not the same (Unicode Technical Report 36)",
                    help="write the word in one alphabet",
                )
                break


def _odd(word: str) -> str | None:
    """The scripts of a word and the letters of the rarer one; None where it has one."""
    if word.isascii():
        return None
    from unicodedata import name

    scripts: dict[str, list[str]] = {}
    for char in word:
        script = name(char, "").partition(" ")[0]
        if script in _ALIKE:
            scripts.setdefault(script, []).append(char)
    if len(scripts) < 2:
        return None
    rare = min(scripts, key=lambda script: len(scripts[script]))
    codes = ", ".join(f"U+{ord(char):04X}" for char in list(dict.fromkeys(scripts[rare]))[:3])
    return f"{' and '.join(script.capitalize() for script in sorted(scripts))}: {codes}"
