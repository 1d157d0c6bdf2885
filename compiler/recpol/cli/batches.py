"""Batches of Voice API v2, which recpol does not write: what is said where somebody asks for one.

Two sources disagree about the form. Tutorial 1.2 adds `parameters`, one object, and `batchOptions` to `POST calls`: one
request for each person. The Python SDK 2.3.0 sends `parameters` as a list of objects, one for each call, to
`POST batches`. How a text says an `@`, which begins the name of a parameter, no page says.
"""

from __future__ import annotations

from recpol.cli.arguments import Arguments
from recpol.platform.sources import VOICE_V2, VOICE_V2_TUTORIALS

_MESSAGE = (
    "recpol writes no batches, for two sources disagree about their form: `parameters` is one object "
    f"({VOICE_V2_TUTORIALS}), or a list of them ({VOICE_V2})"
)
_HELP = (
    "send one request for each person: `recpol callout NAME number=+44…` in a loop, or `recpol render --start "
    "number=+44… build/POLICY/callout.NAME.json` and a POST to `…/calls`"
)


def no_batches(parser: Arguments) -> None:
    """Have a command say what to do instead of `--batch`."""
    parser.refuse("--batch", _MESSAGE, _HELP)
