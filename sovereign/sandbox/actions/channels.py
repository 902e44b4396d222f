"""Makes, changes and deletes the guild's channels and their overwrites."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sovereign.sandbox import payloads
from sovereign.sandbox.entities import Channel, ChannelKind, Overwrite
from sovereign.sandbox.errors import Form, bad_form, refusal, snowflake
from sovereign.sandbox.permissions import MANAGE_CHANNELS, MANAGE_ROLES, in_guild
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, number, objs, optional_number, text

MOST = 500
MOST_IN_CATEGORY = 50
_KINDS = frozenset(
    {
        ChannelKind.TEXT,
        ChannelKind.VOICE,
        ChannelKind.CATEGORY,
        ChannelKind.ANNOUNCEMENT,
        ChannelKind.STAGE,
        ChannelKind.FORUM,
    }
)
_WRITTEN = (ChannelKind.TEXT, ChannelKind.ANNOUNCEMENT, ChannelKind.FORUM)


def in_order(platform: Platform) -> list[Channel]:
    """The guild's channels without threads."""
    found = [one for one in platform.state.tables.channels.values() if one.guild_id and not one.is_thread]
    return sorted(found, key=lambda one: (one.position, one.id))


def create(platform: Platform, actor_id: int, body: Json) -> Channel:
    """Raises 50035, 50013 or 30013."""
    _need_in_guild(platform, actor_id, MANAGE_CHANNELS)
    kind = number(body.get("type"))
    form = Form()
    form.one_of("type", kind, frozenset(int(one) for one in _KINDS))
    _check(form, body, new=True)
    form.check()
    if len(in_order(platform)) >= MOST:
        raise refusal(30013)
    parent_id = _parent(platform, body, kind)
    siblings = [one for one in in_order(platform) if one.parent_id == parent_id]
    overwrites = _overwrites(platform, actor_id, body.get("permission_overwrites"))
    inherited = platform.state.tables.channels.get(parent_id or 0)
    if not overwrites and inherited is not None:
        overwrites = inherited.overwrites
    made = Channel(
        id=platform.state.ids.next(),
        kind=kind,
        name=_name(text(body.get("name")), kind),
        guild_id=platform.state.guild.id,
        parent_id=parent_id,
        position=number(body.get("position"), max((one.position for one in siblings), default=-1) + 1),
        topic=text(body.get("topic")) or None,
        nsfw=body.get("nsfw") is True,
        slowmode=number(body.get("rate_limit_per_user")),
        overwrites=overwrites,
        archive_after=number(body.get("default_auto_archive_duration"), 1440),
    )
    platform.state.commit(put=[made])
    platform.tell("CHANNEL_CREATE", payloads.channel(platform.state, made), made)
    return made


def change(platform: Platform, channel: Channel, actor_id: int, body: Json) -> Channel:
    """Raises 50035, 50001 or 50013."""
    platform.need(actor_id, channel, MANAGE_CHANNELS)
    form = Form()
    _check(form, body, new=False)
    form.check()
    overwrites = channel.overwrites
    if "permission_overwrites" in body:
        platform.need(actor_id, channel, MANAGE_ROLES)
        overwrites = _overwrites(platform, actor_id, body["permission_overwrites"])
    changed = replace(
        channel,
        name=_name(text(body.get("name"), channel.name), channel.kind),
        kind=number(body.get("type"), channel.kind),
        topic=text(body["topic"]) or None if "topic" in body else channel.topic,
        nsfw=body.get("nsfw", channel.nsfw) is True,
        position=number(body.get("position"), channel.position),
        slowmode=number(body.get("rate_limit_per_user"), channel.slowmode),
        parent_id=_parent(platform, body, channel.kind) if "parent_id" in body else channel.parent_id,
        archive_after=number(body.get("default_auto_archive_duration"), channel.archive_after),
        overwrites=overwrites,
    )
    remember(platform, [changed])
    return changed


def remember(platform: Platform, changed: Iterable[Channel]) -> None:
    listed = list(changed)
    platform.state.commit(put=listed)
    for one in listed:
        platform.tell("CHANNEL_UPDATE", payloads.channel(platform.state, one), one)


def delete(platform: Platform, channel: Channel) -> None:
    """With its threads; a category leaves its channels behind. Rights have been checked."""
    shown = payloads.channel(platform.state, channel)
    inside = [one for one in platform.state.tables.channels.values() if one.parent_id == channel.id]
    threads = [one for one in inside if one.is_thread]
    freed = [replace(one, parent_id=None) for one in inside if not one.is_thread]
    hooks = [one for one in platform.state.tables.webhooks.values() if one.channel_id == channel.id]
    platform.state.commit(put=freed, drop=[channel, *threads, *hooks])
    if channel.is_thread:
        body: Json = {key: shown[key] for key in ("id", "guild_id", "parent_id", "type")}
        platform.tell("THREAD_DELETE", body, channel)
        return
    for one in freed:
        platform.tell("CHANNEL_UPDATE", payloads.channel(platform.state, one), one)
    platform.tell("CHANNEL_DELETE", shown, channel)


def move(platform: Platform, actor_id: int, wanted: list[Json]) -> None:
    """Set positions and parents of several channels. Raises 10003, 50035 or 50013."""
    _need_in_guild(platform, actor_id, MANAGE_CHANNELS)
    changed = []
    for one in wanted:
        channel = platform.channel(snowflake(one.get("id"), "id"))
        parent = _parent(platform, one, channel.kind) if "parent_id" in one else channel.parent_id
        moved = replace(channel, position=number(one.get("position"), channel.position), parent_id=parent)
        if one.get("lock_permissions") is True and parent is not None:
            moved = replace(moved, overwrites=platform.channel(parent).overwrites)
        changed.append(moved)
    remember(platform, changed)


def set_overwrite(platform: Platform, channel: Channel, actor_id: int, target: int, body: Json) -> None:
    """Raises 50001, 50013 or 50035."""
    platform.need(actor_id, channel, MANAGE_ROLES)
    made = _overwrite(platform, actor_id, {**body, "id": str(target)}, "")
    rest = tuple(one for one in channel.overwrites if one.id != target)
    remember(platform, [replace(channel, overwrites=(*rest, made))])


def drop_overwrite(platform: Platform, channel: Channel, actor_id: int, target: int) -> None:
    """Raises 10009, 50001 or 50013."""
    platform.need(actor_id, channel, MANAGE_ROLES)
    rest = tuple(one for one in channel.overwrites if one.id != target)
    if rest == channel.overwrites:
        raise refusal(10009)
    remember(platform, [replace(channel, overwrites=rest)])


def _check(form: Form, body: Json, *, new: bool) -> None:
    if new or "name" in body:
        form.length("name", text(body.get("name")).strip(), 100, 1)
    form.length("topic", body.get("topic"), 1024)
    if body.get("rate_limit_per_user") is not None:
        form.between("rate_limit_per_user", body["rate_limit_per_user"], 0, 21600)


def _name(name: str, kind: int) -> str:
    """Written channels have lower-case names with dashes."""
    return "-".join(name.strip().lower().split()) if kind in _WRITTEN else name.strip()


def _parent(platform: Platform, body: Json, kind: int) -> int | None:
    parent_id = optional_number(body.get("parent_id"))
    if parent_id is None:
        return None
    category = platform.state.tables.channels.get(parent_id)
    if category is None or category.kind != ChannelKind.CATEGORY or kind == ChannelKind.CATEGORY:
        raise bad_form("parent_id", "CHANNEL_PARENT_INVALID_TYPE", "Not a category")
    if sum(one.parent_id == parent_id for one in in_order(platform)) >= MOST_IN_CATEGORY:
        problem = f"Maximum number of channels in category reached ({MOST_IN_CATEGORY})"
        raise bad_form("parent_id", "CHANNEL_PARENT_MAX_CHANNELS", problem)
    return parent_id


def _overwrites(platform: Platform, actor_id: int, listed: object) -> tuple[Overwrite, ...]:
    return tuple(
        _overwrite(platform, actor_id, one, f"permission_overwrites.{index}.")
        for index, one in enumerate(objs(listed))
    )


def _overwrite(platform: Platform, actor_id: int, body: Json, path: str) -> Overwrite:
    target = snowflake(body.get("id"), f"{path}id")
    made = Overwrite(
        id=target,
        kind=number(body.get("type")),
        allow=number(body.get("allow")),
        deny=number(body.get("deny")),
    )
    known = platform.state.tables.members if made.kind == 1 else platform.state.tables.roles
    if target not in known:
        raise refusal(10007 if made.kind == 1 else 10011)
    if (made.allow | made.deny) & ~in_guild(platform.state, actor_id):
        raise refusal(50013)
    return made


def _need_in_guild(platform: Platform, actor_id: int, bits: int) -> None:
    if in_guild(platform.state, actor_id) & bits != bits:
        raise refusal(50013)
