"""Alarms to where somebody reads them: lines on standard error, and a signed webhook.

A webhook gets `{"alarm": NAME, "message": SENTENCE, "at": SECONDS}`, with the headers `x-recpol-timestamp` and
`x-recpol-signature`: Base64 of HMAC-SHA256 with the secret over the timestamp, a line feed and the body.

Invariant: raising an alarm never waits and never fails; no alarm holds a secret.
"""

from __future__ import annotations

import base64
import hmac
import json
import queue
import sys
import threading
import time
from collections.abc import Callable, Mapping

MOST_WAITING = 1000
"""How many alarms wait for a webhook that does not answer; the oldest ones stay, they tell what began."""

TRIES = 4
"""How often an alarm is sent, a second after the first try, then two, then four."""

PostAlarm = Callable[[bytes, Mapping[str, str]], int]
"""Sends a body with headers, and gives the status of the answer; raises what it likes."""


def alarm_to_stderr(name: str, sentence: str) -> None:
    """An alarm as a line of JSON on standard error."""
    sys.stderr.write(json.dumps({"alarm": name, "message": sentence}) + "\n")
    sys.stderr.flush()


def signed_alarm(secret: bytes, name: str, sentence: str, at: float) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of an alarm."""
    body = json.dumps({"alarm": name, "message": sentence, "at": at}).encode()
    made = hmac.digest(secret, f"{at}\n".encode() + body, "sha256")
    return body, {
        "content-type": "application/json",
        "x-recpol-timestamp": str(at),
        "x-recpol-signature": base64.b64encode(made).decode(),
    }


class AlarmWebhook:
    """Sends alarms to an address in a thread of its own, and each to standard error too."""

    def __init__(self, post: PostAlarm, secret: bytes, *, pause: float = 1.0) -> None:
        self._post, self._secret, self._pause = post, secret, pause
        self._waiting: queue.Queue[tuple[str, str, float]] = queue.Queue(MOST_WAITING)
        threading.Thread(target=self._run, name="recpol-alarms", daemon=True).start()

    def __call__(self, name: str, sentence: str) -> None:
        """Raise an alarm."""
        alarm_to_stderr(name, sentence)
        try:
            self._waiting.put_nowait((name, sentence, time.time()))
        except queue.Full:
            alarm_to_stderr("alarms-waiting", "the webhook of alarms does not answer; this alarm is not sent to it")

    def _run(self) -> None:
        while True:
            body, headers = signed_alarm(self._secret, *self._waiting.get())
            if not self._is_sent(body, headers):
                alarm_to_stderr("alarm-not-sent", f"the webhook of alarms did not take an alarm in {TRIES} tries")

    def _is_sent(self, body: bytes, headers: Mapping[str, str]) -> bool:
        for attempt in range(TRIES):
            if attempt:
                time.sleep(self._pause * 2 ** (attempt - 1))
            try:
                if 200 <= self._post(body, headers) < 300:
                    return True
            except Exception:  # noqa: BLE001  whatever the network raises, it is tried again
                continue
        return False


def webhook(address: str, secret: bytes) -> AlarmWebhook:
    """Alarms to an address, by httpx."""
    import httpx

    client = httpx.Client(timeout=5.0)

    def post(body: bytes, headers: Mapping[str, str]) -> int:
        return client.post(address, content=body, headers=dict(headers)).status_code

    return AlarmWebhook(post, secret)
