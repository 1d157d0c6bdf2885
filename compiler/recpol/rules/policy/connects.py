"""Rules about whom a call is connected to: kinds of connects, and their targets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.analysis.answering import answered_numbers
from recpol.analysis.program import Program
from recpol.base.finding import Finding, Fix
from recpol.base.nearest import nearest
from recpol.base.pattern import pattern
from recpol.base.record import replace
from recpol.base.source import Span
from recpol.platform import limits, locales
from recpol.platform.sources import CALLBACK_PAGE, E164_STANDARD, LEGACY_SDK, NODE_SDK
from recpol.rules.edits import guess, write
from recpol.rules.notation import POLICY, Notation
from recpol.rules.policy.following import more_digits
from recpol.rules.policy.known import beyond, dialled, dials, did_you_mean, first_match
from recpol.rules.rule import VALUES, VALUES_OF_ALL, rule, shared_rule
from recpol.syntax import tree

_TARGETS = {
    "pstn": ("a telephone number", "+46850020000"),
    "app": ("the name of a user", "anna"),
    "sip": ("an address", "desk@pbx.example"),
    "conference": ("the name of a conference", "board"),
    "stream": ("an address", "wss://media.example/calls"),
}
"""What each kind of connect goes to, and an example of it."""

_OTHER_WORDS = {
    "conf": "conference",
    "room": "conference",
    "mxp": "app",
    "user": "app",
    "phone": "pstn",
    "number": "pstn",
    "websocket": "stream",
}


@rule("error", binding=True)
def unknown_connect(program: Program) -> Iterator[Finding]:
    """A `connect` of a kind that does not exist.

    Wrong:
    ```recpol
    policy desk
    on ice { connect phone +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 }
    ```
    """
    for _, connect in dialled(program):
        kind = connect.kind.text
        if kind not in _TARGETS and kind != "connect":  # a word that stands there twice is syntax-error's
            otherwise = "write `pstn`, `app`, `sip`, `conference` or `stream` after `connect`"
            word = _OTHER_WORDS.get(kind, kind)
            help_ = did_you_mean(word, _TARGETS, otherwise)
            close = nearest(word, _TARGETS)
            fixes = guess(connect.kind.span, kind, close) if close else ()
            yield Finding(f"there is no `{dials(connect)}`", connect.kind.span, help=help_, fixes=fixes)


@rule("error", binding=True)
def missing_target(program: Program) -> Iterator[Finding]:
    """A `connect` that does not say to whom.

    Only `connect pstn` may leave its number out: it then calls the number that the caller dialled (Callback API page).

    Wrong:
    ```recpol
    policy board
    on ice { connect conference }
    ```

    Right:
    ```recpol
    policy board
    on ice { connect conference "board" }
    ```
    """
    for _, connect in dialled(program):
        kind, target = connect.kind, connect.target
        if kind.text not in _TARGETS:
            continue
        what, example = _TARGETS[kind.text]
        help_ = f"write for example {POLICY.target(kind.text, example)}"
        if target is None and kind.text != "pstn":
            yield Finding(f"`{dials(connect)}` needs {what}", kind.span, help=help_)
        elif isinstance(target, tree.Text) and _blank(program, target):
            yield Finding(f"{what} is missing here", target.span, help=help_)


def _blank(program: Program, text: tree.Text) -> bool:
    constant = program.constant(text)
    return constant is not None and not constant.strip()


@shared_rule("error", binding=True, lifted=VALUES)
def wrong_target(program: Program, say: Notation) -> Iterator[Finding]:
    """A target that this kind of `connect` cannot go to.

    Users, SIP addresses, conferences and streams are written as strings; a SIP address is `user@host` or
    `user@host:port` (Callback API page), with `sip:` or `sips:` before it or without; the address of a stream begins
    with `wss://` or `ws://`.

    Wrong:
    ```recpol
    policy desk
    on ice { connect sip +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect sip "desk@pbx.example" }
    ```
    """
    for _, connect in dialled(program):
        kind, target = connect.kind.text, connect.target
        if kind not in _TARGETS or kind == "pstn" or target is None:
            continue
        what, example = _TARGETS[kind]
        written = say.target(kind, example)
        if not isinstance(target, tree.Text):
            help_ = f'write it as a string: `{dials(connect)} "{target.text}"`'
            if isinstance(target, tree.Phone) or kind in ("sip", "stream"):
                help_ = f"write `connect pstn {target.text}` to call a number, or {what}: {written}"
            yield Finding(f"`{dials(connect)}` goes to {what}, not to a number", target.span, help=help_)
            continue
        address = program.constant(target)
        if address is None or not address.strip():
            continue
        if kind == "sip" and not re.fullmatch(limits.SIP_ENDPOINT, address):
            why = f"a SIP endpoint is `user@host` or `user@host:port` ({CALLBACK_PAGE})"
            help_ = f"write for example {written}"
            yield Finding(f"`{address}` is not a SIP address", target.span, why=why, help=help_)
        elif kind == "stream" and not re.match(r"wss?://\S+\Z", address):
            help_ = f"write for example {written}"
            yield Finding(f"`{address}` is not the address of a WebSocket", target.span, help=help_)


_NOT_IN_NUMBERS = pattern(r"[^+0-9]+")
_SHORT = 6
"""Fewer digits than this the legacy SDK refuses."""
_NATIONAL = 10
"""With more digits than this a number is hardly without its country code."""


@shared_rule("error", binding=True, covers=("C21",), lifted=VALUES_OF_ALL, most="warning")
def bad_number(program: Program, say: Notation) -> Iterator[Finding]:
    """A telephone number that is not in international form.

    Numbers are written `+`, country code, number, with at most 15 digits and nothing between them (E.164). `cli` can be
    `private` as well.

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn 46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 }
    ```
    """
    for line in answered_numbers(program):
        yield from _number(program, line, (), say)
    for _, connect in dialled(program):
        if connect.kind.text == "pstn" and connect.target is not None:
            yield from _number(program, connect.target, (), say)
        for option in connect.options:
            if option.name.text == "cli" and option.value is not None and connect.kind.text in ("pstn", "sip"):
                yield from _number(program, option.value, locales.CLI_WORDS, say)


def _number(program: Program, value: tree.Value, words: tuple[str, ...], say: Notation) -> Iterator[Finding]:
    text = program.constant(value) if isinstance(value, tree.Text) else value.span.text
    if text is None:
        found = first_match(program, value, _NOT_IN_NUMBERS) if isinstance(value, tree.Text) else None
        if found is not None:
            yield _bad(f"`{found[0]}` has no place in a number", found[1], "delete it")
    elif text in words or (not text.strip() and not words):
        return  # an empty target is missing-target's
    elif not isinstance(value, tree.Text) and more_digits(value.span):
        return  # written with blanks in it, which syntax-error finds
    elif re.fullmatch(limits.E164, text):
        if len(text) - 1 < _SHORT:
            yield Finding(
                f"`{text}` is very short for a number in international form",
                value.span,
                why=f"the platform's own SDK refuses numbers of fewer than {_SHORT} digits ({LEGACY_SDK})",
                help="write the country code and the whole number",
                severity="warning",
            )
    else:
        wrong = _bad(*_what_is_wrong(text, value.span, words, say), _written_out(program, text, value))
        bare = say.bare_numbers and text.isdigit() and re.fullmatch(limits.E164, f"+{text}")
        yield (
            wrong
            if not bare
            else replace(
                wrong, severity="info", why=f"{say.bare_numbers} writes numbers so, {NODE_SDK} with the `+` of E.164"
            )
        )


def _full(text: str) -> tuple[str, str]:
    """A number without what stands between its digits; and the same with one `+` before it."""
    digits = re.sub(r"[\s().\-/]", "", text)
    full = "+" + digits.lstrip("+")
    return digits, "+" + full[3:] if full.startswith("+00") else full


def _written_out(program: Program, text: str, value: tree.Value) -> tuple[Fix, ...]:
    """The fix for a number that only lacks its `+`, or has blanks or signs in it.

    It is beyond doubt where the author wrote `+` or `00`, or so many digits that a country code must be among them:
    national numbers have ten at most in nearly all countries.
    """
    digits, full = _full(text)
    if not re.fullmatch(r"\+*[0-9]+", digits) or not re.fullmatch(limits.E164, full) or len(full) - 1 < _SHORT:
        return ()
    if isinstance(value, tree.Text) and (value.value != text or "\\" in value.span.text):
        return ()  # part of it comes from elsewhere
    sure = digits.startswith(("+", "00")) or len(digits) > _NATIONAL
    place = value.part(0, len(value.value)) if isinstance(value, tree.Text) else value.span
    return write(place, full, title=f"write `{full}`", safe=sure)


def _what_is_wrong(text: str, span: Span, words: tuple[str, ...], say: Notation) -> tuple[str, Span, str]:
    """Message, place and help for a number that is none."""
    digits, full = _full(text)
    most = limits.E164_DIGITS
    if not text.strip():
        return "no number is given here", span, _no_number(text, words, say)
    if not re.fullmatch(r"\+*[0-9]+", digits):
        return f"`{text}` is not a telephone number", span, _no_number(text, words, say)
    if len(full) - 1 > most.value:
        return f"`{text}` has {len(full) - 1} digits; a number has at most {most.value}", span, "check the number"
    if full.startswith("+0"):
        return f"`{text}` has no country code", span, "put `+` and the country code in place of the leading `0`"
    if not re.fullmatch(limits.E164, full):
        return f"`{text}` is too short for a telephone number", span, "write the country code and the whole number"
    what = "is not in international form" if digits != text or text.startswith("+") else "has no `+`"
    return f"`{text}` {what}", span, f"write `{full}`"


def _no_number(text: str, words: tuple[str, ...], say: Notation) -> str:
    if text in locales.LEGACY_CLI_WORDS:
        return say.no_caller
    if "@" in text:
        return say.call_an_address if not words else "write a number such as `+46850020000`"
    otherwise = "write `+`, the country code and the number" + (", or `private`" if words else "")
    return did_you_mean(text, words, otherwise)


def _bad(message: str, span: Span, help_: str, fixes: tuple[Fix, ...] = ()) -> Finding:
    why = f"a number is `+`, the country code and the number, with at most {limits.E164_DIGITS.text} ({E164_STANDARD})"
    return Finding(message, span, why=why, help=help_, fixes=fixes)


@shared_rule("error", binding=True, covers=("C16",), lifted=VALUES)
def conference_name_too_long(program: Program, say: Notation) -> Iterator[Finding]:
    """A conference whose name is longer than 64 characters (Callback API page).

    Wrong:
    ```recpol
    policy board
    on ice { connect conference "the-quarterly-meeting-of-the-board-and-of-all-heads-of-department" }
    ```

    Right:
    ```recpol
    policy board
    on ice { connect conference "quarterly-meeting" }
    ```
    """
    yield from _too_long(program, "conference", limits.CONFERENCE_ID, "the name of a conference")


@shared_rule("error", binding=True, lifted=VALUES)
def user_name_too_long(program: Program, say: Notation) -> Iterator[Finding]:
    """An app user whose name is longer than 128 characters (legacy server SDK).

    Wrong:
    ```recpol
    policy app
    on ice {
      connect
        app
        "anna-from-bicycles-repairs-and-spare-parts-on-the-second-floor-of-the-long-red-house-behind-the-mill-by-the-river-in-the-old-town"
    }
    ```

    Right:
    ```recpol
    policy app
    on ice { connect app "anna" }
    ```
    """
    yield from _too_long(program, "app", limits.APP_ENDPOINT, "the name of a user")


def _too_long(program: Program, kind: str, most: limits.Limit, what: str) -> Iterator[Finding]:
    for _, connect in dialled(program):
        if connect.kind.text == kind and isinstance(connect.target, tree.Text):
            over = beyond(program, connect.target, most.value)
            if over is not None:
                yield Finding(
                    f"{what} is longer than {most.text}",
                    over,
                    why=f"it has at most {most.text} ({most.source})",
                    help="give it a shorter one",
                )
