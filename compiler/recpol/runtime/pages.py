"""The pages that people read: the agent's, with the buttons of phases, and the ledger's.

Invariant: plain HTML that works without a script; every value is escaped by Jinja2.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from functools import cache

from jinja2 import Environment, StrictUndefined

from recpol.base.typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: #1a1a1a }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ccc }
caption { text-align: left; font-weight: 700; font-size: 1.15em; padding: 1.2rem 0 .3rem }
td:nth-child(-n+2) { white-space: nowrap }
td.call { font-family: ui-monospace, monospace; font-size: .85em; overflow-wrap: anywhere }
button { font: inherit; padding: .5rem 1rem; margin: 0 .4rem .4rem 0; cursor: pointer }
.on { font-weight: 700 } .problem { border-left: .3rem solid #b00020; padding: .3rem .8rem; margin: 1rem 0 }
.done { border-left: .3rem solid #00703c; padding: .3rem .8rem; margin: 1rem 0 }
"""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ title }}</title>
<style>{{ style }}</style></head><body><main><h1>{{ title }}</h1>
{% block main %}{% endblock %}
</main></body></html>
"""

_AGENT = """{% extends "page" %}{% block main %}
{% if said %}<p class="{{ said.kind }}" role="status">{{ said.words }}</p>{% endif %}
<form method="get"><label>Call <input name="call" value="{{ call }}" size="48" required></label>
<button>Show</button></form>
{% if known %}
<p>Policy <strong>{{ site }}</strong>. The recorder is <span class="on">{{ recorder }}</span>.</p>
{% for phase in phases %}<section><h2>{{ phase }}</h2>
<form method="post" action="{{ base }}/agent"><input type="hidden" name="call" value="{{ call }}">
<input type="hidden" name="phase" value="{{ phase }}">
<button name="moment" value="begin">{{ phase }} begins</button>
<button name="moment" value="end">{{ phase }} ends</button></form></section>{% endfor %}
{% for name in requests %}<form method="post" action="{{ base }}/agent">
<input type="hidden" name="call" value="{{ call }}">
<button name="request" value="{{ name }}">{{ name }}</button></form>{% endfor %}
{% elif call %}<p class="problem">This server knows no such call.</p>{% endif %}
{% endblock %}"""

_LEDGER = """{% extends "page" %}{% block main %}
<p>Problems: {{ problems|length }}, {{ looked_at }}. Times are in UTC.</p>
{% if problems %}<table><caption>Problems</caption>
<thead><tr><th>When</th><th>Policy</th><th>Call</th><th>What</th></tr></thead>
<tbody>
{% for one in problems %}<tr><td>{{ one.at|moment }}</td><td>{{ one.site }}</td><td class="call">{{ one.call }}</td>
<td><strong>{{ one.check }}</strong>: {{ one.words }}</td></tr>{% endfor %}</tbody></table>{% endif %}
<table><caption>Latest calls</caption>
<thead><tr><th>Began</th><th>Policy</th><th>Call</th><th>Ended</th>
<th>Due</th><th>Finished</th><th>Delivered</th></tr></thead><tbody>
{% for one in calls %}<tr><td>{{ one.began|moment }}</td><td>{{ one.site }}</td><td class="call">{{ one.call }}</td>
<td>{{ one.ended|moment }}</td><td>{{ one.least }}{% if one.most > one.least %} to {{ one.most }}{% endif %}</td>
<td>{{ one.finished|length }}</td><td>{{ one.available|length }}</td></tr>{% endfor %}</tbody></table>
{% endblock %}"""


@cache
def _environment() -> Environment:
    from jinja2 import DictLoader

    pages = {"page": _PAGE, "agent": _AGENT, "ledger": _LEDGER}
    made = Environment(loader=DictLoader(pages), autoescape=True, undefined=StrictUndefined)
    made.filters["moment"] = moment
    return made


def moment(at: float | None) -> str:
    """A moment as people read it, in UTC; of none, nothing."""
    return "" if at is None else f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%d %H:%M:%S}"


def agent_page(
    *,
    base: str,
    call: str,
    site: str | None,
    recorder: str,
    phases: Iterable[str],
    requests: Iterable[str],
    said: Mapping[str, str] | None,
) -> str:
    """The page with which an agent tells that card entry begins and ends."""
    page = _environment().get_template("agent")
    return page.render(
        title="Phases of a call", style=_STYLE, base=base, call=call, known=site is not None, site=site or "",
        recorder=recorder, phases=list(phases), requests=list(requests), said=said,
    )  # fmt: skip


def ledger_page(*, calls: Iterable[Any], problems: Iterable[Any], looked_at: str) -> str:
    """The page of the ledger: what is wrong, and the latest calls."""
    page = _environment().get_template("ledger")
    return page.render(
        title="Ledger of recordings", style=_STYLE, calls=list(calls), problems=list(problems), looked_at=looked_at
    )
