"""What administrators do: see how the process is, reload a cog, take in the changed configuration."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from sovereign.config.differences import Difference
from sovereign.core import clock, metrics
from sovereign.core.errors import ConfigError, NotAllowed, UserError
from sovereign.domain.audit import Entry, Result
from sovereign.domain.permission import Actor, Capability
from sovereign.services.auditing import Auditing
from sovereign.services.configuration import Configuration, State
from sovereign.services.health import Health, Report
from sovereign.services.oversight import Oversight, Standing
from sovereign.services.permissions import Permissions
from sovereign.services.ports.extensions import CogState, Extensions
from sovereign.store.sqlite import VERSION

CONFIGURATION = "configuration"
"""What `reload` calls the configuration, beside the names of the cogs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """
    deliveries  those that are not settled, counted by state
    restarts    how often each worker had to be started again, by name
    """

    version: str
    python: str
    sqlite: str
    started_at: datetime
    report: Report
    deliveries: Mapping[str, int]
    restarts: Mapping[str, int]
    configuration: State
    audit: Standing


class Administration:
    def __init__(
        self,
        auditing: Auditing,
        permissions: Permissions,
        configuration: Configuration,
        health: Health,
        extensions: Extensions,
        oversight: Oversight,
    ) -> None:
        self._auditing, self._permissions, self._configuration = auditing, permissions, configuration
        self._health, self._extensions, self._oversight = health, extensions, oversight
        self._started_at = clock.now()

    async def status(self, actor: Actor) -> Status:
        self._permissions.require(actor, Capability.ADMIN_VIEW)
        return Status(
            version=version("sovereign"),
            python=platform.python_version(),
            sqlite=VERSION,
            started_at=self._started_at,
            report=await self._health.report(),
            deliveries=await self._health.deliveries(),
            restarts=_restarts(),
            configuration=self._configuration.state,
            audit=await self._oversight.standing(),
        )

    async def cogs(self, actor: Actor) -> Sequence[CogState]:
        self._permissions.require(actor, Capability.ADMIN_VIEW)
        return self._extensions.states()

    async def configuration(self, actor: Actor) -> State:
        self._permissions.require(actor, Capability.ADMIN_VIEW)
        return self._configuration.state

    def reloadable(self, actor: Actor) -> Sequence[str]:
        """Names that `reload` takes; none for who may not."""
        if not self._permissions.allows(actor, Capability.ADMIN_RELOAD):
            return []
        return [*(cog.name for cog in self._extensions.states()), CONFIGURATION]

    async def reload(self, actor: Actor, name: str) -> CogState:
        """Load a cog's code anew. Raises NotAllowed, NotFound, and ReloadFailed where the old one stays."""
        await self._require_reload(actor, f"cog {name}")
        try:
            found = await self._extensions.reload(name)
        except UserError as failed:
            await self._audit(actor, f"cog {name}", Result.FAILED, failed.public)
            raise
        await self._audit(actor, f"cog {name}", Result.DONE, "")
        return found

    async def reload_configuration(self, actor: Actor) -> Sequence[Difference]:
        """Take discovery.yml in again and bind the roles anew. Raises NotAllowed and UserError."""
        await self._require_reload(actor, CONFIGURATION)
        try:
            changed = await self._configuration.reload(actor)
        except ConfigError as refused:
            await self._audit(actor, CONFIGURATION, Result.FAILED, str(refused))
            raise UserError(f"The file is refused, and what ran before goes on.\n{refused}") from refused
        await self._audit(actor, CONFIGURATION, Result.DONE, "; ".join(map(str, changed)))
        return changed

    async def _require_reload(self, actor: Actor, subject: str) -> None:
        try:
            self._permissions.require(actor, Capability.ADMIN_RELOAD)
        except NotAllowed as refusal:
            await self._audit(actor, subject, Result.REFUSED, refusal.public)
            raise

    async def _audit(self, actor: Actor, subject: str, result: Result, words: str) -> None:
        await self._auditing.write(
            Entry(
                at=clock.now(),
                actor=actor,
                action=Capability.ADMIN_RELOAD,
                subject=subject,
                result=result,
                details=words,
            )
        )


def _restarts() -> Mapping[str, int]:
    samples = [sample for family in metrics.worker_restarts.collect() for sample in family.samples]
    return {sample.labels["worker"]: int(sample.value) for sample in samples if sample.value}
