"""Where the comment on a pull request, or merge request, goes: read from the variables of GitHub Actions and GitLab CI.

The token is `RECPOL_TOKEN`, or `GITHUB_TOKEN` or `GITLAB_TOKEN`.

Invariant: every address that is found has one host, and TLS, or is this machine's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from recpol.base.record import Record
from recpol.workspace.cannotrun import CannotRun

_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


class CommentPlace(Record):
    """Where comments are: the API, the path of their list, the path before a comment's number, the headers.

    `update` is the method that changes a comment, `who` the key of a comment under which its author stands; `graph` is
    the address of the GraphQL API, where there is one.
    """

    host: str
    api: str
    listed: str
    single: str
    headers: tuple[tuple[str, str], ...]
    update: str
    who: str
    graph: str = ""


def place_of(environment: Mapping[str, str]) -> CommentPlace:
    """Where the comments of the request are that a job runs for; raises `CannotRun`."""
    if environment.get("GITHUB_ACTIONS") == "true":
        place = _on_github(environment)
    elif environment.get("GITLAB_CI") == "true":
        place = _on_gitlab(environment)
    else:
        raise CannotRun(
            "a comment is written by jobs of GitHub Actions and GitLab CI alone", "leave `--comment` out elsewhere"
        )
    for address in filter(None, (place.api, place.graph)):
        _safe(address)
    if place.graph and not same_host(place.graph, place.api):
        raise CannotRun(
            "`GITHUB_GRAPHQL_URL` and `GITHUB_API_URL` name two hosts: the token goes to one alone", "set both anew"
        )
    return place


def _safe(address: str) -> None:
    """See that nobody can read what goes to the address of an API; raises `CannotRun`."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if not parts.hostname:
        raise CannotRun("the address of the API is no address", "it begins with `https://` and the name of a host")
    if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in _LOOPBACK):
        raise CannotRun("the address of the API does not begin with `https`: the token could be read", "use TLS")


def same_host(one: str, other: str) -> bool:
    """Whether two addresses begin with the same scheme, host and port."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def _on_github(environment: Mapping[str, str]) -> CommentPlace:
    owner, _, name = _variable(environment, "GITHUB_REPOSITORY").partition("/")
    issues = f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}/issues"
    number = _pull_request(environment)
    return CommentPlace(
        "GitHub", _variable(environment, "GITHUB_API_URL"), f"{issues}/{number}/comments", f"{issues}/comments",
        (
            ("Authorization", f"Bearer {_token(environment, 'GITHUB_TOKEN')}"),
            ("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28"),
        ),
        "PATCH", "user", environment.get("GITHUB_GRAPHQL_URL", ""),
    )  # fmt: skip


def _on_gitlab(environment: Mapping[str, str]) -> CommentPlace:
    number = environment.get("CI_MERGE_REQUEST_IID", "")
    if not number.isdecimal():
        raise CannotRun("this job runs for no merge request", "give it `rules: - if: $CI_MERGE_REQUEST_IID`")
    project = quote(_variable(environment, "CI_PROJECT_ID"), safe="")
    notes = f"/projects/{project}/merge_requests/{number}/notes"
    headers = (("PRIVATE-TOKEN", _token(environment, "GITLAB_TOKEN")), ("Accept", "application/json"))
    return CommentPlace("GitLab", _variable(environment, "CI_API_V4_URL"), notes, notes, headers, "PUT", "author")


def _variable(environment: Mapping[str, str], name: str) -> str:
    """What the job was given in a variable that each has; raises `CannotRun` where it is missing."""
    value = environment.get(name, "")
    if not value:
        raise CannotRun(f"the variable `{name}` is missing", "each job has it: pass it on to where recpol runs")
    return value


def _pull_request(environment: Mapping[str, str]) -> int:
    """The number of the pull request of a job of GitHub Actions."""
    try:
        with open(environment.get("GITHUB_EVENT_PATH", ""), encoding="utf-8") as file:
            number = json.load(file)["pull_request"]["number"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        number = None
    if not isinstance(number, int):
        raise CannotRun("this job runs for no pull request", "run it `on: pull_request`")
    return number


def _token(environment: Mapping[str, str], usual: str) -> str:
    token = (environment.get("RECPOL_TOKEN") or environment.get(usual, "")).strip()
    if not token:
        raise CannotRun(f"there is no token to write the comment with in `{usual}`", f"set `{usual}` for this step")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise CannotRun(f"what is in `RECPOL_TOKEN` or `{usual}` is no token", "it is one word of plain letters")
    return token
