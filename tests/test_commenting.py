"""The comment on a pull request, over HTTP against a server of our own: one comment, and the token nowhere."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakeforge import PAGE, TOKEN, FakeForge
from recpol.cli.commenting import LONGEST, TRIES, put_comment
from recpol.cli.commentplace import place_of
from recpol.cli.main import run
from recpol.workspace.cannotrun import CannotRun
from test_diff import OLD

MARKER = "<!-- recpol diff . -->"
OTHER = {"id": 5, "type": "User"}
Forge = Callable[..., FakeForge]


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forge]:
    made: list[FakeForge] = []
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "GITLAB_", "CI", "RECPOL_TOKEN"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.chdir(tmp_path)

    def go(*, gitlab: bool = False, account: int | None = None) -> FakeForge:
        made.append(FakeForge(gitlab=gitlab, account=account))
        (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"number": 12}}), "utf-8")
        github = {
            "GITHUB_ACTIONS": "true", "GITHUB_API_URL": made[-1].address, "GITHUB_REPOSITORY": "acme/voice",
            "GITHUB_GRAPHQL_URL": f"{made[-1].address}/graphql",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"), "GITHUB_TOKEN": TOKEN,
            "GITHUB_WORKSPACE": str(tmp_path),
        }  # fmt: skip
        lab = {
            "GITLAB_CI": "true", "CI_API_V4_URL": made[-1].address, "CI_PROJECT_ID": "7",
            "CI_MERGE_REQUEST_IID": "12", "GITLAB_TOKEN": TOKEN, "CI_PROJECT_DIR": str(tmp_path),
        }  # fmt: skip
        for name, value in (lab if gitlab else github).items():
            monkeypatch.setenv(name, value)
        return made[-1]

    yield go
    for one in made:
        one.close()


def diff(tmp_path: Path, capsys: pytest.CaptureFixture[str], new: str) -> tuple[int, str]:
    """Run the command with a comment; the token is in nothing that is printed."""
    (tmp_path / "old.recpol").write_text(OLD, "utf-8")
    (tmp_path / "new.recpol").write_text(new, "utf-8")
    status = run(["diff", "old.recpol", "new.recpol", "--comment"])
    said = capsys.readouterr()
    assert TOKEN not in said.out + said.err
    return status, said.err


RECORDED = OLD.replace(" except card", "")


@pytest.mark.parametrize(("gitlab", "account"), [(False, None), (False, 9), (True, 9)])
def test_one_comment_is_begun_kept_and_brought_up_to_date(
    forge: Forge, tmp_path: Path, capsys: pytest.CaptureFixture[str], gitlab: bool, account: int | None
) -> None:
    server = forge(gitlab=gitlab, account=account)
    for number in range(2 * PAGE):
        server.comment(f"looks good {number}", OTHER)
    assert diff(tmp_path, capsys, OLD) == (0, "note: no comment: nothing differs\n")
    assert diff(tmp_path, capsys, RECORDED) == (1, "note: the comment is written\n")
    server.comment("thanks", OTHER)
    assert len(server.comments) == 2 * PAGE + 2
    ours = server.comments[-2]
    assert ours["body"].startswith(f"{MARKER}\n## What this change records\n\n### `desk`")
    assert "`press 1; answer; begin card`" in ours["body"]
    assert diff(tmp_path, capsys, RECORDED) == (1, "note: the comment is unchanged\n")
    assert diff(tmp_path, capsys, OLD) == (0, "note: the comment is updated\n")
    assert "In one policy nothing differs." in ours["body"]
    assert len(server.comments) == 2 * PAGE + 2


def test_a_comment_of_somebody_else_with_our_marker_is_left_alone(
    forge: Forge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for account in (None, 9):
        server = forge(account=account)
        theirs = [OTHER, {"id": 6, "type": "Bot"}]
        for other in theirs:
            server.comment(f"{MARKER}\nnothing is recorded", other)
        assert diff(tmp_path, capsys, RECORDED)[1] == "note: the comment is written\n"
        assert diff(tmp_path, capsys, OLD)[1] == "note: the comment is updated\n"
        assert [one["user"] for one in server.comments] == [*theirs, server.author]
        assert [one["body"] for one in server.comments[:-1]] == [f"{MARKER}\nnothing is recorded"] * 2


@pytest.mark.parametrize(
    "viewer", [{"errors": [{"message": "no"}]}, {"data": {"viewer": None}}, {"data": None}, [], 403, 404]
)
def test_where_nobody_says_whose_the_token_is_nothing_is_written(
    forge: Forge, tmp_path: Path, capsys: pytest.CaptureFixture[str], viewer: object
) -> None:
    server = forge()
    server.comment(MARKER, server.author)
    server.viewer = viewer
    status, said = diff(tmp_path, capsys, RECORDED)
    assert (status, "does not say whose the token is" in said) == (2, True), said
    assert [one["body"] for one in server.comments] == [MARKER]


def test_a_tag_calls_nobody(forge: Forge, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server = forge()
    diff(tmp_path, capsys, RECORDED.replace("This call is recorded.", "Ask @acme/legal, see #12"))
    body = server.comments[0]["body"]
    assert "never record `@card`" in body
    assert "`@acme/legal`" in body
    assert "`#12`" in body


def test_what_fails_for_a_while_is_tried_again_and_leaves_one_comment(forge: Forge) -> None:
    server, waited = forge(), list[float]()
    server.failures = [(502, {}), (429, {"Retry-After": "7"}), (403, {"X-RateLimit-Remaining": "0"})]
    environment = dict(os.environ)
    done = put_comment("text", differs=True, environment=environment, folder=".", pause=waited.append)
    assert (done, waited) == ("written", [1.0, 7.0, 4.0])
    server.comments.clear()
    server.lose_answers = 1  # it is written, and the answer never comes
    done = put_comment("text", differs=True, environment=environment, folder=".", pause=waited.append)
    assert (done, len(server.comments)) == ("unchanged", 1)
    server.comment(server.comments[0]["body"], server.author)  # as two jobs at once do
    put_comment("other", differs=True, environment=environment, folder=".", pause=waited.append)
    assert [one["body"].endswith("other\n") for one in server.comments] == [True]
    server.failures = [(503, {"Retry-After": "9999"})] * TRIES
    waited.clear()
    with pytest.raises(CannotRun, match="the API answered 503"):
        put_comment("text", differs=True, environment=environment, folder=".", pause=waited.append)
    assert waited == [60.0] * (TRIES - 1)


LIMITS = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.",
    "API rate limit exceeded for installation ID 7.",
)
"""What GitHub says where it gets too many requests, with 403 or 429, as its page on rate limits has it."""


@pytest.mark.parametrize("message", LIMITS)
@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_of_the_api_is_waited_for_and_is_no_missing_permission(forge: Forge, status: int, message: str) -> None:
    server, waited = forge(), list[float]()
    server.failures = [(status, {}, message), (status, {"Retry-After": "5"}, message)]
    done = put_comment("text", differs=True, environment=dict(os.environ), folder=".", pause=waited.append)
    assert (done, waited) == ("written", [60.0, 5.0])
    server.failures = [(status, {}, message)] * TRIES
    with pytest.raises(CannotRun, match=f"the API answered {status}: it takes no more requests for a while"):
        put_comment("other", differs=True, environment=dict(os.environ), folder=".", pause=waited.append)


def test_a_limit_of_the_graph_is_waited_for_too(forge: Forge) -> None:
    server, waited = forge(account=None), list[float]()
    server.viewer = {"errors": [{"type": "RATE_LIMITED", "message": LIMITS[2]}]}
    with pytest.raises(CannotRun, match="takes no more requests for a while"):
        put_comment("text", differs=True, environment=dict(os.environ), folder=".", pause=waited.append)
    assert waited == [60.0] * (TRIES - 1)


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (403, {}, "may not read and write comments here (GitHub answered 403)"),
        (404, {}, "may not read and write comments"), (422, {}, "it answered 422"),
        (302, {"Location": "http://127.0.0.1:9/elsewhere"}, "it answered 302"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_at_once(
    forge: Forge, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    status: int, headers: dict[str, str], said: str,
) -> None:  # fmt: skip
    server = forge()
    server.failures = [(status, headers)]
    assert diff(tmp_path, capsys, RECORDED)[0] == 2
    server.failures = [(status, headers)]
    assert said in diff(tmp_path, capsys, RECORDED)[1]
    assert server.comments == []


def test_the_token_goes_to_no_other_host(forge: Forge, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server, other = forge(), FakeForge()
    try:
        server.next_page_host = other.address
        for number in range(PAGE + 1):
            server.comment(f"{number}", OTHER)
        status, said = diff(tmp_path, capsys, RECORDED)
        assert (status, "another host" in said) == (2, True)
        assert other.requests == []
    finally:
        other.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"GITHUB_TOKEN": ""}, "there is no token"), ({"GITHUB_TOKEN": "a\nb"}, "is no token"),
        ({"GITHUB_TOKEN": "wrong"}, "does not know the token"), ({"RECPOL_TOKEN": "wrong"}, "does not know"),
        ({"GITHUB_API_URL": "http://api.acme.example"}, "does not begin with `https`"),
        ({"GITHUB_GRAPHQL_URL": "http://api.acme.example/graphql"}, "does not begin with `https`"),
        ({"GITHUB_GRAPHQL_URL": "https://api.acme.example/graphql"}, "name two hosts"),
        ({"GITHUB_GRAPHQL_URL": ""}, "does not say whose the token is"),
        ({"GITHUB_API_URL": "ftp://localhost"}, "does not begin with `https`"),
        ({"GITHUB_API_URL": "https://[acme"}, "is no address"),
        ({"GITHUB_API_URL": "https://acme.example:port"}, "is no address"),
        ({"GITHUB_API_URL": "api.acme.example"}, "is no address"),
        ({"GITHUB_API_URL": ""}, "the variable `GITHUB_API_URL` is missing"),
        ({"GITHUB_REPOSITORY": ""}, "the variable `GITHUB_REPOSITORY` is missing"),
        ({"GITHUB_EVENT_PATH": "/nowhere"}, "no pull request"), ({"GITHUB_ACTIONS": ""}, "GitLab CI alone"),
    ],
)  # fmt: skip
def test_where_no_comment_can_be_written_it_is_said(
    forge: Forge, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str], said: str,
) -> None:  # fmt: skip
    forge()
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    status, told = diff(tmp_path, capsys, RECORDED)
    assert (status, said in told) == (2, True), told


def test_a_long_comment_is_cut_and_says_so(forge: Forge) -> None:
    server = forge()
    put_comment("| a row |\n" * LONGEST, differs=True, environment=dict(os.environ), folder=".")
    body = server.comments[0]["body"]
    assert len(body) < LONGEST + 200
    assert body.rstrip().endswith("tells all of it.")


def test_folders_have_comments_of_their_own(forge: Forge, tmp_path: Path) -> None:
    server = forge()
    for name in ("a", "b", "a"):
        (tmp_path / name).mkdir(exist_ok=True)
        put_comment(name, differs=True, environment=dict(os.environ), folder=str(tmp_path / name))
    assert [one["body"].splitlines()[0] for one in server.comments] == [
        "<!-- recpol diff a -->",
        "<!-- recpol diff b -->",
    ]


def test_a_next_page_that_is_no_address_is_no_defect_of_recpol(forge: Forge) -> None:
    server = forge()
    server.next_page_host = "http://[nowhere"
    for number in range(PAGE + 1):
        server.comment(f"{number}", OTHER)
    with pytest.raises(CannotRun, match="what answers is not the API"):
        put_comment("text", differs=True, environment=dict(os.environ), folder=".", pause=lambda _: None)


def test_no_merge_request(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    forge(gitlab=True)
    monkeypatch.delenv("CI_MERGE_REQUEST_IID")
    with pytest.raises(CannotRun, match="no merge request"):
        place_of(os.environ)
