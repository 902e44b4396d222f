"""The pipeline: unreadable bodies, sources that break, and that working off again adds nothing."""

from __future__ import annotations

import dataclasses
import gzip

import pytest

from sovereign.core.errors import BadSignature, UnknownEndpoint
from sovereign.integrations import _source
from sovereign.store.database import Database
from tests.services.conftest import Works, works_over


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[" * 1000 + b"]" * 1000, b"[]", b'{"alerts": 5}', b"\xff\xfe\x00", b'{"a": NaN}',
     b'{"n": ' + b"9" * 5000 + b"}", gzip.compress(b"{}", mtime=0)],
)  # fmt: skip
async def test_what_cannot_be_read_is_kept_and_still_told_and_the_queue_goes_on(
    works: Works, body: bytes
) -> None:
    assert await works.post("alertmanager", body)
    assert [row["state"] for row in await works.rows("SELECT state FROM deliveries")] == ["unparsed"]
    (post,) = await works.outbox()
    assert post["payload"]["event"]["kind"] == "delivery.unparsed"
    assert await works.sample("alertmanager", "firing")
    assert len(await works.rows("SELECT * FROM incidents")) == 1


async def test_a_source_that_breaks_is_quarantined_with_its_traceback_and_people_are_told(
    works: Works,
) -> None:
    endpoint = works.pipeline._endpoints["generic"]
    broken = dataclasses.replace(endpoint.source, parse=lambda headers, body: [1 / 0])  # type: ignore[list-item]
    works.pipeline._endpoints = {
        **works.pipeline._endpoints, "generic": dataclasses.replace(endpoint, source=broken)
    }  # fmt: skip
    await works.post("generic", {"title": "x"})
    (row,) = await works.rows("SELECT state, problem FROM deliveries")
    assert row["state"] == "quarantined"
    assert "ZeroDivisionError" in row["problem"]
    assert "could not be processed" in (await works.outbox())[0]["payload"]["event"]["title"]
    await works.sample("alertmanager", "firing")
    assert len(await works.rows("SELECT * FROM incidents")) == 1


async def test_working_a_delivery_off_again_adds_nothing(works: Works) -> None:
    await works.sample("github", "pull_request.opened", delivery="1")
    await works.sample("alertmanager", "firing")
    await works.post("generic", {"title": "once"})
    before = [
        await works.rows(f"SELECT COUNT(*) AS n FROM {table}") for table in ("events", "incidents", "alerts")
    ]
    keys = [row["key"] for row in await works.outbox() if row["op"] == "post"]
    await works.database.write(lambda tx: tx.execute("UPDATE deliveries SET state = 'received'"))
    await works.pipeline.drain()
    after = [
        await works.rows(f"SELECT COUNT(*) AS n FROM {table}") for table in ("events", "incidents", "alerts")
    ]
    assert after == before
    assert [row["key"] for row in await works.outbox() if row["op"] == "post"] == keys


async def test_a_repeat_of_a_delivery_id_is_answered_and_nothing_more(works: Works) -> None:
    assert await works.sample("github", "pull_request.opened", delivery="1")
    assert not await works.sample("github", "pull_request.opened", delivery="1")
    assert len(await works.rows("SELECT * FROM deliveries")) == 1


async def test_an_undeclared_kind_is_kept_and_not_posted(works: Works) -> None:
    await works.post("github", {"sender": {"login": "ada"}}, {"x-github-event": "brand_new"})
    (event,) = await works.rows("SELECT kind, route FROM events")
    assert event["kind"] == "github.brand_new"
    assert "only if a route names it" in event["route"]
    assert await works.outbox() == []


async def test_an_undeclared_kind_is_posted_where_a_route_names_it(database: Database) -> None:
    works = works_over(
        database, "event_gateway: {routes: [{name: new, kind: github.*, channel: '#dev-feed'}]}"
    )
    await works.post("github", {"sender": {"login": "ada"}}, {"x-github-event": "brand_new"})
    assert [row["channel"] for row in await works.outbox()] == ["dev-feed"]


async def test_refusals_are_counted_in_one_row_for_each_source_and_reason(works: Works) -> None:
    for _ in range(3):
        with pytest.raises(BadSignature):
            await works.gateway.accept("/git", {"x-hub-signature-256": "sha256=00"}, b"{}", "")
    with pytest.raises(BadSignature):
        await works.gateway.accept("/git", {}, b"{}", "")
    for name in ("a", "b"):
        with pytest.raises(UnknownEndpoint):
            await works.gateway.accept(f"/hooks/{name}", {}, b"{}", "")
    rows = await works.rows(
        "SELECT endpoint, reason, SUM(count) AS n FROM refusals GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert [(row["endpoint"], row["reason"], row["n"]) for row in rows] == [
        ("(unknown)", "unknown_endpoint", 2),
        ("github", "missing_signature", 1),
        ("github", "wrong_signature", 3),
    ]


def test_every_source_has_the_slug_of_its_module() -> None:
    assert {"github", "alertmanager", "generic"} <= set(_source.all_sources())
