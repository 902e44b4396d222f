"""Releases as teams make them: a proposal, votes, a rollout that is told, and what goes wrong on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.end_to_end.releasing import Releasing, image, releasing
from tests.end_to_end.world import text, texts

PROD = "{environments: [prod], quorum: 3, role: ReleaseMgr, deadline: 20s}"


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Releasing]:
    async with releasing(tmp_path, PROD) as found:
        yield found


async def test_a_proposal_with_three_votes_is_executed_told_and_audited(it: Releasing) -> None:
    head = await it.propose("ivan", change="https://github.com/acme/shop/pull/42")
    assert "Deploy shop v2.0 to prod" in text(head)
    assert "3 more approvals of ReleaseMgr" in text(head)
    assert "needs ReleaseMgr" in await it.press("kit", head, "Approve")
    assert "cannot be executed" in await it.press("bela", head, "Execute")
    await it.press("bela", head, "Approve")
    await it.act("chen", "deployments", "react", message=head["id"], emoji="👍")
    await it.until_says(head, "2 of 3")
    await it.press("emil", head, "Approve")
    await it.until_says(head, "Execute is open")
    assert "deployed now" in await it.press("bela", head, "Execute")
    done = await it.until_says(head, "Deployed shop v2.0 to prod")
    assert done["components"] == []
    assert "bela, chen, emil" in text(done)
    workload = await it.deployment()
    assert "/acme/shop:v2.0@sha256:" in image(workload)
    said = "\n".join(texts(await it.thread(head, 4)))
    assert "chen approves" in said
    assert "v2.0 is deployed" in said
