"""A small policy for each thing that a request within a talk can do: rows of `recpol.support_matrix.examples`."""

from __future__ import annotations

from recpol.support_matrix.parts import CALLS, HEAD, PLAY, TALK

_TALK = f"on ice {{ answer talk: {TALK} }}\n"
_TOLD = f"{TALK} {{ phase card {{ begin {{ {PLAY} }} }} }}"
_RECORDED = f"{HEAD}{CALLS}{_TALK}record talk\n"

REQUESTS = (
    (
        "`on manage NAME in SELECTOR`",
        "request_handler",
        f"{HEAD}{_TALK}on manage end in talk {{ {PLAY} hangup }}\n",
    ),
    (
        "`on manage NAME in SELECTOR`, to the callee",
        "",
        f"{HEAD}{_TALK}on manage told in talk {{ {PLAY} to callee }}\n",
    ),
    (
        "`on manage NAME in SELECTOR`, to everyone",
        "",
        f"{HEAD}{_TALK}on manage told in talk {{ {PLAY} to everyone }}\n",
    ),
    (
        "`on manage NAME in SELECTOR`, with `park`",
        "",
        f"{HEAD}{_TALK}on manage wait in talk {{ park {{ }} }}\non manage back {{ hangup }}\n",
    ),
    (
        "`on manage NAME in SELECTOR` that stops a recording",
        "",
        f"{_RECORDED}on manage stop in talk {{ off: continue }}\n",
    ),
    (
        "`on manage NAME in SELECTOR` that stops a recording and says so",
        "",
        f"{_RECORDED}on manage stop in talk {{ {PLAY} off: continue }}\n",
    ),
    (
        "`begin { … }`, `end { … }` of a phase",
        "phase_told",
        f"{HEAD}on ice {{ answer talk: {_TOLD} }}\n",
    ),
    (
        "`begin { … }`, `end { … }` of a phase in which a recording stops",
        "",
        f"{HEAD}{CALLS}on ice {{ answer talk: {_TOLD} }}\nrecord talk except card\n",
    ),
    (
        "`key KEY -> NAME` of a room",
        "room_key",
        f'{HEAD}on ice {{ room: connect conference "a" {{ key 9 -> end }} }}\non manage end in room {{ hangup }}\n',
    ),
)
"""Each is a name, what of the grammar it is about, and its policy."""
