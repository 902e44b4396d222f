"""Proposals: what is refused, who counts, and what people are told of them."""

from __future__ import annotations

import pytest

from sovereign.core.errors import InvalidTransition, UserError
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
    it = dock(database, "{environments: [prod], quorum: 1, change_link: %s}" % link)
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
