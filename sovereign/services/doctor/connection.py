"""Checks of the way to Discord: the token, the application, logging in, and the clock."""

from __future__ import annotations

from datetime import timedelta

from sovereign.config.discord import Discord
from sovereign.services.doctor.facts import Application, Guilds, Starts
from sovereign.services.doctor.findings import Check, Finding, Group

APPLICATION = Check(Group.DISCORD, "Application")
INTENTS = Check(Group.DISCORD, "Intents")
INTERACTIONS = Check(Group.DISCORD, "Interactions")
STARTS = Check(Group.DISCORD, "Logging in")
GUILD = Check(Group.GUILD, "Guild")
CLOCK = Check(Group.MACHINE, "Clock")

FEW_STARTS = 50
"""Discord allows 1,000 a day; whoever spends so many is in a loop of restarts."""
LATE, TOO_LATE = timedelta(seconds=2), timedelta(seconds=60)
"""Senders sign their clock's time, and most sign for minutes only: the first is odd, the second refuses."""


def application(found: Application, configured: Discord) -> Finding:
    wanted = configured.bot.app_id
    if wanted not in (None, found.id):
        return APPLICATION.error(
            f"The token belongs to {found.name} ({found.id}), and discord.bot.app_id names {wanted}.",
            "Use that application's token, or correct app_id.",
        )
    return APPLICATION.ok(f"{found.api} takes the token, which belongs to {found.name} ({found.id}).")


def intents(found: Application) -> Finding:
    on = f"{', '.join(found.intents)} may be switched off" if found.intents else "none is switched on"
    return INTENTS.ok(f"No privileged intent is needed; {on}.")


def interactions(found: Application) -> Finding:
    if found.interactions:
        return INTERACTIONS.error(
            "Commands and buttons go to an address of their own, and the bot never hears of them.",
            "Developer portal → General Information: empty Interactions Endpoint URL.",
        )
    return INTERACTIONS.ok("Commands and buttons come to the bot itself.")


def starts(found: Starts) -> Finding:
    said = f"{found.left} of {found.total} log-ins are left"
    again = f"; there are {found.total} again in {round(found.again.total_seconds() / 60)} min"
    if found.left == 0:
        return STARTS.error(f"{said}{again}.", "Wait until then, and find out what restarts the bot.")
    if found.left < FEW_STARTS:
        return STARTS.warning(f"{said}{again}.", "Find out what restarts the bot so often.")
    return STARTS.ok(f"{said} for today.")


def guild(found: Guilds, wanted: int | None) -> tuple[int | None, Finding]:
    """The id of the guild that the bot serves, if it is clear which."""
    if wanted is not None:
        if wanted in found.names:
            return wanted, GUILD.ok(f"{found.names[wanted]} ({wanted}), as discord.guild_id says.")
        return None, GUILD.error(
            f"The bot is not in the guild {wanted} that discord.guild_id names. {_in(found)}",
            f"Correct the id, or invite the bot into it: {found.invitation}",
        )
    if len(found.names) == 1:
        ((only, name),) = found.names.items()
        return only, GUILD.ok(f"{name} ({only}), the only one that the bot is in.")
    todo = "Set discord.guild_id to one of them." if found.names else f"Invite it: {found.invitation}"
    return None, GUILD.error(_in(found), todo)


def clock(ahead: timedelta | None) -> Finding:
    if ahead is None:
        return CLOCK.skipped("Discord did not tell the time.")
    off = abs(ahead)
    side = "ahead of" if ahead > timedelta() else "behind"
    said = f"This clock is {off.total_seconds():.0f} s {side} Discord's"
    if off > TOO_LATE:
        return CLOCK.error(
            f"{said}: signatures that cover the time are refused.", "Let NTP set the clock: timedatectl."
        )
    if off > LATE:
        return CLOCK.warning(f"{said}.", "Let NTP set the clock: timedatectl.")
    return CLOCK.ok(f"Within {LATE.total_seconds():.0f} s of Discord's.")


def _in(found: Guilds) -> str:
    if not found.names:
        return "The bot is in no guild."
    names = ", ".join(f"{name} ({guild_id})" for guild_id, name in list(found.names.items())[:10])
    return (
        f"The bot is in {len(found.names)} guilds: {names}." if len(found.names) > 1 else f"It is in {names}."
    )
