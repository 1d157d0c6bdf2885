"""What people have asked in public, said as policies: each compiles where the platform can do it, and records what was
asked for. Where no target can, the finding says what to write instead.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.compilation import compile_program
from recpol.policytest import read_tests, run_case
from recpol.rules.check import check
from recpol.svaml.read import read_document
from recpol.targets.catalogue import targets_named

STORE = 'store calls { url "s3://acme-calls/desk/" credentials env KEY }\n'
VOICEMAIL = f"""policy asked
locale en-GB
voice Amy
{STORE}on recording failure hangup
on ice {{ answer agent: connect pstn +442079460101 dial-timeout 20s }}
on noanswer agent {{
  say "Leave a message, and press hash. It is recorded."
  record {{ message: menu {{ wait 1m key "#" -> bye }} }}
}}
on busy agent {{ say "The line is busy." hangup }}
on pie bye {{ say "Thank you." hangup }}
on pie otherwise {{ hangup }}
never record agent
"""
OUTBOUND = f"""policy asked
locale es-MX
voice Mia
{STORE}on recording failure hangup
on callout cliente {{ call pstn "{{{{ start.number | e164 }}}}" cli +442079460100 }}
on ace cliente {{ say "Esta llamada se graba." @aviso menu {{ prompt "Para hablar, oprima 1." key 1 -> habla }} }}
on pie habla {{ record {{ charla: connect pstn +442079460101 cli +442079460100 }} }}
on pie otherwise {{ hangup }}
announce @aviso before recording
"""
IN_A_TALK = f"""policy asked
locale en-GB
{STORE}on ice {{
  answer
  talk: connect pstn +442079460101 {{ phase taped {{ begin {{ say "The recording starts now." to everyone }} }} }}
}}
record taped
"""
BY_KEY = f"""policy asked
locale en-GB
{STORE}on ice {{
  answer
  say "This call is recorded. Press 9 to stop." @notice
  record call {{ room: connect conference "d-{{{{ call.callid }}}}" {{ key 9 -> mask }} }}
}}
on manage mask in room {{ masked: continue }}
on manage unmask in masked {{ record call {{ again: continue }} }}
never record masked
"""

ASKED: dict[str, tuple[str, tuple[str, ...], str]] = {
    "nobody answers, and the caller leaves a message": (
        VOICEMAIL,
        ("svaml2",),
        """
- {name: a message, call: 'no answer; press "#"', recorded: message, not-recorded: [Leave a message], files: 1}
- {name: busy, call: busy, heard: The line is busy., files: 0}
- {name: a talk, call: answer, not-recorded: agent, files: 0}
""",
    ),
    "a call of ours is recorded, and the person called is told before": (
        OUTBOUND,
        ("classic", "svaml1", "svaml2"),
        """
- {name: agreed, start: {number: "+442079460123"}, call: start cliente; answer; press 1; answer, recorded: charla}
- {name: told, call: start cliente; answer; press 1, not-recorded: "@aviso", files: 1}
- {name: nobody is there, call: start cliente; no answer, files: 0}
""",
    ),
    "what is announced when a recording begins in a talk": (
        IN_A_TALK,
        ("svaml1",),
        """
- {name: a part, call: answer; begin taped; end taped, heard: The recording starts now., recorded: taped, files: 1}
- {name: nothing else, call: answer, not-recorded: talk, files: 0}
""",
    ),
    "a key in the room stops the recording, and the backend starts it again": (
        BY_KEY,
        ("svaml1",),
        """
- {name: masked, call: press 9 in the room, not-recorded: masked, files: 1}
- {name: and on again, call: press 9 in the room; manage unmask, recorded: again, files: 2}
""",
    ),
}


@pytest.mark.parametrize("what", ASKED)
def test_what_was_asked_for_can_be_said(what: str) -> None:
    text, targets, tests = ASKED[what]
    for target in targets:
        made = compile_program(program(Source("asked.recpol", text), targets=targets_named([target])))
        errors = [finding.message for finding in made.findings if finding.level == "error"]
        assert (errors, bool(made.files)) == ([], True), target
        documents = {reply.file: reply.document for reply in made.replies}
        file = read_tests(Source("asked.test.yaml", f"tests:{tests}"))
        assert file.problems == ()
        for case in file.cases:
            found = run_case(made.program, documents, case)
            assert found.status == "ok", (target, case.name, [one.message for one in found.findings])


@pytest.mark.parametrize(
    ("text", "target", "rule", "cure"),
    [
        (VOICEMAIL, "svaml1", "no-answer-not-reported", "compile to svaml2, or `park` the call"),
        (IN_A_TALK, "classic", "phase-says-besides", "on manage NAME in"),
        (BY_KEY, "svaml2", "not-in-svaml2", "keep this policy on svaml1"),
        (VOICEMAIL.replace("env KEY", "env KEY direction separate"), "svaml2", "bad-store-field", "`both`"),
    ],
)
def test_where_it_cannot_be_said_the_finding_names_another_way(text: str, target: str, rule: str, cure: str) -> None:
    errors = check(program(Source("a.recpol", text), targets=targets_named([target]))).errors
    told = [finding.help for finding in errors if finding.rule == rule]
    assert told, [finding.rule for finding in errors]
    assert all(cure in one for one in told)


OPTIONS = {"destinationUrl": "s3://acme-calls/desk/", "credentials": "{{ env.KEY }}"}
TO = {"type": "number", "endpoint": "+442079460104"}
JOINS = {"name": "connectConf", "conferenceId": "desk"}

WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "callout.json",
        {
            "method": "ttsCallout",
            "ttsCallout": {"destination": TO, "locale": "es-MX", "text": "Hola.", "record": True},
        },
        "flag-without-recording",
    ),
    (
        "callout.json",
        {
            "method": "customCallout",
            "customCallout": {
                "ice": json.dumps({"action": {"name": "connectPstn", "number": "+442079460104"}}),
                "ace": json.dumps({"instructions": [{"name": "startRecording", "options": OPTIONS}], "action": JOINS}),
            },
        },
        "callout-callbacks",
    ),
    (
        "ace.json",
        {"action": {"name": "continue", "recording": True, "recordingOptions": OPTIONS}},
        "recording-flag-name",
    ),
]


@pytest.mark.parametrize(("path", "document", "rule"), WRONG)
def test_lint_finds_the_defect_of_the_document_that_was_asked_about(
    path: str, document: dict[str, Any], rule: str
) -> None:
    found = check(read_document(Source(path, json.dumps(document)))).findings
    assert rule in {finding.rule for finding in found}
