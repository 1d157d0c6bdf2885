"""The scripts in which each language is written, as `recpol.base.scripts` names them.

Which those are is of Unicode's CLDR (likely subtags), for the languages of the lists of locales alone.
"""

from __future__ import annotations

LATIN = "LATIN"

_LATIN = "az ca hr cs da nl en et fil fi fr de hu is id it ms mt nb lv lt pl pt ro sk sl es sv tr uz vi cy af ga gd"
_OTHERS = {
    "ru uk": "CYRILLIC",
    "el": "GREEK",
    "ar arb fa": "ARABIC",
    "he": "HEBREW",
    "hi": "DEVANAGARI",
    "ta": "TAMIL",
    "te": "TELUGU",
    "th": "THAI",
    "ka": "GEORGIAN",
    "ko": "HANGUL CJK",
    "ja": "HIRAGANA KATAKANA CJK",
    "zh cmn yue": "CJK",
}

SCRIPTS_OF = {
    language: frozenset(scripts.split())
    for languages, scripts in {_LATIN: LATIN, **_OTHERS}.items()
    for language in languages.split()
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
