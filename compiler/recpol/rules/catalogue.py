"""All rules, in the order of their pages.

Invariant: a rule that is not in this tuple does not exist; the tests compare it with the functions in the family
modules.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.rules.policy import (
    appcalls,
    conflicts,
    connects,
    cookies,
    credentials,
    encryption,
    filenames,
    files,
    guarantees,
    literals,
    locales,
    menulines,
    menus,
    names,
    options,
    phases,
    placeholders,
    prompts,
    quiet,
    reply,
    soundfiles,
    storage,
    stores,
    suppressions,
    syntax,
    ways,
)
from recpol.rules.rule import Rule
from recpol.rules.targets import classic as dialect
from recpol.rules.targets import svaml1, svaml2, svaml2_flow
from recpol.rules.targets import svaml2_failures as failures

CATALOGUE: tuple[Rule, ...] = (
    # text that could not be read
    syntax.syntax_error,
    syntax.unclosed_string,
    syntax.unclosed_brace,
    literals.bad_escape,
    literals.control_character,
    literals.number_too_long,
    syntax.too_deep,
    syntax.too_large,
    syntax.byte_order_mark,
    # files
    files.one_header,
    files.not_in_rules,
    files.bad_use,
    files.not_utf8,
    files.file_too_large,
    files.bad_config,
    # names
    names.unknown_name,
    names.duplicate_name,
    names.bad_name,
    names.reserved_name,
    names.selects_nothing,
    # conflicts
    conflicts.conference_scope,
    conflicts.not_a_conference,
    conflicts.two_stores,
    conflicts.ambiguous_store,
    conflicts.menu_split,
    conflicts.recorder_uncertain,
    appcalls.app_call_prompts,
    appcalls.app_call_recording,
    conflicts.empty_recording,
    # phases
    phases.phase_on_app_call,
    phases.phase_on_conference_recording,
    phases.phase_store_change,
    phases.phase_uncertain,
    phases.phase_unreachable,
    # ways
    ways.missing_ice,
    ways.missing_pie_handler,
    ways.recording_unreachable,
    ways.unreachable_handler,
    ways.ambiguous_menu_result,
    # guarantees
    guarantees.opposed_guarantees,
    guarantees.broken_guarantee,
    guarantees.unproven_guarantee,
    guarantees.empty_guarantee,
    # replies
    reply.unknown_event,
    reply.event_name,
    reply.no_action,
    reply.segment_after_action,
    reply.action_not_allowed,
    reply.instruction_not_allowed,
    # menus
    menus.empty_menu,
    menus.unknown_menu,
    menus.menu_goal,
    menus.bad_key,
    menus.line_twice,
    menus.unreachable_menu,
    menulines.no_digits,
    menulines.menu_name_too_long,
    menulines.misplaced_switch,
    menulines.menu_wait,
    # connects and options
    connects.unknown_connect,
    connects.missing_target,
    connects.wrong_target,
    connects.bad_number,
    connects.conference_name_too_long,
    connects.user_name_too_long,
    encryption.unencrypted_stream,
    encryption.sips_over_udp,
    options.option_not_allowed,
    options.option_twice,
    options.unknown_value,
    options.bad_duration,
    options.duration_too_long,
    # prompts
    prompts.say_too_long,
    prompts.say_empty,
    prompts.bad_tones,
    prompts.unencodable_prompt,
    soundfiles.bad_file_url,
    soundfiles.relative_file,
    soundfiles.text_as_file,
    prompts.say_before_answer,
    locales.malformed_locale,
    locales.bad_locale,
    locales.voice_without_locale,
    locales.missing_locale,
    locales.unknown_voice,
    # cookies and headers
    cookies.cookies_too_large,
    cookies.cookies_may_be_too_large,
    cookies.missing_key,
    cookies.cookie_name_too_long,
    cookies.headers_too_large,
    quiet.cookie_not_read,
    # stores
    stores.bad_store_field,
    stores.unused_store,
    storage.bad_destination,
    storage.bad_bucket_name,
    storage.fixed_file_name,
    filenames.second_recording,
    storage.extension_mismatch,
    storage.drive_folder,
    credentials.missing_credentials,
    credentials.literal_credentials,
    credentials.credentials_shape,
    credentials.credentials_from_call,
    credentials.drive_credentials,
    dialect.not_in_classic,
    dialect.doubtful_in_classic,
    dialect.flag_of_2018,
    # what svaml1 cannot say, and what its sources disagree on
    svaml1.not_in_svaml1,
    svaml1.doubtful_in_svaml1,
    svaml1.flag_in_svaml1,
    svaml1.stop_in_ace,
    svaml1.transcript_locale,
    # what svaml2 cannot say, and how it records
    svaml2.not_in_svaml2,
    svaml2.no_voice,
    svaml2.beyond_svaml2,
    svaml2_flow.heard_by_callee,
    svaml2_flow.one_way_of_failing,
    svaml2_flow.way_back,
    svaml2_flow.too_many_copies,
    svaml2_flow.phase_recording_uncertain,
    failures.unknown_failure,
    failures.failure_not_reported,
    failures.silent_recording_failure,
    failures.stop_not_awaited,
    failures.dials_after_hangup,
    failures.direction_of_callee,
    # values known later
    placeholders.bad_placeholder,
    placeholders.unknown_variable,
    placeholders.unknown_call_field,
    placeholders.call_field_not_sent,
    placeholders.number_of_sip,
    # suppressions
    suppressions.bad_suppression,
    suppressions.expired_suppression,
    suppressions.unused_suppression,
)

BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in CATALOGUE}
"""The rules by name."""
