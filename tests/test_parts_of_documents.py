"""What one walk finds in a document of Voice API v2, against a walk for each question."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recpol.interpreters.placeholders import needed
from recpol.interpreters.v2.reports import parts

TEXTS = st.sampled_from(["", "Hello.", "{{ env.KEY }}", "to {{ call.from }} of {{ env.PLACE }}", "{{ var.x }}", "{{"])
KEYS = st.sampled_from(["command", "text", "ice", "ace", "pie", "commands"])


def _inside(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.dictionaries(KEYS, values, max_size=4)
    escaped = objects.map(json.dumps).map(lambda text: text.replace("{{ ", "\\u007b\\u007b "))
    return st.one_of(st.lists(values, max_size=3), objects, objects.map(json.dumps), escaped)


DOCUMENTS = st.recursive(st.one_of(TEXTS, st.integers(0, 2), st.none()), _inside, max_leaves=12)


@given(DOCUMENTS)
def test_the_values_of_a_document_are_those_that_are_needed(document: Any) -> None:
    assert parts(document).values == needed(document)


@pytest.mark.parametrize(
    "inside", ['{"action": {"number": "{{ env.DESK }}"}}', '{"action": {"number": "\\u007b{ env.DESK }}"}}']
)
def test_a_value_in_a_reply_that_stands_as_text_is_needed(inside: str) -> None:
    assert parts({"customCallout": {"ice": inside}}).values == ("env.DESK",)


def test_commands_come_in_the_order_of_the_text() -> None:
    document = {
        "commands": [
            {"command": "answer"},
            {"command": "startRecording", "events": {"onFinish": [{"command": "stopRecording", "recordingName": "a"}]}},
            {"command": "stopRecording", "recordingName": "b"},
        ]
    }
    found = parts(document)
    assert [one["command"] for one in found.commands] == ["answer", "startRecording", "stopRecording", "stopRecording"]
    assert (found.stopped, found.answers) == (("a", "b"), True)
