"""Commands of a bot that answers in every way there is."""

from __future__ import annotations

import asyncio

import discord
from discord import app_commands

from tests.sandbox.conftest import Bot


def commands(client: Bot) -> None:
    """Give them to the bot."""
    client.tree.add_command(deploy)
    client.tree.add_command(whisper)
    client.tree.add_command(think)
    client.tree.add_command(silent)
    client.tree.add_command(rule)
    client.tree.add_command(form)
    client.tree.add_command(survey)
    client.tree.add_command(panel)
    client.tree.add_command(pin_it)
    client.tree.add_command(greet)


deploy = app_commands.Group(name="deploy", description="d")


@deploy.command(description="asks")
@app_commands.choices(env=[app_commands.Choice(name="Production", value="prod")])
async def approve(
    interaction: discord.Interaction,
    version: app_commands.Range[str, 2, 10],
    env: str,
    quorum: app_commands.Range[int, 1, 5] = 2,
    who: discord.Member | None = None,
    role: discord.Role | None = None,
    where: discord.TextChannel | None = None,
    log: discord.Attachment | None = None,
    force: bool = False,
) -> None:
    given = [version, env, quorum, who, role, where, log and (await log.read()).decode(), force]
    await interaction.response.send_message("|".join(str(one) for one in given))


@approve.autocomplete("version")
async def versions(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{current}.{n}", value=f"v{n}") for n in range(2)]


@app_commands.command(description="only for you")
async def whisper(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("psst", ephemeral=True)


@app_commands.command(description="thinks")
async def think(interaction: discord.Interaction, aloud: bool) -> None:
    await interaction.response.defer(thinking=True, ephemeral=not aloud)
    await asyncio.sleep(0.05)
    await interaction.edit_original_response(content="thought")
    await interaction.followup.send("and more", ephemeral=True)


@app_commands.command(description="never answers")
async def silent(interaction: discord.Interaction) -> None:
    await asyncio.sleep(0)


@app_commands.command(description="for those who may manage roles")
@app_commands.default_permissions(manage_roles=True)
async def rule(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("ruled")


@app_commands.command(description="shows a form")
async def form(interaction: discord.Interaction) -> None:
    await interaction.response.send_modal(Form())


@app_commands.command(description="shows a form with all newer fields")
async def survey(interaction: discord.Interaction) -> None:
    await interaction.response.send_modal(Survey())


@app_commands.command(description="shows buttons")
async def panel(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("panel", view=Panel())


@app_commands.context_menu(name="Pin it")
async def pin_it(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"{message.author.name}: {message.content}")


@app_commands.context_menu(name="Greet")
async def greet(interaction: discord.Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(f"hello {member.name}")


class Form(discord.ui.Modal, title="Stand-up"):
    done: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Done", max_length=20)
    more: discord.ui.Label[Form] = discord.ui.Label(
        text="Mood", component=discord.ui.Select(options=[discord.SelectOption(label="Fine", value="f")])
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        mood = self.more.component
        assert isinstance(mood, discord.ui.Select)
        await interaction.response.send_message(f"{self.done.value} {mood.values[0]}")


class Survey(discord.ui.Modal, title="Survey"):
    """Radio buttons, checkboxes and files."""

    words: discord.ui.TextDisplay[discord.ui.LayoutView] = discord.ui.TextDisplay("Say **how** it went.")
    how: discord.ui.Label[Survey] = discord.ui.Label(
        text="How",
        component=discord.ui.RadioGroup(
            options=[
                discord.RadioGroupOption(label="Well", value="w"),
                discord.RadioGroupOption(label="Badly", value="b", description="It burns"),
            ]
        ),
    )
    what: discord.ui.Label[Survey] = discord.ui.Label(
        text="What",
        component=discord.ui.CheckboxGroup(
            max_values=2,
            options=[
                discord.CheckboxGroupOption(label=name, value=name[:2], default=name == "shop")
                for name in ("shop", "billing", "search")
            ],
        ),
    )
    sure: discord.ui.Label[Survey] = discord.ui.Label(text="Sure", component=discord.ui.Checkbox())
    logs: discord.ui.Label[Survey] = discord.ui.Label(
        text="Logs", description="At most two", component=discord.ui.FileUpload(max_values=2, required=False)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        how, what, sure, logs = (one.component for one in (self.how, self.what, self.sure, self.logs))
        assert isinstance(how, discord.ui.RadioGroup)
        assert isinstance(what, discord.ui.CheckboxGroup)
        assert isinstance(sure, discord.ui.Checkbox)
        assert isinstance(logs, discord.ui.FileUpload)
        written = [(await one.read()).decode() for one in logs.values]
        said = [how.value, ",".join(what.values), sure.value, *written]
        await interaction.response.send_message("|".join(str(one) for one in said))


class Panel(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Change", custom_id="panel:change")
    async def change(self, interaction: discord.Interaction, button: discord.ui.Button[Panel]) -> None:
        await interaction.response.edit_message(content=f"changed by {interaction.user.name}")

    @discord.ui.button(label="Later", custom_id="panel:later")
    async def later(self, interaction: discord.Interaction, button: discord.ui.Button[Panel]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="later")

    @discord.ui.button(label="Off", custom_id="panel:off", disabled=True)
    async def off(self, interaction: discord.Interaction, button: discord.ui.Button[Panel]) -> None: ...

    @discord.ui.select(
        cls=discord.ui.UserSelect, custom_id="panel:who", placeholder="Who", min_values=1, max_values=2
    )
    async def who(self, interaction: discord.Interaction, select: discord.ui.UserSelect[Panel]) -> None:
        await interaction.response.send_message(" ".join(one.name for one in select.values))
