"""Inputs that grow: each token, list and nesting of policies, SVAML, settings and tests, at any size.

A `Shape` makes the files of a project in which one thing is as long as wanted, in characters. What is around it is
small, so that what a command does with the files is what it does with that thing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

Files = dict[str, str]


class Shape(NamedTuple):
    """What grows, the commands that read it, and how to make files in which it has about so many characters."""

    name: str
    commands: tuple[str, ...]
    files: Callable[[int], Files]


POLICY = (
    "lint desk.recpol",
    "fmt --diff desk.recpol",
    "compile -o out desk.recpol",
    "explain desk.recpol",
    "explain --format markdown desk.recpol",
    "prove desk.recpol",
    "targets desk.recpol",
    *(f"lint desk.recpol --output-format {form}" for form in ("sarif", "json", "gitlab", "github", "junit")),
    "lint desk.recpol --fix --diff",
)
DOCUMENT = ("lint desk.ice.json", "import desk.ice.json", "lint desk.ice.json --fix --diff")
COMMANDS = ("lint desk.svaml.json", "import desk.svaml.json")
SETTINGS = ("lint desk.recpol", "compile -o out desk.recpol")
TESTS = ("test .",)

STORE = 'store calls { url "s3://acme/x/" credentials env KEY }\n'
HEAD = f"policy desk\nlocale en-GB\n{STORE}"
DESK = HEAD + 'on ice { answer notice: say "Recorded." record { talk: connect pstn +46850020000 } }\n'


def filled(one: str, size: int, between: str = "") -> str:
    """A text again and again, with `%d` as its number, up to about so many characters."""
    parts: list[str] = []
    length = 0
    while length < size:
        part = one.replace("%d", str(len(parts)))
        parts.append(part)
        length += len(part) + len(between)
    return between.join(parts)


def nested(opened: str, inner: str, closed: str, size: int) -> str:
    """A text within itself."""
    depth = size // (len(opened) + len(closed))
    return opened * depth + inner + closed * depth


def policy(name: str, make: Callable[[int], str]) -> Shape:
    return Shape(name, POLICY, lambda size: {"desk.recpol": make(size)})


def ice(inside: str) -> str:
    return HEAD + "on ice { answer " + inside + " }\n"


def document(name: str, make: Callable[[int], Any]) -> Shape:
    return Shape(name, DOCUMENT, lambda size: {"desk.ice.json": written(make(size))})


def commands(name: str, make: Callable[[int], Any]) -> Shape:
    return Shape(name, COMMANDS, lambda size: {"desk.svaml.json": written(make(size))})


def settings(name: str, make: Callable[[int], str]) -> Shape:
    return Shape(name, SETTINGS, lambda size: {"recpol.yaml": make(size), "desk.recpol": DESK})


def tests(name: str, make: Callable[[int], str]) -> Shape:
    return Shape(name, TESTS, lambda size: {"desk.test.yaml": make(size), "desk.recpol": DESK})


def written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def several(one: str, size: int) -> list[Any]:
    """A JSON value again and again, with `%d` as its number."""
    found: list[Any] = json.loads("[" + filled(one, size, ",") + "]")
    return found


def action(**properties: Any) -> Any:
    return {"action": {"name": "ConnectPstn", "number": "+46850020000", **properties}}


def said(text: str) -> Any:
    return {"instructions": [{"name": "Say", "text": text, "locale": "en-GB"}], "action": {"name": "Hangup"}}


def menu(*items: Any) -> Any:
    return {
        "action": {
            "name": "RunMenu",
            "mainMenu": "main",
            "menus": [{"id": "main", "mainPrompt": "#tts[a]", "options": list(items)}],
        }
    }


def played(text: str) -> Any:
    return {"instructions": [{"name": "PlayFiles", "ids": [text], "locale": "en-GB"}], "action": {"name": "Hangup"}}


ANSWER = {"command": "answer"}


def chain(size: int) -> str:
    n = size // 90
    made = "".join(f'on pie a{i} {{ menu {{ prompt "x" key 1 -> a{i + 1} }} }}\n' for i in range(n))
    return (
        ice('menu { prompt "x" key 1 -> a0 }')
        + made
        + f"on pie a{n} {{ record {{ connect pstn +46850020000 }} }}\non pie otherwise {{ hangup }}\n"
    )


def submenus(size: int) -> str:
    n = size // 50
    made = "".join(f'menu m{i} {{ prompt "x" key 1 -> menu m{i + 1} }}\n' for i in range(n))
    return (
        ice('menu { prompt "x" key 1 -> menu m0\n' + made + f'menu m{n} {{ prompt "x" key 1 -> done }} }}')
        + "on pie done { hangup }\non pie otherwise { hangup }\n"
    )


def star(size: int) -> str:
    n = size // 90
    made = "".join(f'menu m{i} {{ prompt "x" key 1 -> a{i} }}\n' for i in range(n))
    return (
        ice('menu { prompt "x" key 1 -> menu m0\n' + made + " }")
        + "".join(f"on pie a{i} {{ record {{ t{i}: connect pstn +46850020000 }} }}\n" for i in range(n))
        + "on pie otherwise { hangup }\n"
    )


def v2_menus(size: int) -> Any:
    n = size // 120
    inner: Any = {f"m{i}": {"matches": {"1": [{"command": "gotoMenu", "menuName": f"m{i + 1}"}]}} for i in range(n)}
    inner[f"m{n}"] = {"matches": {"1": [{"command": "hangup"}]}}
    return {"commands": [ANSWER, {"command": "menu", "startMenu": "m0", "menus": inner}]}


def v2_nested(size: int) -> Any:
    opened = '{"command":"menu","startMenu":"m","menus":{"m":{"matches":{"1":['
    return '{"commands":[' + nested(opened, '{"command":"hangup"}', "]}}}}", size) + "]}"


def folder(size: int) -> Files:
    """Many small policies."""
    return {f"p{i}.recpol": DESK.replace("policy desk", f"policy p{i}") for i in range(size // len(DESK))}


_ASTRAY = 'on pie h%d { menu { prompt "x" key 1 -> g%d } }\n'
_ROOM = 'on pie m%d { menu { prompt "x" key 1 -> r%d } }\non pie r%d { connect conference "room %d" @t }\n'
_CALLOUT = 'on callout c%d { call pstn +46850020000 }\non ace c%d { say "x" hangup }\n'
_DIAL = 'on pie m%d { menu { prompt "x" key 1 -> t%d } }\non pie t%d { connect pstn +46850020000 @t { phase p%d } }\n'


SHAPES = (
    # ── tokens of policies
    policy("name of a policy", lambda n: DESK.replace("desk", "d" * n)),
    policy("name with hyphens", lambda n: DESK.replace("desk", "d" + "-d" * (n // 2))),
    policy("label", lambda n: DESK.replace("talk", "t" * n)),
    policy("name of a store", lambda n: DESK.replace("calls", "c" * n)),
    policy("name of a handler", lambda n: DESK + f"on pie {'p' * n} {{ hangup }}"),
    policy("tag", lambda n: ice(f'say "x" @{"t" * n} hangup')),
    policy("locale", lambda n: DESK.replace("en-GB", "en-Gb" + "-ab" * (n // 3))),
    policy("voice", lambda n: DESK.replace("locale en-GB", f"voice {'V' * n} in en-GB")),
    policy("number", lambda n: DESK.replace("+46850020000", "+" + "4" * n)),
    policy("number with blanks", lambda n: DESK.replace("+46850020000", "+46" + " 8" * (n // 2))),
    policy("integer", lambda n: ice(f'menu {{ prompt "x" digits {"1" * n} -> a }}') + "on pie a { hangup }"),
    policy("quantity", lambda n: ice(f"connect pstn +46850020000 max-duration {'9' * n}s")),
    policy("unit", lambda n: ice(f"connect pstn +46850020000 max-duration 9{'s' * n}")),
    policy("text", lambda n: ice(f'say "{"word " * (n // 5)}" hangup')),
    policy("text without blanks", lambda n: ice(f'say "{"w" * n}" hangup')),
    policy("text of escapes", lambda n: ice('say "' + "\\n" * (n // 2) + '" hangup')),
    policy("text of bad escapes", lambda n: ice('say "' + "\\q" * (n // 2) + '" hangup')),
    policy("text of odd escapes", lambda n: ice('say "' + "\\u{" * (n // 3) + '" hangup')),
    policy("text of emoji", lambda n: ice('say "' + "\U0001f600" * n + '" hangup')),
    policy("text of open placeholders", lambda n: ice('say "' + "{{" * (n // 2) + '" hangup')),
    policy("text of placeholders", lambda n: ice('say "' + "{{ call.cli }}" * (n // 14) + '" hangup')),
    policy("text of unknown placeholders", lambda n: ice('say "' + filled("{{ call.x%d }}", n) + '" hangup')),
    policy("text of unknown variables", lambda n: ice('say "' + filled("{{ var.x%d }}", n) + '" hangup')),
    policy("text of wrong placeholders", lambda n: ice('say "' + "{{ 1 }}" * (n // 7) + '" hangup')),
    policy("text of blocks", lambda n: ice('say "' + "{% x" * (n // 4) + '" hangup')),
    policy("placeholder of blanks", lambda n: ice('say "{{ call.cli' + " " * n + '}}" hangup')),
    policy(
        "placeholder with a filter of blanks", lambda n: ice('say "{{ call.cli | default(' + " " * n + ' }}" hangup')
    ),
    policy("placeholder of parts", lambda n: ice('say "{{ call' + ".a" * (n // 2) + ' }}" hangup')),
    policy("placeholder of filters", lambda n: ice('say "{{ call.cli' + " | e164" * (n // 7) + ' }}" hangup')),
    policy("text of control characters", lambda n: ice('say "' + "\x01" * n + '" hangup')),
    policy("ssml of tags", lambda n: ice('say ssml "' + "<b>" * (n // 3) + '" hangup')),
    policy("ssml of open tags", lambda n: ice('say ssml "' + "<" * n + '" hangup')),
    policy("ssml of comments", lambda n: ice('say ssml "' + "<!--" * (n // 4) + '" hangup')),
    policy("ssml of entities", lambda n: ice('say ssml "' + "&amp" * (n // 4) + '" hangup')),
    policy("file", lambda n: ice(f'play "{"f" * n}" hangup')),
    policy("address of a file", lambda n: ice(f'play "https://{"a:" * (n // 2)}" hangup')),
    policy("tones", lambda n: ice(f'tones "{"1x" * (n // 2)}" hangup')),
    policy("sip address", lambda n: ice(f'connect sip "{"a@" * (n // 2)}"')),
    policy("destination", lambda n: DESK.replace("acme/x/", "acme/" + "x/" * (n // 2))),
    policy("destination of colons", lambda n: DESK.replace("s3://acme/x/", "s3://" + ":" * n)),
    policy("destination of dots", lambda n: DESK.replace("acme/x/", "acme/" + "../" * (n // 3))),
    policy("destination in percents", lambda n: DESK.replace("acme/x/", "acme/" + "%2e" * (n // 3))),
    policy("credentials", lambda n: DESK.replace("env KEY", '"' + "a:" * (n // 2) + '"')),
    policy("credentials with a colon", lambda n: DESK.replace("env KEY", ": " * (n // 2))),
    policy("name of a secret", lambda n: DESK.replace("KEY", "K" * n)),
    policy("tokens in a comment", lambda n: DESK + "# " + "-eyJabcdefgh" * (n // 12)),
    policy("secrets in a comment", lambda n: DESK + "# " + "token:(" * (n // 7)),
    policy("secrets in blanks", lambda n: DESK + "# " + "password=" * (n // 9)),
    policy("addresses in a comment", lambda n: DESK + "# " + "a://b:" * (n // 6)),
    policy("comment", lambda n: DESK + "#" + "x" * n),
    policy("comments", lambda n: DESK + "# x\n" * (n // 4)),
    policy("blanks", lambda n: DESK + " " * n),
    policy("lines", lambda n: DESK + "\n" * n),
    policy("returns", lambda n: DESK + "\r" * n),
    policy("open strings on a line", lambda n: DESK + '"\r' * (n // 2)),
    policy("open strings", lambda n: DESK + '"x\n' * (n // 3)),
    policy("signs", lambda n: DESK + "$" * n),
    policy("signs and blanks", lambda n: DESK + "$ " * (n // 2)),
    policy("wrong words", lambda n: DESK + filled("w%d ", n)),
    policy("wrong words in a handler", lambda n: ice(filled("w%d ", n))),
    policy("capitals", lambda n: ice("HANGUP " * (n // 7))),
    policy("braces", lambda n: DESK + "{" * n),
    policy("closing braces", lambda n: DESK + "}" * n),
    policy("colons", lambda n: DESK + "a: " * (n // 3)),
    policy("keys with #", lambda n: ice('menu { prompt "x" ' + "key # -> a " * (n // 11) + " }")),
    policy("goals without a name", lambda n: ice('menu { prompt "x" ' + "key 1 -> menu " * (n // 14) + " }")),
    policy("C comments", lambda n: DESK + "/* x " * (n // 5)),
    # ── lists of policies
    policy("suppressions of unknown rules", lambda n: DESK + filled("# allow no-rule-%d: why\n", n)),
    policy("suppressions of one rule", lambda n: DESK + "# allow unused-store: why\n" * (n // 26)),
    policy("suppressions with a colon in the reason", lambda n: DESK + "# allow unused-store" + " x" * (n // 2)),
    policy("policies", lambda n: DESK * (n // len(DESK))),
    policy("uses", lambda n: DESK + filled('use "r%d.recpol"\n', n)),
    policy("locales", lambda n: "locale en-GB\n" * (n // 13) + DESK),
    policy("stores", lambda n: DESK + filled('store s%d { url "s3://acme/y%d/" credentials env KEY }\n', n)),
    policy("stores of one name", lambda n: DESK + 'store s { url "s3://acme/y/" credentials env KEY }\n' * (n // 50)),
    policy(
        "stores in use",
        lambda n: (
            "policy p\nlocale en-GB\n"
            + filled('store s%d { url "s3://acme/y%d/" credentials env KEY }\n', n)
            + ice(filled('record to s%d { say "x" } ', n) + "hangup")
        ),
    ),
    policy("fields", lambda n: DESK.replace("env KEY", "env KEY " + "format mp3 " * (n // 11))),
    policy("handlers", lambda n: DESK + filled("on pie p%d { hangup }\n", n)),
    policy("handlers of one name", lambda n: DESK + "on pie p { hangup }\n" * (n // 20)),
    policy("handlers without menus", lambda n: DESK + filled("on manage m%d { hangup }\n", n)),
    policy("handlers in a chain", chain),
    policy("menus in a chain", submenus),
    policy("menus side by side", star),
    policy("segments", lambda n: ice('say "x" ' * (n // 8) + "hangup")),
    policy("segments with labels", lambda n: ice(filled('l%d: say "x" ', n) + "hangup")),
    policy("segments of one label", lambda n: ice('l: say "x" ' * (n // 11) + "hangup")),
    policy("segments with tags", lambda n: ice(filled('say "x" @t%d ', n) + "hangup")),
    policy("tags", lambda n: ice('say "x" ' + filled("@t%d ", n) + "hangup")),
    policy("blocks side by side", lambda n: ice('record { say "x" } say "y" ' * (n // 27) + "hangup")),
    policy("blocks within blocks", lambda n: ice(nested("record { ", 'say "x"', " }", n) + " hangup")),
    policy("actions", lambda n: ice("hangup " * (n // 7))),
    policy("connects", lambda n: ice("connect pstn +46850020000 " * (n // 26))),
    policy("cookies", lambda n: ice(filled('cookie "a%d"="b" ', n) + "hangup")),
    policy("files", lambda n: ice('play "a"' + ', "a"' * (n // 5) + " hangup")),
    policy("options", lambda n: ice("connect pstn +46850020000 " + "dial-timeout 5s " * (n // 16))),
    policy("headers", lambda n: ice('connect sip "a@b.c" ' + filled('header "h%d"="x" ', n))),
    policy("phases", lambda n: ice("record { talk: connect pstn +46850020000 { " + filled("phase p%d @t ", n) + "} }")),
    policy("phases of one name", lambda n: ice("talk: connect pstn +46850020000 { " + "phase p " * (n // 8) + "}")),
    policy("keys", lambda n: ice('menu { prompt "x" ' + "key 1 -> a " * (n // 11) + "} ") + "on pie a { hangup }"),
    policy("goals", lambda n: ice('menu { prompt "x" ' + filled("key 1 -> a%d ", n) + "} ")),
    policy(
        "further menus", lambda n: ice('menu { prompt "x" key 1 -> a ' + filled('menu m%d { prompt "x" } ', n) + "} ")
    ),
    policy("parts of a prompt", lambda n: ice('menu { prompt "x"' + ', "x"' * (n // 5) + " key 1 -> a } ")),
    policy("lines of park", lambda n: ice("park { " + 'hold "x" ' * (n // 9) + "} ")),
    policy("decisions", lambda n: DESK + "record talk\n" * (n // 12)),
    policy("decisions about labels", lambda n: ice(filled('l%d: say "x" ', n) + "hangup") + filled("record l%d\n", n)),
    policy("decisions with unknown labels", lambda n: DESK + filled("record l%d\n", n)),
    policy("guarantees", lambda n: DESK + "always record talk\n" * (n // 19)),
    policy(
        "guarantees that contradict each other", lambda n: DESK + "always record talk\nnever record talk\n" * (n // 37)
    ),
    policy("guarantees with reasons", lambda n: DESK + filled('never record @t%d because "x"\n', n)),
    policy("announcements", lambda n: DESK + "announce notice before recording\n" * (n // 34)),
    policy("announcements in recordings", lambda n: DESK + "announce notice in recording\n" * (n // 30)),
    policy("labels of a decision", lambda n: DESK + "record talk" + ", talk" * (n // 6)),
    policy("unknown labels of a decision", lambda n: DESK + "record talk" + filled(", l%d", n)),
    policy("tags of a guarantee", lambda n: DESK + "never record @a" + filled(", @t%d", n)),
    policy("patterns of places", lambda n: DESK + 'keep recordings in "s3://x/**"' + filled(', "s3://y%d/**"', n)),
    policy("stars of a place", lambda n: DESK + f'keep recordings in "s3://{"*a" * (n // 2)}"'),
    policy(
        "stars of a long place",
        lambda n: (
            DESK.replace("acme/x/", "acme/" + "x/" * (n // 4)) + f'keep recordings in "s3://{"*x**/" * (n // 10)}"'
        ),
    ),
    policy("places kept", lambda n: DESK + 'keep recordings in "s3://acme/**"\n' * (n // 34)),
    # ── replies in JSON
    document("text", lambda n: said("word " * (n // 5))),
    document("escapes", lambda n: '{"action": {"name": "ConnectPstn", "number": "' + "\\u0041" * (n // 6) + '"}}'),
    document("prompt of openings", lambda n: played("#tts[" * (n // 5))),
    document("prompt of brackets", lambda n: played("#tts[" + "]" * n)),
    document("prompt of parts", lambda n: played("#tts[a];" * (n // 8))),
    document("prompt of blanks", lambda n: played("#tts[a]" + " " * n + "x")),
    document("prompt of tags", lambda n: played("#ssml[" + "<" * n + "]")),
    document("prompt of comments", lambda n: played("#ssml[" + "<!--" * (n // 4) + "]")),
    document("goal of blanks", lambda n: menu({"dtmf": "1", "action": "return(" + " " * n})),
    document("goal of brackets", lambda n: menu({"dtmf": "1", "action": "return(" * (n // 7)})),
    document("number", lambda n: action(number="+4 " * (n // 3))),
    document("number of digits", lambda n: '{"action": {"name": "ConnectPstn", "maxDuration": ' + "9" * n + "}}"),
    document("property", lambda n: action(**{"x" * n: 1})),
    document("unknown properties", lambda n: action(**{f"x{i}": 1 for i in range(n // 10)})),
    document("properties again", lambda n: '{"action": {' + '"name": "Hangup", ' * (n // 18) + '"name": "Hangup"}}'),
    document(
        "instructions",
        lambda n: {"instructions": [{"name": "Say", "text": "x"}] * (n // 30), "action": {"name": "Hangup"}},
    ),
    document(
        "recordings",
        lambda n: {
            "instructions": several('{"name": "StartRecording", "options": {"destinationUrl": "s3://acme/x%d"}}', n),
            "action": {"name": "Hangup"},
        },
    ),
    document(
        "unknown instructions", lambda n: {"instructions": several('{"name": "X%d"}', n), "action": {"name": "Hangup"}}
    ),
    document("odd instructions", lambda n: {"instructions": [1] * (n // 3), "action": {"name": "Hangup"}}),
    document(
        "cookies",
        lambda n: {
            "instructions": several('{"name": "SetCookie", "key": "k%d", "value": "v"}', n),
            "action": {"name": "Hangup"},
        },
    ),
    document(
        "files",
        lambda n: {
            "instructions": [{"name": "PlayFiles", "ids": ["#tts[a]"] * (n // 11), "locale": "en-GB"}],
            "action": {"name": "Hangup"},
        },
    ),
    document("options", lambda n: menu(*several('{"dtmf": "1", "action": "return(a%d)"}', n))),
    document(
        "menus",
        lambda n: {
            "action": {
                "name": "RunMenu",
                "menus": several(
                    '{"id": "m%d", "mainPrompt": "#tts[a]", "options": [{"dtmf": "1", "action": "menu(m1)"}]}', n
                ),
            }
        },
    ),
    document(
        "headers",
        lambda n: {
            "action": {
                "name": "ConnectSip",
                "destination": {"endpoint": "a@b.c"},
                "callHeaders": several('{"key": "h%d", "value": "x"}', n),
            }
        },
    ),
    document("lists within lists", lambda n: '{"action": ' + nested("[", "", "]", n) + "}"),
    document("objects within objects", lambda n: '{"action": ' + nested('{"a":', "1", "}", n) + "}"),
    document("no JSON", lambda n: '{"action": ' + "x" * n),
    document("JSON with comments", lambda n: '{"action": ' + "// x\n" * (n // 5) + "}"),
    document("quotes of another kind", lambda n: "{" + "'a': 'b', " * (n // 10) + "}"),
    document("commas", lambda n: '{"action": [' + "," * n),
    document(
        "secrets",
        lambda n: action(recordingOptions={"destinationUrl": "s3://acme/", "credentials": "token:(" * (n // 7)}),
    ),
    document("destination", lambda n: action(record=True, recordingOptions={"destinationUrl": "s3://" + ":" * n})),
    document(
        "recordings to different places",
        lambda n: {
            "instructions": several('{"name": "StartRecording", "options": {"destinationUrl": "s3://a/%d"}}', n),
            "action": {"name": "Hangup"},
        },
    ),
    document(
        "misspelt options",
        lambda n: {
            "instructions": several('{"name": "StartRecording", "options": {"destinationUrl": "s3://a", "x%d": 1}}', n)
        },
    ),
    document("texts of a wrong type", lambda n: {"instructions": several('{"name": "Say", "text": %d}', n)}),
    Shape(
        "callout",
        ("lint desk.callout.json",),
        lambda n: {
            "desk.callout.json": json.dumps(
                {
                    "method": "customCallout",
                    "customCallout": {
                        "destination": {"type": "number", "endpoint": "+46850020000"},
                        "ice": json.dumps(said("x" * n)),
                    },
                }
            )
        },
    ),
    Shape(
        "replies",
        ("lint .",),
        lambda n: {f"r{i}.ice.svaml.json": json.dumps(said("x")) for i in range(n // 100)},
    ),
    # ── commands
    commands("commands", lambda n: {"commands": [ANSWER] * (n // 22)}),
    commands("unknown commands", lambda n: {"commands": several('{"command": "x%d"}', n)}),
    commands(
        "recordings",
        lambda n: {
            "commands": [
                ANSWER,
                *several('{"command": "startRecording", "recordingName": "r%d", "destinationUrl": "s3://acme/"}', n),
            ]
        },
    ),
    commands(
        "keys",
        lambda n: {
            "commands": [
                ANSWER,
                {
                    "command": "menu",
                    "startMenu": "m",
                    "menus": {"m": {"matches": {str(10 + i): [{"command": "hangup"}] for i in range(n // 36)}}},
                },
            ]
        },
    ),
    commands(
        "expressions",
        lambda n: {
            "commands": [
                ANSWER,
                {
                    "command": "menu",
                    "startMenu": "m",
                    "menus": {
                        "m": {
                            "matches": {f"(((0*)*)*)*1{i}": [{"command": "hangup"}] for i in range(n // 46)}
                            | {"0" * 12: [{"command": "hangup"}]}
                        }
                    },
                },
            ]
        },
    ),
    commands(
        "long expression",
        lambda n: {
            "commands": [
                ANSWER,
                {
                    "command": "menu",
                    "startMenu": "m",
                    "menus": {"m": {"matches": {"(0*)*" * (n // 5): [{"command": "hangup"}]}}},
                },
            ]
        },
    ),
    commands("menus in a chain", v2_menus),
    commands("menus within menus", v2_nested),
    commands(
        "messages",
        lambda n: {
            "commands": [
                ANSWER,
                {
                    "command": "sendMessages",
                    "messages": [{"type": "SAY", "say": {"text": "x", "voiceName": "Amy"}}] * (n // 60),
                },
            ]
        },
    ),
    commands(
        "text",
        lambda n: {
            "commands": [
                ANSWER,
                {
                    "command": "sendMessages",
                    "messages": [{"type": "SAY", "say": {"text": "word " * (n // 5), "voiceName": "Amy"}}],
                },
            ]
        },
    ),
    commands(
        "dials",
        lambda n: {
            "commands": [
                ANSWER,
                *several(
                    '{"command": "dial", "callName": "c%d", "to": {"type": "PHONE", "number": "+46850020000"}}', n
                ),
            ]
        },
    ),
    # ── settings
    settings("a pattern", lambda n: "include: ['" + "*a" * (n // 2) + ".recpol', '*.recpol']"),
    settings("folders of a pattern", lambda n: "include: ['" + "**/" * (n // 3) + "*.recpol']"),
    settings("patterns", lambda n: "include: [" + "'*.recpol', " * (n // 12) + "]"),
    settings("paths", lambda n: "paths:\n" + filled('  "**/a%d*":\n    rules: {unused-store: info}\n', n)),
    settings("unknown rules", lambda n: "rules:\n" + filled("  no-rule-%d: off\n", n)),
    settings("unknown keys", lambda n: filled("key%d: off\n", n)),
    settings("variables", lambda n: "vars:\n" + filled("  v%d: x\n", n)),
    settings("variables of one name", lambda n: "vars:\n" + "  v: x\n" * (n // 7)),
    settings("a variable", lambda n: "vars:\n  v: " + "x" * n),
    settings("environments", lambda n: "environments:\n" + filled("  e%d: {vars: {a: b}}\n", n)),
    settings("lists within lists", lambda n: "include: " + nested("[", "a", "]", n)),
    settings("maps within maps", lambda n: "vars: " + nested("{a: ", "b", "}", n)),
    settings(
        "anchors",
        lambda n: "vars:\n  a0: &a0 [x]\n" + "".join(f"  a{i + 1}: &a{i + 1} [*a{i}, *a{i}]\n" for i in range(n // 30)),
    ),
    settings("an output folder", lambda n: "out: " + "o/" * (n // 2)),
    settings("quotes", lambda n: 'out: "' + "\\n" * (n // 2) + '"'),
    # ── tests
    tests("tests", lambda n: "tests:\n" + filled("  - name: t%d\n    call: answer\n    files: 1\n", n)),
    tests("a name", lambda n: "tests:\n  - name: " + "x" * n + "\n    call: answer\n"),
    tests("a call", lambda n: "tests:\n  - name: x\n    call: " + "press 1; " * (n // 9) + "\n"),
    tests("a quoted word of a call", lambda n: "tests:\n  - name: x\n    call: 'send \"" + "x" * n + "\"'\n"),
    tests(
        "things recorded",
        lambda n: "tests:\n  - name: x\n    call: answer\n    recorded: [" + "talk, " * (n // 6) + "]\n",
    ),
    tests(
        "unknown things",
        lambda n: "tests:\n  - name: x\n    call: answer\n    recorded: [" + filled("w%d, ", n) + "]\n",
    ),
    tests("unknown keys", lambda n: "tests:\n  - name: x\n    call: answer\n" + filled("    k%d: x\n", n)),
    # ── replies that are filled
    Shape(
        "values",
        ("render a.json --call call.json",),
        lambda n: {"a.json": json.dumps({"ids": ["#tts[" + "{{ call.a }} " * (n // 13)]}), "call.json": '{"a": "x"}'},
    ),
    Shape(
        "one value",
        ("render a.json --call call.json",),
        lambda n: {"a.json": json.dumps({"ids": ["#tts[{{ call.a }}]"]}), "call.json": json.dumps({"a": "x" * n})},
    ),
    Shape(
        "strings",
        ("render a.json --call call.json",),
        lambda n: {"a.json": json.dumps({"ids": ["#tts[{{ call.a }}]"] * (n // 22)}), "call.json": '{"a": "x"}'},
    ),
    Shape(
        "openings",
        ("render a.json --call call.json",),
        lambda n: {"a.json": json.dumps({"ids": ["#ssml[<" * (n // 7) + "{{ call.a }}"]}), "call.json": '{"a": "x"}'},
    ),
    Shape(
        "filters",
        ("render a.json --call call.json",),
        lambda n: {"a.json": json.dumps({"a": "{{ call.a" + " | e164" * (n // 7) + " }}"}), "call.json": '{"a": "1"}'},
    ),
    Shape(
        "lines of an environment",
        ("render a.json --env-file e.env",),
        lambda n: {"a.json": "{}", "e.env": "A =" + " " * n + "x"},
    ),
    # ── calls and folders
    Shape(
        "call",
        ("simulate desk.recpol a.call", "simulate desk.recpol a.call --trace"),
        lambda n: {"desk.recpol": DESK, "a.call": "answer; " * (n // 8)},
    ),
    Shape("policies in a folder", ("lint .", "compile -o out .", "fmt --check ."), folder),
    # ── what once grew with the square
    policy("keys to handlers that are not there", lambda n: DESK + filled(_ASTRAY, n)),
    policy("rooms in menus", lambda n: DESK + filled(_ROOM, n) + "on pie otherwise { hangup }\nrecord call @t\n"),
    policy("callouts", lambda n: DESK + filled(_CALLOUT, n)),
    policy(
        "connects before one continue",
        lambda n: DESK + filled(_DIAL, n) + "on pie otherwise { hangup }\non ace { continue }\nrecord @t\n",
    ),
    Shape(
        "policies that can be fixed",
        ("lint --jobs 1 .", "lint --jobs 1 --diff ."),
        lambda n: {f"d{one}.recpol": f'policy d{one}\non ice {{ saay "x" }}\n' for one in range(n // 30)},
    ),
    Shape(
        "guarantees about segments",
        SETTINGS,
        lambda n: {
            "desk.recpol": ice(filled('l%d: say "x" ', n) + "record { connect pstn +46850020000 }")
            + filled("announce l%d before recording\n", n)
        },
    ),
    Shape(
        "policies with rules in common that can be fixed",
        ("lint --jobs 1 .", "lint --jobs 1 --diff ."),
        lambda n: {
            "rules.recpol": "rules all\non pie otherwise { hangup }\n",
            **{
                f"d{one}.recpol": f'policy d{one}\nuse "rules.recpol"\non ice {{ connect pstn 46850020000 }}\n'
                for one in range(n // 70)
            },
        },
    ),
)
