"""The guild as a whole, the application, and READY: what a bot gets when it logs in."""

from __future__ import annotations

from sovereign.sandbox import payloads
from sovereign.sandbox.entities import Channel
from sovereign.sandbox.guild import BOT_ID, FOUNDED
from sovereign.sandbox.options import CONTENT_INTENT, MEMBERS_INTENT, PRESENCES_INTENT, SandboxOptions
from sovereign.sandbox.permissions import VIEW, in_channel
from sovereign.sandbox.state import State
from sovereign.sandbox.wire import Json, iso

_FLAGS = {PRESENCES_INTENT: 1 << 13, MEMBERS_INTENT: 1 << 15, CONTENT_INTENT: 1 << 19}
"""The application's flags that say which privileged intents a small bot may use."""
_UNSET = (
    "icon",
    "home_header",
    "splash",
    "discovery_splash",
    "banner",
    "application_id",
    "afk_channel_id",
    "widget_channel_id",
    "max_presences",
    "vanity_url_code",
    "rules_channel_id",
    "safety_alerts_channel_id",
    "public_updates_channel_id",
    "premium_progress_bar_enabled_user_updated_at",
    "incidents_data",
    "inventory_settings",
    "embed_channel_id",
    "hub_type",
    "latest_onboarding_question_id",
)
"""What this guild has none of."""


def guild(state: State) -> Json:
    one = state.guild
    unset: Json = dict.fromkeys(_UNSET)
    return unset | {
        "id": str(one.id),
        "name": one.name,
        "description": one.description,
        "features": [],
        "owner_id": str(one.owner_id),
        "region": "deprecated",
        "afk_timeout": 300,
        "system_channel_id": None if one.system_channel_id is None else str(one.system_channel_id),
        "system_channel_flags": 0,
        "widget_enabled": False,
        "verification_level": 1,
        "roles": [payloads.role(role) for role in state.tables.roles.values()],
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "embed_enabled": False,
    }


def guild_create(state: State, intents: int) -> Json:
    """With the whole member list only for those who also listen to presences, as Discord does."""
    channels = [one for one in state.tables.channels.values() if one.guild_id and not one.is_thread]
    members = state.tables.members
    return guild(state) | {
        "joined_at": iso(FOUNDED),
        "large": False,
        "unavailable": False,
        "member_count": len(members),
        "voice_states": [],
        "members": [
            payloads.member(state, one)
            for one in members.values()
            if intents & PRESENCES_INTENT or one.user_id == BOT_ID
        ],
        "channels": [payloads.channel(state, one) for one in channels],
        "threads": [payloads.thread_for(state, one, BOT_ID) for one in active_threads(state, BOT_ID)],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def active_threads(state: State, viewer: int) -> list[Channel]:
    return [
        one
        for one in state.threads()
        if one.thread and not one.thread.archived and in_channel(state, viewer, one) & VIEW
    ]


def application(state: State, options: SandboxOptions) -> Json:
    return {
        "id": str(BOT_ID),
        "name": "Sovereign",
        "icon": None,
        "description": "",
        "type": None,
        "summary": "",
        "bot": payloads.user_of(state, BOT_ID),
        "bot_public": False,
        "bot_require_code_grant": False,
        "owner": payloads.user_of(state, state.guild.owner_id),
        "team": None,
        "verify_key": "0" * 64,
        "flags": flags(options),
        "flags_new": str(flags(options)),
        "eligible_oauth2_scopes": [],
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "integration_types_config": {"0": {}},
        "max_participants": None,
        "explicit_content_filter": 0,
    }


def flags(options: SandboxOptions) -> int:
    return sum(bit for intent, bit in _FLAGS.items() if intent in options.privileged_intents)


def ready(state: State, session_id: str, gateway: str, options: SandboxOptions) -> Json:
    return {
        "v": 10,
        "user_settings": {},
        "user": {**payloads.user_of(state, BOT_ID), "verified": True, "mfa_enabled": False, "email": None},
        "session_type": "normal",
        "session_id": session_id,
        "resume_gateway_url": gateway,
        "relationships": [],
        "private_channels": [],
        "presences": [],
        "guilds": [{"id": str(state.guild.id), "unavailable": True}],
        "guild_join_requests": [],
        "geo_ordered_rtc_regions": [],
        "application": {"id": str(BOT_ID), "flags": flags(options)},
        "_trace": [],
    }
