"""The rows of the table about what stores promise, and about the guarantees beside those on what is recorded."""

from __future__ import annotations

from recpol.support_matrix.parts import HEAD, PLAY, TALK

_S3 = 'url "s3://acme-recordings/calls/" credentials env S3_CREDENTIALS'


def _stored(fields: str, *lines: str, ice: str = f"record {{ {TALK} }}") -> str:
    more = "".join(f"{line}\n" for line in lines)
    return f"{HEAD}store calls {{ {_S3} {fields} }}\non ice {{ answer {ice} }}\n{more}"


_STOP = (
    'menu { prompt play "https://acme.example/menu.wav" key 9 -> stop }',
    f"on pie stop {{ {PLAY} hangup }}",
    "on pie otherwise { hangup }",
    "opt-out stop",
)

STORES = (
    ("`keep`", "keep_field", _stored("keep 5y to 7y")),
    ("`readers`", "readers", _stored('readers "compliance"')),
    ("`encrypted`", "encrypted", _stored("encrypted yes")),
    ("`region`", "region", _stored("region eu-north-1")),
)
"""What a store states of its place."""

GUARANTEES = (
    ("`keep recordings 5y`", "keep_time", _stored("keep 5y", "keep recordings 5y")),
    ("`keep recordings encrypted`", "keep_encrypted", _stored("encrypted yes", "keep recordings encrypted")),
    (
        "`keep recordings in region`",
        "keep_region",
        _stored("region eu-north-1", "keep recordings in region eu-north-1"),
    ),
    ("`never transcribe`", "never_transcribe", _stored("", "never transcribe @talk")),
    (
        "`record only inbound`, with a store that says so",
        "record_only",
        _stored("direction inbound", "record only inbound @talk"),
    ),
    ("`record only inbound` of what is not recorded", "", _stored("", "record only inbound @talk", ice=TALK)),
    ("`opt-out` before anything is recorded", "opt_out", _stored("", *_STOP[1:], ice=_STOP[0])),
    ("`opt-out` out of a recorded menu", "", _stored("", *_STOP[1:], ice=f"record {{ {_STOP[0]} }}")),
)
"""Guarantees beside those on what is recorded."""
