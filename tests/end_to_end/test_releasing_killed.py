"""A process that is killed in the middle of a release: votes are heard, and the rollout goes on, once."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from sovereign.sandbox.cluster.server import running as simulated
from sovereign.sandbox.server import running as sandboxed
from tests.end_to_end.killing import Bot
from tests.end_to_end.releasing import Releasing, configuration, image

PROD = "{environments: [prod], quorum: 1, role: ReleaseMgr, deadline: 60s}"


async def test_votes_while_it_is_dead_count_and_a_killed_rollout_goes_on_once(tmp_path: Path) -> None:
    async with (
        simulated(tmp_path / "cluster", speed=3.0) as cluster,
        sandboxed(tmp_path / "sandbox") as sandbox,
        aiohttp.ClientSession() as http,
    ):
        bot = Bot(
            data=tmp_path,
            sandbox=sandbox,
            config=configuration(tmp_path, PROD),
            environment={"SOVEREIGN_KUBECONFIG": cluster.kubeconfig},
        )
        await bot.start()
        it = Releasing(sandbox=sandbox, gateway=bot.gateway, http=http, cluster=cluster)
        await it.until_commands()
        head = await it.propose("ivan", "shop")
        await bot.kill()
        await it.act("bela", it.channel, "react", message=head["id"], emoji="👍")
        await bot.start()
        await it.until_says(head, "Execute is open", seconds=30)
        before = (await it.deployment())["metadata"]["generation"]
        assert "deployment has begun" in await it.press("bela", head, "Execute")
        await it.until_says(head, "Progressing")
        await bot.kill()
        await bot.start()
        await it.until_says(head, "Deployed shop v2.0 to prod", seconds=40)
        workload = await it.deployment()
        assert "/acme/shop:v2.0@sha256:" in image(workload)
        assert workload["metadata"]["generation"] == before + 1
        said = await it.until_in_thread(head, "v2.0 is deployed")
        assert said.count("v2.0 is deployed") == 1
        await bot.stop()
