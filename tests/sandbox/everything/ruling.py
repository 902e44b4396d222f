"""What needs rights in the guild: pins, channels, roles, members, webhooks, registrations; and refusals."""

from __future__ import annotations

import io
from datetime import timedelta

import discord

from sovereign.sandbox.guild import BOT_ID, CHANNELS, GUILD_ID, MEMBERS, ROLES
from tests.sandbox.conftest import Bot, Person, until

_GUILD = f"/guilds/{GUILD_ID}"
_APPLICATION = f"/applications/{BOT_ID}"


async def _pins(bot: Bot, person: Person) -> None:
    head = await bot.text("runbooks").send("how to restart")
    await head.pin()
    assert [one async for one in bot.text("runbooks").pins()]
    await head.unpin()
    place = f"/channels/{head.channel.id}/pins"
    await _calls(person, ("PUT", f"{place}/{head.id}"), ("GET", place), ("DELETE", f"{place}/{head.id}"))


async def _channels(bot: Bot, person: Person) -> None:
    hub = bot.hub
    category = await hub.create_category("Team Beta")
    made = await hub.create_text_channel("beta", category=category, topic="t", slowmode_delay=5)
    await hub.create_voice_channel("room", category=category)
    await hub.create_text_channel("hidden", overwrites={hub.default_role: _hidden()})
    channel = await until(lambda: (one := hub.get_channel(made.id)) is not made and one)
    await channel.edit(name="gamma", nsfw=True, topic="u")
    await channel.set_permissions(hub.default_role, view_channel=False)
    await channel.set_permissions(hub.default_role, overwrite=None)
    await channel.edit(overwrites={hub.default_role: _hidden()})
    await channel.move(end=True, category=None)
    secret = await channel.create_thread(name="secret", type=discord.ChannelType.private_thread)
    await secret.edit(archived=True)
    for joined in (False, True):
        assert [one async for one in channel.archived_threads(private=True, joined=joined)]
    kinds = [{"name": f"kind-{kind}", "type": kind} for kind in (5, 13, 15)]
    await _calls(person, *(("POST", f"{_GUILD}/channels", kind) for kind in kinds))
    await hub.fetch_channels()
    await bot.fetch_channel(channel.id)
    await bot.fetch_channel(secret.id)
    await channel.delete()
    await category.delete()


def _hidden() -> discord.PermissionOverwrite:
    return discord.PermissionOverwrite(view_channel=False, send_messages=True)


async def _roles(bot: Bot, person: Person) -> None:
    hub = bot.hub
    made = await hub.create_role(name="Captain", color=discord.Color(0x123456), mentionable=True, hoist=True)
    role = await until(lambda: (one := hub.get_role(made.id)) is not made and one)
    await role.edit(name="Skipper", permissions=discord.Permissions(manage_messages=True))
    await role.edit(position=5)
    await hub.fetch_role(role.id)
    await hub.fetch_roles()
    gus = await hub.fetch_member(MEMBERS["gus"])
    await gus.add_roles(role)
    await gus.remove_roles(role)
    await gus.edit(nick="Gus G.", roles=[role])
    await gus.timeout(timedelta(minutes=5))
    await hub.me.edit(nick="Sov")
    await role.delete()


async def _webhooks(bot: Bot, person: Person) -> None:
    prs = bot.text("prs")
    hook = await prs.create_webhook(name="Relay")
    await prs.webhooks()
    await bot.hub.webhooks()
    await bot.fetch_webhook(hook.id)
    file = discord.File(io.BytesIO(b"x"), "x.txt")
    sent = await hook.send("relayed", username="Relay two", wait=True, file=file)
    await hook.send("unseen")
    await sent.edit(content="again")
    await hook.fetch_message(sent.id)
    await sent.delete()
    hook = await hook.edit(name="Relay three")
    secret = f"/webhooks/{hook.id}/{hook.token}"
    await _calls(
        person,
        ("GET", secret),
        ("PATCH", secret, {"name": "Relay four"}),
        ("PATCH", f"/webhooks/{hook.id}", {"channel_id": str(CHANNELS["alerts"])}),
    )
    await hook.delete()
    spare = await prs.create_webhook(name="Spare")
    await _calls(person, ("DELETE", f"/webhooks/{spare.id}/{spare.token}"))


async def _registrations(bot: Bot, person: Person) -> None:
    hub = bot.hub
    found = await bot.tree.fetch_commands(guild=hub)
    await bot.tree.fetch_commands()
    for scope in (_APPLICATION, _APPLICATION + _GUILD):
        body = {"name": "probe", "description": "d", "default_member_permissions": "16", "nsfw": False}
        _, made, _ = await person.rest("POST", f"{scope}/commands", body)
        one = f"{scope}/commands/{made['id']}"
        changed = {"description": "e", "options": [{"type": 10, "name": "n", "description": "d"}]}
        await _calls(person, ("POST", f"{scope}/commands", body), ("GET", one), ("PATCH", one, changed))
        await _calls(person, ("DELETE", one))
    rights = f"{_APPLICATION}{_GUILD}/commands"
    await _calls(person, ("GET", f"{rights}/permissions"), ("GET", f"{rights}/{found[0].id}/permissions"))
    rule = {"permissions": [{"id": str(GUILD_ID), "type": 1, "permission": True}]}
    await _calls(person, ("PUT", f"{rights}/{found[0].id}/permissions", rule))


async def _reading(bot: Bot, person: Person) -> None:
    await bot.fetch_guild(GUILD_ID)
    assert [one async for one in bot.fetch_guilds()]
    assert [one async for one in bot.hub.fetch_members(limit=5)]
    await bot.application_info()
    await _calls(person, ("GET", "/gateway"), ("GET", "/gateway/bot"), ("GET", "/applications/@me"))
    await _calls(person, ("GET", f"{_GUILD}/members/search?query=a&limit=3"), ("GET", f"{_GUILD}/roles"))


async def _refusals(bot: Bot, person: Person) -> None:
    prs = f"/channels/{CHANNELS['prs']}"
    await person.fault(kind="rate_limit", match="typing", times=1, retry_after=0.01)
    await _calls(
        person,
        ("POST", f"{prs}/typing"),
        ("POST", f"{prs}/messages", {"content": "x" * 2001, "embeds": [{"title": "y" * 257}]}),
        ("POST", f"{prs}/messages", {}),
        ("GET", f"{prs}/messages/1"),
        ("GET", "/channels/1"),
        ("PATCH", f"{_GUILD}/members/{MEMBERS['ada']}", {"nick": "x" * 33}),
        ("PUT", f"{_GUILD}/members/{MEMBERS['gus']}/roles/{ROLES['Sovereign']}"),
        ("POST", f"{_GUILD}/channels", {"name": ""}),
    )
    await person.rest("GET", "/users/@me", token="wrong")
    await (await bot.hub.fetch_member(MEMBERS["fay"])).kick()


async def _calls(person: Person, *calls: tuple[str, str] | tuple[str, str, object]) -> None:
    """Calls that the library makes in another way, or not at all; the traffic tells what they answered."""
    for call in calls:
        await person.rest(*call)


PLAYS = (_pins, _channels, _roles, _webhooks, _registrations, _reading, _refusals)
