"""Proposals in Discord: their buttons, the forms behind two of them, and reactions."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord
from discord.ext import commands

from sovereign.cogs._edge import Host, Interaction, actor, answer, edge, host, submitted
from sovereign.domain.approval import Choice, Way
from sovereign.render import proposals as looks
from sovereign.render.cards import Card
from sovereign.render.interactions import member_actor
from sovereign.services.container import Services

Button = discord.ui.Button[discord.ui.View]


class Press(discord.ui.DynamicItem[Button], template=looks.PRESS):
    """Approve, Execute, Reject, Cancel and Break glass: which proposal is in the custom_id."""

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
        elif self.deed == "glass":
            approvals = host(interaction).services.delivery.approvals
            found = await approvals.require_glass(actor(interaction), self.proposal_id)
            await interaction.response.send_modal(looks.glass(found))
        else:
            work = {"approve": self._approve, "execute": self._execute, "cancel": self._cancel}[self.deed]
            await answer(interaction, work(interaction))

    async def _approve(self, interaction: Interaction) -> Card:
        return await _vote(interaction, self.proposal_id, Choice.APPROVE)

    async def _execute(self, interaction: Interaction) -> Card:
        approvals = host(interaction).services.delivery.approvals
        return looks.ended(
            await approvals.execute(actor(interaction), self.proposal_id), "its deployment has begun"
        )

    async def _cancel(self, interaction: Interaction) -> Card:
        approvals = host(interaction).services.delivery.approvals
        return looks.ended(await approvals.cancel(actor(interaction), self.proposal_id), "cancelled")


class Proposals(commands.Cog):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(Press)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(Press)

    @commands.Cog.listener("on_interaction")
    async def on_form(self, interaction: Interaction) -> None:
        """Forms are stateless too: which proposal is meant is in the custom_id."""
        if interaction.type is discord.InteractionType.modal_submit:
            custom_id = str(cast("dict[str, object]", interaction.data or {}).get("custom_id", ""))
            if match := re.fullmatch(looks.FORM, custom_id):
                send = _reject if match["form"] == "why" else _break_glass
                await send(int(match["proposal"]), interaction)

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
async def _break_glass(proposal_id: int, interaction: Interaction) -> None:
    await answer(interaction, _broken(interaction, proposal_id, submitted(interaction).get("why", "")))


async def _broken(interaction: Interaction, proposal_id: int, reason: str) -> Card:
    approvals = host(interaction).services.delivery.approvals
    return looks.broken(await approvals.break_glass(actor(interaction), proposal_id, reason))


async def _vote(interaction: Interaction, proposal_id: int, choice: Choice, why: str = "") -> Card:
    voting = host(interaction).services.delivery.approvals.voting
    who = actor(interaction)
    return looks.heard(await voting.vote(who, proposal_id, choice, Way.BUTTON, why), who.id)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Proposals(bot, cast(Host, bot).services))
