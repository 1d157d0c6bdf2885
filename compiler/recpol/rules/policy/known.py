"""What the compiler knows of a written value, and where it stands.

Invariant: a part that is known only later (`env`, `call`, or a variable without a value) is left out, so a rule that
judges what is left is right whatever the missing part turns out to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from recpol.analysis.program import Program
from recpol.analysis.steps import Handler, Step
from recpol.base.nearest import KnownWords, nearest
from recpol.base.placeholder import BadPlaceholder, Placeholder
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.syntax import tree


class Known(Record):
    """A part of a string whose characters are known; `literal` is true where they stand in the policy as they are."""

    text: str
    whole: tree.Text
    start: int
    end: int
    literal: bool

    def span(self, start: int, end: int) -> Span:
        """Where the characters `start` up to `end` of the part are written: the placeholder where it brought them."""
        if self.literal:
            return self.whole.part(self.start + start, self.start + end)
        return self.whole.part(self.start, self.end)


def known(program: Program, text: tree.Text) -> Iterator[Known]:
    """The parts of a string that the compiler knows, in order."""
    at = 0
    for piece in text.pieces:
        if isinstance(piece, str):
            yield Known(piece, text, at, at + len(piece), literal=True)
            at += len(piece)
            continue
        value = program.variable(piece) if isinstance(piece, Placeholder) else None
        if value is not None:
            yield Known(value, text, piece.start, piece.end, literal=False)
        at = piece.end


@lru_cache(maxsize=2)  # rules ask for those of the same program one after the other
def placeholders(program: Program) -> tuple[tuple[tree.Text, Placeholder | BadPlaceholder], ...]:
    """Everything in the strings of a policy that stands between double braces, with its string."""
    return tuple((text, piece) for text in program.texts for piece in text.pieces if not isinstance(piece, str))


def first_match(program: Program, text: tree.Text, pattern: re.Pattern[str]) -> tuple[str, Span] | None:
    """The first match in the known parts of a string, and where it is written."""
    plain = text.plain
    if plain is not None and pattern.search(plain) is None:
        return None
    for part in known(program, text):
        found = pattern.search(part.text)
        if found is not None:
            return found.group(), part.span(found.start(), found.end())
    return None


def length(program: Program, text: tree.Text) -> int:
    """How many characters a string has at least."""
    plain = text.plain
    if plain is not None:
        return len(plain)
    values = (program.variable(one) if isinstance(one, Placeholder) else one for one in text.pieces)
    return sum(len(value) for value in values if isinstance(value, str))


def size(program: Program, text: tree.Text) -> int:
    """How many bytes a string has at least, in UTF-8."""
    return sum(len(part.text.encode("utf-8", "surrogatepass")) for part in known(program, text))


def beyond(program: Program, text: tree.Text, limit: int) -> Span | None:
    """The part of a string that is over a limit of characters; the whole string where placeholders move it."""
    if length(program, text) <= limit:
        return None
    if all(isinstance(piece, str) for piece in text.pieces):
        return text.part(limit, len(text.value))
    return text.span


def written(program: Program, value: tree.Value) -> str | None:
    """A value as the output has it; None where part of it is known only later."""
    return program.constant(value) if isinstance(value, tree.Text) else value.span.text


def unread(program: Program, handler: Handler) -> bool:
    """Whether some of a handler's text could not be read, or was swallowed by a string without an end."""
    span = handler.node.span
    problems = chain(program.parsed.problems, *(used.problems for used in program.imports))
    inside = (problem.span for problem in problems if problem.span.source is span.source)
    return handler.broken or any(span.start <= problem.start < span.end for problem in inside)


@lru_cache(maxsize=2)
def connects(program: Program) -> tuple[tuple[Step, tree.Connect], ...]:
    """Every connect of a policy."""
    return tuple((step, body) for step, body in dialled(program) if isinstance(body, tree.Connect))


@lru_cache(maxsize=2)
def dialled(program: Program) -> tuple[tuple[Step, tree.Dialled], ...]:
    """Every connect of a policy, and every `call`: what names somebody to call."""
    return tuple((step, step.body) for step in program.steps if isinstance(step.body, tree.Dialled))


def dials(body: tree.Dialled) -> str:
    """The words with which somebody is called: `connect sip`, `call sip`."""
    return f"{'call' if isinstance(body, tree.Call) else 'connect'} {body.kind.text}"


def did_you_mean(word: str, candidates: Iterable[str] | KnownWords, otherwise: str) -> str:
    """The help for an unknown word: the closest one, or else `otherwise`."""
    close = nearest(word, candidates)
    return f"did you mean `{close}`?" if close else otherwise


def shorter(count: int) -> str:
    """What is to be done with a text that has so many characters too many."""
    return f"make it {count} character{'s' if count != 1 else ''} shorter"


def either(words: Iterable[str]) -> str:
    """Words in backquotes, joined by commas and `or`."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]
