"""The scripts in which each language is written, as `recpol.base.scripts` names them.

Which those are is of Unicode's CLDR (likely subtags), for the languages of the lists of locales alone.
"""

from __future__ import annotations

LATIN = "LATIN"

_OTHERS = {
    "CYRILLIC": "ru uk",
    "GREEK": "el",
    "ARABIC": "ar arb fa",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
    "GEORGIAN": "ka",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "ja ko zh cmn yue",
}
_LATIN = "az ca hr cs da nl en et fil fi fr de hu is id it ms mt nb lv lt pl pt ro sk sl es sv tr uz vi cy af ga gd"

SCRIPTS_OF = {
    language: frozenset(script for script, languages in _OTHERS.items() if language in languages.split())
    or frozenset((LATIN,))
    for language in " ".join((_LATIN, *_OTHERS.values())).split()
}
"""The scripts of each language."""

SPOKEN_IN = {
    "CYRILLIC": "ru-RU",
    "GREEK": "el-GR",
    "ARABIC": "arb",
    "DEVANAGARI": "hi-IN",
    "THAI": "th-TH",
    "GEORGIAN": "ka-GE",
    "HANGUL": "ko-KR",
    "HIRAGANA": "ja-JP",
    "KATAKANA": "ja-JP",
    "CJK": "cmn-CN",
}
"""A locale of the platform for texts of each script."""
