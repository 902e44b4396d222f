"""A second client, discord.js, on the sandbox: what suits discord.py alone would show here."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sovereign.sandbox.guild import CHANNELS, MEMBERS, ROLES
from sovereign.sandbox.server import Running
from tests.sandbox.conftest import WITHIN, Person, lacking, until

HERE = Path(__file__).parent / "discordjs"
OLDEST_NODE = 18


@pytest.fixture(scope="session")
def node() -> str:
    """The node to run with, the packages of the lock file installed."""
    found, problem = shutil.which("node"), None
    if found is None or shutil.which("npm") is None:
        problem = "node and npm are not installed"
    elif int(_output(found, "--version").lstrip("v").split(".")[0]) < OLDEST_NODE:
        problem = f"discord.js needs node {OLDEST_NODE} or newer"
    else:
        problem = _installed()
    if found is None or problem is not None:
        lacking(str(problem))
    return found


def _installed() -> str | None:
    """Install what the lock file names, once; what went wrong, if it did."""
    wanted, present = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    with (HERE / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if present.exists() and present.stat().st_mtime >= wanted.stat().st_mtime:
            return None
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=200, check=False)
        return None if done.returncode == 0 else f"npm cannot install discord.js: {done.stderr[-300:]}"


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout


class Client:
    """The node process, and what it has told so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.told: list[dict[str, Any]] = []

    async def listen(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.told.append(json.loads(line))

    async def tells(self, event: str, **facts: object) -> dict[str, Any]:
        """The first that it tells of that event, or of that event with those facts."""

        def found() -> dict[str, Any] | None:
            assert self.process.returncode is None, "node has ended"
            wanted = {"event": event, **facts}.items()
            return next((one for one in self.told if wanted <= _flat(one).items()), None)

        return dict(await until(found, 2 * WITHIN))


def _flat(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if not isinstance(value, list)}


@asynccontextmanager
async def started(node: str, sandbox: Running) -> AsyncIterator[Client]:
    process = await asyncio.create_subprocess_exec(
        node,
        "client.mjs",
        cwd=HERE,
        env={**os.environ, "SANDBOX_API": f"{sandbox.url}/api", "SANDBOX_TOKEN": "sandbox"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    client = Client(process)
    listening = asyncio.create_task(client.listen())
    try:
        yield client
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), WITHIN) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await listening


@pytest.mark.timeout(300)
async def test_discordjs_logs_in_and_answers_commands_buttons_and_words(
    node: str, sandbox: Running, person: Person
) -> None:
    async with started(node, sandbox) as client:
        await _sees_the_guild(client)
        await _answers_a_command(client, person)
        await _answers_in_every_other_way(person, client)
        await _hears_what_people_say(client, person)
    statuses = {one["status"] for one in await person.traffic()}
    assert statuses == {200, 201, 204, 403}


async def _sees_the_guild(client: Client) -> None:
    ready = await client.tells("ready")
    assert (ready["user"], ready["guild"], ready["roles"]) == ("Sovereign", "Sovereign Hub", len(ROLES) + 1)
    assert set(ready["channels"]) == set(CHANNELS)
    assert set(ready["members"]) == {*MEMBERS, "Sovereign"}
    assert (await client.tells("registered"))["commands"] == ["deploy", "think", "form"]
    assert await client.tells("refused", code=50013, status=403)


async def _answers_a_command(client: Client, person: Person) -> None:
    typed = {"version": "v2"}
    offered = await person.act(
        "emil", "prs", "autocomplete", command="deploy run", options=typed, focused="version"
    )
    assert offered["choices"] == [{"name": "v2.0", "value": "v2.0"}]
    options = {"version": "v2.0", "who": "fay"}
    answer = (await person.act("emil", "prs", "command", command="deploy run", options=options))["messages"][
        0
    ]
    assert (answer["embeds"][0]["title"], answer["embeds"][0]["description"]) == ("Deploy v2.0", "for fay")
    assert answer["interaction"]["name"] == "deploy run"
    assert await client.tells("replied", id=answer["id"], group="run")
    assert await client.tells("threaded", id=answer["id"], parent=str(CHANNELS["prs"]))
    assert await client.tells("thread", name="Deploy v2.0")
    [inside] = [one for one in await person.messages(answer["id"]) if one["content"]]
    assert (inside["content"], inside["attachments"][0]["filename"]) == ("started", "log.txt")
    pressed = await person.act("gus", "prs", "click", message=answer["id"], button="Approve")
    assert pressed["messages"][0]["content"] == "approved by gus"
    assert pressed["messages"][0]["components"] == []
    assert await client.tells("pressed", by="Gus", asked="emil")
    assert await client.tells("edited", id=answer["id"], content="approved by gus")


async def _answers_in_every_other_way(person: Person, client: Client) -> None:
    answer = await person.act("emil", "alerts", "command", command="think")
    assert (answer["result"], answer["messages"][0]["content"]) == ("deferred", "thought")
    await client.tells("thought")
    assert [one["content"] for one in await person.messages("alerts", "gus")] == ["thought"]
    assert [one["content"] for one in await person.messages("alerts", "emil")] == ["thought", "only for you"]
    assert (await person.act("emil", "standup", "command", command="form"))["result"] == "modal"
    sent = await person.act("emil", "standup", "modal", fields={"Done": "tests"})
    assert sent["messages"][0]["content"] == "tests"


async def _hears_what_people_say(client: Client, person: Person) -> None:
    said = (await person.act("ivan", "general", "say", content="it burns"))["messages"][0]
    assert await client.tells("heard", content="it burns", by="ivan")

    async def kept() -> Any:
        return [one for one in await person.messages("general") if one.get("reactions")]

    [reply] = await until(kept)
    assert (reply["content"], reply["message_reference"]["message_id"]) == ("noted, and kept", said["id"])
    await person.act("ivan", "general", "react", message=reply["id"], emoji="👍")
    assert await client.tells("reacted", emoji="👍", by=str(MEMBERS["ivan"]))
