"""Proposals: what is refused, who counts, and what people are told of them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import discord
import pytest

from sovereign.core import clock
from sovereign.core.errors import InvalidTransition, UserError
from sovereign.domain.approval import Choice, Way
from sovereign.domain.deployment import Deployment, State
from sovereign.domain.permission import Actor
from sovereign.domain.rollout.steps import Wait
from sovereign.render import deployments as rollouts
from sovereign.render import proposals as looks
from sovereign.services.approving import steps
from sovereign.services.approving.approvals import Ask
from sovereign.services.approving.steps import Standing
from sovereign.services.freezing import Wanted
from sovereign.services.releasing import telling
from sovereign.services.releasing.deploying import Order
from sovereign.store import deployments
from sovereign.store.database import Database
from tests.domain.cluster import pod, workload
from tests.services.clusters import CONFIGURATION, OWNER, ROLES
from tests.services.releasing import Dock, dock_over

DIGEST = "sha256:" + "ab" * 32


def dock(database: Database, rule: str) -> Dock:
    made = dock_over(database, rule)
    made.registry.digests["v3"] = DIGEST
    made.yard.cluster.put(workload(), pod())
    return made


async def propose(it: Dock, change: str | None = None) -> Standing:
    ask = Ask(version="v3", service="shop", environment="prod", channel="123", change=change)
    return await it.delivery.approvals.propose(OWNER, ask)


@pytest.mark.parametrize("link", ["true", "false"])
async def test_what_is_no_link_is_not_lost_in_silence(database: Database, link: str) -> None:
    it = dock(database, f"{{environments: [prod], quorum: 1, change_link: {link}}}")
    with pytest.raises(UserError, match="'notaurl' is no link; expected https://…"):
        await propose(it, "notaurl")
    assert (await propose(it, "https://example.org/1")).proposal.change == "https://example.org/1"


@pytest.mark.parametrize(
    ("rule", "more"),
    [("quorum: 2", ""), ("quorum: 0, change_link: true", " change:https://…")],
)
async def test_who_may_not_deploy_at_once_is_told_a_command_that_works(
    database: Database, rule: str, more: str
) -> None:
    it = dock(database, f"{{environments: [prod], {rule}}}")
    order = Order(version="v3", service="shop", environment="prod", channel="123")
    with pytest.raises(InvalidTransition) as refused:
        await it.delivery.deploying.run(OWNER, order)
    assert f"`/deploy approve version:v3 service:shop env:prod{more}`" in refused.value.public


def answered(standing: Standing, who: Actor) -> str:
    embed = looks.heard(standing, who.id)
    return f"{embed.title}\n{embed.description}"


async def payloads(it: Dock, view: str) -> list[dict[str, Any]]:
    """What was put into the outbox, oldest first."""
    rows = await it.yard.database.read(
        lambda tx: [json.loads(row["payload_json"]) for row in tx.execute("SELECT * FROM outbox ORDER BY id")]
    )
    return [row for row in rows if row["view"] == view]


async def card(it: Dock) -> discord.Embed:
    """The newest state of the proposal's message."""
    return looks.head((await payloads(it, "proposal"))[-1], "ref")[0]


async def shown(it: Dock) -> str:
    """The approvals, as the message has them."""
    embed = await card(it)
    return next((str(field.value) for field in embed.fields if field.name == "Approvals"), "")


async def approve(it: Dock, who: Actor, standing: Standing) -> Standing:
    return await it.delivery.approvals.voting.vote(who, standing.proposal.id, Choice.APPROVE, Way.BUTTON)


async def test_a_vote_that_does_not_count_is_answered_with_the_reason(database: Database) -> None:
    it = dock(database, "{environments: [prod], quorum: 2, role: Owner}")
    proposed = await propose(it)
    mine = answered(await approve(it, OWNER, proposed), OWNER)
    assert "does not count" in mine
    assert "requester_counts" in mine
    assert "2 more approvals" in mine
    assert await shown(it) == "not counted: ada (asked for it)"
    other = Actor(id=8, name="chen", roles=OWNER.roles)
    assert "counts" in answered(await approve(it, other, proposed), other)
    third = Actor(id=9, name="emil", roles=OWNER.roles)
    it.members.known = {OWNER.id: OWNER, other.id: replace(other, roles=())}
    await approve(it, third, proposed)
    assert "not counted: ada (asked for it), chen (does not hold Owner now)" in await shown(it)


async def test_an_equal_vote_is_told_and_recorded_once(database: Database) -> None:
    it = dock(database, "{environments: [prod], quorum: 2, role: Owner}")
    proposed = await propose(it)
    chen = Actor(id=8, name="chen", roles=OWNER.roles)
    await approve(it, chen, proposed)
    said = answered(await approve(it, chen, proposed), chen)
    assert "You had approved shop v3 to prod already" in said
    assert "1 more approval" in said
    assert [line["text"] for line in await payloads(it, "line")] == ["chen approves"]
    assert [one.entry.action for one in await it.yard.records()].count("deploy.vote") == 1
    voting = it.delivery.approvals.voting
    back = await voting.vote(chen, proposed.proposal.id, None, Way.BUTTON)
    assert not back.repeated
    assert not (await approve(it, chen, proposed)).repeated


async def test_a_freeze_that_is_overridden_is_told_in_the_thread_and_on_the_card(database: Database) -> None:
    it = dock(database, "{environments: [prod], quorum: 0}")
    proposed = (await propose(it)).proposal
    frozen = Wanted(service="shop", environment="prod", reason="inventory count", length=None)
    await it.delivery.freezing.freeze(Actor(id=8, name="chen", roles=OWNER.roles), frozen)
    with pytest.raises(InvalidTransition, match="inventory count"):
        await it.delivery.approvals.execute(OWNER, proposed.id)
    await it.delivery.approvals.execute(OWNER, proposed.id, override=True)
    (line,) = await payloads(it, "line")
    assert line["text"] == "ada overrides the freeze of shop in prod by chen: inventory count"
    begun = await database.read(lambda tx: deployments.of_proposal(tx, proposed.id))
    assert begun is not None
    said, _ = rollouts.head(telling.facts(begun, Wait(until="")) | {"v": 1}, "ref")
    assert "**Freeze overridden** by ada: shop in prod by chen: inventory count" in str(said.description)


async def test_execute_under_a_freeze_names_what_its_presser_can_do_and_that_works(
    database: Database,
) -> None:
    grants = "      - {role: QA, capabilities: [services.view]}"
    rights = "services.view, deploy.execute, deploy.vote, deploy.break_glass"
    text = CONFIGURATION.replace(grants, f"      - {{role: QA, capabilities: [{rights}]}}")
    it = dock_over(database, "{environments: [prod], quorum: 0}", text)
    it.registry.digests["v3"] = DIGEST
    it.yard.cluster.put(workload(), pod())
    proposal = (await propose(it)).proposal
    frozen = Wanted(service="shop", environment="prod", reason="inventory count", length=None)
    freeze = await it.delivery.freezing.freeze(OWNER, frozen)
    approvals, quality = it.delivery.approvals, Actor(id=5, name="emil", roles=(ROLES["QA"],))

    async def refused(actor: Actor) -> str:
        with pytest.raises(InvalidTransition) as refusal:
            await approvals.execute(actor, proposal.id)
        return refusal.value.public

    assert await refused(quality) == (
        "Shop in prod is frozen by ada until somebody lifts it: inventory count. You can wait until somebody"
        f" lifts it or break the glass with `/deploy break-glass proposal:{proposal.id}`."
    )
    assert await refused(OWNER) == (
        "Shop in prod is frozen by ada until somebody lifts it: inventory count. You can wait until somebody"
        f" lifts it, lift it with `/freeze off freeze:{freeze.id}` or go through it with"
        " `/deploy run version:v3 service:shop env:prod override_freeze:True`."
    )
    named = Order(version="v3", service="shop", environment="prod", channel="123", override=True)
    begun = await it.delivery.deploying.run(OWNER, named)
    assert isinstance(begun, Deployment)
    assert begun.proposal_id == proposal.id


async def test_the_message_tells_the_freezes_of_now_and_none_once_it_is_decided(database: Database) -> None:
    it = dock(database, "{environments: [prod], quorum: 2, role: Owner}")
    proposed = (await propose(it)).proposal
    chen = Actor(id=8, name="chen", roles=OWNER.roles)
    wanted = Wanted(service=None, environment="prod", reason="inventory count", length=None)
    worker = asyncio.ensure_future(it.delivery.approvals.run())

    async def until_frozen(frozen: bool) -> None:
        for _ in range(300):
            if ("**Frozen**" in str((await card(it)).description)) is frozen:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"it is never {'' if frozen else 'no longer '}frozen")

    try:
        freeze = await it.delivery.freezing.freeze(chen, wanted)
        await until_frozen(True)
        await it.delivery.freezing.lift(chen, freeze.id)
        await until_frozen(False)
        await it.delivery.freezing.freeze(chen, wanted)
        await until_frozen(True)
        await it.delivery.approvals.cancel(OWNER, proposed.id)
        await until_frozen(False)
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def called(it: Dock) -> list[tuple[str, tuple[str, ...]]]:
    """The lines that call somebody, and whom."""
    rows = await it.yard.database.read(lambda tx: [*tx.execute("SELECT * FROM outbox WHERE op = 'line'")])
    told = [(json.loads(row["payload_json"])["text"], json.loads(row["mention_json"])) for row in rows]
    return [(text, tuple(whom)) for text, whom in told if whom]


async def test_who_asked_is_called_when_it_comes_to_nothing(database: Database) -> None:
    it = dock(database, "{environments: [prod], quorum: 2, role: Owner, expires: 5m}")
    chen = Actor(id=8, name="chen", roles=OWNER.roles)
    voting, me = it.delivery.approvals.voting, (f"<@{OWNER.id}>",)
    first = (await propose(it)).proposal
    await voting.vote(chen, first.id, Choice.REJECT, Way.BUTTON, "not today")
    second = (await propose(it)).proposal
    await voting.vote(OWNER, second.id, Choice.REJECT, Way.BUTTON)
    third = (await propose(it)).proposal
    await it.delivery.approvals.cancel(OWNER, third.id)
    fourth = (await propose(it)).proposal
    past = clock.micros(fourth.created_at - timedelta(minutes=6))
    late = "UPDATE proposals SET created_at = ?, expires_at = ? WHERE id = ?"
    await database.write(lambda tx: tx.execute(late, (past, past, fourth.id)).rowcount)
    await database.write(lambda tx: steps.expire(tx, 10))
    assert await called(it) == [
        ("chen rejects it", me),
        ("Expired without a quorum, which is a no", me),
    ]


async def test_who_asked_and_who_deployed_are_called_when_it_fails(database: Database) -> None:
    it = dock(database, "{environments: [prod], quorum: 0}")
    proposed = (await propose(it)).proposal
    chen = Actor(id=8, name="chen", roles=OWNER.roles)
    await it.delivery.approvals.execute(chen, proposed.id)
    begun = await database.read(lambda tx: deployments.of_proposal(tx, proposed.id))
    assert begun is not None
    over = begun.ended(State.ROLLED_BACK, clock.now(), "it crashes")
    await database.write(lambda tx: telling.ended(tx, over, clock.now(), ""))
    ((_, whom),) = await called(it)
    assert whom == (f"<@{OWNER.id}>", "<@8>")
