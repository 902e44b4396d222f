"""Rollouts are carried out side by side: a fault of ours in one stops no other, and is tried again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from sovereign.core import clock
from sovereign.core.errors import InvalidTransition
from sovereign.domain.cluster import Container, LogRequest, Revision
from sovereign.domain.cluster import Phase as Pods
from sovereign.domain.deployment import Deployment, Left, Phase, State, Wish
from sovereign.domain.estate import Place
from sovereign.domain.freeze import Freeze
from sovereign.domain.permission import Actor
from sovereign.domain.rollout.steps import End, Go, Step, View
from sovereign.domain.rollout.terms import Strategy
from sovereign.services.releasing import rollouts
from sovereign.store import deployments, freezes
from sovereign.store.database import Database
from tests.domain.cluster import pod, workload
from tests.domain.rollout import model
from tests.services.clusters import CONFIGURATION, OWNER, ROLES
from tests.services.releasing import Dock, dock_over

BROKEN = "a strategy that was never tried"


@pytest.fixture
def dock(database: Database) -> Dock:
    made = dock_over(database, "")
    made.yard.cluster.put(workload(), pod())
    return made


async def begun(dock: Dock, service: str) -> Deployment:
    place = Place(**{**{name: getattr(model.PLACE, name) for name in Place.__slots__}, "service": service})
    return await dock.yard.deploying(replace(model.deployment(Strategy.ROLLING), place=place))


async def state(dock: Dock, deployment: Deployment) -> State:
    return (await dock.delivery.rollouts.find(deployment.id)).state


@asynccontextmanager
async def working(dock: Dock) -> AsyncIterator[asyncio.Task[None]]:
    worker = asyncio.ensure_future(dock.delivery.rollouts.run())
    try:
        yield worker
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def until(dock: Dock, deployment: Deployment, wanted: State) -> None:
    for _ in range(500):
        if await state(dock, deployment) is wanted:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not {wanted} within five seconds")


def broken(lines: Sequence[MutableMapping[str, Any]]) -> list[MutableMapping[str, Any]]:
    return [line for line in lines if line["event"] == "rollout.broken"]


async def lines(dock: Dock) -> list[dict[str, Any]]:
    """Those of the threads, oldest first."""
    rows = await dock.yard.database.read(
        lambda tx: [json.loads(row["payload_json"]) for row in tx.execute("SELECT * FROM outbox ORDER BY id")]
    )
    return [row for row in rows if row["view"] == "line"]


async def shown(dock: Dock, deployment: Deployment) -> list[str]:
    """What its message has said that it waits for, oldest first."""
    rows = await dock.yard.database.read(
        lambda tx: [json.loads(row["payload_json"]) for row in tx.execute("SELECT * FROM outbox ORDER BY id")]
    )
    mine = [row for row in rows if row.get("deployment", {}).get("id") == deployment.id]
    return [row["waits_for"] for row in mine]


async def test_a_fault_in_one_stops_no_other_is_logged_and_tried_again(
    dock: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick, well = await begun(dock, "shop"), await begun(dock, "payments")
    mended = False

    def decide(deployment: Deployment, view: View, now: datetime) -> Step:
        if deployment.id == sick.id and not mended:
            raise ZeroDivisionError(BROKEN)
        return End(state=State.SUCCEEDED)

    monkeypatch.setitem(rollouts._DECIDE, Strategy.ROLLING, decide)
    monkeypatch.setattr(rollouts, "LOOK_AGAIN", 0.1)
    with capture_logs() as logged:
        async with working(dock) as worker:
            await until(dock, well, State.SUCCEEDED)
            await asyncio.sleep(0.5)
            assert len(broken(logged)) > 1
            assert (await shown(dock, sick)).count(
                "another try: something went wrong on our side, which is in the log"
            ) == 1
            assert await state(dock, sick) is State.RUNNING
            assert not worker.done()
            later = await begun(dock, "payments")
            dock.delivery.rollouts.wake()
            await until(dock, later, State.SUCCEEDED)
            mended = True
            await until(dock, sick, State.SUCCEEDED)
    assert (await shown(dock, sick))[-1] == ""
    assert {(str(line["exc_info"]), line["log_level"]) for line in broken(logged)} == {(BROKEN, "error")}


async def test_what_is_broken_keeps_its_place_and_can_be_told_to_end(
    dock: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick = await begun(dock, "shop")

    def decide(deployment: Deployment, view: View, now: datetime) -> Step:
        if deployment.wish is None:
            raise ZeroDivisionError(BROKEN)
        return End(state=State.CANCELLED, reason=f"Cancelled by {deployment.wished_by}")

    monkeypatch.setitem(rollouts._DECIDE, Strategy.ROLLING, decide)
    monkeypatch.setattr(rollouts, "LOOK_AGAIN", 0.1)
    async with working(dock):
        await asyncio.sleep(0.15)
        held = await dock.yard.database.read(lambda tx: deployments.under_way(tx, "shop", "prod"))
        assert held is not None
        await dock.delivery.rollouts.wish(OWNER, sick.id, Wish.CANCEL)
        await until(dock, sick, State.CANCELLED)


@pytest.mark.parametrize(("strategy", "pods"), [("rolling", 3), ("canary", 3), ("blue-green", 7)])
async def test_what_it_leaves_running_is_kept_to_compare_with(
    dock: Dock, monkeypatch: pytest.MonkeyPatch, strategy: str, pods: int
) -> None:
    dock.yard.cluster.put(workload(name="shop-green", desired=7), pod("green"))
    dock.yard.cluster.history = [
        Revision(name=f"r{n}", number=n, images={}, desired=0, ready=0, hash=f"hash-{n}") for n in (5, 4, 3)
    ]
    deployment = await dock.yard.deploying(model.deployment(Strategy(strategy)))
    outcomes = {Strategy(strategy): lambda *_: End(state=State.SUCCEEDED)}
    monkeypatch.setattr(rollouts, "_DECIDE", outcomes)
    async with working(dock):
        await until(dock, deployment, State.SUCCEEDED)
    left = (await dock.delivery.rollouts.find(deployment.id)).left
    assert left == Left(template="hash-4", replicas=pods)


async def test_what_nobody_knows_it_left_is_not_kept(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    done, failed = await begun(dock, "shop"), await begun(dock, "payments")

    def decide(deployment: Deployment, view: View, now: datetime) -> Step:
        return End(state=State.SUCCEEDED if deployment.id == done.id else State.FAILED)

    monkeypatch.setitem(rollouts._DECIDE, Strategy.ROLLING, decide)
    async with working(dock):
        await until(dock, done, State.SUCCEEDED)
        await until(dock, failed, State.FAILED)
    assert [(await dock.delivery.rollouts.find(one.id)).left for one in (done, failed)] == [None, None]


async def freeze(dock: Dock, since: datetime) -> None:
    frozen = Freeze(
        service=None,
        environment="prod",
        reason="inventory count",
        by_id=9,
        by="chen",
        since=since,
        until=None,
    )
    await dock.yard.database.write(lambda tx: freezes.add(tx, frozen))


async def resting(dock: Dock, strategy: Strategy, phase: Phase) -> Deployment:
    given = replace(model.deployment(strategy), phase=phase, started_at=clock.now(), phase_at=clock.now())
    return await dock.yard.deploying(given)


@pytest.mark.parametrize(
    ("strategy", "phase", "wish"),
    [
        (Strategy.BLUE_GREEN, Phase.PROMOTABLE, Wish.PROMOTE),
        (Strategy.CANARY, Phase.PAUSING, Wish.PROMOTE),
        (Strategy.BLUE_GREEN, Phase.PROMOTABLE, Wish.CANCEL),
        (Strategy.BLUE_GREEN, Phase.KEEPING, Wish.ROLL_BACK),
    ],
)
async def test_under_a_freeze_it_goes_back_for_all_and_on_for_who_may_override(
    database: Database, strategy: Strategy, phase: Phase, wish: Wish
) -> None:
    dock = dock_over(
        database, "", CONFIGURATION.replace("[services.view]", "[services.view, deploy.execute]")
    )
    deployment = await resting(dock, strategy, phase)
    await freeze(dock, clock.now())
    operator = Actor(id=7, name="emil", roles=(ROLES["QA"],))
    wanted = dock.delivery.rollouts.wish
    if wish is not Wish.PROMOTE:
        assert (await wanted(operator, deployment.id, wish)).wish is wish
        return
    with pytest.raises(
        InvalidTransition, match=r"Everything in prod is frozen by chen until .*: inventory count\."
    ):
        await wanted(operator, deployment.id, wish)
    assert (await dock.delivery.rollouts.find(deployment.id)).wish is None
    assert (await wanted(OWNER, deployment.id, wish)).wish is wish
    assert [
        (one.entry.action, str(one.entry.result), one.entry.parameters.get("freezes"))
        for one in await dock.yard.records()
    ] == [("deploy.promote", "refused", None), ("deploy.promote", "done", "overridden")]


@pytest.mark.parametrize(
    ("phase", "on"), [(Phase.PAUSING, Phase.SHARING), (Phase.PROMOTABLE, Phase.SWITCHING)]
)
async def test_what_would_go_on_by_itself_waits_for_a_freeze_that_began_meanwhile(
    dock: Dock, monkeypatch: pytest.MonkeyPatch, phase: Phase, on: Phase
) -> None:
    def decide(deployment: Deployment, view: View, now: datetime) -> Step:
        return Go(phase=on) if deployment.phase is phase else End(state=State.SUCCEEDED)

    monkeypatch.setitem(rollouts._DECIDE, Strategy.CANARY, decide)
    await freeze(dock, clock.now() - timedelta(hours=1))
    overridden = await resting(dock, Strategy.CANARY, phase)
    async with working(dock):
        await until(dock, overridden, State.SUCCEEDED)
    waiting = await resting(dock, Strategy.CANARY, phase)
    await freeze(dock, clock.now())
    async with working(dock):
        await asyncio.sleep(0.3)
    assert (await shown(dock, waiting))[-1] == "the freeze by chen to be lifted: inventory count"
    assert (await dock.delivery.rollouts.find(waiting.id)).phase is phase


async def test_the_last_lines_are_read_before_the_sick_pods_are_gone(
    dock: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashed = Container(name="shop", image=model.NEW, phase=Pods.WAITING, restarts=2)
    cluster = dock.yard.cluster
    cluster.put(workload(), pod(), pod("shop-2", ready=False, containers=(crashed,)))
    cluster.lines["shop-2"] = "panic: no database\n"

    def decide(deployment: Deployment, view: View, now: datetime) -> Step:
        if deployment.phase is not Phase.TAKING_BACK:
            return Go(phase=Phase.TAKING_BACK, reason="it crashes")
        cluster.put(workload(), pod())
        return End(state=State.ROLLED_BACK)

    monkeypatch.setitem(rollouts._DECIDE, Strategy.ROLLING, decide)
    deployment = await begun(dock, "shop")
    async with working(dock):
        await until(dock, deployment, State.ROLLED_BACK)
    assert "panic: no database" in [one["quote"] for one in await lines(dock)]
    asked = LogRequest(pod="shop-2", container="shop", tail=10, previous=True)
    assert cluster.done == [("log", asked)]
