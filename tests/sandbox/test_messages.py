"""Messages as the bot makes, reads, edits and deletes them, and as people see them."""

from __future__ import annotations

import base64
import io

import discord
import pytest

from sovereign.sandbox.guild import BOT_ID, CHANNELS, MEMBERS, ROLES
from sovereign.sandbox.server import SandboxOptions
from tests.sandbox.conftest import Bot, BotMaker, Person, until

PRS = f"/channels/{CHANNELS['prs']}/messages"


async def test_an_embed_is_kept_and_shown_as_it_was_made(bot: BotMaker, person: Person) -> None:
    embed = discord.Embed(
        title=" Title ", description="**bold**", color=0x2E9E5B, url="https://example.test/1"
    )
    embed.add_field(name="n", value="v", inline=True).set_footer(text="foot").set_author(name="who")
    embed.timestamp = discord.utils.utcnow()
    async with bot() as client:
        sent = await client.text("prs").send("hello", embed=embed)
        assert sent.content == "hello"
        again = await client.text("prs").fetch_message(sent.id)
        assert again.embeds[0].title == "Title"
        assert again.embeds[0].timestamp == embed.timestamp
    [seen] = await person.messages("prs")
    assert seen["author"]["username"] == "Sovereign"
    assert seen["embeds"][0]["fields"] == [{"name": "n", "value": "v", "inline": True}]
    assert seen["embeds"][0]["type"] == "rich"
    assert seen["thread"] is None
    assert seen["ephemeral"] is False


async def test_an_edit_changes_what_it_speaks_of_and_nothing_else(bot: BotMaker, person: Person) -> None:
    async with bot() as client:
        view = discord.ui.View()
        view.add_item(discord.ui.Button(label="Go", custom_id="go"))
        sent = await client.text("prs").send("one", embed=discord.Embed(title="kept"), view=view)
        edited = await sent.edit(content="two")
        assert edited.edited_at is not None
        [seen] = await person.messages("prs")
        assert seen["content"] == "two"
        assert seen["embeds"][0]["title"] == "kept"
        assert seen["components"][0]["components"][0]["custom_id"] == "go"
        await sent.edit(view=None)
        [seen] = await person.messages("prs")
        assert seen["components"] == []


async def test_history_is_paged_before_after_and_around(bot: BotMaker, person: Person) -> None:
    sent = [(await person.act("emil", "prs", "say", content=str(n)))["messages"][0]["id"] for n in range(7)]
    async with bot() as client:
        channel = client.text("prs")
        newest = [one.content async for one in channel.history(limit=3)]
        assert newest == ["6", "5", "4"]
        middle = discord.Object(int(sent[3]))
        assert [one.content async for one in channel.history(limit=2, before=middle)] == ["2", "1"]
        assert [one.content async for one in channel.history(limit=2, after=middle)] == ["4", "5"]
        assert [one.content async for one in channel.history(limit=3, around=middle)] == ["4", "3", "2"]


async def test_a_person_pages_back(person: Person) -> None:
    sent = [(await person.act("emil", "prs", "say", content=str(n)))["messages"][0]["id"] for n in range(4)]
    assert [one["content"] for one in await person.messages("prs", limit=2)] == ["2", "3"]
    assert [one["content"] for one in await person.messages("prs", limit=2, before=sent[2])] == ["0", "1"]


async def test_files_go_both_ways(bot: BotMaker, person: Person) -> None:
    heard: list[discord.Message] = []

    def prepare(client: Bot) -> None:
        async def on_message(message: discord.Message) -> None:
            if not message.author.bot:
                heard.append(message)

        client.event(on_message)

    async with bot(prepare=prepare) as client:
        embed = discord.Embed(title="picture").set_image(url="attachment://a_b.png")
        file = discord.File(io.BytesIO(b"\x89PNG..."), filename="a b.png", description="alt")
        sent = await client.text("prs").send(embed=embed, file=file)
        assert sent.attachments[0].filename == "a_b.png"
        assert await sent.attachments[0].read() == b"\x89PNG..."
        assert sent.embeds[0].image.url == sent.attachments[0].url
        kept = await sent.edit(attachments=[sent.attachments[0], discord.File(io.BytesIO(b"log"), "x.txt")])
        assert [one.filename for one in kept.attachments] == ["a_b.png", "x.txt"]
        encoded = base64.b64encode(b"from a person").decode()
        await person.act("emil", "prs", "say", content="", files=[{"name": "n.txt", "base64": encoded}])
        await until(lambda: heard)
        assert await heard[0].attachments[0].read() == b"from a person"


async def test_a_reply_quotes_and_a_missing_one_is_refused(bot: BotMaker, person: Person) -> None:
    said = (await person.act("emil", "prs", "say", content="question"))["messages"][0]
    async with bot() as client:
        channel = client.text("prs")
        question = await channel.fetch_message(int(said["id"]))
        answer = await question.reply("answer")
        assert answer.reference is not None
        assert isinstance(answer.reference.resolved, discord.Message)
        assert answer.reference.resolved.content == "question"
        await question.delete()
        with pytest.raises(discord.HTTPException) as refused:
            await question.reply("too late")
        assert refused.value.code == 50035
        assert "message_reference" in refused.value.text
    [seen] = await person.messages("prs")
    assert seen["type"] == 19
    assert seen["referenced_message"] is None


class TestMentions:
    async def test_the_on_call_role_is_pinged_only_if_that_is_allowed(self, bot: BotMaker) -> None:
        async with bot() as client:
            role = client.hub.get_role(ROLES["On-Call"])
            assert role is not None
            channel, words = client.text("alerts"), f"<@&{role.id}> <@{MEMBERS['gus']}> @everyone"
            silent = await channel.send(words, allowed_mentions=discord.AllowedMentions.none())
            assert (silent.role_mentions, silent.mentions, silent.mention_everyone) == ([], [], False)
            allowed = discord.AllowedMentions(everyone=False, users=False, roles=[role])
            loud = await channel.send(words, allowed_mentions=allowed)
            assert loud.role_mentions == [role]
            assert loud.mentions == []

    async def test_a_role_that_is_not_mentionable_needs_the_permission(self, person: Person) -> None:
        words = f"<@&{ROLES['QA']}> @everyone"
        for who, pinged in (("emil", False), ("bela", True)):
            [said] = (await person.act(who, "general", "say", content=words))["messages"]
            assert said["mention_everyone"] is pinged
            assert bool(said["mention_roles"]) is pinged


async def test_messages_are_deleted_one_by_one_and_in_bulk(bot: BotMaker, person: Person) -> None:
    gone: list[set[int]] = []

    def prepare(client: Bot) -> None:
        async def on_raw_bulk_message_delete(event: discord.RawBulkMessageDeleteEvent) -> None:
            gone.append(event.message_ids)

        client.event(on_raw_bulk_message_delete)

    async with bot(prepare=prepare) as client:
        sent = [await client.text("prs").send(str(n)) for n in range(4)]
        await sent[0].delete()
        await client.text("prs").delete_messages(sent[1:3])
        await until(lambda: gone == [{sent[1].id, sent[2].id}])
        with pytest.raises(discord.NotFound) as missing:
            await sent[0].edit(content="?")
        assert missing.value.code == 10008
    assert [one["content"] for one in await person.messages("prs")] == ["3"]


class TestNonces:
    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(nonce_seconds=0.4, message_bucket=(100, 1.0))

    async def test_the_same_nonce_makes_one_message(self, person: Person) -> None:
        body = {"content": "once", "nonce": "n-1", "enforce_nonce": True}
        first = await person.rest("POST", PRS, body)
        second = await person.rest("POST", PRS, {**body, "content": "twice"})
        assert first[0] == second[0] == 200
        assert first[1]["id"] == second[1]["id"]
        assert second[1]["content"] == "once"
        assert first[1]["nonce"] == "n-1"
        assert len(await person.messages("prs")) == 1

    async def test_it_is_per_channel_and_forgotten_in_time_and_on_request(self, person: Person) -> None:
        body = {"content": "x", "nonce": 7, "enforce_nonce": True}
        await person.rest("POST", PRS, body)
        await person.rest("POST", f"/channels/{CHANNELS['alerts']}/messages", body)
        await person.fault(kind="nonces")
        await person.rest("POST", PRS, body)
        assert len(await person.messages("prs")) == 2

        async def a_third_one() -> bool:
            await person.rest("POST", PRS, body)
            return len(await person.messages("prs")) == 3

        await until(a_third_one)

    async def test_without_enforcement_it_is_only_echoed(self, person: Person) -> None:
        for _ in range(2):
            status, made, _ = await person.rest("POST", PRS, {"content": "x", "nonce": "n"})
            assert (status, made["nonce"]) == (200, "n")
        _, history, _ = await person.rest("GET", PRS)
        assert len(history) == 2
        assert all("nonce" not in one for one in history)
        assert all("nonce" not in one for one in await person.messages("prs"))

    async def test_it_stands_in_message_create_alone(self, bot: BotMaker, person: Person) -> None:
        heard: list[tuple[str, object]] = []

        def prepare(client: Bot) -> None:
            async def on_message(message: discord.Message) -> None:
                heard.append(("create", message.nonce))

            async def on_raw_message_edit(event: discord.RawMessageUpdateEvent) -> None:
                heard.append(("update", event.data.get("nonce")))

            client.event(on_message)
            client.event(on_raw_message_edit)

        async with bot(prepare=prepare):
            _, made, _ = await person.rest("POST", PRS, {"content": "x", "nonce": "n"})
            await person.rest("PATCH", f"{PRS}/{made['id']}", {"content": "y"})
            await until(lambda: heard == [("create", "n"), ("update", None)])

    async def test_it_has_at_most_25_characters(self, person: Person) -> None:
        status, body, _ = await person.rest("POST", PRS, {"content": "x", "nonce": "n" * 26})
        assert status == 400
        assert body["errors"]["nonce"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"


async def test_reactions_are_counted_and_taken_off(bot: BotMaker, person: Person) -> None:
    heard: list[tuple[str, int]] = []

    def prepare(client: Bot) -> None:
        async def on_raw_reaction_add(event: discord.RawReactionActionEvent) -> None:
            heard.append((str(event.emoji), event.user_id))

        client.event(on_raw_reaction_add)

    async with bot(prepare=prepare) as client:
        sent = await client.text("release-approval").send("vote")
        await sent.add_reaction("👍")
        await person.act("bela", "release-approval", "react", message=str(sent.id), emoji="👍")
        await person.act("bela", "release-approval", "react", message=str(sent.id), emoji="👍")
        await until(lambda: heard == [("👍", BOT_ID), ("👍", MEMBERS["bela"])])
        again = await sent.channel.fetch_message(sent.id)
        assert [(str(one.emoji), one.count, one.me) for one in again.reactions] == [("👍", 2, True)]
        assert {user.name async for user in again.reactions[0].users()} == {"Sovereign", "bela"}
        await person.act("bela", "release-approval", "unreact", message=str(sent.id), emoji="👍")
        [seen] = await person.messages("release-approval", "bela")
        assert (seen["reactions"][0]["count"], seen["reactions"][0]["me"]) == (1, False)
        await again.clear_reactions()
        [seen] = await person.messages("release-approval")
        assert "reactions" not in seen


async def test_what_is_no_emoji_is_unknown(person: Person) -> None:
    said = (await person.act("emil", "prs", "say", content="x"))["messages"][0]["id"]
    status, body, _ = await person.rest("PUT", f"{PRS}/{said}/reactions/nope/@me")
    assert (status, body["code"]) == (400, 10014)


async def test_pins_leave_a_line_and_need_the_permission(bot: BotMaker, person: Person) -> None:
    said = (await person.act("emil", "runbooks", "say", content="restart it"))["messages"][0]
    async with bot() as client:
        await person.act("emil", "runbooks", "pin", message=said["id"])
        pinned = [one async for one in client.text("runbooks").pins()]
        assert [one.content for one in pinned] == ["restart it"]
        with pytest.raises(discord.Forbidden) as refused:
            await pinned[0].unpin()
        assert refused.value.code == 50013
    note = (await person.messages("runbooks"))[-1]
    assert note["type"] == 6
    assert note["message_reference"]["message_id"] == said["id"]
    await person.act("fay", "runbooks", "pin", 403, message=said["id"])


async def test_only_the_author_edits_and_suppressing_needs_manage_messages(
    bot: BotMaker, person: Person
) -> None:
    said = (await person.act("emil", "prs", "say", content="mine"))["messages"][0]
    async with bot() as client:
        message = await client.text("prs").fetch_message(int(said["id"]))
        with pytest.raises(discord.Forbidden) as refused:
            await message.edit(content="yours")
        assert refused.value.code == 50005
        await message.edit(suppress=True)
    [seen] = await person.messages("prs")
    assert (seen["content"], seen["flags"]) == ("mine", 4)
