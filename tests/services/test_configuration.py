"""The configuration in force: taken in when its file changes, refused whole when it has a mistake."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sovereign.config import loader
from sovereign.config.loader import Loaded
from sovereign.config.problems import ConfigProblems
from sovereign.config.secrets import SecretSource
from sovereign.core import metrics
from sovereign.core.errors import ConfigError
from sovereign.services import configuration as configuration_module
from sovereign.services.configuration import ACCEPTED, Configuration, read
from sovereign.services.setup import Setup
from sovereign.store import facts
from sovereign.store.database import Database

PAUSE = 0.01
"""Seconds between looks in these tests."""


@dataclass(slots=True)
class Office:
    """A configuration that is followed, and everything that was ever applied."""

    file: Path
    configuration: Configuration
    applied: list[Setup] = field(default_factory=list)

    async def until(self, enough: Callable[[], object]) -> None:
        for _ in range(500):
            if enough():
                return
            await asyncio.sleep(PAUSE)
        raise AssertionError("not within five seconds")


@pytest.fixture
async def office(tmp_path: Path, database: Database) -> AsyncIterator[Office]:
    """The file is reached as a mounted ConfigMap is: through `..data`, which is a link to a folder."""
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "discovery.yml").write_text("event_gateway: {mention_from: high}\n")
    (tmp_path / "..data").symlink_to("v1")
    file = tmp_path / "discovery.yml"
    file.symlink_to("..data/discovery.yml")
    applied: list[Setup] = []
    secrets = SecretSource(environment={}, sandbox=True)
    configuration = Configuration(database, file, read(file), secrets, applied.append)
    running = asyncio.ensure_future(configuration.run(PAUSE))
    await asyncio.sleep(5 * PAUSE)
    yield Office(file=file, configuration=configuration, applied=applied)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_an_edit_of_the_file_is_followed_and_said(office: Office, database: Database) -> None:
    with capture_logs() as logs:
        office.file.write_text("event_gateway: {mention_from: medium, max_body: 1MiB}\n")
        await office.until(lambda: [log for log in logs if log["event"] == "config.accepted"])
    (made,) = office.applied
    assert (made.calling.mention_from, made.max_body) == ("medium", 2**20)
    assert [log["change"] for log in logs if log["event"] == "config.changed"] == [
        "event_gateway.max_body: 5242880 → 1048576",
        "event_gateway.mention_from: high → medium",
    ]
    remembered = await database.read(lambda tx: facts.get(tx, ACCEPTED))
    assert remembered == office.file.read_text()


async def test_a_config_map_that_is_swapped_by_its_link_is_followed(office: Office, tmp_path: Path) -> None:
    (tmp_path / "v2").mkdir()
    (tmp_path / "v2" / "discovery.yml").write_text("event_gateway: {mention_from: low}\n")
    (tmp_path / "..next").symlink_to("v2")
    (tmp_path / "..next").rename(tmp_path / "..data")
    await office.until(lambda: office.applied)
    assert office.applied[0].calling.mention_from == "low"


async def test_a_bad_edit_is_refused_with_its_line_and_the_running_configuration_stays(
    office: Office,
) -> None:
    with capture_logs() as logs:
        office.file.write_text("event_gateway:\n  mention_from: hihg\n")
        await office.until(lambda: office.configuration.state.refused)
    (line,) = office.configuration.state.refused
    assert f"{office.file}:2:17: event_gateway.mention_from is 'hihg'" in line
    assert [log["problem"] for log in logs if log["event"] == "config.refused"] == [line]
    assert office.applied == []
    assert metrics.config_refused._value.get() == 1
    office.file.write_text("event_gateway:\n  mention_from: medium\n")
    await office.until(lambda: office.applied)
    assert office.configuration.state.refused == ()


async def told(database: Database) -> list[tuple[str, str]]:
    """Of each event of our own about the configuration its kind, and how its text begins."""
    rows = await database.read(
        lambda tx: tx.execute("SELECT body FROM deliveries WHERE source = 'sovereign' ORDER BY id").fetchall()
    )
    bodies = [json.loads(row["body"]) for row in rows]
    return [(body["kind"], body["text"].partition(": ")[0]) for body in bodies]


async def test_a_refused_edit_is_told_once_and_so_is_that_it_is_mended(
    office: Office, database: Database
) -> None:
    assert office.configuration.warning is None
    for number, bad in enumerate(["hihg", "hihg  # again", "hiih"], start=1):
        office.file.write_text(f"event_gateway:\n  mention_from: {bad}\n")
        with pytest.raises(ConfigError):
            await office.configuration.reload()
        assert len(await told(database)) == (1 if number < 3 else 2), "the same mistake is told once"
    assert office.configuration.warning
    assert "discovery.yml is refused since" in office.configuration.warning
    assert "hiih" not in office.configuration.warning, "anybody may ask for it"
    for text in ("event_gateway: {mention_from: high}\n", "event_gateway: {mention_from: low}\n"):
        office.file.write_text(text)
        await office.configuration.reload()
    assert await told(database) == [
        ("configuration.refused", f"{office.file}:2:17"),
        ("configuration.refused", f"{office.file}:2:17"),
        ("configuration.mended", "The configuration in force is that file."),
    ]
    assert office.configuration.warning is None
    assert metrics.config_refused._value.get() == 0


async def test_a_file_that_goes_away_is_refused_and_taken_in_when_it_is_back(office: Office) -> None:
    text = office.file.read_text()
    office.file.resolve().unlink()
    await office.until(lambda: office.configuration.state.refused)
    assert "no such file" in office.configuration.state.refused[0]
    (office.file.parent / "v1" / "discovery.yml").write_text(text)
    await office.until(lambda: not office.configuration.state.refused)


async def test_an_unnamed_file_that_goes_away_changes_nothing_and_none_at_the_start_is_the_defaults(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loader.USUAL.write_text("event_gateway: {mention_from: low}\n")
    applied: list[Setup] = []
    secrets = SecretSource(environment={}, sandbox=True)
    configuration = Configuration(database, None, read(None), secrets, applied.append)
    loader.USUAL.unlink()
    with pytest.raises(ConfigError, match="gone"):
        await configuration.reload()
    assert configuration.state.refused == (loader.GONE,)
    fresh = Configuration(database, None, read(None), secrets, applied.append)
    assert fresh.state.missing
    assert list(await fresh.reload()) == []
    loader.USUAL.write_text("event_gateway: {mention_from: low}\n")
    assert len(await fresh.reload()) == 1
    assert not fresh.state.missing


async def test_a_file_that_an_editor_empties_before_it_writes_is_never_taken_in_empty(office: Office) -> None:
    """An empty file is a valid one: every default would hold for a moment."""
    with office.file.open("w") as file:
        await asyncio.sleep(PAUSE / 2)
        file.write("event_gateway: {mention_from: low}\n")
    await office.until(lambda: office.applied)
    assert [made.calling.mention_from for made in office.applied] == ["low"]


async def test_what_only_a_start_can_change_is_said_to_wait_for_it(office: Office) -> None:
    office.file.write_text('discord: {guild_id: "112233445566778899"}\n')
    await office.until(lambda: office.applied)
    assert [one.path for one in office.configuration.state.pending] == ["discord.guild_id"]


async def test_a_mapping_that_its_source_cannot_use_is_refused_before_anything_is_applied(
    office: Office,
) -> None:
    office.file.write_text(
        "event_gateway: {endpoints: [{path: /hooks/x, source: github, mapping: {title: t}}]}\n"
    )
    with pytest.raises((ConfigProblems, Exception), match="mapping"):
        await office.configuration.reload()
    assert office.applied == []
    assert office.configuration.state.refused


async def test_a_file_that_would_lock_every_administrator_out_is_refused(office: Office) -> None:
    """An emptied file is a valid one, and so is one that was saved half."""
    whole = "discord: {rbac: {grants: [{role: Owner, capabilities: all}]}}\n"
    office.file.write_text(whole)
    await office.until(lambda: office.applied)
    office.file.write_text("")
    await office.until(lambda: office.configuration.state.refused)
    assert "no role would be granted admin.reload any more" in office.configuration.state.refused[0]
    assert len(office.applied) == 1
    office.file.write_text(whole)
    await office.until(lambda: not office.configuration.state.refused)


async def test_of_two_reloads_at_once_the_newer_text_is_in_force(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watcher and an administrator may read the file at the same moment."""
    slow = [0.3]

    def read_slowly(path: Path | None) -> Loaded:
        loaded = read(path)
        time.sleep(slow.pop() if slow else 0.0)
        return loaded

    monkeypatch.setattr(configuration_module, "read", read_slowly)
    first = asyncio.ensure_future(office.configuration.reload())
    await asyncio.sleep(0.1)  # it has read the old text, and is not done
    office.file.write_text("event_gateway: {mention_from: low}\n")
    await asyncio.gather(first, office.configuration.reload())
    assert office.applied[-1].calling.mention_from == "low"
    assert office.configuration.discovery.event_gateway.mention_from == "low"
