"""The rules about replies to callbacks: those about them alone, and those of policies that read them in their own way.

Invariant: a rule that is not in this catalogue, nor in that of policies, of all documents or of Voice API v2, does not
exist.
"""

from __future__ import annotations

from recpol.rules.rule import Rule
from recpol.rules.v1 import (
    appcalls,
    callouts,
    flags,
    from_ace,
    menus,
    recorder,
    recording,
    shape,
    together,
    values,
)

V1_RULES: tuple[Rule, ...] = (
    # shape
    shape.bare_form,
    shape.reply_without_action,
    shape.two_actions,
    shape.misplaced_form,
    shape.unknown_form,
    shape.form_not_allowed,
    # values
    values.undocumented_format,
    values.unclosed_prompt,
    values.transcription_language,
    # the flag and the options
    flags.recording_flag_name,
    flags.recording_without_options,
    flags.options_without_flag,
    flags.flag_without_recording,
    recording.options_key,
    recording.destination_key,
    recording.no_destination,
    recording.drive_in_doubt,
    # the recorder
    recorder.conference_not_stopped,
    recorder.one_participant,
    recorder.started_twice,
    recorder.stopped_twice,
    recorder.recording_as_action,
    # calls that may not be recorded
    from_ace.recorded_from_ace,
    # menus
    menus.first_menu,
    menus.menu_id_twice,
    menus.menu_action,
    # callouts
    callouts.callout_body,
    callouts.callout_action,
    callouts.callout_callbacks,
    callouts.callout_without_cli,
)

OTHERWISE_READ: tuple[Rule, ...] = (
    appcalls.app_call_prompts,
    appcalls.app_call_recording,
    together.recording_unreachable,
    together.unreachable_handler,
)
"""Rules of policies that read documents as they are, not lifted into the tree of a policy."""
