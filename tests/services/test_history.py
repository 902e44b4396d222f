"""What was deployed can be asked for by every name that it ever had, and only by who may see it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sovereign.core.errors import NotAllowed, NotFound
from sovereign.domain.deployment import State
from sovereign.domain.rollout.terms import Strategy
from sovereign.services.releasing.history import History
from sovereign.store import deployments
from sovereign.store.database import Database
from tests.domain.rollout import model
from tests.services.clusters import DEVELOPER, OWNER, STRANGER
from tests.services.releasing import Dock, dock_over


async def deployed(dock: Dock, service: str, environment: str) -> None:
    place = replace(model.PLACE, service=service, environment=environment)
    begun = await dock.yard.deploying(replace(model.deployment(Strategy.ROLLING), place=place))
    over = begun.ended(State.SUCCEEDED, model.NOON)
    await dock.yard.database.write(lambda tx: deployments.save(tx, over))


@pytest.fixture
async def history(database: Database) -> History:
    dock = dock_over(database, "")
    for service, environment in (("shop", "prod"), ("Cart", "prod"), ("Cart", "dev"), ("shop", "old")):
        await deployed(dock, service, environment)
    return dock.delivery.history


async def test_a_service_that_is_configured_no_more_is_listed_and_offered(history: History) -> None:
    found = await history.list(OWNER, " cart ")
    assert [str(one.place) for one in found] == ["Cart in dev", "Cart in prod"]
    assert [one.place.environment for one in await history.list(OWNER, "Cart", "Dev")] == ["dev"]
    assert await history.services(OWNER, "") == ["shop", "payments", "Cart"]
    assert await history.services(OWNER, "CA") == ["Cart"]
    assert await history.environments(OWNER, "cart", "") == ["dev", "prod"]


async def test_an_environment_that_is_configured_no_more_is_listed_and_offered(history: History) -> None:
    assert [str(one.place) for one in await history.list(OWNER, None, "OLD")] == ["shop in old"]
    assert await history.environments(OWNER, "shop", "") == ["dev", "prod", "old"]
    assert await history.environments(OWNER, None, "o") == ["prod", "old"]


async def test_what_was_deployed_where_a_member_may_not_look_is_neither_told_nor_offered(
    history: History,
) -> None:
    assert [str(one.place) for one in await history.list(DEVELOPER)] == ["Cart in dev"]
    assert await history.services(DEVELOPER, "") == ["shop", "Cart"]
    assert await history.environments(DEVELOPER, None, "") == ["dev"]
    with pytest.raises(NotFound, match="There is no environment 'old'"):
        await history.list(DEVELOPER, None, "old")
    assert await history.services(STRANGER, "") == []
    with pytest.raises(NotAllowed):
        await history.list(STRANGER, "Cart")


async def test_what_there_never_was_is_refused_with_the_names_of_now(history: History) -> None:
    with pytest.raises(NotFound, match=r"There is no service 'crat'\. There is shop, payments\."):
        await history.list(OWNER, "crat")
    with pytest.raises(NotFound, match=r"There is no environment 'nowhere'\. There is dev, prod\."):
        await history.list(OWNER, "cart", "nowhere")


@pytest.mark.parametrize("number", [0, -1, 99, 2**80])
async def test_a_number_that_no_deployment_has_says_where_they_are(history: History, number: int) -> None:
    with pytest.raises(NotFound, match="`/deploy history` lists them"):
        await history.show(OWNER, number)
