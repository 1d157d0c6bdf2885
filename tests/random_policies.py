"""Random policies, and random calls through them, for the laws that hold for every policy.

The policies are texts, made from a random source that Hypothesis controls. Many have errors; a law asks for the ones
that the rules accept.
"""

from __future__ import annotations

import re
from random import Random

STORES = ("calls", "other")


PROMISED = (
    "keep recordings 5y",
    "keep recordings up to 7y",
    "keep recordings encrypted",
    "keep recordings in region eu",
)
"""Guarantees about what stores state."""

STATED = (" keep 5y", " keep 1y to 3y", " encrypted yes", " region eu", ' readers "QA" encrypted no')
"""What a store may state of its place."""


class _Maker:
    """One random policy in the making."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.labels: list[str] = []
        self.goals = [f"p{n}" for n in range(random.randint(0, 3))]
        self.unmet = list(self.goals)  # the first menu leads to all of them, so that calls can reach them
        self.parks = False
        self.asks = True
        self.store = random.choice(STORES)
        self.habit = random.choice(["never", "always", "mixed", "rules"])

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def label(self) -> str:
        name = f"l{len(self.labels)}"
        self.labels.append(name)
        return name

    def promises(self) -> str:
        """What a store states, if it does."""
        return self.random.choice(STATED) if self.chance(0.2) else ""

    def labelled(self, body: str) -> str:
        named = f"{self.label()}: " if self.chance(0.5) else ""
        tag = f" @{self.random.choice('xyz')}" if self.chance(0.3) else ""
        return f"{named}{body}{tag}"

    def prompts(self) -> list[str]:
        made = []
        for _ in range(self.random.randint(0, 2)):
            words = f"Prompt {self.random.randint(1, 99)}."
            file = f"https://a.example/{self.random.randint(1, 9)}.wav"
            body = self.random.choice([f'say "{words}"', f'play "{file}" to caller', 'tones "12#"'])
            made.append(self.labelled(body))
        return made

    def goal(self) -> str:
        return self.random.choice([*self.goals, "otherwise"])

    def menu(self) -> str:
        lines = ['prompt "Choose."']
        goals = [*self.unmet, *(self.goal() for _ in range(self.random.randint(1, 2)))]
        self.unmet = []
        keys = self.random.sample("0123456789", len(goals))
        further = self.label() if self.chance(0.3) else None
        lines += [f"key {key} -> {goal}" for key, goal in zip(keys, goals, strict=True)]
        if self.chance(0.3):
            lines.append(f"timeout -> {self.goal()}")
        if self.chance(0.3):
            lines.append(f"digits {self.random.randint(1, 6)} -> {self.goal()}")
        if self.chance(0.3):
            lines.append(f"barge {self.random.choice(['yes', 'no'])}")
        if further:
            free = next(key for key in "0123456789" if key not in keys)
            lines.append(f"key {free} -> menu {further}")
            lines.append(f'menu {further} {{ prompt "More." key 1 -> {self.goal()} }}')
        return f"menu {self.within()}{{ {' '.join(lines)} }}"

    def within(self) -> str:
        return "in sv-SE " if self.chance(0.15) else ""

    def connect(self, kinds: list[str]) -> str:
        kind = self.random.choice(kinds)
        if kind == "conference":
            return f'connect conference "room{self.random.randint(1, 3)}"'
        if kind == "app":
            return 'connect app "anna"'
        target = "+46850020000" if kind == "pstn" else '"a@example.com"'
        quiet = " suppress-callbacks" if self.chance(0.15) else ""
        phases = ""
        if self.chance(0.4):
            phases = " { " + " ".join(f"phase {self.label()}" for _ in range(self.random.randint(1, 2))) + " }"
        return f"connect {kind} {target}{quiet}{phases}"

    def action(self, event: str) -> str:
        if event == "ice" and self.unmet:
            return self.labelled(self.menu())
        choices = ["hangup", "menu", "connect"]
        if event == "ice":
            choices += ["connect", "park", "app", "conference"]
        if event == "ace":
            choices = ["continue", "continue", "hangup", "menu", "conference"]
        if event == "pie":
            choices += ["continue", "conference"]
        chosen = self.random.choice(choices)
        match chosen:
            case "menu":
                return self.labelled(self.menu())
            case "connect":
                return self.labelled(self.connect(["pstn", "sip"]))
            case "app" | "conference":
                return self.labelled(self.connect([chosen]))
            case "park":
                self.parks = True
                return self.labelled('park { intro "One moment." hold "Please hold." }')
            case "continue":
                return self.labelled("continue")
            case _:
                return "hangup"

    def recorded(self, segments: list[str]) -> str:
        """Some neighbouring segments inside a block."""
        if self.habit in ("never", "rules") or (self.habit == "mixed" and self.chance(0.3)):
            return " ".join(segments)
        first = 0 if self.habit == "always" else self.random.randrange(len(segments))
        last = len(segments) if self.habit == "always" else self.random.randint(first, len(segments) - 1) + 1
        store = self.random.choice(STORES) if self.chance(0.1) else self.store
        if segments[first:last] == ["hangup"]:
            return " ".join(segments)
        room = "connect conference" in segments[last - 1] and self.chance(0.5)
        inside = " ".join(segments[first:last])
        if room:
            *before, conference = segments[first:last]
            inside = " ".join([*before, f"record conference to {store} {{ {conference} }}"])
        return " ".join([*segments[:first], f"record call to {store} {{ {inside} }}", *segments[last:]])

    def handler(self, event: str, name: str = "") -> str:
        start = ["answer"] if event == "ice" and self.chance(0.9) else []
        segments = [*self.prompts(), self.action(event.split()[0])]
        return f"on {event}{' ' + name if name else ''} {{ {' '.join(start)} {self.recorded(segments)} }}"

    def answers(self, lines: list[str]) -> list[str]:
        """Replies to the answers of connects: of all that have none of their own, and of some by their labels."""
        dials = " ".join(line for line in lines if "connect pstn" in line or "connect sip" in line)
        if not dials or "suppress" in dials:
            return []
        labels = [label for label in re.findall(r"(l\d+): connect (?:pstn|sip)", dials) if self.chance(0.3)]
        whole = ["ace"] if self.chance(0.6) else []
        return [self.handler(event) for event in (*whole, *(f"ace {label}" for label in labels))]

    def policy(self) -> str:
        lines = ["policy random", "locale en-GB"]
        lines += [f'store {name} {{ url "s3://acme-{name}/in/" credentials env KEY }}' for name in STORES]
        lines.append(self.handler("ice"))
        lines += [self.handler("pie", name) for name in self.goals]
        lines += self.answers(lines)
        lines.append("on pie otherwise { hangup }")
        if self.parks:
            lines.append(self.handler("ice").replace("on ice", "on manage pick"))
        lines += self.requests(lines, ["caller", "callee", "everyone"], 0.2)
        lines += self.callouts(lines)
        lines += self.rules() + self.guarantees()
        return "\n".join(lines) + "\n"

    def requests(self, lines: list[str], parties: list[str], often: float) -> list[str]:
        """Requests within talks, after which the talk is the same or another one; they leave the rest of the policy as
        it would be without them."""
        random, made = Random("".join(lines)), []
        talks = re.findall(r"(l\d+): (?:connect (?:pstn|sip)|continue)", "".join(lines))
        for name in ("ask", "ask-too"):
            if talks and self.asks and random.random() < often:
                spoken = f'say "Request." to {random.choice(parties)}' if random.random() < 0.4 else ""
                after = random.choice(["", f"{name}-on: continue", "continue @x", "hangup"])
                segments = [part for part in (spoken, after) if part] or ["hangup"]
                inside = " ".join(segments)
                if random.random() < 0.3 and segments != ["hangup"]:
                    inside = f"record call to {self.store} {{ {inside} }}"
                made.append(f"on manage {name} in {random.choice(talks)} {{ {inside} }}")
        return made

    def callouts(self, lines: list[str]) -> list[str]:
        """Calls that the backend begins, of each kind; they leave the rest of the policy as it would be without."""
        random = Random("callouts\n".join(lines))
        kinds = random.sample(("ask", "tell", "meet"), random.randint(1, 2)) if random.random() < 0.25 else []
        return [line for kind in kinds for line in self.callout(random, kind)]

    def callout(self, random: Random, kind: str) -> list[str]:
        """One of them, with the reply to its ACE, if one is asked for."""
        tag, room = random.choice(["", " @x", " @y"]), f'connect conference "room{random.randint(1, 3)}"'
        if kind == "tell":
            whom = random.choice(['app "anna"', 'pstn "{{ start.number }}"', 'sip "a@example.com"'])
            return [f'on callout tell {{ call {whom} say "Hello."{tag} play "bye.wav" hangup }}']
        if kind == "meet":
            greeting = random.choice([f'say "Recorded."{tag}', 'say "{{ start.words }}" @x', ""])
            return [f'on callout meet {{ call app "{{{{ start.user }}}}" {greeting} {room}{tag} }}']
        goals = random.sample(self.goals, min(len(self.goals), 2))
        keys = " ".join(f"key {number} -> {goal}" for number, goal in enumerate([*goals, "otherwise"], 1))
        barge = random.choice(["barge no", "barge yes", ""])
        action = random.choice(
            [f'menu {{ prompt "Yes or no?" {barge} {keys} }}{tag}', f"connect pstn +46850020009{tag}", room]
        )
        prompt = random.choice(['say "We record." @x', 'say "{{ start.words }}" @y', 'play "beep.wav"', ""])
        if action != room and random.random() < 0.5:
            action = f"record call to {self.store} {{ {action} }}"
        elif action == room and random.random() < 0.5:
            action = f"record conference to {self.store} {{ {action} }}"
        return ['on callout ask { call pstn "{{ start.number }}" }', f"on ace ask {{ {prompt} {action} }}"]

    def selector(self) -> str:
        if self.chance(0.2) or not self.labels:
            return self.random.choice(["all", "@x", "@y"])
        return self.random.choice(self.labels)

    def rules(self) -> list[str]:
        if self.habit != "rules":
            return []
        made = []
        for _ in range(self.random.randint(1, 2)):
            taken = f" except {self.selector()}" if self.chance(0.4) else ""
            made.append(f"record call {self.selector()}{taken} to {self.store}")
        return made

    def guarantees(self) -> list[str]:
        forms = ("never record {}", "always record {}", "announce {} before recording", "announce {} in recording")
        made = [self.random.choice(forms).format(self.selector()) for _ in range(self.random.randint(0, 3))]
        return [*made, *self.further_guarantees()]

    def further_guarantees(self) -> list[str]:
        """Guarantees beside those about what is recorded, and some about what is what in every policy."""
        made = [f"opt-out {goal}" for goal in self.goals if self.chance(0.2)]
        built_in = self.random.choice(["@digits", "@talk", "@prompts", "@rooms"])
        forms = ("never transcribe {}", "record only inbound {}", "never record {}", "always record {}")
        for form in forms:
            if self.chance(0.1):
                made.append(form.format(self.random.choice([built_in, self.selector()])))
        if self.chance(0.1):
            made.append(self.random.choice(PROMISED))
        return made


def side_by_side(random: Random, segments: list[str]) -> str:
    """Some segments from the first on in a block, and some of those in a second block within it, of another store."""
    outer, inner = random.sample(STORES, 2)
    until = random.randint(1, len(segments))
    first = random.randint(0, until - 1)
    last = random.randint(first + 1, until)
    if segments[first:last] == ["hangup"]:
        return " ".join(segments)
    both = f"record call to {inner} {{ {' '.join(segments[first:last])} }}"
    inside = " ".join([*segments[:first], both, *segments[last:until]])
    return " ".join([f"record call to {outer} {{ {inside} }}", *segments[until:]])


def random_policy(random: Random) -> str:
    """The text of a policy, which may well have errors."""
    return _Maker(random).policy()


def with_room_keys(text: str) -> str:
    """A random policy, some of whose rooms have keys, and the request that these stand for: for svaml1."""
    random = Random("keys\n" + text)
    text = re.sub(r'(on ace ask \{[^}\n]*?)(connect conference "room\d")', r"\1l90: \2", text)
    rooms = dict(re.findall(r'(l\d+): (connect conference "room\d"(?! \{))', text))
    chosen = [label for label in rooms if random.random() < 0.6]
    for label in chosen:
        keys = " ".join(f"key {key} -> ask-room" for key in random.sample("789", random.randint(1, 2)))
        text = text.replace(f"{label}: {rooms[label]}", f"{label}: {rooms[label]} {{ {keys} }}")
    if not chosen:
        return text
    spoken, after = random.choice(['say "Request."', ""]), random.choice(["", "ask-room-on: continue", "hangup"])
    inside = f"{spoken} {after}".strip() or "continue"
    if inside != "hangup" and random.random() < 0.3:
        inside = f"record call to {random.choice(STORES)} {{ {inside} }}"
    return f"{text}on manage ask-room in {', '.join(chosen)} {{ {inside} }}\n"


def with_phase_prompts(text: str) -> str:
    """A random policy, some of whose phases say something when they begin and end: for svaml1."""
    random = Random("phases\n" + text)

    def told(found: re.Match[str]) -> str:
        parts = []
        for turn in ("begin", "end") if random.random() < 0.5 else ():
            party, tag = random.choice(["", " to callee", " to everyone"]), random.choice(["", " @x", " @y"])
            spoken = [f'say "Phase."{party}{tag}', f'play "a.wav", "b.wav"{party}']
            if random.random() < 0.8:
                parts.append(f"{turn} {{ {' '.join(random.sample(spoken, random.randint(1, 2)))} }}")
        return f"{found[0]} {{ {' '.join(parts)} }}" if parts else found[0]

    return re.sub(r"phase l\d+", told, text)


def with_answers(text: str) -> str:
    """A random policy without guarantees most of whose connects have a label and an answer of their own, with requests
    in the talks that follow, and calls that these park: for classic and svaml1."""
    random = Random("answers\n" + text)
    text = re.sub(r"^(?:never|always|announce|opt-out|keep) .*\n", "", text, flags=re.MULTILINE)
    goals = [*re.findall(r"on pie (p\d+)", text), "otherwise"]
    answered = set(re.findall(r"on ace (l\d+)", text))
    made: list[str] = []
    talks: list[str] = []

    def recorded(action: str) -> str:
        return f"record call to {random.choice(STORES)} {{ {action} }}" if random.random() < 0.4 else action

    def talk() -> str:
        talks.append(f"t{len(talks)}")
        return recorded(f"{talks[-1]}: continue" if random.random() < 0.7 else "continue")

    def labelled(found: re.Match[str]) -> str:
        label = found[1] or f"d{len(made)}"
        if label in answered or random.random() < 0.2:
            return found[0]
        spoken = random.choice(["", 'say "Recorded." ', 'play "b.wav" @x '])
        menu = f'menu {{ prompt "Choose." key 1 -> {random.choice(goals)} }}'
        action = random.choice([talk(), talk(), talk(), menu, "hangup", 'connect conference "room4"'])
        made.append(f"on ace {label} {{ {spoken}{action} }}")
        return f"{label}: {found[2]}"

    connects = re.compile(r"(?:(l\d+): )?(connect (?:pstn|sip) \S+)(?! suppress)(?= |$)", re.MULTILINE)
    hung_up = re.compile(r"^(on pie p(\d+) \{.*) hangup( \}+)$", re.MULTILINE)
    text = connects.sub(labelled, hung_up.sub(r"\1 connect pstn +4685002001\2\3", text))
    named = [name for name in talks if f"{name}: " in "".join(made)]
    for name, within in zip(("more", "most"), random.sample(named, min(len(named), 2)), strict=False):
        if random.random() < 0.6:
            spoken, hold = random.choice(["", 'say "Request." ']), 'park { hold "Wait." }'
            after = random.choice(["continue", f"{name}-on: continue", "hangup", hold, hold, hold])
            made.append(f"on manage {name} in {within} {{ {recorded(spoken + after)} }}")
    if any("park {" in line for line in made):
        resumed = [f"on manage back {{ {talk()} }}", f"on manage again {{ {recorded('connect pstn +46850020008')} }}"]
        made += [connects.sub(labelled, line) for line in random.sample(resumed, random.randint(1, 2))]
    phases = [name for name in re.findall(r"phase (l\d+)", text) if random.random() < 0.5]
    made += [f"record call {name} to {random.choice(STORES)}" for name in phases]
    return "\n".join([text.rstrip("\n"), *made]) + "\n"


class _Maker2(_Maker):
    """A random policy of what Voice API v2 can say: no loops, no callers in rooms, nothing said to the callee."""

    def __init__(self, random: Random, *, everywhere: bool) -> None:
        super().__init__(random)
        self.everywhere = everywhere  # only what the other targets can say too
        self.goals = [f"p{n}" for n in range(random.choice([0, 1, 1, 2, 3, 4]))]
        self.unmet = list(self.goals[: random.randint(1, 3)])
        self.open = list(self.goals)
        self.habit = random.choice(["always", "mixed", "rules", "rules", "mixed"])

    def prompts(self) -> list[str]:
        if self.chance(0.03):
            return [self.labelled(f'say "Number {number}."') for number in range(self.random.randint(9, 13))]
        made = []
        for _ in range(self.random.choice([0, 1, 1, 2, 3])):
            words = f"Prompt {self.random.randint(1, 99)}."
            files = ", ".join(f'"https://a.example/{self.random.randint(1, 9)}.wav"' for _ in range(2))
            made.append(
                self.labelled(
                    self.random.choice([f'say "{words}"', f'say ssml "<b>{words}</b>" to caller', f"play {files}"])
                )
            )
        return made

    def goal(self) -> str:
        return self.random.choice([*self.open, "otherwise"])

    def lines(self, goals: list[str], further: str | None) -> list[str]:
        keys = self.random.sample("0123456789*#", len(goals) + 1)
        own = "" if self.everywhere or self.chance(0.97) else ', "Välj." in sv-SE'
        lines = [
            f'prompt "Choose."{own}',
            *(f'key "{key}" -> {goal}' for key, goal in zip(keys[1:], goals, strict=True)),
        ]
        if self.chance(0.3):
            lines.append('repeat "Once more." 3 times')
        if self.chance(0.3):
            goal = self.goal()
            lines.append(f"timeout -> {goal} invalid -> {goal}")
        if self.chance(0.3):
            lines.append(f"digits {self.random.randint(1, 6)} -> {self.goal()}")
        if self.chance(0.2):
            lines.append("wait 4s")
        return [*lines, f'key "{keys[0]}" -> menu {further}'] if further else lines

    def menu(self) -> str:
        further = self.label() if self.chance(0.4) else None
        goals = [*self.unmet, *(self.goal() for _ in range(self.random.randint(1, 2)))]
        self.unmet = []
        lines = self.lines(goals, further)
        if self.chance(0.3):
            lines.append(f"barge {self.random.choice(['yes', 'no'])}")
        if further:
            back = self.random.choice(["main", None, further])
            lines.append(f"menu {further} {{ {' '.join(self.lines([self.goal()], back))} }}")
        return f"menu {self.within()}{{ {' '.join(lines)} }}"

    def connect(self, kinds: list[str]) -> str:
        if self.chance(0.1) and not self.everywhere:
            return 'connect stream "wss://a.example/in"'
        return super().connect(kinds)

    def action(self, event: str) -> str:
        if event == "ice" and self.unmet:
            return self.labelled(self.menu())
        choices = {"ace": ["continue"] * 5 + ["hangup"], "ice": ["connect", "menu", "connect"]}
        chosen = self.random.choice(choices.get(event, ["connect", "connect", "menu", "hangup"]))
        if chosen == "menu":
            return self.labelled(self.menu())
        if chosen == "connect":
            return self.labelled(self.connect(["pstn", "sip"]))
        return self.labelled(chosen) if chosen == "continue" else chosen

    def recorded(self, segments: list[str]) -> str:
        """Often several stretches, so that recordings end and begin again within one reply, or run side by side."""
        random = Random("side by side" + " ".join(segments))
        if not self.everywhere and random.random() < 0.1:
            return side_by_side(random, segments)
        if len(segments) < 3 or self.chance(0.5) or self.habit == "rules":
            return super().recorded(segments)
        cut = self.random.randint(1, len(segments) - 1)
        return super().recorded(segments[:cut]) + " " + super().recorded(segments[cut:])

    def handler(self, event: str, name: str = "") -> str:
        if event.startswith("ace"):
            return f"on {event} {{ {self.recorded([self.action('ace')])} }}"
        if name in self.open:
            self.open = self.open[self.open.index(name) + 1 :]
        return super().handler(event, name)

    def answers(self, lines: list[str]) -> list[str]:
        """Also what is done when nobody answers, which v2 alone is told of."""
        made = super().answers(lines)
        labels = re.findall(r"(l\d+): connect (?:pstn|sip)", " ".join(lines))
        for event in ("noanswer", "busy", "failed") if labels and not self.everywhere else ():
            if self.chance(0.25):
                name = self.random.choice(labels)
                made.append(f"on {event} {name} {{ {self.recorded([*self.prompts(), self.action(event)])} }}")
        return made

    def callout(self, random: Random, kind: str) -> list[str]:
        """A call that the backend begins: of a text, or with all that can be said to whom it calls."""
        tag, options = random.choice(["", " @x", " @y"]), random.choice(["", " cli +46850020007", " cli private"])
        if kind == "tell":
            whom = random.choice(['pstn "{{ start.number }}"', 'sip "a@example.com"'])
            more = "" if self.everywhere else random.choice(["", " max-duration 9m dial-timeout 20s"])
            return [f'on callout tell {{ call {whom}{options}{more} say "Hello."{tag} hangup }}']
        whom = 'pstn "{{ start.number }}"' if self.everywhere or random.random() < 0.6 else 'sip "sips:a@example.com"'
        goals = random.sample(self.goals, min(len(self.goals), 2))
        keys = " ".join(f"key {number} -> {goal}" for number, goal in enumerate([*goals, "otherwise"], 1))
        menu = f'menu {{ prompt "Yes or no?" {random.choice(["barge no", ""])} {keys} }}{tag}'
        phase = random.choice(["", " { phase l91 }"])
        action = random.choice([menu, menu, f"l90: connect pstn +46850020009{phase}{tag}", "hangup"])
        prompt = random.choice(['say "We record." @x', 'play "https://a.example/beep.wav"', ""])
        if action != "hangup" and random.random() < 0.5:
            action = f"record call to {self.store} {{ {action} }}"
        return [f"on callout ask {{ call {whom}{options} dial-timeout 30s }}", f"on ace ask {{ {prompt} {action} }}"]

    def store_line(self, name: str) -> str:
        if self.everywhere:
            return f'store {name} {{ url "s3://acme-{name}/in/" credentials env KEY{self.promises()} }}'
        more = self.random.choice(["", "", " format wav", " transcribe en-GB", " direction both", " direction inbound"])
        scheme = self.random.choice(["s3", "s3", "gs"])
        return f'store {name} {{ url "{scheme}://acme-{name}/in/" credentials env KEY{more}{self.promises()} }}'

    def policy(self) -> str:
        lines = [
            "policy random",
            "locale en-GB",
            "voice Amy",
            "voice Astrid in sv-SE",
            *(self.store_line(name) for name in STORES),
        ]
        lines.append(self.handler("ice"))
        lines += [self.handler("pie", name) for name in self.goals]
        lines += self.answers(lines)
        lines.append("on pie otherwise { hangup }")
        lines.append(self.random.choice(["on recording failure hangup"] * 4 + ["on recording failure continue", ""]))
        lines += self.callouts(lines)
        lines += self.requests(lines, ["caller", "callee"], 0.25)
        lines.append(self.random.choice(["on phase failure refuse", "on phase failure hangup", "", "", ""]))
        lines += self.rules()
        return "\n".join([*lines, *self.beside(lines), *self.guarantees()]) + "\n"

    def beside(self, lines: list[str]) -> list[str]:
        """Rules that record more, often to a store beside another; they leave the rest as it would be without."""
        random = Random("beside\n" + "\n".join(lines))
        if self.everywhere or random.random() > 0.3:
            return []
        text = "\n".join(lines)
        labels = [*re.findall(r"([a-z0-9-]+): ", text), *re.findall(r"phase (l[0-9]+)", text)] or ["all"]
        made = []
        for _ in range(random.choice([1, 1, 2])):
            chosen = ", ".join(sorted({random.choice(labels) for _ in range(random.randint(1, 3))}))
            taken = f" except {random.choice(labels)}" if random.random() < 0.3 else ""
            made.append(
                f"record call {random.choice([chosen, chosen, chosen, '@x'])}{taken} to {random.choice(STORES)}"
            )
        return made

    def guarantees(self) -> list[str]:
        forms = ("never record {}", "never record {}", "always record {}", "announce {} before recording")
        made = [self.random.choice(forms).format(self.selector()) for _ in range(self.random.choice([0, 1, 1, 2, 3]))]
        return [*made, *self.further_guarantees()]


def random_policy_for_v2(random: Random, *, everywhere: bool = False, requests: bool = True) -> str:
    """The text of a policy of what Voice API v2 can say, and with `everywhere` the other targets too.

    It may still have errors. `requests` says whether it may have requests within talks.
    """
    maker = _Maker2(random, everywhere=everywhere)
    maker.asks = requests
    return maker.policy()
