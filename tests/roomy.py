"""Random policies of rooms, requests in them, phases there, and calls that leave one for another; for svaml1."""

from __future__ import annotations

import re
from random import Random

NAMES = ("one", "two", "{{ call.callid }}", "x-{{ call.callid }}")

_HEAD = """policy rooms
target svaml1
locale en-GB
store calls { url "s3://acme-recordings/calls/" credentials env KEY }
"""


def roomy(random: Random) -> str:
    """A policy without guarantees; its labels are `r0`, `r1`, …, `t…` for prompts and `c…` for what goes on; `e0` is
    a room to which only an undocumented way leads."""
    lines, labels, keys = [], [], []
    for number in range(random.randint(1, 4)):
        keys.append(f"key {number + 1} -> p{number}")
        lines.append(f"on pie p{number} {{ {_room(random, f'r{number}')} }}")
        labels.append(f"r{number}")
    rooms = list(labels)
    otherwise = "hangup"
    if random.random() < 0.3:  # then only an `error` of the menu, of which no page says when it comes, leads there
        keys += ["timeout -> p0", "invalid -> p0"]
        otherwise = _room(random, "e0")
        labels.append("e0")
    for number in range(random.randint(0, 4)):
        within = ", ".join(sorted(random.sample(labels, random.randint(1, min(2, len(labels))))))
        said = f't{number}: say "Word {number}."' if random.random() < 0.7 else ""
        after = random.choice(
            [f"c{number}: continue", f"c{number}: continue", "hangup", f'w{number}: park {{ hold "H." }}']
        )
        parts = [_recorded(random, part) for part in (said, after) if part]
        if parts == ["hangup"] or (not said and "continue" in after):
            parts.insert(0, f'u{number}: say "More."')
        lines.append(f"on manage q{number} in {within} {{ {' '.join(parts)} }}")
        if "continue" in after:
            labels.append(f"c{number}")
    if any("park" in line for line in lines):
        for number in range(random.randint(1, 2)):
            further = random.choice(
                [_room(random, f"s{number}"), _recorded(random, f"s{number}: connect pstn +442079460101")]
            )
            lines.append(f"on manage m{number} {{ {further} }}")
    start = f'on ice {{ answer menu {{ prompt "Choose." {" ".join(keys)} }} }}\non pie otherwise {{ {otherwise} }}'
    rule = f"record call {random.choice(rooms)}\n" if random.random() < 0.4 else ""
    return _HEAD + "\n".join([start, *lines]) + "\n" + rule


def begun(random: Random) -> str:
    """Such a policy whose calls the backend begins, with rooms that its values name; some of them are unique."""
    text = roomy(random).replace("call.callid", "start.id").replace('conference "one"', 'conference "{{ start.n }}"')
    text = text.replace(
        "on ice { answer menu", 'on callout ask { call pstn "{{ start.n }}" cli +442079460100 }\non ace ask { menu'
    )
    unique = random.choice(["", '"{{ start.id }}"', '"{{ start.n }}"', '"{{ start.n }}", "{{ start.id }}"'])
    return f"{text}unique {unique}\n" if unique else text


def talkative(random: Random) -> str:
    """Such a policy with talks beside the rooms, phases in them, and prompts to either party."""
    text = re.sub(r'conference ("one"|"x-[^"]*")', "pstn +442079460101", roomy(random))
    text = text.replace("record conference { r", "record call { r").replace("record conference { s", "record call { s")
    text = re.sub(r'(say "\w+[^"]*")', lambda found: found[1] + random.choice(["", " to everyone", " to callee"]), text)
    return text + random.choice(["", "", "on ace { ac: continue }\n"])


def _recorded(random: Random, part: str) -> str:
    return f"record call {{ {part} }}" if random.random() < 0.25 and part != "hangup" else part


def _room(random: Random, label: str) -> str:
    phase = ""
    if random.random() < 0.3:
        said = f' {{ begin {{ f{label}: say "Phase." }} }}' if random.random() < 0.6 else ""
        phase = f" {{ phase ph{label}{said} }}"
    room = f'{label}: connect conference "{random.choice(NAMES)}"{phase}'
    scope = random.choice(["", "", "", "call", "conference"])
    return f"record {scope} {{ {room} }}" if scope else room
