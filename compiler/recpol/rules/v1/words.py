"""The words of shared findings for somebody who has a JSON document and no policy.

Invariant: after `in_json` no text of a finding tells its reader to write the policy language; the tests look for that.
"""

from __future__ import annotations

import re
from dataclasses import replace

from recpol.base.finding import Finding

_WORDS: tuple[tuple[str, str], ...] = (
    # recordings and their stores
    (r"the store `[^`]*` has", "the recording has"),
    (r"add a line `credentials env NAME`", 'add `"credentials": "{{ env.NAME }}"`, and let the backend fill it in'),
    (r"delete it, and write `credentials env NAME` in the store", "delete it, and use `credentials`"),
    (r"`credentials env NAME`", "`{{ env.NAME }}`"),
    (r"delete the line", "delete `credentials`"),
    (r"is written in the policy", "is written in the document"),
    (
        r"who can read the policy or its output can use it",
        "who can read this file, or the replies to callbacks, can use it",
    ),
    (r"nothing inside this `record` can be heard", "nothing can be heard while this recording runs"),
    (
        r"put what is to be recorded inside the braces, or delete the block",
        "start it before what is to be recorded, or delete it",
    ),
    (
        r"record the app call alone, with `record` around the `connect app` only",
        "record the app call alone, by the flag on `ConnectMxp`",
    ),
    (r", then allow this finding with the result as the reason", ", then set the rule to `off` in `recpol.yaml`"),
    # prompts and locales
    (r"`answer`", "`Answer`"),
    (r"several `say`", "several `Say`"),
    (r"use `say` to", "use `Say` to"),
    (r"or the address alone", "or the address"),
    (r"a text in `say` or `ssml`", "a text in `#tts[…]` or `#ssml[…]`"),
    (
        r"add a default to the policy, for example `locale en-GB`(, or `in en-GB` to single prompts)?",
        'add `"locale": "en-GB"`',
    ),
    # replies together
    (r"delete `suppress-callbacks`", "leave `suppressCallbacks` out"),
    (r"record and announce in `on ice` instead", "record and announce in the reply to ICE instead"),
    (r"no call reaches `on (\w+)( [^`]*)?`", r"this reply is never asked for"),
    (r"let a menu go there: `[^`]*`", "lead to it from a menu in the reply to ICE, or delete it"),
    # menus
    (r"add lines such as `key 1 -> NAME`, or `digits 4 -> NAME`", "add `options`, or `maxDigits`"),
    (r"there is no menu `([^`]*)` in this block", r"there is no menu `\1` in this `RunMenu`"),
    (r"add `menu ([^`]*) \{ … \}` to this block", r'add a menu with `"id": "\1"`'),
    (r"write `-> ([^`]*)` to return to the backend, which answers with `on pie [^`]*`", r"write `return(\1)`"),
    (r"write `key \S+ -> menu ([^`]*)`", r"write `menu(\1)` as the action of a key"),
    (r"the block that it belongs to", "the `RunMenu` that it belongs to"),
    (r"this returns to the backend, which answers `on pie [^`]*`", "this returns to the backend"),
    (r"write `digits (\d+) -> …` to", r"write `maxDigits` to"),
    (r'write one of `0` to `9`, `\*` or `"#"`', "write one of `0` to `9`, `*` or `#`"),
    (r"a second `key ([^`]*)`", r"a second option for the key `\1`"),
    # connects
    (r"write for example `connect sip \"([^`]*)\"`", r"write for example `\1`"),
    (r"write for example `connect stream \"([^`]*)\"`", r"write for example `\1`"),
    (r"`connect sip`", "`ConnectSip`"),
    (r"`connect pstn`", "`ConnectPstn`"),
)
_PATTERNS = tuple((re.compile(old), new) for old, new in _WORDS)


def in_json(finding: Finding) -> Finding:
    """A finding of a shared rule, told in the words of documents."""
    notes = tuple(replace(note, text=_told(note.text)) for note in finding.notes)
    return replace(
        finding, message=_told(finding.message), why=_told(finding.why), help=_told(finding.help), notes=notes
    )


def _told(text: str) -> str:
    for old, new in _PATTERNS:
        text = old.sub(new, text)
    return text
