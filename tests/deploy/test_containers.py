"""The image and the compose file fit together, keep root out, and stay in step with the product."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from ruamel.yaml import YAML

from sovereign.app import process
from sovereign.cli import main
from sovereign.core.settings import PREFIX, Settings, read_settings
from sovereign.web import health, server

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "deploy" / "compose.yml"
SOCKET = "/var/run/docker.sock"


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile and its argument, in order, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.strip().partition(" ") for line in lines)]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    starts = [number for number, (word, _) in enumerate(found) if word == "FROM"]
    return found[starts[-1] :]


def argument(word: str) -> str:
    (found,) = [rest for name, rest in last_stage() if name == word]
    return found


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in shlex.split(argument("ENV")))


def services() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(COMPOSE)["services"]
    return found


def test_everything_that_the_image_copies_exists_and_reaches_the_build() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    sources = [source for found in copied for source in found]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source in let_in


def test_nothing_but_what_is_named_reaches_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    first = next(line for line in lines if not line.startswith("#"))
    assert first == "*"
    assert not {"!tests", "!docs", "!deploy", "!data", "!.git"} & set(lines)


def test_every_dependency_of_the_image_is_locked_by_hash_and_needs_no_compiler() -> None:
    installs = [rest for word, rest in instructions() if word == "RUN" and " install --" in rest]
    assert len(installs) == 3
    for install in installs:
        locked = "--require-hashes" in install and "--only-binary=:all:" in install
        assert locked or "--no-deps --no-index" in install


def test_the_image_never_runs_as_root_and_its_volume_belongs_to_its_user() -> None:
    user = argument("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    uid, gid = user.split(":")
    data = environment()["SOVEREIGN_DATA"]
    assert argument("VOLUME") == data
    assert f"install -d -o {uid} -g {gid} -m 0750 {data}" in " ".join(
        re.sub(r"\s+", " ", rest) for word, rest in last_stage() if word == "RUN"
    )


def test_the_images_settings_are_settings_of_the_product(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
        if name.startswith(PREFIX):
            assert name.removeprefix(PREFIX).lower() in Settings.model_fields
    settings = read_settings()
    assert (settings.host, settings.port) == ("0.0.0.0", int(argument("EXPOSE")))
    assert settings.data == Path("/data")
    assert settings.config == Path("/etc/sovereign/discovery.yml")


def test_the_image_starts_a_command_that_there_is() -> None:
    (script,) = json.loads(argument("ENTRYPOINT"))
    assert script in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    (command,) = json.loads(argument("CMD"))
    assert command in main.COMMANDS
    assert argument("STOPSIGNAL") == "SIGTERM"


async def healthy(port: int) -> bool:
    _, _, command = argument("HEALTHCHECK").partition("CMD ")
    python, *arguments = json.loads(command)
    assert python == "python"
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments,
        env={"SOVEREIGN_PORT": str(port)}, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    return await process.wait() == 0


async def test_the_images_health_check_tells_a_live_gateway_from_a_dead_one() -> None:
    gateway = web.Application()
    gateway.add_routes(health.routes())
    async with server.listening(gateway, "127.0.0.1", 0) as port:
        assert await healthy(port)
    assert not await healthy(port)


def test_compose_builds_this_image_and_mounts_what_it_expects() -> None:
    service = services()["sovereign"]
    assert (COMPOSE.parent / service["build"]["context"] / "Dockerfile").resolve() == ROOT / "Dockerfile"
    mounts = {mount.split(":")[1]: mount for mount in service["volumes"]}
    config = str(Path(environment()["SOVEREIGN_CONFIG"]).parent)
    assert set(mounts) == {environment()["SOVEREIGN_DATA"], config}
    assert mounts[config].endswith(":ro")
    assert service["ports"] == [f"127.0.0.1:8080:{argument('EXPOSE')}"]
    assert (COMPOSE.parent / f"{service['env_file']}.example").exists()


def test_compose_gives_the_service_no_rights_that_it_does_not_need() -> None:
    service = services()["sovereign"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert "privileged" not in service
    assert SOCKET not in str(service)


def test_compose_waits_for_longer_than_the_product_takes_to_stop() -> None:
    needed = process.DRAIN + process.FLUSH + server.LAST_WORDS
    watcher = services()["watcher"]["environment"]
    for wait in (services()["sovereign"]["stop_grace_period"], watcher["WATCHTOWER_TIMEOUT"]):
        assert float(wait.removesuffix("s")) > needed


def test_the_watcher_is_off_unasked_pinned_and_touches_only_the_service() -> None:
    service, watcher = services()["sovereign"], services()["watcher"]
    assert watcher["profiles"]
    assert re.search(r":\d+\.\d+\.\d+$", watcher["image"])
    assert watcher["environment"]["WATCHTOWER_LABEL_ENABLE"] == "true"
    label = "com.centurylinklabs.watchtower."
    assert service["labels"][label + "enable"] == "true"
    assert watcher["labels"][label + "enable"] == "false"
    scopes = {service["labels"][label + "scope"], watcher["environment"]["WATCHTOWER_SCOPE"]}
    assert len(scopes) == 1
