"""Links from a rule's name to its page, in a report for a terminal that shows them (OSC 8).

Invariant: the address is recpol's own, and what is shown stays the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

ONLINE = "https://github.com/recpol/recpol/blob/main/docs/rules.md#"
"""The page of all rules; a rule's name follows."""

_RULE = re.compile("(\x1b\\[2m *rule:\x1b\\[0m )([a-z0-9-]+)$", re.MULTILINE)
"""The last line of a finding in colours: whatever else is printed has no such sign (`recpol.report.hidden`)."""

_PROGRAMS = ("iTerm.app", "vscode", "WezTerm", "ghostty", "Hyper", "Tabby")
_KINDS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot")
_SIGNS = ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "WEZTERM_PANE")
_OLDEST_VTE = 5000


def linked(text: str) -> str:
    """A report in colours with a link on each rule's name."""
    return _RULE.sub(lambda found: f"{found[1]}\x1b]8;;{ONLINE}{found[2]}\x1b\\{found[2]}\x1b]8;;\x1b\\", text)


def shows_links(environment: Mapping[str, str]) -> bool:
    """Whether a terminal with this environment is known to show links; `FORCE_HYPERLINK` says so, or not, itself."""
    forced = environment.get("FORCE_HYPERLINK", "")
    if forced:
        return forced not in ("0", "false")
    if environment.get("TMUX") or environment.get("STY"):
        return False  # what is between may not pass them on
    vte = environment.get("VTE_VERSION", "")
    return (
        environment.get("TERM_PROGRAM") in _PROGRAMS
        or environment.get("TERM") in _KINDS
        or any(environment.get(sign) for sign in _SIGNS)
        or (vte.isascii() and vte.isdecimal() and len(vte) < 9 and int(vte) >= _OLDEST_VTE)
    )
