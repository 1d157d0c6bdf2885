"""Settings and tests of policies read as they are: nothing hidden turns their text, and names are in one alphabet."""

from __future__ import annotations

import pytest

from recpol.base.source import Source
from recpol.policytest import read_tests
from recpol.rules.every import EVERY_BY_NAME
from recpol.settings.configfile import read_config
from recpol.targets.catalogue import target_names

TURNED = "U+202E changes the direction of what follows, and is not seen"


def settings(text: str) -> list[str]:
    _, findings = read_config(Source("recpol.yaml", text), EVERY_BY_NAME, target_names())
    return [f"{finding.span.text}: {finding.message}" for finding in findings]


def problems(text: str) -> list[str]:
    cases = read_tests(Source("desk.test.yaml", text))
    found = [*cases.problems, *(finding for case in cases.cases for finding in case.problems)]
    return [finding.message for finding in found]


@pytest.mark.parametrize(
    "text", ["out: build # \u202eeruces\n", 'out: "bu\u202eild"\n', "vars: {greeting: Hi\u202e}\n", "# \u202e\n"]
)
def test_what_turns_a_line_is_refused_in_settings(text: str) -> None:
    assert settings(text) == [f"\u202e: {TURNED}"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("out: build/\u0430cme\n", "\u0430cme"),
        ("include: ['p\u043elicies/*.recpol']\n", "p\u043elicies"),
        ("vars: {bucket: 's3://\u0430cme/x/'}\n", "\u0430cme"),
        ("environments: {live: {vars: {bucket: 's3://\u0430cme/x/'}}}\n", "\u0430cme"),
    ],
)
def test_names_of_two_alphabets_are_refused_in_settings(text: str, word: str) -> None:
    assert settings(text) == [f"{word}: `{word}` mixes letters of Cyrillic and Latin: U+{ord(max(word)):04X}"]


@pytest.mark.parametrize(
    "text",
    [
        "vars: {greeting: 'Добро пожаловать в \u0410cme.', other: 'Ακμή k\u03a9 \u0645\u0631\u062d\u0628\u0627'}\n",
        'vars: {turn: "Hi \\u202e"}\n',
        'out: "build/\\u0430cme"\n',
        "out: сборка\n",
        "include: ['каталог/*.recpol', 'µ/*.recpol', 'naïve/*.recpol']\n",
    ],
)
def test_texts_in_any_alphabet_and_escapes_are_fine(text: str) -> None:
    assert settings(text) == []


def test_tests_of_policies() -> None:
    case = "tests:\n  - name: NAME\n    call: answer\n    recorded: [RECORDED]\n    heard: ['HEARD']\n"

    def of(name: str = "Анна calls \u0410cme", recorded: str = "talk", heard: str = "в \u0410cme") -> list[str]:
        return problems(case.replace("NAME", name).replace("RECORDED", recorded).replace("HEARD", heard))

    assert of() == []
    assert of(heard="\u05e9\u05dc\u05d5\u05dd") == []
    assert of(name="a \u202eb") == of(heard="a \u202eb") == [TURNED]
    assert of(recorded="t\u0430lk") == ["`t\u0430lk` mixes letters of Cyrillic and Latin: U+0430"]
    assert problems("policy: d\u0435sk.recpol\n" + case) == ["`d\u0435sk` mixes letters of Cyrillic and Latin: U+0435"]
