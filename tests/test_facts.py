"""The platform's facts: spot checks against the public pages, and laws that every table keeps."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from documented import documented
from recpol.platform import limits, locales, payload, sources, storage
from recpol.platform.limits import Limit
from recpol.platform.payload import ALL_FIELDS, FIELDS, PAYLOAD, callbacks_with
from recpol.platform.shape import Form, Property, ValueKind
from recpol.platform.storage import STORAGES, NameRule, find_storage
from recpol.platform.v1.forms import ACTIONS, INSTRUCTIONS, find_form, order
from recpol.platform.v1.places import EVENTS, PLACES, ReplyEvent, StandingVerdict, allowed, allowed_now
from recpol.platform.v1.recording import FLAG, READ_FLAGS, RECORDING_OPTIONS
from recpol.platform.v1.requests import CALLOUTS, STREAM
from recpol.platform.v2.commands import COMMANDS, DOCUMENT

ROOT = Path(__file__).parents[1]
FORMS = (*INSTRUCTIONS.values(), *ACTIONS.values())


def properties(parts: tuple[Property, ...]) -> Iterator[Property]:
    for part in parts:
        yield part
        yield from properties(part.parts)


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (limits.SAY_CHARACTERS, "600 characters"),
        (limits.DURATION_SECONDS, "14400 seconds"),
        (limits.PARK_SECONDS, "600 seconds"),
        (limits.CONFERENCE_ID, "64 characters"),
        (limits.COOKIES_BYTES, "1024 bytes"),
        (limits.CALL_HEADERS_BYTES, "1024 bytes"),
        (limits.APP_ENDPOINT, "128 characters"),
        (limits.MENU_ID, "64 characters"),
        (limits.MENU_TIMEOUT_LEAST, "1000 milliseconds"),
        (limits.MENU_TIMEOUT, "30000 milliseconds"),
        (limits.STATUS_DETAILS, "64 characters"),
    ],
)
def test_limits(limit: Limit, text: str) -> None:
    assert limit.text == text


def test_tones_have_no_star() -> None:
    assert set(limits.DTMF_CHARACTERS) == set("0123456789#w")
    assert set(limits.MENU_KEYS) == set("0123456789*#")


@pytest.mark.parametrize("number", ["+46850020000", "+15551234567", "+442079460000", "+46"])
def test_numbers(number: str) -> None:
    assert re.fullmatch(limits.E164, number)


@pytest.mark.parametrize(
    "number", ["46850020000", "+0850020000", "+", "+4685002000012345", "+46-8-500", "+46 8", "sales"]
)
def test_no_numbers(number: str) -> None:
    assert not re.fullmatch(limits.E164, number)


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_names_are_those_of_the_classic_pages() -> None:
    assert " ".join(INSTRUCTIONS) == (
        "PlayFiles Say SendDtmf SetCookie Answer StartRecording StopRecording ReportCallStatus"
    )
    assert " ".join(ACTIONS) == (
        "Hangup Continue ConnectPstn ConnectMxp ConnectConf ConnectSip RunMenu Park StartRecording StopRecording"
    )


@pytest.mark.parametrize("name", ["connectpstn", "connectPSTN", "ConnectPstn"])
def test_a_form_is_found_in_any_letter_case(name: str) -> None:
    assert find_form("action", name) is ACTIONS["ConnectPstn"]
    assert find_form("instruction", name) is None


def test_forms_of_other_dialects_are_not_found() -> None:
    assert find_form("action", "connectStream") is None
    assert find_form("instruction", "pause") is None


@pytest.mark.parametrize(
    ("form", "names"),
    [
        (INSTRUCTIONS["PlayFiles"], "name ids locale"),
        (INSTRUCTIONS["Say"], "name text locale"),
        (INSTRUCTIONS["SendDtmf"], "name value"),
        (INSTRUCTIONS["SetCookie"], "name key value"),
        (INSTRUCTIONS["Answer"], "name"),
        (INSTRUCTIONS["StartRecording"], "name options"),
        (INSTRUCTIONS["StopRecording"], "name"),
        (INSTRUCTIONS["ReportCallStatus"], "name value details"),
        (ACTIONS["Continue"], "name recording record recordingOptions"),
        (ACTIONS["RunMenu"], "name barge locale mainMenu enableVoice menus"),
        (ACTIONS["StartRecording"], "name recordingOptions"),
        (ACTIONS["StopRecording"], "name"),
    ],
)
def test_the_order_of_properties(form: Form, names: str) -> None:
    assert form.kind != "command"
    written = order(form.kind, form.name)
    assert [n for n in written if (p := form.find(n)) is None or not p.legacy_only] == names.split()


def test_the_order_of_long_actions() -> None:
    assert order("action", "connectpstn")[:10] == (
        "name", "number", "locale", "maxDuration", "dialTimeout", "cli", "suppressCallbacks", "dtmf", "indications",
        "amd",
    )  # fmt: skip
    assert order("action", "ConnectSip")[:8] == (
        "name", "destination", "maxDuration", "cli", "suppressCallbacks", "transport", "callHeaders", "moh",
    )  # fmt: skip
    assert order("action", "Park")[:5] == ("name", "introPrompt", "holdPrompt", "locale", "maxDuration")
    with pytest.raises(KeyError):
        order("action", "ConnectStream")


def test_recording_options_and_flag() -> None:
    assert [option.name for option in RECORDING_OPTIONS] == [
        "destinationUrl", "credentials", "format", "notificationEvents", "transcriptionOptions",
    ]  # fmt: skip
    assert FLAG == "recording"
    assert READ_FLAGS == ("recording", "record")
    assert [form.name for form in FORMS if form.records] == [
        "Continue", "ConnectPstn", "ConnectMxp", "ConnectConf", "ConnectSip",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("action", "name", "dialects"),
    [
        ("ConnectPstn", "number", ("classic", "v1")),
        ("ConnectPstn", "amd", ("v1",)),
        ("ConnectPstn", "dialTimeout", ("legacy", "v1")),
        ("ConnectPstn", "recording", ("classic",)),
        ("ConnectPstn", "destination", ("legacy",)),
        ("ConnectConf", "conferenceDtmfOptions", ("v1",)),
        ("ConnectSip", "callHeaders", ("v1",)),
        ("Park", "dialTimeout", ("legacy",)),
    ],
)
def test_who_documents_a_property(action: str, name: str, dialects: tuple[str, ...]) -> None:
    part = ACTIONS[action].find(name)
    assert part is not None
    assert part.dialects == dialects
    assert part.classic == ("classic" in dialects)
    assert part.legacy_only == (dialects == ("legacy",))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.kind} {form.name}")
def test_properties_are_named_once_and_have_a_source(form: Form) -> None:
    names = [part.name for part in form.properties]
    assert len(names) == len(set(names))
    for part in properties(form.properties):
        assert part.source
        assert part.dialects
    assert not [part.name for part in form.properties if part.required and part.legacy_only]


EVERY = [
    *((f"{form.kind} {form.name}", form.properties) for form in (*FORMS, STREAM, *COMMANDS.values())),
    *CALLOUTS.items(),
]


@pytest.mark.parametrize("parts", [parts for _, parts in EVERY], ids=[name for name, _ in EVERY])
def test_a_shape_says_what_its_kind_needs(parts: tuple[Property, ...]) -> None:
    several = ("list", "menus", "named menus", "messages")
    for part in properties(parts):
        assert bool(part.parts) == (part.kind in (*several, "object", "choice")), part.name
        assert bool(part.entry) == (part.kind in several), part.name
        assert bool(part.values) == (part.kind in ("cli", "word", "any-case word", "words")), part.name
        assert part.values or not part.open, part.name
        assert part.key_limit is None or part.kind in ("named menus", "matches"), part.name
        assert part.limit is None or part.least <= part.limit.value, part.name
        assert all(inner.tag for inner in part.parts) == (part.kind in ("choice", "messages")) or not part.parts
        assert ("v2" in part.dialects) == (parts in [command.properties for command in COMMANDS.values()]), part.name


def test_every_kind_of_value_is_used() -> None:
    used = {part.kind for _, parts in EVERY for part in properties(parts)}
    used |= {part.kind for part in DOCUMENT}
    assert used == set(get_args(ValueKind))


# ── places ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_form_has_a_place_in_every_event() -> None:
    assert set(PLACES) == {form.name for form in FORMS}
    for row in PLACES.values():
        assert tuple(event for event in EVENTS if event in row) == EVENTS


@pytest.mark.parametrize(
    ("name", "places"),
    [
        # name               ice         ace         pie         manage      phase       dice
        ("PlayFiles",        "allowed    allowed     allowed     allowed     allowed     refused"),
        ("Say",              "allowed    allowed     allowed     allowed     allowed     refused"),
        ("SendDtmf",         "allowed    disputed    allowed     allowed     allowed     refused"),
        ("SetCookie",        "allowed    allowed     allowed     allowed     allowed     refused"),
        ("Answer",           "allowed    refused     refused     allowed     refused     refused"),
        ("StartRecording",   "allowed    allowed     allowed     allowed     allowed     refused"),
        ("StopRecording",    "allowed    disputed    allowed     allowed     allowed     refused"),
        ("ReportCallStatus", "refused    refused     refused     refused     refused     allowed"),
        ("Hangup",           "allowed    allowed     allowed     allowed     allowed     allowed"),
        ("Continue",         "refused    allowed     allowed     disputed    allowed     refused"),
        ("ConnectPstn",      "allowed    refused     disputed    allowed     refused     refused"),
        ("ConnectMxp",       "allowed    refused     refused     allowed     refused     refused"),
        ("ConnectConf",      "allowed    allowed     allowed     allowed     disputed    refused"),
        ("ConnectSip",       "allowed    refused     allowed     allowed     refused     refused"),
        ("RunMenu",          "allowed    allowed     allowed     allowed     disputed    refused"),
        ("Park",             "allowed    refused     disputed    allowed     allowed     refused"),
        ("ConnectStream",    "refused    refused     refused     refused     refused     refused"),
        ("whistle",          "refused    refused     refused     refused     refused     refused"),
    ],
)  # fmt: skip
def test_places(name: str, places: str) -> None:
    found: list[StandingVerdict] = [allowed(name, event).verdict for event in EVENTS]
    assert found == places.split()


@pytest.mark.parametrize(
    ("name", "places"),
    [
        # name               ice         ace         pie         manage
        ("playFiles",        "allowed    allowed     allowed     allowed"),
        ("sendDtmf",         "allowed    disputed    allowed     allowed"),
        ("answer",           "allowed    refused     refused     allowed"),
        ("startRecording",   "allowed    allowed     allowed     allowed"),
        ("stopRecording",    "allowed    disputed    allowed     allowed"),
        ("hangup",           "allowed    allowed     allowed     allowed"),
        ("continue",         "refused    allowed     allowed     allowed"),
        ("connectPstn",      "allowed    refused     disputed    disputed"),
        ("connectMxp",       "allowed    refused     refused     disputed"),
        ("connectConf",      "allowed    allowed     allowed     disputed"),
        ("connectSip",       "allowed    refused     allowed     disputed"),
        ("connectStream",    "allowed    refused     refused     refused"),
        ("runMenu",          "allowed    allowed     allowed     disputed"),
        ("park",             "allowed    refused     refused     allowed"),
    ],
)  # fmt: skip
def test_places_in_the_current_api(name: str, places: str) -> None:
    found: list[StandingVerdict] = [allowed_now(name, event).verdict for event in EVENTS[:4]]
    assert found == places.split()


def test_places_that_differ_in_the_current_api_say_why() -> None:
    for name in (*PLACES, "ConnectStream"):
        for event in EVENTS:
            now = allowed_now(name, event)
            if now is not allowed(name, event):
                assert re.search(r"current|today|SDKs", now.why), (name, event)
    assert allowed_now("reportCallStatus", "dice").verdict == "refused"


@pytest.mark.parametrize(
    ("name", "event", "newest"),
    [("ConnectPstn", "pie", "allowed"), ("Park", "pie", "refused"), ("StopRecording", "ace", "refused")],
)
def test_what_the_newest_source_says(name: str, event: ReplyEvent, newest: str) -> None:
    assert allowed(name, event).newest == newest


def test_every_place_says_who_says_so() -> None:
    known = re.compile(r"page|SDK|source|skill|API|public")
    for name, row in PLACES.items():
        for event, place in row.items():
            assert known.search(place.why), (name, event)
            assert not place.why.endswith("."), (name, event)
            assert place.verdict != "disputed" or ";" in place.why, f"{name} at {event}: who says what?"
            assert place.verdict == "disputed" or place.newest == place.verdict


def test_letter_case_of_a_place_means_nothing() -> None:
    assert allowed("connectPSTN", "ice") is allowed("ConnectPstn", "ice")
    assert "`whistle`" in allowed("whistle", "ice").why


# ── locales and words ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (locales.SAY_LOCALES, 25),
        (locales.CLASSIC_LOCALES, 28),
        (locales.V1_LOCALES, 54),
        (locales.TRANSCRIPTION_LOCALES, 41),
        (locales.INDICATIONS, 39),
        (locales.MUSIC_ON_HOLD, 4),
        (locales.TRANSPORTS, 3),
        (locales.DTMF_MODES, 3),
    ],
)
def test_lists_of_words(words: tuple[str, ...], count: int) -> None:
    assert len(words) == len(set(words)) == count


def test_the_current_locales_hold_the_classic_ones() -> None:
    assert set(locales.CLASSIC_LOCALES) <= set(locales.V1_LOCALES)


@pytest.mark.parametrize("locale", ["arb", "en-GB-WLS", "gd_GB", "sv-SE/female", "Raveena"])
def test_what_a_locale_looks_like(locale: str) -> None:
    assert re.fullmatch(locales.LOCALE, locale)
    assert not re.fullmatch(locales.LOCALE, f" {locale}")


def test_norway_is_a_country() -> None:
    assert "no" in locales.INDICATIONS


# ── storages ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("scheme", "credentials", "classic"),
    [("s3", "required", True), ("azure", "required", True), ("gs", "undocumented", False), ("sdrive", "none", True)],
)
def test_storages(scheme: str, credentials: str, classic: bool) -> None:
    found = find_storage(scheme.upper())
    assert found is not None
    assert found.scheme == scheme
    assert found.url_form.startswith(f"{scheme}://")
    assert (found.credentials, found.classic) == (credentials, classic)


@pytest.mark.parametrize("scheme", ["https", "ftp", "file", ""])
def test_no_storages(scheme: str) -> None:
    assert find_storage(scheme) is None


def test_only_the_drive_has_no_folders() -> None:
    assert [s.scheme for s in STORAGES if not s.folders] == ["sdrive"]
    assert [s.scheme for s in STORAGES if not s.names] == ["sdrive"]


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (
            storage.S3_BUCKET,
            ["acme-recordings", "a.b.c", "my-s3-bucket", "0ab", "x" * 63],
            ["bucket_name", "Acme", "ab", "-ab", "ab-", "a..b", "192.168.5.4", "x" * 64, "acme-recordings\n"],
        ),
        (storage.AZURE_ACCOUNT, ["account1", "abc"], ["my-account", "ab", "Account", "x" * 25]),
        (
            storage.AZURE_CONTAINER,
            ["test-container", "calls2026", "$root"],
            ["Test", "a--b", "-ab", "ab-", "ab", "a_b", "$other"],
        ),
        (
            storage.GCS_BUCKET,
            ["my-gcs-bucket", "a_b", "calls.acme.example", "x" * 63, "a." + "x" * 80],
            ["Acme", "ab", "goog-calls", "-ab", "ab-", "x" * 64, "a." + "x" * 221],
        ),
        (storage.AWS_ACCESS_KEY, ["AKIAIOSFODNN7EXAMPLE"], ["AKIA", "AKIA-IOSFODNN7EXAMPLE"]),
        (storage.AWS_REGION, ["eu-central-1", "us-gov-west-1"], ["Frankfurt", "eu-central", "eu"]),
        (storage.AZURE_KEY, ["A" * 86 + "=="], ["A" * 88, "A" * 40]),
    ],
    ids=lambda value: f"{value.what}" if isinstance(value, NameRule) else "",
)
def test_names_at_a_provider(rule: NameRule, good: list[str], bad: list[str]) -> None:
    assert [name for name in good if not rule.fits(name)] == []
    assert [name for name in bad if rule.fits(name)] == []
    assert rule.source


# ── payloads ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_caller_is_known_at_ice_alone() -> None:
    assert callbacks_with("cli") == ("ice",)
    assert "cli" not in FIELDS["pie"]
    assert callbacks_with("menuResult.value") == ("pie",)
    assert callbacks_with("moon") == ()


def test_a_call_has_an_id_in_either_spelling() -> None:
    for fields in FIELDS.values():
        assert {"callid", "callId"} <= fields


def test_a_nested_field_has_its_parent() -> None:
    for callback, fields in FIELDS.items():
        for field in fields:
            assert field.rpartition(".")[0] in fields | {""}, (callback, field)


def test_a_field_is_listed_once() -> None:
    assert len(PAYLOAD) == len(ALL_FIELDS)


def test_the_documented_events_have_known_fields() -> None:
    events = documented("classic", "v1", what=("event",))
    assert len(events) > 10
    for file, _, _, text in events:
        event = json.loads(text)
        nested = {f"{key}.{inner}" for key, value in event.items() if isinstance(value, dict) for inner in value}
        assert set(event) | nested <= FIELDS[event["event"]], file


# ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────────


def cited() -> Iterator[str]:
    yield from (value.source for value in vars(limits).values() if isinstance(value, Limit))
    yield from (form.source for form in FORMS)
    yield from (part.source for form in FORMS for part in properties(form.properties))
    yield from (s.source for s in STORAGES)
    yield from (field.source for field in payload.PAYLOAD)
    yield from (value.source for value in vars(storage).values() if isinstance(value, NameRule))


def test_every_fact_cites_a_known_source() -> None:
    known = {value for name, value in vars(sources).items() if name.isupper() and isinstance(value, str)}
    assert len(known) > 20
    assert {name for source in cited() for name in source.split("; ")} <= known


def test_no_fact_is_kept_that_nothing_reads() -> None:
    """A constant that stands nowhere but where it is made; what tests alone read holds something together."""
    texts = [path.read_text("utf-8") for folder in ("compiler", "tests") for path in (ROOT / folder).rglob("*.py")]
    named = Counter(word for text in texts for word in re.findall(r"\b[A-Z][A-Z0-9_]+\b", text))
    facts = [path.read_text("utf-8") for path in (ROOT / "compiler" / "recpol" / "platform").rglob("*.py")]
    made = [name for text in facts for name in re.findall(r"^([A-Z][A-Z0-9_]+)(?::[^=\n]+)? = ", text, re.MULTILINE)]
    assert len(made) > 150
    assert [name for name in made if named[name] < 2] == []
