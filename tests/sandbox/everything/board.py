"""Commands and components beyond those that the other tests have: every select, and answers of every kind."""

from __future__ import annotations

import io

import discord
from discord import app_commands

from sovereign.sandbox.guild import GUILD_ID
from tests.sandbox.answers import Form, commands
from tests.sandbox.conftest import Bot

_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03\x08\x02\0\0\0"


def prepared(client: Bot) -> None:
    commands(client)
    client.tree.add_command(wide)
    client.tree.add_command(cluster)


@app_commands.command(description="shows every component")
async def wide(interaction: discord.Interaction) -> None:
    await interaction.response.send_message(embed=card(), view=Board(), file=picture())


cluster = app_commands.Group(name="cluster", description="c")
nodes = app_commands.Group(name="nodes", description="n", parent=cluster)


@nodes.command(description="a command two levels down")
async def drain(interaction: discord.Interaction, count: float = 0.5) -> None:
    await interaction.response.defer(thinking=True)
    await interaction.followup.send(f"drained {count}")
    more = await interaction.followup.send("and this", wait=True)
    await more.edit(content="and that")
    await more.fetch()
    await more.delete()


class Board(discord.ui.View):
    """Selects of each kind, and buttons that answer by a modal, by editing twice, by going away."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.add_item(discord.ui.Button(label="Dashboard", url="https://grafana.example/d/1", row=0))

    @discord.ui.button(label="Fill", emoji="📝", style=discord.ButtonStyle.green, row=0)
    async def fill(self, interaction: discord.Interaction, button: discord.ui.Button[Board]) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.button(label="Edit", custom_id="board:edit", row=0)
    async def edit(self, interaction: discord.Interaction, button: discord.ui.Button[Board]) -> None:
        await interaction.response.edit_message(embed=card(), attachments=[], view=self)

    @discord.ui.button(label="Gone", style=discord.ButtonStyle.danger, row=0)
    async def gone(self, interaction: discord.Interaction, button: discord.ui.Button[Board]) -> None:
        await interaction.response.send_message("soon gone", ephemeral=True)
        await interaction.original_response()
        await interaction.delete_original_response()

    @discord.ui.select(
        custom_id="board:env",
        options=[discord.SelectOption(label="Prod", value="p", description="live", emoji="🔴", default=True)],
    )
    async def env(self, interaction: discord.Interaction, select: discord.ui.Select[Board]) -> None:
        await interaction.response.send_message(select.values[0], ephemeral=True)

    @discord.ui.select(cls=discord.ui.RoleSelect, custom_id="board:role")
    async def role(self, interaction: discord.Interaction, select: discord.ui.RoleSelect[Board]) -> None:
        await interaction.response.defer(thinking=True, ephemeral=True)
        await interaction.edit_original_response(content=select.values[0].name)

    @discord.ui.select(
        cls=discord.ui.ChannelSelect, custom_id="board:place", channel_types=[discord.ChannelType.text]
    )
    async def place(self, interaction: discord.Interaction, select: discord.ui.ChannelSelect[Board]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=select.values[0].name)

    @discord.ui.select(cls=discord.ui.MentionableSelect, custom_id="board:any")
    async def anybody(
        self, interaction: discord.Interaction, select: discord.ui.MentionableSelect[Board]
    ) -> None:
        await interaction.response.send_message(str(select.values[0]), ephemeral=True)


def card() -> discord.Embed:
    moment = discord.utils.snowflake_time(GUILD_ID)
    made = discord.Embed(title="t", url="https://e.example", color=0x3B82F6, timestamp=moment)
    made.description = "d"
    made.add_field(name="n", value="v", inline=True).set_footer(text="f", icon_url="https://e.example/i.png")
    made.set_author(name="a", url="https://e.example", icon_url="https://e.example/i.png")
    return made.set_image(url="attachment://chart.png").set_thumbnail(url="https://e.example/t.png")


def picture() -> discord.File:
    return discord.File(io.BytesIO(_PNG), "chart.png", description="a chart")
