"""Administration from the chat: status, reload under load, a changed configuration, deliveries, /help."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sovereign import bot as bot_module
from sovereign.sandbox.server import running
from tests.end_to_end.world import ROOT, World, bots, product, text, texts


@asynccontextmanager
async def configured(folder: Path) -> AsyncIterator[tuple[World, Path]]:
    """The product over a configuration of its own, which tests may change."""
    file = folder / "discovery.yml"
    shutil.copy(ROOT / "discovery.yml", file)
    async with (
        running(folder / "sandbox") as sandbox,
        product(folder, sandbox, file) as it,
        aiohttp.ClientSession() as http,
    ):
        async with asyncio.timeout(10):
            await it.bot.usable.wait()
        yield World(sandbox=sandbox, gateway=f"http://127.0.0.1:{it.port}", http=http, bot=it), file


async def command(it: World, member: str, name: str, **options: Any) -> str:
    """What the member is answered, once the bot has told Discord its commands."""
    answer: Any = None
    for _ in range(100):
        answer = await it.act(member, "alerts", "command", command=name, options=options)
        if "messages" in answer:
            return "\n".join(texts(answer["messages"]))
        await asyncio.sleep(0.05)
    raise AssertionError(answer)


async def test_help_shows_what_the_member_may_use_and_how(everything: World) -> None:
    owner = await command(everything, "ada", "help")
    assert "deliveries list, deliveries replay, deliveries show, reload" in owner
    assert "more with" not in owner
    developer = await command(everything, "ivan", "help")
    assert "`/alerts` list, show" in developer
    assert "admin" not in developer
    assert "more with one of the roles Owner or DevOps." in developer
    stranger = await command(everything, "kit", "help")
    assert "alerts" not in stranger
    assert "Number of the incident" in await command(everything, "ivan", "help", command="/alerts show")
    refused = await command(everything, "ivan", "help", command="admin reload")
    assert "Reloading cogs and the configuration needs the role Owner. You have Developers" in refused
    assert "There is no command /admin dance" in await command(
        everything, "ivan", "help", command="admin dance"
    )


@pytest.mark.parametrize(
    "name",
    [
        "admin status",
        "admin cogs",
        "admin config",
        "admin deliveries list",
        "deliveries list",
        "forwards list",
        "alerts list",
    ],
)
async def test_a_member_without_roles_is_refused_by_every_command(everything: World, name: str) -> None:
    assert "needs" in await command(everything, "kit", name)


async def test_status_says_what_is_wrong_and_which_line_of_the_configuration(tmp_path: Path) -> None:
    async with configured(tmp_path) as (it, file):
        assert "works as it should" in await command(it, "ada", "admin status")
        file.write_text(file.read_text().replace("- role: QA", "- role: Quality"))
        await command(it, "ada", "admin reload", what="configuration")
        assert "role Quality of discord.rbac grants nothing: the guild has no such role" in await command(
            it, "ada", "admin status"
        )
        async with it.http.get(f"{it.gateway}/readyz") as answer:
            assert (answer.status, (await answer.json())["warnings"]) == (
                200,
                ["The role Quality of discord.rbac grants nothing: the guild has no such role"],
            )
        file.write_text("event_gateway:\n  mention_from: hihg\n")
        words = await command(it, "ada", "admin reload", what="configuration")
        assert "refused" in words
        assert "discovery.yml:2:17" in words.replace("\\", "")
        status = (await command(it, "ada", "admin status")).replace("\\", "")
        assert "needs a look" in status
        assert "discovery.yml:2:17" in status
        assert "discovery.yml:2:17" in (await command(it, "ada", "admin config")).replace("\\", "")
        (notice,) = await it.until("cluster-status", bots)
        assert "discovery.yml is refused" in text(notice)
        assert "discovery.yml:2:17" in text(notice).replace("\\", "")
        async with it.http.get(f"{it.gateway}/readyz") as answer:
            assert answer.status == 200, "it is ready by what ran before"
            (_, refused) = (await answer.json())["warnings"]
        assert "discovery.yml is refused since" in refused
        assert "hihg" not in refused
        file.write_text("discord: {rbac: {grants: [{role: Owner, capabilities: all}]}}\n")
        await command(it, "ada", "admin reload", what="configuration")
        assert await it.until("cluster-status", lambda found: "taken again" in " ".join(texts(bots(found))))


async def test_a_changed_configuration_changes_routes_and_rights_without_a_restart(tmp_path: Path) -> None:
    async with configured(tmp_path) as (it, file):
        assert "needs" in await command(it, "ivan", "admin status")
        text_before = file.read_text()
        changed = text_before.replace(
            "- role: Developers\n        capabilities: [alerts.view]",
            "- role: Developers\n        capabilities: all",
        ).replace('prs: "#prs"', 'prs: "#dev-feed"')
        assert changed.count("dev-feed") > text_before.count("dev-feed")
        file.write_text(changed)
        words = await command(it, "ada", "admin reload", what="configuration")
        assert "discord.channels.prs: prs → dev-feed" in words
        assert "needs a look" not in await command(it, "ivan", "admin status")
        await it.sample("github", "pull_request.opened")
        await it.until("dev-feed", bots)


async def test_deliveries_are_listed_shown_and_replayed(everything: World) -> None:
    await everything.send("generic", b"{")
    await everything.sample("github", "pull_request.opened")
    await everything.until("prs", bots)
    listed = await command(everything, "ada", "admin deliveries list")
    assert "**2** github" in listed
    assert await command(everything, "ada", "deliveries list") == listed
    assert "**1** generic" in listed
    unparsed = await command(everything, "ada", "admin deliveries list", state="unparsed")
    assert "**2**" not in unparsed
    assert "the body is not JSON" in unparsed
    unknown = await command(everything, "ada", "deliveries list", endpoint="nosuch")
    assert "There is no endpoint 'nosuch'. There are: " in unknown.replace("\\", "")
    shown = await command(everything, "ada", "admin deliveries show", delivery=1)
    assert "its source cannot read it" in shown
    assert "Proof: verified: signature in x-" in shown
    answer = await everything.act(
        "ada", "alerts", "command", command="admin deliveries show", options={"delivery": 2}
    )
    (message,) = answer["messages"]
    assert [file["filename"] for file in message["attachments"]] == ["delivery-2.txt"]
    assert "→ #prs" in text(message)
    pressed = await everything.act("ada", "alerts", "click", message=message["id"], button="Replay")
    assert "worked off again" in "\n".join(texts(pressed["messages"]))
    assert "needs" in await command(everything, "ivan", "admin deliveries replay", delivery=2)
    assert "no delivery 99" in await command(everything, "ada", "admin deliveries replay", delivery=99)


async def test_what_an_outgoing_webhook_lacks_is_listed_shown_and_sent_again(everything: World) -> None:
    assert "Nothing is owed" in await command(everything, "ada", "forwards list")
    assert everything.bot is not None
    await everything.sample("github", "pull_request.opened")
    await everything.until("prs", bots)
    database = everything.bot.services.letters._database
    await database.write(
        lambda tx: tx.execute(
            "INSERT INTO forwards (target, event_id, sequence, state, created_at, attempts, problem)"
            " SELECT 'audit', id, sequence, 'dead', 1, 9, 'it answers 500' FROM events"
        )
    )
    assert "audit · dead since" in await command(everything, "ada", "forwards list", state="dead")
    (number,) = await database.read(lambda tx: tx.execute("SELECT sequence FROM events").fetchone())
    answer = await everything.act(
        "ada", "alerts", "command", command="forwards show", options={"event": number}
    )
    (message,) = answer["messages"]
    assert "dead after 9 attempts: it answers 500" in text(message)
    pressed = await everything.act("ada", "alerts", "click", message=message["id"], button="Send again")
    assert "waits until a target audit is configured" in "\n".join(texts(pressed["messages"]))
    assert "needs" in await command(everything, "ivan", "forwards retry", event=number)
    assert "audit · waiting since" in await command(everything, "ada", "forwards list")


@pytest.mark.usefixtures("hasty")
async def test_a_long_list_of_deliveries_turns_its_pages(everything: World) -> None:
    for number in range(12):
        await everything.send("generic", b'{"title": "n%d"}' % number)
    answer = await everything.act("ada", "alerts", "command", command="admin deliveries list", options={})
    (message,) = answer["messages"]
    assert "Deliveries 3 to 12" in text(message)
    turned = await everything.act("ada", "alerts", "click", message=message["id"], button="Older")
    assert "Deliveries 1 to 2" in "\n".join(texts(turned["messages"]))


@pytest.mark.usefixtures("hasty")
async def test_the_list_of_open_incidents_turns_its_pages(everything: World) -> None:
    for number in range(12):
        one = {"status": "firing", "labels": {"alertname": f"Down{number:02}"}, "annotations": {},
               "startsAt": "2026-03-01T12:00:00Z", "fingerprint": f"f{number}"}  # fmt: skip
        body = {"version": "4", "groupKey": f"g{number}", "status": "firing", "alerts": [one]}
        await everything.send("alertmanager", json.dumps(body).encode())
    assert everything.bot is not None
    await everything.bot.services.pipeline.idle()
    answer = await everything.act("chen", "alerts", "command", command="alerts list", options={})
    (message,) = answer["messages"]
    assert "12 open incidents" in text(message)
    assert "Down09" in text(message)
    for button, there, other in (("More", "Down11", "Down09"), ("Worse", "Down09", "Down11")):
        turned = await everything.act("chen", "alerts", "click", message=message["id"], button=button)
        words = "\n".join(texts(turned["messages"]))
        assert there in words
        assert other not in words


async def test_presses_during_reloads_are_all_answered(everything: World) -> None:
    await everything.sample("alertmanager", "firing")
    (head,) = await everything.until("alerts", bots)
    answers: list[Any] = []

    async def press() -> None:
        answers.append(
            await everything.act("ada", "alerts", "click", message=head["id"], button="Acknowledge")
        )

    async def type_command() -> None:
        answers.append(await everything.act("ivan", "alerts", "command", command="alerts list", options={}))

    async def reload() -> None:
        for _ in range(10):
            for cog in ("alerts", "help", "admin"):
                words = await command(everything, "ada", "admin reload", what=cog)
                assert f"Reloaded {cog}" in words

    reloading = asyncio.ensure_future(reload())
    while not reloading.done():
        await asyncio.gather(*(work() for work in 4 * [type_command]))
    await asyncio.gather(*(press() for _ in range(2)))
    await reloading
    assert len(answers) > 40
    assert [answer for answer in answers if not answer.get("messages")] == []


async def test_a_cog_with_a_mistake_is_not_loaded_and_the_old_one_answers(
    everything: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Path(bot_module.__file__).parent / "cogs" / "alerts.py"
    broken = tmp_path / "alerts.py"
    broken.write_text(source.read_text() + "\nraise RuntimeError('half-written')\n")
    import importlib.util as finder

    found = finder.find_spec

    def elsewhere(name: str, package: str | None = None) -> Any:
        if name == "sovereign.cogs.alerts":
            return finder.spec_from_file_location(name, broken)
        return found(name, package)

    monkeypatch.setattr(finder, "find_spec", elsewhere)
    words = await command(everything, "ada", "admin reload", what="alerts")
    assert "alerts cannot be loaded, and runs on as it was" in words
    assert "half-written" in words
    assert "No open incidents" in await command(everything, "ivan", "alerts list")
    assert "1 to look at" in await command(everything, "ada", "admin cogs")
    monkeypatch.undo()
    assert "Reloaded alerts" in await command(everything, "ada", "admin reload", what="alerts")
    assert "no cog" in await command(everything, "ada", "admin reload", what="nothing")


@pytest.mark.usefixtures("hasty")
async def test_a_number_that_is_typed_means_that_number_and_no_other(everything: World) -> None:
    for number in range(11):
        await everything.send("generic", b'{"title": "n%d"}' % number)
    await command(everything, "ada", "help")
    for typed, first in (("1", 1), ("10", 10), ("0", None)):
        answer = await everything.act(
            "ada",
            "alerts",
            "autocomplete",
            command="admin deliveries replay",
            options={"delivery": typed},
            focused="delivery",
        )
        offered = [choice["value"] for choice in answer["choices"]]
        assert offered[:1] == ([first] if first else []), typed


async def test_a_button_from_before_a_restore_takes_no_other_incident(everything: World) -> None:
    """Numbers come again after a restore; the message that was pressed says which incident is meant."""
    await everything.sample("alertmanager", "firing")
    (head,) = await everything.until("alerts", bots)
    assert everything.bot is not None
    database = everything.bot.services.health._database
    await database.write(lambda tx: tx.execute("UPDATE conversations SET message_id = message_id + 1"))
    answer = await everything.act("ada", "alerts", "click", message=head["id"], button="Acknowledge")
    assert "from before a restore" in text(answer["messages"][0])
    rows = await database.read(lambda tx: tx.execute("SELECT state FROM incidents").fetchall())
    assert [row["state"] for row in rows] == ["open"]


async def test_who_may_see_some_environments_is_not_told_that_nothing_is_open(everything: World) -> None:
    await everything.sample("alertmanager", "firing")
    await everything.until("alerts", bots)
    words = await command(everything, "gus", "alerts list")
    assert "No open incident that you may see" in words
    assert "1 in environments that your roles do not cover" in words
