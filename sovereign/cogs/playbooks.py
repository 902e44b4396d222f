"""Playbooks in Discord: `/playbook list`, `/playbook run`, and the buttons under a run."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._completion import choices
from sovereign.cogs._edge import Host, Interaction, actor, answer, channel_of, decide, edge, host
from sovereign.core.errors import UserError
from sovereign.domain.permission import Capability
from sovereign.domain.playbook_run import Run
from sovereign.render import playbooks as looks
from sovereign.render.answers import Answer
from sovereign.render.cards import Card
from sovereign.services.container import Services
from sovereign.services.operations.playbooks import Asked

Button = discord.ui.Button[discord.ui.View]


class Deed(discord.ui.DynamicItem[Button], template=looks.DEED):
    """Approves, continues or stops a run; which one is in the custom_id."""

    def __init__(self, deed: str, run_id: int) -> None:
        super().__init__(looks.deed_button(deed, run_id))
        self.deed, self.run_id = deed, run_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["deed"], int(match["run"]))

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await answer(interaction, self._do(interaction))

    async def _do(self, interaction: Interaction) -> Card:
        playbooks, member = host(interaction).services.operations.playbooks, actor(interaction)
        if self.deed == "approve":
            return looks.moved(await playbooks.approve(member, self.run_id))
        if self.deed == "continue":
            return looks.moved(await playbooks.go_on(member, self.run_id))
        return looks.moved(await playbooks.stop(member, self.run_id))


class Confirm(discord.ui.DynamicItem[Button], template=looks.CONFIRM):
    """Begins what a preview showed; which one is in the custom_id."""

    def __init__(self, key: str) -> None:
        super().__init__(looks.confirm_button(key, "it"))
        self.key = key

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["key"])

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await decide(interaction, self._begin(interaction))

    async def _begin(self, interaction: Interaction) -> Card:
        previews = host(interaction).services.operations.playbook_previews
        return looks.begun(await previews.confirm(actor(interaction), self.key, _here(interaction)))


class Playbooks(commands.GroupCog, group_name="playbook", group_description="Declared steps, run in order"):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(Deed, Confirm)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(Deed, Confirm)

    @app_commands.command(
        name="list", description="Playbooks that you may run", extras={"capability": Capability.PLAYBOOKS_RUN}
    )
    async def list_playbooks(self, interaction: Interaction) -> None:
        await answer(interaction, self._list(interaction))

    async def _list(self, interaction: Interaction) -> Card:
        return looks.listing(self.services.operations.playbooks.listed(actor(interaction)))

    @app_commands.command(
        name="run",
        description="Run the steps of a playbook, one after the other",
        extras={"capability": Capability.PLAYBOOKS_RUN},
    )
    @app_commands.describe(
        playbook="Which one",
        env="Where",
        inputs='Its inputs, such as service=shop reason="new prices"',
        dry_run="Only show what it would do",
        override_freeze="In spite of a freeze, for who may",
    )
    async def run_playbook(
        self,
        interaction: Interaction,
        playbook: str,
        env: str | None = None,
        inputs: str = "",
        dry_run: bool = False,
        override_freeze: bool = False,
    ) -> None:
        asked = Asked(playbook=playbook, environment=env, inputs=inputs, override=override_freeze)
        await answer(
            interaction, self._dry_run(interaction, asked) if dry_run else self._run(interaction, asked)
        )

    async def _dry_run(self, interaction: Interaction, asked: Asked) -> Card:
        return looks.dry_run(await self.services.operations.playbooks.dry_run(actor(interaction), asked))

    async def _run(self, interaction: Interaction, asked: Asked) -> Card | Answer:
        previews = self.services.operations.playbook_previews
        made = await previews.run(actor(interaction), asked, _here(interaction))
        return looks.begun(made) if isinstance(made, Run) else looks.preview(made)

    @run_playbook.autocomplete("playbook")
    async def suggest_playbook(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        return choices(self.services.operations.playbooks.names(actor(interaction), current))

    @run_playbook.autocomplete("env")
    async def suggest_environment(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        playbooks, named = self.services.operations.playbooks, interaction.namespace.playbook
        return choices(playbooks.environments(actor(interaction), named, current))

    @run_playbook.autocomplete("inputs")
    async def suggest_inputs(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        playbooks, named = self.services.operations.playbooks, interaction.namespace.playbook
        return choices([one[:100] for one in playbooks.usage(actor(interaction), named, current)])


def _here(interaction: Interaction) -> str:
    channel = next(iter(channel_of(interaction)), None)
    if channel is None:
        raise UserError("A playbook runs from a channel of the guild: how far it is is told there.")
    return channel


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Playbooks(bot, cast(Host, bot).services))
