"""The rules that existing documents are held against: their own, and those that they share with policies.

A document is lifted into the tree of a policy, so a rule about recordings, storages, prompts or cookies means the same
in both. Rules that make no sense for a single reply (whether a policy has `on ice`, whether a store is used, …) are not
among the shared ones, nor are those that only a policy's notation can break.

Invariant: a rule that is in neither tuple never speaks about a document; the tests compare the first one with the
functions in the `json_…` modules.
"""

from __future__ import annotations

from dataclasses import dataclass

from recpol.ground.finding import Severity
from recpol.rules import (
    appcalls,
    conflicts,
    connects,
    cookies,
    credentials,
    json_callouts,
    json_documents,
    json_flags,
    json_menus,
    json_properties,
    json_recorder,
    json_recording,
    json_shape,
    json_values,
    locales,
    menus,
    prompts,
    quiet,
    storage,
)
from recpol.rules.rule import JsonRule, Rule

JSON_CATALOGUE: tuple[JsonRule, ...] = (
    # documents
    json_documents.invalid_json,
    json_documents.duplicate_key,
    json_documents.mixed_dialects,
    json_documents.not_a_reply,
    # shape
    json_shape.bare_form,
    json_shape.reply_without_action,
    json_shape.two_actions,
    json_shape.misplaced_form,
    json_shape.unknown_form,
    json_shape.form_not_allowed,
    # properties
    json_properties.unknown_property,
    json_properties.missing_property,
    json_properties.wrong_type,
    # values
    json_values.unlisted_value,
    json_values.undocumented_format,
    json_values.number_out_of_range,
    json_values.unclosed_prompt,
    json_values.left_from_a_template,
    json_values.transcription_language,
    # the flag and the options
    json_flags.recording_flag_name,
    json_flags.recording_without_options,
    json_flags.options_without_flag,
    json_flags.flag_without_recording,
    json_recording.options_key,
    json_recording.destination_key,
    json_recording.no_destination,
    json_recording.drive_in_doubt,
    # the recorder
    json_recorder.conference_not_stopped,
    json_recorder.one_participant,
    json_recorder.started_twice,
    json_recorder.stopped_twice,
    json_recorder.recording_as_action,
    # menus
    json_menus.first_menu,
    json_menus.menu_id_twice,
    json_menus.menu_action,
    # callouts
    json_callouts.callout_body,
    json_callouts.callout_action,
    json_callouts.callout_callbacks,
)


@dataclass(frozen=True, slots=True)
class Shared:
    """A rule of policies that documents are held against, too; `most` is its worst severity there."""

    rule: Rule
    most: Severity = "error"


SHARED: tuple[Shared, ...] = (
    Shared(conflicts.empty_recording),
    Shared(appcalls.app_call_prompts),
    Shared(appcalls.app_call_recording),
    Shared(storage.bad_destination),
    Shared(storage.bad_bucket_name),
    Shared(storage.fixed_file_name),
    Shared(storage.extension_mismatch),
    Shared(storage.drive_folder),
    Shared(credentials.missing_credentials),
    Shared(credentials.literal_credentials),
    Shared(credentials.credentials_shape),
    Shared(credentials.credentials_from_call),
    Shared(credentials.drive_credentials),
    Shared(prompts.say_too_long),
    Shared(prompts.say_empty),
    Shared(prompts.bad_tones),
    Shared(prompts.unencodable_prompt, "warning"),
    Shared(prompts.bad_file_url),
    Shared(prompts.relative_file),
    Shared(prompts.say_before_answer),
    Shared(locales.bad_locale),
    Shared(locales.voice_without_locale),
    Shared(locales.missing_locale, "info"),
    Shared(cookies.cookies_too_large),
    Shared(cookies.missing_key),
    Shared(cookies.cookie_name_too_long),
    Shared(cookies.headers_too_large),
    Shared(quiet.cookie_not_read),
    Shared(connects.wrong_target),
    Shared(connects.bad_number, "warning"),
    Shared(connects.conference_name_too_long),
    Shared(connects.user_name_too_long),
    Shared(menus.empty_menu, "warning"),
    Shared(menus.unknown_menu),
    Shared(menus.bad_key),
    Shared(menus.line_twice, "warning"),
    Shared(menus.unreachable_menu),
)
"""What is an error of a policy because recpol would not write it is a warning where a document says it anyhow."""
