"""How replies spell the names of instructions and actions: `StopRecording`, or `stopRecording` as the API of today."""

from __future__ import annotations

from collections.abc import Iterable

from recpol.platform.targets import CLASSIC, SVAML1, Target
from recpol.svaml.document import DocumentReply


def target_of(replies: Iterable[DocumentReply]) -> Target:
    """The target whose dialect replies are written in: the current one where all names begin with a small letter.

    The platform of today is said to read both; what demands more of the current one must not be held against the other.
    """
    names = [part.name for reply in replies for part in reply.parts]
    return SVAML1 if names and all(name is not None and name.text[:1].islower() for name in names) else CLASSIC


def spelled(name: str, replies: Iterable[DocumentReply]) -> str:
    """The name of an instruction or action as replies spell such names."""
    return spelled_for(name, target_of(replies))


def spelled_for(name: str, target: Target) -> str:
    """The name of an instruction or action as the documents of a target spell it."""
    return spelled_now(name) if small_letters(target) else name


def small_letters(target: Target) -> bool:
    """Whether the names of instructions and actions begin with a small letter in the documents of a target."""
    return target is SVAML1


def spelled_now(name: str) -> str:
    """The name of an instruction or action as the current API spells it."""
    return name[:1].lower() + name[1:]
