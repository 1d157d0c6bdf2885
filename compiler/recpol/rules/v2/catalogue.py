"""The rules about documents of Voice API v2.

Invariant: a rule that is not in this catalogue, nor in that of policies, of all documents or of replies to
callbacks, does not exist.
"""

from __future__ import annotations

from recpol.rules.rule import Rule
from recpol.rules.v2 import commands, events, legs, menus, messages, recorder, recordings, shared

V2_RULES: tuple[Rule, ...] = (
    # commands of Voice API v2
    commands.unknown_command,
    commands.pre_release_name,
    commands.bad_v2_name,
    commands.beyond_a_limit,
    commands.not_a_voice,
    # what does not wait
    messages.messages_do_not_wait,
    messages.stop_does_not_wait,
    messages.before_answer,
    messages.finish_is_no_delivery,
    # recordings of v2
    recordings.recording_cannot_start,
    recordings.destination_contradicts_url,
    recordings.transcription_switch,
    recordings.unheard_failure,
    recordings.one_side_recorded,
    # names of v2
    recorder.name_not_in_use,
    recorder.unnamed_recording,
    recorder.name_in_use,
    recorder.stop_after_hangup,
    # legs, events and menus of v2
    legs.leg_outside_bridge,
    legs.unhandled_outcome,
    legs.hangup_of_ended_leg,
    events.empty_events,
    events.ignored_call_name,
    events.webhook_without_fallback,
    menus.menu_not_there,
    menus.bad_match,
    menus.match_never_comes,
    menus.bad_menu,
)

READ_AS_COMMANDS: tuple[Rule, ...] = (shared.empty_recording, shared.second_recording, shared.bad_file_url)
"""Rules of policies that read documents of Voice API v2 as they are, not lifted into the tree of a policy."""
