"""`/metrics` tells what happened, in numbers that are right, to nobody from elsewhere without the token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import Mock

import aiohttp.web
import pytest
from aiohttp.test_utils import make_mocked_request
from prometheus_client.openmetrics import parser as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain
from pydantic import SecretStr

from sovereign.clients.discord_routes import route
from sovereign.core import clock
from sovereign.web import metrics as web
from sovereign.web import server
from tests.end_to_end.conftest import everything
from tests.end_to_end.world import World, bots, text

__all__ = ["everything"]

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]
SIGNED = {"x-github-event": "ping", "x-github-delivery": "the same"}


async def scrape(world: World) -> Samples:
    async with world.http.get(f"{world.gateway}/metrics") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        families = plain(await answer.text())
        return {
            (one.name, frozenset(one.labels.items())): one.value
            for family in families
            for one in family.samples
        }


def value(found: Samples, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


async def rise(
    world: World, before: Samples, enough: Callable[[Callable[..., float]], bool]
) -> Callable[..., float]:
    """How much each number has risen since, as soon as it is enough: the pipeline needs its moment."""
    now = before

    def risen(name: str, **labels: str) -> float:
        return value(now, name, **labels) - value(before, name, **labels)

    for _ in range(200):
        now = await scrape(world)
        if enough(risen):
            return risen
        await asyncio.sleep(0.05)
    raise AssertionError(f"never enough: {now}")


async def test_deliveries_are_counted_by_what_they_were_taken_for(everything: World) -> None:
    before = await scrape(everything)
    for _ in range(2):
        assert await everything.send("github", b'{"zen": "x"}', SIGNED) == 202
    assert await everything.send("github", b"{}", {"x-hub-signature-256": "sha256=00"}, sign=False) == 401
    assert await everything.send("github", b"not json", SIGNED | {"x-github-delivery": "another"}) == 202
    assert await everything.send("github", b"x" * 10_000_000, SIGNED) == 413
    async with everything.http.post(f"{everything.gateway}/hooks/{'a' * 50}", data=b"{}") as answer:
        assert answer.status == 404
    risen = await rise(everything, before, lambda rise: rise("sovereign_pipeline_lag_seconds_count") == 2)
    counted = {
        verdict: risen("sovereign_deliveries_total", source=source, verdict=verdict)
        for source, verdict in (
            ("github", "verified"), ("github", "repeat"), ("github", "wrong_signature"),
            ("github", "too_large"), ("unknown", "unknown_endpoint"),
        )
    }  # fmt: skip
    assert counted == {
        "verified": 2, "repeat": 1, "wrong_signature": 1, "too_large": 1, "unknown_endpoint": 1,
    }  # fmt: skip
    assert risen("sovereign_accept_seconds_count") == 5  # not the one that was never read
    assert risen("sovereign_deliveries_unreadable_total", source="github", state="unparsed") == 1
    assert risen("sovereign_events_total", source="github", kind="delivery.unparsed") == 1


async def test_kinds_that_anybody_may_name_share_one(everything: World) -> None:
    before = await scrape(everything)
    for number in range(3):
        body = f'{{"title": "t{number}", "kind": "made.up{number}"}}'
        assert await everything.send("generic", body.encode()) == 202
    risen = await rise(everything, before, lambda rise: rise("sovereign_pipeline_lag_seconds_count") == 3)
    assert risen("sovereign_events_total", source="generic", kind="other") == 3
    assert not any("made.up" in str(labels) for _, labels in await scrape(everything))


async def test_what_people_do_and_what_discord_answers_is_counted(
    everything: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert everything.bot is not None
    before = await scrape(everything)
    await everything.sample("alertmanager", "firing")
    (head,) = await everything.until("alerts", bots)
    answer = await everything.act("chen", "alerts", "click", message=head["id"], button="Acknowledge")
    assert "is yours" in text(answer["messages"][0])
    await everything.act("chen", "alerts", "command", command="alerts list", options={})
    await everything.act("gus", "alerts", "command", command="alerts show", options={"incident": 1})
    await everything.act(
        "chen", "alerts", "autocomplete", command="alerts show", options={"incident": "1"}, focused="incident"
    )
    monkeypatch.setattr(everything.bot.services.incidents, "unresolved", Mock(side_effect=RuntimeError("x")))
    await everything.act("chen", "alerts", "command", command="alerts list", options={})
    risen = await rise(everything, before, lambda rise: rise_of(rise, "alerts list", "failed") == 1)
    assert rise_of(risen, "sov:ack", "done") == 1
    assert rise_of(risen, "alerts list", "done") == 1
    assert rise_of(risen, "alerts show", "done") == 1
    assert rise_of(risen, "alerts list", "failed") == 1
    assert rise_of(risen, "alerts show", "refused") == 1
    assert risen("sovereign_outbox_errands_total", op="post", outcome="done") == 1
    calls = "sovereign_discord_calls_total"
    assert risen(calls, route="POST /channels/{id}/messages", status="200") >= 1
    answered = "POST /interactions/{id}/{token}/callback"
    assert risen(calls, route=answered, status="200") + risen(calls, route=answered, status="204") >= 5


def rise_of(risen: Callable[..., float], command: str, outcome: str) -> float:
    return risen("sovereign_command_seconds_count", command=command, outcome=outcome)


async def test_gauges_tell_the_state_of_the_moment(everything: World) -> None:
    found = await scrape(everything)
    assert value(found, "sovereign_discord_connected") == 1
    assert value(found, "sovereign_pipeline_waiting") == 0
    assert value(found, "sovereign_store_bytes") > 4096
    assert value(found, "process_resident_memory_bytes") > 0
    await everything.fault(kind="latency", match="POST .*/messages", seconds=1, times=1)
    await everything.sample("github", "pull_request.opened")
    for _ in range(100):
        found = await scrape(everything)
        if value(found, "sovereign_outbox_waiting") and value(found, "sovereign_outbox_oldest_seconds") > 0.3:
            break
        await asyncio.sleep(0.05)
    assert value(found, "sovereign_outbox_waiting") == 1
    assert 0.3 < value(found, "sovereign_outbox_oldest_seconds") < 30


async def test_an_errand_that_discord_refuses_is_counted_and_so_is_the_refusal(everything: World) -> None:
    before = await scrape(everything)
    await everything.fault(kind="rest", match="POST .*/messages", status=403, times=1)
    await everything.sample("github", "pull_request.opened")
    errands = "sovereign_outbox_errands_total"
    await rise(everything, before, lambda rise: rise(errands, op="post", outcome="postponed") == 1)
    assert value(await scrape(everything), "sovereign_discord_invalid_answers") == 1


async def test_open_metrics_is_spoken_where_asked_for(everything: World) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0,text/plain;q=0.5"}
    async with everything.http.get(f"{everything.gateway}/metrics", headers=accept) as answer:
        assert answer.content_type == "application/openmetrics-text"
        whole = await answer.text()
    read = open_metrics.text_string_to_metric_families(whole)  # type: ignore[no-untyped-call]
    names = {family.name for family in read}
    assert {"sovereign_deliveries", "sovereign_discord_calls", "python_info"} <= names
    assert not [name for name in names if name.endswith("_created")]


PROXIED = [
    {"X-Forwarded-For": "203.0.113.9"},
    {"x-forwarded-host": "hooks.acme.example"},
    {"Forwarded": "for=203.0.113.9"},
    {"X-Real-IP": "127.0.0.1"},
    {"Via": "1.1 proxy"},
]


@pytest.mark.parametrize("headers", PROXIED, ids=lambda headers: next(iter(headers)))
async def test_a_proxy_on_the_same_host_does_not_open_them(
    everything: World, headers: dict[str, str]
) -> None:
    async with everything.http.get(f"{everything.gateway}/metrics", headers=headers) as answer:
        assert answer.status == 403
        assert "SOVEREIGN_METRICS_TOKEN" in (await answer.json())["error"]


async def test_the_token_opens_them_from_elsewhere(everything: World) -> None:
    assert everything.bot is not None
    app = server.build(everything.bot.services, public_url="", metrics_token=SecretStr("correct-horse"))
    elsewhere = PROXIED[0]
    async with server.listening(app, "127.0.0.1", 0) as port:
        for given, status in {
            "Bearer correct-horse": 200, "bearer correct-horse": 200, "Bearer wrong": 403, "Bearer ": 403,
            "Basic correct-horse": 403, "correct-horse": 403, "Bearer corr\u00e9ct-horse": 403, "": 403,
        }.items():  # fmt: skip
            headers = elsewhere | ({"Authorization": given} if given else {})
            async with everything.http.get(f"http://127.0.0.1:{port}/metrics", headers=headers) as answer:
                assert (given, answer.status) == (given, status)


@pytest.mark.parametrize(
    ("peer", "local"),
    [
        (("127.0.0.1", 1), True), (("127.8.9.1", 1), True), (("::1", 1, 0, 0), True),
        (("::ffff:127.0.0.1", 1, 0, 0), True), (("203.0.113.9", 1), False), (("10.0.0.1", 1), False),
        (("::ffff:203.0.113.9", 1, 0, 0), False), (("fe80::1%eth0", 1, 0, 2), False), (None, False),
        ("", False),
    ],
)  # fmt: skip
def test_only_this_host_is_at_home(peer: Any, local: bool) -> None:
    transport = Mock(**{"get_extra_info.return_value": peer})
    assert web._is_local(make_mocked_request("GET", "/metrics", transport=transport)) is local


def test_an_empty_token_opens_nothing() -> None:
    app = aiohttp.web.Application()
    app[web.TOKEN] = SecretStr("")
    request = make_mocked_request("GET", "/metrics", headers={"Authorization": "Bearer "}, app=app)
    assert not web._has_token(request)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/api/v10/channels/123/messages", "POST /channels/{id}/messages"),
        ("PUT", "/api/v10/channels/1/messages/2/reactions/👍/@me",
         "PUT /channels/{id}/messages/{id}/reactions/{emoji}/@me"),
        ("POST", "/api/v10/interactions/1/aW50ZXJhY3Rpb24/callback",
         "POST /interactions/{id}/{token}/callback"),
        ("POST", "/api/v10/webhooks/1/aW50ZXJhY3Rpb24", "POST /webhooks/{id}/{token}"),
        ("PATCH", "/api/v10/webhooks/1/channels/messages/@original",
         "PATCH /webhooks/{id}/{token}/messages/@original"),
        ("GET", "/api/v10/users/@me", "GET /users/@me"),
        ("GET", "/attachments/1/2/report.txt", "other"),
        ("GET", "/", "other"),
        ("GET", "/api/v10/channels/1/anything-new", "other"),
        ("BREW", "/api/v10/users/@me", "other"),
    ],
)  # fmt: skip
def test_a_route_is_named_without_ids_and_tokens(method: str, path: str, name: str) -> None:
    assert route(method, path) == name


async def test_a_scrape_is_quick(everything: World) -> None:
    began = clock.monotonic()
    for _ in range(10):
        await scrape(everything)
    assert clock.monotonic() - began < 5
