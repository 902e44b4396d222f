"""Deployments in Discord: `/deploy …`, the buttons and reactions of proposals, the buttons of a rollout."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._edge import Host, Interaction, actor, answer, channel_of, choices, edge, host, submitted
from sovereign.core.errors import UserError
from sovereign.domain import handwritten
from sovereign.domain.approval import Choice, Way, lacking
from sovereign.domain.deployment import Wish
from sovereign.domain.handwritten import Written
from sovereign.domain.permission import Capability
from sovereign.domain.rollout.terms import Strategy
from sovereign.render import deployments as rollouts
from sovereign.render import proposals as looks
from sovereign.render.answers import Answer
from sovereign.render.cards import Card
from sovereign.render.interactions import member_actor
from sovereign.services.approving.approvals import Ask
from sovereign.services.container import Services
from sovereign.services.releasing.deploying import Order

Button = discord.ui.Button[discord.ui.View]
Strategies = app_commands.choices(
    strategy=[app_commands.Choice(name=each.value, value=each.value) for each in Strategy]
)
MENU = "Make it a proposal"


class Press(discord.ui.DynamicItem[Button], template=looks.PRESS):
    """Approve, Reject, Execute and Cancel: which proposal is in the custom_id."""

    def __init__(self, deed: str, proposal_id: int) -> None:
        super().__init__(looks.button(deed, proposal_id))
        self.deed, self.proposal_id = deed, proposal_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["deed"], int(match["proposal"]))

    @edge
    async def callback(self, interaction: Interaction) -> None:
        if self.deed == "reject":
            await interaction.response.send_modal(looks.rejection(self.proposal_id))
            return
        work = {"approve": self._approve, "execute": self._execute, "cancel": self._cancel}[self.deed]
        await answer(interaction, work(interaction))

    async def _approve(self, interaction: Interaction) -> Card:
        return await _vote(interaction, self.proposal_id, Choice.APPROVE)

    async def _execute(self, interaction: Interaction) -> Card:
        approvals = host(interaction).services.delivery.approvals
        return looks.ended(
            await approvals.execute(actor(interaction), self.proposal_id), "it is deployed now"
        )

    async def _cancel(self, interaction: Interaction) -> Card:
        approvals = host(interaction).services.delivery.approvals
        return looks.ended(await approvals.cancel(actor(interaction), self.proposal_id), "cancelled")


class Tell(discord.ui.DynamicItem[Button], template=rollouts.WISH):
    """Cancel, Pause, Promote … of a deployment that is under way."""

    def __init__(self, wish: Wish, deployment_id: int) -> None:
        super().__init__(rollouts.button(wish, deployment_id))
        self.wish, self.deployment_id = wish, deployment_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(Wish(match["wish"]), int(match["deployment"]))

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await answer(interaction, self._tell(interaction))

    async def _tell(self, interaction: Interaction) -> Card:
        running = host(interaction).services.delivery.rollouts
        found = await running.wish(actor(interaction), self.deployment_id, self.wish)
        return rollouts.wished(found, self.wish)


class Deploy(
    commands.GroupCog, group_name="deploy", group_description="Versions on their way to an environment"
):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services
        self._menu = app_commands.ContextMenu(
            name=MENU, callback=_from_message, extras={"capability": Capability.DEPLOY_PROPOSE}
        )

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(Press, Tell)
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(Press, Tell)
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
    ) -> Card:
        here = channel_of(interaction)
        meant = self.services.operations.places.require(
            actor(interaction), Capability.DEPLOY_EXECUTE, *place, here
        )
        order = Order(
            version=version.strip(),
            service=meant.service,
            environment=meant.environment,
            channel=_said_in(here),
            strategy=strategy,
            override=override,
        )
        return rollouts.begun(await self.services.delivery.deploying.run(actor(interaction), order))

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
        deploying = self.services.delivery.deploying
        return rollouts.history(await deploying.history(actor(interaction), service, env))

    @app_commands.command(
        description="One deployment, and how it came out", extras={"capability": Capability.SERVICES_VIEW}
    )
    @app_commands.describe(deployment="Number of the deployment")
    async def show(self, interaction: Interaction, deployment: int) -> None:
        await answer(interaction, self._show(interaction, deployment))

    async def _show(self, interaction: Interaction, deployment: int) -> Card:
        found = await self.services.delivery.deploying.show(actor(interaction), deployment)
        return rollouts.details(found, None)

    @app_commands.command(
        description="How often, how fast and how well is deployed: the four figures, with a picture",
        extras={"capability": Capability.SERVICES_VIEW},
    )
    @app_commands.describe(
        service="Only of this service", env="The environment; without it production", weeks="How far back"
    )
    async def stats(
        self,
        interaction: Interaction,
        service: str | None = None,
        env: str | None = None,
        weeks: app_commands.Range[int, 1, 52] = 12,
    ) -> None:
        await answer(interaction, self._stats(interaction, service, env, weeks))

    async def _stats(
        self, interaction: Interaction, service: str | None, env: str | None, weeks: int
    ) -> Answer:
        where = env or self.services.clusters.estate.main_environment
        found = await self.services.delivery.figures.of(actor(interaction), service, where, weeks)
        return await asyncio.to_thread(rollouts.figures, found)

    @app_commands.command(
        name="break-glass",
        description="Carry a proposal out without its quorum, for a reason that everybody reads",
        extras={"capability": Capability.DEPLOY_BREAK_GLASS},
    )
    @app_commands.describe(proposal="Number of the proposal", reason="Why it cannot wait")
    async def break_glass(
        self, interaction: Interaction, proposal: int, reason: app_commands.Range[str, 10, 300]
    ) -> None:
        await answer(interaction, self._break_glass(interaction, proposal, reason))

    async def _break_glass(self, interaction: Interaction, proposal: int, reason: str) -> Card:
        done = await self.services.delivery.approvals.break_glass(actor(interaction), proposal, reason)
        return looks.ended(done, "it is deployed without its quorum")

    @run.autocomplete("service")
    @approve.autocomplete("service")
    @history.autocomplete("service")
    @stats.autocomplete("service")
    async def suggest_service(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        places = self.services.operations.places
        return choices(places.services(actor(interaction), _needed(interaction), current))

    @run.autocomplete("env")
    @approve.autocomplete("env")
    @history.autocomplete("env")
    @stats.autocomplete("env")
    async def suggest_environment(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        places, named = self.services.operations.places, interaction.namespace.service
        return choices(places.environments(actor(interaction), _needed(interaction), named, current))

    @run.autocomplete("version")
    @approve.autocomplete("version")
    async def suggest_version(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        named = interaction.namespace
        here = channel_of(interaction)
        found = await self.services.delivery.releases.versions(
            actor(interaction), _needed(interaction), named.service, named.env, here, current
        )
        return choices(found)

    @show.autocomplete("deployment")
    async def suggest_deployment(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[int]]:
        found = await self.services.delivery.deploying.suggestions(actor(interaction), current)
        return [app_commands.Choice(name=rollouts.choice(one), value=one.id) for one in found]

    @break_glass.autocomplete("proposal")
    async def suggest_proposal(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[int]]:
        found = await self.services.delivery.approvals.suggestions(actor(interaction), current)
        return [app_commands.Choice(name=looks.choice(one), value=one.id) for one in found]

    @commands.Cog.listener("on_interaction")
    async def on_form(self, interaction: Interaction) -> None:
        """Forms are stateless too: which proposal is meant is in the custom_id."""
        if interaction.type is discord.InteractionType.modal_submit:
            custom_id = str(cast("dict[str, object]", interaction.data or {}).get("custom_id", ""))
            if match := re.fullmatch(looks.REJECTION, custom_id):
                await _reject(int(match["proposal"]), interaction)
            elif custom_id == looks.WRITTEN:
                await _written(None, interaction)

    @commands.Cog.listener("on_raw_reaction_add")
    async def on_reaction(self, payload: discord.RawReactionActionEvent) -> None:
        await self._reacted(payload, added=True)

    @commands.Cog.listener("on_raw_reaction_remove")
    async def on_reaction_gone(self, payload: discord.RawReactionActionEvent) -> None:
        await self._reacted(payload, added=False)

    async def _reacted(self, payload: discord.RawReactionActionEvent, *, added: bool) -> None:
        if not cast(Host, self.bot).serves(payload.guild_id):
            return
        if payload.member is not None and payload.member.bot:
            return
        who = member_actor(payload.member) if payload.member is not None else None
        voting = self.services.delivery.approvals.voting
        await voting.react(who, payload.user_id, payload.message_id, str(payload.emoji), added=added)


@edge
async def _reject(proposal_id: int, interaction: Interaction) -> None:
    why = submitted(interaction).get("why", "")
    await answer(interaction, _vote(interaction, proposal_id, Choice.REJECT, why))


@edge
async def _written(_: None, interaction: Interaction) -> None:
    given = {name: text.strip() for name, text in submitted(interaction).items()}
    await answer(interaction, _propose(interaction, Written(**given), None, None))


async def _vote(interaction: Interaction, proposal_id: int, choice: Choice, why: str = "") -> Card:
    voting = host(interaction).services.delivery.approvals.voting
    standing = await voting.vote(actor(interaction), proposal_id, choice, Way.BUTTON, why)
    missing = "The quorum is there." if standing.tally.reached else f"Now: {lacking(standing.tally)}."
    return looks.heard(standing.proposal, missing)


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
        channel=_said_in(here),
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


def _needed(interaction: Interaction) -> Capability:
    """What the command that is being completed asks for."""
    extras = getattr(interaction.command, "extras", {})
    found: Capability = extras.get("capability", Capability.SERVICES_VIEW)
    return found


def _said_in(here: tuple[str, ...]) -> str:
    """The id of the channel, for the message that everybody sees."""
    if not here:
        raise UserError("This is done in a channel of the guild, where the others see it.")
    return here[0]


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Deploy(bot, cast(Host, bot).services))
