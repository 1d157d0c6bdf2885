"""Every construct of the language, each with a small policy that uses it and nothing else that a target could lack.

Invariant: what the grammar and the tables of options have is here (a test compares); a policy needs no voice unless it
is about speech, so that what a target finds is about the construct.
"""

from __future__ import annotations

from recpol.base.record import Record, field
from recpol.support_matrix import promises
from recpol.support_matrix.callouts import CALLOUTS
from recpol.support_matrix.parts import KEY as _KEY
from recpol.support_matrix.parts import NUMBER as _NUMBER
from recpol.support_matrix.parts import PLAY as _PLAY
from recpol.support_matrix.parts import PROMPT as _PROMPT
from recpol.support_matrix.parts import S3 as _S3
from recpol.support_matrix.parts import SALES as _SALES
from recpol.support_matrix.parts import TALK as _TALK
from recpol.support_matrix.parts import ice as _ice
from recpol.support_matrix.parts import menu as _menu
from recpol.support_matrix.parts import policy as _policy
from recpol.support_matrix.parts import recorded as _recorded
from recpol.support_matrix.parts import stored as _stored
from recpol.support_matrix.recordings import GUARANTEES, RECORDINGS, SIP, STREAM
from recpol.support_matrix.requests import REQUESTS


class Construct(Record):
    """One construct: the section of the table, how it is written, what of the grammar it is about, and its example.

    `about` is the name of an alternative of the grammar (`say`), a kind of connect (`connect sip`), an option of one
    (`sip transport`), or empty where the row is about a use of something that has a row of its own.
    """

    group: str
    name: str
    about: str
    example: str = field(repr=False)


def _options() -> tuple[tuple[str, str, str], ...]:
    """Each option of each kind of connect, with a value."""
    found = []
    for option, kinds in _OPTIONS.items():
        for kind, value in kinds.items():
            found.append((kind, option, value))
    return tuple(found)


_TARGETS = {
    "pstn": _NUMBER,
    "app": '"agent-7"',
    "sip": SIP,
    "conference": '"board"',
    "stream": STREAM,
}
"""The kinds of connect, each with whom it can be to."""

_OPTIONS: dict[str, dict[str, str]] = {
    "cli": {"pstn": "+442079460105", "sip": "+442079460105"},
    "max-duration": {"pstn": "30m", "sip": "30m", "stream": "30m"},
    "dial-timeout": {"pstn": "30s"},
    "dtmf": {"pstn": '"1w2"'},
    "indications": {"pstn": "se"},
    "locale": {"pstn": "sv-SE"},
    "suppress-callbacks": {"pstn": "yes", "sip": "yes"},
    "amd": {"pstn": "on"},
    "header": {"app": '"desk" = "north"', "sip": '"X-Desk" = "north"', "stream": '"desk" = "north"'},
    "transport": {"sip": "TLS"},
    "moh": {"sip": "music1", "conference": "music1"},
    "dtmf-mode": {"conference": "forward"},
    "dtmf-max-digits": {"conference": "4"},
    "dtmf-timeout": {"conference": "500ms"},
    "sample-rate": {"stream": "16000"},
}
"""The options, each with the kinds of connect that have it and a value."""

_DECLARATIONS = (
    ("`target NAME`", "target_choice", _policy("target svaml1", _ice(_TALK))),
    ("`answers NUMBER`, `answers application KEY`", "answers", _policy("answers +442079460104", _ice(_TALK))),
    (
        '`unique "{{ start.NAME }}"`',
        "unique",
        _policy(
            'unique "{{ start.id }}"',
            'on callout c { call pstn "{{ start.id }}" cli +442079460103 play "https://example.com/hi.wav" hangup }',
        ),
    ),
    ("`locale LOCALE`", "locale", _policy(_ice('say "One moment." hangup'))),
    ("`voice NAME`", "voice", _policy("voice Amy", _ice('say "One moment." hangup'))),
    ("`voice NAME in LOCALE`", "", _policy("voice Astrid in sv-SE", _ice('say "Hej." in sv-SE hangup'))),
    (
        "`on recording failure hangup`",
        "on_failure",
        _recorded("on recording failure hangup", _ice(f"record {{ {_TALK} }}")),
    ),
    (
        "`on recording failure continue`",
        "",
        _recorded("on recording failure continue", _ice(f"record {{ {_TALK} }}")),
    ),
    *(
        (
            f"`on phase failure {act}`",
            "",
            _recorded(_ice(f"talk: {_TALK} {{ phase card }}"), "record talk except card", f"on phase failure {act}"),
        )
        for act in ("refuse", "hangup")
    ),
)

_STORES = (
    ("`store` in Amazon S3 (`s3://`)", "store", _stored(_S3)),
    (
        "`url` in Azure Blob Storage (`azure://`)",
        "url",
        _stored('url "azure://acmerecordings/calls/" credentials env AZURE_KEY'),
    ),
    ("`url` in Google Cloud Storage (`gs://`)", "", _stored('url "gs://acme-recordings/calls/" credentials env KEY')),
    ("`url` in Sinch Drive (`sdrive://`)", "", _stored('url "sdrive://"')),
    ("`url` whose scheme is known later", "", _stored('url "{{ env.PLACE }}" credentials env KEY')),
    ("`credentials env NAME`", "credentials_env", _stored(_S3)),
    (
        "`credentials STRING`",
        "credentials",
        _stored('url "s3://acme-recordings/calls/" credentials "{{ env.S3_CREDENTIALS }}"'),
    ),
    ("`format mp3`", "format", _stored(f"{_S3} format mp3")),
    ("`format wav`", "", _stored(f"{_S3} format wav")),
    ("`notify yes`", "notify", _stored(f"{_S3} notify yes")),
    ("`notify no`", "", _stored(f"{_S3} notify no")),
    ("`transcribe LOCALE`", "transcribe", _stored(f"{_S3} transcribe en-US")),
    ("`direction both`", "direction", _stored(f"{_S3} direction both")),
    ("`direction inbound`", "", _stored(f"{_S3} direction inbound")),
    ("`direction outbound`", "", _stored(f"{_S3} direction outbound")),
    *promises.STORES,
)

_REPLIES = (
    ("`on ice`", "handler", _policy(_ice("hangup"))),
    ("`on ace`", "", _policy(_ice(_TALK), "on ace { continue }")),
    ("`on ace LABEL`", "", _policy(_ice(f"agent: {_TALK}"), "on ace agent { continue }")),
    ("`on noanswer`, `on busy`, `on failed`", "", _policy(_ice(_TALK), "on noanswer { hangup }")),
    ("`on ace` with sounds", "", _policy(_ice(_TALK), f"on ace {{ {_PLAY} continue }}")),
    ("`on pie NAME`, `on pie otherwise`", "", _menu(f"{_PROMPT} {_KEY}", _SALES)),
    (
        "a menu result that leads back to an earlier reply",
        "",
        _policy(_ice(f"menu {{ {_PROMPT} {_KEY} }}"), _SALES, f"on pie otherwise {{ menu {{ {_PROMPT} {_KEY} }} }}"),
    ),
    ("`on manage NAME`", "", _policy(_ice("park { }"), f"on manage pick-up {{ {_TALK} }}")),
)

_SEGMENTS = (
    ("`answer`", "answer", _policy(_ice("hangup"))),
    ("`say STRING`", "say", _policy(_ice('say "One moment." hangup'))),
    ("`say STRING in LOCALE`", "", _policy(_ice('say "Hej." in sv-SE hangup'))),
    (
        "`say STRING in LOCALE`, known when compiling",
        "",
        _policy(_ice('say "Hej." in "{{ var.x | default(\'sv-SE\') }}" hangup')),
    ),
    (
        "`say STRING in LOCALE`, known later",
        "",
        _policy(_ice('say "Hej." in "{{ env.LOCALE }}" hangup')),
    ),
    ("`say STRING to PARTY`", "", _policy(_ice('say "Hej." to caller hangup'))),
    ("`say ssml STRING`", "say_ssml", _policy(_ice('say ssml "<speak>One moment.</speak>" hangup'))),
    ("`play` the address of a file", "play", _policy(_ice(f"{_PLAY} hangup"))),
    ("`play` the id of an uploaded file", "", _policy(_ice('play "welcome" hangup'))),
    ("`tones STRING`", "tones", _policy(_ice('tones "1w2" hangup'))),
    ("`cookie STRING = STRING`", "cookie", _policy(_ice(f'cookie "desk" = "north" {_TALK}'), "on ace { continue }")),
    ("`hangup`", "hangup", _policy("on ice { hangup }")),
    ("`continue` after a connect", "continue", _policy(_ice(_TALK), "on ace { continue }")),
    ("`continue` without a connect before it", "", _menu(f"{_PROMPT} {_KEY}", "on pie sales { continue }")),
    ("`menu { … }`", "menu", _menu(f"{_PROMPT} {_KEY}", _SALES)),
    ("`menu in LOCALE { … }`", "in_locale", _menu(f"{_PROMPT} {_KEY}", _SALES, within=" in sv-SE")),
    ("`park { … }`", "park", _policy(_ice("park { }"), "on manage pick-up { hangup }")),
)

_CONNECTS = (
    *((f"`connect {kind}`", f"connect {kind}", _policy(_ice(f"connect {kind} {to}"))) for kind, to in _TARGETS.items()),
    ("`connect pstn` without a number", "", _policy(_ice("connect pstn"))),
    ("`connect pstn` to a number known later", "", _policy(_ice('connect pstn "{{ env.DESK }}"'))),
    *(
        (
            f"`{option}` of `connect {kind}`",
            f"{kind} {option}",
            _policy(_ice(f"connect {kind} {_TARGETS[kind]} {option} {value}")),
        )
        for kind, option, value in _options()
    ),
    ("`cli private`", "", _policy(_ice(f"{_TALK} cli private"))),
)

_MENUS = (
    ("`prompt`", "prompt_item", _menu(f"{_PROMPT} {_KEY}", _SALES)),
    ("`prompt STRING in LOCALE`", "", _menu(f"{_PROMPT} in sv-SE {_KEY}", _SALES)),
    ("`prompt` that speaks", "", _menu(f'prompt "Press 1." {_KEY}', _SALES)),
    ("`repeat`", "repeat_item", _menu(f'{_PROMPT} repeat play "https://acme.example/again.wav" {_KEY}', _SALES)),
    ("`repeat … N times`", "", _menu(f'{_PROMPT} repeat play "https://acme.example/a.wav" 2 times {_KEY}', _SALES)),
    ("`wait` in seconds", "wait_item", _menu(f"{_PROMPT} wait 5s {_KEY}", _SALES)),
    ("`wait` in parts of a second", "", _menu(f"{_PROMPT} wait 2500ms {_KEY}", _SALES)),
    ("`wait … up to …`", "", _menu(f"{_PROMPT} wait 5s up to 20s {_KEY}", _SALES)),
    ("`barge no`", "barge_item", _menu(f"{_PROMPT} barge no {_KEY}", _SALES)),
    ("`voice yes`", "voice_item", _menu(f"{_PROMPT} voice yes {_KEY}", _SALES)),
    ("`key` with a digit", "key_item", _menu(f"{_PROMPT} {_KEY}", _SALES)),
    ("`key` with `*` or `#`", "", _menu(f'{_PROMPT} key * -> sales key "#" -> sales', _SALES)),
    (
        "`key … -> menu NAME`",
        "submenu",
        _menu(f"{_PROMPT} key 1 -> menu more menu more {{ {_PROMPT} {_KEY} }}", _SALES),
    ),
    ("`digits N`", "digits_item", _menu(f"{_PROMPT} digits 4 -> sales", _SALES)),
    ("`key` and `digits` in one menu", "", _menu(f"{_PROMPT} {_KEY} digits 4 -> sales", _SALES)),
    (
        "`timeout` and `invalid` to one reply",
        "timeout_item",
        _menu(f"{_PROMPT} {_KEY} timeout -> lost invalid -> lost", _SALES, "on pie lost { hangup }"),
    ),
    (
        "`timeout` and `invalid` to two replies",
        "invalid_item",
        _menu(f"{_PROMPT} {_KEY} timeout -> sales invalid -> lost", _SALES, "on pie lost { hangup }"),
    ),
)

_PICK_UP = "on manage pick-up { hangup }"

_PARKING = (
    ("`intro`", "intro_item", _policy(_ice('park { intro play "https://acme.example/a.wav" }'), _PICK_UP)),
    ("`park in LOCALE { … }`", "", _policy(_ice('park in sv-SE { intro "Vänta." }'), _PICK_UP)),
    ("`hold`", "hold_item", _policy(_ice('park { hold play "https://acme.example/a.wav" }'), _PICK_UP)),
    ("`max-duration`", "max_duration_item", _policy(_ice("park { max-duration 10m }"), _PICK_UP)),
)

_LATER = (
    ("`{{ env.NAME }}`", "", _policy(_ice('connect pstn "{{ env.DESK }}"'))),
    ("`{{ call.cli }}`", "", _policy(_ice('connect pstn +46850020000 cli "{{ call.cli | e164 }}"'))),
    ("`{{ call.to.endpoint }}`", "", _policy(_ice('connect pstn "{{ call.to.endpoint | e164 }}"'))),
    ("`{{ call.callid }}`", "", _policy(_ice('connect sip "{{ call.callid }}@pbx.acme.example"'))),
    ("`{{ call.custom }}`", "", _policy(_ice('connect sip "{{ call.custom }}@pbx.acme.example"'))),
)

_GROUPS = {
    "Declarations": _DECLARATIONS,
    "Stores": _STORES,
    "Replies": _REPLIES,
    "Segments": _SEGMENTS,
    "Connects and their options": _CONNECTS,
    "Lines of menus": _MENUS,
    "Lines of `park`": _PARKING,
    "Recordings": RECORDINGS,
    "Guarantees": (*GUARANTEES, *promises.GUARANTEES),
    "Requests within a talk": REQUESTS,
    "Calls that the backend begins": CALLOUTS,
    "Values known later": _LATER,
}

CONSTRUCTS: tuple[Construct, ...] = tuple(
    Construct(group, name, about, example) for group, rows in _GROUPS.items() for name, about, example in rows
)
"""All constructs, in the order of the table."""
