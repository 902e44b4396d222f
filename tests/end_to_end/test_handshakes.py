"""What senders ask before they send, over HTTP: they get an answer, and nothing is kept or believed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sovereign.core.samples import cases
from sovereign.sandbox.server import SandboxOptions, running
from sovereign.services.endpoints import Endpoint
from sovereign.services.samples import request
from tests.end_to_end.world import World, product, text

CONFIGURATION = """
event_gateway:
  endpoints:
    - {path: /hooks/asana, handshake: true}
    - {path: /hooks/closed, source: generic, allow: 192.0.2.0/24}
"""


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[World]:
    """The product with an endpoint that is open for a handshake, and one that nobody here may call."""
    file = tmp_path / "discovery.yml"
    file.write_text(CONFIGURATION, encoding="utf-8")
    async with (
        running(tmp_path / "sandbox", options=SandboxOptions()) as sandbox,
        product(tmp_path, sandbox, file) as it,
        aiohttp.ClientSession() as http,
    ):
        yield World(sandbox=sandbox, gateway=f"http://127.0.0.1:{it.port}", http=http, bot=it)


async def asked(
    gate: World, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    raw = None if body is None else json.dumps(body).encode()
    async with gate.http.request(method, gate.gateway + path, data=raw, headers=headers) as answer:
        return answer.status, dict(answer.headers), await answer.read()


def all_sources_at(gate: World) -> Mapping[str, Endpoint]:
    assert gate.bot is not None
    found = gate.bot.services.gateway._by_path.values()
    return {endpoint.name: endpoint for endpoint in found}


async def stored(gate: World) -> list[bytes]:
    assert gate.bot is not None

    def bodies(tx: Any) -> list[bytes]:
        return [bytes(row["body"]) for row in tx.execute("SELECT body FROM deliveries")]

    return await gate.bot.services.gateway._database.read(bodies)


async def test_a_delivery_is_answered_with_the_status_that_its_sender_takes_for_heard(gate: World) -> None:
    for source, status in (("linear", 200), ("shortcut", 202)):
        made = request(all_sources_at(gate), source, cases()[source][0], gate.gateway)
        for said in ("accepted", "repeat"):
            async with gate.http.post(
                gate.gateway + made.path, data=made.body, headers=made.headers
            ) as answer:
                assert (answer.status, await answer.json()) == (status, {"status": said}), source
    assert (await asked(gate, "POST", "/hooks/linear", {}))[0] == 401


async def test_head_says_whether_something_listens_and_get_says_what_to_do(gate: World) -> None:
    for path in ("/git", "/hooks/trello", "/hooks/asana"):
        assert (await asked(gate, "HEAD", path))[::2] == (200, b"")
    assert (await asked(gate, "HEAD", "/hooks/nobody"))[0] == 404
    status, headers, said = await asked(gate, "GET", "/hooks/trello")
    assert (status, headers["Allow"]) == (405, "POST, HEAD, OPTIONS")
    assert "come by POST" in json.loads(said)["error"]


async def test_who_asks_whether_it_may_send_cloudevents_is_told_so(gate: World) -> None:
    origin = {"WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120"}
    status, headers, _ = await asked(gate, "OPTIONS", "/hooks/cloudevents", headers=origin)
    assert status == 200
    assert headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"
    assert headers["WebHook-Allowed-Rate"] == "*"
    status, headers, _ = await asked(gate, "OPTIONS", "/hooks/cloudevents")
    assert "WebHook-Allowed-Origin" not in headers
    assert (await asked(gate, "OPTIONS", "/hooks/nobody", headers=origin))[0] == 404


async def test_a_challenge_goes_back_as_it_came(gate: World) -> None:
    named = {"type": "url_verification", "token": "t", "challenge": "3eZbrw1a="}
    for body in (named, {"challenge": "3eZbrw1a="}):
        status, headers, said = await asked(gate, "POST", "/event", body)
        assert (status, json.loads(said)) == (200, {"challenge": "3eZbrw1a="})
        assert headers["Content-Type"].startswith("application/json")
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert await stored(gate) == []


async def test_what_only_looks_like_a_challenge_must_prove_itself(gate: World) -> None:
    for body in (
        {"challenge": "<script>alert(1)</script>"},
        {"challenge": "x" * 501},
        {"challenge": 5},
        {"challenge": "x", "title": "not a handshake"},
        {"type": "url_verification"},
        [{"challenge": "x"}],
    ):
        assert (await asked(gate, "POST", "/event", body))[0] == 401, body
    assert (await asked(gate, "POST", "/git", {"challenge": "x"}))[0] == 401, "GitHub asks no such thing"


async def test_event_grid_gets_its_validation_code(gate: World) -> None:
    data = {"validationCode": "512d38b6-c7b8", "validationUrl": "https://evil.example/"}
    body = [{"id": "1", "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": data}]
    validation = {"aeg-event-type": "SubscriptionValidation"}
    for path in ("/event", "/hooks/cloudevents"):
        status, _, said = await asked(gate, "POST", path, body, validation)
        assert (status, json.loads(said)) == (200, {"validationResponse": "512d38b6-c7b8"})
    assert (await asked(gate, "POST", "/event", body))[0] == 401
    assert (await asked(gate, "POST", "/event", [], validation))[0] == 401


async def test_asana_hands_over_its_secret_and_signs_with_it(gate: World) -> None:
    status, headers, _ = await asked(gate, "POST", "/hooks/asana", {}, {"X-Hook-Secret": "b537207f20cb"})
    assert (status, headers["X-Hook-Secret"]) == (200, "b537207f20cb")
    body = {"events": [{"action": "added", "created_at": "2026-03-01T12:00:00.000Z", "user": {"gid": "1"},
                        "resource": {"gid": "2", "resource_type": "task"}}]}  # fmt: skip
    raw = json.dumps(body).encode()
    right = hmac.new(b"b537207f20cb", raw, hashlib.sha256).hexdigest()
    assert (await asked(gate, "POST", "/hooks/asana", body, {"X-Hook-Signature": "0" * 64}))[0] == 401
    assert (await asked(gate, "POST", "/hooks/asana", body, {"X-Hook-Signature": right}))[0] == 202
    assert await stored(gate) == [raw]


async def test_trello_signs_the_address_that_it_calls(gate: World) -> None:
    raw = json.dumps({"action": {"id": "1", "type": "updateCard"}}).encode()

    def signature(url: str) -> dict[str, str]:
        mac = hmac.new(b"sandbox", raw + url.encode(), hashlib.sha1).digest()
        return {"X-Trello-Webhook": base64.b64encode(mac).decode()}

    called = f"{gate.gateway}/hooks/trello?team=shop"
    for url, status in ((called, 202), (f"{gate.gateway}/hooks/trello", 401), (called + "s", 401)):
        async with gate.http.post(called, data=raw, headers=signature(url)) as answer:
            assert answer.status == status


async def test_an_endpoint_that_is_not_open_takes_no_secret_from_anybody(everything: World) -> None:
    given = {"X-Hook-Secret": "b537207f20cb"}
    status, headers, _ = await asked(everything, "POST", "/hooks/asana", {}, given)
    assert status == 401
    assert "X-Hook-Secret" not in headers


async def test_who_comes_from_elsewhere_is_refused_whatever_it_says(gate: World) -> None:
    for headers in ({}, {"X-Forwarded-For": "192.0.2.9"}):
        status, _, said = await asked(gate, "POST", "/hooks/closed", {"challenge": "x"}, headers)
        assert status == 403
        assert "takes nothing from 127.0.0.1" in json.loads(said)["error"]


async def test_a_secret_inside_a_body_is_not_kept(gate: World) -> None:
    body = {
        "event_type": "PING",
        "passcode": "sandbox",
        "webhook_id": "22",
        "timestamp": "2026-03-01T12:00:00Z",
    }
    status, _, said = await asked(gate, "POST", "/hooks/figma", {**body, "passcode": "wrong"})
    assert (status, json.loads(said)["error"]) == (
        400,  # as Figma's documentation wants it
        "The passcode in the body does not fit: it is another than the secret here.",
    )
    assert (await asked(gate, "POST", "/hooks/figma", body))[0] == 202
    (kept,) = await stored(gate)
    assert json.loads(kept) == {**body, "passcode": ""}


async def test_the_ping_of_github_is_taken_and_says_nothing(everything: World) -> None:
    assert await everything.sample("github", "ping.received") == 202
    assert await everything.sample("github", "pull_request.opened") == 202
    found = await everything.until("prs", lambda messages: any("ada opened" in text(one) for one in messages))
    assert not any("ping" in text(one).lower() for one in found)
