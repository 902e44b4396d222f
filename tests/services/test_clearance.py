"""What is frozen, or being deployed to, is not scaled, restarted or rolled back, by playbooks neither."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sovereign.core.clock import EPOCH
from sovereign.core.errors import InvalidTransition, NotAllowed, NotFound
from sovereign.domain.cluster import Revision, Workload
from sovereign.domain.deployment import Phase, State, wishes
from sovereign.domain.freeze import Freeze
from sovereign.domain.operation import Kind, Operation
from sovereign.domain.operation import State as Ended
from sovereign.domain.permission import Actor
from sovereign.domain.playbook_run import RunState
from sovereign.domain.rollout.terms import Strategy
from sovereign.services.freezing import Wanted
from sovereign.services.operations import following
from sovereign.services.operations.changes import Order, Seen
from sovereign.services.operations.playbooks import Asked
from sovereign.services.releasing.deploying import Order as Release
from sovereign.services.releasing.deploying import Preview
from sovereign.store import deployments, freezes, operations, playbook_runs
from sovereign.store.database import Database
from tests.domain.cluster import pod, waiting, workload
from tests.domain.rollout import model
from tests.services.clusters import CONFIGURATION, DEVELOPER, OWNER, ROLES, Yard, yard_over
from tests.services.releasing import Dock, dock_over

OPERATOR = Actor(id=7, name="emil", roles=(ROLES["QA"],))
RIGHTS = CONFIGURATION.replace(
    "capabilities: [services.view]",
    "capabilities: [services.view, services.scale, services.restart, services.rollback, playbooks.run]",
)
BOOK = """
playbooks:
  - name: calm
    steps:
      - wait: {seconds: 1s}
      - scale: {service: shop, replicas: 2}
"""
ORDERS = [
    Order(kind=Kind.SCALE, service="shop", environment="prod", value=5),
    Order(kind=Kind.RESTART, service="shop", environment="prod"),
    Order(kind=Kind.ROLLBACK, service="shop", environment="prod", value=3),
]
PROMOTABLE = replace(model.deployment(Strategy.BLUE_GREEN), phase=Phase.PROMOTABLE)
CALM = Asked(playbook="calm", environment="prod")


@pytest.fixture
def yard(database: Database) -> Yard:
    made = yard_over(database, RIGHTS + BOOK)
    made.cluster.put(workload(observed_generation=99), pod("a"), pod("b"), pod("c"))
    made.cluster.history = [
        Revision(name="r3", number=3, images={"shop": "acme/shop:3"}, desired=0, ready=0, hash="old")
    ]
    return made


async def freeze(yard: Yard, service: str | None = "shop", environment: str | None = "prod") -> None:
    frozen = Freeze(
        service=service, environment=environment, reason="inventory count", by_id=9, by="chen",
        since=EPOCH, until=datetime(2999, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    await yard.database.write(lambda tx: freezes.add(tx, frozen))


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: str(order.kind))
@pytest.mark.parametrize("scope", [("shop", "prod"), ("shop", None), (None, "prod"), (None, None)])
async def test_a_freeze_that_covers_the_place_refuses_and_is_audited(
    yard: Yard, order: Order, scope: tuple[str | None, str | None]
) -> None:
    changes = yard.operations.changes
    wanted = await changes.preview(OPERATOR, order)
    await freeze(yard, *scope)
    for refused in (
        changes.preview(OPERATOR, order),
        changes.perform(OPERATOR, order, Seen.of(wanted), "123"),
        changes.apply(OPERATOR, order),
    ):
        with pytest.raises(
            InvalidTransition, match=r"is frozen by chen until .*: inventory count\. Wait for the end, or ask"
        ):
            await refused
    assert yard.cluster.done == []
    assert set(await yard.audited()) == {(order.kind.capability, "shop in prod", "refused")}


@pytest.mark.parametrize("scope", [("payments", None), (None, "dev"), ("shop", "dev")])
async def test_a_freeze_of_something_else_does_not(yard: Yard, scope: tuple[str | None, str | None]) -> None:
    await freeze(yard, *scope)
    await yard.operations.changes.preview(OPERATOR, ORDERS[0])


SHOP = Wanted(service="shop", environment="prod", reason="inventory count", length=None)


async def told(dock: Dock, actor: Actor, order: Order = ORDERS[0]) -> str:
    with pytest.raises(InvalidTransition) as refused:
        await dock.yard.operations.changes.preview(actor, order)
    return refused.value.public


async def test_who_is_stopped_is_told_only_what_they_can_do(database: Database) -> None:
    dock = dock_over(database, "", RIGHTS)
    dock.yard.cluster.put(workload(), pod())
    freeze = await dock.delivery.freezing.freeze(OWNER, SHOP)
    off, through = f"`/freeze off freeze:{freeze.id}`", "service:shop env:prod override_freeze:True`"
    assert (await told(dock, OPERATOR)).endswith(
        f"inventory count. Wait until somebody lifts it, or ask Owner to lift it ({off})."
    )
    assert (await told(dock, OWNER)).endswith(
        f"You can wait until somebody lifts it, lift it with {off} or go through it"
        f" with `/scale replicas:5 {through}."
    )
    assert f"`/restart {through}" in await told(dock, OWNER, ORDERS[1])
    assert f"`/rollback revision:3 {through}" in await told(dock, OWNER, ORDERS[2])


async def test_several_freezes_are_told_as_one_that_ends_with_the_last(database: Database) -> None:
    dock = dock_over(database, "")
    dock.yard.cluster.put(workload(), pod())
    first = await dock.delivery.freezing.freeze(OWNER, replace(SHOP, length=timedelta(hours=1)))
    fair = Wanted(service=None, environment="prod", reason="fair", length=timedelta(hours=2))
    last = await dock.delivery.freezing.freeze(OWNER, fair)
    said = await told(dock, OWNER)
    assert last.until is not None
    assert (
        f"Everything in prod is frozen by ada until <t:{int(last.until.timestamp())}:f>: fair. 1 more" in said
    )
    assert f"lift them with `/freeze off freeze:{first.id}` and `/freeze off freeze:{last.id}`" in said
    assert "wait for the end" in said


async def test_a_playbook_that_is_frozen_names_the_command_that_goes_through(
    yard: Yard, database: Database
) -> None:
    await freeze(yard)
    with pytest.raises(
        InvalidTransition, match="`/playbook run playbook:calm env:prod override_freeze:True`"
    ):
        await yard.operations.playbooks.begin(OWNER, CALM, "123")


async def test_who_may_override_a_freeze_goes_through_it_on_the_record_and_nobody_else(yard: Yard) -> None:
    changes, order = yard.operations.changes, replace(ORDERS[0], override=True)
    await freeze(yard)
    with pytest.raises(NotAllowed, match="Changing what is frozen in prod needs the role Owner"):
        await changes.preview(OPERATOR, order)
    wanted = await changes.preview(OWNER, order)
    with pytest.raises(NotAllowed):
        await changes.perform(OPERATOR, order, Seen.of(wanted), "123")
    await changes.perform(OWNER, order, Seen.of(wanted), "123")
    assert yard.cluster.done == [("scale", 5)]
    done = await yard.records()
    assert [one.entry.parameters.get("freezes") for one in done] == [None, None, "overridden", "overridden"]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: str(order.kind))
async def test_a_deployment_that_is_under_way_holds_the_place_whoever_asks(yard: Yard, order: Order) -> None:
    changes = yard.operations.changes
    wanted = await changes.preview(OWNER, order)
    begun = await yard.deploying(PROMOTABLE)
    words = "ada is deploying v2 to shop in prod, and the new set waits to be promoted"
    for override in (False, True):
        with pytest.raises(InvalidTransition, match=words):
            await changes.perform(OWNER, replace(order, override=override), Seen.of(wanted), "123")
    assert yard.cluster.done == []
    over = begun.ended(State.CANCELLED, model.NOON)
    await yard.database.write(lambda tx: deployments.save(tx, over))
    await changes.perform(OWNER, order, Seen.of(wanted), "123")
    assert len(yard.cluster.done) == 1


async def operating(yard: Yard, order: Order) -> Operation:
    """Somebody has begun it, and it is followed."""
    changes = yard.operations.changes
    return await changes.perform(OWNER, order, Seen.of(await changes.preview(OWNER, order)), "123")


WAIT = " just now. One at a time: wait for it."
WORDS = {
    Kind.SCALE: f"ada is scaling shop in prod from 3 replicas to 5 replicas{WAIT}",
    Kind.RESTART: f"ada is restarting shop in prod{WAIT}",
    Kind.ROLLBACK: f"ada is rolling shop in prod back to revision 3{WAIT}",
}


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: str(order.kind))
async def test_a_deployment_does_not_begin_before_an_operation_there_is_over(
    yard: Yard, database: Database, order: Order
) -> None:
    dock = dock_over(database, "{environments: [prod], quorum: 0}", RIGHTS)
    dock.registry.digests["v3"] = "sha256:" + "ab" * 32
    dock.yard.cluster.put(workload(), pod())
    running = await operating(yard, order)
    wanted = Release(version="v3", service="shop", environment="prod", channel="123")
    for override in (False, True):
        with pytest.raises(InvalidTransition) as refused:
            await dock.delivery.deploying.run(OWNER, replace(wanted, override=override))
        assert refused.value.public == WORDS[order.kind]
    await database.write(lambda tx: operations.end(tx, running, Ended.DONE, "", model.NOON))
    assert isinstance(await dock.delivery.deploying.run(OWNER, wanted), Preview)


@pytest.mark.parametrize("first", ORDERS, ids=lambda order: str(order.kind))
@pytest.mark.parametrize("then", ORDERS, ids=lambda order: str(order.kind))
async def test_an_operation_waits_for_another_one_unless_it_mends_it(
    yard: Yard, first: Order, then: Order
) -> None:
    """Who thinks better of it does the same again, and going back is never held up."""
    await operating(yard, first)
    yard.cluster.put(workload(observed_generation=99), pod("a"), pod("b"), pod("c"))
    if then.kind in (first.kind, Kind.ROLLBACK):
        await yard.operations.changes.preview(OPERATOR, then)
        return
    with pytest.raises(InvalidTransition) as refused:
        await yard.operations.changes.preview(OPERATOR, then)
    assert refused.value.public == WORDS[first.kind]
    assert (await yard.audited())[-1] == (then.kind.capability, "shop in prod", "refused")


async def test_an_operation_that_is_in_trouble_gives_way_to_what_may_be_its_cure(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PAUSE", 0.0)
    running = await operating(yard, ORDERS[0])
    crashing = pod("x", ready=False, containers=waiting("CrashLoopBackOff", last_exit_code=1, restarts=4))
    scaled = yard.cluster.there["prod", "shop"]
    yard.cluster.put(replace(scaled, updated=5, replicas=5, available=3), pod("a"), crashing)
    follows = asyncio.ensure_future(yard.operations.following.follow(running))
    async with asyncio.timeout(5):
        for _ in range(500):
            if (await yard.database.read(operations.running))[0].why:
                break
            await asyncio.sleep(0.01)
    await yard.operations.changes.preview(OPERATOR, ORDERS[1])
    follows.cancel()
    await asyncio.gather(follows, return_exceptions=True)


async def test_an_operation_elsewhere_holds_nothing_up(yard: Yard) -> None:
    yard.cluster.put(workload(namespace="dev"), pod())
    await operating(yard, replace(ORDERS[0], environment="dev"))
    await yard.operations.changes.preview(OPERATOR, ORDERS[1])


async def test_a_step_of_a_playbook_holds_its_place_and_not_itself_up(yard: Yard) -> None:
    run = await yard.operations.playbooks.begin(OPERATOR, CALM, "123")
    acting = replace(run, position=1, acting=True)
    await yard.database.write(lambda tx: playbook_runs.save(tx, acting))
    with pytest.raises(InvalidTransition, match="emil runs the playbook calm in prod just now, with"):
        await yard.operations.changes.preview(OWNER, ORDERS[0])
    step = replace(ORDERS[0], value=2)
    await yard.operations.changes.apply(OWNER, step, run_id=run.id)
    assert yard.cluster.done == [("scale", 2)]


@pytest.mark.parametrize(
    ("strategy", "phase", "said"),
    [
        (
            Strategy.BLUE_GREEN,
            Phase.KEEPING,
            (
                "ada has deployed v2 to shop in prod, and the old set is kept until <t:1772452820:f>, so that"
                " one can go back. One at a time: wait until then, or press Finish to let the old set go now,"
                " or Rollback to go back to it."
            ),
        ),
        (
            Strategy.BLUE_GREEN,
            Phase.PROMOTABLE,
            (
                "ada is deploying v2 to shop in prod, and the new set waits to be promoted. One at a time:"
                " press Promote or Cancel; where nobody does, it is taken back at <t:1772456400:f>."
            ),
        ),
        (
            Strategy.ROLLING,
            Phase.PROGRESSING,
            (
                "ada is deploying v2 to shop in prod just now (progressing). One at a time: wait for it, or"
                " press Pause or Cancel."
            ),
        ),
        (
            Strategy.BLUE_GREEN,
            Phase.RETIRING,
            "ada is deploying v2 to shop in prod just now (retiring). One at a time: wait for it.",
        ),
    ],
)
async def test_who_is_stopped_by_a_deployment_is_told_until_when_and_which_button_ends_it(
    yard: Yard, strategy: Strategy, phase: Phase, said: str
) -> None:
    begun = await yard.deploying(replace(model.deployment(strategy), phase=phase))
    with pytest.raises(InvalidTransition) as refused:
        await yard.operations.changes.preview(OPERATOR, ORDERS[0])
    assert refused.value.public == f"{said} `/status service:shop env:prod` leads to its message."
    wished = next(iter(wishes(begun)), None)
    if wished:  # it is told already: there is nothing to press
        await yard.database.write(lambda tx: deployments.wish(tx, begun.wished(wished, "ada")))
        with pytest.raises(InvalidTransition, match=r"One at a time: wait for it\."):
            await yard.operations.changes.preview(OPERATOR, ORDERS[0])


async def test_a_playbook_that_changes_what_is_frozen_does_not_begin(yard: Yard) -> None:
    playbooks = yard.operations.playbooks
    await freeze(yard)
    with pytest.raises(InvalidTransition, match="inventory count"):
        await playbooks.begin(OPERATOR, CALM, "123")
    with pytest.raises(NotAllowed, match="Changing what is frozen"):
        await playbooks.begin(OPERATOR, replace(CALM, override=True), "123")
    shown = await playbooks.dry_run(OPERATOR, CALM)
    assert shown.steps[1][1].startswith("would be refused: Shop in prod is frozen")
    run = await playbooks.begin(OWNER, replace(CALM, override=True), "123")
    kept = await yard.database.read(lambda tx: playbook_runs.by_id(tx, run.id))
    assert kept is not None
    assert kept.override
    begun = (await yard.records())[-1]
    assert (begun.entry.action, begun.entry.parameters["freezes"]) == ("playbooks.begin", "overridden")


@pytest.mark.parametrize("held", ["frozen", "deploying"])
async def test_a_step_is_refused_where_the_place_was_taken_since_the_run_began(yard: Yard, held: str) -> None:
    playbooks = yard.operations.playbooks
    run = await playbooks.begin(OPERATOR, CALM, "123")
    await yard.database.write(lambda tx: playbook_runs.save(tx, replace(run, position=1)))
    if held == "frozen":
        await freeze(yard)
    else:
        await yard.deploying(PROMOTABLE)
    await playbooks.work(replace(run, position=1))
    ended = await yard.database.read(lambda tx: playbook_runs.by_id(tx, run.id))
    assert ended is not None
    assert (ended.state, yard.cluster.done) == (RunState.FAILED, [])
    assert ("is frozen" if held == "frozen" else "is deploying v2") in ended.why


async def test_a_freeze_that_is_set_while_the_cluster_answers_holds(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes, order = yard.operations.changes, ORDERS[0]
    wanted = await changes.preview(OWNER, order)
    asked = yard.cluster.workload

    async def slow(*given: Any, **more: Any) -> Workload:
        await freeze(yard)
        return await asked(*given, **more)

    monkeypatch.setattr(type(yard.cluster), "workload", lambda _, *given, **more: slow(*given, **more))
    with pytest.raises(InvalidTransition, match="inventory count"):
        await changes.perform(OWNER, order, Seen.of(wanted), "123")
    assert yard.cluster.done == []


async def test_who_may_not_scale_there_learns_of_no_freeze(yard: Yard) -> None:
    await freeze(yard)
    with pytest.raises(NotAllowed):
        await yard.operations.changes.preview(DEVELOPER, ORDERS[0])


async def test_a_freeze_holds_whatever_the_case_it_was_typed_in(database: Database) -> None:
    dock = dock_over(database, "")
    dock.yard.cluster.put(workload(), pod())
    freezing = dock.delivery.freezing
    wanted = Wanted(service="SHOP", environment="Prod", reason="count", length=None)
    assert (await freezing.freeze(OWNER, wanted)).scope == "shop in prod"
    with pytest.raises(InvalidTransition, match="Shop in prod is frozen"):
        await dock.yard.operations.changes.preview(OWNER, ORDERS[0])
    with pytest.raises(NotFound, match=r"no environment 'nowhere'\. There is dev, prod\."):
        await freezing.freeze(OWNER, replace(wanted, environment="nowhere"))
