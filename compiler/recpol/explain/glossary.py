"""The words that an explanation cannot do without, each in a sentence for somebody from outside telephony.

Invariant: only words that occur in the explanation are explained.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from recpol.explain.model import Term

_WORDS = {
    "platform": "Sinch's voice service: it carries the calls, asks the backend what to do, and makes the recordings.",
    "backend": "Your own program, which answers the platform's questions during a call with the replies made from this "
    "policy.",
    "callee": "Whoever is called, as opposed to the caller.",
    "stage": "What happens in a call between one event and the next; each has a number here.",
    "store": "A place where recordings are kept.",
    "phase": "A stretch of a conversation that begins and ends when the backend says so, by sending a request.",
    "parked": "Waiting on the platform, with announcements or music, until the backend says how the call goes on.",
    "leg": "One party's part of a call: the caller has one, and the callee another.",
    "conference": "A room that several calls are in at once; everybody in it hears everybody else.",
    "SIP": "The way in which telephone systems call each other over the internet.",
    "SSML": "A way of writing how a text is to be spoken.",
    "UTC": "World time, without summer time.",
    "ICE": "The platform's question at the start of a call.",
    "ACE": "The platform's question when the callee has answered.",
    "PIE": "The platform's question when the caller has used a menu.",
    "flag": "A mark in a reply that says: record from here on.",
    "Manage Call": "The way in which the backend can reach a call that is going on, by sending a request.",
}

_PLATFORM = re.compile(
    r"\b(?:Connect(?:Pstn|Mxp|Conf|Sip)|StartRecording|StopRecording|PlayFiles|Continue|ids|maxDigits)\b"
)


def glossary(texts: Iterable[str]) -> tuple[Term, ...]:
    """The terms that occur in some texts, in alphabetical order."""
    whole = "\n".join(texts)
    found = [
        Term(word, meaning) for word, meaning in _WORDS.items() if re.search(rf"\b{re.escape(word)}(?:e?s)?\b", whole)
    ]
    names = sorted(set(_PLATFORM.findall(whole)))
    if names:
        own = "The platform's own name" + (" for something" if len(names) == 1 else "s for things")
        found.append(Term(", ".join(names), f"{own} that a reply tells it to do."))
    return tuple(sorted(found, key=lambda term: term.name.lower()))
