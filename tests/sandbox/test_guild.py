"""The guild over REST: channels, roles, members and webhooks, changed by a bot that may change them."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import discord
import pytest

from sovereign.sandbox.guild import CHANNELS, GUILD_ID, MEMBERS, ROLES
from sovereign.sandbox.server import SandboxOptions
from tests.sandbox.conftest import BotMaker, Person, until


@pytest.fixture
async def owner(person: Person) -> Person:
    """The bot is made an owner first."""
    await person.post("roles", {"member": "Sovereign", "give": "Owner"})
    return person


async def cached(hub: discord.Guild, made: discord.abc.GuildChannel) -> Any:
    """The channel that the gateway told of, which takes the place of the one that REST gave."""
    return await until(lambda: (one := hub.get_channel(made.id)) is not made and one)


async def test_channels_are_made_changed_moved_and_deleted(owner: Person, bot: BotMaker) -> None:
    async with bot() as client:
        hub = client.hub
        category = await hub.create_category("Team Beta")
        made = await hub.create_text_channel("Beta Plans", category=category, topic="t", slowmode_delay=5)
        assert (made.name, made.category_id, made.topic) == ("beta-plans", category.id, "t")
        room = await hub.create_voice_channel("Beta Room", category=category)
        assert room.name == "Beta Room"
        channel = await cached(hub, made)
        voice = await cached(hub, room)
        await channel.edit(name="beta-ideas", nsfw=True)
        await channel.set_permissions(hub.default_role, view_channel=False)
        await until(lambda: channel.overwrites_for(hub.default_role).view_channel is False)
        assert channel.name == "beta-ideas"
        await channel.move(end=True, category=None)
        await until(lambda: channel.category_id is None)
        await channel.set_permissions(hub.default_role, overwrite=None)
        await until(lambda: not channel.overwrites)
        await channel.delete()
        await until(lambda: hub.get_channel(channel.id) is None)
        await category.delete()
        await until(lambda: voice.category_id is None)


async def test_a_channel_takes_its_categorys_overwrites(owner: Person, bot: BotMaker) -> None:
    async with bot() as client:
        partners = client.hub.get_channel(CHANNELS["Partner-Projects"])
        assert isinstance(partners, discord.CategoryChannel)
        made = await partners.create_text_channel("partner-new")
        assert made.permissions_synced
    kit, emil = [await owner.get("state", **{"as": who}) for who in ("kit", "emil")]
    assert "partner-new" in [one["name"] for one in kit["channels"]]
    assert "partner-new" not in [one["name"] for one in emil["channels"]]


async def test_roles_are_made_changed_ordered_and_deleted(owner: Person, bot: BotMaker) -> None:
    async with bot() as client:
        hub = client.hub
        made = await hub.create_role(name="Release Captain", color=discord.Color(0x123456), mentionable=True)
        assert made.position == 1
        role = await until(lambda: (one := hub.get_role(made.id)) is not made and one)
        await role.edit(name="Captain", permissions=discord.Permissions(manage_messages=True))
        await until(lambda: role.name == "Captain" and role.permissions.manage_messages)
        await role.edit(position=5)
        _, roles, _ = await owner.rest("GET", f"/guilds/{GUILD_ID}/roles")
        places = {one["name"]: one["position"] for one in roles}
        assert places["Captain"] == 5
        gus = hub.get_member(MEMBERS["gus"])
        assert gus is not None
        await gus.add_roles(role)
        await until(lambda: role in gus.roles)
        await role.delete()
        await until(lambda: hub.get_role(role.id) is None)
    [found] = [one for one in (await owner.get("state"))["members"] if one["name"] == "gus"]
    assert found["role_names"] == ["QA"]


async def test_members_are_read_renamed_and_removed(owner: Person, bot: BotMaker) -> None:
    async with bot() as client:
        names = [member.name async for member in client.hub.fetch_members(limit=None)]
        assert len(names) == 13
        fay = await client.hub.fetch_member(MEMBERS["fay"])
        await fay.edit(nick="Fay D.", roles=[discord.Object(ROLES["QA"])])
        await until(lambda: (one := client.hub.get_member(MEMBERS["fay"])) and one.nick == "Fay D.")
        await fay.kick()
        await until(lambda: client.hub.get_member(MEMBERS["fay"]) is None)
        with pytest.raises(discord.NotFound) as gone:
            await client.hub.fetch_member(MEMBERS["fay"])
        assert gone.value.code == 10007


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", f"/guilds/{GUILD_ID}/channels", {"name": ""}, 50035),
        ("POST", f"/guilds/{GUILD_ID}/channels", {"name": "x" * 101}, 50035),
        ("POST", f"/guilds/{GUILD_ID}/channels", {"name": "x", "type": 99}, 50035),
        ("POST", f"/guilds/{GUILD_ID}/channels", {"name": "x", "parent_id": str(CHANNELS["prs"])}, 50035),
        ("PATCH", f"/channels/{CHANNELS['prs']}", {"topic": "x" * 1025}, 50035),
        ("PATCH", f"/channels/{CHANNELS['prs']}", {"rate_limit_per_user": 21601}, 50035),
        ("POST", f"/guilds/{GUILD_ID}/roles", {"name": "x" * 101}, 50035),
        ("PATCH", f"/guilds/{GUILD_ID}/members/{MEMBERS['gus']}", {"nick": "x" * 33}, 50035),
        ("PUT", f"/guilds/{GUILD_ID}/members/{MEMBERS['gus']}/roles/{ROLES['Sovereign']}", None, 50028),
        ("DELETE", f"/guilds/{GUILD_ID}/roles/{ROLES['Sovereign']}", None, 50028),
        ("DELETE", f"/channels/{CHANNELS['prs']}/permissions/{GUILD_ID}", None, 10009),
        ("POST", f"/channels/{CHANNELS['Voice']}/messages", {"content": "x"}, 50008),
    ],
)
async def test_bad_changes_are_refused(
    owner: Person, method: str, path: str, body: object, code: int
) -> None:
    status, answer, _ = await owner.rest(method, path, body)
    assert 400 <= status < 500
    assert answer["code"] == code


class TestCounts:
    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(global_per_second=10_000)

    async def test_a_category_holds_fifty_channels(self, owner: Person) -> None:
        path = f"/guilds/{GUILD_ID}/channels"
        _, category, _ = await owner.rest("POST", path, {"name": "Full", "type": 4})
        statuses: list[int] = []
        answer: Any = {}
        for n in range(53):
            body = {"name": f"c{n}", "parent_id": category["id"]}
            status, answer, _ = await owner.rest("POST", path, body)
            if status == 429:
                await asyncio.sleep(answer["retry_after"])
                status, answer, _ = await owner.rest("POST", path, body)
            statuses.append(status)
        assert statuses == [201] * 50 + [400] * 3
        assert "parent_id" in answer["errors"]

    async def test_a_channel_has_fifteen_webhooks(self, owner: Person) -> None:
        path = f"/channels/{CHANNELS['prs']}/webhooks"
        answers = [await owner.rest("POST", path, {"name": f"h{n}"}) for n in range(16)]
        assert [status for status, _, _ in answers] == [200] * 15 + [400]
        assert answers[15][1]["code"] == 30007


async def test_a_webhook_posts_under_its_own_name(owner: Person, bot: BotMaker) -> None:
    async with bot() as client, aiohttp.ClientSession() as session:
        channel = client.text("ci-cd-pipeline")
        hook = await channel.create_webhook(name="Jenkins")
        direct = discord.Webhook.partial(hook.id, hook.token or "", session=session)
        sent = await direct.send("built", username="CI", wait=True, avatar_url="https://example.test/a.png")
        assert sent.author.name == "CI"
        await sent.edit(content="built twice")
        head = await channel.fetch_message(sent.id)
        thread = await head.create_thread(name="log")
        await direct.send("inside", thread=thread)
        with pytest.raises(discord.HTTPException) as refused:
            await direct.send("x" * 2001)
        assert refused.value.code == 50035
    [seen] = await owner.messages("ci-cd-pipeline")
    assert (seen["content"], seen["author"]["username"], seen["author"]["bot"]) == ("built twice", "CI", True)
    assert seen["webhook_id"] == str(hook.id)
    assert seen["author"]["avatar"] == "https://example.test/a.png"
    assert (await owner.messages(thread.id))[-1]["content"] == "inside"
    status, answer, _ = await owner.rest("POST", f"/webhooks/{hook.id}/wrong", {"content": "x"}, token="none")
    assert (status, answer["code"]) == (401, 50027)


async def test_the_bot_writes_to_a_person(bot: BotMaker, person: Person) -> None:
    heard: list[str] = []

    async with bot() as client:

        async def on_message(message: discord.Message) -> None:
            if message.guild is None and not message.author.bot:
                heard.append(message.content)

        client.event(on_message)
        gus = client.hub.get_member(MEMBERS["gus"])
        assert gus is not None
        await gus.send("a page")
        await person.act("gus", "@bot", "say", content="on it")
        await until(lambda: heard == ["on it"])
    assert [one["content"] for one in await person.messages("@bot", "gus")] == ["a page", "on it"]
    assert await person.messages("@bot", "fay") == []
