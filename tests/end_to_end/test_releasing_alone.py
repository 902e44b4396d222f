"""Releases where nobody has to agree, and where nobody did in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import pytest_asyncio

from sovereign.core.errors import InvalidTransition
from sovereign.domain.permission import Actor, Role
from sovereign.services.approving import approvals
from tests.end_to_end.releasing import Releasing, image, releasing
from tests.end_to_end.world import Message, text

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROD = "{environments: [prod], quorum: 0, deadline: 20s}"
STAGING = "{environments: [staging], quorum: 1, expires: 3s}"
CHANGES = "{environments: [dev], quorum: 0, change_link: true}"


@pytest.fixture(scope="module")
def channels() -> Iterator[str]:
    """One for each story."""
    return iter(("deployments", "general", "how-to", "runbooks", "prs"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Releasing]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(approvals, "LOOK", 3600.0)  # a story says itself when what is over is looked for
        async with releasing(tmp_path_factory.mktemp("alone"), PROD, STAGING, CHANGES) as found:
            yield found


@pytest.fixture
def it(whole: Releasing, channels: Iterator[str]) -> Releasing:
    return replace(whole, channel=next(channels))


async def test_production_is_shown_first_and_deployed_by_the_button_that_names_it(it: Releasing) -> None:
    order = {"version": "v2.0", "service": "shop", "env": "prod"}
    answer = await it.act("bela", it.channel, "command", command="deploy run", options=order)
    [shown] = answer["messages"]
    assert "Deploy shop v2.0 to prod?" in text(shown)
    assert "`v1.4.2` → `v2.0`" in text(shown)
    assert "v1.4.2" in image(await it.deployment("shop", "prod"))
    begun = await it.press("bela", shown, "Deploy shop v2.0 to prod")
    assert "Deploying shop v2.0 to prod" in begun
    await it.until_head("Deployed shop v2.0 to prod")
    assert "/acme/shop:v2.0@sha256:" in image(await it.deployment("shop", "prod"))
    [record] = await it.records("deploy.execute")
    assert record.entry.parameters["proposal"] is None


async def test_what_was_changed_by_hand_since_the_last_deployment_is_shown_without_values(
    it: Releasing,
) -> None:
    async def preview(version: str) -> Message:
        order = {"version": version, "service": "reviews", "env": "prod"}
        answer = await it.act("bela", it.channel, "command", command="deploy run", options=order)
        [shown] = answer["messages"]
        found: Message = shown
        return found

    assert "Configuration" not in text(await preview("v1.6.0")), "it was never deployed from here"
    await it.press("bela", await preview("v1.6.0"), "Deploy reviews v1.6.0 to prod")
    await it.until_head("Deployed reviews v1.6.0 to prod")
    assert "Configuration" not in text(await preview("v2.0"))
    container = (await it.deployment("reviews", "prod"))["spec"]["template"]["spec"]["containers"][0]["name"]
    by_hand = {"name": container, "env": [{"name": "PAYMENT_KEY", "value": "hunter2-hunter2"}]}
    await it.patch("reviews", "prod", {"template": {"spec": {"containers": [by_hand]}}, "replicas": 5})
    shown = text(await preview("v2.0"))
    assert "Configuration changed since" in shown
    assert "→ 5" in shown
    assert "env added: PAYMENT" in shown.replace("\\", "")
    assert "hunter2" not in shown


async def test_the_button_refuses_once_it_is_frozen_or_is_another_image(it: Releasing) -> None:
    order = {"version": "v2.0", "service": "cart", "env": "prod"}
    answer = await it.act("bela", it.channel, "command", command="deploy run", options=order)
    [shown] = answer["messages"]
    async with it.frozen("cart", "prod"):
        assert "inventory count" in await it.press("bela", shown, "Deploy cart v2.0 to prod")
        assert "inventory count" in await it.command("bela", "deploy run", **order)
    await it.cluster_act("tag", image="acme/cart:v2.0", move=True)
    assert "another image now: look again" in await it.press("bela", shown, "Deploy cart v2.0 to prod")
    assert "v1.4.2" in image(await it.deployment("cart", "prod"))


async def test_a_link_that_is_asked_for_is_not_gone_round(it: Releasing) -> None:
    order = {"version": "v1.6.0", "service": "shop", "env": "dev"}
    assert "needs a link to the change" in await it.command("ivan", "deploy run", **order)
    for change in ("later", "ftp://example.org/42", "https://", "see https://example.org/42"):
        refused = await it.command("ivan", "deploy approve", change=change, **order)
        assert "is no link; expected https://…" in refused
    assert "needs a link to the change: give it as `change`" in await it.command(
        "ivan", "deploy approve", **order
    )
    link = "https://github.com/acme/shop/pull/42"
    assert "Proposed" in await it.command("ivan", "deploy approve", change=link, **order)
    head = await it.until_head("Deploy shop v1.6.0 to dev")
    await it.press("ivan", head, "Execute")
    await it.until_says(head, "Deployed shop v1.6.0 to dev")


async def test_a_proposal_that_nobody_answers_expires_and_is_never_executed(it: Releasing) -> None:
    head = await it.propose("ivan", "search", env="staging")
    number = int(text(head).split("proposal ")[1].split()[0])
    before = image(await it.deployment("search", "staging"))
    await asyncio.sleep(3)  # `expires` of the rule
    for button in ("Approve", "Execute"):
        assert "has expired. Propose search v2.0 to staging again" in await it.press("chen", head, button)
    assert it.bot is not None
    services = it.bot.services
    services.delivery.approvals.listen_again()
    over = await it.until_says(head, "Expired")
    assert "No quorum in time" in text(over)
    assert over["components"] == []
    assert "Expired without a quorum, which is a no" in await it.until_in_thread(head, "Expired")
    await it.act("chen", it.channel, "react", message=head["id"], emoji="👍")
    broken = await it.command("ada", "deploy break-glass", proposal=number, reason="it cannot wait any more")
    assert f"Proposal {number} is expired" in broken
    role = services.permissions.role_id("Owner")
    assert role is not None
    owner = Actor(id=1, name="Ada", roles=(Role(id=role, name="Owner"),))
    with pytest.raises(InvalidTransition, match="is expired"):
        await services.delivery.approvals.execute(owner, number)
    assert "needs 1 approval" in await it.command(
        "chen", "deploy run", version="v2.0", service="search", env="staging"
    )
    assert [one.entry.subject for one in await it.records("deploy.expire")] == ["search v2.0 to staging"]
    assert image(await it.deployment("search", "staging")) == before
