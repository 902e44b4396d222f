"""Deployments in Discord: `/deploy …`, and the menu that makes a proposal of a message."""

from __future__ import annotations

import asyncio
from typing import cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._completion import choices, needed, placed
from sovereign.cogs._edge import (
    Host,
    Interaction,
    actor,
    answer,
    channel_of,
    edge,
    host,
    said_in,
    submitted,
)
from sovereign.domain import handwritten
from sovereign.domain.approval import LONGEST_REASON, SHORTEST_REASON
from sovereign.domain.handwritten import Written
from sovereign.domain.permission import Capability
from sovereign.domain.rollout.terms import Strategy
from sovereign.render import deployments as rollouts
from sovereign.render import orders
from sovereign.render import proposals as looks
from sovereign.render.answers import Answer
from sovereign.render.cards import Card
from sovereign.render.pictures import charts
from sovereign.services.approving.approvals import Ask
from sovereign.services.container import Services
from sovereign.services.releasing.deploying import Order, Preview

Strategies = app_commands.choices(
    strategy=[app_commands.Choice(name=each.value, value=each.value) for each in Strategy]
)
Looks = app_commands.choices(look=[app_commands.Choice(name=each, value=each) for each in charts.LOOKS])
MENU = "Make it a proposal"


class Deploy(
    commands.GroupCog, group_name="deploy", group_description="Versions on their way to an environment"
):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services
        self._menu = app_commands.ContextMenu(
            name=MENU, callback=_from_message, extras={"capability": Capability.DEPLOY_PROPOSE}
        )

    async def cog_load(self) -> None:
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self.bot.tree.remove_command(MENU, type=discord.AppCommandType.message)

    @app_commands.command(
        description="Deploy a version, where nobody has to agree or everybody has",
        extras={"capability": Capability.DEPLOY_EXECUTE},
    )
    @app_commands.describe(
        version="Tag or digest of the image",
        service="The service; without it that of the channel",
        env="The environment",
        strategy="How it is rolled out; without it as the environment has it",
        override_freeze="Deploy in spite of a freeze, for who may",
    )
    @Strategies
    @placed
    async def run(
        self,
        interaction: Interaction,
        version: str,
        service: str | None = None,
        env: str | None = None,
        strategy: str | None = None,
        override_freeze: bool = False,
    ) -> None:
        await answer(interaction, self._run(interaction, version, (service, env), strategy, override_freeze))

    async def _run(
        self,
        interaction: Interaction,
        version: str,
        place: tuple[str | None, str | None],
        strategy: str | None,
        override: bool,
    ) -> Answer | Card:
        here = channel_of(interaction)
        meant = self.services.operations.places.require(
            actor(interaction), Capability.DEPLOY_EXECUTE, *place, here
        )
        order = Order(
            version=version.strip(),
            service=meant.service,
            environment=meant.environment,
            channel=said_in(here),
            strategy=strategy,
            override=override,
        )
        found = await self.services.delivery.deploying.run(actor(interaction), order)
        return orders.preview(found) if isinstance(found, Preview) else rollouts.begun(found)

    @app_commands.command(
        description="Propose a version, for others to approve",
        extras={"capability": Capability.DEPLOY_PROPOSE},
    )
    @app_commands.describe(
        version="Tag or digest of the image",
        quorum="How many must approve; never fewer than the environment asks for",
        service="The service; without it that of the channel",
        env="The environment; without it production",
        change="Link to the change: a pull request, a ticket, release notes",
        strategy="How it is rolled out; without it as the environment has it",
    )
    @Strategies
    @placed
    async def approve(
        self,
        interaction: Interaction,
        version: str,
        quorum: app_commands.Range[int, 1, 50] | None = None,
        service: str | None = None,
        env: str | None = None,
        change: str | None = None,
        strategy: str | None = None,
    ) -> None:
        written = Written(
            service=service or "", version=version.strip(), environment=env or "", change=change or ""
        )
        await answer(interaction, _propose(interaction, written, quorum, strategy))

    @app_commands.command(
        description="What was deployed, newest first", extras={"capability": Capability.SERVICES_VIEW}
    )
    @app_commands.describe(service="Only of this service", env="Only in this environment")
    async def history(
        self, interaction: Interaction, service: str | None = None, env: str | None = None
    ) -> None:
        await answer(interaction, self._history(interaction, service, env))

    async def _history(self, interaction: Interaction, service: str | None, env: str | None) -> Card:
        history = self.services.delivery.history
        return rollouts.history(await history.list(actor(interaction), service, env))

    @app_commands.command(
        description="One deployment, and how it came out", extras={"capability": Capability.SERVICES_VIEW}
    )
    @app_commands.describe(deployment="Number of the deployment")
    async def show(self, interaction: Interaction, deployment: int) -> None:
        await answer(interaction, self._show(interaction, deployment))

    async def _show(self, interaction: Interaction, deployment: int) -> Card:
        found = await self.services.delivery.history.show(actor(interaction), deployment)
        return rollouts.details(found, None)

    @app_commands.command(
        description="How often, how fast and how well is deployed: the four figures, with a picture",
        extras={"capability": Capability.SERVICES_VIEW},
    )
    @app_commands.describe(
        service="Only of this service",
        env="The environment; without it production",
        weeks="How far back",
        look="Whether the picture is dark or light",
    )
    @Looks
    async def stats(
        self,
        interaction: Interaction,
        service: str | None = None,
        env: str | None = None,
        weeks: app_commands.Range[int, 1, 52] = 12,
        look: str = "dark",
    ) -> None:
        await answer(interaction, self._stats(interaction, service, env, weeks, look))

    async def _stats(
        self, interaction: Interaction, service: str | None, env: str | None, weeks: int, look: str
    ) -> Answer:
        where = env or self.services.clusters.estate.main_environment
        found = await self.services.delivery.figures.of(actor(interaction), service, where, weeks)
        return await asyncio.to_thread(rollouts.figures, found, look)

    @app_commands.command(
        name="break-glass",
        description="Carry a proposal out without its quorum, for a reason that everybody reads",
        extras={"capability": Capability.DEPLOY_BREAK_GLASS},
    )
    @app_commands.describe(proposal="Number of the proposal", reason="Why it cannot wait")
    async def break_glass(
        self,
        interaction: Interaction,
        proposal: int,
        reason: app_commands.Range[str, SHORTEST_REASON, LONGEST_REASON],
    ) -> None:
        await answer(interaction, self._break_glass(interaction, proposal, reason))

    async def _break_glass(self, interaction: Interaction, proposal: int, reason: str) -> Card:
        done = await self.services.delivery.approvals.break_glass(actor(interaction), proposal, reason)
        return looks.broken(done)

    @run.autocomplete("version")
    @approve.autocomplete("version")
    async def suggest_version(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        named = interaction.namespace
        here = channel_of(interaction)
        found = await self.services.delivery.releases.versions(
            actor(interaction), needed(interaction), named.service, named.env, here, current
        )
        return choices(found)

    @history.autocomplete("service")
    @stats.autocomplete("service")
    async def suggest_service(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return choices(await self.services.delivery.history.services(actor(interaction), current))

    @history.autocomplete("env")
    @stats.autocomplete("env")
    async def suggest_environment(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        history, named = self.services.delivery.history, interaction.namespace.service
        return choices(await history.environments(actor(interaction), named, current))

    @show.autocomplete("deployment")
    async def suggest_deployment(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[int]]:
        found = await self.services.delivery.history.suggestions(actor(interaction), current)
        return [app_commands.Choice(name=rollouts.choice(one), value=one.id) for one in found]

    @break_glass.autocomplete("proposal")
    async def suggest_proposal(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[int]]:
        found = await self.services.delivery.approvals.suggestions(actor(interaction), current)
        return [app_commands.Choice(name=looks.choice(one), value=one.id) for one in found]

    @commands.Cog.listener("on_interaction")
    async def on_form(self, interaction: Interaction) -> None:
        """The form for what was not clear in a message: it is stateless, as all of them are."""
        if interaction.type is discord.InteractionType.modal_submit:
            data = cast("dict[str, object]", interaction.data or {})
            if data.get("custom_id") == looks.WRITTEN:
                await _written(None, interaction)


@edge
async def _written(_: None, interaction: Interaction) -> None:
    given = {name: text.strip() for name, text in submitted(interaction).items()}
    await answer(interaction, _propose(interaction, Written(**given), None, None))


async def _propose(
    interaction: Interaction, written: Written, quorum: int | None, strategy: str | None
) -> Card:
    services, here = host(interaction).services, channel_of(interaction)
    place = services.operations.places.require(
        actor(interaction),
        Capability.DEPLOY_PROPOSE,
        written.service or None,
        written.environment or None,
        here,
    )
    ask = Ask(
        version=written.version,
        service=place.service,
        environment=place.environment,
        channel=said_in(here),
        quorum=quorum,
        change=written.change or None,
        strategy=strategy,
    )
    return looks.proposed((await services.delivery.approvals.propose(actor(interaction), ask)).proposal)


async def _from_message(interaction: Interaction, message: discord.Message) -> None:
    """A message that somebody wrote by hand becomes a proposal; what is not clear in it is asked for."""
    written = handwritten.read(message.content, host(interaction).services.clusters.estate.environments)
    if written.service and written.version and written.environment:
        await answer(interaction, _propose(interaction, written, None, None))
    else:
        await interaction.response.send_modal(looks.to_be_mended(written))


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Deploy(bot, cast(Host, bot).services))
