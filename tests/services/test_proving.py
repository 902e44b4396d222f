"""How deliveries prove themselves: by keys, by secrets that are handed over, from where, and only once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from sovereign.core import clock
from sovereign.core.errors import BadSignature, ConfigError, Unavailable, WrongAddress
from sovereign.core.samples import cases
from sovereign.integrations._source import Inbound, all_sources, source
from sovereign.services import proving
from sovereign.services.gateway import Gateway
from sovereign.services.samples import request
from sovereign.store import deliveries
from sovereign.store.database import Database
from tests.integrations.test_proofs import CERTIFICATE, NOW, TOPIC, certificate, sns
from tests.services.conftest import Sites, Works, works_over

TOPICS = f"event_gateway: {{endpoints: [{{path: /hooks/sns, topics: ['{TOPIC}']}}]}}"


def body_of(message: Mapping[str, object]) -> bytes:
    return json.dumps(message).encode()


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.mark.usefixtures("noon")
class TestSubscription:
    async def test_a_signed_message_of_a_named_topic_is_taken_once(self, database: Database) -> None:
        works = works_over(database, TOPICS)
        works.sites.pages[CERTIFICATE] = certificate()
        assert await works.gateway.accept("/hooks/sns", {}, body_of(sns()), "")
        assert not await works.gateway.accept("/hooks/sns", {}, body_of(sns()), "")
        with pytest.raises(BadSignature):
            await works.gateway.accept("/hooks/sns", {}, body_of(sns() | {"Message": "forged"}), "")
        assert not works.sites.visited

    async def test_another_topic_is_refused_and_nothing_is_fetched(self, database: Database) -> None:
        works = works_over(database, TOPICS)
        for message in (sns(TopicArn=TOPIC + "x"), sns() | {"SigningCertURL": "https://evil.example/x.pem"}):
            with pytest.raises(BadSignature):
                await works.gateway.accept("/hooks/sns", {}, body_of(message), "")
        assert not works.sites.asked

    async def test_a_subscription_is_confirmed_after_its_signature_held(self, database: Database) -> None:
        works = works_over(database, TOPICS)
        asked = sns(Type="SubscriptionConfirmation", Token="t1", SubscribeURL="https://evil.example/")
        url = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t1"
        works.sites.pages |= {CERTIFICATE: certificate(), url: b""}
        with pytest.raises(BadSignature):
            await works.gateway.accept("/hooks/sns", {}, body_of(asked | {"Token": "t2"}), "")
        assert not works.sites.visited
        assert await works.gateway.accept("/hooks/sns", {}, body_of(asked), "")
        assert works.sites.visited == [url]

    async def test_a_key_that_cannot_be_had_makes_the_sender_come_again(self, database: Database) -> None:
        works = works_over(database, TOPICS)
        with pytest.raises(Unavailable):
            await works.gateway.accept("/hooks/sns", {}, body_of(sns()), "")
        assert not await works.rows("SELECT 1 FROM deliveries")
        works.sites.pages[CERTIFICATE] = certificate()
        assert await works.gateway.accept("/hooks/sns", {}, body_of(sns()), "")

    async def test_a_secret_proves_enough_where_the_key_cannot_be_had(self, database: Database) -> None:
        works, body = works_over(database, TOPICS), body_of(sns())
        for wrong in ({}, {"authorization": "Bearer no"}):
            with pytest.raises(Unavailable):
                await works.gateway.accept("/hooks/sns", wrong, body, "")
        assert await works.gateway.accept("/hooks/sns", {"authorization": "Bearer sandbox"}, body, "")
        (kept,) = await works.rows("SELECT proof FROM deliveries")
        assert kept["proof"] == "secret as it is"


def grafana(status: str) -> tuple[dict[str, str], bytes]:
    alert = {"status": status, "labels": {"alertname": "DiskFull"}, "fingerprint": "f"}
    body = body_of({"status": status, "groupKey": "g", "alerts": [alert]})
    inbound = Inbound(headers={}, body=body, url="", received_at=clock.now())
    return dict(source("grafana").scheme.sign(inbound, "sandbox")), body


async def test_a_signed_request_that_somebody_kept_cannot_fire_an_alert_again(works: Works) -> None:
    firing, resolved = grafana("firing"), grafana("resolved")
    assert await works.gateway.accept("/hooks/grafana", *firing, "")
    assert await works.gateway.accept("/hooks/grafana", *resolved, "")
    assert not await works.gateway.accept("/hooks/grafana", *firing, ""), "the same signature"
    assert len(await works.rows("SELECT 1 FROM deliveries")) == 2


async def test_of_copies_that_come_together_one_is_taken_whatever_their_unsigned_numbers(
    works: Works,
) -> None:
    body = body_of({"type": "Issue", "action": "create", "webhookTimestamp": clock.now().timestamp() * 1000})
    inbound = Inbound(headers={}, body=body, url="", received_at=clock.now())
    signed = dict(source("linear").scheme.sign(inbound, "sandbox"))
    copies = [signed | {"linear-delivery": f"copy {number}"} for number in range(20)]
    taken = await asyncio.gather(*(works.gateway.accept("/hooks/linear", one, body, "") for one in copies))
    assert sorted(taken) == [False] * 19 + [True]
    assert len(await works.rows("SELECT 1 FROM deliveries")) == 1
    assert not works.gateway._proving._under_way


async def test_a_copy_that_comes_after_a_restart_is_known_while_its_time_holds(
    database: Database,
) -> None:
    headers, body = grafana("firing")
    assert await works_over(database, "").gateway.accept("/hooks/grafana", headers, body, "")
    (resolved, over), again = grafana("resolved"), works_over(database, "")
    assert await again.gateway.accept("/hooks/grafana", resolved, over, "")
    assert not await again.gateway.accept("/hooks/grafana", headers, body, ""), "the same signature"
    before = clock.now() - timedelta(minutes=1)
    assert len(await database.read(lambda tx: deliveries.proved(tx, before, 9))) == 2
    assert not await database.read(lambda tx: deliveries.proved(tx, clock.now(), 9)), "it holds no longer"


async def test_a_copy_is_taken_where_the_one_before_it_did_not_come_to_the_disk(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, full = works.database.keep, iter([True])

    async def once_full(*given: Any) -> bool:
        await asyncio.sleep(0)
        if next(full, False):
            raise Unavailable("full")
        return await keep(*given)

    monkeypatch.setattr(works.database, "keep", once_full)
    headers, body = grafana("firing")
    copies = (works.gateway.accept("/hooks/grafana", headers, body, "") for _ in range(3))
    answers = await asyncio.gather(*copies, return_exceptions=True)
    assert sorted(map(repr, answers)) == ["False", "True", repr(Unavailable("full"))]


async def test_what_is_not_on_the_disk_may_be_sent_again(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> bool:
        raise Unavailable("full")

    headers, body = grafana("firing")
    with monkeypatch.context() as patch:
        patch.setattr(works.database, "keep", full)
        with pytest.raises(Unavailable):
            await works.gateway.accept("/hooks/grafana", headers, body, "")
    assert await works.gateway.accept("/hooks/grafana", headers, body, "")


async def test_the_requests_that_are_known_are_bounded(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "MOST_SEEN", 3)
    for number in range(10):
        works.gateway._proving.taken(f"request {number}", clock.now())
    assert len(works.gateway._proving._seen) == 3


def signed(secret: str, body: bytes) -> dict[str, str]:
    return {"x-sig": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


async def test_a_secret_that_is_handed_over_counts_beside_the_others_and_survives(works: Works) -> None:
    endpoint, body = works.setup.endpoints["generic"], b'{"title": "x"}'
    with pytest.raises(BadSignature):
        await works.gateway.accept("/event", signed("handed", body), body, "")
    await works.gateway._proving.remember(endpoint, "handed")
    assert await works.gateway.accept("/event", signed("handed", body), body, "")
    again = Gateway(works.database, works.setup, lambda: None, Sites())
    for secret in ("handed", "sandbox"):
        other = body_of({"title": secret})
        assert await again.accept("/event", signed(secret, other), other, "")
    with pytest.raises(BadSignature):
        await again.accept("/hooks/backup", signed("handed", body), body, "")


async def test_the_secrets_that_are_handed_over_are_bounded(works: Works) -> None:
    endpoint = works.setup.endpoints["generic"]
    for number in range(proving.MOST_REMEMBERED + 5):
        await works.gateway._proving.remember(endpoint, f"secret {number}")
    kept = await works.gateway._proving._recalled(endpoint)
    assert (len(kept), kept[-1]) == (proving.MOST_REMEMBERED, f"secret {proving.MOST_REMEMBERED + 4}")


@pytest.mark.parametrize("slug", sorted(all_sources()))
async def test_the_gateway_takes_each_sample_as_the_command_line_sends_it(works: Works, slug: str) -> None:
    base, case = "https://hooks.acme.example", cases()[slug][0]
    made = request(works.setup.endpoints, slug, case, base)
    assert await works.gateway.accept(made.path, made.headers, made.body, base + made.path)


AUTHS = """
event_gateway:
  trusted_proxies: 10.0.0.0/8
  endpoints:
    - {path: /hooks/basic, source: generic, auth: basic, secret: env://A}
    - {path: /hooks/bearer, source: generic, auth: bearer, secret: env://A}
    - {path: /hooks/key, source: generic, auth: header, header: X-Team-Key, secret: env://A}
    - {path: /hooks/inside, source: generic, allow: [192.0.2.0/24, "2001:db8::/32"]}
"""


@pytest.mark.parametrize("name", ["basic", "bearer", "key"])
async def test_an_endpoint_may_want_another_proof_than_its_source(database: Database, name: str) -> None:
    works, body = works_over(database, AUTHS), b'{"title": "x"}'
    scheme = works.setup.endpoints[name].source.scheme
    inbound = Inbound(headers={}, body=body, url="", received_at=clock.now())
    right, wrong = dict(scheme.sign(inbound, "sandbox")), dict(scheme.sign(inbound, "another"))
    assert await works.gateway.accept(f"/hooks/{name}", right, body, "")
    for refused in (wrong, signed("sandbox", body)):
        with pytest.raises(BadSignature):
            await works.gateway.accept(f"/hooks/{name}", refused, body, "")
    if name == "key":
        assert right == {"x-team-key": "sandbox"}


MOVABLE = sorted(slug for slug, one in all_sources().items() if one.scheme.elsewhere)
"""Sources whose signature may stand in another header than is usual."""


@pytest.mark.parametrize("slug", MOVABLE)
async def test_a_signature_may_stand_in_another_header(database: Database, slug: str) -> None:
    path = {"github": "/git", "generic": "/event"}.get(slug, f"/hooks/{slug}")
    works = works_over(
        database, f"event_gateway: {{endpoints: [{{path: {path}, signature_header: X-Acme-Seal}}]}}"
    )
    made = request(works.setup.endpoints, slug, cases()[slug][0], "https://hooks.example")
    assert made.headers["x-acme-seal"]
    url = "https://hooks.example" + made.path
    usual = source(slug).scheme.sign(
        Inbound(headers=made.headers, body=made.body, url=url, received_at=clock.now()), "sandbox"
    )
    bare = {name: value for name, value in made.headers.items() if name != "x-acme-seal"}
    for wrong in (bare, {**bare, **usual}, {**made.headers, "x-acme-seal": "0" * 64}):
        with pytest.raises(BadSignature):
            await works.gateway.accept(made.path, wrong, made.body, url)
    with pytest.raises(BadSignature):
        await works.gateway.accept(made.path, made.headers, made.body + b" ", url)
    assert await works.gateway.accept(made.path, made.headers, made.body, url)


@pytest.mark.parametrize("slug", ["alertmanager", "sns", "standard_webhooks"])
def test_where_nothing_is_signed_or_the_header_is_prescribed_no_other_can_be_named(
    database: Database, slug: str
) -> None:
    entry = f"{{path: /hooks/moved, source: {slug}, signature_header: X-Acme-Seal}}"
    with pytest.raises(ConfigError, match="no signature that may stand in another header"):
        works_over(database, f"event_gateway: {{endpoints: [{entry}]}}")


@pytest.mark.parametrize(
    ("peer", "forwarded", "allowed"),
    [("192.0.2.9", "", True), ("::ffff:192.0.2.9", "", True), ("2001:db8::1", "", True),
     ("203.0.113.1", "", False), ("203.0.113.1", "192.0.2.9", False), ("10.0.0.1", "192.0.2.9", True),
     ("10.0.0.1", "192.0.2.9, 203.0.113.1", False), ("10.0.0.1", "", False), ("", "192.0.2.9", False)],
)  # fmt: skip
def test_an_endpoint_takes_nothing_from_networks_that_it_does_not_name(
    database: Database, peer: str, forwarded: str, allowed: bool
) -> None:
    gateway = works_over(database, AUTHS).gateway
    gateway.admit("/hooks/basic", peer, forwarded)
    if allowed:
        gateway.admit("/hooks/inside", peer, forwarded)
        return
    with pytest.raises(WrongAddress):
        gateway.admit("/hooks/inside", peer, forwarded)


async def test_the_record_says_which_proof_held_and_with_which_secret(database: Database) -> None:
    works = works_over(
        database, "event_gateway: {endpoints: [{path: /event, secret: [env://OLD, env://NEW]}]}"
    )
    await works.post("generic", {"title": "x"})
    await works.sample("github", "pull_request.opened")
    found = await works.rows("SELECT verdict, proof FROM deliveries ORDER BY id")
    assert [row["verdict"] for row in found] == ["verified", "verified"]
    assert found[0]["proof"].endswith("secret 1 of 2")
    assert found[1]["proof"] == "signature in x-hub-signature-256"
