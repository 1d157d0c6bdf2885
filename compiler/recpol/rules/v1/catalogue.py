"""The rules that existing documents are held against: their own, and those that they share with policies.

A document is lifted into the tree of a policy, so a rule about recordings, storages, prompts or cookies means the same
in both. Rules that make no sense for a single reply (whether a policy has `on ice`, whether a store is used, …) are not
among the shared ones, nor are those that only a policy's notation can break.

Invariant: a rule that is in neither tuple never speaks about a document; the tests compare the first one with the
functions in the `json_…` modules.
"""

from __future__ import annotations

from dataclasses import dataclass

from recpol.base.finding import Severity
from recpol.rules.policy import (
    appcalls,
    conflicts,
    connects,
    cookies,
    credentials,
    locales,
    menus,
    prompts,
    quiet,
    storage,
    ways,
)
from recpol.rules.rule import JsonRule, Rule
from recpol.rules.v1 import callouts as json_callouts
from recpol.rules.v1 import documents as json_documents
from recpol.rules.v1 import flags as json_flags
from recpol.rules.v1 import heard as json_heard
from recpol.rules.v1 import menus as json_menus
from recpol.rules.v1 import properties as json_properties
from recpol.rules.v1 import recorder as json_recorder
from recpol.rules.v1 import recording as json_recording
from recpol.rules.v1 import shape as json_shape
from recpol.rules.v1 import values as json_values
from recpol.rules.v2 import commands as json2_commands
from recpol.rules.v2 import events as json2_events
from recpol.rules.v2 import legs as json2_legs
from recpol.rules.v2 import menus as json2_menus
from recpol.rules.v2 import messages as json2_messages
from recpol.rules.v2 import recorder as json2_recorder
from recpol.rules.v2 import recordings as json2_recordings

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
    # what is heard while it runs
    json_heard.recorded_from_ace,
    json_heard.announced_too_late,
    json_heard.digits_on_tape,
    # menus
    json_menus.first_menu,
    json_menus.menu_id_twice,
    json_menus.menu_action,
    # callouts
    json_callouts.callout_body,
    json_callouts.callout_action,
    json_callouts.callout_callbacks,
    # commands of Voice API v2
    json2_commands.unknown_command,
    json2_commands.pre_release_name,
    json2_commands.bad_v2_name,
    json2_commands.beyond_a_limit,
    json2_commands.not_a_voice,
    # what does not wait
    json2_messages.messages_do_not_wait,
    json2_messages.stop_does_not_wait,
    json2_messages.before_answer,
    json2_messages.finish_is_no_delivery,
    # recordings of v2
    json2_recordings.recording_cannot_start,
    json2_recordings.destination_contradicts_url,
    json2_recordings.transcription_switch,
    json2_recordings.unheard_failure,
    json2_recordings.one_side_recorded,
    # names of v2
    json2_recorder.name_not_in_use,
    json2_recorder.unnamed_recording,
    json2_recorder.name_in_use,
    json2_recorder.stop_after_hangup,
    # legs, events and menus of v2
    json2_legs.leg_outside_bridge,
    json2_legs.unhandled_outcome,
    json2_legs.hangup_of_ended_leg,
    json2_events.empty_events,
    json2_events.ignored_call_name,
    json2_events.webhook_without_fallback,
    json2_menus.menu_not_there,
    json2_menus.bad_match,
    json2_menus.match_never_comes,
    json2_menus.bad_menu,
)


@dataclass(frozen=True, slots=True)
class Shared:
    """A rule of policies that documents are held against, too; `most` is its worst severity there.

    One that is about the ways of calls looks at the replies of an application `together`.
    """

    rule: Rule
    most: Severity = "error"
    together: bool = False


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
    Shared(ways.recording_unreachable, together=True),
    Shared(ways.unreachable_handler, together=True),
)
"""What is an error of a policy because recpol would not write it is a warning where a document says it anyhow."""
