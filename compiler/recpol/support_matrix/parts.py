"""The parts of which the example policies of the support matrix are made."""

from __future__ import annotations

HEAD = "policy example\nlocale en-GB\n"
CALLS = 'store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }\n'
PLAY = 'play "https://acme.example/one.wav"'
NUMBER = "+442079460104"
TALK = f"connect pstn {NUMBER}"
SALES = f"on pie sales {{ {TALK} }}\n"
REST = "on pie otherwise { hangup }\n"


def policy(*lines: str) -> str:
    """A policy of these lines."""
    return HEAD + "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def ice(segments: str) -> str:
    """A reply to ICE that answers."""
    return f"on ice {{ answer {segments} }}\n"


def stored(fields: str) -> str:
    """A policy whose one store has these fields."""
    return policy(f"store calls {{ {fields} }}", ice(f"record {{ {TALK} }}"))


S3 = 'url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS'


def menu(lines: str, *more: str, within: str = "") -> str:
    """A policy whose one menu has these lines."""
    return policy(ice(f"menu{within} {{ {lines} }}"), *more, REST)


PROMPT = 'prompt play "https://acme.example/menu.wav"'
KEY = "key 1 -> sales"


def recorded(*lines: str) -> str:
    """A policy that has a store."""
    return policy(CALLS, *lines)
