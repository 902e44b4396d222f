"""Outgoing webhooks over real HTTP: signed, at least once, tried again, and kept when they never arrive."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from sovereign.clients import outgoing
from sovereign.clients.outgoing import posting
from sovereign.config.loader import parse
from sovereign.config.secrets import SecretSource
from sovereign.core import clock
from sovereign.core.errors import Unavailable
from sovereign.domain import cloudevent as outward
from sovereign.domain.cloudevent import Arrived
from sovereign.integrations._source import Inbound
from sovereign.integrations._timed import standard_webhooks
from sovereign.services import forwarding as service
from sovereign.services import setup
from sovereign.services.forwarding import Forwarding
from sovereign.store import forwarding as store
from sovereign.store.database import Database
from sovereign.store.forwarding import Owed
from sovereign.web import server
from tests.services.conftest import Works

SECRET = "whsec_c292ZXJlaWduLXRlc3Qtc2VjcmV0LWtleQ=="
SECRETS = SecretSource(environment={"AUDIT": SECRET})


@dataclass(slots=True)
class Target:
    """A program that takes webhooks: it answers what it is told to, then 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    always: int = 204

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(
            ({name.lower(): value for name, value in request.headers.items()}, await request.read())
        )
        status = self.answers.pop(0) if self.answers else self.always
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else {})

    def titles(self) -> list[str]:
        return [json.loads(body)["data"]["title"] for _, body in self.got]


@dataclass(slots=True)
class Office:
    works: Works
    target: Target
    forwarding: Forwarding
    database: Database

    async def happens(self, title: str, **more: str) -> None:
        await self.works.post("generic", {"title": title, **more}, {"x-delivery-id": title})
        self.forwarding.wake()

    async def until_settled(self, waiting: int = 0) -> Owed:
        """What is owed, once everything has been looked through and only so much waits."""
        owed = Owed()
        for _ in range(500):
            self.forwarding._rested.clear()
            self.forwarding.wake()
            lags = await self.database.read(lambda tx: store.lags(tx, "audit"))
            owed = await self.forwarding.owed()
            served = self.forwarding.serves("audit")  # else it is forgotten, and has seen nothing
            if owed.waiting == waiting and (waiting or lags != served):
                return owed
            await asyncio.sleep(0.01)
        raise AssertionError(f"still {owed}")


def configured(url: str, more: str = "", secret: str = SECRET) -> setup.Setup:
    text = f"outwards:\n  webhooks:\n    - {{name: audit, url: '{url}', secret: env://AUDIT{more}}}\n"
    return setup.setup(
        parse(text, "discovery.yml", sources=["generic"]).discovery,
        SecretSource(environment={"AUDIT": secret}),
    )


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    it = Target()
    app = web.Application()
    app.router.add_post("/hook", it.take)
    async with server.listening(app, "127.0.0.1", 0) as port:
        it.url = f"http://127.0.0.1:{port}/hook"
        yield it


@asynccontextmanager
async def sending(works: Works, target: Target, made: setup.Setup | None = None) -> AsyncIterator[Office]:
    async with posting() as post:
        forwarding = Forwarding(works.database, made or configured(target.url), post)
        running = asyncio.ensure_future(forwarding.run())
        office = Office(works=works, target=target, forwarding=forwarding, database=works.database)
        try:
            await office.until_settled()
            yield office
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def office(works: Works, target: Target, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr(service, "FIRST_PAUSE", 0.02)
    await works.post("generic", {"title": "from before the target was known"})
    async with sending(works, target) as it:
        yield it


async def test_an_event_is_sent_as_a_cloudevent_that_standard_webhooks_verifies(office: Office) -> None:
    await office.happens("deployed", service="shop", text="token=correct-horse")
    await office.until_settled()
    ((headers, body),) = office.target.got
    assert headers["user-agent"] == f"Sovereign/{version('sovereign')}"
    assert headers["content-type"] == "application/cloudevents+json"
    inbound = Inbound(headers=headers, body=body, url="", received_at=clock.now())
    standard_webhooks().verify(inbound, [SECRET])
    event = json.loads(body)
    assert headers["webhook-id"] == f"evt_{event['id']}"
    assert event["data"]["service"] == "shop"
    assert b"correct-horse" not in body


@pytest.mark.parametrize(
    ("secret", "keys"),
    [
        (SECRET, [b"sovereign-test-secret-key"]),
        ("mysecret", [b"mysecret", base64.b64decode("mysecret")]),
        ("correct horse", [b"correct horse"]),
    ],
)
async def test_a_secret_of_two_readings_signs_with_the_key_of_each(
    works: Works, target: Target, secret: str, keys: list[bytes]
) -> None:
    async with sending(works, target, configured(target.url, secret=secret)) as office:
        await office.happens("deployed")
        await office.until_settled()
    ((headers, body),) = target.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = {f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}" for key in keys}
    assert set(headers["webhook-signature"].split(" ")) == wanted


async def test_what_fails_is_tried_again_under_the_same_id_and_the_others_go_on(office: Office) -> None:
    office.target.answers = [500, 302, 204]
    await office.happens("first")
    await office.until_settled()
    await office.happens("second")
    await office.until_settled()
    assert office.target.titles() == ["first", "first", "first", "second"]
    assert len({headers["webhook-id"] for headers, _ in office.target.got}) == 2


async def test_a_target_that_is_gone_gets_no_second_attempt_and_the_letter_is_kept(office: Office) -> None:
    office.target.answers = [410]
    with capture_logs() as logs:
        await office.happens("unwanted")
        assert await office.until_settled() == Owed(waiting=0, dead=1)
    (line,) = [line for line in logs if line["event"] == "forward"]
    assert (line["outcome"], line["problem"], line["target"]) == ("dead", "it answers 410", "audit")
    (row,) = await office.works.rows("SELECT state, problem FROM forwards")
    assert row == {"state": "dead", "problem": "it answers 410"}


async def test_after_a_day_an_event_is_a_dead_letter_and_no_pause_is_longer_than_hours(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "FIRST_PAUSE", 5.0)
    office.target.always = 503
    await office.happens("never")
    at = since = clock.now()
    attempts = 0
    while (await office.forwarding.owed()).dead == 0:
        letter = await office.database.read(lambda tx, at=at: store.due(tx, "audit", at))  # type: ignore[misc]
        if letter is None:
            await office.until_settled(waiting=1)
            at += timedelta(minutes=30)
            continue
        attempts += 1
        monkeypatch.setattr(clock, "now", _at(at))
        await office.forwarding._later(letter, "it answers 503", clock.monotonic(), hopeless=False)
        monkeypatch.undo()
    assert timedelta(hours=21) < at - since < timedelta(hours=25)
    assert 12 < attempts < 40


def _at(moment: datetime) -> object:
    return lambda: moment


async def test_what_waits_is_bounded_and_what_comes_after_is_not_lost(
    works: Works, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LONGEST_QUEUE", 3)
    monkeypatch.setattr(service, "FIRST_PAUSE", 0.01)
    target.always = 503
    async with sending(works, target) as office:
        for number in range(8):
            await office.happens(str(number))
        await office.until_settled(waiting=3)
        target.always = 204
        target.got.clear()
        for _ in range(500):
            office.forwarding._rested.clear()
            office.forwarding.wake()
            if len(set(target.titles())) == 8:
                break
            await asyncio.sleep(0.01)
        await office.until_settled()
    assert sorted(set(target.titles())) == [str(number) for number in range(8)]


async def test_a_target_that_cannot_be_reached_is_left_alone_longer_and_longer(
    works: Works, target: Target
) -> None:
    down = configured("http://127.0.0.1:9/")
    async with sending(works, target, down) as office:
        forwarding = office.forwarding
        await office.happens("one")
        for _ in range(300):
            if forwarding._failures.get("audit"):
                break
            await asyncio.sleep(0.01)
        began = clock.monotonic()
        rests = []
        for _ in range(8):
            forwarding._rest(down.targets[0])
            rests.append(forwarding._rested["audit"] - began)
    assert rests == sorted(rests)
    assert 59 < rests[-1] < 61


async def test_a_restart_sends_what_was_owed_and_a_new_target_nothing_of_the_past(
    works: Works, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "FIRST_PAUSE", 0.01)
    target.always = 503
    async with sending(works, target) as office:
        await office.happens("owed")
        await office.until_settled(waiting=1)
    await works.post("generic", {"title": "while it was down"})
    target.always = 204
    target.got.clear()
    async with sending(works, target) as office:
        for _ in range(500):
            if len(target.got) == 2:
                break
            await asyncio.sleep(0.01)
    assert sorted(target.titles()) == ["owed", "while it was down"]  # the first may have to wait
    other = setup.setup(parse("outwards: {webhooks: []}", "d.yml", sources=["generic"]).discovery, SECRETS)
    async with sending(works, target, other):
        await works.post("generic", {"title": "while it was not configured"})
        await asyncio.sleep(0.05)
    async with sending(works, target) as office:
        await office.happens("and again")
        await office.until_settled()
    assert target.titles()[2:] == ["and again"]


async def test_a_target_gets_what_it_wants_and_follows_a_changed_configuration(office: Office) -> None:
    office.forwarding.follow(configured(office.target.url, ", kinds: service.*"))
    await office.happens("chatter")
    await office.happens("deployed", kind="service.deployed")
    await office.until_settled()
    assert office.target.titles() == ["deployed"]


async def test_an_event_that_is_pruned_takes_its_dead_letter_along(office: Office) -> None:
    office.target.answers = [410]
    await office.happens("old")
    await office.until_settled()
    await office.database.write(lambda tx: tx.execute("DELETE FROM events").rowcount)
    assert await office.forwarding.owed() == Owed()


async def test_without_a_secret_nothing_is_sent_and_the_event_waits(works: Works, target: Target) -> None:
    made = setup.setup(
        parse(
            f"outwards: {{webhooks: [{{name: audit, url: '{target.url}', secret: 'env://NONE'}}]}}",
            "discovery.yml",
            sources=["generic"],
        ).discovery,
        SECRETS,
    )
    async with sending(works, target, made) as office:
        await office.happens("kept back")
        await office.until_settled(waiting=1)
        for _ in range(300):
            if await works.rows("SELECT 1 FROM forwards WHERE problem LIKE '%NONE is not set%'"):
                break
            await asyncio.sleep(0.01)
        else:
            raise AssertionError("nothing says why")
    assert target.got == []


async def test_a_program_that_answers_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "PATIENCE", 0.1)

    async def never(request: web.Request) -> web.Response:
        await asyncio.sleep(0.3)
        return web.Response()

    app = web.Application()
    app.router.add_post("/", never)
    async with server.listening(app, "127.0.0.1", 0) as port, posting() as post:
        with pytest.raises(Unavailable, match="TimeoutError"):
            await post(f"http://127.0.0.1:{port}/", {}, b"")


async def test_a_mistake_of_ours_puts_one_letter_aside_and_holds_up_neither_that_target_nor_another(
    works: Works, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = outward.cloudevent

    def clumsy(event: Arrived) -> dict[str, object]:
        if event.facts["title"] == "odd":
            raise KeyError("source")
        return real(event)

    monkeypatch.setattr(service, "cloudevent", clumsy)
    text = (
        f"outwards: {{webhooks: [{{name: audit, url: '{target.url}', secret: env://AUDIT, services: odd}},"
        f" {{name: other, url: '{target.url}', secret: env://AUDIT, services: plain}}]}}"
    )
    made = setup.setup(parse(text, "d.yml", sources=["generic"]).discovery, SECRETS)
    async with sending(works, target, made) as office:
        with capture_logs() as logs:
            await office.happens("odd", service="odd")
            await office.happens("after it", service="odd")
            await office.happens("elsewhere", service="plain")
            await office.until_settled()
            for _ in range(300):
                if len(target.got) == 2:
                    break
                await office.until_settled()
    assert sorted(target.titles()) == ["after it", "elsewhere"]
    (line,) = [line for line in logs if line.get("outcome") == "quarantined"]
    assert (line["log_level"], line["target"]) == ("error", "audit")
    (row,) = await works.rows("SELECT target, state, problem FROM forwards")
    assert row == {
        "target": "audit",
        "state": "dead",
        "problem": "a mistake of ours, KeyError; the log has more",
    }
    assert not [line for line in logs if line["event"] == "worker.failed"]
