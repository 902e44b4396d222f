"""Events of a repository are of the service that it builds: for routes, readers and what changed lately."""

from __future__ import annotations

from typing import Any

import pytest

from sovereign.store.database import Database
from tests.services.conftest import works_over
from tests.services.test_conversing import github, pull_request

ROUTE = "event_gateway: {routes: [{service: store, channel: store-team}]}\n"
ALONE = "git: {org: acme, repos: [{name: Shop, service: store}]}\n"
LISTED = "git: {org: acme}\nservices: [{name: store, repo: shop}]\n"
SHARED = "git: {org: acme}\nservices: [{name: store, repo: shop}, {name: till, repo: acme/shop}]\n"
SAID = SHARED + "repos: [{name: shop, service: store}]\n"
OWNERLESS = "repos: [{name: shop, service: store}]\n"


@pytest.mark.parametrize(
    ("text", "service", "channel"),
    [
        (ALONE, "store", "store-team"),
        (LISTED, "store", "store-team"),
        (SHARED, None, "prs"),
        (SAID, "store", "store-team"),
        (OWNERLESS, "store", "store-team"),
        ("", None, "prs"),
    ],
)
async def test_the_service_of_a_repository_is_that_of_its_events(
    database: Database, text: str, service: str | None, channel: str
) -> None:
    works = works_over(database, ROUTE + text)
    await github(works, "pull_request", pull_request())
    found: list[dict[str, Any]] = await works.rows("SELECT event_json ->> 'service' AS service FROM events")
    assert [row["service"] for row in found] == [service]
    assert [row["channel"] for row in await works.outbox("post")] == [channel]


async def test_a_service_that_the_sender_names_stays(database: Database) -> None:
    works = works_over(database, ALONE)
    await works.post("generic", {"title": "Backup finished", "repo": "acme/shop", "service": "backups"})
    found = await works.rows("SELECT event_json ->> 'service' AS service FROM events")
    assert [row["service"] for row in found] == ["backups"]
