"""A simulated cluster on a free port, and a plain hand on its API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sovereign.sandbox.cluster.identity import BOT_TOKEN
from sovereign.sandbox.cluster.server import Running, running

APPS = "/apis/apps/v1/namespaces/dev"
CORE = "/api/v1/namespaces/dev"
SPEED = 60.0
"""How many times faster than by default the cluster lives in tests."""
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


class Hand:
    """Calls the API as a client without any cleverness; `bot` brings the bot's token."""

    def __init__(self, session: aiohttp.ClientSession, it: Running) -> None:
        self.session, self.it = session, it
        self.bot = {"Authorization": f"Bearer {BOT_TOKEN}"}

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        kind: str = "application/json",
        headers: dict[str, str] | list[tuple[str, str]] | None = None,
    ) -> tuple[int, Any]:
        """Status, and the JSON or text of the answer; a watch is text."""
        given = aiohttp.hdrs.CONTENT_TYPE
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers or ())
        data = None if body is None else json.dumps(body)
        async with self.session.request(
            method, self.it.url + path, data=data, headers=[*pairs, (given, kind)]
        ) as answer:
            text = await answer.text()
            is_json = answer.content_type == "application/json" and "watch=" not in path
            return answer.status, json.loads(text) if is_json else text

    async def get(self, path: str, **headers: str) -> Any:
        status, body = await self.call("GET", path, headers=headers)
        assert status == 200, body
        return body

    async def patch(self, path: str, body: object, kind: str = STRATEGIC, status: int = 200) -> Any:
        got, answer = await self.call("PATCH", path, body, kind=kind)
        assert got == status, answer
        return answer

    async def post(self, path: str, body: object, status: int = 201) -> Any:
        got, answer = await self.call("POST", path, body)
        assert got == status, answer
        return answer

    async def drive(self, call: str, expected: int = 200, **body: object) -> Any:
        return await self.post(f"/sandbox/{call}", body, expected)

    async def deployment(self, name: str = "web") -> Any:
        return await self.get(f"{APPS}/deployments/{name}")

    async def pods(self, selector: str = "app=web", namespace: str = "dev") -> list[Any]:
        found = await self.get(f"/api/v1/namespaces/{namespace}/pods?labelSelector={selector}")
        return list(found["items"])

    async def until(self, path: str, holds: Callable[[Any], object], within: float = 5.0) -> Any:
        """Ask until the answer is so."""
        last: Any = None
        try:
            async with asyncio.timeout(within):
                while True:
                    last = await self.get(path)
                    if holds(last):
                        return last
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"{path} never was so: {json.dumps(last)[:3000]}") from None

    async def rolled_out(self, name: str = "web") -> Any:
        return await self.until(f"{APPS}/deployments/{name}", complete)

    async def roll_to(self, image: str, name: str = "web") -> Any:
        return await self.patch(f"{APPS}/deployments/{name}", with_image(image))


def condition(item: Any, type_: str) -> Any:
    found = [one for one in item["status"].get("conditions", ()) if one["type"] == type_]
    return found[0] if found else None


def complete(item: Any) -> bool:
    """A rollout is over: as kubectl judges it, and the controller has said so."""
    status, wanted = item["status"], item["spec"]["replicas"]
    said = condition(item, "Progressing")
    return (
        status.get("observedGeneration") == item["metadata"]["generation"]
        and all(status.get(key, 0) == wanted for key in ("replicas", "updatedReplicas", "availableReplicas"))
        and said is not None
        and said["reason"] == "NewReplicaSetAvailable"
    )


def with_image(image: str) -> Any:
    return {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}}


def web(image: str = "lab/web:1", replicas: int = 2, **spec: object) -> Any:
    """A small deployment."""
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
            **spec,
        },
    }


@asynccontextmanager
async def cluster_in(folder: Path, *, speed: float = SPEED, services: bool = False) -> AsyncIterator[Hand]:
    async with (
        running(folder, speed=speed, services=services) as it,
        aiohttp.ClientSession() as session,
    ):
        yield Hand(session, it)


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[Hand]:
    """A cluster without services."""
    async with cluster_in(tmp_path) as made:
        yield made
