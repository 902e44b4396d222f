"""Bad weather on request: errors before and after the deed, outages, slowness; and the traffic view."""

from __future__ import annotations

import aiohttp
import discord
import pytest

from sovereign.core import clock
from sovereign.sandbox.guild import CHANNELS
from sovereign.sandbox.server import Running
from tests.sandbox.conftest import BotMaker, Person, until

PRS = f"/channels/{CHANNELS['prs']}/messages"


async def test_an_error_before_the_deed_leaves_nothing(person: Person) -> None:
    await person.fault(kind="rest", match="POST /channels/.*/messages", status=503, times=2)
    assert [(await person.rest("POST", PRS, {"content": str(n)}))[0] for n in range(3)] == [503, 503, 200]
    assert (await person.rest("GET", PRS))[0] == 200
    assert [one["content"] for one in await person.messages("prs")] == ["2"]


async def test_an_error_after_the_deed_leaves_it_in_doubt(person: Person) -> None:
    await person.fault(kind="rest", match="POST .*/messages", status=500, after=True)
    assert (await person.rest("POST", PRS, {"content": "done"}))[0] == 500
    assert [one["content"] for one in await person.messages("prs")] == ["done"]


async def test_a_connection_can_be_cut_after_the_deed(person: Person) -> None:
    await person.fault(kind="rest", match="POST .*/messages", after=True, cut=True)
    with pytest.raises(aiohttp.ClientError):
        await person.rest("POST", PRS, {"content": "done"})
    assert [one["content"] for one in await person.messages("prs")] == ["done"]
    [call] = await person.traffic()
    assert (call["status"], call["fault"]) == (0, "cut")


async def test_the_nonce_saves_the_client_from_saying_it_twice(bot: BotMaker, person: Person) -> None:
    async with bot() as client:
        await person.fault(kind="rest", match="POST .*/messages", status=502, after=True)
        sent = await client.text("prs").send("once", nonce="n")
        assert sent.content == "once"
    assert [one["content"] for one in await person.messages("prs")] == ["once"]


async def test_an_outage_cuts_everything_and_ends(bot: BotMaker, person: Person) -> None:
    async with bot() as client:
        answer = await person.fault(kind="down", seconds=0.4)
        assert 0 < answer["down_for"] <= 0.4
        with pytest.raises(aiohttp.ClientError):
            await person.rest("GET", "/users/@me")
        await until(lambda: "resumed" in client.heard)
        await client.text("prs").send("back")
    assert [one["content"] for one in await person.messages("prs")] == ["back"]


async def test_during_an_outage_the_gateway_refuses(sandbox: Running, person: Person) -> None:
    await person.fault(kind="down", seconds=30)
    with pytest.raises(aiohttp.ClientError):
        async with person.session.ws_connect(sandbox.gateway):
            pass
    await person.fault(kind="clear")
    async with person.session.ws_connect(sandbox.gateway) as socket:
        assert (await socket.receive_json())["op"] == 10


async def test_slowness_lasts_until_it_is_cleared(person: Person) -> None:
    await person.fault(kind="latency", match="GET /users", seconds=0.1)
    began = clock.monotonic()
    await person.rest("GET", "/users/@me")
    await person.rest("GET", "/users/@me")
    assert clock.monotonic() - began >= 0.2
    assert (await person.get("fault"))["active"][0]["kind"] == "latency"
    await person.fault(kind="clear")
    assert (await person.get("fault"))["active"] == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "snow"}, "There are: rest, rate_limit"),
        ({"kind": "rest", "match": "("}, "not a regular expression"),
        ({"kind": "rest", "status": 7}, "from 100 to 599"),
        ({"kind": "latency", "seconds": "x"}, "Seconds are a number"),
        ({"kind": "rest", "times": "often"}, "times is a whole number"),
        ({"kind": "rest", "times": 0}, "from 1 to"),
        ({"kind": "rest", "after": "yes"}, "after is true or false"),
        ({"kind": "rest", "path": "/users"}, "no field path. It takes match, times, status, after, cut"),
        ({"kind": "rate_limit", "status": 429}, "The fault rate_limit has no field status"),
        ({"kind": "gateway_drop", "seconds": 3}, "It takes nothing"),
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused_in_words(
    person: Person, fault: dict[str, object], words: str
) -> None:
    assert words in (await person.post("fault", fault, 400))["error"]
    assert (await person.get("fault"))["active"] == []


async def test_the_traffic_shows_both_directions_and_no_token(bot: BotMaker, person: Person) -> None:
    async with bot() as client:
        await client.text("prs").send("seen", embed=discord.Embed(title="t"))
    calls = await person.traffic()
    assert [one["index"] for one in calls] == list(range(1, len(calls) + 1))
    [call] = [one for one in calls if one["method"] == "POST"]
    assert call["path"] == PRS
    assert call["body"]["embeds"][0]["title"] == "t"
    assert call["response"]["content"] == "seen"
    assert call["status"] == 200
    async with person.session.get(f"{person.url}/sandbox/traffic?since={calls[-2]['index']}") as response:
        text = await response.text()
    assert len(text.splitlines()) == 1
    assert "Authorization" not in text
    assert "Bot sandbox" not in text
