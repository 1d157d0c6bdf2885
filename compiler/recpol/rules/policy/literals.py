"""Rules about what is written in strings and numbers, whatever they are for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from recpol.analysis.answering import answered_numbers
from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.base.pattern import pattern
from recpol.rules.edits import write
from recpol.rules.rule import rule

LONGEST = 9
"""How many digits a number may have."""

_COUNTED = ("INT", "QUANTITY")
"""The terminals that begin with a number."""

_CONTROL = pattern(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@rule("error", binding=True)
def bad_escape(program: Program) -> Iterator[Finding]:
    r"""A backslash in a string that starts no known escape.

    The escapes are `\"`, `\\`, `\n` and `\u{…}` with a code point in hexadecimal.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "C:\temp" hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "C:\\temp" hangup }
    ```
    """
    for text in program.texts:
        for escape in text.bad_escapes:
            yield Finding(
                f"`{escape.text}` is not an escape",
                escape.span,
                help=r"write `\\` for a backslash; the others are `\"`, `\n` and `\u{…}`",
                fixes=write(escape.span, f"\\{escape.text}", title=r"write `\\` for a backslash", safe=True),
            )


@rule("error", binding=True)
def control_character(program: Program) -> Iterator[Finding]:
    r"""A control character in a string.

    Nobody hears it, JSON readers stumble over it, and a terminal may obey it. Line breaks (`\n`) and tabs are allowed.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "Ring\u{7} ring" hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "Ring ring" hangup }
    ```
    """
    for text in program.texts:
        found = _CONTROL.search(text.value)
        if found is not None:
            code = f"U+{ord(found.group()):04X}"
            yield Finding(f"the text holds the control character {code}", text.part(*found.span()), help="delete it")


@rule("error", binding=True)
def number_too_long(program: Program) -> Iterator[Finding]:
    """A number of more than nine digits.

    No duration, count or length of a call comes near it, and the platform's whole numbers end about there.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Your number." digits 99999999999 -> done } }
    on pie done { hangup }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { answer menu { prompt "Your number." digits 11 -> done } }
    on pie done { hangup }
    on pie otherwise { hangup }
    ```
    """
    source = program.source
    if not [start for kind, start, end in program.parsed.tokens if end - start > LONGEST and kind in _COUNTED]:
        return
    answers = {line.span.start for line in answered_numbers(program)}
    unread = {problem.span.begin.line for problem in program.parsed.problems if problem.span.source is source}
    words = ["", "", *(source.text[start:end] for _, start, end in program.parsed.tokens)]
    for (terminal, start, end), (kind, before) in zip(program.parsed.tokens, itertools.pairwise(words), strict=False):
        text = source.text[start:end] if terminal in _COUNTED else ""
        digits = len(text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        # Other rules explain telephone numbers without a `+`, and calls that are to last too long.
        called = kind == "connect" or before in ("cli", "max-duration") or start in answers
        if digits > LONGEST and not called and source.span(start, end).begin.line not in unread:
            yield Finding(
                f"a number of {digits:,} digits",
                source.span(start, end),
                help=f"write at most {LONGEST} digits",
            )
