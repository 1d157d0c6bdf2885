"""Rules about cookies and headers: what a call carries with it from one callback, or one side, to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from recpol.analysis.program import Program
from recpol.analysis.steps import Handler
from recpol.base.finding import Finding, Note
from recpol.platform import limits
from recpol.rules.notation import Notation
from recpol.rules.policy.known import beyond, connects, size
from recpol.rules.rule import rule, shared_rule
from recpol.syntax import tree


def _cookies(handler: Handler) -> Iterator[tree.Cookie]:
    return (step.body for step in handler.segments if isinstance(step.body, tree.Cookie))


@shared_rule("error", binding=True, covers=("C17",))
def cookies_too_large(program: Program, say: Notation) -> Iterator[Finding]:
    """More than 1024 bytes of cookies in one call.

    Keys and values of all cookies of a call count together, in UTF-8 (Callback API page). A cookie
    that is set again counts with its last value.

    Wrong:
    ```recpol
    policy desk
    on ice {
      cookie "t1" = "We sell and repair bicycles. An order is a promise: we deliver within ten working days, and you"
      cookie "t2" = "pay within thirty days after that. A bicycle that breaks within three years is repaired for"
      cookie "t3" = "nothing, unless it was in a race, under water or on a roof. Whoever wants to give a bicycle back"
      cookie "t4" = "can do so within thirty days, with all its parts, in the box in which it came or in another one."
      cookie "t5" = "We keep what we know about you for as long as the law wants us to, and not a day longer; nobody"
      cookie "t6" = "else gets to see it. Questions are answered by the people who build the bicycles, on every"
      cookie "t7" = "working day from eight to five, in four languages. Complaints are answered by the people who own"
      cookie "t8" = "the shop, and if that does not help, by the court of the town in which the shop stands. If one of"
      cookie "t9" = "these sentences is not valid where you live, the others still are. All of this holds for"
      cookie "t10" = "bicycles, for their parts, for tools and for the work that we do on them, and it holds as well"
      cookie "t11" = "for whatever you buy by telephone, in the shop, at a fair or from one of our vans, in this year"
      cookie "t12" = "and in the years that follow."
      connect pstn +46850020000
    }
    ```

    Right:
    ```recpol
    policy desk
    on ice {
      cookie "terms" = "edition of May 2026"
      connect pstn +46850020000
    }
    ```
    """
    over = _certain(program)
    if over is not None:
        cookie, total = over
        yield _too_large(program, cookie, f"with this cookie a call has {total} bytes of them")


@rule("warning", covers=("C17",))
def cookies_may_be_too_large(program: Program) -> Iterator[Finding]:
    """More than 1024 bytes of cookies in all replies together.

    Each reply keeps to the limit, but a call that passes through all of them may not (Callback API page). Allow the
    finding if no call does.

    Wrong:
    ```recpol
    policy desk
    on ice {
      cookie "t1" = "We sell and repair bicycles. An order is a promise: we deliver within ten working days, and you"
      cookie "t2" = "pay within thirty days after that. A bicycle that breaks within three years is repaired for"
      cookie "t3" = "nothing, unless it was in a race, under water or on a roof. Whoever wants to give a bicycle back"
      cookie "t4" = "can do so within thirty days, with all its parts, in the box in which it came or in another one."
      connect pstn +46850020000
    }
    on ace { menu { prompt play "terms" key 1 -> more } }
    on pie more {
      cookie "t5" = "We keep what we know about you for as long as the law wants us to, and not a day longer; nobody"
      cookie "t6" = "else gets to see it. Questions are answered by the people who build the bicycles, on every"
      cookie "t7" = "working day from eight to five, in four languages. Complaints are answered by the people who own"
      cookie "t8" = "the shop, and if that does not help, by the court of the town in which the shop stands. If one of"
      menu { prompt play "more-terms" key 2 -> rest }
    }
    on pie rest {
      cookie "t9" = "these sentences is not valid where you live, the others still are. All of this holds for"
      cookie "t10" = "bicycles, for their parts, for tools and for the work that we do on them, and it holds as well"
      cookie "t11" = "for whatever you buy by telephone, in the shop, at a fair or from one of our vans, in this year"
      cookie "t12" = "and in the years that follow."
      continue
    }
    on pie otherwise { hangup }
    ```

    Right:
    ```recpol
    policy desk
    on ice { cookie "terms" = "edition of May 2026" connect pstn +46850020000 }
    on ace { cookie "answered" = "yes" continue }
    ```
    """
    if _certain(program) is not None:
        return
    most: dict[str, int] = {}
    last: tree.Cookie | None = None
    for handler in program.handlers:
        if handler.index in program.graph.reachable:
            for last in _cookies(handler):
                key = program.fill(last.key)
                most[key] = max(most.get(key, 0), _bytes(program, last))
    total = sum(most.values())
    if last is not None and total > limits.COOKIES_BYTES.value:
        yield _too_large(program, last, f"a call that passes through all replies has {total} bytes of cookies")


def _certain(program: Program) -> tuple[tree.Cookie, int] | None:
    """The first cookie with which a call certainly has too many bytes, and how many: `on ice` comes first always."""
    reached = [handler for handler in program.handlers if handler.index in program.graph.reachable]
    start: dict[str, int] = {}
    for handler in reached:
        if handler.kind == "ice" and (over := _set(program, _cookies(handler), {}, start)):
            return over
    total = sum(start.values())
    for handler in reached:
        if handler.kind != "ice" and (over := _set(program, _cookies(handler), start, {}, total)):
            return over
    return None


def _bytes(program: Program, cookie: tree.Cookie) -> int:
    return size(program, cookie.key) + size(program, cookie.value)


def _set(
    program: Program, cookies: Iterable[tree.Cookie], before: Mapping[str, int], now: dict[str, int], total: int = 0
) -> tuple[tree.Cookie, int] | None:
    """Set cookies on top of those set `before`, which have `total` bytes; the first one too many, and the bytes."""
    for cookie in cookies:
        key, bytes_ = program.fill(cookie.key), _bytes(program, cookie)
        total += bytes_ - now.get(key, before.get(key, 0))
        now[key] = bytes_
        if total > limits.COOKIES_BYTES.value:
            return cookie, total
    return None


def _too_large(program: Program, cookie: tree.Cookie, message: str) -> Finding:
    first = next(c for handler in program.handlers for c in _cookies(handler))
    most = limits.COOKIES_BYTES
    return Finding(
        f"{message}; {most.value} are allowed",
        cookie.span.to(cookie.key.span),
        notes=() if first is cookie else (Note(first.span.to(first.key.span), "the first cookie"),),
        why=f"keys and values of all cookies of a call have at most {most.text} together ({most.source})",
        help="keep the data in the backend, and put only its key into a cookie",
    )


@shared_rule("error", binding=True)
def missing_key(program: Program, say: Notation) -> Iterator[Finding]:
    """A cookie or a header without a name.

    Wrong:
    ```recpol
    policy desk
    on ice { cookie "" = "gold" connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { cookie "level" = "gold" connect pstn +46850020000 }
    ```
    """
    keys = [("cookie", cookie.key) for handler in program.handlers for cookie in _cookies(handler)]
    keys += [("header", o.key) for _, connect in connects(program) for o in connect.options if o.key is not None]
    for what, key in keys:
        name = program.constant(key)
        if name is not None and not name.strip():
            yield Finding(f"the {what} has no name", key.span, help="write one between the quotes")


@shared_rule("warning")
def cookie_name_too_long(program: Program, say: Notation) -> Iterator[Finding]:
    """A cookie whose name is longer than 50 characters.

    The limit is documented for the legacy server SDK only.

    Wrong:
    ```recpol
    policy desk
    on ice { cookie "the-level-of-service-that-was-agreed-with-this-customer" = "gold" connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { cookie "level" = "gold" connect pstn +46850020000 }
    ```
    """
    most = limits.COOKIE_KEY
    for handler in program.handlers:
        for cookie in _cookies(handler):
            over = beyond(program, cookie.key, most.value)
            if over is not None:
                why = f"a name has at most {most.text} ({most.source})"
                yield Finding(
                    f"the cookie's name is longer than {most.text}", over, why=why, help="give it a shorter name"
                )


@shared_rule("error", covers=("C18",))
def headers_too_large(program: Program, say: Notation) -> Iterator[Finding]:
    """More than 1024 bytes of headers in one `connect`.

    Names and values of all headers count together, in UTF-8 (Callback API page).

    Wrong:
    ```recpol
    policy app
    on ice {
      connect app "anna"
      header "h1" = "We sell and repair bicycles. An order is a promise: we deliver within ten working days, and you"
      header "h2" = "pay within thirty days after that. A bicycle that breaks within three years is repaired for"
      header "h3" = "nothing, unless it was in a race, under water or on a roof. Whoever wants to give a bicycle back"
      header "h4" = "can do so within thirty days, with all its parts, in the box in which it came or in another one."
      header "h5" = "We keep what we know about you for as long as the law wants us to, and not a day longer; nobody"
      header "h6" = "else gets to see it. Questions are answered by the people who build the bicycles, on every"
      header "h7" = "working day from eight to five, in four languages. Complaints are answered by the people who own"
      header "h8" = "the shop, and if that does not help, by the court of the town in which the shop stands. If one of"
      header "h9" = "these sentences is not valid where you live, the others still are. All of this holds for"
      header "h10" = "bicycles, for their parts, for tools and for the work that we do on them, and it holds as well"
      header "h11" = "for whatever you buy by telephone, in the shop, at a fair or from one of our vans, in this year"
      header "h12" = "and in the years that follow."
    }
    ```

    Right:
    ```recpol
    policy app
    on ice { connect app "anna" header "order" = "4711" }
    ```
    """
    for _, connect in connects(program):
        headers = [option for option in connect.options if option.key is not None]
        total = 0
        for option in headers:
            total += sum(size(program, text) for text in (option.key, option.value) if isinstance(text, tree.Text))
        most = limits.CALL_HEADERS_BYTES
        if total > most.value:
            yield Finding(
                f"the headers have {total} bytes; {most.value} are allowed",
                headers[0].name.span,
                why=f"all headers of a call have at most {most.text} together ({most.source})",
                help="send a key, and let the other side ask the backend for the rest",
            )
