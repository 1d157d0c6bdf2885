"""Tenants in CSV or YAML to a `TenantList`: those that can be used, and what is wrong with the others.

A CSV file has a line of names first: `tenant`, and the variables; then a line for each tenant. An empty cell says
nothing, so that `vars` of `recpol.yaml` or a `default` counts. A YAML file, or `tenants:` in `recpol.yaml` itself, has
a map of variables for each tenant by its name.

Invariant: one tenant that is wrong leaves the others as they are, and its finding points at its line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping

from recpol.base.finding import Finding, Note
from recpol.base.record import replace
from recpol.base.source import BOM, Source, Span
from recpol.base.typing import Any
from recpol.base.yamltree import Map, YamlNode, read_yaml
from recpol.settings.config import VAR_NAME
from recpol.settings.mapping import MappingReader, is_empty, what_is
from recpol.settings.tenants import MOST_TENANTS, TENANT_RULE, Tenant, TenantList, name_problem
from recpol.settings.tenantvalues import value_problem

FIRST_COLUMN = "tenant"


def tenants_of_text(source: Source, folders: frozenset[str]) -> TenantList:
    """The text of a file of tenants; its name says whether it is CSV or YAML."""
    if source.path.endswith(".csv"):
        return _stamped(_Table(source, folders).read())
    root, findings = read_yaml(source)
    found = TenantList(()) if root is None else tenants_of_map(root, folders)
    broken = root is None and not findings
    empty = (Finding("the file is empty", source.whole(), help="write a tenant and its variables"),) if broken else ()
    return _stamped(replace(found, findings=(*findings, *empty, *found.findings)))


def tenants_of_map(root: YamlNode, folders: frozenset[str]) -> TenantList:
    """A map of tenants, each with a map of its variables."""
    if not isinstance(root, Map):
        help_ = "write a name for each tenant, and its variables below it; or the path of a CSV or YAML file"
        what = "without a value" if is_empty(root) else what_is(root)
        return _stamped(TenantList((), (Finding(f"the tenants are {what}", root.span, help=help_),)))
    tenants: list[Tenant] = []
    findings: list[Finding] = []
    refused = 0
    for key, value in root.pairs:
        reader = MappingReader([])
        values = reader.variables(f"the tenant `{key.text}`", value)
        problem = name_problem(key.text, folders)
        if problem is not None:
            reader.report(problem[0], key.span, problem[1])
        places = {name.text: part.span for name, part in value.pairs} if isinstance(value, Map) else {}
        reader.found += _of_values(key.text, values, places)
        findings += reader.found
        refused += bool(reader.found)
        if not reader.found:
            tenants.append(Tenant(key.text, values, key.span))
    return _stamped(_limited(TenantList(tuple(tenants), tuple(findings), None, refused), root.span))


def _of_values(tenant: str, values: Mapping[str, str], places: Mapping[str, Span]) -> Iterator[Finding]:
    for name, value in values.items():
        problem = value_problem(name, value)
        if problem is not None:
            message, help_, secret = problem
            yield Finding(f"of the tenant `{tenant}`, {message}", places[name], help=help_, secret=secret)


def _limited(found: TenantList, span: Span) -> TenantList:
    if len(found.tenants) <= MOST_TENANTS:
        return found
    said = f"there are {len(found.tenants):,} tenants; at most {MOST_TENANTS:,} are read"
    return TenantList((), (Finding(said, span, help="split them into several projects"), *found.findings))


def _stamped(found: TenantList) -> TenantList:
    findings = tuple(replace(one, rule=TENANT_RULE, severity=one.severity or "error") for one in found.findings)
    return replace(found, findings=findings)


class _Table:
    """Reads a CSV file, row by row, with the place of each."""

    def __init__(self, source: Source, folders: frozenset[str]) -> None:
        self.source, self.folders = source, folders
        self.at = self.begin = len(BOM) if source.text.startswith(BOM) else 0
        self.rows: Any = csv.reader(self._lines(), strict=True)

    def _lines(self) -> Iterator[str]:
        text, size = self.source.text, len(self.source.text)
        while self.at < size:
            end = text.find("\n", self.at) + 1 or size
            line = text[self.at : end]
            self.at = end
            yield line

    def _row(self) -> list[str] | None:
        """The next row that is no blank line, none at the end; `begin` is where it begins. Raises `csv.Error`."""
        while True:
            self.begin = self.at
            row: list[str] | None = next(self.rows, None)
            if row is None or any(cell.strip() for cell in row):
                return row

    def _span(self) -> Span:
        """The row that was read last, without its line break."""
        text = self.source.text[self.begin : self.at].rstrip("\r\n")
        return self.source.span(self.begin, self.begin + len(text))

    def _cell(self, row: list[str], number: int) -> Span:
        """A cell of the row that was read last; the whole row where it cannot be told apart."""
        whole = self._span()
        start = whole.start
        for cell in row[:number]:
            quoted = self.source.text[start : start + 1] == '"'
            start += len(cell) + cell.count('"') * quoted + 2 * quoted + 1
        quoted = self.source.text[start : start + 1] == '"'
        end = start + len(row[number]) + row[number].count('"') * quoted + 2 * quoted
        return self.source.span(start, end) if end <= whole.end else whole

    def read(self) -> TenantList:
        try:
            header = self._row()
        except csv.Error as problem:
            return TenantList((), (self._unreadable(problem),))
        if header is None:
            help_ = f"begin it with a line of names: `{FIRST_COLUMN},…`, and write a line for each tenant"
            return TenantList((), (Finding("the file holds no tenants", self.source.whole(), help=help_),))
        names = [name.strip() for name in header]
        findings = list(self._of_header(header, names))
        if findings:
            return TenantList((), tuple(findings))
        columns = {name: self._cell(header, n) for n, name in enumerate(names) if n}
        return self._body(names, columns)

    def _of_header(self, header: list[str], names: list[str]) -> Iterator[Finding]:
        if names[0] != FIRST_COLUMN:
            place = self._cell(header, 0)
            help_ = f"call it `{FIRST_COLUMN}`: the names of the tenants stand in it"
            if len(names) == 1 and re.search(r"[;\t]", names[0]):
                help_ = "write commas between the columns"
            yield Finding(f"the first column is not `{FIRST_COLUMN}`", place, help=help_)
            return
        first: dict[str, int] = {}
        for number, name in enumerate(names):
            place = self._cell(header, number)
            if number and re.search(VAR_NAME, name) is None:
                what = f"`{name}` cannot be the name of a variable" if name else "a column has no name"
                yield Finding(what, place, help="use letters, digits, `_` and `-`, not a digit first")
            elif first.setdefault(name, number) != number:
                note = Note(self._cell(header, first[name]), "the first one")
                yield Finding(f"two columns are called `{name}`", place, notes=(note,), help="keep one of the two")

    def _body(self, names: list[str], columns: dict[str, Span]) -> TenantList:
        tenants: dict[str, Tenant] = {}
        findings: list[Finding] = []
        refused = 0
        while True:
            try:
                row = self._row()
            except csv.Error as problem:  # where the next row would begin cannot be told any more
                return TenantList((), (*findings, self._unreadable(problem)), columns)
            if row is None:
                break
            wrong = list(self._of_row(row, names, tenants))
            if wrong:
                findings += wrong
                refused += 1
            else:
                values = {name: cell for name, cell in zip(names[1:], row[1:], strict=True) if cell}
                tenants[row[0]] = Tenant(row[0], values, self._span())
        if not tenants and not findings:
            help_ = "write a line for each tenant below the names"
            findings.append(Finding("the file holds no tenants", self.source.whole(), help=help_))
        return _limited(TenantList(tuple(tenants.values()), tuple(findings), columns, refused), self.source.whole())

    def _of_row(self, row: list[str], names: list[str], before: Mapping[str, Tenant]) -> Iterator[Finding]:
        if len(row) != len(names):
            count = f"{len(row)} cell{'' if len(row) == 1 else 's'}"
            help_ = "put a value with a comma in double quotes" if len(row) > len(names) else "add what is missing"
            who = f"the tenant `{row[0]}`" if re.search(r"^[\w-]{1,63}\Z", row[0]) else "this line"
            yield Finding(f"{who} has {count}, and there are {len(names)} columns", self._span(), help=help_)
            return
        problem = name_problem(row[0], self.folders)
        if problem is not None:
            yield Finding(problem[0], self._cell(row, 0), help=problem[1])
            return
        if row[0] in before:
            note = Note(before[row[0]].row, "the first one, which counts")
            yield Finding(f"a second tenant `{row[0]}`", self._cell(row, 0), notes=(note,), help="keep one of the two")
        for number in range(1, len(row)):
            found = value_problem(names[number], row[number])
            if found is not None:
                message, help_, secret = found
                said = f"of the tenant `{row[0]}`, {message}"
                yield Finding(said, self._cell(row, number), help=help_, secret=secret)

    def _unreadable(self, problem: csv.Error) -> Finding:
        end = self.source.text.find("\n", self.begin)
        line = self.source.span(self.begin, len(self.source.text) if end < 0 else end)
        if "limit" in str(problem):
            return Finding("a cell has no end", line, help='close the quotes: `"…"`; none of these tenants is used')
        help_ = 'put a value that holds quotes between quotes, each one doubled: `"say ""hello"""`'
        return Finding("from this line on the file is not CSV", line, help=f"{help_}; no tenant is used until then")
