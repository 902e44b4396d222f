"""The pipeline: unreadable bodies, sources that break, and that working off again adds nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import json
from functools import partial

import pytest

from sovereign.core.errors import BadSignature, InvalidTransition, NotFound, UnknownEndpoint
from sovereign.domain.routing import Route, Rules
from sovereign.integrations import _source
from sovereign.services import pipeline as pipeline_module
from sovereign.services.deliveries import replay
from sovereign.services.setup import Setup
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection
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
    assert "cannot be read" in post["payload"]["conversation"]["title"]
    assert await works.sample("alertmanager", "firing")
    assert len(await works.rows("SELECT * FROM incidents")) == 1


async def test_all_that_cannot_be_read_at_an_endpoint_in_a_day_is_one_message_with_a_line_for_each(
    works: Works,
) -> None:
    for body in (b"", b"not json", b"[1]"):
        await works.post("alertmanager", body)
    await works.post("generic", b"{")
    heads = [row["payload"]["conversation"]["title"] for row in await works.outbox("post")]
    assert len(heads) == 2
    told = [row["payload"] for row in await works.outbox("line")]
    lines = [one["text"] for one in told]
    assert len(lines) == 2
    assert {one["thread"] for one in told} == {"Unreadable at alertmanager"}
    assert "delivery 2" in lines[0]
    assert "delivery 3" in lines[1]


def with_broken_source(setup: Setup) -> Setup:
    """The same configuration, with a mistake in the source of plain JSON."""
    endpoint = setup.endpoints["generic"]
    broken = dataclasses.replace(endpoint.source, parse=lambda headers, body: [1 / 0])  # type: ignore[list-item]
    endpoints = {**setup.endpoints, "generic": dataclasses.replace(endpoint, source=broken)}
    return dataclasses.replace(setup, endpoints=endpoints)


async def test_a_source_that_breaks_is_quarantined_with_its_traceback_and_people_are_told(
    works: Works,
) -> None:
    works.pipeline.follow(with_broken_source(works.setup))
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


async def replayed(works: Works, delivery_id: int = 1) -> None:
    await works.database.write(lambda tx: replay(tx, delivery_id, "ada"))
    await works.pipeline.drain()


async def test_a_quarantined_delivery_is_told_once_its_source_is_mended_and_says_that_it_is_replayed(
    works: Works,
) -> None:
    works.pipeline.follow(with_broken_source(works.setup))
    await works.post("generic", {"title": "Nightly backup finished"})
    works.pipeline.follow(works.setup)
    await replayed(works)
    failure, told = (row["payload"] for row in await works.outbox("post"))
    assert (failure["event"]["kind"], failure["replayed"]) == ("delivery.quarantined", False)
    assert (told["event"]["title"], told["replayed"]) == ("Nightly backup finished", True)
    (row,) = await works.rows("SELECT state, problem, replayed_by FROM deliveries")
    assert (row["state"], row["problem"], row["replayed_by"]) == ("ingested", None, "ada")


async def test_a_replay_tells_nothing_twice_however_often(works: Works) -> None:
    await works.sample("github", "pull_request.opened", delivery="1")
    await works.sample("alertmanager", "firing")
    await works.sample("alertmanager", "resolved")
    await works.post("generic", {"title": "once"})
    await works.post("generic", b"{")
    before = await works.outbox()
    for _ in range(3):
        for delivery_id in range(1, 6):
            await replayed(works, delivery_id)
    assert await works.outbox() == before
    (incident,) = await works.rows("SELECT state FROM incidents")
    assert incident["state"] == "resolved", "a replayed alert does not fire again"


async def test_a_replay_posts_what_a_route_had_dropped_and_now_lets_through(works: Works) -> None:
    dropping = Route(name="quiet", source="generic", drop=True)
    works.pipeline.follow(dataclasses.replace(works.setup, rules=Rules(routes=(dropping,))))
    await works.post("generic", {"title": "unheard"})
    assert await works.outbox() == []
    works.pipeline.follow(works.setup)
    await replayed(works)
    assert [row["payload"]["event"]["title"] for row in await works.outbox()] == ["unheard"]


async def test_a_delivery_that_is_still_to_be_worked_off_cannot_be_replayed(works: Works) -> None:
    with pytest.raises(NotFound, match="no delivery 1"):
        await replayed(works)
    await works.post("generic", {"title": "x"})
    await works.database.write(lambda tx: replay(tx, 1, "ada"))
    with pytest.raises(InvalidTransition, match="not been worked off yet"):
        await works.database.write(lambda tx: replay(tx, 1, "bela"))


async def test_another_process_may_ask_for_a_replay(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wakes the pipeline then."""
    monkeypatch.setattr(pipeline_module, "LOOK_AGAIN", 0.02)
    works.pipeline.follow(with_broken_source(works.setup))
    await works.post("generic", {"title": "late"})
    works.pipeline.follow(works.setup)
    running = asyncio.ensure_future(works.pipeline.run())
    await asyncio.sleep(0.05)
    await works.database.write(lambda tx: replay(tx, 1, "ada"))
    for _ in range(200):
        await asyncio.sleep(0.01)
        if len(await works.outbox()) == 2:
            break
    assert len(await works.outbox()) == 2
    running.cancel()


async def waiting(works: Works, *titles: str) -> None:
    """Deliveries that are kept, and not worked off yet."""
    for number, title in enumerate(titles):
        await works.database.write(partial(_keep, str(number), json.dumps({"title": title}).encode()))


def _keep(key: str, body: bytes, tx: Connection) -> None:
    tx.execute(
        "INSERT INTO deliveries (endpoint, source, idempotency, verdict, headers_json, body, received_at)"
        " VALUES ('generic', 'generic', ?, 'verified', '{}', ?, 1)",
        (key, body),
    )


@pytest.mark.parametrize(("awaited", "transactions"), [(True, 3), (False, 1)])
async def test_a_batch_is_one_transaction_unless_somebody_waits_for_a_turn(
    works: Works, monkeypatch: pytest.MonkeyPatch, awaited: bool, transactions: int
) -> None:
    monkeypatch.setattr(pipeline_module, "SHARE", -1.0)
    monkeypatch.setattr(Database, "awaited", awaited)
    await waiting(works, "one", "two", "three")
    works.announced.clear()
    await works.pipeline.drain()
    assert len(works.announced) == transactions
    told = [row["title"] for row in await works.rows("SELECT title FROM events ORDER BY sequence")]
    assert told == ["one", "two", "three"]
    assert await works.rows("SELECT id FROM deliveries WHERE state <> 'ingested'") == []


async def test_a_delivery_whose_source_is_no_more_is_told_all_the_same(works: Works) -> None:
    await works.database.write(
        lambda tx: tx.execute(
            "INSERT INTO deliveries (endpoint, source, idempotency, verdict, headers_json, body, received_at)"
            " VALUES ('gone', 'gone', 'x', 'verified', '{}', ?, 1)",
            (b'{"title": "from an older build"}',),
        )
    )
    await works.pipeline.drain()
    (post,) = await works.outbox()
    assert post["payload"]["event"]["title"] == "from an older build"
