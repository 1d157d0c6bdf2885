r"""Texts to texts that steer nothing that reads them: one way for each kind of output.

Whatever is printed may hold words of a stranger's file: names, texts, reasons, values. On its way out it goes through
one of these functions, whoever made it. What they write is seen: `\u{…}` as policies write a character, or the escape
that JSON and XML have for it. Markdown has its own way (`recpol.explain.markdown`), and so have workflow commands
(`recpol.report.github`).

Invariant: no control, bidirectional or invisible character is left, but for line breaks, tabs and colours that were
asked for; no line is a command to a build service. A text without these stays as it is.
"""

from __future__ import annotations

import json
import re

_HIDDEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff"
)
_UNCOLORED = re.compile(f"[{_HIDDEN}]|\r(?!\n)")
_COLORED = re.compile(f"(?!\x1b\\[[0-9;]{{0,20}}m)[{_HIDDEN}]|\r(?!\n)")
_INLINE_COMMAND = re.compile(r"##(?=\[|vso\[)")
"""Azure and older runners take `##[…]` and `##vso[…]` for commands, wherever they stand in a line."""


def lines(text: str, *, colored: bool = False) -> str:
    """A text for a terminal or the log of a build; `colored` keeps colours."""
    if not (text.isascii() and text.isprintable()):
        text = (_COLORED if colored else _UNCOLORED).sub(lambda found: _shown(found[0]), text)
    text = _no_commands(text, "\\u{3a}")
    return _INLINE_COMMAND.sub(r"#\\u{23}", text) if "##" in text else text


def json_text(text: str) -> str:
    """A text that is JSON: what it says stays the same."""
    text = _UNCOLORED.sub(lambda found: json.dumps(found[0])[1:-1], text)
    return _INLINE_COMMAND.sub(r"#\\u0023", text) if "##" in text else text


def xml_text(text: str) -> str:
    """A text that is XML, without characters that XML cannot have: what it says stays the same."""
    text = _UNCOLORED.sub(lambda found: f"&#{ord(found[0])};", text)
    text = _no_commands(text, "&#58;")
    return _INLINE_COMMAND.sub("#&#35;", text) if "##" in text else text


def cell(text: str) -> str:
    """A text as one cell of CSV: no spreadsheet takes it for a formula."""
    shown = lines(text).replace("\n", " ")
    return f"'{shown}" if shown[:1] in ("=", "+", "-", "@", "\t", "\r") else shown


def commands(text: str) -> str:
    """A text of commands to GitHub, without commands to other services in what they say."""
    return _INLINE_COMMAND.sub(r"#\\u{23}", text)


def _no_commands(text: str, colon: str) -> str:
    """A text in which no line is a command to GitHub: `::` and a word, whatever blanks stand before it."""
    if "::" not in text:
        return text
    written: list[str] = []
    for line in text.split("\n"):
        bare = line.lstrip()
        command = bare.startswith("::") and bare[2:3].isalpha()
        written.append(f"{line[: len(line) - len(bare)]}:{colon}{bare[2:]}" if command else line)
    return "\n".join(written)


def _shown(char: str) -> str:
    return f"\\u{{{ord(char):x}}}"
