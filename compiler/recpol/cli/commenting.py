"""A text to the one comment of recpol on the pull request, or merge request, that a CI job runs for.

Sources: GitHub's REST API for issue comments (2022-11-28) and the `viewer` of its GraphQL API; GitLab's Notes API.

Invariant: the token goes to the API's own host alone, over TLS, and into no message; a comment is changed or deleted
only where it begins with our marker and the API says that its author is the token's own account; a try that failed
halfway is begun anew by looking what is there, so that there is one comment in the end.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import quote, urljoin
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

import recpol
from recpol.base.typing import Any
from recpol.cli.commentplace import CommentPlace, place_of, same_host
from recpol.workspace.cannotrun import CannotRun

LONGEST = 60_000
"""How many characters a comment has at most; GitHub takes 65,536."""

TRIES = 4
MOST_PAGES = 200
LONGEST_WAIT = 60.0

LIMITED_WAIT = 60.0
"""How long to wait where GitHub's limit is reached and no header says how long (GitHub's page on rate limits)."""

_AGAIN = frozenset((408, 429, 500, 502, 503, 504))
_LIMITS = (b"secondary rate limit", b"rate limit exceeded", b"abuse detection mechanism")
"""How GitHub says in an answer that there were too many requests, which it gives with 403 as well."""

Pause = Callable[[float], object]


class _Again(Exception):
    """The API could not be reached, or asks to come back: after how many seconds, if it says so; and what it said."""

    def __init__(self, words: str, seconds: float | None = None) -> None:
        super().__init__(words)
        self.words, self.seconds = words, seconds


def put_comment(
    text: str, *, differs: bool, environment: Mapping[str, str], folder: str, pause: Pause = time.sleep
) -> str:
    """Write the comment, and say what became of it: `written`, `updated`, `unchanged` or `none`.

    Where nothing differs no comment is begun, and one that is there says so. `folder` is where the job runs: jobs of
    several folders have a comment each. Raises `CannotRun`.
    """
    place = place_of(environment)
    top = environment.get("GITHUB_WORKSPACE") or environment.get("CI_PROJECT_DIR") or folder
    named = os.path.relpath(os.path.realpath(folder), os.path.realpath(top)).replace(os.sep, "/")
    marker = f"<!-- recpol diff {quote(named)} -->"
    body = _whole(marker, text)
    tried = 0
    while True:
        try:
            return _put(place, marker, body, differs=differs)
        except _Again as problem:
            if tried == TRIES - 1:
                raise CannotRun(
                    f"the comment could not be written: {problem.words}", "run the job again in a while"
                ) from None
            pause(min(LONGEST_WAIT, 2.0**tried if problem.seconds is None else problem.seconds))
        tried += 1


def _whole(marker: str, text: str) -> str:
    """A comment with its marker, cut at a line where it is too long."""
    body = f"{marker}\n## What this change records\n\n{text.strip()}\n"
    if len(body) <= LONGEST:
        return body
    kept = body[:LONGEST].rpartition("\n")[0]
    return f"{kept}\n\nThere is more than a comment can hold: `recpol diff` in the log of the job tells all of it.\n"


def _put(place: CommentPlace, marker: str, body: str, *, differs: bool) -> str:
    found = list(_own(place, marker))
    for extra in found[:-1]:  # two jobs at once began one each: the older one would never be right again
        _ask(place, "DELETE", f"{place.single}/{extra['id']}")
    if not found:
        if not differs:
            return "none"
        _ask(place, "POST", place.listed, {"body": body})
        return "written"
    if str(found[-1].get("body", "")).replace("\r\n", "\n").strip() == body.strip():
        return "unchanged"
    _ask(place, place.update, f"{place.single}/{found[-1]['id']}", {"body": body})
    return "updated"


def _own(place: CommentPlace, marker: str) -> Iterator[Mapping[str, Any]]:
    """The comments with the marker that we wrote, the oldest first: anybody can write a marker."""
    me = _me(place)
    address: str | None = f"{place.listed}?per_page=100"
    for _ in range(MOST_PAGES):
        if address is None:
            return
        comments, address = _ask(place, "GET", address)
        for one in comments if isinstance(comments, list) else ():
            if not isinstance(one, dict) or not str(one.get("body", "")).startswith(marker):
                continue
            author = one.get(place.who)
            if not isinstance(author, dict) or not isinstance(one.get("id"), int):
                continue
            if author.get("id") == me:
                yield one
    raise CannotRun("the request has too many comments to find ours", "delete the comment of recpol, and run again")


def _me(place: CommentPlace) -> int:
    """The number of the account that the token is of; for a token of an app of GitHub, that of the app's bot."""
    try:
        found, _ = _ask(place, "GET", "/user")
    except _Refused as problem:
        if problem.status != 403 or place.host != "GitHub":
            raise
        found = _bot(place) if place.graph else None
    number = found.get("id") if isinstance(found, dict) else None
    if not isinstance(number, int):
        raise CannotRun(
            f"{place.host} does not say whose the token is: recpol could not tell its comment from another's",
            "use the token of the job, or that of an account",
        )
    return number


def _bot(place: CommentPlace) -> Any:
    """Who the token of an app acts as, for such tokens may not ask for `/user`; None where that is not said."""
    try:
        found, _ = _ask(place, "POST", place.graph, {"query": "{ viewer { id: databaseId } }"})
    except _Refused:
        return None
    data = found.get("data") if isinstance(found, dict) else None
    if not data and _is_limited(json.dumps(found).encode()):
        raise _Again("the API takes no more requests for a while", LIMITED_WAIT)
    return data.get("viewer") if isinstance(data, dict) else None


# ── the wire ─────────────────────────────────────────────────────────────────────────────────────────────────────


class _Refused(CannotRun):
    """The API said no."""

    def __init__(self, status: int, message: str, help_: str) -> None:
        super().__init__(message, help_)
        self.status = status


def _opener() -> OpenerDirector:
    """What sends requests: through a proxy where the environment names one, and without following redirects, by which
    another host would get the token."""
    opener = OpenerDirector()
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor):
        opener.add_handler(handler())
    return opener


def _ask(place: CommentPlace, method: str, path: str, body: object = None) -> tuple[Any, str | None]:
    """The answer to a request, and the address of the next page if there is one."""
    address = place.api.rstrip("/") + path if path.startswith("/") else path
    data = None if body is None else json.dumps(body).encode()
    request = Request(
        address, data, {**dict(place.headers), "User-Agent": f"recpol/{recpol.__version__}"}, method=method
    )
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with _opener().open(request, timeout=30) as answer:
            content, link = answer.read(), answer.headers.get("Link", "")
    except HTTPError as problem:
        with problem:
            raise _refusal(place, problem) from None
    except OSError:
        raise _Again("the API cannot be reached") from None
    except (HTTPException, ValueError):
        raise _Again("the answer of the API was cut off") from None
    try:
        return json.loads(content) if content else None, _next_page(place, link)
    except (ValueError, RecursionError):
        raise _Again("what answers is not the API") from None


def _refusal(place: CommentPlace, problem: HTTPError) -> Exception:
    status, wait = problem.code, problem.headers.get("Retry-After", "")
    spent = problem.headers.get("X-RateLimit-Remaining") == "0"
    limited = status in (403, 429) and _is_limited(_read(problem))
    if status in _AGAIN or (status == 403 and (wait or spent or limited)):
        words = f"the API answered {status}" + (": it takes no more requests for a while" if limited or spent else "")
        return _Again(words, float(wait) if wait.isdecimal() else LIMITED_WAIT if limited else None)
    if status == 401:
        return _Refused(status, f"{place.host} does not know the token", "it may have ended: make it anew")
    if status in (403, 404):
        help_ = (
            "give the job `permissions: pull-requests: write`; requests from forks get a token that only reads"
            if place.host == "GitHub"
            else "a project access token with the scope `api` and the role Reporter may"
        )
        return _Refused(
            status, f"the token may not read and write comments here ({place.host} answered {status})", help_
        )
    return _Refused(status, f"{place.host} did not take the comment: it answered {status}", "see the page of its API")


def _read(problem: HTTPError) -> bytes:
    """The beginning of what an answer says; nothing where it cannot be read."""
    try:
        return problem.read(10_000)
    except (OSError, HTTPException):
        return b""


def _is_limited(answer: bytes) -> bool:
    return any(words in answer.lower() for words in _LIMITS)


def _next_page(place: CommentPlace, link: str) -> str | None:
    """The next page of a list, of the same host alone; raises `ValueError` where what is named is no address."""
    for part in link.split(","):
        address, _, relation = part.strip().partition(";")
        if 'rel="next"' in relation.replace(" ", ""):
            found = urljoin(place.api, address.strip().removeprefix("<").removesuffix(">"))
            if not same_host(found, place.api):
                raise CannotRun("the API sends to another host for the rest of the comments", "check its address")
            return found
    return None
