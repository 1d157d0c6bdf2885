"""The agent's page and the ledger's in Chromium, used as an agent uses them while a call is played."""

from __future__ import annotations

from pathlib import Path

import pytest

from browser import browser, chromium
from desks import example
from recpol.calls.trace import Answers, Begins, Ends, Event
from recpol.runtime.sending import ManageOptions
from recpol.testing.platform import FakePlatform
from serving import TOKEN, server, signer

pytestmark = pytest.mark.slow


def test_an_agent_begins_and_ends_card_entry(tmp_path: Path) -> None:
    program = chromium()
    if program is None:
        pytest.skip("there is no Chromium")
    example("pay-by-phone", tmp_path / "build")
    manage = ManageOptions(base="", confirm=5.0)
    seen: list[str] = []
    with browser(program) as page, server(tmp_path / "build", tmp_path / "ledger.db", manage=manage) as running:
        own = running.url.replace("http://", f"http://agent:{TOKEN}@")

        def agent(call: str, phase: str, moment: str) -> None:
            page.open(f"{own}/agent?call={call}")
            seen.append(page.text)
            page.press(f"{phase} {moment}s")
            seen.append(page.text)

        with FakePlatform(signer(), f"{running.url}/pay-by-phone", agent) as platform:
            object.__setattr__(manage, "base", platform.url)
            events: list[Event] = [Answers(), Begins("card"), Ends("card")]
            played = platform.play(events)
        assert set(played.statuses) == {200}
        page.open(f"{own}/ledger")
        ledger = page.text
        page.open(f"{own}/agent?call=<b>x</b>")
        assert "This server knows no such call." in page.text
    before, begun, again, ended = seen
    assert "Policy pay-by-phone. The recorder is on." in before
    assert "card begins: the recording has stopped." in begun
    assert "The recorder is off." in begun
    assert "The recorder is off." in again
    assert "card ends: a recording was asked to begin." in ended
    assert "The recorder is on." in ended
    assert "Problems: 0" in ledger
    assert played.call in ledger
    assert [bool(heard.calls) for heard in played.trace.trace][-3:] == [True, False, True]
