"""A small policy for each thing that a request within a talk can do: rows of `recpol.support_matrix.examples`."""

from __future__ import annotations

_HEAD = "policy example\nlocale en-GB\n"
_CALLS = 'store calls { url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS }\n'
_PLAY = 'play "https://acme.example/one.wav"'
_TALK = "on ice { answer talk: connect pstn +442079460104 }\n"
_TOLD = f"connect pstn +442079460104 {{ phase card {{ begin {{ {_PLAY} }} }} }}"
_RECORDED = f"{_HEAD}{_CALLS}{_TALK}record talk\n"

REQUESTS = (
    (
        "`on manage NAME in SELECTOR`",
        "request_handler",
        f"{_HEAD}{_TALK}on manage end in talk {{ {_PLAY} hangup }}\n",
    ),
    (
        "`on manage NAME in SELECTOR`, to the callee",
        "",
        f"{_HEAD}{_TALK}on manage told in talk {{ {_PLAY} to callee }}\n",
    ),
    (
        "`on manage NAME in SELECTOR`, to everyone",
        "",
        f"{_HEAD}{_TALK}on manage told in talk {{ {_PLAY} to everyone }}\n",
    ),
    (
        "`on manage NAME in SELECTOR`, with `park`",
        "",
        f"{_HEAD}{_TALK}on manage wait in talk {{ park {{ }} }}\non manage back {{ hangup }}\n",
    ),
    (
        "`on manage NAME in SELECTOR` that stops a recording",
        "",
        f"{_RECORDED}on manage stop in talk {{ off: continue }}\n",
    ),
    (
        "`on manage NAME in SELECTOR` that stops a recording and says so",
        "",
        f"{_RECORDED}on manage stop in talk {{ {_PLAY} off: continue }}\n",
    ),
    (
        "`begin { … }`, `end { … }` of a phase",
        "phase_told",
        f"{_HEAD}on ice {{ answer talk: {_TOLD} }}\n",
    ),
    (
        "`begin { … }`, `end { … }` of a phase in which a recording stops",
        "",
        f"{_HEAD}{_CALLS}on ice {{ answer talk: {_TOLD} }}\nrecord talk except card\n",
    ),
    (
        "`key KEY -> NAME` of a room",
        "room_key",
        f'{_HEAD}on ice {{ room: connect conference "a" {{ key 9 -> end }} }}\non manage end in room {{ hangup }}\n',
    ),
)
"""Each is a name, what of the grammar it is about, and its policy."""
