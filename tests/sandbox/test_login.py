"""Logging in and staying connected: what discord.py gets on READY, after a drop, and when it is refused."""

from __future__ import annotations

import aiohttp
import discord
import pytest

from sovereign.sandbox.guild import BOT_ID, CHANNELS, GUILD_ID, MEMBERS, ROLES
from sovereign.sandbox.options import CONTENT_INTENT, MEMBERS_INTENT
from sovereign.sandbox.server import Running, SandboxOptions
from tests.sandbox.conftest import Bot, BotMaker, Person, until


async def test_a_bot_logs_in_and_sees_the_guild(bot: BotMaker) -> None:
    async with bot() as client:
        assert client.user is not None
        assert client.user.id == client.application_id == BOT_ID
        hub = client.hub
        assert hub.id == GUILD_ID
        assert {channel.name: channel.id for channel in hub.channels} == CHANNELS
        assert {role.name: role.id for role in hub.roles if not role.is_default()} == ROLES
        assert {one.name: one.id for one in hub.members if not one.bot} == MEMBERS
        assert hub.owner is not None
        assert hub.owner.name == "ada"


async def test_the_bot_has_what_it_was_invited_with_and_stands_above_on_call(bot: BotMaker) -> None:
    async with bot() as client:
        held = client.hub.me.guild_permissions
        assert held.manage_roles
        assert held.manage_threads
        assert held.manage_messages
        assert not held.administrator
        assert not held.manage_channels
        on_call = client.hub.get_role(ROLES["On-Call"])
        assert on_call is not None
        assert on_call.mentionable
        own = client.hub.get_role(ROLES["Sovereign"])
        assert own is not None
        assert own > on_call
        assert own.is_bot_managed()


async def test_a_wrong_token_is_refused_at_the_door(redirected: None) -> None:
    client = Bot(discord.Intents.none())
    with pytest.raises(discord.LoginFailure):
        await client.start("wrong")
    await client.close()


async def test_a_wrong_token_is_refused_by_the_gateway(sandbox: Running) -> None:
    identify = {"op": 2, "d": {"token": "wrong", "intents": 0, "properties": {}}}
    async with aiohttp.ClientSession() as session, session.ws_connect(sandbox.gateway) as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.send_json(identify)
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 4004


@pytest.mark.parametrize(
    ("packet", "code"),
    [("not json", 4002), ('{"op": 8, "d": {}}', 4003), ('{"op": 99}', 4003)],
    ids=["not JSON", "members before identifying", "unknown before identifying"],
)
async def test_nonsense_closes_the_socket_with_discords_code(
    sandbox: Running, packet: str, code: int
) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(sandbox.gateway) as socket:
        await socket.receive_json()
        await socket.send_str(packet)
        await socket.receive()
        assert socket.close_code == code


class TestIntents:
    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(privileged_intents=frozenset({MEMBERS_INTENT}))

    async def test_an_intent_that_is_switched_off_is_refused(self, redirected: None) -> None:
        client = Bot(discord.Intents.all())
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await client.start("sandbox")
        await client.close()

    async def test_without_presences_the_members_are_asked_for(self, bot: BotMaker) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.members = True
        async with bot(intents=intents) as client:
            assert len(client.hub.members) == 13
            [emil] = await client.hub.query_members("emi")
            assert emil.name == "emil"
            [gus] = await client.hub.query_members(user_ids=[MEMBERS["gus"]])
            assert gus.name == "gus"


class TestContent:
    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(privileged_intents=SandboxOptions().privileged_intents - {CONTENT_INTENT})

    async def test_without_the_intent_what_people_write_stays_hidden(
        self, bot: BotMaker, person: Person
    ) -> None:
        intents = discord.Intents.default()
        heard: list[discord.Message] = []

        def prepare(client: Bot) -> None:
            async def on_message(message: discord.Message) -> None:
                heard.append(message)

            client.event(on_message)

        async with bot(intents=intents, prepare=prepare):
            await person.act("emil", "general", "say", content="for people")
            await person.act("emil", "general", "say", content=f"for you, <@{BOT_ID}>")
            await person.act("emil", "@bot", "say", content="between us")
            await until(lambda: len(heard) == 3)
        assert [one.content for one in heard] == ["", f"for you, <@{BOT_ID}>", "between us"]


async def test_only_events_of_the_intents_arrive(bot: BotMaker, person: Person) -> None:
    heard: list[str] = []

    def prepare(client: Bot) -> None:
        async def on_socket_event_type(name: str) -> None:
            heard.append(name)

        client.event(on_socket_event_type)

    intents = discord.Intents.none()
    intents.guilds = True
    intents.guild_reactions = True
    async with bot(intents=intents, prepare=prepare):
        said = (await person.act("emil", "general", "say", content="x"))["messages"][0]
        await person.act("gus", "general", "react", message=said["id"], emoji="👍")
        await until(lambda: "MESSAGE_REACTION_ADD" in heard)
        assert "MESSAGE_CREATE" not in heard


async def test_a_dropped_connection_is_resumed_and_nothing_is_missed(bot: BotMaker, person: Person) -> None:
    heard: list[str] = []

    def prepare(client: Bot) -> None:
        async def on_message(message: discord.Message) -> None:
            heard.append(message.content)

        client.event(on_message)

    async with bot(prepare=prepare) as client:
        await person.act("emil", "general", "say", content="before")
        await until(lambda: heard == ["before"])
        await person.fault(kind="gateway_drop")
        await person.act("emil", "general", "say", content="meanwhile")
        await until(lambda: "resumed" in client.heard)
        await person.act("emil", "general", "say", content="after")
        await until(lambda: heard == ["before", "meanwhile", "after"])
        assert client.heard == ["ready", "resumed"]


async def test_a_refused_resume_makes_the_client_log_in_anew_and_see_everything(
    bot: BotMaker, person: Person
) -> None:
    async with bot() as client:
        message = await client.text("prs").send("head")
        await person.fault(kind="gateway_refuse_resume")
        await person.fault(kind="gateway_drop")
        status, _, _ = await person.rest(
            "POST", f"/channels/{message.channel.id}/messages/{message.id}/threads", {"name": "meanwhile"}
        )
        assert status == 201
        await until(lambda: client.heard == ["ready", "ready"])
        assert [thread.name for thread in client.hub.threads] == ["meanwhile"]


async def test_the_state_says_whether_the_bot_is_there(bot: BotMaker, person: Person) -> None:
    assert (await person.get("state"))["bot"]["online"] is False
    async with bot():
        assert (await person.get("state"))["bot"]["online"] is True

    async def gone() -> bool:
        return not (await person.get("state"))["bot"]["online"]

    await until(gone)
