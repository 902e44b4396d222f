"""The whole product with a simulated cluster, and members who propose, vote and deploy."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from sovereign.core.clock import EPOCH
from sovereign.domain.audit import Record
from sovereign.domain.rollout.steps import COLOUR
from sovereign.sandbox.cluster.server import Running as Cluster
from sovereign.sandbox.cluster.server import running as simulated
from sovereign.sandbox.server import running as sandboxed
from sovereign.store import audit, events
from sovereign.store.audit import Sought
from tests.end_to_end.world import ROOT, Message, World, bots, product, text, texts
from tests.sandbox.page import WIDE

SPEED = 20.0
"""How much faster pods start than they do by default."""


@dataclass(slots=True, kw_only=True)
class Releasing(World):
    """A world with a cluster. `channel` is where things are proposed and told: one channel may change a few
    times a second only."""

    cluster: Cluster
    channel: str = "deployments"

    async def until_commands(self) -> None:
        """Discord knows them a moment after the bot has connected."""
        for _ in range(500):
            async with self.http.get(f"{self.sandbox.url}/sandbox/state") as answer:
                if (await answer.json())["commands"]:
                    return
            await asyncio.sleep(0.02)
        raise AssertionError("the bot has told no commands")

    async def command(self, member: str, name: str, **options: Any) -> str:
        """What the member is answered, in words."""
        return words(await self.act(member, self.channel, "command", command=name, options=options))

    async def propose(self, member: str, service: str, **options: Any) -> Message:
        """The proposal's message."""
        given = {"version": "v2.0", "service": service, "env": "prod", **options}
        said = await self.command(member, "deploy approve", **given)
        assert "Proposed" in said, said
        return await self.until_head(f"Deploy {service} v2.0 to {given['env']}")

    @asynccontextmanager
    async def frozen(self, service: str, environment: str) -> AsyncIterator[str]:
        """Meanwhile; what who froze it was answered."""
        given = {"reason": "inventory count", "service": service, "env": environment}
        said = await self.command("chen", "freeze on", **given)
        number = re.search(r"freeze (\d+)", said)
        assert number, said
        yield said
        await self.command("chen", "freeze off", freeze=int(number[1]))

    async def press(self, member: str, message: Message, button: str) -> str:
        said = await self.act(member, self.channel, "click", message=message["id"], button=button)
        return words(said)

    async def role(self, member: str, role: str, *, give: bool) -> None:
        body = {"member": member, "give" if give else "take": role}
        async with self.http.post(f"{self.sandbox.url}/sandbox/roles", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def until_head(self, said: str, seconds: float = 20.0) -> Message:
        """The bot's newest message of the channel that says so."""
        found = await self.until(
            self.channel, lambda seen: any(said in text(one) for one in bots(seen)), seconds
        )
        return next(one for one in reversed(bots(found)) if said in text(one))

    async def until_says(self, message: Message, said: str, seconds: float = 20.0) -> Message:
        def says(found: Sequence[Message]) -> bool:
            return any(one["id"] == message["id"] and said in text(one) for one in found)

        found = await self.until(self.channel, says, seconds)
        return next(one for one in found if one["id"] == message["id"])

    async def until_in_thread(self, message: Message, said: str, seconds: float = 20.0) -> str:
        """All that the thread says, once it says that."""
        found = await self.until(message["id"], lambda seen: said in "\n".join(texts(seen)), seconds)
        return "\n".join(texts(found))

    async def serving(self, name: str, namespace: str) -> set[str]:
        """The colours of the ready pods behind a Service."""
        service = await self.get(f"/api/v1/namespaces/{namespace}/services/{name}")
        selector = service["spec"]["selector"]
        wanted = ",".join(f"{key}={value}" for key, value in selector.items())
        pods = await self.get(f"/api/v1/namespaces/{namespace}/pods?labelSelector={quote(wanted)}")
        return {
            pod["metadata"]["labels"].get(COLOUR, "")
            for pod in pods["items"]
            if any(
                each["type"] == "Ready" and each["status"] == "True" for each in pod["status"]["conditions"]
            )
        }

    async def records(self, action: str) -> Sequence[Record]:
        """Of the audit, newest first."""
        assert self.bot is not None
        database = self.bot.services.auditing._database
        return await database.read(lambda tx: audit.search(tx, Sought(action=action), 50))

    async def until_events(self, kind: str, service: str) -> Sequence[Mapping[str, object]]:
        """Events of that kind and service, oldest first, once the pipeline has made one."""
        assert self.bot is not None
        database = self.bot.services.auditing._database
        for _ in range(200):
            found = await database.read(lambda tx: events.flow(tx, kind, EPOCH, 50))
            if mine := [one for one in found if one.get("service") == service]:
                return mine
            await asyncio.sleep(0.05)
        raise AssertionError(f"there is no {kind} of {service}")

    async def deployment(self, name: str = "shop", namespace: str = "prod") -> Mapping[str, Any]:
        return await self.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}")

    async def patch(self, name: str, namespace: str, spec: Mapping[str, Any]) -> None:
        """As somebody does by kubectl."""
        url = f"{self.cluster.url}/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
        headers = {"Content-Type": "application/strategic-merge-patch+json"}
        async with self.http.patch(url, data=json.dumps({"spec": spec}), headers=headers) as answer:
            assert answer.status == 200, await answer.text()

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
    async with (
        simulated(folder / "cluster", speed=SPEED) as cluster,
        sandboxed(folder / "sandbox", options=WIDE) as sandbox,
        aiohttp.ClientSession() as http,
    ):
        environment = {"SOVEREIGN_KUBECONFIG": cluster.kubeconfig}
        path = configuration(folder, *rules) if rules else ROOT / "discovery.yml"
        async with product(folder, sandbox, path, environment) as it:
            await it.bot.usable.wait()
            gateway = f"http://127.0.0.1:{it.port}"
            made = Releasing(sandbox=sandbox, gateway=gateway, http=http, bot=it, cluster=cluster)
            await made.until_commands()
            yield made
