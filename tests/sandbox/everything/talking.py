"""What needs no more rights than the bot is invited with: commands, components, messages, threads."""

from __future__ import annotations

import base64
import io

import discord

from sovereign.sandbox.guild import BOT_ID, MEMBERS, ROLES
from tests.sandbox.conftest import Bot, Person
from tests.sandbox.everything.board import card, picture

_FILE = {"name": "log.txt", "base64": base64.b64encode(b"it burns").decode()}


async def _commands(bot: Bot, person: Person) -> None:
    named = {"who": "fay", "role": "QA", "where": "prs"}
    given = {"version": "v2", "env": "Production", "log": "log.txt", "force": True, "quorum": 3}
    for command, options in (
        ("deploy approve", {**named, **given}),
        ("whisper", {}),
        ("think", {"aloud": True}),
        ("think", {"aloud": False}),
        ("cluster nodes drain", {"count": 0.25}),
    ):
        answer = await person.act("emil", "prs", "command", command=command, options=options, files=[_FILE])
        assert answer["messages"], answer
    typed = {"version": "v"}
    found = await person.act(
        "emil", "prs", "autocomplete", command="deploy approve", options=typed, focused="version"
    )
    assert found["choices"]
    said = (await person.act("emil", "prs", "say", content="look", files=[_FILE]))["messages"][0]
    await person.act("gus", "prs", "menu", command="Pin it", message=said["id"])
    await person.act("gus", "prs", "menu", command="Greet", member="fay")
    failed = await person.act("emil", "prs", "command", command="silent")
    assert failed["result"] == "failed"


async def _components(bot: Bot, person: Person) -> None:
    answer = await person.act("emil", "prs", "command", command="panel")
    panel = answer["messages"][0]["id"]
    for button in ("Change", "Later"):
        await person.act("gus", "prs", "click", message=panel, button=button)
    await person.act("gus", "prs", "select", message=panel, values=["fay", "ivan"])
    board = (await person.act("emil", "prs", "command", command="wide"))["messages"][0]["id"]
    wanted = [("env", "Prod"), ("role", "QA"), ("place", "alerts"), ("any", "fay"), ("any", "QA")]
    for select, value in wanted:
        which = f"board:{select}"
        answer = await person.act("gus", "prs", "select", message=board, select=which, values=[value])
        assert answer["result"] != "failed", answer
    for button in ("Edit", "Gone"):
        await person.act("gus", "prs", "click", message=board, button=button)
    assert (await person.act("gus", "prs", "click", message=board, button="Fill"))["result"] == "modal"
    await person.act("gus", "prs", "modal", fields={"Done": "tests", "Mood": "Fine"})


async def _modals(bot: Bot, person: Person) -> None:
    await person.act("emil", "standup", "command", command="form")
    sent = await person.act("emil", "standup", "modal", fields={"Done": "tests", "Mood": "Fine"})
    assert sent["messages"]
    await person.act("emil", "standup", "command", command="survey")
    fields = {"How": "Well", "What": ["billing"], "Logs": ["log.txt"]}
    sent = await person.act("emil", "standup", "modal", fields=fields, files=[_FILE])
    assert sent["messages"]


async def _direct(bot: Bot, person: Person) -> None:
    emil = await bot.fetch_user(MEMBERS["emil"])
    head = await emil.send("your turn")
    await head.edit(content="still your turn")
    await person.act("emil", "@bot", "say", content="on it", reply_to=str(head.id))
    await person.act("emil", "@bot", "react", message=str(head.id), emoji="👍")
    await bot.tree.sync()
    await person.act("emil", "@bot", "command", command="whisper")


async def _people(bot: Bot, person: Person) -> None:
    said = (await person.act("emil", "prs", "say", content="hello @gus <@&1>"))["messages"][0]["id"]
    await person.act("emil", "prs", "edit", message=said, content="hello")
    for do in ("react", "unreact"):
        await person.act("emil", "prs", do, message=said, emoji="👍")
    for do in ("pin", "unpin"):
        await person.act("emil", "prs", do, message=said)
    await person.act("emil", "prs", "say", content="as I said", reply_to=said)
    await person.act("emil", "prs", "delete", message=said)
    await person.post("members", {"name": "nora", "roles": ["QA"]}, 201)
    await person.post("roles", {"member": "nora", "give": "Developers", "take": "QA"})


async def _messages(bot: Bot, person: Person) -> None:
    prs = bot.text("prs")
    async with prs.typing():
        head = await prs.send("head", embed=card(), file=picture(), nonce="once", mention_author=False)
    role = bot.hub.get_role(ROLES["On-Call"])
    assert role is not None
    allowed = discord.AllowedMentions(everyone=False, users=True, roles=[role])
    await head.reply(f"{role.mention} <@{MEMBERS['fay']}>", allowed_mentions=allowed, silent=True)
    await head.edit(content="edited", suppress=True)
    await head.add_reaction("👍")
    await person.act("gus", "prs", "react", message=str(head.id), emoji="🎉")
    assert [one async for one in (await head.fetch()).reactions[0].users()]
    await head.remove_reaction("👍", discord.Object(BOT_ID))
    await head.remove_reaction("🎉", discord.Object(MEMBERS["gus"]))
    for emoji in ("👍", "🎉", "🟢"):
        await head.add_reaction(emoji)
    await head.clear_reaction("🎉")
    await head.clear_reactions()
    layout = discord.ui.LayoutView()
    row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
    row.add_item(discord.ui.Button(label="Go", custom_id="go"))
    words: discord.ui.TextDisplay[discord.ui.LayoutView] = discord.ui.TextDisplay("words")
    layout.add_item(discord.ui.Container(words, discord.ui.Separator(), row, accent_color=0x2E9E5B))
    layout.add_item(discord.ui.Section(words, accessory=discord.ui.Thumbnail("https://e.example/t.png")))
    layout.add_item(discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://chart.png")))
    layout.add_item(discord.ui.File("attachment://x.txt"))
    await prs.send(view=layout, files=[discord.File(io.BytesIO(b"x"), "x.txt"), picture()])
    doomed = [await prs.send(f"doomed {n}") for n in range(3)]
    await doomed.pop().delete()
    await prs.delete_messages(doomed)
    async for _ in prs.history(limit=5, before=head):
        pass


async def _threads(bot: Bot, person: Person) -> None:
    head = await bot.text("prs").send("a pull request")
    thread = await head.create_thread(name="talk", auto_archive_duration=1440, slowmode_delay=1)
    await thread.send("first")
    await person.act("emil", str(thread.id), "say", content="mine")
    await thread.add_user(discord.Object(MEMBERS["gus"]))
    await thread.fetch_members()
    await thread.fetch_member(MEMBERS["gus"])
    await thread.remove_user(discord.Object(MEMBERS["gus"]))
    await thread.edit(name="talked", locked=True, archived=True)
    await thread.edit(archived=False)
    await thread.leave()
    await thread.join()
    alone = await bot.text("alerts").create_thread(name="alone", type=discord.ChannelType.public_thread)
    await alone.edit(archived=True)
    said = (await person.act("emil", "alerts", "say", content="what of this?"))["messages"][0]["id"]
    await person.act("emil", "alerts", "thread", message=said, name="this")
    await person.act("emil", "alerts", "thread", name="something else")
    for do in ("leave", "join", "archive", "reopen"):
        await person.act("emil", said, do)
    await person.act("emil", said, "rename", name="that")
    assert await bot.hub.active_threads()
    assert [one async for one in bot.text("alerts").archived_threads()]
    await alone.delete()
    await (await head.fetch()).delete()


PLAYS = (_commands, _components, _modals, _direct, _people, _messages, _threads)
