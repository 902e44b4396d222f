"""Scale, restart and roll back: what was shown is what is done, audited, as the member, and followed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from sovereign.core.errors import ClusterSilent, Moved, NotAllowed, NotFound
from sovereign.domain.cluster import RESTARTED_AT, Revision
from sovereign.domain.deployment import State as Deployed
from sovereign.domain.operation import Kind, State
from sovereign.domain.rollout.terms import Strategy
from sovereign.services.operations import following
from sovereign.services.operations.changes import Order, Seen
from sovereign.store import deployments, operations
from sovereign.store.database import Database
from tests.domain.cluster import given_up, pod, waiting, workload
from tests.domain.rollout import model
from tests.services.clusters import CONFIGURATION, DEVELOPER, OWNER, Yard, yard_over

UP = Order(kind=Kind.SCALE, service="shop", environment="prod", value=5)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PAUSE", 0.0)
    monkeypatch.setattr(following, "LOOK", 0.05)


@pytest.fixture
def yard(database: Database) -> Yard:
    made = yard_over(database)
    made.cluster.put(workload(), pod("a"), pod("b"), pod("c"))
    made.cluster.history = [
        Revision(name=f"r{n}", number=n, images={"shop": f"acme/shop:{n}"}, desired=0, ready=0, hash="new")
        for n in (4, 3)
    ]
    return made


async def shown(yard: Yard) -> dict[str, Any]:
    """The facts that the newest message of an operation shows."""
    rows = await yard.database.read(
        lambda tx: [row["payload_json"] for row in tx.execute("SELECT payload_json FROM outbox ORDER BY id")]
    )
    found: dict[str, Any] = json.loads(rows[-1])["facts"]
    return found


async def test_what_was_shown_is_done_in_the_members_name_and_audited(yard: Yard) -> None:
    wanted = await yard.operations.changes.preview(OWNER, UP)
    assert (wanted.before, wanted.after) == ("3 replicas", "5 replicas")
    await yard.operations.changes.perform(OWNER, UP, Seen.of(wanted), "123")
    assert yard.cluster.done == [("scale", 5)]
    assert {who.user for what, who in yard.cluster.asked if who and what == "scale"} == {"discord:1"}
    assert await yard.audited() == [
        ("services.scale", "shop in prod", "intent"), ("services.scale", "shop in prod", "done"),
    ]  # fmt: skip
    facts = await shown(yard)
    assert (facts["before"], facts["after"], facts["state"]) == ("3 replicas", "5 replicas", "running")


async def test_a_workload_that_moved_since_is_left_alone(yard: Yard) -> None:
    wanted = await yard.operations.changes.preview(OWNER, UP)
    yard.cluster.put(workload(generation=4, observed_generation=4), pod())
    with pytest.raises(Moved, match="changed since this was shown"):
        await yard.operations.changes.perform(OWNER, UP, Seen.of(wanted), "123")
    yard.cluster.put(workload(uid="made anew"), pod())
    with pytest.raises(Moved):
        await yard.operations.changes.perform(OWNER, UP, Seen.of(wanted), "123")
    assert yard.cluster.done == []


async def test_the_permission_is_asked_for_when_it_is_done_and_refusals_are_audited(yard: Yard) -> None:
    wanted = await yard.operations.changes.preview(OWNER, UP)
    with pytest.raises(NotAllowed, match="Scaling services in prod needs the role Owner"):
        await yard.operations.changes.perform(DEVELOPER, UP, Seen.of(wanted), "123")
    assert await yard.audited() == [("services.scale", "shop in prod", "refused")]
    assert yard.cluster.done == []


async def test_a_change_whose_answer_was_lost_is_audited_as_unknown(yard: Yard) -> None:
    wanted = await yard.operations.changes.preview(OWNER, UP)
    yard.cluster.loses = True
    with pytest.raises(ClusterSilent):
        await yard.operations.changes.perform(OWNER, UP, Seen.of(wanted), "123")
    assert (await yard.audited())[-1] == ("services.scale", "shop in prod", "unknown")


async def begun(yard: Yard, order: Order) -> None:
    wanted = await yard.operations.changes.preview(OWNER, order)
    meant = replace(order, value=wanted.value)
    await yard.operations.changes.perform(OWNER, meant, Seen.of(wanted), "123")


async def ended(yard: Yard) -> State:
    [one] = await yard.database.read(operations.running)
    async with asyncio.timeout(5):
        return await yard.operations.following.follow(one)


async def test_a_scaling_is_followed_to_its_end(yard: Yard) -> None:
    await begun(yard, UP)
    settled = workload(generation=4, observed_generation=4, desired=5, replicas=5, updated=5, available=5)
    yard.cluster.put(settled, *(pod(f"p{n}") for n in range(5)))
    assert await ended(yard) is State.DONE
    facts = await shown(yard)
    assert (facts["state"], facts["ready"], facts["desired"]) == ("done", 5, 5)
    assert await yard.database.read(operations.running) == []


async def test_a_rollback_that_fails_says_why_from_its_pods(yard: Yard) -> None:
    await begun(yard, Order(kind=Kind.ROLLBACK, service="shop", environment="prod"))
    assert yard.cluster.done == [("roll_back", 3)]
    stuck = pod("x", ready=False, hash="new", containers=waiting("ImagePullBackOff", "not found"))
    now = replace(yard.cluster.there["prod", "shop"], observed_generation=4, updated=1, conditions=given_up())
    yard.cluster.put(now, stuck)
    assert await ended(yard) is State.FAILED
    assert (await shown(yard))["why"] == (
        "ImagePullBackOff: its image acme/shop:2 cannot be pulled: not found".replace("shop:2", "shop:9")
    )


async def test_a_silent_cluster_is_told_and_waited_for(yard: Yard) -> None:
    await begun(yard, UP)
    yard.cluster.silent = "no answer in time"
    [one] = await yard.database.read(operations.running)
    async with asyncio.timeout(5):
        task = asyncio.ensure_future(yard.operations.following.follow(one))
        for _ in range(500):
            if (await shown(yard))["silent"]:
                break
            await asyncio.sleep(0.01)
        yard.cluster.silent = ""
        yard.cluster.put(
            workload(generation=4, observed_generation=4, desired=5, replicas=5, updated=5, available=5)
        )
        assert await task is State.DONE


async def test_after_a_restart_the_worker_takes_up_what_runs(yard: Yard, database: Database) -> None:
    await begun(yard, UP)
    yard.cluster.put(
        workload(generation=4, observed_generation=4, desired=5, replicas=5, updated=5, available=5)
    )
    again = yard_over(database)
    again.cluster.there, again.cluster.running = yard.cluster.there, yard.cluster.running
    worker = asyncio.ensure_future(again.operations.following.run())
    async with asyncio.timeout(5):
        for _ in range(250):
            if not await database.read(operations.running):
                break
            await asyncio.sleep(0.02)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    assert (await shown(yard))["state"] == "done"


async def test_a_workload_that_is_gone_ends_it(yard: Yard) -> None:
    await begun(yard, UP)
    yard.cluster.there.clear()
    assert await ended(yard) is State.UNKNOWN


async def test_a_person_who_may_not_roll_back_is_suggested_no_revision(yard: Yard) -> None:
    changes = yard.operations.changes
    assert [one.number for one, _ in await changes.revisions(OWNER, "shop", "prod")] == [3]
    assert await changes.revisions(DEVELOPER, "shop", "prod") == []


BACK = Order(kind=Kind.ROLLBACK, service="shop", environment="prod")


def revision(number: int, image: str, **template: Any) -> Revision:
    return Revision(
        name=f"r{number}", number=number, images={"shop": image}, desired=0, ready=0, hash=f"h{number}",
        template=template,
    )  # fmt: skip


async def was_deployed(yard: Yard, image: str, state: Deployed, **more: Any) -> None:
    """An ended deployment of ours to shop in prod."""
    begun = await yard.deploying(
        replace(model.deployment(Strategy.ROLLING), image=image, **{"version": image, **more})
    )
    over = begun.ended(state, model.NOON, "it crashed" if state is Deployed.ROLLED_BACK else "")
    await yard.database.write(lambda tx: deployments.save(tx, over))


async def test_a_rollback_skips_what_was_taken_back_and_warns_where_it_is_named(yard: Yard) -> None:
    yard.cluster.history = [revision(4, "acme/shop:2"), revision(3, "bad"), revision(1, "acme/shop:1")]
    await was_deployed(yard, "bad", Deployed.ROLLED_BACK)
    wanted = await yard.operations.changes.preview(OWNER, BACK)
    assert (wanted.value, wanted.warning) == (1, "")
    named = await yard.operations.changes.preview(OWNER, replace(BACK, value=3))
    assert named.warning == "bad was taken back here (deployment 1): it crashed"
    begun = await yard.operations.changes.perform(OWNER, replace(BACK, value=3), Seen.of(named), "123")
    assert begun.wanted.warning == named.warning
    yard.cluster.put(workload(), pod())
    await was_deployed(yard, "bad", Deployed.SUCCEEDED)  # mended since: the last word counts
    assert (await yard.operations.changes.preview(OWNER, BACK)).value == 3


async def test_a_rollback_skips_what_a_restart_left_behind(yard: Yard) -> None:
    def template(image: str, **annotations: str) -> dict[str, Any]:
        return {"metadata": {"annotations": annotations}, "spec": {"containers": [{"image": image}]}}

    now = template("acme/shop:2", **{RESTARTED_AT: "now"})
    yard.cluster.put(workload(template=now), pod())
    yard.cluster.history = [
        revision(4, "acme/shop:2", **now),
        revision(3, "acme/shop:2", **template("acme/shop:2")),
        revision(2, "acme/shop:2", **template("acme/shop:2", prices="old")),
    ]
    assert (await yard.operations.changes.preview(OWNER, BACK)).value == 2
    named = await yard.operations.changes.preview(OWNER, replace(BACK, value=3))
    assert named.warning == "Revision 3 is the same as what runs now."
    yard.cluster.history = yard.cluster.history[:2]
    with pytest.raises(NotFound, match=r"no revision before 4 to go back to: what there is \(3\)"):
        await yard.operations.changes.preview(OWNER, BACK)


@pytest.mark.parametrize(
    ("rules", "command"),
    [("", "/deploy approve"), ("{environments: [prod], quorum: 0}", "/deploy run")],
)
async def test_without_a_revision_of_before_the_version_that_served_is_named(
    database: Database, rules: str, command: str
) -> None:
    """As after a blue-green deployment: its workload is new."""
    yard = yard_over(database, f"{CONFIGURATION}\ndeploy:\n  rules: [{rules}]\n")
    yard.cluster.put(workload(revision=1, images={"shop": "registry/shop:v3@sha256:c"}), pod())
    yard.cluster.history = [revision(1, "registry/shop:v3@sha256:c")]
    with pytest.raises(NotFound, match=r"no revision before 1 to go back to\.$"):
        await yard.operations.changes.preview(OWNER, BACK)
    now = {"version": "v3", "from_version": "v2", "from_image": "registry/shop:v2@sha256:b"}
    await was_deployed(yard, "registry/shop:v3@sha256:c", Deployed.SUCCEEDED, **now)
    await was_deployed(yard, "registry/shop:v4@sha256:d", Deployed.ROLLED_BACK, version="v4")
    words = f"v2 served before: `{command} version:v2 service:shop env:prod` deploys it again"
    with pytest.raises(NotFound, match=words):
        await yard.operations.changes.preview(OWNER, BACK)


async def test_an_environment_of_another_case_is_the_same_place(yard: Yard) -> None:
    wanted = await yard.operations.changes.preview(OWNER, replace(UP, service="SHOP", environment="PROD"))
    assert str(wanted.place) == "shop in prod"
