"""Slips of the hand: one slip gives one finding, and its fix, carried out, leaves none."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from recpol.analysis.program import Program, program
from recpol.base.source import Source
from recpol.fixes import apply_fixes
from recpol.rules.check import check

DESK = """\
policy front-desk
locale en-GB
store calls {
  url "s3://acme-recordings/desk/"
  credentials env S3_CREDENTIALS
  format mp3
}
on ice {
  answer
  notice: say "Parts of this call are recorded."
  menu {
    prompt "Press 1 for sales.", "Press 2 for billing."
    wait 5s
    key 1 -> sales
    key 2 -> menu more
    menu more { prompt "Press hash." key "#" -> billing }
  }
}
on pie sales {
  agent: connect pstn +442079460104 max-duration 30m { phase card @card }
}
on pie billing {
  clerk: connect pstn +442079460105
}
on pie otherwise { hangup }
record agent, clerk except card
never record @card because "PCI DSS 3.3.1"
announce notice before recording
keep recordings in "s3://acme-recordings/**"
"""


class Slip(NamedTuple):
    """What was written in the place of what; what is said; what the fix writes (None: what was meant, "": no fix)."""

    right: str
    wrong: str
    says: str
    fixed: str | None = None


SLIPS = [
    Slip("  answer\n", "  answer\n  never record agent\n", "`never` begins a line of the policy", ""),
    Slip("  answer\n", "  answer\n  record agent, clerk except card\n", "`record agent` is a line of the policy", ""),
    Slip("  answer\n", "  answer\n  record call all  # of it\n", "`record all` is a line of the policy", ""),
    Slip("  answer\n", '  answer\n  store more { url "s3://acme-recordings/x/" }\n', "`store` begins a line", ""),
    Slip("  format mp3\n", "  format mp3\n  locale sv-SE\n", "`locale` begins a line of the policy", ""),
    Slip("  format mp3\n", "  format mp3\n  keep 3 years\n", "how long to keep", "  format mp3\n  keep 3y\n"),
    Slip(
        "  format mp3\n", "  format mp3\n  keep 1y to 3 years\n", "how long to keep", "  format mp3\n  keep 1y to 3y\n"
    ),
    Slip("  format mp3\n", "  format mp3\n  keep 3 months\n", "how long to keep", ""),
    Slip("agent, clerk except card", "agent, clerk card", "a comma or `except` is missing before `card`", ""),
    Slip("locale en-GB\n", "locale en-UK\n", "`en-UK` is not a locale"),
    Slip("on ice {", "on ice", "a `{` is missing after `on ice`"),
    Slip("store calls {", "store calls # one", "a `{` is missing after `store calls`", "store calls { # one"),
    Slip('  url "s3', '  url: "s3', "`url` takes no `:`"),
    Slip("format mp3", "format : mp3", "`format` takes no `:`"),
    Slip("format mp3", "fromat: mp3", "`format` takes no `:`"),
    Slip("format mp3", "format = mp3", "`format` takes no `=`"),
    Slip("format mp3", "format=mp3", "`format` takes no `=`"),
    Slip('prompt "Press hash."', 'prompt: "Press hash."', "`prompt` takes no `:`"),
    Slip("agent, clerk except", "agent clerk except", "a comma is missing before `clerk`"),
    Slip('sales.", "Press 2', 'sales." "Press 2', "a comma is missing before this string"),
    Slip("+442079460104", "+44 20 7946 0104", "a number is written without blanks"),
    Slip("+442079460104", "+44-20-7946-0104", "a number is written without blanks"),
    Slip("+442079460104", "+44 (0)20 7946 0104", "a number is written without blanks"),
    Slip("+442079460105", "020 7946 0105", "a number is written without blanks", ""),
    Slip("wait 5s", "wait 5", "a duration without its unit"),
    Slip("wait 5s", "wait 5000", "a duration without its unit", "wait 5000ms"),
    Slip("wait 5s", "wait 5 seconds", "a duration is a number with its unit in one"),
    Slip("wait 5s", "wait 5 Sekunden", "a duration is a number with its unit in one"),
    Slip("max-duration 30m", "max-duration 30 minutes", "a duration is a number with its unit in one"),
    Slip("on ice {", "ON ICE {", "`ON ICE` is written in small letters"),
    Slip("  answer", "  Answer", "`Answer` is written in small letters"),
    Slip("agent: connect pstn", "agent: ConnectPstn", "`ConnectPstn` is a word of SVAML"),
    Slip("agent: connect pstn", "agent: connectPstn", "`connectPstn` is a word of SVAML"),
    Slip("max-duration", "maxDuration", "`maxDuration` is written `max-duration`"),
    Slip("max-duration", "max_duration", "`max_duration` is written `max-duration`"),
    Slip("policy front-desk", "policy Front Desk", "a name is one word"),
    Slip("notice", "ansage-für-kunden", "`ansage-für-kunden` is not a name", "ansage-fuer-kunden"),
    Slip("key 2 -> menu more", "key 2 -> menu", "`-> menu` does not say which one", ""),
    Slip("record agent,", "rec: record agent,", "a decision has no label"),
    Slip('key "#" ->', "key # ->", "a bare `#` begins a comment", 'key "#" ->'),
    Slip("  answer", "  /* pick up */ answer", "`/*` does not begin a comment", "  # pick up\n  answer"),
    Slip("  answer", "  /* pick up,\n   * then tell */\n  answer", "`/*` does not begin a comment",
         "  # pick up,\n  # then tell\n  answer"),
    Slip("  answer", "  // pick up\n  answer", "`//` means nothing here", "  # pick up\n  answer"),
    Slip("env S3_CREDENTIALS", "$S3_CREDENTIALS", "credentials are a string or `env NAME`"),
    Slip("env S3_CREDENTIALS", "${S3_CREDENTIALS}", "credentials are a string or `env NAME`"),
    Slip("env S3_CREDENTIALS", "env.S3_CREDENTIALS", "credentials are a string or `env NAME`"),
    Slip("env S3_CREDENTIALS", "process.env.S3_CREDENTIALS", "credentials are a string or `env NAME`"),
    Slip("key 1 -> sales", "key 1 => sales", "the `->` is missing"),
    Slip("key 1 -> sales", "key 1 → sales", "the `->` is missing"),
    Slip("key 1 -> sales", "key 1 sales", "the `->` is missing"),
    Slip('"Parts of this call are recorded."', "“Parts of this call are recorded.”", "`“` means nothing here"),
    Slip('"Parts of this call are recorded."', "'Parts of this call are recorded.'", "`'` means nothing here"),
    Slip("  clerk: connect", "  record on\n  clerk: connect", "recording is not switched on and off", ""),
    Slip("  clerk: connect", "  stop recording\n  clerk: connect", "recording is not switched on and off", ""),
    Slip("  clerk: connect", "  StartRecording\n  clerk: connect", "recording is not switched on and off", ""),
    Slip("  clerk: connect", "  if vip { hangup }\n  clerk: connect", "there is no `if`: a policy", ""),
    Slip("  clerk: connect", '  {"name": "Answer"}\n  clerk: connect', "SVAML means nothing in a policy", ""),
    Slip(DESK, '{\n  "action": {"name": "hangup"}\n}\n', "this is SVAML and no policy", ""),
    Slip("store calls {", 'store "calls" {', "a name stands without quotes"),
    Slip("on pie sales {", 'on pie "sales" {', "a name stands without quotes"),
    Slip("record agent,", 'record "agent",', "a name stands without quotes"),
    Slip("on ice {", "on iсe {", "`iсe` is not a name"),
    Slip("  agent: connect", "  agent: соnnect", "`соnnect` is not a name"),
    Slip("on ice {", "on\u00a0ice {", "the character U+00A0 means nothing here"),
    Slip("  answer\n", "\u00a0\u00a0answer\u200b\n", "the character U+00A0 means nothing here"),
    Slip("on ice {", "on ICE {", "there is no event `ICE`"),
    Slip("on ice {", "on incoming {", "there is no event `incoming`"),
    Slip("on ice {", "onice {", "a blank is missing in `onice`"),
    Slip("on ice {", "on-ice {", "a blank is missing in `on-ice`"),
    Slip("on ice {", "ice {", "`on` is missing before `ice`"),
    Slip("on pie sales {", "on pie-sales {", "there is no event `pie-sales`"),
    Slip("on pie sales {", "on PIE sales {", "there is no event `PIE`"),
    Slip("on pie sales {", "on sales {", "there is no event `sales`"),
    Slip("on pie sales {", "pie sales {", "`on` is missing before `pie`"),
    Slip("on pie otherwise {", "on otherwise {", "there is no event `otherwise`"),
    Slip("on ice {", "on arrival {", "there is no event `arrival`", ""),
    Slip("except card", "excpet card", "`excpet` is written `except`"),
    Slip("except card", "but not card", "`but not` is written `except`"),
    Slip("except card", "without card", "`without` is written `except`"),
    Slip("clerk except card", "clerk, not card", "`not` is written `except`"),
    Slip("agent, clerk", "agent and clerk", "`and` is written as a comma"),
    Slip("agent, clerk", "agent,, clerk", "nothing is parted by a comma here"),
    Slip("env S3_CREDENTIALS", "env S3_CREDENTIALS,", "nothing is parted by a comma here"),
    Slip("  answer\n", "  answer,\n", "nothing is parted by a comma here"),
    Slip("never record", "never-record", "a blank is missing in `never-record`"),
    Slip("never record", "neverrecord", "a blank is missing in `neverrecord`"),
    Slip("never record", "do not record", "did not expect `do` here", ""),
    Slip("never record", "not-record", "did not expect `not-record` here", ""),
    Slip("never record", "never: record", "`never` takes no `:`"),
    Slip("agent, clerk", "agentclerk", "there is no label `agentclerk`"),
    Slip("agent, clerk", ", clerk", "a name is missing before this comma", ""),
    Slip("env S3_CREDENTIALS", '"env" S3_CREDENTIALS', "credentials are a string or `env NAME`"),
    Slip("on pie otherwise { hangup }", "on pie otherwise hangup }", "a `{` is missing after `on pie otherwise`"),
    Slip("menu more { prompt", "menu more prompt", "a `{` is missing before `prompt`"),
    Slip("30m { phase", "30m phase", "a `{` is missing before `phase`"),
    Slip("  menu {\n", "  menu\n", "a `{` is missing after `menu`"),
    Slip("menu more {", "menu menu more {", "`menu` stands here twice"),
    Slip("menu more {", "menu more { {", "`{` stands here twice"),
    Slip("connect pstn +442079460105", "connect connect pstn +442079460105", "`connect` stands here twice"),
    Slip("format mp3", "format format mp3", "`format` stands here twice"),
    Slip("menu more {", "menu More {", "`More` is not a name"),
    Slip("on pie sales {", "on pie SALES {", "`SALES` is not a name"),
    Slip("on pie otherwise {", "on pie Otherwise {", "`Otherwise` is not a name"),
    Slip("on pie otherwise {", "on pie ohterwise {", "no call reaches `on pie ohterwise`"),
    Slip("phase card @card", "phase CARD @card", "`CARD` is not a name"),
    Slip("on pie sales {", "on pie {", "which result of a menu does this answer?", ""),
    Slip('  url "s3://acme-recordings/desk/"\n', "", "the store `calls` has no URL", ""),
    Slip("-> menu more", "-> more", "no key leads to the menu `more`", ""),
    Slip("never record", "never never record", "`never` stands here twice"),
    Slip("because", "becuase", "did not expect `becuase` here"),
    Slip("because", "reason", "`reason` is called `because` here"),
    Slip("agent: connect", "agent: dial", "`dial` is called `connect` here"),
    Slip("notice: say", "notice: speak", "`speak` is called `say` here"),
    Slip("otherwise { hangup", "otherwise { hang up", "`hang up` is called `hangup` here"),
    Slip("key 1 ->", "press 1 ->", "`press` is called `key` here"),
    Slip("+442079460104", "+44(0)2079460104", "a number is written without blanks"),
    Slip("+442079460104", "(+44)2079460104", "a number is written without blanks"),
    Slip('url "s3:', 'url "S3:', "recordings cannot go to `S3://`"),
    Slip('url "s3://', 'url "s3:/', "the URL has no scheme"),
    Slip("announce notice", "announce @notice", "nothing is tagged `@notice`"),
    Slip('say "Parts of this call are recorded."', "say \"{{ var.t | default('') }}\"", "nothing is said here", ""),
    Slip("menu more { prompt", "menu more { barge no prompt", "`barge` cannot be set for a single menu", ""),
    Slip("on pie otherwise", "on pie else", "no call reaches `on pie else`"),
    Slip("on pie otherwise", "on pie timeout", "no call reaches `on pie timeout`"),
    Slip("record agent,", "record agnet,", "there is no label `agnet`"),
    Slip("announce notice", "announce notcie", "there is no label `notcie`"),
    Slip("store calls {\n", "rules-of-store {\n", "did not expect `rules-of-store` here", ""),
    Slip("key 1 -> sales", "key 1 -> salse", "`salse` has no handler of its own"),
    Slip('"s3://acme-recordings/desk/"', '"https://acme-recordings.s3.amazonaws.com/desk/"', "recordings cannot go to"),
    Slip('"s3://acme-recordings/desk/"', '"https://s3.eu-west-1.amazonaws.com/acme-recordings/desk/"', "record"),
]  # fmt: skip


def look(text: str) -> Program:
    return program(Source("desk.recpol", text))


def test_the_policy_is_right() -> None:
    assert check(look(DESK)).findings == ()


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.wrong.strip()[:40])
def test_one_slip_gives_one_finding_and_its_fix_is_the_whole_cure(slip: Slip) -> None:
    text = DESK.replace(slip.right, slip.wrong)
    assert text != DESK
    findings = check(look(text)).findings
    assert [finding.message for finding in findings if finding.level != "info"] == [findings[0].message]
    assert slip.says in findings[0].message
    assert findings[0].help
    fixed = apply_fixes(text, look, unsafe=True)
    if slip.fixed == "":
        assert fixed.text == text
        return
    assert fixed.text == (DESK if slip.fixed is None else DESK.replace(slip.right, slip.fixed))
    assert [finding for finding in fixed.left if finding.level != "info"] == []


def test_an_announcement_that_cannot_be_one_is_no_broken_guarantee_besides() -> None:
    text = (
        DESK.replace("menu more { prompt", "menu more { barge no prompt") + "announce more, notice before recording\n"
    )
    assert [finding.rule for finding in check(look(text)).findings if finding.level != "info"] == ["misplaced-switch"]
    text = text.replace("barge no prompt", "prompt").replace("announce more, notice", "announce more")
    assert [finding.rule for finding in check(look(text)).findings if finding.level != "info"] == ["broken-guarantee"]


@pytest.mark.parametrize(
    ("right", "wrong", "cure"),
    [
        ("record agent, clerk", "record agentagent, clerk", "did you mean `agent`?"),
        (
            "on pie otherwise {",
            "on manage stop agent {\n hangup\n}\non pie otherwise {",
            "or `on manage stop in agent`",
        ),
        ("on pie otherwise {", "on manage stop {\n hangup\n}\non pie otherwise {", "`on manage NAME in SELECTOR`"),
    ],
)
def test_a_slip_that_is_not_for_a_fix_to_decide_has_its_cures_in_words(right: str, wrong: str, cure: str) -> None:
    (finding,) = [one for one in check(look(DESK.replace(right, wrong))).findings if one.level != "info"]
    assert cure in finding.help


def test_each_pack_has_its_own_line() -> None:
    text = DESK.replace("locale en-GB\n", 'locale en-GB\nuse pack "gdpr", "mifid2"\n')
    (finding,) = check(look(text)).findings
    assert finding.message == "one `use` takes one file or pack"
    assert 'use pack "gdpr"\nuse pack "mifid2"\n' in apply_fixes(text, look, unsafe=True).text


def test_a_connect_that_is_not_there_makes_no_guarantee_empty_besides() -> None:
    text = """policy desk
locale en-GB
store calls { url "s3://acme/calls/" credentials env STORE }
on ice { answer n: say "Recorded." patient: connect pstn +46850020000 }
on ace patiant { record { continue } }
announce n before recording
"""
    (finding,) = check(look(text)).findings
    assert (finding.rule, finding.help) == ("no-such-connect", "did you mean `patient`?")


@pytest.mark.parametrize("word", ["if", "stop", "menu", "record-on", "timeout", "else"])
def test_what_is_right_is_no_slip(word: str) -> None:
    text = f'policy p\nlocale en-GB\non ice {{ answer {word}: say "After 5 seconds: stop recording." hangup }}\n'
    assert [finding.rule for finding in check(look(text)).findings] == []
