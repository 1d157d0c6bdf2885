"""`recpol lint --fix`: policies and documents to their fixed texts, on disk or as a diff.

Invariant: a file is written whole or not at all, and only if something in it was fixed; rules files that a policy uses
are read and not written, unless they are named themselves.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from recpol.base.finding import Finding
from recpol.base.record import replace
from recpol.base.typing import TYPE_CHECKING
from recpol.cli.console import flush, say, tell, tell_cannot_run, text_kind, wants_color
from recpol.fixes import FixedFile, apply_fixes
from recpol.report.changes import changes
from recpol.report.hidden import harmless
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.files import STDIN, Input
from recpol.workspace.reading import Files
from recpol.workspace.saving import save
from recpol.workspace.session import Session
from recpol.workspace.suggesting import FileReparse, users_of

if TYPE_CHECKING:
    from argparse import Namespace


def fix_all(session: Session, items: Sequence[Input], options: Namespace) -> Session:
    """Write the fixes of files, and say on standard error what was fixed; the session to read them with again."""
    more = 0
    for item in items:
        if item.path == STDIN:
            raise CannotRun("`-` with `--fix` stands alone", "run recpol once for the files and once for `-`")
        fixed = _fixed_file(session, items, item, event=options.event or "", unsafe=options.unsafe_fixes)
        if fixed is None:
            continue
        if fixed.done:
            if not os.access(item.path, os.W_OK):  # replacing a file asks only its folder
                raise CannotRun(f"cannot write `{item.shown}`: no permission", "make the file writable")
            save(item.path, fixed.text, "the file is as it was before", instead_of=fixed.before.source.text)
        _tell_fixed(fixed)
        more += 0 if options.unsafe_fixes else _more(session, items, item, options, fixed)
    if more:
        what = "one more finding" if more == 1 else f"{more} more findings"
        tell(f"{what} can be fixed with `--unsafe-fixes`; add `--diff` to look first")
    return replace(session, files=Files())


def fix_standard_input(session: Session, item: Input, options: Namespace) -> int:
    """Standard input to its fixed text on standard output, and to what is left on standard error; the exit status."""
    from recpol.report.run import summary
    from recpol.report.text import full

    color = wants_color(options.color, sys.stderr)
    source = session.files.load(item)
    if isinstance(source, Finding):
        tell(full([source], color=color), kind=text_kind(color=color))
        return 1
    look = FileReparse(session, session.files, item, options.event or "")
    fixed = apply_fixes(source.text, look, levels=session.levels, unsafe=options.unsafe_fixes)
    _print_raw(fixed.text)
    _tell_fixed(fixed)
    blocks = full(fixed.left, color=color)
    tell(f"{blocks}{blocks and chr(10)}{summary(fixed.left, 1)}", kind=text_kind(color=color))
    return int(_fails(session, options, fixed.left))


def show_all(session: Session, items: Sequence[Input], options: Namespace) -> int:
    """Show what fixes would change, and write nothing; 1 where that is something, or something is wrong, else 0."""
    wrong = False
    unread = False
    for item in items:
        try:
            fixed = _fixed_file(
                session, items, item, event=options.event or "", unsafe=options.unsafe_fixes, missing_ok=False
            )
        except CannotRun as problem:
            tell_cannot_run(problem)
            unread = True
            continue
        if fixed is None:
            wrong = True
            continue
        before, after = fixed.before.source, fixed.after.source
        color = wants_color(options.color, sys.stdout)
        shown = changes(before, after, (*fixed.found, *fixed.left), color=color)
        say(shown, kind=text_kind(color=color))
        _tell_untried(fixed)
        wrong = wrong or bool(shown) or _fails(session, options, fixed.left)
    return 2 if unread else int(wrong)


def _fixed_file(
    session: Session, items: Sequence[Input], item: Input, *, event: str, unsafe: bool, missing_ok: bool = True
) -> FixedFile | None:
    """A file fixed; None where it cannot be, which the report of the run then says."""
    files = Files()  # a rules file that was just fixed is read as it is now
    try:
        source = files.load(item)
    except CannotRun:
        if missing_ok:
            return None
        raise
    if isinstance(source, Finding):
        return None
    users = users_of(session, files, items, item, source.text)
    look = FileReparse(session, files, item, event)
    return apply_fixes(source.text, look, levels=session.levels, unsafe=unsafe, users=users)


def _more(session: Session, items: Sequence[Input], item: Input, options: Namespace, fixed: FixedFile) -> int:
    """How many findings that are left the unsafe fixes would remove."""
    if not any(len(finding.fixes) == 1 for finding in fixed.left):
        return 0
    other = _fixed_file(session, items, item, event=options.event or "", unsafe=True)
    return len(other.done) if other is not None else 0


def _tell_fixed(fixed: FixedFile) -> None:
    """Say what was fixed, and of how many fixes it is not known."""
    for applied in fixed.done:
        span = applied.finding.span
        line, column = span.begin
        place = f"{harmless(span.source.path)}:{line}:{column}"
        words = f"{applied.finding.message}: {applied.fix.title}"
        tell(f"fixed: {place}: {harmless(words)} [{applied.finding.rule}]")
    _tell_untried(fixed)


def _tell_untried(fixed: FixedFile) -> None:
    if fixed.untried:
        what = "one fix was" if fixed.untried == 1 else f"{fixed.untried} fixes were"
        next_ = "run recpol again for more" if fixed.done else "fix some of what is left by hand, then run recpol again"
        tell(f"{harmless(fixed.before.source.path)}: {what} not tried, for too many did not hold; {next_}")


def _print_raw(text: str) -> None:
    """A text to standard output byte by byte: what is piped into a file must not depend on the terminal's encoding."""
    flush()
    try:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
    except OSError as problem:
        if isinstance(problem, BrokenPipeError):
            raise
        raise CannotRun(f"cannot print: {in_words(problem)}") from None


def _fails(session: Session, options: Namespace, findings: Sequence[Finding]) -> bool:
    strict = options.strict or session.config.strict
    return any(finding.level == "error" or (strict and finding.level == "warning") for finding in findings)
