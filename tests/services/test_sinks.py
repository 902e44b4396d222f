"""Sinks that are down, slow or new: each has its own place, and in the end each has everything, in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from sovereign.config.governance import SinkSection
from sovereign.config.loader import parse
from sovereign.config.secrets import SecretSource
from sovereign.core import clock, signing
from sovereign.core.errors import Unavailable
from sovereign.domain.audit import Entry
from sovereign.integrations._source import all_sources
from sovereign.services import checkpoints, setup, sinks
from sovereign.services.ports.sinks import AuditSink, Line
from sovereign.services.setup import Setup
from sovereign.services.sinks import Sinks
from sovereign.store import audit
from sovereign.store.database import Database

SECTIONS = (SinkSection(type="stdout", name="good"), SinkSection(type="stdout", name="bad"))


@dataclass(slots=True)
class Double:
    """Takes nothing while it is down."""

    down: bool = False
    lines: list[str] = field(default_factory=list)

    async def send(self, lines: Sequence[Line]) -> None:
        if self.down:
            raise Unavailable("it is down")
        self.lines += [line.text for line in lines]

    @property
    def seqs(self) -> list[int]:
        return [json.loads(line)["seq"] for line in self.lines if not line.startswith('{"checkpoint"')]


def configured() -> Setup:
    discovery = parse("", "discovery.yml", sources=all_sources().keys()).discovery
    made = setup.setup(discovery, SecretSource(environment={}, sandbox=True))
    return replace(made, sinks=SECTIONS)


async def fill(database: Database, count: int) -> None:
    one = Entry(at=clock.now(), actor=None, action="test.fill", subject="x")
    await database.write(lambda tx: audit.append_all(tx, [one] * count))


async def settled(running: Sinks, name: str, *, waiting: int) -> sinks.State:
    found: dict[str, sinks.State] = {}
    for _ in range(200):
        found = {state.name: state for state in await running.states()}
        if found[name].waiting == waiting:
            return found[name]
        await asyncio.sleep(0.02)
    raise AssertionError(found)


async def test_a_sink_that_is_down_loses_nothing_and_holds_up_nobody(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sinks, "LOOK_AGAIN", 0.02)
    monkeypatch.setattr(sinks, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(sinks, "BATCH", 7)
    doubles = {"good": Double(), "bad": Double(down=True)}

    def opening(section: SinkSection) -> AuditSink:
        return doubles[section.called]

    running = Sinks(database, configured(), opening, jitter=lambda: 0.0)
    task = asyncio.ensure_future(running.run())
    await fill(database, 30)
    await checkpoints.make(database, signing.create(tmp_path / "key"))
    await settled(running, "good", waiting=0)
    down = await settled(running, "bad", waiting=30)
    assert (down.problem, down.failing_at is not None) == ("it is down", True)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    doubles["bad"].down = False
    again = Sinks(database, configured(), opening, jitter=lambda: 0.0)  # as after a restart
    task = asyncio.ensure_future(again.run())
    await fill(database, 5)
    await settled(again, "good", waiting=0)
    well = await settled(again, "bad", waiting=0)
    assert (well.problem, well.failing_at) == ("", None)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    for double in doubles.values():
        assert double.seqs == [*range(1, 36)]
    marks = [place for place, line in enumerate(doubles["bad"].lines) if "checkpoint" in line[:14]]
    assert marks == [30]
