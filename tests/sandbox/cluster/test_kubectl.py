"""The real kubectl cannot tell: get, scale, set image, rollout, logs, apply, by the sandbox's kubeconfig."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sovereign.sandbox.cluster import kubeconfig
from tests.sandbox.cluster.conftest import APPS, Hand, cluster_in, web
from tests.sandbox.conftest import lacking


class Kubectl:
    def __init__(self, program: str, folder: Path, hand: Hand) -> None:
        self.program, self.folder, self.hand = program, folder, hand
        self.config = folder / "kubeconfig"

    async def __call__(self, *words: str, given: str = "", code: int = 0) -> str:
        process = await asyncio.create_subprocess_exec(
            self.program, "--kubeconfig", str(self.config), "-n", "dev", *words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env={"HOME": str(self.folder), "PATH": os.environ["PATH"]},
        )  # fmt: skip
        out, _ = await process.communicate(given.encode())
        text = out.decode()
        assert process.returncode == code, text
        return text


@pytest.fixture
async def kubectl(tmp_path: Path) -> AsyncIterator[Kubectl]:
    program = os.environ.get("SOVEREIGN_TEST_KUBECTL") or shutil.which("kubectl")
    if program is None:
        lacking("no kubectl is installed")
    async with cluster_in(tmp_path / "cluster") as hand:
        made = Kubectl(program, tmp_path, hand)
        kubeconfig.write(made.config, kubeconfig.for_people(hand.it.url))
        await hand.post(f"{APPS}/deployments", web())
        await hand.rolled_out()
        yield made


def test_the_kubeconfig_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    kubeconfig.write(path, kubeconfig.for_people("http://127.0.0.1:1"))
    assert path.stat().st_mode & 0o777 == 0o600


async def test_it_shows_scales_rolls_out_and_reads_logs(kubectl: Kubectl) -> None:
    shown = YAML(typ="safe").load(await kubectl("get", "deployment", "web", "-o", "yaml"))
    assert (shown["kind"], shown["status"]["readyReplicas"]) == ("Deployment", 2)
    table = await kubectl("get", "deployments,pods")
    assert "deployment.apps/web" in table
    assert "2/2" in table
    assert table.count("Running") == 2
    assert "scaled" in await kubectl("scale", "deployment/web", "--replicas", "3")
    assert "image updated" in await kubectl("set", "image", "deployment/web", "web=lab/web:2")
    followed = await kubectl("rollout", "status", "deployment/web", "--timeout", "20s")
    assert 'deployment "web" successfully rolled out' in followed
    assert len(await kubectl.hand.pods()) >= 3
    assert "starting web" in await kubectl("logs", "deployment/web", "--tail", "50")
    assert "web" in await kubectl("describe", "deployment", "web")


async def test_it_goes_back_restarts_and_applies(kubectl: Kubectl) -> None:
    await kubectl("set", "image", "deployment/web", "web=lab/web:2")
    await kubectl("rollout", "status", "deployment/web", "--timeout", "20s")
    assert "1" in await kubectl("rollout", "history", "deployment/web")
    await kubectl("rollout", "undo", "deployment/web")
    await kubectl("rollout", "restart", "deployment/web")
    await kubectl("rollout", "status", "deployment/web", "--timeout", "20s")
    assert (await kubectl.hand.deployment())["spec"]["template"]["spec"]["containers"][0][
        "image"
    ] == "lab/web:1"
    manifest: Any = web("lab/web:3")
    assert "configured" in await kubectl("apply", "-f", "-", given=json.dumps(manifest))
    manifest["metadata"]["name"] = "other"
    assert "created" in await kubectl("create", "-f", "-", given=json.dumps(manifest))
    assert "deleted" in await kubectl("delete", "deployment", "other")


async def test_it_is_refused_in_somebodys_name_and_told_what_is_wrong(kubectl: Kubectl) -> None:
    refused = await kubectl("get", "pods", "--as", "discord:1", "--as-group", "sovereign:Contractors", code=1)
    assert 'Error from server (Forbidden): pods is forbidden: User "discord:1" cannot list' in refused
    assert 'deployments.apps "none" not found' in await kubectl("get", "deployment", "none", code=1)
    assert "no" in await kubectl("auth", "can-i", "delete", "pods", "--as", "discord:1", code=1)
