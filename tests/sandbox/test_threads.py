"""Threads: started from a message or alone, joined, archived, locked, woken, listed, limited."""

from __future__ import annotations

import discord
import pytest

from sovereign.sandbox.guild import CHANNELS, GUILD_ID, MEMBERS
from sovereign.sandbox.server import SandboxOptions
from tests.sandbox.conftest import Bot, BotMaker, Person, until


async def test_a_thread_from_a_message_has_its_id_and_hangs_on_it(bot: BotMaker, person: Person) -> None:
    async with bot() as client:
        head = await client.text("prs").send("head")
        thread = await head.create_thread(name="talk", auto_archive_duration=60)
        assert thread.id == head.id
        assert thread.owner_id == client.hub.me.id
        await thread.send("inside")
        again = await head.channel.fetch_message(head.id)
        assert again.flags.has_thread
        [seen] = await person.messages("prs")
        assert seen["thread"] == seen["id"]
        inside = await person.messages(thread.id)
        assert [(one["type"], one["content"]) for one in inside] == [(21, ""), (0, "inside")]
        assert inside[0]["referenced_message"]["content"] == "head"


async def test_a_second_thread_on_a_message_is_refused(bot: BotMaker) -> None:
    async with bot() as client:
        head = await client.text("prs").send("head")
        await head.create_thread(name="one")
        with pytest.raises(discord.HTTPException) as refused:
            await head.create_thread(name="two")
        assert refused.value.code == 160004


async def test_a_thread_alone_leaves_a_line_in_the_channel(bot: BotMaker, person: Person) -> None:
    async with bot() as client:
        thread = await client.text("retro").create_thread(name="Keep", type=discord.ChannelType.public_thread)
        [line] = await person.messages("retro")
        assert (line["type"], line["content"]) == (18, "Keep")
        assert line["message_reference"]["channel_id"] == str(thread.id)


async def test_people_write_in_a_thread_by_its_name_and_are_in_it_from_then_on(
    bot: BotMaker, person: Person
) -> None:
    joined: list[int] = []

    def prepare(client: Bot) -> None:
        async def on_thread_member_join(member: discord.ThreadMember) -> None:
            joined.append(member.id)

        client.event(on_thread_member_join)

    async with bot(prepare=prepare) as client:
        head = await client.text("prs").send("head")
        thread = await head.create_thread(name="PR 7")
        await person.act("emil", "PR 7", "say", content=f"look, <@{MEMBERS['gus']}>")
        await until(lambda: set(joined) == {MEMBERS["emil"], MEMBERS["gus"]})
        assert {member.id for member in await thread.fetch_members()} == {client.hub.me.id, *joined}


async def test_writing_wakes_an_archived_thread_but_not_a_locked_one(bot: BotMaker, person: Person) -> None:
    async with bot() as client:
        head = await client.text("prs").send("head")
        thread = await head.create_thread(name="t")
        inside = await thread.send("x")
        await thread.edit(archived=True)
        with pytest.raises(discord.HTTPException) as refused:
            await inside.edit(content="y")
        assert refused.value.code == 50083
        archived = [one.name async for one in client.text("prs").archived_threads()]
        assert archived == ["t"]
        await person.act("emil", str(thread.id), "say", content="hello")
        await until(lambda: (found := client.hub.get_thread(thread.id)) and not found.archived)
        await thread.edit(archived=True, locked=True)
        answer = await person.act("emil", str(thread.id), "say", 403, content="hello?")
        assert answer["code"] == 160005
        await thread.send("the bot manages threads")
        assert [one.name for one in await client.hub.active_threads()] == ["t"]


async def test_a_private_thread_is_for_those_in_it(bot: BotMaker, person: Person) -> None:
    status, made, _ = await person.rest(
        "POST", f"/channels/{CHANNELS['alerts']}/threads", {"name": "quiet", "type": 12}
    )
    assert (status, made["code"]) == (403, 50013)
    async with bot() as client:
        own = client.hub.me.roles[-2]
        assert own.is_bot_managed()
        await person.post("roles", {"member": "Sovereign", "give": "Owner"})
        thread = await client.text("alerts").create_thread(name="quiet")
        await thread.add_user(discord.Object(MEMBERS["gus"]))
        await person.act("gus", "quiet", "say", content="here")
        await person.act("fay", "quiet", "say", 403, content="me?")
        state = await person.get("state", **{"as": "fay"})
        assert state["threads"] == []


class TestPeople:
    """Threads that people start, rename and put away."""

    async def test_start_them_on_a_message_and_in_a_channel(self, person: Person) -> None:
        said = (await person.act("emil", "prs", "say", content="head"))["messages"][0]
        made = (await person.act("fay", "prs", "thread", message=said["id"], name="talk"))["thread"]
        assert (made["id"], made["owner_id"]) == (said["id"], str(MEMBERS["fay"]))
        assert (await person.messages("prs"))[0]["thread"] == said["id"]
        alone = (await person.act("gus", "prs", "thread", name="aside"))["thread"]
        assert (alone["type"], alone["name"]) == (11, "aside")
        again = await person.act("gus", "prs", "thread", 400, message=said["id"], name="again")
        assert again["code"] == 160004

    async def test_are_told_in_words_what_they_may_not(self, person: Person) -> None:
        refused = await person.act("emil", "announcements", "thread", 403, name="x")
        assert "lacks Create Public Threads in #announcements" in refused["error"]
        await person.act("gus", "prs", "thread", name="aside")
        for do in ("archive", "rename"):
            refused = await person.act("fay", "aside", do, 403, name="mine now")
            assert "fay lacks Manage Threads in #aside" in refused["error"]
        assert "not a thread" in (await person.act("fay", "prs", "join", 400))["error"]
        assert "channels of the guild" in (await person.act("fay", "aside", "thread", 400, name="x"))["error"]

    async def test_come_and_go_rename_archive_and_reopen(self, person: Person) -> None:
        made = (await person.act("gus", "prs", "thread", name="aside"))["thread"]["id"]

        async def facts() -> dict[str, object]:
            [found] = (await person.get("state"))["threads"]
            return {key: found[key] for key in ("name", "archived", "members")}

        gus, fay = str(MEMBERS["gus"]), str(MEMBERS["fay"])
        await person.act("fay", made, "join")
        assert await facts() == {"name": "aside", "archived": False, "members": [gus, fay]}
        await person.act("fay", made, "leave")
        await person.act("gus", made, "rename", name="beside")
        await person.act("gus", made, "archive")
        assert await facts() == {"name": "beside", "archived": True, "members": [gus]}
        await person.act("gus", made, "reopen")
        assert (await facts())["archived"] is False

    async def test_who_leaves_a_private_thread_does_not_see_it_any_more(self, person: Person) -> None:
        made = await person.act("ada", "prs", "thread", name="quiet", private=True)
        assert made["thread"]["type"] == 12
        await person.act("ada", "quiet", "say", content=f"<@{MEMBERS['gus']}>")
        assert (await person.act("gus", "quiet", "leave"))["thread"] is None
        await person.act("gus", "quiet", "say", 403, content="hello?")


class TestHowMany:
    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(active_threads=2, thread_bucket=(100, 1.0))

    async def test_active_threads_are_limited_and_archiving_makes_room(self, person: Person) -> None:
        path = f"/channels/{CHANNELS['prs']}/threads"
        made = [await person.rest("POST", path, {"name": str(n), "type": 11}) for n in range(3)]
        assert [status for status, _, _ in made] == [201, 201, 400]
        assert made[2][1]["code"] == 160006
        status, _, _ = await person.rest("PATCH", f"/channels/{made[0][1]['id']}", {"archived": True})
        assert status == 200
        assert (await person.rest("POST", path, {"name": "3", "type": 11}))[0] == 201
        status, body, _ = await person.rest("PATCH", f"/channels/{made[0][1]['id']}", {"archived": False})
        assert (status, body["code"]) == (400, 160006)
        _, active, _ = await person.rest("GET", f"/guilds/{GUILD_ID}/threads/active")
        assert {one["name"] for one in active["threads"]} == {"1", "3"}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "x", "auto_archive_duration": 5}, "auto_archive_duration"),
    ],
)
async def test_a_bad_thread_is_refused_with_the_path(
    person: Person, body: dict[str, object], path: str
) -> None:
    status, answer, _ = await person.rest("POST", f"/channels/{CHANNELS['prs']}/threads", body)
    assert (status, answer["code"]) == (400, 50035)
    assert path in answer["errors"]


async def test_deleting_a_thread_takes_its_messages_along(bot: BotMaker, person: Person) -> None:
    async with bot() as client:
        head = await client.text("prs").send("head")
        thread = await head.create_thread(name="gone")
        await thread.delete()
        await until(lambda: client.hub.get_thread(thread.id) is None)
        [seen] = await person.messages("prs")
        assert seen["thread"] is None
        assert "There is no channel" in (await person.messages(thread.id))["error"]
