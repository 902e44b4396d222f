"""`doctor` against the sandbox: what is wrong there or here is found, and said with what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sovereign.cli._outside import outside
from sovereign.config.secrets import SecretSource
from sovereign.core.settings import read_settings
from sovereign.sandbox.guild import BOT_ID, CHANNELS, GUILD_ID, ROLES
from sovereign.sandbox.server import Running, SandboxOptions, running
from sovereign.services.doctor import machine
from sovereign.services.doctor.examination import examine
from sovereign.services.doctor.findings import Finding, Group, State
from sovereign.store.database import opened
from tests.end_to_end.world import product
from tests.sandbox.conftest import Person, redirect

GRANTS = "discord:\n  rbac:\n    grants:\n      - {role: DevOps, capabilities: [alerts.view]}\n"


@pytest.fixture
def options() -> SandboxOptions:
    return SandboxOptions()


@pytest.fixture
async def sandbox(tmp_path: Path, options: SandboxOptions) -> AsyncIterator[Running]:
    async with running(tmp_path / "sandbox", options=options) as server:
        with redirect(server):
            yield server


@pytest.fixture
async def person(sandbox: Running) -> AsyncIterator[Person]:
    async with aiohttp.ClientSession() as session:
        yield Person(session, sandbox.url)


class Clinic:
    """Examines the installation in a folder against the sandbox that is redirected to."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "discovery.yml"
        self.file.write_text(GRANTS, encoding="utf-8")

    async def examine(self, **changed: Any) -> Sequence[Finding]:
        given: dict[str, Any] = {"data": self.folder, "config": self.file, "sandbox": True}
        settings = read_settings(**(given | changed))
        secrets = SecretSource(environment={}, sandbox=settings.sandbox, folder=self.folder)
        return await examine(settings, secrets, await outside(settings, sandbox=False))


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic(tmp_path)


def errors(found: Sequence[Finding]) -> list[Finding]:
    return [each for each in found if each.state is State.ERROR]


def one(found: Sequence[Finding], check: str, state: State) -> Finding:
    (only,) = [each for each in found if (each.check, each.state) == (check, state)]
    return only


async def test_a_sound_installation_has_no_error_and_every_group_is_looked_at(
    tmp_path: Path, sandbox: Running, clinic: Clinic
) -> None:
    async with product(tmp_path, sandbox, clinic.file) as it:
        await it.bot.usable.wait()
        found = await clinic.examine()
    assert errors(found) == []
    assert [*dict.fromkeys(each.group for each in found)] == [*Group]
    assert {each.check for each in found if each.state is State.WARNING} <= {"Public address", "User"}
    assert "is ready" in one(found, "This gateway", State.OK).said
    assert "sound" in one(found, "Database", State.OK).said


async def test_nothing_is_changed_and_no_second_bot_appears(
    tmp_path: Path, sandbox: Running, clinic: Clinic, person: Person
) -> None:
    await clinic.examine()
    assert {call["method"] for call in await person.traffic()} == {"GET"}
    assert (await person.get("state"))["bot"]["online"] is False
    assert not (tmp_path / "sovereign.db").exists()


class TestWrongToken:
    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(token="another")

    async def test_it_is_said_once_and_what_depends_on_it_is_skipped(
        self, sandbox: Running, clinic: Clinic
    ) -> None:
        found = await clinic.examine()
        (only,) = errors(found)
        assert "refuses the token" in only.said
        assert "Reset the token" in only.todo
        skipped = {each.check for each in found if each.state is State.SKIPPED}
        assert {"Intents", "Logging in", "Guild", "Channels", "Roles", "Mentions", "Clock"} <= skipped
        assert "another" not in str(found)


async def test_a_discord_that_cannot_be_reached_is_one_finding(sandbox: Running, clinic: Clinic) -> None:
    nowhere = Running(host="127.0.0.1", port=9)
    with redirect(nowhere):
        (only,) = errors(await clinic.examine())
    assert only.check == "Application"
    assert "cannot be reached" in only.said


async def test_something_else_in_discords_place_is_said_in_words(
    tmp_path: Path, clinic: Clinic, unused_address: Running
) -> None:
    with redirect(unused_address):
        (only,) = errors(await clinic.examine())
    assert "answered what Discord would not" in only.said


async def test_one_call_that_fails_costs_only_its_own_findings(
    sandbox: Running, clinic: Clinic, person: Person
) -> None:
    await person.fault(kind="rest", match="GET /gateway/bot", status=503, times=1)
    found = await clinic.examine()
    (only,) = errors(found)
    assert only.check == "Logging in"
    assert "said 503" in only.said
    assert "#prs" in one(found, "Channels", State.OK).said


async def test_an_answer_that_does_not_come_is_not_waited_for(
    sandbox: Running, clinic: Clinic, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sovereign.clients.discord_doctor.PATIENCE", 0.2)
    await person.fault(kind="latency", match="GET /users/@me", times=1, seconds=5)
    (only,) = errors(await clinic.examine())
    assert "did not do it within" in only.said


class TestChannels:
    async def test_one_that_the_file_names_and_the_guild_lacks_is_an_error_with_its_line(
        self, sandbox: Running, clinic: Clinic
    ) -> None:
        clinic.file.write_text(f"{GRANTS}  channels:\n    prs: pull-requests\n", encoding="utf-8")
        (only,) = errors(await clinic.examine())
        assert "no channel #pull-requests" in only.said
        assert "discovery.yml:6" in only.said
        assert "#pull-requests" in only.todo

    async def test_a_default_that_is_missing_is_a_warning(
        self, sandbox: Running, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sovereign.services.doctor.channels.DEFAULT_CHANNELS", frozenset({"nowhere"}))
        found = await clinic.examine()
        assert errors(found) == []
        assert "no #nowhere" in one(found, "Channels", State.WARNING).said

    async def test_a_voice_channel_cannot_hold_messages(self, sandbox: Running, clinic: Clinic) -> None:
        clinic.file.write_text(
            f"{GRANTS}event_gateway: {{routes: [{{kind: x, channel: war-room}}]}}\n", encoding="utf-8"
        )
        (only,) = errors(await clinic.examine())
        assert "#war-room is a voice channel" in only.said

    async def test_a_permission_that_an_overwrite_takes_is_named(
        self, sandbox: Running, clinic: Clinic, person: Person
    ) -> None:
        denied = {"type": 1, "allow": "0", "deny": str(1 << 14 | 1 << 38)}
        path = f"/channels/{CHANNELS['prs']}/permissions/{BOT_ID}"
        assert (await person.rest("PUT", path, denied))[0] == 204
        only = one(await clinic.examine(), "Permissions", State.ERROR)
        assert only.said == "In #prs the bot lacks Send Messages in Threads and Embed Links."
        assert "role Sovereign: #prs" in only.todo


class TestRoles:
    async def test_two_roles_of_one_name_grant_nothing(
        self, sandbox: Running, clinic: Clinic, person: Person
    ) -> None:
        await person.rest("POST", f"/guilds/{GUILD_ID}/roles", {"name": "DevOps"})
        only = one(await clinic.examine(), "Roles", State.ERROR)
        assert "2 roles are called so, and none of them is granted anything" in only.said
        assert "discovery.yml:4" in only.said
        assert str(ROLES["DevOps"]) in only.todo

    async def test_a_role_that_is_not_there_is_an_error(self, sandbox: Running, clinic: Clinic) -> None:
        clinic.file.write_text(GRANTS.replace("DevOps", "Wizards"), encoding="utf-8")
        assert "no such role" in one(await clinic.examine(), "Roles", State.ERROR).said

    async def test_on_call_must_be_mentionable(
        self, sandbox: Running, clinic: Clinic, person: Person
    ) -> None:
        path = f"/guilds/{GUILD_ID}/roles/{ROLES['On-Call']}"
        await person.rest("PATCH", path, {"mentionable": False})
        only = one(await clinic.examine(), "Mentions", State.ERROR)
        assert "nobody hears it: the role is not mentionable" in only.said
        assert "Mention Everyone" in only.todo


class TestPublicAddress:
    async def test_one_that_nobody_answers_at_is_an_error(self, sandbox: Running, clinic: Clinic) -> None:
        found = await clinic.examine(public_url="http://127.0.0.1:9")
        assert "GET http://127.0.0.1:9/healthz" in one(found, "Public address", State.ERROR).said

    async def test_another_server_there_is_an_error(self, sandbox: Running, clinic: Clinic) -> None:
        found = await clinic.examine(public_url=sandbox.url)
        assert "something else" in one(found, "Public address", State.ERROR).said

    async def test_a_gateway_that_only_this_machine_reaches_is_a_warning(
        self, tmp_path: Path, sandbox: Running, clinic: Clinic
    ) -> None:
        async with product(tmp_path, sandbox, clinic.file) as it:
            found = await clinic.examine(public_url=f"http://127.0.0.1:{it.port}")
        assert "only from this machine" in one(found, "Public address", State.WARNING).said


class TestConfiguration:
    async def test_a_broken_file_is_said_with_its_place_and_skips_discord(
        self, sandbox: Running, clinic: Clinic
    ) -> None:
        clinic.file.write_text("discrod: {}\n", encoding="utf-8")
        found = await clinic.examine()
        (only,) = errors(found)
        assert only.said.endswith("discovery.yml:1:1: discrod is not a known key.")
        assert "did you mean 'discord'?" in only.todo
        assert one(found, "Guild", State.SKIPPED).said == "discovery.yml must be right first."

    async def test_missing_secrets_and_open_endpoints_are_told_apart(
        self, sandbox: Running, clinic: Clinic
    ) -> None:
        clinic.file.write_text(
            f"{GRANTS}event_gateway:\n  endpoints:\n    - path: /git\n    - {{path: /event, auth: none}}\n",
            encoding="utf-8",
        )
        found = await clinic.examine(sandbox=False)
        secrets = [each for each in found if each.group is Group.SECRETS]
        assert [(each.check, each.state) for each in secrets] == [
            ("Bot token", State.ERROR),
            ("Webhook secrets", State.ERROR),
            ("Webhook secrets", State.WARNING),
        ]
        assert "GITHUB_WEBHOOK_SECRET is not set (" in secrets[1].said
        assert "discovery.yml:7" in secrets[1].said
        assert "/alert refuses every delivery" in secrets[2].said
        assert "/event takes whatever anybody sends" in one(found, "discovery.yml", State.WARNING).said


class TestMachine:
    @pytest.mark.parametrize("folder", ["/proc/sovereign", "discovery.yml/below a file"])
    async def test_a_folder_that_cannot_be_written_is_an_error(
        self, sandbox: Running, clinic: Clinic, folder: str
    ) -> None:
        found = await clinic.examine(data=clinic.folder / folder)
        assert "cannot be written" in one(found, "Data folder", State.ERROR).said

    async def test_a_damaged_database_is_an_error_and_is_not_touched(self, tmp_path: Path) -> None:
        path = tmp_path / "sovereign.db"
        path.write_bytes(b"not a database at all" * 500)
        before = path.read_bytes()
        assert "it is damaged" in (await machine.database(path)).said
        assert path.read_bytes() == before

    async def test_a_database_that_cannot_be_opened_is_not_called_damaged(self, tmp_path: Path) -> None:
        (tmp_path / "sovereign.db").mkdir()
        found = await machine.database(tmp_path / "sovereign.db")
        assert "it cannot be read" in found.said
        assert "who may read" in found.todo

    async def test_a_newer_database_is_an_error(self, tmp_path: Path) -> None:
        path = tmp_path / "sovereign.db"
        async with opened(path):
            pass
        with sqlite3.connect(path) as connection_:
            connection_.execute("PRAGMA user_version = 999")
        connection_.close()
        found = await machine.database(path)
        assert found.state is State.ERROR
        assert "newer build (version 999" in found.said


@pytest.fixture
async def unused_address() -> AsyncIterator[Running]:
    """A server that answers everything with a page."""
    application = web.Application()
    application.router.add_get("/{any:.*}", _page)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Running(host="127.0.0.1", port=runner.addresses[0][1])
    await runner.cleanup()


async def _page(_: web.Request) -> web.Response:
    return web.Response(text="<html>It works</html>", content_type="text/html")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine that runs the tests has set is none of their business."""
    for name in ("PUBLIC_URL", "SANDBOX", "CONFIG", "DATA", "DISCORD_API", "DISCORD_GATEWAY"):
        monkeypatch.delenv(f"SOVEREIGN_{name}", raising=False)
