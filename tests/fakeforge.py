"""A server on localhost that answers as the APIs of GitHub and GitLab do about comments, and can be made to fail.

Sources: docs.github.com, "REST API endpoints for issue comments", "Using pagination in the REST API" and "Queries"
(`viewer`, which a token of an app may ask for: the answer is its bot, as github.com gave it to fullsend-ai/fullsend
#1953); docs.gitlab.com, "Notes API" and "REST API", pagination.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_0123456789abcdefghijklmnopqrstuvwxyz"
PAGE = 3
"""How many comments a page has, whatever is asked for."""


class FakeForge:
    """The server: `comments` is what it holds, `requests` what it was asked, `failures` what it says at first:
    a status, headers, and the message if it is another than one that quotes the token."""

    def __init__(self, *, gitlab: bool = False, account: int | None = None) -> None:
        self.gitlab, self.account = gitlab, account
        self.comments: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.failures: list[tuple[int, dict[str, str]] | tuple[int, dict[str, str], str]] = []
        self.lose_answers = 0
        self.next_page_host: str | None = None
        self.viewer: object = {"data": {"viewer": {"id": 41898282}}}
        forge = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name that http.server uses
                pass

            def do_GET(self) -> None:
                forge.answer(self)

        for method in ("POST", "PATCH", "PUT", "DELETE"):
            setattr(Handler, f"do_{method}", Handler.do_GET)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def author(self) -> dict[str, Any]:
        return {"id": self.account or 41898282, "type": "Bot" if self.account is None else "User"}

    def comment(self, body: str, author: dict[str, Any]) -> dict[str, Any]:
        number = 1 + max((one["id"] for one in self.comments), default=100)
        self.comments.append({"id": number, "body": body, ("author" if self.gitlab else "user"): author})
        return self.comments[-1]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        body = json.loads(request.rfile.read(int(request.headers.get("Content-Length", 0))) or "null")
        self.requests.append(f"{request.command} {parts.path}")
        sent = request.headers.get("PRIVATE-TOKEN") if self.gitlab else request.headers.get("Authorization")
        if sent != (TOKEN if self.gitlab else f"Bearer {TOKEN}"):
            return self.say(request, 401, {"message": "Bad credentials"})
        if parts.path.endswith("/user"):
            if self.account is None:
                return self.say(request, 403, {"message": "Resource not accessible by integration"})
            return self.say(request, 200, {"id": self.account})
        if parts.path == "/graphql" and not self.gitlab:
            if isinstance(self.viewer, int):
                return self.say(request, self.viewer, {"message": TOKEN})
            asked = body == {"query": "{ viewer { id: databaseId } }"}
            return self.say(request, 200, self.viewer if asked else {"errors": [{"message": "another query"}]})
        if self.failures:
            status, headers, *message = self.failures.pop(0)
            return self.say(request, status, {"message": message[0] if message else TOKEN}, headers)
        listed = "/projects/7/merge_requests/12/notes" if self.gitlab else "/repos/acme/voice/issues/12/comments"
        single = listed if self.gitlab else "/repos/acme/voice/issues/comments"
        if parts.path == listed and request.command == "GET":
            page = int(parse_qs(parts.query).get("page", ["1"])[0])
            shown, rest = self.comments[(page - 1) * PAGE : page * PAGE], self.comments[page * PAGE :]
            host = self.next_page_host or self.address
            link = {"Link": f'<{host}{listed}?per_page=100&page={page + 1}>; rel="next"'} if rest else {}
            return self.say(request, 200, shown, link)
        if parts.path == listed and request.command == "POST":
            made = self.comment(body["body"], self.author)
            if self.lose_answers:
                self.lose_answers -= 1
                request.close_connection = True
                return None
            return self.say(request, 201, made)
        for one in self.comments:
            if parts.path == f"{single}/{one['id']}":
                if request.command == "DELETE":
                    self.comments.remove(one)
                    return self.say(request, 204, None)
                if request.command == ("PUT" if self.gitlab else "PATCH"):
                    one["body"] = body["body"]
                    return self.say(request, 200, one)
        return self.say(request, 404, {"message": "Not Found"})

    def say(
        self, request: BaseHTTPRequestHandler, status: int, document: object, headers: dict[str, str] | None = None
    ) -> None:
        data = b"" if document is None else json.dumps(document).encode()
        request.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(data))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(data)
