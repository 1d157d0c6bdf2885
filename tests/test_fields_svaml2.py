"""Values known later in Voice API v2: fields of the call by their names there, and documents filled from its events."""

from __future__ import annotations

from typing import Any

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.compilation import compile_program
from recpol.platform.targets import SVAML2
from recpol.rendering import RenderError, render
from recpol.rules.check import check

POLICY = """policy desk
locale en-GB
voice Amy
store calls { url "s3://acme-recordings/{{ call.callid }}/" credentials env KEY }
on ice {
  answer
  say "You are {{ call.cli | default('somebody') }}."
  record { connect pstn "{{ call.to.endpoint | e164 }}" cli "{{ call.cli | e164 }}" }
}
"""

EVENT: dict[str, Any] = {
    "event": "call.incoming",
    "call": {
        "callId": "c-1",
        "from": {"type": "PHONE", "phone": {"number": "46850020000"}},
        "to": {"type": "PHONE", "phone": {"number": "+46850021111"}},
    },
}


def incoming(text: str) -> Any:
    (output,) = compile_program(program(Source("x.recpol", text), targets=(SVAML2,))).outputs
    return output.replies[0]


def test_fields_have_their_names_of_v2() -> None:
    reply = incoming(POLICY)
    assert reply.values == ("call.callId", "call.from.phone.number", "call.to.phone.number", "env.KEY")
    assert '{{ call.from.phone.number | default("somebody") }}' in str(reply.document)


def test_a_document_is_filled_from_an_event_of_v2() -> None:
    document = render(incoming(POLICY).document, call=EVENT, env={"KEY": "k"})
    said = document["commands"][1]
    start, _, dial = said["events"]["onFinish"]
    assert said["messages"][0]["say"]["text"] == "You are 46850020000."
    assert start["recordingOptions"]["destinationUrl"] == "s3://acme-recordings/c-1/"
    assert dial["from"]["phone"]["number"] == "+46850020000"
    assert dial["to"]["phone"]["number"] == "+46850021111"


def test_a_field_that_v2_does_not_bring_is_refused() -> None:
    text = POLICY.replace("call.callid", "call.custom")
    findings = check(program(Source("x.recpol", text), targets=(SVAML2,))).findings
    (finding,) = [finding for finding in findings if finding.rule == "not-in-svaml2"]
    assert finding.message == "svaml2 has no field for `call.custom`"
    assert finding.span.text == "{{ call.custom }}"


@pytest.mark.parametrize("value", ["<break/>", "a & b", "3 > 2"])
def test_a_value_cannot_bring_markup_into_ssml(value: str) -> None:
    say = {"text": "<b>{{ call.from.name }}</b>", "voiceName": "Amy", "format": "SSML"}
    with pytest.raises(RenderError, match="markup in SSML"):
        render({"commands": [{"say": say}]}, call={"call": {"from": {"name": value}}})
    plain = {**say, "format": "TEXT"}
    assert value in render(plain, call={"call": {"from": {"name": value}}})["text"]
