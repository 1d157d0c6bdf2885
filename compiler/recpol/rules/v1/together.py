"""What the rules about the ways of calls find in the replies of one application: a recording that no call comes to.

Invariant: nothing is said of a reply that a call can come to, nor of one whose way in may be in no document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding
from recpol.rules.jsonnotation import v1_of
from recpol.rules.notation import Notation
from recpol.rules.policy import ways
from recpol.rules.policy.unreached import Unreached, left_over, lost_recordings, unreached
from recpol.svaml.application import Application

Told = Callable[[Program, Unreached, Notation], Iterable[Finding]]


def _whichever(application: Application, told: Told) -> Iterator[Finding]:
    """What is true of an application whichever of its replies to ICE is sent."""
    found: list[dict[object, Finding]] = []
    for lifted in application.lifted:
        unit = lifted.program
        closed = (one for one in unreached(unit) if _sure(unit, one))
        found.append({finding.span: finding for one in closed for finding in told(unit, one, v1_of(lifted.target))})
    for span, finding in found[0].items() if found else ():
        if all(span in other for other in found):
            yield finding


def _sure(unit: Program, found: Unreached) -> bool:
    """Whether the way in is closed, and not just in a document that is not here.

    Results of menus come to nobody where apps alone are called.
    """
    actions = [handler.action for handler in unit.handlers if handler.index in unit.graph.reachable]
    apps = all(action is not None and action.connects == "app" for action in actions)
    return apps or found.why in ("callbacks suppressed", "apps called")


def _recordings(application: Application) -> Iterator[Finding]:
    return _whichever(application, lost_recordings)


def _replies(application: Application) -> Iterator[Finding]:
    return _whichever(application, left_over)


recording_unreachable = ways.recording_unreachable.in_documents(application=_recordings)
unreachable_handler = ways.unreachable_handler.in_documents(application=_replies)
