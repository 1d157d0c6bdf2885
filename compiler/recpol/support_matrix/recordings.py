"""The examples of the support matrix about what is recorded, and about guarantees."""

from __future__ import annotations

from recpol.support_matrix.parts import KEY, PLAY, PROMPT, REST, SALES, TALK, ice, policy, recorded

SIP, STREAM = '"north@pbx.acme.example"', '"wss://media.acme.example/calls"'
"""Whom a call can be to."""

RECORDINGS = (
    ("`record { … }` around sounds", "block", recorded(ice(f"record {{ {PLAY} }} hangup"))),
    ("`record { … }` around a menu", "", recorded(ice(f"record {{ menu {{ {PROMPT} {KEY} }} }}"), SALES, REST)),
    ("`record { … }` around a connect", "", recorded(ice(f"record {{ {TALK} }}"))),
    ("`record SELECTOR`", "record_rule", recorded(ice(f"talk: {TALK}"), "record talk")),
    ("a recording that ends within a reply", "", recorded(ice(f"record {{ {PLAY} }} {PLAY} hangup"))),
    (
        "a recording that begins when the callee answers",
        "",
        recorded(ice(TALK), "on ace { record { continue } }"),
    ),
    (
        "a recording that ends when the callee answers",
        "",
        recorded(ice(f"record {{ {TALK} }}"), "on ace { continue }"),
    ),
    (
        "a recording that goes on into another store",
        "",
        recorded(
            'store second { url "s3://acme-recordings/second/" credentials env S3_CREDENTIALS }',
            ice(f"record to calls {{ {PLAY} }} record to second {{ {TALK} }}"),
        ),
    ),
    (
        "two recordings of one segment at once",
        "",
        recorded(
            'store second { url "s3://acme-recordings/second/" credentials env S3_CREDENTIALS }',
            ice(f"record to calls {{ record to second {{ {TALK} }} }}"),
        ),
    ),
    (
        "each side of a talk in a recording of its own",
        "",
        policy(
            'store callee { url "s3://acme-recordings/callee/" credentials env S3_CREDENTIALS direction outbound }',
            'store caller { url "s3://acme-recordings/caller/" credentials env S3_CREDENTIALS direction inbound }',
            ice(f"record to caller {{ record to callee {{ {TALK} }} }}"),
        ),
    ),
    (
        "two recordings of a conference at once",
        "",
        recorded(
            'store second { url "s3://acme-recordings/second/" credentials env S3_CREDENTIALS }',
            ice('record call to calls { record conference to second { connect conference "board" } }'),
        ),
    ),
    ("`record call` in a conference", "", recorded(ice('record call { connect conference "board" }'))),
    ("`record conference`", "", recorded(ice('record conference { connect conference "board" }'))),
    ("`record` around `connect app`", "", recorded(ice('record { connect app "agent-7" }'))),
    ("`record` around `connect sip`", "", recorded(ice(f"record {{ connect sip {SIP} }}"))),
    ("`record` around `connect stream`", "", recorded(ice(f"record {{ connect stream {STREAM} }}"))),
    (
        "`phase` that is not recorded",
        "phase",
        recorded(ice(f"talk: {TALK} {{ phase card }}"), "record talk except card"),
    ),
    ("`phase` that alone is recorded", "", recorded(ice(f"talk: {TALK} {{ phase order }}"), "record order")),
)

GUARANTEES = (
    ("`never record`", "never", recorded(ice(f"pin: {PLAY} record {{ {TALK} }}"), "never record pin")),
    (
        "`never record` after a recording, within a reply",
        "",
        recorded(ice(f"record {{ {PLAY} }} pin: {PLAY} hangup"), "never record pin"),
    ),
    (
        "`never record` after a recorded menu",
        "",
        recorded(
            ice(f"record {{ menu {{ {PROMPT} {KEY} }} }}"),
            f"on pie sales {{ pin: {PLAY} hangup }}",
            REST,
            "never record pin",
        ),
    ),
    (
        "`never record` a phase",
        "",
        recorded(ice(f"talk: {TALK} {{ phase card }}"), "record talk except card", "never record card"),
    ),
    ("`always record`", "always", recorded(ice(f"record {{ talk: {TALK} }}"), "always record talk")),
    (
        "`announce … before recording`",
        "announce_before",
        recorded(ice(f"notice: {PLAY} record {{ {TALK} }}"), "announce notice before recording"),
    ),
    (
        "`announce … before recording in every locale`",
        "in_every",
        recorded(
            ice(f'notice: play "https://acme.example/a.wav" in en-GB record {{ {TALK} }}'),
            "announce notice before recording in every locale",
        ),
    ),
    (
        "`announce … in recording`",
        "announce_in",
        recorded(ice(f"record {{ notice: {PLAY} {TALK} }}"), "announce notice in recording"),
    ),
    (
        "`keep recordings in`",
        "keep",
        recorded(ice(f"record {{ {TALK} }}"), 'keep recordings in "s3://acme-recordings/**"'),
    ),
)
