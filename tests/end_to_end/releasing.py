"""The whole product with a simulated cluster, and members who propose, vote and deploy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sovereign.config.secrets import SecretSource
from sovereign.sandbox.cluster.server import Running as Cluster
from sovereign.sandbox.cluster.server import running as simulated
from sovereign.sandbox.server import SandboxOptions
from sovereign.sandbox.server import running as sandboxed
from tests.end_to_end.world import ROOT, Message, World, bots, product, text

SPEED = 20.0
"""How much faster pods start than they do by default."""


@dataclass(slots=True, kw_only=True)
class Releasing(World):
    """A world with a cluster. `deployments` is where it is proposed and told."""

    cluster: Cluster

    async def has_commands(self) -> bool:
        async with self.http.get(f"{self.sandbox.url}/sandbox/state") as answer:
            return bool((await answer.json())["commands"])

    async def propose(self, member: str, version: str = "v2.0", **options: Any) -> Message:
        """The proposal's message."""
        given = {"version": version, "service": "shop", "env": "prod", **options}
        said = await self.act(member, "deployments", "command", command="deploy approve", options=given)
        assert "Proposed" in words(said), said
        found = await self.until("deployments", bots)
        return bots(found)[-1]

    async def press(self, member: str, message: Message, button: str) -> str:
        said = await self.act(member, "deployments", "click", message=message["id"], button=button)
        return words(said)

    async def again(self, message: Message) -> Message:
        """The message as it is now."""
        found = await self.messages("deployments")
        return next(one for one in found if one["id"] == message["id"])

    async def until_says(self, message: Message, said: str, seconds: float = 20.0) -> Message:
        def says(found: Any) -> bool:
            return any(one["id"] == message["id"] and said in text(one) for one in found)

        found = await self.until("deployments", says, seconds)
        return next(one for one in found if one["id"] == message["id"])

    async def deployment(self, name: str = "shop", namespace: str = "prod") -> Mapping[str, Any]:
        return await self.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}")

    async def get(self, path: str) -> Mapping[str, Any]:
        async with self.http.get(self.cluster.url + path) as answer:
            found: Mapping[str, Any] = await answer.json()
            return found

    async def cluster_act(self, path: str, **body: Any) -> Any:
        async with self.http.post(f"{self.cluster.url}/sandbox/{path}", json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()


def words(answer: Mapping[str, Any]) -> str:
    """Everything that an answer says, or why it failed."""
    return "\n".join(text(one) for one in answer.get("messages", ())) + json.dumps(answer.get("error") or "")


def image(workload: Mapping[str, Any]) -> str:
    found: str = workload["spec"]["template"]["spec"]["containers"][0]["image"]
    return found


def configuration(folder: Path, *rules: str) -> Path:
    """The sample with these deploy rules instead of its own."""
    sample = (ROOT / "discovery.yml").read_text(encoding="utf-8")
    head, _, rest = sample.partition("\ndeploy:\n")
    _, _, tail = rest.partition("\nservices:\n")
    lines = "".join(f"    - {rule}\n" for rule in rules)
    path = folder / "discovery.yml"
    path.write_text(f"{head}\ndeploy:\n  rules:\n{lines}\nservices:\n{tail}", encoding="utf-8")
    return path


@asynccontextmanager
async def releasing(folder: Path, *rules: str) -> AsyncIterator[Releasing]:
    folder.mkdir(parents=True, exist_ok=True)
    async with (
        simulated(folder / "cluster", speed=SPEED) as cluster,
        sandboxed(folder / "sandbox", options=SandboxOptions()) as sandbox,
        aiohttp.ClientSession() as http,
    ):
        secrets = SecretSource(environment={"SOVEREIGN_KUBECONFIG": cluster.kubeconfig}, sandbox=True)
        path = configuration(folder, *rules) if rules else ROOT / "discovery.yml"
        async with product(folder, sandbox, path, secrets) as it:
            await it.bot.usable.wait()
            gateway = f"http://127.0.0.1:{it.port}"
            made = Releasing(sandbox=sandbox, gateway=gateway, http=http, bot=it, cluster=cluster)
            async with asyncio.timeout(10):
                while not await made.has_commands():
                    await asyncio.sleep(0.02)
            yield made
