"""Components V2 layouts on the page, in a real Chromium, and what hangs on choosing."""

from __future__ import annotations

import base64
import io
from typing import Any

import discord
import pytest

from sovereign.sandbox.guild import MEMBERS
from sovereign.sandbox.server import Running, SandboxOptions
from tests.sandbox.chromium import Browser
from tests.sandbox.conftest import Bot, BotMaker, Person
from tests.sandbox.page import WIDE, opened, post, run

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
SEEN = "document.querySelector('.layout')"


@pytest.fixture
def options() -> SandboxOptions:
    return WIDE


class Release(discord.ui.LayoutView):
    """One of each layout."""

    words: discord.ui.TextDisplay[Release] = discord.ui.TextDisplay(f"For <@{MEMBERS['emil']}>")
    box: discord.ui.Container[Release] = discord.ui.Container(
        discord.ui.TextDisplay("## Release **v2**"),
        discord.ui.Separator(spacing=discord.SeparatorSpacing.large),
        discord.ui.Section(
            "Latency", "Below 200 ms", accessory=discord.ui.Thumbnail("attachment://chart.png")
        ),
        discord.ui.Section(
            "Details", accessory=discord.ui.Button(label="Dashboard", url="https://grafana.example/d/1")
        ),
        accent_color=0x2E9E5B,
    )
    row: discord.ui.ActionRow[Release] = discord.ui.ActionRow()
    pictures: discord.ui.MediaGallery[Release] = discord.ui.MediaGallery(
        discord.MediaGalleryItem("attachment://chart.png", description="Errors by hour"),
        discord.MediaGalleryItem("attachment://chart.png", spoiler=True),
    )
    log: discord.ui.File[Release] = discord.ui.File("attachment://x.txt")

    @row.button(label="Approve", style=discord.ButtonStyle.green, custom_id="release:approve")
    async def approve(self, interaction: discord.Interaction, button: discord.ui.Button[Release]) -> None:
        await interaction.response.send_message(f"approved by {interaction.user.name}")


def prepare(client: Bot) -> None:
    @client.tree.command(description="shows layouts")
    async def release(interaction: discord.Interaction) -> None:
        files = [discord.File(io.BytesIO(DOT), "chart.png"), discord.File(io.BytesIO(b"x"), "x.txt")]
        await interaction.response.send_message(view=Release(timeout=None), files=files)


async def test_every_layout_is_drawn_in_its_place_and_its_buttons_work(
    browser: Browser, sandbox: Running, person: Person, bot: BotMaker
) -> None:
    async with bot(prepare=prepare):
        await person.act("ada", "deployments", "command", command="release")
        page = await opened(browser, sandbox, "ada/deployments")
        assert await page.text(".layout > .prose .mention") == "@Emil"
        assert await page.text(".layout .container h4 strong") == "v2"
        side = await page.evaluate(f"getComputedStyle({SEEN}.querySelector('.container')).borderLeftColor")
        assert side == "rgb(46, 158, 91)"
        assert await page.evaluate(f"{SEEN}.querySelectorAll('.container > .separator.wide').length") == 1
        sections = "[...document.querySelectorAll('.section')].map((one) => one.lastElementChild.tagName)"
        assert await page.evaluate(sections) == ["IMG", "A"]
        assert await page.evaluate("document.querySelector('.gallery img').alt") == "Errors by hour"
        assert await page.evaluate("document.querySelectorAll('.gallery img').length") == 1
        await page.click(".gallery .covered button")
        await page.until("document.querySelectorAll('.gallery img').length === 2")
        assert "x.txt" in await page.text(".layout > .file")
        assert await page.evaluate("document.querySelectorAll('.message img.attached').length") == 0
        await page.click(".layout .button", "Approve")
        await page.until("document.querySelector('.rows').innerText.includes('approved by ada')")
        assert page.complaints == []


async def test_layouts_stay_within_a_phone_and_their_words_stand_in_replies(
    browser: Browser, sandbox: Running, person: Person
) -> None:
    texts = [{"type": 10, "content": "A long line of words. " * 8}] * 3
    holder = {
        "type": 17,
        "components": [{"type": 9, "components": texts, "accessory": LINK}],
        "spoiler": True,
    }
    head = await post(person, "general", flags=1 << 15, components=[{"type": 10, "content": "Head"}, holder])
    await person.act("gus", "general", "say", content="so be it", reply_to=head["id"])
    page = await opened(browser, sandbox, "ada/general", width=375, height=740)
    assert (await page.text(".origin .quoted")).startswith("Head A long line")
    await page.click(".layout .covered button")
    await page.until("document.querySelector('.section')")
    assert await page.evaluate("document.querySelector('.scroller').scrollWidth") == 375


LINK: dict[str, Any] = {"type": 2, "style": 5, "label": "Dashboard", "url": "https://grafana.example/d/1"}


async def test_a_select_shows_what_is_preset_and_its_one_choice_can_be_taken_back(
    browser: Browser, sandbox: Running, person: Person, bot: BotMaker
) -> None:
    heard: list[object] = []

    def listens(client: Bot) -> None:
        async def on_interaction(interaction: discord.Interaction) -> None:
            data: Any = interaction.data
            heard.append(data["values"])
            await interaction.response.defer()

        client.event(on_interaction)

    options = [{"label": "Prod", "value": "p", "default": True, "emoji": {"name": "🔴"}}]
    people = {"type": 5, "custom_id": "b", "default_values": [{"id": str(MEMBERS["gus"]), "type": "user"}]}
    rows = [{"type": 3, "custom_id": "a", "options": options, "min_values": 0}, people]
    body = [{"type": 1, "components": [one]} for one in rows]
    async with bot(prepare=listens):
        await post(person, "general", content="Where", components=body)
        page = await opened(browser, sandbox, "ada/general")
        shown = (
            "[...document.querySelectorAll('.select')].map((one) => one.innerText.split('\\n').at(-1).trim())"
        )
        assert await page.evaluate(shown) == ["Prod", "Gus"]
        assert await page.evaluate("document.querySelectorAll('.select .drawn-emoji').length") == 1
        await page.click(".select", "Prod")
        await page.press("Enter")
        await page.until("document.querySelector('.select').innerText.includes('Make a selection')")
    assert heard == [[]]


class Pages(discord.ui.View):
    """A message for one person, whose button turns the page."""

    def __init__(self, page: int) -> None:
        super().__init__(timeout=None)
        self.page = page

    @discord.ui.button(label="Next", custom_id="pages:next")
    async def turn(self, interaction: discord.Interaction, button: discord.ui.Button[Pages]) -> None:
        self.page += 1
        await interaction.response.edit_message(embed=discord.Embed(title=f"Page {self.page}"), view=self)


async def test_pages_for_one_person_turn_in_place_and_keep_the_focus(
    browser: Browser, sandbox: Running, bot: BotMaker
) -> None:
    def pages(client: Bot) -> None:
        @client.tree.command(description="shows pages")
        async def book(interaction: discord.Interaction) -> None:
            embed = discord.Embed(title="Page 1")
            await interaction.response.send_message(embed=embed, view=Pages(1), ephemeral=True)

    async with bot(prepare=pages):
        page = await opened(browser, sandbox, "fay/standup")
        await run(page, "book")
        await page.until("document.querySelector('li.ephemeral .button')")
        await page.evaluate("document.querySelector('li.ephemeral .button').focus()")
        for number in (2, 3):
            await page.press("Enter")
            await page.until(f"document.querySelector('.embed-title').innerText === 'Page {number}'")
            await page.until("document.activeElement?.innerText === 'Next'")
        assert await page.evaluate("document.querySelectorAll('li.message').length") == 1
        assert page.complaints == []


async def test_direct_messages_are_between_two(browser: Browser, sandbox: Running) -> None:
    page = await opened(browser, sandbox, "ada/@bot")
    names = "[...document.querySelectorAll('.member .tinted')].map((one) => one.innerText)"
    assert await page.evaluate(names) == ["Ada", "Sovereign"]
