"""Rules about values that are known later: `{{ var.… }}`, `{{ env.… }}` and `{{ call.… }}`."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.analysis.recorder import begun, wanted
from recpol.analysis.steps import Handler
from recpol.base.finding import Finding, Note
from recpol.base.nearest import KnownWords, nearest
from recpol.base.pattern import pattern
from recpol.base.placeholder import BadPlaceholder, Placeholder
from recpol.base.record import Record
from recpol.base.source import Span
from recpol.platform.payload import ALL_FIELDS, FIELDS, IN_V2, PAYLOAD, callbacks_with
from recpol.platform.sources import VOICE_V2
from recpol.rules.policy.destination import all_stores
from recpol.rules.policy.known import placeholders
from recpol.rules.rule import documented, rule
from recpol.syntax import tree
from recpol.syntax.tree.texts import texts_of

_INNER = pattern(r"\{\{\s*([\w-]+(?:\s*\.\s*[\w-]+)*)")
_OPENING = pattern(r"\{[{%#]")
_LISTS = frozenset({"cookies", "callHeaders"})
_MEANT = {
    "ani": "cli",
    "caller": "cli",
    "callerid": "cli",
    "called": "to.endpoint",
    "callee": "to.endpoint",
    "dnis": "to.endpoint",
    "id": "callid",
}
"""Other words for fields, in lower case."""

_CANDIDATES = ALL_FIELDS - _LISTS - {"callId"}
_EVENTS = {"dice": "DiCE", "notify": "Notify"}


class _Held(Record):
    """A placeholder and the string that holds it."""

    placeholder: Placeholder
    text: tree.Text

    @property
    def span(self) -> Span:
        """The whole placeholder."""
        return self.text.part(self.placeholder.start, self.placeholder.end)

    @property
    def name(self) -> Span:
        """Scope and name, without braces and filters."""
        found = _INNER.match(self.text.value[self.placeholder.start : self.placeholder.end])
        if found is None:
            return self.span
        return self.text.part(self.placeholder.start + found.start(1), self.placeholder.start + found.end(1))


def _held(program: Program, scope: str) -> list[_Held]:
    """The placeholders of a policy with one scope."""
    found = ((text, piece) for text, piece in placeholders(program) if isinstance(piece, Placeholder))
    return [_Held(piece, text) for text, piece in found if piece.scope == scope]


def _of_call(node: tree.OnBlock | tree.Store) -> Iterator[_Held]:
    """The values in a part of a policy that come with the call."""
    for text in texts_of(node):
        for piece in text.pieces:
            if isinstance(piece, Placeholder) and piece.scope == "call":
                yield _Held(piece, text)


@rule("error", binding=True)
def bad_placeholder(program: Program) -> Iterator[Finding]:
    """A `{{ … }}` that is not one name with filters, or a block or comment of a template language.

    A placeholder is `var.NAME`, `env.NAME` or `call.FIELD`, with the filters `e164`, `urlencode` and `default('…')`.
    Nothing else is evaluated: a policy holds no programs. For the same reason the value of a variable may not hold
    `{{`: it would be read as a placeholder when the reply is filled in.

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn "{{ caller }}" }
    ```

    ```recpol
    policy desk
    locale en-GB
    on ice { answer say "{% if late %}We are closed.{% endif %}" hangup }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn "{{ call.cli | e164 }}" }
    ```
    """
    for text, piece in placeholders(program):
        if isinstance(piece, BadPlaceholder):
            yield Finding(piece.problem, text.part(piece.start, piece.end), help=piece.help)
            continue
        value = program.variable(piece)
        opening = None if value is None else _OPENING.search(value)
        if opening is not None:
            yield Finding(
                f"the value of `var.{piece.name}` holds `{opening.group()}`",
                text.part(piece.start, piece.end),
                why="it would be read as a placeholder when the reply is filled in",
                help="give the variable a plain text, and write the placeholder in the policy",
            )
    for store in all_stores(program):
        field = store.field("credentials")
        if field is not None and isinstance(field.value, tree.EnvName) and "-" in field.value.name.text:
            name = field.value.name
            yield Finding(f"`{name.text}` has a hyphen", name.span, help=f"write `{name.text.replace('-', '_')}`")


@rule("error", binding=True)
def unknown_variable(program: Program) -> Iterator[Finding]:
    """A `{{ var.NAME }}` that has no value.

    Variables get their values from `recpol.yaml` (`vars`, those of the environment that `--env` names, or those of a
    tenant) or from `--var NAME=VALUE`. A `default('…')` speaks where there is none.

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn "{{ var.DESK_NUMBER }}" }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn "{{ var.DESK_NUMBER | default('+46850020000') }}" }
    ```
    """
    missing: dict[str, list[_Held]] = {}
    for held in _held(program, "var"):
        if program.variable(held.placeholder) is None:
            missing.setdefault(held.placeholder.name, []).append(held)
    known = KnownWords(program.variables)
    for name, places in missing.items():
        close = known.nearest(name)
        asked = f"did you mean `var.{close}`?" if close else ""
        given = f"give it one in `recpol.yaml` (`vars:`, or a column of `tenants:`) or with `--var {name}=…`"
        yield Finding(
            f"the variable `{name}` has no value",
            places[0].name,
            notes=tuple(Note(other.name, "used here too") for other in places[1:]),
            help=asked or given,
        )


@rule("error")
def unknown_call_field(program: Program) -> Iterator[Finding]:
    """A `{{ call.FIELD }}` that no callback brings.

    The fields are those of the callbacks' payloads (Callback API page); a part of a field is named with a dot, as in
    `call.to.endpoint`. A value that is missing when the reply is filled in is an error, and the call gets no reply.

    Wrong:
    ```recpol
    policy desk
    on ice { connect pstn "{{ call.caller | e164 }}" }
    ```

    Right:
    ```recpol
    policy desk
    on ice { connect pstn "{{ call.cli | e164 }}" }
    ```
    """
    for held in _held(program, "call"):
        name = held.placeholder.name
        parts = sorted(field for field in ALL_FIELDS if field.startswith(f"{name}."))
        if name in ALL_FIELDS and not parts and name not in _LISTS:
            continue
        if name in _LISTS:
            message = f"`call.{name}` is a list, and a text can hold only one value"
            help_ = "choose a field with one value, such as `call.custom`"
        elif parts:
            message = f"`call.{name}` is no single value"
            help_ = "name a part of it: " + ", ".join(f"`call.{part}`" for part in parts)
        else:
            close = _MEANT.get(name.lower()) or nearest(name, _CANDIDATES)
            message = f"no callback has a field `{name}`"
            help_ = f"did you mean `call.{close}`?" if close else "use a field such as `call.cli` or `call.callid`"
        yield Finding(message, held.name, help=help_)


@rule("warning", targets=lambda target: not target.whole_call)
def call_field_not_sent(program: Program) -> Iterator[Finding]:
    """A `{{ call.FIELD }}` in the reply to a callback that does not bring this field.

    The callback of the incoming call (ICE) says who calls whom, and no later one does; what was chosen in a menu comes
    with PIE (Callback API page). A reply that lacks a value cannot be sent. The options of a store count where
    recordings to it begin. `default('…')` makes a field optional.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    on ice { connect pstn +46850020000 }
    on ace { say "{{ call.cli }} is calling." continue }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    on ice { connect pstn +46850020000 }
    on ace { say "{{ call.cli | default('Somebody') }} is calling." continue }
    ```
    """
    if not _held(program, "call"):
        return
    for handler in program.handlers:
        for held in _of_call(handler.node):
            if _is_missing(held.placeholder, handler.kind):
                yield _not_sent(held, (handler.kind,), (handler.node.event.span,))
    for store, written_in in _replies(program):
        for held in _of_call(store):
            lacking = [handler for handler in written_in if _is_missing(held.placeholder, handler.kind)]
            if lacking:
                kinds = tuple(dict.fromkeys(handler.kind for handler in lacking))
                yield _not_sent(held, kinds, tuple(handler.node.event.span for handler in lacking))


def _is_missing(placeholder: Placeholder, event: str) -> bool:
    """Whether a field exists but does not come with an event; replies that answer no callback are not judged."""
    known = placeholder.name in ALL_FIELDS and placeholder.default is None
    return known and event in FIELDS and placeholder.name not in FIELDS[event]


def _not_sent(held: _Held, events: tuple[str, ...], places: tuple[Span, ...]) -> Finding:
    name = held.placeholder.name
    source = next(field.source for field in PAYLOAD if field.name == name)
    brings = " and ".join(_event(event) for event in callbacks_with(name))
    return Finding(
        f"`{name}` does not come with {' or '.join(_event(event) for event in events)}",
        held.name,
        notes=tuple(Note(place, "the reply it is written to") for place in places),
        why=f"it comes with {brings} ({source})",
        help=f"choose another field, or write `{{{{ call.{name} | default('…') }}}}`",
    )


@rule("info", targets=documented("v2"))
def number_of_sip(program: Program) -> Iterator[Finding]:
    """A `{{ call.cli }}` or `{{ call.to.endpoint }}` of svaml2 that says nothing for calls by SIP.

    In Voice API v2 these are numbers: `from.phone.number` and `to.phone.number` of the call. Who calls from a SIP
    address, or calls one, has an address in place of the number. A value that is missing when the document is filled in
    is an error, and the call gets no answer. `default('…')` speaks where there is no number.

    Wrong:
    ```recpol
    policy desk
    locale en-GB
    voice Amy
    on ice { answer say "You call from {{ call.cli }}." connect pstn +46850020000 }
    ```

    Right:
    ```recpol
    policy desk
    locale en-GB
    voice Amy
    on ice { answer say "You call from {{ call.cli | default('a SIP address') }}." connect pstn +46850020000 }
    ```
    """
    for held in _held(program, "call"):
        name = held.placeholder.name
        if IN_V2.get(name, "").endswith(".phone.number") and held.placeholder.default is None:
            whose = "a caller who comes by SIP has" if name == "cli" else "a call to a SIP address has"
            filters = "".join(f" | {one}" for one, _ in held.placeholder.filters)
            yield Finding(
                f"{whose} no `call.{name}`",
                held.name,
                why=f"in svaml2 it is `{IN_V2[name]}` ({VOICE_V2})",
                help=f"write `{{{{ call.{name}{filters} | default('…') }}}}`",
            )


def _event(kind: str) -> str:
    return _EVENTS.get(kind, kind.upper())


def _replies(program: Program) -> Iterator[tuple[tree.Store, list[Handler]]]:
    """The stores, each with the handlers whose replies begin a recording to it."""
    found: dict[str, list[Handler]] = {}
    for handler in program.handlers:
        state = program.entry(handler)
        starts: dict[str, None] = {}
        for step in handler.segments:
            if not step.recordable:
                continue
            wish = wanted(program.decisions, step)
            for store in (*begun(state, wish), program.decided(step).conference_store):
                if store is not None:
                    starts[store] = None
            state = wish
        for store in starts:
            found.setdefault(store, []).append(handler)
    for name, handlers in found.items():
        if name in program.names.stores:
            yield program.names.stores[name], handlers
