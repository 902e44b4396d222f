"""Operations from the chat, through the real bot and the real adapter, against the simulated cluster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sovereign.sandbox.cluster.server import Running as Cluster
from sovereign.sandbox.cluster.server import running as clustered
from sovereign.sandbox.server import running
from sovereign.services.operations import following, logs
from tests.end_to_end.world import ROOT, Message, World, bots, product, text, texts

CHANNEL = "dev-feed"


@dataclass(slots=True)
class Yard:
    world: World
    cluster: Cluster

    async def ask(self, member: str, name: str, **options: Any) -> Sequence[Message]:
        """What a command is answered, once the bot has told Discord its commands."""
        answer: Any = None
        for _ in range(100):
            answer = await self.world.act(member, CHANNEL, "command", command=name, options=options)
            if "messages" in answer:
                found: Sequence[Message] = answer["messages"]
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(answer)

    async def press(self, member: str, message: Message, label: str) -> Sequence[Message]:
        answer = await self.world.act(member, CHANNEL, "click", message=message["id"], button=label)
        assert "messages" in answer, answer
        found: Sequence[Message] = answer["messages"]
        return found

    async def suggestions(
        self, member: str, name: str, option: str, typed: str = "", **given: Any
    ) -> list[str]:
        options = {**given, option: typed}
        answer: Any = None
        for _ in range(100):
            answer = await self.world.act(
                member, CHANNEL, "autocomplete", command=name, focused=option, options=options
            )
            if "choices" in answer:
                return [one["name"] for one in answer["choices"]]
            await asyncio.sleep(0.05)
        raise AssertionError(answer)

    async def fault(self, **fault: Any) -> None:
        url = f"{self.cluster.url}/sandbox/fault"
        async with self.world.http.post(url, json=fault) as answer:
            assert answer.status == 200, await answer.text()


@pytest.fixture
async def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Yard]:
    monkeypatch.setattr(following, "PAUSE", 0.1)
    async with standing(tmp_path) as it:
        yield it


@asynccontextmanager
async def standing(folder: Path) -> AsyncIterator[Yard]:
    async with (
        clustered(folder / "cluster", speed=20.0) as cluster,
        running(folder / "sandbox") as sandbox,
        product(folder, sandbox, ROOT / "discovery.yml", {"SOVEREIGN_KUBECONFIG": cluster.kubeconfig}) as it,
        aiohttp.ClientSession() as http,
    ):
        async with asyncio.timeout(10):
            await it.bot.usable.wait()
        gateway = f"http://127.0.0.1:{it.port}"
        yield Yard(World(sandbox=sandbox, gateway=gateway, http=http, bot=it), cluster)


async def test_members_see_how_services_are_each_within_their_rights(yard: Yard) -> None:
    [one] = await yard.ask("ivan", "status", service="shop", env="dev")
    assert "shop in dev: ok" in text(one)
    assert "1/1 pods ready" in text(one)
    [board] = await yard.ask("ada", "status")
    assert "recommendations" in text(board).splitlines()[2]  # its rollout in staging runs out of memory
    [again] = await yard.press("ada", board, "More")
    assert "page 2 of" in text(again)
    assert "needs one of the roles" in text((await yard.ask("kit", "status"))[0])
    assert "payments" in await yard.suggestions("ivan", "status", "service", "pay")
    assert await yard.suggestions("kit", "status", "service") == []


async def test_a_watched_status_stands_in_the_channel(yard: Yard) -> None:
    await yard.ask("ada", "status", service="shop", env="prod", watch=True)
    found = await yard.world.until(
        CHANNEL, lambda seen: any("Kept up to date until" in one for one in texts(bots(seen)))
    )
    assert any("shop in prod: ok" in one for one in texts(bots(found)))


async def test_logs_are_shown_and_followed_until_stop(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "EVERY", 0.2)
    [page] = await yard.ask("ivan", "logs", service="shop", env="prod", tail=20)
    assert "Logs of shop in prod" in text(page)
    assert "```" in text(page)
    pods = await yard.suggestions("ivan", "logs", "pod", service="shop", env="prod")
    assert len(pods) == 3
    following_it = asyncio.ensure_future(yard.ask("ivan", "logs", service="shop", env="dev", follow=True))
    [shown] = await following_it
    assert "followed" in text(shown)
    [stopped] = await yard.press("ivan", shown, "Stop")
    assert "not followed any more" in text(stopped)
    refused = await yard.ask("kit", "logs", service="shop", env="dev")
    assert "needs one of the roles" in text(refused[0])


async def test_scaling_in_production_is_shown_confirmed_and_followed(yard: Yard) -> None:
    [shown] = await yard.ask("ada", "scale", service="shop", env="prod", replicas=5)
    assert "Scale shop in prod?" in text(shown)
    assert "from 3 replicas\nto **5 replicas**" in text(shown)
    [begun] = await yard.press("ada", shown, "Scale shop to 5")
    assert "Scaling shop in prod" in text(begun)
    assert not begun.get("components")
    found = await yard.world.until(
        CHANNEL, lambda seen: any("Scaled shop in prod" in one for one in texts(seen)), 20
    )
    assert "5/5 pods ready" in text(bots(found)[-1])
    [again] = await yard.ask("ada", "scale", service="shop", env="prod", replicas=5)
    assert "has 5 replicas already" in text(again)
    [beyond] = await yard.ask("ada", "scale", service="shop", env="prod", replicas=50)
    assert "may have 1 to 10 replicas" in text(beyond)


async def test_elsewhere_it_is_done_at_once_and_only_by_who_may(yard: Yard) -> None:
    [begun] = await yard.ask("ivan", "restart", service="cart", env="staging")
    assert "Restarting cart in staging" in text(begun)
    await yard.world.until(
        CHANNEL, lambda seen: any("Restarted cart in staging" in one for one in texts(seen)), 20
    )
    [refused] = await yard.ask("ivan", "restart", service="cart", env="prod")
    assert "Restarting services in prod needs one of the roles" in text(refused)


async def test_a_rollback_goes_to_the_revision_that_was_chosen(yard: Yard) -> None:
    [first, *_] = await yard.suggestions("ivan", "rollback", "revision", service="search", env="dev")
    assert "search:v1.4.1" in first
    [begun] = await yard.ask("ivan", "rollback", service="search", env="dev")
    assert "Rolling back search in dev" in text(begun)
    await yard.world.until(
        CHANNEL, lambda seen: any("Rolled back search in dev" in one for one in texts(seen)), 20
    )
    [status] = await yard.ask("ivan", "status", service="search", env="dev")
    assert "search:v1.4.1" in text(status)


@pytest.mark.parametrize("fault", [{"kind": "freeze", "seconds": 3}, {"kind": "down", "seconds": 3}])
async def test_a_cluster_that_is_frozen_or_gone_delays_no_acknowledgement(
    yard: Yard, fault: dict[str, Any]
) -> None:
    await yard.ask("ada", "status", service="shop", env="prod")
    await yard.fault(**fault)
    began = time.monotonic()
    answer = await yard.world.act(
        "ada", CHANNEL, "command", command="status", options={"service": "shop", "env": "prod"}
    )
    assert answer["ack_ms"] < 1000  # 300 on a machine that does nothing else; see bench/operations.py
    assert "shop in prod" in texts(answer["messages"])[0]
    assert time.monotonic() - began < 15


async def test_another_state_of_the_workload_refuses_what_was_shown(yard: Yard) -> None:
    [shown] = await yard.ask("ada", "scale", service="accounts", env="prod", replicas=4)
    [begun] = await yard.ask("bela", "scale", service="accounts", env="prod", replicas=2)
    await yard.press("bela", begun, "Scale accounts to 2")
    answer = await yard.press("ada", shown, "Scale accounts to 4")
    assert any("changed since this was shown" in one for one in texts(answer))


async def test_a_playbook_is_run_and_goes_on_when_somebody_says_so(yard: Yard) -> None:
    assert "drain" in text((await yard.ask("ivan", "playbook list"))[0])
    inputs = await yard.suggestions("ivan", "playbook run", "inputs", playbook="drain", env="dev")
    assert inputs == ["service= replicas=1"]
    asked = {"playbook": "drain", "env": "staging", "inputs": "service=cart"}
    [shown] = await yard.ask("ivan", "playbook run", **asked, dry_run=True)
    assert "from 2 replicas to 1 replica" in text(shown)
    await yard.ask("ivan", "playbook run", **asked)
    found = await yard.world.until(CHANNEL, lambda seen: any("asks" in one for one in texts(seen)), 20)
    await yard.press("ivan", bots(found)[-1], "Continue")
    await yard.world.until(CHANNEL, lambda seen: any("staging: done" in one for one in texts(seen)), 20)
    told = await yard.world.until("deployments", lambda seen: seen, 20)
    assert "cart is drained in staging" in text(told[-1])


async def test_a_playbook_is_shown_before_it_changes_production(yard: Yard) -> None:
    asked = {"playbook": "drain", "inputs": "service=cart"}
    [unclear] = await yard.ask("ada", "playbook run", **asked)
    assert "say in which (`env:`)" in text(unclear)
    [shown] = await yard.ask("ada", "playbook run", **asked, env="prod")
    assert "Run drain in prod?" in text(shown)
    assert "replicas to 1 replica" in text(shown)
    [begun] = await yard.press("ada", shown, "Run drain in prod")
    assert "How far it is stands in this channel" in text(begun)
    await yard.world.until(CHANNEL, lambda seen: any("prod: asks" in one for one in texts(seen)), 20)


async def test_a_playbook_that_needs_a_second_member_waits_for_one(yard: Yard) -> None:
    await yard.ask("ada", "playbook run", playbook="restart-shop")
    found = await yard.world.until(
        CHANNEL, lambda seen: any("waits for approval" in one for one in texts(seen)), 20
    )
    [refused] = await yard.press("ada", bots(found)[-1], "Approve")
    assert "a second member has to" in text(refused)
    [approved] = await yard.press("bela", bots(found)[-1], "Approve")
    assert "It goes on" in text(approved)
    done = await yard.world.until(
        CHANNEL, lambda seen: any("restart-shop in prod: done" in one for one in texts(seen)), 30
    )
    assert "Approved by" in "\n".join(texts(done))
