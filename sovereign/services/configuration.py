"""The configuration in force: read again when its file changes, refused whole when it has a mistake."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from sovereign.config import check, loader
from sovereign.config.differences import Difference, differences
from sovereign.config.loader import Loaded
from sovereign.config.models import Discovery
from sovereign.config.problems import ConfigProblems
from sovereign.config.secrets import SecretSource
from sovereign.config.watcher import LOOK, Watcher
from sovereign.core import clock, metrics
from sovereign.core.errors import ConfigError, Unavailable
from sovereign.domain.audit import Entry, Result
from sovereign.domain.permission import Actor, Capability, Grant
from sovereign.integrations._source import all_sources
from sovereign.services import auditing, configuration_telling, setup
from sovereign.services.setup import Setup
from sovereign.store import facts
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

ACCEPTED = "config.accepted"
"""The fact under which the text of the configuration in force is remembered, for `sovereign config diff`."""
CHANGE = "config.change"
"""What the audit calls it when a configuration is taken, or refused."""
AT_START = ("discord.guild_id", "discord.bot.token_secret_ref")
"""What a running process cannot change: it is connected as that bot, to that guild."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """
    file, since  what is in force, and since when; `missing` where there is no file
    refused      why the file as it is now was not taken, a line for each mistake; empty when it was
    problems     what is allowed and probably not meant, a line for each
    pending      changes that wait for the next start
    """

    file: str
    since: datetime
    refused: tuple[str, ...] = ()
    refused_at: datetime | None = None
    problems: tuple[str, ...] = ()
    pending: tuple[Difference, ...] = ()
    missing: bool = False


def read(path: Path | None) -> Loaded:
    """The configuration in the file, or in the usual one. Raises ConfigProblems."""
    return loader.load_with_places(path, sources=all_sources().keys())


class Configuration:
    """`apply` lets the services work by a configuration; it must not fail half-way. `wake` is called when
    there is something to tell of it.

    `started` is the one that the process was started with.
    """

    def __init__(
        self,
        database: Database,
        path: Path | None,
        started: Loaded,
        secrets: SecretSource,
        apply: Callable[[Setup], None],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._database, self._path, self._secrets, self._apply = database, path, secrets, apply
        self._wake = wake
        self._started, self._running = started.discovery, started
        self._one_at_a_time = asyncio.Lock()  # what is read first must not be applied last
        self.state = State(file=started.document.file, since=clock.now(), missing=started.missing)

    async def run(self, pause: float = LOOK) -> None:
        """Follow the file until cancelled; `pause` is in seconds."""
        watcher = Watcher(self._path or loader.USUAL, self._running.text.encode(), pause)
        await self._keep(self._running)
        while True:
            await watcher.changed()
            with suppress(ConfigError):  # it is in the log and in the state
                await self._take(known_too=False)

    async def reload(self, by: Actor | None = None) -> Sequence[Difference]:
        """Read the file and work by it, the same text too: roles are bound anew. What changed is the answer.

        Raises ConfigError when the file is refused; what ran before goes on then.
        """
        return await self._take(known_too=True, by=by)

    async def _take(self, *, known_too: bool, by: Actor | None = None) -> Sequence[Difference]:
        async with self._one_at_a_time:
            return await self._taken(known_too=known_too, by=by)

    async def _taken(self, *, known_too: bool, by: Actor | None) -> Sequence[Difference]:
        try:
            loaded = await asyncio.to_thread(read, self._path)
            if loaded.text == self._running.text and not self.state.refused and not known_too:
                return ()
            loaded.require_kept(self._running.text)
            made = setup.setup(loaded.discovery, self._secrets)
            self._keep_a_way_back(loaded, made)
        except ConfigError as refusal:
            await self._refuse(refusal, by)
            raise
        changed = differences(self._running.discovery, loaded.discovery)
        self._apply(made)
        for change in changed:
            log.info("config.changed", change=str(change))
        await self._keep(loaded, by, changed)
        log.info("config.accepted", file=self.state.file, changes=len(changed))
        return changed

    @property
    def discovery(self) -> Discovery:
        """What is in force."""
        return self._running.discovery

    @property
    def warning(self) -> str | None:
        """Whether the file as it is now is refused, in words that anybody may read."""
        now = self.state
        return configuration_telling.warning(now.file, now.refused, now.refused_at) if now.refused else None

    def endpoints(self) -> Sequence[str]:
        """Names of the ways in."""
        return names_of(self.discovery)

    def _keep_a_way_back(self, loaded: Loaded, made: Setup) -> None:
        """An emptied or half-written file is a valid one: it may not take away who could mend it."""
        before = setup.grants(self._running.discovery)
        if _may_reload(before) and not _may_reload(made.grants):
            raise ConfigError(
                f"{loaded.document.file}: no role would be granted {Capability.ADMIN_RELOAD} any more, and"
                " nobody could take the next change in. If that is meant, start Sovereign again."
            )

    async def _keep(
        self, loaded: Loaded, by: Actor | None = None, changed: Sequence[Difference] = ()
    ) -> None:
        if loaded.missing:
            log.info("config.none", meaning=loader.NONE)
        found = check.findings(
            loaded,
            setup.default_secrets(),
            self._secrets,
            {c.value for c in Capability},
            setup.declared_kinds(),
        )
        for problem in found:
            log.warning("config.problem", problem=str(problem))
        was_refused = bool(self.state.refused)
        pending = [one for one in differences(self._started, loaded.discovery) if one.path in AT_START]
        self._running = loaded
        self.state = State(
            file=loaded.document.file,
            since=clock.now(),
            problems=tuple(map(str, found)),
            pending=tuple(pending),
            missing=loaded.missing,
        )
        metrics.config_refused.set(0)
        metrics.config_loaded_timestamp_seconds.set(self.state.since.timestamp())
        try:
            await self._database.write(lambda tx: _remember(tx, loaded, by, changed, was_refused=was_refused))
            self._wake()
        except Unavailable as full:  # it is in force all the same; only `config diff` does not know
            log.warning("config.not_remembered", problem=str(full))

    async def _refuse(self, refusal: ConfigError, by: Actor | None) -> None:
        lines = refusal.problems if isinstance(refusal, ConfigProblems) else (refusal,)
        refused = tuple(str(line) for line in lines)
        now = self.state
        self.state = State(
            file=now.file,
            since=now.since,
            refused=refused,
            refused_at=clock.now(),
            problems=now.problems,
            pending=now.pending,
            missing=now.missing,
        )
        told = refused == now.refused  # the same mistake again is no news
        metrics.config_refused.set(1)
        for line in refused:
            log.error("config.refused", problem=line, running_since=now.since.isoformat())
        entry = Entry(
            at=clock.now(),
            actor=by,
            action=CHANGE,
            subject=self._running.document.file,
            result=Result.FAILED,
            details="\n".join(refused),
        )

        def keep(tx: Connection) -> None:
            auditing.record(tx, entry)
            if not told:
                configuration_telling.refused(tx, now.file, refused, entry.at)

        try:
            await self._database.write(keep)
            self._wake()
        except Unavailable as full:  # what is wrong with the file must be told all the same
            log.error("audit.not_written", action=CHANGE, problem=str(full))


def names_of(discovery: Discovery) -> Sequence[str]:
    """Of the configured ways in."""
    return [one.name for one in discovery.event_gateway.resolved_endpoints()]


def in_force(tx: Connection) -> Discovery | None:
    """What the process over this database works by, or last did; None where that is not known."""
    text = facts.get(tx, ACCEPTED)
    try:
        return None if text is None else loader.parse(text, "", sources=all_sources().keys()).discovery
    except ConfigProblems:  # another version wrote it
        return None


def _remember(
    tx: Connection, loaded: Loaded, by: Actor | None, changed: Sequence[Difference], *, was_refused: bool
) -> None:
    """Keep the text in force and, where it is another than before, record that; what changed is known only to
    a process that ran meanwhile."""
    if was_refused:
        configuration_telling.mended(tx, loaded.document.file, clock.now())
    before = facts.get(tx, ACCEPTED)
    facts.put(tx, ACCEPTED, loaded.text)
    if before == loaded.text:
        return
    entry = Entry(
        at=clock.now(),
        actor=by,
        action=CHANGE,
        subject=loaded.document.file,
        parameters={"sha256": _sha256(loaded.text), "before": None if before is None else _sha256(before)},
        details="; ".join(map(str, changed)),
    )
    auditing.record(tx, entry)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _may_reload(grants: Sequence[Grant]) -> bool:
    return any(grant.covers_somewhere(Capability.ADMIN_RELOAD) for grant in grants)
