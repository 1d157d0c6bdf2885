"""`python -m clients [PART…]`: builds what editors take, and drives each editor that is installed.

Parts: `code` packs the VS Code extension as `dist/recpol.vsix` and runs its grammar in the engine of VS Code;
`protocol` lets pytest-lsp judge the server's answers under the capabilities of many editors; `neovim` and `emacs` open
a policy and look at what arrives; `vscode` opens policies in VS Code itself, in Chromium. Without a part all of them
run. Packages come from registries, into a temporary folder; what cannot be had is skipped.

The status is 1 where something is not as it should be. What is skipped for want of a program is said.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from clients import code, emacs, neovim, protocol, vscode
from clients.part import Missing, Wrong

PARTS: dict[str, Callable[[Path], str]] = {
    "code": code.run,
    "protocol": protocol.run,
    "neovim": neovim.run,
    "emacs": emacs.run,
    "vscode": vscode.run,
}


def main(words: list[str]) -> int:
    """Run the parts and return the exit status."""
    if not set(words) <= set(PARTS):
        sys.stderr.write(f"usage: python -m clients [{'] ['.join(PARTS)}]\n")
        return 2
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for name in words or PARTS:
        with TemporaryDirectory(prefix=f"recpol-{name}-") as folder:
            try:
                outcome, told = "passed", PARTS[name](Path(folder))
            except Missing as missing:
                outcome, told = "skipped", str(missing)
            except Wrong as wrong:
                outcome, told = "failed", str(wrong)
        counts[outcome] += 1
        sys.stdout.write(f"{name}: {outcome}: {told}\n")
        sys.stdout.flush()
    sys.stdout.write(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + "\n")
    return int(counts["failed"] > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
