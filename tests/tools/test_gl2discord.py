"""`gl2discord.sh` signs rightly whatever it says, and what it says of a pull request lands in its thread."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from sovereign.web import server
from tests.end_to_end.conftest import everything
from tests.end_to_end.world import ROOT, World, bots, text

__all__ = ["everything"]

SCRIPT = ROOT / "tools/gl2discord.sh"
TASKS = ROOT / ".vscode/tasks.json"
KEY = "correct horse % \\ \"battery' ü"


class Receiver:
    """Takes what is posted and answers with `status`."""

    def __init__(self) -> None:
        self.got: list[tuple[Mapping[str, str], bytes]] = []
        self.status, self.url = 202, ""

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        return web.json_response({"error": "no such luck"}, status=self.status)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    it = Receiver()
    app = web.Application()
    app.router.add_post("/event", it.take)
    async with server.listening(app, "127.0.0.1", 0) as port:
        it.url = f"http://127.0.0.1:{port}"
        yield it


async def called(folder: Path, url: str, *words: str, **environment: str) -> tuple[int, str]:
    """The exit status, and what was said on standard error."""
    usual = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "EVENT_HMAC_KEY": KEY, "SOVEREIGN_URL": url}
    process = await asyncio.create_subprocess_exec(
        SCRIPT, *words, cwd=folder, env=usual | environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    return process.returncode or 0, said.decode()


async def cloned(folder: Path, remote: str) -> Path:
    """A checkout whose origin is there."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    for words in (["init", "-q"], ["remote", "add", "origin", remote], ["config", "user.name", "Ada"]):
        process = await asyncio.create_subprocess_exec("git", *words, cwd=folder)
        assert await process.wait() == 0
    return folder


def body_of(receiver: Receiver) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(receiver.got[-1][1])
    return found


@pytest.mark.parametrize(
    "message", ["plain", "\"quoted\" \\ 'it' $(id) `id` %s %n", "two\nlines\tand\ra bell\a", "ü — 雪", "-n"]
)
async def test_any_message_arrives_as_it_is_rightly_signed(
    receiver: Receiver, tmp_path: Path, message: str
) -> None:
    assert await called(tmp_path, receiver.url, "prs", "A title", message) == (0, "")
    headers, body = receiver.got[-1]
    assert json.loads(body)["message"] == message.replace("\a", "")
    assert headers["X-Sig"] == "sha256=" + hmac.digest(KEY.encode(), body, hashlib.sha256).hex()


@pytest.mark.parametrize("length", [1, 63, 64, 65, 200])
async def test_a_secret_of_any_length_signs_and_may_be_in_a_file(
    receiver: Receiver, tmp_path: Path, length: int
) -> None:
    key = secrets.token_hex(length)[:length]
    (tmp_path / "key").write_text(f"{key}\n")
    given = {"EVENT_HMAC_KEY": "", "EVENT_HMAC_FILE": str(tmp_path / "key")}
    assert await called(tmp_path, receiver.url, "prs", "A title", "text", **given) == (0, "")
    headers, body = receiver.got[-1]
    assert headers["X-Sig"] == "sha256=" + hmac.digest(key.encode(), body, hashlib.sha256).hex()


@pytest.mark.parametrize(
    ("remote", "repository", "provider"),
    [
        ("git@github.com:acme/shop.git", "acme/shop", "github"),
        ("https://github.com/acme/shop", "acme/shop", "github"),
        ("https://ada:word@gitlab.example.com/acme/web/shop.git", "acme/web/shop", "gitlab"),
        ("ssh://git@codeberg.example:2222/acme/shop.git/", "acme/shop", None),
    ],
)
async def test_the_repository_is_that_of_the_current_folder(
    receiver: Receiver, tmp_path: Path, remote: str, repository: str, provider: str | None
) -> None:
    folder = await cloned(tmp_path / "clone", remote)
    assert await called(folder, receiver.url, "prs", "A title", "text") == (0, "")
    body = body_of(receiver)
    assert (body["repository"], body.get("provider"), body["actor"]) == (repository, provider, "Ada")
    assert b"word" not in receiver.got[-1][1]


@pytest.mark.parametrize(
    "remote", ["/srv/git/acme/shop.git", "../acme/shop", "file:///srv/git/acme/shop", "acme"]
)
async def test_a_folder_of_the_machine_is_no_repository(
    receiver: Receiver, tmp_path: Path, remote: str
) -> None:
    folder = await cloned(tmp_path / "clone", remote)
    assert await called(folder, receiver.url, "prs", "A title", "text") == (0, "")
    assert "repository" not in body_of(receiver)


async def test_what_goes_wrong_is_said_and_fails(receiver: Receiver, tmp_path: Path) -> None:
    receiver.status = 401
    status, said = await called(tmp_path, receiver.url, "prs", "A title", "text")
    assert status == 1
    assert "answers 401" in said
    assert "no such luck" in said
    assert (await called(tmp_path, receiver.url, "prs"))[0] == 2
    status, said = await called(tmp_path, receiver.url, "prs", "A", "b", EVENT_HMAC_KEY="")
    assert status == 1
    assert "no secret" in said
    status, said = await called(tmp_path, "http://127.0.0.1:9", "prs", "A", "b")
    assert status == 1
    assert "cannot be reached" in said


def test_the_tasks_of_the_editor_call_the_script_with_three_arguments() -> None:
    lines = [line for line in TASKS.read_text().splitlines() if not line.lstrip().startswith("//")]
    tasks = {task["label"]: task for task in json.loads("\n".join(lines))["tasks"]}
    assert set(tasks) == {f"GitLens: {what}" for what in ("review started", "review done", "commit pushed")}
    for task in tasks.values():
        assert "gl2discord.sh" in task["command"] + " ".join(task["args"])
        assert len(task["args"]) == (2 if task["command"] == "bash" else 3)


async def test_a_message_that_names_a_pull_request_lands_in_its_thread(
    everything: World, tmp_path: Path
) -> None:
    assert await everything.sample("github", "pull_request.opened") == 202
    (head,) = await everything.until("prs", bots)
    repository, number = "acme/shop", "42"
    assert f"#{number}" in text(head)
    folder = await cloned(tmp_path / "clone", f"git@github.com:{repository}.git")
    words = ("dev-feed", "Review started", f"Ada is reviewing PR #{number}")
    assert await called(folder, everything.gateway, *words, EVENT_HMAC_KEY="sandbox") == (0, "")
    (line,) = bots(await everything.thread(head))
    assert "Review started" in text(line)
    assert f"reviewing PR #{number}" in text(line)
    words = ("#dev_feed", "Commit pushed", "a1b2c3 Add retries")
    assert await called(folder, everything.gateway, *words, EVENT_HMAC_KEY="sandbox") == (0, "")
    (notice,) = await everything.until("dev-feed", bots)
    assert "Commit pushed" in text(notice)
    assert len(bots(await everything.messages("prs"))) == 1


async def test_a_channel_that_is_not_configured_is_told_where_the_message_lands(
    everything: World, tmp_path: Path
) -> None:
    words = ("nosuch", "Deployed by hand", "and told here")
    assert await called(tmp_path, everything.gateway, *words, EVENT_HMAC_KEY="sandbox") == (0, "")
    (notice,) = await everything.until("cluster-status", bots)
    assert "Deployed by hand" in text(notice)
    assert "It asks for #nosuch, which is not configured." in text(notice)
