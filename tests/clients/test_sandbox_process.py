"""The sandbox's process: it brings a Discord and a cluster, and the bot finds the way to both."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp

from sovereign.clients.sandbox_process import FOLDER, KUBECONFIG, LOCK, SandboxEnvironment, place_of, sandbox
from sovereign.core.lockfile import locked


def test_what_runs_in_the_sandbox_goes_before_what_is_set_outside(tmp_path: Path) -> None:
    outside = {KUBECONFIG: "a real cluster", "HOME": "/home"}
    environment = SandboxEnvironment(outside, tmp_path)
    assert environment[KUBECONFIG] == "a real cluster"
    with locked(tmp_path / LOCK, {"url": "http://x", "kubeconfig": "the simulation"}):
        assert environment[KUBECONFIG] == "the simulation"
        assert environment.get("HOME") == "/home"
        assert dict(environment) == {KUBECONFIG: "the simulation", "HOME": "/home"}
        assert len(environment) == 2
    assert environment[KUBECONFIG] == "a real cluster"
    assert "NONE" not in environment


async def test_the_process_brings_a_cluster_and_says_how_to_reach_it(tmp_path: Path) -> None:
    data = tmp_path / FOLDER
    async with sandbox(data, 0, None) as (place, child), aiohttp.ClientSession() as http:
        assert child is not None
        assert place_of(data) == place
        config = data / "kubeconfig"
        assert config.stat().st_mode & 0o777 == 0o600
        assert json.loads(config.read_text())["clusters"][0]["cluster"]["server"] == place.cluster
        for_bot = json.loads(SandboxEnvironment({}, data)[KUBECONFIG])
        token = for_bot["users"][0]["user"]["token"]
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{place.cluster}/apis/apps/v1/namespaces/prod/deployments/shop"
        async with http.get(url, headers=headers) as answer:
            assert (await answer.json())["status"]["readyReplicas"] == 3
    assert place_of(data) is None
