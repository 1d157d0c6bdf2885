"""The random policies of the laws and the oracle have every construct, in policies that the rules accept."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import pytest

from oracle.wild import wild_policy
from random_policies import random_policy, random_policy_for_v2, with_phase_prompts, with_room_keys
from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.rules.check import check
from recpol.targets.catalogue import targets_named
from test_laws import GUARANTEES

MOST = 900
"""After how many policies a construct is missed."""


def with_all(random: Random) -> str:
    """What the laws try in svaml1."""
    return with_phase_prompts(with_room_keys(random_policy(random)))


EVERYWHERE = {
    "calls that the backend begins": r"on callout",
    "values of the backend": r"\{\{ start\.",
    "an answer for each connect": r"on ace l\d",
    "further menus": r"-> menu",
    "menus in a locale": r"menu in sv-SE",
    "rules": r"(?m)^record call",
    "exceptions": r" except ",
    "phases": r"phase l",
    "opt-out": r"opt-out",
    "never transcribe": r"never transcribe",
    "one side": r"record only",
    "promises": r"keep recordings",
    "built-in selectors": r"@(digits|talk|prompts|rooms)",
    "announcements": r"announce .* before",
    "beginnings of recordings": r"announce .* in recording",
}
REQUESTS = {"requests within a talk": r"on manage ask", "prompts to a party": r" to (callee|everyone)"}
ROOMS = {
    "rooms": r"connect conference",
    "recordings of a room": r"record conference",
    "app calls": r"connect app",
    "parking": r"on manage (pick|drop) \{",
}

KINDS: dict[str, tuple[Callable[[Random], str], str, dict[str, str]]] = {
    "plain": (random_policy, "classic", {**EVERYWHERE, **REQUESTS, **ROOMS}),
    "with what svaml1 alone has": (
        with_all,
        "svaml1",
        {
            "keys in a room": r"key \d -> ask-room",
            "what a phase says first": r"begin \{",
            "what a phase says last": r"end \{",
            "requests in a room": r"on manage ask-room",
        },
    ),
    "wild": (
        wild_policy,
        "svaml1",
        {**EVERYWHERE, **ROOMS, "rooms of a call": r"call\.callid", "empty speech": r"<speak/>"},
    ),
    "one document": (
        random_policy_for_v2,
        "svaml2",
        {
            **{key: form for key, form in EVERYWHERE.items() if key != "beginnings of recordings"},
            **REQUESTS,
            **{f"on {event}": rf"on {event} l\d" for event in ("noanswer", "busy", "failed")},
            "a recording that fails": r"on recording failure",
            "a phase that fails": r"on phase failure",
            "streams": r"connect stream",
            "sides": r"direction inbound",
            "voices": r"voice Astrid in",
        },
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_construct_is_in_a_random_policy_that_the_rules_accept(kind: str) -> None:
    make, target, forms = KINDS[kind]
    missing = dict(forms)
    for seed in range(MOST):
        text = make(Random(seed))
        found = [name for name, form in missing.items() if re.search(form, text)]
        if found:
            findings = check(program(Source("random.recpol", text), targets=targets_named([target]))).findings
            if {finding.rule for finding in findings if finding.severity == "error"} <= GUARANTEES:
                for name in found:
                    del missing[name]
        if not missing:
            return
    raise AssertionError(f"no random policy has: {', '.join(missing)}")
