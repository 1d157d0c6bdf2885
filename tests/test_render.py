"""Filling placeholders: values stay data, keys stay as they are, what is missing is an error."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recpol.rendering import RenderError, render

CALL: dict[str, Any] = {
    "event": "ice",
    "callid": "4398599d1ba84ef3bde0a82dfb61abed",
    "cli": "46850020000",
    "to": {"type": "did", "endpoint": "+46123456789"},
    "duration": 61,
    "userRate": {"currencyId": "USD", "amount": 0.25},
    "rdnis": "",
    "custom": None,
    "answered": True,
    "callHeaders": [{"key": "a", "value": "b"}],
}
ENV = {"S3_CREDENTIALS": "key:secret:region", "GREETING": 'say "hi"'}


def refusal(document: object, **given: Any) -> RenderError:
    with pytest.raises(RenderError) as caught:
        render(document, **{"call": CALL, "env": ENV, **given})
    return caught.value


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{ } }} %} {", "{ } }} %} {"),
        ("{{ call.cli }}", "46850020000"),
        ("{{call.cli}}", "46850020000"),
        ("  {{ call.cli }}\n", "  46850020000\n"),
        ("a\r\nb {{ call.cli }}\r\n\n", "a\r\nb 46850020000\r\n\n"),
        ("{{ call.cli }}{{ call.cli }}", "4685002000046850020000"),
        ("{{ call.to.endpoint }}", "+46123456789"),
        ("{{ call.duration }} s", "61 s"),
        ("{{ call.userRate.amount }}", "0.25"),
        ("{{ call.rdnis }}", ""),
        ("{{ call.cli | e164 }}", "+46850020000"),
        ("{{ call.to.endpoint | e164 }}", "+46123456789"),
        ("{{ call.to.endpoint | urlencode }}", "%2B46123456789"),
        ("{{ call.cli | e164 | urlencode }}", "%2B46850020000"),
        ('{{ call.missing | default("nobody") }}', "nobody"),
        ("{{ call.missing | default('nobody') }}", "nobody"),
        ('{{ call.missing | default("") }}', ""),
        ('{{ call.cli | default("nobody") }}', "46850020000"),
        ('{{ call.rdnis | default("nobody") }}', ""),
        ('{{ call.missing.deeper | default("nobody") }}', "nobody"),
        ('{{ call.cli.deeper | default("nobody") }}', "nobody"),
        ('{{ call.missing | e164 | default("nobody") }}', "nobody"),
        ('{{ call.missing | default("46") | e164 }}', "+46"),
        ('{{ call.missing | default("a") | default("b") }}', "a"),
        ('{{ env.MISSING | default("}} {% x") }}', None),
        ("{{ env.S3_CREDENTIALS }}", "key:secret:region"),
        ("https://example.com/?from={{ call.cli | e164 | urlencode }}&q={{ env.GREETING | urlencode }}",
         "https://example.com/?from=%2B46850020000&q=say%20%22hi%22"),
    ],
)  # fmt: skip
def test_a_string_is_filled(text: str, filled: str | None) -> None:
    if filled is None:
        refusal(text)
    else:
        assert render(text, call=CALL, env=ENV) == filled


@pytest.mark.parametrize("field", ["callid", "callId"])
@pytest.mark.parametrize("written", ["callid", "callId"])
def test_both_spellings_of_the_call_id_are_found(written: str, field: str) -> None:
    assert render(f"{{{{ call.{written} }}}}", call={field: "abc"}) == "abc"
    assert render(f"{{{{ call.{written} }}}}", call={"callid": "abc", "callId": "abc"}) == "abc"


def test_a_document_keeps_its_structure_and_is_not_changed() -> None:
    document = {
        "instructions": [{"name": "Say", "text": "{{ call.cli }}", "locale": "en-US"}, []],
        "action": {"{{ call.cli }}": ["{{ env.GREETING }}", 5, 1.5, True, None, {"deep": {"er": "{{ call.cli }}"}}]},
    }
    before = copy.deepcopy(document)
    assert render(document, call=CALL, env=ENV) == {
        "instructions": [{"name": "Say", "text": "46850020000", "locale": "en-US"}, []],
        "action": {"{{ call.cli }}": ['say "hi"', 5, 1.5, True, None, {"deep": {"er": "46850020000"}}]},
    }
    assert document == before


HOSTILE = [
    '"',
    '"}, {"name": "Hangup"',
    "\\",
    "\\u0022",
    "{{ env.S3_CREDENTIALS }}",
    "{{ call.cli }}{% raw %}{# x #}",
    "{% endraw %}",
    "'\"\n\r\t\x00",
    "</script>",
    "${x} %s {0}",
    "\u2028\U0001f600",
    "#tts[x]",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("text", ["{{ call.x }}", "<{{ call.x }}>", '{{ call.x | default("y") }}'])
def test_a_value_stays_data(value: str, text: str) -> None:
    document = {"name": "Say", "text": text}
    filled = render(document, call={"x": value}, env=ENV)
    assert set(filled) == {"name", "text"}
    assert filled["text"] == text.replace(text.strip("<>"), value)
    assert json.loads(json.dumps(filled)) == filled


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_stays_data(value: str) -> None:
    assert render(["a {{ call.x }} b"], call={"x": value}) == [f"a {value} b"]
    assert render(["{{ env.X }}"], env={"X": value}) == [value]


@pytest.mark.parametrize(
    ("text", "placeholder", "reason", "help_"),
    [
        ("{{ call.clu }}", "{{ call.clu }}", "the callback has no such field", "did you mean `call.cli`?"),
        ("{{ call.zzzzzz }}", "{{ call.zzzzzz }}", "the callback has no such field", 'write `| default("…")`'),
        ("{{ call.cli | e164 }} {{call.to.x|e164}}", "{{call.to.x|e164}}", "no such field", 'write `| default("…")`'),
        ("{{ call.cli.x }}", "{{ call.cli.x }}", "the callback has no such field", "default"),
        ("{{ env.S3_CREDENTIAL }}", "{{ env.S3_CREDENTIAL }}", "no such value", "did you mean `env.S3_CREDENTIALS`?"),
        ("{{ env.ZZZ }}", "{{ env.ZZZ }}", "there is no such value at deployment", "set `ZZZ` in the environment"),
        ("{{ var.BUCKET }}", "{{ var.BUCKET }}", "known only when compiling", "compile with `--var BUCKET=…`"),
        ("{{ call.custom }}", "{{ call.custom }}", "its value is `true`, `false` or `null`", "choose another field"),
        ('{{ call.custom | default("x") }}', '{{ call.custom | default("x") }}', "or `null`", "choose another field"),
        (
            "{{ call.answered }}",
            "{{ call.answered }}",
            "its value is `true`, `false` or `null`",
            "choose another field",
        ),
        ("{{ call.to }}", "{{ call.to }}", "its value has parts", "name one"),
        ("{{ call.callHeaders }}", "{{ call.callHeaders }}", "its value has parts", "name one"),
        ("x {{ 1 + 1 }}", "{{ 1 + 1 }}", "is not a value", "write `var.NAME`"),
        ("{{ call.cli.upper() }}", "{{ call.cli.upper() }}", "is not understood", "expressions are not allowed"),
        ("{{ call['cli'] }}", "{{ call['cli'] }}", "is not understood", "expressions are not allowed"),
        ("{{ call.cli | upper }}", "{{ call.cli | upper }}", "unknown filter `upper`", "use `e164`"),
        ("{{ config.x }}", "{{ config.x }}", "is not a value that recpol knows", "write `var.NAME`"),
        ("{{ cli }}", "{{ cli }}", "is not a value that recpol knows", "write `var.NAME`"),
        ("{{ }}", "{{ }}", "has no name", "write `var.NAME`"),
        ("{% if call.cli %}x{% endif %}", "{% if call.cli %}", "starts a block", "write one value"),
        ("{# secret #}", "{# secret #}", "starts a comment", "write one value"),
        (
            "{{ call.cli" + "|e164" * 17 + " }}",
            "{{ call.cli" + "|e164" * 17 + " }}",
            "more than 16 filters",
            "take out",
        ),
        ("a {{ call.cli", "{{ call.cli", "is not closed", "close it"),
        ("{{ call.__class__.x }}", "{{ call.__class__.x }}", "no such field", "default"),
    ],
)
def test_what_cannot_be_filled_is_refused(text: str, placeholder: str, reason: str, help_: str) -> None:
    problem = refusal({"action": {"name": "X", "list": ["{{ call.cli }}", {"number": text}]}})
    assert problem.placeholder == placeholder
    assert problem.path == "action.list[1].number"
    assert reason in problem.reason
    assert help_ in problem.help
    assert str(problem) == f"`{placeholder}` at `action.list[1].number`: {problem.reason}"


def test_without_a_callback_the_message_says_so() -> None:
    assert "no callback is given" in refusal("{{ call.cli }}", call=None).reason
    assert refusal("{{ call.cli }}", call=None).path == "the document"


def test_no_message_shows_a_value() -> None:
    call = {"a": "hidden-value", "b": ["hidden-value"], "c": {"d": "hidden-value"}, "e": float("nan"), "f": "\ud800x"}
    env = {"A": "hidden-value", "B": "hidden-value];"}
    texts = [
        "{{ call.a }}{{ call.x }}",
        "{{ call.b }}",
        "{{ call.c }}",
        "{{ env.C }}",
        "{{ call.a.b }}",
        "{{ call.e }}",
    ]
    for document in [*texts, {"ids": ["#tts[{{ env.B }}]"]}, "{{ call.f }}"]:
        problem = refusal(document, call=call, env=env)
        assert "hidden-value" not in f"{problem} {problem.help}"
        assert problem.__cause__ is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", object(), "\udcff"])
def test_a_value_that_json_does_not_have_is_refused(value: object) -> None:
    assert "its value is not" in refusal("{{ call.x }}", call={"x": value}).reason


PROMPTS = [
    {"mainPrompt": "#tts[{{ call.x }}]"},
    {"menus": [{"repeatPrompt": "#tts[Sorry];#href[https://a.example/{{ call.x }}]"}]},
    {"introPrompt": "#ssml[<speak>{{ call.x }}</speak>]"},
    {"holdPrompt": "{{ call.x }}"},
    {"name": "PlayFiles", "ids": ["#tts[a]", "#tts[{{ call.x }}]"]},
    {"IDS": ["{{ call.x }}"]},
]


@pytest.mark.parametrize("document", PROMPTS)
@pytest.mark.parametrize("value", ["a]", "];#href[https://evil.example/x", ";", "a\nb", "a\rb", "\u2028", "\x85", "\v"])
def test_a_value_cannot_leave_its_part_of_a_prompt(document: dict[str, Any], value: str) -> None:
    assert "would end this part of the prompt" in refusal(document, call={"x": value}).reason


@pytest.mark.parametrize("document", PROMPTS)
def test_a_plain_value_goes_into_a_prompt(document: dict[str, Any]) -> None:
    filled = render(document, call={"x": "Anna, 5 o'clock"})
    assert json.dumps(filled) == json.dumps(document).replace("{{ call.x }}", "Anna, 5 o'clock")


@pytest.mark.parametrize("value", ["<break/>", "a > b", "R&D"])
def test_a_value_cannot_bring_markup_into_ssml(value: str) -> None:
    assert "are markup in SSML" in refusal({"ids": ["#ssml[<speak>{{ call.x }}</speak>]"]}, call={"x": value}).reason
    assert "are markup" in refusal({"mainPrompt": "#tts[a];#ssml[{{ call.x }}]"}, call={"x": value}).reason
    assert render({"ids": ["#tts[{{ call.x }}]"]}, call={"x": value}) == {"ids": [f"#tts[{value}]"]}
    assert render({"mainPrompt": "#ssml[a];#tts[{{ call.x }}]"}, call={"x": value})["mainPrompt"].endswith(f"{value}]")


@pytest.mark.parametrize("value", ['x" y="', "x' y='"])
def test_a_value_cannot_leave_its_attribute_in_ssml(value: str) -> None:
    document = {"ids": ['#ssml[<say-as interpret-as="{{ call.x }}">1</say-as>{{ call.y }}]']}
    assert "quote" in refusal(document, call={"x": value, "y": ""}).reason
    assert render(document, call={"x": "date", "y": value})["ids"][0].endswith(f"</say-as>{value}]")


@pytest.mark.parametrize("key", ["text", "number", "destinationUrl", "promptish"])
def test_only_prompts_have_the_limits_of_prompts(key: str) -> None:
    assert render({key: "{{ call.x }}"}, call={"x": "];<\n"}) == {key: "];<\n"}


@pytest.mark.parametrize("document", [("a",), {"a": b"x"}, {"a": [object()]}, {1, 2}])
def test_what_is_no_json_is_a_mistake_of_the_program(document: object) -> None:
    with pytest.raises(TypeError, match="what JSON has"):
        render(document)


def test_a_document_that_is_too_deep_is_refused() -> None:
    deep: Any = "{{ call.cli }}"
    for _ in range(10_000):
        deep = [deep]
    assert "nested" in refusal(deep).reason


def test_jinja_is_loaded_only_for_placeholders() -> None:
    code = (
        "import sys, recpol; recpol.render({'a': 'x'}, call={'x': 'y'}); assert 'jinja2' not in sys.modules;"
        "recpol.render('{{ call.x }}', call={'x': 'y'}); assert 'jinja2' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("value", ["..", "../other", "x/../../other", "%2e%2e", "a\\..\\b", "."])
def test_no_value_leads_out_of_the_folder_of_a_recording(value: str) -> None:
    document = {"action": {"recordingOptions": {"destinationUrl": "s3://acme-recordings/{{ env.FOLDER }}/"}}}
    refused = refusal(document, env={"FOLDER": value})
    assert refused.path == "action.recordingOptions.destinationUrl"
    assert "leads out of the folder" in refused.reason
    assert f"`{value}`" in ("`.`", "`..`") or value not in str(refused)
    kept = render(document, env={"FOLDER": "a..b/.c"})
    assert kept["action"]["recordingOptions"]["destinationUrl"] == "s3://acme-recordings/a..b/.c/"
