"""Rules about text that could not be read: what the parser and the string reader left as data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.steps import MAX_SEGMENTS
from recpol.base.finding import Finding, Note
from recpol.base.nearest import nearest
from recpol.base.source import BOM, MAX_BYTES, Span
from recpol.rules.edits import delete, write
from recpol.rules.rule import rule
from recpol.syntax.parser import MAX_DEPTH, SyntaxProblem

_KINDS = {
    "STRING": "a string in double quotes",
    "TAG": "a tag such as `@card`",
    "LABEL": "a label",
    "PHONE": "a telephone number such as `+46850020000`",
    "INT": "a whole number",
    "QUANTITY": "a duration such as `30s`",
    "LOCALE": "a locale such as `en-US`",
    "NAME": "a name",
    "IDENT": "a name",
    "$END": "the end of the file",
}

_GROUPS = (
    ({"say", "hangup", "connect", "menu"}, "a segment such as `say`, `connect`, `menu` or `record {`"),
    ({"store", "on", "never", "keep"}, "a declaration such as `store`, `on` or `record`"),
    ({"prompt", "key", "digits"}, "a menu line such as `prompt`, `key` or `timeout`"),
    ({"url", "format", "notify"}, "a store field such as `url` or `credentials`"),
    ({"intro", "hold"}, "a park line such as `intro`, `hold` or `max-duration`"),
    ({"cli", "moh", "header"}, "an option such as `cli` or `max-duration`"),
)


_BARE_SECRET = re.compile(r"\bcredentials[ \t]+(?:env[ \t]+)?[^\s\"{}]*\Z")


_TWICE = re.compile(r"\{[ \t\n]{0,100}\{")

_HASH_KEY = re.compile(r"\bkey[ \t]*#[^\n]*")


def _problems(program: Program, *kinds: str) -> Iterator[SyntaxProblem]:
    for problems in (program.parsed.problems, *(b.problems for b in program.imports)):
        for problem in problems:
            if problem.kind in kinds:
                yield problem


def _wanted(expected: tuple[str, ...]) -> str:
    """What could have stood there, in words: the most telling few, and last what has an `or` of its own."""
    rest = set(expected)
    said: list[str] = []
    names = "NAME" in rest or "IDENT" in rest
    for members, words in _GROUPS:
        if members <= rest and not names:
            said.append(words)
            rest = {word for word in rest if word in ("}", "{", "STRING")}
    for terminal in ("STRING", "NAME", "IDENT", "PHONE", "INT", "QUANTITY", "LOCALE", "TAG"):
        words = _KINDS[terminal]
        if terminal in rest and words not in said:
            said.append(words)
    if not names:
        words_left = sorted(word for word in rest if word not in _KINDS and word != "}")
        said.extend(f"`{word}`" for word in words_left[: max(0, 4 - len(said))])
    if "}" in rest:
        said.append("`}`")
    said.sort(key=lambda words: (not words.startswith("`"), "such as" in words, " or " in words))
    if len(said) > 1:
        return ", ".join(said[:-1]) + " or " + said[-1]
    return said[0] if said else "the end of the file"


@rule("error", binding=True)
def syntax_error(program: Program) -> Iterator[Finding]:
    """Text that does not fit the grammar at its place.

    The parser skips to the next line that it understands, so the rest of the file is still checked.

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 max-duratoin 30m }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn +46850020000 max-duration 30m }
    ```
    """
    covered: Span | None = None
    told: set[tuple[str, str]] = set()
    problems = list(_problems(program, "unexpected", "stray-brace", "junk"))
    derailed = 0  # up to this one, what follows a missing `{` is read at the wrong depth
    for number, problem in enumerate(problems):
        from recpol.rules.policy.slips import covers, slip  # few texts have slips

        if number < derailed:
            continue
        if covered is not None and covered.source is problem.span.source and problem.span.start < covered.end:
            continue
        covered = covers(problem)
        known = slip(problem) if problem.span.text else None
        if known is not None:
            once = known.message.endswith("is not a name") or known.message.startswith("the character U+")
            place = (known.span.source.path, known.span.text if once else "")
            if not place[1] or place not in told:
                told.add(place)
                yield known
            if known.message.startswith("a `{` is missing"):
                strays = (n for n, one in enumerate(problems) if n > number and one.kind == "stray-brace")
                derailed = next(strays, -1) + 1
            continue
        notes = (Note(problem.opened, "inside these braces"),) if problem.opened else ()
        got = problem.span.text
        if _is_secret(problem):
            yield Finding(
                "credentials are a string or `env NAME`",
                problem.span,
                help="write `credentials env NAME`, and keep the secret in that variable",
                secret=True,
            )
        elif problem.kind == "stray-brace" and (bare := _BARE_HANDLER.search(_before(problem))) is not None:
            start = problem.span.start - len(bare[0]) + len(bare[1])
            head = Span(problem.span.source, problem.span.start - len(bare[0]), start)
            gap = Span(problem.span.source, start, start)
            message, fixes = f"a `{{` is missing after `{bare[1]}`", write(gap, " {", title="put `{` there")
            yield Finding(message, head, help=f"write `{bare[1]} {{`", fixes=fixes)
        elif problem.kind == "stray-brace":
            yield Finding(
                "this `}` closes nothing", problem.span, help="delete it, or add the `{` that it should close"
            )
        elif problem.kind == "junk":
            fixes = delete(problem.span, "delete it") if got == ";" else ()
            if got.startswith("//"):
                fixes = write(Span(problem.span.source, problem.span.start, problem.span.start + 2), "#")
            message = f"{_shown(got)} means nothing here"
            yield Finding(message, problem.span, help=_junk_help(got), notes=notes, fixes=fixes)
        elif not got:
            expected = _wanted(problem.expected)
            yield Finding("the file ends too early", problem.span, help=f"go on with {expected}", notes=notes)
        else:
            words = [word for word in problem.expected if (word not in _KINDS and word.isidentifier()) or "-" in word]
            close = nearest(got, words)
            expected = f"did you mean `{close}`?" if close else f"write {_wanted(problem.expected)}"
            fixes = write(problem.span, close) if close else ()
            yield Finding(f"did not expect `{_cut(got)}` here", problem.span, help=expected, notes=notes, fixes=fixes)


def _is_secret(problem: SyntaxProblem) -> bool:
    """Whether it stands where credentials do."""
    text, start = problem.span.source.text, problem.span.start
    begin = text.rfind("credentials", max(0, start - 400), start)
    return begin >= 0 and _BARE_SECRET.search(text, max(0, start - 400), start) is not None


_BARE_HANDLER = re.compile(r"(on [a-z]+ [a-z][a-z0-9-]*)[ \t]+(?:hangup|continue)[ \t\n]*\Z")


def _before(problem: SyntaxProblem) -> str:
    return problem.span.source.text[max(0, problem.span.start - 300) : problem.span.start]


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _shown(text: str) -> str:
    if text.isprintable() and not text.isspace():
        return f"`{_cut(text)}`"
    return f"the character U+{ord(text[0]):04X}"


def _junk_help(text: str) -> str:
    if text[0] in "'\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}":
        return 'put strings between straight double quotes: `"…"`'
    if text[0] == ";":
        return "segments need nothing between them: delete it"
    if text[:2] in ("//", "/*"):
        return "begin a comment with `#`"
    return "delete it, or put it between double quotes if it belongs to a text"


@rule("error", binding=True)
def unclosed_string(program: Program) -> Iterator[Finding]:
    """A string without its closing quote.

    A string begins and ends on one line.

    Wrong:
    ```recpol
    policy desk
    on ice {
      answer
      say "Welcome
      connect pstn +46850020000
    }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice {
      answer
      say "Welcome"
      connect pstn +46850020000
    }
    ```
    """
    for problem in _problems(program, "unclosed-string"):
        end = problem.span.source.span(problem.span.end, problem.span.end)
        fixes = write(end, '"', title='close it with `"`')
        yield Finding("this string is not closed", problem.span, help='close it with `"` on the same line', fixes=fixes)


@rule("error", binding=True)
def unclosed_brace(program: Program) -> Iterator[Finding]:
    """A `{` without its `}`.

    Found where the next declaration begins, or at the end of the file.

    Wrong:
    ```recpol
    policy desk
    on ice {
      connect pstn +46850020000
    on ace { continue }
    ```

    Right:
    ```recpol
    policy desk
    on ice {
      connect pstn +46850020000
    }
    on ace { continue }
    ```
    """
    for problem in _problems(program, "unclosed-brace"):
        if problem.opened is None:
            continue
        between = problem.span.source.text[problem.opened.end : problem.span.start]
        if _TWICE.search(between):
            continue  # a `{` too many: syntax-error says so
        hash_key = _HASH_KEY.search(between)
        if hash_key is not None and "}" in hash_key[0]:
            continue  # the rest of that line, with the brace in it, is a comment: syntax-error says so
        where = "the file ends here" if not problem.span.text else "this begins something new"
        yield Finding(
            "this `{` is not closed",
            problem.opened,
            notes=(Note(problem.span, where),),
            help="add `}` where the block ends",
        )


@rule("error", binding=True)
def too_deep(program: Program) -> Iterator[Finding]:
    """Braces nested more than 64 deep.

    No policy needs it. The limit keeps every later step safe.
    """
    for problem in _problems(program, "too-deep"):
        yield Finding(
            f"braces are nested more than {MAX_DEPTH} deep",
            problem.span,
            help="join the `record` blocks: a block inside a block of the same store changes nothing",
        )


@rule("error", binding=True)
def too_large(program: Program) -> Iterator[Finding]:
    """A policy with more than 10,000 segments, or a file of more than 1 MiB.

    A policy is read by people. What is larger than this was generated, and is better split into several.
    """
    if program.too_large:
        message = f"the policy has more than {MAX_SEGMENTS:,} segments"
        if len(program.source.text) > MAX_BYTES:
            message = "the file is larger than 1 MiB"
        yield Finding(message, program.source.whole(), help="split it into several policies")


@rule("info")
def byte_order_mark(program: Program) -> Iterator[Finding]:
    """A byte order mark at the start of the file.

    recpol reads it and ignores it, but other tools take it for text.
    """
    for file in program.files:
        if file.source.text.startswith(BOM):
            mark = Span(file.source, 0, 1)
            help_ = "save it as UTF-8 without one"
            fixes = write(mark, "", title=help_, safe=True)
            yield Finding("the file starts with a byte order mark", mark, help=help_, fixes=fixes)
