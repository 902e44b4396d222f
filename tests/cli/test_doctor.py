"""`sovereign doctor` on the command line: its text, its JSON and its exit status."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import discord
import pytest
from typer.testing import CliRunner, Result

from sovereign.cli.main import app
from sovereign.clients.sandbox_process import FOLDER, LOCK
from sovereign.core.lockfile import locked
from sovereign.sandbox.server import running
from tests.sandbox.conftest import redirect

DISCOVERY = Path(__file__).parents[2] / "discovery.yml"


async def doctor(data: Path, *more: str, **environment: str) -> Result:
    arguments = ["doctor", "--data", str(data), "--config", str(DISCOVERY), *more]
    given = {"COLUMNS": "200", **environment}
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, arguments, env=given))


async def test_it_finds_the_sandbox_that_runs_over_the_folder(tmp_path: Path) -> None:
    async with running(tmp_path / FOLDER) as server:
        with redirect(server), locked(tmp_path / FOLDER / LOCK, {"url": server.url}):
            result = await doctor(tmp_path, "--sandbox")
            unasked = await doctor(tmp_path, SOVEREIGN_SANDBOX="yes")
    assert "To ask it: sovereign doctor --sandbox" in unasked.output
    assert result.exit_code == 0, result.output
    assert "Sovereign Hub" in result.output
    assert result.output.rstrip().splitlines()[-1].startswith("0 errors, ")
    assert "→ Set SOVEREIGN_PUBLIC_URL" in result.output


async def test_a_finding_is_one_line_where_no_terminal_reads_it(tmp_path: Path) -> None:
    result = await doctor(tmp_path, "--sandbox", COLUMNS="40")
    assert f"→ Start it: sovereign sandbox --data {tmp_path}" in result.output


async def test_json_is_all_that_stdout_holds_and_its_counts_are_right(tmp_path: Path) -> None:
    result = await doctor(tmp_path, "--sandbox", "--json")
    assert result.exit_code == 1
    found: dict[str, Any] = json.loads(result.stdout)
    assert set(found) == {"findings", "errors", "warnings"}
    assert {*found["findings"][0]} == {"group", "check", "state", "said", "todo"}
    states = [each["state"] for each in found["findings"]]
    assert (found["errors"], found["warnings"]) == (states.count("error"), states.count("warning"))
    assert {*states} <= {"ok", "warning", "error", "skipped"}
    assert "No sandbox runs over" in result.stdout


async def test_without_any_discord_every_failure_is_a_sentence(tmp_path: Path) -> None:
    before = discord.http.Route.BASE
    try:
        result = await doctor(
            tmp_path,
            SOVEREIGN_DISCORD_API="http://127.0.0.1:9/api/v10",
            SOVEREIGN_DISCORD_GATEWAY="ws://127.0.0.1:9/gateway",
            DISCORD_TOKEN="a-token-that-nobody-may-read",
        )
    finally:
        discord.http.Route.BASE = before
    assert result.exit_code == 1
    assert "cannot be reached" in result.output
    assert "Traceback" not in result.output
    assert "a-token-that-nobody-may-read" not in result.output


@pytest.mark.parametrize("more", [(), ("--json",)])
async def test_wrong_settings_are_findings_too(tmp_path: Path, more: tuple[str, ...]) -> None:
    result = await doctor(tmp_path, *more, SOVEREIGN_PORT="many")
    assert result.exit_code == 1
    assert "SOVEREIGN_PORT" in result.output
    assert "The settings must be right first." in result.output
