"""`sovereign deliveries` and `sovereign replay` beside the running process."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from sovereign.cli.main import app
from tests.end_to_end.world import bots, world


async def shell(folder: Path, *words: str) -> Result:
    """Run a command as an operator would; it has a loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, [*words, "--data", str(folder)])


def last_line(result: Result) -> Any:
    """What was printed last; the product in this process logs to the same place."""
    return json.loads(result.stdout.splitlines()[-1])


async def test_an_operator_lists_shows_and_replays_while_the_product_runs(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        await it.sample("github", "pull_request.opened")
        await it.until("prs", bots)
        listed = await shell(tmp_path, "deliveries", "list", "--json")
        (row,) = last_line(listed)
        assert (row["id"], row["endpoint"], row["state"], row["events"]) == (1, "github", "ingested", 1)
        assert "opened" in (await shell(tmp_path, "deliveries", "list")).stdout
        shown = last_line(await shell(tmp_path, "deliveries", "show", "1", "--json"))
        assert shown["events"][0]["channel"] == "prs"
        assert json.loads(shown["body"])["action"] == "opened"
        said = await shell(tmp_path, "replay", "1")
        assert "1 delivery is to be worked off again. The running process takes it up." in said.stdout
        assert it.bot is not None
        for _ in range(200):
            (row,) = last_line(await shell(tmp_path, "deliveries", "list", "--json"))
            if row["state"] == "ingested":
                break
        assert row["replayed_by"]
        assert len(bots(await it.messages("prs"))) == 1, "nothing is told twice"


async def test_what_cannot_be_replayed_is_said(tmp_path: Path) -> None:
    assert "Nothing has run over" in str((await shell(tmp_path, "replay", "1")).exception)
    async with world(tmp_path):
        assert "no delivery 5" in str((await shell(tmp_path, "replay", "5")).exception)
        assert "There are none." in (await shell(tmp_path, "replay", "--state", "quarantined")).stdout
        assert (await shell(tmp_path, "replay")).exit_code == 2
        assert (await shell(tmp_path, "replay", "--state", "ingested")).exit_code == 2
        assert "No target lacks anything." in (await shell(tmp_path, "forwards", "list")).stdout
        assert "There are none." in (await shell(tmp_path, "forwards", "retry", "--all")).stdout
        assert "no event 5" in str((await shell(tmp_path, "forwards", "retry", "5")).exception)
        assert (await shell(tmp_path, "forwards", "retry")).exit_code == 2


async def test_a_name_that_there_is_not_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        await it.sample("github", "pull_request.opened")
        await it.until("prs", bots)
        for words in ("forwards list", "forwards retry", "forwards retry 5"):
            refused = await shell(tmp_path, *words.split(), "--target", "nosuch")
            assert refused.exit_code == 1
            assert "There is no target 'nosuch'. There is none." in str(refused.exception)
        refused = await shell(tmp_path, "deliveries", "list", "--endpoint", "nosuch")
        assert refused.exit_code == 1
        assert "There is no endpoint 'nosuch'. There are: " in str(refused.exception)
        assert "github" in str(refused.exception)
        assert (await shell(tmp_path, "deliveries", "list", "--endpoint", "gitlab")).exit_code == 0
