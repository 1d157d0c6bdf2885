"""`recpol render`: a compiled reply, a callback and the environment in; the reply that can be sent, on standard output.

Invariant: values go to standard output only, never into a message.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from math import isfinite

from recpol.base.finding import Finding
from recpol.base.source import Source, Undecodable, decode
from recpol.base.typing import Any
from recpol.cli.arguments import Arguments
from recpol.cli.console import say_json, tell_problem
from recpol.rendering import RenderError, render
from recpol.workspace.cannotrun import CannotRun
from recpol.workspace.files import SUFFIX
from recpol.workspace.reading import content_of, standard_input

LARGEST = 16 * 1024 * 1024
"""The largest file that is read, in bytes: replies and callbacks are a thousand times smaller."""

_DETAILS = """\
{{ call.FIELD }} comes from the callback, {{ env.NAME }} from the environment variables of this process, and
{{ start.NAME }} is what --start gives: the values with which the backend begins a call.
The output holds these values, and with them secrets such as storage credentials: do not print it into a log.
Exit status: 0, 1 if a value is missing or does not fit, 2 recpol could not run.
"""


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("render", "Fill the placeholders of a compiled reply and print it.", _DETAILS)
    parser.option("reply", metavar="REPLY", help="a reply that recpol compile wrote, such as build/desk/ice.json, or -")
    parser.option("--call", metavar="FILE", help="the callback's JSON payload; - for standard input")
    said = "a value of {{ start.NAME }}, repeatable"
    parser.option("--start", action="append", default=[], metavar="NAME=VALUE", help=said)
    parser.option("--env-file", metavar="FILE", help="lines NAME=VALUE, which go before environment variables")
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    options = arguments().read(words)
    if options.reply == "-" == options.call:
        raise CannotRun("the reply and the callback cannot both come from standard input", "give one of them as a file")
    if options.reply.endswith(SUFFIX):
        help_ = f"compile it with `recpol compile {options.reply}`, and name a reply in the output"
        raise CannotRun(f"`{options.reply}` is a policy, and replies are rendered", help_)
    reply = _json(options.reply)
    call = {} if options.call is None else _json(options.call)
    if not isinstance(call, dict):
        raise CannotRun(f"`{options.call}` is not the payload of a callback", "give a JSON object")
    env = {**os.environ, **({} if options.env_file is None else _env_file(options.env_file))}
    try:
        say_json(render(reply, call=call, env=env, start=_started(options.start)), exact=True)
    except RenderError as problem:
        tell_problem(str(problem), problem.help)
        return 1
    return 0


def _started(given: Sequence[str]) -> dict[str, str]:
    """Pairs `NAME=VALUE` to values by their names."""
    values: dict[str, str] = {}
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign or not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
            help_ = "write for example `--start number=+442079460100`"
            raise CannotRun("a value of `--start` is not of the form `NAME=VALUE`", help_)
        values[name] = value
    return values


def _text(name: str) -> str:
    """What is in a file, or on standard input for `-`."""
    if name == "-":
        data = standard_input(LARGEST + 1)
    else:
        data = content_of(name, name, LARGEST + 1, "name a file, or `-` for standard input")
    if len(data) > LARGEST:
        raise CannotRun(
            f"`{name}` is larger than {LARGEST // 1024 // 1024} MiB", "no reply and no callback is so large"
        )
    got = decode(name, data)
    if isinstance(got, Undecodable):
        raise CannotRun(f"`{name}` is not UTF-8 (line {got.line})", "save it as UTF-8")
    return got.text.removeprefix("\ufeff")


class _NoNumberError(ValueError):
    """A number that no JSON has, or that no reader can hold."""


def _refuse(word: str) -> Any:
    raise _NoNumberError(f"`{word}`, which is not JSON (RFC 8259)")


def _float(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise _NoNumberError(f"a number that is too large: it ends in `{text[-10:]}`")
    return value


def _json(name: str) -> Any:
    text = _text(name)
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_float)
    except json.JSONDecodeError as problem:
        raise _no_json(name, text, problem) from None
    except _NoNumberError as problem:
        raise CannotRun(f"`{name}` holds {problem}", "write a number that JSON has") from None
    except (RecursionError, ValueError):
        raise CannotRun(f"`{name}` cannot be read: it is nested too deeply, or a number is too long") from None


def _no_json(name: str, text: str, problem: json.JSONDecodeError) -> CannotRun:
    """What a lint says of a text that is no JSON, unless that has words of the text in it."""
    from recpol.base.jsonread import read_json  # it says where a brace was opened, and not only where the text ends

    found = read_json(Source(name, text))
    place, help_ = f"{problem.lineno}:{problem.colno}", "write JSON there (RFC 8259)"
    if isinstance(found, Finding):
        place = f"{found.span.begin.line}:{found.span.begin.column}"
        said = re.findall("`([^`]*)`", found.message + found.help)
        if not any(word in quoted for word in re.findall(r"\w+", found.span.text) for quoted in said):
            return CannotRun(f"`{name}` is not JSON: {found.message}, at {place}", found.help)
    return CannotRun(f"`{name}` is not JSON: it cannot be read from {place} on", help_)


_SET = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


def _env_file(name: str) -> dict[str, str]:
    """Lines `NAME=VALUE`; quotes around a value are taken off, empty lines and `#` lines are skipped."""
    values: dict[str, str] = {}
    for number, line in enumerate(_text(name).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _SET.match(line.strip())
        if found is None:
            raise CannotRun(f"`{name}`, line {number}, is not of the form `NAME=VALUE`", "put one value on each line")
        value = line.strip()[found.end() :].strip()
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        values[found[1]] = value[1:-1] if quoted else value
    return values
