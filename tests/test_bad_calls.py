"""Mistakes in policies about whole calls: each has one error that names it, says where, and what to write instead."""

from __future__ import annotations

import pytest

from recpol.analysis.program import program
from recpol.base.source import Source
from recpol.rules.check import check
from recpol.targets.catalogue import targets_named

HEAD = """policy line
locale en-GB
store calls { url "s3://acme-recordings/x/" credentials env K }
"""
DESK = 'on ice { answer say "Hello." agent: connect pstn +46850020000 }\n'

OBJECTS = 'on ice { answer menu { prompt "1 or 9?" key 1 -> talk key 9 -> stop } }\n'
LED_BACK = 'on pie stop { menu { prompt "1?" key 1 -> talk } }\non pie otherwise { hangup }\nopt-out stop'
ONE_CALLOUT = 'on callout c { call pstn +46850020000 say "One." hangup }'
KEPT = 'store kept { url "s3://acme-recordings/{{ start.id }}/" credentials env K }\n'
IN_ROOM = 'on ice { answer say "Hello." room: connect conference "{{ call.callid }}" { key 9 -> stop } }\n'

MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "neither a call that comes in nor one that is begun": (
        "on ace { record { continue } }", "missing-ice", "line", "`on callout NAME { … }`"
    ),
    "somebody is called after a prompt": (
        'on callout c { say "Hello." call pstn +46850020000 hangup }', "call-not-first", "call", "put it first"
    ),
    "a callout that records": (
        'on callout c { call pstn +46850020000 say "Hello." record call { connect conference "a" } }',
        "callout-records", "record call", "in `on ace c`",
    ),
    "a value of the backend in a call that comes in": (
        'on ice { answer say "Hello {{ start.name }}." connect pstn +46850020000 }',
        "start-outside-callout", "{{ start.name }}", "default('…')",
    ),
    "a value of the backend in the address of a store for calls that come in": (
        f"{KEPT}on ice {{ record to kept {{ connect pstn +46850020000 }} }}\n{ONE_CALLOUT}",
        "start-outside-callout", "{{ start.id }}", "default('…')",
    ),
    "a unique value with something beside it": (
        f'unique "x-{{{{ start.id }}}}"\n{ONE_CALLOUT}', "bad-unique", '"x-{{ start.id }}"', "without a filter"
    ),
    "a unique value that is filtered": (
        f'unique "{{{{ start.id | e164 }}}}"\n{ONE_CALLOUT}', "bad-unique", '"{{ start.id | e164 }}"', "without a"
    ),
    "a unique value of a call": (
        f'unique "{{{{ call.callid }}}}"\n{ONE_CALLOUT}', "bad-unique", '"{{ call.callid }}"', "`unique"
    ),
    "a unique value that no call has": (
        f'unique "{{{{ start.id }}}}"\n{DESK}', "bad-unique", '"{{ start.id }}"', "`on callout NAME { … }`"
    ),
    "a unique value that is named twice": (
        f'unique "{{{{ start.id }}}}"\nunique "{{{{ start.n }}}}", "{{{{ start.id }}}}"\n{ONE_CALLOUT}',
        "bad-unique", '"{{ start.id }}"', "delete one",
    ),
    "two callouts of one name": (
        f"{ONE_CALLOUT}\n{ONE_CALLOUT}", "duplicate-name", "callout c", "join the two"
    ),
    "an answer to a connect that is not there": (
        f"{DESK}on ace agnet {{ continue }}", "no-such-connect", "agnet", "`agent`"
    ),
    "an answer to what connects nobody": (
        'on ice { answer hello: say "Hello." connect pstn +46850020000 }\non ace hello { continue }',
        "no-such-connect", "hello", "the label of a `connect pstn`",
    ),
    "a prompt to the other side of a reply": (
        'on ice { answer say "Hello." to callee connect pstn +46850020000 }',
        "unheard-by-party", "callee", "`to caller`",
    ),
    "a prompt to nobody": (
        'on ice { answer say "Hello." to boss connect pstn +46850020000 }', "unknown-party", "boss", "`to everyone`"
    ),
    "a prompt to the callee in a room": (
        'on ice { answer room: connect conference "a" }\non manage told in room { say "Hello." to callee }',
        "request-to-callee-in-room", "callee", "`to caller`",
    ),
    "a request to an app call": (
        'on ice { anna: connect app "anna" }\non manage stop in anna { hangup }',
        "no-request-reaches", "anna", "`pstn` or `sip`",
    ),
    "a request before the call is answered": (
        f"{DESK}on ace {{ talk: continue }}\non manage stop in agent {{ hangup }}",
        "no-request-reaches", "agent", "select a talk",
    ),
    "an opt-out that leads back into a recording": (
        f"{OBJECTS}on pie talk {{ record {{ connect pstn +46850020000 }} }}\n{LED_BACK}",
        "broken-guarantee", "connect pstn", "end the recording before it",
    ),
    "an opt-out by a key in the talk that records on": (
        f'{IN_ROOM}on manage stop in room {{ say "Recorded on." }}\nrecord call @talk\nopt-out stop',
        "broken-guarantee", "manage", "end the recording before it",
    ),
    "nobody answers, where no target tells": (
        f"{DESK}on noanswer {{ hangup }}", "no-answer-not-reported", "noanswer", "svaml2"
    ),
}  # fmt: skip
"""By what is wrong: the policy, the one error, the text that it underlines, and a part of its help."""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_has_one_error_with_its_place_and_a_cure(mistake: str) -> None:
    text, rule, place, cure = MISTAKES[mistake]
    unit = program(Source("line.recpol", f"{HEAD}{text}\n"), targets=targets_named(["svaml1"]))
    errors = [finding for finding in check(unit).findings if finding.severity == "error"]
    assert [(finding.rule, finding.span.text) for finding in errors] == [(rule, place)]
    assert cure in (errors[0].help or "")


@pytest.mark.parametrize(
    ("promise", "message"),
    [
        ("keep 7y to 5y", "at least 7 years and at most 5 years"),
        ("keep 0y", ""),
        ("keep 5", ""),
        ("keep 5months", ""),
    ],
)
def test_a_promise_that_cannot_be_kept_is_one_error(promise: str, message: str) -> None:
    text = f"{HEAD.replace(' }', f' {promise} }}')}on ice {{ record {{ connect pstn +46850020000 }} }}\n"
    unit = program(Source("line.recpol", text), targets=targets_named(["svaml1"]))
    errors = [finding for finding in check(unit).findings if finding.severity == "error"]
    assert len(errors) == 1
    assert message in errors[0].message
