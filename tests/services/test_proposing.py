"""Proposals: what is refused, who counts, and what people are told of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sovereign.core.errors import InvalidTransition, UserError
from sovereign.domain.approval import Choice, Way
from sovereign.domain.permission import Actor
from sovereign.render import proposals as looks
from sovereign.services.approving.approvals import Ask
from sovereign.services.approving.steps import Standing
from sovereign.services.releasing.deploying import Order
from sovereign.store.database import Database
from tests.domain.cluster import pod, workload
from tests.services.clusters import OWNER
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


async def shown(it: Dock) -> str:
    """The approvals, as the newest state of the proposal's message has them."""
    rows = await it.yard.database.read(
        lambda tx: [json.loads(row["payload_json"]) for row in tx.execute("SELECT * FROM outbox ORDER BY id")]
    )
    embed, _ = looks.head([row for row in rows if row["view"] == "proposal"][-1], "ref")
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
