"""Routes of the bot itself: login, gateway addresses, users, direct-message channels."""

from __future__ import annotations

from sovereign.sandbox import payloads
from sovereign.sandbox.actions.direct import direct_channel
from sovereign.sandbox.errors import refusal, snowflake
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.guild_payloads import application
from sovereign.sandbox.permissions import in_guild
from sovereign.sandbox.rest.call import Call, Result, Route
from sovereign.sandbox.wire import Json


def me(call: Call) -> Result:
    own: Json = {
        "verified": True,
        "mfa_enabled": False,
        "locale": "en-US",
        "email": None,
        "premium_type": 0,
    }
    return payloads.user_of(call.state, BOT_ID) | own


def user(call: Call) -> Result:
    found = call.state.tables.users.get(call.id("user"))
    if found is None:
        raise refusal(10013)
    return payloads.user(found)


def my_application(call: Call) -> Result:
    return application(call.state, call.platform.options)


def my_guilds(call: Call) -> Result:
    guild = call.state.guild
    return [
        {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(in_guild(call.state, BOT_ID)),
            "features": [],
        }
    ]


def gateway(call: Call) -> Result:
    return {"url": call.platform.gateway.url}


def gateway_for_bots(call: Call) -> Result:
    limit: Json = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    return {"url": call.platform.gateway.url, "shards": 1, "session_start_limit": limit}


def open_direct(call: Call) -> Result:
    user_id = snowflake(call.body.get("recipient_id"), "recipient_id")
    if user_id not in call.state.tables.users:
        raise refusal(10013)
    if user_id == BOT_ID:
        raise refusal(50007)
    return call.platform.shown_channel(direct_channel(call.platform, user_id))


ROUTES = (
    Route(method="GET", path="/users/@me", act=me),
    Route(method="GET", path="/users/@me/guilds", act=my_guilds),
    Route(method="POST", path="/users/@me/channels", act=open_direct),
    Route(method="GET", path="/users/{user}", act=user),
    Route(method="GET", path="/oauth2/applications/@me", act=my_application),
    Route(method="GET", path="/applications/@me", act=my_application),
    Route(method="GET", path="/gateway", act=gateway, public=True),
    Route(method="GET", path="/gateway/bot", act=gateway_for_bots),
)
