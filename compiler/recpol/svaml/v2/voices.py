"""The voices of a document to those of a policy: one without a locale, and one for each further locale.

Invariant: a text gets the voice again that it had; a voice of which nobody knows the locale is lost.
"""

from __future__ import annotations

from recpol.base.jsontree import JsonScalar
from recpol.base.source import Span
from recpol.platform.v2.voices import locale_of_voice
from recpol.svaml.values import Unsupported
from recpol.syntax import tree


class Voices:
    """Collects the voices of a document."""

    def __init__(self, lost: list[Unsupported]) -> None:
        self.lost = lost
        self.first: str | None = None
        self.others: dict[str, str] = {}

    def locale_of(self, voice: JsonScalar) -> tree.Word | None:
        """The locale that is written beside the texts of a voice: none for the first, which is that of the policy."""
        self.first = self.first or voice.text
        if voice.text == self.first:
            return None
        locale = locale_of_voice(voice.text)
        if locale is None or self.others.setdefault(locale, voice.text) != voice.text:
            self.lost.append(Unsupported(voice.inside, "a second voice, without the language that it is for"))
            return None
        return tree.Word(locale, voice.inside)

    def statements(self, at: Span) -> tuple[tree.Default, ...]:
        """The declarations of the voices."""
        plain = () if self.first is None else (tree.Default("voice", tree.Word(self.first, at), None, at),)
        others = self.others.items()
        return plain + tuple(
            tree.Default("voice", tree.Word(name, at), tree.Word(locale, at), at) for locale, name in others
        )
