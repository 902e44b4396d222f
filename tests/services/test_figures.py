"""The figures of delivery: which change counts for which deployment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sovereign.core import clock
from sovereign.core.errors import NotFound
from sovereign.domain.deployment import State
from sovereign.domain.estate import Place
from sovereign.domain.events import Event, Severity, Status
from sovereign.domain.rollout.terms import Strategy
from sovereign.services import own_events
from sovereign.store import deployments, events
from sovereign.store.database import Database
from sovereign.store.events import NewEvent
from sovereign.store.sqlite import Connection
from tests.domain.rollout import model
from tests.services.clusters import CONFIGURATION, OWNER
from tests.services.releasing import Dock, dock_over

REPOSITORIES = CONFIGURATION.replace("{name: shop,", "{name: shop, repo: acme/storefront,")


@pytest.fixture
def dock(database: Database) -> Dock:
    return dock_over(database, "", REPOSITORIES)


async def deployed(dock: Dock, service: str, at: datetime, state: State = State.SUCCEEDED) -> None:
    place = Place(**{**{name: getattr(model.PLACE, name) for name in Place.__slots__}, "service": service})
    given = replace(model.deployment(Strategy.ROLLING), place=place, started_at=at)
    begun = await dock.yard.deploying(given)
    await dock.yard.database.write(lambda tx: deployments.save(tx, begun.ended(state, at)))


async def merged(dock: Dock, repo: str, at: datetime) -> None:
    event = Event(
        source="github", kind="change.merged", subject=repo, title="a change", status=Status.SUCCEEDED,
        severity=Severity.INFO, repo=repo, occurred_at=at,
    )  # fmt: skip

    def keep(tx: Connection) -> None:
        own_events.deliver(tx, f"{repo}{at}", {}, at)
        (delivery,) = tx.execute("SELECT MAX(id) FROM deliveries").fetchone()
        new = NewEvent(id=f"{repo}{at}", delivery_id=delivery, event=event, occurred_at=at, route="")
        events.add(tx, [new])

    await dock.yard.database.write(keep)


async def test_a_merge_counts_for_the_service_whose_repository_it_is_in(dock: Dock) -> None:
    now = clock.now()
    await merged(dock, "acme/storefront", now - timedelta(hours=4))
    await merged(dock, "acme/payments", now - timedelta(hours=6))
    await merged(dock, "acme/docs", now - timedelta(hours=9))
    await deployed(dock, "payments", now - timedelta(hours=3))
    await deployed(dock, "shop", now - timedelta(hours=1))
    leads = {
        service: (await dock.delivery.figures.of(OWNER, service, "prod", 2)).figures.lead_time
        for service in ("shop", "payments", None)
    }
    assert leads == {name: timedelta(hours=3) for name in ("shop", "payments", None)}


async def test_a_service_that_is_configured_no_more_keeps_its_figures(dock: Dock) -> None:
    await deployed(dock, "Cart", clock.now() - timedelta(hours=1))
    found = await dock.delivery.figures.of(OWNER, "cart", "prod", 2)
    assert (found.service, found.figures.deployments) == ("Cart", 1)


@pytest.mark.parametrize(
    ("service", "environment", "said"),
    [
        ("nix", "prod", "There is no service 'nix'. There is shop, payments."),
        (None, "qa", "There is no environment 'qa'. There is dev, prod."),
    ],
)
async def test_what_there_is_not_has_no_history_and_no_figures(
    dock: Dock, service: str | None, environment: str, said: str
) -> None:
    for asked in (
        dock.delivery.figures.of(OWNER, service, environment, 2),
        dock.delivery.history.list(OWNER, service, environment),
    ):
        with pytest.raises(NotFound) as refused:
            await asked
        assert refused.value.public == said
    assert await dock.delivery.history.list(OWNER, "SHOP", "dev") == []
