"""Connects to SVAML actions: their targets and their options, which are the properties in kebab-case.

Invariant: total on every connect that the rules accept; which options a dialect has is theirs to say.
"""

from __future__ import annotations

from recpol.analysis.program import Program
from recpol.base.typing import Any, assert_never
from recpol.syntax import tree
from recpol.targets.reply import Json


def connect(program: Program, body: tree.Connect, *, current: bool) -> Json:
    """A connect as its action; `current` where the dialect gives the address of a SIP connect a type."""
    target = target_text(program, body)
    options = _Options(program, body)
    match body.kind.text:
        case "pstn":
            form: Json = {"name": "ConnectPstn"} if body.target is None else {"name": "ConnectPstn", "number": target}
            options.put(form, "locale", "maxDuration", "dialTimeout", "cli", "suppressCallbacks", "dtmf", "indications")
            options.detection(form)
        case "app":
            form = {"name": "ConnectMxp", "destination": {"type": "username", "endpoint": target}}
            options.headers(form)
        case "sip":
            typed = {"type": "sip"} if current else {}
            scheme, address = sip_address(target)
            form = {"name": "ConnectSip", "destination": {**typed, "endpoint": address}}
            options.put(form, "maxDuration", "cli", "suppressCallbacks", "transport")
            if scheme == "sips":
                form.setdefault("transport", "TLS")  # what the scheme says, which an endpoint has no place for
            options.headers(form)
            options.put(form, "moh")
        case "stream":
            form = {"name": "ConnectStream", "destination": {"type": "Websocket", "endpoint": target}}
            options.within(form, "streamingOptions", {"sample-rate": "sampleRate"})
            options.put(form, "maxDuration")
            options.headers(form)
        case _:  # a conference: the rules let no other kind through
            form = {"name": "ConnectConf", "conferenceId": target}
            options.within(form, "conferenceDtmfOptions", _KEYS)
            if body.keys:  # which the platform tells of in no other mode
                form["conferenceDtmfOptions"] = {"mode": "detect", **form.get("conferenceDtmfOptions", {})}
            options.put(form, "moh")
    return form


def target_text(program: Program, body: tree.Dialled) -> str:
    """Whom somebody is connected to or called at, as it stands in the output; empty where nobody is named."""
    return "" if body.target is None else _value(program, body.target)


def option_text(program: Program, option: tree.Option) -> str:
    """The value of an option as a text."""
    return "" if option.value is None else _value(program, option.value)


def sip_address(target: str) -> tuple[str, str]:
    """A SIP address to its scheme, `sip` where none is written, and the `user@host[:port]` that an endpoint is."""
    scheme, sign, rest = target.partition(":")
    known = sign and scheme.lower() in ("sip", "sips")
    return (scheme.lower(), rest) if known else ("sip", target)


_KEYS = {"dtmf-mode": "mode", "dtmf-max-digits": "maxDigits", "dtmf-timeout": "timeoutMills"}
"""The options that say what a conference does with keys, and their properties."""

_SECONDS = frozenset({"maxDuration", "dialTimeout"})


class _Options:
    """The options of a connect, found by the property they become."""

    def __init__(self, program: Program, body: tree.Connect) -> None:
        self._program, self._all = program, body.options

    def put(self, form: Json, *properties: str) -> None:
        """Add the properties that are written, in this order."""
        written = {_camel(option.name.text): option for option in self._all}
        for name in properties:
            if name in written:
                form[name] = self._read(name, written[name])

    def headers(self, form: Json) -> None:
        """Add the call headers, in the order they are written."""
        found = [
            {"key": self._program.fill(option.key), "value": _value(self._program, option.value)}
            for option in self._all
            if option.key is not None and option.value is not None
        ]
        if found:
            form["callHeaders"] = found

    def within(self, form: Json, holder: str, properties: dict[str, str]) -> None:
        """Add the object that several options share, where one of them is written; `properties` by option."""
        written = {option.name.text: option for option in self._all}
        found = {name: self._read(name, written[option]) for option, name in properties.items() if option in written}
        if found:
            form[holder] = found

    def detection(self, form: Json) -> None:
        """Add answering machine detection, where it is asked for."""
        for option in self._all:
            if option.name.text == "amd" and option.value is not None:
                parallel = _value(self._program, option.value) == "async"
                form["amd"] = {"enabled": True, "async": True} if parallel else {"enabled": True}

    def _read(self, name: str, option: tree.Option) -> Any:
        value = option.value
        if name == "suppressCallbacks":
            return not (isinstance(value, tree.Word) and value.text == "no")
        if isinstance(value, tree.Duration):
            return seconds(value) if name in _SECONDS else value.milliseconds
        if isinstance(value, tree.Number) and name in ("maxDigits", "sampleRate"):
            return value.value
        return "" if value is None else _value(self._program, value)


def _camel(kebab: str) -> str:
    first, *rest = kebab.split("-")
    return first + "".join(part.capitalize() for part in rest)


def _value(program: Program, value: tree.Value) -> str:
    match value:
        case tree.Text():
            return program.fill(value)
        case tree.Word() | tree.Phone() | tree.Number():
            return value.text
        case tree.Duration():
            return value.number.text + value.unit
        case _:
            assert_never(value)


def seconds(duration: tree.Duration) -> int:
    """A duration in whole seconds, which the platform counts calls in."""
    return (duration.milliseconds or 0) // 1000
