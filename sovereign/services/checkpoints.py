"""Signs checkpoints of the audit, on a schedule and after many records, and has them told outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from sovereign.core import clock, metrics, signing
from sovereign.core.clock import micros
from sovereign.core.errors import Unavailable
from sovereign.core.ids import short
from sovereign.core.signing import SigningKey
from sovereign.domain.audit import Entry
from sovereign.domain.checkpoint import Checkpoint, Signed, log_of, signed
from sovereign.domain.conversations import Conversation, Topic, ours
from sovereign.domain.merkle import Frontier
from sovereign.services.auditing import record
from sovereign.services.setup import Setup
from sovereign.store import checkpoints, conversations, outbox
from sovereign.store.checkpoints import Kept
from sovereign.store.database import Database
from sovereign.store.outbox import Intent
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

LOOK_AGAIN = 2.0
"""Seconds between two looks at whether a checkpoint is due."""
AT_ONCE = 20_000
"""Hashes that are read in one go."""
NEW_KEY = "audit.key"
"""What the audit calls it when another key signs from now on."""


def signing_key(named: Path | None, data: Path) -> SigningKey:
    """The key that SOVEREIGN_AUDIT_KEY names, which must be there, or else that of the data folder, which is
    made when it is first wanted. Raises ConfigError."""
    if named is not None:
        return signing.load(named)
    usual = usual_key(data)
    return signing.load(usual) if usual.exists() else signing.create(usual)


def usual_key(data: Path) -> Path:
    """Where the signing key is if none is named."""
    return data / "audit.key"


class Checkpoints:
    """`wake` is called when something is to be posted."""

    def __init__(self, database: Database, setup: Setup, key: SigningKey, wake: Callable[[], None]) -> None:
        self._database, self._setup, self._key, self._wake = database, setup, key, wake

    def follow(self, setup: Setup) -> None:
        self._setup = setup

    async def run(self) -> None:
        """Sign whenever it is time, until cancelled."""
        await self._tell_of_new_key()
        while True:
            try:
                if await self._is_due():
                    await self.sign()
            except Unavailable as full:
                log.warning("audit.checkpoint_waits", problem=str(full))
            await asyncio.sleep(LOOK_AGAIN)

    async def sign(self) -> Signed | None:
        """Cover all records that there are; None where the last checkpoint does so."""
        made = await make(self._database, self._key)
        if made is not None:
            channel = self._setup.audit.channel
            if channel is not None:
                await self._database.write(lambda tx: announce(tx, channel, made))
                self._wake()
            log.info("audit.checkpoint", size=made.checkpoint.size, root=made.checkpoint.root.hex())
        return made

    async def _is_due(self) -> bool:
        last = await self._database.read(checkpoints.newest)
        records = await self._database.read(checkpoints.records)
        metrics.audit_records.set(records)
        new, rules = records - (last.size if last else 0), self._setup.audit
        metrics.audit_unsigned.set(new)
        if new <= 0:
            return False
        return last is None or new >= rules.records or clock.now() - last.at >= rules.every

    async def _tell_of_new_key(self) -> None:
        """A key that changes unasked is how a forger would begin: it is written down, and warned of."""
        last, key = await self._database.read(checkpoints.newest), self._key.public.hex()
        if last is None or last.key == key:
            return
        log.warning("audit.key_changed", before=last.key, now=key)
        entry = Entry(
            at=clock.now(),
            actor=None,
            action=NEW_KEY,
            subject=key,
            parameters={"before": last.key},
            details=f"Checkpoints of more than {last.size} records are signed with it.",
        )
        await self._database.write(lambda tx: record(tx, entry))


async def make(database: Database, key: SigningKey) -> Signed | None:
    """Sign and keep a checkpoint over all records; None where there is nothing new."""
    last = await database.read(checkpoints.newest)
    frontier = _frontier(last)
    while hashes := await database.read(lambda tx: checkpoints.hashes(tx, frontier.size, AT_ONCE)):
        for each in hashes:
            frontier.add(each)
    if frontier.size == (last.size if last else 0):
        return None
    first = await database.read(lambda tx: checkpoints.hashes(tx, 0, 1))
    checkpoint = Checkpoint(
        log=log_of(first[0].hex()), size=frontier.size, root=frontier.root(), at=clock.now()
    )
    made = signed(checkpoint, key)
    kept = await database.write(lambda tx: checkpoints.add(tx, made, key.public, frontier))
    return made if kept else None


def _frontier(last: Kept | None) -> Frontier:
    """What the last checkpoint left; where somebody spoilt that, all is read again."""
    try:
        return last.grown() if last else Frontier()
    except ValueError:
        return Frontier()


def announce(tx: Connection, channel: str, made: Signed) -> None:
    """Let the day's message in the channel show the newest checkpoint, where nobody here can cut it off."""
    checkpoint = made.checkpoint
    at = checkpoint.at
    key = f"audit:{at:%Y-%m-%d}"
    payload = {"v": 1, "view": "checkpoint", "note": made.note, "size": checkpoint.size, "at": micros(at)}
    stored = conversations.by_key(tx, key)
    if stored is None or stored.channel != channel:
        if stored is not None:
            conversations.retire(tx, stored.id)
        stored = conversations.add(tx, key, channel, _facts(key), at)
        post = _intent(channel, stored.id, "post", f"head:{key}:{stored.id}", payload)
        conversations.set_head(tx, stored.id, outbox.add(tx, post, at))
        return
    edit = _intent(channel, stored.id, "edit", f"edit:{stored.head_id}", payload)
    if stored.head_id is None or not outbox.replace(tx, stored.head_id, edit):
        outbox.collapse(tx, edit, at)


def _intent(channel: str, conversation_id: int, op: str, key: str, payload: dict[str, object]) -> Intent:
    return Intent(
        key=key,
        ref=short(f"checkpoint:{conversation_id}"),
        op=op,
        channel=channel,
        conversation_id=conversation_id,
        priority=0,
        payload=payload,
    )


def _facts(key: str) -> Conversation:
    return ours(
        topic=Topic.OTHER,
        subject=key,
        title="Checkpoints of the audit",
    )
