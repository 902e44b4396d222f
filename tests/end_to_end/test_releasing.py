"""Releases as teams make them: proposals, votes and rollouts, and what goes wrong on the way.

All stories share one product and one cluster; each has a service and a channel of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import pytest_asyncio

from tests.end_to_end.releasing import Releasing, image, releasing
from tests.end_to_end.world import text

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROD = "{environments: [prod], quorum: 3, role: ReleaseMgr, change_link: true, deadline: 20s}"
STAGING = (
    "{environments: [staging], strategy: blue-green, deadline: 20s, promote_within: 1h, rollback_window: 1h}"
)
DEV = "{environments: [dev], deadline: 4s, pause: 1s, steps: [50], promote_within: 1s}"
CHANNELS = (
    *(
        "deployments",
        "general",
        "how-to",
        "runbooks",
        "prs",
        "cluster-status",
        "alerts",
        "dev-feed",
        "agents",
    ),
    *("inference-stream", "standup", "retro", "kanban-updates", "design-collab", "project-artifacts"),
)
CHANGE = "https://github.com/acme/shop/pull/42"


@pytest.fixture(scope="module")
def channels() -> Iterator[str]:
    """One for each story."""
    return iter(CHANNELS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Releasing]:
    async with releasing(tmp_path_factory.mktemp("releasing"), PROD, STAGING, DEV) as found:
        yield found


@pytest.fixture
def it(whole: Releasing, channels: Iterator[str]) -> Releasing:
    return replace(whole, channel=next(channels))


async def test_a_proposal_with_three_votes_is_executed_told_and_recorded(it: Releasing) -> None:
    refused = await it.command("ivan", "deploy approve", version="v2.0", service="shop", env="prod")
    assert "needs a link to the change" in refused
    assert "needs 3 approvals" in await it.command(
        "bela", "deploy run", version="v2.0", service="shop", env="prod"
    )
    head = await it.propose("ivan", "shop", change=CHANGE)
    assert "Deploy shop v2.0 to prod" in text(head)
    assert "3 more approvals of ReleaseMgr" in text(head)
    assert "needs ReleaseMgr" in await it.press("kit", head, "Approve")
    assert "3 more approvals" in await it.press("bela", head, "Execute")
    await it.press("bela", head, "Approve")
    await it.act("chen", it.channel, "react", message=head["id"], emoji="👍")
    await it.until_says(head, "2 of 3")
    await it.press("emil", head, "Approve")
    await it.until_says(head, "Execute is open")
    assert "deployment has begun" in await it.press("bela", head, "Execute")
    done = await it.until_says(head, "Deployed shop v2.0 to prod")
    assert done["components"] == []
    assert "Approved by: Bela, Chen, Emil" in text(done)
    assert "/acme/shop:v2.0@sha256:" in image(await it.deployment("shop", "prod"))
    said = await it.until_in_thread(head, "v2.0 is deployed")
    assert "Chen approves" in said
    assert "Approved by Bela, Chen, Emil: Execute is open" in said
    records = await it.records("deploy.execute")
    assert [each.name for each in records[0].entry.approved_by] == ["Bela", "Chen", "Emil"]
    acts = [(one.entry.action, str(one.entry.result)) for one in await it.records("cluster.set_image")]
    assert acts == [("cluster.set_image", "done"), ("cluster.set_image", "intent")]  # newest first


async def test_an_eligible_no_vetoes_with_its_comment_and_takes_the_buttons(it: Releasing) -> None:
    head = await it.propose("ivan", "cart", change=CHANGE)
    await it.press("bela", head, "Approve")
    form = await it.act("chen", it.channel, "click", message=head["id"], button="Reject")
    assert form["result"] == "modal", form
    await it.act("chen", it.channel, "modal", fields={"Why": "the migration is missing"})
    decided = await it.until_says(head, "Rejected")
    assert "by Chen" in text(decided)
    assert decided["components"] == []
    await it.until_in_thread(head, "the migration is missing")


async def test_the_requester_does_not_count_and_a_lost_role_loses_the_vote(it: Releasing) -> None:
    head = await it.propose("bela", "catalog", change=CHANGE)
    await it.press("bela", head, "Approve")
    shown = await it.until_says(head, "not counted: Bela")
    assert "0 of 3" in text(shown)
    for member in ("chen", "emil", "hana"):
        await it.press(member, head, "Approve")
    await it.until_says(head, "Execute is open")
    await it.role("emil", "ReleaseMgr", give=False)
    try:
        assert "1 more approval of ReleaseMgr" in await it.press("chen", head, "Execute")
        await it.until_says(head, "2 of 3")
    finally:
        await it.role("emil", "ReleaseMgr", give=True)
    await it.press("bela", head, "Cancel")
    await it.until_says(head, "Cancelled")


async def test_a_tag_that_moves_voids_what_was_voted_on(it: Releasing) -> None:
    head = await it.propose("ivan", "search", change=CHANGE)
    for member in ("bela", "chen", "emil"):
        await it.press(member, head, "Approve")
    await it.cluster_act("tag", image="acme/search:v2.0", move=True)
    assert "is void" in await it.press("bela", head, "Execute")
    void = await it.until_says(head, "Void")
    assert void["components"] == []
    assert "v1.4.2" in image(await it.deployment("search", "prod"))


async def test_the_glass_is_broken_by_a_button_for_a_reason_that_everybody_reads(it: Releasing) -> None:
    async with it.frozen("reviews", "prod"):
        head = await it.propose("ivan", "reviews", change=CHANGE)
        assert "Frozen" in text(head)
        for member in ("ivan", "chen"):
            refused = await it.press(member, head, "Break glass")
            assert "Deploying without a quorum in prod needs the role Owner" in refused
        form = await it.act("ada", it.channel, "click", message=head["id"], button="Break glass")
        assert form["result"] == "modal", form
        why = {"Why it cannot wait; everybody reads it": "customers read each other's reviews"}
        said = await it.act("ada", it.channel, "modal", fields=why)
        assert "without its quorum" in text(said["messages"][-1])
    done = await it.until_says(head, "Deployed reviews v2.0 to prod")
    assert "Without its quorum: customers read" in text(done).replace("*", "")
    assert done["components"] == []
    assert "Ada breaks the glass: customers read" in await it.until_in_thread(head, "v2.0 is deployed")
    records = await it.records("deploy.break_glass")
    assert [(one.entry.actor.name, str(one.entry.result)) for one in records if one.entry.actor] == [
        ("Ada", "done"), ("Chen", "refused"), ("Ivan", "refused"),
    ]  # fmt: skip
    assert records[0].entry.parameters["reason"] == "customers read each other's reviews"


async def test_a_freeze_refuses_until_it_is_lifted_and_says_why(it: Releasing) -> None:
    order = {"version": "v1.6.0", "service": "inventory", "env": "dev"}
    more = {"replicas": 4, "service": "inventory", "env": "dev"}
    async with it.frozen("inventory", "dev") as said:
        assert "Frozen: inventory in dev" in said
        for command, options in (("deploy run", order), ("scale", more)):
            refused = await it.command("ivan", command, **options)
            assert "frozen" in refused
            assert "inventory count" in refused
        assert "Changing what is frozen" in await it.command("ivan", "scale", **more, override_freeze=True)
        everybody = replace(it, channel="deployments")
        head = await everybody.until_head("Frozen: inventory in dev")
    await everybody.until_says(head, "Was frozen: inventory in dev")
    await everybody.until_head("No longer frozen: inventory in dev")
    assert "Deploying inventory v1.6.0" in await it.command("ivan", "deploy run", **order)
    await it.until_head("Deployed inventory v1.6.0 to dev")


async def test_each_failing_image_is_taken_back_with_what_the_pods_say(it: Releasing) -> None:
    async def fail(service: str, how: str) -> str:
        options = {"version": f"v2.1.0-{how}", "service": service, "env": "dev"}
        assert "Deploying" in await it.command("ivan", "deploy run", **options)
        head = await it.until_head(f"Took back {service} v2.1.0-{how} in dev")
        return f"{text(head)}\n{await it.until_in_thread(head, 'Taken back: v1.5.1 runs')}"

    crash, oom, nopull, unready = await asyncio.gather(
        fail("accounts", "crash"), fail("cart", "oom"), fail("catalog", "nopull"), fail("mailer", "unready")
    )
    assert "CrashLoopBackOff" in crash
    assert crash.count("CrashLoopBackOff") == 2, crash
    assert "Traceback (most recent call last)" in crash
    assert "OOMKilled" in oom
    assert "ImagePullBackOff" in nopull
    assert "ProgressDeadlineExceeded" in unready or "pods got ready" in unready
    for service in ("accounts", "cart", "catalog", "mailer"):
        assert "v1.5.1" in image(await it.deployment(service, "dev"))


async def test_blue_green_is_promoted_and_rolled_back_within_its_window(it: Releasing) -> None:
    await it.command("chen", "deploy run", version="v1.6.0", service="shop", env="staging")
    head = await it.until_head("Deploying shop v1.6.0 to staging")
    await it.until_says(head, "somebody to promote it")
    assert await it.serving("shop", "staging") == {"blue"}
    await it.press("chen", head, "Promote")
    kept = await it.until_says(head, "Rollback is open")
    assert await it.serving("shop", "staging") == {"green"}
    assert "busy" not in text(kept)
    second = await it.command("chen", "deploy run", version="v2.0.0", service="shop", env="staging")
    assert "Chen has deployed v1.6.0 to shop in staging, and the old set is kept until <t:" in second
    await it.press("chen", head, "Rollback")
    await it.until_says(head, "Took back shop v1.6.0")
    assert await it.serving("shop", "staging") == {"blue"}


async def test_a_preview_that_nobody_promotes_or_that_is_cancelled_goes(it: Releasing) -> None:
    order = {"version": "v1.6.0", "service": "reviews", "env": "dev", "strategy": "blue-green"}
    await it.command("ivan", "deploy run", **order)
    await it.command("chen", "deploy run", version="v1.6.0", service="checkout", env="staging")
    cancelled = await it.until_head("Deploying checkout v1.6.0 to staging")
    await it.until_says(cancelled, "Promotable")
    await it.press("chen", cancelled, "Cancel")
    await it.until_says(cancelled, "Cancelled checkout")
    taken = await it.until_head("Took back reviews v1.6.0 in dev")
    assert "nobody promoted it in time" in text(taken)
    assert (await it.deployment("checkout-green", "staging")).get("code") == 404
    assert (await it.deployment("reviews-green", "dev")).get("code") == 404


async def test_a_canary_grows_by_its_steps_until_all_is_new(it: Releasing) -> None:
    order = {"version": "v1.6.0", "service": "search", "env": "dev", "strategy": "canary"}
    await it.command("ivan", "deploy run", **order)
    await it.until_head("Deployed search v1.6.0 to dev")
    assert "v1.6.0" in image(await it.deployment("search", "dev"))
    assert (await it.deployment("search-canary", "dev")).get("code") == 404


async def test_a_frozen_api_server_is_waited_for(it: Releasing) -> None:
    await it.command("ivan", "deploy run", version="v1.6.0", service="recommendations", env="dev")
    await it.until_head("recommendations v1.6.0 to dev")
    await it.cluster_act("fault", kind="freeze", seconds=1)
    await it.until_head("Deployed recommendations v1.6.0 to dev", seconds=30)


async def test_a_message_written_by_hand_becomes_a_proposal(it: Releasing) -> None:
    said = await it.act(
        "bela", it.channel, "say", content=f"Proposal: Deploy shipping v2.0 to production\n{CHANGE}"
    )
    message = said["messages"][-1]["id"]
    await it.act("bela", it.channel, "menu", command="Make it a proposal", message=message)
    head = await it.until_head("Deploy shipping v2.0 to prod")
    await it.act("chen", it.channel, "react", message=head["id"], emoji="👎")
    await it.until_says(head, "Rejected")


async def test_what_was_deployed_is_listed_shown_drawn_and_an_event(it: Releasing) -> None:
    await it.command("ivan", "deploy run", version="v1.6.0", service="accounts", env="dev")
    await it.until_head("Deployed accounts v1.6.0 to dev")
    listed = await it.command("ivan", "deploy history", service="accounts")
    assert "accounts v1.6.0 to dev · succeeded" in listed
    number = int(listed.split("accounts v1.6.0 to dev")[0].split("**")[-2])
    shown = await it.command("ivan", "deploy show", deployment=number)
    assert "Deployed by: Ivan" in shown
    events = await it.until_events("service.deployed", "accounts")
    assert (events[-1]["environment"], events[-1]["actor"]) == ("dev", "Ivan")
    drawn = await it.act("ivan", it.channel, "command", command="deploy stats", options={"env": "dev"})
    assert drawn["messages"][-1]["attachments"][0]["filename"] == "deployments.png"
