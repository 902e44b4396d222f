"""Rate limits: counted and announced, refused with real 429s, obeyed by the real client without an error."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
import time_machine

from sovereign.core import clock
from sovereign.sandbox.guild import CHANNELS
from sovereign.sandbox.server import SandboxOptions
from tests.sandbox.conftest import BotMaker, Person

PRS = f"/channels/{CHANNELS['prs']}/messages"


class TestHeaders:
    async def test_every_answer_tells_how_much_is_left(self, person: Person) -> None:
        seen = [await person.rest("POST", PRS, {"content": "x"}) for _ in range(6)]
        assert [status for status, _, _ in seen] == [200] * 5 + [429]
        left = [headers["X-RateLimit-Remaining"] for _, _, headers in seen]
        assert left == ["4", "3", "2", "1", "0", "0"]
        assert {headers["X-RateLimit-Limit"] for _, _, headers in seen} == {"5"}
        assert len({headers["X-RateLimit-Bucket"] for _, _, headers in seen}) == 1
        assert all(headers["Via"] for _, _, headers in seen)
        _, body, headers = seen[5]
        assert body["global"] is False
        assert 0 < body["retry_after"] <= 5
        assert int(headers["Retry-After"]) >= body["retry_after"]
        assert headers["X-RateLimit-Scope"] == "user"

    async def test_channels_have_buckets_of_their_own(self, person: Person) -> None:
        for _ in range(5):
            await person.rest("POST", PRS, {"content": "x"})
        assert (await person.rest("POST", PRS, {"content": "x"}))[0] == 429
        alerts = f"/channels/{CHANNELS['alerts']}/messages"
        assert (await person.rest("POST", alerts, {"content": "x"}))[0] == 200

    async def test_refused_calls_are_in_the_traffic(self, person: Person) -> None:
        for _ in range(6):
            await person.rest("POST", PRS, {"content": "x"})
        assert [one["status"] for one in await person.traffic()] == [200] * 5 + [429]


class TestTheClient:
    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(message_bucket=(2, 0.3), global_per_second=1000)

    async def test_waits_and_raises_nothing(self, bot: BotMaker, person: Person) -> None:
        async with bot() as client:
            await asyncio.gather(*(client.text("prs").send(str(n)) for n in range(5)))
        assert len(await person.messages("prs")) == 5

    async def test_comes_again_after_a_429_that_it_could_not_foresee(
        self, bot: BotMaker, person: Person, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.ERROR)
        async with bot() as client:
            await person.fault(kind="rate_limit", match="POST .*/messages", times=2, retry_after=0.1)
            await client.text("prs").send("after all")
        assert [one["content"] for one in await person.messages("prs")] == ["after all"]
        refused = [one for one in await person.traffic() if one["status"] == 429]
        assert len(refused) == 2


class TestTheWholeBot:
    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(global_per_second=10)

    async def test_is_limited_over_all_routes_but_not_in_answers_to_people(self, person: Person) -> None:
        answers = [await person.rest("GET", "/users/@me") for _ in range(14)]
        refused = [one for one in answers if one[0] == 429]
        assert refused
        assert refused[0][1]["global"] is True
        assert refused[0][2]["X-RateLimit-Global"] == "true"
        status, body, _ = await person.rest("POST", "/interactions/1/x/callback", {"type": 4})
        assert (status, body["code"]) == (404, 10062)


async def test_renaming_is_limited_without_a_warning(person: Person) -> None:
    await person.post("roles", {"member": "Sovereign", "give": "Owner"})
    path = f"/channels/{CHANNELS['prs']}"
    for topic in ("a", "b"):
        assert (await person.rest("PATCH", path, {"topic": topic}))[0] == 200
    status, body, _ = await person.rest("PATCH", path, {"topic": "c"})
    assert status == 429
    assert body["retry_after"] > 500
    assert (await person.rest("PATCH", path, {"topic": "b"}))[0] == 200


async def test_edits_of_old_messages_are_few(person: Person) -> None:
    with time_machine.travel(clock.now() - timedelta(hours=2)):
        _, made, _ = await person.rest("POST", PRS, {"content": "old"})
    answers = [await person.rest("PATCH", f"{PRS}/{made['id']}", {"content": str(n)}) for n in range(4)]
    assert [status for status, _, _ in answers] == [200, 200, 200, 429]
    assert answers[3][1]["code"] == 30046
    _, young, _ = await person.rest("POST", PRS, {"content": "young"})
    assert young["content"] == "young"


async def test_reactions_are_one_in_a_quarter_of_a_second(person: Person) -> None:
    _, made, _ = await person.rest("POST", PRS, {"content": "x"})
    path = f"{PRS}/{made['id']}/reactions"
    first = await person.rest("PUT", f"{path}/%F0%9F%91%8D/@me")
    second = await person.rest("PUT", f"{path}/%F0%9F%91%8E/@me")
    assert (first[0], second[0]) == (204, 429)
    assert second[1]["retry_after"] <= 0.25
