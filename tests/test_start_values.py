"""Values that the backend gives to the calls that it begins: in scenarios and in tests, which hear them."""

from __future__ import annotations

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.policytest import read_tests, run_case
from recpol.policytest.fill import filled

POLICY = """policy tables
locale en-GB
on ice { answer say "Table for {{ start.name | default('nobody') }}." hangup }
on callout table {
  call pstn "{{ start.number | e164 }}" cli +442079460100
  say "Table for {{ start.name | default('nobody') }} at {{ start.time }}."
  hangup
}
"""


def told(text: str, **variables: str) -> list[str]:
    """What is wrong with the tests of a file, or with what they expect."""
    unit = program(Source("tables.recpol", POLICY))
    file = read_tests(Source("tables.test.yaml", text))
    found = list(file.problems)
    for case in file.cases:
        found += run_case(unit, {}, filled(case, variables)).findings
    return [finding.message for finding in found]


def case(lines: str, above: str = "") -> str:
    return f"{above}tests:\n- name: x\n" + "".join(f"  {line}\n" for line in lines.splitlines())


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (case("call: start table with time 19:00 name Ann; answer"), "Table for Ann at 19:00."),
        (case("start: {time: 19:00}\ncall: start table with name Ann; answer"), "Table for Ann at 19:00."),
        (case("start: {name: Bo, time: 7}\ncall: start table with name Ann; answer"), "Table for Ann at 7."),
        (case("start: {name: Bo}\ncall: start table; answer", "start: {name: Al, time: 8}\n"), "Table for Bo at 8."),
        (case("start: {time: 8}\ncall: start table; answer"), "Table for nobody at 8."),
        (case("start: {name: '{{ var.WHO }}', time: 8}\ncall: start table; answer"), "Table for Eve at 8."),
        (case("start: {name: Ann, time: 8}\ncall: start table; answer"), "at {{ start.time }}."),
        (case("call: start table; answer"), "at {{ start.time }}."),
        (case("call: []", "start: {name: Ann}\n"), "Table for {{ start.name"),
    ],
)
def test_what_is_heard_has_the_values_in_it(text: str, heard: str) -> None:
    assert told(f"{text}  heard: {heard!r}\n", WHO="Eve") == []
    (message,) = told(f"{text}  heard: Table for Zoe\n", WHO="Eve")
    assert message == 'nothing in `tables.recpol` has the words "Table for Zoe"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (case("call: start table with nmae Ann; answer\nfiles: 0"), "no `{{ start.nmae }}` is in the policy"),
        (case("start: {nmae: Ann}\ncall: start table; answer\nfiles: 0"), "no `{{ start.nmae }}` is in the policy"),
        (case("call: start table\nfiles: 0", "start: {nmae: Ann}\n"), "no `{{ start.nmae }}` is in the policy"),
        (case("start: {name: Ann}\ncall: hang up\nfiles: 0"), "values to begin a call with, and a call that comes in"),
        (case("start: {name: Ann}\nfiles: 0"), "values to begin a call with, and a call that comes in"),
        (case("start: Ann\ncall: start table\nfiles: 0"), "`start` is the text `Ann`"),
        (case("start: {name: }\ncall: start table\nfiles: 0"), "the variable `name` has no value"),
        (case("start: {name: Ann, name: Bo}\ncall: start table\nfiles: 0"), "the key `name` twice"),
    ],
)
def test_values_that_nothing_wants_are_told(text: str, message: str) -> None:
    assert any(message in one for one in told(text)), told(text)


def test_a_value_is_data() -> None:
    text = case("start: {name: '{{ start.time }}', time: 8}\ncall: start table; answer")
    assert told(f"{text}  heard: 'Table for {{{{ start.time }}}} at 8.'\n") == [
        'nothing in `tables.recpol` has the words "Table for 8 at 8."'
    ]  # the expectation is filled, and what is heard is filled once
