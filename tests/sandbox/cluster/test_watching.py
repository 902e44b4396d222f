"""Watches: they resume where they were, say when the past is forgotten, and survive a frozen server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.sandbox.cluster.conftest import CORE, MERGE, Hand

MAPS = f"{CORE}/configmaps"


async def put(hand: Hand, name: str, **labels: str) -> Any:
    return await hand.post(MAPS, {"metadata": {"name": name, "labels": labels}, "data": {"n": "0"}})


class Lines:
    """Reads a watch line by line."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def next(self, within: float = 3.0) -> Any:
        async with asyncio.timeout(within):
            line = await self._answer.content.readline()
        return json.loads(line) if line else None


@asynccontextmanager
async def watching(hand: Hand, path: str = MAPS, **query: object) -> AsyncIterator[Lines]:
    params = {"watch": "true", "timeoutSeconds": "5", **{key: str(value) for key, value in query.items()}}
    async with hand.session.get(hand.it.url + path, params=params) as answer:
        assert answer.status == 200
        yield Lines(answer)


def told(event: Any) -> tuple[str, str]:
    return event["type"], event["object"]["metadata"]["name"]


async def test_a_watch_goes_on_from_the_version_that_it_names(hand: Hand) -> None:
    first = await put(hand, "one")
    await put(hand, "two")
    await hand.patch(f"{MAPS}/one", {"data": {"n": "1"}}, MERGE)
    async with watching(hand, resourceVersion=first["metadata"]["resourceVersion"]) as lines:
        assert told(await lines.next()) == ("ADDED", "two")
        assert told(await lines.next()) == ("MODIFIED", "one")
        await hand.call("DELETE", f"{MAPS}/two")
        assert told(await lines.next()) == ("DELETED", "two")


async def test_a_watch_from_nowhere_begins_with_everything(hand: Hand) -> None:
    await put(hand, "one")
    async with watching(hand) as lines:
        assert told(await lines.next()) == ("ADDED", "one")
        await put(hand, "two")
        assert told(await lines.next()) == ("ADDED", "two")


async def test_initial_events_end_with_a_bookmark(hand: Hand) -> None:
    await put(hand, "one")
    query = {
        "sendInitialEvents": "true",
        "allowWatchBookmarks": "true",
        "resourceVersionMatch": "NotOlderThan",
    }
    async with watching(hand, **query) as lines:
        assert told(await lines.next()) == ("ADDED", "one")
        mark = await lines.next()
        assert mark["type"] == "BOOKMARK"
        assert mark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


async def test_what_is_no_longer_selected_is_deleted_to_the_watcher(hand: Hand) -> None:
    made = await put(hand, "one", colour="red")
    version = made["metadata"]["resourceVersion"]
    async with watching(hand, labelSelector="colour=red", resourceVersion=version) as lines:
        await put(hand, "other", colour="blue")
        await hand.patch(f"{MAPS}/one", {"metadata": {"labels": {"colour": "blue"}}}, MERGE)
        assert told(await lines.next()) == ("DELETED", "one")
        await hand.patch(f"{MAPS}/one", {"metadata": {"labels": {"colour": "red"}}}, MERGE)
        assert told(await lines.next()) == ("ADDED", "one")


async def test_one_thing_alone_is_watched_by_name(hand: Hand) -> None:
    await put(hand, "one")
    await put(hand, "two")
    async with watching(hand, fieldSelector="metadata.name=two") as lines:
        assert told(await lines.next()) == ("ADDED", "two")


async def test_a_forgotten_past_is_410(hand: Hand) -> None:
    version = (await put(hand, "one"))["metadata"]["resourceVersion"]
    await hand.drive("fault", kind="forget")
    async with watching(hand, resourceVersion=version) as lines:
        event = await lines.next()
        assert event["type"] == "ERROR"
        assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")
        assert await lines.next() is None
    fresh = (await hand.get(MAPS))["metadata"]["resourceVersion"]
    async with watching(hand, resourceVersion=fresh) as lines:
        await put(hand, "two")
        assert told(await lines.next()) == ("ADDED", "two")


async def test_the_next_watch_can_be_told_410_for_once(hand: Hand) -> None:
    version = (await put(hand, "one"))["metadata"]["resourceVersion"]
    await hand.drive("fault", kind="gone")
    for expected in ("ERROR", None):
        async with watching(hand, resourceVersion=version) as lines:
            if expected:
                assert (await lines.next())["type"] == expected
            else:
                with pytest.raises(TimeoutError):
                    await lines.next(within=0.1)


async def test_a_frozen_server_takes_calls_and_answers_when_it_thaws(hand: Hand) -> None:
    version = (await put(hand, "one"))["metadata"]["resourceVersion"]
    loop = asyncio.get_running_loop()
    async with watching(hand, resourceVersion=version) as lines:
        await hand.drive("fault", kind="freeze", seconds=0.4)
        began = loop.time()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.15):
                await hand.get(MAPS)
        await hand.patch(f"{MAPS}/one", {"data": {"n": "1"}}, MERGE)
        assert loop.time() - began >= 0.35
        assert told(await lines.next()) == ("MODIFIED", "one")


async def test_a_server_that_is_down_cuts_everybody_off_and_comes_back(hand: Hand) -> None:
    await put(hand, "one")
    async with watching(hand) as lines:
        await lines.next()
        await hand.drive("fault", kind="down", seconds=0.3)
        with pytest.raises(aiohttp.ClientError):
            await lines.next()
    with pytest.raises(aiohttp.ClientError):
        await hand.get(MAPS)
    await asyncio.sleep(0.3)
    assert len((await hand.get(MAPS))["items"]) == 1


async def test_errors_come_as_often_as_wanted(hand: Hand) -> None:
    await hand.drive("fault", kind="status", match="GET .*/configmaps", status=503, times=2, retry_after=1)
    for expected in (503, 503, 200):
        status, answer = await hand.call("GET", MAPS)
        assert status == expected, answer


async def test_a_watch_ends_when_its_time_is_up(hand: Hand) -> None:
    version = (await hand.get(MAPS))["metadata"]["resourceVersion"]
    async with watching(hand, resourceVersion=version, timeoutSeconds=1) as lines:
        assert await lines.next() is None
