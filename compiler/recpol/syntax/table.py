"""The LALR table: compiled from `grammar/recpol.lark` by Lark, run by `recpol.syntax.parser`.

Lark is the grammar's compiler and is imported only here and only when the table has to be made: importing Lark costs
more than a whole lint of one file. A wheel carries the table; a checkout keeps it beside the grammar.

Invariant: the table is a pure function of the grammar's text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from recpol.base import resources
from recpol.base.record import dataclass

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule

END = "$END"
BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class Production:
    """One alternative of a rule: what a reduction takes off the stack and what it makes of it.

    `size` symbols are popped; those at the indices `keep` are the children, and those at `spread` are runs of children.
    `maker` names the builder; an empty `maker` passes the only child through, and `run` collects children.
    """

    origin: str
    size: int
    keep: tuple[int, ...]
    spread: frozenset[int]
    maker: str
    run: bool


@dataclass(frozen=True, slots=True)
class ParseTable:
    """Everything the lexer and the parser need.

    `actions[state][terminal]` is a state to shift to, or `-1 - n` to reduce by production `n`; `gotos[state][rule]` is
    the state after a reduction. `words` maps the text of a keyword or sign to its terminal.
    """

    pattern: re.Pattern[str]
    ignored: frozenset[str]
    words: dict[str, str]
    names: dict[str, str]
    productions: tuple[Production, ...]
    actions: tuple[dict[str, int], ...]
    gotos: tuple[dict[str, int], ...]
    start: int
    end: int


def compile_table(grammar_text: str) -> str:
    """Grammar text to the table as JSON text; raises Lark's grammar error if the grammar is not LALR(1)."""
    from lark import Lark

    lark = Lark(grammar_text, parser="lalr", lexer="basic", maybe_placeholders=False, keep_all_tokens=False)
    return json.dumps(_as_data(lark), sort_keys=True, separators=(",", ":")) + "\n"


def _as_data(lark: Lark) -> dict[str, Any]:
    parse_table = lark.parser.parser._parse_table  # noqa: SLF001  Lark has no public name for its table
    rule_names = {rule.origin.name for rule in lark.rules}
    start = parse_table.start_states["start"]
    numbers = _numbers(parse_table.states, start)
    productions: dict[Rule, int] = {}
    actions: list[dict[str, int]] = []
    gotos: list[dict[str, int]] = []
    for state in numbers:
        here: dict[str, int] = {}
        after: dict[str, int] = {}
        for symbol, (action, argument) in sorted(parse_table.states[state].items()):
            if action.name == "Reduce":
                here[symbol] = -1 - productions.setdefault(argument, len(productions))
            else:
                (after if symbol in rule_names else here)[symbol] = numbers[argument]
        actions.append(here)
        gotos.append(after)
    return {
        "terminals": [[t.name, t.pattern.to_regexp()] for t in _in_lexing_order(lark) if t.pattern.type == "re"],
        "signs": [[t.name, t.pattern.value] for t in _in_lexing_order(lark) if t.pattern.type == "str"],
        "ignored": sorted(lark.ignore_tokens),
        "productions": [_production(rule) for rule in productions],
        "actions": actions,
        "gotos": gotos,
        "start": numbers[start],
        "end": numbers[parse_table.end_states["start"]],
    }


def _numbers(states: Any, start: int) -> dict[int, int]:
    """The states in an order that depends on the grammar alone: as they are first met from the start.

    Lark numbers them in the order of its sets, which differs from run to run.
    """
    numbers = {start: 0}
    queue = [start]
    for state in queue:
        for _, (action, argument) in sorted(states[state].items()):
            if action.name == "Shift" and argument not in numbers:
                numbers[argument] = len(numbers)
                queue.append(argument)
    return numbers


def _in_lexing_order(lark: Lark) -> list[Any]:
    return sorted(
        lark.terminals,
        key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name),
    )


def _production(rule: Rule) -> dict[str, Any]:
    kept = [n for n, symbol in enumerate(rule.expansion) if not getattr(symbol, "filter_out", False)]
    spread = [n for n in kept if not rule.expansion[n].is_term and rule.expansion[n].name.startswith("_")]
    run = rule.origin.name.startswith("_")
    through = not run and rule.alias is None and rule.options.expand1 and len(kept) == 1 and not spread
    return {
        "origin": rule.origin.name,
        "size": len(rule.expansion),
        "keep": kept,
        "spread": spread,
        "maker": "" if run or through else (rule.alias or rule.origin.name),
        "run": run,
    }


_WORD = re.compile(r"[a-z][a-z0-9-]*\Z")


def _read(text: str) -> ParseTable:
    data = json.loads(text)
    signs: list[list[str]] = data["signs"]
    parts = [f"(?P<{name}>{regex})" for name, regex in data["terminals"]]
    parts += [f"(?P<SIGN{n}>{re.escape(value)})" for n, (_, value) in enumerate(signs) if not _WORD.match(value)]
    return ParseTable(
        pattern=re.compile("|".join(parts)),
        ignored=frozenset(data["ignored"]),
        words={value: name for name, value in signs},
        names=dict(signs),
        productions=tuple(
            Production(p["origin"], p["size"], tuple(p["keep"]), frozenset(p["spread"]), p["maker"], p["run"])
            for p in data["productions"]
        ),
        actions=tuple(data["actions"]),
        gotos=tuple(data["gotos"]),
        start=data["start"],
        end=data["end"],
    )


@cache
def load_table(compile_: Callable[[str], str] = compile_table) -> ParseTable:
    """The table of the grammar that belongs to this installation."""
    return _read(resources.table_text(compile_))
