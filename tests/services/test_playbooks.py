"""Playbooks run as declared: by whom may, after a second member agreed, until the first failure."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from sovereign.config.loader import parse
from sovereign.config.problems import ConfigProblems
from sovereign.core.errors import InvalidTransition, Moved, NotAllowed, NotFound, UserError
from sovereign.domain.permission import Actor
from sovereign.domain.playbook_run import Run, RunState
from sovereign.services.operations import following, playbook_steps, playbooks
from sovereign.services.operations.playbook_previews import Preview
from sovereign.services.operations.playbooks import Asked
from sovereign.store import playbook_runs
from sovereign.store.database import Database
from tests.domain.cluster import pod, workload
from tests.services.clusters import CONFIGURATION, DEVELOPER, OWNER, ROLES, STRANGER, Yard, yard_over

SECOND = Actor(id=9, name="bela", roles=(ROLES["Owner"],))
BOOKS = """
playbooks:
  - name: drain
    description: Empties a queue
    inputs:
      - {name: service, type: service}
      - {name: replicas, type: integer, default: 2, min: 1, max: 5}
    steps:
      - scale: {service: "{service}", replicas: "{replicas}"}
        undo: "/scale {service} back"
      - name: Tell the queue
        http: {url: "https://queue.example.org/drain", secret: "env://QUEUE", body: {service: "{service}"}}
      - ask: "Is {service} quiet?"
      - wait: {service: "{service}", timeout: 5s}
      - notify: {channel: "#deployments", text: "{service} is drained in {environment}"}
  - name: careful
    approval: second
    environments: [prod]
    steps:
      - restart: {service: shop}
"""


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PAUSE", 0.0)
    monkeypatch.setattr(following, "LOOK", 0.05)
    monkeypatch.setattr(playbook_steps, "LOOK", 0.01)


@pytest.fixture
def yard(database: Database) -> Yard:
    made = yard_over(database, CONFIGURATION + BOOKS)
    # what is scaled to 2 is what it has: the cluster in memory has no controllers
    made.cluster.put(
        workload(desired=3, replicas=2, updated=2, available=2, ready=2, observed_generation=99), pod()
    )
    return made


async def stored(yard: Yard, run: Run) -> Run:
    found = await yard.database.read(lambda tx: playbook_runs.by_id(tx, run.id))
    assert found is not None
    return found


async def worked(yard: Yard, run: Run) -> Run:
    await yard.operations.playbooks.work(await stored(yard, run))
    return await stored(yard, run)


async def shown(yard: Yard, view: str = "playbook") -> dict[str, Any]:
    rows = await yard.database.read(
        lambda tx: [json.loads(row["payload_json"]) for row in tx.execute("SELECT * FROM outbox ORDER BY id")]
    )
    found: dict[str, Any] = [row for row in rows if row["view"] == view][-1]
    return found


DRAIN = Asked(playbook="drain", environment="prod", inputs="service=shop")


async def test_a_run_does_its_steps_asks_and_tells(yard: Yard) -> None:
    run = await worked(yard, await yard.operations.playbooks.begin(OWNER, DRAIN, "123"))
    assert (run.state, run.position) == (RunState.ASKING, 2)
    assert yard.cluster.done == [("scale", 2)]
    [(method, url, headers, body)] = yard.calls.made
    assert (method, url) == ("POST", "https://queue.example.org/drain")
    assert headers["Authorization"] == "Bearer secret of env://QUEUE"
    assert json.loads(body) == {"service": "shop"}
    assert (await shown(yard))["facts"]["question"] == "Is shop quiet?"
    await yard.operations.playbooks.go_on(SECOND, run.id)
    run = await worked(yard, run)
    assert run.state is RunState.DONE
    assert run.said[0] == "from 3 replicas to 2 replicas"
    assert (await shown(yard, "said"))["text"] == "shop is drained in prod"
    assert ("playbooks.run", "drain in prod", "done") in await yard.audited()
    assert "secret of" not in str(await yard.database.read(lambda tx: [*map(tuple, tx.execute("SELECT * FROM playbook_runs"))]))  # fmt: skip  # noqa: E501


async def test_the_first_failure_ends_it_and_says_what_was_done_and_how_to_undo_it(yard: Yard) -> None:
    yard.calls.status = 503
    run = await worked(yard, await yard.operations.playbooks.begin(OWNER, DRAIN, "123"))
    assert (run.state, run.position) == (RunState.FAILED, 1)
    facts = (await shown(yard))["facts"]
    assert facts["why"] == "https://queue.example.org/drain answers 503"
    assert facts["undos"] == ["Scale shop to 2: /scale shop back"]
    with pytest.raises(InvalidTransition):
        await yard.operations.playbooks.go_on(OWNER, run.id)


async def test_a_dry_run_shows_each_step_and_does_none(yard: Yard) -> None:
    found = await yard.operations.playbooks.dry_run(OWNER, DRAIN)
    assert [words for _, words in found.steps] == [
        "from 3 replicas to 2 replicas",
        'POST https://queue.example.org/drain with {"service": "shop"}',
        "Is shop quiet?",
        "",
        "shop is drained in prod",
    ]
    assert (yard.cluster.done, yard.calls.made) == ([], [])


async def test_a_second_member_has_to_approve_where_that_is_declared(yard: Yard) -> None:
    run = await yard.operations.playbooks.begin(OWNER, Asked(playbook="careful"), "123")
    assert run.state is RunState.PROPOSED
    assert (await worked(yard, run)).position == 0
    for member, words in ((OWNER, "a second member has to"), (DEVELOPER, "needs the role Owner")):
        with pytest.raises(NotAllowed, match=words):
            await yard.operations.playbooks.approve(member, run.id)
    await yard.operations.playbooks.approve(SECOND, run.id)
    yard.cluster.put(workload(observed_generation=99), pod())
    assert (await worked(yard, run)).state is RunState.DONE
    assert yard.cluster.done == [("restart", "shop")]
    refused = [one for one in await yard.audited() if one[2] == "refused"]
    assert [one[0] for one in refused] == ["playbooks.approve", "playbooks.approve"]


async def test_who_may_not_do_a_step_may_not_begin(yard: Yard) -> None:
    with pytest.raises(NotAllowed):
        await yard.operations.playbooks.begin(DEVELOPER, DRAIN, "123")
    with pytest.raises(NotAllowed):
        await yard.operations.playbooks.begin(STRANGER, Asked(playbook="drain", inputs="service=shop"), "1")
    with pytest.raises(NotFound, match="You may run: drain"):
        await yard.operations.playbooks.begin(DEVELOPER, Asked(playbook="drian"), "123")
    assert [one.name for one, _ in yard.operations.playbooks.listed(DEVELOPER)] == ["drain"]
    assert yard.operations.playbooks.listed(STRANGER) == []


async def test_a_crash_in_the_middle_of_a_change_ends_the_run_and_a_wait_goes_on(yard: Yard) -> None:
    run = await yard.operations.playbooks.begin(OWNER, DRAIN, "123")
    await yard.database.write(lambda tx: playbook_runs.save(tx, run.begin()))
    ended = await worked(yard, run)
    assert ended.state is RunState.FAILED
    assert "look whether it was done (Scale shop to 2)" in ended.why
    assert yard.cluster.done == []


def test_inputs_are_suggested_as_they_are_written(yard: Yard) -> None:
    playbooks = yard.operations.playbooks
    assert playbooks.usage(OWNER, "drain", "service=shop") == ["service=shop replicas=2"]
    assert playbooks.usage(STRANGER, "drain", "") == []
    assert playbooks.environments(DEVELOPER, "drain", "") == ["dev"]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("{scale: {service: a, replicas: 1}, ask: b}", "does 2 of them"),
        ("{undo: x}", "does nothing of them"),
        ("{http: {url: 'https://x/{service}'}}", "an address"),
        ("{http: {url: 'https://x', secret: hunter2}}", "is not a reference"),
        ("{wait: {seconds: 2h}}", "from 1s to 1h"),
        ("{ask: 'Is {colour} fine?'}", "names {colour}, which is no input"),
    ],
)
def test_a_wrong_step_is_told_where_it_stands(step: str, words: str) -> None:
    text = f"playbooks: [{{name: a, steps: [{step}]}}]"
    with pytest.raises(ConfigProblems) as refused:
        parse(text, "discovery.yml", sources=[])
    assert words in str(refused.value)


async def test_a_step_with_a_bad_number_is_refused_before_anything(yard: Yard) -> None:
    with pytest.raises(UserError):
        await yard.operations.playbooks.begin(
            OWNER, Asked(playbook="drain", inputs="service=shop replicas=9"), "1"
        )


PREVIEWED = ["from 3 replicas to 2 replicas", "Is shop quiet?", "shop is drained in prod"]


async def test_in_production_it_is_shown_first_and_begun_once_when_confirmed(yard: Yard) -> None:
    previews = yard.operations.playbook_previews
    shown = await previews.run(OWNER, DRAIN, "123")
    assert isinstance(shown, Preview)
    assert {*PREVIEWED} <= {words for _, words in shown.found.steps}
    assert await yard.database.read(playbook_runs.running) == []
    with pytest.raises(NotAllowed):
        await previews.confirm(DEVELOPER, shown.key, "123")
    run = await previews.confirm(OWNER, shown.key, "123")
    assert (run.state, run.values["service"], run.environment) == (RunState.RUNNING, "shop", "prod")
    with pytest.raises(NotFound, match="begun already"):
        await previews.confirm(OWNER, shown.key, "123")
    assert len(await yard.database.read(playbook_runs.running)) == 1


async def test_a_preview_is_refused_once_its_steps_would_do_something_else(yard: Yard) -> None:
    previews = yard.operations.playbook_previews
    shown = await previews.run(OWNER, DRAIN, "123")
    assert isinstance(shown, Preview)
    yard.cluster.put(workload(desired=4), pod())
    with pytest.raises(Moved, match="something else than was shown"):
        await previews.confirm(OWNER, shown.key, "123")
    assert await yard.database.read(playbook_runs.running) == []


async def test_elsewhere_or_where_a_second_member_looks_it_is_not_shown_before(yard: Yard) -> None:
    yard.cluster.put(workload(namespace="dev"), pod())
    previews = yard.operations.playbook_previews
    dev = await previews.run(DEVELOPER, replace(DRAIN, environment="dev"), "123")
    assert isinstance(dev, Run)
    proposed = await previews.run(OWNER, Asked(playbook="careful"), "123")
    assert isinstance(proposed, Run)
    assert proposed.state is RunState.PROPOSED


async def test_without_an_environment_it_asks_in_which_of_several(yard: Yard) -> None:
    previews = yard.operations.playbook_previews
    with pytest.raises(UserError, match=r"drain runs in dev, prod: say in which \(`env:`\)"):
        await previews.run(OWNER, replace(DRAIN, environment=None), "123")
    yard.cluster.put(workload(namespace="dev"), pod())
    only = await previews.run(DEVELOPER, replace(DRAIN, environment=None), "123")
    assert isinstance(only, Run)
    assert only.environment == "dev"


async def test_a_step_whose_end_is_there_already_is_done(yard: Yard) -> None:
    yard.cluster.put(workload(desired=1, replicas=1, updated=1, available=1, ready=1), pod())
    asked = replace(DRAIN, inputs="service=shop replicas=1")
    assert (await yard.operations.playbooks.dry_run(OWNER, asked)).steps[0][1] == (
        "shop in prod has 1 replica already."
    )
    run = await worked(yard, await yard.operations.playbooks.begin(OWNER, asked, "123"))
    assert (run.state, run.said[0]) == (RunState.ASKING, "shop in prod has 1 replica already.")
    assert yard.cluster.done == []


@pytest.mark.parametrize(
    ("acting", "why"),
    [(False, "nothing more was done. Run it again"), (True, "look whether it was done (Scale shop to 2)")],
)
async def test_a_run_that_waits_for_discord_in_vain_is_not_done_hours_later(
    yard: Yard, database: Database, monkeypatch: pytest.MonkeyPatch, acting: bool, why: str
) -> None:
    monkeypatch.setattr(playbooks, "PATIENCE", 0.05)
    begun = await yard.operations.playbooks.begin(OWNER, DRAIN, "123")
    await database.write(lambda tx: playbook_runs.save(tx, replace(begun, acting=acting)))
    again = yard_over(database, CONFIGURATION + BOOKS, ready=False)
    worker = asyncio.ensure_future(again.operations.playbooks.run())
    async with asyncio.timeout(5):
        for _ in range(500):
            if (await stored(yard, begun)).state.is_over:
                break
            await asyncio.sleep(0.01)
    again.permissions.bind([*ROLES.values()])
    await asyncio.sleep(0)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    run = await stored(yard, begun)
    assert (run.state, run.position, again.cluster.done) == (RunState.FAILED, 0, [])
    assert why in run.why
    assert why in (await shown(yard))["facts"]["why"]
    assert (await yard.audited())[-1] == ("playbooks.run", "drain in prod", "failed")


async def test_a_run_of_before_a_restart_goes_on_when_the_guild_comes(yard: Yard, database: Database) -> None:
    begun = await yard.operations.playbooks.begin(OWNER, DRAIN, "123")
    again = yard_over(database, CONFIGURATION + BOOKS, ready=False)
    again.cluster.there, again.cluster.running = yard.cluster.there, yard.cluster.running
    worker = asyncio.ensure_future(again.operations.playbooks.run())
    await asyncio.sleep(0.05)
    assert (await stored(yard, begun)).state is RunState.RUNNING
    again.permissions.bind([*ROLES.values()])
    async with asyncio.timeout(5):
        for _ in range(500):
            if (await stored(yard, begun)).state is RunState.ASKING:
                break
            await asyncio.sleep(0.01)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    assert (await stored(yard, begun)).state is RunState.ASKING
