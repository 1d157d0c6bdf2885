"""Sizes to policies of that size, in the shapes that a compiler could find hard.

Invariant: a policy of any size from 4 up has no errors, so that it goes through every stage; the same size gives the
same text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

KEYS = "0123456789"


@dataclass(frozen=True, slots=True)
class Shape:
    """A way to make policies: what its size counts, the sizes to measure, and the text for a size."""

    name: str
    counts: str
    sizes: tuple[int, ...]
    text: Callable[[int], str]


_HEAD = """\
policy grown
locale en-GB
store calls { url "s3://acme-recordings/grown/" credentials env S3_CREDENTIALS }
"""

_START = 'answer  notice: say "Parts of this call are recorded."'


def _policy(lines: Iterable[str], *after: str) -> str:
    return _HEAD + "\n".join([*lines, "on pie otherwise { hangup }", *after]) + "\n"


def _menu(goals: Iterable[int], name: str = "m", more: str = "") -> str:
    keys = "  ".join(f"key {key} -> {name}{goal}" for key, goal in zip(KEYS, goals, strict=False))
    return f'menu {{ prompt "Please choose."  {keys}  {more} }}'


def long(size: int) -> str:
    """One handler: prompts, every other ten of them recorded, then a recorded talk."""
    lines = ["on ice {", f"  {_START}"]
    for number in range(size - 3):
        if number % 20 == 10:
            lines.append("  record {")
        tag = " @quiet" if number % 20 < 10 else " @loud"
        lines.append(f'  say "This is prompt number {number}."{tag}')
        if number % 20 == 19:
            lines.append("  }")
    lines += ["  }"] if (size - 4) % 20 in range(10, 19) and size > 3 else []
    lines += ["  record { talk: connect pstn +46850020000 }", "}"]
    return _policy(lines, "never record @quiet", "always record talk", "announce notice before recording")


def menus(size: int) -> str:
    """Many handlers of a prompt and a menu each, three keys, as a tree whose leaves lead back to the top."""
    count = max(size // 2, 1)
    lines = [f"on ice {{ {_START}  {_menu([0])} }}"]
    for number in range(count):
        goals = [goal % count for goal in (2 * number + 1, 2 * number + 2, 0)]
        lines.append(f'on pie m{number} {{ say "Welcome to menu {number}." @menu  {_menu(goals)} @menu }}')
    return _policy(lines, "never record @menu")


def chain(size: int) -> str:
    """Handlers in a row, each a prompt and a menu that leads to the next: the longest shortest calls."""
    count = max(size // 2, 1)
    lines = [f"on ice {{ {_START}  {_menu([0])} }}"]
    for number in range(count):
        goal = (number + 1) % count
        lines.append(f'on pie m{number} {{ say "Welcome to menu {number}." @menu  {_menu([goal])} @menu }}')
    return _policy(lines, "never record @menu")


def talks(size: int) -> str:
    """Many conversations with six phases each, behind a tree of menus; the talks are recorded, the cards are not."""
    count = max(size // 10, 1)
    lines = [f"on ice {{ {_START}  {_menu([0])} }}"]
    for number in range(count):
        goals = [goal % count for goal in (2 * number + 1, 2 * number + 2)]
        lines.append(f'on pie m{number} {{ say "Desk {number}." {_menu(goals, more=f"key 9 -> t{number}")} }}')
        phases = "  ".join(f"phase p{number}-{n} @{'card' if n % 2 else 'consult'}" for n in range(6))
        lines.append(f'on pie t{number} {{ say "One moment."  connect pstn +46850020000 @chat {{ {phases} }} }}')
    return _policy(
        lines,
        "record @chat except @card",
        "never record @card",
        "always record @consult",
        "announce notice before recording",
    )


def answered(size: int) -> str:
    """The same, but all talks go on in one `on ace`."""
    return talks(size) + "on ace { continue }\n"


def loops(size: int) -> str:
    """Menus with ten keys each that lead to each other, in handlers of their own."""
    lines = [f"on ice {{ {_START}  {_menu([0])} }}"]
    for number in range(size):
        goals = [(number + 1) % size, *((7 * number + key * key + 3) % size for key in range(8))]
        lines.append(f"on pie m{number} {{ {_menu(goals, more='key 9 -> talk')} @menu }}")
    return _policy(
        [*lines, "on pie talk { connect pstn +46850020000 @chat { phase card @card } }"],
        "record @chat except @card",
        "never record @menu, @card",
        "always record @chat except @card",
        "announce notice before recording",
    )


def submenus(size: int) -> str:
    """The menus of one `menu` block with ten keys each that lead to each other."""
    lines = [f'on ice {{ {_START}  menu {{ prompt "Please choose."  key 1 -> menu m0']
    for number in range(size):
        goals = [(number + 1) % size, *((7 * number + key * key + 3) % size for key in range(9))]
        keys = "  ".join(f"key {key} -> menu m{goal}" for key, goal in zip(KEYS, goals, strict=True))
        lines.append(f'  menu m{number} @menu {{ prompt "Please choose."  {keys} }}')
    return _policy([*lines, "} }"], "never record @menu")


def rules(size: int) -> str:
    """As many labels, tags and rules as segments: `record X except Y` for each."""
    lines = ["on ice {", f"  {_START}"]
    lines += [f'  s{number}: say "This is prompt number {number}." @t{number}' for number in range(size)]
    lines += ["  connect pstn +46850020000", "}"]
    made = [f"record s{number} except @t{(number + 1) % size}" for number in range(size)]
    return _policy([*lines, *made], "announce notice before recording")


def phases(size: int) -> str:
    """One conversation with many phases, every other one a card."""
    inside = "\n".join(f"  phase p{number} @{'card' if number % 2 else 'consult'}" for number in range(size))
    lines = [f"on ice {{ {_START}  agent: connect pstn +46850020000 {{\n{inside}\n}} }}"]
    return _policy(lines, "record agent except @card", "never record @card", "announce notice before recording")


def outbound(size: int) -> str:
    """Callouts, each with a notice to the person who answers, and a recorded talk behind a key."""
    lines = [f"on ice {{ {_START}  hangup }}"]
    for number in range(max(size // 5, 1)):
        call = f'call pstn "{{{{ start.number | e164 }}}}" cli +442079460{number % 1000:03}'
        lines.append(f"on callout c{number} {{ {call} }}")
        menu = _menu([number], "t")
        lines.append(f'on ace c{number} {{ say "This call {number} is recorded." @told  {menu} }}')
        lines.append(f"on pie t{number} {{ connect pstn +46850020000 @chat {{ phase p{number} @card }} }}")
    return _policy(lines, "record @chat except @card", "never record @card", "announce @told before recording")


def rooms(size: int) -> str:
    """As many conferences, behind a tree of menus, of which every other one is recorded."""
    count = max(size // 2, 1)
    lines = [f"on ice {{ {_START}  {_menu([0])} }}"]
    for number in range(count):
        goals = [goal % count for goal in (2 * number + 1, 2 * number + 2)]
        lines.append(f"on pie m{number} {{ {_menu(goals, more=f'key 9 -> r{number}')} }}")
        tag = "@tape" if number % 2 else "@quiet"
        lines.append(f'on pie r{number} {{ connect conference "room {number}" {tag} }}')
    after = ("record call @tape", "never record @quiet", "announce notice before recording")
    return _policy(lines, *after)


def parks(size: int) -> str:
    """Parked calls that any of the other handlers can pick up, to park them again."""
    park = 'park { intro "One moment." hold "Please hold." }'
    lines = [f"on ice {{ {_START}  {park} }}"]
    lines += [f"on manage m{number} {{ {park} @park }}" for number in range(size)]
    return _policy(lines, "never record @park")


def dials(size: int) -> str:
    """Menus in loops after any of as many connects, whose phases stop and start the recording."""
    lines = [f"on ice {{ {_START}  {_menu([0])} }}"]
    for number in range(size):
        goals = [(2 * number + 1) % size, (2 * number + 2) % size]
        lines.append(f"on pie m{number} {{ {_menu(goals, more=f'key 9 -> t{number}')} }}")
        lines.append(f"on pie t{number} {{ connect pstn +46850020000 @chat {{ phase p{number} @card }} }}")
        lines.append(f"on pie a{number} {{ {_menu(goals, 'a', more='key 9 -> go')} @chat }}")
    return _policy(
        [*lines, f"on ace {{ {_menu([0], 'a')} @chat }}", "on pie go { continue }"],
        "record @chat except @card",
        "never record @card",
        "announce notice before recording",
    )


def promises(size: int) -> str:
    """As many guarantees as segments: each prompt announces the recording and is itself kept out of it."""
    lines = ["on ice {", f"  {_START}"]
    lines += [f'  s{number}: say "This is prompt number {number}."' for number in range(size)]
    lines += ["  record { connect pstn +46850020000 }", "}"]
    kinds = ("announce s{} before recording", "never record s{}")
    return _policy(lines, *(kinds[number % 2].format(number) for number in range(size)))


SEGMENTS = (10, 100, 1000, 9900)
MENUS = (10, 100, 400, 1000, 4000)
"""Of ten keys each; a policy of more is larger than 1 MiB."""
DIALS = (10, 100, 400, 1000, 2400)
"""Four segments each; a policy has 10,000 at most."""

SHAPES = (
    Shape("long", "segments of one handler", SEGMENTS, long),
    Shape("menus", "segments in handlers with menus, a tree", SEGMENTS, menus),
    Shape("chain", "segments in handlers with menus, a row", SEGMENTS, chain),
    Shape("talks", "segments and phases in conversations", SEGMENTS, talks),
    Shape("answered", "the same, with one `on ace`", SEGMENTS, answered),
    Shape("loops", "menus of ten keys in loops, a handler each", MENUS, loops),
    Shape("submenus", "menus of ten keys in loops, in one block", MENUS, submenus),
    Shape("dials", "menus in loops after as many connects with phases", DIALS, dials),
    Shape("outbound", "segments of callouts and of replies to those who answer", SEGMENTS, outbound),
    Shape("rooms", "menus and conferences, half of them recorded", SEGMENTS, rooms),
    Shape("parks", "handlers that park, each of which can follow each", SEGMENTS, parks),
    Shape("rules", "rules `record X except Y`, labels and tags", SEGMENTS, rules),
    Shape("phases", "phases of one conversation", SEGMENTS, phases),
    Shape("promises", "guarantees", SEGMENTS, promises),
)

CHARACTERS = (250, 1000, 4000, 16000, 64000, 256000)

HOSTILE = (
    Shape("blanks", "an unclosed string of blanks", CHARACTERS, lambda size: f'"{" " * size}x'),
    Shape("braces", "an unclosed string of braces", CHARACTERS, lambda size: f'"{"{" * size}x'),
    Shape("nested", "braces that are never closed", CHARACTERS, lambda size: "{" * size),
    Shape("mistakes", "lines that mean nothing", CHARACTERS, lambda size: "on ice {\n" + "say say\n" * (size // 8)),
    Shape("unknown", "names that nobody declared", CHARACTERS, lambda size: "".join(_unknown(size // 40))),
    Shape("allowed", "suppressions of unknown rules", CHARACTERS, lambda size: "# allow nothing: no\n" * (size // 20)),
)
"""Texts that no policy is, by their length in characters."""


def _unknown(count: int) -> Iterable[str]:
    yield "policy unknown\non ice { answer hangup }\n"
    for number in range(count):
        yield f"on pie goal-{number} {{ menu {{ key 1 -> goat-{number} }} }}\n"
