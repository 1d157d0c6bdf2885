"""What one run of the linter found, as every format of report reads it.

Invariant: a run is plain data; a file has one name in it, and what a report calls that file depends on nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from recpol.analysis.suppressions import Suppression
from recpol.base.finding import SEVERITIES, Finding
from recpol.base.record import Record, replace


class Repository(Record):
    """Where the repository is, for reports that are read on a server: absolute folders with forward slashes.

    `root` is its top folder and `here` the one that names of files are relative to; both empty where neither is known.
    """

    root: str = ""
    here: str = ""

    def called(self, path: str) -> str:
        """What a file is called from the top of the repository; a name outside of it stays as it is."""
        if not self.root or path.startswith("<"):
            return path
        top = self.root.rstrip("/") + "/"
        absolute = path if path.startswith("/") or path[1:2] == ":" else f"{self.here.rstrip('/')}/{path}"
        return absolute.removeprefix(top)


class Run(Record):
    """The findings of a run, in order, and what else a report can tell of it.

    `files` are the names of the files that were checked. `suppressed` are the findings that the author allowed, `known`
    those that the baseline file named `baseline` hides. `unread` says why files could not be read. `strict` makes
    warnings fail. `pages` is the address of the page of all rules, and `version` that of recpol. Where the fixes were
    `tried`, those that are left hold, and one that is `safe` is proven; else nothing is known of them.
    """

    findings: Sequence[Finding]
    files: Sequence[str] = ()
    suppressed: Sequence[tuple[Finding, Suppression]] = ()
    known: Sequence[Finding] = ()
    baseline: str = ""
    unread: Sequence[str] = ()
    strict: bool = False
    repository: Repository = Repository()
    pages: str = ""
    version: str = ""
    tried: bool = False

    def shown(self) -> Run:
        """The run in words that may be shown: nothing of what the texts hide is in a message."""
        from recpol.report.hidden import without_secrets

        every = without_secrets([*self.findings, *self.known, *(finding for finding, _ in self.suppressed)])
        known, rest = len(self.findings), len(self.findings) + len(self.known)
        allowed = zip(every[rest:], (by for _, by in self.suppressed), strict=True)
        return replace(self, findings=every[:known], known=every[known:rest], suppressed=tuple(allowed))

    def limited(self, most: int | None) -> Run:
        """The run with so many findings of a rule in a file at most, and one that stands for the rest."""
        from recpol.report.limit import limited

        return replace(self, findings=limited(self.findings, most))

    def fails(self, finding: Finding) -> bool:
        """Whether a finding makes the run fail."""
        return finding.level == "error" or (self.strict and finding.level == "warning")


def told(finding: Finding) -> str:
    """A finding in a few lines: what is wrong, why, and what to do about it."""
    from recpol.report.hidden import harmless

    more = (("why", finding.why), ("help", finding.help))
    return "\n".join(map(harmless, [finding.message, *(f"{name}: {text}" for name, text in more if text)]))


def summary(findings: Sequence[Finding], files: int) -> str:
    """One line on a whole run: `2 errors, 1 warning in 3 files`; `files` is how many files were checked."""
    counts = {severity: sum(f.count for f in findings if f.level == severity) for severity in SEVERITIES}
    said = [f"{n} {word}{'s' if n > 1 and word != 'info' else ''}" for word, n in counts.items() if n]
    return f"{', '.join(said) or 'no findings'} in {files} file{'' if files == 1 else 's'}"
