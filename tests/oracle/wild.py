"""Random policies that go where `random_policies` does not: replies that nothing leads to by name, requests to parked
calls, rooms whose names are nearly alike, prompts that say nothing, and guarantees with exceptions.

Many have errors; a law asks for the ones that the rules accept.
"""

from __future__ import annotations

from random import Random

import random_policies

KEPT = ("calls/**", "*/**", "other/**", "calls/*/", "*/in/**", "calls/in*", "*/*/*", "{{ env.E }}/in/**", "calls/eu/**")
"""Ends of patterns that say where recordings may be kept."""


SPOKEN = (
    "<audio src='https://acme.example/a.mp3'/>",
    "<audio src='{{ env.A }}'/>",
    "<sub alias='Hello'></sub>",
    "<say-as interpret-as='expletive'>Hello</say-as>",
)
"""SSML that may be heard, and has no words of its own."""

ROOMS = (
    "room1",
    "room1",
    "Room1",
    "room2",
    "{{ env.ROOM }}",
    "{{ call.callid }}",
    "x{{ call.cli }}",
    "x{{ env.ROOM }}1",
)
"""Names of rooms, some of which may be the same."""


class _Wild(random_policies._Maker):
    """One random policy in the making."""

    def prompts(self) -> list[str]:
        made = super().prompts()
        odd = ['say ssml "<speak/>"', 'say "{{ call.custom }}"', 'say "For {{ call.cli }}."', 'play "{{ env.FILE }}"']
        odd += [f'say ssml "<speak>{words}</speak>"' for words in SPOKEN]
        if self.chance(0.2):
            made.append(self.labelled(self.random.choice(odd)))
        return made

    def menu(self) -> str:
        text = super().menu()
        if self.chance(0.4):
            barge = "" if "barge" in text else f" barge {self.random.choice(['yes', 'no', 'no'])}"
            repeat = self.random.choice(["", ' repeat "Again." 2 times', ' repeat "Again."'])
            text = text.removesuffix("}") + f"{repeat}{barge}" + " }"
        if self.chance(0.1):
            text = text.replace('prompt "Choose."', self.random.choice(["", 'prompt "{{ env.WORDS }}"']))
        if self.chance(0.3):
            text = text.removesuffix("}") + f" invalid -> {self.goal()}" + " }"
        return text

    def connect(self, kinds: list[str]) -> str:
        text = super().connect(kinds)
        if "conference" in text:
            name = self.random.choice(ROOMS)
            phases = f" {{ phase {self.label()} }}" if self.chance(0.3) else ""
            return f'connect conference "{name}"{phases}'
        return text

    def request(self, name: str) -> str:
        """What a parked call is sent."""
        actions = ["hangup", "continue", "continue", self.labelled(self.menu()), self.labelled(self.connect(["pstn"]))]
        segments = [*self.prompts(), self.random.choice(actions)]
        return f"on manage {name} {{ {self.recorded(segments)} }}"

    def policy(self) -> str:
        lines = super().policy().splitlines()
        for number, line in enumerate(lines):
            if line.startswith("store") and self.chance(0.2):
                tail = self.random.choice(
                    [
                        "",
                        "/in",
                        "/in/x.mp3",
                        "/../in/",
                        "/{{ env.F }}/",
                        "/%2e%2e/in/",
                        "/%2{{ env.F }}/",
                        "/100%/",
                        "/{{ env.F }}/in/",
                    ]
                )
                lines[number] = line.replace("/in/", tail)
            if line.startswith("on manage"):
                lines[number] = "\n".join(self.request(name) for name in ("pick", "drop")[: self.random.randint(1, 2)])
            if line.startswith("on pie otherwise") and self.chance(0.5):
                lines[number] = self.handler("pie", "otherwise").replace("continue", "hangup")
        return "\n".join(lines) + "\n"

    def guarantees(self) -> list[str]:
        made = super().guarantees()
        if self.chance(0.3):
            made.append(f"{self.random.choice(['never', 'always'])} record {self.selector()} except {self.selector()}")
        if self.chance(0.2):
            made.append(f'keep recordings in "s3://acme-{self.random.choice(KEPT)}"')
        return made


def wild_policy(random: Random) -> str:
    """The text of a policy, which may well have errors."""
    return _Wild(random).policy()
