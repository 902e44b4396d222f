"""Plays a person: one deed at a time, answered when the bot has answered or failed to."""

from __future__ import annotations

from sovereign.sandbox.driver import calling, filling, find, pressing, talking, writing
from sovereign.sandbox.driver.deed import Deed, Do
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, text

DEEDS: dict[str, Do] = {**calling.DEEDS, **pressing.DEEDS, **filling.DEEDS, **writing.DEEDS, **talking.DEEDS}


async def act(platform: Platform, body: Json) -> Json:
    """Raises Wrong in words for a member, channel, message, command, option or button that is not there."""
    actor = find.person(platform, body.get("as"))
    wanted = text(body.get("do"))
    if wanted not in DEEDS:
        raise find.wrong(f"There is no deed {wanted!r}. There are: {', '.join(DEEDS)}.")
    where = find.channel(platform, body.get("channel"), actor.user_id)
    return await DEEDS[wanted](Deed(platform=platform, actor=actor, where=where, body=body))
