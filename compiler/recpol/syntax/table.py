"""The LALR table: compiled from `grammar/recpol.lark` by Lark, run by `recpol.syntax.parser`.

Lark is the grammar's compiler and is imported only here and only when the table has to be made: importing Lark costs
more than a whole lint of one file. A wheel carries the table; a checkout keeps it beside the grammar.

As text it has sections with blank lines between them, each with its name as the first line: `terminals` and `signs`
(NAME and pattern or text), `ignored` (names), `pattern` (the lexer's), `kinds` (the names of its groups), `ends` (the
first and the last state), `kept` (terminals), `productions` (ORIGIN SIZE KEEP SPREAD, then `run`, `more`, `through` or
`maker` and its name), `alike` (a line for each set of terminals that call for one reduction in some state), and with a
line for each state in turn `actions` and `gotos` (NAME NUMBER …, where `*3` stands for the terminals of line 3 of
`alike`). Productions and states are read one by one, when the parser first comes to them, and of a state what is asked:
a policy comes to a tenth of them.

Invariant: the table is a pure function of the grammar's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from recpol.base import resources
from recpol.base.record import Record
from recpol.base.typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule

END = "$END"
BROKEN = "BROKEN"

UNREADABLE = "UNREADABLE"
"""What the lexer's expression calls a character at which no terminal begins."""

NONE = "-"
"""Stands for no numbers at all."""


class Production(Record):
    """One alternative of a rule: what a reduction takes off the stack and what it makes of it.

    `size` symbols are popped; those at the indices `keep` are the children, and those at `spread` are runs of children.
    `maker` names the builder; an empty `maker` passes the only child through, `run` collects children, and `more` puts
    the second of two symbols to the run that is the first.
    """

    origin: str
    size: int
    keep: tuple[int, ...]
    spread: frozenset[int]
    maker: str
    run: bool
    more: bool


Row = TypeVar("Row")


class Rows(dict[int, Row], Generic[Row]):
    """Lines of the table by their number, each read when it is first asked for."""

    def __init__(self, lines: Sequence[str], read: Callable[[str], Row]) -> None:
        self._lines, self._read_line = lines, read

    def __missing__(self, number: int) -> Row:
        row = self[number] = self._read_line(self._lines[number])
        return row

    def line(self, number: int) -> str:
        """A line as it is."""
        return self._lines[number]

    def all(self) -> list[Row]:
        """Every line."""
        return [self[number] for number in range(len(self._lines))]


class StateRow:
    """The numbers of a state's line by their names, each looked up in the text when it is first asked for."""

    def __init__(self, line: str, alike: Sequence[str]) -> None:
        self._line, self._alike = f" {line} " if line != NONE else "", alike
        self._found: dict[str, int | None] = {}

    def __getitem__(self, name: str) -> int:
        number = self.get(name)
        if number is None:
            raise KeyError(name)
        return number

    def __iter__(self) -> Iterator[str]:
        for name in self._line.split()[::2]:
            yield from self._alike[int(name[1:])].split() if name.startswith("*") else (name,)

    def get(self, name: str) -> int | None:
        """The number of a name; None where the state has none for it."""
        if name not in self._found:
            self._found[name] = self._read(f" {name} ")
        return self._found[name]

    def _read(self, name: str) -> int | None:
        for several in self._line.split(" *")[1:]:
            alike, number, _ = several.split(" ", 2)
            if name in self._alike[int(alike)]:
                return int(number)
        _, _, rest = self._line.partition(name)
        return int(rest.partition(" ")[0]) if rest else None


class ParseTable(Record):
    """Everything the lexer and the parser need.

    `pattern` finds one terminal, or what is `UNREADABLE`, and any blanks behind it; `kinds` are the names of its groups
    by their numbers, of which those in `passed_over` are no tokens. A group is empty, and stands where its terminal
    ends: of what begins with a letter or a sign, Python then tries no more than that. `terminals` are the expressions
    of the grammar, in the order in which they are tried. `words` maps the text of a keyword or sign to its terminal;
    `kept` are the terminals that a production keeps among several symbols, or passes through.

    `actions[state][terminal]` is a state to shift to, or `-1 - n` to reduce by production `n`; `gotos[state][rule]` is
    the state after a reduction.
    """

    pattern: re.Pattern[str]
    kinds: tuple[str, ...]
    passed_over: frozenset[str]
    terminals: dict[str, str]
    words: dict[str, str]
    names: dict[str, str]
    kept: frozenset[str]
    productions: Rows[Production]
    actions: Rows[StateRow]
    gotos: Rows[StateRow]
    start: int
    end: int

    def complete(self, state: int) -> Production | None:
        """The production that a state reduces by whatever comes next, if it is such a state."""
        several, _, number = self.actions.line(state).partition(" ")
        whatever = several.startswith("*") and " " not in number
        return self.productions[-1 - int(number)] if whatever else None


def compile_table(grammar_text: str) -> str:
    """Grammar text to the table as text; raises Lark's grammar error if the grammar is not LALR(1)."""
    from lark import Lark

    lark = Lark(grammar_text, parser="lalr", lexer="basic", maybe_placeholders=False, keep_all_tokens=False)
    return "\n\n".join("\n".join([name, *lines]) for name, lines in _sections(lark).items()) + "\n"


def _sections(lark: Lark) -> dict[str, list[str]]:
    parse_table = lark.parser.parser._parse_table  # noqa: SLF001  Lark has no public name for its table
    rule_names = {rule.origin.name for rule in lark.rules}
    start = parse_table.start_states["start"]
    numbers = _numbers(parse_table.states, start)
    productions: dict[Rule, int] = {}
    alike: dict[str, int] = {}
    actions: list[str] = []
    gotos: list[str] = []
    for state in numbers:
        reduced: dict[int, list[str]] = {}
        here: list[str] = []
        after: list[str] = []
        for symbol, (action, argument) in sorted(parse_table.states[state].items()):
            if action.name == "Reduce":
                number = -1 - productions.setdefault(argument, len(productions))
                reduced.setdefault(number, []).append(symbol)
            else:
                (after if symbol in rule_names else here).extend((symbol, str(numbers[argument])))
        for number, symbols in reduced.items():
            here += f"*{alike.setdefault(' '.join(symbols), len(alike))}", str(number)
        actions.append(" ".join(here) or NONE)
        gotos.append(" ".join(after) or NONE)
    terminals = _in_lexing_order(lark)
    expressions = {t.name: _on_one_line(t.pattern.to_regexp()) for t in terminals if t.pattern.type == "re"}
    signs = {t.name: t.pattern.value for t in terminals if t.pattern.type == "str"}
    groups = _groups(expressions, signs)
    parts = [f"(?:{regex})(?P<{name}>)" for name, regex in groups.items()]
    return {
        "terminals": [f"{name} {regex}" for name, regex in expressions.items()],
        "signs": [f"{name} {value}" for name, value in signs.items()],
        "pattern": [f"(?:{'|'.join(parts)}){expressions['BLANK']}*+"],
        "kinds": list(groups),
        "ignored": sorted(lark.ignore_tokens),
        "ends": [str(numbers[start]), str(numbers[parse_table.end_states["start"]])],
        "kept": sorted({name for rule in productions for name in _kept(rule)}),
        "productions": [_production(rule) for rule in productions],
        "alike": list(alike),
        "actions": actions,
        "gotos": gotos,
    }


def _groups(expressions: Mapping[str, str], signs: Mapping[str, str]) -> dict[str, str]:
    """What the lexer's expression tries in turn; keywords are names to it."""
    groups = {name: _unrolled(regex) for name, regex in expressions.items()}
    groups |= {name: re.escape(value) for name, value in signs.items() if not value[0].isalpha()}
    return groups | {UNREADABLE: "(?s:.)"}


_CHOICE = r"\(\?:(\[[^]]{1,99}\])\|((?:[^()]|\([^()]{0,99}\)){1,99})\)\*\+"


def _unrolled(regex: str) -> str:
    """The same expression with `(?:[…]|…)*+` as `[…]*+(?:…[…]*+)*+`: letters of one set are found at once."""
    return re.sub(_CHOICE, r"\1*+(?:\2\1*+)*+", regex)


def _on_one_line(pattern: str) -> str:
    """The same pattern with escapes for line breaks, and for letters outside ASCII, which make a text slow to read."""
    escaped = pattern.replace("\n", "\\n").replace("\r", "\\r")
    return escaped.encode("ascii", "backslashreplace").decode("ascii")


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


def _production(rule: Rule) -> str:
    kept = [n for n, symbol in enumerate(rule.expansion) if not getattr(symbol, "filter_out", False)]
    spread = [n for n in kept if not rule.expansion[n].is_term and rule.expansion[n].name.startswith("_")]
    run = rule.origin.name.startswith("_")
    through = not run and rule.alias is None and rule.options.expand1 and len(kept) == 1 and not spread
    more = run and len(kept) == len(rule.expansion) == 2 and spread == [0] and rule.expansion[0] == rule.origin
    maker = "more" if more else "run" if run else "through" if through else f"maker {rule.alias or rule.origin.name}"
    numbers = [",".join(map(str, some)) or NONE for some in (kept, spread)]
    return " ".join([rule.origin.name, str(len(rule.expansion)), *numbers, maker])


def _kept(rule: Rule) -> list[str]:
    symbols = [symbol for symbol in rule.expansion if symbol.is_term and not getattr(symbol, "filter_out", False)]
    passed = rule.options.expand1 and rule.alias is None
    return [symbol.name for symbol in symbols if len(rule.expansion) > 1 or passed]


def _read_production(line: str) -> Production:
    origin, size, keep, spread, kind, *maker = line.split(" ")
    run = kind in ("run", "more")
    return Production(
        origin, int(size), (*_listed(keep),), frozenset(_listed(spread)), "".join(maker), run, kind == "more"
    )


def _listed(numbers: str) -> list[int]:
    return [] if numbers == NONE else [int(number) for number in numbers.split(",")]


def _read(text: str) -> ParseTable:
    sections = {name: lines.split("\n") for name, _, lines in (s.partition("\n") for s in text[:-1].split("\n\n"))}
    signs = dict(line.split(" ", 1) for line in sections["signs"])
    start, end = sections["ends"]
    alike = [f" {line} " for line in sections["alike"]]
    return ParseTable(
        pattern=re.compile(sections["pattern"][0]),
        kinds=(END, *sections["kinds"]),
        passed_over=frozenset({END, UNREADABLE, *sections["ignored"]}),
        terminals=dict(line.split(" ", 1) for line in sections["terminals"]),
        words={value: name for name, value in signs.items()},
        names=signs,
        kept=frozenset(sections["kept"]),
        productions=Rows(sections["productions"], _read_production),
        actions=Rows(sections["actions"], lambda line: StateRow(line, alike)),
        gotos=Rows(sections["gotos"], lambda line: StateRow(line, alike)),
        start=int(start),
        end=int(end),
    )


@cache
def load_table(compile_: Callable[[str], str] = compile_table) -> ParseTable:
    """The table of the grammar that belongs to this installation."""
    return _read(resources.table_text(compile_))
