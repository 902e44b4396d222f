"""What has changed in the configuration since the last deployment, and where nothing is said of it."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from sovereign.core import clock
from sovereign.core.errors import NotAllowed
from sovereign.domain.cluster import Revision
from sovereign.domain.deployment import Left, State
from sovereign.domain.rollout.terms import Strategy
from sovereign.render import notes
from sovereign.services.approving.approvals import Ask
from sovereign.services.releasing.deploying import Order, Preview
from sovereign.store import deployments
from sovereign.store.database import Database
from tests.domain.cluster import pod, workload
from tests.domain.rollout import model
from tests.domain.test_drift import TEMPLATE
from tests.services.clusters import OWNER
from tests.services.releasing import Dock, dock_over

DIGEST = "sha256:" + "ab" * 32
ALONE = "{environments: [prod], quorum: 0, deadline: 10m}"
LEFT = Left(template="aaa", replicas=3)


def dock(database: Database, rules: str = ALONE, now: dict[str, Any] = TEMPLATE) -> Dock:
    made = dock_over(database, rules)
    made.registry.digests["v3"] = DIGEST
    made.yard.cluster.put(workload(template=now), pod())
    made.yard.cluster.history = [
        Revision(name="shop-bbb", number=5, images={}, desired=3, ready=3, hash="bbb", template=now),
        Revision(name="shop-aaa", number=4, images={}, desired=0, ready=0, hash="aaa", template=TEMPLATE),
    ]
    return made


async def previewed(it: Dock) -> Preview:
    order = Order(version="v3", service="shop", environment="prod", channel="123")
    found = await it.delivery.deploying.run(OWNER, order)
    assert isinstance(found, Preview)
    return found


async def deployed(it: Dock, left: Left | None = LEFT, **changed: Any) -> None:
    """By the configuration as it is, and left so."""
    configured = (await previewed(it)).release.configured
    given = replace(model.deployment(Strategy.ROLLING), **{"configured": configured, **changed})
    begun = await it.yard.deploying(given)
    over = replace(begun.ended(State.SUCCEEDED, model.NOON), left=left)
    await it.yard.database.write(lambda tx: deployments.save(tx, over))


async def test_what_was_changed_in_the_cluster_is_named_without_its_values(database: Database) -> None:
    now = copy.deepcopy(TEMPLATE)
    now["spec"]["containers"][0]["env"][0]["value"] = "hunter2"
    now["spec"]["containers"][0]["resources"]["limits"]["memory"] = "1Gi"
    it = dock(database, now=now)
    await deployed(it)
    it.yard.cluster.put(workload(template=now, desired=9), pod())
    notes = (await previewed(it)).notes
    assert notes["configuration"] == [
        "replicas: 3 → 9",
        "shop: env changed: LEVEL",
        "shop: limits.memory 256Mi → 1Gi",
    ]


async def test_what_was_changed_in_discovery_yml_is_named(database: Database) -> None:
    await deployed(dock(database, "{environments: [prod], quorum: 0, smoke: 'http://{service}/up'}"))
    notes = (await previewed(dock(database))).notes
    assert notes["configuration"] == ["smoke: http://{service}/up → none"]
    strict = dock(database, "{environments: [prod], roles: {Owner: 2, QA: 1}, windows: 'mon 09:00-16:00'}")
    ask = Ask(version="v3", service="shop", environment="prod", channel="123", quorum=4, strategy="canary")
    standing = await strict.delivery.approvals.propose(OWNER, ask)
    assert standing.proposal.policy.quorum == 4
    rows = await database.read(
        lambda tx: [json.loads(row["payload_json"]) for row in tx.execute("SELECT * FROM outbox ORDER BY id")]
    )
    head = next(row for row in rows if row["view"] == "proposal")
    assert head["notes"]["configuration"] == [
        "quorum: 0 → 2 of Owner and 1 of QA",
        "windows: always → mon 09:00-16:00 UTC",
        "smoke: http://{service}/up → none",
    ]


async def test_where_there_are_many_the_thread_has_all(database: Database) -> None:
    await deployed(
        dock(database, "{environments: [prod], quorum: 0, smoke: 'http://x', deadline: 1m, pause: 5m}")
    )
    strict = dock(database, "{environments: [prod], quorum: 1}")
    await strict.delivery.approvals.propose(
        OWNER, Ask(version="v3", service="shop", environment="prod", channel="123")
    )
    rows = await database.read(
        lambda tx: [json.loads(row["payload_json"]) for row in tx.execute("SELECT * FROM outbox ORDER BY id")]
    )
    [line] = [row for row in rows if row["view"] == "line"]
    assert line["text"] == "Configuration changed since the last deployment"
    assert line["quote"].splitlines() == [
        "quorum: 0 → 1", "deadline: 0:01:00 → 0:10:00", "smoke: http://x → none", "pause: 0:05:00 → 0:01:00",
    ]  # fmt: skip


@pytest.mark.parametrize("left", [None, Left(template="forgotten", replicas=3)])
async def test_what_nobody_knows_is_not_said(database: Database, left: Left | None) -> None:
    now = copy.deepcopy(TEMPLATE)
    now["spec"]["containers"][0]["args"] = []
    it = dock(database, now=now)
    assert (await previewed(it)).notes["configuration"] == [], "it was never deployed"
    await deployed(it, left, configured={})
    assert (await previewed(it)).notes["configuration"] == []


async def test_a_cluster_that_does_not_tell_of_the_past_stops_no_proposal(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = dock(database)
    await deployed(it)

    async def refused(*_: object, **__: object) -> Any:
        raise NotAllowed("replicasets is forbidden")

    monkeypatch.setattr(type(it.yard.cluster), "revisions", refused)
    assert (await previewed(it)).notes["configuration"] == []


async def test_what_was_deployed_elsewhere_is_counted_the_same_environment_first(database: Database) -> None:
    it = dock(database)
    for service, environment in (
        ("payments", "prod"), ("payments", "dev"), ("shop", "dev"), ("cart", "dev"), ("cart", "prod"),
        ("shop", "prod"),
    ):  # fmt: skip
        place = replace(model.PLACE, service=service, environment=environment, deployment=f"{service}-x")
        await deployed(it, place=place, started_at=clock.now())
    noted = (await previewed(it)).notes
    shown = dict(notes.fields(noted))["Deployed in the last hour"].splitlines()
    assert [line.split(" by ")[0] for line in shown] == [
        "cart v2 to prod", "payments v2 to prod", "cart v2 to dev", "and 2 more",
    ]  # fmt: skip
