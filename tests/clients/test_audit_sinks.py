"""The sinks of the audit, against what each talks to: files, moto's CloudWatch, a server as Loki is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sovereign.clients.audit_sinks.cloudwatch import LARGEST, CloudWatch
from sovereign.clients.audit_sinks.lines import LinesFile, Stdout
from sovereign.clients.audit_sinks.loki import Loki
from sovereign.config.governance import SinkSection
from sovereign.config.secrets import SecretSource
from sovereign.core import clock
from sovereign.core.errors import Unavailable
from sovereign.services.ports.sinks import Line

SECRETS = SecretSource(environment={"KEY": "AKIA", "SECRET": "hush", "TOKEN": "loki-token"})


def lines(*texts: str, ago: timedelta = timedelta()) -> list[Line]:
    return [Line(at=clock.now() - ago, text=text) for text in texts]


async def test_a_file_is_rotated_and_old_ones_go(tmp_path: Path) -> None:
    sink = LinesFile(tmp_path / "logs" / "audit.jsonl", size=20, keep=2)
    for number in range(5):
        await sink.send(lines(f'{{"seq":{number}}}', "x" * 20))
    files = sorted((tmp_path / "logs").iterdir())
    assert len(files) == 3
    assert (tmp_path / "logs" / "audit.jsonl").read_text() == '{"seq":4}\n' + "x" * 20 + "\n"
    assert [file.read_text()[:9] for file in files[1:]] == ['{"seq":2}', '{"seq":3}']
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


async def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink, whole = LinesFile(tmp_path / "a.jsonl", size=10**6, keep=1), os.write
    await sink.send(lines("one"))

    def half(number: int, raw: Any) -> int:
        if len(raw) > 3:
            return whole(number, raw[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(Unavailable, match="no space left"):
        await sink.send(lines("two-two"))
    monkeypatch.undo()
    await sink.send(lines("two-two"))
    assert (tmp_path / "a.jsonl").read_text() == "one\ntwo-two\n"


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be written"):
        await LinesFile(tmp_path / "file" / "audit.jsonl", size=9, keep=1).send(lines("x"))


async def test_standard_output_has_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    await Stdout().send(lines("a", "b"))
    assert capsys.readouterr().out == "a\nb\n"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    moto = pytest.importorskip("moto")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with moto.mock_aws():
        yield


def section(**more: Any) -> SinkSection:
    return SinkSection(
        type="cloudwatch",
        group="audit",
        region="eu-central-1",
        access_key="env://KEY",
        secret_key="env://SECRET",
        **more,
    )


async def stored() -> list[str]:
    import boto3

    client = boto3.client(
        "logs", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    found = await asyncio.to_thread(
        client.get_log_events, logGroupName="audit", logStreamName="sovereign", startFromHead=True
    )
    return [event["message"] for event in found["events"]]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_cloudwatch_gets_everything_in_order_old_and_much(aws: None) -> None:
    sink = CloudWatch(section(), SECRETS)
    old = lines("long ago", ago=timedelta(days=40))
    await sink.send([*old, *lines("two days ago", ago=timedelta(days=2)), *lines("now")])
    await CloudWatch(section(), SECRETS).send(lines("again"))  # a second start finds group and stream
    many = lines(*("y" * (LARGEST // 4) for _ in range(5)))
    await sink.send(many)
    found = await stored()
    assert found[:4] == ["long ago", "two days ago", "now", "again"]
    assert len(found) == 9


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_cloudwatch_that_refuses_is_unavailable_and_secrets_stay_out_of_it() -> None:
    nowhere = section(endpoint="http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="CloudWatch") as refused:
        await CloudWatch(nowhere, SECRETS).send(lines("x"))
    assert "hush" not in str(refused.value)


@dataclass(slots=True)
class Pushed:
    """A server that answers as Loki does."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    url: str = ""

    async def push(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.headers.append(dict(request.headers))
        status, said = self.answers.pop(0) if self.answers else (204, "")
        return web.Response(status=status, text=said if status != 204 else None)


@asynccontextmanager
async def loki() -> AsyncIterator[tuple[Pushed, aiohttp.ClientSession]]:
    pushed = Pushed()
    app = web.Application()
    app.router.add_post("/loki/api/v1/push", pushed.push)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    pushed.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with aiohttp.ClientSession() as http:
        yield pushed, http
    await runner.cleanup()


def values(body: Any) -> Sequence[str]:
    return [text for _, text in body["streams"][0]["values"]]


async def test_loki_gets_the_lines_with_labels_tenant_and_token() -> None:
    async with loki() as (server, http):
        given = SinkSection(
            type="loki", url=server.url, labels={"env": "prod"}, tenant="acme", token="env://TOKEN"
        )
        await Loki(given, SECRETS, http).send(lines("a", "b"))
        (body,) = server.bodies
        assert body["streams"][0]["stream"] == {"job": "sovereign-audit", "env": "prod"}
        assert values(body) == ["a", "b"]
        assert len(body["streams"][0]["values"][0][0]) == 19  # nanoseconds
        assert server.headers[0]["X-Scope-OrgID"] == "acme"
        assert server.headers[0]["Authorization"] == "Bearer loki-token"


async def test_loki_takes_old_lines_under_the_present_time_and_says_what_it_refuses() -> None:
    async with loki() as (server, http):
        sink = Loki(SinkSection(type="loki", url=server.url), SECRETS, http)
        server.answers = [(400, "entry for stream has timestamp too old")]
        await sink.send(lines("a", ago=timedelta(days=30)))
        first, second = (int(body["streams"][0]["values"][0][0]) for body in server.bodies)
        assert second - first > 29 * 86400 * 10**9
        server.answers = [(500, "ingester\ndown")]
        with pytest.raises(Unavailable, match="Loki answers 500: ingester down"):
            await sink.send(lines("a"))
    async with aiohttp.ClientSession() as http:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await Loki(SinkSection(type="loki", url="http://127.0.0.1:9"), SECRETS, http).send(lines("a"))
