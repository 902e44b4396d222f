"""Loads the cogs' code anew while the bot runs, without losing a press in between."""

from __future__ import annotations

import importlib.util
import traceback
from collections.abc import Awaitable, Callable, Sequence

import structlog
from discord import app_commands
from discord.ext import commands

from sovereign.core import clock
from sovereign.core.errors import NotFound
from sovereign.services.ports.extensions import CogState, ReloadFailed

log = structlog.get_logger()

PACKAGE = "sovereign.cogs"


class DiscordExtensions:
    """`replaced` is called right after a reload, before anything else may run; `told` once that is over."""

    def __init__(
        self,
        bot: commands.Bot,
        available: Callable[[], Sequence[str]],
        replaced: Callable[[], None],
        told: Callable[[], Awaitable[None]],
    ) -> None:
        self._bot, self._available, self._replaced, self._told = bot, available, replaced, told
        self._loaded_at = dict.fromkeys(available(), clock.now())
        self._problems: dict[str, str] = {}

    def states(self) -> Sequence[CogState]:
        return [self._state(module) for module in sorted({*self._available(), *self._bot.extensions})]

    async def reload(self, name: str) -> CogState:
        module = f"{PACKAGE}.{name}"
        if module not in self._bot.extensions and importlib.util.find_spec(module) is None:
            known = ", ".join(state.name for state in self.states())
            raise NotFound(f"There is no cog {name!r}. There are: {known}, and the configuration.")
        try:
            await self._replace(module)
        except commands.ExtensionError as failed:
            where = _where(failed, name)
            self._problems[module] = where
            log.error("cog.reload_failed", cog=name, problem=where, exc_info=failed)
            raise ReloadFailed(f"{name} cannot be loaded, and runs on as it was. {where}") from failed
        self._problems.pop(module, None)
        self._loaded_at[module] = clock.now()
        log.info("cog.reloaded", cog=name)
        await self._told()
        return self._state(module)

    async def _replace(self, module: str) -> None:
        """Nothing in here waits, nor does any cog: whatever is pressed comes before it or after it."""
        try:
            if module in self._bot.extensions:
                await self._bot.reload_extension(module)
            else:
                await self._bot.load_extension(module)
        finally:
            self._replaced()

    def _state(self, module: str) -> CogState:
        walked = self._bot.tree.walk_commands()
        own = [one for one in walked if isinstance(one, app_commands.Command) and one.module == module]
        return CogState(
            name=module.rpartition(".")[2],
            loaded_at=self._loaded_at.get(module) if module in self._bot.extensions else None,
            commands=tuple(command.qualified_name for command in own),
            problem=self._problems.get(module),
        )


def _where(failed: commands.ExtensionError, name: str) -> str:
    """The mistake and its line in the cog, as far as it is known."""
    error = failed.original if isinstance(failed, commands.ExtensionFailed) else failed
    file = f"{name}.py"
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__} in {file}, line {error.lineno}: {error.msg}"
    lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename.endswith(file)]
    place = f" in {file}, line {lines[-1]}" if lines else ""
    return f"{type(error).__name__}{place}: {error}"
