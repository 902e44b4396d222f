"""The driver: crowds for load tests, and sentences for whoever asks amiss."""

from __future__ import annotations

import asyncio
import json

from tests.sandbox.cluster.conftest import Hand, complete


async def test_a_crowd_is_there_at_once_and_keeps_changing(hand: Hand) -> None:
    state = await hand.drive("many", deployments=10, pods=43, changes_per_second=200)
    assert state["version"] > 1000
    found = (await hand.get("/apis/apps/v1/namespaces/load/deployments"))["items"]
    assert len(found) == 10
    assert all(map(complete, found))
    listed = await hand.get("/api/v1/namespaces/load/pods")
    assert len(listed["items"]) == 43
    version = listed["metadata"]["resourceVersion"]
    path = f"{hand.it.url}/api/v1/namespaces/load/pods?watch=1&resourceVersion={version}&timeoutSeconds=3"
    async with asyncio.timeout(3), hand.session.get(path) as answer:
        for _ in range(20):
            event = json.loads(await answer.content.readline())
            assert event["type"] == "MODIFIED"
            assert event["object"]["status"]["containerStatuses"][0]["ready"]
    await hand.drive("many")
    quiet = (await hand.get("/api/v1/namespaces/load/pods"))["metadata"]["resourceVersion"]
    await asyncio.sleep(0.05)
    assert (await hand.get("/api/v1/namespaces/load/pods"))["metadata"]["resourceVersion"] == quiet


async def test_what_makes_no_sense_is_refused_in_a_sentence(hand: Hand) -> None:
    for call, body, words in (
        ("fault", {"kind": "rain"}, "There is no fault 'rain'. There are: freeze"),
        ("fault", {"kind": "freeze", "seconds": "long"}, "seconds is a number from 0 to 3600."),
        ("fault", {"kind": "status", "match": "("}, "match is no regular expression"),
        ("speed", {"speed": 0}, "speed is a number from 0.01"),
        ("tag", {"image": ""}, "image is the name of a repository with a tag"),
        ("tag", {"image": "acme/x:1", "to": "2"}, "There is no tag 2 of acme/x."),
        ("grant", {"role": "view"}, "Name a user or a group."),
        ("grant", {"role": "view", "user": "u", "namespace": "none"}, "There is no namespace none."),
    ):
        answer = await hand.drive(call, 400, **body)
        assert words in answer["error"]
    status, answer = await hand.call("POST", "/sandbox/none", {})
    assert (status, "GET /sandbox/state" in answer["error"]) == (404, True)
    status, answer = await hand.call("POST", "/sandbox/speed", [])
    assert (status, answer["error"]) == (400, "The body must be a JSON object.")
