"""The status of a service and the board of all: what members may see, as whom it is asked, worst first."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from sovereign.core import clock
from sovereign.core.errors import NotAllowed, NotFound, UserError
from sovereign.domain.cluster import ClusterEvent, Condition
from sovereign.domain.deployment import Phase, State
from sovereign.domain.freeze import Freeze
from sovereign.domain.health import Health
from sovereign.domain.rollout.terms import Strategy
from sovereign.services.operations import facts
from sovereign.store import boards, conversations, deployments, freezes, outbox
from sovereign.store.database import Database
from tests.domain.cluster import NOW, given_up, pod, waiting, workload
from tests.domain.rollout import model
from tests.services.clusters import DEVELOPER, OWNER, ROLES, STRANGER, Yard, yard_over

DONE = (Condition(kind="Progressing", state="True", reason="NewReplicaSetAvailable"),)


@pytest.fixture
def yard(database: Database) -> Yard:
    made = yard_over(database)
    made.cluster.put(workload(namespace="dev", desired=1, replicas=1, updated=1, ready=1, available=1), pod())
    crashing = pod(
        "shop-2", ready=False, containers=waiting("CrashLoopBackOff", last_exit_code=1, restarts=4)
    )
    made.cluster.put(workload(ready=2, available=2, conditions=DONE), pod(), crashing)
    made.cluster.told = [
        ClusterEvent(kind="Pod", name="shop-2", reason="BackOff", message="m", warning=True, at=NOW)
    ]
    return made


async def test_a_status_is_asked_in_the_members_name_and_says_what_is_wrong(yard: Yard) -> None:
    found = await yard.operations.statuses.one(OWNER, "shop", "prod")
    assert {who.user for _, who in yard.cluster.asked if who} == {"discord:1"}
    assert {who.groups for _, who in yard.cluster.asked if who} == {("sovereign:Owner",)}
    assert found.standing.health is Health.DEGRADED
    assert [one.pod for one in found.standing.complaints] == ["shop-2"]
    assert found.event == "BackOff: m"


async def test_without_an_environment_it_is_the_one_the_member_may_see(yard: Yard) -> None:
    assert (await yard.operations.statuses.one(DEVELOPER, "shop", None)).standing.place.environment == "dev"
    assert (await yard.operations.statuses.one(OWNER, "shop", None)).standing.place.environment == "prod"


async def test_a_refusal_names_the_role_and_asks_the_cluster_nothing(yard: Yard) -> None:
    with pytest.raises(NotAllowed, match="Looking at services in prod needs one of the roles Owner or QA"):
        await yard.operations.statuses.one(DEVELOPER, "shop", "prod")
    with pytest.raises(NotFound, match="There is no service 'shpo'"):
        await yard.operations.statuses.one(OWNER, "shpo", None)
    assert yard.cluster.asked == []


async def test_a_silent_cluster_is_told_within_the_status(yard: Yard) -> None:
    yard.cluster.silent = "no answer in time"
    found = await yard.operations.statuses.one(OWNER, "shop", "prod")
    assert found.standing.health is Health.SILENT
    assert "main does not answer" in found.standing.why
    board = await yard.operations.statuses.board(OWNER)
    assert {one.health for one in board.standings} == {Health.SILENT}


async def test_the_board_shows_the_worst_first_and_only_what_the_member_may_see(yard: Yard) -> None:
    board = await yard.operations.statuses.board(OWNER)
    assert [(one.place.service, one.place.environment, one.health) for one in board.standings] == [
        ("payments", "prod", Health.MISSING), ("shop", "prod", Health.DEGRADED), ("shop", "dev", Health.OK),
    ]  # fmt: skip
    assert board.standings[1].why == "1 CrashLoopBackOff"
    assert [one.place.environment for one in (await yard.operations.statuses.board(DEVELOPER)).standings] == [
        "dev"
    ]
    with pytest.raises(NotAllowed):
        await yard.operations.statuses.board(STRANGER)


@pytest.mark.parametrize(
    ("changed", "health"),
    [
        ({"conditions": given_up(), "updated": 1}, Health.FAILING),
        ({"desired": 0, "replicas": 0, "updated": 0, "ready": 0, "available": 0}, Health.STOPPED),
        ({"ready": 0, "available": 0, "conditions": DONE}, Health.DOWN),
        ({"updated": 1, "replicas": 4}, Health.ROLLING),
        ({"paused": True}, Health.PAUSED),
        ({}, Health.OK),
    ],
)
async def test_each_state_has_its_word(yard: Yard, changed: dict[str, object], health: Health) -> None:
    yard.cluster.put(workload(**changed), pod())
    assert (await yard.operations.statuses.one(OWNER, "shop", "prod")).standing.health is health


def test_suggestions_are_only_what_the_member_may_see(yard: Yard) -> None:
    places = yard.operations.places
    from sovereign.domain.permission import Capability

    assert places.services(OWNER, Capability.SERVICES_VIEW, "") == ["shop", "payments"]
    assert places.services(DEVELOPER, Capability.SERVICES_VIEW, "") == ["shop"]
    assert places.services(STRANGER, Capability.SERVICES_VIEW, "") == []
    assert places.environments(DEVELOPER, Capability.SERVICES_VIEW, "shop", "") == ["dev"]


async def test_facts_come_back_from_json_as_they_were(yard: Yard) -> None:
    status = facts.of_status(await yard.operations.statuses.one(OWNER, "shop", "prod"))
    assert facts.status_from(facts.as_json(status)) == status
    board = facts.of_board(await yard.operations.statuses.board(OWNER))
    assert facts.board_from(facts.as_json(board)).rows == [*board.rows]


async def frozen(
    database: Database, service: str | None, environment: str | None, hours: int | None, reason: str
) -> None:
    since = clock.now() - timedelta(hours=1)
    freeze = Freeze(
        service=service, environment=environment, reason=reason, by_id=9, by="chen", since=since,
        until=since + timedelta(hours=hours) if hours is not None else None,
    )  # fmt: skip
    await database.write(lambda tx: freezes.add(tx, freeze))


async def test_what_is_frozen_or_being_deployed_to_is_told_until_it_is_over(
    yard: Yard, database: Database
) -> None:
    statuses = yard.operations.statuses
    await frozen(database, "shop", None, 2, "count")
    await frozen(database, None, "prod", 5, "fair")
    await frozen(database, "payments", "dev", 5, "of something else")
    await frozen(database, "shop", "prod", 0, "over")
    begun = await yard.deploying(replace(model.deployment(Strategy.CANARY), phase=Phase.SHARING))
    await database.write(lambda tx: conversations.set_message(tx, begun.conversation_id, 5, 6))
    shown = facts.of_status(await statuses.one(OWNER, "shop", "prod"))
    assert shown.row.frozen is not None
    assert (shown.row.frozen.reason, shown.more_freezes) == ("fair", 1), "the longest says until when"
    assert shown.row.deploying is not None
    assert (shown.row.deploying.version, shown.row.deploying.phase) == ("v2", "sharing")
    assert shown.followed_at == (5, 6)
    board = facts.of_board(await statuses.board(OWNER))
    assert [one.reason for one in board.freezes] == ["count", "fair"]
    assert {(one.service, one.environment): bool(one.deploying) for one in board.rows} == {
        ("payments", "prod"): False, ("shop", "prod"): True, ("shop", "dev"): False,
    }  # fmt: skip
    assert all(one.frozen for one in board.rows)
    for made in (shown, board):
        raw = json.loads(json.dumps(facts.as_json(made)))
        again = facts.board_from(raw) if made is board else facts.status_from(raw)
        assert json.loads(json.dumps(facts.as_json(again))) == raw
    over = begun.ended(State.SUCCEEDED, model.NOON)
    await database.write(lambda tx: deployments.save(tx, over))
    assert (await statuses.one(OWNER, "shop", "prod")).standing.deployment is None


async def test_who_may_not_see_a_place_learns_of_no_freeze_of_it(yard: Yard, database: Database) -> None:
    await frozen(database, "shop", "prod", None, "count")
    board = await yard.operations.statuses.board(DEVELOPER)
    assert ([*board.freezes], board.standings[0].freezes) == ([], [])


async def test_of_those_that_are_well_what_is_being_deployed_to_stands_first(yard: Yard) -> None:
    yard.cluster.put(workload(), pod())
    places = {"shop in prod", "shop in dev"}
    dev = replace(model.PLACE, environment="dev", namespace="dev", production=False)
    for place, first in ((None, "shop in prod"), (dev, "shop in dev")):
        if place is not None:
            await yard.deploying(replace(model.deployment(Strategy.ROLLING), place=place))
        board = await yard.operations.statuses.board(OWNER)
        well = [str(one.place) for one in board.standings if one.health is Health.OK]
        assert (set(well), well[0]) == (places, first)


async def test_a_board_of_before_an_upgrade_is_still_shown(yard: Yard) -> None:
    raw = facts.as_json(facts.of_board(await yard.operations.statuses.board(OWNER)))
    del raw["freezes"]
    assert facts.board_from(raw).freezes == ()


async def test_a_living_message_is_posted_bounded_and_ended(yard: Yard, database: Database) -> None:
    living = yard.operations.living
    assert await living.begin(OWNER, "shop", "prod", "123") == "shop in prod"
    [board] = await database.read(boards.living)
    assert (await database.read(outbox.backlog))[0] == 1
    await living._renew(board)
    assert len(yard.announced) == 1  # nothing has changed: nothing is edited
    yard.cluster.put(workload(), pod())
    await living._renew(board)
    assert len(yard.announced) == 2
    await living._renew(replace(board, until=NOW))
    assert await database.read(boards.living) == []
    with pytest.raises(NotAllowed):
        await living.begin(DEVELOPER, "shop", "prod", "123")


async def test_an_eleventh_living_message_is_refused(yard: Yard) -> None:
    for _ in range(10):
        await yard.operations.living.begin(OWNER, None, None, "123")
    with pytest.raises(UserError, match="10 messages are kept up to date already"):
        await yard.operations.living.begin(OWNER, None, None, "123")


async def shown(database: Database) -> dict[str, Any]:
    """The facts of the newest intent of the outbox."""
    rows = await database.read(
        lambda tx: [row["payload_json"] for row in tx.execute("SELECT payload_json FROM outbox ORDER BY id")]
    )
    found: dict[str, Any] = json.loads(rows[-1])["facts"]
    return found


async def test_a_living_message_goes_on_after_a_restart_once_the_roles_are_known(
    yard: Yard, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sovereign.services.operations.living.PAUSE", 0.01)
    await yard.operations.living.begin(OWNER, "shop", "prod", "123")
    again = yard_over(database, ready=False)
    again.cluster.put(workload(), pod())
    worker = asyncio.ensure_future(again.operations.living.run())
    await asyncio.sleep(0.1)
    assert len(await database.read(boards.living)) == 1
    assert again.announced == []
    again.permissions.bind([*ROLES.values()])
    async with asyncio.timeout(5):
        for _ in range(500):
            if (await shown(database))["row"]["health"] == "ok":
                break
            await asyncio.sleep(0.01)
    assert (await shown(database))["row"]["health"] == "ok"
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    assert len(await database.read(boards.living)) == 1


async def test_a_living_message_ends_at_its_time_though_the_roles_never_come(
    yard: Yard, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sovereign.services.operations.living.PAUSE", 0.01)
    monkeypatch.setattr("sovereign.services.operations.living.LIFE", timedelta(seconds=0.3))
    await yard.operations.living.begin(OWNER, "shop", "prod", "123")
    monkeypatch.setattr("sovereign.services.operations.living.LIFE", timedelta(minutes=10))
    await yard.operations.living.begin(OWNER, None, None, "123")
    again = yard_over(database, ready=False)
    with capture_logs() as logged:
        worker = asyncio.ensure_future(again.operations.living.run())
        async with asyncio.timeout(5):
            for _ in range(500):
                if len(await database.read(boards.living)) == 1:
                    break
                await asyncio.sleep(0.01)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    [left] = await database.read(boards.living)
    assert left.service is None, "its time is not over: it still waits"
    assert [one["problem"] for one in logged if one["event"] == "board.ended"] == [
        "Discord has not told the guild's roles since the start."
    ]
    rows = await database.read(lambda tx: [*tx.execute("SELECT payload_json FROM outbox ORDER BY id")])
    assert json.loads(rows[0]["payload_json"])["facts"]["until"] is None, "the message says so"


@pytest.mark.parametrize("service", ["shop", None])
async def test_a_living_message_that_ends_after_a_restart_says_so(
    yard: Yard, database: Database, service: str | None
) -> None:
    await yard.operations.living.begin(OWNER, service, "prod", "123")
    assert (await shown(database))["until"] is not None
    [board] = await database.read(boards.living)
    again = yard_over(database)
    await again.operations.living._renew(replace(board, actor=STRANGER))  # the role was taken away
    assert (await shown(database))["until"] is None
    assert await database.read(boards.living) == []


async def test_an_environment_may_be_typed_in_any_case_and_one_that_is_not_there_names_the_others(
    yard: Yard,
) -> None:
    statuses = yard.operations.statuses
    assert (await statuses.one(DEVELOPER, "Shop", "DEV")).standing.place.environment == "dev"
    board = await statuses.board(OWNER, " Prod")
    assert (board.environment, {one.place.environment for one in board.standings}) == ("prod", {"prod"})
    with pytest.raises(NotFound, match=r"There is no environment 'nowhere'\. There is dev, prod\."):
        await statuses.board(OWNER, "nowhere")
    with pytest.raises(NotFound, match=r"There is dev\.$"):
        await statuses.board(DEVELOPER, "nowhere")
    with pytest.raises(NotAllowed):
        await statuses.board(STRANGER, "nowhere")
    with pytest.raises(NotAllowed):
        await statuses.board(DEVELOPER, "PROD")
