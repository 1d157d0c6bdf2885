"""From a policy's text to exactly the JSON of Sinch's page "Recording calls", and of the language's worked examples.

The expected documents are written out here as files: every blank, the order of the properties, the final line break.
"""

from __future__ import annotations

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.compilation import compile_program
from recpol.platform.targets import CLASSIC
from recpol.rules.check import check

EXAMPLE_KEY = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:eu-central-1"
"""The example key of Amazon's and Sinch's documentation."""


def files(text: str) -> dict[str, str]:
    """The files of a policy, without its manifest."""
    compilation = compile_program(program(Source("policy.recpol", text), targets=(CLASSIC,)))
    assert compilation.checked.errors == ()
    made = {name: data.decode("utf-8") for name, data in compilation.files.items()}
    del made["manifest.json"]
    return made


# ── the page's two replies: examples A and B of the language ──────────────────────────────────────────────────────────

SKIP_THE_GREETING = """\
policy skip-the-greeting
locale en-US
store bucket { url "s3://my-s3-bucket" credentials env S3_CREDENTIALS }
on ice {
  say "Hello world, I don't want you to record this part"
  record {
    say "Hello world, this part will be recorded"
    connect pstn +46123456789
  }
}
"""


def test_a_prompt_that_is_not_recorded_then_one_that_is() -> None:
    assert files(SKIP_THE_GREETING) == {
        "ice.json": """\
{
  "instructions": [
    {
      "name": "Say",
      "text": "Hello world, I don't want you to record this part",
      "locale": "en-US"
    },
    {
      "name": "StartRecording",
      "options": {
        "destinationUrl": "s3://my-s3-bucket",
        "credentials": "{{ env.S3_CREDENTIALS }}"
      }
    },
    {
      "name": "Say",
      "text": "Hello world, this part will be recorded",
      "locale": "en-US"
    }
  ],
  "action": {
    "name": "ConnectPstn",
    "number": "+46123456789"
  }
}
"""
    }


def test_with_the_connect_outside_the_block_the_recording_stops_after_the_prompt() -> None:
    text = SKIP_THE_GREETING.replace("    connect pstn +46123456789\n  }\n", "  }\n  connect pstn +46123456789\n")
    assert files(text) == {
        "ice.json": """\
{
  "instructions": [
    {
      "name": "Say",
      "text": "Hello world, I don't want you to record this part",
      "locale": "en-US"
    },
    {
      "name": "StartRecording",
      "options": {
        "destinationUrl": "s3://my-s3-bucket",
        "credentials": "{{ env.S3_CREDENTIALS }}"
      }
    },
    {
      "name": "Say",
      "text": "Hello world, this part will be recorded",
      "locale": "en-US"
    },
    {
      "name": "StopRecording"
    }
  ],
  "action": {
    "name": "ConnectPstn",
    "number": "+46123456789"
  }
}
"""
    }


def test_the_talk_by_the_flag_on_continue() -> None:
    text = """\
policy talk
store bucket {
  url "s3://my-s3-bucket"
  credentials env S3_CREDENTIALS
  format mp3
  notify yes
}
on ice { connect pstn +46123456789 }
on ace { record { continue } }
"""
    assert files(text) == {
        "ice.json": """\
{
  "action": {
    "name": "ConnectPstn",
    "number": "+46123456789"
  }
}
""",
        "ace.json": """\
{
  "action": {
    "name": "Continue",
    "recording": true,
    "recordingOptions": {
      "destinationUrl": "s3://my-s3-bucket",
      "credentials": "{{ env.S3_CREDENTIALS }}",
      "format": "mp3",
      "notificationEvents": true
    }
  }
}
""",
    }


# ── a conference: example C ──────────────────────────────────────────────────────────────────────────────────────────

BOARD = """\
policy board
store rooms { url "s3://my-s3-bucket" credentials env S3_CREDENTIALS }
on ice {
  # either the room or this participant
  record%s { connect conference "board" }
}
"""


def test_the_whole_room_is_the_flag_on_connectconf() -> None:
    assert files(BOARD % " conference") == {
        "ice.json": """\
{
  "action": {
    "name": "ConnectConf",
    "conferenceId": "board",
    "recording": true,
    "recordingOptions": {
      "destinationUrl": "s3://my-s3-bucket",
      "credentials": "{{ env.S3_CREDENTIALS }}"
    }
  }
}
"""
    }


def test_one_participant_is_the_instruction() -> None:
    assert files(BOARD % " call") == {
        "ice.json": """\
{
  "instructions": [
    {
      "name": "StartRecording",
      "options": {
        "destinationUrl": "s3://my-s3-bucket",
        "credentials": "{{ env.S3_CREDENTIALS }}"
      }
    }
  ],
  "action": {
    "name": "ConnectConf",
    "conferenceId": "board"
  }
}
"""
    }


def test_both_at_once() -> None:
    text = """\
policy both
store a { url "s3://store-a" credentials env A }
store b { url "s3://store-b" credentials env B }
on ice { record call to a { record conference to b { connect conference "x" } } }
"""
    assert files(text) == {
        "ice.json": """\
{
  "instructions": [
    {
      "name": "StartRecording",
      "options": {
        "destinationUrl": "s3://store-a",
        "credentials": "{{ env.A }}"
      }
    }
  ],
  "action": {
    "name": "ConnectConf",
    "conferenceId": "x",
    "recording": true,
    "recordingOptions": {
      "destinationUrl": "s3://store-b",
      "credentials": "{{ env.B }}"
    }
  }
}
"""
    }


def test_a_plain_record_around_a_conference_is_refused() -> None:
    (finding,) = check(program(Source("board.recpol", BOARD % ""), targets=(CLASSIC,))).findings
    assert (finding.rule, finding.level, finding.span.begin, finding.span.text) == (
        "conference-scope", "error", (5, 3), "record",
    )  # fmt: skip
    assert [note.span.text for note in finding.notes] == ["connect conference"]
    assert "`record conference`" in finding.help
    assert "`record call`" in finding.help


# ── a phase: example D ───────────────────────────────────────────────────────────────────────────────────────────────

SUPPORT_LINE = """\
policy support-line
locale en-US

store calls {
  url          "s3://acme-recordings/support/"
  credentials  env SINCH_S3_CREDENTIALS
  format       mp3
  notify       yes
}

on ice {
  answer
  notice: say "Parts of this call are recorded."
  menu {
    prompt  "For sales press 1, to pay an invoice press 2."
    repeat  "Sorry, I did not get that." 2 times
    key 1 -> sales
    key 2 -> payment
  }
}

on pie sales { record { connect pstn +46850020000 } }

on pie payment {
  say "You will be connected to our payment desk."
  agent: connect pstn +46850021111 {
    phase card @card
  }
}

on pie otherwise { hangup }

record agent except card

never record @card because "PCI DSS 3.3.1"
announce notice before recording
"""


def test_the_support_line() -> None:
    assert files(SUPPORT_LINE) == {
        "ice.json": """\
{
  "instructions": [
    {
      "name": "Answer"
    },
    {
      "name": "Say",
      "text": "Parts of this call are recorded.",
      "locale": "en-US"
    }
  ],
  "action": {
    "name": "RunMenu",
    "locale": "en-US",
    "menus": [
      {
        "id": "main",
        "mainPrompt": "#tts[For sales press 1, to pay an invoice press 2.]",
        "repeatPrompt": "#tts[Sorry, I did not get that.]",
        "repeats": 2,
        "options": [
          {
            "dtmf": "1",
            "action": "return(sales)"
          },
          {
            "dtmf": "2",
            "action": "return(payment)"
          }
        ]
      }
    ]
  }
}
""",
        "pie.sales.json": """\
{
  "action": {
    "name": "ConnectPstn",
    "number": "+46850020000",
    "recording": true,
    "recordingOptions": {
      "destinationUrl": "s3://acme-recordings/support/",
      "credentials": "{{ env.SINCH_S3_CREDENTIALS }}",
      "format": "mp3",
      "notificationEvents": true
    }
  }
}
""",
        "pie.payment.json": """\
{
  "instructions": [
    {
      "name": "Say",
      "text": "You will be connected to our payment desk.",
      "locale": "en-US"
    }
  ],
  "action": {
    "name": "ConnectPstn",
    "number": "+46850021111",
    "recording": true,
    "recordingOptions": {
      "destinationUrl": "s3://acme-recordings/support/",
      "credentials": "{{ env.SINCH_S3_CREDENTIALS }}",
      "format": "mp3",
      "notificationEvents": true
    }
  }
}
""",
        "pie.otherwise.json": """\
{
  "action": {
    "name": "Hangup"
  }
}
""",
        "manage.card.begin.json": """\
{
  "action": {
    "name": "StopRecording"
  }
}
""",
        "manage.card.end.json": """\
{
  "action": {
    "name": "StartRecording",
    "recordingOptions": {
      "destinationUrl": "s3://acme-recordings/support/",
      "credentials": "{{ env.SINCH_S3_CREDENTIALS }}",
      "format": "mp3",
      "notificationEvents": true
    }
  }
}
""",
    }


# ── the page's recording options ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        pytest.param(
            f'url "s3://sinch-storage/voice-recordings/my-recording.mp3" credentials "{EXAMPLE_KEY}" notify yes',
            f"""\
      "destinationUrl": "s3://sinch-storage/voice-recordings/my-recording.mp3",
      "credentials": "{EXAMPLE_KEY}",
      "notificationEvents": true
""",
            id="Amazon S3",
        ),
        pytest.param(
            'url "sdrive://my-recording.mp3" notify yes',
            """\
      "destinationUrl": "sdrive://my-recording.mp3",
      "notificationEvents": true
""",
            id="Sinch Drive",
        ),
        pytest.param(
            f'notify yes format mp3 credentials "{EXAMPLE_KEY}" url "s3://my-s3-bucket"',
            f"""\
      "destinationUrl": "s3://my-s3-bucket",
      "credentials": "{EXAMPLE_KEY}",
      "format": "mp3",
      "notificationEvents": true
""",
            id="in the page's order, however they are written",
        ),
        pytest.param(
            'url "sdrive://" notify no',
            """\
      "destinationUrl": "sdrive://",
      "notificationEvents": false
""",
            id="no notification",
        ),
    ],
)
def test_recording_options(fields: str, options: str) -> None:
    made = files(
        f"policy options\nstore calls {{\n  # allow literal-credentials: the page shows a key\n  {fields}\n}}\n"
        "on ice { record { connect pstn +46123456789 } }\n"
    )
    assert made == {
        "ice.json": f"""\
{{
  "action": {{
    "name": "ConnectPstn",
    "number": "+46123456789",
    "recording": true,
    "recordingOptions": {{
{options}    }}
  }}
}}
"""
    }
